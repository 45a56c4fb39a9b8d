"""What a loop runs over: ranges, arrays, lists, tuples, dicts, and `enumerate`, `zip`, `reversed`, `map` of these.

A sequence is described once, before the loop; the body then asks for the item at an index. When the items are known now
they are listed, and the loop may be written out.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, final

from adjoint.errors import AdjointError
from adjoint.frontend import containers, memory
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.objects import BOX, Cell, Contents, Items, Iterator, Run, handle, object_of
from adjoint.frontend.optionals import present
from adjoint.frontend.structures import has_object
from adjoint.ir.core import Value, const_of, is_const
from adjoint.ir.types import Array, Handle, JoinError, List, Static, Tuple, Type, Undef, dtype_of, item_of, rank_of

Item: TypeAlias = "Value | Sequence[Item]"
"""One element: a value, or several in parallel (zip, enumerate)."""


@final
@dataclass(frozen=True, slots=True)
class Range:
    """`range(start, stop, step)`."""

    start: Value
    stop: Value
    step: Value


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
    """What a function makes when it is asked for: a generator expression, `filter`. It gives a list."""

    make: Any


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
    watched: tuple[tuple[Cell, Any], ...] = ()
    """Lists that must still hold what they held when this was described."""


@final
@dataclass(frozen=True, slots=True)
class Pass:
    """One pass of a loop that is written out: it takes its item when it begins."""

    sequence: Sequenced
    number: int


def describe(ctx: Context, node: Any) -> Sequenced:
    """The sequence that an expression after `in` stands for."""
    return sequence_of(ctx, node, ctx.expression(node))


def sequence_of(ctx: Context, node: Any, value: Value) -> Sequenced:
    """The sequence that a value stands for. Refused when it is none."""
    value = present(ctx, value)
    thing = object_of(value)
    if isinstance(thing, Iterator):
        return _of_iterator(ctx, node, thing)
    if isinstance(thing, Cell):
        return _of_container(ctx, node, value, thing)
    if isinstance(value.type, Tuple):
        return Sequenced(Known(tuple(containers.adopted(ctx, part) for part in ctx.parts(value))))
    if isinstance(value.type, Static):
        return _of_constant(ctx, node, value.type.value)
    if isinstance(value.type, List | Undef) or memory.is_array(value):
        return Sequenced(value, cell=ctx.places.get(value))
    raise _refuse(ctx, node, f"{spoken(value.type)}")


def _of_iterator(ctx: Context, node: Any, thing: Iterator) -> Sequenced:
    rest = begun(ctx, thing)
    if is_used_up(ctx, node, thing):
        return Sequenced(Known(()))
    made: Sequenced = thing.sequence if rest is None else Sequenced(rest)
    if isinstance(made.source, Rest):
        return rest_of(ctx, node, made.source)
    check_watched(ctx, node, made)
    if isinstance(made.source, Made):
        given = made.source.make(ctx)
        found = given if isinstance(given, Sequenced) else sequence_of(ctx, node, given)
        return replace(found, watched=(*found.watched, *made.watched))
    return made


def watch(ctx: Context, *sequences: Sequenced) -> tuple[tuple[Cell, Any], ...]:
    """The lists that sequences read, with what they hold now, for something that reads them later."""
    found: dict[Cell, Any] = {}
    for sequence in sequences:
        found.update(watched_in(sequence))
        for cell in walked_cells(sequence):
            if cell.base is None:
                found[cell] = ctx.heap.get(cell)
    return tuple(found.items())


def watched_in(sequence: Sequenced) -> list[tuple[Cell, Any]]:
    """The lists that a sequence reads and that must not change: those whose length must not, with their `size`."""
    source, found = sequence.source, list(sequence.watched)
    if isinstance(source, Zip):
        return found + [each for part in source.parts for each in watched_in(part)]
    return found + watched_in(source.inner) if isinstance(source, Enumerate | Mapped) else found


def check_watched(ctx: Context, node: Any, sequence: Sequenced, *, is_over: bool = False) -> None:
    """Refuse an iterator over a list that has changed since, where it would have to see the change.

    `is_over`: the loop over it is, which may have changed items of the lists it runs over itself.
    """
    for cell, held in watched_in(sequence):
        if is_over and isinstance(held, int):
            continue
        now = ctx.heap.get(cell)
        is_same = isinstance(now, Run) and now.size == held if isinstance(held, int) else now is held
        if not is_same and cell.base is None:
            raise ctx.refuse(
                node,
                f"{cell} has changed since this iterator over it was made",
                why="Python reads the items when the iterator is used",
                fix="make the iterator where it is used, or make it of a copy: `list(...)`",
            )


def once(
    ctx: Context, sequence: Sequenced, name: str, generator: Any = None, first: Value | None = None
) -> Value:
    """An iterator that can be walked once."""
    used = Cell(name)
    ctx.heap[used] = Items(BOX, (ctx.const(False),))
    return handle(Iterator(sequence, name, generator, used, ctx, first))


def begun(ctx: Context, thing: Iterator) -> Rest | None:
    """What `next` has left of an iterator; None for one that it has not taken from."""
    held = ctx.heap.get(thing.used) if thing.used is not None else None
    rest = object_of(held.slots[1]) if isinstance(held, Items) and len(held.slots) == 2 else None
    return rest if isinstance(rest, Rest) else None


def is_used_up(ctx: Context, node: Any, thing: Iterator) -> bool:
    """Whether an iterator has nothing left; from now on it is being walked. Refused when only the run can tell."""
    if (thing.home is not None and thing.home is not ctx) or (thing.used is not None and thing.used not in ctx.heap):
        raise ctx.refuse(
            node,
            f"{thing} is used where what it walks is not known",
            why="it was made in another function, in another branch or in a pass of a loop",
            fix="make a list there: `list(...)`",
        )
    if thing.used is None:
        return False
    held = ctx.seen(node, thing.used)
    assert isinstance(held, Items)
    before = ctx.sure(node, held.slots[0])
    if not ctx.is_static(before) or ctx.static(before) == WALKED:
        raise ctx.refuse(
            node,
            f"{thing} may have been used up already, or in part",
            why="it can be walked once, and only the run tells how far it has been",
            fix="make a list of it: `list(...)`",
        )
    done = bool(ctx.static(before))
    ctx.heap[thing.used] = Items(BOX, (ctx.const(True if done else WALKED),))
    return done


def use_up(ctx: Context, value: Value) -> None:
    """Something has walked an iterator to its end."""
    if ctx.may_stop:
        return
    thing = object_of(value)
    if isinstance(thing, Iterator) and thing.used is not None and thing.used in ctx.heap:
        ctx.heap[thing.used] = Items(BOX, (ctx.const(True),))


def rest_of(ctx: Context, node: Any, rest: Rest) -> Sequenced:
    """What an iterator has left, as a sequence."""
    held = ctx.seen(node, rest.position)
    assert isinstance(held, Items)
    position, inner = ctx.sure(node, held.slots[0]), rest.now(ctx, node)
    check_watched(ctx, node, inner)
    if ctx.is_static(position) and ctx.static(position) == 0:
        return inner
    parts = passes_of(ctx, node, inner) if ctx.is_static(position) else None
    if parts is not None:
        left_over = tuple(taken(ctx, node, each) for each in parts[ctx.static(position) :])
        return Sequenced(Known(left_over, is_tuple=_is_tuple(inner)))
    length = length_of(ctx, node, inner)
    left = ctx.emit(node, "max_of", ctx.emit(node, "sub", length, position), ctx.const(0), _iter=True)
    walked = Sequenced(Range(ctx.const(0), left, ctx.const(1)), is_counted=True)
    return Sequenced(Mapped(_position(position, ctx.const(1), indexable(ctx, node, inner)), walked), is_counted=True)


def _of_container(ctx: Context, node: Any, value: Value, cell: Cell) -> Sequenced:
    held = ctx.seen(node, cell)
    if isinstance(held, Run):
        return Sequenced(held.value, cell=cell, moves=held.moves, watched=((cell, held.size),))
    if held.layout.kind == "list":
        slots = tuple(ctx.slot(node, cell, held, n) for n in range(len(held.slots)))
        return Sequenced(Known(slots, is_tuple=False), cell=cell)
    if held.layout.kind == "dict":
        return Sequenced(Known(tuple(map(ctx.const, held.layout.keys))))
    return _of_object(ctx, node, value)


def _of_object(ctx: Context, node: Any, value: Value) -> Sequenced:
    """An object of the user's: `__iter__`, or `__len__` and `__getitem__`."""
    from adjoint.frontend.attributes import method_of
    from adjoint.frontend.calls import call_value

    found = method_of(ctx, node, value, "__iter__")
    if found is not None:
        return sequence_of(ctx, node, call_value(ctx, node, found, [], {}, "__iter__"))
    size, item = (method_of(ctx, node, value, name) for name in ("__len__", "__getitem__"))
    if size is not None and item is not None:
        count = call_value(ctx, node, size, [], {}, "__len__")
        walked = Sequenced(Range(ctx.const(0), count, ctx.const(1)), is_counted=True)
        return Sequenced(Mapped(item, walked), is_counted=True)
    raise _refuse(ctx, node, f"{object_of(value)}")


