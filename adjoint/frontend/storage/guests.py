"""Arrays and containers that were put into items of a list of run-time length: where they stand, and who knows them.

    ps[k].h.append(q)           `q` is a guest of `ps`, at the place (h, any)
    ps[j].h = ps[k].h           what stands there stands in `ps` twice: `ps` itself is the guest, at the place (h,)

What stands at such a place, or in it, does not change any more while another name leads to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from adjoint.errors import AliasNotProvable
from adjoint.frontend.storage import memory, sharing, slots
from adjoint.frontend.values.objects import Cell, Contents, Items, Place, Run, object_of
from adjoint.frontend.values.structures import is_open
from adjoint.ir.core import Value

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


def known_in(cell: Cell, is_known: Callable[[Cell], bool]) -> bool | frozenset[Place]:
    """Whether items of a list have other names that are known; where only what stands in them has, at which places."""
    listed = memory.root(cell)
    if any(map(is_known, listed.sharers())):
        return True
    known = [place for guest, place in listed.guests if guest is listed or is_known(guest)]
    if cell is not listed:  # it stands in an item: what is told is told of its own items
        own = place_of(cell)
        known = [place[len(own) + 1 :] for place in known if _is_in(place, own) or _is_in(own, place)]
        return () in known or frozenset(known) or False
    return frozenset(known) or False


def check(ctx: Ties, node: Any, cell: Cell) -> None:
    """Refuse a change of what stands in an item of a list, and has another name."""
    if cell.base is not None:
        _refuse_known(ctx, node, memory.root(cell), place_of(cell))


def shared_in(ctx: Ties, listed: Cell) -> Iterator[Place]:
    """Where in the items of a list something stands that has, or may have, another name."""
    is_list = isinstance(ctx.heap.get(listed), Run)
    yield from (place for guest, place in listed.guests if is_list and (guest is listed or guest.is_argument))


def check_called(ctx: Ties, node: Any, cell: Cell, contents: Contents) -> None:
    """Refuse that a function has changed a container in an item that has another name."""
    here: Any = ctx
    if cell.base is not None and isinstance(contents, Run) and isinstance(here.looked_up(ctx.heap, cell), Items):
        _refuse_known(ctx, node, memory.root(cell), (*place_of(cell), None))  # which of its items is not known
    if cell.base is None or cell.slot is not None or not isinstance(contents, Items):
        return
    for number in slots.others(cell, contents):
        if not _is_array(ctx, contents.slots[number]):  # an array is another one now: none changes in this way
            _refuse_known(ctx, node, memory.root(cell), (*place_of(cell), number))


def note_called(ctx: Ties, cell: Cell, contents: Contents) -> None:
    """A function has put something that has another name into a list in an item: maybe what stands there, too."""
    if cell.base is None:
        return
    place = place_of(cell)
    if not isinstance(contents, Items):
        _note(memory.root(cell), (*place, None))
        return
    for number, held in enumerate(contents.slots):
        if _is_array(ctx, held):
            _note(memory.root(cell), (*place, number))
        elif isinstance(held, Value) and (object_of(held) is not None or is_open(held.type)):
            _note(memory.root(cell), (*place, number, None))


def note_inside(cell: Cell, place: Place) -> None:
    """A function has put something that has another name into items of a list."""
    _note(memory.root(cell), (*place_of(cell), *([None] if cell.base is not None else []), *place))


def note_kept(cell: Cell) -> None:
    """A function has put what stands in an item into a list."""
    if cell.base is not None:
        _note(memory.root(cell), place_of(cell))


def note_given(ctx: Ties, cell: Cell) -> None:
    """A function has given back a container that stands in an item, or in an item of this list."""
    listed = memory.root(cell)
    if cell.base is not None or isinstance(ctx.heap.get(listed), Run):
        _note(listed, (*place_of(cell), None))


def enter(cell: Cell, known: bool | frozenset[Place]) -> None:
    """What a function is told of a list: all of its items may have other names, or what stands at some places does."""
    if known is True:
        listed = memory.root(cell)
        listed.aliases.append(listed)
    elif known:
        cell.guests += [(cell, place) for place in sorted(known, key=str)]


def _note(listed: Cell, place: Place) -> None:
    if (listed, place) not in listed.guests:
        listed.guests.append((listed, place))


def _is_array(ctx: Ties, held: Any) -> bool:
    thing = object_of(held)
    if isinstance(thing, Cell):
        return sharing.is_array_in(ctx.heap, thing)
    return isinstance(held, Value) and memory.is_array(held)


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


__all__ = [
    "check",
    "check_called",
    "enter",
    "known_in",
    "note_called",
    "note_given",
    "note_inside",
    "note_kept",
    "place_of",
    "shared_in",
]
