"""The sum of a product of two matrices, without the product.

    before:  %a = mul %x %y;  %s = sum %a
    after:   %s = vdot %x %y
"""

from __future__ import annotations

from adjoint.analysis.matrices import is_whole_sum
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, users, walk_regions
from adjoint.ir.types import dtype_of, equal_if_combined, is_complex, rank_of
from adjoint.passes.rewriting import rewrite


def sum_by_dots(function: Function) -> None:
    """Rewrite derived sums, in place."""
    uses = users(function.body)
    replaced: dict[Value, Value] = {}
    unread: set[Op] = set()

    def rewritten(op: Op) -> list[Op]:
        product = op.operands[0].op if op.derived and is_whole_sum(op) else None
        if product is None or product.opcode != "mul" or not product.derived or len(uses[product.result]) > 1:
            return [op]
        made = _dot(product, op)
        if made is None:
            return [op]
        replaced[op.result] = made.result
        unread.add(product)
        return [made]

    rewrite(function.body, replaced, rewritten)
    for region in walk_regions(function.body) if unread else ():
        region.ops[:] = [op for op in region.ops if op not in unread]


def _dot(product: Op, total: Op) -> Op | None:
    left, right = product.operands
    if rank_of(left.type) < 2 or not equal_if_combined(left.type, right.type) or is_complex(total.result.type):
        return None
    made = Builder(Region(), line=total.line, derived=True).emit("vdot", left, right)
    if made.type != total.result.type or dtype_of(left.type) != dtype_of(right.type):
        return None
    made.name = total.result.name
    return made.op
