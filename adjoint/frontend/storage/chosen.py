"""Arrays that are one of several, by a number that the run knows: `rows[k]`, `a if c else b`, names that are exchanged.

    v = a if c else b                         place = 0 if c else 1
    v[1:] = v[:-1] * x        ->              t = a[:-1] if place == 0 else b[:-1]
    return a + b                              if place == 0:
                                                  a[1:] = t * x
                                              else:
                                                  b[1:] = t * x
                                              return a + b

Such an array is a cell with the arrays that it may be in `held`, and its number among them in `index`. A function is
lowered in this way when it is refused otherwise: what is only read needs no such tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from adjoint.errors import AdjointError, AliasNotProvable
from adjoint.frontend.storage import memory
from adjoint.frontend.values.objects import LIST, Cell, Conflict, Contents, Items, Mem, handle
from adjoint.ir.core import Region, Value, const_of, is_const
from adjoint.ir.types import UNDEF, JoinError, Type, join

if TYPE_CHECKING:
    from adjoint.frontend.control.ends import End
    from adjoint.frontend.storage.store import Store

MAX = 16


def one_of(items: Sequence[Cell], index: Value) -> Cell:
    """The array that is one of these, no two of which are one. The number is surely that of one, from the start."""
    return items[0] if len(items) == 1 else Cell(base=Cell(), index=index, held=Items(LIST, tuple(map(handle, items))))


def at_position(
    ctx: Store, node: Any, items: Sequence[Cell], position: Value, *, is_there: bool = False
) -> Cell | None:
    """The array at a position in a list of these; None where they are too many.

    The position may count from the end, or be none at all, unless it `is_there`.
    """
    cells = list(dict.fromkeys(items))
    if not ctx.specializations.chooses or len(cells) > MAX:
        return None
    index = position if is_there else _from_start(ctx, node, position, len(items))
    if len(cells) < len(items):
        numbers = ctx.builder.emit("list", *(ctx.const(cells.index(item)) for item in items))
        index = ctx.emit(node, "index", numbers, index, spec=("int",))
    return one_of(cells, index)


def _from_start(ctx: Store, node: Any, position: Value, count: int) -> Value:
    """The position from the start of the list; IndexError where it is none."""
    from adjoint.frontend.expressions import conditional
    from adjoint.frontend.statements import guard

    here: Any = ctx
    divisor = position.op.operands[1] if position.op is not None and position.op.opcode == "mod" else None
    if divisor is not None and is_const(divisor) and 0 < const_of(divisor) <= count:
        return position
    is_over = ctx.emit(node, "ge", position, ctx.const(count))
    is_under = ctx.emit(node, "lt", position, ctx.const(-count))
    is_out = conditional(here, node, is_over, lambda: is_over, lambda: is_under, "or")

    def fail() -> None:
        text = "list index out of range"
        ctx.builder.op("raise", [ctx.const(text)], (), {"exception": IndexError, "_text": f"IndexError({text!r})"})

    guard(here, is_out, fail, "index")
    return ctx.emit(node, "mod", position, ctx.const(count))


def below(ctx: Store, cell: Cell | None) -> Cell | None:
    """What a cell is, or is a view of, that is one of several arrays."""
    if cell is None or not ctx.specializations.chooses:
        return None
    one = memory.lies_in(cell)
    return one if one.held is not None and len(memory.items_held(one)) <= MAX else None


def place_among(ctx: Store, node: Any, cell: Cell, number: Callable[[Cell], int | None], count: int) -> Value:
    """The number that an array has among so many others, or how many they are where it is none of them."""
    found, (one, own) = number(cell), told_apart(ctx, cell)
    if found is not None or one is None:
        return ctx.const(count if found is None else found)
    if one.index is not None and [number(each) for each in own] == list(range(count)):
        return one.index

    def part(item: Cell) -> Value:
        return place_among(ctx, node, _moved(cell, one, item), number, count)

    return _selected(ctx, node, one, _numbered(one), part)


def told_apart(ctx: Store, cell: Cell) -> tuple[Cell | None, list[Cell]]:
    """What a cell is, or is a view of, that is one of several arrays, and what the cell is then in each case."""
    one = below(ctx, cell)
    return one, [_moved(cell, one, item) for item in memory.items_held(one)] if one is not None else []


def value_at(ctx: Store, one: Cell, values: Sequence[Value]) -> Value:
    """That of several values which has the number of the array."""
    held = memory.items_held(one)
    return _selected(ctx, None, one, _numbered(one), lambda item: values[held.index(item)])


# -- reading


def read(ctx: Store, heap: Mapping[Cell, Contents], cell: Cell, one: Cell) -> Contents:
    """What a cell holds that is, or is a view of, one of several arrays."""
    from adjoint.frontend.storage import chosen_containers

    items = memory.items_held(one)
    if not all(memory.is_in(heap, item) for item in items):
        return Conflict(UNDEF, UNDEF)
    key = _key(ctx, heap, cell, one)
    if cell is one and chosen_containers.is_of_containers(heap, one):
        if key not in ctx.known:
            ctx.known[key] = chosen_containers.read(ctx, heap, one)
        held: Contents = ctx.known[key]  # the same slots until something changes
        return held

    def part(item: Cell) -> Value:
        array = ctx.contents_in(heap, _moved(cell, one, item))
        if not isinstance(array, Mem):
            raise unknown(ctx, None, item)
        return array.value

    value = ctx.known.get(key)
    if value is None:
        value = _selected(ctx, None, one, _numbered(one), part)
    if heap is ctx.heap:
        ctx.known[key] = value
    return Mem(value)


def read_part(
    ctx: Store, node: Any, one: Cell, opcode: str, operands: Sequence[Value], attrs: Mapping[str, Any]
) -> Value:
    """An operation on what has been read from one of several arrays: done to that which it is."""
    cell = ctx.places[operands[0]]

    def part(item: Cell) -> Value:
        base = memory.load(ctx, node, handle(_moved(cell, one, item)))
        return ctx.emit(node, opcode, base, *operands[1:], **attrs)

    value = _selected(ctx, node, one, _numbered(one), part)
    memory.note(ctx, opcode, operands, value, attrs)
    if value in ctx.places:
        ctx.known[_key(ctx, ctx.heap, ctx.places[value], one)] = value
    return value


def _key(ctx: Store, heap: Mapping[Cell, Contents], cell: Cell, one: Cell) -> tuple[Any, ...]:
    """What tells whether an array has been read here, as it is now."""
    roots = sorted(memory.roots(one), key=lambda each: each.serial)
    return (ctx.builder.region, cell, *map(heap.get, roots))


def _selected(ctx: Store, node: Any, one: Cell, rest: Sequence[_Numbered], part: Callable[[Cell], Value]) -> Value:
    """Something of each array, where it is that one."""
    item, place = rest[0]
    if len(rest) == 1:
        return part(item)
    condition, regions = _is_at(ctx, node, one, place), [Region(), Region()]
    values: list[Value] = []
    for region in regions:
        with ctx.inside(region):
            values.append(_selected(ctx, node, one, rest[1:], part) if values else part(item))
            ctx.builder.terminate("yield", values[-1])
    t = _joined(ctx, node, item, [value.type for value in values])
    return ctx.builder.op("if", [condition], [t], {"_sugar": "ternary"}, regions).result


def _joined(ctx: Store, node: Any, item: Cell, types: Sequence[Type]) -> Type:
    try:
        return join(*types)
    except JoinError:
        raise unknown(ctx, node, item) from None


def unknown(ctx: Store, node: Any, item: Cell) -> AdjointError:
    return ctx.refuse(
        node,
        f"{memory.called(ctx, [item])} and others have no common type, and which of them is meant is known at run time",
        why="what is computed from them has one type",
        fix="use arrays of one kind and shape",
        kind=AliasNotProvable,
    )


# -- storing


def on_each(ctx: Store, node: Any, cell: Cell, one: Cell, do: Callable[[Cell], None]) -> None:
    """Change that which a cell is, or is a view of, where it is that one."""
    for each in memory.ways(cell):
        ctx.check_free(node, each, is_array=True)
        if each is one:
            break
    _on_rest(ctx, node, one, _numbered(one), lambda item: do(_moved(cell, one, item)))


def _on_rest(ctx: Store, node: Any, one: Cell, rest: Sequence[_Numbered], do: Callable[[Cell], None]) -> None:
    from adjoint.frontend.control.ends import MergeEnd, branch
    from adjoint.frontend.control.meetings import merge

    here: Any = ctx
    item, place = rest[0]
    if len(rest) == 1:
        do(item)
        return

    def first(end: End) -> None:
        do(item)
        end.fall(here)

    def others(end: End) -> None:
        _on_rest(ctx, node, one, rest[1:], do)
        end.fall(here)

    condition = _is_at(ctx, node, one, place)
    sides = [branch(here, first, MergeEnd(), condition, True), branch(here, others, MergeEnd(), condition, False)]
    merge(here, condition, sides, [])


def _moved(cell: Cell, one: Cell, item: Cell) -> Cell:
    """The cell, with an item in the place of what may be it."""
    if cell is one:
        return item
    assert cell.base is not None
    return Cell(cell.hint, base=_moved(cell.base, one, item), view=replace(cell.view, base=None, value=None))


# -- which it is

_Numbered = tuple[Cell, int]
"""An array, and its number."""


def _numbered(one: Cell) -> list[_Numbered]:
    """The arrays that it may be; where a condition decides, the one where it holds first."""
    found = [(item, place) for place, item in enumerate(memory.items_held(one))]
    decided = _decided(one.index)
    return sorted(found, key=lambda each: decided[1] != each[1]) if decided is not None else found


def _is_at(ctx: Store, node: Any, one: Cell, place: int) -> Value:
    """Whether the number is this one."""
    assert one.index is not None
    decided = _decided(one.index)
    if decided is not None and decided[1] == place != decided[2]:
        return decided[0]
    return ctx.emit(node, "eq", one.index, ctx.const(place))


def _decided(index: Value | None) -> tuple[Value, int, int] | None:
    """The condition that decides which of two numbers it is, the number where it holds, and the other."""
    op = index.op if index is not None else None
    if op is None or index is None or op.opcode != "if" or any(r.terminator.opcode != "yield" for r in op.regions):
        return None
    ends = [region.terminator.operands[op.results.index(index)] for region in op.regions]
    return (op.operands[0], const_of(ends[0]), const_of(ends[1])) if all(map(is_const, ends)) else None
