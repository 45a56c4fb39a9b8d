"""The items of sequences: as many as are known, or the one at a position that the run knows."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any

from adjoint.errors import AdjointError
from adjoint.frontend.containers import containers
from adjoint.frontend.context import Context
from adjoint.frontend.control.unchanging import nothing_changed
from adjoint.frontend.storage import memory, run_time_items
from adjoint.frontend.storage.sharing import containers_in
from adjoint.frontend.values.objects import LIST, Because, Cell, Contents, Items, Run, handle, object_of
from adjoint.frontend.values.sequence_kinds import (
    Enumerate,
    Item,
    Known,
    Mapped,
    Pass,
    Range,
    Sequenced,
    Zip,
)
from adjoint.frontend.values.state_keys import WALKED
from adjoint.frontend.values.structures import has_object
from adjoint.ir.core import Value, const_of, is_const
from adjoint.ir.types import Array, Dim, Handle, JoinError, List, Static, Tuple, Type, Undef, item_of, same_dim


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
        from adjoint.frontend.control.sequences import readable

        return item_at(ctx, node, readable(ctx, node, sequence), ctx.const(number))
    place = count - 1 - number if sequence.backwards else number
    if isinstance(source, Range):
        return ctx.const(range(*(ctx.static(each) for each in (source.start, source.stop, source.step)))[place])
    if isinstance(source, Zip):
        return _side_by_side(ctx, node, source.parts, lambda part: _taken(ctx, node, part, place))
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


_LISTS = frozenset({"list", "tuple"})
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
    from adjoint.frontend.calls.calls import call_value

    args = [item] if isinstance(item, Value) else [as_value(ctx, node, each) for each in item]
    return call_value(ctx, node, function, args, {}, "map")


def length_of(ctx: Context, node: Any, sequence: Sequenced) -> Value:
    """How many items there are."""
    source = sequence.source
    if isinstance(source, Range):
        if is_endless(sequence) or counts_up(source):
            return source.stop
        count = _count(ctx, sequence)
        return numbers_in_range(ctx, node, source) if count is None else ctx.const(count)
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


def counts_up(source: Range) -> bool:
    """Whether a range starts at 0 and takes steps of 1."""
    pairs = ((source.start, 0), (source.step, 1))
    return all(is_const(value) and const_of(value) == wanted for value, wanted in pairs)


def numbers_in_range(ctx: Context, node: Any, source: Range) -> Value:
    """How many numbers there are in a range: `(stop - start) / step`, rounded up, and not less than 0."""
    span = ctx.emit(node, "sub", source.stop, source.start, _iter=True)
    if not (is_const(source.step) and const_of(source.step) == 1):  # rounded up: -(-span // step)
        negative = ctx.emit(node, "neg", span, _iter=True)
        span = ctx.emit(node, "neg", ctx.emit(node, "floordiv", negative, source.step, _iter=True), _iter=True)
    return ctx.emit(node, "max_of", span, ctx.const(0), _iter=True)


def item_at(ctx: Context, node: Any, sequence: Sequenced, index: Value) -> Item:
    """The item at a position that is known at run time."""
    source = sequence.source
    if isinstance(source, Range):
        return _number_at(ctx, node, sequence, index) if sequence.is_counted else index
    if sequence.backwards and sequence.is_counted:
        last = ctx.emit(node, "sub", length_of(ctx, node, sequence), ctx.const(1), _iter=True)
        return item_at(ctx, node, replace(sequence, backwards=False), ctx.emit(node, "sub", last, index, _iter=True))
    if isinstance(source, Zip):
        return _side_by_side(ctx, node, source.parts, lambda part: item_at(ctx, node, part, index))
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
        if sequence.is_fixed and not (isinstance(now, Run) and now.moves == sequence.moves):
            raise _refuse_move(ctx, node, cell)
        if isinstance(now, Run):
            source, moves = now.value, now.moves
    if sequence.among is not None and isinstance(source.type, List):
        source, cell, moves = _listed_now(ctx, node, sequence, source)
    if cell is None and sequence.among is not None:
        held = ctx.contents(sequence.among)
        slots = ctx.each_slot(node, sequence.among, held) if isinstance(held, Items) else []
        found = run_time_items.at_place(ctx, node, index, slots, is_there=True)
        if found is not None:
            return found
    value = ctx.emit(node, "index", source, index, spec=("int",), _iter=True)
    why = sequence.among.frozen if cell is None and sequence.among is not None else None
    if isinstance(why, str) and memory.is_array(value):
        memory.place_frozen(ctx, value, why)
    item = containers.viewed(ctx, value, cell, index, moves)
    if cell is None and sequence.among is not None:
        reason = Because("it is an item of {}, at a place that only the run knows", (sequence.among,), memory.a_list)
        for each in containers_in(ctx.heap, [memory.keep(ctx, item)]):
            ctx.item_of(each, sequence.among, reason)
        now = ctx.contents(sequence.among)
        slots = ctx.each_slot(node, sequence.among, now) if isinstance(now, Items) else []
        run_time_items.note_position(ctx, item, slots, index, is_from_start=True)
    return item


def _side_by_side(
    ctx: Context, node: Any, parts: Sequence[Sequenced], take: Callable[[Sequenced], Item]
) -> list[Item]:
    """An item of each. Python makes one more of those in front of the part that ends, which must not be seen."""
    found = []
    for number, part in enumerate(parts):
        is_seen = _is_called(part) and not all(_goes_as_far(ctx, later, part) for later in parts[number + 1 :])
        with nothing_changed(ctx, node) if is_seen else nullcontext():
            found.append(take(part))
    return found


def _is_called(sequence: Sequenced) -> bool:
    """Whether a function makes the items."""
    source = sequence.source
    return isinstance(source, Mapped) or (isinstance(source, Enumerate) and _is_called(source.inner))


def _goes_as_far(ctx: Context, one: Sequenced, other: Sequenced) -> bool:
    """Whether one sequence cannot end before another does."""
    if is_endless(one):
        return True
    here, there = (_count(ctx, each) for each in (one, other))
    if here is not None and there is not None:
        return here >= there
    lengths = [_extent(each) for each in (one, other)]
    return lengths[0] is not None and lengths[1] is not None and same_dim(lengths[0], lengths[1])


def _extent(sequence: Sequenced) -> Dim | None:
    """The first extent of the array that is walked."""
    source = sequence.source
    if isinstance(source, Enumerate | Mapped):
        return _extent(source.inner)
    if isinstance(source, Value) and isinstance(source.type, Array) and source.type.rank:
        return source.type.shape[0]
    return None


def _refuse_move(ctx: Context, node: Any, cell: Cell) -> AdjointError:
    return ctx.refuse(
        node,
        f"items of {memory.called(ctx, [cell])} move, or are replaced, while a loop runs over a part of it",
        why="Python goes on with the items that were there when the part was taken",
        fix="loop over `range(...)` and index",
    )


def _number_at(ctx: Context, node: Any, sequence: Sequenced, index: Value) -> Value:
    """The number of a range at a position."""
    source = sequence.source
    assert isinstance(source, Range)
    start, step = source.start, source.step
    if sequence.backwards:
        last = ctx.emit(node, "sub", length_of(ctx, node, sequence), ctx.const(1), _iter=True)
        index = ctx.emit(node, "sub", last, index, _iter=True)
    if not (is_const(step) and const_of(step) == 1):
        index = ctx.emit(node, "mul", step, index, _iter=True)
    if not (is_const(start) and const_of(start) == 0):
        index = ctx.emit(node, "add", start, index, _iter=True)
    return index


def _listed_now(ctx: Context, node: Any, sequence: Sequenced, source: Value) -> tuple[Value, Cell | None, int]:
    """The items of a list of known length as a list at this place of a loop, which may have changed them."""
    assert sequence.among is not None
    now = ctx.seen(node, sequence.among)
    if isinstance(now, Run):
        return now.value, sequence.among, now.moves
    if not isinstance(now, Items):
        return source, None, 0
    if sequence.start is not None and len(now.slots) != len(sequence.start.slots):
        raise _refuse_growth(ctx, node, sequence)
    slots = [ctx.slot(node, sequence.among, now, number) for number in range(len(now.slots))]
    listed = containers.list_value(ctx, node, slots)
    return source if memory.is_same_read(listed, source, _LISTS) else listed, None, 0


def held_cells(sequence: Sequenced) -> list[Cell]:
    """The arrays and lists that a loop over the sequence reads, whatever their names mean by then."""
    source = sequence.source
    if isinstance(source, Zip):
        return [cell for part in source.parts for cell in held_cells(part)]
    inner = held_cells(source.inner) if isinstance(source, Enumerate | Mapped) else []
    return [*inner, *sequence.within, *([sequence.cell] if sequence.cell is not None else [])]


def watched_in(sequence: Sequenced) -> list[tuple[Cell | str, Any]]:
    """What a sequence reads and what must not change: of lists whose length must not, their `size`."""
    source, found = sequence.source, list(sequence.watched)
    if isinstance(source, Zip):
        return found + [each for part in source.parts for each in watched_in(part)]
    return found + watched_in(source.inner) if isinstance(source, Enumerate | Mapped) else found


def watched_cells(watched: Iterable[tuple[Cell | str, Any]]) -> list[Cell]:
    """The arrays and containers among them that must stay what they are; not lists that must only stay as long."""
    return [key for key, held in watched if isinstance(key, Cell) and not isinstance(held, int)]


@contextmanager
def held_on_to(ctx: Context, sequence: Sequenced) -> Iterator[None]:
    """While a loop runs over them, what it reads has one more name, which the program does not know."""
    names = hold(ctx, sequence)
    yield
    for name in names:
        ctx.env.pop(name, None)


def hold(ctx: Context, sequence: Sequenced) -> list[str]:
    """Give what a loop reads a name that nobody has."""
    cells = [*held_cells(sequence), *watched_cells(watched_in(sequence))]
    names = {f"{WALKED} {cell.serial}": handle(cell) for cell in cells}
    new = [name for name in names if name not in ctx.env]
    ctx.env.update(names)
    return new


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


def _gathered(ctx: Context, parts: Sequence[Value]) -> Cell | None:
    """Arrays that are walked as one list, which the program has not."""
    kept = tuple(memory.keep(ctx, part) for part in parts)
    if not any(True for _ in containers_in(ctx.heap, kept)):
        return None
    made = object_of(ctx.new_cell(Items(LIST, kept)))
    return made if isinstance(made, Cell) else None


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
        among = sequence.cell if start is not None else _gathered(ctx, parts)
        return replace(sequence, source=containers.list_value(ctx, node, parts), start=start, among=among)
    return sequence
