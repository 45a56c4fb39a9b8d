"""Containers that may be items of lists, at places that only the run knows: what is known, what may not change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import gast

from adjoint.errors import AliasNotProvable
from adjoint.frontend.storage import guests, memory, run_time_items, sharing
from adjoint.frontend.values.objects import BOX, Because, Cell, Contents, Items, Place, Run, handle, object_of
from adjoint.frontend.values.objects import Iterator as Walked
from adjoint.frontend.values.structures import mentions
from adjoint.frontend.writer import Writer
from adjoint.ir.core import Value
from adjoint.ir.types import Array, Scalar

PUT = "it has been put into {}, where the change would have to be seen"


def _way_out(why: str | Because, cell: Cell, is_array: bool) -> str:
    """What helps where a container cannot be changed."""
    if isinstance(why, Because) and why.way_out:
        return why.way_out
    if not is_array:
        return "change a copy, or give each container one name"
    if isinstance(why, Because) and why.is_put:
        return f"put a copy into the list: `{why.cells[0].hint or 'xs'}.append({cell.hint or 'x'}.copy())`"
    return "change a copy: `y = x.copy()`"


class Ties(Writer):
    """The part of the store that remembers which lists an item was read from."""

    def _check_read(self, node: Any, cell: Cell) -> None:
        """Refuse a change of a container that has been read as an item of a list: its reader would have to see it."""
        items = [item for item, known in self.read_from.items() if cell in known]
        if not items:
            return
        here: Any = self
        held = sharing.containers_in(self.heap, [*self.held_by_names(), *self._with_walked(self.in_use)])
        seen = {root: each for each in held for root in memory.roots(each)}
        for item in items:
            if item in seen and item is not cell:
                why = next((self.reasons[each] for each in self.origins[item] if each in self.reasons), None)
                fix = "read the item again after the change" if why is None else _way_out(why, cell, is_array=True)
                why = why or f"it may be {memory.called(here, [seen[item]])}, an item that was read from a list"
                raise self.refuse(
                    node,
                    f"{memory.called(here, [cell])} changes here",
                    why=str(why),
                    fix=fix,
                    kind=AliasNotProvable,
                )

    def held_by_names(self) -> list[Any]:
        """What the variables hold that somebody still reads."""
        liveness, node = self.at_hand
        if liveness is not self.liveness:
            return self._with_walked(self.env.values())
        is_read = liveness.is_read_after if self.released is node else liveness.is_read
        return self._with_walked(held for name, held in self.env.items() if is_read(node, name))

    def _with_walked(self, held: Iterable[Any]) -> list[Any]:
        """Bindings, and what iterators among them run over."""
        from adjoint.frontend.values.sequence_kinds import walked_by

        found = list(held)
        iterators = [each for each in found if isinstance(object_of(each), Walked)]
        return found + [handle(cell) for each in iterators for cell in walked_by(self, each)]

    def release(self) -> None:
        """What the statement at hand has read it reads no more: the store that is left is the last it does."""
        self.released = self.at_hand[1]
        del self.in_use[self.used_before :]

    def is_known(self, value: Value) -> bool:
        """Whether a value is a number, or an array of which it is known what it shares memory with."""
        cell = self.places.get(value)
        is_data = isinstance(value.type, Array | Scalar)
        return is_data and (cell is None or not any(root in self.read_from for root in memory.roots(cell)))

    def tie(self, cell: Cell, origins: frozenset[Cell], why: str | Because) -> None:
        """A container may be an item of lists, where only the run knows: it cannot be changed."""
        self._note_read(cell, origins)
        for each in origins:
            each.aliases.append(cell)
        held = self.heap.get(cell)
        if not isinstance(held, Items) or held.layout != BOX:
            self.freeze(cell, why)
        for slot in self._known_items(origins):
            self.freeze(slot, why)

    def _known_items(self, lists: Iterable[Cell]) -> Iterator[Cell]:
        """The containers in lists of known length, each of which has an identity of its own."""
        for each in lists:
            held = self.heap.get(each)
            for slot in held.slots if isinstance(held, Items) and held.layout.kind == "list" else ():
                thing = object_of(slot)
                if isinstance(thing, Cell):
                    yield thing

    def item_of(self, cell: Cell, sequence: Cell, why: Because) -> None:
        """A container read from a list of known length, at a place that only the run knows."""
        self._note_read(cell, frozenset({sequence}))
        self.freeze(cell, why)

    def is_also(self, cell: Cell, other: Cell, why: str) -> None:
        """A container is another one in another form: it can only be read, and while it is, so can the other."""
        self.freeze(cell, why)
        self.origins[cell], self.reasons[cell] = frozenset({cell}), why
        self.read_from[cell] = frozenset(memory.roots(other))

    def _note_read(self, cell: Cell, lists: frozenset[Cell]) -> None:
        """Remember the lists that a container was read from, and what they hold now."""
        self.origins[cell] = self.origins.get(cell, frozenset()) | lists
        roots = self.roots_of(handle(each) for each in lists if isinstance(self.heap.get(each), Items)) - lists
        roots = roots.union(*(self.read_from.get(each, ()) for each in lists))
        if roots:
            self.read_from[cell] = self.read_from.get(cell, frozenset()) | roots

    def check_free(self, node: Any, cell: Cell, is_array: bool) -> None:
        """Refuse a change of what can only be read, or has another name where it stands."""
        guests.check(self, node, cell)
        if cell.frozen is not None:
            raise self.refuse(
                node,
                f"{self._changed(node, cell, is_array)} changes here",
                why=str(cell.frozen),
                fix=_way_out(cell.frozen, cell, is_array),
                kind=AliasNotProvable,
            )

    def _changed(self, node: Any, cell: Cell, is_array: bool) -> str:
        """What messages call that which a statement changes: the text of it where it has no name."""
        if not is_array or cell.hint is not None:
            return memory.spoken(cell) if is_array else str(cell)
        target = (getattr(node, "targets", None) or [getattr(node, "target", node)])[0]
        if isinstance(target, gast.Subscript):
            target = target.value
        elif not isinstance(target, gast.Attribute | gast.Name):
            return memory.spoken(cell)
        return f"the array `{self.captured.source.segment(target)}`"

    def _check_aliases(self, node: Any, cell: Cell) -> None:
        """Refuse a change of an item of a list that may have another name."""
        here: Any = self
        why = next((str(each.frozen) for each in cell.kin if each.frozen is not None and each is not cell), None)
        for alias in sorted(cell.sharers(), key=lambda each: each is cell):
            if alias is cell or self.is_reachable(alias):
                where = "the same array or container may stand in it twice, or in another list"
                if why is not None:
                    where = f"its items are those of another list, and {why}"
                if alias is not cell:
                    where = f"the change would be seen in {memory.called(here, [alias])}, too"
                what = f"an item of {cell} changes here, which may have another name"
                fix = "change it under its other name, or put a copy into the list"
                if alias is not cell and isinstance(self.heap.get(alias), Run):
                    fix = f"let one of the lists hold copies, or positions: `{alias.hint or 'xs'}[i]`"
                raise self.refuse(node, what, why=where, fix=fix, kind=AliasNotProvable)

    def is_reachable(self, cell: Cell) -> bool:
        """Whether a variable or another container leads to the container."""
        here: Any = self
        held = self.held_by_names()
        held += [slot for items in self.heap.values() if isinstance(items, Items) for slot in items.slots]
        held = [each for each in held if not run_time_items.leads_by_place(here, each)]
        return cell in self.parameters or any(mentions(each, cell) for each in held)

    def put_inside(self, cell: Cell, held: Iterable[tuple[int | None, Any]]) -> None:
        """A container in a list of run-time length now holds these, in slots with these numbers.

        What has a name as well can only be read.
        """
        listed, place = memory.root(cell), guests.place_of(cell)
        for number, value in held:
            for thing in sharing.containers_in(self.heap, [value]):
                for item in (*self._known_items(self.origins.get(thing, ())), *self.read_from.get(thing, ())):
                    self.freeze(item, Because(PUT, (listed,), memory.a_list))  # each of them may be the one
                for root in dict.fromkeys(memory.roots(thing)):
                    self._put(listed, (*place, number), thing, root)

    def _put(self, listed: Cell, place: Place, thing: Cell, root: Cell) -> None:
        lists = self.lists.setdefault(root, [])
        is_known = not lists and root.serial > self.loop_mark and root.frozen is None
        is_twice = not is_known or isinstance(self.heap.get(root), Run)
        lists.append(listed)
        self.has_shared |= is_twice or root.is_argument
        guest = listed if is_twice else root
        listed.guests += [(guest, place), *([(listed, guests.place_of(thing))] if root is listed else [])]
        listed.aliases += [guest] if self.specializations.chooses else []  # arrays in items are changed then, too
        if isinstance(self.heap.get(root), Run) and thing is not root:
            root.aliases += [root] if root is not listed or self.specializations.chooses else []
        else:
            self.escaped.add(root)
            self.freeze(root, Because(PUT, (listed,), memory.a_list, is_put=True))

    def _all_moved_of(self, target: Cell, thing: Cell, lists: Iterable[Cell]) -> None:
        """An item of lists, at a place that only the run knows, becomes an item of another list."""
        here: Any = self
        lists = [*lists]
        held = (item for each in memory.ways(thing) for item in memory.items_held(each))
        known = [*self._known_items(lists), *self.read_from.get(thing, ()), *held]
        there = (each for each in known if each is not thing and memory.is_in(self.heap, each))
        for item in dict.fromkeys(there):
            if item not in self.chosen_from:
                self.chosen_from.append(item)
                here.moved_into(target, handle(item))
                self.chosen_from.pop()
        outer = dict.fromkeys(map(memory.root, (*lists, *self.read_from.get(thing, ()))))
        for each in outer:  # it is still in them, where they are of run-time length
            if each is not target and isinstance(self.heap.get(each), Run):
                each.aliases.append(target)
                target.aliases.append(each)

    def leave(self, made: Cell, listed: Cell) -> None:
        """What has left a list, and stands on its own, is still in those that were made of the same items."""
        if listed.kin:
            listed.aliases.append(made)
            self.origins[made] = self.origins.get(made, frozenset()).union(listed.kin)

    def roots_of(self, held: Iterable[Value]) -> frozenset[Cell]:
        """The containers that bindings lead to; of a view what it is a view of."""
        found = sharing.containers_in(self.heap, held)
        return frozenset(root for each in found for root in memory.roots(each))

    def read_among(self, made: Value, parts: Iterable[Value], why: str | Because | None = None) -> None:
        """One of several containers has been read, which one is known at run time: all that is in it as well."""
        roots = self.roots_of(parts)
        key = (roots if why is None else frozenset(), why)  # the same one in each lowering of a loop
        among = self.amongs.setdefault(key, Cell())
        self.reasons |= {among: why} if why is not None else {}
        before = (each for each in self.read_from.get(among, ()) if memory.is_in(self.heap, each))
        behind = (self.read_from[each] for each in roots if each in self.read_from)
        self.read_from[among] = roots.union(before, *behind)
        for cell in sharing.containers_in(self.heap, [made]):
            self._note_read(cell, frozenset({among}))
        self.in_use.append(made)

    def origins_in(self, heap: Mapping[Cell, Contents], held: Any) -> frozenset[Cell]:
        """The lists of which containers in a binding may be items."""
        found: frozenset[Cell] = frozenset()
        return found.union(*(self.origins_of(cell) for cell in sharing.containers_in(heap, [held])))

    def kin_in(self, heap: Mapping[Cell, Contents], held: Any) -> frozenset[Cell]:
        """The lists of run-time length in a binding, and what holds items of theirs as well."""
        lists = [cell for cell in sharing.containers_in(heap, [held]) if isinstance(heap.get(cell), Run)]
        return frozenset(each for cell in lists for each in (cell, *cell.sharers()))

    def tell_kin(self, made: Sequence[Cell], *known: frozenset[Cell]) -> None:
        """What stands for lists behind a branch or loop holds the items of what held items of theirs."""
        kin = sorted(frozenset().union(*known), key=lambda each: each.serial)
        for each in kin:
            each.aliases += made
        for cell in made:
            cell.aliases += kin if isinstance(self.heap.get(cell), Run) else []

    def stand_for(self, made: Sequence[Cell], held: Iterable[tuple[Mapping[Cell, Contents], Any]]) -> None:
        """What is behind a branch or loop, for what was held there: what may be that one may be this one."""
        if not made or not self.read_from:
            return
        found = {cell for heap, each in held for cell in sharing.containers_in(heap, [each])}
        roots = {root for cell in found for root in memory.roots(cell)}
        for item, known in list(self.read_from.items()):
            if not known.isdisjoint(roots):
                self.read_from[item] = known.union(made)

    def origins_of(self, cell: Cell) -> frozenset[Cell]:
        """The lists that a container may be an item of, without being known there under its own name."""
        known = self.origins.get(cell, frozenset()).union(self.lists.get(cell, ()))
        while cell.base is not None and cell.view is not None:
            cell = cell.base
        if cell.held is not None and self.specializations.chooses:
            return known | self.origins.get(cell, frozenset())
        return known | self.origins.get(cell, frozenset()) | ({memory.root(cell)} if cell.base is not None else set())

    @contextmanager
    def permuting(self, exchanges: bool) -> Iterator[None]:
        """While items of a list are put at the places of each other, none of them is put into it once more."""
        outer, self.exchanges = self.exchanges, exchanges
        try:
            yield
        finally:
            self.exchanges = outer

    @contextmanager
    def taking(self, made: Cell, listed: Cell | None) -> Iterator[None]:
        """While a list is made of items of another one, each of which is taken once at most: both hold them then."""
        if listed is None:
            yield
            return
        self.taken_from[made] = listed
        try:
            yield
        finally:
            del self.taken_from[made]
        self.hold_the_same(made, listed)

    def hold_the_same(self, made: Cell, listed: Cell) -> None:
        """A new list holds items of another one, none of them more than once if that does not: they have two names."""
        self.hold_part(made, listed)
        for each in listed.sharers():  # what knows the one knows the other
            each.aliases += [made] if each is not listed and each not in listed.kin else []
        listed.kin = made.kin = listed.kin or [listed]
        made.kin.append(made)
        made.guests += [(made if guest is listed else guest, place) for guest, place in listed.guests]

    def may_hold(self, target: Cell, listed: Cell) -> None:
        """A list may hold items of another one, also more than once."""
        one, other = memory.root(listed), memory.root(target)
        one.aliases += [other, one]
        other.aliases += [one, other]
        self.hold_part(target, listed)

    def hold_part(self, made: Cell, listed: Cell) -> None:
        """A new list holds items of one that stands in an item of another list, or is one of several.

        What knows those knows the items of the new one, and that other list where they stand.
        """
        root = memory.root(listed)
        if root is not listed:
            made.aliases += [root, *(made if each is root else each for each in root.sharers())]
            root.guests.append((made, (*guests.place_of(listed), None)))
        self.read_as(made, listed)

    def read_as(self, made: Cell, listed: Cell) -> None:
        """What may be in a list, since that may be one of several, may be in another one as well."""
        for each in (listed, memory.root(listed)):
            if each in self.read_from:
                self.read_from[made] = self.read_from.get(made, frozenset()) | self.read_from[each]
                self.origins[made] = self.origins.get(made, frozenset()) | self.origins[each]

    def freeze(self, cell: Cell, why: str | Because) -> None:
        """From now on the container, and what it is an item or a view of, can only be read."""
        if cell.frozen is None:
            cell.frozen = why
            self.frozen.append(cell)
        if cell.base is not None:
            self.freeze(cell.base, why)
        for item in memory.items_held(cell):
            self.freeze(item, why)
