"""Derivatives of `scipy.linalg`. Sources: M. Giles (2008), collected matrix derivative results; I. Murray (2016),
differentiation of the Cholesky decomposition; N. Higham (2008), functions of matrices, chapter 3.

Where one triangle of a matrix is read (`assume_a="pos"`, `cholesky`), the gradient lies in that triangle.
"""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg

from adjoint.ir.ops.scipy_linalg import GENERAL, TRANSPOSED
from adjoint.rules.decompositions import half_lower, on_triangle, symmetric
from adjoint.rules.expr import Expr, extent
from adjoint.rules.registry import composite, linear, pullback, pushforward


def _product(a: Expr, b: Expr) -> Expr:
    """a bᵀ, of two vectors or two matrices."""
    return a.emit("outer", a, b) if a.ndim == 1 else a @ b.T


# -- systems of equations


@pullback("linalg_solve")
def solve(y_bar: Expr, a: Expr, b: Expr, *, y: Expr, lower: Any, assume_a: Any, transposed: Any) -> Any:
    """aᵀ b_bar = y_bar, a_bar = -b_bar yᵀ."""
    if assume_a in GENERAL:
        b_bar = a.emit("linalg_solve", a if transposed else a.T, y_bar, assume_a=assume_a)
    else:
        b_bar = a.emit("linalg_solve", a, y_bar, lower=lower, assume_a=assume_a)
    if assume_a not in GENERAL:
        return lambda: -on_triangle(_product(b_bar, y), upper=not lower), b_bar
    return lambda: -(_product(y, b_bar) if transposed else _product(b_bar, y)), b_bar


@pushforward("linalg_solve")
def solve_dot(tangents: Any, a: Expr, b: Expr, *, y: Expr, lower: Any, assume_a: Any, transposed: Any) -> Any:
    a_dot, b_dot = tangents
    if a_dot is not None:
        if assume_a not in GENERAL:
            a_dot = symmetric(a_dot, upper=not lower)
        change = (a_dot.T if transposed else a_dot) @ y
        b_dot = -change if b_dot is None else b_dot - change
    return a.emit("linalg_solve", a, b_dot, lower=lower, assume_a=assume_a, transposed=transposed)


def _triangle(x: Expr, lower: Any, unit_diagonal: Any) -> Expr:
    return x.emit("tril" if lower else "triu", x, k=(-1 if lower else 1) if unit_diagonal else 0)


@pullback("linalg_solve_triangular")
def solve_triangular(
    y_bar: Expr, a: Expr, b: Expr, *, y: Expr, trans: Any, lower: Any, unit_diagonal: Any
) -> Any:
    turned = trans in TRANSPOSED
    same = {"lower": lower, "unit_diagonal": unit_diagonal}
    b_bar = a.emit("linalg_solve_triangular", a, y_bar, trans=0 if turned else 1, **same)
    product = lambda: _product(y, b_bar) if turned else _product(b_bar, y)
    return lambda: -_triangle(product(), lower, unit_diagonal), b_bar


@pushforward("linalg_solve_triangular")
def solve_triangular_dot(
    tangents: Any, a: Expr, b: Expr, *, y: Expr, trans: Any, lower: Any, unit_diagonal: Any
) -> Any:
    a_dot, b_dot = tangents
    if a_dot is not None:
        part = _triangle(a_dot, lower, unit_diagonal)
        change = (part.T if trans in TRANSPOSED else part) @ y
        b_dot = -change if b_dot is None else b_dot - change
    return a.emit("linalg_solve_triangular", a, b_dot, trans=trans, lower=lower, unit_diagonal=unit_diagonal)


# -- Cholesky


def _behind(factor: Expr, x: Expr) -> Expr:
    """L⁻ᵀ x for a lower factor L."""
    return x.emit("linalg_solve_triangular", factor, x, trans=1, lower=True)


def _before(factor: Expr, x: Expr) -> Expr:
    """L⁻¹ x for a lower factor L."""
    return x.emit("linalg_solve_triangular", factor, x, lower=True)


def _factor_bar(y: Expr, y_bar: Expr, lower: Any) -> Expr:
    """L⁻ᵀ p L⁻¹ for a lower factor, p the half lower triangle of Lᵀ L_bar; on the triangle that was read."""
    factor, bar = (y, y_bar) if lower else (y.T, y_bar.T)
    left = _behind(factor, half_lower(factor.T @ bar))
    return on_triangle(_behind(factor, left.T), upper=not lower)


