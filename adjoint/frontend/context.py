"""The state of one lowering, handed to every lowering function.

Handlers are registered by syntax node; `Context.expression` and `Context.statement` find them. Types are inferred as
operations are appended, so a handler may look at the type of any operand.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, final

from adjoint.errors import AdjointError, ShapeAssumption
from adjoint.frontend.storage import memory
from adjoint.frontend.storage.store import Store
from adjoint.frontend.values.objects import (
    BOX,
    Binding,
    Cell,
    Conflict,
    Items,
    Optional,
    Run,
    object_of,
)
from adjoint.frontend.values.optionals import present, resolved
from adjoint.frontend.writer import Return, spoken
from adjoint.ir.core import Value
from adjoint.ir.types import (
    Array,
    Sym,
    Tuple,
    Type,
    is_list,
)

if TYPE_CHECKING:
    pass

__all__ = ["Binding", "Conflict", "Context", "Return", "expression", "is_list", "spoken", "statement", "symbols_of"]


Expression = Callable[["Context", Any], Value]


Statement = Callable[["Context", Any], None]


H = TypeVar("H", bound=Callable[..., Any])


EXPRESSIONS: dict[type, Expression] = {}


STATEMENTS: dict[type, Statement] = {}


def expression(*nodes: type) -> Callable[[H], H]:
    """Register the handler of expression nodes."""

    def register(handler: H) -> H:
        EXPRESSIONS.update(dict.fromkeys(nodes, handler))
        return handler

    return register


def statement(*nodes: type) -> Callable[[H], H]:
    """Register the handler of statement nodes that neither jump nor hold blocks."""

    def register(handler: H) -> H:
        STATEMENTS.update(dict.fromkeys(nodes, handler))
        return handler

    return register


_NOTED = ("renamed", "origins", "read_from", "maybe", "positions")
"""What is noted of names and containers."""


@final
@dataclass(slots=True)
class Context(Store):
    """One function being lowered: the region being written, and what the variables and containers hold."""

    def expression(self, node: Any) -> Value:
        """Lower an expression to the value it has."""
        value = EXPRESSIONS[type(node)](self, node)
        return resolved(self, value) if isinstance(object_of(value), Optional) else value

    def statement(self, node: Any) -> None:
        """Lower a simple statement."""
        outer, self.at_hand = self.at_hand, (self.liveness, node)
        before, self.used_before, self.released = self.used_before, len(self.in_use), None
        try:
            with self.at(node):
                STATEMENTS[type(node)](self, node)
        finally:
            self.at_hand, self.used_before = outer, before

    @property
    def local_names(self) -> frozenset[str]:
        """The names that are variables of the function, or of one around it."""
        return frozenset({*self.scope.local, *self.renamed, *self.boxes, *self.env, *self.siblings})

    def is_local(self, name: str) -> bool:
        """Whether a name is a variable, not a global."""
        found = name in self.renamed or name in self.env or name in self.boxes or name in self.siblings
        return found or name in self.scope.local

    def is_of_user(self, name: str) -> bool:
        """Whether a name is a variable that the user wrote, not one of ours."""
        if not self.user_names:
            nodes = ast.walk(self.captured.source.node)
            self.user_names.update(each.id for each in nodes if isinstance(each, ast.Name))
        return name in self.user_names

    def bind(self, name: str, value: Value) -> None:
        """The variable now holds the value; a temporary takes its name, an array a place in memory."""
        if memory.is_array(value):
            value.name = value.name or name
            value = memory.keep(self, value)
        thing = object_of(value)
        if thing is not None:
            if isinstance(thing, Cell) and thing.hint is None:
                thing.hint = name
                held = self.heap.get(thing)
                if isinstance(held, Run) and held.value.name is None:
                    held.value.name = name
        elif value.name is None:
            value.name = name
        self.assign(name, value)

    def assign(self, name: str, value: Binding) -> None:
        """Put a binding under a name as it is."""
        key = self.renamed.get(name, name)
        box = self.boxes.get(key)
        if box is None:
            self.env[key] = value
        else:
            self.heap[box] = Items(BOX, (value,))

    def held(self, name: str) -> Binding | None:
        """What a variable holds, if anything."""
        key = self.renamed.get(name, name)
        box = self.boxes.get(key)
        if box is None:
            return self.env.get(key)
        contents = self.heap.get(box)
        if isinstance(contents, Items):
            return contents.slots[0]
        return contents if isinstance(contents, Conflict) else None

    def unbind(self, name: str) -> None:
        """The variable has no value any more."""
        key = self.renamed.get(name, name)
        box = self.boxes.get(key)
        if box is None:
            self.env.pop(key, None)
        else:
            self.heap.pop(box, None)

    def read(self, node: Any, name: str) -> Value:
        """What a local variable holds."""
        held = resolved(self, self.held(name))
        if isinstance(held, Value) and isinstance(thing := object_of(held), Optional) and thing.unbound:
            held = present(self, held)
        if held is None:
            raise self.refuse(
                node,
                f"the variable {name!r} is read before it is assigned",
                why="on this path no assignment comes first",
                raises=UnboundLocalError,
                fix=f"give {name!r} a value first",
            )
        if isinstance(held, Conflict):
            refusal = self.refuse(
                node,
                f"the variable {name!r} holds {spoken(held.first)} on one path and {spoken(held.second)} on another",
                why="a variable must have one type where paths meet",
                fix="use two variables, or start with a value of the final type (for an array: `np.zeros(...)`)",
                kind=ShapeAssumption,
            )
            refusal.parts_ways = True
            raise refusal
        return memory.load(self, node, held)

    def either(self, first: Callable[[], None], second: Callable[[], None]) -> None:
        """Do the first thing, or if it is refused the second, from the same state. The first refusal is told."""
        undo = self.checkpoint()
        try:
            first()
        except AdjointError as refusal:
            undo()
            try:
                second()
            except AdjointError:
                raise refusal from None

    def checkpoint(self) -> Callable[[], None]:
        """The state now: calling the result brings it back."""
        env, heap, facts = dict(self.env), dict(self.heap), dict(self.facts)
        integers, known = dict(self.integers), dict(self.known)
        region, line = self.builder.region, self.builder.line
        counts = len(region.ops), len(self.returns)
        noted = {name: dict(getattr(self, name)) for name in _NOTED}
        forget = self.ties_so_far()

        def undo() -> None:
            self.env, self.heap, self.facts = dict(env), dict(heap), dict(facts)
            self.integers, self.known = dict(integers), dict(known)
            self.builder.region, self.builder.line = region, line
            del region.ops[counts[0] :], self.returns[counts[1] :]
            for name, told in noted.items():
                setattr(self, name, dict(told))
            forget()

        return undo

    def ties_so_far(self) -> Callable[[], None]:
        """What holds what now: calling the result forgets the lists that have been made since, and what is in them."""
        lists = {cell: list(known) for cell, known in self.lists.items()}
        escaped = set(self.escaped)
        others = [(cell, len(cell.aliases), len(cell.guests), len(cell.kin)) for cell in self.heap]
        count = len(self.frozen)

        def forget() -> None:
            for cell in self.frozen[count:]:
                cell.frozen = None
            del self.frozen[count:]
            self.lists, self.escaped = {cell: list(known) for cell, known in lists.items()}, set(escaped)
            for cell, aliases, guests, kin in others:
                del cell.aliases[aliases:], cell.guests[guests:], cell.kin[kin:]
                cell.kin = cell.kin if kin else []

        return forget

    def note_return(self, node: Any, value: Value) -> None:
        """End the region with a `return`; what it returns is written when all of them are known."""
        value = memory.keep(self, value)
        if self.exchanged:
            from adjoint.frontend.calls.handed_back import hand_back

            hand_back(self, node)
        op = self.builder.terminate("return", value)
        here = dict(self.heap), dict(self.facts)
        self.returns.append(Return(op, self.builder.region, node, value, *here))


def symbols_of(types: Iterable[Type]) -> frozenset[str]:
    """The names of the symbolic extents in the types."""
    found: set[str] = set()
    pending = list(types)
    while pending:
        t = pending.pop()
        if isinstance(t, Array):
            found.update(dim.name for dim in t.shape if isinstance(dim, Sym))
        elif isinstance(t, Tuple):
            pending.extend(t.items)
        elif hasattr(t, "item"):
            pending.append(t.item)
    return frozenset(found)
