"""Pullbacks of lists whose length is known at run time. Each undoes what the operation did to the list of cotangents.

    ys = xs + [v]          v_bar = ys_bar.pop();  what is left is xs_bar
    ys = xs without xs[i]  ys_bar.insert(i, 0.0)
    xs[i] = v              v_bar = xs_bar[i];  xs_bar[i] = 0.0

Forward mode needs no rules: the operations in `PARTS` are linear, so each is applied to the tangents.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from adjoint.ir.builder import Builder
from adjoint.ir.core import Op, Region, Value, const_of, is_const
from adjoint.ir.ops.lists import PARTS
from adjoint.ir.opset import evaluation_attrs
from adjoint.ir.types import (
    INT,
    Array,
    List,
    Scalar,
    Type,
    dtype_of,
    is_differentiable,
    is_numeric,
    rank_of,
    shape_of,
)
from adjoint.rules.expr import Expr
from adjoint.rules.indexing import part_of
from adjoint.rules.registry import RuleMissing

Zero = Callable[[Value], Value]
Share = Callable[[], Value]
FIRST, LAST = 0, -1


@final
@dataclass(frozen=True, slots=True)
class Pull:
    """One operation on a list and the cotangent of its result. `zero` gives the zero cotangent of a primal value."""

    builder: Builder
    op: Op
    total: Value
    zero: Zero

    def emit(self, opcode: str, *operands: Any, **attrs: Any) -> Value:
        """Append an operation; plain numbers become constants."""
        values = [each if isinstance(each, Value) else self.builder.const(each) for each in operands]
        return self.builder.emit(opcode, *values, **attrs)

    def item(self, position: Any) -> Value:
        """One item of the cotangent."""
        made = self.total.op
        if position == LAST and made is not None and made.derived and made.opcode == "list_append":
            return made.operands[1]
        return self.emit("index", self.total, position, spec=("int",))

    def without(self, position: Any) -> Value:
        """The cotangent without one item."""
        made = self.total.op
        if position == LAST and made is not None and made.derived and made.opcode == "list_append":
            return made.operands[0]
        return self.emit("list_delete", self.total, position)


def is_list_op(op: Op) -> bool:
    """Whether the operation is differentiated here."""
    if op.opcode in ("index_set", "index_add"):
        return isinstance(op.operands[0].type, List)
    return op.opcode in PULLBACKS


def pull_list(builder: Builder, op: Op, total: Value, active: list[bool], zero: Zero) -> list[Value | None]:
    """The cotangent of each active operand."""
    given = PULLBACKS[op.opcode](Pull(builder, op, total, zero))
    shares: list[Value | None] = [None] * len(op.operands)
    for index in sorted(given, reverse=True):  # the item is read before the list changes
        if active[index]:
            shares[index] = given[index]()
    return shares


def push_list(builder: Builder, op: Op, tangent: Callable[[Value, Type], Value]) -> Value:
    """The tangent of the result; `tangent` gives that of an operand, where one of the type is needed."""
    if op.opcode == "list_sort":
        order = builder.emit("list_argsort", op.operands[0], **evaluation_attrs(op))
        order.name = "order"
        return builder.emit("list_permute", tangent(op.operands[0], op.result.type), order)
    operands = list(op.operands)
    for index in PARTS.get(op.opcode, (0, 1)):
        operands[index] = tangent(operands[index], _place(op, index))
    return builder.emit(op.opcode, *operands, **evaluation_attrs(op))


def _place(op: Op, index: int) -> Type:
    """The type an operand has once it is part of the result: an int put into a list of floats is a float."""
    whole, own = op.result.type, op.operands[index].type
    if not isinstance(whole, List) or op.opcode in ("list_of_rows", "list_split"):
        return own
    if index == 0 or op.opcode in ("list_concat", "list_add"):
        return whole
    if op.opcode in ("list_append", "list_insert"):
        return whole.item
    place: Type = whole
    for entry in op.attrs["spec"]:
        place = place.item if isinstance(place, List) and entry == "int" else place
    if not isinstance(place, Array) or not is_numeric(own) or not rank_of(own):
        return place
    return own if is_differentiable(own) else Array(place.dtype, shape_of(own))


# one function an operation: the shares of its operands, to be called in the order of the last first


def _append(pull: Pull) -> dict[int, Share]:
    return {0: lambda: pull.without(LAST), 1: lambda: pull.item(LAST)}


def _insert(pull: Pull) -> dict[int, Share]:
    place = pull.op.operands[1]
    position: Any = FIRST
    if not (is_const(place) and const_of(place) == 0):
        others = pull.emit("sub", pull.emit("len", pull.total), 1)
        position = pull.emit("list_position", place, others)
    return {0: lambda: pull.without(position), 2: lambda: pull.item(position)}


def _delete(pull: Pull) -> dict[int, Share]:
    xs, place = pull.op.operands

    def share() -> Value:
        zero = _zero_at(pull, xs, ("int",), [place])
        if is_const(place):
            at = const_of(place)
            if at == LAST:
                return pull.emit("list_append", pull.total, zero)
            return pull.emit("list_insert", pull.total, at if at >= 0 else at + 1, zero)
        at = place
        if not _counts_up(place):
            at = pull.emit("mod", place, pull.emit("add", pull.emit("len", pull.total), 1))
        return pull.emit("list_insert", pull.total, at, zero)

    return {0: share}


def _counts_up(value: Value) -> bool:
    """Whether the int is surely not negative: a length."""
    return value.op is not None and value.op.opcode == "len"


def _concat(pull: Pull) -> dict[int, Share]:
    xs, ys = pull.op.operands
    written = ys.op.operands if ys.op is not None and ys.op.opcode == "list" else None
    if written is not None and len(written) == 0:
        return {0: lambda: pull.total}
    if written is not None:
        count = len(written)
        items = range(-count, 0)
        left = (lambda: pull.without(LAST)) if count == 1 else lambda: pull.emit("list_truncate", pull.total, -count)
        return {0: left, 1: lambda: pull.emit("list", *map(pull.item, items))}
    length = pull.emit("len", xs)
    slice_from = ("slice", True, False, False)
    return {
        0: lambda: pull.emit("list_truncate", pull.total, length),
        1: lambda: pull.emit("index", pull.total, length, spec=(slice_from,)),
    }


def _truncate(pull: Pull) -> dict[int, Share]:
    xs, length = pull.op.operands
    assert isinstance(xs.type, List)

    def share() -> Value:
        if _is_scalar(_item(xs)):
            gone = pull.emit("sub", pull.emit("len", xs), pull.emit("len", pull.total))
            rest = pull.emit("list_repeat", pull.emit("list", _nothing(_item(xs))), gone)
        else:
            rest = pull.zero(pull.emit("index", xs, length, spec=(("slice", True, False, False),)))
        return pull.emit("list_concat", pull.total, rest)

    return {0: share}


def _reverse(pull: Pull) -> dict[int, Share]:
    return {0: lambda: pull.emit("list_reverse", pull.total)}


def _repeat(pull: Pull) -> dict[int, Share]:
    """The sum over the copies."""
    xs, times = pull.op.operands
    written = xs.op.operands if xs.op is not None and xs.op.opcode == "list" else ()
    if len(written) == 1 and _is_scalar(written[0].type):
        return {0: lambda: pull.emit("list", pull.emit("sum_of", pull.total))}
    return {0: lambda: _sum_of_copies(pull, xs, times)}


def _sum_of_copies(pull: Pull, xs: Value, times: Value) -> Value:
    """for k in range(n): xs_bar = xs_bar + ys_bar[k * len(xs):(k + 1) * len(xs)]"""
    builder, outer = pull.builder, pull.builder.region
    length, start = pull.emit("len", xs), pull.zero(xs)
    bounds = [builder.const(0), times, builder.const(1)]
    index, total = Value(INT), Value(start.type, f"{xs.name}_bar" if xs.name else None)
    body = builder.region = Region([index, total])
    low = pull.emit("mul", index, length)
    part = pull.emit("index", pull.total, low, pull.emit("add", low, length), spec=(("slice", True, True, False),))
    builder.terminate("continue", _sum(pull, total, part))
    builder.region = outer
    return builder.op("for", [*bounds, start], [start.type], {}, [body]).result


def _sum(pull: Pull, a: Value, b: Value) -> Value:
    return pull.emit("list_add", a, b, item=_item(a))


def _permute(pull: Pull) -> dict[int, Share]:
    order = pull.op.operands[1]
    return {0: lambda: pull.emit("list_permute", pull.total, _inverse(pull, order))}


def _inverse(pull: Pull, order: Value) -> Value:
    places = pull.emit("list_argsort", order)
    places.name = "places"
    return places


def _sort(pull: Pull) -> dict[int, Share]:
    """Each item gets the cotangent of the place it went to."""

    def share() -> Value:
        order = pull.emit("list_argsort", pull.op.operands[0], **evaluation_attrs(pull.op))
        order.name = "order"
        return pull.emit("list_permute", pull.total, _inverse(pull, order))

    return {0: share}


def _add(pull: Pull) -> dict[int, Share]:
    return {0: lambda: pull.total, 1: lambda: pull.total}


def _rows(pull: Pull) -> dict[int, Share]:
    """The cotangents of the rows, in an array of their dtype: a zero to which nothing was added is a float."""
    x = pull.op.operands[0]
    dtype = np.dtype(dtype_of(x.type))

    def share() -> Value:
        is_plain = dtype in (np.dtype(np.float64), np.dtype(np.complex128))
        whole = pull.emit("asarray", pull.total, dtype=None if is_plain else dtype.type)
        return whole if rank_of(x.type) == 1 else pull.emit("reshape", whole, pull.emit("shape", x))

    return {0: share}


def _stack(pull: Pull) -> dict[int, Share]:
    axis = pull.op.attrs["axis"]

    def share() -> Value:
        rows = pull.total if axis == 0 else pull.emit("moveaxis", pull.total, source=axis, destination=0)
        return as_list(pull.builder, rows, pull.op.operands[0])

    return {0: share}


def _concatenate(pull: Pull) -> dict[int, Share]:
    return {0: lambda: pull.emit("list_split", pull.total, pull.op.operands[0], **evaluation_attrs(pull.op))}


def _split(pull: Pull) -> dict[int, Share]:
    return {0: lambda: pull.emit("list_concatenate", pull.total, **evaluation_attrs(pull.op))}


def _copies(pull: Pull) -> dict[int, Share]:
    return {0: lambda: pull.total}


def _set(pull: Pull) -> dict[int, Share]:
    """What was overwritten gets nothing."""
    xs, _, *index = pull.op.operands
    spec = pull.op.attrs["spec"]
    return {
        0: lambda: pull.emit("index_set", pull.total, _zero_at(pull, xs, spec, index), *index, spec=spec),
        1: lambda: _written(pull),
    }


def _index_add(pull: Pull) -> dict[int, Share]:
    return {0: lambda: pull.total, 1: lambda: _written(pull)}


def _written(pull: Pull) -> Value:
    """The cotangent of what was written or added."""
    items, value, *index = pull.op.operands
    spec = pull.op.attrs["spec"]
    if not is_numeric(value.type) or len(spec) == 1:
        return pull.emit("index", pull.total, *index, spec=spec)
    if "array" in spec and pull.op.opcode == "index_set":
        raise RuleMissing("index_set", "a write at an array of indices may write an element twice")
    builder = pull.builder
    total, part, into = (Expr(builder, each) for each in (pull.total, value, items))
    return part_of(total, part, tuple(Expr(builder, i) for i in index), spec, into).value


def _zero_at(pull: Pull, xs: Value, spec: tuple[Any, ...], index: list[Value]) -> Value:
    """The zero cotangent of an item, with the shape the item has."""
    item: Type = xs.type
    for depth in range(len(spec)):
        if not isinstance(item, List):
            return pull.builder.const(_zero_number(item))  # a part of an array: a number spreads over it
        item = item.item if spec[depth] == "int" else item
    if _is_scalar(item):
        return pull.builder.const(_nothing(item))
    return pull.zero(pull.emit("index", xs, *index, spec=spec))


def _item(xs: Value) -> Type:
    assert isinstance(xs.type, List)
    return xs.type.item


def _is_scalar(t: Type) -> bool:
    return isinstance(t, Scalar) or (isinstance(t, Array) and not t.rank)


def _nothing(t: Type) -> Any:
    """The zero cotangent of a number; None where it has none."""
    if isinstance(t, Scalar) and t.kind in ("int", "bool"):
        return None
    return _zero_number(t)


def _zero_number(t: Type) -> Any:
    complex_ = t == Scalar("complex") or (isinstance(t, Array) and t.dtype.startswith("complex"))
    return 0j if complex_ else 0.0


PULLBACKS: dict[str, Callable[[Pull], dict[int, Share]]] = {
    "list_append": _append,
    "list_insert": _insert,
    "list_delete": _delete,
    "list_concat": _concat,
    "list_truncate": _truncate,
    "list_reverse": _reverse,
    "list_repeat": _repeat,
    "list_permute": _permute,
    "list_sort": _sort,
    "list_add": _add,
    "list_of_rows": _rows,
    "list_stack": _stack,
    "list_concatenate": _concatenate,
    "list_split": _split,
    "list_copies": _copies,
    "index_set": _set,
    "index_add": _index_add,
}


# lists and the arrays made of them


def as_list(builder: Builder, share: Value, like: Value) -> Value:
    """The cotangent of a list from that of the array it makes: one row an item."""
    item = _item(like)
    if rank_of(share.type) == 0 and _is_scalar(item):
        return builder.emit("list_repeat", builder.emit("list", share), builder.emit("len", like))
    if not _is_whole(share.type, item):
        share = builder.emit("full_like", builder.emit("asarray", like), share)
    return _nested_list(builder, share, item)


def _is_whole(t: Type, item: Type) -> bool:
    """Whether a cotangent has every row in full."""
    depth = 1 + (rank_of(item) if is_numeric(item) else _depth(item))
    return isinstance(t, Array) and t.rank == depth and all(dim != 1 for dim in t.shape)


def _depth(t: Type) -> int:
    return 1 + _depth(t.item) if isinstance(t, List) else rank_of(t)


def _nested_list(builder: Builder, share: Value, item: Type) -> Value:
    if isinstance(item, Scalar) or isinstance(item, List):
        return builder.emit("tolist", share)
    return builder.emit("list_of_rows", share)
