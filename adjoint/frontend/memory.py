"""Arrays in memory: which names share one, what a store through a view changes, what may not be told apart.

An array with a name stands in a cell, as a list does; every name of it sees a store. A view is a cell with a base: it
is read from the base when it is needed, and a store into it is a store into the base. Values of the IR never change.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from adjoint.errors import AliasNotProvable, ShapeAssumption
from adjoint.frontend.contiguity import gives_view, made_ordered
from adjoint.frontend.objects import (
    Bound,
    Cell,
    Choice,
    Closure,
    Conflict,
    Contents,
    Items,
    Mem,
    Optional,
    Run,
    handle,
    object_of,
)
from adjoint.ir import opset
from adjoint.ir.core import Value
from adjoint.ir.types import (
    INT,
    Array,
    Tuple,
    Undef,
    dtype_of,
    is_differentiable,
    may_be_one,
    rank_of,
    same_dim,
    shape_of,
)

if TYPE_CHECKING:
    from adjoint.frontend.store import Store


@final
@dataclass(frozen=True, slots=True)
class View:
    """How a view is read from its base: an operation, its operands behind the base, and the value at first."""

    opcode: str
    operands: tuple[Value, ...]
    attrs: Mapping[str, Any]
    base: Value | None = None
    value: Value | None = None


_READ_ONLY = frozenset({"broadcast_to", "diagonal", "diag"})
_UNCLEAR = frozenset({"float64", "float32", "int64", "int32"})
_RESHAPING = frozenset({"reshape", "ravel", "squeeze", "expand_dims", "atleast_1d", "atleast_2d"})


def is_array(value: Value) -> bool:
    """Whether the value is an array with dimensions: something in memory."""
    return isinstance(value.type, Array) and value.type.rank > 0


def note(ctx: Store, opcode: str, operands: Sequence[Value], value: Value, attrs: Mapping[str, Any]) -> None:
    """Remember where the result of an operation is, unless it is new memory."""
    if not is_array(value) or not operands:
        return
    definition = opset.lookup(opcode)
    if definition.fresh or definition.elementwise:
        return
    base = operands[0]
    cell = ctx.places.get(base)
    if not isinstance(base.type, Array):
        if opcode == "index":
            place_frozen(ctx, value)
        return
    if cell is None or any(entry in ("array", "mask") for entry in attrs.get("spec", ())):
        return
    if opcode == "diag" and rank_of(value.type) == 2:
        return
    if opcode == "asarray":
        if dtype_of(base.type) == dtype_of(value.type):
            ctx.places[value] = cell
        return
    view = View(opcode, tuple(operands[1:]), dict(attrs), base, value)
    made = Cell(base=cell, view=view)
    if opcode in _READ_ONLY:
        made.frozen = f"`{opcode}` gives a view that NumPy does not write through"
    elif opcode in _UNCLEAR or not gives_view(ctx, opcode, base):
        made.frozen = f"`{opcode}` gives a view or a copy, as the array lies in memory: which is not known"
        ctx.maybe[made] = cell
    ctx.places[value] = made


def place_frozen(ctx: Store, value: Value) -> None:
    """The array was read from a container that cannot tell where it is: it can only be read."""
    cell = ctx.places[value] = Cell(value.name, frozen="it was read from a container that others may know")
    ctx.heap[cell] = Mem(value)


def keep(ctx: Store, value: Value) -> Value:
    """An array as names and containers hold it: by its cell. Other values as they are."""
    if not is_array(value):
        return value
    cell = ctx.places.get(value)
    if cell is None or root(cell) not in ctx.heap:
        cell = ctx.places[value] = Cell(value.name, is_ordered=made_ordered(ctx, value))
        ctx.heap[cell] = Mem(value)
    return handle(cell)


def load(ctx: Store, node: Any, value: Value) -> Value:
    """What a name holds, as an operation takes it: the array as it is now. Other values as they are."""
    cell = object_of(value)
    if not isinstance(cell, Cell):
        return value
    held = ctx.contents(cell)
    if cell in ctx.maybe and isinstance(held, Conflict):
        raise ctx.refuse(
            node,
            f"{spoken(cell)} is read after {spoken(root(cell))} has changed",
            why=str(cell.frozen),
            fix="make it a copy, or a view of a copy: `y = x.copy()`, then `y.reshape(...)`",
            kind=AliasNotProvable,
        )
    if not isinstance(held, Mem):
        return value
    ctx.places[held.value] = cell
    return held.value


def read_view(ctx: Store, cell: Cell, base: Value) -> Value:
    """The view of an array, as it is now."""
    view = cell.view
    assert isinstance(view, View)
    if base is view.base and view.value is not None:
        return view.value
    made = ctx.builder.emit(view.opcode, base, *view.operands, **_semantic(view.attrs))
    made.name = view.value.name if view.value is not None else cell.hint
    return made


def is_view(ctx: Store, cell: Cell) -> bool:
    """Whether the view can be made again from its base, in another function: its operands are integers."""
    view = cell.view
    return isinstance(view, View) and cell not in ctx.maybe and all(_is_integer(each) for each in view.operands)


def _is_integer(value: Value) -> bool:
    return value.type == INT or ((dtype_of(value.type) or "").startswith("int") and not rank_of(value.type))


def recipe(ctx: Store, cell: Cell) -> tuple[Any, list[Value]]:
    """How a view is made from its base: what is known now, and the integers that are known at run time."""
    view = cell.view
    assert isinstance(view, View)
    fixed = tuple(ctx.static(each) if ctx.is_static(each) else None for each in view.operands)
    attrs = tuple(sorted(_semantic(view.attrs).items()))
    meta = view.opcode, attrs, fixed, cell.frozen
    return meta, [each for each, known in zip(view.operands, fixed) if known is None]


def make_view(ctx: Store, cell: Cell, meta: Any, base: Cell, operands: Sequence[Value]) -> None:
    """Let a new cell be the view of an array that a recipe says."""
    opcode, attrs, fixed, frozen = meta
    rest = iter(operands)
    every = tuple(next(rest) if known is None else ctx.const(known) for known in fixed)
    cell.base, cell.view = base, View(opcode, every, dict(attrs))
    cell.frozen = frozen


def _semantic(attrs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: held for name, held in attrs.items() if not name.startswith("_") or name == "_via"}


def written_through(ctx: Store, node: Any, cell: Cell, base: Value, new: Value) -> Value:
    """The base after its view has become `new`."""
    view = cell.view
    assert isinstance(view, View)
    if view.opcode == "index":
        return ctx.emit(node, "index_set", base, new, *view.operands, spec=view.attrs["spec"])
    if view.opcode in _RESHAPING:
        return ctx.emit(node, "reshape", new, ctx.emit(node, "shape", base))
    back = _turned_back(ctx, node, view, base, new)
    return ctx.emit(node, "index_set", base, back, spec=("...",))  # the memory keeps its order


def _turned_back(ctx: Store, node: Any, view: View, base: Value, new: Value) -> Value:
    """A view with other axes, as the base has them."""
    if view.opcode in ("swapaxes", "flip"):
        return ctx.emit(node, view.opcode, new, *view.operands, **_semantic(view.attrs))
    if view.opcode == "moveaxis":
        attrs = {"source": view.attrs["destination"], "destination": view.attrs["source"]}
        return ctx.emit(node, "moveaxis", new, **attrs)
    assert view.opcode == "transpose"
    axes = view.attrs.get("axes")
    if axes is not None:
        rank = rank_of(base.type)
        places = [axis % rank for axis in axes]
        axes = tuple(places.index(axis) for axis in range(rank))
    return ctx.emit(node, "transpose", new, axes=axes)


def _is_new(value: Value) -> bool:
    """Whether an array is a result that nobody else has."""
    definition = opset.TABLE.get(value.op.opcode) if value.op is not None else None
    return definition is not None and (definition.fresh or definition.elementwise)


def place_late(ctx: Store, value: Value, cell: Cell | None, index: Value, parts: Sequence[Value]) -> None:
    """The array is one of several known now, which one is known at run time. Those of a list can be written through."""
    held = ctx.contents(cell) if cell is not None else None
    if cell is not None and isinstance(held, Items):
        ctx.places[value] = Cell(base=cell, index=index, held=held)
        return
    place_frozen(ctx, value)
    for part in parts:
        for each in arrays_in(ctx.heap, keep(ctx, part)):
            freeze_root(ctx, each, "it is one of several arrays, and which of them is read is known at run time only")


def read_late(ctx: Store, cell: Cell) -> Contents:
    """The array at a position of the run in a list of known length, as it is now."""
    held = cell.held
    assert held is not None and cell.index is not None
    items = [ctx.sure(None, slot) for slot in held.slots]
    listed = ctx.builder.emit("list", *items)
    return Mem(ctx.builder.emit("index", listed, cell.index, spec=("int",)))


def write_late(ctx: Store, node: Any, cell: Cell) -> None:
    """Before a store into the array at a position of the run: its list is from now on one of run-time length."""
    base = cell.base
    assert base is not None and cell.held is not None
    run = Run(ctx.listed(cell.held, base))
    cell.held, cell.moves, cell.size = None, run.moves, run.size
    ctx.change(node, base, run)


def rows_of(ctx: Store, node: Any, base: Value) -> Value:
    """The list of the rows of an array. Rows that are views can be changed neither in the list nor in the array."""
    made = ctx.new_cell(Run(ctx.emit(node, "list_of_rows", base)))
    cell = ctx.places.get(base)
    if cell is not None and rank_of(base.type) > 1:
        object_of(made).aliases.append(object_of(made))
        freeze_root(ctx, cell, "its rows have been put into a list, where the change would have to be seen")
    return made


def spoken(cell: Cell) -> str:
    """What messages call an array."""
    if cell.hint is not None:
        return f"the array {cell.hint!r}"
    return f"a view of {spoken(cell.base)}" if cell.view is not None and cell.base is not None else "an array"


def detach(ctx: Store, value: Value) -> Value:
    """An array that leaves its list stands on its own."""
    cell = ctx.places.get(value)
    if cell is not None and cell.base is not None and cell.view is None:
        ctx.places[value] = made = Cell(cell.hint)
        ctx.heap[made] = Mem(value)
        if cell.base.aliases:
            ctx.freeze(made, "it was in a list, and may be in another one")
    return value


def freeze_root(ctx: Store, cell: Cell, why: str) -> None:
    """From now on the memory that an array lies in can only be read."""
    ctx.freeze(root(cell), why)


def root(cell: Cell) -> Cell:
    """The array that a view of views lies in."""
    while cell.base is not None:
        cell = cell.base
    return cell


def current(ctx: Store, value: Value) -> Value:
    """An array that was read a while ago, as it is now: a call may have written into it since."""
    cell = ctx.places.get(value)
    if cell is None or root(cell) not in ctx.heap or _is_current(ctx, cell, value):
        return value
    held = ctx.contents(cell)
    if not isinstance(held, Mem):
        return value
    ctx.places[held.value] = cell
    return held.value


def _is_current(ctx: Store, cell: Cell, value: Value) -> bool:
    held = ctx.heap.get(cell)
    if cell.base is None and not isinstance(held, Items):
        return not isinstance(held, Mem | Run) or held.value is value or _is_asarray_of(value, held.value)
    if cell.base is None or value.op is None or not value.op.operands:
        return True
    if cell.held is not None:
        listed = value.op.operands[0].op
        slots = [ctx.sure(None, slot) for slot in cell.held.slots]
        return ctx.contents(cell.base) is cell.held and listed is not None and list(listed.operands) == slots
    return _is_current(ctx, cell.base, value.op.operands[0])


def _is_asarray_of(value: Value, held: Value) -> bool:
    return value.op is not None and value.op.opcode == "asarray" and value.op.operands[0] is held


# -- stores


def store(ctx: Store, node: Any, base: Value, new: Value) -> None:
    """The array `base`, just read, becomes `new` in place: every name of it sees that."""
    cell = ctx.places.get(base)
    if cell is None and _is_new(base):
        return  # a temporary: nobody sees it
    if cell is None:
        raise ctx.refuse(
            node,
            "which array is stored into is not known",
            why="it has no name of its own",
            fix="give it a name first",
            kind=AliasNotProvable,
        )
    if new.name is None and cell.hint is not None and new.op is not None:
        new.name = cell.hint
    ctx.change(node, cell, Mem(new))


def store_item(ctx: Store, node: Any, base: Value, value: Value, spec: Sequence[Any], index: Sequence[Value]) -> None:
    """`base[index] = value`."""
    value = fitting(ctx, node, base, value)
    store(ctx, node, base, ctx.emit(node, "index_set", base, value, *index, spec=tuple(spec)))


def add_item(ctx: Store, node: Any, base: Value, amount: Value, spec: Sequence[Any], index: Sequence[Value]) -> None:
    """`base[index] += amount`, each element once."""
    amount = fitting(ctx, node, base, amount)
    store(ctx, node, base, ctx.emit(node, "index_add", base, amount, *index, spec=tuple(spec)))


def fitting(ctx: Store, node: Any, base: Value, value: Value) -> Value:
    """Refuse to lose a derivative in an array of integers; NumPy refuses to lose the imaginary part."""
    into, kind = dtype_of(base.type), dtype_of(value.type)
    if into is None or isinstance(value.type, Undef):
        return value
    if not is_differentiable(base.type) and (kind is None or is_differentiable(value.type)):
        raise ctx.refuse(
            node,
            f"a real number is stored into an array of {into}",
            why="it is rounded there, and its derivative is lost",
            fix="make the array of floats: `np.zeros(n)`, `.astype(float)`",
        )
    return value


def update(ctx: Store, node: Any, old: Value, new: Value) -> None:
    """`a += b` of arrays: the memory stays, with its dtype and shape."""
    store(ctx, node, old, fitted(ctx, node, old, new))


def fitted(ctx: Store, node: Any, old: Value, new: Value) -> Value:
    """The result of an update in place, as NumPy casts it. Refused where NumPy raises."""
    a, b = old.type, new.type
    if isinstance(a, Undef) or isinstance(b, Undef) or a == b:
        return new
    assert isinstance(a, Array)
    if isinstance(b, Array) and np.can_cast(b.dtype, a.dtype, "same_kind"):
        if a.rank == b.rank and _fits(a, b):
            if a.dtype == b.dtype:
                new.type = a
                return new
            return ctx.emit(node, "astype", new, dtype=a.dtype)
        if b.rank <= a.rank and not _is_larger(a, b):  # NumPy raises where it does not fit
            return ctx.emit(node, "index_set", old, new, spec=("...",))
    raise ctx.refuse(
        node,
        f"the result {b} does not fit into {a} in place",
        why="`a += b` keeps the dtype and the shape of `a`",
        fix="write `a = a + b`, which makes a new array",
        kind=ShapeAssumption,
    )


def _fits(a: Array, b: Array) -> bool:
    return all(same_dim(x, y) or not may_be_one(x) or x == y for x, y in zip(shape_of(a), shape_of(b)))


def _is_larger(a: Array, b: Array) -> bool:
    """Whether the extents of `b` surely do not fit into those of `a`."""
    pairs = list(zip(shape_of(a)[::-1], shape_of(b)[::-1]))
    return any(isinstance(x, int) and isinstance(y, int) and x != y and y != 1 for x, y in pairs)


def may_share(ctx: Store, value: Value, others: Sequence[Cell], text: str) -> None:
    """What a call has returned, or arrays in it, may be in the memory of others: none of them can be written now."""
    names = [spoken(cell) for each in others for cell in arrays_in(ctx.heap, handle(each)) if cell.hint is not None]
    why = f"what `{text}` returned may share memory with {' and '.join(names) or 'another array'}"
    for each in [*arrays_in(ctx.heap, keep(ctx, value)), *others]:
        for cell in arrays_in(ctx.heap, handle(each)):
            freeze_root(ctx, cell, why)
            ctx.freeze(cell, why)


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


__all__ = ["AliasNotProvable", "Mem", "View", "add_item", "keep", "load", "note", "store", "store_item", "update"]
