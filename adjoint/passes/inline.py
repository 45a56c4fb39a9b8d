"""Inline tiny callees: a straight line of a few operations reads better in place than as a function of its own.

    before:  %y = call @square(%x)
    after:   %y = mul %x %x
"""

from __future__ import annotations

from adjoint.ir.core import CONTROL, Function, Op, Region, Value, clone_op
from adjoint.ir.opset import TABLE

TINY = 6
"""How many operations (constants not counted) a callee may have to be inlined."""


def inline_tiny_calls(function: Function) -> None:
    """Replace calls of tiny straight-line callees by their operations, in place."""
    _region(function.body)


def is_tiny(callee: Function) -> bool:
    """Whether the callee is a short straight line that calls nothing."""
    ops = callee.body.ops
    if any(op.opcode in CONTROL or op.opcode in ("call", "tape", "pack", "unpack", "raise", "enter") for op in ops):
        return False
    return sum(op.opcode != "const" for op in ops) <= TINY + 1


def _region(region: Region) -> None:
    kept: list[Op] = []
    replaced: dict[Value, Value] = {}
    for op in region.ops:
        _rename(op, replaced)
        if op.opcode == "call" and len(op.results) == 1 and is_tiny(op.attrs["callee"]):
            replaced[op.result] = _expand(op, kept)
            continue
        for inner in op.regions:
            _region(inner)
        kept.append(op)
    region.ops[:] = kept


def _rename(op: Op, replaced: dict[Value, Value]) -> None:
    if not replaced:
        return
    op.operands = [replaced.get(operand, operand) for operand in op.operands]
    for inner in op.regions:
        for child in inner.ops:
            _rename(child, replaced)


def _retype(op: Op) -> None:
    """Types in the caller's own symbols: those of the callee mean its parameters."""
    for result in op.results:
        result.name = None
    definition = TABLE[op.opcode]
    if op.opcode in ("const", "global") or definition.effects:
        return
    types = definition.infer(op.operands, {**definition.attrs, **op.attrs})
    for result, t in zip(op.results, types if isinstance(types, tuple) else (types,)):
        result.type = t


def _expand(op: Op, kept: list[Op]) -> Value:
    callee: Function = op.attrs["callee"]
    mapping = dict(zip(callee.args, op.operands))
    for child in callee.body.ops[:-1]:
        copy = clone_op(child, mapping)
        copy.line = op.line
        _retype(copy)
        kept.append(copy)
    returned = callee.body.ops[-1].operands[0]
    value = mapping.get(returned, returned)
    if value.name is None and value.op in kept[-len(callee.body.ops) :]:
        value.name = op.result.name
    return value
