"""Filters of `scipy.ndimage`, linear in the array; their weights and widths are constant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import ndimage

from adjoint.ir.core import Value
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.shapes import normalize_axes
from adjoint.ir.types import Type

PADDING = {"reflect": "symmetric", "mirror": "reflect", "nearest": "edge", "wrap": "wrap"}
"""What NumPy calls the ways to go on beyond the border."""
OTHER_NAMES = {"grid-mirror": "reflect", "grid-wrap": "wrap", "grid-constant": "constant"}


def _infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    if not x.rank or np.dtype(x.dtype).kind != "f":
        raise TypeInferenceError("filters of scipy.ndimage are supported for arrays of floats")
    if attrs["mode"] not in (*PADDING, *OTHER_NAMES, "constant"):
        raise TypeInferenceError(f"mode={attrs['mode']!r} is not supported")
    if "axis" in attrs:
        normalize_axes(attrs["axis"], x.rank)
    return x


def _filter(function: Callable[..., Any], operands: str, parameters: str, **attrs: Any) -> None:
    define(
        OpDef(
            name=f"ndimage_{function.__name__}",
            infer=_infer,
            evaluate=lambda *values, **given: function(*values, **given),
            operands=tuple(operands.split(", ")),
            attrs={**attrs, "mode": "reflect", "cval": 0.0},
            callables={function: parameters},
        )
    )


_WEIGHTED = "x, weights, axis, output, mode, cval, origin"
_filter(ndimage.correlate1d, "x, weights", _WEIGHTED, axis=-1, origin=0)
_filter(ndimage.convolve1d, "x, weights", _WEIGHTED, axis=-1, origin=0)
_filter(ndimage.uniform_filter1d, "x", "x, size, axis, output, mode, cval, origin", size=0, axis=-1, origin=0)
_filter(
    ndimage.gaussian_filter1d,
    "x",
    "x, sigma, axis, order, output, mode, cval, truncate",
    sigma=0.0,
    axis=-1,
    order=0,
    truncate=4.0,
)
_filter(ndimage.gaussian_filter, "x", "x, sigma, order, output, mode, cval, truncate", sigma=0.0, order=0, truncate=4.0)
