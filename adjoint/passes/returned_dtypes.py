"""Gradients whose dtype depends on the path are of the dtype of their argument: cast where they are returned.

    before:  return %x_bar                                        where %x_bar: float64[n], int64[n] on a path
    after:   %d = astype %x_bar {dtype=float};  return %d
"""

from __future__ import annotations

from collections.abc import Sequence

from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Region, Value, walk_regions
from adjoint.ir.types import dtype_object, dtype_of, rank_of
from adjoint.passes.sure_dtypes import unsure_values


def cast_returned(functions: Sequence[Function], function: Function, with_value: bool) -> None:
    """Cast what one of the functions of a program returns, but for the value in front of the gradients, in place."""
    unsure, _ = unsure_values(functions)
    for region in walk_regions(function.body) if unsure else ():
        leaf = region.ops[-1] if region.ops else None
        if leaf is not None and leaf.opcode == "return":
            builder = Builder(Region(), line=leaf.line, derived=True)
            leaf.operands = [_cast(builder, leaf.operands[0], unsure, with_value)]
            region.ops[-1:] = [*builder.region.ops, leaf]


def _cast(builder: Builder, value: Value, unsure: set[Value], skips_first: bool = False) -> Value:
    op = value.op
    if rank_of(value.type) and value in unsure:
        return builder.emit("astype", value, dtype=dtype_object(dtype_of(value.type) or "float64"))
    if op is None or op.opcode != "tuple":
        return value
    items = [item if skips_first and not n else _cast(builder, item, unsure) for n, item in enumerate(op.operands)]
    return value if items == op.operands else builder.emit("tuple", *items, layout=op.attrs.get("layout"))
