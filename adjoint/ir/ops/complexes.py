"""Complex numbers: their parts, conjugate and angle, and how they are made of real ones.

The functions of `cmath` that NumPy and `math` have too are rows of `elementwise`, with `ns="cmath"`.
"""

from __future__ import annotations

import cmath
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value
from adjoint.ir.ops.elementwise import numpy_names, sampled_type
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import CHEAP, FREE, OpDef, TypeInferenceError, define
from adjoint.ir.types import BOOL, COMPLEX, FLOAT, INT, Array, Scalar, Type, as_array, is_complex, is_numeric, rank_of


def real_dtype(dtype: str) -> str:
    """The dtype of the real part: float32 of complex64, and what is real as it is."""
    return str(np.empty(0, dtype).real.dtype)


def _infer_part(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    t = operands[0].type
    if isinstance(t, Scalar):
        return FLOAT if t == COMPLEX else INT if t == BOOL else t
    x = array_operand(operands[0])
    return Array(real_dtype(x.dtype), x.shape)


for _name, _part in (("real", np.real), ("imag", np.imag)):
    define(
        OpDef(
            name=_name,
            infer=_infer_part,
            evaluate=_part,
            operands=("x",),
            callables={_part: "x"},
            cost=FREE,
            fresh=False,  # a view of the array
        )
    )


def _infer_conjugate(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    """A Python number's own method keeps it a Python number."""
    if attrs["ns"] != "np" and isinstance(operands[0].type, Scalar):
        return operands[0].type
    return sampled_type(np.conj, operands)


define(
    OpDef(
        name="conj",
        infer=_infer_conjugate,
        evaluate=lambda x, ns: np.conj(x) if ns == "np" else x.conjugate(),
        operands=("x",),
        attrs={"ns": "np"},
        callables=numpy_names("conj", "x"),
        methods={"conj": "", "conjugate": ""},
        cost=CHEAP,
        elementwise=True,
    )
)


def _angle(x: Any, deg: Any = False, *, ns: str = "np") -> Any:
    return np.angle(x, deg) if ns == "np" else cmath.phase(x)


def _infer_angle(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    if attrs["ns"] == "np":
        return sampled_type(np.angle, operands)
    t = operands[0].type
    if not is_numeric(t) or rank_of(t):
        raise TypeInferenceError(f"cmath.phase takes a number, not {t}")
    return FLOAT


define(
    OpDef(
        name="angle",
        infer=_infer_angle,
        evaluate=_angle,
        operands=("x",),
        attrs={"deg": False, "ns": "np"},
        callables={np.angle: "x, deg", cmath.phase: "x"},
        elementwise=True,
    )
)


def _infer_complex(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    for operand in operands:
        if not is_numeric(operand.type) or rank_of(operand.type):
            raise TypeInferenceError(f"complex takes numbers, not {operand.type}")
    return COMPLEX


define(
    OpDef(
        name="complex",
        infer=_infer_complex,
        evaluate=complex,
        operands=("real", "imag?"),
        callables={complex: "real, imag"},
        cost=CHEAP,
    )
)
define(
    OpDef(
        name="rect",
        infer=_infer_complex,
        evaluate=cmath.rect,
        operands=("r", "phi"),
        callables={cmath.rect: "r, phi"},
    )
)


def _cast(dtype: str) -> None:
    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        t = operands[0].type
        if not isinstance(t, Scalar | Array):
            raise TypeInferenceError(f"{t} is not a number or an array")
        return Array(dtype, as_array(t).shape)

    function: Callable[..., Any] = getattr(np, dtype)
    define(
        OpDef(
            name=dtype,
            infer=infer,
            evaluate=function,
            operands=("x",),
            callables={function: "x"},
            cost=CHEAP,
            fresh=False,  # an array of that dtype is given back as it is
        )
    )


_cast("complex64")
_cast("complex128")

for _name, _test in (("isreal", np.isreal), ("iscomplex", np.iscomplex)):
    define(
        OpDef(
            name=_name,
            infer=lambda operands, attrs, test=_test: sampled_type(test, operands),  # type: ignore[misc]  # the default binds the loop variable
            evaluate=_test,
            operands=("x",),
            callables={_test: "x"},
            cost=CHEAP,
            elementwise=True,
        )
    )


def real_only(name: str, operands: Sequence[Value]) -> None:
    """Refuse complex operands. Raises TypeInferenceError."""
    if any(is_complex(operand.type) for operand in operands):
        raise TypeInferenceError(f"{name} is supported for real numbers only")
