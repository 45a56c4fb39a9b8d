"""Sequences whose items are computed from their position, and the helpers of the library's functions on sequences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from adjoint.errors import AdjointError
from adjoint.frontend.containers.builtin_functions import Arguments, Keywords, list_from_sequence
from adjoint.frontend.context import Context
from adjoint.frontend.control.sequences import once, sequence_of, watch
from adjoint.frontend.control.walking import (
    as_value,
    count_of,
    held_cells,
    is_endless,
    item_at,
    items_of,
    watched_in,
)
from adjoint.frontend.expressions import binary
from adjoint.frontend.values.objects import Special, handle
from adjoint.frontend.values.sequence_kinds import Item, Known, Made, Mapped, Range, Sequenced
from adjoint.frontend.values.structures import has_identity
from adjoint.ir.core import Value
from adjoint.ir.types import List, Static, rank_of

MAX_KNOWN = 64


def few(ctx: Context, node: Any, sequence: Sequenced) -> list[Item] | None:
    """The items, when they are known and not many."""
    parts = None if is_endless(sequence) else items_of(ctx, node, sequence)
    return parts if parts is not None and len(parts) <= MAX_KNOWN else None


def is_few(ctx: Context, node: Any, sequence: Sequenced) -> bool:
    """Whether the items are known and not many. Nothing is taken: a function in `map` is not called."""
    count = None if is_endless(sequence) else count_of(ctx, node, sequence)
    return count is not None and count <= MAX_KNOWN


def by_index(
    item: Callable[[Context, Any, Value], Value], length: Value, ctx: Context, *sources: Sequenced
) -> Sequenced:
    """The items that a function computes from their position, each read from the sources when it is its turn."""

    def run(inner: Context, node: Any, args: Arguments, keywords: Keywords) -> Value:
        return item(inner, node, args[0])

    walked = Sequenced(Range(ctx.const(0), length, ctx.const(1)), is_counted=True)
    made = Mapped(handle(Special("position", run)), walked)
    watched = tuple(each for source in sources for each in watched_in(source))
    within = tuple(cell for source in sources for cell in held_cells(source))
    return Sequenced(made, is_counted=True, watched=watched, within=within)


def listed(ctx: Context, items: Sequence[Any], name: str, *sources: Sequenced) -> Value:
    """An iterator over items that are known: values, or tuples of them. They come from the sources."""
    is_tuple = not all(isinstance(item, Value) for item in items)
    return once(ctx, Sequenced(Known(tuple(items), is_tuple), watched=watch(ctx, *sources)), name)


def made_of(
    ctx: Context,
    make: Callable[[Context], Value | Sequenced],
    name: str,
    *sources: Sequenced,
    given: Sequence[Value] = (),
) -> Value:
    """An iterator over what a function makes of the sources when it is asked for; it computes with what is `given`."""
    return once(ctx, Sequenced(Made(make, given=tuple(given)), watched=watch(ctx, *sources)), name)


def snapshot(ctx: Context, node: Any, sequence: Sequenced) -> Sequenced:
    """The items as they are now, whatever happens to their list."""
    source = sequence.source
    if not isinstance(source, Value | Range) or (sequence.backwards and isinstance(source, Value)):
        return sequence_of(ctx, node, list_from_sequence(ctx, node, sequence))
    is_of_things = isinstance(source, Value) and isinstance(source.type, List) and has_identity(source.type.item)
    if is_of_things and ctx.specializations.chooses and sequence.cell is not None and sequence.moves is not None:
        return replace(sequence, is_fixed=True, watched=())
    if isinstance(source, Value) and rank_of(source.type) == 1:
        source = ctx.builder.emit("getitem", ctx.builder.emit("tuple", source), index=0)  # a value with no place
    return replace(sequence, source=source, cell=None, moves=None, watched=())


def at_position(ctx: Context, node: Any, sequence: Sequenced, index: Value) -> Value:
    """The item at a position, as one value."""
    return as_value(ctx, node, item_at(ctx, node, sequence, index))


def shifted(ctx: Context, node: Any, left: Value, right: int) -> Value:
    """A position further on."""
    if right < 0:
        return binary(ctx, node, "sub", left, ctx.const(-right))
    return binary(ctx, node, "add", left, ctx.const(right)) if right else left


def call(ctx: Context, node: Any, function: Value, args: list[Value], text: str) -> Value:
    """Call a function."""
    from adjoint.frontend.calls.calls import call_value

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
