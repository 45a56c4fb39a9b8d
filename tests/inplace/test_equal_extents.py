"""Slices of two arguments are taken to be as long as each other; a call in which they are not is right as well."""

from __future__ import annotations

import numpy as np
import pytest

from adjoint import grad
from adjoint.errors import AdjointError


def inner(u, v):
    r = u[1:-1] * v[1:-1] ** 2
    return np.sum(np.sin(r) * u[:-2])


def outer(u, v):
    return np.sum(u[1:-1] * v[1:-1]) + np.sum(u * v)


def differences(function, args, position, h=1e-6):
    found = np.zeros_like(args[position])
    for place in np.ndindex(found.shape):
        ends = []
        for step in (h, -h):
            moved = [arg.copy() for arg in args]
            moved[position][place] += step
            ends.append(function(*moved))
        found[place] = (ends[0] - ends[1]) / (2 * h)
    return found


@pytest.mark.parametrize("lengths", [[(7, 7), (7, 3), (3, 7), (3, 3)], [(7, 3), (7, 7)], [(3, 7), (3, 3), (5, 5)]])
def test_one_gradient_for_all_lengths(lengths):
    """The same gradient function is called with slices that are alike, and with one that has a single element."""
    gradient = grad(inner, wrt=(0, 1))
    rng = np.random.default_rng(5)
    for n, m in lengths:
        args = [rng.uniform(0.5, 1.5, n), rng.uniform(0.5, 1.5, m)]
        try:
            inner(*args)
        except ValueError:
            with pytest.raises((ValueError, AdjointError)):
                gradient(*args)
            continue
        for position, found in enumerate(gradient(*args)):
            np.testing.assert_allclose(found, differences(inner, args, position), rtol=1e-6, atol=1e-8)


def test_lengths_that_do_not_fit_raise_as_the_function_does():
    gradient = grad(outer, wrt=(0, 1))
    gradient(np.ones(7), np.ones(7))
    with pytest.raises(ValueError, match="broadcast"):
        gradient(np.ones(7), np.ones(5))


def test_nothing_is_asked_at_run_time():
    """With one name for the two extents, no shape is looked at, nor kept for it."""
    gradient = grad(outer, wrt=(0, 1))
    u = np.array([1.0, 2.0, 3.0, 4.0])
    np.testing.assert_allclose(gradient(u, 2.0 * u), [[2.0, 8.0, 12.0, 8.0], [1.0, 4.0, 6.0, 4.0]])
    assert [line.strip() for line in gradient.source.splitlines() if "shape" in line or "ndim" in line] == []


def test_second_order_and_other_modes():
    from adjoint import jvp

    rng = np.random.default_rng(3)
    u, v, w = (rng.uniform(0.5, 1.5, 6) for _ in range(3))
    slope = lambda x: np.sum(grad(inner)(x, v) * w)  # noqa: E731
    second = grad(lambda x, y: np.sum(grad(inner)(x, y) * w))(u, v)
    np.testing.assert_allclose(second, differences(slope, [u], 0), rtol=1e-6, atol=1e-8)
    _, change = jvp(inner, (u, v), (w, np.zeros(6)))
    np.testing.assert_allclose(change, np.sum(grad(inner)(u, v) * w), rtol=1e-12)
