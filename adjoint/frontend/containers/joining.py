"""Operators and functions of whole containers: joining, repeating, merging, copying, counting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adjoint.frontend.containers.containers import cell_of, items, kind_of, run_of
from adjoint.frontend.containers.shared_items import holds_identities, shared
from adjoint.frontend.context import Context
from adjoint.frontend.storage import memory
from adjoint.frontend.storage.sharing import containers_in
from adjoint.frontend.values.objects import Because, Binding, Cell, Items, Run, object_of
from adjoint.frontend.values.structures import is_open
from adjoint.ir.core import Value
from adjoint.ir.types import (
    INT,
    Tuple,
)


def add(ctx: Context, node: Any, left: Value, right: Value) -> Value | None:
    """`left + right` of lists or tuples; None when they are neither."""
    if isinstance(left.type, Tuple) and isinstance(right.type, Tuple):
        return ctx.pack([*ctx.parts(left), *ctx.parts(right)])
    if kind_of(ctx, node, left) == "list" and kind_of(ctx, node, right) == "list":
        a, b = items(ctx, node, left), items(ctx, node, right)
        if a is not None and b is not None:
            return ctx.new_list([*a, *b])
        values = [run_of(ctx, node, left), run_of(ctx, node, right)]
        return shared(ctx, Run(ctx.emit(node, "list_concat", *values)), left, right)
    return None


def repeat(ctx: Context, node: Any, left: Value, right: Value) -> Value | None:
    """`items * count`, either way round; None when neither is a list or tuple."""
    for base, count in ((left, right), (right, left)):
        known = items(ctx, node, base)
        is_tuple = isinstance(base.type, Tuple)
        if known is not None and ctx.is_static(count) and isinstance(ctx.static(count), int):
            many = known * ctx.static(count)
            return ctx.pack(many) if is_tuple else ctx.new_list(many)
        if kind_of(ctx, node, base) == "list" and count.type == INT:
            return shared(ctx, Run(ctx.emit(node, "list_repeat", run_of(ctx, node, base), count)), base)
    return None


def repeat_in_place(ctx: Context, node: Any, base: Value, count: Value) -> bool:
    """`items *= count`: every name of the list sees it. Whether it is a list and an integer."""
    cell, made = cell_of(base), repeat(ctx, node, base, count)
    new = None if made is None else cell_of(made)
    if cell is None or new is None:
        return False
    contents = ctx.seen(node, new)
    ctx.change(node, cell, contents)
    if isinstance(contents, Run) and holds_identities(contents):
        cell.aliases.append(cell)  # each item stands in it several times
    return True


def merged(ctx: Context, node: Any, left: Value, right: Value) -> Value | None:
    """`left | right` of dicts; None when they are none."""
    if kind_of(ctx, node, left) == "dict" and kind_of(ctx, node, right) == "dict":
        made = copied(ctx, node, left)
        update(ctx, node, made, right)
        return made
    return None


def update(ctx: Context, node: Any, target: Value, source: Value) -> None:
    """`target.update(source)`."""
    cell, other = cell_of(target), cell_of(source)
    assert cell is not None and other is not None
    more = ctx.seen(node, other)
    assert isinstance(more, Items)
    for key, slot in zip(more.layout.keys, _given(ctx, node, other, more)):
        held = ctx.seen(node, cell)
        assert isinstance(held, Items)
        number = held.slot(key)
        value = ctx.sure(node, slot)
        ctx.change(node, cell, held.add(key, value) if number is None else held.put(number, value))


def copied(ctx: Context, node: Any, value: Value) -> Value:
    """A shallow copy of a container."""
    cell = cell_of(value)
    assert cell is not None
    held = ctx.seen(node, cell)
    if isinstance(held, Run):
        return shared(ctx, Run(held.value), value, once=True)
    return ctx.new_cell(Items(held.layout, tuple(_given(ctx, node, cell, held))))


def _given(ctx: Context, node: Any, cell: Cell, held: Items) -> Sequence[Binding]:
    """What is in a container, for another one: of an item of a list of run-time length it will be in both."""
    if cell.base is None:
        return [_known(ctx, node, cell, held, number) for number in range(len(held.slots))]
    slots = [memory.keep(ctx, each) for each in ctx.each_slot(node, cell, held)]
    listed = memory.root(cell)
    why = Because("it is in an item of {} as well", (listed,), memory.a_list)
    things = list(containers_in(ctx.heap, slots))
    for thing in things:
        ctx.tie(thing, frozenset({listed}), why)
    if things:
        listed.aliases.append(listed)
    return slots


def _known(ctx: Context, node: Any, cell: Cell, held: Items, number: int) -> Binding:
    """What is in a slot, with an identity: that of what came in with its container is not known yet."""
    slot = held.slots[number]
    is_new = isinstance(slot, Value) and object_of(slot) is None and slot not in ctx.places
    if isinstance(slot, Value) and is_new and (memory.is_array(slot) or is_open(slot.type)):
        return memory.keep(ctx, ctx.slot(node, cell, held, number))
    return slot


def length(ctx: Context, node: Any, value: Value) -> Value | None:
    """`len` of a container; None for anything else."""
    if isinstance(value.type, Tuple):
        return ctx.const(len(value.type.items))
    cell = cell_of(value)
    if cell is None:
        return None
    held = ctx.seen(node, cell)
    if isinstance(held, Run):
        return ctx.emit(node, "len", held.value)
    return ctx.const(len(held.slots)) if held.layout.kind in ("list", "dict") else None
