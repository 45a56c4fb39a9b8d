"""Containers that may be items of lists, at places that only the run knows: what is known, what may not change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from adjoint.errors import AliasNotProvable
from adjoint.frontend.storage import memory, sharing
from adjoint.frontend.values.objects import BOX, Because, Cell, Contents, Items, handle, object_of
from adjoint.frontend.writer import Writer


class Ties(Writer):
    """The part of the store that remembers which lists an item was read from."""

    def _check_read(self, node: Any, cell: Cell) -> None:
        """Refuse a change of a container that has been read as an item of a list: its reader would have to see it."""
        items = [item for item, known in self.read_from.items() if cell in known]
        if not items:
            return
        here: Any = self
        held = sharing.containers_in(self.heap, self.env.values())
        seen = {memory.root(each): each for each in held}
        for item in items:
            if item in seen and item is not cell:
                raise self.refuse(
                    node,
                    f"{memory.called(here, [cell])} changes here",
                    why=f"it may be {memory.called(here, [seen[item]])}, an item that was read from a list",
                    fix="read the item again after the change",
                    kind=AliasNotProvable,
                )

    def tie(self, cell: Cell, origins: frozenset[Cell], why: str | Because) -> None:
        """A container may be an item of lists, where only the run knows: it cannot be changed."""
        self._note_read(cell, origins)
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

    def _note_read(self, cell: Cell, lists: frozenset[Cell]) -> None:
        """Remember the lists that a container was read from, and what they hold now."""
        self.origins[cell] = self.origins.get(cell, frozenset()) | lists
        known = map(handle, self._known_items(lists))
        roots = {root for each in sharing.containers_in(self.heap, known) for root in memory.roots(each)}
        if roots:
            self.read_from[cell] = self.read_from.get(cell, frozenset()) | roots

    def origins_in(self, heap: Mapping[Cell, Contents], held: Any) -> frozenset[Cell]:
        """The lists of which containers in a binding may be items."""
        found: frozenset[Cell] = frozenset()
        return found.union(*(self.origins_of(cell) for cell in sharing.containers_in(heap, [held])))

    def origins_of(self, cell: Cell) -> frozenset[Cell]:
        """The lists that a container may be an item of, without being known there under its own name."""
        known = self.origins.get(cell, frozenset())
        while cell.base is not None and cell.view is not None:
            cell = cell.base
        if cell.held is not None and self.specializations.chooses:
            return known | self.origins.get(cell, frozenset())
        return known | self.origins.get(cell, frozenset()) | ({memory.root(cell)} if cell.base is not None else set())

    def freeze(self, cell: Cell, why: str | Because) -> None:
        """From now on the container, and what it is an item or a view of, can only be read."""
        if cell.frozen is None:
            cell.frozen = why
            self.frozen.append(cell)
        if cell.base is not None:
            self.freeze(cell.base, why)
        for item in memory.items_held(cell):
            self.freeze(item, why)
