"""The functions of `functools`, and those of `builtins` that apply functions over and over."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import gast

from adjoint.frontend.calls.classes import dispatcher
from adjoint.frontend.calls.intrinsics import intrinsic, misused
from adjoint.frontend.containers.builtin_functions import Arguments, Keywords, box, for_each, put, unboxed
from adjoint.frontend.containers.reductions import COMPARING
from adjoint.frontend.context import Context
from adjoint.frontend.control.sequences import readable, sequence_of, use_up
from adjoint.frontend.control.walking import as_value, is_endless, item_at, length_of, passes_of, taken
from adjoint.frontend.expressions import compare
from adjoint.frontend.statements import guard
from adjoint.frontend.storage import memory
from adjoint.frontend.storage.sharing import keep_as_is
from adjoint.frontend.values.objects import Bound, Special, handle
from adjoint.frontend.values.positions import by_index, is_few
from adjoint.frontend.values.sequence_kinds import Sequenced
from adjoint.ir.core import Value
from adjoint.ir.types import Static


def _call(ctx: Context, node: Any, function: Value, args: list[Value], text: str) -> Value:
    from adjoint.frontend.calls.calls import call_value

    return call_value(ctx, node, function, args, {}, text)


@intrinsic(functools.reduce)
def _reduce(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) not in (2, 3) or keywords:
        raise misused(ctx, node, "reduce")
    function, initial = args[0], args[2] if len(args) == 3 else None
    sequence = sequence_of(ctx, node, args[1])
    if is_endless(sequence):
        raise misused(ctx, node, "reduce")
    turns = passes_of(ctx, node, sequence) if is_few(ctx, node, sequence) else None
    if turns is None:
        result = _reduced_in_loop(ctx, node, function, sequence, initial)
    elif not turns and initial is None:
        raise ctx.refuse(
            node,
            "`reduce` of nothing",
            why="Python would raise TypeError",
            fix="give an initial value",
            raises=TypeError,
        )
    else:
        parts = (as_value(ctx, node, taken(ctx, node, turn)) for turn in turns)  # each when its turn comes
        every = itertools.chain(() if initial is None else (initial,), parts)
        result = functools.reduce(lambda total, item: _call(ctx, node, function, [total, item], "reduce"), every)
    use_up(ctx, args[1])
    return result


def _reduced_in_loop(ctx: Context, node: Any, function: Value, sequence: Sequenced, initial: Value | None) -> Value:
    if initial is None:
        source = readable(ctx, node, sequence)
        length = length_of(ctx, node, source)
        is_empty = compare(ctx, node, gast.Eq(), length, ctx.const(0))

        def fail() -> None:
            message = ctx.const("reduce() of empty iterable with no initial value")
            ctx.builder.op("raise", [message], (), {"exception": TypeError, "_text": "reduce"})

        guard(ctx, is_empty, fail, "unpack")
        initial = as_value(ctx, node, item_at(ctx, node, source, ctx.const(0)))
        one = ctx.const(1)
        sequence = by_index(
            lambda inner, at, index: as_value(inner, at, item_at(inner, at, source, inner.emit(at, "add", index, one))),
            ctx.emit(node, "sub", length, one),
            ctx,
        )
    total = box(ctx, initial)

    def step(inner: Context, item: Value) -> None:
        put(inner, total, _call(inner, node, function, [unboxed(inner, node, total), item], "reduce"))

    for_each(ctx, node, sequence, step)
    return unboxed(ctx, node, total)


@intrinsic(functools.partial)
def _partial(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if not args:
        raise misused(ctx, node, "partial")
    given = tuple(memory.keep(ctx, each) for each in args[1:])
    return handle(Bound(args[0], given, {name: memory.keep(ctx, each) for name, each in keywords.items()}))


def _identity(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value:
    return args[0]


@intrinsic(functools.wraps)
def _wraps(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    return handle(Special("wraps", _identity))


@intrinsic(functools.update_wrapper, functools.total_ordering)
def _same(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    return args[0]


@intrinsic(functools.cache)
def _cached(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """What it computes with must stay as it is: then computing it again gives what has been kept."""
    keep_as_is(ctx, args[:1], "a function whose results are kept computes with it")
    return args[0]


@intrinsic(functools.lru_cache)
def _lru_cache(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    is_plain = bool(args) and (not isinstance(args[0].type, Static) or callable(_static(ctx, args[0])))
    return _cached(ctx, node, args, {}) if is_plain else handle(Special("lru_cache", _cached))


def _static(ctx: Context, value: Value) -> Any:
    return ctx.static(value) if ctx.is_static(value) else None


@intrinsic(functools.singledispatch)
def _singledispatch(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if args and ctx.is_static(args[0]):
        return dispatcher(functools.singledispatch(ctx.static(args[0])))
    raise misused(ctx, node, "singledispatch")


@intrinsic(functools.cmp_to_key)
def _cmp_to_key(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    return handle(Bound(COMPARING, (args[0],)))
