"""Decompositions of `scipy.linalg`: the derivatives of NumPy's, under SciPy's options, and those of triangular factors.

For a = p l u with a constant permutation p: l⁻¹ pᵀ da u⁻¹ = l⁻¹ dl + du u⁻¹, a strictly lower and an upper triangle.
"""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from typing import Any

from adjoint.rules import decompositions, least_squares
from adjoint.rules.decompositions import cotangent, parts, plus, together, values_dot
from adjoint.rules.expr import Expr, extent
from adjoint.rules.products import outer_products
from adjoint.rules.registry import RuleMissing, pullback, pushforward


def _uplo(lower: Any) -> str:
    return "L" if lower else "U"


@pullback("linalg_eigh")
def eigh(y_bar: Expr, a: Expr, *, y: Expr, lower: Any, eigvals_only: Any) -> Any:
    if eigvals_only:
        return decompositions.eigvalsh(y_bar, a, UPLO=_uplo(lower))
    return decompositions.eigh(y_bar, a, y=y, UPLO=_uplo(lower))


@pushforward("linalg_eigh")
def eigh_dot(tangents: Any, a: Expr, *, y: Expr, lower: Any, eigvals_only: Any) -> Any:
    if eigvals_only:
        return decompositions.eigvalsh_dot(tangents, a, UPLO=_uplo(lower))
    return decompositions.eigh_dot(tangents, a, y=y, UPLO=_uplo(lower))


@pullback("linalg_eigvalsh")
def eigvalsh(y_bar: Expr, a: Expr, *, lower: Any) -> Any:
    return decompositions.eigvalsh(y_bar, a, UPLO=_uplo(lower))


@pushforward("linalg_eigvalsh")
def eigvalsh_dot(tangents: Any, a: Expr, *, lower: Any) -> Any:
    return decompositions.eigvalsh_dot(tangents, a, UPLO=_uplo(lower))


@pullback("linalg_svd")
def svd(y_bar: Expr, a: Expr, *, y: Expr, full_matrices: Any, compute_uv: Any) -> Any:
    return decompositions.svd(y_bar, a, y=y, full_matrices=full_matrices, compute_uv=compute_uv)


@pushforward("linalg_svd")
def svd_dot(tangents: Any, a: Expr, *, y: Expr, full_matrices: Any, compute_uv: Any) -> Any:
    return decompositions.svd_dot(tangents, a, y=y, full_matrices=full_matrices, compute_uv=compute_uv)


@pullback("linalg_svdvals")
def svdvals(y_bar: Expr, a: Expr) -> Any:
    return decompositions.values_bar(y_bar, a)


@pushforward("linalg_svdvals")
def svdvals_dot(tangents: Any, a: Expr) -> Any:
    return values_dot(tangents[0], a)


def _check_qr(a: Expr, mode: Any) -> None:
    """All columns are taken of square matrices only; where that is not known `solve` raises for another one."""
    if mode == "r":
        raise RuleMissing("linalg_qr", "mode='r' is not supported", "write `qr(a, mode='economic')[1]`")
    rows, columns = a.dims
    if mode == "full" and isinstance(rows, int) and isinstance(columns, int) and rows != columns:
        raise RuleMissing("linalg_qr", "mode='full' is supported for square matrices", "write mode='economic'")


@pullback("linalg_qr")
def qr(y_bar: Expr, a: Expr, *, y: Expr, mode: Any) -> Any:
    _check_qr(a, mode)
    return decompositions.qr(y_bar, a, y=y, mode="reduced")


@pushforward("linalg_qr")
def qr_dot(tangents: Any, a: Expr, *, y: Expr, mode: Any) -> Any:
    _check_qr(a, mode)
    return decompositions.qr_dot(tangents, a, y=y, mode="reduced")


@pullback("linalg_pinv")
def pinv(y_bar: Expr, a: Expr, *, y: Expr) -> Any:
    return least_squares.pinv(y_bar, a, y=y)


@pushforward("linalg_pinv")
def pinv_dot(tangents: Any, a: Expr, *, y: Expr) -> Any:
    return least_squares.pinv_dot(tangents, a, y=y)


@pullback("linalg_lstsq")
def lstsq(y_bar: Expr, a: Expr, b: Expr, *, y: Expr, cond: Any) -> Any:
    if cotangent(y_bar, 1) is not None:
        raise RuleMissing("linalg_lstsq", "the sums of squares have no rule", "write `np.sum((b - a @ x) ** 2)`")
    return least_squares.lstsq(y_bar, a, b, y=y, rcond=cond)


@pushforward("linalg_lstsq")
def lstsq_dot(tangents: Any, a: Expr, b: Expr, *, y: Expr, cond: Any) -> Any:
    a_dot, b_dot = tangents
    x, sums, _, s = parts(y)
    p, left = a.emit("linalg_pinv", a, rtol=cond), b - a @ x
    moved = b_dot if a_dot is None else -(a_dot @ x) if b_dot is None else b_dot - a_dot @ x
    x_dot, s_dot = p @ moved, s.emit("zeros_like", s)
    if a_dot is not None:
        x_dot = x_dot + p @ (p.T @ (a_dot.T @ left)) + _beside(a, p, a_dot.T @ (p.T @ x))
        s_dot = values_dot(a_dot, a)
    sums_dot = (2 * left * moved).sum(axis=0)
    return together(y, x_dot, sums_dot if b.ndim == 1 else sums_dot[: extent(sums, 0)], None, s_dot)


