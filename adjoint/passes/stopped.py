"""Where `stop_gradient` stood, its argument stands: it means nothing when the program runs.

    before:  %s = stop_gradient %x;  %y = mul %s %x
    after:   %y = mul %x %x
"""

from __future__ import annotations

from adjoint.ir.core import Function, Value, walk, walk_regions


def unwrap_stopped(function: Function) -> None:
    """Replace the results by the arguments, in place."""
    replaced: dict[Value, Value] = {}
    for region in walk_regions(function.body):
        for op in region.ops:
            if op.opcode == "stop_gradient":
                source = replaced.get(op.operands[0], op.operands[0])
                if source.op is not None and source.name is None and source.op.opcode != "const":
                    source.name = op.result.name
                replaced[op.result] = source
        region.ops[:] = [op for op in region.ops if op.opcode != "stop_gradient"]
    for op in walk(function.body) if replaced else ():
        op.operands = [replaced.get(operand, operand) for operand in op.operands]
