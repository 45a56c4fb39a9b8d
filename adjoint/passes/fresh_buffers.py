"""A buffer that is overwritten as a whole and then kept is a copy of what it is filled with.

    before:  for ... (%un) { %b = index_set %un %u;  push %t %b;  continue %b }   un[:] = u;  stack.append(un.copy())
    after:   for ... { %b = copy %u;  push %t %b }                                un = u.copy();  stack.append(un)
"""

from __future__ import annotations

from adjoint.ir.core import Function, Op, Value, carried_args, users, walk
from adjoint.ir.ops.indexing import is_whole
from adjoint.ir.types import are_alike


def copy_kept_buffers(function: Function) -> None:
    """Make such buffers anew in each pass of a loop, in place. The carries that are left over are dead."""
    if not any(op.opcode == "push" for op in walk(function.body)):
        return
    uses = users(function.body)
    loops = [op for op in walk(function.body) if op.opcode in ("for", "while")]
    carried = {arg for loop in loops for region in loop.regions for arg in carried_args(region, loop)}
    for op in walk(function.body):
        if op.opcode == "index_set" and is_whole(op.attrs["spec"]) and len(op.operands) == 2:
            buffer, filling = op.operands
            is_alone = buffer in carried and len(uses[buffer]) == 1
            if is_alone and are_alike(buffer.type, filling.type) and _is_kept(op, uses):
                op.opcode, op.operands, op.attrs = "copy", [filling], {}


def _is_kept(op: Op, uses: dict[Value, list[tuple[Op, int]]]) -> bool:
    return any(user.opcode == "push" and index == 1 for user, index in uses.get(op.result, ()))
