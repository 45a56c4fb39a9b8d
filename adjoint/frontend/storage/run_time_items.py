"""Arrays read from a list of known length at a position of the run: `buffers[k][1:] = 0.0`.

They are read from its items again when they are needed. With the first store into one, the list becomes one of run-time
length, whose items are stored by position.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from adjoint.frontend.storage import chosen, memory, sharing
from adjoint.frontend.values.objects import Binding, Cell, Conflict, Contents, Items, Mem, Run, handle, object_of
from adjoint.ir.core import Value
from adjoint.ir.types import UNDEF, JoinError

if TYPE_CHECKING:
    from adjoint.frontend.context import Context
    from adjoint.frontend.storage.store import Store


def at_place(ctx: Store, node: Any, index: Value, parts: Sequence[Binding], *, is_there: bool = False) -> Value | None:
    """One of several arrays, where they are told apart by tests."""
    things = [object_of(memory.keep(ctx, part)) for part in parts if isinstance(part, Value)]
    cells = [each for each in things if isinstance(each, Cell) and sharing.is_array_in(ctx.heap, each)]
    if not cells or len(cells) < len(parts):
        return None
    made = chosen.at_position(ctx, node, cells, index, is_there=is_there)
    return memory.load(ctx, node, handle(made)) if made is not None else None


def made_long(ctx: Store, node: Any, cell: Cell | None) -> bool:
    """A list of known length whose items are lists, dicts or objects becomes one of run-time length, if it can.

    Where only the run knows which item is meant, that is how it can be changed: `grid[i][j] = x`.
    """
    held = ctx.seen(node, cell) if cell is not None else None
    if not ctx.specializations.chooses or cell is None or not isinstance(held, Items):
        return False
    things = [object_of(slot) for slot in held.slots]
    if not all(isinstance(each, Cell) and isinstance(ctx.heap.get(each), Items | Run) for each in things):
        return False
    here: Any = ctx
    undo = here.checkpoint()
    try:
        ctx.change(node, cell, Run(ctx.listed(held, cell)))
    except JoinError:
        undo()
        return False
    return True


def note_position(ctx: Store, item: Value, slots: Iterable[Any], index: Value, *, is_from_start: bool) -> None:
    """Remember at which position a container was read from a list of known length that holds these."""
    cell, things = object_of(item), [object_of(slot) for slot in slots]
    cells = [each for each in dict.fromkeys(things) if isinstance(each, Cell)]
    if isinstance(cell, Cell) and len(cells) == len(things):
        ctx.positions[cell] = tuple(cells), index, is_from_start


def place_late(ctx: Store, value: Value, cell: Cell | None, index: Value, parts: Sequence[Value]) -> None:
    """The array is one of several known now, which one is known at run time. Those of a list can be written through."""
    held = ctx.contents(cell) if cell is not None else None
    if cell is not None and isinstance(held, Items) and all(isinstance(object_of(slot), Cell) for slot in held.slots):
        ctx.places[value] = Cell(base=cell, index=index, held=held)
        return
    arrays = [each for part in parts for each in sharing.arrays_in(ctx.heap, memory.keep(ctx, part))]
    names = memory.called(ctx, [each for each in arrays if each.hint is not None], " or ")
    which = f"an item of {cell or 'a tuple'}{f' ({names})' if names else ''}, and which one is known at run time only"
    memory.place_frozen(ctx, value)
    ctx.places[value].frozen = f"it is {which}"
    for each in arrays:
        memory.freeze_root(ctx, each, f"what has been read by its position is {which}")


def read_late(ctx: Store, heap: Mapping[Cell, Contents], cell: Cell) -> Contents:
    """The array at a position of the run in a list that was of known length, as it is now."""
    assert cell.index is not None
    listed = _run_of(heap, cell)
    if listed is None:
        items = _items_in(ctx, heap, cell)
        if items is None:
            return Conflict(UNDEF, UNDEF)
        listed = ctx.builder.emit("list", *items)
    return Mem(ctx.builder.emit("index", listed, cell.index, spec=("int",)))


def _run_of(heap: Mapping[Cell, Contents], cell: Cell) -> Value | None:
    """The list of run-time length that the list has become."""
    now = heap.get(cell.base) if cell.base is not None else None
    return now.value if isinstance(now, Run) and now.former is cell.held else None


def _items_in(ctx: Store, heap: Mapping[Cell, Contents], cell: Cell) -> list[Value] | None:
    """The arrays that were in the list, as they are now; None where one is not known here, or is in the list alone."""
    if cell.base is not None and isinstance(heap.get(cell.base), Run):
        return None
    items = memory.items_held(cell)
    found = [ctx.contents_in(heap, item) for item in items if memory.is_in(heap, item)]
    values = [each.value for each in found if isinstance(each, Mem)]
    return values if len(values) == len(items) else None


def is_current(ctx: Store, cell: Cell, listed: Value) -> bool:
    """Whether an array was read from this list, as it is now."""
    run = _run_of(ctx.heap, cell)
    if run is not None:
        return listed is run
    return listed.op is not None and list(listed.op.operands) == _items_in(ctx, ctx.heap, cell)


def write_late(ctx: Store, node: Any, cell: Cell, now: Contents) -> None:
    """Before a store into the array at a position of the run: its list is from now on one of run-time length."""
    base, held = cell.base, cell.held
    assert base is not None and held is not None
    if now is held:
        now = Run(ctx.listed(held, base), former=held)
        ctx.change(node, base, now)
    if isinstance(now, Run) and now.former is held:
        cell.held, cell.moves, cell.size = None, now.moves, now.size


def leads_by_place(ctx: Store, held: Any) -> bool:
    """Whether a binding leads to arrays only as an item of a list, at a position of the run, as the list is now."""
    thing = object_of(held)
    thing = memory.lies_in(thing) if isinstance(thing, Cell) else None
    if thing is None or thing.held is None or thing.base is None:
        return False
    return ctx.heap.get(thing.base) is thing.held or _run_of(ctx.heap, thing) is not None


def side_by_side(ctx: Context, values: Iterable[Value]) -> frozenset[Cell]:
    """Items of lists, and what stands in their slots, that are among the values together with others of their list."""
    kept = [memory.keep(ctx, value) for value in values]
    found = {cell for value in kept for cell in sharing.cells_in(ctx.heap, value) if _has_place(ctx, cell)}
    items = {each for cell in found for each in _down_to_item(cell)}
    lists = [cell.base for cell in items if cell.slot is None]
    return frozenset(cell for cell in items if lists.count(memory.root(cell)) > 1)


def _down_to_item(cell: Cell) -> Iterable[Cell]:
    yield cell
    if cell.slot is not None and cell.base is not None:
        yield from _down_to_item(cell.base)


def _has_place(ctx: Store, cell: Cell) -> bool:
    """Whether the list, and the place in it, say what the cell is: it is an item, or stands in a slot of one."""
    *_, item = _down_to_item(cell)
    if item.base is None or item.base.base is not None or item.view is not None or item.held is not None:
        return False
    run = ctx.heap.get(item.base)
    if not isinstance(run, Run) or item.index is None or not run.has_at_its_place(item):
        return False
    return all(each is item or each.moves == run.bindings for each in _down_to_item(cell))
