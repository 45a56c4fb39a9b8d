"""Rows of cotangents that are padded, set or scaled where they are: right for all extents, printed as by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad, jvp


def flux(u, k, steps):
    for _ in range(steps):
        f = k * (u[1:] - u[:-1])
        u[1:-1] += 0.1 * (f[1:] - f[:-1])
    return np.sum(u * u)


def flux_in_two_dimensions(u, k, steps):
    for _ in range(steps):
        x = k[1:, 1:-1] * (u[1:, 1:-1] - u[:-1, 1:-1])
        y = k[1:-1, 1:] * (u[1:-1, 1:] - u[1:-1, :-1])
        u[1:-1, 1:-1] += 0.1 * (x[1:] - x[:-1] + y[:, 1:] - y[:, :-1])
    return np.sum(u**3)


def flux_that_is_not_linear(u, k, steps):
    for _ in range(steps):
        f = 0.5 * (u[1:] ** 2 + k * u[:-1])
        g = np.sin(u[1:]) * k
        u[1:-1] -= 0.2 * (f[1:] - f[:-1]) / 0.7
        u[1:-1] = u[1:-1] + (g[1:] + g[:-1]) / 4
    return np.sum(u**2)


def means_of_neighbours(u, k, steps):
    for _ in range(steps):
        f = k * u[1:]
        u[1:-1] = 0.5 * (f[1:] + f[:-1])
    return np.sum(u**2)


def fluxes_of_fluxes(u, k, steps):
    for _ in range(steps):
        p = k[1:] * (u[2:] - u[:-2])
        q = np.zeros_like(u[1:])
        q[1:-1] = 0.3 * (p[1:] - p[:-1])
        u[1:-1] += 0.3 * (q[1:] - q[:-1])
    return np.sum(u**2)


def left_by_a_branch(u, v, steps):
    for i in range(steps):
        if i == 1:
            continue
        q = 0.2 * (v[1:] - v[:-1])
        v[1:-1] = 0.3 * (q[1:] - q[:-1])
        u[1:-1] = 0.3 * v[1:-1]
    return np.sum(u * v)


def two_half_steps(a, b, steps):
    for _ in range(steps):
        b[1:-1] = 0.3 * (a[:-2] + a[1:-1] + a[2:])
        a[1:-1] = 0.3 * (b[:-2] + b[1:-1] + b[2:])
    return np.sum(a * a)


def both_are_read(a, b, steps):
    for _ in range(steps):
        b[1:-1] = (a[:-2] + a[1:-1] + a[2:]) / 3
        a[1:-1] = (b[:-2] - b[1:-1] + b[2:]) / 3
    return np.sum(a * a) + np.sum(b**3)


def new_buffer(a, b, steps):
    c = np.zeros_like(a)
    for _ in range(steps):
        c[1:-1] = 0.4 * (a[:-2] + b[1:-1])
        a[2:] = c[2:] * b[:-2]
        c[:2] = a[:2]
    return np.sum(a) + np.sum(c * c)


def copied(a, b, steps):
    c = a.copy()
    for _ in range(steps):
        c[1:-1] = (a[:-2] + a[1:-1] + a[2:]) / 3
        a[1:-1] = (c[:-2] - c[1:-1] + c[2:]) * b[1:-1]
    return np.sum(a * a)


def while_it_is_large(a, b, steps):
    while np.sum(a * a) > 0.01 and steps > 0:
        b[1:-1] = 0.3 * (a[:-2] + a[1:-1] + a[2:])
        a[1:-1] = 0.3 * (b[:-2] + b[1:-1] + b[2:])
        steps -= 1
    return np.sum(a * b)


def left_early(a, b, steps):
    for i in range(steps):
        b[1:-1] = 0.3 * (a[:-2] + a[1:-1] + a[2:])
        if i == 1:
            break
        a[1:-1] = 0.3 * (b[:-2] + b[1:-1] + b[2:])
    return np.sum(a * b)


def bounds_of_the_pass(a, b, steps):
    for i in range(steps):
        b[i:-1] = 0.3 * (a[i:-1] + a[i + 1 :])
        a[i:-1] = 0.3 * b[i:-1] * b[i + 1 :]
    return np.sum(a * b)


def another_place_is_set(a, b, steps):
    for _ in range(steps):
        a[0] = 0.2 * a[-1]
        a[1:-1] += 0.3 * b[2:] * b[:-2]
        b[1:-1] = 0.3 * a[1:-1]
    return np.sum(a * a)


def exchanged(a, b, steps):
    for _ in range(steps):
        b[1:-1] = 0.4 * (a[:-2] + a[2:])
        a, b = b, a
    return np.sum(a * a)


PADDED = [flux, flux_in_two_dimensions, flux_that_is_not_linear, means_of_neighbours, fluxes_of_fluxes]
OTHERS = [two_half_steps, both_are_read, new_buffer, while_it_is_large, left_early, bounds_of_the_pass]
OTHERS += [another_place_is_set, exchanged, copied, left_by_a_branch]


def _shapes(function: Callable[..., Any], extent: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    if function is flux_in_two_dimensions:
        return (extent, extent + 1), (extent, extent + 1)
    return (extent,), (extent - (function in PADDED),)


@pytest.mark.parametrize("function", PADDED + OTHERS)
@pytest.mark.parametrize("rows", [False, True])
def test_against_forward_mode(function: Callable[..., Any], rows: bool) -> None:
    """For vectors, and for matrices of which whole rows are meant."""
    rng = np.random.default_rng(2)
    gradient = grad(function, wrt=(0, 1))
    for extent in (2, 3, 4, 5, 9):
        for steps in range(4):
            first, second = (shape + (3,) * rows for shape in _shapes(function, extent))
            a, a_dot = rng.standard_normal((2, *first))
            b, b_dot = rng.standard_normal((2, *second))
            _, expected = jvp(function, (a, b, steps), (a_dot, b_dot, None))
            a_bar, b_bar = gradient(a, b, steps)
            found = np.vdot(a_bar, a_dot) + np.vdot(b_bar, b_dot)
            assert found == pytest.approx(expected, rel=1e-10, abs=1e-12), (extent, steps)


@pytest.mark.parametrize("function", PADDED)
def test_sums_of_neighbours_are_read_from_a_longer_array(function: Callable[..., Any]) -> None:
    gradient = grad(function)
    a, b = (np.ones(shape) for shape in _shapes(function, 5))
    gradient(a, b, 2)
    assert "[:1] = " in gradient.source and "zeros_like(k" not in gradient.source


def test_a_buffer_is_set_and_scaled_where_it_is() -> None:
    gradient = grad(two_half_steps)
    gradient(np.ones(5), np.ones(5), 2)
    assert "    b_bar[1:-1] = d\n" in gradient.source and "a_bar[1:-1] *= 0.3" in gradient.source
    assert "b_bar[1:-1] = 0.0" not in gradient.source


def test_a_buffer_that_is_read_behind_the_loop_is_cleared_there() -> None:
    gradient = grad(copied)
    gradient(np.ones(5), np.ones(5), 2)
    assert "    c_bar[1:-1] = -d\n" in gradient.source and "\n    c_bar[1:-1] = 0.0\n" in gradient.source


def test_a_place_that_another_pass_reads_is_not_scaled() -> None:
    gradient = grad(another_place_is_set)
    gradient(np.ones(5), np.ones(5), 2)
    assert "a_bar[1:-1] *= " not in gradient.source


def lax(u, c, steps):
    for _ in range(steps):
        v = u.copy()
        v[1:-1] = 0.5 * (u[2:] + u[:-2]) - c / 2 * (u[2:] - u[:-2])
        u = v
    return np.sum(u * u)


def two_speeds(u, c, steps):
    for _ in range(steps):
        u[1:-1] = -c * (u[2:] + u[:-2]) - c**2 * (u[2:] - u[:-2])
    return np.sum(u**3)


@pytest.mark.parametrize("function", [lax, two_speeds])
def test_multiples_of_one_array_are_one_multiple(function: Callable[..., Any]) -> None:
    u, u_dot = np.random.default_rng(6).standard_normal((2, 7))
    gradient = grad(function, wrt=(0, 1))
    u_bar, c_bar = gradient(u, 0.3, 3)
    _, expected = jvp(function, (u, 0.3, 3), (u_dot, 0.8, None))
    assert np.vdot(u_bar, u_dot) + 0.8 * c_bar == pytest.approx(expected, rel=1e-12)
    alone = grad(function)
    alone(u, 0.3, 3)
    _, _, backwards = alone.source.partition("u_bar = ")
    assert backwards.count(" * d") == 2 and "d +" not in backwards


@pytest.mark.parametrize("dtype", [np.float32, np.complex128])
def test_dtypes(dtype: type) -> None:
    def power(u: np.ndarray, k: np.ndarray, steps: int) -> float:
        for _ in range(steps):
            f = k * (u[1:] - u[:-1])
            u[1:-1] += 0.1 * (f[1:] - f[:-1])
        return np.sum(np.abs(u) ** 2)

    u, u_dot = np.random.default_rng(3).standard_normal((2, 6)).astype(dtype)
    k = np.linspace(1.0, 2.0, 5).astype(dtype)
    u_bar = grad(power)(u, k, 3)
    _, expected = jvp(power, (u, k, 3), (u_dot, None, None))
    assert u_bar.dtype == dtype and np.sum(u_bar * u_dot).real == pytest.approx(expected, rel=1e-4)
