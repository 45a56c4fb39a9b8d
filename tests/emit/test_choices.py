"""The larger of two arrays: what is saved for it, and what each gets."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from tests.inplace.judge import judge

X = np.array([0.7, 1.3, -0.4, 0.9, 0.35, 1.1])
Y = np.array([0.2, 1.4, -0.3, 0.1, 0.95, 0.3])


def both(x, y):
    return np.sum(np.maximum(x, y) ** 2)


def least(x, y):
    return np.sum(np.minimum(y, x) ** 3)


def pooled(x):
    a = np.zeros(3)
    a[:] = x[::2]
    np.maximum(a, x[1::2], out=a)
    return np.sum(a**2)


@pytest.mark.parametrize("function", [both, least], ids=lambda f: f.__name__)
def test_one_gets_what_the_other_leaves(function):
    judge(function, (X, Y))
    made = adjoint.grad(function, wrt=(0, 1))
    x_bar, y_bar = made(X, X)  # a tie everywhere
    assert np.array_equal(x_bar, y_bar) and x_bar.any()
    assert made.source.count("==") == 1 and made.source.count(">") + made.source.count("<") == 1


def test_places_that_share_an_answer():
    judge(pooled, (X,))
    made = adjoint.grad(pooled)
    made(X)
    assert made.source.count("==") == 1 and made.source.count(">") == 1


def test_of_a_row_and_a_matrix():
    a = np.outer(X, np.cos(Y)) + 0.1
    judge(both, (a, Y))
    judge(both, (Y, a))
    judge(both, (0.9 * a[:1], a))


def march(x):
    u = x.copy()
    for _ in range(4):
        u[1:] = np.maximum(u[1:], 0.9 * u[:-1]) * 1.1
    return np.sum(u**2)


def march_of_two(x):
    u = x.copy()
    for _ in range(4):
        v = np.minimum(u, np.roll(u, 1))
        u = 0.5 * u + np.sin(np.maximum(v, 0.3))
    return np.sum(u**2)


def on_a_path(x):
    u = x.copy()
    for k in range(4):
        if k % 2:
            u[1:] = np.maximum(u[1:], u[:-1] ** 2)
        else:
            u = u + 0.1
    return np.sum(u**2)


@pytest.mark.parametrize("function", [march, march_of_two, on_a_path], ids=lambda f: f.__name__)
def test_in_loops(function):
    judge(function, (X,))


def of_two_products(x):
    u = x.copy()
    a = np.cos(np.arange(36.0)).reshape(6, 6)
    for _ in range(4):
        u = 0.5 * np.maximum(a @ u, a.T @ u)
    return np.sum(u)


def test_truth_values_are_saved_in_place_of_two_arrays():
    judge(of_two_products, (X,))
    made = adjoint.grad(of_two_products)
    made(X)
    forward, _, reverse = made.source.partition("u_bar =")
    assert "==" in forward and "==" not in reverse


def test_what_is_compared_is_saved_where_it_is_one_array():
    made = adjoint.grad(march)
    made(X)
    forward, _, reverse = made.source.partition("u_bar =")
    assert "==" not in forward and "==" in reverse
