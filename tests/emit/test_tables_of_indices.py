"""Gradients of what is read at a table of indices and summed along its first axis.

`np.add.at(x, table, v)` with a vector `v` reads behind its end in NumPy 2.4: what is added has all axes of the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import check_grads, grad

TABLE = np.array([[0, 1, 2], [1, 2, 3], [2, 3, 4]])
X = np.array([0.7, 1.3, -0.4, 0.9, 0.35, 1.1, -0.8])


def mean(x):
    m = x[TABLE].mean(axis=0)
    return m @ m


def windows(x):
    table = np.arange(3)[None, :] + np.arange(4)[:, None]
    return np.sum(x[table] * x[:3])


def taken(x):
    return np.sum(np.take(x, TABLE).sum(axis=0) * x[:3])


def in_a_loop(x):
    y = x * x
    s = 0.0
    for k in range(3):
        s += np.sum(np.add.reduce(y[(TABLE + k) % 6], axis=0) * x[k : k + 3])
    return s


def three_axes(x):
    return np.sum(x[np.stack([TABLE, TABLE + 1])].sum(axis=(0, 1)) ** 2)


def of_a_row(x):
    a = np.outer(x, x)
    return np.sum(a[TABLE, 1].sum(axis=0) ** 2) + np.sum(a[1, TABLE].sum(axis=0) ** 3)


def of_rows(x):
    return np.sum(np.outer(x, x)[TABLE].sum(axis=0) ** 2)


def of_two_tables(x):
    return np.sum(np.outer(x, x)[TABLE, TABLE + 1].sum(axis=0) ** 3)


FUNCTIONS = (mean, windows, taken, in_a_loop, three_axes, of_a_row, of_rows, of_two_tables)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_against_differences(function: Callable[..., Any]) -> None:
    check_grads(function, (X,))


def test_what_is_added_has_the_axes_of_the_table() -> None:
    gradient = grad(mean)
    gradient(X)
    assert "np.add.at(x_bar, TABLE, (2 * m / 3)[None])" in gradient.source


def by_lists(x):
    rows = np.take(x, [[0, 1], [1, 2]])
    return np.sum(np.sum(rows, axis=0) ** 2) + np.sum(x.take([[0, 2], [1, 2]]).sum(axis=0) * x[:2])


def test_lists_of_lists() -> None:
    check_grads(by_lists, (X,))
