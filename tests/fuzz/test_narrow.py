"""Narrow integers and truth values: derivatives are those for the same numbers as floats."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from adjoint import grad, jvp
from tests.fuzz.narrow import program
from tests.support import import_text

DTYPES = (np.uint8, np.int8, np.int16, np.uint16, np.int32)


def _agrees(seed: int, directory: Path) -> bool:
    """Whether there was something to compare: the function itself may overflow."""
    function, rng = import_text(program(seed), directory).f, np.random.default_rng(seed)
    x, y, x_dot, y_dot = rng.random((4, 3)) + 0.2
    whole = [rng.integers(1, 120, 3).astype(DTYPES[seed % 5]) for _ in range(2)]
    rest = [np.array([True, False, True]), np.array([True, True, False])]
    narrow, wide = (x, y, *whole, *rest), (x, y, *(each.astype(float) for each in whole), *rest)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        values = [function(*narrow), function(*wide)]
        if not np.isfinite(values).all() or abs(values[0] - values[1]) > 1e-9 * max(1.0, abs(values[1])):
            return False
        found, expected = (np.concatenate(grad(function, wrt=(0, 1))(*args)) for args in (narrow, wide))
        along = [jvp(function, args, (x_dot, y_dot, None, None, None, None))[1] for args in (narrow, wide)]
    scale = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-10 * scale, err_msg=program(seed))
    np.testing.assert_allclose(along[0], along[1], rtol=1e-8, atol=1e-10 * scale, err_msg=program(seed))
    return True


@pytest.mark.parametrize("block", range(5))
def test_random_programs(block: int, tmp_path: Path) -> None:
    assert sum(_agrees(seed, tmp_path) for seed in range(20 * block, 20 * block + 20)) >= 15


@pytest.mark.long
@pytest.mark.parametrize("block", range(30))
def test_many_random_programs(block: int, tmp_path: Path) -> None:
    assert sum(_agrees(seed, tmp_path) for seed in range(1000 + 50 * block, 1050 + 50 * block)) >= 40


def masks(u, v):
    return np.sum((v > 0) * u + (u > -5) * u)


def truths(x, p):
    a, b = x[0] > 0.0, x[-1] > 0.0
    return np.sum((a * x + b * x * p) ** 2)


def difference_of_truths(x, p):
    a, b = x[0] > 0.0, x[1] > 5.0
    return np.sum((a * x - b * x * p) ** 3)


def halves(u, v):
    p, q = v > -9, u > -9
    return np.sum(u * u * p / 2 + u * u * q / 2)


@pytest.mark.parametrize("function", [masks, truths, difference_of_truths, halves])
def test_truth_values_add_up_as_numbers(function) -> None:
    x, p, x_dot = np.array([0.5, 1.5, 2.5]), np.array([1.0, 2.0, 0.5]), np.array([0.3, -0.7, 0.2])
    step = 1e-6
    expected = (function(x + step * x_dot, p) - function(x - step * x_dot, p)) / (2 * step)
    assert grad(function)(x, p) @ x_dot == pytest.approx(expected, rel=1e-8)
    assert jvp(function, (x, p), (x_dot, None))[1] == pytest.approx(expected, rel=1e-8)


def sums_of_extents(x, j, m):
    s = 0.0
    for i in range(3):
        s += np.sum(j[i] * x[i] - j + x[i] * m)
    return s


def negative_on_both_sides(x, j, m):
    return np.sum(-(x * m) * x - m * x * x[0] + 0 * j)


@pytest.mark.parametrize("function", [sums_of_extents, negative_on_both_sides])
def test_python_integers_become_narrow(function) -> None:
    x, j, m = np.array([0.5, 1.5, 2.5]), np.array([200, 100, 50], np.uint8), np.array([True, False, True])
    expected = grad(function)(x, j.astype(float), m.astype(float))
    np.testing.assert_allclose(grad(function)(x, j, m), expected, rtol=1e-12)
    tangent = jvp(function, (x, j, m), (np.ones(3), None, None))[1]
    assert tangent == pytest.approx(expected.sum(), rel=1e-12)
