"""Structures of arrays that are one of several, where paths meet, a loop starts again, or a function returns.

    v is a | v is b                ->   v is one of a, b: which of them is a number beside it
    v is rows[0] | v is rows[i]    ->   v is rows[n]: what differs are the numbers in its index

Neither is counted among the containers of a structure (see `alignment`): two of them are one where their items are.
"""

from __future__ import annotations

from collections.abc import Sequence

from adjoint.frontend.context import Context
from adjoint.frontend.storage import memory, sharing
from adjoint.frontend.values.forms import Leaf, Node, Same, Structure
from adjoint.frontend.values.objects import Cell
from adjoint.ir.types import INT

CHOSEN = ("one", "part")
"""The kinds of such structures: one of several arrays, and a part of one array."""


def alike(ctx: Context, a: Structure, b: Structure) -> tuple[Structure, Structure]:
    """Two structures, with room in each for the arrays that the other has."""
    if not ctx.specializations.chooses or a == b:
        return a, b
    parts = [_as_part(ctx, each) for each in (a, b)]
    if all(parts) and _same_part(*parts):
        return parts[0] or a, parts[1] or b
    items = [_items(ctx, each) for each in (a, b)]
    if all(items):
        made = one_of([*(items[0] or ()), *(items[1] or ())])
        return made, made
    if isinstance(a, Node) and isinstance(b, Node) and (a.kind, a.meta) == (b.kind, b.meta):
        if len(a.children) == len(b.children) and a.kind not in CHOSEN:
            pairs = [alike(ctx, *each) for each in zip(a.children, b.children)]
            one, other = (tuple(pair[side] for pair in pairs) for side in (0, 1))
            return Node(a.kind, a.meta, one), Node(b.kind, b.meta, other)
    return a, b


def is_chosen(form: Structure) -> bool:
    """Whether it, or something in it, is one of several arrays."""
    return isinstance(form, Node) and (form.kind in CHOSEN or any(map(is_chosen, form.children)))


def one_of(items: Sequence[Structure]) -> Structure:
    """The structure of an array that is one of several."""
    return Node("one", None, (Leaf(INT), *sorted(dict.fromkeys(items), key=_rank)))


def _rank(item: Structure) -> int:
    if isinstance(item, Same):
        return int(item.object.serial)
    assert isinstance(item, Node)
    return int(item.meta)


def _as_part(ctx: Context, form: Structure) -> Structure | None:
    if isinstance(form, Node) and form.kind == "part":
        return form
    if not isinstance(form, Same) or not isinstance(form.object, Cell) or form.object.base is None:
        return None
    return memory.part_of(ctx, form.object, Same(form.object.base))


def _same_part(a: Structure | None, b: Structure | None) -> bool:
    return isinstance(a, Node) and isinstance(b, Node) and (a.meta, a.children[0]) == (b.meta, b.children[0])


def _items(ctx: Context, form: Structure) -> list[Structure] | None:
    """The arrays that it may be; None where it is none, or not known by a cell."""
    if isinstance(form, Node) and form.kind == "one":
        return list(form.children[1:])
    if isinstance(form, Node) and form.kind == "argument":
        return [form] if sharing.is_array_in(ctx.heap, ctx.parameters[form.meta]) else None
    cell = form.object if isinstance(form, Same) else None
    inner = [_items(ctx, Same(item)) for item in memory.items_held(cell)] if isinstance(cell, Cell) else []
    if inner:
        return [item for items in inner for item in items or ()] if all(inner) else None
    is_known = isinstance(cell, Cell) and memory.is_in(ctx.heap, cell) and sharing.is_array_in(ctx.heap, cell)
    return [form] if is_known else None
