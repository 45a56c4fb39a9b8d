"""Cotangents of decompositions.

Cholesky and `eigh` read one triangle of their matrix; their derivatives are those of the symmetric matrix that it
stands for, and the gradient lies in that triangle. Where eigenvalues or singular values coincide the vectors have no
derivative: it is inf or nan. Source of the formulas: M. Giles (2008); I. Murray (2016) for Cholesky; J. Townsend (2016)
for the singular values; S. Walter and L. Lehmann (2010) for QR.
"""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

import numpy as np

from adjoint.ir.core import const_of, is_const
from adjoint.ir.types import Tuple, dtype_of, same_dim
from adjoint.rules.complexes import conjugate
from adjoint.rules.expr import Expr, extent
from adjoint.rules.linalg import over_matrices, trace_of_product
from adjoint.rules.products import column, row, times, transposed
from adjoint.rules.registry import RuleMissing, composite, pullback, pushforward


def parts(t: Expr, names: str = "") -> tuple[Expr, ...]:
    """The items of a tuple. Those of one that a rule makes are given names, under which it is taken apart."""
    assert isinstance(t.type, Tuple)
    items = tuple(t.emit("getitem", t, index=index) for index in range(len(t.type.items)))
    for item, name in zip(items, names.split()):
        item.value.name = name
    return items


def cotangent(y_bar: Expr, index: int) -> Expr | None:
    """The cotangent of one item of a tuple; None where it is zero."""
    op = y_bar.value.op
    if op is None or op.opcode != "tuple":
        return y_bar.emit("getitem", y_bar, index=index)
    item = op.operands[index]
    if is_const(item) and const_of(item) in (None, 0):
        return None
    is_zero = item.op is not None and item.op.derived and item.op.opcode == "zeros_like"
    return None if is_zero else Expr(y_bar.builder, item)


def together(y: Expr, *items: Any) -> Expr:
    """A tangent of the tuple `y`."""
    assert isinstance(y.type, Tuple)
    return y.emit("tuple", *items, layout=y.type.layout)


def scaled(x: Expr, numbers: Expr) -> Expr:
    """Each column times its number, `x @ diag(numbers)`."""
    return x * (numbers if x.ndim == 2 else row(numbers))


def diagonal_of(x: Expr) -> Expr:
    return x.emit("diag", x) if x.ndim == 2 else x.emit("diagonal", x, axis1=-2, axis2=-1)


def gaps(numbers: Expr) -> Expr:
    """1 / (numbers[j] - numbers[i]), and 0 where i = j."""
    narrow = {"dtype": np.float32} if dtype_of(numbers.type) == "float32" else {}
    ones = numbers.emit("eye", extent(numbers, -1), **narrow)
    across = numbers if numbers.ndim == 1 else row(numbers)
    return 1 / (across - column(numbers) + ones) - ones


def half_lower(x: Expr) -> Expr:
    """The lower triangle with half of the diagonal: of a symmetric `x = p + pᵀ` the triangle p."""
    return half_triangle(x, upper=False)


def half_triangle(x: Expr, *, upper: bool) -> Expr:
    """The triangle that is read, with half of the diagonal."""
    opcode, side = ("triu", 1) if upper else ("tril", -1)
    if x.ndim == 2:
        return x.emit(opcode, x) - x.emit("diag", diagonal_of(x) / 2)
    return (x.emit(opcode, x) + x.emit(opcode, x, k=side)) / 2


def symmetric(a: Expr, *, upper: bool = False) -> Expr:
    """The symmetric matrix that one triangle stands for."""
    if upper:
        return a.emit("triu", a) + transposed(a.emit("triu", a, k=1))
    return a.emit("tril", a) + transposed(a.emit("tril", a, k=-1))


def on_triangle(share: Expr, *, upper: bool = False) -> Expr:
    """The cotangent of one triangle from that of the symmetric matrix it stands for."""
    back = transposed(share)
    if upper:
        return share.emit("triu", share) + back.emit("triu", back, k=1)
    return share.emit("tril", share) + back.emit("tril", back, k=-1)


# determinants


