"""The walk of passes that put other operations in the place of single ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from adjoint.ir.core import CONTROL, Op, Region, Value


def rewrite(region: Region, replaced: Mapping[Value, Value], rewritten: Callable[[Op], Sequence[Op]]) -> None:
    """Put what `rewritten` gives in the place of each operation, inner regions first, in place.

    What it notes in `replaced` is read instead from then on.
    """
    ops, region.ops = region.ops, []
    for op in ops:
        op.operands = [replaced.get(operand, operand) for operand in op.operands]
        for inner in op.regions if op.opcode in CONTROL else ():
            rewrite(inner, replaced, rewritten)
        region.ops += rewritten(op)
