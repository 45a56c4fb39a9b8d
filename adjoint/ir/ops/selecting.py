"""Operations that pick elements by position or condition, put some in or leave some out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value
from adjoint.ir.extents import is_integer, product_extent
from adjoint.ir.ops.reductions import array_operand, weak_dtype
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.shapes import broadcast, normalize_axes, shift
from adjoint.ir.types import Array, Dim, Type


def integers(value: Value) -> Array:
    """The type of an array of ints. Raises TypeInferenceError."""
    t = array_operand(value)
    if not t.dtype.startswith(("int", "uint")):
        raise TypeInferenceError(f"an index array holds ints, not {value.type}")
    return t


def _infer_take(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x, indices = array_operand(operands[0]), integers(operands[1])
    if attrs["mode"] not in ("raise", "wrap", "clip"):
        raise TypeInferenceError(f"{attrs['mode']!r} is no mode of np.take")
    if attrs["axis"] is None:
        return Array(x.dtype, indices.shape)
    (axis,) = normalize_axes(attrs["axis"], x.rank)
    return Array(x.dtype, (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]))


define(
    OpDef(
        name="take",
        infer=_infer_take,
        evaluate=lambda x, indices, axis, mode: np.take(x, indices, axis, mode=mode),
        operands=("x", "indices"),
        attrs={"axis": None, "mode": "raise"},
        callables={np.take: "x, indices, axis, out, mode"},
        methods={"take": "indices, axis, out, mode"},
    )
)


def _infer_along(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x, indices = array_operand(operands[0]), integers(operands[1])
    if attrs["axis"] is None:
        if indices.rank != 1:
            raise TypeInferenceError("the indices into a flat array are a vector")
        return Array(x.dtype, indices.shape)
    (axis,) = normalize_axes(attrs["axis"], x.rank)
    if indices.rank != x.rank:
        raise TypeInferenceError(f"the indices have {indices.rank} dimensions, the array {x.rank}")
    shape = broadcast((*x.shape[:axis], 1, *x.shape[axis + 1 :]), indices.shape)
    return Array(x.dtype, (*shape[:axis], indices.shape[axis], *shape[axis + 1 :]))


define(
    OpDef(
        name="take_along_axis",
        infer=_infer_along,
        evaluate=lambda x, indices, axis: np.take_along_axis(x, indices, axis),
        operands=("x", "indices"),
        attrs={"axis": -1},
        callables={np.take_along_axis: "x, indices, axis"},
    )
)


def _infer_choose(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    which, choices = integers(operands[0]), [array_operand(operand) for operand in operands[1:]]
    if not choices:
        raise TypeInferenceError("np.choose needs something to choose from")
    return Array(weak_dtype(*operands[1:]), broadcast(which.shape, *(choice.shape for choice in choices)))


define(
    OpDef(
        name="choose",
        infer=_infer_choose,
        evaluate=lambda which, *choices: np.choose(which, choices),
        operands=("a", "*choices"),
        callables={np.choose: "a, [choices], out, mode"},
        methods={"choose": "[choices], out, mode"},
    )
)


def _infer_compress(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    if array_operand(operands[1]).rank != 1:
        raise TypeInferenceError("the condition of np.compress is a vector")
    if attrs["axis"] is None:
        return Array(x.dtype, (None,))
    (axis,) = normalize_axes(attrs["axis"], x.rank)
    return Array(x.dtype, (*x.shape[:axis], None, *x.shape[axis + 1 :]))


define(
    OpDef(
        name="compress",
        infer=_infer_compress,
        evaluate=lambda x, condition, axis: np.compress(condition, x, axis),
        operands=("x", "condition"),
        attrs={"axis": None},
        callables={np.compress: "condition, x, axis, out"},
        methods={"compress": "condition, axis, out"},
    )
)


def _infer_extract(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    array_operand(operands[1])
    return Array(array_operand(operands[0]).dtype, (None,))


define(
    OpDef(
        name="extract",
        infer=_infer_extract,
        evaluate=lambda x, condition: np.extract(condition, x),
        operands=("x", "condition"),
        callables={np.extract: "condition, x"},
    )
)


def _lined_up(operands: Sequence[Value], attrs: Mapping[str, Any]) -> tuple[Array, int]:
    """The array and the axis along which something is put in or left out; a flat array for None."""
    x = array_operand(operands[0])
    if attrs["axis"] is None:
        return Array(x.dtype, (product_extent(x.shape) if x.rank else 1,)), 0
    (axis,) = normalize_axes(attrs["axis"], x.rank)
    return x, axis


def _with_extent(x: Array, axis: int, extent: Dim) -> Array:
    return Array(x.dtype, (*x.shape[:axis], extent, *x.shape[axis + 1 :]))


def _infer_delete(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x, axis = _lined_up(operands, attrs)
    obj = operands[1]
    if is_integer(obj):
        return _with_extent(x, axis, shift(x.shape[axis], -1))
    kind = array_operand(obj)
    if kind.rank != 1 or kind.dtype.startswith(("float", "complex")):
        raise TypeInferenceError(f"what is deleted is an int, a slice or a vector of ints, not {obj.type}")
    return _with_extent(x, axis, None)


define(
    OpDef(
        name="delete",
        infer=_infer_delete,
        evaluate=lambda x, obj, axis: np.delete(x, obj, axis),
        operands=("x", "obj"),
        attrs={"axis": None},
        callables={np.delete: "x, obj, axis"},
    )
)


def _infer_insert(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x, axis = _lined_up(operands, attrs)
    obj, values = operands[1], array_operand(operands[2])
    if not np.can_cast(values.dtype, x.dtype, "same_kind"):
        raise TypeInferenceError(f"np.insert would round {values} to {x.dtype}")
    if is_integer(obj):
        if x.rank == 1 and values.rank == 1:
            known = values.shape[0]
            return _with_extent(x, axis, shift(x.shape[axis], known) if isinstance(known, int) else None)
        if values.rank >= max(x.rank, 1):
            raise TypeInferenceError("one row is inserted at an int: its values have one dimension less than the array")
        return _with_extent(x, axis, shift(x.shape[axis], 1))
    if x.rank != 1 or values.rank > 1 or integers(obj).rank != 1:
        raise TypeInferenceError("several values are inserted at once into a vector only")
    known = integers(obj).shape[0]
    return _with_extent(x, axis, shift(x.shape[axis], known) if isinstance(known, int) else None)


define(
    OpDef(
        name="insert",
        infer=_infer_insert,
        evaluate=lambda x, obj, values, axis: np.insert(x, obj, values, axis),
        operands=("x", "obj", "values"),
        attrs={"axis": None},
        callables={np.insert: "x, obj, values, axis"},
    )
)
