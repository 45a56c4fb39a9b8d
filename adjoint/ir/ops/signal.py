"""Convolutions of vectors, and tables read between their entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value
from adjoint.ir.extents import extent_of
from adjoint.ir.ops.cumulative import longer
from adjoint.ir.ops.polynomials import larger_extent, vector
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.types import Array, Dim, Sym, Type, is_complex, same_dim


def _valid_extent(a: Dim, b: Dim) -> Dim:
    """Where the shorter of two vectors lies wholly in the longer one."""
    if isinstance(a, int) and isinstance(b, int):
        return abs(a - b) + 1
    if a is None or b is None:
        return None
    return 1 if same_dim(a, b) else Sym(f"abs(({a})-({b}))+1")


def _sliding(name: str, function: Callable[..., Any], mode: str) -> None:
    """A product of one vector with the other moved along it."""

    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        a, v = (vector(operand, f"an operand of np.{name}") for operand in operands)
        dtype = str(np.result_type(a.dtype, v.dtype))
        one, other = a.shape[0], v.shape[0]
        if attrs["mode"] == "full":
            return Array(dtype, (longer(one, [other], 1),))
        if attrs["mode"] not in ("same", "valid"):
            raise TypeInferenceError(f"{attrs['mode']!r} is no mode of np.{name}")
        return Array(dtype, (larger_extent(one, other) if attrs["mode"] == "same" else _valid_extent(one, other),))

    define(
        OpDef(
            name=name,
            infer=infer,
            evaluate=lambda a, v, mode: function(a, v, mode),
            operands=("a", "v"),
            attrs={"mode": mode},
            callables={function: "a, v, mode"},
        )
    )


_sliding("convolve", np.convolve, "full")
_sliding("correlate", np.correlate, "valid")


def _infer_interp(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    vector(operands[1], "the places of np.interp")
    vector(operands[2], "the values of np.interp")
    if any(is_complex(array_operand(operand)) for operand in operands[:3]):
        raise TypeInferenceError("np.interp is supported for real numbers only")
    return Array("float64", array_operand(operands[0]).shape)


define(
    OpDef(
        name="interp",
        infer=_infer_interp,
        evaluate=lambda x, xp, fp, left=None, right=None, *, period: np.interp(x, xp, fp, left, right, period),
        operands=("x", "xp", "fp", "left?", "right?"),
        attrs={"period": None},
        callables={np.interp: "x, xp, fp, left, right, period"},
    )
)


def _infer_window(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    return Array("float64", (extent_of(operands[0]),))


def _window(name: str, function: Callable[..., Any], *more: str) -> None:
    define(
        OpDef(
            name=name,
            infer=_infer_window,
            evaluate=function,
            operands=("M", *more),
            callables={function: ", ".join(("M", *more))},
        )
    )


for _name in ("bartlett", "blackman", "hamming", "hanning"):
    _window(_name, getattr(np, _name))
_window("kaiser", np.kaiser, "beta")
