"""Lists, dicts and tuples as the front end runs them: reading, storing and deleting items, joining, comparing.

What is known of a container decides the form: with a known length its items are variables of the program, with a
run-time length it is a value of the IR and every change makes a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast

from adjoint.errors import AdjointError, ShapeAssumption
from adjoint.frontend.containers.shared_items import shared
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.storage import memory, run_time_items
from adjoint.frontend.storage.overlaps import check_order
from adjoint.frontend.storage.sharing import check_overlap
from adjoint.frontend.values import constants
from adjoint.frontend.values.objects import LIST, Cell, Items, Run, handle, object_of
from adjoint.frontend.values.optionals import present, resolved
from adjoint.frontend.values.structures import has_object, is_open
from adjoint.ir.core import Value
from adjoint.ir.types import (
    UNDEF,
    Array,
    Handle,
    JoinError,
    List,
    Static,
    Tuple,
    Undef,
    dtype_of,
    item_of,
    rank_of,
)


def cell_of(value: Value, *kinds: str) -> Cell | None:
    """The container that a value stands for, if it is one (of these kinds; a list of run-time length is a list)."""
    thing = object_of(value)
    return thing if isinstance(thing, Cell) else None


def kind_of(ctx: Context, node: Any, value: Value) -> str | None:
    """list, dict, record or box for a container, else None."""
    cell = cell_of(value)
    if cell is None:
        return None
    held = ctx.seen(node, cell)
    return "list" if isinstance(held, Run) else held.layout.kind


def items(ctx: Context, node: Any, value: Value) -> list[Value] | None:
    """The items of a tuple or of a list of known length; None for anything else."""
    if isinstance(value.type, Tuple):
        return [adopted(ctx, part) for part in ctx.parts(value)]
    cell = cell_of(value)
    held = ctx.seen(node, cell) if cell is not None else None
    if cell is None or not isinstance(held, Items) or held.layout.kind != "list":
        return None
    return ctx.each_slot(node, cell, held)


def adopted(ctx: Context, value: Value) -> Value:
    """An item of a value of the IR: a container in it gets an identity of its own, and can only be read."""
    if not is_open(value.type):
        return value
    made = ctx.adopt(value)
    if not has_object(value.type):
        freeze_new(ctx, made, "it is an item of a container that was made elsewhere")
    return made


def freeze_new(ctx: Context, made: Value, why: str) -> None:
    """A container that has just been read, and arrays in it: where else they are is not known."""
    cell = cell_of(made)
    if cell is not None:
        cell.frozen = why
    held = ctx.contents(cell) if cell is not None else None
    slots = held.slots if isinstance(held, Items) else made.op.operands if has_object(made.type) and made.op else ()
    for slot in slots:
        if isinstance(slot, Value) and has_object(slot.type):
            freeze_new(ctx, slot, why)


def run_of(ctx: Context, node: Any, value: Value, asks: Sequence[Value] = ()) -> Value:
    """A list or tuple as a list of run-time length. Refused when its items have no common type."""
    held: Any = ctx.seen(node, value.type.object) if isinstance(value.type, Handle) else None
    if isinstance(held, Run):
        return held.value
    if isinstance(value.type, List):
        return value
    parts = items(ctx, node, value)
    if parts is not None:
        return list_value(ctx, node, parts, asks)
    raise ctx.refuse(node, f"{spoken(value.type)} is used as a list", why="it is none", fix="use a list")


def list_value(ctx: Context, node: Any, parts: Sequence[Value], asks: Sequence[Value] = ()) -> Value:
    """A list of run-time length from its items. Refused when they have no common type, unless `asks` are known."""
    written = [ctx.written(node, part) for part in parts]
    try:
        t = item_of(Tuple(tuple(part.type for part in written)))
        if isinstance(t, Static) or has_object(t):
            raise JoinError("objects have no common type")
    except JoinError as error:
        raise ctx.refuse(
            node,
            "a list with items of different kinds is used where only the run decides which item is meant",
            why=str(error),
            fix="keep items of one kind in a list, or index it with numbers known before the run",
            asks=asks,
            kind=ShapeAssumption,
        ) from None
    value = ctx.builder.emit("list", *written)
    return value


def viewed(ctx: Context, value: Value, cell: Cell | None, index: Value, moves: int, size: int | None = None) -> Value:
    """An item read from a list of run-time length, as the program sees it. `size`: the index may be negative."""
    if memory.is_array(value) and cell is not None:
        ctx.places[value] = Cell(cell.hint, base=cell, index=index, moves=moves, size=size)
        return value
    if not is_open(value.type):
        return value
    if isinstance(value.type, Tuple) and (value.type.layout is None or value.type.layout.kind == "named"):
        return adopted(ctx, value)
    made = Cell(cell.hint if cell is not None else None, base=cell, index=index, moves=moves, size=size)
    if cell is None:
        return adopted(ctx, value)
    return handle(made)


# -- reading


def read_item(ctx: Context, node: Any, base: Value, index_node: Any) -> Value:
    """`base[index]` of a tuple, list or dict."""
    if isinstance(index_node, gast.Slice):
        return _slice(ctx, node, base, index_node)
    index = ctx.expression(index_node)
    return item_at(ctx, node, base, index)


def item_at(ctx: Context, node: Any, base: Value, index: Value) -> Value:
    """The item at an index or key that has been computed."""
    index = resolved(ctx, index)
    unknown = next((each for each in (base, index) if isinstance(each.type, Undef)), None)
    if unknown is not None:
        return ctx.blocked(unknown)
    cell = cell_of(base)
    held = ctx.seen(node, cell) if cell is not None else None
    if isinstance(held, Run):
        position = integer(ctx, node, index)
        value = ctx.emit(node, "index", held.value, position, spec=("int",))
        is_from_start = ctx.is_static(position) and ctx.static(position) >= 0
        return viewed(ctx, value, cell, position, held.moves, None if is_from_start else held.size)
    if isinstance(held, Items) and held.layout.kind == "dict":
        assert cell is not None
        if index in ctx.possible:
            return constants.chosen(ctx, node, index, lambda each: item_at(ctx, node, base, each))
        number = _key(ctx, node, held, index)
        return ctx.slot(node, cell, held, number)
    if isinstance(held, Items) and held.layout.kind != "list":
        raise ctx.refuse(node, f"{cell} has no items", why="it is an object", fix="read an attribute")
    parts = items(ctx, node, base)
    if parts is None:
        raise ctx.refuse(
            node,
            f"an item of {spoken(base.type)} is read",
            why="it is gone through, not read by an index",
            fix="make a list of it first, or index the array: `a.flat[0]`",
        )
    if not ctx.is_static(index):
        return _item_at_run_time(ctx, node, base, integer(ctx, node, index), parts)
    position = ctx.static(index)
    if not isinstance(position, int):
        raise ctx.refuse(node, f"{position!r} is used as an index", why="it takes an int", fix="use an int")
    if not -len(parts) <= position < len(parts):
        raise ctx.refuse(
            node,
            f"index {position} is out of range for {len(parts)} items",
            why="Python would raise IndexError",
            raises=IndexError,
            fix="use an index that is there",
            kind=ShapeAssumption,
        )
    return parts[position]


def _item_at_run_time(ctx: Context, node: Any, base: Value, index: Value, parts: Sequence[Value]) -> Value:
    """One of several items known now, by a position known at run time."""
    if isinstance(base.type, Tuple) and not parts:
        raise ctx.refuse(node, "an item of an empty tuple is read", why="it has none", fix="check its length")
    found = run_time_items.at_place(ctx, node, index, parts)
    if found is not None:
        return found
    if run_time_items.made_long(ctx, node, cell_of(base)):
        return item_at(ctx, node, base, index)
    value = ctx.emit(node, "index", list_value(ctx, node, parts, (index,)), index, spec=("int",))
    base_cell = cell_of(base)
    if memory.is_array(value):
        run_time_items.place_late(ctx, value, base_cell, index, parts)
        things = [ctx.places.get(part, object_of(part)) for part in parts]
        in_lists = [each for each in things if isinstance(each, Cell) and each.base is not None and each.view is None]
        if base_cell is None and in_lists:
            held = [handle(each) for each in things if isinstance(each, Cell)]
            ctx.read_among(handle(ctx.places[value]), held)  # items of a list, which are read with it
    if not is_open(value.type):
        return value
    made = ctx.adopt(value)
    source = f" of {base_cell}" if base_cell is not None else ""
    freeze_new(ctx, made, f"which item{source} it is is known at run time only")
    ctx.read_among(made, parts)
    run_time_items.note_position(ctx, made, parts, index, is_from_start=False)
    return made


def _key(ctx: Context, node: Any, held: Items, index: Value) -> int:
    """The slot of a key. A key that is not there is Python's own KeyError."""
    if not ctx.is_static(index):
        raise ctx.refuse(
            node,
            "a dict is read at a key that is not known before the run",
            why="which item is meant decides the program",
            fix="use a list with positions, or compare the key: `if key == ...`",
            asks=(index,),
        )
    key = ctx.static(index)
    number = held.slot(key)
    if number is None:
        raise ctx.refuse(
            node,
            f"the key {key!r} is not in the dict",
            why=f"it has {', '.join(map(repr, held.layout.keys)) or 'no keys'}; Python would raise KeyError",
            raises=KeyError,
            fix="use a key that is there, or `.get(key, default)`",
            kind=ShapeAssumption,
        )
    return number


