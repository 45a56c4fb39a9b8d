"""Decompositions of `scipy.linalg`, distances, and functions with several results, in programs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg as sla
import scipy.special as sc
from scipy.spatial.distance import cdist

from adjoint import grad, hessian, jvp
from adjoint.errors import AdjointError

W = np.random.default_rng(3).normal(size=(3, 3))
A = np.array([[0.3, 2.1, 0.4], [0.5, 0.2, 1.9], [2.4, 0.6, 0.1]])


def eigh(a):
    w, v = sla.eigh(a + a.T)
    return w @ w * w[0] + np.sum((v * W) ** 2)


def eigenvalues(a):
    return np.sum(sla.eigh(a, eigvals_only=True)[:2]) ** 2 + sla.eigvalsh(a, lower=False)[0]


def svd(a):
    u, s, vh = sla.svd(a)
    x, _, _ = sla.svd(a[:, :2], full_matrices=False)
    return s @ s * s[0] + np.sum((u * W) ** 2) + np.sum((vh * W) ** 2) + sla.svdvals(a[:, :2])[1] + np.sum(x**2 * x)


def qr(a):
    q, r = sla.qr(a)
    t, _ = sla.qr(a[:, :2], mode="economic")
    return np.sum(q * W) + np.sum(r * r * W) + np.sum(t * W[:, :2])


def least_squares(a):
    x, _, _, s = sla.lstsq(a[:, :2], a[:, 2] * 2)
    return x @ x + s[0] + np.sum(sla.lstsq(a[:, :2], a)[0] ** 2) + np.sum(sla.pinv(a[:, :2]) * W[:2])


def lu(a):
    _, low, up = sla.lu(a)
    return np.sum(low * W) + np.sum(up * up * W)


def lu_solve(a):
    factors = sla.lu_factor(a)
    x = sla.lu_solve(factors, a[0] * 3)
    return np.sum(x**2) + np.sum(sla.lu_solve(factors, a * a, trans=1) * W) + np.sum(np.diag(factors[0]) ** 2)


def distances(a):
    return np.sum(cdist(a, a[:2] + 1.0) ** 3) + np.sum(cdist(a, 2 * a, "sqeuclidean") ** 2 * W)


def several(a):
    x = a * a + 0.3
    s, c = sc.sici(x)
    return np.sum(s * W + c * c) + sc.shichi(a[0, 0])[0] + np.sum(sc.lambertw(x).real * W)


PROGRAMS = [eigh, eigenvalues, svd, qr, least_squares, lu, lu_solve, distances, several]


def _slopes(function: Any, a: Any) -> Any:
    """Fourth-order differences in each number of a matrix, and the numbers on the last axis."""
    h, found = 1e-3, []
    for unit in np.eye(a.size).reshape(-1, *a.shape):
        at = lambda step, unit=unit: np.asarray(function(a + step * unit))
        found.append((8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h))
    return np.moveaxis(np.array(found), 0, -1)


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda f: f.__name__)
def test_program(function: Any) -> None:
    gradient = grad(function)
    first = gradient(A)
    np.testing.assert_allclose(first.ravel(), _slopes(function, A), rtol=1e-6, atol=1e-7)
    value, tangent = jvp(function, (A,), (W,))
    np.testing.assert_allclose(value, function(A), rtol=1e-13)
    np.testing.assert_allclose(tangent, np.sum(first * W), rtol=1e-9, atol=1e-11)
    second = hessian(function)(A)
    np.testing.assert_allclose(second.reshape(3, 3, 9), _slopes(gradient, A), rtol=1e-5, atol=1e-6)


def test_matrices_with_negative_eigenvalues_have_no_real_root() -> None:
    for function in (sla.sqrtm, sla.logm):
        derivative = grad(lambda a, f=function: np.sum(f(a)))
        derivative(np.diag([1.0, 2.0]))
        with pytest.raises(ValueError, match="negative eigenvalues"):
            derivative(np.diag([-1.0, 2.0]))


def test_all_columns_of_a_matrix_that_is_not_square_raise() -> None:
    with pytest.raises(np.linalg.LinAlgError):
        grad(lambda a: np.sum(sla.qr(a)[0]))(A[:, :2])


def residues(a):
    return sla.lstsq(a[:, :2], a[:, 2])[1]


def pivoted(a):
    return np.sum(sla.qr(a, pivoting=True)[1])


def generalized(a):
    return np.sum(sla.eigh(a, np.eye(3))[0])


def in_weights(a):
    return np.sum(cdist(a, a, "cityblock"))


@pytest.mark.parametrize("function", [residues, pivoted, generalized, in_weights])
def test_the_rest_is_refused(function: Any) -> None:
    with pytest.raises(AdjointError, match=r"lstsq|qr|eigh|cdist"):
        grad(function)(A)
