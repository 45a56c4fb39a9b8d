"""Singularities that a mask takes away leave no trace in a gradient; other points without a derivative, by value."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from adjoint import grad, hessian, jvp

INF = math.inf


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with np.errstate(all="ignore"):
        yield


MASKED: list[tuple[Callable[[Any], Any], list[float], list[float]]] = [
    (lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)), [0.0, 4.0, -1.0], [0.0, 0.25, 0.0]),
    (lambda x: np.sum(np.where(x > 0, np.log(x), 0.0)), [0.0, 4.0, -1.0], [0.0, 0.25, 0.0]),
    (lambda x: np.sum(np.where(x > 0, np.log1p(x - 1.0), 0.0)), [0.0, 4.0], [0.0, 0.25]),
    (lambda x: np.sum(np.where(x > 0, np.log10(x) + np.log2(x), 0.0)), [0.0], [0.0]),
    (lambda x: np.sum(np.where(x != 0, 1.0 / x, 0.0)), [0.0, 2.0], [0.0, -0.25]),
    (lambda x: np.sum(np.where(x != 0, np.reciprocal(x), 0.0)), [0.0, 2.0], [0.0, -0.25]),
    (lambda x: np.sum(np.where(x != 0, x / np.abs(x), 0.0)), [0.0, 2.0], [0.0, 0.0]),
    (lambda x: np.sum(np.where(x > 0, x**0.5, 0.0)), [0.0, 4.0], [0.0, 0.25]),
    (lambda x: np.sum(np.where(x > 0, np.power(x, -1.5), 0.0)), [0.0, 1.0], [0.0, -1.5]),
    (lambda x: np.sum(np.where(x > 0, x**x, 1.0)), [0.0, 1.0], [0.0, 1.0]),
    (lambda x: np.sum(np.where(x < 1, np.arccos(x), 0.0)), [1.0, 0.0], [0.0, -1.0]),
    (lambda x: np.sum(np.where(x < 1, np.arcsin(x), 0.0)), [1.0, 0.0], [0.0, 1.0]),
    (lambda x: np.sum(np.where(x < 1, np.arctanh(x), 0.0)), [1.0, 0.0], [0.0, 1.0]),
    (lambda x: np.sum(np.where(x > 1, np.arccosh(x), 0.0)), [1.0, math.sqrt(2.0)], [0.0, 1.0]),
    (lambda x: np.sum(np.where(x > 0, np.cbrt(x), 0.0)), [0.0, 1.0], [0.0, 1.0 / 3.0]),
    (lambda x: np.sum(np.where(x > 0, x * np.log(x), 0.0)), [0.0, 1.0], [0.0, 1.0]),
    (lambda x: np.sum(np.where(x < 700, np.exp(x), 0.0)), [800.0, 0.0], [0.0, 1.0]),
    (lambda x: np.sum(np.where(x > 0, np.arctan2(x, x - x), 0.0)), [0.0], [0.0]),
    (lambda x: np.where(np.sum(x) > 0, np.linalg.norm(x), 0.0), [0.0, 0.0], [0.0, 0.0]),
    (lambda x: np.sum(np.where(x > 0, np.hypot(x, x), 0.0)), [0.0, 1.0], [0.0, math.sqrt(2.0)]),
    (lambda x: np.sum(np.sqrt(x)[x > 0]), [0.0, 4.0], [0.0, 0.25]),
    (lambda x: np.sum(3.0 * np.log(x)[x > 0] ** 2), [0.0, math.e], [0.0, 6.0 / math.e]),
    (lambda x: np.sum((1.0 / np.sqrt(x))[x > 0] * np.array([2.0])), [0.0, 4.0], [0.0, -0.125]),
    (lambda x: np.sum((x / np.abs(x))[x != 0]), [0.0, 4.0], [0.0, 0.0]),
    (lambda x: np.sum(np.sqrt(x), where=x > 0), [0.0, 4.0], [0.0, 0.25]),
    (lambda x: np.sum(np.select([x > 0], [np.log(x)], 0.0)), [0.0, 4.0], [0.0, 0.25]),
    (lambda x: np.nansum(np.log(x)), [-1.0, 4.0], [0.0, 0.25]),
    (lambda x: np.sum(np.where(x > 0, np.sqrt(x), x)), [0.0, 4.0], [1.0, 0.25]),
]
POINTS: list[tuple[Callable[[Any], Any], list[float], list[float]]] = [
    (lambda x: np.linalg.norm(x), [0.0, 0.0], [0.0, 0.0]),
    (lambda x: np.linalg.norm(x) ** 2, [0.0, 0.0], [0.0, 0.0]),
    (lambda x: np.sum(np.sqrt(x)), [0.0, 4.0], [INF, 0.25]),
    (lambda x: np.prod(x), [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
    (lambda x: np.prod(x), [0.0, 2.0, 0.0], [0.0, 0.0, 0.0]),
    (lambda x: np.sum(np.cumprod(x)), [2.0, 0.0, 3.0, 4.0], [1.0, 32.0, 0.0, 0.0]),
    (lambda x: np.sum(np.multiply.accumulate(x)), [2.0, 0.0, 3.0, 4.0], [1.0, 32.0, 0.0, 0.0]),
    (lambda x: np.nanprod(x), [0.0, 2.0], [2.0, 0.0]),
    (lambda x: np.sum(x**2), [0.0, 1.0], [0.0, 2.0]),
    (lambda x: np.sum(x**0), [0.0, 1.0], [0.0, 0.0]),
    (lambda x: np.sum(np.abs(x)), [0.0, -1.0], [0.0, -1.0]),
    (lambda x: np.max(x), [1.0, 1.0], [0.5, 0.5]),
    (lambda x: np.sum(np.maximum(x, 0.0)), [0.0, 1.0], [0.5, 1.0]),
    (lambda x: np.sum(np.clip(x, 0.0, 1.0)), [0.0, 0.5, 1.0], [0.5, 1.0, 0.5]),
    (lambda x: np.logaddexp(x[0], x[1]), [3.0, 3.0], [0.5, 0.5]),
    (lambda x: np.sum(np.sinc(x)), [0.0], [0.0]),
    (lambda x: np.std(x), [1.0, 1.0], [0.0, 0.0]),
    (lambda x: np.sum(np.tanh(x)), [200.0], [0.0]),
    (lambda x: np.sum(1.0 / (1.0 + np.exp(-x))), [-200.0], [math.exp(-200.0)]),
    (lambda x: np.sum(x / np.max(x)), [3.0], [0.0]),
    (lambda x: np.einsum("i,i", x, np.array([2.0, 3.0])), [1.0], [5.0]),
]


def compare(f: Callable[[Any], Any], at: list[float], expected: list[float]) -> None:
    x = np.array(at)
    np.testing.assert_allclose(grad(f)(x), expected, rtol=1e-12, atol=0)
    if np.all(np.isfinite(expected)):
        along = np.linspace(0.3, 1.1, x.size)
        np.testing.assert_allclose(jvp(f, (x,), (along,))[1], np.dot(expected, along), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("case", range(len(MASKED)))
def test_masked(case: int) -> None:
    f, at, expected = MASKED[case]
    compare(f, at, expected)
    assert np.all(np.isfinite(hessian(f)(np.array(at))))


@pytest.mark.parametrize("case", range(len(POINTS)))
def test_point(case: int) -> None:
    compare(*POINTS[case])


def bell(x: Any) -> Any:
    return np.exp(-(x**2))


def test_four_orders_at_zero() -> None:
    f: Callable[..., Any] = bell
    for expected in (0.0, -2.0, 0.0, 12.0):
        f = grad(f)
        assert f(0.0) == expected


def absolutes(s: Any) -> Any:
    return np.abs(np.negative(s)) ** 2 + np.abs(np.multiply(s, 2.0)) ** 2


@pytest.mark.parametrize("s", [0.3, np.float64(0.3), np.array(0.3)])
def test_the_sign_of_what_may_be_a_numpy_scalar(s: Any) -> None:
    assert grad(absolutes)(s) == pytest.approx(3.0)
    assert grad(grad(absolutes))(s) == pytest.approx(10.0)
