"""A `range` among the indices of an array is the array of its integers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import check_grads, grad, value_and_grad

X = np.array([0.7, 1.3, 0.4, 0.9])
LABELS = np.array([1, 0, 2, 3])


def of_each_row(x):
    p = np.exp(np.outer(x, x))
    return -np.sum(np.log(p[range(len(x)), LABELS] / np.sum(p, axis=1)))


def stored(x):
    a = np.outer(x, x)
    a[range(len(x)), range(len(x))] = 0.5 * x
    a[range(1, 4, 2)] += x
    a[range(2)] *= x
    return np.sum(a**2)


def part_of_a_vector(x):
    return np.sum(x[range(3)] ** 2) + np.sum(x[range(3, 0, -2)] * x[range(2)])


def backwards(x):
    r = range(len(x))
    return np.sum(np.outer(x, x)[r, r[::-1]] * x)


def mesh(x):
    a = np.outer(x, x)
    a[np.ix_(range(2), range(1, 3))] *= x[0]
    return np.sum(a**2)


@pytest.mark.parametrize(
    "function", [of_each_row, stored, part_of_a_vector, backwards, mesh], ids=lambda f: f.__name__
)
def test_against_differences(function: Callable[..., Any]) -> None:
    assert np.isclose(value_and_grad(function)(X)[0], function(X.copy()), rtol=1e-14)
    check_grads(function, (X,))


def test_it_is_written_as_arange() -> None:
    gradient = grad(of_each_row)
    gradient(X)
    assert "np.arange(len(x))" in gradient.source
