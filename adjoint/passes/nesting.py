"""A store into an item of a list, or into a view of an array, becomes one store with a longer index.

    before:  %row = index %rows %i;  %row2 = index_set %row %v %j;  %rows2 = index_set %rows %row2 %i
    after:   %rows2 = index_set %rows %v %i %j                      (printed `rows[i][j] = v`)

    before:  %w = index %u 1:;  %w2 = index_set %w %v %j;  %u2 = index_set %u %w2 1:
    after:   %u2 = index_set %u %v 1: %j                            (printed `u[1:][j] = v`)

So the item is written where it stands, in one step, and so is its cotangent.
"""

from __future__ import annotations

from typing import Any

from adjoint.ir.core import Function, Op, Value, const_of, is_const, users, walk
from adjoint.ir.ops.indexing import THEN, is_view
from adjoint.ir.types import Array, List

_ITEM = ("int",)


def nest_stores(function: Function) -> None:
    """Join stores into items and views with the stores of these, in place. The inner ones are dead then."""
    used = users(function.body)
    for op in walk(function.body):
        if op.opcode != "index_set" or not is_view(op.attrs["spec"]):
            continue
        changed = op.operands[1]
        if changed.op is None or len(used.get(changed, ())) != 1 or not _is_read(changed.op, op):
            continue
        if isinstance(op.operands[0].type, List):
            _join(op, changed.op, (*_ITEM, *changed.op.attrs["spec"]))
        else:
            _join(op, changed.op, _joined(op.attrs["spec"], changed.op.attrs["spec"]))


def _is_read(store: Op, outer: Op) -> bool:
    """Whether a store changes the very item or view that the outer store then replaces."""
    whole, _, *place = outer.operands
    is_list = isinstance(whole.type, List)
    if store.opcode != "index_set" and (is_list or store.opcode != "index_add"):
        return False
    read, spec = store.operands[0].op, tuple(outer.attrs["spec"])
    if read is None or read.opcode != "index" or read.operands[0] is not whole or tuple(read.attrs["spec"]) != spec:
        return False
    if is_list and spec != _ITEM:
        return False
    return (is_list or isinstance(whole.type, Array)) and all(map(_is_same, read.operands[1:], place))


def _join(op: Op, inner: Op, spec: tuple[Any, ...]) -> None:
    whole, _, *place = op.operands
    op.opcode, op.operands = inner.opcode, [whole, inner.operands[1], *place, *inner.operands[2:]]
    op.attrs = {**op.attrs, "spec": spec}


def _joined(outer: tuple[Any, ...], inner: tuple[Any, ...]) -> tuple[Any, ...]:
    """One subscript after the other; `u[i][j]` is `u[i, j]`."""
    if all(entry == "int" for entry in outer) and is_view(inner):
        return (*outer, *inner)
    return (*outer, THEN, *inner)


def _is_same(a: Value, b: Value) -> bool:
    return a is b or (is_const(a) and is_const(b) and bool(const_of(a) == const_of(b)))
