"""Dtypes under Numba: arrays of float32 stay so inside of compiled code, products and systems of mixed dtypes."""

from __future__ import annotations

import numpy as np
import pytest

from adjoint import value_and_grad

pytest.importorskip("numba", reason="the extra `jit` is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")
RNG = np.random.default_rng(3)


def system(matrix, b, noise):
    return np.sum(np.linalg.solve(matrix * 2.0 + noise, b) ** 2)


def products(a, b):
    return np.vdot(a, b) * np.sum(np.dot(a, b.T))


def narrow(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


def wide(*shape):
    return RNG.standard_normal(shape)


@pytest.mark.parametrize(
    ("function", "args", "tolerance"),
    [
        (system, (narrow(2, 2), narrow(2), 0.5), 1e-4),
        pytest.param(system, (narrow(2, 2), wide(2), 0.5), 1e-4, marks=pytest.mark.long),
        pytest.param(products, (wide(2, 3), wide(3, 2).T), 1e-12, marks=pytest.mark.long),
        (products, (narrow(2, 3), wide(2, 3)), 1e-5),
    ],
)
def test_numbers_and_dtypes(function, args, tolerance):
    places = tuple(range(len(args)))
    value, slopes = value_and_grad(function, places)(*args)
    found, compiled = value_and_grad(function, places, jit="numba").specialize(*args)(*args)
    np.testing.assert_allclose(found, value, rtol=tolerance)
    for one, other in zip(compiled, slopes, strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)
        assert not np.ndim(other) or one.dtype == other.dtype
