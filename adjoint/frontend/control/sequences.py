"""What a loop runs over: ranges, arrays, lists, tuples, dicts, and `enumerate`, `zip`, `reversed`, `map` of these.

A sequence is described once, before the loop; the body then asks for the item at an index. When the items are known now
they are listed, and the loop may be written out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from adjoint.errors import AdjointError
from adjoint.frontend.containers import containers
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.control.unchanging import nothing_changed
from adjoint.frontend.control.walking import (
    as_value,
    count_of,
    counts_up,
    held_cells,
    indexable,
    item_at,
    items_of,
    length_of,
    numbers_in_range,
    passes_of,
    taken,
    watched_cells,
    watched_in,
)
from adjoint.frontend.storage import memory
from adjoint.frontend.storage.sharing import containers_in, is_array_in
from adjoint.frontend.values.objects import BOX, Cell, Items, Iterator, Mem, Run, handle, object_of
from adjoint.frontend.values.optionals import present
from adjoint.frontend.values.sequence_kinds import (
    WALKED,
    Enumerate,
    Item,
    Known,
    Made,
    Mapped,
    Range,
    Rest,
    Sequenced,
    Zip,
)
from adjoint.ir.core import Value, const_of, is_const
from adjoint.ir.types import List, Static, Tuple, Undef, dtype_of, rank_of


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
    return made_now(ctx, node, made, made.source) if isinstance(made.source, Made) else made


def made_now(ctx: Context, node: Any, sequence: Sequenced, source: Made) -> Sequenced:
    """What a generator or `filter` gives: the items are made at once, so what they are made of must not change."""
    with nothing_changed(ctx, node):
        given = source.make(ctx)
    found = given if isinstance(given, Sequenced) else sequence_of(ctx, node, given)
    return replace(found, watched=(*found.watched, *sequence.watched, *_read_by(ctx, source, found)))


def _read_by(ctx: Context, source: Made, made: Sequenced) -> list[tuple[Cell | str, Any]]:
    """The variables and containers that the items are made of, with what they hold now."""
    held = made.source.items if isinstance(made.source, Known) else ()
    names, given = _made_of(ctx, source)
    if source.is_place and held and all(isinstance(each, Value) and memory.is_array(each) for each in held):
        lists = [root for root in _roots(ctx, given) if not isinstance(ctx.heap.get(root), Mem)]
        own = [(name, ctx.env[name]) for name in source.names if name in ctx.env]
        return [*own, *((root, ctx.heap.get(root)) for root in lists)]
    known = [(name, ctx.env[name]) for name in names if name in ctx.env]
    return [*known, *((root, ctx.heap.get(root)) for root in _roots(ctx, given))]


def read_later(ctx: Context, value: Value, is_returned: bool = False) -> list[Cell]:
    """The arrays and containers that the items of an iterator are computed with, when it is their turn.

    `is_returned`: also what it walks, which the caller may change.
    """
    thing = object_of(value)
    sequence = thing.sequence if isinstance(thing, Iterator) else None
    while sequence is not None and isinstance(sequence.source, Enumerate | Rest):
        sequence = sequence.source.inner
    if sequence is None or not (is_returned or isinstance(sequence.source, Made | Mapped | Zip)):
        return []
    found = _roots(ctx, _made_of(ctx, value)[1])
    walked = [sequence.source.walks] if isinstance(sequence.source, Made) and is_returned else []
    before = [key for key, _ in sequence.watched if isinstance(key, Cell)] if is_returned else []
    return list(dict.fromkeys([*found, *_roots(ctx, [each for each in walked if each is not None]), *before]))


def _roots(ctx: Context, given: Sequence[Any]) -> list[Cell]:
    """The containers that bindings lead to; of a view what it is a view of."""
    placed = [handle(ctx.places[each]) for each in given if isinstance(each, Value) and each in ctx.places]
    found = containers_in(ctx.heap, [*given, *placed])
    return list(dict.fromkeys(root for each in found for root in memory.roots(each)))


def _made_of(ctx: Context, what: Any) -> tuple[list[str], list[Any]]:
    """The variables that a sequence reads item by item, and what it is made of."""
    names: list[str] = []
    given: list[Any] = []
    pending = [what]
    while pending:
        each = pending.pop()
        thing = object_of(each)
        if isinstance(each, Sequenced):
            pending += [each.source, *map(handle, [*held_cells(each), *watched_cells(each.watched)])]
        elif isinstance(each, Made):
            names += each.names
            pending += each.given
            for name in each.names:
                held = handle(ctx.boxes[name]) if name in ctx.boxes else ctx.env.get(name)
                cell = object_of(held)
                is_size = name in each.sizes and isinstance(cell, Cell) and is_array_in(ctx.heap, cell)
                given += [] if is_size else [held]
        elif isinstance(each, Zip):
            pending += each.parts
        elif isinstance(each, Enumerate | Mapped | Rest):
            pending += [each.inner] + ([each.function] if isinstance(each, Mapped) else [])
        elif isinstance(each, Known):
            pending += each.items
        elif isinstance(each, list):
            pending += each
        elif isinstance(thing, Iterator):
            rest = begun(ctx, thing)
            pending.append(thing.sequence if rest is None else rest)
        else:
            given.append(each)
    return names, given


def watch(ctx: Context, *sequences: Sequenced) -> tuple[tuple[Cell | str, Any], ...]:
    """The lists that sequences read, with what they hold now, for something that reads them later."""
    found: dict[Cell | str, Any] = {}
    for sequence in sequences:
        found.update(watched_in(sequence))
        for root in (root for cell in held_cells(sequence) for root in memory.roots(cell)):
            found[root] = ctx.heap.get(root)
    return tuple(found.items())


def check_watched(ctx: Context, node: Any, sequence: Sequenced, *, is_over: bool = False) -> None:
    """Refuse an iterator over a list that has changed since, where it would have to see the change.

    `is_over`: the loop over it is, which may have changed items of the lists it runs over itself.
    """
    watched = [each for each in watched_in(sequence) if not (is_over and isinstance(each[1], int | tuple))]
    check_still(ctx, node, watched)


def check_still(ctx: Context, node: Any, watched: Iterable[tuple[Cell | str, Any]]) -> None:
    """Refuse an iterator where a variable, array or list that it reads has changed."""
    for key, held in watched:
        if not _is_still(ctx, key, held):
            raise ctx.refuse(
                node,
                f"{repr(key) if isinstance(key, str) else memory.called(ctx, [key])} has changed since an iterator "
                "that reads it was made",
                why="Python reads the items when the iterator is used",
                fix="make a list of it, or make it of a copy: `list(...)`, `x.copy()`",
            )


def _is_still(ctx: Context, key: Cell | str, held: Any) -> bool:
    """Whether a variable or container holds what it held, or as many items."""
    if isinstance(key, str):
        now = ctx.env.get(key)
        return now is held or object_of(now) is object_of(held) is not None
    contents = ctx.heap.get(key)
    if key.base is not None or contents is held:
        return True
    known = contents.former if isinstance(contents, Run) else contents
    if isinstance(held, tuple):
        return isinstance(known, Items) and len(known.slots) == held[0]
    return isinstance(held, int) and isinstance(contents, Run) and contents.size == held


def once(ctx: Context, sequence: Sequenced, name: str, generator: Any = None, first: Value | None = None) -> Value:
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
    inner = readable(ctx, node, inner)
    length = length_of(ctx, node, inner)
    left = ctx.emit(node, "max_of", ctx.emit(node, "sub", length, position), ctx.const(0), _iter=True)
    walked = Sequenced(Range(ctx.const(0), left, ctx.const(1)), is_counted=True)
    return read_at(position, ctx.const(1), inner, walked)


def _of_container(ctx: Context, node: Any, value: Value, cell: Cell) -> Sequenced:
    held = ctx.seen(node, cell)
    if isinstance(held, Mem):
        ctx.places[held.value] = cell
        return sequence_of(ctx, node, held.value)
    if isinstance(held, Run):
        return Sequenced(held.value, cell=cell, moves=held.moves, watched=((cell, held.size),))
    if held.layout.kind == "list":
        slots = tuple(ctx.each_slot(node, cell, held))
        return Sequenced(Known(slots, is_tuple=False), cell=cell)
    if held.layout.kind == "dict":
        return Sequenced(Known(tuple(map(ctx.const, held.layout.keys))))
    return _of_object(ctx, node, value)


def _of_object(ctx: Context, node: Any, value: Value) -> Sequenced:
    """An object of the user's: `__iter__`, or `__len__` and `__getitem__`."""
    from adjoint.frontend.attributes import method_of
    from adjoint.frontend.calls.calls import call_value

    found = method_of(ctx, node, value, "__iter__")
    if found is not None:
        made = call_value(ctx, node, found, [], {}, "__iter__")
        if method_of(ctx, node, made, "__next__") is not None:
            raise _refuse(ctx, node, "an object with `__next__`", "let `__iter__` return `iter(...)` of a list")
        return sequence_of(ctx, node, made)
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


