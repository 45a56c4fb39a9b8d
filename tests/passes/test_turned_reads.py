"""Rows of transposed arrays in loops are columns of the array: read, saved and added to as such."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint

X = np.array([0.31, 0.52, 0.93, 0.44])


def rows_of_the_transpose(x):
    u = np.outer(x, x) + 1.0
    for j in range(u.shape[1]):
        col = u.T[j]
        col[...] = np.sin(col) * col
    return np.sum(u**2)


def walked_columns(x):
    u = np.outer(x, x) + 1.0
    for col in u.T:
        col[...] = np.cos(col) * col
    return np.sum(u**2)


def exchanged_axes(x):
    u = np.multiply.outer(np.outer(x, x), x[:2]) + 1.0
    t = np.swapaxes(u, 0, 2)
    for j in range(2):
        t[j, 1] = t[j, 0] * t[j, 1:3].sum(axis=0)
        t[j] *= 1.1
    return np.sum(u**2)


def moved_axis(x):
    u = np.multiply.outer(np.outer(x, x), x[:2]) + 1.0
    t = np.moveaxis(u, 0, 1)
    for j in range(3):
        t[j, 1] = t[j, 0] * t[j, 1:3].sum(axis=0) + t[j + 1, 2]
    return np.sum(u**2)


def rows_and_columns(x):
    u = np.outer(x, x) + 1.0
    for j in range(1, 4):
        u.T[j, 1:] = u.T[j - 1, :-1] * u.T[j, 1:]
        u.T[j] += u.T[:, j]
    return np.sum(u**2)


FUNCTIONS = (rows_of_the_transpose, walked_columns, exchanged_axes, moved_axis, rows_and_columns)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_gradients(function: Callable[..., Any]) -> None:
    gradient = adjoint.grad(function)(X)
    slopes = [(function(X + h) - function(X - h)) / 2e-6 for h in 1e-6 * np.eye(4)]
    np.testing.assert_allclose(gradient, slopes, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("function", [rows_of_the_transpose, walked_columns], ids=lambda f: f.__name__)
def test_columns_are_saved(function: Callable[..., Any]) -> None:
    """Not the whole array in each pass."""
    gradient = adjoint.grad(function)
    gradient(X)
    code = "".join(line.partition("#")[0] for line in gradient.source.replace("len(u.T)", "").splitlines())
    assert ".T" not in code and "u_bar[:, " in code