def _factor_dot(y: Expr, a_dot: Expr, lower: Any) -> Expr:
    """L p for a lower factor, p the half lower triangle of L⁻¹ a_dot L⁻ᵀ."""
    factor = y if lower else y.T
    left = _before(factor, symmetric(a_dot, upper=not lower))
    y_dot = factor @ half_lower(_before(factor, left.T))
    return y_dot if lower else y_dot.T


@pullback("linalg_cholesky")
def cholesky(y_bar: Expr, a: Expr, *, y: Expr, lower: Any) -> Any:
    return _factor_bar(y, y_bar, lower)


@pushforward("linalg_cholesky")
def cholesky_dot(tangents: Any, a: Expr, *, y: Expr, lower: Any) -> Any:
    return _factor_dot(y, tangents[0], lower)


def _clean(y: Expr, lower: Any) -> Expr:
    return y.emit("tril" if lower else "triu", y)


def _rest(y: Expr, lower: Any) -> Expr:
    return y.emit("triu", y, k=1) if lower else y.emit("tril", y, k=-1)


_KEEPS_REST = bool(linalg.cho_factor(np.array([[1.0, 0.5], [0.5, 1.0]]))[0][1, 0])
"""Whether `cho_factor` leaves the other half of the matrix in what it gives: SciPy before 1.18. Now it is zero."""


@pullback("linalg_cho_factor")
def cho_factor(y_bar: Expr, a: Expr, *, y: Expr, lower: Any) -> Any:
    """The other half of what it gives is that of the matrix, from SciPy 1.18 on zero."""
    a_bar = _factor_bar(_clean(y, lower), _clean(y_bar, lower), lower)
    return a_bar + _rest(y_bar, lower) if _KEEPS_REST else a_bar


@pushforward("linalg_cho_factor")
def cho_factor_dot(tangents: Any, a: Expr, *, y: Expr, lower: Any) -> Any:
    y_dot = _factor_dot(_clean(y, lower), tangents[0], lower)
    return y_dot + _rest(tangents[0], lower) if _KEEPS_REST else y_dot


@pullback("linalg_cho_solve")
def cho_solve(y_bar: Expr, c: Expr, b: Expr, *, y: Expr, lower: Any) -> Any:
    b_bar = c.emit("linalg_cho_solve", c, y_bar, lower=lower)

    def in_factor() -> Expr:
        change = _product(b_bar, y) + _product(y, b_bar)
        factor = _clean(c, lower)
        return -_clean(change @ factor if lower else factor @ change, lower)

    return in_factor, b_bar


@pushforward("linalg_cho_solve")
def cho_solve_dot(tangents: Any, c: Expr, b: Expr, *, y: Expr, lower: Any) -> Any:
    c_dot, b_dot = tangents
    if c_dot is not None:
        factor, dot = _clean(c, lower), _clean(c_dot, lower)
        change = dot @ (factor.T @ y) + factor @ (dot.T @ y) if lower else dot.T @ (factor @ y) + factor.T @ (dot @ y)
        b_dot = -change if b_dot is None else b_dot - change
    return c.emit("linalg_cho_solve", c, b_dot, lower=lower)


# -- matrix equations


def _sum(terms: list[Any]) -> Any:
    known = [term for term in terms if term is not None]
    total = known[0]
    for term in known[1:]:
        total = total + term
    return total


@pullback("linalg_solve_sylvester")
def solve_sylvester(y_bar: Expr, a: Expr, b: Expr, q: Expr, *, y: Expr) -> Any:
    """a y + y b = q: the same equation with transposes for q_bar."""
    q_bar = a.emit("linalg_solve_sylvester", a.T, b.T, y_bar)
    return lambda: -(q_bar @ y.T), lambda: -(y.T @ q_bar), q_bar


@pushforward("linalg_solve_sylvester")
def solve_sylvester_dot(tangents: Any, a: Expr, b: Expr, q: Expr, *, y: Expr) -> Any:
    a_dot, b_dot, q_dot = tangents
    terms = [q_dot, None if a_dot is None else -(a_dot @ y), None if b_dot is None else -(y @ b_dot)]
    return a.emit("linalg_solve_sylvester", a, b, _sum(terms))


