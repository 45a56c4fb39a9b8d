"""A list of cotangents that are all one number needs no list: what is taken from it is the number.

    before:  %d = list_repeat [%y_bar] %n;  for reversed (%d.1) { %v_bar = index %d.1 -1; ...; list_delete %d.1 -1 }
    after:   for reversed { ... }                                           (uses of %v_bar read %y_bar)

The sum of a list that a loop has built has such a cotangent.
"""

from __future__ import annotations

from typing import final

from adjoint.analysis.activity import body_of, orelse_of
from adjoint.ir.core import Function, Op, Value, carried_args, inits_of, region_leaves, walk
from adjoint.passes.numbers import may_stand_for, retype_numbers

Use = tuple[Op, int]


def spread_numbers(function: Function) -> None:
    """Replace what is read from derived lists of equal items by the item, in place. The lists stay behind, unread."""
    roots = [op for op in walk(function.body) if op.derived and op.opcode == "list_repeat"]
    if not roots:
        return
    uses = _Uses(function)
    replaced: dict[Value, Value] = {}
    for root in roots:
        made = root.operands[0].op
        if made is not None and made.opcode == "list" and len(made.operands) == 1:
            replaced.update(_reads(root.result, made.operands[0], uses))
    if replaced:
        for op in walk(function.body):
            op.operands = [replaced.get(operand, operand) for operand in op.operands]
        retype_numbers(function.body)


@final
class _Uses:
    """Who uses each value, and where the ends of branches and passes lead."""

    def __init__(self, function: Function) -> None:
        self.of: dict[Value, list[Use]] = {}
        self.target: dict[Op, Op] = {}
        for op in walk(function.body):
            for index, operand in enumerate(op.operands):
                self.of.setdefault(operand, []).append((op, index))
            for region in op.regions:
                for leaf in region_leaves(region):
                    if leaf.opcode == "yield" or op.opcode != "if":
                        self.target[leaf] = op


def _reads(root: Value, number: Value, uses: _Uses) -> dict[Value, Value]:
    """What is read from the list and its shorter versions; nothing if it is used in any other way."""
    members, reads = {root}, {}
    work = [root]
    while work:
        for op, index in uses.of.get(work.pop(), ()):
            is_item = op.opcode == "index" and index == 0 and op.attrs["spec"] == ("int",)
            if is_item and may_stand_for(number, op.result):
                reads[op.result] = number
                continue
            reached = _reached(op, index, uses)
            if not reached:
                return {}
            work += [value for value in reached if value not in members]
            members.update(reached)
    return reads if all(_is_only(value, members) for value in members - {root}) else {}


def _reached(op: Op, index: int, uses: _Uses) -> list[Value]:
    """The values that hold the list, or the rest of it, after a use; none for a use that is not understood."""
    if op.opcode == "list_delete" and index == 0:
        return [op.result]
    if op.opcode == "for" and index >= 3 and orelse_of(op) is None:
        return [carried_args(body_of(op), op)[index - 3], op.results[index - 3]]
    target = uses.target.get(op) if op.opcode in ("yield", "continue", "break") else None
    if target is None or target.opcode == "while" or orelse_of(target) is not None:
        return []
    if target.opcode == "for":
        return [carried_args(body_of(target), target)[index], target.results[index]]
    return [target.results[index]]


def _is_only(value: Value, members: set[Value]) -> bool:
    """Whether a value where several paths meet is the list on all of them."""
    op = value.op
    if op is None or op.opcode == "list_delete":
        return True  # the arguments of a loop are looked at with its result
    slot = op.results.index(value)
    regions = op.regions if op.opcode == "if" else [body_of(op)]
    ends = [leaf.operands[slot] for region in regions for leaf in region_leaves(region) if leaf.opcode != "raise"]
    inits = [] if op.opcode == "if" else [inits_of(op)[slot]]
    return all(each in members for each in (*ends, *inits))
