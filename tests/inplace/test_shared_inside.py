"""A derivative that is taken inside a function, or specialised, of arguments that share memory: refused if they change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import grad, value_and_grad
from adjoint.errors import AliasNotProvable
from tests.inplace.judge import judge

X = np.array([0.5, 0.7, 0.9, 0.4])
OUTER = np.array([0.4, 0.1, 0.2, 0.3])


def push(a, b):
    a[0] = b[1] ** 2
    return np.sum(a * b)


def push_row(rows):
    rows[0][0] = rows[1][1] ** 2
    return np.sum(rows[0] * rows[1])


def push_outer(a):
    a[0] = OUTER[1] * a[1]
    return a @ OUTER


def twice(x):
    g = grad(push)(x, x)
    return g @ g


def overlapping(x):
    g = grad(push)(x[:2], x[1:3])
    return g @ g


def reversed_view(x):
    value, g = value_and_grad(push, wrt=1)(x, x[::-1])
    return value * (g @ g)


def of_a_list(x):
    both = [x, x]
    g = grad(push)(*both)
    return g @ g


def within_a_list(x):
    g = grad(push_row)([x, x])
    return g[0] @ g[1]


def of_a_global(x):
    return value_and_grad(push_outer)(OUTER)[0] * x[0]


def of_a_closure(x):
    def own(a, b):
        a[0] = b[1] ** 2 * x[2]
        return np.sum(a * b)

    g = grad(own)(x, x)
    return g @ g


@pytest.mark.parametrize("function", [twice, overlapping, reversed_view, of_a_list, within_a_list, of_a_global])
def test_refused(function: Callable[..., Any]) -> None:
    with pytest.raises(AliasNotProvable, match="writes into its argument"):
        grad(function)(X)


def test_closures_are_refused() -> None:
    with pytest.raises(AliasNotProvable, match="writes into its argument 'a', and 'a' and 'b' share memory"):
        grad(of_a_closure)(X)


def of_two_arrays(x):
    g = grad(push)(x, 2 * x)
    return g @ g


def of_a_copy(x):
    g = grad(push, wrt=1)(x.copy(), x)
    return g @ g


def of_two_halves(x):
    g = grad(push)(x[:2].copy(), x[2:])
    return g @ g


def of_another_array(x):
    value, g = value_and_grad(push_outer)(x)
    return value * (g @ x)


@pytest.mark.parametrize("function", [of_two_arrays, of_a_copy, of_two_halves, of_another_array])
def test_right(function: Callable[..., Any]) -> None:
    judge(function, (X,))


def test_specialize() -> None:
    derivative = value_and_grad(push, wrt=(0, 1))
    with pytest.raises(AliasNotProvable, match="'a' and 'b' share memory"):
        derivative.specialize(X, X)
    value, _ = derivative.specialize(X, X.copy())(X, X.copy())
    assert value == adjoint.value_and_grad(push)(X, X.copy())[0]


def test_parts_of_one_argument() -> None:
    with pytest.raises(AliasNotProvable, match="parts of 'rows' share memory"):
        grad(push_row)([X, X])
