"""Sums into an array that a loop carries are made where it is; what is read of it comes first."""

from __future__ import annotations

import numpy as np
import pytest

from adjoint import grad, jvp, vjp

X = np.array([0.3, -0.7, 1.1, 0.4, -0.2])


def advection(u, c, steps):
    for _ in range(steps):
        u = u - c * (u - np.roll(u, 1))
    return np.sum(u**2)


def nonlinear(u, c, steps):
    for _ in range(steps):
        u = u - c * u * (u - np.roll(u, 1))
    return np.sum(u**3)


def two_fields(u, c, steps):
    v = 1.0 * u
    for _ in range(steps):
        u = u - c * v * (u - np.roll(v, 1))
        v = v + 0.5 * u * np.roll(u, -1)
    return np.sum(u * v)


def read_again(u, c, steps):
    kept = u
    for _ in range(steps):
        u = u + c * (kept * np.roll(u, 2)) - 0.1 * u * u
        kept = u
    return np.sum(kept * u)


def moved(u, c, steps):
    for _ in range(steps):
        u = u - c * (u - np.roll(u, 1))
    return u


PROGRAMS = (advection, nonlinear, two_fields, read_again)


def differences(f, x, h=1e-5):
    """Richardson's, of fourth order."""

    def central(step):
        return np.array([(f(x + step * e) - f(x - step * e)) / (2 * step) for e in np.eye(len(x))])

    return (4 * central(h / 2) - central(h)) / 3


@pytest.mark.parametrize("program", PROGRAMS)
def test_gradient(program):
    found = grad(program)(X, 0.1, 3)
    np.testing.assert_allclose(found, differences(lambda u: program(u, 0.1, 3), X), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("program", PROGRAMS)
def test_forward_agrees(program):
    direction = np.cos(np.arange(5.0))
    _, tangent = jvp(program, (X, 0.1, 3), (direction, None, None))
    np.testing.assert_allclose(tangent, np.vdot(grad(program)(X, 0.1, 3), direction), rtol=1e-12)


@pytest.mark.parametrize("program", PROGRAMS)
def test_second_order(program):
    weights = np.sin(np.arange(5.0))
    slope = grad(lambda u, c, steps: np.sum(weights * grad(program)(u, c, steps)))
    expected = differences(lambda u: np.vdot(weights, grad(program)(u, 0.1, 3)), X)
    np.testing.assert_allclose(slope(X, 0.1, 3), expected, rtol=1e-6, atol=1e-8)


def test_what_is_given_stays_as_it_is():
    """The pullback adds to memory of its own, not to the seed."""
    seed = np.arange(5.0)
    _, pullback = vjp(moved, X, 0.1, 3, wrt="u")
    first, second = pullback(seed), pullback(seed)
    np.testing.assert_array_equal(seed, np.arange(5.0))
    np.testing.assert_array_equal(first, second)


def test_nothing_is_made_only_to_be_added():
    gradient = grad(advection)
    gradient(X, 0.1, 3)
    assert "u_bar += np.roll(d, -1) - d\n" in gradient.source


def test_what_reads_the_array_comes_first():
    gradient = grad(nonlinear)
    gradient(X, 0.1, 3)
    *_, loop = gradient.source.partition("while ")
    assert "u_bar += np.roll(d, -1) - d - c * u_bar * d2\n" in loop and "u_bar_1" not in loop
