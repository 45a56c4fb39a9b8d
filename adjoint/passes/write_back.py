"""A function that leaves its results in its caller's arrays works in them from the start, where nobody can tell.

    before:  %x2 = copy %x;  %x3 = index_set %x2 ...;  ...;  write_back %x %x3
    after:   %x3 = index_set %x ...;  ...
"""

from __future__ import annotations

from adjoint.analysis.activity import body_of, orelse_of
from adjoint.analysis.sharing import SHAPE_ONLY, WRITES
from adjoint.ir.core import Function, Op, Value, carried_args, inits_of, region_leaves, users, walk
from adjoint.passes.dce import needed_without


def write_where_it_is(function: Function) -> None:
    """Drop the copies of arguments that are written back, and the writing back, where the copy is all that is read."""
    ends = [op for op in walk(function.body) if op.opcode == "write_back"]
    for arg in dict.fromkeys(op.operands[0] for op in ends):
        if arg in function.args:
            _work_in(function, arg, [op for op in ends if op.operands[0] is arg])


def _work_in(function: Function, arg: Value, ends: list[Op]) -> None:
    readers = [op for op, place in users(function.body).get(arg, ()) if SHAPE_ONLY.get(op.opcode) != place]
    copies = [op for op in function.body.ops if op.opcode == "copy" and op.operands[0] is arg]
    if len(copies) != 1 or set(readers) != {copies[0], *ends}:
        return
    copy = copies[0]
    uses = users(function.body)
    if not all(_lies_in(end.operands[1], copy.result, set(), uses) for end in ends):
        return
    needed = needed_without(function, ends)
    if not all(end.operands[1] in needed for end in ends):
        return  # without the writing back the stores would be dead
    for region_owner in (function.body, *(region for op in walk(function.body) for region in op.regions)):
        region_owner.ops[:] = [op for op in region_owner.ops if op is not copy and op not in ends]
    for op in walk(function.body):
        op.operands = [arg if operand is copy.result else operand for operand in op.operands]
    function.in_place = (*function.in_place, function.args.index(arg))


Uses = dict[Value, list[tuple[Op, int]]]


def _lies_in(value: Value, memory: Value, seen: set[Value], uses: Uses) -> bool:
    """Whether a value is in this memory: it was written there, on every path.

    A sum in place is one only if nobody reads what was there before, and be it for its shape.
    """
    if value is memory or value in seen:
        return True
    op = value.op
    if op is None:
        return False
    is_sum = bool(op.attrs.get("_inplace")) and op.opcode not in WRITES
    if is_sum and len(uses[op.operands[0]]) > 1:
        return False
    if is_sum or (op.opcode in WRITES and op.attrs.get("_owned")):
        return _lies_in(op.operands[0], memory, seen, uses)
    if op.opcode in ("for", "while"):
        index = op.results.index(value)
        inner = {carried_args(region, op)[index] for region in op.regions}
        ends = [body_of(op), *([orelse_of(op)] if orelse_of(op) is not None else [])]
        leaves = [leaf for region in ends if region is not None for leaf in region_leaves(region)]
        given = [leaf.operands[index] for leaf in leaves if leaf.opcode in ("continue", "break", "yield")]
        return _lies_in(inits_of(op)[index], memory, seen, uses) and all(
            _lies_in(each, memory, seen | inner, uses) for each in given
        )
    if op.opcode == "if":
        index = op.results.index(value)
        leaves = [leaf for region in op.regions for leaf in region_leaves(region)]
        given = [leaf.operands[index] for leaf in leaves if leaf.opcode == "yield"]
        return all(_lies_in(each, memory, seen, uses) for each in given)
    return False
