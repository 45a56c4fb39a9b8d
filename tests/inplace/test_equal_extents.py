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


def exchanged(u, v, steps):
    for _ in range(steps):
        v[1:-1] = 0.5 * (u[2:] + u[:-2])
        u, v = v, u
    return np.sum(u**2)


def rotated(u, v, steps):
    for k in range(steps):
        u[0] += 2.0 * v[-1] * k
        u, v = v, u
    return np.sum(u**2) + 3.0 * np.sum(v**3)


def on_one_path(u, v, steps):
    if steps > 1:
        u, v = v, u
    u[1:] *= 2.0
    return np.sum(u**2) + 3.0 * np.sum(v**3)


@pytest.mark.parametrize("function", [exchanged, rotated, on_one_path])
@pytest.mark.parametrize("lengths", [[(6, 6), (6, 4), (4, 6)], [(4, 6), (6, 6)], [(3, 4), (3, 3)]])
def test_arguments_that_are_exchanged(function, lengths):
    """Under both names stands an array of one length, if the arguments are as long as each other; else of any."""
    gradient = grad(function, wrt=(0, 1))
    rng = np.random.default_rng(6)
    for n, m in lengths:
        for steps in range(4):
            args = [rng.uniform(0.5, 1.5, n), rng.uniform(0.5, 1.5, m)]

            def of_arrays(u, v, steps=steps):
                return function(u.copy(), v.copy(), steps)

            try:
                of_arrays(*args)
            except ValueError:
                with pytest.raises(ValueError, match="broadcast"):
                    gradient(*args, steps)
                continue
            for position, found in enumerate(gradient(*args, steps)):
                np.testing.assert_allclose(found, differences(of_arrays, args, position), rtol=1e-6, atol=1e-8)


def test_buffers_that_are_exchanged_save_nothing():
    gradient = grad(exchanged)
    gradient(np.ones(6), np.ones(6), 3)
    assert "append" not in gradient.source and "unbroadcast" not in gradient.source
    assert gradient.source.count(".copy()") == 2


def buffers_under_new_names(u, v, steps):
    source, target = u, v
    for _ in range(steps):
        target[1:-1] = source[1:-1] + 0.1 * (source[2:] - 2.0 * source[1:-1] + source[:-2])
        source, target = target, source
    return np.sum(source**2)


def buffers_with_both_names(u, v, steps):
    """The old names are read again, so each buffer is one of two."""
    source, target = u, v
    for _ in range(steps):
        target[1:-1] = source[1:-1] + 0.1 * (source[2:] - 2.0 * source[1:-1] + source[:-2])
        source, target = target, source
    return np.sum(source**2) + np.sum(u * v)


@pytest.mark.parametrize("function", [buffers_under_new_names, buffers_with_both_names])
def test_names_that_nobody_reads_any_more(function):
    gradient = grad(function, wrt=(0, 1))
    rng = np.random.default_rng(7)
    for steps in range(4):
        args = [rng.uniform(0.5, 1.5, 6) for _ in range(2)]

        def of_arrays(u, v, steps=steps):
            return function(u.copy(), v.copy(), steps)

        for position, found in enumerate(gradient(*args, steps)):
            np.testing.assert_allclose(found, differences(of_arrays, args, position), rtol=1e-6, atol=1e-8)
    assert ("append" in gradient.source) == (function is buffers_with_both_names)
