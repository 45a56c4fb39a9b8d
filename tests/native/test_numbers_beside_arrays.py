"""Under Numba: numbers beside arrays of indices or a mask, `p[k, 1]`, `a[i, mask]`, and lists, `a[[0, 2]]`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import value_and_grad

pytest.importorskip("numba", reason="the extra `jit` is not installed")

P = np.array([[0.9, 0.3, 1.4, 0.7], [0.55, 1.2, 0.15, 1.1], [0.8, 1.3, 0.65, 0.25], [0.45, 0.95, 1.05, 0.35]])


def read(P, k):
    s = np.sum(P[k, 1] * P[k, 0] ** 2)
    for i in range(3):
        s += np.sum(P[i, k] * P[k, i])
    return s


def stored(P, k):
    A = P.copy()
    A[k, 1] = 2.0
    A[k, 0] *= 3.0
    A[1, k] += A[0, k]
    A[-1, k] = A[k, -1] ** 2
    B = np.zeros((4, 3))
    for t in range(4):
        B[k, t % 3] = B[k, (t + 1) % 3] + A[0][k]
    return np.sum(A**3) + np.sum(B**2)


def rows(P, k):
    A = P.copy()
    r = A[1]
    r[k] *= 2.0
    r[r > 1.0] = 1.0
    for i in range(A.shape[0]):
        r = A[i]
        r[r > 1.0] = 0.5 * r[r > 1.0]
        A[i, A[i] < 0.2] += 0.3
    return np.sum(A**3)


def masks(P, k):
    A = P.copy()
    m = A[:, 1] > 0.8
    A[m, 1] = A[m, 0] * 2.0
    A[m, 2] += A[m, 1] ** 2
    A[1, A[1] > 0.6] = A[2, A[1] > 0.6]
    return np.sum(A**3)


def several_arrays(P, k):
    B = np.empty((2, 4, 4))
    B[0] = P
    B[1] = 2.0 * P
    B[0, k, 1] = B[1, k, 2] * B[1, 0, k]
    B[1, k, k] = B[0, k, k] ** 2
    B[0, k] = B[1, k] ** 2
    B[k, 0] += B[k, 1]
    return np.sum(B**3)


def lists(P, k):
    A = P.copy()
    A[[0, 2]] = A[[2, 0]]
    A[[0, 2], [1, 3]] = A[[2, 0], [0, 0]] * 2.0
    A[1, [0, 2]] += A[[1, 0], 3]
    A[[0, 1, 1]] += 1.0
    for i in range(2):
        A[[i, 3], i] *= A[0, [i, 3]]
    return np.sum(A[[0, 3]] ** 2) + np.sum(A[:, [0, 0]] ** 3)


PROGRAMS = [read, stored, rows, masks, several_arrays, lists]


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
def test_right(function: Callable[..., Any]) -> None:
    compiled, plain = value_and_grad(function, jit="numba"), value_and_grad(function)
    for k in (np.array([1, 0]), np.array([1, 1]), np.array([], dtype=int)):
        value, gradient = compiled(P, k)
        assert value == pytest.approx(function(P, k), rel=1e-12)
        np.testing.assert_allclose(gradient, plain(P, k)[1], rtol=1e-12, atol=1e-12)
        assert np.allclose(gradient, differences(function, k), atol=1e-6)


def differences(function: Callable[..., Any], k: np.ndarray) -> np.ndarray:
    """Central differences in each item of `P`."""
    found = np.zeros_like(P)
    for place in np.ndindex(P.shape):
        step = np.zeros_like(P)
        step[place] = 1e-6
        found[place] = (function(P + step, k) - function(P - step, k)) / 2e-6
    return found
