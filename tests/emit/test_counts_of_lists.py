"""Lists that grow in a loop and are summed there: each pass takes back the count that it has saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.inplace.judge import judge

X = np.array([0.37, 0.81, 0.63, 0.59])


def append(p, v):
    p.append(v)


def append_inside(p, v):
    p[0].append(v)


def two_lists(x):
    a = [x[1], x[2]]
    b = [x[0]]
    s = 0.0
    for _ in range(2):
        a.append(x[2])
        b.append(x[2])
        s = s + sum(a)
    return s


def by_a_function(x):
    a = [x[1], x[2]]
    s = 0.0
    for _ in range(2):
        append(a, x[2])
        s = s + sum(a)
    return s


def in_a_tuple(x):
    a = ([x[1], x[2]], 2.0)
    s = 0.0
    for _ in range(2):
        append_inside(a, x[2])
        s = s + sum(a[0])
    return s


def squares(x):
    a = [x[1]]
    s = 0.0
    for k in range(3):
        a.append(x[k] * s)
        s = s + sum(a) ** 2
    return s


PROGRAMS = [two_lists, by_a_function, in_a_tuple, squares]


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
def test_right(function: Callable[..., Any]) -> None:
    judge(function, (X,), (0,))