def _refuse(ctx: Context, node: Any, what: str, fix: str = "loop over `range(len(...))` and index") -> AdjointError:
    return ctx.refuse(
        node,
        f"{what} is not something a loop runs over here",
        why="loops run over range, arrays, lists, tuples, dicts, and enumerate, zip, reversed, map of these",
        fix=fix,
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
    return Sequenced(Range(bounds[0], bounds[1], bounds[2]))


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
    if isinstance(inner.source, Known) and inner.cell is not None:
        first = (inner.cell, (len(inner.source.items),))  # where it starts is known when it is made
        return replace(inner, backwards=not inner.backwards, watched=(*inner.watched, first))
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
    if isinstance(source, Range) and not sequence.backwards and counts_up(source):
        return replace(sequence, is_counted=True)
    if (isinstance(source, Range) or sequence.backwards) and count_of(ctx, node, sequence) is None:
        return _walked(ctx, node, sequence)
    return replace(sequence, is_counted=True)


def readable(ctx: Context, node: Any, sequence: Sequenced) -> Sequenced:
    """The sequence as one that can be read at any position."""
    return indexable(ctx, node, by_position(ctx, node, sequence))


def _walked(ctx: Context, node: Any, sequence: Sequenced) -> Sequenced:
    """A range, or anything backwards, as a function of the position."""
    source = sequence.source
    if isinstance(source, Range):
        start, step = source.start, source.step
        count = numbers_in_range(ctx, node, source)
        if sequence.backwards:
            last = ctx.emit(node, "mul", ctx.emit(node, "sub", count, ctx.const(1)), step, _iter=True)
            start = ctx.emit(node, "add", start, last, _iter=True)
            step = ctx.emit(node, "neg", step, _iter=True)
    else:
        count = length_of(ctx, node, sequence)
        start, step = ctx.emit(node, "sub", count, ctx.const(1), _iter=True), ctx.const(-1)
    walked = Sequenced(Range(ctx.const(0), count, ctx.const(1)), is_counted=True)
    if isinstance(source, Range):
        return Sequenced(Mapped(_position(start, step, None), walked), is_counted=True)
    return read_at(start, step, replace(sequence, backwards=False), walked)


def read_at(start: Value, step: Value, inner: Sequenced, walked: Sequenced) -> Sequenced:
    """The items of a sequence at the positions `start + step * k`."""
    function = _position(start, step, inner)
    return Sequenced(Mapped(function, walked), is_counted=True, within=tuple(held_cells(inner)))


def _position(start: Value, step: Value, inner: Sequenced | None) -> Value:
    """The item at `start + step * position`, or that number itself."""
    from adjoint.frontend.values.objects import Special

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


__all__ = ["Enumerate", "Item", "Items", "Known", "Made", "Mapped", "Range", "Sequenced", "Zip"]
