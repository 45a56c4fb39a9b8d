"""Arrays that leave a list by `pop`, in a loop that runs while it holds any: they change in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad
from adjoint.errors import AliasNotProvable
from tests.inplace.judge import judge

X = np.array([0.7, 1.3, 0.4])


def emptied(x):
    stack = [x * 1.0, x * 2.0]
    s = 0.0
    while stack:
        v = stack.pop()
        v *= 1.1
        s += np.sum(v * v)
    return s


def filled_again(x):
    stack = [x * 1.0]
    s = 0.0
    while stack:
        v = stack.pop()
        v *= 1.1
        s += np.sum(v * v)
        if s < 20.0:
            stack.append(v * 0.5)
            stack.append(v + 1.0)
    return s


def kept_elsewhere(x):
    stack, done = [x * 1.0], []
    s = 0.0
    while stack:
        v = stack.pop()
        v *= 1.1
        s += np.sum(v * v)
        done.append(v)
        if s < 20.0:
            stack.append(v + 1.0)
    return s + sum([np.sum(each) for each in done])


def queue(x):
    waiting = [x * 1.0, x * 2.0]
    s, n = 0.0, 0
    while waiting:
        v = waiting.pop(0)
        v[1:] += v[:-1]
        s += np.sum(v * v)
        n += 1
        if n < 5:
            waiting.append(v)
    return s


RIGHT = [emptied, filled_again, kept_elsewhere, queue]


@pytest.mark.parametrize("function", RIGHT, ids=lambda function: function.__name__)
def test_right(function: Callable[..., Any]) -> None:
    judge(function, (X,), (0,))


def read_under_another_name(x):
    a = x * 1.0
    stack = [a, x * 2.0]
    s = 0.0
    while stack:
        v = stack.pop()
        v *= 1.1
        s += np.sum(v * v)
    return s + np.sum(a)


def twice(x):
    a = x * 1.0
    stack = [a, a]
    s = 0.0
    while stack:
        v = stack.pop()
        v *= 1.1
        s += np.sum(v * v)
    return s


def copied_list(x):
    stack = [x * 1.0, x * 2.0]
    other = stack[:]
    s = 0.0
    while stack:
        v = stack.pop()
        v *= 1.1
        s += np.sum(v * v)
    return s + sum([np.sum(each) for each in other])


def kept_before(x):
    stack, done = [x * 1.0], []
    s = 0.0
    while stack:
        v = stack.pop()
        done.append(v)
        v *= 1.1
        s += np.sum(v * v)
        if s < 20.0:
            stack.append(v)
    return s + sum([np.sum(each) for each in done])


def rows(x):
    M = np.outer(x, x)
    waiting = [M[0], M[1]]
    while waiting:
        v = waiting.pop(0)
        v *= 2.0
    return np.sum(M)


REFUSED = [read_under_another_name, twice, copied_list, kept_before, rows]


@pytest.mark.parametrize("function", REFUSED, ids=lambda function: function.__name__)
def test_refused(function: Callable[..., Any]) -> None:
    with pytest.raises(AliasNotProvable):
        grad(function)(X)
