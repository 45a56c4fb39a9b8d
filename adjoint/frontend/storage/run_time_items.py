"""Arrays read from a list of known length at a position of the run: `buffers[k][1:] = 0.0`.

They are read from the list again when they are needed. With the first store into one, the list becomes one of run-time
length, whose items are stored by position.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from adjoint.frontend.storage.memory import called, freeze_root, keep, place_frozen
from adjoint.frontend.storage.sharing import arrays_in
from adjoint.frontend.values.objects import Cell, Conflict, Contents, Items, Mem, Run, object_of
from adjoint.ir.core import Value
from adjoint.ir.types import UNDEF

if TYPE_CHECKING:
    from adjoint.frontend.storage.store import Store


def place_late(ctx: Store, value: Value, cell: Cell | None, index: Value, parts: Sequence[Value]) -> None:
    """The array is one of several known now, which one is known at run time. Those of a list can be written through."""
    held = ctx.contents(cell) if cell is not None else None
    if cell is not None and isinstance(held, Items):
        ctx.places[value] = Cell(base=cell, index=index, held=held)
        return
    arrays = [each for part in parts for each in arrays_in(ctx.heap, keep(ctx, part))]
    names = called(ctx, [each for each in arrays if each.hint is not None], " or ")
    which = f"an item of {cell or 'a tuple'}{f' ({names})' if names else ''}, and which one is known at run time only"
    place_frozen(ctx, value)
    ctx.places[value].frozen = f"it is {which}"
    for each in arrays:
        freeze_root(ctx, each, f"what has been read by its position is {which}")


def read_late(ctx: Store, heap: Mapping[Cell, Contents], cell: Cell, base: Contents) -> Contents:
    """The array at a position of the run in a list that was of known length, as it is in a state of the path."""
    held = cell.held
    assert held is not None and cell.index is not None
    if base is held:
        arrays = [ctx.contents_in(heap, object_of(slot)) for slot in held.slots]
        if not all(isinstance(each, Mem) for each in arrays):
            return Conflict(UNDEF, UNDEF)
        listed = ctx.builder.emit("list", *(each.value for each in arrays if isinstance(each, Mem)))
    elif isinstance(base, Run) and base.former is held:
        listed = base.value
    else:
        return Conflict(UNDEF, UNDEF)
    return Mem(ctx.builder.emit("index", listed, cell.index, spec=("int",)))


def write_late(ctx: Store, node: Any, cell: Cell, now: Contents) -> None:
    """Before a store into the array at a position of the run: its list is from now on one of run-time length."""
    base, held = cell.base, cell.held
    assert base is not None and held is not None
    if now is held:
        now = Run(ctx.listed(held, base), former=held)
        ctx.change(node, base, now)
    if isinstance(now, Run) and now.former is held:
        cell.held, cell.moves, cell.size = None, now.moves, now.size
