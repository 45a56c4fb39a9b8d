"""Cotangents of products, inverses and norms. Source: M. Giles (2008), collected matrix derivative results."""

from __future__ import annotations

import math
from typing import Any

from adjoint.ir.types import may_be_one, same_dim
from adjoint.rules.elementwise import nonzero
from adjoint.rules.expr import Expr, extent
from adjoint.rules.reductions import spread
from adjoint.rules.registry import RuleMissing, bilinear, composite, linear, pullback, pushforward


def transposed(x: Expr) -> Expr:
    """The matrix transpose, also of a stack of matrices."""
    return x.T if x.ndim == 2 else x.emit("swapaxes", x, axis1=-1, axis2=-2)


# products


@bilinear("matmul", "dot")
def matmul(y_bar: Expr, a: Expr, b: Expr) -> Any:
    """By ranks; a stack of matrices is a matrix for each."""
    if a.ndim == 1 and b.ndim == 1:
        return lambda: y_bar * b, lambda: y_bar * a
    if a.ndim == 2 and b.ndim == 1:
        return lambda: y_bar.emit("outer", y_bar, b), lambda: a.T @ y_bar
    if a.ndim == 1 and b.ndim == 2:
        return lambda: b @ y_bar, lambda: a.emit("outer", a, y_bar)
    if a.ndim == 1 or b.ndim == 1:
        raise RuleMissing("matmul", "a stack of matrices times a vector is not supported")
    return lambda: _unstacked(y_bar @ transposed(b), a), lambda: _unstacked(transposed(a) @ y_bar, b)


def _unstacked(share: Expr, x: Expr, own: int = 2) -> Expr:
    """Sum over the dimensions before the operand's `own` last ones that it lacks or has once."""
    extra = share.ndim - x.ndim
    if extra:
        share = share.sum(axis=0 if extra == 1 else tuple(range(extra)))
    stacked = range(x.ndim - own)
    ones = tuple(i for i in stacked if x.dims[i] == 1 and share.dims[i] != 1)
    unclear = any(not same_dim(x.dims[i], share.dims[i]) and x.dims[i] != 1 and may_be_one(x.dims[i]) for i in stacked)
    if unclear:
        return share.emit("unbroadcast", share, x)
    return share.sum(axis=ones, keepdims=True) if ones else share


@composite("dot")
def dot(a: Expr, b: Expr) -> Any:
    """With a number it is the product."""
    return a * b if a.ndim == 0 or b.ndim == 0 else None


@composite("inner")
def inner(a: Expr, b: Expr) -> Any:
    """Sums over the last axis of both."""
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    if a.ndim > 2 or b.ndim > 2:
        raise RuleMissing("inner", "more than two dimensions are not supported")
    if b.ndim == 1:
        return a @ b
    return b @ a if a.ndim == 1 else a @ b.T


@composite("vdot")
def vdot(a: Expr, b: Expr) -> Any:
    left, right = (x if x.ndim == 1 else x.ravel() for x in (a, b))
    return left.emit("dot", left, right)


@composite("outer")
def outer_of_flat(a: Expr, b: Expr) -> Any:
    """Operands that are not vectors are flattened."""
    if a.ndim == b.ndim == 1:
        return None
    left, right = (x if x.ndim == 1 else x.emit("reshape", x, -1) for x in (a, b))
    return left.emit("outer", left, right)


@bilinear("outer")
def outer(y_bar: Expr, a: Expr, b: Expr) -> Any:
    return lambda: y_bar @ b, lambda: a @ y_bar


@bilinear("cross")
def cross(y_bar: Expr, a: Expr, b: Expr) -> Any:
    """a x b: cyclic in (a, b, y_bar)."""
    return (
        lambda: _unstacked(y_bar.emit("cross", b, y_bar), a, 1),
        lambda: _unstacked(y_bar.emit("cross", y_bar, a), b, 1),
    )


# inverses and determinants


@pullback("inv")
def inv(y_bar: Expr, x: Expr, *, y: Expr) -> Any:
    """dy = -y dx y."""
    return -(transposed(y) @ y_bar @ transposed(y))


@pushforward("inv")
def inv_dot(tangents: Any, x: Expr, *, y: Expr) -> Any:
    return -(y @ tangents[0] @ y)


@pullback("solve")
def solve(y_bar: Expr, a: Expr, b: Expr, *, y: Expr) -> Any:
    """Cotangents of `y = solve(a, b)`: solve aᵀ b_bar = y_bar, then a_bar = -b_bar yᵀ."""
    b_bar = y_bar.emit("solve", a.T, y_bar)
    return lambda: -b_bar.emit("outer", b_bar, y) if b.ndim == 1 else -(b_bar @ y.T), b_bar


