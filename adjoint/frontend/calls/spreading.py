"""`f(*values)`, `zip(*rows)` and `[*values, x]` where the number of values is known at run time only."""

from __future__ import annotations

import builtins
import inspect
import math
from collections.abc import Sequence
from typing import Any

import gast

from adjoint.errors import AdjointError
from adjoint.frontend.containers import containers
from adjoint.frontend.containers.shared_items import shared
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.control.sequences import readable, sequence_of, use_up
from adjoint.frontend.control.walking import FOREVER, as_value, is_endless, item_at, known_items, length_of
from adjoint.frontend.values.objects import Bound, Closure, Run, Special, Spread, handle, object_of
from adjoint.frontend.values.sequence_kinds import Mapped, Range, Sequenced
from adjoint.ir import binding
from adjoint.ir.core import Value
from adjoint.ir.types import Array, List, Static

Part = list[Value] | Sequenced
"""Arguments one by one, or a sequence whose length is not known."""


def parts_of(ctx: Context, nodes: Sequence[Any]) -> list[Part]:
    """The expressions of a display or call; what stands after `*` item by item where its length is known."""
    found: list[Part] = []
    for node in nodes:
        if not isinstance(node, gast.Starred):
            found.append([ctx.expression(node)])
            continue
        value = ctx.expression(node.value)
        sequence = sequence_of(ctx, node, value)
        known = None if is_endless(sequence) else known_items(ctx, node, sequence)
        use_up(ctx, value)
        found.append(sequence if known is None else known)
    return found


def display(ctx: Context, node: Any, parts: Sequence[Part]) -> Value:
    """A list from parts, some of them of run-time length."""
    from adjoint.frontend.containers.builtin_functions import list_from_sequence

    lists = []
    for part in parts:
        made = list_from_sequence(ctx, node, part) if isinstance(part, Sequenced) else ctx.new_list(part)
        lists.append(made)
    joined = containers.run_of(ctx, node, lists[0])
    for each in lists[1:]:
        joined = ctx.emit(node, "list_concat", joined, containers.run_of(ctx, node, each))
    return shared(ctx, Run(joined), *lists)


def arguments(ctx: Context, node: Any, function: Value, keywords: Sequence[str], parts: Sequence[Part]) -> list[Value]:
    """The arguments of a call, with one part of run-time length. Refused where their number cannot be checked."""
    from adjoint.frontend.containers.builtin_functions import list_from_sequence

    spread = next((part for part in parts if isinstance(part, Sequenced)), None)
    target = function.type.value if isinstance(function.type, Static) else None
    if spread is None or sum(isinstance(part, Sequenced) for part in parts) > 1:
        raise _refuse(ctx, node, function)
    if target in (builtins.zip, builtins.max, builtins.min) and len(parts) == 1:
        made = list_from_sequence(ctx, node, spread)
        if target is builtins.zip:
            return [handle(Spread(made))]
        _check(
            ctx, node, length_of(ctx, node, sequence_of(ctx, node, made)), 2, "lt", f"{target.__name__} of one number"
        )
        return [made]
    given = sum(len(part) for part in parts if not isinstance(part, Sequenced))
    wanted = _positional_count(ctx, function, keywords) if target is not math.hypot else None  # of any number
    if wanted is None or wanted < given:
        raise _refuse(ctx, node, function)
    text = ctx.captured.source.segment(node.func)
    message = f"{text}() takes {wanted} positional arguments, but another number was given"
    _check(ctx, node, length_of(ctx, node, spread), wanted - given, "ne", message)
    values: list[Value] = []
    for part in parts:
        values += _items(ctx, node, part, wanted - given) if isinstance(part, Sequenced) else part
    return values


def _items(ctx: Context, node: Any, part: Sequenced, count: int) -> list[Value]:
    read = readable(ctx, node, part)
    return [as_value(ctx, node, item_at(ctx, node, read, ctx.const(number))) for number in range(count)]


