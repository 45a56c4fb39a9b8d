"""Items of a container that has just been put together are read where they came from.

    before:  %p = tuple %a %b;  %c = getitem %p {index=1};  %d = mul %c %c
    after:   %d = mul %b %b
"""

from __future__ import annotations

from collections.abc import Callable

from adjoint.ir.core import Function, Op, Region, Value, is_const
from adjoint.ir.types import Array, Type


def forward_items(function: Function) -> None:
    """Replace reads of items of known containers by the items, in place. Containers nobody reads stay behind."""
    replace_known(function, known_item)


def replace_known(function: Function, known: Callable[[Op], Value | None]) -> None:
    """Leave out the operations whose results are `known` as other values, in place; their readers read those."""
    _region(function.body, known, {})


def _region(region: Region, known: Callable[[Op], Value | None], replaced: dict[Value, Value]) -> None:
    kept: list[Op] = []
    for op in region.ops:
        op.operands = [_resolved(operand, replaced) for operand in op.operands]
        value = known(op)
        if value is not None:
            replaced[op.result] = value
            continue
        for inner in op.regions:
            _region(inner, known, replaced)
        kept.append(op)
    region.ops[:] = kept


def _resolved(value: Value, replaced: dict[Value, Value]) -> Value:
    while value in replaced:
        value = replaced[value]
    return value


def _is_as_known(new: Type, old: Type) -> bool:
    """Whether a type says as much as another, or more of the extents."""
    if not isinstance(new, Array) or not isinstance(old, Array) or (new.dtype, new.rank) != (old.dtype, old.rank):
        return new == old
    return all(known is None or known == dim for dim, known in zip(new.shape, old.shape))


def known_item(op: Op) -> Value | None:
    """What a read gives, if its container is put together in the program. An item without a name takes the read's."""
    made = op.operands[0].op if op.opcode == "getitem" else None
    if made is None or made.opcode != "tuple":
        return None
    item: Value = made.operands[op.attrs["index"]]
    if not _is_as_known(item.type, op.result.type):
        return None
    if item.name is None and item.op is not None and not is_const(item) and item.op.derived == op.derived:
        item.name = op.result.name
    return item
