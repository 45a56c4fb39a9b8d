"""Arrays of integers as differentiated arguments count as real ones, unless NumPy would round in a copy of them."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from adjoint.errors import UnsupportedConstruct

B = np.array([1, 2, 3, 5])


def cubes(b):
    return np.sum(b * b * b)


def rounded_in_a_copy(b):
    v = b.copy()
    v[:] = v * 1.5
    return np.sum(v * v)


def rounded_in_zeros(b):
    v = np.zeros_like(b)
    v[0] = 0.5 * b[1]
    return np.sum(v * b)


def kept_in_floats(b):
    v = np.zeros(len(b))
    v[0] = 0.5 * b[1]
    return np.sum(v * b)


def integers_in_a_copy(b):
    v = b.copy()
    v[1:] += b[:-1]
    return np.sum(v * v)


@pytest.mark.parametrize("function", [cubes, kept_in_floats, integers_in_a_copy], ids=lambda f: f.__name__)
def test_integers_are_real_numbers(function) -> None:
    value, gradient = adjoint.value_and_grad(function)(B)
    assert value == function(B)
    np.testing.assert_allclose(gradient, adjoint.grad(function)(B.astype(float)))


@pytest.mark.parametrize("function", [rounded_in_a_copy, rounded_in_zeros], ids=lambda f: f.__name__)
def test_rounding_is_refused(function) -> None:
    for derive in (adjoint.grad, adjoint.value_and_grad, adjoint.hessian):
        with pytest.raises(UnsupportedConstruct, match="a real number is stored into an array of int64"):
            derive(function)(B)
    with pytest.raises(UnsupportedConstruct):
        adjoint.jvp(function, (B,), (np.ones(4),))
    assert adjoint.grad(function)(B.astype(float)).dtype == float