def _check(ctx: Context, node: Any, length: Value, wanted: int, opcode: str, message: str) -> None:
    """Python's own TypeError where the number of arguments does not fit."""
    from adjoint.frontend.statements import guard

    def fail() -> None:
        ctx.builder.op("raise", [ctx.const(message)], (), {"exception": TypeError, "_text": f"TypeError({message!r})"})

    guard(ctx, ctx.emit(node, opcode, length, ctx.const(wanted)), fail, "unpack")


def _positional_count(ctx: Context, function: Value, keywords: Sequence[str]) -> int | None:
    """How many positional arguments a function takes, if that is one number."""
    thing = object_of(function)
    if isinstance(thing, Bound):
        inner = _positional_count(ctx, thing.function, (*keywords, *thing.keywords))
        return None if inner is None else inner - len(thing.args)
    if isinstance(thing, Closure):
        params = thing.code.captured.params
        plain = [each for each in params if each.name not in keywords]
        fixed = all(each.kind.startswith("positional") and not each.has_default for each in plain)
        return len(plain) if fixed else None
    if not isinstance(function.type, Static):
        return None
    found = binding.definition_of(function.type.value)
    if found is not None and not any("*" in name or "?" in name for name in found[0].operands):
        return len(found[0].operands)
    return _count_of_signature(function.type.value, keywords)


def _count_of_signature(target: Any, keywords: Sequence[str]) -> int | None:
    try:
        every = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):
        return None
    plain = [each for each in every if each.name not in keywords]
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return len(plain) if all(each.kind in kinds and each.default is each.empty for each in plain) else None


def _refuse(ctx: Context, node: Any, function: Value) -> AdjointError:
    return ctx.refuse(
        node,
        f"`*` of a list of run-time length in a call of {spoken(function.type)}",
        why="how many arguments there are is not known before the run",
        fix="pass a tuple or a list of known length, or write the items out",
    )


def transposed(ctx: Context, node: Any, rows: Value) -> Sequenced:
    """`zip(*rows)` of a list of lists or arrays: the columns, as lists."""
    from adjoint.frontend.containers.builtin_functions import box, for_each, list_from_sequence, put, unboxed
    from adjoint.frontend.expressions import compare, conditional

    lines = sequence_of(ctx, node, rows)
    source = lines.source
    item = source.type.item if isinstance(source, Value) and isinstance(source.type, List) else None
    if item is None or not (isinstance(item, List) or (isinstance(item, Array) and item.rank)):
        return _of_tuples(ctx, node, lines)
    shortest = box(ctx, ctx.const(FOREVER))

    def step(inner: Context, row: Value) -> None:
        length = length_of(inner, node, sequence_of(inner, node, row))
        put(inner, shortest, inner.emit(node, "min_of", unboxed(inner, node, shortest), length))

    for_each(ctx, node, lines, step)
    some = compare(ctx, node, gast.Gt(), length_of(ctx, node, lines), ctx.const(0))
    shortest_row = unboxed(ctx, node, shortest)
    count = conditional(ctx, node, some, lambda: shortest_row, lambda: ctx.const(0), "ternary")

    def column(inner: Context, at: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
        def entry(each: Context, where: Any, given: list[Value], named: dict[str, Value]) -> Value:
            return as_value(each, where, item_at(each, where, sequence_of(each, where, given[0]), args[0]))

        return list_from_sequence(inner, at, Sequenced(Mapped(handle(Special("entry", entry)), lines), is_counted=True))

    walked = Sequenced(Range(ctx.const(0), count, ctx.const(1)), is_counted=True)
    return Sequenced(Mapped(handle(Special("column", column)), walked), is_counted=True)


def _of_tuples(ctx: Context, node: Any, lines: Sequenced) -> Sequenced:
    """The columns of a list of tuples: as many as the tuples have items; none where there is no tuple."""
    raise ctx.refuse(
        node,
        "`zip(*rows)` of a list of run-time length whose rows are tuples",
        why="for an empty list there are no columns at all, so their number is not known before the run",
        fix="write the columns out: `[row[0] for row in rows]`",
    )


__all__ = ["arguments", "display", "parts_of", "transposed"]
