"""A store into an item of a list, or into a view of an array, becomes one store with a longer index.

    before:  %row = index %rows %i;  %row2 = index_set %row %v %j;  %rows2 = index_set %rows %row2 %i
    after:   %rows2 = index_set %rows %v %i %j                      (printed `rows[i][j] = v`)

    before:  %w = index %u 1:;  %w2 = index_set %w %v %j;  %u2 = index_set %u %w2 1:
    after:   %u2 = index_set %u %v 1: %j                            (printed `u[1:][j] = v`)

    before:  %w = index %u :, %j;  %w2 = index_set %w %v %i;  %u2 = index_set %u %w2 :, %j
    after:   %u2 = index_set %u %v %i %j                            (and what is read of `u[:, j]` likewise)

    before:  %w = index %u %i;  %w2 = index_set %w %v :;  %u2 = index_set %u %w2 %i
    after:   %u2 = index_set %u %v %i                               (printed `u[i] = v`)

So the item is written where it stands, in one step, and so is its cotangent.
"""

from __future__ import annotations

from typing import Any

from adjoint.ir.core import Function, Op, Value, users, walk
from adjoint.ir.ops.indexing import is_view, is_whole, joined, merged, same_place
from adjoint.ir.opset import lookup
from adjoint.ir.types import Array, List, shape_of

_ITEM = ("int",)


def nest_stores(function: Function) -> None:
    """Join stores into items and views with the stores of these, in place. The inner ones are dead then."""
    used = users(function.body)
    views: list[Op] = []
    for op in walk(function.body):
        if op.opcode != "index_set" or not is_view(op.attrs["spec"]):
            continue
        changed = op.operands[1]
        if changed.op is None or len(used.get(changed, ())) != 1 or not _is_read(changed.op, op):
            continue
        is_list = isinstance(op.operands[0].type, List)
        if is_list and changed.op.opcode == "index_set" and "array" in changed.op.attrs["spec"]:
            continue  # which writes an element twice, and has a rule for arrays only
        if not is_list and changed.op.opcode == "index_set" and is_whole(changed.op.attrs["spec"]):
            op.operands[1] = changed.op.operands[1]
            continue
        inner, place = changed.op, op.operands[2:]
        both = [*place, *inner.operands[2:]]
        found = None if is_list else merged(op.attrs["spec"], place, inner.attrs["spec"], inner.operands[2:])
        if found is not None:
            views.append(Op("index", [op.operands[0], *place], dict(op.attrs)))
        elif is_list:
            found = (*_ITEM, *inner.attrs["spec"]), both
        else:
            found = joined(op.attrs["spec"], inner.attrs["spec"]), both
        _join(op, inner, *found)
    if views:
        _read_directly(function, views)


def _read_directly(function: Function, views: list[Op]) -> None:
    """Read elements of such views of the array itself, as they are stored."""
    for op in walk(function.body):
        view = op.operands[0].op if op.opcode == "index" else None
        if view is None or view.opcode != "index" or not any(same_place(view, each) for each in views):
            continue
        found = merged(view.attrs["spec"], view.operands[1:], op.attrs["spec"], op.operands[1:])
        if found is not None:
            op.operands = [view.operands[0], *found[1]]
            op.attrs = {**op.attrs, "spec": found[0]}


def _is_read(store: Op, outer: Op) -> bool:
    """Whether a store changes the very item or view that the outer store then replaces."""
    whole = outer.operands[0]
    is_list = isinstance(whole.type, List)
    if store.opcode not in ("index_set", "index_add"):
        return False
    if is_list and tuple(outer.attrs["spec"]) != _ITEM:
        return False
    if not is_list and not isinstance(whole.type, Array):
        return False
    part = store.operands[0]
    if part.op is not None and part.op.opcode == "index" and _is_same_view(part.op.operands[0], whole):
        return same_place(part.op, outer)
    return not is_list and _is_filled(part, outer)


def _is_same_view(a: Value, b: Value) -> bool:
    """Whether two values are one, or are read in the same way from one."""
    if a is b:
        return True
    one, other = a.op, b.op
    if one is None or other is None or one.opcode != "index" or other.opcode != "index":
        return False
    return same_place(one, other) and _is_same_view(one.operands[0], other.operands[0])


def _is_filled(part: Value, outer: Op) -> bool:
    """Whether an array was stored, as it is, at the place of the outer store right before."""
    before = outer.operands[0].op
    if before is None or before.opcode != "index_set" or before.operands[1] is not part:
        return False
    _, _, *place = outer.operands
    there = lookup("index").infer([outer.operands[0], *place], {"spec": outer.attrs["spec"]})
    same = isinstance(there, Array) and isinstance(part.type, Array) and there.dtype == part.type.dtype
    return same and same_place(before, outer) and shape_of(there) == shape_of(part.type)  # type: ignore[arg-type]  # one result


def _join(op: Op, inner: Op, spec: tuple[Any, ...], index: list[Value]) -> None:
    op.opcode, op.operands = inner.opcode, [op.operands[0], inner.operands[1], *index]
    op.attrs = {**op.attrs, "spec": spec}
