"""Parts of ranges; arrays as they are where their dtype is the one asked for."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from tests.support import check

X = np.array([0.31, 0.52, 0.93, 0.44])


def backwards(x):
    s = 0.0
    for i in range(len(x))[::-1]:
        s = s * x[i] + i
    for i in range(1, len(x), 2)[::-1]:
        s = s * x[i] - i
    return s


def parts(x):
    r, s = range(len(x)), 0.0
    for i in r[1:]:
        s += x[i] * x[i - 1]
    for i in r[::2]:
        s += x[i] ** (i + 1)
    for i in r[-2:]:
        s -= x[i] ** 2
    return s * len(r[1:]) + r[-1] * x[r[1]]


def as_it_is(x):
    z = x.copy()
    y = z.astype(x.dtype, copy=False)
    y[0] = x[1] ** 2
    return np.sum(y**2 * z)


def of_integers(x):
    k = np.arange(4)
    y = k.astype(float, copy=False)
    z = k.astype(dtype=float, copy=True)
    return np.sum((y + x) ** 2 * k * z)


@pytest.mark.parametrize("function", [backwards, parts, as_it_is, of_integers], ids=lambda each: each.__name__)
def test_derivatives(function) -> None:
    check(function, X)


def test_a_range_is_walked_backwards() -> None:
    """It is no list: the reverse sweep walks it forwards."""
    made = adjoint.grad(backwards)
    made(X)
    assert "for i in reversed(range(len(x))):" in made.source


def _first(seen, v):
    seen.append(v)
    return 1


def bound_by_a_call(x):
    seen, s = [], 0.0
    for i in range(len(x))[_first(seen, x[0] ** 2) :]:
        s += x[i]
    return s * sum(seen)


def test_a_bound_is_computed_once() -> None:
    check(bound_by_a_call, X)
