"""Objects of SciPy that are made outside: sparse matrices and interpolating functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from scipy.interpolate import (
    Akima1DInterpolator,
    BSpline,
    CubicSpline,
    PchipInterpolator,
    UnivariateSpline,
    interp1d,
    make_interp_spline,
)
from scipy.sparse.linalg import spsolve

from adjoint import grad, hessian, jvp
from adjoint.errors import AdjointError, NoRule
from tests.scipy.test_solvers import slopes

DENSE = np.array([[1.0, 2.0, 0.0], [0.0, 3.0, 1.0], [4.0, 0.0, 1.0]])
ROWS = sparse.csr_matrix(DENSE)
COLUMNS = sparse.csc_array(DENSE[:2])
COORDINATES = sparse.coo_array(DENSE).astype(np.float32)
COMPLEX = sparse.csr_array(DENSE * 1j)
X = np.array([0.3, 0.7, 1.1])


def products(x):
    return np.sum((ROWS * x) ** 2) + x @ (ROWS @ x) + np.sum(COLUMNS @ x) ** 3


def transposed(x):
    outer = np.outer(x, x)
    return np.sum(ROWS.T.dot(outer) ** 2) + np.sum((outer @ COLUMNS.transpose()) ** 2) + ROWS.shape[0] * x[0]


def solved(x):
    return np.sum((x @ ROWS) ** 2) + np.sum(spsolve(ROWS, x) ** 2) + np.sum(ROWS.toarray() * x)


def in_single_precision(x):
    return np.sum((COORDINATES @ x) ** 2)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("function", [products, transposed, solved, in_single_precision])
def test_constant_sparse_matrix(function: Any) -> None:
    gradient = grad(function)
    first = gradient(X)
    np.testing.assert_allclose(first, slopes(function, X, 1e-2), rtol=1e-9)
    value, tangent = jvp(function, (X,), (np.array([1.0, -2.0, 0.5]),))
    np.testing.assert_allclose(value, function(X), rtol=1e-14)
    np.testing.assert_allclose(tangent, first @ [1.0, -2.0, 0.5], rtol=1e-12)
    np.testing.assert_allclose(hessian(function)(X), slopes(gradient, X, 1e-2), rtol=1e-8, atol=1e-8)


def squares(A, x):
    return np.sum((A @ x) ** 2)


def test_sparse_argument() -> None:
    gradient = grad(squares, wrt="x")
    for dense in (DENSE, DENSE[:2], 2 * DENSE, DENSE[:1]):
        np.testing.assert_allclose(gradient(sparse.csr_matrix(dense), X), 2 * dense.T @ dense @ X, rtol=1e-14)
    with pytest.raises(AdjointError):
        gradient(COMPLEX, X)
    assert "A.T @ (2 * (A @ x))" in grad(squares, wrt="x").source or "A.T @" in gradient.source


def square_of_sparse(x):
    return np.sum((ROWS @ ROWS) @ x)


def sum_of_sparse(x):
    return np.sum((ROWS + ROWS) @ x)


def sparse_total(x):
    return np.sum(ROWS.sum(axis=0) * x)


def elementwise(x):
    return np.sum((COLUMNS * x).toarray())


def scaled(x):
    return np.sum((2 * ROWS) @ x)


def of_complex(x):
    return np.sum(COMPLEX @ x).real


def made_inside(x):
    return np.sum(sparse.csr_array(np.diag(x)) @ x)


REFUSED = [square_of_sparse, sum_of_sparse, sparse_total, elementwise, scaled, of_complex, made_inside]


@pytest.mark.parametrize("function", REFUSED)
def test_the_rest_of_sparse_is_refused(function: Any) -> None:
    with pytest.raises(AdjointError):
        grad(function)(X)


KNOTS, VALUES = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0, 1.0, 0.0, 2.0])
SPLINES = [
    CubicSpline(KNOTS, VALUES),
    PchipInterpolator(KNOTS, VALUES),
    Akima1DInterpolator(KNOTS, VALUES),
    make_interp_spline(KNOTS, VALUES, k=1),
    BSpline(np.arange(8.0) - 2, np.array([1.0, 2.0, -1.0, 0.5]), 3),
    UnivariateSpline(KNOTS, VALUES, s=0),
]


@pytest.mark.parametrize("spline", SPLINES, ids=lambda s: type(s).__name__)
def test_interpolating_function(spline: Any) -> None:
    def function(x):
        return np.sum(spline(x) ** 2) + spline(x[0], 1) + spline(0.3)

    gradient = grad(function)
    first = gradient(X)
    np.testing.assert_allclose(first, slopes(function, X, 1e-3), rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(jvp(function, (X,), (X,))[1], first @ X, rtol=1e-12)
    np.testing.assert_allclose(hessian(function)(X), slopes(gradient, X, 1e-3), rtol=1e-8, atol=1e-8)
    assert "spline(x, 1)" in gradient.source


OTHERS = [
    CubicSpline(KNOTS, np.stack([VALUES, VALUES], axis=1)),
    CubicSpline(KNOTS, VALUES * 1j),
    UnivariateSpline(KNOTS, VALUES, s=0, ext=3),
    interp1d(KNOTS, VALUES),
]


@pytest.mark.parametrize("other", OTHERS)
def test_other_interpolating_functions_are_refused(other: Any) -> None:
    with pytest.raises(NoRule):
        grad(lambda x: np.sum(other(x)).real)(X)


def test_a_spline_through_active_values_is_refused() -> None:
    with pytest.raises(NoRule):
        grad(lambda y: CubicSpline(KNOTS, y)(0.3))(VALUES)
