"""`solve_ivp`: against differences, forward against reverse, second order, and against a solution in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.integrate import odeint, solve_ivp

from adjoint import grad, hessian, jvp
from adjoint.errors import NoRule
from tests.scipy.test_solvers import slopes

TIMES = np.linspace(0.0, 1.0, 3)


def oscillator(t, y, k, c):
    return [y[1], -k * y[0] - c * y[1] * t]


def at_the_end(p):
    sol = solve_ivp(oscillator, (0.0, 1.0), p, args=(p[0], p[1]), rtol=1e-10, atol=1e-12)
    return sol.y[0, -1] ** 2 + sol.y[1, -1]


def at_some_times(p):
    A = np.array([[p[0], 1.0], [-1.0, p[1]]])

    def rhs(t, y):
        return A @ y + np.sin(t) * p[0]

    sol = solve_ivp(rhs, (0.0, 1.0), p * 2.0, t_eval=np.linspace(0.25, 1.0, 3), rtol=1e-10, atol=1e-12)
    return np.sum(sol.y**2)


def backwards_in_time(p):
    return solve_ivp(lambda t, y: -p * y, (1.0, 0.0), np.ones(2), t_eval=[0.5, 0.0], rtol=1e-10, atol=1e-12).y[1, 0]


@pytest.mark.parametrize("function", [at_the_end, at_some_times, backwards_in_time])
def test_solution(function: Any) -> None:
    p = np.array([0.7, 0.4])
    gradient = grad(function)
    first = gradient(p)
    np.testing.assert_allclose(first, slopes(function, p, 1e-2), rtol=1e-6, atol=1e-6)
    value, tangent = jvp(function, (p,), (np.array([1.0, -2.0]),))
    np.testing.assert_allclose(value, function(p), rtol=1e-8)
    np.testing.assert_allclose(tangent, first @ [1.0, -2.0], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(hessian(function)(p), slopes(gradient, p, 1e-2), rtol=1e-5, atol=1e-5)


def blows_up(p):
    return solve_ivp(lambda t, y: p * y**2, (0.0, 2.0), np.ones(1)).y[0, -1]


def test_where_it_stops_there_is_no_derivative() -> None:
    assert blows_up(1.0) > 1.0
    with pytest.raises(RuntimeError, match="no solution to differentiate"):
        grad(blows_up)(1.0)


def pendulum(y, t, b, c):
    angle, speed = y
    return [speed, -b * speed - c * np.sin(angle)]


def by_odeint(p):
    sol = odeint(pendulum, [p[0], 0.3], TIMES, args=(p[0], p[1]), rtol=1e-11, atol=1e-11)
    return np.sum(sol[:, 0] ** 2) + sol[-1, 1]


def by_odeint_with_time_first(p):
    return odeint(lambda t, y: -p[0] * y + p[1] * t, p[1], [0.0, 0.5, 1.0], tfirst=True, rtol=1e-11, atol=1e-11)[-1, 0]


@pytest.mark.parametrize("function", [by_odeint, by_odeint_with_time_first])
def test_odeint(function: Any) -> None:
    p = np.array([0.7, 1.2])
    gradient = grad(function)
    first = gradient(p)
    np.testing.assert_allclose(first, slopes(function, p, 1e-2), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(jvp(function, (p,), (np.array([1.0, -2.0]),))[1], first @ [1.0, -2.0], rtol=1e-6)
    np.testing.assert_allclose(hessian(function)(p), slopes(gradient, p, 1e-2), rtol=1e-5, atol=1e-5)


def decay(rate):
    return solve_ivp(lambda t, y: -rate * y, (0.0, 2.0), np.array([3.0]), rtol=1e-10, atol=1e-12).y[0, -1]


def test_decay() -> None:
    assert abs(grad(decay)(0.5) + 6.0 * np.exp(-1.0)) < 1e-7
    assert abs(grad(grad(decay))(0.5) - 12.0 * np.exp(-1.0)) < 1e-6


def in_the_span(end):
    return solve_ivp(lambda t, y: -y, (0.0, end), np.ones(1)).y[0, -1]


def with_events(rate):
    return solve_ivp(lambda t, y: -rate * y, (0.0, 1.0), np.ones(1), dense_output=True).y[0, -1]


def in_the_times(end):
    return odeint(lambda y, t: -y, 1.0, np.array([0.0, end]))[-1, 0]


@pytest.mark.parametrize("function", [in_the_span, with_events, in_the_times])
def test_the_rest_is_refused(function: Any) -> None:
    with pytest.raises(NoRule):
        grad(function)(1.0)
    with pytest.raises(NoRule):
        jvp(function, (1.0,), (1.0,))
