"""Sums of cotangents are written in one statement, where nothing that they read changes in between."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad, hessian, jvp


def flow(x, y, z, sigma, rho, dt, steps):
    for _ in range(steps):
        dx = sigma * (y - x)
        dy = x * (rho - z) - y
        dz = x * y - 2.5 * z
        x, y, z = x + dt * dx, y + dt * dy, z + dt * dz
    return x * x + y * y + z


def rotated(a, b, c):
    s, t = math.sin(a), math.cos(a)
    p = s * b + t * c
    q = t * b - s * c
    return p * q + s * p


def rebound(x, w):
    y = x * w
    x = math.sin(x) + y
    y = y * x
    x = x * w + y
    return x * y + w * x


def in_place(u, c):
    u = u.copy()
    for i in range(1, len(u)):
        old = u[i - 1]
        u[i] = u[i] * old + c * old
        u[i - 1] = old * c
    return np.sum(u * u) + c * u[0]


def swapped(u, v, k):
    for _ in range(3):
        u, v = v - k * u, u + k * np.roll(v, 1) * u
    return np.sum(u * v)


def popped(x, n):
    total = 0.0
    for i in range(n):
        a = math.exp(x * i)
        b = math.sin(a)
        total += a * b * x + b
    return total


WAVE = np.sin(np.arange(5.0))
PROGRAMS = [
    (flow, (1.0, 1.1, 1.2, 3.0, 5.0, 0.01, 7), 5),
    (rotated, (0.3, 0.7, 1.1), 3),
    (rebound, (0.4, 0.9), 2),
    (in_place, (WAVE + 2.0, 0.3), 2),
    (swapped, (WAVE, WAVE + 1.0, 0.2), 3),
    (popped, (0.3, 5), 1),
]


def differences(function: Callable[..., Any], args: tuple[Any, ...], index: int) -> Any:
    """Central differences of fourth order in one argument."""
    x = np.asarray(args[index], dtype=float)
    result = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[place] = 1e-3

        def at(k: float, step: Any = step) -> float:
            moved = x + k * step
            return function(*args[:index], moved if moved.ndim else float(moved), *args[index + 1 :])

        result[place] = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / 12e-3
    return result


@pytest.mark.parametrize(("function", "args", "count"), PROGRAMS, ids=lambda item: getattr(item, "__name__", None))
def test_numbers(function: Callable[..., Any], args: tuple[Any, ...], count: int) -> None:
    gradients = grad(function, wrt=tuple(range(count)))(*args)
    tangents = tuple(np.cos(np.asarray(arg)) if np.ndim(arg) else 0.5 for arg in args[:count])
    for index, gradient in enumerate(gradients):
        np.testing.assert_allclose(gradient, differences(function, args, index), rtol=1e-7, atol=1e-8)
    rest = args[count:]
    _, slope = jvp(lambda *first: function(*first, *rest), args[:count], tangents)
    pairing = sum(np.sum(g * t) for g, t in zip(gradients, tangents, strict=True))
    np.testing.assert_allclose(slope, pairing, rtol=1e-10)


def test_second_order() -> None:
    def first(x: float) -> float:
        return grad(rebound)(x, 0.9)

    np.testing.assert_allclose(hessian(rebound)(0.4, 0.9), differences(first, (0.4,), 0), rtol=1e-7)


def _updates(source: str, name: str) -> int:
    """How many statements add to a variable."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.AugAssign)]
    return sum(isinstance(node.target, ast.Name) and node.target.id == name for node in nodes)


def test_one_statement_a_cotangent() -> None:
    """Each of the three states gets three or four terms from three statements of the user's."""
    source = _source(flow, PROGRAMS[0][1], 5)
    assert [_updates(source, name) for name in ("x_bar", "y_bar", "z_bar")] == [1, 1, 1]


def _source(function: Callable[..., Any], args: tuple[Any, ...], count: int) -> str:
    derivative = grad(function, wrt=tuple(range(count)))
    derivative(*args)
    return str(derivative.source)
