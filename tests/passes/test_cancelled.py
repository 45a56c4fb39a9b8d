"""Shifts and scales that cancel: they have no part in a derivative, and everything else keeps its own."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import check_grads, grad

RNG = np.random.default_rng(31)
VECTOR, OTHER, MATRIX, SQUARE = (RNG.standard_normal(shape) for shape in (5, 5, (3, 4), (4, 4)))


def softmax(x, w):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return np.sum(w * e / e.sum(axis=1, keepdims=True))


def log_sum_exp(x):
    m = np.max(x, axis=1)
    return np.sum((m + np.log(np.sum(np.exp(x - m[:, None]), axis=1))) ** 2)


def asked_twice(v):
    return np.max(v) + np.log(np.sum(np.exp(v - np.max(v))))


def both_layouts(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return np.sum((np.log(e.sum(axis=1)) + np.max(x, axis=1)) ** 2)


def of_two_arrays(a, b):
    m = np.maximum(a, b)
    return np.sum((m + np.log(np.exp(a - m) + np.exp(b - m))) ** 2)


def of_two_numbers(a, b):
    m = max(a, b)
    return m + math.log(math.exp(a - m) + math.exp(b - m))


def of_items(v):
    m = max([v[0], v[1], v[2]])
    return m + np.log(sum([np.exp(v[0] - m), np.exp(v[1] - m), np.exp(v[2] - m)]))


def norm(v):
    s = np.max(np.abs(v))
    return s * np.sqrt(np.sum((v / s) ** 2))


def smallest(v):
    m = np.min(v)
    return m - np.log(np.mean(np.exp(-(v - m))))


def powers(x):
    m = x.max(axis=1, keepdims=True)
    return np.sum(np.exp(2 * (x - m)) / np.exp(x - m).sum(axis=1, keepdims=True) ** 2)


def temperature(x):
    e = np.exp((x - x.max()) / 0.5)
    return np.sum((e / np.sum(e)) ** 2)


def masked(x):
    e = np.where(x > -0.5, np.exp(x - x.max(axis=-1, keepdims=True)), 0.0)
    return np.sum((e / np.sum(e, -1, keepdims=True)) ** 2)


def attention(x):
    s = x @ x.T
    w = np.exp(s - s.max(axis=-1, keepdims=True))
    return np.sum(((w @ x) / w.sum(axis=-1, keepdims=True)) ** 3)


def other_way(x):
    y = x.T - x.max(axis=0).reshape(-1, 1)
    e = np.exp(y)
    return np.sum((e / np.sum(e, 1)[:, None]) ** 2)


def in_a_loop(x):
    total = 0.0
    for i in range(len(x)):
        e = np.exp(x[i] - x[i].max())
        p = e / e.sum()
        total += np.sum(p * p * x[i])
    return total


CANCELLED = [
    (softmax, (MATRIX, MATRIX[:, ::-1].copy())),
    (log_sum_exp, (MATRIX,)),
    (asked_twice, (VECTOR,)),
    (both_layouts, (MATRIX,)),
    (of_two_arrays, (VECTOR, OTHER)),
    (of_two_numbers, (0.3, 1.2)),
    (of_items, (VECTOR,)),
    (norm, (VECTOR,)),
    (smallest, (VECTOR,)),
    (powers, (MATRIX,)),
    (temperature, (MATRIX,)),
    (masked, (MATRIX,)),
    (attention, (MATRIX,)),
    (other_way, (MATRIX,)),
    (in_a_loop, (MATRIX,)),
]


def along_the_other_axis(x):
    e = np.exp(x - x.max(axis=1))
    return np.sum((e / e.sum(axis=1, keepdims=True)) ** 2)


def divided_along_the_other_axis(x):
    e = np.exp(x - x.max(axis=1)[:, None])
    return np.sum(np.sin(e / e.sum(axis=1)))


def summed_over_the_shifts(x):
    return np.sum(x - x.max(axis=1, keepdims=True), axis=0) @ np.arange(4.0)


def other_power(x):
    m = x.max(axis=1, keepdims=True)
    return np.sum(np.exp(2 * (x - m)) / np.exp(x - m).sum(axis=1, keepdims=True))


def other_degree(v):
    m = np.max(v)
    return np.sum(np.exp(v - m) / np.sum(np.exp(v - 2 * m)))


def also_read(v):
    m = np.max(v)
    p = np.exp(v - m)
    return m * m + np.sum(np.sin(p / np.sum(p)))


def scale_and_number(v):
    m = np.max(v)
    e = np.exp(v - m)
    return np.sum((e / (1.0 + np.sum(e))) ** 2)


def sum_of_scales(v):
    m = np.max(v)
    return np.log(np.exp(v[0] - m) + np.exp(2 * (v[1] - m))) + m


def reciprocal_of_shift(v):
    return 1.0 / (3.0 + np.max(v)) * (3.0 + np.max(v)) ** 2


def product_with_another(v):
    m = np.max(v)
    return np.sum(np.exp(v * m)) / np.exp(m)


def carried(x):
    m = 0.0
    total = 0.0
    for i in range(len(x)):
        total += np.sum(x[i] - m)
        m = np.max(x[i])
    return total


def both_factors(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return np.sum(e @ e.T)


def chosen_among(v):
    m = np.max(v)
    return np.sum(np.where(v > 0.0, v - m, v)) + m


KEPT = [
    (along_the_other_axis, (SQUARE,)),
    (divided_along_the_other_axis, (SQUARE,)),
    (summed_over_the_shifts, (MATRIX,)),
    (other_power, (MATRIX,)),
    (other_degree, (VECTOR,)),
    (also_read, (VECTOR,)),
    (scale_and_number, (VECTOR,)),
    (sum_of_scales, (VECTOR,)),
    (reciprocal_of_shift, (VECTOR,)),
    (product_with_another, (VECTOR,)),
    (carried, (MATRIX,)),
    (both_factors, (MATRIX,)),
    (chosen_among, (VECTOR,)),
]


@pytest.mark.parametrize(("f", "args"), [*CANCELLED, *KEPT], ids=lambda f: getattr(f, "__name__", ""))
def test_derivatives(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    check_grads(f, args)


SECOND = [(f, (VECTOR[:3],)) for f in (asked_twice, norm, also_read)]


@pytest.mark.parametrize(("f", "args"), SECOND, ids=lambda f: getattr(f, "__name__", ""))
def test_second_order(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    check_grads(f, args, order=2)


@pytest.mark.parametrize(("f", "args"), CANCELLED, ids=lambda f: getattr(f, "__name__", ""))
def test_what_cancels_is_not_reversed(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    gradient = grad(f, wrt=tuple(range(len(args))))
    gradient(*args)
    assert " == " not in gradient.source


@pytest.mark.parametrize(("f", "args"), KEPT, ids=lambda f: getattr(f, "__name__", ""))
def test_what_does_not_cancel_is_reversed(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    gradient = grad(f)
    gradient(*args)
    assert " == " in gradient.source


def test_a_tie_is_no_matter() -> None:
    """The derivative of the whole exists where that of the largest element does not."""
    np.testing.assert_allclose(grad(asked_twice)(np.ones(4)), np.full(4, 0.25), rtol=1e-15)
