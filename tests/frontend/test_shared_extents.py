"""Extents that are one where a function is called are one in it: nothing has to be asked about them when it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import check_grads, grad

X, W = np.linspace(0.2, 1.1, 7), np.linspace(-0.4, 0.9, 6)
A = np.linspace(-1.0, 1.0, 20).reshape(5, 4)


def march(u, v, n):
    for _ in range(n):
        v[1:-1] = u[1:-1] + 0.1 * u[1:-1] * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        u, v = v, u
    return u


def exchanged(x, n):
    w = march(x.copy(), x.copy(), n)
    return np.sum(w * w)


def mixed(u, v):
    return u[1:] * v[:-1] + np.sin(u[:-1])


def called_with_one_array(x, w):
    return np.sum(mixed(x, x) ** 2)


def called_in_two_ways(x, w):
    """The second time the extents differ: `w` is spread over the other one."""
    return np.sum(mixed(x, 2.0 * x) ** 2) + np.sum(spread(x, x[:1]) ** 2) + np.sum(spread(x, x) ** 2)


def spread(u, v):
    return u * v + v


def halves(u, v):
    if len(u) < 2:
        return u[0] * v[0] + len(v)
    middle = len(u) // 2
    return halves(u[:middle], v) * np.sin(v[0]) + halves(u[middle:], v[1:])


def recursive(x, w):
    return halves(x, np.concatenate((x, x, x)))


def rows(a, b):
    total = 0.0
    for i in range(1, a.shape[0] - 1):
        total += np.sum((a[i + 1] - a[i - 1]) * b[i]) ** 2
    return total


def matrices(a):
    return rows(a, np.cos(a)) + rows(a, a.T[:, :1] * np.ones((4, 1)) if a.shape[0] == 4 else a * a)


def steps(state, dt):
    (u, v), _ = state, dt
    return u[1:] - dt * v[:-1], v[1:] + dt * u[:-1]


def of_tuples(x, w):
    state = (x, np.sin(x))
    for _ in range(3):
        state = steps(state, 0.1)
    return np.sum(state[0] * state[1])


PROGRAMS: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (exchanged, (X, 3)),
    (exchanged, (X, 4)),
    (called_in_two_ways, (X, W)),
    (called_with_one_array, (X, W)),
    (recursive, (X, W)),
    (matrices, (A,)),
    (of_tuples, (X, W)),
]


@pytest.mark.parametrize(("f", "args"), PROGRAMS, ids=lambda f: getattr(f, "__name__", ""))
def test_derivatives(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    check_grads(f, args)


@pytest.mark.parametrize(("f", "args"), PROGRAMS[1:4], ids=lambda f: getattr(f, "__name__", ""))
def test_second_order(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    check_grads(f, args, order=2)


@pytest.mark.parametrize(("f", "args"), PROGRAMS[:4:3], ids=lambda f: getattr(f, "__name__", ""))
def test_nothing_is_asked(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    gradient = grad(f)
    gradient(*args)
    assert "unbroadcast" not in gradient.source


def test_arrays_that_do_not_fit() -> None:
    """Equal extents in one call are none in another."""
    gradient = grad(lambda x, y: np.sum(spread(x, x)) + np.sum(spread(x, y)), wrt=(0, 1))
    by_hand = (2.0 * X + 1.0 + 0.5, np.array([np.sum(X) + X.size]))
    for found, expected in zip(gradient(X, np.array([0.5])), by_hand):
        np.testing.assert_allclose(found, expected)
    with pytest.raises(ValueError):
        gradient(X, W)
