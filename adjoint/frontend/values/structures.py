"""Structures: how a binding is taken apart into values of the IR and put together again.

Where paths meet, where a loop starts again and where a function is called, only values of the IR can pass. A structure
says what a binding looks like without them: which leaves are values, which objects are the very same on every path,
which containers are new there and how they are built. Two structures can be joined as types can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeGuard, final

from adjoint.frontend.storage import memory
from adjoint.frontend.values import pieces
from adjoint.frontend.values.asked import as_told, numbers_in
from adjoint.frontend.values.forms import (
    RUN,
    Again,
    Leaf,
    Node,
    Same,
    Structure,
    data_type,
    is_data,
    is_missing,
    join_forms,
    known_bound,
    leaves_of,
    optional,
    plain,
    same_form,
    unbound,
    with_types,
    within,
)
from adjoint.frontend.values.objects import (
    LIST,
    Binding,
    Bound,
    Cell,
    Choice,
    Closure,
    Conflict,
    Contents,
    Items,
    Mem,
    Optional,
    Passed,
    Place,
    Run,
    Slice,
    Super,
    Transformed,
    handle,
    object_of,
)
from adjoint.frontend.values.objects import (
    Iterator as IteratorObject,
)
from adjoint.frontend.values.optionals import known, resolved
from adjoint.ir.core import Value, is_const
from adjoint.ir.layouts import is_rebuildable
from adjoint.ir.types import (
    INT,
    NONE,
    UNDEF,
    Array,
    Handle,
    JoinError,
    Layout,
    List,
    Static,
    Tuple,
    Type,
    Undef,
    is_list,
)

if TYPE_CHECKING:
    from adjoint.frontend.context import Context


# -- taking apart


@final
class Taker:
    """Takes bindings apart, one after another: a container met again is known by its number.

    `kept` says which containers are the same on every path; they are not taken apart. With `freezes`, what is a view
    of something else and is taken apart loses that tie: neither can be written from then on.
    """

    def __init__(
        self,
        ctx: Context,
        kept: Callable[[Cell], bool],
        heap: Mapping[Cell, Contents] | None = None,
        facts: Mapping[Value, bool] | None = None,
        freezes: bool = False,
    ) -> None:
        self.freezes = freezes
        self.ctx = ctx
        self.kept = kept
        self.heap = ctx.heap if heap is None else heap
        self.facts = ctx.facts if facts is None else facts
        self.cells: list[Cell] = []
        self.viewed: frozenset[Cell] = frozenset()
        """Arrays of which several parts are taken apart: each part is a view of the array, not an array of its own."""
        self.symbol: Callable[[Value], str | None] = lambda value: None
        """Names for integers that are known on both sides of a call."""
        self.told_apart: frozenset[Cell] = frozenset()
        """Arrays that are one of several, all of which are taken apart."""
        self.plain: set[Cell] = set()
        """Such arrays, and parts of arrays, that are taken apart as arrays of their own: their ties are lost."""
        self.lost: set[Cell] = set()
        """Arrays that are met as one with others."""
        self.by_place: frozenset[Cell] = frozenset()
        """Items of lists of run-time length, and what stands in their slots, that are taken apart as places there."""
        self.told: frozenset[Value] = frozenset()
        """Constants that the other side is told."""
        self.is_known: Callable[[Cell], bool] | None = None
        """Whether an array or container has a name where this goes; None where all of them have theirs."""
        self.opens = False
        """Whether arrays in an item of a list of run-time length are taken apart, too."""

    def structure(self, held: Binding | None) -> Structure:
        """The structure of a binding. Raises JoinError for one that has none."""
        if held is None:
            return Leaf(UNDEF)
        if isinstance(held, Conflict):
            raise JoinError("no common type")
        if isinstance(held.type, Handle):
            return self._object(held.type.object)
        if held in self.told:
            return Leaf(Static(self.ctx.static(held)), held.name)
        if held in self.ctx.possible:
            return Node("oneof", self.ctx.possible[held], (Leaf(held.type, held.name),))
        if isinstance(held.type, Tuple) and has_object(held.type):
            return Node("tuple", held.type.layout, tuple(map(self.structure, self._parts(held))))
        if isinstance(held.type, Tuple) and (_has_constant(held.type) or not self.told.isdisjoint(numbers_in(held))):
            return Node("tuple", held.type.layout, tuple(map(self.structure, self.ctx.parts(held))))
        return Leaf(held.type, held.name, symbol=self.symbol(held))

    def _parts(self, value: Value) -> list[Value]:
        if value.op is None or value.op.opcode != "tuple":
            raise JoinError("a tuple with objects whose parts are not known")
        return value.op.operands

    def _object(self, thing: Any) -> Structure:
        if isinstance(thing, Cell):
            return self._cell(thing)
        if isinstance(thing, Closure):
            return Node("closure", (thing.code, tuple(thing.taken)), tuple(map(self.structure, thing.taken.values())))
        if isinstance(thing, Bound):
            parts = (thing.function, *thing.args, *thing.keywords.values())
            return Node("bound", (len(thing.args), tuple(thing.keywords)), tuple(map(self.structure, parts)))
        if isinstance(thing, Transformed):
            return Node("derivative", thing.transform, (self.structure(thing.base),))
        if isinstance(thing, Choice):
            return Node("choice", None, tuple(map(self.structure, (thing.condition, thing.then, thing.orelse))))
        if isinstance(thing, Optional):
            flag = known(thing.is_none, self.facts)
            if flag is not None:
                nothing = Leaf(UNDEF) if thing.unbound else Leaf(NONE)
                return nothing if flag else self.structure(thing.value)
            inner = self.structure(thing.value)
            return unbound(thing.unbound, inner) if thing.unbound else optional(inner)
        if isinstance(thing, Slice):
            of_run = (bound for bound in thing.bounds if bound is not None and not is_const(bound))
            return Node("slice", tuple(map(known_bound, thing.bounds)), tuple(map(self.structure, of_run)))
        if isinstance(thing, Passed):
            return Node("iterator", (thing.is_once, thing.reads), tuple(map(self.structure, thing.parts)))
        return Same(thing)

    def _cell(self, cell: Cell) -> Structure:
        if self.kept(cell):
            return Same(cell)
        if cell in self.cells:
            return Again(self.cells.index(cell))
        if cell in self.lost:
            raise JoinError("an array that is one of several under another name")
        chosen_form = self._chosen(cell) if self.ctx.specializations.chooses and cell not in self.plain else None
        if chosen_form is not None:
            return chosen_form
        self.cells.append(cell)
        if cell in self.by_place and cell.base is not None:
            at = () if cell.slot is not None else (self.structure(cell.index),)
            return Node("item", (cell.slot, cell.size is not None), (self._cell(cell.base), *at))
        if memory.root(cell) in self.viewed and memory.is_view(self.ctx, cell):
            meta, operands = memory.recipe(self.ctx, cell)
            assert cell.base is not None
            return Node("view", meta, (self._cell(cell.base), *map(self.structure, operands)))
        is_taken = cell.view is None and cell.base in self.ctx.taken_from.values()
        if (self.freezes or cell in self.plain) and cell.base is not None and not is_taken:
            names = f"{memory.spoken(cell)} and {memory.spoken(memory.root(cell))}"
            self.ctx.freeze(cell, f"{names} share memory, but not on every path of the program")
        return self.contents(self.ctx.looked_up(self.heap, cell), self.is_aliased(cell), cell.frozen or False, cell)

    def is_aliased(self, cell: Cell) -> bool | frozenset[Place]:
        """Whether items of a list may have other names, where what it is taken apart for knows those.

        Where only what stands in them does: at which places.
        """
        from adjoint.frontend.storage.guests import known_in

        return known_in(cell, self.is_known or (lambda each: True))

    def _chosen(self, cell: Cell) -> Structure | None:
        """The structure of one of several arrays that are the same on every path, or of a part of one."""
        items = memory.items_held(cell)
        if items and cell in self.told_apart:
            return Node("one", 0, (Leaf(INT), *map(self._cell, items)))
        forms = [self._item(item) for item in items]
        new = [item for item, each in zip(items, forms) if not each]
        if len(new) < len(items):
            if any(item in self.lost or item in self.cells for item in new):
                raise JoinError("an array that is one of several under another name, too")
            if all(isinstance(self.heap.get(item), Mem) for item in new):
                made = pieces.one_of([form for each in forms for form in each], list(self._merged(cell, new)))
                return made if pieces.is_few(made) else None
        if cell.base is None or cell.view is None or not memory.is_view(self.ctx, cell):
            return None
        base = Same(cell.base) if self.kept(cell.base) else self._chosen(cell.base)
        return memory.part_of(self.ctx, cell, base) if base is not None else None

    def _item(self, cell: Cell) -> list[Structure]:
        """The structure of one of several arrays: one that is the same on every path, or a part of one."""
        form = Same(cell) if self.kept(cell) else self._chosen(cell)
        items = pieces.items_in(form) if form is not None else []
        return items if all(map(pieces.is_known, items)) else []

    def _merged(self, cell: Cell, new: Sequence[Cell]) -> Iterator[Structure]:
        """The structure of those of several arrays that are not known outside: as one without other names."""
        if new:
            held = self.ctx.looked_up(self.heap, cell)
            if not isinstance(held, Mem):
                raise JoinError("an array that is not known here")
            self.cells.append(new[0])
            self.lost.update(new[1:])
            frozen = next((item.frozen for item in new if item.frozen is not None), False)
            yield Node("memory", frozen, (Leaf(held.value.type, held.value.name),))

    def _opened(self, cell: Cell, held: Items) -> Sequence[Binding]:
        from adjoint.frontend.storage import slots

        return slots.opened(self.ctx, cell, held)

    def contents(
        self,
        held: Contents,
        is_aliased: bool | frozenset[Place] = False,
        frozen: Any = False,
        cell: Cell | None = None,
    ) -> Structure:
        """The structure of what a container holds. `is_aliased`: containers in it may have names of their own.

        `frozen` says why an array can only be read, `cell` which container it is.
        """
        if isinstance(held, Conflict):
            raise JoinError("no common type")
        if isinstance(held, Mem):
            return Node("memory", frozen, (Leaf(held.value.type, held.value.name),))
        if isinstance(held, Run):
            return Node("run", is_aliased, (Leaf(held.value.type, held.value.name),))
        kind = "cell" if is_writable(held.layout) or self.ctx.whole(held, self.heap) is not None else "parts"
        parts = self._opened(cell, held) if self.opens and cell is not None else held.slots
        return Node(kind, held.layout, tuple(map(self.structure, parts)))


def holds_memory(t: Type) -> bool:
    """Whether a value is an array, or a tuple with one in it."""
    return (isinstance(t, Array) and t.rank > 0) or (isinstance(t, Tuple) and any(map(holds_memory, t.items)))


def _form_of_memory(t: Type, name: str | None = None) -> Structure:
    if isinstance(t, Array) and t.rank:
        return Node("memory", False, (Leaf(t, name),))
    if isinstance(t, Tuple) and holds_memory(t):
        return Node("tuple", t.layout, tuple(map(_form_of_memory, t.items)))
    return Leaf(t, name)


def is_writable(layout: Layout) -> bool:
    """Whether a container can be written out as one value of the IR."""
    return layout.kind in ("list", "dict", "namespace") or (layout.kind == "record" and is_rebuildable(layout))


def has_object(t: Type) -> bool:
    """Whether a tuple type has something in it that only the front end knows."""
    return isinstance(t, Handle) or (isinstance(t, Tuple) and any(map(has_object, t.items)))


def _has_constant(t: Type) -> bool:
    """Whether there is None, a string or a member of an enumeration in a tuple: elsewhere it may be another."""
    if isinstance(t, Tuple):
        return any(map(_has_constant, t.items))
    return isinstance(t, Static) and (t.value is None or isinstance(t.value, str | Enum))


def give(ctx: Context, held: Binding | Contents | None, wanted: Structure, seen: set[Cell]) -> Iterator[Value]:
    """The values for the leaves of the wanted structure, written into the region at hand where one must be made."""
    if isinstance(wanted, Node) and wanted.kind == "argument":
        return
    if isinstance(wanted, Node) and wanted.kind == "unbound":
        yield from _give_unbound(ctx, held, wanted, seen)
        return
    if held is None or isinstance(held, Conflict):
        yield from (ctx.undef() for _ in leaves_of(wanted))
        return
    if isinstance(wanted, Node) and wanted.kind == "optional":
        yield from _give_optional(ctx, held, wanted, seen)
        return
    held = resolved(ctx, held)
    if isinstance(wanted, Node) and wanted.kind in ("one", "part") and isinstance(held, Value):
        held = memory.keep(ctx, held)
    thing = object_of(held)
    if isinstance(wanted, Node) and wanted.kind == "oneof":
        assert isinstance(held, Value)
        (leaf,) = leaves_of(wanted)
        yield ctx.builder.const(held.type.value, leaf.type) if isinstance(held.type, Static) else held
    elif isinstance(wanted, Leaf):
        assert isinstance(held, Value)
        yield as_told(ctx, held, wanted.type)
    elif isinstance(held, Value) and isinstance(held.type, Undef):
        yield from (ctx.undef() for _ in leaves_of(wanted))
    elif isinstance(thing, Cell) and isinstance(wanted, Node) and wanted.kind == "one":
        yield from _give_chosen(ctx, thing, wanted, seen)
    elif isinstance(thing, Cell) and isinstance(wanted, Node) and wanted.kind in ("view", "part"):
        operands = [each for each, known in zip(thing.view.operands, wanted.meta[2], strict=True) if known is None]
        assert thing.base is not None
        for part, child in zip((handle(thing.base), *operands), wanted.children, strict=True):
            yield from give(ctx, part, child, seen)
    elif isinstance(thing, Cell) and isinstance(wanted, Node) and wanted.kind == "item":
        for part, child in zip((handle(thing.base), thing.index), wanted.children):
            yield from give(ctx, part, child, seen)
    elif isinstance(thing, Cell) and isinstance(wanted, Node):
        seen.add(thing)
        held = ctx.contents(thing)
        if wanted.kind == "run" and isinstance(held, Items):
            yield ctx.listed(held, thing)
        else:
            yield from give(ctx, held, wanted, seen)
    elif isinstance(held, Mem):
        yield held.value
    elif isinstance(wanted, Node) and wanted.kind == "memory" and thing is None:
        assert isinstance(held, Value)
        yield held
    elif isinstance(wanted, Node) and wanted.kind in ("tuple", "cell") and _is_plain(held):
        for part, child in zip(ctx.parts(held), wanted.children, strict=True):
            yield from give(ctx, part, child, seen)
    elif isinstance(held, Items | Run) and isinstance(wanted, Node) and wanted.kind == "run":
        yield held.value if isinstance(held, Run) else ctx.listed(held)
    elif isinstance(thing, Slice) and isinstance(wanted, Node):
        of_run = (bound for bound, entry in zip(thing.bounds, wanted.meta) if entry == RUN)
        for bound, child in zip(of_run, wanted.children, strict=True):
            yield from give(ctx, bound, child, seen)
    elif isinstance(wanted, Node):
        for each, child in zip(_parts_of(held, thing), wanted.children, strict=True):
            yield from give(ctx, each, child, seen)


def _is_plain(held: Any) -> TypeGuard[Value]:
    """Whether it is a tuple, or a container that has no identity yet, as a value of the program."""
    return isinstance(held, Value) and isinstance(held.type, Tuple) and not has_object(held.type)


def _give_chosen(ctx: Context, cell: Cell, wanted: Node, seen: set[Cell]) -> Iterator[Value]:
    """The number of an array among those that are known on the other side, or its own number and all of them."""
    items = pieces.items_of(wanted)
    if not any(map(pieces.is_known, items)):
        assert cell.index is not None
        yield cell.index
        for item, child in zip(memory.items_held(cell) or [cell], items, strict=True):
            yield from give(ctx, handle(item), child, seen)
        return
    yield from pieces.given(ctx, cell, wanted)
    if not all(map(pieces.is_known, items)):  # where nothing is new, something that nobody reads
        yield ctx.seen(None, cell).value


def _give_optional(ctx: Context, held: Any, wanted: Node, seen: set[Cell]) -> Iterator[Value]:
    """The flag, and the value where there is one."""
    thing = object_of(held)
    if isinstance(thing, Optional):
        flag = known(thing.is_none, ctx.facts)
        held = ctx.const(None) if flag else thing.value
        is_none = ctx.const(flag) if flag is not None else thing.is_none
    elif isinstance(held.type, Undef):
        is_none = ctx.undef()
    else:
        is_none = ctx.const(held.type == NONE)
    yield is_none
    if held.type == NONE:
        yield from (nothing(ctx, leaf.type) for leaf in leaves_of(wanted.children[1]))
    else:
        yield from give(ctx, held, wanted.children[1], seen)


def _give_unbound(ctx: Context, held: Any, wanted: Node, seen: set[Cell]) -> Iterator[Value]:
    """The flag, and what the variable holds if it is not set."""
    thing = object_of(held)
    if isinstance(thing, Optional) and thing.unbound:
        flag = known(thing.is_none, ctx.facts)
        yield ctx.const(flag) if flag is not None else thing.is_none
        held = None if flag else thing.value
    else:
        yield ctx.const(held is None)
    yield from give(ctx, held, wanted.children[1], seen)


def nothing(ctx: Context, t: Type) -> Value:
    """What stands beside a flag that is set; `ir.undefined` makes it None."""
    value = ctx.undef()
    assert value.op is not None
    value.op.attrs["_none"] = t
    return value


def _parts_of(held: Any, thing: Any) -> Sequence[Binding]:
    if isinstance(held, Items):
        return held.slots
    if isinstance(thing, Closure):
        return list(thing.taken.values())
    if isinstance(thing, Bound):
        return [thing.function, *thing.args, *thing.keywords.values()]
    if isinstance(thing, Transformed):
        return [thing.base]
    if isinstance(thing, Choice):
        return [thing.condition, thing.then, thing.orelse]
    if isinstance(thing, Passed):
        return thing.parts
    assert held.op is not None
    parts: list[Value] = held.op.operands
    return parts


def mentions(value: Any, cell: Cell) -> bool:
    """Whether a binding leads to the container without another one in between."""
    thing = object_of(value)
    if isinstance(thing, Cell):
        return any(each is cell for each in memory.ways(thing))
    if isinstance(thing, Closure):
        return any(mentions(each, cell) for each in thing.taken.values())
    if isinstance(thing, Bound):
        return any(mentions(each, cell) for each in (thing.function, *thing.args, *thing.keywords.values()))
    if isinstance(thing, Choice):
        return mentions(thing.then, cell) or mentions(thing.orelse, cell)
    if isinstance(thing, Optional):
        return mentions(thing.value, cell)
    if isinstance(thing, Super):
        return mentions(thing.of, cell)
    if isinstance(thing, IteratorObject | Transformed):
        return True
    if isinstance(value, Value) and value.op is not None and value.op.opcode == "tuple":
        return any(mentions(each, cell) for each in value.op.operands)
    return False


def is_open(t: Type) -> bool:
    """Whether values of the type are containers that can change: they get an identity when the program reads them."""
    if isinstance(t, List) or is_list(t):
        return True
    return isinstance(t, Tuple) and (
        (t.layout is not None and t.layout.kind in ("dict", "record", "namespace", "box"))
        or any(map(has_identity, t.items))
    )


def has_identity(t: Type) -> bool:
    """Whether values of the type can change while others look on: containers, and arrays."""
    return is_open(t) or (isinstance(t, Array) and t.rank > 0)


__all__ = [
    "LIST",
    "Again",
    "Layout",
    "Leaf",
    "Node",
    "Same",
    "Structure",
    "Taker",
    "data_type",
    "give",
    "is_data",
    "is_missing",
    "join_forms",
    "leaves_of",
    "optional",
    "plain",
    "same_form",
    "unbound",
    "with_types",
    "within",
]
