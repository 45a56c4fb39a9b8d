"""Derivatives inside of functions, of arrays of which one has extent 1 at run time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import check_grads, grad, jvp, value_and_grad


def cube(a, b):
    return np.sum((a + b) ** 3)


def in_place(a, b):
    b *= a
    return np.sum(b**2)


def inner_gradient(x):
    g = grad(cube)(x[2:4], x[:2])
    return np.sum(g * g)


def of_both(x):
    g, h = grad(cube, wrt=(0, 1))(x[2:4], x[:2])
    return np.sum(g * g) + h[0] ** 2


def with_value(x):
    v, g = value_and_grad(cube)(x[2:4], x[:2])
    return v + np.sum(g * g)


def extent(x):
    g = grad(cube)(x[2:4], x[:2])
    return len(g) * x[0]


def of_what_is_changed(x):
    g = grad(in_place)(x[2:4], x[:2].copy())
    return np.sum(g * g)


def picked(x):
    g = grad(cube)(x[x > 0.8], x[:2])
    return np.sum(g * g)


def inside_of_a_helper(x):
    def slope(a, b):
        return grad(cube)(a, b)

    return np.sum(slope(x[2:4], x[:2]) ** 2)


FUNCTIONS = (inner_gradient, of_both, with_value, extent, of_what_is_changed, picked, inside_of_a_helper)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_of_extent_one_and_longer(function: Callable[..., Any]) -> None:
    for x in (np.array([0.5, 0.7, 0.9]), np.array([0.5, 0.7, 0.9, 1.2])):
        value, gradient = value_and_grad(function)(x)
        assert np.isclose(value, function(x), rtol=1e-14)
        assert np.isclose(jvp(function, (x,), (np.ones_like(x),))[1], np.sum(gradient), rtol=1e-12)
        check_grads(function, (x,))
