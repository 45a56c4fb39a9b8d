"""`a[[i, j]] = a[[j, i]]`: the cotangents change places as the rows did, also where `i == j`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad
from tests.inplace.judge import judge

X = np.array([0.31, 0.52, 0.93, 0.44])


def pivoted_elimination(x):
    a = np.outer(x, x) + np.eye(4)
    for k in range(3):
        p = k + np.argmax(np.abs(a[k:, k]))
        a[[k, p], :] = a[[p, k], :]
        a[k + 1 :, k] /= a[k, k]
        a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
    return np.sum(a**2 * np.arange(4))


def rows_and_columns(x):
    a = np.outer(x, x * x)
    for k in range(3):
        a[[k, k + 1]] = a[[k + 1, k]]
        a[:, [0, k]] = a[:, [k, 0]]
        a[1:3, [k, -1]] = a[1:3, [-1, k]]
        a *= 1.0 + x[k]
    return np.sum(a**2 * np.arange(4))


def smallest_first(x):
    y = x.copy()
    for k in range(3):
        p = k + np.argmin(y[k:])
        y[[k, p]] = y[[p, k]]
        y[k + 1 :] += y[k] ** 2
    return y @ np.arange(1.0, 5.0)


def read_as_well(x):
    y, k, p = x.copy(), 1, 2
    r = y[[p, k]]
    y[[k, p]] = r
    y[[k, p]] = y[[p, k]] * 2.0
    return np.sum(y**3) + r @ r


def not_exchanged(x):
    y, z, k, p = x.copy(), x * x, 1, 2
    y[[k, p]] = z[[p, k]]
    r = y[[p, k]]
    y[k] *= 2.0
    y[[k, p]] = r
    y[[k, k]] = y[[p, k]]
    y[[0, 1, 0]] = y[[1, 0, 0]]
    return np.sum(y**3)


@pytest.mark.parametrize(
    "function", [pivoted_elimination, rows_and_columns, smallest_first, read_as_well, not_exchanged]
)
def test_right(function: Callable[..., Any]) -> None:
    judge(function, (X,))


def test_same_row() -> None:
    def swap(x, i, j):
        a = np.outer(x, x)
        a[[i, j]] = a[[j, i]]
        return np.sum(a**2 * np.arange(4))

    gradient = grad(swap)
    for i, j in [(0, 1), (2, 2), (-1, 3), (-1, 0)]:
        for place in range(4):
            moved = X.astype(complex)
            moved[place] += 1e-30j
            np.testing.assert_allclose(gradient(X, i, j)[place], swap(moved, i, j).imag / 1e-30, rtol=1e-12)


def test_text() -> None:
    gradient = grad(pivoted_elimination)
    gradient(X)
    assert "a_bar[[k, p], :] = a_bar[[p, k], :]" in gradient.source
    assert "np.where" not in gradient.source and "add.at" not in gradient.source
