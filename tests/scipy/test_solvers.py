"""Solvers of `scipy.optimize`: differentiated at the solution, in both modes, twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import optimize
from scipy.optimize import brentq, fsolve, least_squares, minimize, newton, root_scalar

from adjoint import grad, hessian, jvp
from adjoint.errors import NoRule


def cubic(x, p):
    return x**3 - p * x - 1.0


def curves(x, p):
    return [x[0] ** 2 + x[1] - p[0], x[0] + x[1] ** 2 - p[1]]


def bowl(x, p):
    return (x[0] - p[0]) ** 2 + (x[0] * x[1] - p[1]) ** 2 + 0.1 * x[1] ** 4


def by_brentq(p):
    return brentq(cubic, 0.0, 5.0, args=(p,), xtol=1e-14) ** 2


def by_lambda(p):
    x = brentq(lambda x: np.exp(x) - p * x - 2.0, 0.0, 3.0, xtol=1e-14)
    return x * p


def by_newton(p):
    return newton(cubic, 1.5, args=(p,), tol=1e-14)


def by_root_scalar(p):
    solution = root_scalar(cubic, bracket=[0.0, 5.0], args=(p,), xtol=1e-14)
    return solution.root


def by_fsolve_of_one(p):
    return fsolve(lambda x: x**3 - p, 1.0, xtol=1e-13)[0]


def by_fsolve(p):
    def residual(x):
        return np.array([x[0] ** 2 + x[1] - p[0], x[0] * x[1] - p[1]])

    x = fsolve(residual, [1.0, 1.0], xtol=1e-13)
    return x[0] * x[1] + x[1] ** 2


def by_root(p):
    s = optimize.root(curves, np.ones(2), args=(p,), tol=1e-13)
    return np.sum(s.x**3)


def by_minimize(p):
    return np.sum(minimize(bowl, np.ones(2), args=(p,), method="Nelder-Mead", tol=1e-12).x)


def bracketed(p):
    total = optimize.brenth(cubic, 0.0, 5.0, args=(p,), xtol=1e-14)
    total += 2 * optimize.bisect(cubic, 0.0, 5.0, args=(p,), xtol=1e-14)
    return total * optimize.ridder(cubic, 0.0, 5.0, args=(p,), xtol=1e-14)


def of_one_unknown(p):
    return optimize.minimize_scalar(lambda x: (x - p) ** 4 / 4 + x**2, bracket=(0.0, 1.0), tol=1e-12).x


def fitted(p):
    t = np.linspace(0.0, 1.0, 6)
    found = least_squares(lambda x: x[0] * np.exp(-x[1] * t) - p[0] * np.cos(t * p[1]), [1.0, 0.5], xtol=1e-15)
    return found.x @ np.array([1.0, 2.0])


def fitted_line(p):
    """The solution of a linear problem, of which the derivative is known."""
    a = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 3.0]])
    return np.sum(least_squares(lambda x, b: a @ x - b * b, np.zeros(2), args=(p,)).x)


def in_a_loop(p):
    total = 0.0
    for k in range(3):
        total += newton(lambda x: x**3 + x - p * (k + 1), 1.0, tol=1e-14)  # noqa: B023
    return total


PROGRAMS = [
    (by_brentq, 1.2),
    (by_lambda, 1.5),
    (by_newton, 1.2),
    (by_root_scalar, 1.2),
    (by_fsolve_of_one, 2.0),
    (in_a_loop, 0.7),
    (by_fsolve, np.array([2.0, 0.7])),
    (by_root, np.array([2.0, 3.0])),
    (by_minimize, np.array([1.0, 2.0])),
    (bracketed, 1.2),
    (of_one_unknown, 1.1),
    (fitted, np.array([0.7, 1.2])),
]


def slopes(function: Any, p: Any, step: float = 1e-4) -> Any:
    """Fourth-order differences, in each number of p."""

    def along(direction: Any) -> Any:
        at = lambda h: np.asarray(function(p + h * direction))
        return (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step)

    return along(1.0) if np.ndim(p) == 0 else np.array([along(e) for e in np.eye(len(p))])


@pytest.mark.parametrize(("function", "p"), PROGRAMS, ids=lambda x: getattr(x, "__name__", ""))
def test_at_the_solution(function: Any, p: Any) -> None:
    # where a minimum is, is known to half of the digits
    loose = 2e-3 if function in (by_minimize, of_one_unknown, fitted) else 1e-7
    gradient = grad(function)
    first = gradient(p)
    np.testing.assert_allclose(first, slopes(function, p), rtol=loose, atol=loose)
    direction = np.ones_like(p) if np.ndim(p) else 1.0
    value, tangent = jvp(function, (p,), (direction,))
    assert value == function(p)
    np.testing.assert_allclose(tangent, np.sum(first), rtol=1e-9)
    np.testing.assert_allclose(hessian(function)(p), slopes(gradient, p), rtol=loose, atol=loose)


def test_what_is_emitted() -> None:
    gradient = grad(by_brentq)
    gradient(1.2)
    assert "x = brentq(cubic, 0.0, 5.0, args=(p,), xtol=1e-14)" in gradient.source
    assert "return 2 * x * x / (3 * x**2 - p)" in gradient.source


def test_least_squares_of_a_linear_problem() -> None:
    a = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 3.0]])
    p = np.array([0.7, 1.2, -0.4])
    np.testing.assert_allclose(grad(fitted_line)(p), np.linalg.pinv(a).sum(0) * 2 * p, rtol=1e-7)


def no_root(p):
    return fsolve(lambda x: x**2 + p, 1.0)[0]


def no_root_of_several(p):
    return optimize.root(lambda x: x**2 + p, np.ones(2)).x[0]


def no_root_in_time(p):
    return root_scalar(lambda x: x**3 - p, x0=9.0, x1=8.0, maxiter=2).root


def no_minimum(p):
    return minimize(lambda x: p * x[0], [1.0]).x[0]


def no_fit(p):
    return least_squares(lambda x: np.exp(p * x), [1.0], max_nfev=2).x[0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("function", [no_root, no_root_of_several, no_root_in_time, no_minimum, no_fit])
def test_without_a_solution_there_is_no_derivative(function: Any) -> None:
    """The plain call gives a number: the derivative must not."""
    function(1.0)
    for derivative in (grad(function), lambda p: jvp(function, (p,), (1.0,))):
        with pytest.raises(RuntimeError, match="no solution to differentiate"):
            derivative(1.0)


def with_a_jacobian(p):
    return fsolve(lambda x: x**3 - p, 1.0, fprime=lambda x: 3 * x**2)[0]


def with_bounds(p):
    return minimize(bowl, np.ones(2), args=(p,), bounds=[(0.0, 1.0), (0.0, 1.0)]).x[0]


def with_two_for_one(p):
    return fsolve(lambda x: p, 1.0)[0] + optimize.root(lambda x: np.outer(x, x) - p, np.ones(2)).x[0]


def with_any_number(p):
    def residual(x, *q):
        return x**2 - q[0]

    return fsolve(residual, 1.0, args=(p,))[0]


@pytest.mark.parametrize("function", [with_a_jacobian, with_bounds, with_two_for_one, with_any_number])
def test_the_rest_is_refused(function: Any) -> None:
    with pytest.raises(NoRule, match=r"scipy\.optimize"):
        grad(function)(np.array([1.0, 2.0]) if function is with_bounds else 2.0)
