"""Functions that only read an array which could not be changed where they are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import check_grads, grad

X = np.linspace(0.2, 1.1, 6)


def slope(u):
    out = np.zeros_like(u)
    out[1:-1] = u[2:] - 2.0 * u[1:-1] + u[:-2]
    return out * np.sin(u)


def step(u, dt):
    k1 = slope(u)
    k2 = slope(u + 0.5 * dt * k1)
    return u + dt * slope(u + dt * k2)


def steps(u0, dt):
    u = u0
    for _ in range(3):
        u = step(u, dt)
    return np.sum(u * u)


def damped(u):
    u *= 0.5
    return u


def writes(u0, dt):
    u = u0
    for _ in range(3):
        u = damped(u) + dt * u0
    return np.sum(u * u)


def itself(u):
    return u


def gives_itself(u0, dt):
    u = u0
    total = 0.0
    for _ in range(3):
        v = itself(u)
        total += np.sum(v**2)
        u = u * dt + u0
    return total


def keeps(u, kept):
    kept.append(u)
    return np.sum(u * u)


def in_a_list(u0, dt):
    u, kept, total = u0, [], 0.0
    for _ in range(3):
        total += keeps(u, kept)
        u = np.sin(u) + dt * u0
    return total + np.sum(kept[1] ** 3)


def upper(u):
    return u[1:]


def gives_a_view(u0, dt):
    u, total = u0, 0.0
    for _ in range(3):
        v = upper(u)
        total += np.sum(v * v)
        u = u * u0 * dt
    return total


def either(u, flag):
    if flag:
        return u
    return 2.0 * u


def gives_one_of_two(u0, dt):
    u, total = u0, 0.0
    for k in range(3):
        v = either(u, k > 1)
        total += np.sum(v * v)
        u = u * u0 * dt
    return total


def halves(u, depth):
    return np.sum(u * u) if depth == 0 else halves(u[1:], depth - 1) * np.sum(np.sin(u))


def recursive(u0, dt):
    u, total = u0, 0.0
    for _ in range(3):
        total += halves(u, 2)
        u = u * u0 * dt
    return total


PROGRAMS = [steps, writes, gives_itself, in_a_list, gives_a_view, gives_one_of_two, recursive]


@pytest.mark.parametrize("f", PROGRAMS)
def test_derivatives(f: Callable[..., Any]) -> None:
    check_grads(f, (X, 0.7))


def test_one_function_for_all() -> None:
    gradient = grad(steps)
    gradient(X, 0.1)
    assert gradient.source.count("zeros_like(u)") == 1


def either_is_written(u0, dt):
    u, other = u0.copy(), np.cos(u0)
    first = u
    for k in range(3):
        if dt * k > 0.5:
            u = other
        damped(u)
    return np.sum(u * first)


def part_is_written(u0, dt):
    whole = u0.copy()
    for k in range(3):
        part = whole[1:] if dt * k > 0.5 else whole[:-1]
        damped(part)
    return np.sum(whole**2)


@pytest.mark.parametrize("f", [either_is_written, part_is_written])
def test_one_of_two_is_written(f: Callable[..., Any]) -> None:
    check_grads(f, (X, 0.7))
