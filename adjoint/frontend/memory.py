"""Arrays in memory: which names share one, what a store through a view changes, what may not be told apart.

An array with a name stands in a cell, as a list does; every name of it sees a store. A view is a cell with a base: it is
read from the base when it is needed, and a store into it is a store into the base. Values of the IR never change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from adjoint.errors import AliasNotProvable, ShapeAssumption
from adjoint.frontend.objects import Cell, Items, Mem, Run, handle, object_of
from adjoint.ir import opset
from adjoint.ir.core import Value
from adjoint.ir.types import Array, Undef, dtype_of, is_differentiable, may_be_one, rank_of, same_dim, shape_of

if TYPE_CHECKING:
    from adjoint.frontend.context import Context


@final
@dataclass(frozen=True, slots=True)
class View:
    """How a view is read from its base: an operation, its operands behind the base, and the value at first."""

    opcode: str
    operands: tuple[Value, ...]
    attrs: Mapping[str, Any]
    base: Value
    value: Value


_READ_ONLY = frozenset({"broadcast_to", "diagonal", "diag", "float64", "float32", "int64", "int32"})
_RESHAPING = frozenset({"reshape", "ravel", "squeeze", "expand_dims", "atleast_1d", "atleast_2d"})


def is_array(value: Value) -> bool:
    """Whether the value is an array with dimensions: something in memory."""
    return isinstance(value.type, Array) and value.type.rank > 0


def note(ctx: Context, opcode: str, operands: Sequence[Value], value: Value, attrs: Mapping[str, Any]) -> None:
    """Remember where the result of an operation is, unless it is new memory."""
    if not is_array(value) or not operands:
        return
    definition = opset.lookup(opcode)
    if definition.fresh or definition.elementwise:
        return
    base = operands[0]
    cell = ctx.places.get(base)
    if not isinstance(base.type, Array):
        place_frozen(ctx, value)
        return
    if cell is None or any(entry in ("array", "mask") for entry in attrs.get("spec", ())):
        return
    if opcode == "diag" and rank_of(value.type) == 2:
        return
    if opcode == "asarray" and base.type == value.type:
        ctx.places[value] = cell
        return
    view = View(opcode, tuple(operands[1:]), dict(attrs), base, value)
    made = Cell(cell.hint, base=cell, view=view)
    if opcode in _READ_ONLY or (opcode in ("reshape", "ravel") and not _is_contiguous(cell)):
        made.frozen = f"`{opcode}` gives a view that cannot be written through, or a copy: which is not known"
        ctx.maybe[made] = cell
    ctx.places[value] = made


def place_frozen(ctx: Context, value: Value) -> None:
    """The array was read from a container that cannot tell where it is: it can only be read."""
    cell = ctx.places[value] = Cell(value.name, frozen="it was read from a container that others may know")
    ctx.heap[cell] = Mem(value)


def _is_contiguous(cell: Cell) -> bool:
    """Whether the array is known to lie in one piece, in order: it is no view but of whole rows."""
    while cell.base is not None:
        view = cell.view
        whole = isinstance(view, View) and view.opcode in _RESHAPING
        rows = isinstance(view, View) and view.opcode == "index" and all(e == "int" for e in view.attrs["spec"])
        if not whole and not rows:
            return False
        cell = cell.base
    return not cell.is_argument


def keep(ctx: Context, value: Value) -> Value:
    """An array as names and containers hold it: by its cell. Other values as they are."""
    if not is_array(value):
        return value
    cell = ctx.places.get(value)
    if cell is None:
        cell = ctx.places[value] = Cell(value.name)
        ctx.heap[cell] = Mem(value)
    return handle(cell)


def load(ctx: Context, node: Any, value: Value) -> Value:
    """What a name holds, as an operation takes it: the array as it is now. Other values as they are."""
    cell = object_of(value)
    if not isinstance(cell, Cell):
        return value
    held = ctx.contents(cell)
    if not isinstance(held, Mem):
        return value
    ctx.places[held.value] = cell
    return held.value


def read_view(ctx: Context, cell: Cell, base: Value) -> Value:
    """The view of an array, as it is now."""
    view = cell.view
    assert isinstance(view, View)
    if base is view.base:
        return view.value
    made = ctx.builder.emit(view.opcode, base, *view.operands, **_semantic(view.attrs))
    made.name = view.value.name
    return made


def _semantic(attrs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: held for name, held in attrs.items() if not name.startswith("_") or name == "_via"}


def written_through(ctx: Context, node: Any, cell: Cell, base: Value, new: Value) -> Value:
    """The base after its view has become `new`."""
    view = cell.view
    assert isinstance(view, View)
    if view.opcode == "index":
        return ctx.emit(node, "index_set", base, new, *view.operands, spec=view.attrs["spec"])
    if view.opcode in _RESHAPING:
        return ctx.emit(node, "reshape", new, ctx.emit(node, "shape", base))
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


def rows_of(ctx: Context, node: Any, base: Value) -> Value:
    """The list of the rows of an array. Rows that are views can be changed neither in the list nor in the array."""
    made = ctx.new_cell(Run(ctx.emit(node, "list_of_rows", base)))
    cell = ctx.places.get(base)
    if cell is not None and rank_of(base.type) > 1:
        object_of(made).aliases.append(object_of(made))
        freeze_root(ctx, cell, "its rows have been put into a list, where the change would have to be seen")
    return made


def freeze_root(ctx: Context, cell: Cell, why: str) -> None:
    """From now on the memory that an array lies in can only be read."""
    ctx.freeze(root(cell), why)


def root(cell: Cell) -> Cell:
    """The array that a view of views lies in."""
    while cell.base is not None:
        cell = cell.base
    return cell


def current(ctx: Context, value: Value) -> Value:
    """An array that was read a while ago, as it is now: a call may have written into it since."""
    cell = ctx.places.get(value)
    if cell is None or root(cell) not in ctx.heap or _is_current(ctx, cell, value):
        return value
    held = ctx.contents(cell)
    if not isinstance(held, Mem):
        return value
    ctx.places[held.value] = cell
    return held.value


def _is_current(ctx: Context, cell: Cell, value: Value) -> bool:
    held = ctx.heap.get(cell)
    if cell.base is None and not isinstance(held, Items):
        return not isinstance(held, Mem | Run) or held.value is value or _is_asarray_of(value, held.value)
    if cell.base is None or value.op is None or not value.op.operands:
        return True
    return _is_current(ctx, cell.base, value.op.operands[0])


def _is_asarray_of(value: Value, held: Value) -> bool:
    return value.op is not None and value.op.opcode == "asarray" and value.op.operands[0] is held


# -- stores


def store(ctx: Context, node: Any, base: Value, new: Value) -> None:
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


def store_item(ctx: Context, node: Any, base: Value, value: Value, spec: Sequence[Any], index: Sequence[Value]) -> None:
    """`base[index] = value`."""
    value = _fitting(ctx, node, base, value)
    store(ctx, node, base, ctx.emit(node, "index_set", base, value, *index, spec=tuple(spec)))


def add_item(ctx: Context, node: Any, base: Value, amount: Value, spec: Sequence[Any], index: Sequence[Value]) -> None:
    """`base[index] += amount`, each element once."""
    amount = _fitting(ctx, node, base, amount)
    store(ctx, node, base, ctx.emit(node, "index_add", base, amount, *index, spec=tuple(spec)))


def _fitting(ctx: Context, node: Any, base: Value, value: Value) -> Value:
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


def update(ctx: Context, node: Any, old: Value, new: Value) -> None:
    """`a += b` of arrays: the memory stays, with its dtype and shape."""
    store(ctx, node, old, fitted(ctx, node, old, new))


def fitted(ctx: Context, node: Any, old: Value, new: Value) -> Value:
    """The result of an update in place, as NumPy casts it. Refused where NumPy raises."""
    a, b = old.type, new.type
    if isinstance(a, Undef) or isinstance(b, Undef) or a == b:
        return new
    assert isinstance(a, Array)
    if isinstance(b, Array) and a.rank == b.rank and _fits(a, b):
        if a.dtype == b.dtype:
            new.type = a
            return new
        import numpy as np

        if np.can_cast(b.dtype, a.dtype, "same_kind"):
            return ctx.emit(node, "astype", new, dtype=a.dtype)
    raise ctx.refuse(
        node,
        f"the result {b} does not fit into {a} in place",
        why="`a += b` keeps the dtype and the shape of `a`",
        fix="write `a = a + b`, which makes a new array",
        kind=ShapeAssumption,
    )


def _fits(a: Array, b: Array) -> bool:
    return all(same_dim(x, y) or not may_be_one(x) or x == y for x, y in zip(shape_of(a), shape_of(b)))


def may_share(ctx: Context, value: Value, others: Sequence[Cell]) -> None:
    """A value may be in the memory of others: from now on none of them can be written."""
    cell = object_of(keep(ctx, value)) if is_array(value) else None
    why = "it may share its memory with another array, which would change as well"
    for each in (*([cell] if isinstance(cell, Cell) else []), *others):
        ctx.freeze(each, why)


__all__ = ["AliasNotProvable", "Mem", "View", "add_item", "keep", "load", "note", "store", "store_item", "update"]
