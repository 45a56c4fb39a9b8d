"""Decompositions of matrices. Those that give several arrays give NumPy's named tuple of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value
from adjoint.ir.ops.elementwise import numpy_names
from adjoint.ir.ops.linalg import floating, matrix, real, square
from adjoint.ir.ops.products import check_equal, product_dtype
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.types import Array, Dim, Layout, Sym, Tuple, Type, may_be_one, same_dim


def _named(function: Callable[..., Any], *items: Type) -> Tuple:
    """The named tuple that a function of NumPy gives."""
    cls = type(function(np.eye(1)))
    return Tuple(items, Layout("named", cls._fields, cls))


# of square matrices


def _infer_slogdet(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a = square(operands[0])
    batch = a.shape[:-2]
    return _named(np.linalg.slogdet, Array(floating(a.dtype), batch), Array(real(a.dtype), batch))


define(
    OpDef(
        name="slogdet",
        infer=_infer_slogdet,
        evaluate=np.linalg.slogdet,
        operands=("a",),
        callables={np.linalg.slogdet: "a"},
    )
)


def _infer_cholesky(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a = square(operands[0])
    return Array(floating(a.dtype), a.shape)


def _cholesky(a: Any, upper: bool) -> Any:
    return np.linalg.cholesky(a, upper=True) if upper else np.linalg.cholesky(a)


define(
    OpDef(
        name="cholesky",
        infer=_infer_cholesky,
        evaluate=_cholesky,
        operands=("a",),
        attrs={"upper": False},
        callables={np.linalg.cholesky: "a, upper"},
    )
)


def _check_triangle(attrs: Mapping[str, Any]) -> None:
    if attrs["UPLO"] not in ("L", "U", "l", "u"):
        raise TypeInferenceError(f"UPLO is 'L' or 'U', not {attrs['UPLO']!r}")


def _infer_eigh(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a = square(operands[0])
    _check_triangle(attrs)
    return _named(np.linalg.eigh, Array(real(a.dtype), a.shape[:-1]), Array(floating(a.dtype), a.shape))


def _infer_eigvalsh(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a = square(operands[0])
    _check_triangle(attrs)
    return Array(real(a.dtype), a.shape[:-1])


for _name, _function, _infer in (
    ("eigh", np.linalg.eigh, _infer_eigh),
    ("eigvalsh", np.linalg.eigvalsh, _infer_eigvalsh),
):
    define(
        OpDef(
            name=_name,
            infer=_infer,
            evaluate=lambda a, UPLO, function=_function: function(a, UPLO),
            operands=("a",),
            attrs={"UPLO": "L"},
            callables={_function: "a, UPLO"},
        )
    )


def _infer_eig(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    """Complex: NumPy gives real arrays where every eigenvalue of a real matrix is real."""
    a = square(operands[0])
    dtype = str(np.result_type(floating(a.dtype), np.complex64))
    return _named(np.linalg.eig, Array(dtype, a.shape[:-1]), Array(dtype, a.shape))


def _infer_eigvals(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a = square(operands[0])
    return Array(str(np.result_type(floating(a.dtype), np.complex64)), a.shape[:-1])


for _name, _general, _infer_general in (
    ("eig", np.linalg.eig, _infer_eig),
    ("eigvals", np.linalg.eigvals, _infer_eigvals),
):
    _evaluate: Any = _general
    define(OpDef(name=_name, infer=_infer_general, evaluate=_evaluate, operands=("a",), callables={_evaluate: "a"}))


# of any matrix


def smaller(a: Dim, b: Dim) -> Dim:
    """The smaller one of two extents: a number, one of them, or a symbol of its own."""
    if same_dim(a, b):
        return a
    if isinstance(a, int) and isinstance(b, int):
        return min(a, b)
    if a == 1 or b == 1:
        return 1
    return None if may_be_one(a) or may_be_one(b) else Sym(f"min({a},{b})", 0, False)


def _infer_qr(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a = matrix(operands[0])
    dtype, (m, n), batch = floating(a.dtype), a.shape[-2:], a.shape[:-2]
    k = smaller(m, n)
    if attrs["mode"] == "r":
        return Array(dtype, (*batch, k, n))
    if attrs["mode"] not in ("reduced", "complete"):
        raise TypeInferenceError(f"np.linalg.qr with mode={attrs['mode']!r}")
    if attrs["mode"] == "complete":
        k = m
    return _named(np.linalg.qr, Array(dtype, (*batch, m, k)), Array(dtype, (*batch, k, n)))


define(
    OpDef(
        name="qr",
        infer=_infer_qr,
        evaluate=lambda a, mode: np.linalg.qr(a, mode),
        operands=("a",),
        attrs={"mode": "reduced"},
        callables={np.linalg.qr: "a, mode"},
    )
)


def _infer_svdvals(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a = matrix(operands[0])
    return Array(real(a.dtype), (*a.shape[:-2], smaller(*a.shape[-2:])))


def _infer_svd(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a = matrix(operands[0])
    values = _infer_svdvals(operands, attrs)
    if not attrs["compute_uv"]:
        return values
    dtype, (m, n), batch = floating(a.dtype), a.shape[-2:], a.shape[:-2]
    k = smaller(m, n)
    left, right = (m, n) if attrs["full_matrices"] else (k, k)
    return _named(np.linalg.svd, Array(dtype, (*batch, m, left)), values, Array(dtype, (*batch, right, n)))


define(
    OpDef(
        name="svd",
        infer=_infer_svd,
        evaluate=lambda a, full_matrices, compute_uv: np.linalg.svd(a, full_matrices, compute_uv),
        operands=("a",),
        attrs={"full_matrices": True, "compute_uv": True},
        callables={np.linalg.svd: "a, full_matrices, compute_uv, hermitian"},
    )
)
define(
    OpDef(
        name="svdvals",
        infer=_infer_svdvals,
        evaluate=lambda x: np.linalg.svd(x, compute_uv=False),
        operands=("x",),
        callables=numpy_names("linalg.svdvals", "x"),
    )
)


def _infer_lstsq(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = map(array_operand, operands)
    if a.rank != 2 or b.rank not in (1, 2):
        raise TypeInferenceError(f"np.linalg.lstsq takes a matrix and a vector or matrix, not {a} and {b}")
    check_equal(a.shape[0], b.shape[0])
    dtype, values = floating(product_dtype(a, b)), Array(real(product_dtype(a, b)), (smaller(*a.shape),))
    solution = Array(dtype, (a.shape[1], *b.shape[1:]))
    return Tuple((solution, Array(real(dtype), (None,)), Array("int32", ()), values))


define(
    OpDef(
        name="lstsq",
        infer=_infer_lstsq,
        evaluate=lambda a, b, rcond: np.linalg.lstsq(a, b, rcond),
        operands=("a", "b"),
        attrs={"rcond": None},
        callables={np.linalg.lstsq: "a, b, rcond"},
    )
)
