"""Order: the next value of a carry is computed last, when nobody reads the old one any more.

    before:  %a2 = mul %a %d;  %p = mul %a %q;  push %t %p;  continue %a2
    after:   %p = mul %a %q;  push %t %p;  %a2 = mul %a %d;  continue %a2

Then old and new value can share one variable. Only pure derived operations move, within their region.
"""

from __future__ import annotations

from collections import Counter

from adjoint.ir.core import Function, Op, Region, Value, walk, walk_regions
from adjoint.ir.opset import TABLE
from adjoint.ir.types import List, rank_of


def schedule_carries(function: Function) -> None:
    """Sink the operations that make a loop's next carries, in place."""
    uses: Counter[Value] = Counter(operand for op in walk(function.body) for operand in op.operands)
    for region in walk_regions(function.body):
        if region.args and len(region.ops) > 2 and region.ops[-1].opcode == "continue":
            _sink(region, uses)


def _sink(region: Region, uses: Counter[Value]) -> None:
    if any(op.opcode == "enter" for op in region.ops):
        return  # nothing moves out of a `with`
    here = set(region.ops)
    values = region.ops[-1].operands
    for value, old in zip(values, region.args[len(region.args) - len(values) :], strict=True):
        if value.op is None or value.op not in here:
            continue
        if value.op.opcode == "pop":
            _pop_late(region, value.op, old)
        if not _movable(value.op):
            continue
        group = _expression(value.op, here, uses)
        start = region.ops.index(value.op)
        first_use = next(i for i in range(start + 1, len(region.ops)) if _reads(region.ops[i], value))
        if any(old in op.operands for op in group) and any(_reads(op, old) for op in region.ops[start + 1 : first_use]):
            moved = [op for op in region.ops if op in group]
            rest = [op for op in region.ops[:first_use] if op not in group]
            region.ops[:first_use] = [*rest, *moved]


def _pop_late(region: Region, pop: Op, old: Value) -> None:
    """Restore a carry behind the last operation that reads what it was; what is made of both is made where it is read.

    Where the two are needed together everything stays where it is.
    """
    order = [*region.ops]
    made: set[Value] = {old, pop.result}
    for op in order:
        arrays = [operand for operand in op.operands if rank_of(operand.type)] or op.operands
        if op is not pop and _movable(op) and made.issuperset(arrays) and op.operands:
            made |= {*op.results}
    for op in reversed(order[:-1]):
        if op is not pop and not made.isdisjoint(op.results):
            _move_to_reader(region, op)
    last = max((number for number, op in enumerate(region.ops[:-1]) if _reads(op, old)), default=0)
    _move_to_reader(region, pop)
    if region.ops.index(pop) < last:
        region.ops[:] = order


def _move_to_reader(region: Region, op: Op) -> None:
    region.ops.remove(op)
    readers = (n for n, other in enumerate(region.ops) if any(_reads(other, result) for result in op.results))
    region.ops.insert(next(readers, len(region.ops) - 1), op)


def _expression(op: Op, here: set[Op], uses: Counter[Value]) -> set[Op]:
    """The operation with the temporaries only it reads."""
    group = {op}
    for operand in op.operands:
        inner = operand.op
        if inner is not None and inner in here and uses[operand] == 1 and _movable(inner):
            group |= _expression(inner, here, uses)
    return group


def _movable(op: Op) -> bool:
    definition = TABLE.get(op.opcode)
    if op.opcode == "index" and isinstance(op.operands[0].type, List):
        return False  # it is read before the list changes
    return op.derived and len(op.results) == 1 and definition is not None and not definition.effects


def _reads(op: Op, value: Value) -> bool:
    return any(value in inner.operands for inner in walk(Region([], [op])))