@pullback("slogdet")
def slogdet(y_bar: Expr, a: Expr) -> Any:
    """The transposed inverse; the sign of a real matrix is constant."""
    log_bar = cotangent(y_bar, 1)
    return None if log_bar is None else times(over_matrices(log_bar, a), transposed(a.emit("inv", a)))


@pushforward("slogdet")
def slogdet_dot(tangents: Any, a: Expr, *, y: Expr) -> Any:
    sign = parts(y)[0]
    flat = sign.emit("zeros_like", sign) if sign.ndim else 0.0
    return together(y, flat, trace_of_product(a.emit("inv", a), tangents[0]))


# symmetric matrices


@pullback("cholesky")
def cholesky(y_bar: Expr, a: Expr, *, y: Expr, upper: Any) -> Any:
    """With l lᵀ = a: the cotangent of a is l⁻ᵀ p l⁻¹, where p is the half lower triangle of lᵀ l_bar.

    Of its sum with the transpose the half triangle is taken: p + pᵀ mirrors the lower triangle of lᵀ l_bar.
    """
    lt, bar = (y, transposed(y_bar)) if upper else (transposed(y), y_bar)
    inverse = y.emit("inv", y) if upper else transposed(y.emit("inv", y))
    return half_triangle(inverse @ symmetric(lt @ bar) @ transposed(inverse), upper=upper)


@pushforward("cholesky")
def cholesky_dot(tangents: Any, a: Expr, *, y: Expr, upper: Any) -> Any:
    """dl = l p, where p is the half lower triangle of l⁻¹ da l⁻ᵀ."""
    lower = transposed(y) if upper else y
    left = lower.emit("solve", lower, symmetric(tangents[0], upper=upper))
    y_dot = lower @ half_lower(lower.emit("solve", lower, transposed(left)))
    return transposed(y_dot) if upper else y_dot


@pullback("eigh")
def eigh(y_bar: Expr, a: Expr, *, y: Expr, UPLO: Any) -> Any:
    """dw = diag(vᵀ da v), dv = v (gaps * vᵀ da v)."""
    w_bar, v_bar = (cotangent(y_bar, index) for index in (0, 1))
    w, v = parts(y)
    vt = transposed(v)
    if v_bar is None:
        return None if w_bar is None else on_triangle(scaled(v, w_bar) @ vt, upper=UPLO in "Uu")
    inner = gaps(w) * (vt @ v_bar)
    if w_bar is not None:
        inner = inner + diagonal_matrix(w_bar)
    return on_triangle(v @ inner @ vt, upper=UPLO in "Uu")


def diagonal_matrix(numbers: Expr) -> Expr:
    """The numbers on a diagonal, of each matrix of a stack."""
    if numbers.ndim == 1:
        return numbers.emit("diag", numbers)
    return column(numbers) * numbers.emit("eye", extent(numbers, -1))


@pushforward("eigh")
def eigh_dot(tangents: Any, a: Expr, *, y: Expr, UPLO: Any) -> Any:
    w, v = parts(y)
    inner = transposed(v) @ symmetric(tangents[0], upper=UPLO in "Uu") @ v
    return together(y, diagonal_of(inner), v @ (gaps(w) * inner))


@pullback("eigvalsh")
def eigvalsh(y_bar: Expr, a: Expr, *, UPLO: Any) -> Any:
    """dw = diag(vᵀ da v)"""
    v = parts(a.emit("eigh", a, UPLO=UPLO), "w v")[1]
    return on_triangle(scaled(v, y_bar) @ transposed(v), upper=UPLO in "Uu")


@pushforward("eigvalsh")
def eigvalsh_dot(tangents: Any, a: Expr, *, UPLO: Any) -> Any:
    v = parts(a.emit("eigh", a, UPLO=UPLO), "w v")[1]
    return diagonal_of(transposed(v) @ symmetric(tangents[0], upper=UPLO in "Uu") @ v)


# eigenvalues of any square matrix


@pullback("eigvals")
def eigvals(y_bar: Expr, a: Expr) -> Any:
    """dw = diag(v⁻¹ da v), for eigenvalues that differ."""
    v = parts(a.emit("eig", a), "w v")[1]
    return _of_eigenvalues(v, y_bar)


