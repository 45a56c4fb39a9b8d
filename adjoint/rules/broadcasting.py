"""Broadcasting undone: the cotangent of an operand has the operand's shape.

    y = x + b,  x: (n, 3),  b: (3,)          b_bar = y_bar.sum(axis=0)
    y = x + c,  c: float,  y_bar lazy: 1.0   c_bar = x.size * 1.0

Where it is not known at transform time what was broadcast, the operation `unbroadcast` asks at run time.
"""

from __future__ import annotations

from collections.abc import Sequence

from adjoint.ir.builder import Builder
from adjoint.ir.core import Op, Value
from adjoint.ir.opset import lookup
from adjoint.ir.same_extents import are_equal
from adjoint.ir.types import Array, Dim, Type, may_be_one, rank_of, same_dim, shape_of


def is_lazy(t: Type, like: Type) -> bool:
    """Whether a cotangent of type `t` is smaller than its value of type `like` (and broadcasts to it)."""
    small, full = shape_of(t), shape_of(like)
    return len(small) < len(full) or any(a == 1 and b != 1 for a, b in zip(small, full))


def materialize(builder: Builder, y_bar: Value, result: Value) -> Value:
    """The cotangent with the full shape of its value."""
    return builder.emit("full_like", result, y_bar) if is_lazy(y_bar.type, result.type) else y_bar


def _dim(value: Value, axis: int, rank: int) -> Dim:
    """The extent of an operand along an axis of the result; 1 where it lacks the axis."""
    shape = shape_of(value.type)
    own = axis - (rank - len(shape))
    return shape[own] if own >= 0 else 1


def _is_stretched(op: Op, operands: Sequence[Value], index: int, axis: int, result: Value) -> bool | None:
    """Whether the operand was broadcast along the axis (or has extent 1 like the result); None: unknown."""
    shape = shape_of(result.type)
    own = _dim(operands[index], axis, len(shape))
    if own == 1:
        return True
    if not may_be_one(own) or same_dim(own, shape[axis]):
        return False
    if lookup(op.opcode).elementwise and all(
        _dim(other, axis, len(shape)) == 1 or same_dim(_dim(other, axis, len(shape)), own)
        for other in operands
        if other is not operands[index]
    ):
        return False
    return False if lookup(op.opcode).elementwise and are_equal(op, axis, len(shape)) else None


def is_decidable(op: Op, operands: Sequence[Value], result: Value) -> bool:
    """Whether it is known what was broadcast, for every operand."""
    axes = range(rank_of(result.type))
    numeric = [i for i, operand in enumerate(operands) if _is_array(operand)]
    return all(_is_stretched(op, operands, i, axis, result) is not None for i in numeric for axis in axes)


def _is_array(value: Value) -> bool:
    return isinstance(value.type, Array) and value.type.rank > 0


def covers(op: Op, operands: Sequence[Value], given: Sequence[Value], result: Value) -> bool:
    """Whether the given operands alone broadcast to the result's shape."""
    if not lookup(op.opcode).elementwise:
        return False
    shape = shape_of(result.type)
    chosen = [i for i, operand in enumerate(operands) if any(operand is value for value in given)]
    if all(rank_of(operands[i].type) < len(shape) for i in chosen):
        return False  # they lack an axis, if only one of extent 1
    return all(
        shape[axis] == 1 or any(_is_stretched(op, operands, i, axis, result) is False for i in chosen)
        for axis in range(len(shape))
    )


def reduce_to(builder: Builder, share: Value, op: Op, operands: Sequence[Value], index: int, result: Value) -> Value:
    """The share of an elementwise operation's operand, summed over what was broadcast. The result may be lazy."""
    operand, shape = operands[index], shape_of(result.type)
    summed: list[int] = []
    repeated: list[int] = []
    offset = len(shape) - rank_of(share.type)
    for axis, extent in enumerate(shape):
        stretched = _is_stretched(op, operands, index, axis, result)
        if stretched is None:
            return builder.emit("unbroadcast", share, operand)
        if not stretched:
            continue
        is_small = axis < offset or shape_of(share.type)[axis - offset] == 1
        if is_small and extent != 1:
            repeated.append(axis)
        if axis >= offset and not (is_small and axis >= len(shape) - rank_of(operand.type)):
            summed.append(axis - offset)
    share = _sum(builder, share, summed, rank_of(operand.type))
    return _times_extents(builder, share, op, operands, repeated, result) if repeated else share


def _sum(builder: Builder, share: Value, axes: list[int], rank: int) -> Value:
    """Sum over axes: the leading ones, which the operand lacks, go; the others keep extent 1."""
    if not axes:
        return share
    extra = max(rank_of(share.type) - rank, 0)
    if rank == 0:
        return builder.emit("sum", share)
    leading = tuple(axis for axis in axes if axis < extra)
    kept = tuple(axis for axis in axes if axis >= extra)
    if kept:
        share = builder.emit("sum", share, axis=kept[0] if len(kept) == 1 else kept, keepdims=True)
    if leading:
        share = builder.emit("sum", share, axis=leading[0] if len(leading) == 1 else leading)
    return share


def _times_extents(
    builder: Builder, share: Value, op: Op, operands: Sequence[Value], axes: list[int], result: Value
) -> Value:
    """A lazy cotangent stands for many equal elements: their sum is one of them times how many."""
    shape = shape_of(result.type)
    rank = len(shape)
    sources = [*operands, result] if lookup(op.opcode).elementwise else [result]
    whole = [v for v in sources if _has_axes(v, range(rank), shape)]
    known = [shape[axis] for axis in axes]
    count = 1
    for dim in known:
        count *= dim if isinstance(dim, int) else 1
    if all(isinstance(dim, int) for dim in known):
        return builder.emit("mul", builder.const(count), share)
    if len(axes) == rank:
        return builder.emit("mul", builder.emit("size", whole[0]), share)
    for axis in axes:
        source = next(v for v in sources if _has_axes(v, [axis], shape))
        position = axis - (rank - rank_of(source.type))
        extent = builder.emit("getitem", builder.emit("shape", source), index=position)
        share = builder.emit("mul", extent, share)
    return share


def _has_axes(value: Value, axes: Sequence[int], shape: tuple[Dim, ...]) -> bool:
    own = [_dim(value, axis, len(shape)) for axis in axes]
    if value.type is not None and shape_of(value.type) is shape:
        return True
    return isinstance(value.type, Array) and all(same_dim(a, shape[axis]) for a, axis in zip(own, axes))
