"""What a forward function returns is taken apart where it is called: `(h, c), cell_kept = cell_forward(x, h, c)`.

    before:  %t, %kept = call ...;  %h = getitem %t;  push %s %kept %h;  %c = getitem %t
    after:   %t, %kept = call ...;  %h = getitem %t;  %c = getitem %t;  push %s %kept %h
"""

from __future__ import annotations

from adjoint.emit.structure import binds, reads
from adjoint.ir.core import Function, Op, Region, users, walk, walk_regions
from adjoint.ir.types import Tuple


def take_apart_at_once(function: Function) -> None:
    """Read the items of a tuple that is a result beside others right behind the call, in place."""
    uses = users(function.body)
    for region in walk_regions(function.body):
        for call in [op for op in region.ops if op.opcode == "call" and len(op.results) > 1]:
            for result in call.results:
                users_of = {user for user, _ in uses.get(result, ())}
                if isinstance(result.type, Tuple) and all(op.opcode == "getitem" for op in users_of):
                    _move_behind(call, [op for op in region.ops if op in users_of], region)


def _move_behind(call: Op, items: list[Op], region: Region) -> None:
    place = region.ops.index(call) + 1
    for read in items:
        name, between = read.result.name, region.ops[place : region.ops.index(read)]
        if between and name is None:
            continue
        if name is not None and any(binds(op, name) or reads(op, name) for op in walk(Region([], between))):
            continue
        region.ops.remove(read)
        region.ops.insert(place, read)
        place += 1
