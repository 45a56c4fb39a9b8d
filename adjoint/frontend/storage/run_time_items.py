"""Arrays read from a list of known length at a position of the run: `buffers[k][1:] = 0.0`.

They are read from the list again when they are needed. With the first store into one, the list becomes one of run-time
length, whose items are stored by position.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from adjoint.frontend.storage.memory import freeze_root, keep, place_frozen
from adjoint.frontend.storage.sharing import arrays_in
from adjoint.frontend.values.objects import Cell, Contents, Items, Mem, Run
from adjoint.ir.core import Value

if TYPE_CHECKING:
    from adjoint.frontend.storage.store import Store


def place_late(ctx: Store, value: Value, cell: Cell | None, index: Value, parts: Sequence[Value]) -> None:
    """The array is one of several known now, which one is known at run time. Those of a list can be written through."""
    held = ctx.contents(cell) if cell is not None else None
    if cell is not None and isinstance(held, Items):
        ctx.places[value] = Cell(base=cell, index=index, held=held)
        return
    place_frozen(ctx, value)
    for part in parts:
        for each in arrays_in(ctx.heap, keep(ctx, part)):
            freeze_root(ctx, each, "it is one of several arrays, and which of them is read is known at run time only")


def read_late(ctx: Store, cell: Cell) -> Contents:
    """The array at a position of the run in a list of known length, as it is now."""
    held = cell.held
    assert held is not None and cell.index is not None
    items = [ctx.sure(None, slot) for slot in held.slots]
    listed = ctx.builder.emit("list", *items)
    return Mem(ctx.builder.emit("index", listed, cell.index, spec=("int",)))


def write_late(ctx: Store, node: Any, cell: Cell) -> None:
    """Before a store into the array at a position of the run: its list is from now on one of run-time length."""
    base = cell.base
    assert base is not None and cell.held is not None
    run = Run(ctx.listed(cell.held, base))
    cell.held, cell.moves, cell.size = None, run.moves, run.size
    ctx.change(node, base, run)
