"""What a linear stencil keeps for its reverse sweep: nothing. An array is not saved for its shape.

A nonlinear one keeps what its simple products and differences are made of, and those no more.
"""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from adjoint import grad


def heat(u, steps):
    for _ in range(steps):
        u[1:-1] += 0.25 * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    return np.sum(u**2)


def fluxes(u, steps):
    for _ in range(steps):
        flux = -0.3 * (u[1:] - u[:-1])
        u[1:-1] -= 0.5 * (flux[1:] - flux[:-1])
    return np.sum(u**2)


def differences(u, steps):
    for _ in range(steps):
        u[1:-1] += 0.1 * np.diff(0.5 * np.diff(u))
    return np.sum(u**2)


def wave(u, steps):
    v = 0.1 * u
    for _ in range(steps):
        v[1:-1] += 0.2 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        u += v
    return np.sum(u**2)


def two_waves(u, v, steps):
    for _ in range(steps):
        v[1:-1] += 0.2 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        u += v
    return np.sum(u**2)


def staggered(h, u, steps):
    for _ in range(steps):
        u[1:-1] -= 0.2 * (h[1:] - h[:-1])
        h -= 0.2 * (u[1:] - u[:-1])
    return np.sum(h**2)


def shallow(h, u, steps):
    for _ in range(steps):
        u[1:-1] -= 0.2 * (h[1:] - h[:-1])
        flux = u[1:-1] * 0.5 * (h[1:] + h[:-1])
        h[1:-1] -= 0.1 * (flux[1:] - flux[:-1])
    return np.sum(h**2)


def viscous(u, steps):
    for _ in range(steps):
        u[1:-1] -= 0.1 * np.diff((1.0 + u[1:] * u[:-1]) * np.diff(u))
    return np.sum(u**2)


def rivers(h, q, steps):
    for _ in range(steps):
        flux = q**2 / h + 0.5 * h**2
        h = h - 0.1 * (q - np.roll(q, 1))
        q = q - 0.1 * (flux - np.roll(flux, 1))
    return np.sum(h**2)


def inflow(u, steps):
    for _ in range(steps):
        flux = 0.5 * u**2
        u = u - 0.1 * np.diff(flux, prepend=0.5)
        u = u + 0.1 * np.diff(flux, append=u[-1])
    return np.sum(u**2)


def _field(n):
    return 1.0 + 0.1 * np.sin(np.linspace(0.0, 6.0, n))


LINEAR = {
    heat: lambda n: [_field(n)],
    fluxes: lambda n: [_field(n)],
    differences: lambda n: [_field(n)],
    wave: lambda n: [_field(n)],
    two_waves: lambda n: [_field(n), 0.1 * _field(n)],
    staggered: lambda n: [_field(n), 0.1 * _field(n + 1)],
}


NONLINEAR = {viscous: lambda n: [_field(n)], inflow: lambda n: [_field(n)], rivers: lambda n: [_field(n), 0.1 * _field(n)]}


def _peak(function, args):
    """The memory that a call takes at most, beyond what there was."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        function(*args)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("function", LINEAR, ids=lambda function: function.__name__)
def test_nothing_is_kept(function):
    n = 4000
    args = LINEAR[function](n)
    gradient = grad(function).specialize(*args, 4)
    function_args = [*(arg.copy() for arg in args), 40]
    peaks = [_peak(gradient, [*args, steps]) for steps in (4, 40)]
    of_primal = _peak(function, function_args)
    arrays = 8 * n
    assert peaks[1] < peaks[0] + 0.5 * arrays  # not more with more steps
    assert peaks[1] < of_primal + (2 * len(args) + 2.5) * arrays  # copies of the arguments, and cotangents


@pytest.mark.parametrize("function", NONLINEAR, ids=lambda function: function.__name__)
def test_one_array_is_kept_for_each_variable(function):
    n = 4000
    args = NONLINEAR[function](n)
    gradient = grad(function).specialize(*args, 4)
    peaks = [_peak(gradient, [*args, steps]) for steps in (4, 14)]
    assert peaks[1] - peaks[0] < (len(args) + 0.2) * 10 * 8 * n


@pytest.mark.parametrize("function", [*LINEAR, *NONLINEAR, shallow], ids=lambda function: function.__name__)
def test_gradients(function):
    args = {**LINEAR, **NONLINEAR}.get(function, LINEAR[staggered])(6)
    given = grad(function, wrt=tuple(range(len(args))))(*args, 3)
    for position, bar in enumerate(given):
        for place in range(len(args[position])):
            moved = [arg.astype(complex) for arg in args]
            moved[position][place] += 1e-30j
            np.testing.assert_allclose(bar[place], function(*moved, 3).imag / 1e-30, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("function", [two_waves, staggered, shallow], ids=lambda function: function.__name__)
def test_other_lengths(function):
    """The same gradient function is called with arrays of which slices have a single element, and with ones that miss."""
    gradient = grad(function, wrt=(0, 1))
    for n, m in [(6, 7), (6, 6), (2, 3), (6, 3), (3, 3), (1, 2), (4, 5)]:
        args = [_field(n), 0.1 * _field(m)]
        try:
            function(*(arg.copy() for arg in args), 2)
        except ValueError:
            with pytest.raises(ValueError, match=r"broadcast|non-broadcastable"):
                gradient(*args, 2)
            continue
        given = gradient(*args, 2)
        for position, bar in enumerate(given):
            for place in range(len(args[position])):
                moved = [arg.astype(complex) for arg in args]
                moved[position][place] += 1e-30j
                expected = function(*moved, 2).imag / 1e-30
                np.testing.assert_allclose(bar[place], expected, rtol=1e-12, atol=1e-13)


def test_text():
    gradient = grad(fluxes)
    gradient(_field(6), 2)
    assert "d[:1] = d[-1:] = 0.0\n        d = 0.3 * (d[1:] - d[:-1])" in gradient.source
    gradient = grad(shallow)
    gradient(_field(6), _field(7), 2)
    assert "flux)" not in gradient.source.partition("while ")[0] and "unbroadcast" not in gradient.source
    gradient = grad(inflow)
    gradient(_field(6), 2)
    assert "flux_bar[:-1] -= flux_bar[1:]" in gradient.source and "shape" not in gradient.source


def damped(u, f, steps):
    for _ in range(steps):
        u[1:-1] = 0.25 * (u[:-2] + 2 * u[1:-1] + u[2:]) * np.exp(-f[1:-1])
        u[1:] *= 1 + 0.01 * f[1:]
    return np.sum(u**2)


def test_what_is_the_same_in_every_pass_is_kept_once():
    args = [_field(4000), 0.1 * _field(4000)]
    gradient = grad(damped).specialize(*args, 4)
    peaks = [_peak(gradient, [*args, steps]) for steps in (4, 14)]
    assert peaks[1] < peaks[0] + 0.5 * 8 * 4000
    gradient = grad(damped, wrt="f").specialize(*args, 4)
    peaks = [_peak(gradient, [*args, steps]) for steps in (4, 14)]
    assert peaks[1] - peaks[0] < 2.2 * 10 * 8 * 4000  # two factors in each step, none of them twice
    args = [_field(6), 0.1 * _field(6)]
    for steps in (0, 1, 3):
        given = grad(damped, wrt=(0, 1))(*args, steps)
        for position, bar in enumerate(given):
            for place in range(6):
                moved = [arg.astype(complex) for arg in args]
                moved[position][place] += 1e-30j
                np.testing.assert_allclose(bar[place], damped(*moved, steps).imag / 1e-30, rtol=1e-12, atol=1e-13)
