"""Items of lists of run-time length that have just been stored are read where they came from, and stored once.

    before:  %a = index_set %xs %t %i;  %b = index %a %i;  %c = index_set %a %u %i
    after:   %c = index_set %xs %u %i                                       with %t for %b

An item that is put together again of all its parts is that item, one that is stored where it was read changes nothing,
and zeros in between are not added: so `bs[i].v += f` leaves the cotangent of `bs[i].v` as it is.
"""

from __future__ import annotations

from adjoint.ir.core import Function, Op, Value, walk
from adjoint.ir.ops.indexing import same_place
from adjoint.ir.types import List, same_dim, shape_of
from adjoint.passes.items import forward_items, replace_known
from adjoint.passes.stores import drop_overwritten

_ITEM = ("int",)


def forward_places(function: Function) -> None:
    """Do so in place. Stores that nobody reads stay behind."""
    if any(map(_is_store, walk(function.body))):
        replace_known(function, _known)
        forward_items(function)
        drop_overwritten(function)


def _known(op: Op) -> Value | None:
    """What the operation gives, if that is there already."""
    if op.opcode == "tuple":
        return _whole(op)
    if op.opcode == "add" and op.derived:
        return _beside_zeros(op)
    if _is_store(op):
        listed, item, *_ = op.operands
        is_read = item.op is not None and item.op.opcode == "index" and item.op.operands[0] is listed
        return listed if is_read and item.op is not None and same_place(item.op, op) else None
    before = op.operands[0].op if op.opcode == "index" else None
    if before is None or not _is_store(before) or not same_place(op, before):
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