def _of_constant(ctx: Context, node: Any, held: Any) -> Sequenced:
    """A string, a class of constants and the like."""
    if isinstance(held, range):
        return Sequenced(Range(ctx.const(held.start), ctx.const(held.stop), ctx.const(held.step)))
    if isinstance(held, frozenset | set):
        held = sorted(held, key=repr)
    try:
        return Sequenced(Known(tuple(map(ctx.const, held))))
    except TypeError:
        raise _refuse(ctx, node, spoken(Static(held))) from None


def _refuse(ctx: Context, node: Any, what: str) -> AdjointError:
    return ctx.refuse(
        node,
        f"{what} is not something a loop runs over here",
        why="loops run over range, arrays, lists, tuples, dicts, and enumerate, zip, reversed, map of these",
        fix="loop over `range(len(...))` and index",
    )


# -- making sequences


def make_range(ctx: Context, node: Any, args: Sequence[Value]) -> Sequenced:
    """`range(...)`."""
    if not 1 <= len(args) <= 3:
        raise _refuse(ctx, node, "this `range`")
    places = getattr(node, "args", [])
    places = places if len(places) == len(args) else [node] * len(args)
    bounds = [_integer(ctx, place, arg) for place, arg in zip(places, args)]
    if len(bounds) == 1:
        return Sequenced(Range(ctx.const(0), bounds[0], ctx.const(1)))
    if len(bounds) == 2:
        return Sequenced(Range(bounds[0], bounds[1], ctx.const(1)))
    if is_const(bounds[2]) and const_of(bounds[2]) == 0:
        raise ctx.refuse(node, "the step of `range` is 0", why="Python raises ValueError", fix="use another step")
    return Sequenced(Range(*bounds))


