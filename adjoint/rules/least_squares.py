"""Pseudoinverses and least squares, for matrices of constant rank."""

from __future__ import annotations

from typing import Any

from adjoint.rules.decompositions import cotangent, parts, plus, together, values_bar, values_dot
from adjoint.rules.expr import Expr, extent
from adjoint.rules.products import outer_products, transposed
from adjoint.rules.registry import RuleMissing, pullback, pushforward


@pullback("pinv")
def pinv(y_bar: Expr, a: Expr, *, y: Expr) -> Any:
    """dy = -y da y + y yᵀ daᵀ (1 - a y) + (1 - y a) daᵀ yᵀ y

    Source: Golub and Pereyra (1973), for matrices of constant rank.
    """
    yt, back = transposed(y), transposed(y_bar)
    left, right = back @ y @ yt, yt @ y @ back
    return -(yt @ y_bar @ yt) + (left - a @ (y @ left)) + (right - (right @ y) @ a)


@pushforward("pinv")
def pinv_dot(tangents: Any, a: Expr, *, y: Expr) -> Any:
    (a_dot,) = tangents
    yt, back = transposed(y), transposed(a_dot)
    left, right = y @ yt @ back, back @ yt @ y
    return -(y @ a_dot @ y) + (left - (left @ a) @ y) + (right - y @ (a @ right))


@pullback("lstsq")
def lstsq(y_bar: Expr, a: Expr, b: Expr, *, y: Expr, rcond: Any) -> Any:
    """Of the solution `pinv(a) @ b` for matrices of constant rank, of its residuals and of the singular values."""
    x_bar, residuals_bar, _, s_bar = (cotangent(y_bar, index) for index in range(4))
    x = parts(y)[0]
    left = b - a @ x
    a_bar, b_bar = None, None
    if x_bar is not None:
        p = a.emit("pinv", a, rcond=rcond)
        b_bar = p.T @ x_bar
        a_bar = _outer(left, p @ b_bar) - _outer(b_bar, x) + _outer(p.T @ x, x_bar - a.T @ b_bar)
    if residuals_bar is not None:
        if b.ndim > 1:
            raise RuleMissing("lstsq", "the residuals of several right sides are not supported", "write `b - a @ x`")
        moved = 2 * residuals_bar.sum() * left
        a_bar, b_bar = plus(a_bar, -_outer(moved, x)), plus(b_bar, moved)
    if s_bar is not None:
        a_bar = plus(a_bar, values_bar(s_bar, a))
    return a_bar, b_bar


def _outer(a: Expr, b: Expr) -> Expr:
    """a bᵀ of vectors or of matrices."""
    return outer_products(a, b) if a.ndim == 1 else a @ b.T


@pushforward("lstsq")
def lstsq_dot(tangents: Any, a: Expr, b: Expr, *, y: Expr, rcond: Any) -> Any:
    a_dot, b_dot = tangents
    x, residuals, _, s = parts(y)
    p, left = a.emit("pinv", a, rcond=rcond), b - a @ x
    moved = b_dot if a_dot is None else -(a_dot @ x) if b_dot is None else b_dot - a_dot @ x
    x_dot = p @ moved
    s_dot: Any = s.emit("zeros_like", s)
    if a_dot is not None:
        back = a_dot.T @ left
        x_dot = x_dot + p @ (p.T @ back) + (a_dot.T @ (p.T @ x) - p @ (a @ (a_dot.T @ (p.T @ x))))
        s_dot = values_dot(a_dot, a)
    sums = (2 * left * moved).sum(axis=0)
    sums = sums.emit("atleast_1d", sums)[: extent(residuals, 0)]  # there are none where the rank is not full
    return together(y, x_dot, sums, None, s_dot)
