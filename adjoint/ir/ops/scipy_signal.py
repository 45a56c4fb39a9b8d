"""`scipy.signal`: convolutions and linear filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import signal

from adjoint.ir.core import Value
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.shapes import Shape, normalize_axes
from adjoint.ir.types import Array, Dim, Type


def _full(a: Dim, b: Dim) -> Dim:
    return a + b - 1 if isinstance(a, int) and isinstance(b, int) else None


def _valid(a: Dim, b: Dim) -> Dim:
    return max(a, b) - min(a, b) + 1 if isinstance(a, int) and isinstance(b, int) else None


def _shape(mode: Any, a: Shape, b: Shape) -> Shape:
    if mode == "same":
        return a
    if mode not in ("full", "valid"):
        raise TypeInferenceError(f"mode={mode!r} is not supported")
    return tuple(map(_full if mode == "full" else _valid, a, b))


def _convolution(function: Callable[..., Any], parameters: str, **attrs: Any) -> None:
    def infer(operands: Sequence[Value], given: Mapping[str, Any]) -> Type:
        a, b = map(array_operand, operands)
        if a.rank != b.rank or not a.rank:
            raise TypeInferenceError("a convolution takes two arrays of the same rank")
        dtype = str(np.asarray(function(np.ones(2, a.dtype), np.ones(2, b.dtype))).dtype)
        if np.dtype(dtype).kind == "c":
            raise TypeInferenceError("convolutions of scipy.signal are supported for real arrays only")
        return Array(dtype, _shape(given["mode"], a.shape, b.shape))

    define(
        OpDef(
            name=f"signal_{function.__name__}",
            infer=infer,
            evaluate=lambda a, b, **given: function(a, b, **given),
            operands=("in1", "in2"),
            attrs={"mode": "full", **attrs},
            callables={function: parameters},
        )
    )


_convolution(signal.convolve, "in1, in2, mode, method", method="auto")
_convolution(signal.correlate, "in1, in2, mode, method", method="auto")
_convolution(signal.fftconvolve, "in1, in2, mode, axes")
_convolution(signal.oaconvolve, "in1, in2, mode, axes")


def _infer_lfilter(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    b, a, x = map(array_operand, operands)
    if b.rank != 1 or a.rank != 1 or not x.rank:
        raise TypeInferenceError("lfilter takes two vectors of coefficients and an array")
    normalize_axes(attrs["axis"], x.rank)
    dtype = np.result_type(b.dtype, a.dtype, x.dtype)
    if dtype.kind == "c":
        raise TypeInferenceError("lfilter is supported for real arrays only")
    return Array(str(dtype if dtype.kind == "f" else np.dtype(float)), x.shape)


define(
    OpDef(
        name="signal_lfilter",
        infer=_infer_lfilter,
        evaluate=lambda b, a, x, axis: signal.lfilter(b, a, x, axis),
        operands=("b", "a", "x"),
        attrs={"axis": -1},
        callables={signal.lfilter: "b, a, x, axis, zi"},
    )
)


def _infer_detrend(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    if not x.rank or np.dtype(x.dtype).kind == "c" or attrs["type"] not in ("linear", "constant"):
        raise TypeInferenceError("detrend is supported for real arrays, with type 'linear' or 'constant'")
    normalize_axes(attrs["axis"], x.rank)
    return Array(x.dtype if x.dtype in ("float32", "float64") else "float64", x.shape)


define(
    OpDef(
        name="signal_detrend",
        infer=_infer_detrend,
        evaluate=lambda x, axis, type: signal.detrend(x, axis, type),
        operands=("x",),
        attrs={"axis": -1, "type": "linear"},
        callables={signal.detrend: "x, axis, type"},
    )
)
