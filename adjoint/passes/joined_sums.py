"""What one statement's answer adds to a place several times is added up first.

    before:  %b1 = index_add %b %v %i;  %b2 = index_add %b1 %w %j;  %b3 = index_add %b2 %z %i
    after:   %b1 = index_add %b %w %j;  %s = add %v %z;  %b3 = index_add %b1 %s %i

A buffer of zeros that is filled only to be added to another one is not made: what fills it goes straight there.

    before:  %z = zeros_like %x;  %z1 = index_add %z %v %i;  %b2 = add %b %z1
    after:   %b2 = index_add %b %v %i

    before:  %z = zeros_like %x;  %z1 = index_add %z %v %i;  %rows2 = index_add %rows %z1 %k
    after:   %rows2 = index_add %rows %v %k %i
"""

from __future__ import annotations

from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, users, walk_regions
from adjoint.ir.ops.indexing import same_place
from adjoint.ir.types import Array, List, are_alike, is_numeric, rank_of

Uses = dict[Value, list[tuple[Op, int]]]
_FARTHEST = 8
"""How many sums are looked through."""


def join_sums(function: Function) -> None:
    """Join sums into the same place of a buffer that nobody reads in between, in place."""
    uses = users(function.body)
    for region in walk_regions(function.body):
        for op in [op for op in region.ops if op.opcode == "add" and op.derived]:
            _fill_directly(op, region, uses)
        for op in [op for op in region.ops if _adds_to_item(op)]:
            _fill_item(op, region, uses)
        for op in [op for op in region.ops if op.opcode == "index_add" and op.derived]:
            later = _next_at_place(op, region, uses)
            if later is not None:
                _join(op, later, region, uses)


def _next_at_place(op: Op, region: Region, uses: Uses) -> Op | None:
    last = op
    for _ in range(_FARTHEST):
        readers = uses.get(last.result, [])
        if len(readers) != 1 or readers[0][1] != 0 or not _may_join(op, readers[0][0], region):
            return None
        last = readers[0][0]
        if same_place(op, last):
            return last if _fit(op.operands[1], last.operands[1]) else None
    return None


def _may_join(op: Op, other: Op, region: Region) -> bool:
    answers_same = other.line is not None and op.line is not None and other.line.number == op.line.number
    return other.opcode == "index_add" and other.derived and answers_same and other in region.ops


def _fit(one: Value, other: Value) -> bool:
    """Whether the two are numbers or arrays of one shape and dtype."""
    if not (is_numeric(one.type) and is_numeric(other.type)):
        return False
    if not rank_of(one.type) and not rank_of(other.type):
        return True
    return are_alike(one.type, other.type)


def _join(op: Op, later: Op, region: Region, uses: Uses) -> None:
    """Let the later one add both; the first goes."""
    base = op.operands[0]
    ((follower, _),) = uses.pop(op.result)
    follower.operands[0] = base
    uses[base] = [(follower, 0) if use[0] is op else use for use in uses[base]]
    builder = Builder(Region(), line=later.line, derived=True)
    total = builder.emit("add", op.operands[1], later.operands[1])
    region.ops.remove(op)
    at = region.ops.index(later)
    region.ops[at:at] = builder.region.ops
    later.operands[1] = total


def _fill_directly(total: Op, region: Region, uses: Uses) -> None:
    """Where a sum is of an array and of zeros that were added to: add to the array."""
    for position in (1, 0):
        links = _links(total.operands[position], region, uses)
        base = total.operands[1 - position]
        if not links or base is links[-1].result or not _fit(base, total.result) or not _fit(base, links[0].result):
            continue
        region.ops[:] = [op for op in region.ops if op not in links]
        at = region.ops.index(total)
        region.ops[at : at + 1] = links
        uses[base] = [(links[0], 0) if use[0] is total else use for use in uses[base]]
        links[0].operands[0] = base
        links[-1].result.name = total.result.name
        for link in links:
            link.result.type = base.type
        uses[links[-1].result] = uses.pop(total.result, [])
        for user, place in uses[links[-1].result]:
            user.operands[place] = links[-1].result
        return


def _adds_to_item(op: Op) -> bool:
    """Whether a derivative adds to an array in a list."""
    is_list = op.opcode == "index_add" and op.derived and isinstance(op.operands[0].type, List)
    return is_list and tuple(op.attrs["spec"]) == ("int",) and rank_of(op.operands[1].type) > 0


def _fill_item(total: Op, region: Region, uses: Uses) -> None:
    """Where zeros that were added to are added to an item of a list: add to the item."""
    rows, amount, place = total.operands
    links = _links(amount, region, uses)
    item = rows.type.item if isinstance(rows.type, List) else None
    if not links or any(entry in ("array", "mask") for link in links for entry in link.attrs["spec"]):
        return
    if not isinstance(item, Array) or not isinstance(amount.type, Array) or item.dtype != amount.type.dtype:
        return
    if item.rank != amount.type.rank:
        return
    region.ops[:] = [op for op in region.ops if op not in links]
    at = region.ops.index(total)
    region.ops[at : at + 1] = links
    last = links[-1].result
    uses[last] = uses.pop(total.result, [])
    for user, number in uses[last]:
        user.operands[number] = last
    for op in (total, *links):
        for operand in op.operands:
            uses[operand] = [use for use in uses[operand] if use[0] is not op]
    for link in links:
        _, value, *index = link.operands
        link.operands, link.attrs = [rows, value, place, *index], {**link.attrs, "spec": ("int", *link.attrs["spec"])}
        link.result.type, link.result.name, rows = rows.type, total.result.name, link.result
        for number, operand in enumerate(link.operands):
            uses.setdefault(operand, []).append((link, number))


def _links(value: Value, region: Region, uses: Uses) -> list[Op]:
    """The sums, first one first, that made a value of zeros; empty if it is anything else, or read elsewhere."""
    links: list[Op] = []
    while value.op is not None and value.op.derived and value.op.opcode in ("zeros_like", "index_add"):
        if len(uses.get(value, ())) != 1 or value.op not in region.ops:
            break
        if value.op.opcode == "zeros_like":
            return links[::-1]
        if len(links) == _FARTHEST:
            break
        links.append(value.op)
        value = value.op.operands[0]
    return []
