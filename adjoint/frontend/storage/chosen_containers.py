"""Dicts, objects and lists of known length that are one of several: what they hold is chosen, slot by slot.

    state = first if c else second                place = 0 if c else 1
    state["n"] += 1                    ->         n = (n1 if place == 0 else n2) + 1
    state["u"][0] = x                             if place == 0: n1 = n  else: n2 = n
                                                  if place == 0: u1[0] = x  else: u2[0] = x
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from adjoint.errors import AliasNotProvable
from adjoint.frontend.storage import chosen, memory
from adjoint.frontend.values.objects import Binding, Cell, Conflict, Contents, Items, handle, object_of
from adjoint.ir.core import Value
from adjoint.ir.types import UNDEF, JoinError, List, Tuple, join

if TYPE_CHECKING:
    from adjoint.frontend.storage.store import Store


def is_of_containers(heap: Mapping[Cell, Contents], cell: Cell) -> bool:
    """Whether a cell is one of several dicts, objects or lists."""
    items = memory.items_held(cell)
    return bool(items) and all(isinstance(heap.get(item), Items) or is_of_containers(heap, item) for item in items)


def read(ctx: Store, heap: Mapping[Cell, Contents], one: Cell) -> Contents:
    """What one of several containers holds: all of them have the same keys, or as many items."""
    found = [ctx.contents_in(heap, item) for item in memory.items_held(one)]
    held = [each for each in found if isinstance(each, Items)]
    kinds = {(each.layout, len(each.slots)) for each in held}
    if len(held) < len(found) or len(kinds) > 1:
        return Conflict(UNDEF, UNDEF)
    return Items(held[0].layout, tuple(_slot(ctx, heap, one, each) for each in zip(*(each.slots for each in held))))


def _slot(ctx: Store, heap: Mapping[Cell, Contents], one: Cell, slots: Sequence[Binding]) -> Binding:
    things = [object_of(each) for each in slots]
    if all(map(_is_same, slots, [slots[0]] * len(slots))):
        return slots[0]
    cells = [thing for thing in things if isinstance(thing, Cell)]
    values = [each for each in slots if isinstance(each, Value)]
    if len(cells) == len(slots) and one.index is not None:
        are_containers = {isinstance(heap.get(each), Items) or is_of_containers(heap, each) for each in cells}
        made = chosen.at_position(ctx, None, cells, one.index, is_there=True)
        return handle(made) if made is not None and len(are_containers) == 1 else Conflict(UNDEF, UNDEF)
    if cells or len(values) < len(slots) or any(thing is not None for thing in things):
        return Conflict(UNDEF, UNDEF)
    try:
        t = values[0].type
        for each in values:
            t = join(t, each.type)
    except JoinError:
        return Conflict(values[0].type, values[-1].type)
    return Conflict(t, t) if isinstance(t, List | Tuple) else chosen.value_at(ctx, one, values)


def _is_same(a: Binding, b: Binding) -> bool:
    return a is b or (object_of(a) is not None and object_of(a) is object_of(b))


def change(ctx: Store, node: Any, one: Cell, contents: Contents) -> None:
    """One of several containers now holds something else: what has changed in it changes in that which it is."""
    before = ctx.contents(one)
    if not isinstance(before, Items) or not isinstance(contents, Items) or not _has_grown(before, contents):
        raise ctx.refuse(
            node,
            f"{memory.called(ctx, memory.items_held(one), ' or ')} loses items, or is another kind of container now",
            why="which of them it is is known at run time",
            fix="change each of them under its own name",
            kind=AliasNotProvable,
        )
    after = contents

    def here(item: Cell) -> None:
        own = ctx.contents(item)
        assert isinstance(own, Items)
        kept = zip(before.slots, after.slots, own.slots, strict=False)
        slots = [mine if _is_same(old, new) else new for old, new, mine in kept]
        ctx.change(node, item, Items(after.layout, (*slots, *after.slots[len(slots) :])))

    chosen.on_each(ctx, node, one, one, here)


def _has_grown(before: Items, after: Items) -> bool:
    """Whether the same keys are there, and maybe more."""
    count = len(before.slots)
    old, new = before.layout, after.layout
    same_kind = (old.kind, old.cls) == (new.kind, new.cls)
    return same_kind and len(after.slots) >= count and new.keys[: len(old.keys)] == old.keys
