"""Lists written out where NumPy takes arrays, and factors of integers and truth values: gradients are real arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint

MASK, COUNTS = np.array([True, False, True, True]), np.array([1, 0, 2, 1])
X = np.array([0.31, 0.52, 0.93, 0.44])


def masks_twice(x):
    return MASK @ x + MASK @ x


def counts_after_stores(x):
    u = x.copy()
    for i in range(1, 4):
        u[i] += 0.5 * u[i - 1]
    return COUNTS @ u


def counts_after_steps(x):
    u = x.copy()
    for _ in range(3):
        u[1:-1] += 0.25 * (u[:-2] - 2 * u[1:-1] + u[2:])
    return np.arange(4) @ u


def counts_on_both_sides(x):
    a = np.outer(x, x)
    a[1:] -= 0.5 * a[:-1]
    return COUNTS @ a @ COUNTS


def mask_of_a_difference(x):
    return MASK @ (x - 2 * x) - (x > 0) @ x


def every_product(x):
    s = np.dot(MASK, x) + np.vdot(MASK, x) + np.inner(x, MASK) + np.einsum("i,i", MASK, x)
    return s + np.tensordot(x, MASK, 1) + np.sum(np.convolve(COUNTS, x))


def mean_of_a_list(x):
    return np.sum(np.mean([x, x**2], axis=0) ** 2)


def sums_of_lists(x):
    s = np.sum(np.sum((x, x**2), axis=0) ** 2) + np.sum(np.average([x, x * 3], axis=0) ** 2)
    return s + np.sum(np.add.reduce([x, x * 3], axis=0) ** 2)


def largest_of_a_list(x):
    return np.sum(np.max([x, x**2], axis=0) ** 2)


def solved_for_a_list(x):
    return np.sum(np.linalg.solve(np.outer(x[:3], x[:3]) + np.eye(3), [1.0, 2.0, 3]) ** 2)


def appended_to_a_list(x):
    return np.sum(np.append([1.0, 2.0], x) ** 2)


def list_inserted(x):
    return np.sum(np.insert(x, 1, [1.0, 2.0]) ** 2)


def joined_with_lists(x):
    s = np.sum(np.concatenate(([0.0], x)) ** 2) + np.sum(np.concatenate((x, [1])) ** 2)
    s = s + np.sum(np.concatenate(((0.0, 1.0), x)) ** 2)
    return s + np.sum(np.append(np.outer(x, x), [[1.0, 2.0, 3.0, 4.0]], axis=0) ** 2)


def joined_with_a_grown_list(x):
    h = []
    for i in range(4):
        h.append(x[0] * x[i])
    return np.sum(np.concatenate([[0.0], h]) ** 2)


def determinant_of_a_list(x):
    return np.linalg.det([[x[0], 1.0], [2.0, x[1]]])


def nested_list(x):
    return np.sum(np.asarray([[x[0], 1.0], [2.0, x[1]]]) ** 2)


def transform_of_a_grown_list(x):
    h = []
    for i in range(4):
        h.append(x[0] * x[i])
    return np.fft.rfft(h)[1].real + np.abs(np.fft.rfft(h)[1])


def number_beside_a_transform(x):
    a = x[0]
    h = []
    for i in range(4):
        h.append(a * X[i])
    return np.fft.rfft(h)[1].real


FUNCTIONS = (
    masks_twice,
    counts_after_stores,
    counts_after_steps,
    counts_on_both_sides,
    mask_of_a_difference,
    every_product,
    mean_of_a_list,
    sums_of_lists,
    largest_of_a_list,
    solved_for_a_list,
    appended_to_a_list,
    list_inserted,
    joined_with_lists,
    joined_with_a_grown_list,
    determinant_of_a_list,
    nested_list,
    transform_of_a_grown_list,
    number_beside_a_transform,
)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_gradients(function: Callable[..., Any]) -> None:
    value, gradient = adjoint.value_and_grad(function)(X)
    assert value == pytest.approx(function(X)) and gradient.dtype == float
    slopes = [(function(X + h) - function(X - h)) / 2e-6 for h in 1e-6 * np.eye(4)]
    np.testing.assert_allclose(gradient, slopes, rtol=1e-6, atol=1e-8)
    _, dot = adjoint.jvp(function, (X,), (np.ones(4),))
    assert dot == pytest.approx(gradient.sum(), rel=1e-9)


def test_second_order_of_what_is_linear() -> None:
    np.testing.assert_array_equal(adjoint.hessian(masks_twice)(X), np.zeros((4, 4)))
    assert adjoint.grad(masks_twice)(X.astype(np.float32)).dtype == np.float32
