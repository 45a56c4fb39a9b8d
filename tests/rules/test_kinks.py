"""Points where a derivative does not exist, or is a limit: what docs/conventions.md says, pinned by value."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad

# The functions under test are plain programs: the compiler reads them from this file.


def absolute(x: Any) -> Any:
    return abs(x)


def larger(x: Any) -> Any:
    return max(x, 1.0)


def largest(x: Any) -> Any:
    return np.max(x)


def rectified(x: Any) -> Any:
    return np.sum(np.maximum(x, 0.0))


def clipped(x: Any) -> Any:
    return np.sum(np.clip(x, 0.0, 1.0))


def length(x: Any) -> Any:
    return np.linalg.norm(x)


def squared_length(x: Any) -> Any:
    return np.linalg.norm(x) ** 2


def hypotenuse(x: Any) -> Any:
    return math.hypot(x, x)


def three_halves(x: Any) -> Any:
    return x * x**0.5


def constant_power(x: Any) -> Any:
    return x**0


def variable_power(x: Any, n: Any = 0) -> Any:
    return x**n


def masked_root(x: Any) -> Any:
    return np.sum(np.where(x > 0, np.sqrt(x), 0.0))


def masked_quotient(x: Any) -> Any:
    return np.sum(np.where(x != 0, 1.0 / np.where(x != 0, x, 1.0), 5.0 * x))


def saturated(x: Any) -> Any:
    return math.tanh(x)


def softplus(x: Any) -> Any:
    return np.logaddexp(x, 0.0)


def product(x: Any) -> Any:
    return np.prod(x)


def running_product(x: Any) -> Any:
    return np.sum(np.cumprod(x))


def spread_of_equal(x: Any) -> Any:
    return np.std(x)


def over_largest(x: Any) -> Any:
    return np.sum(x / np.max(x))


def sawtooth(x: Any) -> Any:
    return x % 1.0 + math.floor(x) + round(x)


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (absolute, 0.0, 0.0),
        (larger, 1.0, 0.5),
        (largest, np.array([1.0, 2.0, 2.0]), [0.0, 0.5, 0.5]),
        (rectified, np.array([-1.0, 0.0, 1.0]), [0.0, 0.5, 1.0]),
        (clipped, np.array([-1.0, 0.0, 0.5, 1.0, 2.0]), [0.0, 0.5, 1.0, 0.5, 0.0]),
        (length, np.zeros(2), [0.0, 0.0]),
        (squared_length, np.zeros(2), [0.0, 0.0]),
        (hypotenuse, 0.0, 0.0),
        (three_halves, 0.0, 0.0),
        (constant_power, 0.0, 0.0),
        (variable_power, 0.0, 0.0),
        (masked_root, np.array([0.0, 4.0]), [0.0, 0.25]),
        (masked_quotient, np.array([0.0, 2.0]), [5.0, -0.25]),
        (saturated, 200.0, 0.0),
        (softplus, 0.0, 0.5),
        (product, np.array([0.0, 2.0]), [2.0, 0.0]),
        (product, np.array([0.0, 2.0, 0.0]), [0.0, 0.0, 0.0]),
        (running_product, np.array([2.0, 0.0, 3.0, 4.0]), [1.0, 32.0, 0.0, 0.0]),
        (spread_of_equal, np.ones(3), [0.0, 0.0, 0.0]),
        (over_largest, np.array([3.0]), [0.0]),
        (sawtooth, 1.5, 1.0),
    ],
)
def test_convention(function: Callable[..., Any], x: Any, expected: Any) -> None:
    np.testing.assert_allclose(grad(function)(x), expected, atol=1e-12)


def test_second_derivatives_at_zeros_of_a_product() -> None:
    from adjoint import hessian

    np.testing.assert_allclose(hessian(product)(np.array([0.0, 2.0])), [[0.0, 1.0], [1.0, 0.0]], atol=1e-12)
    np.testing.assert_allclose(
        hessian(product)(np.array([0.0, 2.0, 3.0])), [[0.0, 3.0, 2.0], [3.0, 0.0, 0.0], [2.0, 0.0, 0.0]], atol=1e-12
    )
