"""Items of lists of run-time length that have just been stored are read where they came from, and stored once.

    before:  %a = index_set %xs %t %i;  %b = index %a %i;  %c = index_set %a %u %i
    after:   %c = index_set %xs %u %i                                       with %t for %b

An item that is put together again of all its parts is that item, one that is stored where it was read changes nothing,
and zeros in between are not added: so `bs[i].v += f` leaves the cotangent of `bs[i].v` as it is.
"""

from __future__ import annotations

from adjoint.ir.core import Function, Op, Region, Value, const_of, is_const, users, walk
from adjoint.ir.types import List, same_dim, shape_of
from adjoint.passes.items import forward_items

_ITEM = ("int",)


def forward_places(function: Function) -> None:
    """Do so in place. Stores that nobody reads stay behind."""
    if any(_is_store(op) for op in walk(function.body)):
        _region(function.body, {})
        forward_items(function)
        _drop_overwritten(function)


def _region(region: Region, replaced: dict[Value, Value]) -> None:
    kept: list[Op] = []
    for op in region.ops:
        op.operands = [_resolved(operand, replaced) for operand in op.operands]
        known = _known(op)
        if known is not None:
            replaced[op.result] = known
            continue
        for inner in op.regions:
            _region(inner, replaced)
        kept.append(op)
    region.ops[:] = kept


def _resolved(value: Value, replaced: dict[Value, Value]) -> Value:
    while value in replaced:
        value = replaced[value]
    return value


def _known(op: Op) -> Value | None:
    """What the operation gives, if that is there already."""
    if op.opcode == "tuple":
        return _whole(op)
    if op.opcode == "add" and op.derived:
        return _beside_zeros(op)
    if _is_store(op) and _is_read_at(op.operands[1], op.operands[0], op.operands[2]):
        return op.operands[0]
    before = op.operands[0].op if op.opcode == "index" and op.attrs["spec"] == _ITEM else None
    if before is None or not _is_store(before) or not _same(before.operands[2], op.operands[1]):
        return None
    item = before.operands[1]
    return item if item.type == op.result.type else None


def _beside_zeros(op: Op) -> Value | None:
    """What a cotangent of zeros is added to."""
    for zeros, other in (op.operands, op.operands[::-1]):
        made = zeros.op
        if made is not None and made.derived and made.opcode == "zeros_like" and other.type == op.result.type:
            if all(map(same_dim, shape_of(zeros.type), shape_of(other.type))):
                return other
    return None


def _whole(op: Op) -> Value | None:
    """The tuple that the operation puts together again of its parts."""
    first = op.operands[0].op if op.operands else None
    whole = first.operands[0] if first is not None and first.opcode == "getitem" else None
    if whole is None or whole.type != op.result.type:
        return None
    return whole if all(_is_part(part, whole, number) for number, part in enumerate(op.operands)) else None


def _is_part(part: Value, whole: Value, number: int) -> bool:
    op = part.op
    return op is not None and op.opcode == "getitem" and op.operands[0] is whole and op.attrs["index"] == number


def _is_store(op: Op) -> bool:
    """Whether it stores an item of a list."""
    return op.opcode == "index_set" and op.attrs["spec"] == _ITEM and isinstance(op.operands[0].type, List)


def _is_read_at(item: Value, listed: Value, place: Value) -> bool:
    """Whether an item was read at this place of this list."""
    op = item.op
    if op is None or op.opcode != "index" or op.attrs["spec"] != _ITEM or op.operands[0] is not listed:
        return False
    return _same(op.operands[1], place)


def _same(one: Value, other: Value) -> bool:
    return one is other or (is_const(one) and is_const(other) and bool(const_of(one) == const_of(other)))


def _drop_overwritten(function: Function) -> None:
    """A store that only another one at its place reads is left out."""
    readers = users(function.body)
    for op in walk(function.body):
        while _is_store(op) and (before := _overwritten(op, readers)) is not None:
            op.operands[0] = before


def _overwritten(op: Op, readers: dict[Value, list[tuple[Op, int]]]) -> Value | None:
    before = op.operands[0].op
    if before is None or not _is_store(before) or not _same(before.operands[2], op.operands[2]):
        return None
    return before.operands[0] if len(readers[before.result]) == 1 else None
