"""Products of matrices of which something is known: what is left out, and that the numbers stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import check_grads, grad

RNG = np.random.default_rng(32)
ROOT = RNG.standard_normal((3, 3))
POSITIVE = ROOT @ ROOT.T + 2.0 * np.eye(3)
VECTOR, OTHER = RNG.standard_normal(3), RNG.standard_normal(3)
SEVERAL, WEIGHTS = RNG.standard_normal((3, 2)), RNG.standard_normal((3, 3))


def likelihood(K, y):
    L = np.linalg.cholesky(K)
    z = np.linalg.solve(L, y)
    return 0.5 * (z @ z) + np.sum(np.log(np.diag(L)))


def likelihood_of_upper(K, y):
    U = np.linalg.cholesky(K, upper=True)
    z = np.linalg.solve(U.T, y)
    return 0.5 * (z @ z) + np.sum(np.log(np.diag(U)))


def log_determinant(K):
    return 2.0 * np.sum(np.log(np.diag(np.linalg.cholesky(K))))


def several(K, Y):
    L = np.linalg.cholesky(K)
    Z = np.linalg.solve(L, Y)
    return 0.5 * np.sum(Z * Z) + Y.shape[1] * np.sum(np.log(np.diag(L)))


def two_solutions(K, y):
    L = np.linalg.cholesky(K)
    return y @ np.linalg.solve(L.T, np.linalg.solve(L, y)) + np.sum(np.log(np.diag(L)))


def other_weights(K, y, w):
    L = np.linalg.cholesky(K)
    return w @ np.linalg.solve(L, y) + np.sum(w * np.log(np.diag(L)))


def dense(K, W):
    L = np.linalg.cholesky(K)
    return np.sum(W * L) - np.sum(np.log(np.diag(L)))


def diagonal_power(K):
    return np.sum(np.diag(np.linalg.cholesky(K)) ** 3)


def gram(K, y):
    L = np.linalg.cholesky(K)
    return np.sum(np.sin(L.T @ L)) + y @ L @ y


def solved_and_multiplied(A, b):
    x = np.linalg.solve(A, b)
    return np.sum((A.T @ np.linalg.solve(A.T, x)) ** 2)


CASES = [
    (likelihood, (POSITIVE, VECTOR)),
    (likelihood_of_upper, (POSITIVE, VECTOR)),
    (log_determinant, (POSITIVE,)),
    (several, (POSITIVE, SEVERAL)),
    (two_solutions, (POSITIVE, VECTOR)),
    (other_weights, (POSITIVE, VECTOR, OTHER)),
    (dense, (POSITIVE, WEIGHTS)),
    (diagonal_power, (POSITIVE,)),
    (gram, (POSITIVE, VECTOR)),
    (solved_and_multiplied, (POSITIVE, VECTOR)),
]


@pytest.mark.parametrize(("f", "args"), CASES, ids=lambda f: getattr(f, "__name__", ""))
def test_derivatives(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    check_grads(f, args)


@pytest.mark.parametrize(("f", "args"), CASES[:4:3], ids=lambda f: getattr(f, "__name__", ""))
def test_second_order(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    check_grads(f, args, order=2)


def test_likelihood_in_closed_form() -> None:
    """Half of K⁻¹ - K⁻¹ y (K⁻¹ y)ᵀ, in the triangle that is read."""
    gradient = grad(likelihood)
    inverse = np.linalg.inv(POSITIVE)
    whole = inverse - np.outer(inverse @ VECTOR, inverse @ VECTOR)
    expected = np.tril(whole, -1) + 0.5 * np.diag(np.diag(whole))
    np.testing.assert_allclose(gradient(POSITIVE, VECTOR), expected, rtol=1e-12)
    assert gradient.source.count("np.linalg.inv") == 1
    assert "np.linalg.solve" not in gradient.source


def test_only_the_triangle_that_is_read() -> None:
    """The other one may hold anything."""
    spoiled = np.tril(POSITIVE) + np.triu(WEIGHTS, 1)
    np.testing.assert_array_equal(grad(likelihood)(spoiled, VECTOR), grad(likelihood)(POSITIVE, VECTOR))


def test_ill_conditioned() -> None:
    """As good as the inverse of the factor: that of a kernel with hardly any noise."""
    x = np.linspace(0.0, 1.0, 8)
    K = np.exp(-2.0 * (x[:, None] - x[None]) ** 2) + 1e-9 * np.eye(8)
    gradient = grad(likelihood)(K, np.sin(3 * x))
    inverse = np.linalg.inv(K)
    weights = inverse @ np.sin(3 * x)
    whole = inverse - np.outer(weights, weights)
    expected = np.tril(whole, -1) + 0.5 * np.diag(np.diag(whole))
    assert np.abs(gradient - expected).max() < 1e-5 * np.abs(expected).max()
