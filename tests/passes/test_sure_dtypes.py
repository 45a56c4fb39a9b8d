"""Arrays of integers that become real in a loop: their cotangents are real in every pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.errors import UnsupportedConstruct

X = np.array([0.31, 0.52, 0.93, 0.44])


def exchanged_with_integers(x, m):
    v, w = np.arange(4) + 1, x
    for _ in range(m):
        v, w = w[[0, 2, 1, 3]], v[[1, 0, 2, 3]]
    return np.sum(v * w * w)


def exchanged_with_complex_numbers(x, m):
    v, w = x * 1j, x
    for _ in range(m+1):
        v, w = np.append(w[1:], 1), v
    return np.sum(v * w * w).real


def sorted_integers(x, m):
    v = np.arange(4) + 1
    for _ in range(2):
        v = np.sort(v) * x
    return np.sum(v)


def sorted_and_exchanged(x, m):
    v, w = np.arange(4) + 1, x
    for _ in range(m):
        v, w = np.sort(w), np.sort(v)
    return np.sum(v*w)


def products_of_truth_values(x, m):
    v = x > 0.4
    for _ in range(m):
        v = np.cumprod(v)*x
    return np.sum(v)


def integers_on_one_path(x, m):
    v = np.arange(4)
    if x[0] > 0.1:
        v = v*x
    w = np.sort(v)
    return np.sum(w*w*x)


def reversed_integers(x, m):
    v = np.arange(4) + 1
    for i in range(m):
        if i == 1:
            v = v*x
        else:
            v = v + 1
        v = v[::-1]
    return np.sum(v*x)


def appended_to_integers(x, m):
    rows = [np.arange(4) + 1]
    for _ in range(m + 1):
        rows.append(rows[-1] * x)
    return np.sum(rows[-1] * rows[1])


def pairs_of_integers_and_others(x, m):
    pairs = [(np.arange(4), x)]
    for i in range(m + 1):
        pairs.append((pairs[-1][1] * x, pairs[-1][0] + i * x))
    return np.sum(pairs[-1][0] * pairs[-1][1])


def stored_among_integers(x, m):
    rows = [np.arange(4) + i for i in range(m + 1)]
    for i in range(m):
        rows[i] = rows[i] * x
    return sum(np.sum(np.sort(row) * x) for row in rows)


FUNCTIONS = (
    appended_to_integers,
    pairs_of_integers_and_others,
    stored_among_integers,
    exchanged_with_integers,
    exchanged_with_complex_numbers,
    sorted_integers,
    sorted_and_exchanged,
    products_of_truth_values,
    integers_on_one_path,
    reversed_integers,
)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_gradients(function: Callable[..., Any]) -> None:
    value, gradient = adjoint.value_and_grad(function)(X, 2)
    assert value == pytest.approx(function(X, 2)) and gradient.dtype == float
    slopes = [(function(X + h, 2) - function(X - h, 2)) / 2e-6 for h in 1e-6 * np.eye(4)]
    np.testing.assert_allclose(gradient, slopes, rtol=1e-6, atol=1e-8)


def becomes_complex(x):
    a = x * 2.0
    for _ in range(3):
        a = a + 1j * x
    return np.sum(np.abs(a) ** 2)


def test_tangents_of_what_becomes_complex() -> None:
    """They are not added up in place: the first one is real."""
    direction = np.array([0.3, -0.2, 0.5, 0.1])
    _, slope = adjoint.jvp(becomes_complex, (X,), (direction,))
    ends = [becomes_complex(X + h * direction) for h in (1e-6, -1e-6)]
    assert slope == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-8)


def stored_where_integers_may_be(x, m):
    rows = [np.arange(4), x * 1.5]
    for k in range(m):
        rows[k % 2][0] = rows[(k + 1) % 2][1] * x[0]
    return np.sum(rows[0]) + np.sum(rows[1] ** 2)


def stored_before_it_is_real(x, m):
    a = np.arange(4)
    for i in range(m):
        a[0] = x[i]
        a = a * x
    return np.sum(a)


def stored_once_it_is_real(x, m):
    a = np.arange(4)
    for i in range(m):
        a = a * x
        a[0] = x[i]
    return np.sum(a)


@pytest.mark.parametrize("function", [stored_where_integers_may_be, stored_before_it_is_real])
def test_numbers_are_not_rounded(function: Callable[..., Any]) -> None:
    with pytest.raises(adjoint.AdjointError, match=r"array that is of integers|array of int64"):
        adjoint.grad(function)(X, 2)


def test_stores_into_what_has_become_real() -> None:
    slopes = [(stored_once_it_is_real(X + h, 2) - stored_once_it_is_real(X - h, 2)) / 2e-6 for h in 1e-6 * np.eye(4)]
    np.testing.assert_allclose(adjoint.grad(stored_once_it_is_real)(X, 2), slopes, rtol=1e-6)


def real_or_complex(x, z, n):
    a = x if n < 9 else z
    return np.sum((a * z).real)


def integers_without_a_pass(x, z, n):
    a = np.arange(4)
    for _ in range(n - 1):
        a = a * x
    return np.sum(a * x)


def narrow_on_a_path(x, z, n):
    a = np.ones(4, np.float32) if n < 9 else np.ones(4)
    return np.sum(a * x)


def literal_of_items(x, z, n):
    a = x if n < 9 else z
    b = np.array([a[0], a[2]])
    return np.sum((b * z[1] + b[-1]).real)


@pytest.mark.parametrize(
    ("function", "position", "dtype"),
    [
        (real_or_complex, 1, complex),
        (integers_without_a_pass, 0, float),
        (narrow_on_a_path, 0, float),
        (literal_of_items, 0, float),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_gradients_have_the_dtype_of_their_argument(function: Callable[..., Any], position: int, dtype: type) -> None:
    z = X * (1 + 1j)
    gradient = adjoint.grad(function, wrt=position)(X, z, 1)
    pulled = adjoint.vjp(function, X, z, 1, wrt=position)[1](1.0)
    pulled = pulled[0] if isinstance(pulled, tuple) else pulled
    assert gradient.dtype == dtype == pulled.dtype
    np.testing.assert_allclose(pulled, gradient)
    args = [X, z, 1]
    args[position] = args[position] + 1e-6 * X
    assert function(*args) - function(X, z, 1) == pytest.approx(1e-6 * np.sum(gradient * X).real, rel=1e-4)


def number_of_integers(x, m):
    t = 0 if m else x[0]
    v = np.full(3, t)
    v[1] = 2.5 * x[0]
    return np.sum(v)


def total_of_integers(x, m):
    t = 0
    for k in range(m):
        t = t + x[k]
    return np.sum(np.concatenate([[t], x]) * x[0]) + t / 2


def test_numbers_that_are_integers_on_a_path() -> None:
    """An array of them would round; real numbers beside them make it one of real numbers."""
    with pytest.raises(UnsupportedConstruct, match="integers on a path"):
        adjoint.grad(number_of_integers)(X, 1)
    value, gradient = adjoint.value_and_grad(total_of_integers)(X, 2)
    assert value == pytest.approx(total_of_integers(X, 2)) and gradient.dtype == float


def square_of_truth_values(x):
    mask = (x > 0.4) ** 2
    return np.sum(x * (np.ones(4, np.float32) * mask)) if mask.dtype == np.int8 else 0.0 * x[0]


def test_square_of_truth_values_is_narrow() -> None:
    np.testing.assert_array_equal(adjoint.grad(square_of_truth_values)(X), [0, 1, 1, 1])
