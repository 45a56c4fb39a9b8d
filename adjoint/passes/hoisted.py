"""Arithmetic that is the same in every pass of a loop of the derivative is done in front of it.

    before:  for ... carries(%b) { %h = mul 0.5 %dt; %c = mul %h %xi; %d = mul %c %b; ... }
    after:   %h = mul 0.5 %dt; %c = mul %h %xi; for ... carries(%b) { %d = mul %c %b; ... }

Only at emission. Only what a derivative wrote moves, and only what gives a number whatever its operands are: where the
loop has no pass, nothing is raised that was not raised before. A single product that is read once stays where it is: to
name it costs a line and saves little.
"""

from __future__ import annotations

from adjoint.analysis.structure import captured
from adjoint.ir.core import Function, Op, Region, Value, is_const, users, walk_regions
from adjoint.ir.types import rank_of

_TOTAL = frozenset({"add", "sub", "mul", "neg"})


def hoist(function: Function) -> None:
    """Move what is the same in every pass in front of each loop, the innermost first, in place."""
    for region in reversed(list(walk_regions(function.body))):
        for op in list(region.ops):
            if op.opcode in ("for", "while"):
                moved = _same_in_all(op, op.regions[0 if op.opcode == "for" else 1])
                at = region.ops.index(op)
                region.ops[at:at] = moved


def _same_in_all(loop: Op, body: Region) -> list[Op]:
    """The operations of the body that go in front of the loop; they are taken out."""
    outside = set(captured(loop))
    same: set[Value] = set()
    for op in body.ops:
        if op.derived and can_be_early(op) and all(v in same or v in outside or is_const(v) for v in op.operands):
            same.add(op.result)
    uses = users(body)
    wanted: set[Value] = set()
    for op in reversed(body.ops):
        if op.results and op.result in same if len(op.results) == 1 else False:
            readers = uses.get(op.result, [])
            is_inner = all(reader.results and reader.result in wanted for reader, _ in readers if len(reader.results) == 1)
            deep = any(operand in same for operand in op.operands)
            if deep or len(readers) > 1 or (readers and is_inner):
                wanted.add(op.result)
    moved = [op for op in body.ops if len(op.results) == 1 and op.result in wanted]
    body.ops[:] = [op for op in body.ops if op not in moved]
    return moved


def can_be_early(op: Op) -> bool:
    """Whether an operation on numbers gives one whatever they are: it may be done in front of a loop without passes."""
    if len(op.results) != 1 or rank_of(op.result.type):
        return False
    if op.opcode == "truediv":
        return is_const(op.operands[1]) and bool(op.operands[1].op and op.operands[1].op.attrs["value"])
    return op.opcode in _TOTAL
