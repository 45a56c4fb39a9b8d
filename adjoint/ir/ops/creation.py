"""Arrays made from numbers: zeros, ranges, identities, literals. Run-time extents become symbols (`ir/extents.py`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value, const_of, is_const
from adjoint.ir.extents import extent_of, extents_of, is_integer
from adjoint.ir.ops.reductions import array_operand, joined_shape, weak_dtype
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.shapes import broadcast, normalize_axes
from adjoint.ir.types import Array, Dim, List, Scalar, Sym, Type, as_array, is_sequence


def dtype_name(dtype: Any) -> str:
    """The name of a dtype given as a type, a string or a dtype. Raises TypeInferenceError."""
    try:
        result = np.dtype(dtype)
    except TypeError:
        raise TypeInferenceError(f"{dtype!r} is not a dtype") from None
    if result.kind not in "biufc":
        raise TypeInferenceError(f"dtype {result} does not hold numbers")
    return str(result)


def _check_order(attrs: Mapping[str, Any]) -> None:
    if attrs.get("order", "C") not in ("C", None):
        raise TypeInferenceError("only order='C' is supported")


def _infer_filled(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    _check_order(attrs)
    return Array(dtype_name(attrs["dtype"]), extents_of(operands))


_filled: dict[str, Callable[..., Any]] = {"zeros": np.zeros, "ones": np.ones, "empty": np.empty}
for _name, _function in _filled.items():
    define(
        OpDef(
            name=_name,
            infer=_infer_filled,
            evaluate=lambda shape, dtype, function=_function: function(shape, dtype),
            operands=("shape",),
            attrs={"dtype": float},
            callables={_function: "shape, dtype, order"},
        )
    )


def _infer_full(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    fill = array_operand(operands[1])
    shape = extents_of(operands[:1])
    if len(broadcast(shape, fill.shape)) > len(shape):
        raise TypeInferenceError("the fill value has more dimensions than the array")
    return Array(fill.dtype if attrs["dtype"] is None else dtype_name(attrs["dtype"]), shape)


define(
    OpDef(
        name="full",
        infer=_infer_full,
        evaluate=lambda shape, fill_value, dtype: np.full(shape, fill_value, dtype),
        operands=("shape", "fill_value"),
        attrs={"dtype": None},
        callables={np.full: "shape, fill_value, dtype, order"},
    )
)


def _infer_like(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    return Array(x.dtype if attrs["dtype"] is None else dtype_name(attrs["dtype"]), x.shape)


_like: dict[str, Callable[..., Any]] = {
    "zeros_like": np.zeros_like,
    "ones_like": np.ones_like,
    "empty_like": np.empty_like,
}
for _name, _function in _like.items():
    define(
        OpDef(
            name=_name,
            infer=_infer_like,
            evaluate=lambda x, dtype, function=_function: function(x, dtype),
            operands=("x",),
            attrs={"dtype": None},
            callables={_function: "x, dtype"},
        )
    )


def _infer_full_like(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    array_operand(operands[1])
    return _infer_like(operands, attrs)


# The value may be an array that broadcasts to the shape of `x`.
define(
    OpDef(
        name="full_like",
        infer=_infer_full_like,
        evaluate=lambda x, fill_value, dtype: np.full_like(x, fill_value, dtype),
        operands=("x", "fill_value"),
        attrs={"dtype": None},
        callables={np.full_like: "x, fill_value, dtype"},
    )
)


def _infer_eye(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    rows = extent_of(operands[0])
    columns = extent_of(operands[1]) if len(operands) > 1 else rows
    return Array(dtype_name(attrs["dtype"]), (rows, columns))


define(
    OpDef(
        name="eye",
        infer=_infer_eye,
        evaluate=lambda n, m=None, *, k, dtype: np.eye(n, m, k, dtype),
        operands=("N", "M?"),
        attrs={"k": 0, "dtype": float},
        callables={np.eye: "N, M, k, dtype"},
    )
)
define(
    OpDef(
        name="identity",
        infer=_infer_eye,
        evaluate=lambda n, dtype: np.identity(n, dtype),
        operands=("n",),
        attrs={"dtype": float},
        callables={np.identity: "n, dtype"},
    )
)


def _infer_arange(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    if not 1 <= len(operands) <= 3:
        raise TypeInferenceError("np.arange takes a stop, or a start, a stop and a step")
    types = [array_operand(operand) for operand in operands]
    if any(t.rank for t in types):
        raise TypeInferenceError("the bounds of np.arange are numbers")
    bounds: list[Any] = [np.ones((), t.dtype)[()] for t in types]
    dtype = str(np.arange(*bounds).dtype)
    return Array(dtype if attrs["dtype"] is None else dtype_name(attrs["dtype"]), (_arange_extent(operands),))


def _arange_extent(operands: Sequence[Value]) -> Dim:
    if all(map(is_const, operands)):
        return len(np.arange(*map(const_of, operands)))
    if len(operands) == 2 and is_const(operands[0]) and const_of(operands[0]) == 0:
        operands = operands[1:]
    if len(operands) == 1 and is_integer(operands[0]):
        dim = extent_of(operands[0])
        return dim if isinstance(dim, int) or (isinstance(dim, Sym) and dim.offset == 0) else None
    return None


define(
    OpDef(
        name="arange",
        infer=_infer_arange,
        evaluate=lambda *bounds, dtype: np.arange(*bounds, dtype=dtype),
        operands=("*bounds",),
        attrs={"dtype": None},
        callables={np.arange: "*bounds, dtype"},
    )
)


def _infer_linspace(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    start, stop = map(array_operand, operands[:2])
    extent = extent_of(operands[2]) if len(operands) > 2 else 50
    dtype = weak_dtype(*operands[:2], floating=True)
    if attrs["dtype"] is not None:
        dtype = dtype_name(attrs["dtype"])
    shape = list(broadcast(start.shape, stop.shape))
    (axis,) = normalize_axes(attrs["axis"], len(shape) + 1)
    shape.insert(axis, extent)
    return Array(dtype, tuple(shape))


define(
    OpDef(
        name="linspace",
        infer=_infer_linspace,
        evaluate=lambda start, stop, num=50, **attrs: np.linspace(start, stop, num, **attrs),
        operands=("start", "stop", "num?"),
        attrs={"endpoint": True, "dtype": None, "axis": 0},
        callables={np.linspace: "start, stop, num, endpoint, retstep, dtype, axis"},
    )
)


def _infer_powers(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    start, stop = map(array_operand, operands[:2])
    if start.rank or stop.rank:
        raise TypeInferenceError("powers are spaced between two numbers")
    extent = extent_of(operands[2]) if len(operands) > 2 else 50
    return Array(weak_dtype(*operands[:2], floating=True), (extent,))


def _infer_ratios(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    powers = _infer_powers(operands, attrs)
    assert isinstance(powers, Array)
    return Array(str(np.result_type(powers.dtype, "float64")), powers.shape)


define(
    OpDef(
        name="logspace",
        infer=_infer_powers,
        evaluate=lambda start, stop, num=50, **attrs: np.logspace(start, stop, num, **attrs),
        operands=("start", "stop", "num?"),
        attrs={"endpoint": True, "base": 10.0},
        callables={np.logspace: "start, stop, num, endpoint, base, dtype, axis"},
    )
)
define(
    OpDef(
        name="geomspace",
        infer=_infer_ratios,
        evaluate=lambda start, stop, num=50, **attrs: np.geomspace(start, stop, num, **attrs),
        operands=("start", "stop", "num?"),
        attrs={"endpoint": True},
        callables={np.geomspace: "start, stop, num, endpoint, dtype, axis"},
    )
)


def _infer_array(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    shape = attrs["shape"]
    if shape is None:
        return _converted(operands[0], attrs["dtype"])
    if not operands:
        return Array("float64" if attrs["dtype"] is None else dtype_name(attrs["dtype"]), shape)
    items = [array_operand(operand) for operand in operands]
    if len({item.rank for item in items}) > 1:
        raise TypeInferenceError("the items of an array have one shape")
    dtype = str(np.result_type(*(item.dtype for item in items)))
    dtype = dtype if attrs["dtype"] is None else dtype_name(attrs["dtype"])
    return Array(dtype, tuple(shape) + joined_shape([item.shape for item in items]))


def _converted(value: Value, dtype: Any) -> Array:
    t = value.type
    if isinstance(t, Scalar | Array):
        x = as_array(t)
    elif isinstance(t, List):
        x = _listed(t)
    elif is_sequence(t) and t.items:
        items = [_as_item(item) for item in t.items]
        dtypes = [item.dtype for item in items]
        x = Array(str(np.result_type(*dtypes)), (len(items), *joined_shape([item.shape for item in items])))
    else:
        raise TypeInferenceError(f"{t} does not convert to an array")
    return x if dtype is None else Array(dtype_name(dtype), x.shape)


def _listed(t: List) -> Array:
    item = _as_item(t.item)
    return Array(item.dtype, (None, *item.shape))


def _as_item(t: Type) -> Array:
    if isinstance(t, Scalar | Array):
        return as_array(t)
    if isinstance(t, List):
        return _listed(t)
    raise TypeInferenceError(f"{t} does not convert to an array")


def _array(*items: Any, shape: tuple[int, ...] | None, dtype: Any) -> Any:
    if shape is None:
        return np.array(items[0], dtype)
    if not items:
        return np.zeros(shape, dtype)
    rows = np.stack([np.asarray(item, dtype) for item in items])
    return rows.reshape(*shape, *rows.shape[1:])


define(
    OpDef(
        name="array",
        infer=_infer_array,
        evaluate=_array,
        operands=("*items",),
        attrs={"shape": None, "dtype": None},
        callables={np.array: "[[items]], dtype"},
    )
)


def _infer_asarray(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    return _converted(operands[0], attrs["dtype"])


def _infer_tolist(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    if not x.rank:
        raise TypeInferenceError("tolist is supported for arrays with dimensions")
    kind = {"b": "bool", "i": "int", "u": "int", "f": "float", "c": "complex"}[np.dtype(x.dtype).kind]
    t: Type = Scalar(kind)
    for _ in x.shape:
        t = List(t)
    return t


define(
    OpDef(
        name="tolist",
        infer=_infer_tolist,
        evaluate=lambda x: np.asarray(x).tolist(),
        operands=("x",),
        methods={"tolist": ""},
    )
)
_as_array: dict[Callable[..., Any], str] = {np.asarray: "x, dtype", np.asanyarray: "x, dtype"}
define(
    OpDef(
        name="asarray",
        infer=_infer_asarray,
        evaluate=lambda x, dtype: np.asarray(x, dtype),
        operands=("x",),
        attrs={"dtype": None},
        callables=_as_array,
        fresh=False,
    )
)


def _infer_ordered(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = _converted(operands[0], attrs["dtype"])
    if not x.rank:
        raise TypeInferenceError("a number has no order in memory")
    return x


# A copy, or the array itself where it lies so already.
for _name, _function in {"ascontiguousarray": np.ascontiguousarray, "asfortranarray": np.asfortranarray}.items():
    define(
        OpDef(
            name=_name,
            infer=_infer_ordered,
            evaluate=lambda x, dtype, function=_function: function(x, dtype),
            operands=("x",),
            attrs={"dtype": None},
            callables={_function: "x, dtype"},
            fresh=False,
        )
    )
