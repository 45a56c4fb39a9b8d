"""Decompositions of `scipy.linalg`: they give plain tuples, and have defaults of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scipy import linalg

from adjoint.ir.core import Value
from adjoint.ir.ops.decompositions import smaller
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.ops.scipy_linalg import check_equal, floating, square
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.types import Array, Tuple, Type


def _matrix(value: Value) -> Array:
    x = array_operand(value)
    if x.rank != 2:
        raise TypeInferenceError(f"{x} is not a matrix")
    return x


def _infer_eigh(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a = square(operands[0])
    numbers = Array(floating(a), a.shape[:1])
    return numbers if attrs.get("eigvals_only", True) else Tuple((numbers, Array(floating(a), a.shape)))


define(
    OpDef(
        name="linalg_eigh",
        infer=_infer_eigh,
        evaluate=lambda a, lower, eigvals_only: linalg.eigh(a, lower=lower, eigvals_only=eigvals_only),
        operands=("a",),
        attrs={"lower": True, "eigvals_only": False},
        callables={linalg.eigh: "a, b, lower, eigvals_only"},
    )
)
define(
    OpDef(
        name="linalg_eigvalsh",
        infer=_infer_eigh,
        evaluate=lambda a, lower: linalg.eigvalsh(a, lower=lower),
        operands=("a",),
        attrs={"lower": True},
        callables={linalg.eigvalsh: "a, b, lower"},
    )
)


def _infer_svdvals(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a = _matrix(operands[0])
    return Array(floating(a), (smaller(*a.shape),))


def _infer_svd(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, numbers = _matrix(operands[0]), _infer_svdvals(operands, attrs)
    if not attrs["compute_uv"]:
        return numbers
    dtype, (m, n) = floating(a), a.shape
    left, right = (m, n) if attrs["full_matrices"] else (smaller(m, n), smaller(m, n))
    return Tuple((Array(dtype, (m, left)), numbers, Array(dtype, (right, n))))


define(
    OpDef(
        name="linalg_svd",
        infer=_infer_svd,
        evaluate=lambda a, full_matrices, compute_uv: linalg.svd(a, full_matrices, compute_uv),
        operands=("a",),
        attrs={"full_matrices": True, "compute_uv": True},
        callables={linalg.svd: "a, full_matrices, compute_uv, overwrite_a, check_finite"},
    )
)
define(
    OpDef(
        name="linalg_svdvals",
        infer=_infer_svdvals,
        evaluate=linalg.svdvals,
        operands=("a",),
        callables={linalg.svdvals: "a, overwrite_a, check_finite"},
    )
)


def _infer_qr(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a = _matrix(operands[0])
    dtype, (m, n) = floating(a), a.shape
    if attrs["mode"] == "r":
        return Tuple((Array(dtype, (m, n)),))
    if attrs["mode"] not in ("full", "economic"):
        raise TypeInferenceError(f"mode={attrs['mode']!r} is not supported")
    k = m if attrs["mode"] == "full" else smaller(m, n)
    return Tuple((Array(dtype, (m, k)), Array(dtype, (k, n))))


define(
    OpDef(
        name="linalg_qr",
        infer=_infer_qr,
        evaluate=lambda a, mode: linalg.qr(a, mode=mode),
        operands=("a",),
        attrs={"mode": "full"},
        callables={linalg.qr: "a, overwrite_a, lwork, mode, pivoting, check_finite"},
    )
)


def _infer_pinv(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a = _matrix(operands[0])
    return Array(floating(a), a.shape[::-1])


define(
    OpDef(
        name="linalg_pinv",
        infer=_infer_pinv,
        evaluate=lambda a, atol, rtol: linalg.pinv(a, atol=atol, rtol=rtol),
        operands=("a",),
        attrs={"atol": None, "rtol": None},
        callables={linalg.pinv: "a, atol, rtol, return_rank, check_finite"},
    )
)


def _infer_lstsq(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = _matrix(operands[0]), array_operand(operands[1])
    if b.rank not in (1, 2):
        raise TypeInferenceError(f"the right side is a vector or a matrix, not {b}")
    check_equal(a.shape[0], b.shape[0])
    dtype = floating(a, b)
    sums = Array(dtype, () if b.rank == 1 else (None,))
    return Tuple(
        (Array(dtype, (a.shape[1], *b.shape[1:])), sums, Array("int32", ()), Array(dtype, (smaller(*a.shape),)))
    )


define(
    OpDef(
        name="linalg_lstsq",
        infer=_infer_lstsq,
        evaluate=lambda a, b, cond: linalg.lstsq(a, b, cond),
        operands=("a", "b"),
        attrs={"cond": None},
        callables={linalg.lstsq: "a, b, cond, overwrite_a, overwrite_b, check_finite"},
    )
)


# -- triangular factors


def _infer_lu(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a = square(operands[0])
    return Tuple((Array(floating(a), a.shape),) * 3)


def _infer_lu_factor(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a = square(operands[0])
    return Tuple((Array(floating(a), a.shape), Array("int32", a.shape[:1])))


def _infer_lu_solve(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    lu, b = square(operands[0]), array_operand(operands[2])
    if b.rank not in (1, 2):
        raise TypeInferenceError(f"the right side is a vector or a matrix, not {b}")
    if attrs["trans"] not in (0, 1, 2):
        raise TypeInferenceError(f"trans={attrs['trans']!r} is not supported")
    check_equal(lu.shape[0], b.shape[0])
    return Array(floating(lu, b), b.shape)


define(
    OpDef(
        name="linalg_lu",
        infer=_infer_lu,
        evaluate=linalg.lu,
        operands=("a",),
        callables={linalg.lu: "a, permute_l, overwrite_a, check_finite, p_indices"},
    )
)
define(
    OpDef(
        name="linalg_lu_factor",
        infer=_infer_lu_factor,
        evaluate=linalg.lu_factor,
        operands=("a",),
        callables={linalg.lu_factor: "a, overwrite_a, check_finite"},
    )
)
define(
    OpDef(
        name="linalg_lu_solve",
        infer=_infer_lu_solve,
        evaluate=lambda lu, piv, b, trans: linalg.lu_solve((lu, piv), b, trans),
        operands=("lu", "piv", "b"),
        attrs={"trans": 0},
        callables={linalg.lu_solve: "lu, piv, b, trans, overwrite_b, check_finite"},
    )
)
