"""The functions of `itertools` that take a function or make groups: accumulate, starmap, takewhile, groupby."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import gast

from adjoint.frontend.calls.intrinsics import intrinsic, misused
from adjoint.frontend.containers.builtin_functions import (
    Arguments,
    Keywords,
    box,
    for_each,
    put,
    unboxed,
    when,
)
from adjoint.frontend.containers.containers import items as items_of_container
from adjoint.frontend.context import Context
from adjoint.frontend.control.comprehensions import append
from adjoint.frontend.control.sequences import by_position, once, readable, sequence_of
from adjoint.frontend.control.unchanging import lazily
from adjoint.frontend.control.walking import as_value, is_endless, known_items, length_of, passes_of, taken
from adjoint.frontend.expressions import binary, compare, negate, truth
from adjoint.frontend.values.objects import LIST, Items, Special, handle
from adjoint.frontend.values.positions import (
    at_position,
    by_index,
    call,
    is_few,
    is_none,
    listed,
    made_of,
    refuse_endless,
    shifted,
)
from adjoint.frontend.values.sequence_kinds import Known, Mapped, Sequenced, Zip
from adjoint.ir.core import Value

# -- with a function


@intrinsic(itertools.accumulate)
@lazily
def _accumulate(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    function = args[1] if len(args) > 1 else keywords.get("func")
    initial = keywords.get("initial")
    sequence = sequence_of(ctx, node, args[0])

    def join(inner: Context, total: Value, item: Value) -> Value:
        if is_none(function):
            return binary(inner, node, "add", total, item)
        assert function is not None
        return call(inner, node, function, [total, item], "accumulate")

    if is_endless(sequence):
        raise refuse_endless(ctx, node, "accumulate")

    def make(inner: Context) -> Value:
        return _totals(inner, node, sequence, join, initial)

    return made_of(ctx, make, "accumulate", sequence, given=[*args, *keywords.values()])


def _totals(
    ctx: Context, node: Any, sequence: Sequenced, join: Callable[[Context, Value, Value], Value], initial: Value | None
) -> Value:
    """The list of running totals."""
    turns = passes_of(ctx, node, sequence) if is_few(ctx, node, sequence) else None
    if turns is not None:
        parts = (as_value(ctx, node, taken(ctx, node, turn)) for turn in turns)  # each when its turn comes
        every = itertools.chain(() if initial is None or is_none(initial) else (initial,), parts)
        return ctx.new_list(itertools.accumulate(every, lambda total, item: join(ctx, total, item)))
    made = ctx.new_cell(Items(LIST, ()))
    source = readable(ctx, node, sequence)
    length = length_of(ctx, node, source)

    def run(inner: Context, first: Value, rest: Sequenced) -> None:
        append(inner, node, made, first)
        total = box(inner, first)

        def step(each: Context, item: Value) -> None:
            put(each, total, join(each, unboxed(each, node, total), item))
            append(each, node, made, unboxed(each, node, total))

        for_each(inner, node, rest, step)

    if initial is not None and not is_none(initial):
        run(ctx, initial, source)
        return made
    rest = by_index(
        lambda inner, at, index: at_position(inner, at, source, shifted(inner, at, index, 1)),
        shifted(ctx, node, length, -1),
        ctx,
    )
    has = compare(ctx, node, gast.Gt(), length, ctx.const(0))
    when(ctx, has, lambda: run(ctx, at_position(ctx, node, source, ctx.const(0)), rest))
    return made


@intrinsic(itertools.starmap)
@lazily
def _starmap(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    function, inner = args[0], by_position(ctx, node, sequence_of(ctx, node, args[1]))
    if isinstance(inner.source, Zip):
        return once(ctx, Sequenced(Mapped(function, inner), is_counted=True), "starmap")

    def run(each: Context, at: Any, given: Arguments, keywords: Keywords) -> Value:
        if len(given) > 1:
            return call(each, at, function, given, "starmap")
        parts = items_of_container(each, at, given[0])
        if parts is None:
            raise misused(each, at, "starmap")
        return call(each, at, function, parts, "starmap")

    return once(ctx, Sequenced(Mapped(handle(Special("starmap", run)), inner), is_counted=True), "starmap")


def _while(name: str, function: Callable[..., Any]) -> None:
    """takewhile and dropwhile: a flag tells whether the condition has failed."""

    @intrinsic(function)
    def run(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        test, sequence = args[0], sequence_of(ctx, node, args[1])
        if is_endless(sequence):
            raise refuse_endless(ctx, node, name)

        def make(inner: Context) -> Value:
            made, going = inner.new_cell(Items(LIST, ())), box(inner, inner.const(True))

            def step(each: Context, item: Value) -> None:
                def check() -> None:
                    put(each, going, _as_bool(each, node, truth(each, node, call(each, node, test, [item], name))))

                when(each, unboxed(each, node, going), check)
                flag = unboxed(each, node, going)
                wanted = flag if name == "takewhile" else negate(each, node, flag)
                when(each, wanted, lambda: append(each, node, made, item))

            for_each(inner, node, sequence, step)
            return made

        return made_of(ctx, make, name, sequence, given=args)


def _as_bool(ctx: Context, node: Any, value: Value) -> Value:
    return ctx.const(bool(ctx.static(value))) if ctx.is_static(value) else ctx.emit(node, "bool", value)


_while("takewhile", itertools.takewhile)
_while("dropwhile", itertools.dropwhile)


@intrinsic(itertools.filterfalse)
@lazily
def _filterfalse(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    test, sequence = args[0], sequence_of(ctx, node, args[1])

    def keeps(inner: Context, item: Value) -> Value:
        result = item if is_none(test) else call(inner, node, test, [item], "filterfalse")
        return negate(inner, node, truth(inner, node, result))

    return _kept(ctx, node, sequence, keeps, lambda inner, item: item, "filterfalse", args)


@intrinsic(itertools.compress)
@lazily
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
        args,
    )


def _kept(
    ctx: Context,
    node: Any,
    sequence: Sequenced,
    keeps: Callable[[Context, Value], Value],
    item_of: Callable[[Context, Value], Value],
    name: str,
    given: Arguments,
) -> Value:
    """The list of what is kept of the items that pass a test."""
    if is_endless(sequence):
        raise refuse_endless(ctx, node, name)

    def make(inner: Context) -> Value:
        made = inner.new_cell(Items(LIST, ()))

        def step(each: Context, item: Value) -> None:
            when(each, keeps(each, item), lambda: append(each, node, made, item_of(each, item)))

        for_each(inner, node, sequence, step)
        return made

    return made_of(ctx, make, name, sequence, given=given)


# -- in groups


@intrinsic(itertools.groupby)
@lazily
def _groupby(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    key = args[1] if len(args) > 1 else keywords.get("key")
    sequence = sequence_of(ctx, node, args[0])
    parts = known_items(ctx, node, sequence) if is_few(ctx, node, sequence) else None
    keys = (
        [] if parts is None else [p if is_none(key) or key is None else call(ctx, node, key, [p], "key") for p in parts]
    )
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
    return listed(ctx, groups, "groupby", sequence)


if hasattr(itertools, "batched"):

    @intrinsic(itertools.batched)
    @lazily
    def _batched(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        sequence, size = sequence_of(ctx, node, args[0]), args[1]
        parts = known_items(ctx, node, sequence) if is_few(ctx, node, sequence) else None
        if parts is None or not ctx.is_static(size) or set(keywords) - {"strict"}:
            raise misused(ctx, node, "batched")
        step = ctx.static(size)
        return listed(ctx, [ctx.pack(parts[n : n + step]) for n in range(0, len(parts), step)], "batched", sequence)
