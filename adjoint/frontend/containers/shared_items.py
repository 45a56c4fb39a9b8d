"""Lists whose items stand in other lists as well."""

from __future__ import annotations

from adjoint.frontend.context import Context
from adjoint.frontend.storage import memory
from adjoint.frontend.values.objects import Because, Cell, Items, Run, object_of
from adjoint.frontend.values.structures import has_identity
from adjoint.ir.core import Value
from adjoint.ir.types import List


def shared(ctx: Context, run: Run, *sources: Value, once: bool = False) -> Value:
    """A new list whose items are those of other lists: containers among them can be changed in neither.

    `once`: it holds each item of its source once at most; when nobody leads to that any more, they can be changed.
    """
    made = ctx.new_cell(run)
    if not isinstance(run.value.type, List) or not has_identity(run.value.type.item):
        return made
    cells = [thing for value in (made, *sources) if isinstance(thing := object_of(value), Cell)]
    if once and len(cells) == 2 and isinstance(ctx.seen(None, cells[1]), Run):
        ctx.hold_the_same(*cells)
        return made
    for cell in cells[1:]:
        ctx.hold_part(cells[0], cell)
    for cell in cells:
        cell.aliases += [*(each for each in cells if each is not cell), cell]
        held = ctx.seen(None, cell)
        for slot in held.slots if isinstance(held, Items) else ():
            ctx.moved_into(cells[0], slot)
            thing = object_of(slot)
            if isinstance(thing, Cell):
                why = "it is in {} and in {}, one of run-time length"
                ctx.freeze(thing, Because(why, (cells[0], cell), memory.a_list))
    return made


def items_moved(ctx: Context, target: Cell, *sources: Value) -> None:
    """The items of lists are now items of a list of run-time length, and may be met in each of them."""
    for source in sources:
        cell = object_of(source)
        held = ctx.seen(None, cell) if isinstance(cell, Cell) else None
        for slot in held.slots if isinstance(held, Items) else ():
            ctx.moved_into(target, slot)
        if isinstance(held, Run) and isinstance(cell, Cell) and cell is not target and holds_identities(held):
            ctx.may_hold(target, cell)


def holds_identities(held: Run) -> bool:
    """Whether the items of a list are arrays or containers."""
    return isinstance(held.value.type, List) and has_identity(held.value.type.item)
