"""Operations that join arrays end to end or side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value
from adjoint.ir.extents import product_extent, sum_extent
from adjoint.ir.ops.elementwise import numpy_names
from adjoint.ir.ops.reductions import array_operand, joined_shape, weak_dtype
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.shapes import normalize_axes
from adjoint.ir.types import Array, Dim, Type


def _joined(arrays: Sequence[Array], axis: int) -> Array:
    rank = arrays[0].rank
    (axis,) = normalize_axes(axis, rank)
    if any(x.rank != rank for x in arrays):
        raise TypeInferenceError("arrays of different rank cannot be concatenated")
    rest = joined_shape([x.shape[:axis] + x.shape[axis + 1 :] for x in arrays])
    extent = sum_extent([x.shape[axis] for x in arrays])
    dtype = str(np.result_type(*(x.dtype for x in arrays)))
    return Array(dtype, (*rest[:axis], extent, *rest[axis:]))


def _some(operands: Sequence[Value]) -> list[Array]:
    if not operands:
        raise TypeInferenceError("need at least one array")
    return [array_operand(operand) for operand in operands]


def _infer_concatenate(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    arrays = _some(operands)
    if attrs["axis"] is None:
        dtype = weak_dtype(*operands)
        arrays = [Array(dtype, (product_extent(x.shape) if x.rank else 1,)) for x in arrays]
    elif any(not x.rank for x in arrays):
        raise TypeInferenceError("numbers cannot be concatenated: use np.stack or np.array")
    return _joined(arrays, attrs["axis"] or 0)


define(
    OpDef(
        name="concatenate",
        infer=_infer_concatenate,
        evaluate=lambda *arrays, axis: np.concatenate(arrays, axis),
        operands=("*arrays",),
        attrs={"axis": 0},
        callables=numpy_names("concatenate concat", "[arrays], axis, out, dtype"),
    )
)


def _infer_stack(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    arrays = _some(operands)
    shape = list(joined_shape([x.shape for x in arrays]))
    (axis,) = normalize_axes(attrs["axis"], len(shape) + 1)
    shape.insert(axis, len(arrays))
    return Array(str(np.result_type(*(x.dtype for x in arrays))), tuple(shape))


define(
    OpDef(
        name="stack",
        infer=_infer_stack,
        evaluate=lambda *arrays, axis: np.stack(arrays, axis),
        operands=("*arrays",),
        attrs={"axis": 0},
        callables={np.stack: "[arrays], axis, out"},
    )
)


def _infer_hstack(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    arrays = [x if x.rank else Array(x.dtype, (1,)) for x in _some(operands)]
    return _joined(arrays, 0 if arrays[0].rank == 1 else 1)


def _infer_vstack(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    arrays = [Array(x.dtype, (1,) * (2 - x.rank) + x.shape) for x in _some(operands)]
    return _joined(arrays, 0)


for _name, _joining, _infer in (("hstack", np.hstack, _infer_hstack), ("vstack", np.vstack, _infer_vstack)):
    define(
        OpDef(
            name=_name,
            infer=_infer,
            evaluate=lambda *arrays, function=_joining: function(arrays),
            operands=("*arrays",),
            callables={_joining: "[arrays]"},
        )
    )


def _infer_column_stack(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    arrays = [x if x.rank > 1 else Array(x.dtype, (*(x.shape or (1,)), 1)) for x in _some(operands)]
    return _joined(arrays, 1)


def _infer_dstack(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    return _joined([Array(x.dtype, shape_of_3d(x)) for x in _some(operands)], 2)


def shape_of_3d(x: Array) -> tuple[Dim, ...]:
    """The shape of `np.atleast_3d(x)`: a vector lies along the middle axis."""
    return {0: (1, 1, 1), 1: (1, *x.shape, 1), 2: (*x.shape, 1)}.get(x.rank, x.shape)


for _name, _siding, _infer in (
    ("column_stack", np.column_stack, _infer_column_stack),
    ("dstack", np.dstack, _infer_dstack),
):
    define(
        OpDef(
            name=_name,
            infer=_infer,
            evaluate=lambda *arrays, function=_siding: function(arrays),
            operands=("*arrays",),
            callables={_siding: "[arrays]"},
        )
    )


def _infer_append(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    t = _infer_concatenate(operands, attrs)
    assert isinstance(t, Array)
    return Array(str(np.result_type(*(array_operand(operand).dtype for operand in operands))), t.shape)


define(
    OpDef(
        name="append",
        infer=_infer_append,
        evaluate=lambda x, values, axis: np.append(x, values, axis),
        operands=("x", "values"),
        attrs={"axis": None},
        callables={np.append: "x, values, axis"},
    )
)
