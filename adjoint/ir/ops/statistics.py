"""Statistics: medians and quantiles, weighted means, covariances, ranges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value
from adjoint.ir.extents import sum_extent
from adjoint.ir.ops.elementwise import numpy_names, sample
from adjoint.ir.ops.reductions import array_operand, given_of, reduced_dtype
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.shapes import Shape, reduce_shape
from adjoint.ir.types import Array, Dim, Scalar, Sym, Type, may_be_one

METHODS = {
    "linear": (1.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "interpolated_inverted_cdf": (0.0, 1.0),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
    "lower": (1.0, 1.0),
    "higher": (1.0, 1.0),
    "midpoint": (1.0, 1.0),
    "nearest": (1.0, 1.0),
    "inverted_cdf": (0.0, 1.0),
    "averaged_inverted_cdf": (0.0, 1.0),
}
"""The methods of quantiles, with the plotting positions (alpha, beta) of Hyndman and Fan (1996)."""


def _range(name: str, function: Callable[..., Any], tail: str) -> None:
    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        x = array_operand(operands[0])
        return Array(reduced_dtype(function, x.dtype), reduce_shape(x.shape, attrs["axis"], bool(attrs["keepdims"])))

    define(
        OpDef(
            name=name,
            infer=infer,
            evaluate=lambda x, **attrs: function(x, **attrs),
            operands=("x",),
            attrs={"axis": None, "keepdims": False},
            callables={function: f"x, {tail}"},
        )
    )


_range("ptp", np.ptp, "axis, out, keepdims")
_range("median", np.median, "axis, out, overwrite_input, keepdims")
_range("nanmedian", np.nanmedian, "axis, out, overwrite_input, keepdims")


def _quantile(name: str, function: Callable[..., Any]) -> None:
    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        x, q, method = array_operand(operands[0]), operands[1], attrs["method"]
        if method not in METHODS:
            raise TypeInferenceError(f"the method {method!r} of np.{name} is not supported")
        position = array_operand(q)
        if position.rank > 1:
            raise TypeInferenceError(f"the positions of np.{name} are a number or a vector")
        one = sample(q.type if isinstance(q.type, Scalar) else position)
        dtype = str(np.asarray(function(np.ones(2, x.dtype), one, method=method)).dtype)
        return Array(dtype, position.shape + reduce_shape(x.shape, attrs["axis"], bool(attrs["keepdims"])))

    define(
        OpDef(
            name=name,
            infer=infer,
            evaluate=lambda x, q, **attrs: function(x, q, **attrs),
            operands=("x", "q"),
            attrs={"axis": None, "method": "linear", "keepdims": False},
            callables={function: "x, q, axis, out, overwrite_input, method, keepdims, weights"},
        )
    )


_quantile("quantile", np.quantile)
_quantile("percentile", np.percentile)
_quantile("nanquantile", np.nanquantile)
_quantile("nanpercentile", np.nanpercentile)


def _infer_average(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    parts = [array_operand(part) for part in map(given_of, operands) if part is not None]
    x, axis = parts[0], attrs["axis"]
    if len(parts) == 2 and parts[1].rank != x.rank and (parts[1].rank != 1 or not isinstance(axis, int)):
        raise TypeInferenceError("the weights of np.average have the array's shape, or are a vector along one axis")
    dtype = str(np.result_type(*(part.dtype for part in parts), np.float16))
    if not any(np.dtype(part.dtype).kind in "fc" for part in parts):
        dtype = "float64"
    return Array(dtype, reduce_shape(x.shape, axis, bool(attrs["keepdims"])))


define(
    OpDef(
        name="average",
        infer=_infer_average,
        evaluate=lambda x, weights=None, *, axis, keepdims: np.average(x, axis, weights, keepdims=keepdims),
        operands=("x", "weights?"),
        attrs={"axis": None, "keepdims": False},
        callables={np.average: "x, axis, weights, returned, keepdims"},
    )
)


def _variables(t: Array, rowvar: object) -> Dim:
    """How many variables an array of observations holds."""
    if t.rank > 2 or not t.rank:
        raise TypeInferenceError(f"observations are a vector or a matrix, not {t}")
    return 1 if t.rank == 1 else t.shape[0 if rowvar else 1]


def _square(operands: Sequence[Value], attrs: Mapping[str, Any]) -> tuple[Shape, str]:
    """The shape of a covariance matrix, a number for one variable."""
    parts = [array_operand(part) for part in map(given_of, operands[:2]) if part is not None]
    size = sum_extent([_variables(part, attrs["rowvar"]) for part in parts])
    if isinstance(size, Sym) and len(parts) == 2:
        size = Sym(size.name, size.offset, False)  # one variable at least in each
    if not isinstance(size, int) and may_be_one(size):
        raise TypeInferenceError("it is not known whether there is one variable or several")
    dtype = str(np.result_type(*(part.dtype for part in parts), np.float64))
    return () if size == 1 else (size, size), dtype if attrs["dtype"] is None else str(np.dtype(attrs["dtype"]))


def _infer_square(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    shape, dtype = _square(operands, attrs)
    return Array(dtype, shape)


def _cov(m: Any, y: Any = None, fweights: Any = None, aweights: Any = None, **attrs: Any) -> Any:
    return np.cov(m, y, fweights=fweights, aweights=aweights, **attrs)


define(
    OpDef(
        name="cov",
        infer=_infer_square,
        evaluate=_cov,
        operands=("m", "y?", "fweights?", "aweights?"),
        attrs={"rowvar": True, "bias": False, "ddof": None, "dtype": None},
        callables={np.cov: "m, y, rowvar, bias, ddof, fweights, aweights, dtype"},
    )
)
define(
    OpDef(
        name="corrcoef",
        infer=_infer_square,
        evaluate=lambda x, y=None, *, rowvar, dtype: np.corrcoef(x, y, rowvar, dtype=dtype),
        operands=("x", "y?"),
        attrs={"rowvar": True, "dtype": None},
        callables=numpy_names("corrcoef", "x, y, rowvar, dtype"),
    )
)
