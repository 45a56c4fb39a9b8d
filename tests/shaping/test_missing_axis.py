"""A number added to an array of one element: its tangent has the array's axis."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from tests.inplace.judge import judge


def filled(x):
    return np.zeros(len(x)) + x[0]


def summed(x):
    a = np.zeros(len(x)) + x[0]
    return np.sum(a * x)


def of_a_known_size(x):
    a = np.zeros((1, 1)) + x[0] * x[-1]
    a[0, 0] *= x[0]
    return np.sum(a * x)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_tangent_has_the_shape_of_the_value(n: int) -> None:
    x = np.linspace(0.4, 1.2, n)
    value, value_dot = adjoint.jvp(filled, (x,), (np.ones(n),))
    assert value.shape == value_dot.shape == (n,)
    np.testing.assert_array_equal(value_dot, np.ones(n))


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("function", [summed, of_a_known_size])
def test_second_derivatives(function, n: int) -> None:
    judge(function, (np.linspace(0.4, 1.2, n),))