@pullback("linalg_solve_continuous_lyapunov")
def solve_continuous_lyapunov(y_bar: Expr, a: Expr, q: Expr, *, y: Expr) -> Any:
    """a y + y aᵀ = q."""
    q_bar = a.emit("linalg_solve_continuous_lyapunov", a.T, y_bar)
    return lambda: -(q_bar @ y.T + q_bar.T @ y), q_bar


@pushforward("linalg_solve_continuous_lyapunov")
def solve_continuous_lyapunov_dot(tangents: Any, a: Expr, q: Expr, *, y: Expr) -> Any:
    a_dot, q_dot = tangents
    terms = [q_dot, None if a_dot is None else -(a_dot @ y + y @ a_dot.T)]
    return a.emit("linalg_solve_continuous_lyapunov", a, _sum(terms))


# -- functions of a matrix


@pullback("linalg_expm")
def expm(y_bar: Expr, a: Expr) -> Any:
    """The transpose of the Fréchet derivative at a is that at aᵀ."""
    return a.emit("linalg_expm_frechet", a.T, y_bar, compute_expm=False)


@pushforward("linalg_expm")
def expm_dot(tangents: Any, a: Expr) -> Any:
    return a.emit("linalg_expm_frechet", a, tangents[0], compute_expm=False)


def _frechet(opcode: str, a: Expr, e: Expr) -> Expr:
    """The derivative at a in the direction e: the corner of f([[a, e], [0, a]])."""
    upper = a.emit("concatenate", a, e, axis=1)
    lower = a.emit("concatenate", a.emit("zeros_like", a), a, axis=1)
    n = extent(a, 0)
    whole = a.emit(opcode, a.emit("concatenate", upper, lower, axis=0))
    return whole[:n, n:]


@composite("linalg_expm_frechet")
def expm_frechet(a: Expr, e: Expr) -> Any:
    return _frechet("linalg_expm", a, e)


@pullback("linalg_logm")
def logm(y_bar: Expr, a: Expr) -> Any:
    return _frechet("linalg_logm", a.T, y_bar)


@pushforward("linalg_logm")
def logm_dot(tangents: Any, a: Expr) -> Any:
    return _frechet("linalg_logm", a, tangents[0])


@pullback("linalg_sqrtm")
def sqrtm(y_bar: Expr, a: Expr, *, y: Expr) -> Any:
    """y y = a: a Sylvester equation."""
    return y.emit("linalg_solve_sylvester", y.T, y.T, y_bar)


@pushforward("linalg_sqrtm")
def sqrtm_dot(tangents: Any, a: Expr, *, y: Expr) -> Any:
    return y.emit("linalg_solve_sylvester", y, y, tangents[0])


# -- matrices of a pattern


@linear("linalg_block_diag")
def block_diag(y_bar: Expr, *blocks: Expr) -> Any:
    shares = []
    row: Any = None
    column: Any = None
    for block in blocks:
        height, width = extent(block, 0), extent(block, 1)
        down, right = (height, width) if row is None else (row + height, column + width)
        shares.append(lambda a=row, b=down, c=column, d=right: y_bar[a:b, c:d])
        row, column = down, right
    return tuple(shares)


def _grid(x: Expr, rows: Any, columns: Any) -> tuple[Expr, Expr]:
    """Row and column numbers that broadcast to a matrix."""
    return x.emit("arange", rows)[:, None], x.emit("arange", columns)


@composite("linalg_toeplitz")
def toeplitz(c: Expr, r: Expr | None = None) -> Any:
    """The first row without its first item behind the reversed first column, read along diagonals."""
    r = c if r is None else r
    n = extent(c, 0)
    row, column = _grid(c, n, extent(r, 0))
    return c.emit("concatenate", c[::-1], r[1:])[column - row + (n - 1)]


@composite("linalg_hankel")
def hankel(c: Expr, r: Expr | None = None) -> Any:
    r = c.emit("zeros_like", c) if r is None else r
    row, column = _grid(c, extent(c, 0), extent(r, 0))
    return c.emit("concatenate", c, r[1:])[row + column]


@composite("linalg_circulant")
def circulant(c: Expr) -> Any:
    n = extent(c, 0)
    row, column = _grid(c, n, n)
    return c[(row - column) % n]
