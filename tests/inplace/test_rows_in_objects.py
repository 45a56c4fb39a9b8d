"""Rows and parts of arrays that an object holds: written through it, and seen through it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tests.inplace.judge import judge

X = np.array([0.5, 0.7, 0.2, 0.9])
A = np.outer(X, X) + 0.3


class Pair:
    def __init__(self, u, w):
        self.u = u
        self.w = w

    def scale(self, c):
        self.u *= c
        self.w[1:] += self.u[:-1]


@dataclass
class Named:
    first: Any
    rest: Any


def element(x, a):
    a = a.copy()
    p = Pair(a[0], a[1])
    p.u[1] = x[0]
    return (a * a).sum()


def of_an_argument(x, a):
    p = Pair(a[0], a[:, 1])
    for i in range(3):
        p.u[i] *= p.w[i] * x[i]
    return np.sum(a**2)


def one_row_twice(x, a):
    p = Pair(a[0], a[0])
    p.u[1] = x[0]
    return (p.w**2).sum()


def changed_behind_its_back(x, a):
    c = a[2]
    p = Pair(c, c)
    column = a[:, 1]
    column *= 0.4 * x
    return p.u[1] * p.w[2]


def walked(x, a):
    p = Pair(a[0], a[0])
    for r, s in zip(a[:3], a[::-1]):
        s *= r
    return np.sum(p.u * p.w * x) + np.sum(a)


def by_a_method(x, a):
    p = Pair(a[0], a[2])
    p.scale(x[1])
    a[0] += p.w
    return np.sum(p.u * a[0]) + np.sum(a**2)


def in_a_dataclass(x, a):
    n = Named(a[0], rest=a[1:])
    n.rest[0] = n.first * x
    n.first[:] = n.rest[1]
    return np.sum(a**2 * x)


def in_a_loop(x, a):
    total = 0.0
    for i in range(3):
        p = Pair(a[i], a[i + 1])
        p.scale(0.9)
        total += p.u @ p.w
    return total + np.sum(a[3] * x)


def through_a_function(x, a):
    p = _joined(a, 1)
    p.w += x
    return np.sum(a**3)


def _joined(a, k):
    a[k] *= 2.0
    return Pair(a[k], a[k + 1])


PROGRAMS = (
    element,
    of_an_argument,
    one_row_twice,
    changed_behind_its_back,
    walked,
    by_a_method,
    in_a_dataclass,
    in_a_loop,
    through_a_function,
)


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda f: f.__name__)
def test_right(function: Callable[..., Any]) -> None:
    judge(function, (X, A))
