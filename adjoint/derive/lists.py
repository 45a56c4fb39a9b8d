"""Cotangents of lists whose length is known at run time: zeros and sums."""

from __future__ import annotations

from adjoint.ir.builder import Builder
from adjoint.ir.core import Value
from adjoint.ir.types import UNDEF, List


def zero_list(builder: Builder, value: Value, t: List) -> Value:
    """A list of zeros of type `t` as long as the value."""
    if value.op is not None and value.op.opcode == "list" and not value.op.operands:
        return builder.emit("list")
    return builder.emit("list_of_zeros", value, item=t.item)


def add_lists(builder: Builder, a: Value, b: Value) -> Value:
    """The sum of two cotangents of a list, item by item."""
    items = [t.item for t in (a.type, b.type) if isinstance(t, List) and t.item != UNDEF]
    return builder.emit("list_add", a, b, item=items[0]) if items else a
