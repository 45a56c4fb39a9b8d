"""`quad`: in parameters and limits, against differences and closed forms, in both modes, twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from adjoint import grad, hessian, jvp
from adjoint.errors import NoRule
from tests.scipy.test_solvers import slopes


def wave(x, a, b):
    return a * np.sin(b * x)


def with_limits(p):
    value, _ = quad(wave, p[0], 2 * p[1], args=(p[0], p[1]))
    return value**2


def of_a_vector(p):
    return quad(lambda x: np.exp(-x * x) * (p @ np.array([1.0, x * x])) ** 2, -np.inf, np.inf)[0]


@pytest.mark.parametrize("function", [with_limits, of_a_vector])
def test_quad(function: Any) -> None:
    p = np.array([0.7, 1.2])
    gradient = grad(function)
    first = gradient(p)
    np.testing.assert_allclose(first, slopes(function, p, 1e-3), rtol=1e-6, atol=1e-8)
    value, tangent = jvp(function, (p,), (np.array([1.0, -2.0]),))
    np.testing.assert_allclose(value, function(p), rtol=1e-12)
    np.testing.assert_allclose(tangent, first @ [1.0, -2.0], rtol=1e-8)
    np.testing.assert_allclose(hessian(function)(p), slopes(gradient, p, 1e-3), rtol=1e-6, atol=1e-7)


def bell(p):
    return quad(lambda x: np.exp(-p * x * x), -np.inf, np.inf)[0]


def test_closed_form_and_what_is_emitted() -> None:
    gradient = grad(bell)
    np.testing.assert_allclose(gradient(0.7), -0.5 * np.sqrt(np.pi) * 0.7**-1.5, rtol=1e-9)
    assert "return quad(function_grad, -np.inf, np.inf, args=(p,))[0]" in gradient.source


def with_points(p):
    return quad(lambda x: abs(x - p), 0.0, 1.0, points=[0.5])[0]


def test_the_rest_is_refused() -> None:
    with pytest.raises(NoRule, match="quad"):
        grad(with_points)(0.5)
