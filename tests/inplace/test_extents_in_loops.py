"""`len(u)` and `u.shape` in loops over arrays that keep their extents: read again in the reverse sweep, never stacked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from tests.inplace.judge import judge

X = np.array([0.31, 0.52, 0.93, 0.44])


def length(u, steps=2):
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            u[i] = 0.3 * (u[i - 1] + u[i + 1])
    return np.sum(u * u)


def shape(u, steps=2):
    a = np.outer(u, u)
    for _ in range(steps):
        n, m = a.shape
        for i in range(1, n - 1):
            for j in range(m - 1):
                a[i, j] = 0.3 * (a[i - 1, j] + a[i, j + 1])
    return np.sum(a)


def size_of_what_is_bound_anew(u, steps=2):
    for _ in range(steps):
        for i in range(u.size):
            u[i] *= 0.5
        u = u + 1
    return np.sum(u * u)


def sweep(u):
    for i in range(1, len(u) - 1):
        u[i] = 0.3 * (u[i - 1] + u[i + 1])


def in_a_helper(u, steps=2):
    for _ in range(steps):
        sweep(u)
    return np.sum(u * u)


def smooth(u, steps):
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            u[i] = 0.3 * (u[i - 1] + u[i + 1])
    return u[1:] * 2


def of_another_length_than_the_result(u, steps=2):
    for _ in range(steps):
        u[1:] = smooth(u, 2)
    return np.sum(u * u)


def that_grows(u, steps=2):
    for _ in range(steps):
        u = np.append(u, 2 * u[-1])
        for i in range(1, len(u)):
            u[i] += 0.5 * u[i - 1]
    return np.sum(u * u)


def on_a_path(u, steps=3):
    for k in range(steps):
        n = len(u)
        if u[0] > k:
            for j in range(n - 1):
                u[j] = u[j] * u[j + 1] / n
    return np.sum(u)


KEPT = (length, shape, size_of_what_is_bound_anew, in_a_helper, on_a_path)


@pytest.mark.parametrize(
    "function", [*KEPT, of_another_length_than_the_result, that_grows], ids=lambda f: f.__name__
)
def test_gradients(function: Callable[..., Any]) -> None:
    judge(function, (X,))


@pytest.mark.parametrize("function", KEPT, ids=lambda f: f.__name__)
def test_no_count_is_stacked(function: Callable[..., Any]) -> None:
    assert "count_stack" not in _source(function)


def test_the_array_is_walked_under_its_own_name() -> None:
    assert "u_1" not in _source(length)


def test_a_linear_helper_keeps_nothing() -> None:
    """Its length is that of the cotangent."""
    source = _source(in_a_helper)
    assert "def sweep(u):" in source
    assert "def sweep_backward(y_bar):" in source
    assert "stack" not in source
    assert "kept" not in source


def test_the_length_is_kept_not_the_array() -> None:
    """No cotangent has the extents of `u`."""
    kept = adjoint.vjp(smooth, X, 2)[1]
    assert "len(" in _source(of_another_length_than_the_result).partition("return")[0]
    assert kept(np.ones(3))[0].shape == X.shape


def _source(function: Callable[..., Any]) -> str:
    gradient = adjoint.grad(function)
    gradient(X)
    return gradient.source
