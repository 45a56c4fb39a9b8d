"""The functions of `itertools` that take no function: known items are listed, else computed from their position."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import gast

from adjoint.frontend.calls.intrinsics import intrinsic, misused
from adjoint.frontend.containers.builtin_functions import (
    Arguments,
    Keywords,
    for_each,
    list_from_sequence,
    when,
)
from adjoint.frontend.containers.containers import run_of
from adjoint.frontend.containers.shared_items import shared
from adjoint.frontend.context import Context
from adjoint.frontend.control.comprehensions import append
from adjoint.frontend.control.sequences import once, readable, sequence_of, watch
from adjoint.frontend.control.unchanging import lazily
from adjoint.frontend.control.walking import FOREVER, as_value, is_endless, known_items, length_of
from adjoint.frontend.expressions import binary, compare, conditional
from adjoint.frontend.storage import memory
from adjoint.frontend.storage.sharing import containers_in
from adjoint.frontend.values.objects import LIST, Items, Run, Special, handle
from adjoint.frontend.values.positions import (
    MAX_KNOWN,
    at_position,
    by_index,
    few,
    is_few,
    is_none,
    listed,
    made_of,
    refuse_endless,
    shifted,
    snapshot,
)
from adjoint.frontend.values.sequence_kinds import Known, Mapped, Range, Sequenced
from adjoint.ir.core import Value
from adjoint.ir.types import INT, List, Object, Tuple, Type

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
@lazily
def _cycle(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    sequence = sequence_of(ctx, node, args[0])
    if is_endless(sequence):
        return once(ctx, sequence, "cycle")
    parts = few(ctx, node, sequence)
    if parts is not None and not parts:
        return listed(ctx, (), "cycle")
    source = snapshot(ctx, node, readable(ctx, node, sequence))
    length = length_of(ctx, node, source)

    def item(inner: Context, at: Any, index: Value) -> Value:
        if inner.is_static(index) and parts is not None:
            return as_value(inner, at, parts[inner.static(index) % len(parts)])
        return at_position(inner, at, source, binary(inner, at, "mod", index, length))

    return once(ctx, replace(by_index(item, ctx.const(FOREVER), ctx), watched=watch(ctx, sequence)), "cycle")


@intrinsic(itertools.repeat)
def _repeat(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    times = args[1] if len(args) > 1 else keywords.get("times", ctx.const(FOREVER))
    walked = by_index(lambda inner, at, index: args[0], times, ctx)
    held = tuple(containers_in(ctx.heap, [memory.keep(ctx, args[0])]))
    return once(ctx, replace(walked, within=held), "repeat")


# -- one after another


@intrinsic(itertools.chain)
@lazily
def _chain(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    return _chained(ctx, node, [sequence_of(ctx, node, arg) for arg in args])


def _chained(ctx: Context, node: Any, sequences: Sequence[Sequenced]) -> Value:
    """Known items one after another, or lists joined."""
    if any(is_endless(each) for each in sequences[:-1]):
        raise refuse_endless(ctx, node, "chain")
    if sequences and is_endless(sequences[-1]):
        raise refuse_endless(ctx, node, "chain")
    if all(is_few(ctx, node, each) for each in sequences):
        return made_of(ctx, lambda inner: _joined(inner, node, sequences), "chain", *sequences)

    def make(inner: Context) -> Value:
        lists = [list_from_sequence(inner, node, each) for each in sequences]
        joined = run_of(inner, node, lists[0])
        for each in lists[1:]:
            joined = inner.emit(node, "list_concat", joined, run_of(inner, node, each))
        return shared(inner, Run(joined), *lists)

    return made_of(ctx, make, "chain", *sequences)


def _joined(ctx: Context, node: Any, sequences: Sequence[Sequenced]) -> Sequenced:
    parts = [each for sequence in sequences for each in few(ctx, node, sequence) or ()]
    return Sequenced(Known(tuple(parts), is_tuple=any(not isinstance(part, Value) for part in parts)))


@intrinsic(itertools.chain.from_iterable)
@lazily
def _chain_from_iterable(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    outer = sequence_of(ctx, node, args[0])
    parts = known_items(ctx, node, outer) if is_few(ctx, node, outer) else None
    if parts is not None:
        return _chained(ctx, node, [sequence_of(ctx, node, part) for part in parts])

    def make(inner: Context) -> Value:
        made = inner.new_cell(Items(LIST, ()))

        def flatten(each: Context, part: Value) -> None:
            for_each(each, node, sequence_of(each, node, part), lambda ctx, item: append(ctx, node, made, item))

        for_each(inner, node, outer, flatten)
        return made

    return made_of(ctx, make, "chain", outer)


@intrinsic(itertools.pairwise)
@lazily
def _pairwise(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    sequence = sequence_of(ctx, node, args[0])
    parts = few(ctx, node, sequence)
    if parts is not None:
        return listed(ctx, list(itertools.pairwise(parts)), "pairwise", sequence)
    source = readable(ctx, node, sequence)
    count = ctx.emit(node, "max_of", shifted(ctx, node, length_of(ctx, node, source), -1), ctx.const(0), _iter=True)

    def pair(inner: Context, at: Any, index: Value) -> Value:
        return inner.pack(
            [at_position(inner, at, source, index), at_position(inner, at, source, shifted(inner, at, index, 1))]
        )

    return once(ctx, replace(by_index(pair, count, ctx), watched=watch(ctx, sequence)), "pairwise")


@intrinsic(itertools.islice)
@lazily
def _islice(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if not 2 <= len(args) <= 4 or keywords:
        raise misused(ctx, node, "islice")
    sequence, bounds = sequence_of(ctx, node, args[0]), args[1:]
    start = bounds[0] if len(bounds) > 1 else ctx.const(0)
    stop = bounds[1] if len(bounds) > 1 else bounds[0]
    step = bounds[2] if len(bounds) > 2 else ctx.const(1)
    start = ctx.const(0) if is_none(start) else start
    step = ctx.const(1) if is_none(step) else step
    parts = few(ctx, node, sequence)
    if parts is not None and all(map(ctx.is_static, (start, stop, step))):
        chosen = parts[slice(*map(ctx.static, (start, stop, step)))]
        return listed(ctx, chosen, "islice", sequence)
    source = readable(ctx, node, sequence)
    span = _span(ctx, node, source, stop)
    count = _count_between(ctx, node, start, span, step)

    def item(inner: Context, at: Any, index: Value) -> Value:
        if not (inner.is_static(step) and inner.static(step) == 1):
            index = binary(inner, at, "mul", index, step)
        if not (inner.is_static(start) and inner.static(start) == 0):
            index = binary(inner, at, "add", start, index)
        return at_position(inner, at, source, index)

    return once(ctx, by_index(item, count, ctx, sequence), "islice")


def _span(ctx: Context, node: Any, source: Sequenced, stop: Value) -> Value:
    """Where a slice ends: at its bound, or with the sequence."""
    if is_endless(source):
        return ctx.const(FOREVER) if is_none(stop) else stop
    length = length_of(ctx, node, source)
    return length if is_none(stop) else ctx.emit(node, "min_of", stop, length, _iter=True)


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
@lazily
def _tee(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    count = ctx.static(args[1]) if len(args) > 1 and ctx.is_static(args[1]) else 2
    sequence = sequence_of(ctx, node, args[0])
    watched = watch(ctx, sequence)
    made = sequence_of(ctx, node, list_from_sequence(ctx, node, sequence))
    return ctx.pack([once(ctx, replace(made, watched=(*made.watched, *watched)), "tee") for _ in range(count)])


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
        count *= len(parts) if parts is not None else MAX_KNOWN + 1
    if count <= MAX_KNOWN:
        return listed(ctx, list(itertools.product(*(parts or () for parts in known))), "product")
    sources = [snapshot(ctx, node, readable(ctx, node, each)) for each in sequences]
    lengths = [length_of(ctx, node, each) for each in sources]
    total = lengths[0]
    for length in lengths[1:]:
        total = binary(ctx, node, "mul", total, length)

    def item(inner: Context, at: Any, index: Value) -> Value:
        found: list[Value] = []
        for number, (source, length) in reversed(list(enumerate(zip(sources, lengths)))):
            place = binary(inner, at, "mod", index, length) if number else index
            found.append(at_position(inner, at, source, place))
            index = binary(inner, at, "floordiv", index, length) if number else index
        return inner.pack(found[::-1])

    return once(ctx, by_index(item, total, ctx, *sources), "product")


def _chosen(name: str, function: Callable[..., Any]) -> None:
    @intrinsic(function)
    def choose(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        size = args[1] if len(args) > 1 else keywords.get("r")
        if size is not None and not ctx.is_static(size):
            raise misused(ctx, node, name)
        sequence = sequence_of(ctx, node, args[0])
        parts = few(ctx, node, sequence)
        count: int | None = None if size is None or is_none(size) else ctx.static(size)
        if parts is not None:
            return listed(ctx, list(function(parts, count)), name)
        if is_endless(sequence):
            raise refuse_endless(ctx, node, name)
        source = snapshot(ctx, node, readable(ctx, node, sequence))
        length = length_of(ctx, node, source)
        if count is not None and count <= 3:
            places = _positions(ctx, node, length, count, name)
        else:
            places = _listed_positions(ctx, node, length, count, name)

        def item(inner: Context, at: Any, index: Value) -> Value:
            found = inner.emit(at, "index", places, index, spec=("int",), _iter=True)
            if isinstance(found.type, List):
                return list_from_sequence(inner, at, Sequenced(Mapped(handle(Special(name, read)), Sequenced(found))))
            return inner.pack([at_position(inner, at, source, part) for part in inner.parts(found)])

        def read(inner: Context, at: Any, given: Arguments, keywords: Keywords) -> Value:
            return at_position(inner, at, source, given[0])

        return once(ctx, by_index(item, ctx.emit(node, "len", places), ctx, source), name)


def _positions(ctx: Context, node: Any, length: Value, count: int, name: str) -> Value:
    """The list of the positions that are chosen, each a tuple of ints."""
    made = ctx.new_cell(Items(LIST, ()))

    def choose(inner: Context, taken: list[Value]) -> None:
        if len(taken) == count:
            append(inner, node, made, inner.pack(taken))
            return
        first = inner.const(0)
        if taken and name != "permutations":
            first = shifted(inner, node, taken[-1], 1 if name == "combinations" else 0)
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
@lazily
def _zip_longest(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    fill = keywords.get("fillvalue", ctx.const(None))
    sequences = [sequence_of(ctx, node, arg) for arg in args]
    known = [few(ctx, node, each) for each in sequences]
    if all(parts is not None for parts in known):
        return listed(
            ctx,
            list(itertools.zip_longest(*(parts or () for parts in known), fillvalue=fill)),
            "zip_longest",
            *sequences,
        )
    sources = [readable(ctx, node, each) for each in sequences]
    lengths = [length_of(ctx, node, each) for each in sources]
    longest = ctx.emit(node, "max_of", *lengths, _iter=True) if len(lengths) > 1 else lengths[0]

    def item(inner: Context, at: Any, index: Value) -> Value:
        found = []
        for source, length in zip(sources, lengths):
            has = compare(inner, at, gast.Lt(), index, length)
            found.append(conditional(inner, at, has, _reading(inner, at, source, index), lambda: fill, "ternary"))
        return inner.pack(found)

    return once(ctx, by_index(item, longest, ctx, *sequences), "zip_longest")


def _reading(ctx: Context, node: Any, source: Sequenced, index: Value) -> Callable[[], Value]:
    return lambda: at_position(ctx, node, source, index)
