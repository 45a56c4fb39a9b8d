"""Loops in branches: the stacks that they fill become arrays in front; arrays that a branch makes are read later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad

pytest.importorskip("numba", reason="the extra `jit` is not installed")


def in_a_branch(x, n):
    if x > 0.1:
        for _ in range(n):
            x = x * x
    return x


def in_the_other(x, n):
    if x > 5.0:
        x = 3.0 * x
    else:
        for i in range(n):
            x = x * x if i % 2 else np.sin(x)
    return x


def nested(x, n):
    if x > 0.1:
        m = n + 1
        for i in range(m):
            for _ in range(i):
                x = x * x + 0.1
    for _ in range(n):
        x = x * x
    return x


def in_branches_of_a_loop(x, n):
    for _ in range(2):
        if x > 0.1:
            for _ in range(n):
                x = x * x
            for _ in range(n):
                x = np.sin(x)
        else:
            for _ in range(n - 1):
                x = np.cos(x) * x
    return x


PROGRAMS = [in_a_branch, in_the_other, nested, in_branches_of_a_loop]


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
def test_right(function: Callable[..., Any]) -> None:
    compiled, plain = grad(function, jit="numba"), grad(function)
    for x in (0.95, 0.05):
        for n in (3, 0, -1):
            h = 1e-6
            difference = (function(x + h, n) - function(x - h, n)) / (2 * h)
            assert compiled(x, n) == pytest.approx(difference, rel=1e-5, abs=1e-8)
            assert compiled(x, n) == pytest.approx(plain(x, n), rel=1e-12, abs=1e-14)


def array_of_a_branch(x, n):
    s = np.sum(x)
    if n > 1:
        H = np.zeros((n + 1, 3))
        H[0] = x
        for t in range(n):
            H[t + 1] = H[t] * x
        s = np.sum(H)
    elif n > 0:
        t = np.zeros(4)
        for i in range(3):
            t[i + 1] = t[i] * x[i] + x[i]
        s = t[3] * t[3]
    return s


def test_arrays_of_branches() -> None:
    x = np.array([0.9, 0.7, 1.2])
    compiled, plain = grad(array_of_a_branch, jit="numba"), grad(array_of_a_branch)
    for n in (3, 1, 0):
        np.testing.assert_allclose(compiled(x, n), plain(x, n), rtol=1e-12)
