"""Arrays in memory: which names share one, what a store through a view changes, what may not be told apart.

An array with a name stands in a cell, as a list does; every name of it sees a store. A view is a cell with a base: it
is read from the base when it is needed, and a store into it is a store into the base. Values of the IR never change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from adjoint.errors import AliasNotProvable
from adjoint.frontend.storage import chosen, fitting, turned, zero_dimensional
from adjoint.frontend.storage.contiguity import gives_view, is_ordered, made_ordered
from adjoint.frontend.values.forms import Leaf, Node, Structure
from adjoint.frontend.values.objects import (
    GIVEN_AWAY,
    Because,
    Cell,
    Conflict,
    Contents,
    Items,
    Mem,
    Run,
    handle,
    object_of,
)
from adjoint.ir import opset
from adjoint.ir.core import Value
from adjoint.ir.types import (
    INT,
    UNDEF,
    Array,
    List,
    Undef,
    dtype_of,
    rank_of,
)

if TYPE_CHECKING:
    from adjoint.frontend.storage.store import Store


@final
@dataclass(frozen=True, slots=True)
class View:
    """How a view is read from its base: an operation, its operands behind the base, and the value at first."""

    opcode: str
    operands: tuple[Value, ...]
    attrs: Mapping[str, Any]
    base: Value | None = None
    value: Value | None = None


_READ_ONLY = frozenset({"broadcast_to", "diagonal", "diag", "sliding_window_view"})
_PARTS = frozenset({"real", "imag"})
_UNCLEAR = frozenset("einsum_view matrix_transpose float64 float32 int64 int32 complex64 complex128".split()) | {
    "ascontiguousarray",
    "asfortranarray",
}
_TURNED = frozenset({"index", "swapaxes", "flip", "moveaxis", "transpose"})
_RESHAPING = frozenset({"reshape", "ravel", "squeeze", "expand_dims", "atleast_1d", "atleast_2d"})
_READS = _RESHAPING | _TURNED | {"getitem"}


def is_array(value: Value) -> bool:
    """Whether the value is something in memory: an array with dimensions, or a part of one without."""
    if not isinstance(value.type, Array) or value.type.rank:
        return isinstance(value.type, Array)
    return value.op is not None and bool(value.op.attrs.get("_part"))


def note(ctx: Store, opcode: str, operands: Sequence[Value], value: Value, attrs: Mapping[str, Any]) -> None:
    """Remember where the result of an operation is, unless it is new memory."""
    if operands:
        zero_dimensional.note_part(opcode, operands[0], value)
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
    if cell is None and zero_dimensional.note_view(ctx, base):
        _place_frozen(ctx, value, f"`{opcode}` gives a view of an array without dimensions")
    if cell is None or any(entry in ("array", "mask") for entry in attrs.get("spec", ())):
        return
    if opcode == "diag" and rank_of(value.type) == 2:
        return
    if opcode == "asarray" or (opcode == "ascontiguousarray" and is_ordered(ctx, base)):
        if dtype_of(base.type) == dtype_of(value.type):
            ctx.places[value] = cell
        return
    view = View(opcode, tuple(operands[1:]), dict(attrs), base, value)
    made = Cell(base=cell, view=view)
    if opcode == "stop_gradient":
        made.frozen = f"it is {spoken(cell)} itself, seen as a constant"
    elif opcode in _READ_ONLY:
        made.frozen = f"`{opcode}` gives a view of {spoken(cell)} that NumPy does not write through"
    elif opcode in _PARTS:
        made.frozen = f"`{opcode}` gives a view of one part of complex numbers: store both, `z[...] = a + 1j * b`"
    elif opcode in _UNCLEAR or not gives_view(ctx, opcode, base):
        text = opcode.removesuffix("_view")
        made.frozen = f"`{text}` gives a view or a copy of {spoken(cell)}, as that lies in memory: which is not known"
        ctx.maybe[made] = cell
    elif opcode not in _RESHAPING | _TURNED:
        made.frozen = f"`{opcode}` gives a view of {spoken(cell)} through which no store is known"
    ctx.places[value] = made


def place_frozen(ctx: Store, value: Value, why: str | None = None) -> None:
    """The array was read from a container that cannot tell where it is: it can only be read."""
    if why is not None:
        _place_frozen(ctx, value, why)
        return
    source = value.op.operands[0].name if value.op is not None and value.op.operands else None
    known = f"{source!r}, a container" if source is not None else "a container"
    fix = "let one list hold it, and others its position there: `xs[i].v += ...`; or change a copy"
    _place_frozen(ctx, value, Because(f"it was read from {known} that others may know", (), way_out=fix))


def _place_frozen(ctx: Store, value: Value, why: str | Because) -> None:
    cell = ctx.places[value] = Cell(value.name, frozen=why)
    ctx.heap[cell] = Mem(value)


def keep(ctx: Store, value: Value) -> Value:
    """An array as names and containers hold it: by its cell. Other values as they are."""
    if not is_array(value):
        return value
    cell = ctx.places.get(value)
    if cell is None and _is_of_list(value):
        place_frozen(ctx, value)
    elif cell is None or not is_in(ctx.heap, cell):
        cell = ctx.places[value] = Cell(value.name, is_ordered=made_ordered(ctx, value))
        ctx.heap[cell] = Mem(value)
    return handle(ctx.places[value])


def _is_of_list(value: Value) -> bool:
    """Whether it was read from a list of run-time length, or from an item of one."""
    op = value.op
    while op is not None and op.opcode == "getitem":
        op = op.operands[0].op
    return op is not None and op.opcode == "index" and isinstance(op.operands[0].type, List)


def is_same_read(one: Value, other: Value, opcodes: frozenset[str] = _READS) -> bool:
    """Whether two values are one, or were made by these operations in one way: read at one place of one array."""
    a, b = one.op, other.op
    if one is other or a is None or b is None or a.opcode not in opcodes:
        return one is other
    if (a.opcode, a.attrs, len(a.operands)) != (b.opcode, b.attrs, len(b.operands)):
        return False
    return all(is_same_read(*pair, opcodes) for pair in zip(a.operands, b.operands))


def load(ctx: Store, node: Any, value: Value) -> Value:
    """What a name holds, as an operation takes it: the array as it is now. Other values as they are."""
    cell = object_of(value)
    if cell is GIVEN_AWAY:
        raise ctx.refuse(
            node,
            "a slot is read whose array the call around gives a new name",
            why="which array it is then depends on the path",
            fix="pass a copy: `x.copy()`",
            kind=AliasNotProvable,
        )
    if not isinstance(cell, Cell):
        return value
    held = _as_it_is(ctx, node, cell)
    return held if held is not None else value


def _as_it_is(ctx: Store, node: Any, cell: Cell) -> Value | None:
    """An array as it is now; None for anything else. Refused where a store has left it unknown."""
    held = ctx.contents(cell)
    if isinstance(held, Mem):
        ctx.places[held.value] = cell
        return held.value
    one = next((each for each in ways(cell) if each.held is not None or each in ctx.maybe), None)
    if one is None or not isinstance(held, Conflict):
        return None
    if one.held is not None:
        changed, why = str(one.base), f"it was read from {one.base} at a position that only the run knows"
        fix = "read it again after the change, or make it a copy: `y = xs[k].copy()`"
    else:
        changed, why = spoken(root(one)), str(one.frozen)
        fix = "make it a copy, or a view of a copy: `y = x.copy()`, then `y.reshape(...)`"
    what = f"{spoken(cell)} is read after {changed} has changed"
    raise ctx.refuse(node, what, why=why, fix=fix, kind=AliasNotProvable)


def read_view(ctx: Store, cell: Cell, base: Value) -> Value:
    """The view of an array, as it is now."""
    view = cell.view
    assert isinstance(view, View)
    if base is view.base and view.value is not None:
        return view.value
    attrs = _semantic(view.attrs)
    if any(isinstance(each.type, Undef) for each in (base, *view.operands)):  # of the pass before, in the first one
        return ctx.builder.op(view.opcode, [base, *view.operands], [UNDEF], attrs).result
    made = ctx.builder.emit(view.opcode, base, *view.operands, **attrs)
    made.name = view.value.name if view.value is not None else cell.hint
    return made


def is_undefined(cell: Cell) -> bool:
    """Whether it is a view at an index that has no value here."""
    return isinstance(cell.view, View) and any(isinstance(each.type, Undef) for each in cell.view.operands)


def is_view(ctx: Store, cell: Cell) -> bool:
    """Whether the view can be made again from its base, in another function: its operands are integers."""
    view, base = cell.view, cell.base
    if not isinstance(view, View) or cell in ctx.maybe or not all(map(_is_integer, view.operands)):
        return False
    return base is None or base.view is None or is_view(ctx, base)


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


def part_of(ctx: Store, cell: Cell, base: Structure) -> Structure | None:
    """The structure of a view of something, whose index may be another one elsewhere; None for other views."""
    if cell.view is None or not is_view(ctx, cell):
        return None
    meta, operands = recipe(ctx, cell)
    return Node("part", meta, (base, *(Leaf(operand.type) for operand in operands)))


def make_view(ctx: Store, cell: Cell, meta: Any, base: Cell, operands: Sequence[Value]) -> None:
    """Let a new cell be the view of an array that a recipe says."""
    opcode, attrs, fixed, frozen = meta
    rest = iter(operands)
    every = tuple(next(rest) if known is None else ctx.const(known) for known in fixed)
    cell.base, cell.view = base, View(opcode, every, dict(attrs))
    cell.frozen = frozen


def _semantic(attrs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: held for name, held in attrs.items() if not name.startswith("_") or name == "_via"}


def write_through(ctx: Store, node: Any, cell: Cell, base: Value, new: Value) -> None:
    """A view has become `new`: so has its part of the base."""
    view, whole = cell.view, cell.base
    assert isinstance(view, View) and whole is not None
    found = None
    if view.opcode == "index" and whole.base is not None:
        spec = view.attrs["spec"]
        found = turned.direct(ctx, node, whole, rank_of(base.type), new, spec, view.operands)
    if found is None or whole.base is None:
        ctx.change(node, whole, Mem(_written_through(ctx, node, cell, base, new)))
        return
    new, spec, index = found
    below = ctx.contents(whole.base)
    assert isinstance(below, Mem)
    ctx.change(node, whole.base, Mem(ctx.emit(node, "index_set", below.value, new, *index, spec=spec)))


def _written_through(ctx: Store, node: Any, cell: Cell, base: Value, new: Value) -> Value:
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


def rows_of(ctx: Store, node: Any, base: Value) -> Value:
    """The list of the rows of an array. Rows that are views can be changed neither in the list nor in the array."""
    made = ctx.new_cell(Run(ctx.emit(node, "list_of_rows", base)))
    cell = ctx.places.get(base)
    if cell is not None and rank_of(base.type) > 1:
        object_of(made).aliases += [*sorted(roots(cell), key=lambda each: each.serial), object_of(made)]
        why = "its rows are the items of {}, where the change would have to be seen"
        freeze_root(ctx, cell, Because(why, (object_of(made),), a_list))
    return made


def spoken(cell: Cell) -> str:
    """What messages call an array."""
    if cell.hint is not None:
        return f"the array {cell.hint!r}"
    return f"a view of {spoken(cell.base)}" if cell.view is not None and cell.base is not None else "an array"


def called(ctx: Store, cells: Iterable[Cell], joined: str = " and ") -> str:
    """What messages call arrays and containers."""
    are_arrays = {cell: isinstance(ctx.heap.get(cell), Mem) or cell.view or cell.held for cell in cells}
    names = [spoken(cell) if is_array else str(cell) for cell, is_array in are_arrays.items()]
    return joined.join(dict.fromkeys(names))


def detach(ctx: Store, value: Value) -> Value:
    """An array that leaves its list stands on its own."""
    cell = ctx.places.get(value)
    if cell is not None and cell.base is not None and cell.view is None and cell.held is None:
        ctx.places[value] = made = Cell()
        ctx.heap[made] = Mem(value)
        if any(each is cell.base or ctx.is_reachable(each) for each in cell.base.sharers()):
            ctx.freeze(made, f"it was in {cell.base}, and may be in another list")
        ctx.leave(made, cell.base)
    return value


def a_list(cell: Cell) -> str:
    """What messages call a list."""
    return f"the list {cell.hint!r}" if cell.hint is not None else "a list"


def freeze_root(ctx: Store, cell: Cell, why: str | Because) -> None:
    """From now on the memory that an array lies in, or may lie in, can only be read."""
    for each in roots(cell):
        ctx.freeze(each, why)


def root(cell: Cell) -> Cell:
    """The array that a view of views lies in."""
    while cell.base is not None:
        cell = cell.base
    return cell


def roots(cell: Cell) -> frozenset[Cell]:
    """The arrays and lists that it lies in: several for an item of a list at a position that only the run knows."""
    return frozenset(each for each in ways(cell) if each.base is None)


def is_in(heap: Mapping[Cell, Contents], cell: Cell) -> bool:
    """Whether a state knows the memory that a cell lies in."""
    cell = lies_in(cell)
    return all(is_in(heap, item) for item in items_held(cell)) if cell.held is not None else cell in heap


def lies_in(cell: Cell) -> Cell:
    """What a view of views is a part of: an array or a list, or what is one of several arrays."""
    while cell.base is not None and cell.held is None:
        cell = cell.base
    return cell


def ways(cell: Cell) -> Iterator[Cell]:
    """The cell, what it is a view or an item of, and the arrays that it may be."""
    yield cell
    for each in ([cell.base] if cell.base is not None else []) + items_held(cell):
        yield from ways(each)


def items_held(cell: Cell) -> list[Cell]:
    """What an array that was read from a list of known length, at a position of the run, may be."""
    things = [object_of(slot) for slot in cell.held.slots] if cell.held is not None else []
    return [thing for thing in things if isinstance(thing, Cell)]


def current(ctx: Store, value: Value) -> Value:
    """An array that was read a while ago, as it is now: a call may have written into it since."""
    cell = ctx.places.get(value)
    if cell is None or not is_in(ctx.heap, cell) or _is_current(ctx, cell, value):
        return value
    held = _as_it_is(ctx, None, cell)
    return held if held is not None else value


def _is_current(ctx: Store, cell: Cell, value: Value) -> bool:
    held = ctx.heap.get(cell)
    if cell.base is None and not isinstance(held, Items):
        return not isinstance(held, Mem | Run) or held.value is value or _is_asarray_of(value, held.value)
    if cell.base is None or value.op is None or not value.op.operands:
        return True
    if chosen.below(ctx, cell) is not None:
        return False
    if cell.held is not None:
        from adjoint.frontend.storage import run_time_items

        return run_time_items.is_current(ctx, cell, value.op.operands[0])
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
    _store_at(ctx, node, "index_set", base, fitting.as_stored(ctx, node, base, value), spec, index)


def add_item(ctx: Store, node: Any, base: Value, amount: Value, spec: Sequence[Any], index: Sequence[Value]) -> None:
    """`base[index] += amount`, each element once."""
    _store_at(ctx, node, "index_add", base, fitting.as_stored(ctx, node, base, amount), spec, index)


def _store_at(
    ctx: Store, node: Any, opcode: str, base: Value, value: Value, spec: Sequence[Any], index: Sequence[Value]
) -> None:
    cell = ctx.places.get(base)
    one = chosen.below(ctx, cell)
    if cell is not None and one is not None:

        def here(each: Cell) -> None:
            _store_at(ctx, node, opcode, load(ctx, node, handle(each)), value, spec, index)

        chosen.on_each(ctx, node, cell, one, here)
        return
    found = turned.direct(ctx, node, cell, rank_of(base.type), value, spec, index) if cell is not None else None
    if found is not None and cell is not None and cell.base is not None:
        value, spec, index = found
        _store_at(ctx, node, opcode, load(ctx, node, handle(cell.base)), value, spec, index)
        return
    store(ctx, node, base, ctx.emit(node, opcode, base, value, *index, spec=tuple(spec)))


def update(ctx: Store, node: Any, old: Value, new: Value) -> None:
    """`a += b` of arrays: the memory stays, with its dtype and shape."""
    store(ctx, node, old, fitting.fitted(ctx, node, old, new))


__all__ = ["AliasNotProvable", "Mem", "View", "add_item", "keep", "load", "note", "store", "store_item", "update"]