@pushforward("solve")
def solve_dot(tangents: Any, a: Expr, b: Expr, *, y: Expr) -> Any:
    a_dot, b_dot = tangents
    if a_dot is None:
        return a.emit("solve", a, b_dot)
    return a.emit("solve", a, b_dot - a_dot @ y) if b_dot is not None else -a.emit("solve", a, a_dot @ y)


@pullback("det")
def det(y_bar: Expr, x: Expr, *, y: Expr) -> Any:
    """y times the transposed inverse: needs a regular matrix."""
    scale = y_bar * y
    return (scale if x.ndim == 2 else scale[..., None, None]) * transposed(x.emit("inv", x))


@pushforward("det")
def det_dot(tangents: Any, x: Expr, *, y: Expr) -> Any:
    if x.ndim != 2:
        raise RuleMissing("det", "a stack of matrices is not supported in forward mode")
    return y * (transposed(x.emit("inv", x)) * tangents[0]).sum()


# norms


def _is_vector_norm(x: Expr, axis: Any) -> bool:
    return isinstance(axis, int) or (axis is None and x.ndim == 1)


@composite("norm")
def norm(x: Expr, *, ord: Any, axis: Any, keepdims: Any) -> Any:
    """All norms but the Euclidean one, which has its own rule."""
    vector = _is_vector_norm(x, axis)
    if ord is None or (ord == 2 and vector) or (ord == "fro" and not vector):
        return None
    size = x.emit("absolute", x)
    if vector:
        return _vector_norm(size, ord, axis, keepdims)
    if axis is not None or keepdims or ord not in (1, -1, math.inf, -math.inf):
        raise RuleMissing("norm", f"the matrix norm {ord!r} is not supported")
    sums = size.sum(axis=0 if abs(ord) == 1 else 1)
    return sums.max() if ord > 0 else sums.min()


def _vector_norm(size: Expr, ord: Any, axis: Any, keepdims: Any) -> Expr:
    if not isinstance(ord, int | float) or ord == 0:
        raise RuleMissing("norm", f"the norm {ord!r} is not supported")
    if ord == math.inf:
        return size.max(axis=axis, keepdims=keepdims)
    if ord == -math.inf:
        return size.min(axis=axis, keepdims=keepdims)
    if ord == 1:
        return size.sum(axis=axis, keepdims=keepdims)
    return (size**ord).sum(axis=axis, keepdims=keepdims) ** (1.0 / ord)


@pullback("norm")
def norm_bar(y_bar: Expr, x: Expr, *, y: Expr, axis: Any, keepdims: Any) -> Any:
    """x / y; 0 at the origin, the mean of the one-sided derivatives."""
    return spread(y_bar / nonzero(y), axis, keepdims, x.ndim) * x


@pushforward("norm")
def norm_dot(tangents: Any, x: Expr, *, y: Expr, axis: Any, keepdims: Any) -> Any:
    return (x * tangents[0]).sum(axis=axis, keepdims=keepdims) / nonzero(y)


# diagonals and triangles


@linear("trace")
def trace(y_bar: Expr, x: Expr, *, offset: Any) -> Any:
    return y_bar * x.emit("eye", extent(x, 0), extent(x, 1), k=offset)


@linear("diag")
def diag(y_bar: Expr, x: Expr, *, k: Any) -> Any:
    """A vector's diagonal matrix and a matrix's diagonal are each other's transposes."""
    return y_bar.emit("diag", y_bar, k=k) if x.ndim == 1 else _on_diagonal(y_bar, x, k)


@linear("diagonal")
def diagonal(y_bar: Expr, x: Expr, *, offset: Any) -> Any:
    return _on_diagonal(y_bar, x, offset)


def _on_diagonal(y_bar: Expr, x: Expr, k: int) -> Expr:
    if k == 0 and same_dim(*x.dims):
        return y_bar.emit("diag", y_bar)
    number = y_bar.emit("arange", y_bar.size)
    row, column = (number - k, number) if k < 0 else (number, number + k if k else number)
    return x.emit("index_add", x.emit("zeros_like", x), y_bar, row, column, spec=("array", "array"))


@linear("tril")
def tril(y_bar: Expr, x: Expr, *, k: Any) -> Any:
    return y_bar.emit("tril", y_bar, k=k)


@linear("triu")
def triu(y_bar: Expr, x: Expr, *, k: Any) -> Any:
    return y_bar.emit("triu", y_bar, k=k)
