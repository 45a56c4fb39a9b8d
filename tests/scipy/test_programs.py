"""Programs with SciPy as users write them: against differences, forward against reverse, and what is emitted."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import scipy.linalg as sla
import scipy.special as sc
from scipy import integrate, signal, special, stats
from scipy.linalg import block_diag, cho_factor, cho_solve, expm, solve_triangular
from scipy.special import expit, gammaln, logsumexp, xlogy
from scipy.stats import multivariate_normal, norm

from adjoint import grad, hessian, jvp
from adjoint.errors import NoRule
from tests.scipy.test_solvers import slopes

X = np.array([0.7, 1.9, 1.2])


def poisson_loss(x):
    return np.sum(np.exp(x) - 2.0 * x + gammaln(x + 1.0))


def mixture(x):
    weights = sc.softmax(x)
    return logsumexp(x, b=weights) + np.sum(xlogy(weights, weights))


def gaussian_process(x):
    distances = x[:, None] - x[None, :]
    kernel = np.exp(-0.5 * distances**2) + 0.1 * np.eye(3)
    factor = cho_factor(kernel, lower=True)
    alpha = cho_solve(factor, x)
    return 0.5 * x @ alpha + np.sum(np.log(np.diag(factor[0])))


def whitened(x):
    covariance = np.outer(x, x) + 2.0 * np.eye(3)
    low = sla.cholesky(covariance, lower=True)
    z = solve_triangular(low, x, lower=True)
    return z @ z + np.log(sla.det(covariance)) + sla.norm(x)


def blocks(x):
    a = block_diag(sla.toeplitz(x), sla.hankel(x[:2]))
    return np.sum(expm(0.3 * a)[:2]) + np.sum(sla.inv(a + 5 * np.eye(5))[0]) + np.sum(sla.circulant(x) @ x)


def likelihood(x):
    data = np.array([0.2, 0.5, 1.1])
    parts = norm.logpdf(data, loc=x[0], scale=x[1]) + stats.gamma.logpdf(data, x[2], scale=x[1])
    return np.sum(parts) + stats.norm.cdf(x[0], scale=x[1]) - np.sum(stats.t.logpdf(x, 4.0))


def many(x):
    covariance = np.outer(x, x) + np.diag(x)
    points = np.array([[0.1, 0.2, 0.3], [1.0, -1.0, 0.5]])
    total = np.sum(multivariate_normal.logpdf(points, mean=x, cov=covariance))
    return total + multivariate_normal.pdf(x, x, covariance)


def integrals(x):
    t = np.linspace(0.0, 1.0, 7)
    y = np.sin(np.outer(x, t)).sum(0)
    running = integrate.cumulative_trapezoid(y, t, initial=0)
    return integrate.simpson(y, x=t) + integrate.trapezoid(y, dx=0.1) + running @ running


def signals(x):
    y = signal.convolve(x, np.array([1.0, -2.0]), mode="same")
    z = signal.fftconvolve(x**2, x)
    return np.sum(y**2) + np.sum(signal.lfilter([0.5, 0.2], [1.0, -0.3], z) ** 2) + signal.correlate(x, y, "valid")[0]


PROGRAMS = [poisson_loss, mixture, gaussian_process, whitened, blocks, likelihood, many, integrals, signals]


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda f: f.__name__)
def test_program(function: Any) -> None:
    gradient = grad(function)
    first = gradient(X)
    np.testing.assert_allclose(first, slopes(function, X, 1e-3), rtol=1e-7, atol=1e-8)
    value, tangent = jvp(function, (X,), (np.array([1.0, -0.5, 2.0]),))
    np.testing.assert_allclose(value, function(X), rtol=1e-14)
    np.testing.assert_allclose(tangent, first @ np.array([1.0, -0.5, 2.0]), rtol=1e-9)
    np.testing.assert_allclose(hessian(function)(X), slopes(gradient, X, 1e-3), rtol=1e-6, atol=1e-7)


def test_scalars_stay_scalars() -> None:
    for function in (lambda x: special.gamma(x), lambda x: expit(x), lambda x: sc.jv(2, x) + sc.eval_legendre(3, x)):
        np.testing.assert_allclose(grad(function)(0.7), slopes(function, 0.7), rtol=1e-8)


def digits(x):
    return sc.digamma(x) + norm.pdf(x)


def test_emitted_code_is_what_the_user_wrote() -> None:
    gradient = grad(digits)
    gradient(1.3)
    assert "sc.polygamma(1, x) - x * norm.pdf(x)" in gradient.source
    assert "adjoint" not in gradient.source


def order_of_bessel(v):
    return sc.jv(v, 1.0)


def shape_of_gamma(a):
    return sc.gammainc(a, 1.0)


def shape_of_beta(a):
    return stats.beta.cdf(0.3, a, 2.0)


def coefficients(b):
    return np.sum(signal.lfilter(np.array([b, 1.0]), [1.0], X))


def airy(x):
    return sc.airy(x)[0]


@pytest.mark.parametrize("function", [order_of_bessel, shape_of_gamma, shape_of_beta, coefficients, airy])
def test_what_has_no_rule_is_refused(function: Any) -> None:
    for derivative in (grad(function), lambda x: jvp(function, (x,), (1.0,))):
        with pytest.raises(NoRule):
            derivative(1.5)


def test_outside_of_the_support_nothing_moves() -> None:
    assert grad(lambda x: stats.expon.pdf(x) + stats.gamma.pdf(x, 2.0) + stats.uniform.cdf(x))(-1.0) == 0.0
    np.testing.assert_array_equal(grad(lambda x: np.sum(stats.expon.pdf(x)))(np.array([-1.0, 1.0])), [0.0, -np.exp(-1)])


def test_zero_counts_as_zero() -> None:
    assert grad(lambda y: xlogy(0.0, y))(0.0) == 0.0
    np.testing.assert_array_equal(grad(lambda x: np.sum(sc.i0e(x)))(np.array([0.0])), [0.0])


def test_scipy_is_not_imported_unless_used() -> None:
    program = (
        "import sys, numpy as np\nfrom adjoint import grad\n"
        "def f(x):\n    return np.sum(np.sin(x))\n"
        "grad(f)(np.ones(2))\nassert 'scipy' not in sys.modules\n"
    )
    with_source = f"import linecache\nlinecache.cache['p.py'] = (1, None, {program!r}.splitlines(True), 'p.py')\n"
    code = with_source + f"exec(compile({program!r}, 'p.py', 'exec'))"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
