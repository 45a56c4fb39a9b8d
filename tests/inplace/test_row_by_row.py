"""Stores through `ravel` and `reshape` of new arrays that are known to lie row by row, and `np.ascontiguousarray`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.inplace.judge import judge

X = np.array([0.7, 1.3, 0.4, 0.9])


def ended(a, f, g, x):
    f[1] = 3.0 * x[2]
    f[2:] *= x[1]
    a[0, 0] *= x[1]
    g[1] += x[0]
    return np.sum(a**2 * np.cos(a)) + np.sum(f * g)


def stacked(x):
    a = np.stack([x, x * x])
    return ended(a, a.ravel(), a.reshape(-1), x)


def stacked_parts(x):
    a = np.stack([x[::-2], x[::2]])
    return ended(a, a.ravel(), a.reshape(-1), x)


def stacked_along_the_last_axis(x):
    a = np.stack([x, x * x], axis=1)
    return ended(a, a.ravel(), a.reshape(-1), x)


def columns(x):
    a = np.column_stack((x[::2], x[1::2]))
    return ended(a, a.ravel(), a.reshape(-1), x)


def rows(x):
    a = np.vstack([x, x[::-1]])
    return ended(a, a.ravel(), a.reshape(-1), x)


def tiled(x):
    a = np.tile(x, (3, 1))
    return ended(a, a.ravel(), a.reshape(-1), x)


def repeated(x):
    a = np.repeat(np.outer(x, x).T, 2, axis=1)
    return ended(a, a.ravel(), a.reshape(-1), x)


def one_array(x):
    a = np.outer(x, x)
    b = np.ascontiguousarray(a)
    b[0, 1] = 5.0 * x[1]
    return np.sum(a**2) * x[0]


def one_vector(x):
    a = x * 2.0
    b = np.ascontiguousarray(a)
    b[1] = 5.0 * x[0]
    return np.sum(a**2) * x[0]


def of_a_new_array(x):
    a = np.asarray(x * 1.2)
    b = a.ravel()
    b[0] = 5.0 * x[1]
    return np.sum(a**2)


FUNCTIONS = (
    stacked,
    stacked_parts,
    stacked_along_the_last_axis,
    columns,
    rows,
    tiled,
    repeated,
    one_array,
    one_vector,
    of_a_new_array,
)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_one_array_under_several_names(function: Callable[..., Any]) -> None:
    judge(function, (X,))
