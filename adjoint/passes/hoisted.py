"""Arithmetic that is the same in every pass of a loop of the derivative is done in front of it.

    before:  for ... carries(%b) { %h = mul 0.5 %dt; %c = mul %h %xi; %d = mul %c %b; ... }
    after:   %h = mul 0.5 %dt; %c = mul %h %xi; for ... carries(%b) { %d = mul %c %b; ... }

Only at emission. Only what a derivative wrote moves, and only what gives a number whatever its operands are, which must
be there: where the loop has no pass, nothing is raised that was not raised before. A single product that is read once
stays where it is: to name it costs a line and saves little.
"""

from __future__ import annotations

from adjoint.analysis.activity import body_of
from adjoint.analysis.structure import captured
from adjoint.ir.core import Function, Op, Region, Value, clone_op, const_of, is_const, users, walk, walk_regions
from adjoint.ir.opset import is_total
from adjoint.ir.undefined import maybe_undefined


def hoist(function: Function) -> None:
    """Move what is the same in every pass in front of each loop, the innermost first, in place."""
    missing = _maybe_missing(function)
    for region in reversed(list(walk_regions(function.body))):
        for op in list(region.ops):
            if op.opcode in ("for", "while"):
                at = region.ops.index(op)
                region.ops[at:at] = _take_out(op, body_of(op), missing)


def _maybe_missing(function: Function) -> set[Value]:
    """What may be no value where it is read: it is given on some paths only, or was kept and may be such."""
    ops = list(walk(function.body))
    missing = maybe_undefined(function.body)
    missing |= {result for op in ops if op.opcode == "unpack" for result in op.results}
    tapes = missing | {op.operands[0] for op in ops if op.opcode == "push" and not missing.isdisjoint(op.operands[1:])}
    return missing | {result for op in ops if op.opcode == "pop" and op.operands[0] in tapes for result in op.results}


def _take_out(loop: Op, body: Region, missing: set[Value]) -> list[Op]:
    """What goes in front of the loop, with copies of its constants; it is no longer in the body."""
    moved = _worth_a_name(_same_in_all(loop, body, missing), users(body))
    body.ops[:] = [op for op in body.ops if op not in moved]
    found: list[Op] = []
    for op in moved:
        for index, operand in enumerate(op.operands):
            if operand.op is not None and operand.op in body.ops:
                constant = clone_op(operand.op, {})
                op.operands[index] = constant.result
                found.append(constant)
        found.append(op)
    return found


def _same_in_all(loop: Op, body: Region, missing: set[Value]) -> dict[Value, Op]:
    """The derived arithmetic of the body that is the same in every pass; what stands there twice is merged."""
    before = set(captured(loop)) - missing
    same: dict[Value, Op] = {}
    first: dict[object, Value] = {}
    merged: dict[Value, Value] = {}
    for op in body.ops:
        op.operands = [merged.get(operand, operand) for operand in op.operands]
        if op.derived and is_total(op) and all(v in same or v in before or is_const(v) for v in op.operands):
            known = first.setdefault((op.opcode, op.result.type, *map(_identity, op.operands)), op.result)
            if known is op.result:
                same[known] = op
            else:
                merged[op.result] = known
    body.ops[:] = [op for op in body.ops if len(op.results) != 1 or op.result not in merged]
    _substitute(body, merged)
    return same


def _identity(value: Value) -> object:
    return (type(const_of(value)), repr(const_of(value))) if is_const(value) else value


def _substitute(region: Region, merged: dict[Value, Value]) -> None:
    for op in walk(region):
        op.operands = [merged.get(operand, operand) for operand in op.operands]


def _worth_a_name(same: dict[Value, Op], uses: dict[Value, list[tuple[Op, int]]]) -> list[Op]:
    """The operations that are read twice, or are made of such as move, or are part of one that moves."""
    wanted: set[Op] = set()
    for value, op in reversed(same.items()):
        readers = [reader for reader, _ in uses.get(value, ())]
        if len(readers) > 1 or any(operand in same for operand in op.operands) or not wanted.isdisjoint(readers):
            wanted.add(op)
    return [op for op in same.values() if op in wanted]

