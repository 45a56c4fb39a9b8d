"""Edges of NumPy functions, pinned by value: singularities under a mask, ties, zeros, nans, layouts, empty arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad, hessian, jvp

# The functions under test are plain programs: the compiler reads them from this file.


def masked_log(x: Any) -> Any:
    return np.sum(np.where(x > 0, np.log(x), 0.0))


def masked_direction(x: Any) -> Any:
    return np.sum(np.where(x != 0, x / np.abs(x), 0.0) + x)


def masked_power(x: Any) -> Any:
    return np.sum(np.where(x > 0, x**0.5, 0.0))


def sum_of_chosen_roots(x: Any) -> Any:
    return np.sum(np.sqrt(x), where=x > 0)


def mean_of_chosen_logs(x: Any) -> Any:
    return np.mean(np.log(x), where=x > 0)


def sum_without_nans(x: Any) -> Any:
    return np.nansum(np.log(x))


def only_finite(x: Any) -> Any:
    return np.sum(np.nan_to_num(1.0 / x, posinf=0.0))


def product_from(x: Any) -> Any:
    return np.prod(x, initial=2.0)


def chosen_product(x: Any) -> Any:
    return np.prod(x, where=x != 3.0)


def running(x: Any) -> Any:
    return np.sum(np.cumprod(x))


def largest_or(x: Any) -> Any:
    return np.max(x, initial=2.0)


def running_largest(x: Any) -> Any:
    return np.sum(np.maximum.accumulate(x))


def middle(x: Any) -> Any:
    return np.median(x)


def quarter(x: Any) -> Any:
    return np.quantile(x, 0.25)


def spread(x: Any) -> Any:
    return np.nanstd(x)


def width(x: Any) -> Any:
    return np.ptp(x)


def soft_largest(x: Any) -> Any:
    return np.logaddexp.reduce(x)


def cardinal_sine(x: Any) -> Any:
    return np.sum(np.sinc(x))


def read_table(x: Any) -> Any:
    return np.sum(np.interp(x, [0.0, 1.0, 2.0], [0.0, 1.0, 5.0]))


def constant_term(x: Any) -> Any:
    return np.polyval(x, 0.0)


def same_points(x: Any) -> Any:
    return math.dist(x, [1.0, 1.0])


def shape_kept(x: Any) -> Any:
    return np.sum(np.sum(x**2, axis=0) * np.max(x, axis=0))


def plain_sum(x: Any) -> Any:
    return np.sum(2.0 * x)


NAN = math.nan
PINNED: list[tuple[Callable[..., Any], Any, Any]] = [
    (masked_log, [0.0, -1.0, 2.0], [0.0, 0.0, 0.5]),
    (masked_direction, [0.0, 2.0], [1.0, 1.0]),
    (masked_power, [0.0, 4.0], [0.0, 0.25]),
    (sum_of_chosen_roots, [0.0, 4.0], [0.0, 0.25]),
    (mean_of_chosen_logs, [0.0, 4.0, 2.0], [0.0, 0.125, 0.25]),
    (sum_without_nans, [-1.0, 2.0], [0.0, 0.5]),
    (only_finite, [0.0, 2.0], [0.0, -0.25]),
    (product_from, [0.0, 3.0], [6.0, 0.0]),
    (product_from, [], []),
    (chosen_product, [3.0, 0.0, 5.0], [0.0, 5.0, 0.0]),
    (running, [2.0, 0.0, 3.0, 4.0], [1.0, 32.0, 0.0, 0.0]),
    (running, [2.0, 0.0, 0.0, 4.0], [1.0, 2.0, 0.0, 0.0]),
    (running, [], []),
    (largest_or, [1.0, 2.0], [0.0, 0.5]),
    (largest_or, [], []),
    (running_largest, [1.0, 3.0, 2.0, 3.0], [1.0, 2.0, 0.0, 1.0]),
    (middle, [3.0, 1.0, 2.0], [0.0, 0.0, 1.0]),
    (middle, [3.0, 1.0, 2.0, 7.0], [0.5, 0.0, 0.5, 0.0]),
    (middle, [1.0, 1.0, 1.0], [0.0, 1.0, 0.0]),
    (quarter, [3.0, 1.0, 2.0], [0.0, 0.5, 0.5]),
    (quarter, [3.0], [1.0]),
    (spread, [1.0, NAN, 1.0], [0.0, 0.0, 0.0]),
    (width, [2.0, 2.0], [0.0, 0.0]),
    (width, [1.0, 3.0, 3.0], [-1.0, 0.5, 0.5]),
    (soft_largest, [1.0, 1.0], [0.5, 0.5]),
    (cardinal_sine, [0.0, 1.0], [0.0, -1.0]),
    (read_table, [0.5, 1.5, -1.0, 3.0], [1.0, 4.0, 0.0, 0.0]),
    (read_table, [], []),
    (constant_term, [2.0, 3.0], [0.0, 1.0]),
    (same_points, [1.0, 1.0], [0.0, 0.0]),
]


@pytest.fixture(autouse=True)
def _quiet() -> Any:
    with np.errstate(all="ignore"):
        yield


@pytest.mark.parametrize(("function", "x", "expected"), PINNED, ids=[f"{f.__name__}{x}" for f, x, _ in PINNED])
def test_pinned(function: Callable[..., Any], x: Any, expected: Any) -> None:
    x = np.array(x)
    np.testing.assert_allclose(grad(function)(x), expected, rtol=1e-12, atol=1e-12)
    along = np.linspace(0.3, 1.1, x.size)
    np.testing.assert_allclose(jvp(function, (x,), (along,))[1], np.sum(expected * along), rtol=1e-12, atol=1e-12)


def test_second_derivatives_are_exact_at_zeros() -> None:
    product = hessian(product_from)(np.array([0.0, 2.0, 3.0]))
    np.testing.assert_allclose(product, 2.0 * np.array([[0.0, 3.0, 2.0], [3.0, 0.0, 0.0], [2.0, 0.0, 0.0]]), atol=1e-12)
    running_product = hessian(running)(np.array([2.0, 0.0, 3.0]))
    np.testing.assert_allclose(running_product, [[0.0, 4.0, 0.0], [4.0, 0.0, 2.0], [0.0, 2.0, 0.0]], atol=1e-12)
    np.testing.assert_allclose(hessian(cardinal_sine)(np.array([0.0])), [[-(math.pi**2) / 3]], rtol=1e-12)


def test_long_running_products_need_no_square_of_memory() -> None:
    x = np.full(100_000, 1.0) + 1e-7
    np.testing.assert_allclose(grad(running)(x)[0], np.sum(np.cumprod(x)) / x[0], rtol=1e-9)


LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "C": lambda x: x,
    "F": np.asfortranarray,
    "strided": lambda x: np.repeat(np.repeat(x, 2, 0), 3, 1)[::2, ::3],
    "reversed": lambda x: x[::-1, ::-1].copy()[::-1, ::-1],
    "one column": lambda x: x[:, :1],
    "one row": lambda x: x[:1],
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_memory_layout_does_not_matter(layout: str) -> None:
    x = LAYOUTS[layout](np.arange(1.0, 13.0).reshape(3, 4))
    largest = np.zeros_like(x)
    largest[-1] = np.sum(x**2, axis=0)
    np.testing.assert_allclose(grad(shape_kept)(x), 2 * x * np.max(x, axis=0) + largest)


@pytest.mark.parametrize("x", [3.0, np.float64(3.0), np.float32(3.0), np.array(3.0), np.ones((2, 0)), np.ones((1, 1))])
def test_numbers_and_small_arrays(x: Any) -> None:
    got = grad(plain_sum)(x)
    assert np.shape(got) == np.shape(x)
    np.testing.assert_array_equal(got, np.full_like(x, 2.0))


def test_ints_have_real_gradients_and_bools_none() -> None:
    assert grad(plain_sum)(np.array([1, 2])).dtype == np.float64
