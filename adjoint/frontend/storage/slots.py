"""Arrays and containers in items of a list of run-time length: `bodies[i].v += f`, `nodes[k]["x"][0] = 1.0`.

Such an item is read again when it is needed, and so is what stands in it: a cell with the number of its slot in `slot`.
Arrays are in this way where a function is refused otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from adjoint.errors import AdjointError, AliasNotProvable
from adjoint.frontend.storage import memory
from adjoint.frontend.storage.memory import is_array
from adjoint.frontend.values.objects import Binding, Cell, Conflict, Contents, Items, Mem, Run, handle, object_of
from adjoint.frontend.values.structures import holds_memory, is_open
from adjoint.ir.core import Value
from adjoint.ir.types import UNDEF, Array, List

if TYPE_CHECKING:
    from adjoint.frontend.storage.store import Store


def at(ctx: Store, cell: Cell, value: Value, number: int) -> Cell | None:
    """The cell of what stands in a slot of an item of such a list; None where it is no such item."""
    is_told_apart = ctx.specializations.chooses or is_open(value.type)
    run = _run_of(ctx, ctx.heap, cell) if is_told_apart else None
    if run is None:
        return None
    return Cell(cell.hint, base=cell, index=value, slot=number, moves=run.bindings, size=run.writes)


def _run_of(ctx: Store, heap: Mapping[Cell, Contents], cell: Cell) -> Run | None:
    """The list in whose item a slot is, in the state in which the item stands where it was read."""
    while cell.slot is not None and cell.base is not None:
        cell = cell.base
    if cell.base is None or cell.view is not None or cell.held is not None:
        return None
    held = ctx.looked_up(heap, cell.base)
    return held.state(cell) if isinstance(held, Run) else None


def read(ctx: Store, heap: Mapping[Cell, Contents], cell: Cell) -> Contents:
    """What stands in a slot now, or stood there when the slot was read, if no slot has been written into since."""
    assert cell.slot is not None and cell.base is not None
    run = _run_of(ctx, heap, cell)
    if run is not None and run.bindings == cell.moves:
        items = ctx.contents_in(heap, cell.base)
        held = items.slots[cell.slot] if isinstance(items, Items) else None
        if isinstance(held, Value):
            return run.slot_run(held) if isinstance(held.type, List) else ctx.opened(held)
    if run is not None and run.writes == cell.size and cell.index is not None and isinstance(cell.index.type, Array):
        return Mem(cell.index)
    return Conflict(UNDEF, UNDEF)


def write(ctx: Store, node: Any, cell: Cell, new: Value, binds: bool) -> None:
    """What stands in a slot has become `new`: so has the slot of the item. `binds`: something else stands there now."""
    assert cell.slot is not None and cell.base is not None
    run = _run_of(ctx, ctx.heap, cell)
    items = ctx.contents(cell.base) if run is not None and run.bindings == cell.moves else None
    if not isinstance(items, Items):
        raise refusal(ctx, node, cell, "changed")
    ctx.change(node, cell.base, items.put(cell.slot, new), binds)
    after = _run_of(ctx, ctx.heap, cell)
    if after is not None:  # it has changed itself, and stands where it stood
        cell.moves, cell.size = after.bindings, after.writes


def has_moved(before: Contents, now: Contents) -> bool:
    """Whether other things stand at the places of a list, or as many at others."""
    return isinstance(now, Run) and (not isinstance(before, Run) or before.moves != now.moves)


def refusal(ctx: Store, node: Any, cell: Cell, what: str) -> AdjointError:
    """The refusal of what is done to a thing that may not stand in its slot any more."""
    return ctx.refuse(
        node,
        f"what was read from an item of {memory.root(cell)} is {what} after another thing may have taken its place",
        why="where it stands now is not known",
        fix="read it again from its list",
        kind=AliasNotProvable,
    )


def opened(ctx: Store, cell: Cell, held: Items) -> tuple[Binding, ...]:
    """The slots of an item as a function is given them: arrays and containers by cells of their own."""
    run = _run_of(ctx, ctx.heap, cell) if ctx.specializations.chooses else None
    if run is None:
        return held.slots

    def bound(number: int, value: Binding) -> Binding:
        if not isinstance(value, Value) or not _may_change(value):
            return value
        return handle(Cell(_name(held, number), base=cell, slot=number, moves=run.bindings, size=run.writes))

    return tuple(bound(*each) for each in enumerate(held.slots))


def _name(held: Items, number: int) -> str | None:
    key = held.layout.keys[number] if held.layout.keys else None
    return key if isinstance(key, str) else None


def are_apart(one: Cell, other: Cell) -> bool:
    """Whether two things stand in items of a list, in other slots. What stands in both is tied to the list."""
    (item, *path), (other_item, *other_path) = _path(one), _path(other)
    both = item.base is not None and item.base is other_item.base and item.base not in item.base.sharers()
    return both and path != other_path


def _path(cell: Cell) -> list[Any]:
    return [*_path(cell.base), cell.slot] if cell.slot is not None and cell.base is not None else [cell]


def depth(cell: Cell) -> int:
    """How deep in an item of a list something stands."""
    return 1 + depth(cell.base) if cell.slot is not None and cell.base is not None else 0


def others(cell: Cell, contents: Contents) -> list[int]:
    """The slots of an item that have got another array or container."""
    if not isinstance(contents, Items):
        return []
    return [number for number, held in enumerate(contents.slots) if _is_other(cell, contents, number, held)]


def _is_other(cell: Cell, contents: Items, number: int, held: Binding) -> bool:
    thing = object_of(held)
    is_own = isinstance(thing, Cell) and thing.slot == number and thing.base is cell
    if not isinstance(held, Value) or is_own:
        return False
    if not (thing or holds_memory(held.type) or is_open(held.type)):
        return False
    op = held.op
    is_same = op is not None and op.opcode == "getitem" and op.attrs["index"] == number
    return op is None or not is_same or op.operands[0] is not contents.origin


def _may_change(value: Value) -> bool:
    return is_array(value) or is_open(value.type)
