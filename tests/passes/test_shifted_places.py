"""Sums into shifted places of a matrix, through a copy with a border of zeros: right for all extents and orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad, jvp

SHAPES = [(1, 1), (1, 4), (3, 1), (2, 2), (2, 5), (3, 3), (6, 4)]


def exchanged(u, steps):
    v = u.copy()
    for _ in range(steps):
        v[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
        u, v = v, u
    return np.sum(u * u)


def leapfrog(e, x, y, c, steps):
    for _ in range(steps):
        x[:, :-1] -= c * (e[:, 1:] - e[:, :-1])
        y[:-1, :] += c * (e[1:, :] - e[:-1, :])
        e[1:-1, 1:-1] += c * (y[1:-1, 1:-1] - y[:-2, 1:-1] - x[1:-1, 1:-1] + x[1:-1, :-2])
    return np.sum(e * e)


def with_corners(u, steps):
    for _ in range(steps):
        corners = u[:-2, :-2] + u[:-2, 2:] + u[2:, :-2] + u[2:, 2:]
        u[1:-1, 1:-1] = u[1:-1, 1:-1] + 0.1 * corners + 0.2 * (u[:-2, 1:-1] + u[2:, 1:-1])
    return np.sum(u**3)


def of_fourth_order(u, steps):
    for _ in range(steps):
        u[2:-2, 2:-2] += (16 * u[2:-2, 3:-1] + 16 * u[2:-2, 1:-3] - u[2:-2, 4:] - u[2:-2, :-4] - u[4:, 2:-2]) / 12
    return np.sum(u**2)


def not_linear(u, c, steps):
    for _ in range(steps):
        k = 1.0 + u**2
        right, below = k[:, 1:] * (u[:, 1:] - u[:, :-1]), k[1:] * (u[1:] - u[:-1])
        u[1:-1, 1:-1] += c * (right[1:-1, 1:] - right[1:-1, :-1] + below[1:, 1:-1] - below[:-1, 1:-1])
    return np.sum(u**2)


def loop_in_a_loop(u, steps):
    for _ in range(steps):
        for _ in range(2):
            u[1:-1, 1:-1] += 0.1 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2])
        u *= 0.9
    return np.sum(u**2)


def until_it_is_small(u, limit):
    count = 0
    while np.sum(u**2) > limit and count < 5:
        u[1:-1, 1:-1] = 0.2 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] - u[1:-1, :-2])
        count += 1
    return np.sum(u**2)


def three_dimensions(u, steps):
    for _ in range(steps):
        sides = u[2:, 1:-1, 1:-1] - u[:-2, 1:-1, 1:-1] + u[1:-1, 2:, 1:-1] + u[1:-1, :-2, 1:-1]
        u[1:-1, 1:-1, 1:-1] += 0.1 * (sides + u[1:-1, 1:-1, 2:] - 2 * u[1:-1, 1:-1, :-2])
    return np.sum(u**2)


def new_array_each_time(u, steps):
    for _ in range(steps):
        v = u.copy()
        v[1:-1, 1:-1] = 0.25 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2])
        u = v
    return np.sum(u**2)


def five_points(u):
    return u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1]


def reaction(u, v, steps):
    for _ in range(steps):
        change_of_u, change_of_v = five_points(u), five_points(v)
        both = u[1:-1, 1:-1] * v[1:-1, 1:-1] ** 2
        u[1:-1, 1:-1] += 0.1 * (change_of_u - both)
        v[1:-1, 1:-1] += 0.1 * (change_of_v + both)
    return np.sum(u * v)


def in_a_branch(u, steps):
    for k in range(steps):
        if k % 2 == 0:
            u[1:-1, 1:-1] += 0.1 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2])
        else:
            u[1:-1, 1:-1] *= 0.5
    return np.sum(u**2)


def all_steps_kept(start, steps):
    u = np.zeros((steps + 2, *start.shape))
    u[0], u[1] = start, start**2
    for k in range(1, steps + 1):
        sides = u[k, 2:, 1:-1] + u[k, :-2, 1:-1] + u[k, 1:-1, 2:] - u[k, 1:-1, :-2]
        u[k + 1, 1:-1, 1:-1] = u[k, 1:-1, 1:-1] - u[k - 1, 1:-1, 1:-1] + 0.1 * sides
    return np.sum(u**3)


def staggered(e, steps):
    x = np.zeros((e.shape[0], e.shape[1] - 1))
    y = np.zeros((e.shape[0] - 1, e.shape[1]))
    for _ in range(steps):
        x -= 0.5 * (e[:, 1:] - e[:, :-1])
        y += 0.5 * (e[1:, :] - e[:-1, :])
        e[1:-1, 1:-1] += 0.5 * (y[1:, 1:-1] - y[:-1, 1:-1] - x[1:-1, 1:] + x[1:-1, :-1])
    return np.sum(e**2)


def two_stages(u, steps):
    for _ in range(steps):
        w = u.copy()
        w[1:-1, 1:-1] += 0.1 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2])
        u[1:-1, 1:-1] += 0.2 * (w[2:, 1:-1] - w[:-2, 1:-1] + w[1:-1, 2:] + w[1:-1, :-2])
    return np.sum(u**2)


PROGRAMS: list[tuple[Callable[..., Any], int, tuple[Any, ...]]] = [
    (exchanged, 1, (3,)),
    (leapfrog, 3, (0.3, 3)),
    (with_corners, 1, (3,)),
    (of_fourth_order, 1, (2,)),
    (not_linear, 1, (0.1, 2)),
    (loop_in_a_loop, 1, (2,)),
    (until_it_is_small, 1, (0.01,)),
    (three_dimensions, 1, (2,)),
    (new_array_each_time, 1, (3,)),
    (reaction, 2, (2,)),
    (in_a_branch, 1, (3,)),
    (all_steps_kept, 1, (3,)),
    (staggered, 1, (3,)),
    (two_stages, 1, (3,)),
]


def strided(x: np.ndarray) -> np.ndarray:
    return np.repeat(x, 2, axis=0)[::2]


@pytest.mark.parametrize("laid_out", [np.ascontiguousarray, np.asfortranarray, strided])
@pytest.mark.parametrize(("function", "count", "rest"), PROGRAMS, ids=lambda each: getattr(each, "__name__", ""))
def test_against_forward_mode(
    function: Callable[..., Any], count: int, rest: tuple[Any, ...], laid_out: Callable[[np.ndarray], np.ndarray]
) -> None:
    rng = np.random.default_rng(5)
    wrt = tuple(range(count))
    gradient = grad(function, wrt=wrt)
    for shape in [*SHAPES, (4, 7)]:
        shape = (*shape, 5) if function is three_dimensions else shape
        arrays = [rng.standard_normal(shape) for _ in wrt]
        along = [rng.standard_normal(shape) for _ in wrt]
        _, expected = jvp(function, (*arrays, *rest), (*along, *(None for _ in rest)))
        found = gradient(*(laid_out(x) for x in arrays), *rest)
        assert sum(np.vdot(bar, dot) for bar, dot in zip(found, along)) == pytest.approx(expected, rel=1e-11, abs=1e-12)
    assert ".ravel()" in gradient.source


@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_that_is_broadcast_may_turn_the_order(order: str) -> None:
    """What is made of an array row by row and of one column by column, which is broadcast, lies as the latter does."""

    def f(weights: np.ndarray, steps: int) -> float:
        u = np.ones((5, 1, weights.shape[1])) * weights
        total = 0.0
        for k in range(steps):
            t = u[2:, :, 1:-1] + u[:-2, :, 1:-1] + u[1:-1, :, 2:] - u[1:-1, :, :-2]
            total += k * np.sum(t**2)
        return total

    weights, along = np.random.default_rng(8).standard_normal((2, 3, 4))
    weights = np.array(weights, order="F" if order == "F" else "C")
    gradient = grad(f)
    _, expected = jvp(f, (weights, 3), (along, None))
    assert np.vdot(gradient(weights, 3), along) == pytest.approx(expected, rel=1e-11)
    assert ".ravel()" in gradient.source


def test_extents_that_are_not_known() -> None:
    """Of arrays that are exchanged on one path it is not known that they have one shape."""

    def f(u: np.ndarray, v: np.ndarray, steps: int) -> float:
        for k in range(steps):
            if k % 2 == 0:
                u, v = v, u
            else:
                v[3:, :-1] -= v[3:, 1:] - 2.0 * v[:-3, 1:]
            v[:, :] -= 0.5 * (u[:, :] - v[:, :])
        return np.sum(u**2) + np.sum(v**2)

    u, v, u_dot, v_dot = np.random.default_rng(7).standard_normal((4, 5, 6))
    u_bar, v_bar = grad(f, wrt=(0, 1))(u, v, 3)
    _, expected = jvp(f, (u, v, 3), (u_dot, v_dot, None))
    assert np.vdot(u_bar, u_dot) + np.vdot(v_bar, v_dot) == pytest.approx(expected, rel=1e-11)


def test_products_of_whole_arrays_share_one_array() -> None:
    """What is made of the middle of an array is made of all of it, and what is left over is set to zero."""
    gradient = grad(leapfrog)
    e, x, y = np.random.default_rng(4).standard_normal((3, 6, 5))
    gradient(e, x, y, 0.3, 3)
    assert "np.multiply(c, e_bar, out=d)" in gradient.source and "np.multiply(c, x_bar, out=d)" in gradient.source
    assert "d[:1] = d[-1:] = d[:, :1] = d[:, -1:] = 0.0" in gradient.source
    assert gradient.source.count("empty_like") == 1


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_arrays_without_elements(shape: tuple[int, int]) -> None:
    assert grad(exchanged)(np.ones(shape), 2).shape == shape


def test_what_is_not_finite_stays_inside() -> None:
    """Where a zero is multiplied by infinity, beyond the part that is wanted, zero is what is added."""

    def step(u: np.ndarray, a: float) -> float:
        for _ in range(2):
            u[1:-1, 1:-1] += a * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
        return np.sum(u * u)

    with np.errstate(all="ignore"):
        found = grad(step)(np.ones((5, 5)), np.inf)
    assert found[0, 0] == found[-1, 0] == found[0, -1] == found[-1, -1] == 2.0 and not np.isfinite(found[2, 2])


@pytest.mark.parametrize("dtype", [np.float32, np.complex128])
def test_dtypes(dtype: type) -> None:
    def step(u: np.ndarray) -> float:
        u = u.copy()
        for _ in range(3):
            u[1:-1, 1:-1] += 0.25 * (u[:-2, 1:-1] - u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
        return np.sum(np.abs(u) ** 2)

    rng = np.random.default_rng(6)
    u, along = (rng.standard_normal((5, 6)).astype(dtype) for _ in range(2))
    if dtype is np.complex128:
        u, along = u + 1j * rng.standard_normal((5, 6)), along + 1j * rng.standard_normal((5, 6))
    found = grad(step)(u)
    _, expected = jvp(step, (u,), (along,))
    assert found.dtype == dtype
    assert np.sum(found * along).real == pytest.approx(float(expected), rel=1e-5 if dtype is np.float32 else 1e-12)
