"""Buffers that are overwritten as a whole in each pass of a loop: their cotangents are not carried on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from tests.inplace.judge import judge

X = np.array([0.31, 0.52, 0.93, 0.44])


def whole_slice(u, steps=3):
    un = np.empty_like(u)
    for _ in range(steps):
        un[:] = u
        u[1:-1] = un[1:-1] + 0.1 * (un[2:] - 2 * un[1:-1] + un[:-2])
    return np.sum(u * u)


def ellipsis_in_two_loops(u, steps=2):
    w = np.empty_like(u)
    for _ in range(steps):
        for _ in range(2):
            w[...] = u
            u = u + 0.1 * np.sin(w) * w[0]
    return np.sum(u * u)


def copied_to(u, steps=3):
    un = np.zeros(len(u))
    for _ in range(steps):
        np.copyto(un, u)
        u[1:] -= 0.3 * un[1:] * (un[1:] - un[:-1])
    return np.sum(u * u)


def in_a_while_loop(u, steps=3):
    un, n = np.zeros(len(u)), 0
    while n < steps:
        un[:] = u * u
        u = 0.5 * u + 0.1 * un
        n += 1
    return np.sum(u)


def read_behind_the_loop(u, steps=3):
    un = np.zeros(len(u))
    for _ in range(steps):
        un[:] = u
        u = u + 0.1 * np.sin(un)
    return np.sum(u * un)


def read_before_it_is_written(u, steps=3):
    un, total = np.ones_like(u), 0.0
    for _ in range(steps):
        total += np.sum(un * u)
        un[:] = u**2
    return total


def on_a_path(u, steps=3):
    un = 2 * u
    for k in range(steps):
        if k % 2:
            un[:] = u
        u = u + 0.1 * np.sin(un)
    return np.sum(u * u)


def of_other_extents(u, steps=2):
    un = np.zeros(1)
    for _ in range(steps):
        un = np.zeros(len(un) + 1)
        un[:] = u[: len(un)]
        u = u + un[0] * un[-1]
    return np.sum(u * u)


CARRIED = (read_behind_the_loop, read_before_it_is_written, on_a_path)
NOT_CARRIED = (whole_slice, ellipsis_in_two_loops, copied_to, in_a_while_loop)


@pytest.mark.parametrize("function", [*CARRIED, *NOT_CARRIED, of_other_extents], ids=lambda f: f.__name__)
def test_gradients(function: Callable[..., Any]) -> None:
    judge(function, (X,))


@pytest.mark.parametrize("function", NOT_CARRIED, ids=lambda f: f.__name__)
def test_nothing_is_set_to_zero_in_a_pass(function: Callable[..., Any]) -> None:
    assert "zeros_like" not in _reverse_sweep(function)


def _reverse_sweep(function: Callable[..., Any]) -> str:
    gradient = adjoint.grad(function)
    gradient(X)
    return gradient.source[gradient.source.index("    u_bar =") :]


def test_text() -> None:
    """As for `un = u.copy()`, but for the line that fills the buffer."""
    assert _reverse_sweep(whole_slice) == (
        "    u_bar = 2 * u  # return np.sum(u * u)\n"
        "    for _ in range(steps):\n"
        "        d = 0.1 * u_bar[1:-1]  # u[1:-1] = un[1:-1] + 0.1 * (un[2:] - 2 * un[1:-1] + un[:-2])\n"
        "        u_bar[1:-1] *= 0.8\n"
        "        u_bar[:-2] += d\n"
        "        u_bar[2:] += d\n"
        "    return u_bar\n"
    )


def test_kept_buffer_is_made_anew() -> None:
    """It is kept as it is, and not copied once more."""
    gradient = adjoint.grad(copied_to)
    gradient(X)
    assert "un = u.copy()" in gradient.source
    assert "un.copy()" not in gradient.source


def fluxes(u, steps=3):
    un = np.empty_like(u)
    for _ in range(steps):
        un[:] = u
        u[1:-1] = un[1:-1] + 0.1 * np.diff(0.5 * (1 + un[1:] ** 2 + un[:-1] ** 2) * np.diff(un))
    return np.sum(u * u)


def test_shared_factors_have_one_number() -> None:
    assert "2 * (0.5" not in _reverse_sweep(fluxes)
    slopes = [(fluxes(X + h) - fluxes(X - h)) / 2e-6 for h in 1e-6 * np.eye(4)]
    np.testing.assert_allclose(adjoint.grad(fluxes)(X), slopes, rtol=1e-6)
