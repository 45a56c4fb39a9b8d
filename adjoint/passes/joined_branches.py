"""What a derivative does under one condition, in several `if`s one after the other, is done in one.

    before:  %a1 = if %c { %x = index_add %a %v %i; yield %x } else { yield %a }
             %d = mul 0.1 %v
             %a2 = if %c { %y = index_add %a1 %d %j; yield %y } else { yield %a1 }
    after:   %d = mul 0.1 %v
             %a2 = if %c { %x = index_add %a %v %i; %y = index_add %x %d %j; yield %y } else { yield %a }

Only at emission. What stands between them goes in front, if it needs nothing of the first one, else behind.
"""

from __future__ import annotations

from collections.abc import Sequence

from adjoint.ir.core import Function, Op, Region, Value, is_const, is_same, users, walk, walk_regions
from adjoint.ir.opset import is_pure

Uses = dict[Value, list[tuple[Op, int]]]
_FARTHEST = 30
"""How many operations may stand between two of them."""


def join_branches(function: Function) -> None:
    """Join `if`s with one condition, the outer ones first, in place."""
    for region in walk_regions(function.body):
        at = 0
        while at < len(region.ops):
            if not _may_join(region.ops[at]) or not _join_next(function, region, at):
                at += 1


def _may_join(op: Op) -> bool:
    """Whether it is an `if` of a derivative that gives something on both sides."""
    is_ours = op.opcode == "if" and op.derived and bool(op.results) and "_sugar" not in op.attrs
    return is_ours and all(side.terminator.opcode == "yield" for side in op.regions)


def _join_next(function: Function, region: Region, at: int) -> bool:
    """Join the next `if` to the one at a position, where that is right. Whether it was."""
    first = region.ops[at]
    behind = region.ops[at + 1 : at + 2 + _FARTHEST]
    number = next((number for number, op in enumerate(behind) if op.regions or not is_pure(op)), None)
    if number is None or not _may_join(behind[number]) or not is_pure(first) or not is_pure(behind[number]):
        return False
    second, between = behind[number], behind[:number]
    if not _is_same(first.operands[0], second.operands[0]):
        return False
    later = _depending(between, first)
    read = {operand for op in _inside(second) for operand in op.operands}
    given = {result for op in later for result in op.results}
    if read & (given | {operand for op in later for operand in op.operands}) - {*map(_constant, read)}:
        return False
    used = users(function.body)
    inner = set(_inside(second))
    if any(user not in inner for result in first.results if result in read for user, _ in used[result]):
        return False
    earlier = [op for op in between if op not in later]
    region.ops[at : at + 2 + number] = [*earlier, _joined(first, second, used), *later]
    return True


def _constant(value: Value) -> Value | None:
    return value if is_const(value) else None


def _inside(op: Op) -> list[Op]:
    return [each for region in op.regions for each in walk(region)]


def _depending(ops: Sequence[Op], first: Op) -> list[Op]:
    """The operations that need results of the first one."""
    known = set(first.results)
    found = []
    for op in ops:
        if known.intersection(op.operands):
            found.append(op)
            known.update(op.results)
    return found


def _is_same(a: Value, b: Value) -> bool:
    """Whether two conditions are one, or compare the same things."""
    if is_same(a, b):
        return True
    one, other = a.op, b.op
    if one is None or other is None or one.opcode != other.opcode or one.opcode not in ("eq", "gt", "lt", "ge", "le"):
        return False
    return all(map(_is_same, one.operands, other.operands))


def _joined(first: Op, second: Op, used: Uses) -> Op:
    """Both in one: what the second reads of the first it reads in the same branch."""
    inner = set(_inside(second))
    outside = {result for result in first.results if any(user not in inner for user, _ in used.get(result, ()))}
    kept = [number for number, result in enumerate(first.results) if result in outside]
    for one, other in zip(first.regions, second.regions):
        given = dict(zip(first.results, one.ops.pop().operands))
        for op in walk(other):
            op.operands = [given.get(operand, operand) for operand in op.operands]
        one.ops += other.ops
        one.terminator.operands[:0] = [given[first.results[number]] for number in kept]
    first.results = [*(first.results[number] for number in kept), *second.results]
    for result in second.results:
        result.op = first
    first.line = first.line or second.line
    return first
