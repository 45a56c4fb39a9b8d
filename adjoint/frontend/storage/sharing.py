"""Which arrays and containers a value leads to, and which of them lie in one memory."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from adjoint.frontend.storage.memory import bases, freeze_root, keep, root, spoken
from adjoint.frontend.values.objects import (
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
    why = f"what `{text}` returned may share memory with {known or 'another part of it'}"
    for held in [keep(ctx, value), *map(handle, others)]:
        for cell in cells_in(ctx.heap, held):
            if isinstance(ctx.heap.get(cell), Mem) or cell.view is not None:
                freeze_root(ctx, cell, why)
                ctx.freeze(cell, why)
            elif is_of_containers or isinstance(ctx.heap.get(cell), Run):
                ctx.freeze(cell, why)


def _leads(ctx: Store, held: Any, cells: Sequence[Cell]) -> bool:
    return any(cell in cells for cell in cells_in(ctx.heap, held))


def is_known_after(ctx: Store, node: Any, cell: Cell) -> bool:
    """Whether anything leads to an array or container that a call was given, behind the statement with the call."""
    from adjoint.frontend.values.structures import mentions

    call, names = ctx.rebinding
    env = {name: held for name, held in ctx.env.items() if call is not node or name not in names}
    held = [*env.values(), *(slot for items in ctx.heap.values() if isinstance(items, Items) for slot in items.slots)]
    return root(cell) in ctx.parameters or any(mentions(each, root(cell)) for each in held)


def arrays_in(heap: Mapping[Cell, Contents], value: Any) -> Iterator[Cell]:
    """The arrays in a value, by their cells; a list of run-time length takes care of its own."""
    for cell in cells_in(heap, value):
        if isinstance(heap.get(cell), Mem) or cell.view is not None:
            yield cell


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


def memory_of(ctx: Store, cell: Cell) -> set[Cell]:
    """The array or list that an array lies in; of one at a position of the run, every array that it may be, too."""
    late = [slot for each in bases(cell) if each.held is not None for slot in each.held.slots]
    return {root(cell), *(root(each) for slot in late for each in arrays_in(ctx.heap, slot))}


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


def entangled(ctx: Store, values: Sequence[Value]) -> dict[Cell, list[Cell]]:
    """The arrays among the arguments of a call that lie in one memory, by the array or list that they lie in."""
    by_root: dict[Cell, list[Cell]] = {}
    for cell in {cell: None for value in values for cell in cells_in(ctx.heap, value)}:
        by_root.setdefault(root(cell), []).append(cell)
    return {cell: group for cell, group in by_root.items() if len(group) > 1}


def parts_of_object(thing: Closure | Bound | Optional | Choice) -> list[Value]:
    """The values that an object of the front end leads to."""
    if isinstance(thing, Closure):
        return list(thing.taken.values())
    if isinstance(thing, Bound):
        return [thing.function, *thing.args, *thing.keywords.values()]
    return [thing.value] if isinstance(thing, Optional) else [thing.then, thing.orelse]
