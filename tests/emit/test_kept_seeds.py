"""Backward functions of loops that may run no pass give back what they are given: the caller does not write into it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import check_grads

X = np.array([0.37, 0.55, 0.71])
WEIGHTS = np.arange(1.0, 4.0)


def grown(u):
    while np.sum(u) < 0.9:
        u = u * 1.5
    return u


def grown_or_left(u):
    for _ in range(3):
        if np.sum(u) > 0.9:
            return u
        u = u * 1.5
    return u


def grown_or_broken(u):
    for _ in range(3):
        if np.sum(u) > 0.9:
            break
        u = u * 1.5
    return u


def grown_or_else(u, n):
    for _ in range(n):
        u = u * 1.5
        if np.sum(u) > 99.0:
            break
    else:
        u = u + 0.0 * n
    return u


def beside_a_store(x, grow):
    v = x * 0.8
    u = x * 0.7
    u[0] = u[1]
    return np.sum((u + grow(v)) * WEIGHTS)


def by_while(x):
    return beside_a_store(x, grown)


def by_return(x):
    return beside_a_store(x, grown_or_left)


def by_break(x):
    return beside_a_store(x, grown_or_broken)


def by_else(x):
    return beside_a_store(x, lambda v: grown_or_else(v, len(x) - 3))


def scaled_part(x):
    v = x * 0.8
    u = x * 0.7
    u[:2] *= 2.0
    u += grown(v)
    u[1] *= x[0]
    return np.sum(u * WEIGHTS)


@pytest.mark.parametrize("function", [by_while, by_return, by_break, by_else, scaled_part], ids=lambda f: f.__name__)
@pytest.mark.parametrize("scale", [1.0, 0.3])
def test_against_differences(function: Callable[..., Any], scale: float) -> None:
    check_grads(function, (scale * X,))
