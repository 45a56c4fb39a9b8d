"""The kinds of sequences that a loop may run over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias, final

from adjoint.frontend.context import Context
from adjoint.frontend.values.objects import Cell, Closure, Items, object_of
from adjoint.frontend.values.objects import Iterator as Walked
from adjoint.frontend.writer import Writer
from adjoint.ir.core import Value

Item: TypeAlias = "Value | Sequence[Item]"
"""One element: a value, or several in parallel (zip, enumerate)."""


@final
@dataclass(frozen=True, slots=True)
class Range:
    """`range(start, stop, step)`; `numba.prange` where it is parallel."""

    start: Value
    stop: Value
    step: Value
    is_parallel: bool = False


@final
@dataclass(frozen=True, slots=True)
class Zip:
    """Several sequences side by side, as long as the shortest."""

    parts: tuple[Sequenced, ...]


@final
@dataclass(frozen=True, slots=True)
class Enumerate:
    """A sequence with its counts."""

    start: Value
    inner: Sequenced


@final
@dataclass(frozen=True, slots=True)
class Mapped:
    """A function of the items of sequences."""

    function: Value
    inner: Sequenced


@final
@dataclass(frozen=True, slots=True)
class Known:
    """Items that are known now. `is_tuple`: they stand in a tuple or are keys, so that a loop is written out."""

    items: tuple[Item, ...]
    is_tuple: bool = True


@final
@dataclass(frozen=True, slots=True)
class Made:
    """What a function makes when it is asked for: a generator expression, `filter`. It gives a list.

    Python makes the items one by one: of what it reads, the variables in `names` and all that is in `given` must not
    change meanwhile; of arrays among `sizes` only the extents are read. `is_place`: an item is something that is read,
    so an array in it may change.
    """

    make: Any
    names: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    given: tuple[Value, ...] = ()
    is_place: bool = False
    walks: Value | None = None
    """The dict of a view."""


@final
@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of a sequence: `position` is a variable of ours that counts what has been taken."""

    position: Cell
    inner: Sequenced
    container: Value | None = None
    """The list that is walked, whose items are read when they are asked for."""

    def now(self, ctx: Context, node: Any) -> Sequenced:
        """All the items, as they are now."""
        from adjoint.frontend.control.sequences import sequence_of

        return self.inner if self.container is None else sequence_of(ctx, node, self.container)


WALKED = "walked"
"""The state of an iterator that something walks or has walked in part."""


@final
@dataclass(frozen=True, slots=True)
class Sequenced:
    """A described sequence; a plain `Value` is an array or a list, of the container `cell` if it has one.

    `is_counted`: walked by position.
    """

    source: Value | Range | Zip | Enumerate | Mapped | Known | Made | Rest
    backwards: bool = False
    is_counted: bool = False
    cell: Cell | None = None
    moves: int | None = None
    part: str = "values"
    """What of a dict is walked: keys, values or items."""
    start: Items | None = None
    """What a list of known length holds where its items have been put into `source`."""
    among: Cell | None = None
    """What holds the items that are known, where they have been put into `source`."""
    watched: tuple[tuple[Cell | str, Any], ...] = ()
    """Lists and variables that must still hold what they held when this was described."""
    is_fixed: bool = False
    """Whether its items are those that stood in the list when this was described."""
    within: tuple[Cell, ...] = ()
    """Arrays and lists that its function reads."""


@final
@dataclass(frozen=True, slots=True)
class Pass:
    """One pass of a loop that is written out: it takes its item when it begins."""

    sequence: Sequenced
    number: int


_DESCRIBED = (Range, Zip, Enumerate, Mapped, Known, Rest, Sequenced)


def walked_by(ctx: Writer, thing: Any) -> Iterator[Cell]:
    """The arrays and containers that an iterator runs over, or in a part of the description of that."""
    if isinstance(thing, Value):
        thing = ctx.places.get(thing) or object_of(thing)
    if isinstance(thing, Cell):
        yield thing
    elif isinstance(thing, tuple):
        for each in thing:
            yield from walked_by(ctx, each)
    elif isinstance(thing, Closure):
        yield from walked_by(ctx, tuple(thing.taken.values()))
    elif isinstance(thing, Made):
        yield from walked_by(ctx, (*thing.given, *(ctx.env.get(name) for name in thing.names)))
    elif isinstance(thing, Walked):
        yield from walked_by(ctx, (thing.sequence, thing.first))
    elif isinstance(thing, _DESCRIBED):
        for part in fields(thing):
            yield from walked_by(ctx, getattr(thing, part.name))
