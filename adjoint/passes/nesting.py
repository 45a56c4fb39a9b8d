"""A store into an item of a list becomes one store with a longer index.

    before:  %row = index %rows %i;  %row2 = index_set %row %v %j;  %rows2 = index_set %rows %row2 %i
    after:   %rows2 = index_set %rows %v %i %j                      (printed `rows[i][j] = v`)

So the item is written where it stands, in one step, and so is its cotangent.
"""

from __future__ import annotations

from adjoint.ir.core import Function, Op, Value, const_of, is_const, users, walk
from adjoint.ir.types import List

_ITEM = ("int",)


def nest_stores(function: Function) -> None:
    """Join stores into items with the stores of the items, in place. The inner ones are dead then."""
    used = users(function.body)
    for op in walk(function.body):
        if op.opcode == "index_set" and isinstance(op.operands[0].type, List) and tuple(op.attrs["spec"]) == _ITEM:
            rows, changed, place = op.operands
            inner = changed.op
            if inner is not None and inner.opcode == "index_set" and len(used.get(changed, ())) == 1:
                if _is_item(inner.operands[0].op, rows, place):
                    op.operands = [rows, inner.operands[1], place, *inner.operands[2:]]
                    op.attrs = {**op.attrs, "spec": (*_ITEM, *inner.attrs["spec"])}


def _is_item(read: Op | None, rows: Value, place: Value) -> bool:
    """Whether an operation reads the item of the list at the place."""
    if read is None or read.opcode != "index" or tuple(read.attrs["spec"]) != _ITEM or read.operands[0] is not rows:
        return False
    index = read.operands[1]
    return index is place or (is_const(index) and is_const(place) and bool(const_of(index) == const_of(place)))
