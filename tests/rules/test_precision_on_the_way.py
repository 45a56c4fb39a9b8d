"""A gradient has the dtype of its argument, also where a variable becomes more precise in a loop or a branch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad


def in_a_loop(y, n):
    for _ in range(n):
        y = y + np.zeros(3)
    return np.sum(y * y)


def in_a_branch(y, n):
    if n:
        y = y * np.ones(3)
    return np.sum(y**3)


def stages(y, n):
    k = np.zeros((2, 3))
    b = np.array([0.3, 0.7])
    for _ in range(n):
        k[0] = np.sin(y)
        k[1] = np.sin(y + 0.5 * k[0])
        y = y + 0.1 * b @ k
    return np.sum(y)


def two_buffers(y, n):
    b, h = np.zeros(3), y * 2
    for _ in range(n):
        b = b + h
        h = np.zeros_like(y)
    return np.sum(b * y)


@pytest.mark.parametrize("function", [in_a_loop, in_a_branch, stages, two_buffers])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_dtype(function: Callable[..., Any], count: int) -> None:
    y = np.array([0.5, 1.5, 0.25])
    found = grad(function)(y.astype(np.float32), count)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, grad(function)(y, count), rtol=1e-5)


def less_precise(x):
    return np.array([x[0], 0.7]).astype(np.float32)


def wider_in_a_branch(x, n):
    s = np.sum(less_precise(x))
    if n:
        s = s + np.sum(x * 1.2)
    return s


def narrow_in_a_while(x, n):
    s = np.sum(less_precise(x))
    while s < 1.9 * n:
        s = s * 1.5
        if x[1] > 10:
            break
    return s


def one_pass_late(x, n):
    s, y = np.float32(2.0) * x[1], less_precise(x)
    for _ in range(n):
        s, t = np.sum(y), s
        if t > 100:
            break
        y = y * np.float32(2.0)
    return s


@pytest.mark.parametrize("function", [wider_in_a_branch, narrow_in_a_while, one_pass_late])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_numbers_that_are_less_precise(function: Callable[..., Any], count: int) -> None:
    """What a seed of one, or a wider number, becomes on the way has the precision of what it belongs to."""
    x = np.array([0.5, 1.5, 0.25])
    found, step = grad(function)(x, count), 2.0**-6  # the functions are linear where they are smooth
    slopes = [(function(x + step * e, count) - function(x - step * e, count)) / (2 * step) for e in np.eye(3)]
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, slopes, rtol=1e-4)
