"""Polynomials as arrays of coefficients: values, derivatives, integrals, sums, products, least squares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.polynomial import polynomial

from adjoint.ir.core import Value
from adjoint.ir.ops.cumulative import longer
from adjoint.ir.ops.elementwise import sample
from adjoint.ir.ops.reductions import array_operand, given_of
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.shapes import shift
from adjoint.ir.types import Array, Dim, Sym, Type, may_be_one, same_dim


def vector(value: Value, what: str) -> Array:
    """The type of an operand that must be a vector. Raises TypeInferenceError."""
    t = array_operand(value)
    if t.rank != 1:
        raise TypeInferenceError(f"{what} is a vector, not {value.type}")
    return t


def larger_extent(a: Dim, b: Dim) -> Dim:
    """The larger of two extents."""
    if isinstance(a, int) and isinstance(b, int):
        return max(a, b)
    if a is None or b is None:
        return None
    return a if same_dim(a, b) else Sym(f"max({a}, {b})", 0, may_be_one(a) and may_be_one(b))


def _infer_values(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x, p = operands[attrs["at"]], vector(operands[1 - attrs["at"]], "a polynomial")
    one, coefficients = sample(x.type), np.ones(1, p.dtype)
    y = polynomial.polyval(one, coefficients) if attrs["at"] == 0 else np.polyval(coefficients, one)
    return Array(str(np.asarray(y).dtype), array_operand(x).shape)


define(
    OpDef(
        name="polyval",
        infer=lambda operands, attrs: _infer_values(operands, {"at": 1}),
        evaluate=np.polyval,
        operands=("p", "x"),
        callables={np.polyval: "p, x"},
    )
)
define(
    OpDef(
        name="polyval_ascending",
        infer=lambda operands, attrs: _infer_values(operands, {"at": 0}),
        evaluate=polynomial.polyval,
        operands=("x", "c"),
        callables={polynomial.polyval: "x, c, tensor"},
    )
)


def _infer_polyder(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    p = vector(operands[0], "a polynomial")
    if not isinstance(attrs["m"], int) or attrs["m"] < 0:
        raise TypeInferenceError("a polynomial is differentiated m times, m >= 0")
    return Array(str(np.polyder(np.ones(2, p.dtype), attrs["m"]).dtype), (shift(p.shape[0], -attrs["m"]),))


define(
    OpDef(
        name="polyder",
        infer=_infer_polyder,
        evaluate=np.polyder,
        operands=("p",),
        attrs={"m": 1},
        callables={np.polyder: "p, m"},
    )
)


def _infer_polyint(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    p, k = vector(operands[0], "a polynomial"), given_of((*operands, None)[1])
    if not isinstance(attrs["m"], int) or attrs["m"] < 0:
        raise TypeInferenceError("a polynomial is integrated m times, m >= 0")
    if k is not None and array_operand(k).rank > 1:
        raise TypeInferenceError(f"the constants are a number, or {attrs['m']} of them")
    constants = None if k is None else np.zeros(attrs["m"] or 1, array_operand(k).dtype)
    dtype = np.polyint(np.ones(2, p.dtype), attrs["m"], constants).dtype
    return Array(str(dtype), (longer(p.shape[0], [attrs["m"]], 0),))


define(
    OpDef(
        name="polyint",
        infer=_infer_polyint,
        evaluate=lambda p, k=None, *, m: np.polyint(p, m, k),
        operands=("p", "k?"),
        attrs={"m": 1},
        callables={np.polyint: "p, m, k"},
    )
)


def _infer_polyadd(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = (vector(operand, "a polynomial") for operand in operands)
    return Array(str(np.result_type(a.dtype, b.dtype)), (larger_extent(a.shape[0], b.shape[0]),))


for _name, _function in (("polyadd", np.polyadd), ("polysub", np.polysub)):
    define(
        OpDef(
            name=_name,
            infer=_infer_polyadd,
            evaluate=_function,
            operands=("a", "b"),
            callables={_function: "a, b"},
        )
    )


def _infer_polymul(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = (vector(operand, "a polynomial") for operand in operands)
    return Array(str(np.result_type(a.dtype, b.dtype)), (longer(a.shape[0], [b.shape[0]], 1),))


define(
    OpDef(
        name="polymul",
        infer=_infer_polymul,
        evaluate=np.polymul,
        operands=("a", "b"),
        callables={np.polymul: "a, b"},
    )
)


def _infer_vander(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = vector(operands[0], "what np.vander takes")
    columns: Dim = x.shape[0] if attrs["N"] is None else attrs["N"]
    return Array(str(np.vander(np.ones(1, x.dtype)).dtype), (x.shape[0], columns))


define(
    OpDef(
        name="vander",
        infer=_infer_vander,
        evaluate=lambda x, N, increasing: np.vander(x, N, increasing),
        operands=("x",),
        attrs={"N": None, "increasing": False},
        callables={np.vander: "x, N, increasing"},
    )
)


def _infer_polyfit(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x, y = vector(operands[0], "the places of np.polyfit"), array_operand(operands[1])
    if not isinstance(attrs["deg"], int) or attrs["deg"] < 0:
        raise TypeInferenceError("the degree of np.polyfit is one int")
    if y.rank not in (1, 2):
        raise TypeInferenceError(f"the values of np.polyfit are a vector or columns, not {operands[1].type}")
    dtype = np.polyfit(np.arange(2).astype(x.dtype), np.ones(2, y.dtype), 0).dtype
    return Array(str(dtype), (attrs["deg"] + 1, *y.shape[1:]))


define(
    OpDef(
        name="polyfit",
        infer=_infer_polyfit,
        evaluate=lambda x, y, w=None, *, deg: np.polyfit(x, y, deg, w=w),
        operands=("x", "y", "w?"),
        attrs={"deg": None},
        callables={np.polyfit: "x, y, deg, rcond, full, w, cov"},
    )
)
