"""Stores that another store at the same place makes up for.

    %a = index_set %u %v %i;  %b = index_set %a %w %i        =>        %b = index_set %u %w %i

What was stored first is never seen, so it has no derivative either. Where somebody else reads `%a`, both stay, one
after the other in the same memory: two arrays made of `%u` would need a copy of it.
"""

from __future__ import annotations

from adjoint.ir.core import Function, Value, is_same, users, walk


def drop_overwritten(function: Function) -> None:
    """Let a store skip the one before it at the same place, in place."""
    uses = users(function.body)
    for op in walk(function.body):
        while op.opcode == "index_set":
            before = op.operands[0].op
            if before is None or before.opcode not in ("index_set", "index_add"):
                break
            if before.attrs["spec"] != op.attrs["spec"] or not _are_same(before.operands[2:], op.operands[2:]):
                break
            if len(uses[before.result]) > 1:
                break
            older = before.operands[0]
            op.operands[0] = older
            uses[older] = [(op, 0) if use == (before, 0) else use for use in uses[older]]


def _are_same(one: list[Value], other: list[Value]) -> bool:
    return len(one) == len(other) and all(map(is_same, one, other))
