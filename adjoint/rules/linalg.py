"""Cotangents of inverses, determinants, norms. Source: M. Giles (2008), collected matrix derivative results."""

from __future__ import annotations

import math
from functools import reduce
from operator import mul
from typing import Any

from adjoint.ir.ops.linalg import solution_order
from adjoint.ir.shapes import normalize_axes
from adjoint.ir.types import is_complex, same_dim
from adjoint.rules.complexes import conjugate
from adjoint.rules.elementwise import nonzero
from adjoint.rules.expr import Expr, extent
from adjoint.rules.products import axes_at_end, column, in_order, outer_products, times, transposed, turned, unstacked
from adjoint.rules.reductions import spread
from adjoint.rules.registry import RuleMissing, composite, linear, piecewise_constant, pullback, pushforward

# inverses and determinants


@pullback("inv")
def inv(y_bar: Expr, a: Expr, *, y: Expr) -> Any:
    """dy = -y da y."""
    return -(transposed(y) @ y_bar @ transposed(y))


@pushforward("inv")
def inv_dot(tangents: Any, a: Expr, *, y: Expr) -> Any:
    return -(y @ tangents[0] @ y)


@pullback("solve")
def solve(y_bar: Expr, a: Expr, b: Expr, *, y: Expr) -> Any:
    """Cotangents of `y = solve(a, b)`: solve aᵀ b_bar = y_bar, then a_bar = -b_bar yᵀ."""
    if a.ndim == 2 and b.ndim <= 2:
        b_bar = y_bar.emit("solve", a.T, y_bar)
        return lambda: -outer_products(b_bar, y) if b.ndim == 1 else -(b_bar @ y.T), b_bar
    if b.ndim > 1:
        b_bar = y_bar.emit("solve", transposed(a), y_bar)
        return lambda: unstacked(-(b_bar @ transposed(y)), a), lambda: unstacked(b_bar, b)
    b_bar = y_bar.emit("solve", transposed(a), column(y_bar))[..., 0]
    return lambda: -outer_products(b_bar, y), lambda: unstacked(b_bar, b, 1)


@pushforward("solve")
def solve_dot(tangents: Any, a: Expr, b: Expr, *, y: Expr) -> Any:
    a_dot, b_dot = tangents
    if b.ndim == 1 and a.ndim > 2:  # a vector for each matrix
        if a_dot is None:
            return a.emit("solve", a, b_dot)
        right = -(a_dot @ column(y)) if b_dot is None else column(b_dot) - a_dot @ column(y)
        return a.emit("solve", a, right)[..., 0]
    if a_dot is None:
        return a.emit("solve", a, b_dot)
    return a.emit("solve", a, b_dot - a_dot @ y) if b_dot is not None else -a.emit("solve", a, a_dot @ y)


@pullback("det")
def det(y_bar: Expr, a: Expr, *, y: Expr) -> Any:
    """y times the transposed inverse: needs a regular matrix."""
    return over_matrices(y_bar * y, a) * transposed(a.emit("inv", a))


@pushforward("det")
def det_dot(tangents: Any, a: Expr, *, y: Expr) -> Any:
    return y * trace_of_product(a.emit("inv", a), tangents[0])


def over_matrices(numbers: Expr, a: Expr) -> Expr:
    """A number for each matrix of a stack, where it broadcasts to the matrices."""
    return numbers if a.ndim == 2 else numbers[..., None, None]


def trace_of_product(a: Expr, b: Expr) -> Expr:
    """tr(a b), without the product."""
    product = transposed(a) * b
    return product.sum() if product.ndim == 2 else product.sum(axis=(-2, -1))


@composite("tensorinv")
def tensorinv(a: Expr, *, ind: Any) -> Any:
    """The inverse of the matrix whose rows are the first `ind` axes."""
    extents = tuple(extent(a, i) for i in range(a.ndim))
    square = a.emit("reshape", a, _count(extents[:ind]), _count(extents[ind:]))
    inverse = square.emit("inv", square)
    return inverse.emit("reshape", inverse, *extents[ind:], *extents[:ind])


@composite("tensorsolve")
def tensorsolve(a: Expr, b: Expr, *, axes: Any) -> Any:
    order = solution_order(a.ndim, axes)
    moved = turned(a, order)
    rest = tuple(extent(moved, i) for i in range(b.ndim, a.ndim))
    square = moved.emit("reshape", moved, _count(tuple(extent(b, i) for i in range(b.ndim))), _count(rest))
    return square.emit("solve", square, b if b.ndim == 1 else b.ravel()).reshape(*rest)


def _count(extents: Any) -> Any:
    return reduce(mul, extents, 1) if len(extents) != 1 else extents[0]


piecewise_constant("matrix_rank")


# norms


