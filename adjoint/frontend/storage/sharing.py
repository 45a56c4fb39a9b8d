"""Which arrays and containers a value leads to, and which of them lie in one memory."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from adjoint.errors import AdjointError, AliasNotProvable
from adjoint.frontend.storage import chosen, chosen_containers, memory
from adjoint.frontend.storage.memory import freeze_root, keep, root, roots, spoken
from adjoint.frontend.values.objects import (
    BOX,
    Because,
    Bound,
    Cell,
    Choice,
    Closure,
    Contents,
    Items,
    Mem,
    Optional,
    Run,
    handle,
    object_of,
)
from adjoint.ir.core import Value
from adjoint.ir.types import Tuple

if TYPE_CHECKING:
    from adjoint.frontend.storage.store import Store


def may_share(ctx: Store, value: Value, others: Sequence[Cell], text: str, is_of_containers: bool = False) -> None:
    """What a call has returned may be in the memory of others, or of each other: none of that can be written now.

    `is_of_containers`: dicts, objects and lists of known length may be one as well.
    """
    names = [spoken(cell) for each in others for cell in arrays_in(ctx.heap, handle(each)) if cell.hint is not None]
    names = names or [repr(name) for name, held in ctx.env.items() if name.isidentifier() and _leads(ctx, held, others)]
    known = " and ".join(dict.fromkeys(names))
    fix = f"copy what it returns: `{text}(...).copy()`" if memory.is_array(value) else ""
    told = f"what `{text}` returned may share memory with {known or 'an array that it was given'}"
    why = Because(told.replace("{", "{{").replace("}", "}}"), (), way_out=fix)
    made, given = keep(ctx, value), [handle(each) for each in others]
    is_read_only = not is_of_containers and all(is_array_in(ctx.heap, each) for each in others)
    ctx.read_among(made, given, why)  # read-only arrays: the others may change when it is read no more
    for held in [made] if is_read_only else [made, *given]:
        for cell in cells_in(ctx.heap, held):
            if is_array_in(ctx.heap, cell):
                freeze_root(ctx, cell, why)
                ctx.freeze(cell, why)
            elif is_of_containers or isinstance(ctx.heap.get(cell), Run):
                ctx.freeze(cell, why)
    for cell in cells_in(ctx.heap, made):  # a copy of a list has its items
        for each in others if isinstance(ctx.heap.get(cell), Run) else ():
            if isinstance(ctx.contents(each), Run):
                ctx.may_hold(cell, each)


def _leads(ctx: Store, held: Any, cells: Sequence[Cell]) -> bool:
    return any(cell in cells for cell in cells_in(ctx.heap, held))


def is_known_after(ctx: Store, node: Any, cell: Cell) -> bool:
    """Whether anything leads to an array or container that a call was given, behind the statement with the call."""
    from adjoint.frontend.values.structures import mentions

    call, names = ctx.rebinding
    env = {name: held for name, held in ctx.env.items() if call is not node or name not in names}
    held = [*env.values(), *(slot for items in ctx.heap.values() if isinstance(items, Items) for slot in items.slots)]
    return any(each in ctx.parameters or any(mentions(value, each) for value in held) for each in roots(cell))


def arrays_in(heap: Mapping[Cell, Contents], value: Any) -> Iterator[Cell]:
    """The arrays in a value, by their cells; a list of run-time length takes care of its own."""
    for cell in cells_in(heap, value):
        if is_array_in(heap, cell):
            yield cell


def is_array_in(heap: Mapping[Cell, Contents], cell: Cell) -> bool:
    """Whether a cell is an array, a view of one or one of several; not an item of a list of run-time length."""
    is_one = cell.held is not None and not chosen_containers.is_of_containers(heap, cell)
    return isinstance(heap.get(cell), Mem) or cell.view is not None or is_one


def cells_in(heap: Mapping[Cell, Contents], value: Any) -> Iterator[Cell]:
    """The arrays and containers in a value."""
    seen: set[Cell] = set()
    pending = [value]
    while pending:
        held = pending.pop()
        if not isinstance(held, Value):
            continue
        cell = object_of(held)
        if isinstance(cell, Closure | Bound | Optional | Choice):
            pending += parts_of_object(cell)
        elif isinstance(cell, Cell) and cell not in seen:
            seen.add(cell)
            contents = heap.get(cell)
            pending += contents.slots if isinstance(contents, Items) else ()
            yield cell
        elif isinstance(held.type, Tuple) and held.op is not None and held.op.opcode == "tuple":
            pending += held.op.operands


def containers_in(
    heap: Mapping[Cell, Contents], bindings: Iterable[Any], closed: Container[Cell] = ()
) -> Iterator[Cell]:
    """The containers that bindings (or contents) lead to; not through those that are `closed`."""
    seen: set[Cell] = set()
    pending = list(bindings)
    while pending:
        held = pending.pop()
        thing = object_of(held)
        if isinstance(held, Items):
            pending += held.slots
        elif isinstance(thing, Closure | Bound | Optional | Choice):
            pending += parts_of_object(thing)
        elif isinstance(thing, Cell) and thing not in seen:
            seen.add(thing)
            yield thing
            pending += [heap.get(thing)] if thing not in closed else []
        elif isinstance(held, Value) and held.op is not None and held.op.opcode == "tuple":
            pending += held.op.operands


def overlap(ctx: Store, one: Value, other: Value) -> bool:
    """Whether two values are arrays that lie, or may lie, in one memory."""
    cells = ctx.places.get(one), ctx.places.get(other)
    return cells[0] is not None and cells[1] is not None and bool(memory.roots(cells[0]) & memory.roots(cells[1]))


def check_overlap(ctx: Store, node: Any, base: Value, value: Value, exact: bool = True) -> None:
    """Refuse a store of a part of the array, as NumPy does without a copy: it reads what it has just written.

    With `exact`, all of the array itself may be stored: each element then stays where it is.
    """
    if overlap(ctx, base, value) and (ctx.places[value].base is not None or not exact):
        raise refuse_overlap(ctx, node, base)


def refuse_overlap(ctx: Store, node: Any, base: Value) -> AdjointError:
    """The refusal of a store of a part of an array into another part of it."""
    return ctx.refuse(
        node,
        f"a part of {memory.called(ctx, [memory.root(ctx.places[base])])} is stored into another part of it",
        why="NumPy makes no copy first here, so elements may be read that have just been written",
        fix="store a copy: `.copy()`",
        kind=AliasNotProvable,
    )


def keep_as_is(ctx: Store, values: Iterable[Value], why: str) -> None:
    """From now on the arrays and containers in values can only be read, here and where they came from."""
    for cell in containers_in(ctx.heap, values):
        held = ctx.heap.get(cell)
        if not isinstance(held, Items) or held.layout != BOX:
            ctx.freeze(cell, why)
            ctx.escaped.update(memory.roots(cell))


def entangled(ctx: Store, values: Sequence[Value]) -> dict[Cell, list[Cell]]:
    """The arrays among the arguments of a call that lie in one memory, by the array or list that they lie in."""
    by_root: dict[Cell, list[Cell]] = {}
    found = [cell for value in values for cell in cells_in(ctx.heap, value)]
    items = [item for one in doubled(ctx, values) for item in memory.items_held(one)]
    for cell in dict.fromkeys([*found, *(cell for item in items for cell in cells_in(ctx.heap, handle(item)))]):
        by_root.setdefault(root(cell), []).append(cell)
    return {cell: group for cell, group in by_root.items() if len(group) > 1}


def doubled(ctx: Store, values: Sequence[Value]) -> list[Cell]:
    """The arrays among the arguments of a call, each one of several, that may be or share memory with another one.

    Containers that are one of several may hold such arrays.
    """
    cells = list(dict.fromkeys(cell for value in values for cell in cells_in(ctx.heap, value)))
    ones = {cell: chosen.below(ctx, cell) for cell in cells}
    found: dict[Cell, None] = {}
    for cell, one in ones.items():
        if one is None:
            continue
        others = (other for other in cells if other is not cell)
        is_container = chosen_containers.is_of_containers(ctx.heap, one)
        if is_container or any(memory.roots(one) & memory.roots(other) for other in others):
            found[one] = None
    return list(found)


def parts_of_object(thing: Closure | Bound | Optional | Choice) -> list[Value]:
    """The values that an object of the front end leads to."""
    if isinstance(thing, Closure):
        return list(thing.taken.values())
    if isinstance(thing, Bound):
        return [thing.function, *thing.args, *thing.keywords.values()]
    return [thing.value] if isinstance(thing, Optional) else [thing.then, thing.orelse]
