"""Helpers that return their argument on one path and a new array on another; what they return is changed in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.errors import AliasNotProvable
from tests.inplace.judge import judge

X = np.array([0.5, 0.7, 0.2, 0.9])


def damped(u, t):
    if t % 2:
        u = 0.9 * u
    return u


def limited(u):
    if np.max(u) > 0.8:
        u = np.minimum(u, 0.85) * 1.01
    total = np.sum(u)
    return u * 1.0 if total > 100.0 else u


def early(u, t):
    if t % 2:
        return u * u
    return u


def chosen(u, t):
    return 0.8 * u if t % 3 == 1 else u


def bumped(u, v, t):
    if t > 0:
        v = 0.9 * v
    u -= 0.1 * v
    return v


def in_a_loop(x, n):
    u = x.copy()
    for t in range(n):
        u = damped(u, t)
        u[1:] -= 0.3 * u[1:] * u[:-1]
    return np.sum(u**2)


def by_data(x, n):
    u = x.copy()
    for _ in range(n):
        u = limited(u)
        u[1:] += 0.3 * u[:-1]
    return np.sum(u**2)


def early_return(x, n):
    for t in range(n):
        x = early(x, t)
        x *= 0.9
    return np.sum(x**2)


def conditional_expression(x, n):
    u = x.copy()
    for t in range(n):
        u = chosen(u, t)
        u[0] *= 1.1
        if u[0] > 5.0:
            return np.sum(u)
    return np.sum(u**2)


def another_array_written(x, n):
    u = x.copy()
    v = x * 2.0
    for t in range(n):
        v = bumped(u, v, t)
    return np.sum(u**2) + np.sum(v)


def under_another_name(x, n):
    u = x.copy()
    v = damped(u, n + int(np.argmax(x)))
    v[1:] -= 0.3 * u[1:] * u[:-1]
    return np.sum(u**2) + np.sum(v)


def rows(x, n):
    a = np.outer(x, x)
    total = 0.0
    for i in range(n):
        r = a[i]
        r = early(r, i)
        r *= 0.9
        total += np.sum(r)
    return total + np.sum(a**2)


def shortened(v):
    n = np.sqrt(np.sum(v**2))
    if n > 1.0:
        return v / n
    return v


def turned(v):
    if v[0] > 0.3:
        return v[::-1]
    return v


def rows_shortened(x, n):
    a = np.outer(2 * x, x)
    for _ in range(n):
        for i in range(len(x)):
            a[i] = shortened(a[i])
            a[i] *= 0.9
        a[1:] += 0.1 * a[:-1] ** 2
    return np.sum(a**3)


def columns_shortened(x, n):
    a = np.outer(2 * x, x)
    for i in range(min(n, len(x))):
        a[:, i] = shortened(a[:, i])
        a[i, 0] *= 0.9
    return np.sum(a**3)


def rows_of_a_view_shortened(x, n):
    a = np.outer(2 * x, x)
    b = a[1:]
    for i in range(min(n, len(b))):
        b[i] = shortened(b[i])
        a[i] *= 0.9
    return np.sum(a**3)


def parts_shortened(x, n):
    u = 3 * x
    for i in range(min(n, len(x) - 2)):
        u[i : i + 2] = shortened(u[i : i + 2])
        u[i + 1] += u[i] ** 2
    u[:] = shortened(u)
    return np.sum(u**3)


def put_into_a_list(x, n):
    u = x * 1.0
    kept = [u]
    kept[0] = early(kept[0], n)
    kept[0] *= 0.9
    return np.sum(u) + np.sum(kept[0] ** 2)


def put_into_a_dict(x, n):
    u = x * 1.0
    d = {"a": u}
    d["a"] = early(d["a"], n)
    u *= 0.9
    return np.sum(u) + np.sum(d["a"] ** 2)


def exchanged_on_a_path(x, n):
    w = x * 0.5
    u = x * 1.1
    if np.sum(x) > 0.5:
        u, w = early(u, n), u
    w[1] += 0.1
    return np.sum(u**2)


def named_on_a_path(x, n):
    w = x * 0.5
    u = x * 1.1
    if np.sum(x) > 0.5:
        w = u
        u = early(w, n)
    u[1] += 0.1
    return np.sum(w**2)


def parts_before_a_call(x, n):
    u = x * 1.0
    w, z = early(u, n)[1:], early(u, n + 1)
    u[0] *= 0.9
    return np.sum(u) * np.sum(w) + np.sum(z)


RIGHT = (
    rows_shortened,
    columns_shortened,
    rows_of_a_view_shortened,
    parts_shortened,
    in_a_loop,
    by_data,
    early_return,
    conditional_expression,
    another_array_written,
    under_another_name,
    rows,
)


@pytest.mark.parametrize("function", RIGHT, ids=lambda f: f.__name__)
@pytest.mark.parametrize("n", [0, 1, 3])
def test_right(function: Callable[..., Any], n: int) -> None:
    judge(function, (X, n), (0,))


def named_before(x, n):
    u = x.copy()
    w = u
    for t in range(n):
        u = early(u, t)
        u *= 0.9
    return np.sum(u**2) + np.sum(w**3)


def viewed_before(x, n):
    u = x.copy()
    w = u[1:]
    for t in range(n):
        u = early(u, t)
        u *= 0.9
    return np.sum(u**2) + np.sum(w**3)


def kept_in_a_list(x, n):
    u = x.copy()
    kept = []
    for t in range(n):
        kept.append(u)
        u = early(u, t)
        u *= 0.9
    return np.sum(u**2) + np.sum(kept[0] ** 3)


def kept_in_a_dict(x, n):
    u = x.copy()
    kept = {}
    for t in range(n):
        kept["before"] = u
        u = early(u, t)
        u *= 0.9
    return np.sum(u**2) + np.sum(kept["before"] ** 3)


def read_by_a_function(x, n):
    u = x.copy()

    def total():
        return np.sum(u)

    w = u
    s = 0.0
    for t in range(n):
        w = early(w, t)
        w *= 0.9
        s += total()
    return s + np.sum(w**2)


def part_of_it(x, n):
    u = 3 * x
    u[:-1] = shortened(u[1:])
    u[::2] = shortened(u[: (len(x) + 1) // 2])
    return np.sum(u**3)


def turned_rows(x, n):
    a = np.outer(2 * x, x)
    for i in range(n):
        a[i] = turned(a[i])
        a[i] *= x
    return np.sum(a**3 * x)


def row_with_a_name(x, n):
    a = np.outer(2 * x, x)
    for i in range(n):
        w = a[i]
        a[i] = shortened(a[i])
        w *= 0.5
    return np.sum(a**3)


def row_out_of_a_column(x, n):
    a = np.outer(0.3 * x, x)
    a[1] = shortened(a[:, 2])
    a[2, ::2] = shortened(a[2, :2])
    return np.sum(a**3) * n


KNOWN: tuple[Callable[..., Any], ...] = (put_into_a_list, put_into_a_dict, exchanged_on_a_path, named_on_a_path, parts_before_a_call)
KNOWN += (row_out_of_a_column, part_of_it, turned_rows, row_with_a_name, named_before, viewed_before, kept_in_a_list, kept_in_a_dict, read_by_a_function)


@pytest.mark.parametrize("function", KNOWN, ids=lambda f: f.__name__)
@pytest.mark.parametrize("n", [2, 3])
def test_with_another_name_right_or_refused(function: Callable[..., Any], n: int) -> None:
    slopes = [(function(X + h, n) - function(X - h, n)) / 2e-6 for h in 1e-6 * np.eye(4)]
    try:
        value, gradient = adjoint.value_and_grad(function)(X, n)
    except AliasNotProvable:
        return
    assert np.isclose(value, function(X, n), rtol=1e-14)
    assert np.allclose(gradient, slopes, rtol=1e-6, atol=1e-7)
