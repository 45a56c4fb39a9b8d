"""Reductions over axes, and running sums and products."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value
from adjoint.ir.extents import product_extent
from adjoint.ir.ops.elementwise import numpy_names
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.shapes import Shape, normalize_axes, reduce_shape, shift
from adjoint.ir.types import BOOL, Array, List, Scalar, Tuple, Type, as_array, is_sequence, same_dim

_reduced_dtypes: dict[tuple[Any, str], str] = {}


def array_operand(value: Value) -> Array:
    """The array type of an operand; a list of numbers counts as a vector. Raises TypeInferenceError."""
    t = value.type
    if isinstance(t, List) and isinstance(t.item, Scalar | Array):
        item = as_array(t.item)
        return Array(item.dtype, (None, *item.shape))
    if is_sequence(t) and t.items:
        return _array_of_tuple(t)
    if not isinstance(t, Scalar | Array):
        raise TypeInferenceError(f"{t} is not a number or an array")
    return as_array(t)


def _array_of_tuple(t: Tuple) -> Array:
    items = [as_array(item) for item in t.items if isinstance(item, Scalar | Array)]
    if len(items) < len(t.items) or len({item.rank for item in items}) > 1:
        raise TypeInferenceError(f"{t} does not make an array")
    dtype = str(np.result_type(*(item.dtype for item in items)))
    return Array(dtype, (len(items), *joined_shape([item.shape for item in items])))


def joined_shape(shapes: Sequence[Shape]) -> Shape:
    """The one shape that arrays to be stacked all have. Raises TypeInferenceError where exact extents differ."""
    result = list(shapes[0])
    for shape in shapes[1:]:
        if len(shape) != len(result):
            raise TypeInferenceError("arrays of different rank cannot be stacked")
        for axis, (a, b) in enumerate(zip(result, shape)):
            if isinstance(a, int) and isinstance(b, int) and a != b:
                raise TypeInferenceError(f"extents {a} and {b} differ")
            result[axis] = b if a is None or isinstance(b, int) else a
    return tuple(result)


def reduced_dtype(function: Callable[..., Any], dtype: str) -> str:
    """The dtype NumPy gives the reduction of an array of `dtype`."""
    key = (function, dtype)
    if key not in _reduced_dtypes:
        with np.errstate(all="ignore"):
            _reduced_dtypes[key] = str(np.asarray(function(np.ones(1, dtype))).dtype)
    return _reduced_dtypes[key]


def _reduction(name: str, function: Callable[..., Any], names: str, **more: Any) -> None:
    """A reduction with axis and keepdims; `more` are its other static keywords."""
    attrs = {"axis": None, **more, "keepdims": False}
    parameters = {"ddof": "axis, dtype, out, ddof, keepdims, where", "": "axis, dtype, out, keepdims, initial, where"}
    tail = parameters["ddof" if more else ""]
    if name in ("max", "min", "any", "all"):
        tail = "axis, out, keepdims, initial, where"
    if name == "mean":
        tail = "axis, dtype, out, keepdims, where"

    def infer(operands: Sequence[Value], given: Mapping[str, Any]) -> Type:
        x = array_operand(operands[0])
        shape = reduce_shape(x.shape, given["axis"], bool(given["keepdims"]))
        return Array(reduced_dtype(function, x.dtype), shape)

    def evaluate(x: Any, **given: Any) -> Any:
        return function(x, **given)

    define(
        OpDef(
            name=name,
            infer=infer,
            evaluate=evaluate,
            operands=("x",),
            attrs=attrs,
            callables=numpy_names(names, f"x, {tail}"),
            methods={name: tail},
        )
    )


_reduction("sum", np.sum, "sum")
_reduction("mean", np.mean, "mean")
_reduction("prod", np.prod, "prod product")
_reduction("max", np.max, "max amax")
_reduction("min", np.min, "min amin")
_reduction("any", np.any, "any")
_reduction("all", np.all, "all")
_reduction("var", np.var, "var", ddof=0)
_reduction("std", np.std, "std", ddof=0)


def _search(name: str, function: Callable[..., Any]) -> None:
    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        x = array_operand(operands[0])
        if isinstance(attrs["axis"], tuple):
            raise TypeInferenceError(f"{name} takes one axis")
        return Array("int64", reduce_shape(x.shape, attrs["axis"], bool(attrs["keepdims"])))

    define(
        OpDef(
            name=name,
            infer=infer,
            evaluate=lambda x, **attrs: function(x, **attrs),
            operands=("x",),
            attrs={"axis": None, "keepdims": False},
            callables={function: "x, axis, out, keepdims"},
            methods={name: "axis, out, keepdims"},
        )
    )


_search("argmax", np.argmax)
_search("argmin", np.argmin)


def _infer_order(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    if x.rank != 1:
        raise TypeInferenceError(f"argsort takes a vector, not {operands[0].type}")
    return Array("int64", x.shape)


define(
    OpDef(
        name="argsort",
        infer=_infer_order,
        evaluate=np.argsort,
        operands=("x",),
        callables={np.argsort: "x, axis, kind, order"},
        methods={"argsort": "axis, kind, order"},
    )
)


def _infer_count(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    if attrs["axis"] is None and not attrs["keepdims"]:
        return Scalar("int")
    return Array("int64", reduce_shape(x.shape, attrs["axis"], bool(attrs["keepdims"])))


define(
    OpDef(
        name="count_nonzero",
        infer=_infer_count,
        evaluate=lambda x, axis, keepdims: np.count_nonzero(x, axis=axis, keepdims=keepdims),
        operands=("x",),
        attrs={"axis": None, "keepdims": False},
        callables={np.count_nonzero: "x, axis, keepdims"},
    )
)


def _running(name: str, function: Callable[..., Any]) -> None:
    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        x = array_operand(operands[0])
        dtype = reduced_dtype(function, x.dtype)
        if attrs["axis"] is not None:
            normalize_axes(attrs["axis"], x.rank)
            return Array(dtype, x.shape)
        return Array(dtype, (product_extent(x.shape),))

    define(
        OpDef(
            name=name,
            infer=infer,
            evaluate=lambda x, axis: function(x, axis=axis),
            operands=("x",),
            attrs={"axis": None},
            callables={function: "x, axis, dtype, out"},
            methods={name: "axis, dtype, out"},
        )
    )


_running("cumsum", np.cumsum)
_running("cumprod", np.cumprod)


def _infer_diff(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    if attrs["n"] != 1 or not x.rank:
        raise TypeInferenceError("np.diff is supported with n=1 on arrays")
    (axis,) = normalize_axes(attrs["axis"], x.rank)
    dtype = "bool" if x.dtype == "bool" else x.dtype
    return Array(dtype, tuple(shift(dim, -1) if i == axis else dim for i, dim in enumerate(x.shape)))


define(
    OpDef(
        name="diff",
        infer=_infer_diff,
        evaluate=lambda x, n, axis: np.diff(x, n, axis),
        operands=("x",),
        attrs={"n": 1, "axis": -1},
        callables={np.diff: "x, n, axis, prepend, append"},
    )
)
define(
    OpDef(
        name="array_equal",
        infer=lambda operands, attrs: BOOL,
        evaluate=np.array_equal,
        operands=("a", "b"),
        callables={np.array_equal: "a, b, equal_nan"},
    )
)


def _infer_unbroadcast(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    g, x = map(array_operand, operands)
    shape = tuple(d if same_dim(d, e) else e for d, e in zip(g.shape[g.rank - x.rank :], x.shape))
    return Array(g.dtype, shape if g.rank >= x.rank else x.shape)


def _unbroadcast(g: Any, x: Any) -> Any:
    shape = np.shape(x)
    while np.ndim(g) > len(shape):
        g = g.sum(axis=0)
    for axis, extent in enumerate(shape):
        if extent == 1 and g.shape[axis] != 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


# Sum a cotangent to the run-time shape of `x`: where the shapes do not tell at transform time what was broadcast.
define(OpDef(name="unbroadcast", infer=_infer_unbroadcast, evaluate=_unbroadcast, operands=("g", "x")))