def _integer(ctx: Context, node: Any, value: Value) -> Value:
    dtype = dtype_of(value.type)
    if isinstance(value.type, Undef):
        return value
    if rank_of(value.type) or not (dtype == "bool" or (dtype or "").lstrip("u").startswith("int")):
        raise ctx.refuse(
            node,
            f"{spoken(value.type)} is a bound of `range`",
            why="`range` takes ints",
            fix="pass an int, or convert it: `int(...)`",
        )
    return value


def make_enumerate(ctx: Context, node: Any, inner: Sequenced, start: Value | None) -> Sequenced:
    """`enumerate(inner, start)`."""
    first = ctx.const(0) if start is None else _integer(ctx, node, start)
    return Sequenced(Enumerate(first, by_position(ctx, node, inner)))


def make_zip(ctx: Context, node: Any, parts: Sequence[Sequenced]) -> Sequenced:
    """`zip(*parts)`."""
    if not parts:
        return Sequenced(Known(()))
    return Sequenced(Zip(tuple(by_position(ctx, node, part) for part in parts)))


def make_reversed(ctx: Context, node: Any, inner: Sequenced) -> Sequenced:
    """`reversed(inner)`."""
    known = None if isinstance(inner.source, Range) else items_of(ctx, node, inner)
    if known is not None:
        return Sequenced(Known(tuple(known[::-1]), is_tuple=_is_tuple(inner)))
    if inner.backwards or isinstance(inner.source, Zip | Enumerate | Mapped):
        raise _refuse(ctx, node, "`reversed` of this")
    return replace(inner, backwards=True)