def _of_eigenvalues(v: Expr, w_bar: Expr) -> Expr:
    vt = transposed(v)
    return vt.emit("solve", vt, column(w_bar) * vt)


@pushforward("eigvals")
def eigvals_dot(tangents: Any, a: Expr) -> Any:
    v = parts(a.emit("eig", a), "w v")[1]
    return diagonal_of(v.emit("solve", v, tangents[0] @ v))


@pullback("eig")
def eig(y_bar: Expr, a: Expr, *, y: Expr) -> Any:
    """dw = diag(c), dv = v (gaps * c) for c = v⁻¹ da v; then each vector keeps its length and its phase.

    LAPACK chooses vectors of length 1 whose largest component is real.
    """
    w_bar, v_bar = (cotangent(y_bar, index) for index in (0, 1))
    w, v = parts(y)
    if v_bar is None:
        return None if w_bar is None else _of_eigenvalues(v, w_bar)
    vt = transposed(v)
    along, chosen = (v_bar * v).sum(axis=-2, keepdims=True), _largest(v)
    turned = 1j * along.emit("imag", along) / (chosen * v).sum(axis=-2, keepdims=True)
    v_bar = v_bar - along.emit("real", along) * conjugate(v) - chosen * turned
    inner = gaps(w) * (vt @ v_bar)
    if w_bar is not None:
        inner = inner + diagonal_matrix(w_bar)
    return vt.emit("solve", vt, inner @ vt)


def _largest(v: Expr) -> Expr:
    """Where the largest component of each vector is."""
    size = v.emit("absolute", v)
    return size.equals(size.max(axis=-2, keepdims=True))


@pushforward("eig")
def eig_dot(tangents: Any, a: Expr, *, y: Expr) -> Any:
    w, v = parts(y)
    inner = v.emit("solve", v, tangents[0] @ v)
    v_dot, chosen = v @ (gaps(w) * inner), _largest(v)
    along = (conjugate(v) * v_dot).sum(axis=-2, keepdims=True)
    turned = (chosen * v_dot).sum(axis=-2, keepdims=True) / (chosen * v).sum(axis=-2, keepdims=True)
    v_dot = v_dot - v * (along.emit("real", along) + 1j * turned.emit("imag", turned))
    return together(y, diagonal_of(inner), v_dot)


# orthogonal factors


@pullback("qr")
def qr(y_bar: Expr, a: Expr, *, y: Expr, mode: Any) -> Any:
    """dr = (p - w) r, dq = c - q (p - w), for c = da r⁻¹, p = qᵀc, and w = -wᵀ with the lower triangle of p."""
    if mode == "r":
        q, r = parts(a.emit("qr", a), "q r")
        return _qr_bar(q, r, None, y_bar)
    _check_complete(a, mode)
    q, r = parts(y)
    q_bar, r_bar = (cotangent(y_bar, index) for index in (0, 1))
    return None if q_bar is None and r_bar is None else _qr_bar(q, r, q_bar, r_bar)


def _qr_bar(q: Expr, r: Expr, q_bar: Expr | None, r_bar: Expr | None) -> Expr:
    inner = None if r_bar is None else r @ transposed(r_bar)
    if q_bar is not None:
        inner = plus(inner, -(transposed(q_bar) @ q))
    assert inner is not None
    share = plus(q_bar, q @ symmetric(inner))
    return transposed(r.emit("solve", r, transposed(share)))


def _check_complete(a: Expr, mode: Any) -> None:
    if mode == "complete" and not same_dim(*a.dims[-2:]):
        reason = "mode='complete' is supported for matrices that are known to be square"
        raise RuleMissing("qr", reason, "write mode='reduced'")


@pushforward("qr")
def qr_dot(tangents: Any, a: Expr, *, y: Expr, mode: Any) -> Any:
    if mode != "r":
        _check_complete(a, mode)
    q, r = parts(a.emit("qr", a), "q r") if mode == "r" else parts(y)
    rt = transposed(r)
    c = transposed(rt.emit("solve", rt, transposed(tangents[0])))
    p = transposed(q) @ c
    low = p.emit("tril", p, k=-1)
    turn = low - transposed(low)
    r_dot = (p - turn) @ r
    return r_dot if mode == "r" else together(y, c + q @ (turn - p), r_dot)


