"""Reads scatter their cotangent back; writes split it between what was there and what was written."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from adjoint.ir.core import Value
from adjoint.ir.distinct import exchanged, names_each_once
from adjoint.ir.ops.indexing import is_whole
from adjoint.ir.same_extents import extent_of, part_extent
from adjoint.ir.types import Scalar, is_differentiable, may_be_one, same_dim
from adjoint.rules.expr import Expr
from adjoint.rules.registry import linear, pullback, pushforward


def _values(index: tuple[Expr, ...]) -> list[Value]:
    return [item.value for item in index]


def only_adds_axes(spec: Any) -> bool:
    """Whether an index such as `x[:, None]` reads every element once, in order."""
    return all(entry in ("new", "...") or entry == ("slice", False, False, False) for entry in spec)


@linear("index", wrt=(0,))
def index(y_bar: Expr, x: Expr, *index: Expr, spec: Any) -> Any:
    """Elements read twice get both cotangents."""
    if only_adds_axes(spec):
        return y_bar[tuple(0 if entry == "new" else ... if entry == "..." else slice(None) for entry in spec)]
    return y_bar.emit("index_add", x.emit("zeros_like", x), y_bar, *_values(index), spec=spec)


@linear("index_add", wrt=(0, 1))
def index_add(y_bar: Expr, x: Expr, value: Expr, *index: Expr, spec: Any) -> Any:
    return y_bar, lambda: part_of(y_bar, value, index, spec, x)


@pullback("index_set")
def index_set(y_bar: Expr, x: Expr, value: Expr, *index: Expr, spec: Any) -> Any:
    """What was overwritten gets nothing. The value's share is read first: `v_bar += u_bar[i]; u_bar[i] = 0`."""
    turned = exchanged(x.value, value.value, _values(index), spec)
    if turned is not None:  # the cotangents change places as the rows did
        return lambda: _exchange(y_bar, _values(index), turned, spec), None
    written = part_of(y_bar, value, index, spec, x, is_set=True) if is_differentiable(value.type) else None
    if is_whole(spec):
        return None, written
    return lambda: y_bar.emit("index_set", y_bar, 0.0, *_values(index), spec=spec), written


def _exchange(y_bar: Expr, index: Sequence[Value], turned: Sequence[Value], spec: Any) -> Expr:
    """`y_bar[[i, j]] = y_bar[[j, i]]`: both lists are written anew, so that only the numbers are kept."""
    here, there = ([_written_anew(y_bar, each) for each in items] for items in (index, turned))
    return y_bar.emit("index_set", y_bar, y_bar.emit("index", y_bar, *there, spec=spec), *here, spec=spec)


def _written_anew(y_bar: Expr, item: Value) -> Any:
    op = item.op
    return y_bar.emit(op.opcode, *op.operands) if op is not None and op.opcode == "list" else item


@pushforward("index_set")
def push_index_set(tangents: tuple[Expr | None, ...], x: Expr, value: Expr, *index: Expr, spec: Any) -> Any:
    into, written = tangents[:2]
    into = x.emit("zeros_like", x) if into is None else into
    return into.emit("index_set", into, 0.0 if written is None else written, *_values(index), spec=spec)


def part_of(
    y_bar: Expr, value: Expr, index: tuple[Expr, ...], spec: Any, written_to: Expr, is_set: bool = False
) -> Expr:
    """The cotangent of what was written, summed to its shape. Of several elements set at one place the last counts."""
    part = y_bar if is_whole(spec) else y_bar.emit("index", y_bar, *_values(index), spec=spec)
    if is_set and "array" in spec and not names_each_once(spec, _values(index)):
        part = _where_last(part, written_to, index, spec)
    place = [part_extent(written_to.value, _values(index), spec, axis) for axis in range(part.ndim)]
    return _summed_to(part, value, place)


def _where_last(part: Expr, x: Expr, index: tuple[Expr, ...], spec: Any) -> Expr:
    """The part with 0 for each write that a later one to the same element has undone.

    The writes are numbered, and the numbers written at the same index: those read back are the last ones.
    """
    number = part.emit("arange", part.size)
    number = number if part.ndim == 1 else number.emit("reshape", number, part.shape)
    count = x.emit("zeros_like", x, dtype=int)
    count = count.emit("index_set", count, number, *_values(index), spec=spec)
    last = count.emit("index", count, *_values(index), spec=spec).equals(number)
    return part.emit("where", last, part, 0.0)


def _summed_to(part: Expr, value: Expr, place: Sequence[Hashable | None]) -> Expr:
    """The cotangent of a value from that of the part of an array which the value filled, with the part's extents."""
    if isinstance(value.type, Scalar) or value.ndim == 0:
        return part.sum() if part.ndim else part
    if value.ndim > part.ndim:  # leading extents of 1
        return part.emit("reshape", part, value.shape)
    missing = part.ndim - value.ndim
    pairs = list(enumerate(zip(part.dims[missing:], value.dims), missing))
    doubtful = [axis for axis, (big, small) in pairs if may_be_one(small) and small != 1 and not same_dim(small, big)]
    if any(place[axis] is None or place[axis] != extent_of(value.value, axis - missing) for axis in doubtful):
        return part.emit("unbroadcast", part, value)
    kept = tuple(axis for axis, (big, small) in pairs if small == 1 and big != 1)
    if kept:
        part = part.emit("sum", part, axis=kept[0] if len(kept) == 1 else kept, keepdims=True)
    axes = tuple(range(missing))
    return part.emit("sum", part, axis=0 if missing == 1 else axes) if missing else part
