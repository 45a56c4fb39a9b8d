"""Sequences whose items are computed from their position, and the helpers of the library's functions on sequences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from adjoint.errors import AdjointError
from adjoint.frontend.builtin_functions import Arguments, Keywords
from adjoint.frontend.context import Context
from adjoint.frontend.expressions import binary
from adjoint.frontend.objects import Special, handle
from adjoint.frontend.sequences import (
    Item,
    Known,
    Mapped,
    Range,
    Sequenced,
    as_value,
    by_position,
    indexable,
    is_endless,
    item_at,
    items_of,
    once,
)
from adjoint.ir.core import Value
from adjoint.ir.types import Static

MAX_KNOWN = 64


def few(ctx: Context, node: Any, sequence: Sequenced) -> list[Item] | None:
    """The items, when they are known and not many."""
    parts = None if is_endless(sequence) else items_of(ctx, node, sequence)
    return parts if parts is not None and len(parts) <= MAX_KNOWN else None


def by_index(item: Callable[[Context, Any, Value], Value], length: Value, ctx: Context) -> Sequenced:
    """The items that a function computes from their position."""

    def run(inner: Context, node: Any, args: Arguments, keywords: Keywords) -> Value:
        return item(inner, node, args[0])

    walked = Sequenced(Range(ctx.const(0), length, ctx.const(1)), is_counted=True)
    return Sequenced(Mapped(handle(Special("position", run)), walked), is_counted=True)


def at_position(ctx: Context, node: Any, sequence: Sequenced, index: Value) -> Value:
    """The item at a position, as one value."""
    return as_value(ctx, node, item_at(ctx, node, sequence, index))


def readable(ctx: Context, node: Any, sequence: Sequenced) -> Sequenced:
    """The sequence as one that can be read at any position."""
    return indexable(ctx, node, by_position(ctx, node, sequence))


def shifted(ctx: Context, node: Any, left: Value, right: int) -> Value:
    """A position further on."""
    if right < 0:
        return binary(ctx, node, "sub", left, ctx.const(-right))
    return binary(ctx, node, "add", left, ctx.const(right)) if right else left


def listed(ctx: Context, items: Sequence[Any], name: str) -> Value:
    """An iterator over items that are known: values, or tuples of them."""
    return once(ctx, Sequenced(Known(tuple(items))), name)


def call(ctx: Context, node: Any, function: Value, args: list[Value], text: str) -> Value:
    """Call a function."""
    from adjoint.frontend.calls import call_value

    return call_value(ctx, node, function, args, {}, text)


def is_none(value: Value | None) -> bool:
    """Whether an argument is not given, or None."""
    return value is None or (isinstance(value.type, Static) and value.type.value is None)


def refuse_endless(ctx: Context, node: Any, name: str) -> AdjointError:
    """The refusal of a function that would make all items of a sequence without end."""
    return ctx.refuse(
        node,
        f"`{name}` of a sequence without end",
        why="its items are made one after another until a condition fails",
        fix="write the loop out: `for k in itertools.count(): ... break`",
    )
