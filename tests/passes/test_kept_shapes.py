"""What the reverse sweep reads for its shape alone is kept as its shape."""

from __future__ import annotations

import numpy as np
import pytest

from adjoint import grad
from tests.inplace.judge import judge


def valid_mean(u, steps):
    for _ in range(steps):
        u = (u[:-2] + 2 * u[1:-1] + u[2:]) / 4
    return np.sum(u * u)


def valid_laplacian(u, steps):
    for _ in range(steps):
        u = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1]
    return np.sum(u * u)


def of_complex(u, steps):
    z = u + 0.5j
    for size in range(steps):
        z = z[1:] * 1j + size * z[:-1]
    return np.sum(np.abs(z) ** 2)


def of_two(u, steps):
    for _ in range(steps):
        v = np.zeros_like(u)
        v[1:-1] = u[2:] - u[:-2]
        u = u[1:-1] + 0.1 * v[1:-1]
    return np.sum(u * u)


RNG = np.random.default_rng(0)
CASES = [
    (valid_mean, (RNG.standard_normal(9), 3), "= np.zeros(size)"),
    (valid_laplacian, (RNG.standard_normal((8, 9)), 3), "= np.zeros(shape)"),
    (of_complex, (RNG.standard_normal(6), 3), "np.complex128"),
    (of_two, (RNG.standard_normal(9), 2), "np.zeros(size"),
]


@pytest.mark.parametrize("function, args, line", CASES, ids=lambda each: getattr(each, "__name__", ""))
def test_shape_is_kept(function, args, line) -> None:
    judge(function, args)
    gradient = grad(function)
    gradient(*args)
    assert line in gradient.source
    assert "unbroadcast" not in gradient.source


def test_single_precision() -> None:
    u = RNG.standard_normal(9)
    found = grad(valid_mean)(u.astype(np.float32), 3)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, grad(valid_mean)(u, 3), rtol=1e-5, atol=1e-6)


def returned_on_a_path(x, n, u):
    for k, e in zip(range(n), u):
        if x > 1.0:
            if e < 0.3:
                return np.sum(np.cumsum(u)) * x
        x = x + 0.4 * k
    return x * u[0]


@pytest.mark.parametrize("count", [0, 2, 4])
def test_not_of_what_may_be_missing(count: int) -> None:
    judge(returned_on_a_path, (0.5, count, np.array([0.9, 0.5, 0.2, 0.1])), (0, 2))