@composite("norm")
def norm(x: Expr, *, ord: Any, axis: Any, keepdims: Any) -> Any:
    """Of powers: dy = sign(x) (|x| / y)**(p - 1) dx. The others by their definition."""
    axes = normalize_axes(axis, x.ndim)
    if ord is None:
        return None
    if len(axes) == 1:
        return _vector_norm(x, ord, axes[0], keepdims)
    rows, columns = (each % x.ndim for each in axis) if axis is not None else (0, 1)
    return _matrix_norm(x, ord, rows, columns, keepdims)


@composite("vector_norm")
def vector_norm(x: Expr, *, axis: Any, keepdims: Any, ord: Any) -> Any:
    return _vector_norm(x, ord, axis, keepdims)


@composite("matrix_norm")
def matrix_norm(x: Expr, *, keepdims: Any, ord: Any) -> Any:
    return _matrix_norm(x, ord, x.ndim - 2, x.ndim - 1, keepdims)


def _vector_norm(x: Expr, ord: Any, axis: Any, keepdims: Any) -> Expr | None:
    if not isinstance(ord, int | float):
        raise RuleMissing("norm", f"there is no norm {ord!r} of vectors", "choose another `ord`")
    if ord in (math.inf, -math.inf):
        size = x.emit("absolute", x)
        reduced = size.max if ord > 0 else size.min
        return reduced(axis=axis, keepdims=keepdims)
    if ord == 1:
        return x.emit("absolute", x).sum(axis=axis, keepdims=keepdims)
    if ord == 0:  # how many are not 0
        count = x.emit("ne", x, 0).sum(axis=axis, keepdims=keepdims)
        return count.emit("astype", count, dtype=float)
    return None


def _matrix_norm(x: Expr, ord: Any, rows: int, columns: int, keepdims: Any) -> Expr | None:
    if ord in (None, "fro", "f"):
        return None
    if ord in (1, -1, math.inf, -math.inf):
        summed, left = (rows, columns) if abs(ord) == 1 else (columns, rows)
        sums = x.emit("absolute", x).sum(axis=summed, keepdims=keepdims)
        reduced = sums.max if ord > 0 else sums.min
        if sums.ndim == 1:
            return reduced()
        return reduced(axis=left if keepdims or left < summed else left - 1, keepdims=keepdims)
    if ord not in (2, -2, "nuc"):
        raise RuleMissing("norm", f"there is no norm {ord!r} of matrices", "choose another `ord`")
    size = _of_singular_values(turned(x, axes_at_end(x.ndim, rows, columns)), ord)
    return size.emit("expand_dims", size, axis=tuple(sorted((rows, columns)))) if keepdims else size


def _of_singular_values(x: Expr, ord: Any) -> Expr:
    """NumPy sorts them: the largest one is the first."""
    values = x.emit("svd", x, compute_uv=False)
    if ord == "nuc":
        return values.sum() if values.ndim == 1 else values.sum(axis=-1)
    at = 0 if ord == 2 else -1
    return values[at] if values.ndim == 1 else values[..., at]


@composite("cond")
def cond(x: Expr, *, p: Any) -> Any:
    if p in (None, 2, -2):
        large, small = _of_singular_values(x, 2), _of_singular_values(x, -2)
        return small / large if p == -2 else large / small
    inverse = x.emit("inv", x)
    sizes = [each.emit("norm", each, ord=p, axis=None if x.ndim == 2 else (-2, -1)) for each in (x, inverse)]
    return sizes[0] * sizes[1]


def _power(ord: Any) -> float:
    """The exponent of a norm that is the root of a sum of powers."""
    return 2 if ord in (None, "fro", "f") else ord


def _power_bar(y_bar: Expr, x: Expr, y: Expr, axis: Any, keepdims: Any, p: float) -> Expr:
    """x / y, and with another exponent p: sign(x) (|x| / y)**(p - 1). 0 at the origin."""
    if p == 2:
        return spread(y_bar / nonzero(y), axis, keepdims, x.ndim) * conjugate(x)
    return spread(y_bar, axis, keepdims, x.ndim) * _power_partial(x, y, axis, keepdims, p)


def _power_dot(x_dot: Expr, x: Expr, y: Expr, axis: Any, keepdims: Any, p: float) -> Expr:
    if p == 2:
        return (conjugate(x) * x_dot).sum(axis=axis, keepdims=keepdims) / nonzero(y)
    return (_power_partial(x, y, axis, keepdims, p) * x_dot).sum(axis=axis, keepdims=keepdims)


def _power_partial(x: Expr, y: Expr, axis: Any, keepdims: Any, p: float) -> Expr:
    own = x.emit("absolute", x)
    size = own / spread(nonzero(y), axis, keepdims, x.ndim)
    return (conjugate(x) / nonzero(own) if is_complex(x.type) else x.emit("sign", x)) * size ** (p - 1)


