"""Loops over `prange`: in threads where each pass has its own places, else one pass after the other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from adjoint import differentiate, grad, jvp, value_and_grad

numba = pytest.importorskip("numba", reason="the extra `jit` is not installed")
from numba import njit, prange  # noqa: E402  # an extra

pytestmark = pytest.mark.filterwarnings("ignore::numba.core.errors.NumbaWarning")


def squares(x):
    s = 0.0
    for i in prange(len(x)):
        s += math.sin(x[i]) * x[i]
    return s


def shared_number(x, w):
    s = 0.0
    for i in prange(len(x)):
        s += math.exp(-w * x[i])
    return s


def paths(x, n):
    y = np.empty(len(x))
    for i in prange(len(x)):
        a = x[i]
        for k in range(n):
            a = a - 0.1 * math.sin(a) * (i + k)
        y[i] = a * a
    return np.sum(y)


def several_sums(x):
    a, b, count = 0.0, 1.0, 0
    for i in prange(len(x)):
        if x[i] < 0.3:
            continue
        a += x[i]
        a -= x[i] ** 2
        for k in range(3):
            b = k * x[i] + b
            count += 1
    return a * b + count


def columns(m):
    b = np.zeros(m.shape)
    for j in prange(m.shape[1]):
        for i in range(1, m.shape[0]):
            b[i, j] = b[i - 1, j] * 0.5 + m[i, j] * m[i, j]
    return np.sum(b * b)


def shared_row(m, w):
    s = 0.0
    for i in prange(m.shape[0]):
        r = m[i] @ w
        s += r * r
    return s


def reshaped(x):
    m = x.reshape(5, -1)
    s = 0.0
    for j in prange(m.shape[1]):
        s += m[0, j] * m[1, j]
    return s


def neighbours(x):
    s = 0.0
    for i in prange(1, len(x)):
        s += x[i] * x[i - 1]
    return s


def dependent(x):
    y = x.copy()
    for i in prange(1, len(x)):
        y[i] = y[i] * y[i - 1]
    return y[-1]


def largest(x):
    m = 0.0
    for i in prange(len(x)):
        m = max(m, x[i])
    return m


def last_pass(x):
    t = 0.0
    for i in prange(len(x)):
        t = x[i] * x[i]
    return t


def read_total(x):
    s = 0.0
    for i in prange(len(x)):
        s += x[i] * s
        s += x[i]
    return s


def scattered(x, k):
    h = np.zeros(4)
    for i in prange(len(x)):
        h[k[i]] += x[i] * x[i]
    return np.sum(h * h)


def negative_index(x):
    s = 0.0
    for i in prange(len(x)):
        s += x[i] * x[i] * (-i) + x[i] * (i - i * i)
    return s


def to_the_index(x):
    s = 0.0
    for i in prange(len(x)):
        for j in range(i):
            s += x[i] * x[j] * (-j)
    return s


def checked(x):
    s = 0.0
    for i in prange(len(x)):
        if x[i] < 0.0:
            raise ValueError("negative")
        s += x[i] * x[i]
    return s


def mirrored(x):
    y = x.copy()
    for i in prange(len(x)):
        y[i] = y[i] * y[len(x) - 1 - i]
    return np.sum(y)


def from_the_end(x):
    y = x.copy()
    for i in prange(-1, len(x)):
        y[i] = y[i] * 2.0
    return np.sum(y * y)


X = np.random.default_rng(3).random(1000)
CASES = {
    # the function, its arguments, in what it is differentiated, and how many of its loops stay in threads
    "squares": (squares, (X,), 0, 2),
    "shared_number": (shared_number, (X, 0.7), (0, 1), 2),
    "paths": (paths, (X, 4), 0, 2),
    "several_sums": (several_sums, (X,), 0, 2),
    "columns": (columns, (X.reshape(5, -1),), 0, 2),
    "shared_row": (shared_row, (X.reshape(-1, 4), X[:4]), (0, 1), 2),
    "reshaped": (reshaped, (X,), 0, 0),
    "neighbours": (neighbours, (X,), 0, 1),
    "dependent": (dependent, (X[:20],), 0, 0),
    "largest": (largest, (X,), 0, 0),
    "last_pass": (last_pass, (X,), 0, 0),
    "read_total": (read_total, (X[:20],), 0, 0),
    "scattered": (scattered, (X, np.arange(1000) % 4), 0, 1),
    "negative_index": (negative_index, (X,), 0, 1),
    "to_the_index": (to_the_index, (X[:20],), 0, 0),
    "checked": (checked, (X,), 0, 1),
    "from_the_end": (from_the_end, (X[:20],), 0, 0),
    "mirrored": (mirrored, (X[:20],), 0, 0),
}
QUICK = ("paths", "several_sums")


@pytest.mark.parametrize("name", sorted(CASES))
def test_which_loops_are_parallel(name):
    function, args, wrt, count = CASES[name]
    types = {"m": "f8[:,:]", "x": "f8[:]", "w": "f8[:]" if name == "shared_row" else "float", "k": "i8[:]", "n": "int"}
    given = function.__code__.co_varnames[: len(args)]
    text = ", ".join(f"{each}: {types[each]}" for each in given)
    source = value_and_grad(function, wrt, jit="numba").for_types(text).source
    assert source.count(" in prange(") == count, source
    assert ("@njit(parallel=" in source) == (count > 0)


def check(name):
    function, args, wrt, _ = CASES[name]
    value, slopes = value_and_grad(function, wrt)(*args)
    derivative = value_and_grad(njit(parallel=True)(function), wrt, jit="numba")
    for _ in range(5):
        found, given = derivative(*args)
        assert found == pytest.approx(value, rel=1e-12)
        for one, other in zip(given, slopes, strict=True) if isinstance(wrt, tuple) else [(given, slopes)]:
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", QUICK)
def test_numbers_of_threads_are_those_of_one(name):
    check(name)


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(set(CASES) - set(QUICK)))
def test_numbers_of_threads_are_those_of_one_at_length(name):
    check(name)


def test_loops_of_python_are_loops_over_ranges():
    assert "prange" not in grad(squares).for_types("x: f8[:]").source


def test_tangents_go_through_the_same_loop():
    source = differentiate(squares, jit="numba").jvp.for_types("x: f8[:]").source
    assert source.count(" in prange(") == 1
    assert "s_dot +=" in source


@pytest.mark.long
def test_second_order():
    direction = X[::-1].copy()
    first = grad(squares, jit="numba")
    value, slope = jvp(first, (X,), (direction,), jit="numba")
    np.testing.assert_allclose(value, np.cos(X) * X + np.sin(X), rtol=1e-12)
    np.testing.assert_allclose(slope, (2.0 * np.cos(X) - np.sin(X) * X) * direction, rtol=1e-12)
