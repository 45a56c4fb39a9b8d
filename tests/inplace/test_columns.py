"""Stores through columns and other views of whole axes: they are stores into the array itself, element by element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad
from tests.inplace.judge import judge

X = np.array([0.31, 0.52, 0.93, 0.44])


def solved_by_columns(x):
    b, lower = np.outer(x, x * x), np.tril(np.outer(x, x)) + 2 * np.eye(4)
    for j in range(4):
        c = b[:, j]
        for i in range(4):
            c[i] = (c[i] - lower[i, :i] @ c[:i]) / lower[i, i]
    return np.sum(b**2)


def orthogonal_columns(x):
    q = np.outer(x, x) + np.eye(4)
    for j in range(4):
        c = q[:, j]
        for k in range(j):
            c -= (q[:, k] @ c) * q[:, k]
        c /= np.sqrt(c @ c)
    return np.sum(q**3)


def plane_of_a_cube(x):
    t = np.outer(x, x)[:, :, None] * x
    p = t[:, 2, :]
    for i in range(3):
        p[i, 1:] += p[i, :-1] * p[i + 1, 1:]
        p[i][0] = p[i][1] ** 2
        p[:, i] *= x
    return np.sum(t**2)


def last_column(x):
    a = np.outer(x, x * 2)
    c = a[:, -1]
    c[-1] = c[0] * c[1]
    c[1:3] = c[:2] ** 2
    c[::-1][0] += c[2]
    c[[0, 2]] *= x[:2]
    return np.sum(a**2 * np.arange(4))


def column_beside_column(x):
    a = np.outer(x, x * 2)
    for j in range(1, 4):
        left, here = a[:, j - 1], a[:, j]
        for i in range(1, 4):
            here[i] = np.sin(left[i - 1]) + here[i - 1] * a[i, 0]
    return a[-1, -1] + np.sum(a)


def column_given_to_a_function(x):
    a = np.outer(x, x * 2)

    def up(c, s):
        for i in range(1, len(c)):
            c[i] += s * c[i - 1] ** 2

    for j in range(4):
        up(a[:, j], x[j])
    return np.sum(a**2)


def columns_walked(x):
    a = np.outer(x, x * 2)
    for c in a.T:
        c[0] = c[1] * c[2]
        c[1:] -= c[0]
    return np.sum(a**2)


def two_lines_of_a_cube(x):
    t = np.outer(x, x)[:, :, None] * x
    for j in range(3):
        v = t[:, j, j + 1]
        w = t[j, :, 0]
        v[0] = v[1] * w[2]
        w[j:] *= v[j]
        v[j + 1 :] = w[: 3 - j] ** 2
    return np.sum(t**2)


def row_and_column(x):
    a = np.outer(x, x)
    c, d = a[:, 1], a[1]
    c[1] = x[0] * c[0]
    d[1] *= d[0] + c[2]
    c[:2] = d[2:] * c[1]
    e = c[1:]
    e[0] += e[1] * d[0]
    e[:2] *= 2
    return np.sum(a**2)


def columns_without_names(x):
    a = np.outer(x, x)
    for i in range(1, 4):
        for j in range(1, 4):
            a[:, j][i] = a[:, j][i - 1] * a[i][j - 1] + a[:, j - 1][i]
    return np.sum(a)


FUNCTIONS = [
    solved_by_columns, orthogonal_columns, plane_of_a_cube, last_column,
    column_beside_column, column_given_to_a_function, columns_walked, two_lines_of_a_cube,
    row_and_column, columns_without_names,
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS)
def test_right(function: Callable[..., Any]) -> None:
    judge(function, (X,))


def test_text() -> None:
    """What stands in the array to the end is read there; no part of a column is kept."""
    gradient = grad(solved_by_columns)
    gradient(X)
    assert "b[:i, j]" in gradient.source
    assert ".copy()" not in gradient.source.replace("x.copy()", "")
