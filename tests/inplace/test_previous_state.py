"""The state before, None at first: `prev = v` in a time loop, where `v` is an argument; changes are seen under both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from tests.inplace.judge import judge

V, U = np.array([0.3, 0.7, 1.1]), np.array([0.9, 0.5, 0.2])


def kept(v, u, n):
    prev = None
    for _ in range(n):
        if prev is not None:
            v = v + 0.1 * prev * u
        prev = v
    return np.sum(v**2) + (0.0 if prev is None else np.sum(prev))


def changed(v, u, n):
    prev = None
    for _ in range(n):
        if prev is not None:
            prev[0] *= 2.0
            v = v + 0.1 * prev * u
        prev = v
    return np.sum(v**2)


def changed_where_it_is(v, u, n):
    prev = None
    for _ in range(n):
        if prev is not None:
            v *= 1.0 + 0.1 * prev * u
        prev = v
    return np.sum(v**2)


def two_before(v, u, n):
    prev, before = None, None
    for _ in range(n):
        if before is not None:
            v = v + 0.1 * prev * u - 0.05 * before
        before, prev = prev, v
    return np.sum(v**2)


def of_two(v, u, n):
    prev = None
    for k in range(n):
        old = v
        if prev is not None:
            v = v + 0.1 * prev * u
        prev = old if k % 2 else u
    return np.sum(v**2 * u)


def in_a_dict(v, u, n):
    state = {"before": None}
    for _ in range(n):
        if state["before"] is not None:
            v = v + 0.1 * state["before"] * u
        state["before"] = v
    return np.sum(v**2)


@pytest.mark.parametrize("n", [0, 1, 3, 4])
@pytest.mark.parametrize("function", [kept, changed, changed_where_it_is, two_before, of_two, in_a_dict])
def test_right(function: Callable[..., Any], n: int) -> None:
    judge(function, (V, U, n), (0, 1))


def size_of_one(v, u, n):
    prev = None
    for k in range(n):
        u, v = v, u * 0.9
        if k % 2:
            prev = v
    return np.sum(v**2) if prev is None else np.sum(v**2) + np.sum(prev**2)


def item_changed(v, u, n):
    prev = None
    for _ in range(n):
        new = np.sin(v)
        if prev is not None:
            prev[1:] *= 0.5
            new = new + 0.1 * prev * u
        prev, v = v, new
    return np.sum(v**2)


@pytest.mark.parametrize("n", [0, 1, 3, 9])
@pytest.mark.parametrize("function", [kept, changed, changed_where_it_is, two_before, size_of_one, item_changed])
def test_under_a_budget(function: Callable[..., Any], n: int) -> None:
    wanted = adjoint.grad(function, wrt=(0, 1))(V, U, n)
    found = adjoint.grad(function, wrt=(0, 1), memory="500B")(V, U, n)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
