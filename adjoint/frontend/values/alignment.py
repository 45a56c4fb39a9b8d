"""Whether containers that are met twice are the same two places on every path.

A structure says `Again(number)` for a container met before, and numbers count the containers in order. Where paths
meet, one of them may have met more: a list that the other has not bound, an array under a second name. Then one number
can mean two places, and what is built from the joined structure would tie together what was two things on a path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, final

from adjoint.frontend.values.forms import Again, Node, Structure, is_loose
from adjoint.frontend.values.objects import Cell
from adjoint.frontend.values.state_keys import Key, kept_cells

_NUMBERED = ("view", "item", "cell", "run", "parts", "memory")
_WRAPPERS = ("optional", "unbound")


class Place(NamedTuple):
    """A key, and the numbers of the children on the way down."""

    key: Key
    way: tuple[int, ...] = ()


def below(place: Place, number: int) -> Place:
    """Where a child stands."""
    return Place(place.key, (*place.way, number))


class Parted(NamedTuple):
    """An array that is one on a side and two behind it: its number there, and the keys that lead to it.

    `mixed` is that of the two which is a list of run-time length.
    """

    number: int
    keys: tuple[Key, Key]
    mixed: Key | None


@final
class Places:
    """Where the containers of structures stand, in the order in which they are counted."""

    def __init__(self, structures: Iterable[tuple[Key, Structure]]) -> None:
        self.numbered: list[Place] = []
        self.nodes: dict[Place, Node] = {}
        self.again: dict[Place, int] = {}
        for key, form in structures:
            self._walk(form, Place(key), is_contents=isinstance(key, Cell))

    def _walk(self, form: Structure, place: Place, *, is_contents: bool = False) -> None:
        if isinstance(form, Again):
            self.again[place] = form.number
        elif isinstance(form, Node):
            if form.kind in _NUMBERED and not is_contents:
                self.numbered.append(place)
                self.nodes[place] = form
            for number, child in enumerate(form.children):
                self._walk(child, place if form.kind in _WRAPPERS else below(place, number))

    def first(self, place: Place) -> Place | None:
        """Where a container that is met again was met first; None where the count says no place."""
        number = self.again[place]
        return self.numbered[number] if number < len(self.numbered) else None


@final
class Comparison:
    """The joined structures beside those of one side."""

    def __init__(self, joined: Sequence[tuple[Key, Structure]], side: Mapping[Key, Structure]) -> None:
        self._joined = Places(joined)
        self._side = Places((key, side[key]) for key, _ in joined if key in side)

    def sides(self) -> tuple[Places, Places]:
        """The places on the side, and in the joined structures."""
        return self._side, self._joined

    def misplaced(self) -> tuple[Key, Key] | None:
        """Two keys under which the joined structure ties together what the side has apart."""
        for place in self._joined.again:
            first = self._joined.first(place)
            own = self._side.first(place) if place in self._side.again else first
            if first is None or own != first:
                return place.key, (own or first or place).key
        return None

    def parted(self) -> Iterator[Parted]:
        """Arrays that are one on the side, two in the joined structure, and could be written."""
        nodes = self._joined.nodes
        for place, number in self._side.again.items():
            first = self._side.first(place)
            if place in self._joined.again or first is None:
                continue
            lost = [each for each in (place, first) if each not in nodes]
            if lost or not all(is_loose(nodes[each]) for each in (place, first)):
                yield Parted(number, (first.key, place.key), lost[0].key if lost else None)


def counted_anew(joined: Sequence[tuple[Key, Structure]], side: Mapping[Key, Structure]) -> list[Structure]:
    """The joined structures, where what is met again on the side has the number of that place in all of them.

    One that has room for more than the side holds counts more containers in front of it.
    """
    own, places = Comparison(joined, side).sides()
    numbers: dict[Place, int] = {}
    for place, number in places.again.items():
        first = own.first(place) if own.again.get(place) == number else None
        if first in places.nodes:
            numbers[place] = places.numbered.index(first)
    return [_with_numbers(form, Place(key), numbers) for key, form in joined]


def _with_numbers(form: Structure, place: Place, numbers: Mapping[Place, int]) -> Structure:
    if isinstance(form, Again):
        return Again(numbers.get(place, form.number))
    if not isinstance(form, Node):
        return form
    ways = (place if form.kind in _WRAPPERS else below(place, number) for number in range(len(form.children)))
    return Node(form.kind, form.meta, tuple(_with_numbers(*each, numbers) for each in zip(form.children, ways)))


def dissolved(joined: Structure, side: Structure) -> Iterator[Cell]:
    """Containers that have names of their own and lie in a list which is of run-time length in the joined structure."""
    if isinstance(joined, Node) and isinstance(side, Node) and joined.kind == "run" != side.kind:
        yield from kept_cells(side)
    elif isinstance(joined, Node) and isinstance(side, Node) and len(joined.children) == len(side.children):
        for one, other in zip(joined.children, side.children):
            yield from dissolved(one, other)
