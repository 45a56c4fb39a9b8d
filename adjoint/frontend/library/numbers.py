"""Functions of `math`, `statistics`, `bisect` and `heapq` on sequences, and on ints."""

from __future__ import annotations

import bisect
import heapq
import math
import statistics
from collections.abc import Callable
from typing import Any

from adjoint.errors import NoRule
from adjoint.frontend.calls import written_in_python
from adjoint.frontend.calls.intrinsics import intrinsic, misused, refusing
from adjoint.frontend.containers import containers, joining
from adjoint.frontend.containers.builtin_functions import (
    Arguments,
    Keywords,
    box,
    consuming,
    for_each,
    list_of,
    put,
    unboxed,
)
from adjoint.frontend.containers.reductions import ordered
from adjoint.frontend.containers.shared_items import shared
from adjoint.frontend.context import Context
from adjoint.frontend.control.sequences import sequence_of
from adjoint.frontend.control.walking import known_items
from adjoint.frontend.expressions import binary
from adjoint.frontend.values.objects import Run
from adjoint.frontend.values.positions import is_few
from adjoint.ir.core import Value
from adjoint.ir.types import BOOL, INT, Array, List, Scalar, Undef

_OF_INTS = (math.factorial, math.comb, math.perm, math.gcd, math.lcm, math.isqrt)


def _of_ints(function: Callable[..., Any]) -> None:
    @intrinsic(function)
    def run(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        name = function.__name__
        if keywords or not all(arg.type in (INT, BOOL) for arg in args):
            raise ctx.refuse(
                node,
                f"`math.{name}` of {', '.join(str(arg.type) for arg in args)}",
                why="it is a function of ints, and has no derivative",
                fix="pass ints; for real numbers use `math.gamma`",
                kind=NoRule,
            )
        if all(map(ctx.is_static, args)):
            try:
                return ctx.const(function(*map(ctx.static, args)))
            except ValueError as error:
                raise ctx.refuse(
                    node, str(error), why="Python would raise ValueError", fix="check the number", raises=ValueError
                ) from None
        attrs = {"func": function, "keywords": (), "type": INT, "_text": f"math.{name}"}
        return ctx.builder.op("pycall", args, [INT], attrs).result


for _function in _OF_INTS:
    _of_ints(_function)


@intrinsic(math.prod)
@consuming
def _prod(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) != 1 or set(keywords) - {"start"}:
        raise misused(ctx, node, "math.prod")
    sequence, start = sequence_of(ctx, node, args[0]), keywords.get("start", ctx.const(1))
    if is_few(ctx, node, sequence):
        for part in known_items(ctx, node, sequence) or ():
            start = binary(ctx, node, "mul", start, part)
        return start
    total = box(ctx, start)
    for_each(
        ctx,
        node,
        sequence,
        lambda inner, item: put(inner, total, binary(inner, node, "mul", unboxed(inner, node, total), item)),
    )
    return unboxed(ctx, node, total)


@intrinsic(statistics.fmean)
def _fmean(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    from adjoint.frontend.calls.calls import call_value

    if len(args) != 1 or keywords:
        raise misused(ctx, node, "statistics.fmean")
    values = list_of(ctx, node, args[0])
    total = call_value(ctx, node, ctx.const(math.fsum), [values], {}, "math.fsum")
    length = joining.length(ctx, node, values)
    assert length is not None
    return binary(ctx, node, "truediv", total, length)


@refusing(
    statistics.mean,
    statistics.stdev,
    statistics.pstdev,
    statistics.variance,
    statistics.pvariance,
    statistics.median,
)
def _exact(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    raise ctx.refuse(
        node,
        "there is no rule for this function of `statistics`",
        why="it computes with exact fractions",
        fix="use `statistics.fmean`, or NumPy: `np.mean`, `np.std`, `np.var`, `np.median`",
        kind=NoRule,
    )


# -- bisect


def _searching(function: Callable[..., Any]) -> None:
    @intrinsic(function)
    def search(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        if set(keywords) - {"lo", "hi"}:
            raise misused(ctx, node, f"bisect.{function.__name__}")
        return _position(ctx, node, function, args, keywords)


def _position(ctx: Context, node: Any, function: Callable[..., Any], args: Arguments, keywords: Keywords) -> Value:
    """Where Python would put a number into a list: an int, found when the program runs."""
    values, number, *rest = args
    given = values if isinstance(values.type, Array) else containers.run_of(ctx, node, values)
    item = given.type.item if isinstance(given.type, List) else given.type
    if isinstance(item, Undef):
        return ctx.const(0) if isinstance(given.type, List) else ctx.blocked(given)
    if not isinstance(item, Scalar | Array) or not isinstance(number.type, Scalar | Array):
        raise misused(ctx, node, f"bisect.{function.__name__}")
    attrs = {"func": function, "keywords": tuple(keywords), "type": INT, "_text": f"bisect.{function.__name__}"}
    return ctx.builder.op("pycall", [given, number, *rest, *keywords.values()], [INT], attrs).result


_searching(bisect.bisect_left)
_searching(bisect.bisect_right)


def _inserting(function: Callable[..., Any], position: Callable[..., Any]) -> None:
    @intrinsic(function)
    def insort(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        from adjoint.frontend.containers.methods import insert

        if len(args) != 2 or keywords:
            raise misused(ctx, node, f"bisect.{function.__name__}")
        where = _position(ctx, node, position, args, {})
        return insert(ctx, node, args[0], [where, args[1]], {})


_inserting(bisect.insort_left, bisect.bisect_left)
_inserting(bisect.insort_right, bisect.bisect_right)


# -- heapq


def _written(function: Callable[..., Any], python: Callable[..., Any]) -> None:
    @intrinsic(function)
    def run(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        from adjoint.frontend.calls.calls import call_value

        return call_value(ctx, node, ctx.const(python), args, keywords, function.__name__)


_written(heapq.heappush, written_in_python.heappush)
_written(heapq.heappop, written_in_python.heappop)
_written(heapq.heapify, written_in_python.heapify)
_written(heapq.heapreplace, written_in_python.heapreplace)
_written(heapq.heappushpop, written_in_python.heappushpop)


def _choosing(function: Callable[..., Any], reverse: bool) -> None:
    @intrinsic(function)
    @consuming
    def choose(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        count, source = args[:2]
        key = args[2] if len(args) > 2 else keywords.get("key")
        options = {"reverse": ctx.const(reverse)} | ({} if key is None else {"key": key})
        every = ordered(ctx, node, list_of(ctx, node, source), options)
        parts = containers.items(ctx, node, every)
        if parts is not None and ctx.is_static(count):
            return ctx.new_list(parts[: max(ctx.static(count), 0)])
        number = ctx.emit(node, "max_of", containers.integer(ctx, node, count), ctx.const(0))
        items = containers.run_of(ctx, node, every)
        first = ctx.emit(node, "index", items, number, spec=(("slice", False, True, False),))
        return shared(ctx, Run(first), every)


_choosing(heapq.nsmallest, False)
_choosing(heapq.nlargest, True)
