"""What a pass leaves is carried back where the start of the next one is saved: how many stacks, and the numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from tests.inplace.judge import judge

X = np.array([0.4, 0.9, -0.3, 0.7, 0.2])


def tapes(function: Callable[..., Any], *args: Any) -> int:
    """How many arrays the gradient saves in each pass of its loops."""
    gradient = adjoint.grad(function)
    gradient(*args)
    appended = re.findall(r"\.append\((.*)\)\n", gradient.source)
    stored = re.findall(r"_tape\w*\[.*\] = ", gradient.source)
    return len(stored) + sum(text.count(",") + 1 for text in appended)


def leapfrog(x, steps):
    v = np.zeros_like(x)
    for _ in range(steps):
        v = v - 0.1 * x**2 * (1.0 + v**2)
        x = x + 0.1 * v**3
    return np.sum(x * v)


def two_levels(u, steps):
    old = u
    for _ in range(steps):
        new = 2.0 * u - old + 0.1 * np.sin(u) * old**2
        old, u = u, new
    return np.sum(u * old)


def exchanged(u, steps):
    v = 2.0 * u
    for _ in range(steps):
        u = 1.1 * u + 0.1 * v**2
        u, v = v, u
    return np.sum(u * v**2)


def turned(u, steps):
    """Two arrays change places in each pass: neither may be made of the other one."""
    v, s = 2.0 * u, np.zeros_like(u)
    for _ in range(steps):
        s = s + np.sin(u) * v**2 * s + u * v
        u, v = v, u
    return np.sum(s)


def parts(u, steps):
    u, v = u.copy(), np.ones_like(u)
    for _ in range(steps):
        v[1:-1] -= 0.1 * u[1:-1] * (v[2:] - v[:-2]) * v[1:-1]
        u[1:-1] += 0.1 * u[:-2] * v[2:] * v[:-2]
    return np.sum(u**2 * v)


def in_branches(u, steps):
    v = np.ones_like(u)
    for t in range(steps):
        if t % 2:
            v = v + 0.1 * u * v**2
        u = u - 0.1 * v**2 * u
    return np.sum(u * v)


def left_early(u, steps):
    v = np.ones_like(u)
    for _ in range(steps):
        v = v + 0.1 * u * v**2
        if v[0] > 1.1:
            break
        u = u - 0.1 * v**2 * u
    return np.sum(u * v)


def in_each_pass_of_another(u, steps):
    v = np.ones_like(u)
    for _ in range(steps):
        for _ in range(2):
            v = v + 0.1 * u * v**2
            u = u - 0.1 * v**2 * u
        v = v * np.sin(u)
    return np.sum(u * v)


def small_steps(u, steps):
    """Powers above 2, quotients and maxima on the way from one value to the next."""
    for _ in range(steps):
        k = 0.5 * (1.0 - u**3)
        m = u + 0.1 * k / (2.0 + k)
        u = np.maximum(m, 0.1) - 0.2 * (1.0 - m) * m
    return np.sum(u**2)


def rows(u, steps):
    """Rows of a matrix are saved, not the matrix."""
    a = np.outer(u, u)
    for t in range(steps):
        i = t % (len(u) - 1)
        a[i] = a[i] * np.sin(a[i + 1]) + 0.1 * a[i] ** 2
    return np.sum(a**2)


def growing_parts(u, steps):
    a = np.outer(u, u) + np.eye(len(u))
    for t in range(min(steps, len(u) - 1)):
        a[t + 1, : t + 1] = a[t + 1, : t + 1] * a[t, : t + 1] * (1.0 - a[: t + 1, t])
    return np.sum(a**2)


def stored_on_one_path(u, steps):
    p, s = np.zeros_like(u), 0.0
    for i in range(min(steps, len(u))):
        t = np.exp(u[i])
        if u[i] > 0.5:
            p[i] = t
        s += t * t
    return np.sum(p * u**2) + np.sum(p**2) + s


def stored_in_one_of_two(u, steps):
    p, q = np.sin(u), np.cos(u)
    for k in range(steps):
        for i in range(len(u)):
            t = np.tanh(p[i] * q[i])
            if k % 2:
                p[i] = t
            else:
                q[i] = t
            u = u * (1.0 + 0.1 * t)
    return np.sum(p * q * u)


def none_at_first(u, steps):
    w, s = None, np.sum(u)
    for _ in range(steps):
        if w is None:
            w = u * u
        else:
            w[1:] *= w[:-1]
        s += np.sum(w**2)
    return s


def anew_from_none(u, steps):
    w, s = None, np.sum(u)
    for _ in range(steps):
        w = u * u if w is None else w * np.sin(w)
        s += np.sum(w**2)
    return s


@pytest.mark.parametrize("steps", [0, 1, 2, 5])
@pytest.mark.parametrize(
    "function",
    [
        leapfrog,
        two_levels,
        exchanged,
        turned,
        parts,
        in_branches,
        left_early,
        in_each_pass_of_another,
        small_steps,
        rows,
        growing_parts,
        stored_on_one_path,
        stored_in_one_of_two,
        none_at_first,
        anew_from_none,
    ],
)
def test_right(function: Callable[..., Any], steps: int) -> None:
    judge(function, (X, steps))


def test_memory_of_what_is_none_at_first() -> None:
    plain, frugal = (adjoint.grad(anew_from_none, **options)(X, 6) for options in ({}, {"memory": 1000}))
    np.testing.assert_allclose(frugal, plain, rtol=1e-14)


def test_what_is_saved() -> None:
    assert tapes(leapfrog, X, 3) == 2
    assert tapes(parts, X, 3) == 2
    assert tapes(turned, X, 3) == 3
