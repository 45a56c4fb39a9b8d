"""Under Numba: stores at indices of values with extent 1, which NumPy broadcasts; and `np.array`, which copies."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import value_and_grad

pytest.importorskip("numba", reason="the extra `jit` is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")

GIVEN: dict[str, Any] = {
    "x": np.array([1.0, 2.0, 3.0, 4.0]),
    "y": np.array([0.5, 7.0, 8.0, 9.0]),
    "a": np.arange(12.0).reshape(3, 4) / 3 + 0.2,
    "b": np.arange(12.0).reshape(3, 4) / 2 + 1.2,
    "i": np.array([0, 2, 1]),
    "j": np.array([1, 0, 2]),
}


def kept_axis_of_a_vector(x, i):
    v = x[i]
    return np.sum(v.sum(axis=-1, keepdims=True) * v)


def kept_axis_of_columns(a, i):
    v = a[:, i]
    return np.sum(v.sum(axis=1, keepdims=True) * v)


def kept_axis_of_rows(a, i):
    v = a[i]
    return np.sum(v - v.mean(axis=0, keepdims=True) ** 2)


def put_at_two(a, i, j, y):
    u = a.copy()
    u[i, j] = y[:1]
    return np.sum(u * a)


def added_to_a_vector(x, i, y):
    u = x.copy()
    np.add.at(u, i, y[:1])
    return np.sum(u**2)


def added_to_rows(a, i, b):
    u = a.copy()
    np.add.at(u, i, b[:1])
    return np.sum(u**2)


def added_to_columns(a, i, b):
    u = a.copy()
    u[:, i] += b[:1, :3]
    return np.sum(u**2)


def at_a_mask(a, y):
    u = a.copy()
    u[a > 2] = y[:1]
    return np.sum(u**2)


def one_index_of_two(a, i, j, y):
    u = a.copy()
    u[i[:1], j] = y[:3]
    np.add.at(u, (i, j[1:2]), y[:3])
    return np.sum(u * a) + np.sum(a[i[:1], j] ** 2)


def sorted_shares(x):
    v = x[np.argsort(-x)]
    return np.sum(v / v.sum(keepdims=True) ** 2)


def copied(x):
    u = np.array(x)
    u[0] = x[0] ** 2
    v = np.array(u, dtype=float)
    v[1] = u[0] * x[1]
    w = np.array(x[1:], copy=True)
    w *= x[0]
    return np.sum(u * x) + np.sum(v * u) + np.sum(w * x[1:])


def copied_indices(x, i):
    k = np.array(i)
    k[0] = 1
    return np.sum(x[k] * x[i])


FUNCTIONS = (
    kept_axis_of_a_vector,
    kept_axis_of_columns,
    kept_axis_of_rows,
    put_at_two,
    added_to_a_vector,
    added_to_rows,
    added_to_columns,
    at_a_mask,
    one_index_of_two,
    sorted_shares,
    copied,
    copied_indices,
)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_as_without_numba(function: Callable[..., Any]) -> None:
    names = list(inspect.signature(function).parameters)
    wrt = tuple(n for n, name in enumerate(names) if name in "xyab")
    args = [GIVEN[name].copy() for name in names]
    value, gradients = value_and_grad(function, wrt)(*args)
    compiled, others = value_and_grad(function, wrt, jit="numba")(*args)
    assert np.isclose(compiled, value, rtol=1e-13) and np.isclose(value, function(*args), rtol=1e-13)
    for one, other in zip(gradients, others, strict=True):
        assert np.allclose(one, other, rtol=1e-12, atol=1e-14)
    assert all(np.array_equal(arg, GIVEN[name]) for arg, name in zip(args, names))


def test_a_value_that_does_not_fit_raises() -> None:
    def unfit(x, i, y):
        u = x.copy()
        np.add.at(u, i, y[:2])
        return np.sum(u)

    with pytest.raises(ValueError):
        value_and_grad(unfit, jit="numba")(GIVEN["x"], GIVEN["i"], GIVEN["y"])
