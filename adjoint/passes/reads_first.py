"""What reads an array comes before the write into it, so that nothing need be copied.

    before:  %b2 = index_set %b %zero %i;  %d = index %b %i;  %e = mul %a %d
    after:   %d = index %b %i;  %e = mul %a %d;  %b2 = index_set %b %zero %i

Only pure operations of a derivative move, within their region, with what they need. The user's keep their order.
"""

from __future__ import annotations

from typing import final

from adjoint.analysis.sharing import SHAPE_ONLY
from adjoint.ir.core import Function, Op, Region, Value, users, walk, walk_regions
from adjoint.ir.ops.lists import GROWS, STORES
from adjoint.ir.opset import TABLE, is_pure, shares_memory
from adjoint.ir.types import Array, rank_of

Uses = dict[Value, list[tuple[Op, int]]]


def read_first(function: Function) -> None:
    """Move readers of arrays in front of the writes that follow in the text before them, in place."""
    if not any((op.opcode in STORES and op.derived) or _adds_to_carry(op) for op in walk(function.body)):
        return
    uses = users(function.body)
    for region in walk_regions(function.body):
        if any(op.opcode == "enter" for op in region.ops):
            continue
        order = _order(region)
        for op in [op for op in region.ops if _writes(op)]:
            if _advance(op, region, order, uses):
                order = _order(region)


def _writes(op: Op) -> bool:
    """Whether an array changes here, or may."""
    return (op.opcode in STORES and isinstance(op.operands[0].type, Array)) or _adds_to_carry(op)


def _adds_to_carry(op: Op) -> bool:
    """Whether the derivative adds to an array that a loop carries, which may be done where it is."""
    if op.opcode not in ("add", "sub") or not op.derived or op.operands[0].op is not None:
        return False
    old, new = op.operands[0], op.result
    return isinstance(new.type, Array) and new.type.rank > 0 and old.name is not None and old.name == new.name


def _order(region: Region) -> dict[Op, int]:
    return {op: number for number, op in enumerate(region.ops)}


@final
class _Behind:
    """The operations of a region from a write on."""

    def __init__(self, write: Op, order: dict[Op, int]) -> None:
        self.order = order
        self.start = order[write]

    def __contains__(self, op: Op) -> bool:
        return self.order.get(op, -1) >= self.start


def _advance(write: Op, region: Region, order: dict[Op, int], uses: Uses) -> bool:
    """Move what reads the old version, or a view of it, in front of its write. Whether anything moved."""
    later = _Behind(write, order)
    readers = _readers(write, later, uses) | _scaled_numbers(write, later, uses)
    moved: set[Op] = set()
    for reader in sorted(readers, key=order.__getitem__):
        moved |= _needed(reader, write, later) or set()
    if moved:
        behind = region.ops[later.start :]
        region.ops[later.start :] = [op for op in behind if op in moved] + [op for op in behind if op not in moved]
    return bool(moved)


def _scaled_numbers(write: Op, later: _Behind, uses: Uses) -> set[Op]:
    """What only scales a number that was read in front of the write: `d = 0.5 * x_bar[i]` in one go."""
    found: set[Op] = set()
    for read, position in uses.get(write.operands[0], ()):
        readers = uses.get(read.result, []) if len(read.results) == 1 else []
        if position or read.opcode != "index" or rank_of(read.result.type) or len(readers) != 1:
            continue
        user = readers[0][0]
        if read not in later and user in later and user.opcode in ("mul", "truediv", "neg") and _may_move(user):
            found.add(user)
    return found


def _readers(write: Op, later: _Behind, uses: Uses) -> set[Op]:
    """The operations behind the write that read what it writes into, directly or through views."""
    found: set[Op] = set()
    pending, seen = [write.operands[0]], set()
    while pending:
        value = pending.pop()
        for user, position in uses.get(value, ()):
            if user in seen or user is write or SHAPE_ONLY.get(user.opcode) == position:
                continue
            seen.add(user)
            if user in later and _may_move(user):
                found.add(user)
            if position == 0 and shares_memory(user) and rank_of(user.result.type):
                pending += user.results
    return found


def _needed(op: Op, write: Op, later: _Behind) -> set[Op] | None:
    """The operation with what it needs from behind the write; None where that cannot move."""
    if op is write or not _may_move(op):
        return None
    needed = {op}
    for operand in op.operands:
        if operand.op is not None and operand.op in later:
            more = _needed(operand.op, write, later)
            if more is None:
                return None
            needed |= more
    return needed


def _may_move(op: Op) -> bool:
    if not op.derived or op.regions or op.opcode not in TABLE or op.opcode in STORES | GROWS:
        return op.opcode == "const"
    return is_pure(op) and op.opcode not in ("tape", "undef") and len(op.results) == 1
