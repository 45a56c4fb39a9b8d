"""Helpers that write into slices, of arrays so short that slices are cut off or hold a single element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad
from tests.inplace.judge import judge


def assign(target, value):
    target[:] = 2.0 * value


def mix(target, a, b):
    target[:] = a + b * a


def increase(target, value):
    target += 0.5 * value


def two_slices(u):
    w = u.copy()
    assign(w[1:], w[:-1].copy())
    assign(w[:3], w[-3:])
    return np.sum(w**2)


def all_but_a_few(u):
    w = u.copy()
    assign(w[2:], u[2:] ** 2)
    mix(w[-4:], w[-4:], w[:4].copy())
    return np.sum(w**2)


def halves(u):
    w = u.copy()
    mix(w[2:], w[2:], u[:-2])
    mix(w[-(len(u) // 2) :], w[-(len(u) // 2) :], u[: len(u) // 2])
    increase(w[::2], u[::2] ** 2)
    return np.sum(w**3)


def in_three_places(u):
    w = u.copy()
    increase(w[1:], u[:-1])
    for width in (2, 3, 4):
        increase(w[:width], w[-width:].copy())
    return np.sum(w**2)


def zeros_beside(u):
    v = u**2
    q = np.zeros_like(u[2:])
    v[1:-1] -= q[2:] + q[:-2]
    w = u.copy()
    w[1:-1] -= v[2:] - v[:-2]
    return np.sum(w * v)


@pytest.mark.parametrize("function", [two_slices, all_but_a_few, halves, in_three_places, zeros_beside])
@pytest.mark.parametrize("extent", [1, 2, 3, 4, 5, 6, 9])
def test_against_differences(function: Callable[..., Any], extent: int) -> None:
    u = np.linspace(0.4, 1.6, extent)
    try:
        function(u.copy())
    except ValueError:
        with pytest.raises(ValueError, match="broadcast"):
            grad(function)(u)
        return
    judge(function, (u,))