def _is_tuple(sequence: Sequenced) -> bool:
    return not isinstance(sequence.source, Known) or sequence.source.is_tuple


def by_position(ctx: Context, node: Any, sequence: Sequenced) -> Sequenced:
    """A part of enumerate, zip or map: walked by position, so another range is computed from the position."""
    source = sequence.source
    if isinstance(source, Range) and not sequence.backwards and _counts_up(source):
        return replace(sequence, is_counted=True)
    if (isinstance(source, Range) or sequence.backwards) and count_of(ctx, node, sequence) is None:
        return _walked(ctx, node, sequence)
    return replace(sequence, is_counted=True)


def _counts_up(source: Range) -> bool:
    pairs = ((source.start, 0), (source.step, 1))
    return all(is_const(value) and const_of(value) == wanted for value, wanted in pairs)


def _walked(ctx: Context, node: Any, sequence: Sequenced) -> Sequenced:
    """A range, or anything backwards, as a function of the position."""
    source = sequence.source
    if isinstance(source, Range):
        start, step = source.start, source.step
        span = ctx.emit(node, "sub", source.stop, start, _iter=True)
        if not (is_const(step) and const_of(step) == 1):  # rounded up: -(-span // step)
            negative = ctx.emit(node, "neg", span, _iter=True)
            span = ctx.emit(node, "neg", ctx.emit(node, "floordiv", negative, step, _iter=True), _iter=True)
        count = ctx.emit(node, "max_of", span, ctx.const(0), _iter=True)
        if sequence.backwards:
            last = ctx.emit(node, "mul", ctx.emit(node, "sub", count, ctx.const(1)), step, _iter=True)
            start = ctx.emit(node, "add", start, last, _iter=True)
            step = ctx.emit(node, "neg", step, _iter=True)
    else:
        count = length_of(ctx, node, sequence)
        start, step = ctx.emit(node, "sub", count, ctx.const(1), _iter=True), ctx.const(-1)
    walked = Sequenced(Range(ctx.const(0), count, ctx.const(1)), is_counted=True)
    inner = None if isinstance(source, Range) else replace(sequence, backwards=False)
    return Sequenced(Mapped(_position(start, step, inner), walked), is_counted=True)


