"""Structures of arrays that are one of several, where paths meet, a loop starts again, or a function returns.

    v is a | v is b                ->   v is one of a, b: which of them is a number beside it
    v is a | v is new              ->   v is one of a and an array of its own, which nobody reads where v is a
    v is rows[0] | v is rows[i]    ->   v is rows[n]: what differs are the numbers in its index
    v is u[1:] | v is w            ->   v is one of u[1:] and w (see `pieces`)

A choice is not counted among the containers of a structure (see `alignment`), only a new array in it.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from adjoint.frontend.context import Context
from adjoint.frontend.storage import memory, sharing
from adjoint.frontend.values import pieces
from adjoint.frontend.values.forms import Leaf, Node, Same, Structure, join_forms
from adjoint.frontend.values.objects import Cell, Items
from adjoint.ir.types import JoinError, Layout

CHOSEN = ("one", "part")
"""The kinds of such structures: one of several arrays, and a part of one array."""


def alike(ctx: Context, a: Structure, b: Structure) -> tuple[Structure, Structure]:
    """Two structures, with room in each for the arrays that the other has."""
    if not ctx.specializations.chooses or a == b:
        return a, b
    parts = [part for each in (a, b) if (part := _as_part(ctx, each)) is not None]
    part = pieces.joined(*parts) if len(parts) == 2 else None
    if part is not None:
        return part, part
    items = [_items(ctx, each) for each in (a, b)]
    made = _one_of(ctx, [*items[0], *items[1]]) if items[0] and items[1] else None
    if made is not None:
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


def _one_of(ctx: Context, items: Sequence[Structure]) -> Structure | None:
    """The structure of an array that is one of several; None where all are new, or they have no common type."""
    known = dict.fromkeys(item for item in items if pieces.is_known(item))
    new = [item for item in items if item not in known]
    try:
        own = [functools.reduce(join_forms, new)] if new else []
        for item in known if own else ():
            t = pieces.type_of(ctx, item)
            own = [join_forms(own[0], Node("memory", False, (Leaf(t),)))] if t is not None and own else []
    except JoinError:
        return None
    if not known or bool(new) != bool(own) or not _are_of_one_kind(ctx, [*known, *own]):
        return None
    cells = {item: cell.serial for item in known if (cell := pieces.cell_of(ctx, item)) is not None}
    made = pieces.one_of(sorted(known, key=lambda item: cells.get(item, len(known))), own)
    return made if pieces.is_few(made) else None


def _as_part(ctx: Context, form: Structure) -> Structure | None:
    if isinstance(form, Node) and form.kind == "part":
        return form
    if not isinstance(form, Same) or not isinstance(form.object, Cell) or form.object.base is None:
        return None
    return memory.part_of(ctx, form.object, Same(form.object.base))


def _items(ctx: Context, form: Structure) -> list[Structure]:
    """The arrays that it may be; none where it is no array, or one of several others."""
    if isinstance(form, Node) and form.kind in ("memory", *CHOSEN):
        return pieces.items_in(form)
    cell = pieces.cell_of(ctx, form)
    inner = [_items(ctx, Same(item)) for item in memory.items_held(cell)] if cell is not None else []
    if inner:
        return [item for items in inner for item in items] if all(inner) else []
    if cell is None or not memory.is_in(ctx.heap, cell):
        return []
    return [form] if _layout(ctx, form) is not None or sharing.is_array_in(ctx.heap, cell) else []


def _layout(ctx: Context, form: Structure) -> Layout | None:
    """The layout of a dict, an object or a list of known length that is known on both sides."""
    cell = pieces.cell_of(ctx, form)
    held = ctx.heap.get(cell) if cell is not None else None
    is_open = isinstance(held, Items) and held.layout.kind in ("dict", "record", "namespace", "list")
    return held.layout if is_open and isinstance(held, Items) else None


def _are_of_one_kind(ctx: Context, items: Sequence[Structure]) -> bool:
    """Whether all are arrays, or all are containers with the same keys."""
    layouts = [_layout(ctx, item) for item in items]
    held = [ctx.heap.get(cell) for item in items if (cell := pieces.cell_of(ctx, item)) is not None]
    counts = {len(each.slots) for each in held if isinstance(each, Items)}
    return all(layout == layouts[0] for layout in layouts) and len(counts) < 2