def integer(ctx: Context, node: Any, value: Value) -> Value:
    """A value used as a position. Refused when it is not an integer."""
    value = present(ctx, value)
    dtype = dtype_of(value.type)
    is_int = (dtype or "").lstrip("u").startswith("int") or dtype == "bool"
    if isinstance(value.type, Undef) or (is_int and not rank_of(value.type)):
        return value
    raise ctx.refuse(
        node,
        f"{spoken(value.type)} is used as an index",
        why="indices are ints, slices, `None`, `...`, integer arrays and bool masks",
        fix="convert it with `int(...)` or `.astype(int)`",
    )


def _slice(ctx: Context, node: Any, base: Value, part: Any) -> Value:
    bounds = [None if b is None else ctx.expression(b) for b in (part.lower, part.upper, part.step)]
    bounds = [None if b is None or (isinstance(b.type, Static) and b.type.value is None) else b for b in bounds]
    known = items(ctx, node, base)
    is_tuple = isinstance(base.type, Tuple)
    if known is not None and all(b is None or ctx.is_static(b) for b in bounds):
        chosen = known[slice(*(None if b is None else ctx.static(b) for b in bounds))]
        return ctx.pack(chosen) if is_tuple else ctx.new_list(chosen)
    if is_tuple:
        raise ctx.refuse(
            node,
            "a tuple is sliced by a number that is not known before the run",
            why="how many items are left decides the type",
            fix="use an array: `np.array(...)`, or a list",
            asks=[bound for bound in bounds if bound is not None],
        )
    spec = ("slice", *(b is not None for b in bounds))
    given = [integer(ctx, node, b) for b in bounds if b is not None]
    return shared(ctx, Run(ctx.emit(node, "index", run_of(ctx, node, base), *given, spec=(spec,))), base, once=True)


