"""Operations that repeat elements, move them around a cycle, or put more around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value, const_of, is_const
from adjoint.ir.extents import extent_of, extents_of, is_integer, product_extent, sum_extent
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.shapes import normalize_axes, shift
from adjoint.ir.types import Array, Dim, Static, Tuple, Type, is_differentiable, rank_of


def written(value: Value) -> Any:
    """What an operand is as far as its text shows: numbers, values, and lists of these."""
    if is_const(value):
        return const_of(value)
    if isinstance(value.type, Static):
        return value.type.value
    if not isinstance(value.type, Tuple):
        return value
    op = value.op
    if op is not None and op.opcode in ("tuple", "list"):
        return [written(item) for item in op.operands]
    return [written(Value(item)) for item in value.type.items]


def counts_of(value: Any) -> list[Value | int]:
    """The ints that an int, a tuple or a list of them stands for: numbers where they are known, else values."""
    held = written(value) if isinstance(value, Value) else value
    return [_count(item) for item in (held if isinstance(held, list | tuple) else [held])]


def _count(held: Any) -> Value | int:
    if isinstance(held, int | np.integer):
        return int(held)
    if not isinstance(held, Value) or not is_integer(held):
        raise TypeInferenceError(f"a count is an int, not {held.type if isinstance(held, Value) else held!r}")
    return held


def _times(dim: Dim, count: Value | int) -> Dim:
    if isinstance(count, int):
        return product_extent([dim, max(count, 0)])
    return product_extent([dim, extent_of(count)])


def _infer_tile(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x, counts = array_operand(operands[0]), counts_of(operands[1])
    rank = max(x.rank, len(counts))
    every = [*[1] * (rank - len(counts)), *counts]
    shape = (1,) * (rank - x.rank) + x.shape
    return Array(x.dtype, tuple(map(_times, shape, every)))


define(
    OpDef(
        name="tile",
        infer=_infer_tile,
        evaluate=np.tile,
        operands=("x", "reps"),
        callables={np.tile: "x, reps"},
    )
)


def _infer_repeat(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x, repeats = array_operand(operands[0]), operands[1]
    count: Value | int | None = None
    if is_integer(repeats):
        (count,) = counts_of(repeats)
    elif array_operand(repeats).rank != 1 or not array_operand(repeats).dtype.startswith(("int", "uint")):
        raise TypeInferenceError(f"repeats are an int or a vector of ints, not {repeats.type}")
    if attrs["axis"] is None:
        return Array(x.dtype, (None if count is None else _times(product_extent(x.shape), count),))
    (axis,) = normalize_axes(attrs["axis"], x.rank)
    extent = None if count is None else _times(x.shape[axis], count)
    return Array(x.dtype, (*x.shape[:axis], extent, *x.shape[axis + 1 :]))


define(
    OpDef(
        name="repeat",
        infer=_infer_repeat,
        evaluate=lambda x, repeats, axis: np.repeat(x, repeats, axis),
        operands=("x", "repeats"),
        attrs={"axis": None},
        callables={np.repeat: "x, repeats, axis"},
        methods={"repeat": "repeats, axis"},
    )
)


def _infer_roll(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x, axis = array_operand(operands[0]), attrs["axis"]
    if axis is not None:
        normalize_axes(tuple(axis) if isinstance(axis, list) else axis, x.rank)
    counts_of(operands[1])
    return x


define(
    OpDef(
        name="roll",
        infer=_infer_roll,
        evaluate=lambda x, shift, axis: np.roll(x, shift, axis),
        operands=("x", "shift"),
        attrs={"axis": None},
        callables={np.roll: "x, shift, axis"},
    )
)

Width = tuple[Value | int, Value | int]
COPYING = ("edge", "reflect", "symmetric", "wrap")
"""The modes of `np.pad` in which every new element is one of the array."""


def widths_of(value: Value, rank: int) -> list[Width]:
    """How many elements `np.pad` puts before and behind each axis."""
    held = written(value)
    if not isinstance(held, list | tuple) or not any(isinstance(part, list | tuple) for part in held):
        held = [held]
    pairs = [counts_of(part) for part in held]
    if not all(1 <= len(pair) <= 2 for pair in pairs) or len(pairs) not in (1, rank):
        raise TypeInferenceError("a width is a count, a pair of counts, or a pair for each axis")
    widths = [(pair[0], pair[-1]) for pair in pairs]
    return widths * rank if len(widths) == 1 else widths


def _infer_pad(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x, mode = array_operand(operands[0]), attrs["mode"]
    if mode != "constant" and mode not in COPYING:
        known = ", ".join(map(repr, ("constant", *COPYING)))
        raise TypeInferenceError(f"the mode {mode!r} of np.pad is not supported, only {known}")
    if len(operands) > 2:
        if mode != "constant":
            raise TypeInferenceError("constant_values belong to mode='constant'")
        _check_constants(operands[2])
    shape = [_wider(dim, width) for dim, width in zip(x.shape, widths_of(operands[1], x.rank))]
    return Array(x.dtype, tuple(shape))


def _check_constants(value: Value) -> None:
    if rank_of(value.type) or (
        isinstance(value.type, Tuple) and is_differentiable(value.type) and not _is_known(value)
    ):
        raise TypeInferenceError("constant_values are one number, or numbers that are written out")


def _is_known(value: Value) -> bool:
    op = value.op
    return is_const(value) or (op is not None and op.opcode in ("tuple", "list") and all(map(_is_known, op.operands)))


def _wider(dim: Dim, width: Width) -> Dim:
    return sum_extent([dim, *(each if isinstance(each, int) else extent_of(each) for each in width)])


define(
    OpDef(
        name="pad",
        infer=_infer_pad,
        evaluate=lambda x, width, *constants, mode: np.pad(
            x, width, mode, **({"constant_values": constants[0]} if constants else {})
        ),
        operands=("x", "pad_width", "constant_values?"),
        attrs={"mode": "constant"},
        callables={np.pad: "x, pad_width, mode, constant_values, end_values, stat_length, reflect_type"},
    )
)


def _infer_resize(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    return Array(array_operand(operands[0]).dtype, extents_of(operands[1:]))


define(
    OpDef(
        name="resize",
        infer=_infer_resize,
        evaluate=np.resize,
        operands=("x", "new_shape"),
        callables={np.resize: "x, new_shape"},
    )
)


def _infer_windows(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x, axis = array_operand(operands[0]), attrs["axis"]
    if axis is None and x.rank != 1:
        raise TypeInferenceError("sliding_window_view of an array with several dimensions needs its axis")
    (axis,) = normalize_axes(0 if axis is None else axis, x.rank)
    width = extent_of(operands[1])
    dim = x.shape[axis]
    left = shift(dim, 1 - width) if isinstance(width, int) else None
    if isinstance(left, int) and left < 0:
        raise TypeInferenceError("the window is longer than the axis")
    return Array(x.dtype, (*x.shape[:axis], left, *x.shape[axis + 1 :], width))


# A view that NumPy does not write through.
define(
    OpDef(
        name="sliding_window_view",
        infer=_infer_windows,
        evaluate=lambda x, width, axis: np.lib.stride_tricks.sliding_window_view(x, width, axis),
        operands=("x", "window_shape"),
        attrs={"axis": None},
        callables={np.lib.stride_tricks.sliding_window_view: "x, window_shape, axis, subok, writeable"},
        fresh=False,
    )
)
