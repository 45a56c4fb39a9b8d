"""Common subexpressions: a derived operation that repeats an earlier one in scope reads its result instead.

    before:  %a = cos %x; ... %b = cos %x
    after:   %a = cos %x; ... (uses of %b read %a)

Statements of the user stay as written: only operations a derivative transform wrote are merged away.
"""

from __future__ import annotations

from typing import Any

from adjoint.ir.core import CONTROL, Function, Op, Region, Value
from adjoint.ir.layouts import is_mutable
from adjoint.ir.opset import TABLE, evaluation_attrs
from adjoint.ir.types import List

Key = tuple[Any, ...]


def merge_common(function: Function) -> None:
    """Merge repeated pure operations, in place."""
    replaced: dict[Value, Value] = {}
    _region(function.body, {}, replaced)


def _region(region: Region, outer: dict[Key, Op], replaced: dict[Value, Value]) -> None:
    known = dict(outer) if outer else {}
    kept = []
    for op in region.ops:
        op.operands = [replaced.get(operand, operand) for operand in op.operands]
        if op.opcode in CONTROL:
            for inner in op.regions:
                _region(inner, known, replaced)
        key = _key(op)
        earlier = known.get(key) if key is not None else None
        if key is not None and earlier is None:
            known[key] = op
        elif earlier is not None and op.derived and _mergeable(op, earlier):
            replaced.update(zip(op.results, earlier.results))
            continue
        kept.append(op)
    region.ops[:] = kept


def _mergeable(op: Op, earlier: Op) -> bool:
    """Arrays made to be written into (buffers of zeros, copies) stay separate, and containers that can be changed."""
    if op.opcode == "tuple" and is_mutable(op.attrs["layout"]):
        return False
    if op.opcode == "const":
        return earlier.result.name is None
    if isinstance(op.result.type, List):
        return False
    if op.opcode in ("zeros_like", "full_like", "copy", "index_add", "index_set", "zeros"):
        return False
    return [r.type for r in op.results] == [r.type for r in earlier.results]


def _key(op: Op) -> Key | None:
    definition = TABLE.get(op.opcode)
    if definition is None or definition.effects or len(op.results) != 1 or op.opcode in ("undef", "global"):
        return None
    attrs = evaluation_attrs(op)
    if op.opcode == "const":
        return ("const", type(attrs["value"]).__name__, repr(attrs["value"]), op.result.type)
    try:
        operands = tuple(map(id, op.operands))
        if op.opcode in ("add", "mul"):
            operands = tuple(sorted(operands))
        key = (op.opcode, operands, tuple(sorted(attrs.items())))
        hash(key)
    except TypeError:
        return None
    return key