# singular values


@composite("svdvals")
def svdvals(x: Expr) -> Any:
    return x.emit("svd", x, compute_uv=False)


def values_bar(s_bar: Expr, a: Expr) -> Expr:
    """The cotangent of a matrix from that of its singular values."""
    u, _, vh = parts(a.emit("svd", a, full_matrices=False), "u s vh")
    return scaled(u, s_bar) @ vh


def values_dot(a_dot: Expr, a: Expr) -> Expr:
    """The tangent of its singular values."""
    u, _, vh = parts(a.emit("svd", a, full_matrices=False), "u s vh")
    return diagonal_of(transposed(u) @ a_dot @ transposed(vh))


@pullback("svd")
def svd(y_bar: Expr, a: Expr, *, y: Expr, full_matrices: Any, compute_uv: Any) -> Any:
    """ds = diag(uᵀ da v); the vectors turn against each other by the gaps between the squares of the values."""
    if not compute_uv:
        return values_bar(y_bar, a)
    u_bar, s_bar, vh_bar = (cotangent(y_bar, index) for index in range(3))
    if u_bar is None and vh_bar is None:
        if s_bar is None or full_matrices:
            return None if s_bar is None else values_bar(s_bar, a)
        u, _, vh = parts(y)
        return scaled(u, s_bar) @ vh
    u, s, vh = parts(y)
    between = _between(a, full_matrices)
    f, rest = gaps(s * s), []
    inner = None if s_bar is None else diagonal_matrix(s_bar)
    if u_bar is not None:
        ut, turned = transposed(u), transposed(u) @ u_bar
        inner = plus(inner, scaled(f * (turned - transposed(turned)), s))
        if between:
            u_bar = scaled(u_bar, 1 / s)
            rest.append((u_bar - u @ (ut @ u_bar)) @ vh)
    if vh_bar is not None:
        turned = vh @ transposed(vh_bar)
        inner = plus(inner, column(s) * (f * (turned - transposed(turned))))
        if between:
            rest.append(scaled(u, 1 / s) @ (vh_bar - (vh_bar @ transposed(vh)) @ vh))
    assert inner is not None
    return reduce(add, [u @ inner @ vh, *rest])


def plus(total: Expr | None, term: Expr) -> Expr:
    return term if total is None else total + term


def _between(a: Expr, full_matrices: Any) -> bool:
    """Whether the singular vectors may leave the spaces they span: not those of a square matrix.

    With all vectors of a matrix that is not square the formulas do not fit, and NumPy raises.
    """
    rows, columns = a.dims[-2:]
    if full_matrices and rows != columns and (isinstance(rows, int) or isinstance(columns, int)):
        raise RuleMissing("svd", "the vectors of full_matrices=True are not unique", "write full_matrices=False")
    return not full_matrices and not same_dim(rows, columns)


@pushforward("svd")
def svd_dot(tangents: Any, a: Expr, *, y: Expr, full_matrices: Any, compute_uv: Any) -> Any:
    if not compute_uv:
        return values_dot(tangents[0], a)
    u, s, vh = parts(y)
    between = _between(a, full_matrices)
    a_dot, ut, v = tangents[0], transposed(u), transposed(vh)
    inner = ut @ a_dot @ v
    back, f = transposed(inner), gaps(s * s)
    u_dot = u @ (f * (scaled(inner, s) + column(s) * back))
    vh_dot = transposed(f * (column(s) * inner + scaled(back, s))) @ vh
    if between:
        moved = scaled(a_dot @ v, 1 / s)
        u_dot = u_dot + (moved - u @ (ut @ moved))
        moved = column(1 / s) * (ut @ a_dot)
        vh_dot = vh_dot + (moved - (moved @ v) @ vh)
    return together(y, u_dot, diagonal_of(inner), vh_dot)