# -- storing and deleting


def store_item(ctx: Context, node: Any, base: Value, index_node: Any, value: Value) -> None:
    """`base[index] = value`."""
    cell = cell_of(base)
    if memory.is_array(base):
        from adjoint.frontend import subscripts

        spec, operands = subscripts.index_spec(ctx, index_node, base)
        _store_elements(ctx, node, base, ctx.data(node, value), spec, operands)
        return
    if cell is None:
        _store_into_no_container(ctx, node, base)
        return
    held = ctx.seen(node, cell)
    if isinstance(index_node, gast.Slice):
        _store_slice(ctx, node, cell, held, index_node, value)
        return
    store_at(ctx, node, base, ctx.expression(index_node), value)


def _store_elements(
    ctx: Context, node: Any, base: Value, value: Value, spec: Sequence[Any], operands: Sequence[Value]
) -> None:
    if "mask" in spec:
        check_overlap(ctx, node, base, value)
    check_order(ctx, node, base, value, spec, operands)
    memory.store_item(ctx, node, base, value, spec, operands)


def store_at(ctx: Context, node: Any, base: Value, index: Value, value: Value) -> None:
    """Store at an index or key that has been computed."""
    cell = cell_of(base)
    if memory.is_array(base):
        from adjoint.frontend import subscripts

        spec, operands = subscripts.spec_of(ctx, node, index)
        _store_elements(ctx, node, base, ctx.data(node, value), spec, operands)
        return
    if cell is None:
        _store_into_no_container(ctx, node, base)
        return
    held = ctx.seen(node, cell)
    if isinstance(held, Items) and held.layout.kind == "dict" and index in ctx.possible:
        constants.store_at_each(
            ctx,
            node,
            index,
            value,
            lambda each: item_at(ctx, node, base, each),
            lambda each, new: store_at(ctx, node, base, each, new),
        )
    elif isinstance(held, Items) and held.layout.kind == "dict":
        _store_key(ctx, node, cell, held, index, value)
    elif isinstance(held, Items) and held.layout.kind == "list" and ctx.is_static(index):
        count, position = len(held.slots), ctx.static(index)
        if not isinstance(position, int) or not -count <= position < count:
            raise ctx.refuse(
                node,
                f"index {position!r} is out of range for {count} items",
                why="Python would raise IndexError",
                raises=IndexError,
                fix="append the item, or start with `[0.0] * n`",
                kind=ShapeAssumption,
            )
        ctx.change(node, cell, held.put(position % count, value))
    elif isinstance(held, Run) or held.layout.kind == "list":
        position_value = integer(ctx, node, index)
        items_value = run_of(ctx, node, base, (index,))
        new = ctx.emit(node, "index_set", items_value, ctx.written(node, value), position_value, spec=("int",))
        ctx.moved_into(cell, value)
        ctx.change(node, cell, _stored(held, new))
    else:
        raise _refuse_store(ctx, node, base)


def _stored(held: Items | Run, new: Value) -> Run:
    """A list of run-time length after a store at one position. A list stored there is not the one that was there."""
    if not isinstance(held, Run):
        return Run(new)
    item = new.type.item if isinstance(new.type, List) else UNDEF
    return held.with_items(new) if not is_open(item) and not rank_of(item) else held.shuffled(new)


