"""Interpolating functions of `scipy.interpolate`, made outside: `spline(x)` and its derivatives `spline(x, n)`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.types import Array, Type


def _infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    if np.dtype(x.dtype).kind == "c":
        raise TypeInferenceError("interpolating functions are supported at real numbers only")
    return Array("float64", x.shape)


define(
    OpDef(
        name="interpolated",
        infer=_infer,
        evaluate=lambda x, function, nu: function(x, nu),
        operands=("x",),
        attrs={"function": None, "nu": 0},
    )
)
