"""The functions of `itertools`: with known lengths they list their items, else they compute them from a position."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import gast

from adjoint.errors import AdjointError
from adjoint.frontend.builtin_functions import (
    Arguments,
    Keywords,
    box,
    for_each,
    list_from_sequence,
    put,
    unboxed,
    when,
)
from adjoint.frontend.comprehensions import append
from adjoint.frontend.containers import items as items_of_container
from adjoint.frontend.containers import run_of
from adjoint.frontend.context import Context
from adjoint.frontend.expressions import binary, compare, conditional, negate, truth
from adjoint.frontend.intrinsics import intrinsic, misused
from adjoint.frontend.objects import LIST, Items, Run, Special, handle
from adjoint.frontend.sequences import (
    FOREVER,
    Item,
    Known,
    Made,
    Mapped,
    Range,
    Sequenced,
    Zip,
    as_value,
    by_position,
    indexable,
    is_endless,
    item_at,
    items_of,
    known_items,
    length_of,
    once,
    sequence_of,
)
from adjoint.ir.core import Value
from adjoint.ir.types import INT, List, Object, Static, Tuple, Type

_MAX_KNOWN = 64


def few(ctx: Context, node: Any, sequence: Sequenced) -> list[Item] | None:
    """The items, when they are known and not many."""
    parts = None if is_endless(sequence) else items_of(ctx, node, sequence)
    return parts if parts is not None and len(parts) <= _MAX_KNOWN else None


def by_index(item: Callable[[Context, Any, Value], Value], length: Value, ctx: Context) -> Sequenced:
    """The items that a function computes from their position."""

    def run(inner: Context, node: Any, args: Arguments, keywords: Keywords) -> Value:
        return item(inner, node, args[0])

    walked = Sequenced(Range(ctx.const(0), length, ctx.const(1)), is_counted=True)
    return Sequenced(Mapped(handle(Special("position", run)), walked), is_counted=True)


def _at(ctx: Context, node: Any, sequence: Sequenced, index: Value) -> Value:
    return as_value(ctx, node, item_at(ctx, node, sequence, index))


def _read(ctx: Context, node: Any, sequence: Sequenced) -> Sequenced:
    """The sequence as one that can be read at any position."""
    return indexable(ctx, node, by_position(ctx, node, sequence))


def _add(ctx: Context, node: Any, left: Value, right: int) -> Value:
    if right < 0:
        return binary(ctx, node, "sub", left, ctx.const(-right))
    return binary(ctx, node, "add", left, ctx.const(right)) if right else left


def _known(ctx: Context, items: Sequence[Any], name: str) -> Value:
    """An iterator over items that are known: values, or tuples of them."""
    return once(ctx, Sequenced(Known(tuple(items))), name)


def _call(ctx: Context, node: Any, function: Value, args: list[Value], text: str) -> Value:
    from adjoint.frontend.calls import call_value

    return call_value(ctx, node, function, args, {}, text)


def _is_none(value: Value | None) -> bool:
    return value is None or (isinstance(value.type, Static) and value.type.value is None)


def _refuse_endless(ctx: Context, node: Any, name: str) -> AdjointError:
    return ctx.refuse(
        node,
        f"`{name}` of a sequence without end",
        why="its items are made one after another until a condition fails",
        fix="write the loop out: `for k in itertools.count(): ... break`",
    )


# -- without end


@intrinsic(itertools.count)
def _count(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    start = args[0] if args else keywords.get("start", ctx.const(0))
    step = args[1] if len(args) > 1 else keywords.get("step", ctx.const(1))
    if start.type != INT or step.type != INT:
        raise ctx.refuse(
            node,
            "`itertools.count` with numbers that are no ints",
            why="each step is rounded, one after another",
            fix="count with ints and compute from them: `x0 + k * dx`",
        )

    def number(inner: Context, at: Any, index: Value) -> Value:
        if not (inner.is_static(step) and inner.static(step) == 1):
            index = binary(inner, at, "mul", index, step)
        if inner.is_static(start) and inner.static(start) == 0:
            return index
        return binary(inner, at, "add", start, index)

    if ctx.is_static(start) and ctx.is_static(step) and (ctx.static(start), ctx.static(step)) == (0, 1):
        return once(ctx, Sequenced(Range(start, ctx.const(FOREVER), step), is_counted=True), "count")
    return once(ctx, by_index(number, ctx.const(FOREVER), ctx), "count")


@intrinsic(itertools.cycle)
def _cycle(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    sequence = sequence_of(ctx, node, args[0])
    if is_endless(sequence):
        return once(ctx, sequence, "cycle")
    parts = few(ctx, node, sequence)
    if parts is not None and not parts:
        return _known(ctx, (), "cycle")
    source = _read(ctx, node, sequence)
    length = length_of(ctx, node, source)

    def item(inner: Context, at: Any, index: Value) -> Value:
        if inner.is_static(index) and parts is not None:
            return as_value(inner, at, parts[inner.static(index) % len(parts)])
        return _at(inner, at, source, binary(inner, at, "mod", index, length))

    return once(ctx, by_index(item, ctx.const(FOREVER), ctx), "cycle")


@intrinsic(itertools.repeat)
def _repeat(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    times = args[1] if len(args) > 1 else keywords.get("times", ctx.const(FOREVER))
    return once(ctx, by_index(lambda inner, at, index: args[0], times, ctx), "repeat")


# -- one after another


@intrinsic(itertools.chain)
def _chain(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    return _chained(ctx, node, [sequence_of(ctx, node, arg) for arg in args])


def _chained(ctx: Context, node: Any, sequences: Sequence[Sequenced]) -> Value:
    """Known items one after another, or lists joined."""
    if any(is_endless(each) for each in sequences[:-1]):
        raise _refuse_endless(ctx, node, "chain")
    if sequences and is_endless(sequences[-1]):
        raise _refuse_endless(ctx, node, "chain")
    if all(few(ctx, node, each) is not None for each in sequences):
        return once(ctx, Sequenced(Made(lambda inner: _joined(inner, node, sequences))), "chain")

    def make(inner: Context) -> Value:
        lists = [list_from_sequence(inner, node, each) for each in sequences]
        joined = run_of(inner, node, lists[0])
        for each in lists[1:]:
            joined = inner.emit(node, "list_concat", joined, run_of(inner, node, each))
        return inner.new_cell(Run(joined))

    return once(ctx, Sequenced(Made(make)), "chain")


def _joined(ctx: Context, node: Any, sequences: Sequence[Sequenced]) -> Sequenced:
    parts = [each for sequence in sequences for each in few(ctx, node, sequence) or ()]
    return Sequenced(Known(tuple(parts), is_tuple=any(not isinstance(part, Value) for part in parts)))


@intrinsic(itertools.chain.from_iterable)
def _chain_from_iterable(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    outer = sequence_of(ctx, node, args[0])
    parts = known_items(ctx, node, outer) if few(ctx, node, outer) is not None else None
    if parts is not None:
        return _chained(ctx, node, [sequence_of(ctx, node, part) for part in parts])

    def make(inner: Context) -> Value:
        made = inner.new_cell(Items(LIST, ()))

        def flatten(each: Context, part: Value) -> None:
            for_each(each, node, sequence_of(each, node, part), lambda ctx, item: append(ctx, node, made, item))

        for_each(inner, node, outer, flatten)
        return made

    return once(ctx, Sequenced(Made(make)), "chain")


@intrinsic(itertools.pairwise)
def _pairwise(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    sequence = sequence_of(ctx, node, args[0])
    parts = few(ctx, node, sequence)
    if parts is not None:
        return _known(ctx, list(itertools.pairwise(parts)), "pairwise")
    source = _read(ctx, node, sequence)
    count = ctx.emit(node, "max_of", _add(ctx, node, length_of(ctx, node, source), -1), ctx.const(0), _iter=True)

    def pair(inner: Context, at: Any, index: Value) -> Value:
        return inner.pack([_at(inner, at, source, index), _at(inner, at, source, _add(inner, at, index, 1))])

    return once(ctx, by_index(pair, count, ctx), "pairwise")


@intrinsic(itertools.islice)
def _islice(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if not 2 <= len(args) <= 4 or keywords:
        raise misused(ctx, node, "islice")
    sequence, bounds = sequence_of(ctx, node, args[0]), args[1:]
    start = bounds[0] if len(bounds) > 1 else ctx.const(0)
    stop = bounds[1] if len(bounds) > 1 else bounds[0]
    step = bounds[2] if len(bounds) > 2 else ctx.const(1)
    start = ctx.const(0) if _is_none(start) else start
    step = ctx.const(1) if _is_none(step) else step
    parts = few(ctx, node, sequence)
    if parts is not None and all(map(ctx.is_static, (start, stop, step))):
        chosen = parts[slice(*map(ctx.static, (start, stop, step)))]
        return once(ctx, Sequenced(Known(tuple(chosen), is_tuple=any(not isinstance(p, Value) for p in chosen))), "islice")
    source = _read(ctx, node, sequence)
    span = _span(ctx, node, source, stop)
    count = _count_between(ctx, node, start, span, step)

    def item(inner: Context, at: Any, index: Value) -> Value:
        if not (inner.is_static(step) and inner.static(step) == 1):
            index = binary(inner, at, "mul", index, step)
        if not (inner.is_static(start) and inner.static(start) == 0):
            index = binary(inner, at, "add", start, index)
        return _at(inner, at, source, index)

    return once(ctx, by_index(item, count, ctx), "islice")


def _span(ctx: Context, node: Any, source: Sequenced, stop: Value) -> Value:
    """Where a slice ends: at its bound, or with the sequence."""
    if is_endless(source):
        return ctx.const(FOREVER) if _is_none(stop) else stop
    length = length_of(ctx, node, source)
    return length if _is_none(stop) else ctx.emit(node, "min_of", stop, length, _iter=True)


def _count_between(ctx: Context, node: Any, start: Value, stop: Value, step: Value) -> Value:
    if all(map(ctx.is_static, (start, stop, step))):
        return ctx.const(len(range(*map(ctx.static, (start, stop, step)))))
    if not (ctx.is_static(start) and ctx.static(start) == 0):
        stop = ctx.emit(node, "max_of", binary(ctx, node, "sub", stop, start), ctx.const(0), _iter=True)
    if ctx.is_static(step) and ctx.static(step) == 1:
        return stop
    negative = ctx.emit(node, "floordiv", ctx.emit(node, "neg", stop), step)
    return ctx.emit(node, "neg", negative)


@intrinsic(itertools.tee)
def _tee(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    count = ctx.static(args[1]) if len(args) > 1 and ctx.is_static(args[1]) else 2
    made = list_from_sequence(ctx, node, sequence_of(ctx, node, args[0]))
    return ctx.pack([once(ctx, sequence_of(ctx, node, made), "tee") for _ in range(count)])


# -- combined


@intrinsic(itertools.product)
def _product(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    repeat = ctx.static(keywords["repeat"]) if "repeat" in keywords and ctx.is_static(keywords["repeat"]) else 1
    if set(keywords) - {"repeat"} or ("repeat" in keywords and not ctx.is_static(keywords["repeat"])):
        raise misused(ctx, node, "product")
    sequences = [sequence_of(ctx, node, arg) for arg in args] * repeat
    known = [few(ctx, node, each) for each in sequences]
    count = 1
    for parts in known:
        count *= len(parts) if parts is not None else _MAX_KNOWN + 1
    if count <= _MAX_KNOWN:
        return _known(ctx, list(itertools.product(*(parts or () for parts in known))), "product")
    sources = [_read(ctx, node, each) for each in sequences]
    lengths = [length_of(ctx, node, each) for each in sources]
    total = lengths[0]
    for length in lengths[1:]:
        total = binary(ctx, node, "mul", total, length)

    def item(inner: Context, at: Any, index: Value) -> Value:
        found: list[Value] = []
        for number, (source, length) in reversed(list(enumerate(zip(sources, lengths)))):
            place = binary(inner, at, "mod", index, length) if number else index
            found.append(_at(inner, at, source, place))
            index = binary(inner, at, "floordiv", index, length) if number else index
        return inner.pack(found[::-1])

    return once(ctx, by_index(item, total, ctx), "product")


def _chosen(name: str, function: Callable[..., Any]) -> None:
    @intrinsic(function)
    def choose(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        size = args[1] if len(args) > 1 else keywords.get("r")
        if size is not None and not ctx.is_static(size):
            raise misused(ctx, node, name)
        sequence = sequence_of(ctx, node, args[0])
        parts = few(ctx, node, sequence)
        count = None if _is_none(size) else ctx.static(size)
        if parts is not None:
            return _known(ctx, list(function(parts, count)), name)
        if is_endless(sequence):
            raise _refuse_endless(ctx, node, name)
        source = _read(ctx, node, sequence)
        length = length_of(ctx, node, source)
        few_places = count is not None and count <= 3
        find = _positions if few_places else _listed_positions
        places = find(ctx, node, length, count, name)

        def item(inner: Context, at: Any, index: Value) -> Value:
            found = inner.emit(at, "index", places, index, spec=("int",), _iter=True)
            if isinstance(found.type, List):
                return list_from_sequence(inner, at, Sequenced(Mapped(handle(Special(name, read)), Sequenced(found))))
            return inner.pack([_at(inner, at, source, part) for part in inner.parts(found)])

        def read(inner: Context, at: Any, given: Arguments, keywords: Keywords) -> Value:
            return _at(inner, at, source, given[0])

        return once(ctx, by_index(item, ctx.emit(node, "len", places), ctx), name)


def _positions(ctx: Context, node: Any, length: Value, count: int, name: str) -> Value:
    """The list of the positions that are chosen, each a tuple of ints."""
    made = ctx.new_cell(Items(LIST, ()))

    def choose(inner: Context, taken: list[Value]) -> None:
        if len(taken) == count:
            append(inner, node, made, inner.pack(taken))
            return
        first = inner.const(0)
        if taken and name != "permutations":
            first = _add(inner, node, taken[-1], 1 if name == "combinations" else 0)
        rest = Sequenced(Range(first, length, inner.const(1)))

        def step(each: Context, position: Value) -> None:
            new = each.const(True)
            for other in taken if name == "permutations" else ():
                differs = compare(each, node, gast.NotEq(), position, other)
                new = differs if each.is_static(new) else each.emit(node, "logical_and", new, differs)
            when(each, new, lambda: choose(each, [*taken, position]))

        for_each(inner, node, rest, step)

    choose(ctx, [])
    return run_of(ctx, node, made)


def _listed_positions(ctx: Context, node: Any, length: Value, count: int | None, name: str) -> Value:
    """The positions as Python lists them."""

    def called(function: Any, operands: list[Value], t: Type) -> Value:
        attrs = {"func": function, "keywords": (), "type": t}
        return ctx.builder.op("pycall", operands, [t], attrs).result

    numbers = called(range, [length], Object(object))
    size = [] if count is None else [ctx.const(count)]
    chosen = called(getattr(itertools, name), [numbers, *size], Object(object))
    return called(list, [chosen], List(List(INT) if count is None else Tuple((INT,) * count)))


_chosen("combinations", itertools.combinations)
_chosen("combinations_with_replacement", itertools.combinations_with_replacement)
_chosen("permutations", itertools.permutations)


@intrinsic(itertools.zip_longest)
def _zip_longest(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    fill = keywords.get("fillvalue", ctx.const(None))
    sequences = [sequence_of(ctx, node, arg) for arg in args]
    known = [few(ctx, node, each) for each in sequences]
    if all(parts is not None for parts in known):
        return _known(ctx, list(itertools.zip_longest(*(parts or () for parts in known), fillvalue=fill)), "zip_longest")
    sources = [_read(ctx, node, each) for each in sequences]
    lengths = [length_of(ctx, node, each) for each in sources]
    longest = ctx.emit(node, "max_of", *lengths, _iter=True) if len(lengths) > 1 else lengths[0]

    def item(inner: Context, at: Any, index: Value) -> Value:
        found = []
        for source, length in zip(sources, lengths):
            has = compare(inner, at, gast.Lt(), index, length)
            found.append(conditional(inner, at, has, _reading(inner, at, source, index), lambda: fill, "ternary"))
        return inner.pack(found)

    return once(ctx, by_index(item, longest, ctx), "zip_longest")


def _reading(ctx: Context, node: Any, source: Sequenced, index: Value) -> Callable[[], Value]:
    return lambda: _at(ctx, node, source, index)


# -- with a function


@intrinsic(itertools.accumulate)
def _accumulate(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    function = args[1] if len(args) > 1 else keywords.get("func")
    initial = keywords.get("initial")
    sequence = sequence_of(ctx, node, args[0])

    def join(inner: Context, total: Value, item: Value) -> Value:
        if _is_none(function):
            return binary(inner, node, "add", total, item)
        assert function is not None
        return _call(inner, node, function, [total, item], "accumulate")

    if is_endless(sequence):
        raise _refuse_endless(ctx, node, "accumulate")
    return once(ctx, Sequenced(Made(lambda inner: _totals(inner, node, sequence, join, initial))), "accumulate")


def _totals(
    ctx: Context, node: Any, sequence: Sequenced, join: Callable[[Context, Value, Value], Value], initial: Value | None
) -> Value:
    """The list of running totals."""
    parts = known_items(ctx, node, sequence) if few(ctx, node, sequence) is not None else None
    if parts is not None:
        every = parts if initial is None or _is_none(initial) else [initial, *parts]
        return ctx.new_list(itertools.accumulate(every, lambda total, item: join(ctx, total, item)))
    made = ctx.new_cell(Items(LIST, ()))
    source = _read(ctx, node, sequence)
    length = length_of(ctx, node, source)

    def run(inner: Context, first: Value, rest: Sequenced) -> None:
        append(inner, node, made, first)
        total = box(inner, first)

        def step(each: Context, item: Value) -> None:
            put(each, total, join(each, unboxed(each, node, total), item))
            append(each, node, made, unboxed(each, node, total))

        for_each(inner, node, rest, step)

    if initial is not None and not _is_none(initial):
        run(ctx, initial, source)
        return made
    rest = by_index(
        lambda inner, at, index: _at(inner, at, source, _add(inner, at, index, 1)), _add(ctx, node, length, -1), ctx
    )
    has = compare(ctx, node, gast.Gt(), length, ctx.const(0))
    when(ctx, has, lambda: run(ctx, _at(ctx, node, source, ctx.const(0)), rest))
    return made


@intrinsic(itertools.starmap)
def _starmap(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    function, inner = args[0], by_position(ctx, node, sequence_of(ctx, node, args[1]))
    if isinstance(inner.source, Zip):
        return once(ctx, Sequenced(Mapped(function, inner), is_counted=True), "starmap")

    def run(each: Context, at: Any, given: Arguments, keywords: Keywords) -> Value:
        if len(given) > 1:
            return _call(each, at, function, given, "starmap")
        parts = items_of_container(each, at, given[0])
        if parts is None:
            raise misused(each, at, "starmap")
        return _call(each, at, function, parts, "starmap")

    return once(ctx, Sequenced(Mapped(handle(Special("starmap", run)), inner), is_counted=True), "starmap")


def _while(name: str, function: Callable[..., Any]) -> None:
    """takewhile and dropwhile: a flag tells whether the condition has failed."""

    @intrinsic(function)
    def run(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        test, sequence = args[0], sequence_of(ctx, node, args[1])
        if is_endless(sequence):
            raise _refuse_endless(ctx, node, name)

        def make(inner: Context) -> Value:
            made, going = inner.new_cell(Items(LIST, ())), box(inner, inner.const(True))

            def step(each: Context, item: Value) -> None:
                def check() -> None:
                    put(each, going, _as_bool(each, node, truth(each, node, _call(each, node, test, [item], name))))

                when(each, unboxed(each, node, going), check)
                flag = unboxed(each, node, going)
                wanted = flag if name == "takewhile" else negate(each, node, flag)
                when(each, wanted, lambda: append(each, node, made, item))

            for_each(inner, node, sequence, step)
            return made

        return once(ctx, Sequenced(Made(make)), name)


def _as_bool(ctx: Context, node: Any, value: Value) -> Value:
    return ctx.const(bool(ctx.static(value))) if ctx.is_static(value) else ctx.emit(node, "bool", value)


_while("takewhile", itertools.takewhile)
_while("dropwhile", itertools.dropwhile)


@intrinsic(itertools.filterfalse)
def _filterfalse(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    test, sequence = args[0], sequence_of(ctx, node, args[1])

    def keeps(inner: Context, item: Value) -> Value:
        result = item if _is_none(test) else _call(inner, node, test, [item], "filterfalse")
        return negate(inner, node, truth(inner, node, result))

    return _kept(ctx, node, sequence, keeps, lambda inner, item: item, "filterfalse")


@intrinsic(itertools.compress)
def _compress(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    parts = tuple(by_position(ctx, node, sequence_of(ctx, node, arg)) for arg in args)
    pairs = Sequenced(Zip(parts), is_counted=True)
    return _kept(
        ctx,
        node,
        pairs,
        lambda inner, pair: truth(inner, node, inner.parts(pair)[1]),
        lambda inner, pair: inner.parts(pair)[0],
        "compress",
    )


def _kept(
    ctx: Context,
    node: Any,
    sequence: Sequenced,
    keeps: Callable[[Context, Value], Value],
    item_of: Callable[[Context, Value], Value],
    name: str,
) -> Value:
    """The list of what is kept of the items that pass a test."""
    if is_endless(sequence):
        raise _refuse_endless(ctx, node, name)

    def make(inner: Context) -> Value:
        made = inner.new_cell(Items(LIST, ()))

        def step(each: Context, item: Value) -> None:
            when(each, keeps(each, item), lambda: append(each, node, made, item_of(each, item)))

        for_each(inner, node, sequence, step)
        return made

    return once(ctx, Sequenced(Made(make)), name)


# -- in groups


@intrinsic(itertools.groupby)
def _groupby(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    key = args[1] if len(args) > 1 else keywords.get("key")
    sequence = sequence_of(ctx, node, args[0])
    parts = known_items(ctx, node, sequence) if few(ctx, node, sequence) is not None else None
    keys = [] if parts is None else [p if _is_none(key) or key is None else _call(ctx, node, key, [p], "key") for p in parts]
    if parts is None or not all(map(ctx.is_static, keys)):
        raise ctx.refuse(
            node,
            "`groupby` with keys that are not known before the run",
            why="which items stand together decides how many groups there are",
            fix="give each group a running total of its own, by position in a list",
        )
    groups = []
    for value, members in itertools.groupby(zip(keys, parts), key=lambda pair: ctx.static(pair[0])):
        group = Sequenced(Known(tuple(part for _, part in members), is_tuple=False))
        groups.append((ctx.const(value), once(ctx, group, "group")))
    return _known(ctx, groups, "groupby")


if hasattr(itertools, "batched"):

    @intrinsic(itertools.batched)
    def _batched(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        sequence, size = sequence_of(ctx, node, args[0]), args[1]
        parts = known_items(ctx, node, sequence) if few(ctx, node, sequence) is not None else None
        if parts is None or not ctx.is_static(size) or set(keywords) - {"strict"}:
            raise misused(ctx, node, "batched")
        step = ctx.static(size)
        return _known(ctx, [ctx.pack(parts[n : n + step]) for n in range(0, len(parts), step)], "batched")


__all__ = ["by_index", "few"]
