"""Both operands of a division: the cotangent is divided by the divisor once."""

from __future__ import annotations

import numpy as np

import adjoint
from tests.support import check

X = np.array([0.3, 0.9, 1.4])
Y = np.array([1.7, 0.6, 1.1])


def ratio(x, y):
    d = x - y
    z = d / (1.0 + d * d * y)
    return np.sum(z**2)


def divided_twice(x, y):
    z = x / y
    z = z / y
    return np.sum(z**3)


def by_numbers(x, y):
    return x[0] / y[0] * (x[1] / y[0])


def test_right() -> None:
    for function in (ratio, divided_twice, by_numbers):
        check(function, X, Y)


def test_one_division_of_the_cotangent() -> None:
    made = adjoint.grad(ratio, wrt=(0, 1))
    made(X, Y)
    assert made.source.count(" / ") == 2  # in the function, and of its cotangent


def test_what_is_divided_by_something_else_is_left() -> None:
    def other(x, y):
        return np.sum(x / y) + np.sum(y / x)

    check(other, X, Y)
