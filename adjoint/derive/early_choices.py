"""Comparisons of arrays that the reverse sweep makes of what a loop computed can be made in the forward sweep.

    before:  for { %t = ...; %u = ...; %m = maximum %t %u }     ...  for { %c = gt %t %u;  %d = mul %g %c }
    after:   for { ...; %c = gt %t %u; %m = maximum %t %u }     ...  for { %d = mul %g %c }

Truth values take an eighth of the memory of the arrays that they are made of. Whether they are saved, or made again of
arrays that are saved instead or anyway, is decided with all that is saved (`derive/saved_cut`).
"""

from __future__ import annotations

from adjoint.analysis.structure import Structure
from adjoint.derive.mirror import Mirror
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, const_of, is_const, walk
from adjoint.ir.types import rank_of

_COMPARISONS = frozenset({"gt", "lt", "ge", "le", "eq", "ne"})


def choose_early(function: Function, split: int, mirror: Mirror) -> None:
    """Move comparisons in the operations from index `split` on to the loops that made what they compare, in place."""
    reverse = list(walk(Region([], function.body.ops[split:])))
    if not any(_is_choice(op) for op in reverse):
        return
    structure = Structure.of(function.body)
    forward = set(walk(Region([], function.body.ops[:split])))
    for op in reverse:
        if _is_choice(op):
            operands = [mirror.stand_ins.get(operand, operand) for operand in op.operands]
            home = _home(op, operands, forward, structure)
            if home is not None:
                _move(op, operands, home, structure)


def _is_choice(op: Op) -> bool:
    return op.opcode in _COMPARISONS and op.derived and bool(rank_of(op.result.type))


def _home(op: Op, operands: list[Value], forward: set[Op], structure: Structure) -> Region | None:
    """The body of a loop that all arrays that are compared come from, if the reverse sweep does not see them."""
    here = structure.region_of_op[op]
    homes = {structure.region_of_value.get(value) for value in operands if not is_const(value)}
    if len(homes) != 1:
        return None
    (home,) = homes
    if home is None or structure.encloses(home, here) or not structure.loops_around(home):
        return None
    return home if structure.holder[home] in forward else None


def _move(op: Op, operands: list[Value], home: Region, structure: Structure) -> None:
    """Make the comparison behind the last of its operands."""
    builder = Builder(Region(), line=op.line, derived=True)
    last = max((value for value in operands if not is_const(value)), key=structure.order.__getitem__)
    at = home.ops.index(last.op) + 1 if last.op is not None else 0
    op.operands = [builder.const(const_of(value)) if is_const(value) else value for value in operands]
    structure.region_of_op[op].ops.remove(op)
    home.ops[at:at] = [*builder.region.ops, op]
    structure.region_of_op[op] = structure.region_of_value[op.result] = home
