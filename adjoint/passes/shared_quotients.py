"""What is divided by an array is not divided by it again as the factor of a product.

    before:  %a = truediv %g %b;  ...  %m = mul %y %g;  %p = truediv %m %b        g / b,  y * g / b
    after:   %a = truediv %g %b;  ...  %p = mul %y %a                             g / b,  y * (g / b)

Only at emission, and only quotients that a derivative wrote: those of both operands of a division.
"""

from __future__ import annotations

from adjoint.ir.core import Function, Op, Region, Value, users, walk_regions
from adjoint.ir.types import rank_of

Uses = dict[Value, list[tuple[Op, int]]]


def share_quotients(function: Function) -> None:
    """Let products read quotients of their factors that are there, in place."""
    uses = users(function.body)
    for region in walk_regions(function.body):
        quotients: dict[tuple[Value, Value], Op] = {}
        for op in list(region.ops):
            if op.opcode == "truediv" and op.derived and rank_of(op.operands[1].type):
                _read_quotient(op, quotients, region, uses)
                if op.opcode == "truediv":
                    quotients.setdefault((op.operands[0], op.operands[1]), op)


def _read_quotient(op: Op, quotients: dict[tuple[Value, Value], Op], region: Region, uses: Uses) -> None:
    """Multiply by a quotient that is there where a product that has its factor is divided by the same array."""
    product, divisor = op.operands
    made = product.op
    if made is None or made.opcode != "mul" or not made.derived or made not in region.ops or len(uses[product]) > 1:
        return
    for place, factor in enumerate(made.operands):
        known = quotients.get((factor, divisor))
        if known is not None and product.name is None and product.type == op.result.type:
            op.opcode, op.operands = "mul", [made.operands[1 - place], known.result]
            region.ops.remove(made)
            return
