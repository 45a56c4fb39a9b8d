"""Arrays and containers that were put into items of a list of run-time length: where they stand, and who knows them.

    ps[k].h.append(q)           `q` is a guest of `ps`, at the place (h, any)
    ps[j].h = ps[k].h           what stands there stands in `ps` twice: `ps` itself is the guest, at the place (h,)

What stands at such a place, or in it, does not change any more while another name leads to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from adjoint.errors import AliasNotProvable
from adjoint.frontend.storage import memory, slots
from adjoint.frontend.values.objects import Cell, Contents, Items, Place, Run

if TYPE_CHECKING:
    from adjoint.frontend.storage.ties import Ties


def place_of(cell: Cell) -> Place:
    """Where something stands in an item of the list that it leads to: slots, and None for any item of a list."""
    steps: list[int | None] = []
    while cell.base is not None:
        if cell.view is None and cell.held is None:
            steps.append(cell.slot)
        cell = cell.base
    return tuple(steps[-2::-1])


def check(ctx: Ties, node: Any, cell: Cell) -> None:
    """Refuse a change of what stands in an item of a list, and has another name."""
    if cell.base is not None:
        _refuse_known(ctx, node, memory.root(cell), place_of(cell))


def shared_in(ctx: Ties, listed: Cell) -> Iterator[Place]:
    """Where in the items of a list something stands that has, or may have, another name."""
    is_list = isinstance(ctx.heap.get(listed), Run)
    yield from (place for guest, place in listed.guests if is_list and (guest is listed or guest.is_argument))


def note_called(ctx: Ties, cell: Cell, contents: Contents) -> None:
    """A function has put something that has another name into a list in an item, or in these slots of it."""
    if cell.base is None:
        return
    place, listed = place_of(cell), memory.root(cell)
    numbers = slots.others(cell, contents) if isinstance(contents, Items) else []
    listed.guests += [(listed, (*place, number, None)) for number in numbers] or [(listed, (*place, None))]


def note_inside(cell: Cell, place: Place) -> None:
    """A function has put something that has another name into items of a list."""
    listed = memory.root(cell)
    listed.guests.append((listed, (*place_of(cell), *([None] if cell.base is not None else []), *place)))


def _refuse_known(ctx: Ties, node: Any, listed: Cell, place: Place) -> None:
    for guest, where in listed.guests:
        if _is_in(place, where) and (guest is listed or ctx.is_reachable(guest)):
            raise ctx.refuse(
                node,
                f"what stands in an item of {listed} changes here, and may have another name",
                why="the same array or container may stand in it twice, or is known under another name",
                fix="put a copy into the item",
                kind=AliasNotProvable,
            )


def _is_in(place: Place, where: Place) -> bool:
    """Whether something at the one place is, or is in, what stands at the other."""
    is_deeper = len(place) >= len(where)
    return is_deeper and all(one is None or other is None or one == other for one, other in zip(where, place))


__all__ = ["check", "note_called", "note_inside", "place_of", "shared_in"]
