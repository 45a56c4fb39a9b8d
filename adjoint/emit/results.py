"""What a forward function returns is taken apart where it is called: `(h, c), cell_kept = cell_forward(x, h, c)`.

    before:  %t, %kept = call ...;  %h = getitem %t;  push %s %kept %h;  %c = getitem %t
    after:   %t, %kept = call ...;  %h = getitem %t;  %c = getitem %t;  push %s %kept %h
"""

from __future__ import annotations

from adjoint.ir.core import Function, Op, Region, Value, users, walk, walk_regions
from adjoint.ir.types import Tuple


def take_apart_at_once(function: Function) -> None:
    """Read the items of a tuple that is a result beside others right behind the call, in place."""
    uses = users(function.body)
    for region in walk_regions(function.body):
        for call in [op for op in region.ops if op.opcode == "call" and len(op.results) > 1]:
            for result in call.results:
                reads = [user for user, _ in uses.get(result, ())]
                if isinstance(result.type, Tuple) and all(op.opcode == "getitem" for op in reads):
                    _move_behind(call, [op for op in region.ops if op in reads], region)


def _move_behind(call: Op, reads: list[Op], region: Region) -> None:
    place = region.ops.index(call) + 1
    for read in reads:
        between = region.ops[place : region.ops.index(read)]
        if any(read.result.name in _names(op) for op in between):
            continue
        region.ops.remove(read)
        region.ops.insert(place, read)
        place += 1


def _names(op: Op) -> set[str | None]:
    """The names that an operation reads or binds."""
    found: set[Value] = set()
    for inner in walk(Region([], [op])):
        found |= {*inner.operands, *inner.results, *(arg for region in inner.regions for arg in region.args)}
    return {value.name for value in found}
