"""Reductions over axes: sums, products, extremes, moments, and those that leave out nans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value
from adjoint.ir.ops.elementwise import numpy_names
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.shapes import Shape, reduce_shape
from adjoint.ir.types import BOOL, Array, List, Scalar, Static, Tuple, Type, as_array, is_sequence, same_dim

_reduced_dtypes: dict[tuple[Any, str], str] = {}


def array_operand(value: Value) -> Array:
    """The array type of an operand; a list of numbers counts as a vector. Raises TypeInferenceError."""
    t = value.type
    if isinstance(t, List) and isinstance(t.item, Scalar | Array | List):
        item = array_operand(Value(t.item))
        written = value.op is not None and value.op.opcode == "list"
        length = len(value.op.operands) if written and value.op is not None else None
        return Array(item.dtype, (length, *item.shape))
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


_PYTHON = {"bool": False, "int": 0, "float": 0.0, "complex": 0j}


def weak_dtype(*operands: Value, floating: bool = False) -> str:
    """The dtype that arrays and numbers have together where Python's numbers take the precision of the arrays."""
    kinds = [_PYTHON[v.type.kind] if isinstance(v.type, Scalar) else array_operand(v).dtype for v in operands]
    return str(np.result_type(*kinds, *([0.0] if floating else [])))


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


_TAILS = {
    "sum": "axis, dtype, out, keepdims, initial, where",
    "mean": "axis, dtype, out, keepdims, where",
    "max": "axis, out, keepdims, initial, where",
    "any": "axis, out, keepdims, where",
    "var": "axis, dtype, out, ddof, keepdims, where, mean, correction",
}
"""The parameters after the array, by kind of reduction."""


def given_of(value: Value | None) -> Value | None:
    """An optional operand, or None where it is left out or None stands in its place."""
    return None if value is None or (isinstance(value.type, Static) and value.type.value is None) else value


def reduction(name: str, kind: str, function: Callable[..., Any], names: str, *, method: bool = True) -> None:
    """A reduction over axes; `kind` says which of NumPy's parameter lists it has."""
    tail = _TAILS[kind]
    words = tail.split(", ")
    optional = tuple(f"{word}?" for word in ("initial", "where") if word in words)
    defaults = {"axis": None, "dtype": None, "ddof": 0, "correction": None, "keepdims": False}
    attrs = {word: default for word, default in defaults.items() if word in words}

    def infer(operands: Sequence[Value], given: Mapping[str, Any]) -> Type:
        x = array_operand(operands[0])
        shape = reduce_shape(x.shape, given["axis"], bool(given["keepdims"]))
        mask = given_of(operands[-1]) if len(operands) == 1 + len(optional) else None
        if mask is not None and array_operand(mask).dtype != "bool":
            raise TypeInferenceError(f"`where` takes truth values, not {mask.type}")
        wanted = given.get("dtype")
        return Array(reduced_dtype(function, x.dtype) if wanted is None else str(np.dtype(wanted)), shape)

    def evaluate(x: Any, *more: Any, **given: Any) -> Any:
        named = {word.strip("?"): value for word, value in zip(optional, more)} | given
        if named.get("correction") is not None:
            named.pop("ddof")
        return function(x, **{word: value for word, value in named.items() if value is not None or word == "axis"})

    define(
        OpDef(
            name=name,
            infer=infer,
            evaluate=evaluate,
            operands=("x", *optional),
            attrs=attrs,
            callables=numpy_names(names, f"x, {tail}"),
            methods={name: tail} if method else {},
        )
    )


reduction("sum", "sum", np.sum, "sum")
reduction("mean", "mean", np.mean, "mean")
reduction("prod", "sum", np.prod, "prod product")
reduction("max", "max", np.max, "max amax")
reduction("min", "max", np.min, "min amin")
reduction("any", "any", np.any, "any")
reduction("all", "any", np.all, "all")
reduction("var", "var", np.var, "var")
reduction("std", "var", np.std, "std")
reduction("nansum", "sum", np.nansum, "nansum", method=False)
reduction("nanmean", "mean", np.nanmean, "nanmean", method=False)
reduction("nanprod", "sum", np.nanprod, "nanprod", method=False)
reduction("nanmax", "max", np.nanmax, "nanmax", method=False)
reduction("nanmin", "max", np.nanmin, "nanmin", method=False)
reduction("nanvar", "var", np.nanvar, "nanvar", method=False)
reduction("nanstd", "var", np.nanstd, "nanstd", method=False)


def _infer_log_sum(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    return Array(reduced_dtype(np.logaddexp.reduce, x.dtype), reduce_shape(x.shape, attrs["axis"], attrs["keepdims"]))


define(
    OpDef(
        name="logaddexp_reduce",
        infer=_infer_log_sum,
        evaluate=lambda x, axis, keepdims: np.logaddexp.reduce(x, axis=axis, keepdims=keepdims),
        operands=("x",),
        attrs={"axis": 0, "keepdims": False},
        callables={np.logaddexp.reduce: "x, axis, dtype, out, keepdims, initial, where"},
    )
)


def _search(name: str, function: Callable[..., Any], *, method: bool = True) -> None:
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
            methods={name: "axis, out, keepdims"} if method else {},
        )
    )


_search("argmax", np.argmax)
_search("argmin", np.argmin)
_search("nanargmax", np.nanargmax, method=False)
_search("nanargmin", np.nanargmin, method=False)


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


define(
    OpDef(
        name="array_equal",
        infer=lambda operands, attrs: BOOL,
        evaluate=np.array_equal,
        operands=("a", "b"),
        callables={np.array_equal: "a, b, equal_nan"},
    )
)
define(
    OpDef(
        name="array_equiv",
        infer=lambda operands, attrs: BOOL,
        evaluate=np.array_equiv,
        operands=("a", "b"),
        callables={np.array_equiv: "a, b"},
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
# Where nothing was, it is the cotangent itself.
define(OpDef(name="unbroadcast", infer=_infer_unbroadcast, evaluate=_unbroadcast, operands=("g", "x"), fresh=False))
