"""Extents in lists, as NumPy takes them, and indices outside of the function: `INNER = np.s_[1:-1, 1:-1]`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.errors import AdjointError
from tests.inplace.judge import judge

X = np.array([0.7, 1.3, -0.4, 0.9])
INNER = np.s_[1:-1, 1:-1]
REST = slice(1, None)
FIRST = (slice(None), 0)
ODD = slice("a")
SIDES = {"north": np.s_[:-1], "south": np.s_[1:]}


def written(x):
    return np.sum(x.reshape([2, 2])[0] ** 2) + np.sum(np.zeros([2, 2]) + x[:2] ** 2)


def of_a_variable(x):
    dims = [len(x) // 2, 2]
    return np.sum(x.reshape(dims) @ np.full(dims[::-1], 0.5)) ** 2


def made_item_by_item(x):
    shape = []
    shape.append(2)
    shape.append(len(x))
    y = np.empty(shape)
    y[:] = x * x
    return np.sum(y**2) + np.sum(np.broadcast_to(x, [3, 4]) ** 3)


def repeated(x):
    a = np.tile(x.reshape([2, -1]), [2, 1])
    return np.sum(np.pad(a, [[1, 0], [0, 1]], constant_values=0.5) ** 3)


def smoothed(x):
    u = np.outer(x, x) * np.outer(x, np.ones_like(x))
    u[INNER] += 0.1 * u[INNER] * (u[2:, 1:-1] + u[:-2, 1:-1])
    return np.sum(u**2)


def of_parts(x):
    y = x.copy()
    y[REST] *= x[0]
    a = y.reshape(2, 2)
    a[FIRST] *= 3.0
    return np.sum(y**2)


@pytest.mark.parametrize("function", [written, of_a_variable, made_item_by_item, repeated, smoothed, of_parts])
def test_right(function: Callable[..., Any]) -> None:
    judge(function, (X,))


def test_another_index_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = adjoint.grad(of_parts)
    first = gradient(X)
    monkeypatch.setitem(globals(), "REST", slice(2, None))
    second = gradient(X)
    monkeypatch.setitem(globals(), "FIRST", (1, slice(None)))
    third = gradient(X)
    assert not np.allclose(first, second) and not np.allclose(second, third)
    judge(of_parts, (X,))


def test_not_an_index() -> None:
    def read(x):
        return np.sum(x[ODD])

    with pytest.raises(AdjointError, match="bounds of the slice 'ODD' are not ints"):
        adjoint.grad(read)(X)


def test_what_cannot_be_read_is_named() -> None:
    def sides(x):
        return x[SIDES["north"]] @ x[SIDES["south"]]

    with pytest.raises(AdjointError, match="'SIDES' is a dict that holds a slice"):
        adjoint.grad(sides)(X)