def _position(start: Value, step: Value, inner: Sequenced | None) -> Value:
    """The item at `start + step * position`, or that number itself."""
    from adjoint.frontend.objects import Special

    def run(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
        (index,) = args
        if not (is_const(step) and const_of(step) == 1):
            index = ctx.emit(node, "mul", index, step, _iter=True)
        if not (is_const(start) and const_of(start) == 0):
            index = ctx.emit(node, "add", start, index, _iter=True)
        if inner is None:
            return index
        return as_value(ctx, node, item_at(ctx, node, inner, index))

    return handle(Special("position", run))


# -- items


def known_items(ctx: Context, node: Any, sequence: Sequenced) -> list[Value] | None:
    """The items as values, when their number is known now."""
    found = items_of(ctx, node, sequence)
    return None if found is None else [as_value(ctx, node, item) for item in found]


def as_value(ctx: Context, node: Any, item: Item) -> Value:
    """An item as one value: several in parallel are a tuple."""
    return item if isinstance(item, Value) else ctx.pack([as_value(ctx, node, each) for each in item])


def items_of(ctx: Context, node: Any, sequence: Sequenced) -> list[Item] | None:
    """The items, when their number is known now: of tuples, of lists of known length, of a range of constants."""
    passes = passes_of(ctx, node, sequence)
    return None if passes is None else [taken(ctx, node, each) for each in passes]


def passes_of(ctx: Context, node: Any, sequence: Sequenced) -> list[Pass] | None:
    """The passes of a loop over the sequence, when their number is known now. Nothing is taken from it yet."""
    settled = _settled(ctx, node, sequence)
    count = _count(ctx, settled)
    return None if count is None else [Pass(settled, number) for number in range(count)]


def _settled(ctx: Context, node: Any, sequence: Sequenced) -> Sequenced:
    """The sequence with the lists in it as long as they are now."""
    source = sequence.source
    if isinstance(source, Known):
        return replace(sequence, source=replace(source, items=tuple(_items_now(ctx, node, sequence))))
    if isinstance(source, Zip):
        return replace(sequence, source=Zip(tuple(_settled(ctx, node, part) for part in source.parts)))
    if isinstance(source, Enumerate | Mapped):
        return replace(sequence, source=replace(source, inner=_settled(ctx, node, source.inner)))
    return sequence


def _count(ctx: Context, sequence: Sequenced) -> int | None:
    """The number of items, if it is known now."""
    source = sequence.source
    if isinstance(source, Range) and all(map(ctx.is_static, (source.start, source.stop, source.step))):
        bounds = [ctx.static(each) for each in (source.start, source.stop, source.step)]
        if not all(isinstance(bound, int) for bound in bounds) or len(range(*bounds)) > 1000:
            return None
        return len(range(*bounds))
    if isinstance(source, Known):
        return len(source.items)
    if isinstance(source, Zip):
        counts = [_inner_count(ctx, part) for part in source.parts]
        if any(count is not None for count in counts):  # beside them a range counts as far as is asked for
            counts = [None if is_endless(part) else _count(ctx, part) for part in source.parts]
        known = [count for count in counts if count is not None]
        every = all(count is not None or is_endless(part) for count, part in zip(counts, source.parts))
        return min(known) if known and every else None
    if isinstance(source, Enumerate) and is_const(source.start):
        return _inner_count(ctx, source.inner)
    if isinstance(source, Mapped):
        count = _count(ctx, source.inner)
        return None if count is None or count > 16 else count
    return None


def _inner_count(ctx: Context, sequence: Sequenced) -> int | None:
    """The number of items of a part. One that is a range is better counted at run time."""
    return None if isinstance(sequence.source, Range) else _count(ctx, sequence)


def count_of(ctx: Context, node: Any, sequence: Sequenced) -> int | None:
    """The number of items, if it is known now. Nothing is taken."""
    return _count(ctx, _settled(ctx, node, sequence))


def taken(ctx: Context, node: Any, turn: Pass) -> Item:
    """What a loop that is written out takes in a pass: a list is read then, a function called then."""
    return _taken(ctx, node, turn.sequence, turn.number)


def _taken(ctx: Context, node: Any, sequence: Sequenced, number: int) -> Item:
    source, count = sequence.source, _count(ctx, sequence)
    if count is None:
        return item_at(ctx, node, indexable(ctx, node, sequence), ctx.const(number))
    place = count - 1 - number if sequence.backwards else number
    if isinstance(source, Range):
        return ctx.const(range(*(ctx.static(each) for each in (source.start, source.stop, source.step)))[place])
    if isinstance(source, Zip):
        return [_taken(ctx, node, part, place) for part in source.parts]
    if isinstance(source, Enumerate):
        return [ctx.const(const_of(source.start) + place), _taken(ctx, node, source.inner, place)]
    if isinstance(source, Mapped):
        return call_on(ctx, node, source.function, _taken(ctx, node, source.inner, place))
    assert isinstance(source, Known)
    check_length(ctx, node, sequence)
    held = _known_now(ctx, node, sequence)
    return source.items[place] if held is None else _item_now(ctx, node, sequence, held, place)


def check_length(ctx: Context, node: Any, sequence: Sequenced) -> None:
    """Refuse a loop, written out, over a list that it has made longer or shorter."""
    source = sequence.source
    if isinstance(source, Zip):
        for part in source.parts:
            check_length(ctx, node, part)
    elif isinstance(source, Enumerate | Mapped):
        check_length(ctx, node, source.inner)
    elif isinstance(source, Known):
        held = _known_now(ctx, node, sequence)
        if held is not None and len(held.slots) != len(source.items):
            raise _refuse_growth(ctx, node, sequence)


def _refuse_growth(ctx: Context, node: Any, sequence: Sequenced) -> AdjointError:
    return ctx.refuse(
        node,
        f"{sequence.cell} grows or shrinks while a loop runs over it",
        why="how often the loop runs is known when it starts",
        fix="loop over a copy: `for x in list(xs)`, or use `while` with an index",
    )


def _items_now(ctx: Context, node: Any, sequence: Sequenced) -> list[Item]:
    """The items that are known; those of a list are read when they are asked for."""
    assert isinstance(sequence.source, Known)
    held = _known_now(ctx, node, sequence)
    if held is None:
        return list(sequence.source.items)
    return [_item_now(ctx, node, sequence, held, number) for number in range(len(held.slots))]


def _known_now(ctx: Context, node: Any, sequence: Sequenced) -> Items | None:
    """What a list or dict of known length holds now, if it has an identity."""
    held = _held(ctx, sequence)
    if held is not None and not isinstance(held, Items):
        raise _refuse_growth(ctx, node, sequence)
    return held


def _item_now(ctx: Context, node: Any, sequence: Sequenced, held: Items, number: int) -> Item:
    """One item of a list; of a dict a key, a value or both."""
    assert sequence.cell is not None
    if sequence.part == "keys":
        return ctx.const(held.layout.keys[number])
    slot = ctx.slot(node, sequence.cell, held, number)
    return [ctx.const(held.layout.keys[number]), slot] if sequence.part == "items" else slot


def _held(ctx: Context, sequence: Sequenced) -> Contents | None:
    """What the list that is walked holds now, if it has an identity."""
    cell = sequence.cell
    if cell is None or sequence.moves is not None or (cell.base is None and cell not in ctx.heap):
        return None
    return ctx.contents(cell)


FOREVER = sys.maxsize
"""The length of a sequence without end."""


def is_endless(sequence: Sequenced) -> bool:
    """Whether the items never end: itertools' count, cycle, repeat, and functions of them."""
    source = sequence.source
    if isinstance(source, Range):
        return is_const(source.stop) and const_of(source.stop) == FOREVER
    if isinstance(source, Zip):
        return all(map(is_endless, source.parts))
    return isinstance(source, Enumerate | Mapped) and is_endless(source.inner)


def call_on(ctx: Context, node: Any, function: Value, item: Item) -> Value:
    """The function of `map` applied to an item, or to several in parallel."""
    from adjoint.frontend.calls import call_value

    args = [item] if isinstance(item, Value) else [as_value(ctx, node, each) for each in item]
    return call_value(ctx, node, function, args, {}, "map")


def length_of(ctx: Context, node: Any, sequence: Sequenced) -> Value:
    """How many items there are."""
    source = sequence.source
    if isinstance(source, Range):
        return source.stop
    if isinstance(source, Enumerate | Mapped):
        return length_of(ctx, node, source.inner)
    if isinstance(source, Zip):
        ending = [part for part in source.parts if not is_endless(part)]
        lengths = [length_of(ctx, node, part) for part in ending or source.parts[:1]]
        return lengths[0] if len(lengths) == 1 else ctx.emit(node, "min_of", *lengths, _iter=True)
    if isinstance(source, Known):
        return ctx.const(len(source.items))
    assert isinstance(source, Value)
    return ctx.emit(node, "len", source, _iter=True)


def item_at(ctx: Context, node: Any, sequence: Sequenced, index: Value) -> Item:
    """The item at a position that is known at run time."""
    source = sequence.source
    if isinstance(source, Range):
        return index
    if isinstance(source, Zip):
        return [item_at(ctx, node, part, index) for part in source.parts]
    if isinstance(source, Enumerate):
        count = index
        if not (is_const(source.start) and const_of(source.start) == 0):
            count = ctx.emit(node, "add", index, source.start, _iter=True)
        return [count, item_at(ctx, node, source.inner, index)]
    if isinstance(source, Mapped):
        return call_on(ctx, node, source.function, item_at(ctx, node, source.inner, index))
    assert isinstance(source, Value)
    moves, cell = 0, sequence.cell if sequence.moves is not None else None
    if sequence.cell is not None and isinstance(source.type, Array):
        source = memory.load(ctx, node, handle(sequence.cell))
    if cell is not None and isinstance(source.type, List):  # a loop refuses what would move its items
        now = ctx.seen(node, cell)
        if isinstance(now, Run):
            source, moves = now.value, now.moves
    if sequence.start is not None and isinstance(source.type, List):
        source, cell, moves = _listed_now(ctx, node, sequence, source)
    value = ctx.emit(node, "index", source, index, spec=("int",), _iter=True)
    return containers.viewed(ctx, value, cell, index, moves)


def _listed_now(ctx: Context, node: Any, sequence: Sequenced, source: Value) -> tuple[Value, Cell | None, int]:
    """The items of a list of known length as a list at this place of a loop, which may have changed them."""
    assert sequence.cell is not None
    now = ctx.seen(node, sequence.cell)
    if isinstance(now, Run):
        return now.value, sequence.cell, now.moves
    if now is sequence.start or not isinstance(now, Items):
        return source, None, 0
    if len(now.slots) != len(sequence.start.slots if sequence.start is not None else ()):
        raise _refuse_growth(ctx, node, sequence)
    slots = [ctx.slot(node, sequence.cell, now, number) for number in range(len(now.slots))]
    return containers.list_value(ctx, node, slots), None, 0


def sources_of(sequence: Sequenced) -> list[Value]:
    """The arrays and lists that are walked."""
    source = sequence.source
    if isinstance(source, Zip):
        return [value for part in source.parts for value in sources_of(part)]
    if isinstance(source, Enumerate | Mapped):
        return sources_of(source.inner)
    return [source] if isinstance(source, Value) else []


def walked_cells(sequence: Sequenced) -> list[Cell]:
    """The lists that are walked, by identity."""
    source = sequence.source
    if isinstance(source, Zip):
        return [cell for part in source.parts for cell in walked_cells(part)]
    if isinstance(source, Enumerate | Mapped):
        return walked_cells(source.inner)
    return [sequence.cell] if sequence.cell is not None else []


def is_empty(sequence: Sequenced) -> bool:
    """Whether what is walked is known to have no items: an empty list has no item type."""
    source = sequence.source
    if isinstance(source, Known):
        return not source.items
    if isinstance(source, Zip):
        return any(map(is_empty, source.parts))
    if isinstance(source, Enumerate | Mapped):
        return is_empty(source.inner)
    return isinstance(source, Value) and isinstance(source.type, List) and isinstance(source.type.item, Undef)


def is_alike(ctx: Context, sequence: Sequenced) -> bool:
    """Whether the known items could as well be read from a list at a position known at run time."""
    source = sequence.source
    if isinstance(source, Zip):
        return all(is_alike(ctx, part) for part in source.parts)
    if isinstance(source, Enumerate | Mapped):
        return is_alike(ctx, source.inner)
    return not isinstance(source, Known) or (not source.is_tuple and _have_one_type(source.items))


def _have_one_type(parts: Sequence[Item]) -> bool:
    types: list[Type] = []
    for part in parts:
        if not isinstance(part, Value):
            return False
        types.append(part.type)
    try:
        joined = item_of(Tuple(tuple(types)))
    except JoinError:
        return False
    return not isinstance(joined, Static | Handle) and not has_object(joined)


def indexable(ctx: Context, node: Any, sequence: Sequenced) -> Sequenced:
    """The sequence with its known items in lists, which can be read at a position known at run time."""
    source = sequence.source
    if isinstance(source, Zip):
        return replace(sequence, source=Zip(tuple(indexable(ctx, node, part) for part in source.parts)))
    if isinstance(source, Enumerate):
        return replace(sequence, source=Enumerate(source.start, indexable(ctx, node, source.inner)))
    if isinstance(source, Mapped):
        return replace(sequence, source=Mapped(source.function, indexable(ctx, node, source.inner)))
    if isinstance(source, Known):
        parts = [as_value(ctx, node, item) for item in _items_now(ctx, node, sequence)]
        held = _held(ctx, sequence)
        start = held if isinstance(held, Items) else None
        return replace(sequence, source=containers.list_value(ctx, node, parts), start=start)
    return sequence


__all__ = ["Enumerate", "Item", "Items", "Known", "Made", "Mapped", "Range", "Sequenced", "Zip"]
