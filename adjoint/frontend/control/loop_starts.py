"""What the text of a loop says of what it carries: what it binds, stores into, and makes longer or shorter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast

from adjoint.frontend.context import Context
from adjoint.frontend.storage import memory
from adjoint.frontend.storage.sharing import containers_in
from adjoint.frontend.syntax.jumps import all_bound_names, own_nodes
from adjoint.frontend.values.objects import Cell, Items, Mem, object_of
from adjoint.frontend.values.state_keys import Key, held_in, is_sole, seen_outside
from adjoint.frontend.values.structures import Taker, data_type
from adjoint.ir.types import JoinError, item_of


def started(ctx: Context, node: Any) -> list[Key]:
    """The variables that the loop binds and that are read at its head or after it."""
    bound = set(all_bound_names([node]))
    names = [name for name in ctx.liveness.around(node) if name in bound]
    for name in bound - set(names):
        ctx.env.pop(ctx.renamed.get(name, name), None)
    return list(names)


def rebound(ctx: Context, node: Any, keys: Sequence[Key]) -> set[Cell]:
    """The arrays with one name that somebody reads, which the loop binds again: another array, most likely.

    Not those that something else, which is read as well, may be.
    """
    found, parameters = set(), seen_outside(ctx)
    env = {name: held for name, held in ctx.env.items() if ctx.finals or ctx.liveness.is_read_around(node, name)}
    for key in keys:
        cell = object_of(held_in(ctx, key)) if isinstance(key, str) else None
        if isinstance(cell, Cell) and isinstance(ctx.heap.get(cell), Mem) and cell.frozen is None:
            if is_sole(key, env, ctx.heap, cell, parameters):
                found.add(cell)
    held = {root for each in containers_in(ctx.heap, env.values()) for root in memory.roots(each)} if found else set()
    return found.difference(*(known for item, known in ctx.read_from.items() if item in held))


_GROWING = frozenset("append extend insert pop remove clear appendleft popleft".split())


def growing(ctx: Context, node: Any) -> list[Cell]:
    """The lists that the text of a loop makes longer or shorter: their length is known at run time only."""
    names: list[Any] = []
    for part in [node.test, *node.body] if isinstance(node, gast.While) else node.body:
        for each in own_nodes(part):
            if isinstance(each, gast.Call) and isinstance(each.func, gast.Attribute) and each.func.attr in _GROWING:
                names.append(each.func.value)
            elif isinstance(each, gast.AugAssign) and isinstance(each.op, gast.Add):
                names.append(each.target)
            elif isinstance(each, gast.Delete):
                names += [target.value for target in each.targets if isinstance(target, gast.Subscript)]
    found = [_named(ctx, name) for name in names]
    return [cell for cell in dict.fromkeys(found) if cell is not None and _can_run(ctx, cell)]


def _named(ctx: Context, node: Any) -> Cell | None:
    """The container that `name`, `name.attribute` or `name["key"]` means."""
    thing: Any = None
    if isinstance(node, gast.Name):
        thing = object_of(ctx.held(node.id))
    elif isinstance(node, gast.Attribute | gast.Subscript):
        owner = _named(ctx, node.value)
        held = ctx.heap.get(owner) if owner is not None else None
        key = node.attr if isinstance(node, gast.Attribute) else getattr(node.slice, "value", None)
        if isinstance(held, Items) and isinstance(key, str) and key in held.layout.keys:
            thing = object_of(held.slots[held.layout.keys.index(key)])
    return thing if isinstance(thing, Cell) else None


def stored_into(ctx: Context, node: Any) -> list[Key]:
    """The arrays from before a loop that its text stores into."""
    names: list[Any] = []
    for part in node.body:
        for each in own_nodes(part):
            targets = each.targets if isinstance(each, gast.Assign) else [getattr(each, "target", None)]
            names += [target.value for target in targets if isinstance(target, gast.Subscript)]
            if isinstance(each, gast.AugAssign):
                names.append(each.target)
    found: dict[Key, None] = {}
    for name in names:
        cell = object_of(ctx.held(name.id)) if isinstance(name, gast.Name) else None
        while isinstance(cell, Cell) and cell.base is not None:
            cell = cell.base
        if isinstance(cell, Cell) and isinstance(ctx.heap.get(cell), Mem):
            found[cell] = None
    bound = set(all_bound_names([node]))
    rebound = [object_of(ctx.held(name)) for name in bound]
    return [cell for cell in found if cell not in rebound]


def _can_run(ctx: Context, cell: Cell) -> bool:
    held = ctx.heap.get(cell)
    if not isinstance(held, Items) or held.layout.kind != "list" or held.layout.cls is not None:
        return False
    try:
        item_of(data_type(Taker(ctx, lambda each: False).contents(held)))
    except JoinError:
        return False
    return True
