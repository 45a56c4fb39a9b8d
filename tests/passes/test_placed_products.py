"""Products with what little was added to zeros: added to their cotangent place by place."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from tests.inplace.judge import judge

U = np.array([0.31, 0.52, 0.93, 0.44, 0.75, 0.26])
A = np.array([[0.3, 0.5, 0.9, 0.2], [0.4, 0.7, 0.6, 0.8], [0.1, 1.1, 0.5, 0.3]])


def upwind(u, steps):
    u = u.copy()
    for _ in range(steps):
        f = 0.5 * u * u
        u[1:] -= 0.1 * (f[1:] - f[:-1])
    return np.sum(u**2)


def central(u, steps):
    u = u.copy()
    f = np.zeros_like(u)
    for _ in range(steps):
        f[:] = np.sin(u)
        u[1:-1] -= 0.1 * (f[2:] - f[:-2])
    return np.sum(u**2)


def of_planes(a, steps):
    a = a.copy()
    for _ in range(steps):
        f = a**3
        a[1:, :] -= 0.1 * f[:-1, :] + 0.2 * f[1:, :] ** 2
    return np.sum(a**2)


def two_steps(u, steps):
    u = u.copy()
    for _ in range(steps):
        f = 0.5 * u**2
        middle = 0.5 * (u[1:] + u[:-1]) - 0.05 * (f[1:] - f[:-1])
        u[1:-1] -= 0.1 * (np.sin(middle[1:]) - np.sin(middle[:-1]))
    return np.sum(u**2)


PLACED = (upwind, central, of_planes, two_steps)


@pytest.mark.parametrize("function", PLACED, ids=lambda f: f.__name__)
@pytest.mark.parametrize("steps", [0, 1, 3])
def test_place_by_place(function, steps):
    x = A if function is of_planes else U
    judge(function, (x, steps))
    made = adjoint.grad(function)
    made(x, steps)
    assert "f_bar" not in made.source


def scaled_itself(u, steps):
    """What is added is a part of the cotangent itself, which changes between the places."""
    u = u.copy()
    for _ in range(steps):
        f = u * u
        u[:-1] = u[1:]
        u[1:] += f[:-1] + f[1:]
    return np.sum(u**2)


def many_places(u, steps):
    u = u.copy()
    for _ in range(steps):
        f = u * u
        u[2:-2] += 0.1 * (f[4:] + f[:-4]) - 0.2 * np.sin(f[1:-3]) + 0.1 * np.cos(f[3:-1]) + f[2:-2] ** 2
    return np.sum(u**2)


def of_single_precision(u, steps):
    u = u.copy()
    for _ in range(steps):
        f = u * np.float32(0.5) * u
        u[1:] -= np.float32(0.1) * (f[1:] - f[:-1])
    return np.sum(u**2)


def with_a_column(a, steps):
    a = a.copy()
    for _ in range(steps):
        f = a * a
        a[:, 1:] -= 0.1 * np.sum(f[:, :1], axis=1, keepdims=True) * f[:, :1]
    return np.sum(a**2)


def read_again(u, steps):
    """The cotangent is read as a whole between, and so is the factor changed."""
    u = u.copy()
    w = u.copy()
    for _ in range(steps):
        f = w * u
        w *= 0.9
        u[1:] += 0.1 * f[:-1] * np.sum(u)
        w[:-1] += f[1:] * u[1:]
    return np.sum(u * w)


@pytest.mark.parametrize("function", [scaled_itself, many_places, with_a_column, read_again], ids=lambda f: f.__name__)
@pytest.mark.parametrize("steps", [0, 1, 3])
def test_whatever_is_added(function, steps):
    judge(function, (A if function is with_a_column else U, steps))


def test_single_precision():
    got = adjoint.grad(of_single_precision)(U.astype(np.float32), 3)
    assert got.dtype == np.float32
    assert np.allclose(got, adjoint.grad(of_single_precision)(U, 3), rtol=1e-5)


def test_second_order():
    step = 1e-5
    direction = np.cos(np.arange(U.size))
    for function in (upwind, central, two_steps):
        gradient = adjoint.grad(function)
        wanted = (gradient(U + step * direction, 3) - gradient(U - step * direction, 3)) / (2 * step)
        assert np.allclose(adjoint.hvp(function, (U, 3), (direction,), wrt=0), wanted, rtol=1e-6, atol=1e-8)
