"""A power of ints is an int where its exponent is known not to be negative: extents, bounds and places are ints."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from adjoint.errors import AdjointError
from tests.support import check

X = np.array([0.3, 0.9, 0.5, 0.4])


def bounds(x, n):
    s = 0.0
    for i in range(n):
        for k in range(1, 2 ** (i + 1)):
            s += np.sin(x[0] * k)
    return s


def butterflies(x, n):
    y = x.copy()
    for s in range(1, n + 1):
        width = 2**s
        half = width // 2
        for k in range(0, len(x), width):
            for j in range(half):
                a, b = y[k + j], y[k + j + half]
                y[k + j] = a + np.sin(b)
                y[k + j + half] = a - b
    return np.sum(y**2)


def levels(x, n):
    s = 0.0
    for i in range(n):
        u = np.zeros(2 ** (i + 1) + 1, dtype=x.dtype)
        u[1:-1] = x[0] * np.arange(1, 2 ** (i + 1))
        s += np.sum(u[:: 2**i] ** 2)
    return s


def factors(x, n):
    s = 0.0
    for i in range(-n, n):
        s += x[1] * 2**i + x[0] * 10**-i
    return s


@pytest.mark.parametrize("function", [bounds, butterflies, levels, factors], ids=lambda each: each.__name__)
def test_powers(function) -> None:
    check(function, X, 2)


@pytest.mark.parametrize("function", [bounds, butterflies, levels, factors], ids=lambda each: each.__name__)
def test_powers_under_numba(function) -> None:
    pytest.importorskip("numba")
    np.testing.assert_allclose(adjoint.grad(function, jit="numba")(X, 2), adjoint.grad(function)(X, 2), rtol=1e-13)


def of_the_run(x):
    return np.sum(np.zeros(2 ** int(4 * x[0])) + x[0])


def test_an_exponent_that_may_be_negative() -> None:
    with pytest.raises(AdjointError, match="an extent is an int, not float"):
        adjoint.grad(of_the_run)(X)


def one_element(x):
    s = x[None, :] @ x[:, None]
    return s.item() * np.sum(x)


def counted(x, k, n):
    h = np.bincount(k, weights=np.sin(x), minlength=n + 1)
    return np.sum(h**3) + np.sum(np.bincount(k, minlength=n))


def test_an_element_and_a_length_of_the_run() -> None:
    check(one_element, X)
    check(counted, X, np.array([0, 2, 2, 1]), 4)
    check(counted, X, np.array([0, 2, 2, 1]), 1)