@pullback("norm")
def norm_bar(y_bar: Expr, x: Expr, *, y: Expr, ord: Any, axis: Any, keepdims: Any) -> Any:
    return _power_bar(y_bar, x, y, axis, keepdims, _power(ord))


@pushforward("norm")
def norm_dot(tangents: Any, x: Expr, *, y: Expr, ord: Any, axis: Any, keepdims: Any) -> Any:
    return _power_dot(tangents[0], x, y, axis, keepdims, _power(ord))


@pullback("vector_norm")
def vector_norm_bar(y_bar: Expr, x: Expr, *, y: Expr, axis: Any, keepdims: Any, ord: Any) -> Any:
    return _power_bar(y_bar, x, y, axis, keepdims, ord)


@pushforward("vector_norm")
def vector_norm_dot(tangents: Any, x: Expr, *, y: Expr, axis: Any, keepdims: Any, ord: Any) -> Any:
    return _power_dot(tangents[0], x, y, axis, keepdims, ord)


@pullback("matrix_norm")
def matrix_norm_bar(y_bar: Expr, x: Expr, *, y: Expr, keepdims: Any) -> Any:
    return _power_bar(y_bar, x, y, (-2, -1), keepdims, 2)


@pushforward("matrix_norm")
def matrix_norm_dot(tangents: Any, x: Expr, *, y: Expr, keepdims: Any) -> Any:
    return _power_dot(tangents[0], x, y, (-2, -1), keepdims, 2)


# diagonals, triangles, transposes


@linear("trace")
def trace(y_bar: Expr, a: Expr, *, offset: Any, axis1: Any, axis2: Any) -> Any:
    rows, columns = axis1 % a.ndim, axis2 % a.ndim
    ones = a.emit("eye", extent(a, rows), extent(a, columns), k=offset)
    return _moved(times(over_matrices(y_bar, a), ones), rows, columns)


def _moved(x: Expr, rows: int, columns: int) -> Expr:
    """The last two axes at the places of the rows and columns."""
    return in_order(x, axes_at_end(x.ndim, rows, columns))


@linear("diagonal")
def diagonal(y_bar: Expr, a: Expr, *, offset: Any, axis1: Any, axis2: Any) -> Any:
    rows, columns = axis1 % a.ndim, axis2 % a.ndim
    return _moved(_on_diagonal(y_bar, a, offset, rows, columns), rows, columns)


def _on_diagonal(y_bar: Expr, a: Expr, k: int, rows: int = 0, columns: int = 1) -> Expr:
    """The last axis on the diagonals of matrices, between zeros; `rows` and `columns` are those of `a`."""
    if k == 0 and same_dim(a.dims[rows], a.dims[columns]):
        if y_bar.ndim == 1:
            return y_bar.emit("diag", y_bar)
        return column(y_bar) * a.emit("eye", extent(a, rows))
    number = y_bar.emit("arange", extent(y_bar, -1))
    row, col = (number - k, number) if k < 0 else (number, number + k if k else number)
    like = turned(a, axes_at_end(a.ndim, rows, columns))
    spec = ("array", "array") if a.ndim == 2 else ("...", "array", "array")
    return a.emit("index_add", a.emit("zeros_like", like), y_bar, row, col, spec=spec)


@composite("matrix_trace")
def matrix_trace(x: Expr, *, offset: Any) -> Any:
    return x.emit("trace", x, offset=offset, axis1=-2, axis2=-1)


@composite("matrix_diagonal")
def matrix_diagonal(x: Expr, *, offset: Any) -> Any:
    return x.emit("diagonal", x, offset=offset, axis1=-2, axis2=-1)


@linear("diag")
def diag(y_bar: Expr, v: Expr, *, k: Any) -> Any:
    """A vector's diagonal matrix and a matrix's diagonal are each other's transposes."""
    return y_bar.emit("diag", y_bar, k=k) if v.ndim == 1 else _on_diagonal(y_bar, v, k)


@composite("diagflat")
def diagflat(v: Expr, *, k: Any) -> Any:
    flat = v if v.ndim == 1 else v.emit("reshape", v, -1)
    return v.emit("diag", flat, k=k)


@linear("tril")
def tril(y_bar: Expr, m: Expr, *, k: Any) -> Any:
    return y_bar.emit("tril", y_bar, k=k)


@linear("triu")
def triu(y_bar: Expr, m: Expr, *, k: Any) -> Any:
    return y_bar.emit("triu", y_bar, k=k)


@linear("matrix_transpose", lazy="moves")
def matrix_transpose(y_bar: Expr, x: Expr) -> Any:
    return transposed(y_bar)
