"""Values of branches that the reverse sweep reads become results of their `if`.

    before:  if %c { %v = sin %x;  yield %v2 } else { yield %x }          ... mul %v ...
    after:   %r = if %c { %v = sin %x;  yield %v2 %v } else { yield %x undef }    ... mul %r ...
"""

from __future__ import annotations

from adjoint.analysis.structure import Structure
from adjoint.ir.core import Op, Region, Value
from adjoint.ir.types import UNDEF


def expose(value: Value, body: Region, structure: Structure, unbound: set[Value]) -> Value:
    """Make a value of a branch a result of its `if`; the other branch leaves it undefined, which `unbound` notes."""
    current = value
    region = structure.region_of_value[value]
    while region is not body:
        holder, above = structure.holder[region], structure.parent(region)
        assert above is not None
        given = region.ops[-1].operands
        if current in given and holder.results[given.index(current)].type == current.type:
            current, region = holder.results[given.index(current)], above
            continue
        for branch in holder.regions:
            _extend_yield(branch, current if branch is region else None)
        result = Value(current.type, current.name, holder)
        unbound.add(result)
        holder.results.append(result)
        structure.region_of_value[result] = above
        structure.order[result] = structure.order[value]
        current, region = result, above
    return current


def _extend_yield(branch: Region, value: Value | None) -> None:
    last = branch.ops[-1]
    if last.opcode == "raise":
        return
    if value is None:
        nothing = Op("undef", derived=True)
        nothing.results = [Value(UNDEF, None, nothing)]
        branch.ops.insert(len(branch.ops) - 1, nothing)
        value = nothing.results[0]
    last.operands.append(value)
