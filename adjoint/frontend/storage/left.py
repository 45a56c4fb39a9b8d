"""What a function leaves in the arrays that it was given, for a derivative that leaves the same in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from adjoint.errors import UnsupportedConstruct
from adjoint.frontend.context import Context, Return
from adjoint.frontend.values.objects import Cell, Contents, Items, Mem, object_of
from adjoint.ir.core import Function, Value
from adjoint.ir.types import List, Tuple, Type, rank_of

if TYPE_CHECKING:
    from adjoint.frontend.specialize import Entry


def kept(
    ctx: Context, entry: Entry, returns: Sequence[Return], changed: Sequence[int], before: Mapping[Cell, Contents]
) -> list[int]:
    """The arrays among the arguments, by number, that the function writes into. Refused for other containers."""
    arrays = []
    for number in changed:
        cell = ctx.parameters[number]
        held = before.get(cell)
        if isinstance(held, Mem):
            arrays.append(number)
        elif not all(_holds_the_same(held, each.heap.get(cell)) for each in returns):
            name = ctx.captured.params[ctx.owners[number]].name
            raise UnsupportedConstruct(
                f"{ctx.captured.name}() changes {name!r}, which is no array, and is differentiated with inplace_primal",
                place=ctx.captured.source.place(ctx.captured.source.node),
                why="a list, dict or object that the function changes is a copy in its derivative",
                fix="leave `inplace_primal` out, or write into arrays only",
            )
    ways = dict(_ways(ctx, before, entry.function))
    entry.function.left = tuple(ways[ctx.parameters[number]] for number in arrays)
    return arrays


def _holds_the_same(before: Contents | None, after: Contents | None) -> bool:
    """Whether a container still holds the same things (arrays among them may have been written into)."""
    if not isinstance(before, Items) or not isinstance(after, Items):
        return False
    if before.layout != after.layout or len(before.slots) != len(after.slots):
        return False
    return all(a is b or object_of(a) is object_of(b) is not None for a, b in zip(before.slots, after.slots))


def _ways(ctx: Context, before: Mapping[Cell, Contents], function: Function) -> Iterator[tuple[Cell, tuple[int, ...]]]:
    """The arguments' cells, each with the way to it: the position of the argument, then those of items."""
    own = [before.get(cell) for cell in ctx.parameters]
    inner = {cell for held in own if isinstance(held, Items) for cell, _ in _cells_in(held.slots, ())}
    outer = [(cell, ctx.owners[number]) for number, cell in enumerate(ctx.parameters) if cell not in inner]
    rest = {owner: _arrays_in(function.args[owner].type, (owner,)) for _, owner in outer}
    pending = [(cell, next(rest[owner], (owner,))) for cell, owner in outer]
    while pending:
        cell, way = pending.pop()
        yield cell, way
        held = before.get(cell)
        pending += _cells_in(held.slots, way) if isinstance(held, Items) else ()


def _cells_in(slots: Sequence[Any], way: tuple[int, ...]) -> Iterator[tuple[Cell, tuple[int, ...]]]:
    """What stands in the slots of a container, also in tuples there, each with the way to it."""
    for number, slot in enumerate(slots):
        thing = object_of(slot)
        if isinstance(thing, Cell):
            yield thing, (*way, number)
        elif isinstance(slot, Value) and slot.op is not None and slot.op.opcode == "tuple":
            yield from _cells_in(slot.op.operands, (*way, number))


def _arrays_in(t: Type, way: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """The ways to the arrays and lists in a tuple; to what is no tuple, or stands for a container, the way itself."""
    if not isinstance(t, Tuple) or (t.layout is not None and t.layout.kind != "named"):
        yield way
        return
    for number, item in enumerate(t.items):
        if isinstance(item, Tuple | List) or rank_of(item):
            yield from _arrays_in(item, (*way, number))
