"""Parts of arrays that have no dimensions, `a[0, ...]`, are views in NumPy: written through, seen when they change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad
from adjoint.errors import AliasNotProvable
from tests.inplace.judge import judge


def written_through(x):
    y = x.copy()
    z = y[0, ...]
    z += 1.5 * x[1]
    return np.sum(y**2)


def last_axis(x):
    a = x.copy()
    q = a[..., 0]
    q += 3 * x[-1]
    return np.sum(a**2)


def reshaped(x):
    a = x.copy()
    q = a[:1].reshape(())
    q *= x[-1]
    return np.sum(a**2)


def squeezed(x):
    a = x.copy()
    q = a[:1].squeeze(0)
    q *= x[-1]
    return np.sum(a**2)


def and_back(x):
    a = x.copy()
    r = a[:1].reshape(()).reshape(1)
    r[0] = x[-1] ** 2
    return np.sum(a**2)


def seen_when_it_changes(x):
    a = x.copy()
    s = a[0, ...]
    a[0] = x[-1] ** 2
    return s * 2.0


def in_a_dict(x):
    a = np.outer(x, x)
    parts = {"first": a[0, 0, ...]}
    parts["first"] += x[0]
    return np.sum(a)


def stored_and_read(x):
    y = x.copy()
    y[..., 0] *= 2.0
    y[0, ...] = y[0, ...] * x[1]
    return np.sum(y**2)


def of_any_rank(x):
    a, b, c = x[..., 0], x[..., 1], x[..., 2]
    if a < b:
        a, b = b, a
    return a * b + b * c**2


def greatest(x):
    best = x[..., 0]
    for i in range(3):
        if x[..., i] > best:
            best = x[..., i]
    best = best * 2
    best += x[1]
    return best**2


FUNCTIONS = [written_through, last_axis, reshaped, squeezed, and_back, seen_when_it_changes, in_a_dict, stored_and_read]


@pytest.mark.parametrize("function", [*FUNCTIONS, of_any_rank, greatest])
def test_against_differences(function: Callable[..., Any]) -> None:
    judge(function, (np.array([0.5, 0.7, 0.9]),))


def add_one(s):
    s += 1.0


def given_to_a_function(x):
    a = x.copy()
    add_one(a[0])
    add_one(a[0, ...])
    return np.sum(a**2)


def new_and_given(x):
    a = np.array(x[0] * 2)
    add_one(a)
    return a * x[1]


def in_a_list_twice(x):
    a = np.array(x[0] * 2)
    both = [a, a]
    both[0] *= x[-1]
    return a * both[1]


@pytest.mark.parametrize("function", [given_to_a_function, new_and_given, in_a_list_twice])
def test_refused(function: Callable[..., Any]) -> None:
    with pytest.raises(AliasNotProvable):
        grad(function)(np.array([0.5, 0.7, 0.9]))
