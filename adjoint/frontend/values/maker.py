"""Putting bindings together from structures: see `structures`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, final

from adjoint.errors import AdjointError, AliasNotProvable
from adjoint.frontend.storage import chosen, guests, memory
from adjoint.frontend.values import pieces
from adjoint.frontend.values.forms import RUN, Again, Leaf, Node, Same, Structure
from adjoint.frontend.values.objects import (
    LIST,
    Bound,
    Cell,
    Choice,
    Closure,
    Contents,
    Items,
    Mem,
    Optional,
    Run,
    Slice,
    Transformed,
    handle,
    object_of,
)
from adjoint.ir.core import Value
from adjoint.ir.types import Static, Type
from adjoint.runtime.known import NUMBERS

if TYPE_CHECKING:
    from adjoint.frontend.context import Context


def _told(t: Type) -> float | None:
    """The number that the other side of a border has told by this type."""
    number: float | None = t.value if isinstance(t, Static) and type(t.value) in NUMBERS else None
    return number


@final
class Maker:
    """Puts bindings together from the values for their leaves. New containers are entered in the heap of `ctx`."""

    def __init__(self, ctx: Context, values: Iterator[Value]) -> None:
        self.ctx = ctx
        self.values = values
        self.cells: list[Cell] = []
        self.given: Sequence[Cell] = ()
        """The containers among the arguments of the call whose result is made."""
        self.is_argument = False
        self.lists: list[Cell] = []
        """Lists that are being made, and cannot be items of themselves."""

    def make(self, structure: Structure) -> Value:
        """The value of the structure, from the next values."""
        if isinstance(structure, Leaf):
            value = next(self.values)
            value.symbol = structure.symbol or value.symbol
            told = _told(structure.type)
            return value if told is None else self.ctx.const(told)
        if isinstance(structure, Same):
            return handle(structure.object)
        if isinstance(structure, Again):
            if structure.number >= len(self.cells) or self.cells[structure.number] in self.lists:
                raise self._refuse_order()
            return handle(self.cells[structure.number])
        if structure.kind == "view":
            self.cells.append(Cell())
            cell = self.cells[-1]
            base, *operands = [self.make(child) for child in structure.children]
            memory.make_view(self.ctx, cell, structure.meta, object_of(base), operands)
            return handle(cell)
        if structure.kind == "item":
            return self._item_of(structure)
        if structure.kind == "one":
            return self._one_of(structure)
        if structure.kind == "part":
            base, *operands = [self.make(child) for child in structure.children]
            cell = Cell()
            memory.make_view(self.ctx, cell, structure.meta, object_of(base), operands)
            return handle(cell)
        if structure.kind in ("cell", "run", "parts", "memory"):
            cell = Cell()
            if structure.kind == "run":
                guests.enter(cell, structure.meta)
            if structure.kind == "memory" and structure.meta:
                self.ctx.freeze(cell, structure.meta)
            self.cells.append(cell)
            self.lists += [cell] if structure.meta == LIST else []
            self.ctx.heap[cell] = self.contents(structure)
            self.lists = [each for each in self.lists if each is not cell]
            return handle(cell)
        return self._immutable(structure, [self.make(child) for child in structure.children])

    def _bound(self, entry: Any, rest: Iterator[Value]) -> Value | None:
        if entry is None:
            return None
        return next(rest) if entry == RUN else self.ctx.const(entry[0])

    def _item_of(self, structure: Node) -> Value:
        """An item of a list of run-time length, or what stands in a slot of one."""
        slot, is_from_end = structure.meta
        self.cells.append(Cell())
        cell = self.cells[-1]
        base, *at = [self.make(child) for child in structure.children]
        listed = object_of(base)
        run = self.ctx.heap[memory.root(listed)]
        assert isinstance(run, Run)
        cell.base, cell.slot, cell.index = listed, slot, at[0] if at else None
        if slot is None:
            cell.moves, cell.size = run.moves, run.size if is_from_end else None
        else:
            cell.moves, cell.size = run.bindings, run.writes
        return handle(cell)

    def _one_of(self, structure: Node) -> Value:
        index, *operands = [self.make(child) for child in structure.children[: 1 + structure.meta]]
        items = [
            pieces.made(self.ctx, form, iter(operands)) if pieces.is_known(form) else object_of(self.make(form))
            for form in pieces.items_of(structure)
        ]
        return handle(chosen.one_of(items, index))

    def _refuse_order(self) -> AdjointError:
        return self.ctx.refuse(
            None,
            "lists that share items meet here, and one of them is longer on another path or in another pass",
            why="which of their items are one could not be told",
            fix="put copies into one of the lists",
            kind=AliasNotProvable,
        )

    def contents(self, structure: Structure) -> Contents:
        """What a container with this structure holds."""
        assert isinstance(structure, Node)
        if structure.kind == "memory":
            return Mem(next(self.values))
        if structure.kind == "run":
            return Run(next(self.values))
        return Items(structure.meta, tuple(self.make(child) for child in structure.children))

    def _immutable(self, structure: Node, parts: Sequence[Value]) -> Value:
        if structure.kind == "closure":
            code, names = structure.meta
            return handle(Closure(code, dict(zip(names, parts))))
        if structure.kind == "bound":
            count, names = structure.meta
            keywords = dict(zip(names, parts[1 + count :]))
            return handle(Bound(parts[0], tuple(parts[1 : 1 + count]), keywords))
        if structure.kind == "derivative":
            return handle(Transformed(parts[0], structure.meta))
        if structure.kind == "choice":
            return handle(Choice(*parts))
        if structure.kind == "optional":
            return handle(Optional(parts[0], parts[1]))
        if structure.kind == "unbound":
            return handle(Optional(parts[0], parts[1], structure.meta))
        if structure.kind == "oneof":
            self.ctx.possible[parts[0]] = structure.meta
            return parts[0]
        if structure.kind == "slice":
            rest = iter(parts)
            start, stop, step = (self._bound(entry, rest) for entry in structure.meta)
            return handle(Slice((start, stop, step)))
        if structure.kind == "iterator":
            from adjoint.frontend.control.iterators import arrived

            is_once, reads = structure.meta
            return arrived(self.ctx, parts, is_once, [self.given[number] for number in reads], self.is_argument)
        return self.ctx.pack(parts, structure.meta)