def _store_key(ctx: Context, node: Any, cell: Cell, held: Items, index: Value, value: Value) -> None:
    if not ctx.is_static(index):
        raise ctx.refuse(
            node,
            "a dict is changed at a key that is not known before the run",
            why="which keys it has decides the program",
            fix="use a list with positions",
            asks=(index,),
        )
    key = ctx.static(index)
    number = held.slot(key)
    if value.name is None and isinstance(key, str) and key.isidentifier() and value.op is not None:
        value.name = key if value.op.opcode != "const" else None
    ctx.change(node, cell, held.add(key, value) if number is None else held.put(number, value))


def _store_slice(ctx: Context, node: Any, cell: Cell, held: Any, part: Any, value: Value) -> None:
    from adjoint.frontend.storage import slices

    bounds = slices.bounds_of(ctx, part)
    new = items(ctx, node, value)
    if not isinstance(held, Items) or new is None or not all(b is None or ctx.is_static(b) for b in bounds):
        slices.store(ctx, node, cell, bounds, value)
        return
    slots = list(held.slots)
    try:
        slots[slice(*(None if b is None else ctx.static(b) for b in bounds))] = new
    except ValueError as error:
        raise ctx.refuse(
            node, str(error), why="Python would raise ValueError", raises=ValueError, fix="store as many items"
        ) from None
    ctx.change(node, cell, Items(LIST, tuple(slots)))


def _store_into_no_container(ctx: Context, node: Any, base: Value) -> None:
    """Refuse a store, but into what a function that is being lowered has stored into: a later round knows it."""
    if not isinstance(base.type, Undef):
        raise _refuse_store(ctx, node, base)
    ctx.blocked(base)


def _refuse_store(ctx: Context, node: Any, base: Value) -> AdjointError:
    text = ctx.captured.source.segment(node)
    if isinstance(base.type, Array):
        return ctx.refuse(
            node,
            f"`{text} = ...` stores into {spoken(base.type)}",
            why="it has no dimensions, so that a number may stand there, which cannot change",
            fix="use an array with one element: `np.zeros(1)`, or a variable",
        )
    return ctx.refuse(node, f"`{text} = ...` changes {spoken(base.type)}", why="it cannot change", fix="make a new one")


def delete_item(ctx: Context, node: Any) -> None:
    """`del base[index]` of a list or dict."""
    base = ctx.expression(node.value)
    cell = cell_of(base)
    if cell is None:
        raise ctx.refuse(node, f"an item of {spoken(base.type)} is deleted", why="it cannot change", fix="copy it")
    held = ctx.seen(node, cell)
    if isinstance(node.slice, gast.Slice):
        _delete_slice(ctx, node, cell, held)
        return
    index = ctx.expression(node.slice)
    if isinstance(held, Items) and held.layout.kind not in ("list", "dict"):
        from adjoint.frontend.attributes import method_of
        from adjoint.frontend.calls.calls import call_value

        method = method_of(ctx, node, base, "__delitem__")
        if method is None:
            raise ctx.refuse(node, f"an item of {cell} is deleted", why="it has no items", fix="delete an attribute")
        call_value(ctx, node, method, [index], {}, "__delitem__")
        return
    remove_at(ctx, node, cell, held, index)


def _delete_slice(ctx: Context, node: Any, cell: Cell, held: Any) -> None:
    from adjoint.frontend.storage import slices

    bounds = slices.bounds_of(ctx, node.slice)
    if not isinstance(held, Items) or not all(b is None or ctx.is_static(b) for b in bounds):
        slices.delete(ctx, node, cell, bounds)
        return
    slots = list(held.slots)
    del slots[slice(*(None if b is None else ctx.static(b) for b in bounds))]
    ctx.change(node, cell, Items(LIST, tuple(slots)))


def remove_at(ctx: Context, node: Any, cell: Cell, held: Items | Run, index: Value) -> None:
    """Take the item at an index or key out of a container."""
    if isinstance(held, Items) and held.layout.kind == "dict":
        ctx.change(node, cell, held.drop(_key(ctx, node, held, index)))
    elif isinstance(held, Items) and ctx.is_static(index):
        position = ctx.static(index)
        if not -len(held.slots) <= position < len(held.slots):
            raise ctx.refuse(
                node,
                f"index {position} is out of range for {len(held.slots)} items",
                why="Python would raise IndexError",
                raises=IndexError,
                fix="check the length first",
                kind=ShapeAssumption,
            )
        ctx.change(node, cell, held.drop(position % len(held.slots)))
    else:
        value = run_of(ctx, node, handle(cell))
        ctx.change(node, cell, Run(ctx.emit(node, "list_delete", value, integer(ctx, node, index))))