def _beside(a: Expr, p: Expr, x: Expr) -> Expr:
    """What of x the matrix takes to zero."""
    return x - p @ (a @ x)


# -- triangular factors


def _lower(lu: Expr) -> Expr:
    return lu.emit("tril", lu, k=-1)


def _upper(lu: Expr) -> Expr:
    return lu.emit("triu", lu)


def _solve_lower(lu: Expr, x: Expr, trans: int = 0) -> Expr:
    """l⁻¹ x or l⁻ᵀ x for the lower factor, whose diagonal is 1."""
    return x.emit("linalg_solve_triangular", lu, x, lower=True, unit_diagonal=True, trans=trans)


def _solve_upper(lu: Expr, x: Expr, trans: int = 0) -> Expr:
    return x.emit("linalg_solve_triangular", lu, x, trans=trans)


@pullback("linalg_lu")
def lu(y_bar: Expr, a: Expr, *, y: Expr) -> Any:
    """The cotangent is p l⁻ᵀ m u⁻ᵀ, where m has the lower triangle of lᵀ l_bar and the upper one of u_bar uᵀ."""
    p, lower, upper = parts(y)
    _, l_bar, u_bar = (cotangent(y_bar, index) for index in range(3))
    inner = None if l_bar is None else _lower(lower.T @ l_bar)
    if u_bar is not None:
        inner = plus(inner, _upper(u_bar @ upper.T))
    if inner is None:
        return None
    return p @ _solve_lower(lower, _solve_upper(upper, inner.T).T, trans=1)


@pushforward("linalg_lu")
def lu_dot(tangents: Any, a: Expr, *, y: Expr) -> Any:
    p, lower, upper = parts(y)
    inner = _solve_upper(upper, _solve_lower(lower, p.T @ tangents[0]).T, trans=1).T
    return together(y, p.emit("zeros_like", p), lower @ _lower(inner), _upper(inner) @ upper)


@pullback("linalg_lu_factor")
def lu_factor(y_bar: Expr, a: Expr, *, y: Expr) -> Any:
    """As for `lu`; the permutation is that of `lu_solve`: p l⁻ᵀ m u⁻ᵀ = a⁻ᵀ uᵀ m u⁻ᵀ."""
    factors, pivots = parts(y)
    bar = cotangent(y_bar, 0)
    if bar is None:
        return None
    upper, below = _upper(factors), _lower(bar)
    inner = _lower(_lower(factors).T @ below + below) + _upper(_upper(bar) @ upper.T)
    turned = upper.T @ _solve_upper(factors, inner.T).T
    return turned.emit("linalg_lu_solve", factors, pivots, turned, trans=1)


@pushforward("linalg_lu_factor")
def lu_factor_dot(tangents: Any, a: Expr, *, y: Expr) -> Any:
    factors, pivots = parts(y)
    upper = _upper(factors)
    moved = upper @ a.emit("linalg_lu_solve", factors, pivots, tangents[0])
    inner = _solve_upper(factors, moved.T, trans=1).T
    below = _lower(inner)
    return together(y, _lower(factors) @ below + below + _upper(inner) @ upper, None)


def _product(a: Expr, b: Expr) -> Expr:
    """a bᵀ of vectors or matrices."""
    return outer_products(a, b) if a.ndim == 1 else a @ b.T


def _half_and_whole(lu: Expr, x: Expr) -> tuple[Expr, Expr]:
    """u⁻ᵀ x and l⁻ᵀ u⁻ᵀ x."""
    half = _solve_upper(lu, x, trans=1)
    return half, _solve_lower(lu, half, trans=1)


@pullback("linalg_lu_solve")
def lu_solve(y_bar: Expr, lu: Expr, piv: Expr, b: Expr, *, y: Expr, trans: Any) -> Any:
    def in_factors() -> Expr:
        if trans:
            e, z = _half_and_whole(lu, b)
            return -(_lower(_product(z, _upper(lu) @ b_bar())) + _upper(_product(e, b_bar())))
        e, c = _half_and_whole(lu, y_bar)
        return -(_lower(_product(c, _upper(lu) @ y)) + _upper(_product(e, y)))

    made: list[Expr] = []

    def b_bar() -> Expr:
        if not made:
            made.append(lu.emit("linalg_lu_solve", lu, piv, y_bar, trans=0 if trans else 1))
        return made[0]

    return in_factors, None, b_bar


@pushforward("linalg_lu_solve")
def lu_solve_dot(tangents: Any, lu: Expr, piv: Expr, b: Expr, *, y: Expr, trans: Any) -> Any:
    lu_dot, _, b_dot = tangents
    y_dot = None if b_dot is None else lu.emit("linalg_lu_solve", lu, piv, b_dot, trans=trans)
    if lu_dot is None:
        return y_dot
    if trans:
        e, z = _half_and_whole(lu, b)
        moved = _upper(lu_dot).T @ e + _upper(lu).T @ (_lower(lu_dot).T @ z)
        change = -moved.emit("linalg_lu_solve", lu, piv, moved, trans=1)
    else:
        moved = _solve_lower(lu, _lower(lu_dot) @ (_upper(lu) @ y)) + _upper(lu_dot) @ y
        change = -_solve_upper(lu, moved)
    return change if y_dot is None else y_dot + change
