"""Numbers that are known once a loop is written out or a call is inlined.

    before:  %k = const {value=2};  %n = add %k %one;  %y = pow %x %n
    after:   %n = const {value=3};  %y = pow %x %n

Arithmetic that the user wrote with literals or with a constant of his own stays as he wrote it.
"""

from __future__ import annotations

from collections import Counter

from adjoint.ir.builder import type_of_constant
from adjoint.ir.core import Function, Op, Region, Value, is_const, walk
from adjoint.ir.opset import TABLE, evaluation_attrs

_ARITHMETIC = frozenset({"add", "sub", "mul", "floordiv", "mod", "truediv", "pow", "neg"})
_COMPARED = frozenset({"eq", "ne", "lt", "le", "gt", "ge"})


def fold_known(function: Function) -> None:
    """Compute integer arithmetic on variables of loops that are written out, and take the branches it decides."""
    consts = [op.result for op in walk(function.body) if op.opcode == "const" and op.result.name is not None]
    counts = Counter(value.name for value in consts)
    known = {value for value in consts if counts[value.name] > 1}
    if known:
        _region(function.body, known, {})


def take_known_branches(function: Function) -> None:
    """Of what a rule chooses by a number that has become known, such as a cotangent of 1, the side it takes."""
    if any(_is_decided(op) for op in walk(function.body)):
        _region(function.body, set(), {})


def _is_decided(op: Op) -> bool:
    return op.opcode == "if" and bool(op.attrs.get("_of_rule")) and is_const(op.operands[0])


def _region(region: Region, known: set[Value], replaced: dict[Value, Value]) -> None:
    kept: list[Op] = []
    pending = region.ops[::-1]
    while pending:
        op = pending.pop()
        op.operands = [replaced.get(operand, operand) for operand in op.operands]
        chosen = _chosen(op, known)
        if chosen is not None:
            ends = [replaced.get(each, each) for each in chosen.ops[-1].operands]
            replaced.update(zip(op.results, ends))
            pending += chosen.ops[-2::-1]
            continue
        for inner in op.regions:
            _region(inner, known, replaced)
        if any(operand in known for operand in op.operands):
            number = known_number(op)
            if isinstance(number, int):
                set_number(op, number)
                known.add(op.result)
        kept.append(op)
    region.ops[:] = kept


def _chosen(op: Op, known: set[Value]) -> Region | None:
    """The branch that a known condition takes, if it ends where the `if` ends."""
    if op.opcode != "if" or op.operands[0].op is None or not (op.operands[0] in known or _is_decided(op)):
        return None
    region = op.regions[0 if op.operands[0].op.attrs["value"] else 1]
    return region if region.ops[-1].opcode == "yield" else None


def set_number(op: Op, number: float | int | bool) -> None:
    """Make the operation a constant."""
    op.opcode, op.operands, op.attrs = "const", [], {"value": number}
    op.result.type = type_of_constant(number)


def known_number(op: Op) -> float | int | bool | None:
    """What arithmetic on constants gives, where that is no longer to write than the arithmetic."""
    if (op.opcode not in _ARITHMETIC and op.opcode not in _COMPARED) or not all(map(is_const, op.operands)):
        return None
    values = [operand.op.attrs["value"] for operand in op.operands if operand.op is not None]
    if not all(type(value) in (int, float, bool) for value in values):
        return None
    try:
        made = TABLE[op.opcode].evaluate(*values, **evaluation_attrs(op))
    except (ArithmeticError, ValueError):
        return None
    width = sum(len(repr(value)) for value in values) + 1
    is_known = type(made) in (int, float, bool) and type_of_constant(made) == op.result.type
    return made if is_known and (len(repr(made)) <= width or op.opcode in _COMPARED) else None
