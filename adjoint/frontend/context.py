"""The state of one lowering, handed to every lowering function.

Handlers are registered by syntax node; `Context.expression` and `Context.statement` find them. Types are inferred as
operations are appended, so a handler may look at the type of any operand.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, final

from adjoint.errors import AdjointError, AliasNotProvable, NoRule, ShapeAssumption, UnsupportedConstruct
from adjoint.frontend import memory
from adjoint.frontend.capture import Captured
from adjoint.frontend.liveness import Liveness
from adjoint.frontend.objects import (
    BOX,
    LIST,
    Binding,
    Cell,
    Code,
    Conflict,
    Contents,
    Items,
    Mem,
    Optional,
    Run,
    handle,
    object_of,
)
from adjoint.frontend.optionals import present, resolved
from adjoint.frontend.scoping import Scope
from adjoint.frontend.structures import has_object, holds_memory, is_open, mentions
from adjoint.ir import opset
from adjoint.ir.builder import Builder
from adjoint.ir.core import Line, Op, Region, Value, is_const
from adjoint.ir.layouts import is_rebuildable
from adjoint.ir.ops.python import static_value
from adjoint.ir.opset import TypeInferenceError
from adjoint.ir.types import (
    INT,
    UNDEF,
    Array,
    Handle,
    JoinError,
    Layout,
    List,
    Object,
    Scalar,
    Static,
    Sym,
    Tuple,
    Type,
    Undef,
    is_list,
    item_of,
    rank_of,
)

if TYPE_CHECKING:
    from adjoint.frontend.specialize import Specializations

__all__ = ["Binding", "Conflict", "Context", "is_list"]

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


@final
@dataclass(slots=True)
class Return:
    """A `return` on some path: its operation, where it stands, the value and what the containers hold there."""

    op: Op
    region: Region
    node: Any
    value: Value
    heap: dict[Cell, Contents]
    owned: set[Value]
    facts: dict[Value, bool]


@final
@dataclass(slots=True)
class Context:
    """One function being lowered: the region being written, what the variables hold, which arrays they own alone."""

    captured: Captured
    specializations: Specializations
    liveness: Liveness
    scope: Scope
    builder: Builder
    env: dict[str, Binding] = field(default_factory=dict)
    heap: dict[Cell, Contents] = field(default_factory=dict)
    boxes: dict[str, Cell] = field(default_factory=dict)
    """The variables that closures share, each in a cell with one slot."""
    taken: dict[str, Value] = field(default_factory=dict)
    """What this function, a closure, has taken along."""
    siblings: Mapping[str, Code] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    """The variables of comprehensions, which are not those of the function: their keys in `env`."""
    outside: frozenset[str] = frozenset()
    """Names declared `global`."""
    returns: list[Return] = field(default_factory=list)
    handlers: list[Any] = field(default_factory=list)
    """The `except` clauses around the statement being lowered, innermost last."""
    frames: list[Any] = field(default_factory=list)
    """The functions around the one at hand, which is written out where they call it (see `frames`)."""
    holes: list[Any] = field(default_factory=list)
    """What to lower where a context manager yields, innermost last."""
    frozen: list[Cell] = field(default_factory=list)
    may_stop: bool = False
    """Whether what walks an iterator now may stop before its end (`any`, `all`)."""
    integers: dict[Any, Value] = field(default_factory=dict)
    """Sums of integers that have been computed on the way here."""
    places: dict[Value, Cell] = field(default_factory=dict)
    """Where the arrays are that were read or made: the cell whose contents, or view of contents, a value is."""
    origins: dict[Cell, frozenset[Cell]] = field(default_factory=dict)
    """The lists of which a container may be an item, where only the run knows."""
    escaped: set[Cell] = field(default_factory=set)
    """What has been put into lists of run-time length."""
    maybe: dict[Cell, Cell] = field(default_factory=dict)
    """Arrays that may be views of another one, or copies."""
    parameters: list[Cell] = field(default_factory=list)
    """The containers that came in as arguments, by number."""
    owned: set[Value] = field(default_factory=set)
    bases: dict[Value, frozenset[Value]] = field(default_factory=dict)
    known_symbols: frozenset[str] = frozenset()
    unused_names: set[str] = field(default_factory=set)
    user_names: set[str] = field(default_factory=set)
    possible: dict[Value, tuple[Any, ...]] = field(default_factory=dict)
    """Strings and members of enumerations of which it is known what they may be."""
    exact: set[Value] = field(default_factory=set)
    """Arguments that are exactly of their type: where float is declared, no int."""
    facts: dict[Value, bool] = field(default_factory=dict)
    """Conditions whose truth is known on the path at hand (see `optionals`)."""
    may_hold_0d: bool = False
    shared_numbers: list[Any] = field(default_factory=list)

    # -- handlers

    def expression(self, node: Any) -> Value:
        """Lower an expression to the value it has."""
        return EXPRESSIONS[type(node)](self, node)

    def statement(self, node: Any) -> None:
        """Lower a simple statement."""
        with self.at(node):
            STATEMENTS[type(node)](self, node)

    # -- errors and places

    def refuse(
        self,
        node: Any,
        message: str,
        *,
        why: str,
        fix: str,
        kind: type[AdjointError] = UnsupportedConstruct,
        raises: type[BaseException] | None = None,
    ) -> AdjointError:
        """The refusal of a node, to be raised by the caller. `raises` is what Python itself would surely raise."""
        error = kind(message, place=self.captured.source.place(node), why=why, fix=fix)
        error.raises, error.region = raises, self.builder.region
        return error

    @contextmanager
    def at(self, first: Any, last: Any = None, suffix: str = "") -> Iterator[None]:
        """Operations written inside answer the statement from `first` to the end of `last`."""
        previous = self.builder.line
        self.builder.line = self.line(first, last, suffix)
        yield
        self.builder.line = previous

    def line(self, first: Any, last: Any = None, suffix: str = "") -> Line:
        """The line of a statement, or of the header of a compound one."""
        source = self.captured.source
        place = source.place(last if last is not None else first)
        start = source.place(first)
        return Line(start.line, source.segment(first, last) + suffix, start.column, place.end_column or 0)

    # -- writing

    def emit(self, node: Any, opcode: str, *operands: Value, **attrs: Any) -> Value:
        """Append an operation; what does not fit is refused at the node."""
        operands = tuple(self.data(node, operand) for operand in operands)
        if any(isinstance(operand.type, Undef) for operand in operands):
            return self.builder.op(opcode, operands, [UNDEF], {**opset.lookup(opcode).attrs, **attrs}).result
        number = self._number(opcode, operands)
        known = self.integers.get(number) if number is not None else None
        if known is not None and known.name is None:
            return known
        try:
            value = self.builder.emit(opcode, *operands, **attrs)
        except (TypeInferenceError, JoinError) as error:
            if any(_holds_nothing(operand.type) for operand in operands):
                return self.builder.op(opcode, operands, [UNDEF], {**opset.lookup(opcode).attrs, **attrs}).result
            raise self._misfit(node, opcode, operands, str(error)) from None
        except KeyError as error:
            if opcode in opset.TABLE:
                raise
            raise self.refuse(
                node, f"no operation {error} is known", why="it has no rule", fix="write it out", kind=NoRule
            ) from None
        self._own(opcode, operands, value)
        memory.note(self, opcode, operands, value, attrs)
        if number is not None and value.type == INT:
            self.integers[number] = value
        return value

    def _number(self, opcode: str, operands: Sequence[Value]) -> Any:
        """What tells whether an index such as `k + 1` has been computed before: extents are then known to be equal."""
        if opcode not in ("add", "sub") or any(operand.type != INT for operand in operands):
            return None
        return opcode, *(operand.op.attrs["value"] if is_const(operand) and operand.op else operand for operand in operands)

    def _misfit(self, node: Any, opcode: str, operands: Sequence[Value], reason: str) -> AdjointError:
        text = self.captured.source.segment(node)
        no_length = opcode == "len" and isinstance(operands[0].type, Scalar)
        return self.refuse(
            node,
            f"`{text}` cannot be typed: {reason}",
            why=f"the types and shapes of the arguments do not fit `{opcode}`, or are not known well enough",
            fix="check the shapes and kinds of what goes in; the types are those of this call's arguments",
            kind=ShapeAssumption,
            raises=TypeError if no_length else None,
        )

    def const(self, value: Any, text: str | None = None) -> Value:
        """A constant, with the user's spelling of it."""
        result = self.builder.const(value)
        if text is not None and result.op is not None:
            result.op.attrs["_text"] = text
        return result

    def undef(self) -> Value:
        """No value."""
        return self.builder.emit("undef")

    # -- compile-time knowledge

    def static(self, value: Value) -> Any:
        """The Python object a value stands for. Raises KeyError when it is known at run time only."""
        if isinstance(value.type, Tuple) and value.op is not None and value.op.opcode in ("tuple", "list"):
            return tuple(self.static(item) for item in value.op.operands)
        if value.op is not None and value.op.opcode == "list":
            return [self.static(item) for item in value.op.operands]
        return static_value(value)

    def is_static(self, value: Value) -> bool:
        """Whether `static` would succeed."""
        try:
            self.static(value)
        except KeyError:
            return False
        return True

    # -- variables

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
        """The variable now holds the value; a temporary takes its name, an array with two names has no sole owner."""
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
        elif value.name != name:
            self.owned.discard(value)
        self.disown(*self.bases.get(value, ()))
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
        return contents.slots[0] if isinstance(contents, Items) else contents if isinstance(contents, Conflict) else None

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
            raise self.refuse(
                node,
                f"the variable {name!r} holds {spoken(held.first)} on one path and {spoken(held.second)} on another",
                why="a variable must have one type where paths meet",
                fix="use two variables, or start with a value of the final type (for an array: `np.zeros(...)`)",
                kind=ShapeAssumption,
            )
        return memory.load(self, node, held)

    # -- containers

    def contents(self, cell: Cell) -> Contents:
        """What a container holds now."""
        return self.contents_in(self.heap, cell)

    def contents_in(self, heap: Mapping[Cell, Contents], cell: Cell) -> Contents:
        """What a container holds in a given state of all of them; an item of a run-time list is read there."""
        if cell.base is None:
            return heap[cell]
        base = self.contents_in(heap, cell.base)
        if isinstance(base, Mem) and cell in self.maybe and base.value is not cell.view.base:
            return Conflict(UNDEF, UNDEF)
        if isinstance(base, Mem):
            return Mem(memory.read_view(self, cell, base.value))
        if isinstance(base, Items) and cell.index is not None and cell.index in base.slots:
            return self.opened(cell.index)
        state = base.state(cell) if isinstance(base, Run) else None
        if state is None or cell.index is None:
            return Conflict(UNDEF, UNDEF)
        item = self.builder.emit("index", state.value, cell.index, spec=("int",))
        return state.item_run(item) if isinstance(item.type, List) else self.opened(item)

    def opened(self, value: Value) -> Contents:
        """The contents of a container that is a value of the IR."""
        if isinstance(value.type, Array):
            return Mem(value)
        if isinstance(value.type, List):
            return Run(value, is_whole=True)
        assert isinstance(value.type, Tuple)
        return Items(value.type.layout or LIST, tuple(self.parts(value)), value)

    def whole(self, held: Contents, heap: Mapping[Cell, Contents] | None = None) -> Value | None:
        """The value of the IR that a container still is, unchanged with all that is in it."""
        heap = self.heap if heap is None else heap
        if isinstance(held, Run | Mem):
            return held.value if held.is_whole else None
        if not isinstance(held, Items) or held.whole is None:
            return None
        things = [object_of(slot) for slot in held.slots]
        cells = [thing for thing in things if isinstance(thing, Cell)]
        return held.whole if all(self.whole(heap[cell], heap) is not None for cell in cells) else None

    def parts(self, value: Value) -> list[Value]:
        """The items of a tuple."""
        if value.op is not None and value.op.opcode == "tuple":
            return [memory.load(self, None, part) for part in value.op.operands]
        assert isinstance(value.type, Tuple)
        return [self.part(value, number) for number in range(len(value.type.items))]

    def part(self, value: Value, number: int) -> Value:
        """One item of a tuple; an object that is not data is a constant."""
        assert isinstance(value.type, Tuple)
        item = value.type.items[number]
        if isinstance(item, Static):
            return self.const(item.value)
        if isinstance(item, Handle):
            return handle(item.object)
        made = self.builder.emit("getitem", value, index=number)
        self._own("getitem", (value,), made)
        return made

    def change(self, node: Any, cell: Cell, contents: Contents) -> None:
        """The container now holds something else. Refused when it may be seen under another name."""
        if cell.frozen is not None:
            is_array = isinstance(contents, Mem)
            raise self.refuse(
                node,
                f"{memory.spoken(cell) if is_array else cell} changes here",
                why=cell.frozen,
                fix="change a copy: `y = x.copy()`" if is_array else "change a copy, or give each container one name",
                kind=AliasNotProvable,
            )
        if isinstance(contents, Run) and contents.value.name is None and cell.hint is not None:
            contents.value.name = cell.hint
        if isinstance(contents, Items):
            contents = Items(contents.layout, tuple(self._slot(slot) for slot in contents.slots), contents.whole)
        if cell.base is None:
            self.heap[cell] = contents
            return
        self._check_aliases(node, cell.base)
        base = self.contents(cell.base)
        new = self.written(node, contents)
        if isinstance(base, Mem):
            self.change(node, cell.base, Mem(memory.written_through(self, node, cell, base.value, new)))
            return
        if isinstance(base, Items) and cell.index in base.slots:
            number = base.slots.index(cell.index)
            cell.index = new
            self.change(node, cell.base, base.put(number, new))
        elif isinstance(base, Run) and base.has_at_its_place(cell) and cell.index is not None:
            value = self.emit(node, "index_set", base.value, new, cell.index, spec=("int",))
            self.change(node, cell.base, base.with_item(value, contents))
        else:
            raise self.refuse(
                node,
                f"{cell} changes after items of its list have moved",
                why="where it stands now is not known",
                fix="read the item again before changing it",
                kind=AliasNotProvable,
            )

    def _check_aliases(self, node: Any, cell: Cell) -> None:
        """Refuse a change of an item of a list that may have another name."""
        for alias in cell.aliases:
            if alias is cell or self.is_reachable(alias):
                raise self.refuse(
                    node,
                    f"an item of {cell} changes here, which may have another name",
                    why=f"{alias} was put into the list, so the change would be seen there",
                    fix="put a copy into the list, or change the item before",
                    kind=AliasNotProvable,
                )

    def is_reachable(self, cell: Cell) -> bool:
        """Whether a variable or another container leads to the container."""
        held = [*self.env.values()]
        held += [slot for items in self.heap.values() if isinstance(items, Items) for slot in items.slots]
        return cell in self.parameters or any(mentions(each, cell) for each in held)

    def moved_into(self, target: Cell, value: Binding) -> None:
        """A value becomes an item of a list of run-time length: a container in it has no identity there.

        If it has a name as well, neither can be changed from now on.
        """
        if isinstance(value, Value) and value in self.places:
            value = memory.keep(self, value)
        thing = object_of(value)
        if isinstance(value, Value) and isinstance(value.type, Tuple) and has_object(value.type):
            for part in self.parts(value):
                self.moved_into(target, part)
        if not isinstance(thing, Cell):
            return
        if thing.base is not None:
            target.aliases.append(target)
            self.escaped.add(memory.root(thing))
            if thing.view is not None and self.is_reachable(memory.root(thing)):
                memory.freeze_root(self, thing, "a view of it is in a list, where the change would have to be seen")
            return
        held = self.heap[thing]
        for slot in held.slots if isinstance(held, Items) else ():
            self.moved_into(target, slot)
        if self.is_reachable(thing):
            target.aliases.append(thing)
            self.escaped.add(thing)
            self.freeze(thing, "it has been put into a list, where the change would have to be seen")

    def new_cell(self, contents: Contents, hint: str | None = None) -> Value:
        """A new container."""
        cell = Cell(hint)
        if isinstance(contents, Items):
            contents = Items(contents.layout, tuple(self._slot(slot) for slot in contents.slots), contents.whole)
        self.heap[cell] = contents
        return handle(cell)

    def _slot(self, held: Binding) -> Binding:
        """What is put into a slot: an array by its cell."""
        return memory.keep(self, held) if isinstance(held, Value) else held

    def new_list(self, items: Iterable[Value]) -> Value:
        """A new list of known length."""
        slots = tuple(items)
        for slot in slots:
            self.share(slot)
        return self.new_cell(Items(LIST, slots))

    def share(self, value: Value) -> None:
        """The value is put into a container: if it has a name too, neither owns its memory alone."""
        if value.name is not None:
            self.disown(value)
        self.disown(*self.bases.get(value, ()))

    def pack(self, parts: Iterable[Value], layout: Layout | None = None) -> Value:
        """A tuple of the parts. With an object among them it is not an operation of the program."""
        parts = [memory.keep(self, part) for part in parts]
        if not any(has_object(part.type) for part in parts):
            return self.pack_data(parts, layout)
        op = Op("tuple", parts, {"layout": layout})
        op.results = [Value(Tuple(tuple(part.type for part in parts), layout), None, op)]
        return op.result

    def pack_data(self, parts: Iterable[Value], layout: Layout | None = None) -> Value:
        """A tuple of values as a value of the program."""
        parts = list(parts)
        value = self.builder.emit("tuple", *parts, layout=layout)
        self._own("tuple", tuple(parts), value)
        return value

    def adopt(self, value: Value, hint: str | None = None) -> Value:
        """A value of the IR as the program sees it: a container gets an identity, and those inside of it theirs."""
        t = value.type
        if isinstance(t, List):
            return self.new_cell(Run(value, is_whole=True), hint)
        if isinstance(t, Static):
            return self.const(t.value)
        if not isinstance(t, Tuple) or not (is_open(t) or holds_memory(t)):
            return value
        parts = [self.adopt(part, None) for part in self.parts(value)]
        for part, key in zip(parts, t.layout.keys if t.layout is not None else ()):
            if part.name is None and isinstance(key, str) and key.isidentifier() and object_of(part) is None:
                part.name = key
        if t.layout is None or t.layout.kind in ("named", "function"):
            return self.pack(parts, t.layout)
        return self.new_cell(Items(t.layout, tuple(parts), value), hint)

    def data(self, node: Any, value: Value) -> Value:
        """The value as an operation takes it: a list is written out, None raises. Refused for a function."""
        value = memory.load(self, node, present(self, value))
        if not isinstance(value.type, Handle | Tuple) or not has_object(value.type):
            return memory.current(self, value)
        return self._write(node, value, for_call=False)

    def written(self, node: Any, held: Value | Contents) -> Value:
        """The value as it crosses the border of a function: a tuple with the layout of the container."""
        if isinstance(held, Value):
            held = memory.load(self, node, resolved(self, held))
            return self._write(node, held, for_call=True) if has_object(held.type) else held
        return self._write_contents(node, held, for_call=True)

    def _write(self, node: Any, value: Value, *, for_call: bool) -> Value:
        if isinstance(value.type, Tuple):
            layout = value.type.layout
            return self.pack_data([self._write(node, part, for_call=for_call) for part in self.parts(value)], layout)
        value = memory.load(self, node, resolved(self, value))
        thing = object_of(value)
        if thing is None:
            return value
        if isinstance(thing, Optional):
            raise self.refuse(
                node,
                "a value that may be None is put where it must be a plain value",
                why="a list of run-time length, and what a derivative takes or gives, holds values of one kind",
                fix="put a number in its place (`math.inf`, `0.0`), or keep a list of flags beside it",
            )
        if not isinstance(thing, Cell):
            raise self.refuse(
                node,
                f"{spoken(value.type)} is used as data",
                why="it is neither a number, an array nor a container of them",
                fix="call it, or loop over it, here; `list(...)` makes a list of an iterator",
            )
        return self._write_contents(node, self.seen(node, thing), for_call=for_call)

    def _write_contents(self, node: Any, held: Contents, *, for_call: bool) -> Value:
        if isinstance(held, Run | Mem):
            return held.value
        assert isinstance(held, Items)
        known = self.whole(held)
        if known is not None and (for_call or held.layout.kind != "list"):
            return known
        if held.layout.kind == "record" and not is_rebuildable(held.layout):
            raise self.refuse(
                node,
                f"an object of {held.layout.name} is used as data",
                why="it cannot be built from its attributes: its constructor does more than store them",
                fix="use its numbers, in a tuple or a dataclass",
            )
        parts = [self._write(node, self.sure(node, slot), for_call=for_call) for slot in held.slots]
        if held.layout.kind == "list" and not for_call:
            return self._as_list(parts)
        return self.pack_data(parts, held.layout)

    def _as_list(self, parts: list[Value]) -> Value:
        try:
            item_of(Tuple(tuple(part.type for part in parts)))
        except JoinError:
            return self.pack_data(parts, LIST)
        value = self.builder.emit("list", *parts)
        self._own("list", tuple(parts), value)
        return value

    def listed(self, held: Items, cell: Cell | None = None) -> Value:
        """The items of a list of known length as a list of run-time length. Raises JoinError.

        With `cell` it is that container which changes its form.
        """
        for slot in held.slots if cell is not None else ():
            self.moved_into(cell, slot)
        parts = [self._write(None, slot, for_call=True) for slot in held.slots if isinstance(slot, Value)]
        value = self.builder.emit("list", *parts)
        self._own("list", tuple(parts), value)
        return value

    def seen(self, node: Any, cell: Cell) -> Any:
        """What a container holds, for reading. Refused when it holds unrelated things on different paths."""
        held = self.contents(cell)
        if isinstance(held, Conflict):
            raise self.refuse(
                node,
                f"{cell} is not the same on every path",
                why=f"it holds {spoken(held.first)} on one and {spoken(held.second)} on another"
                if held.first != held.second
                else "its keys or attributes differ, or items of its list have moved",
                fix="give it the same keys or items on every path",
                kind=ShapeAssumption,
            )
        return held

    def sure(self, node: Any, held: Binding) -> Value:
        """A slot that is read. Refused when it holds unrelated things on different paths."""
        if isinstance(held, Value):
            return memory.load(self, node, held)
        raise self.refuse(
            node,
            f"an item holds {spoken(held.first)} on one path and {spoken(held.second)} on another",
            why="an item must have one type where paths meet",
            fix="start with a value of the final type",
            kind=ShapeAssumption,
        )

    def slot(self, node: Any, cell: Cell, held: Items, number: int) -> Value:
        """One item of a container, as the program sees it."""
        value = self.sure(node, held.slots[number])
        if is_open(value.type):
            return handle(Cell(cell.hint, base=cell, index=value))
        if memory.is_array(value) and value not in self.places:
            memory.place_frozen(self, value)
        return value

    # -- ownership of arrays

    def _own(self, opcode: str, operands: tuple[Value, ...], value: Value) -> None:
        self.may_hold_0d |= _may_be_0d(opcode, value)
        if not _holds_array(value.type):
            return
        definition = opset.lookup(opcode)
        if definition.elementwise or opcode in FRESH:
            self.owned.add(value)
        else:
            self.may_share(value, operands)

    def may_share(self, value: Value, others: Iterable[Value]) -> None:
        """The value may refer to the memory of others: once it has a name, they are no longer alone."""
        arrays = [other for other in others if _holds_array(other.type)]
        self.bases[value] = frozenset(arrays).union(*(self.bases.get(other, ()) for other in arrays))

    def disown(self, *values: Value) -> None:
        """Something else may refer to the memory of these values from now on."""
        self.owned.difference_update(values)

    def blocked(self, *operands: Value) -> Value:
        """What is computed from a variable that has no value yet: refused in the end, unless a later round knows it."""
        return self.builder.op("pos", [each for each in operands if isinstance(each.type, Undef)][:1], [UNDEF]).result

    # -- regions

    def tie(self, cell: Cell, origins: frozenset[Cell], why: str) -> None:
        """A container may be an item of lists, where only the run knows: it cannot be changed."""
        self.origins[cell] = self.origins.get(cell, frozenset()) | origins
        held = self.heap.get(cell)
        if not isinstance(held, Items) or held.layout != BOX:
            self.freeze(cell, why)

    def origins_in(self, heap: Mapping[Cell, Contents], held: Any) -> frozenset[Cell]:
        """The lists of which containers in a binding may be items."""
        found: frozenset[Cell] = frozenset()
        return found.union(*(self.origins_of(cell) for cell in memory.containers_in(heap, [held])))

    def origins_of(self, cell: Cell) -> frozenset[Cell]:
        """The lists that a container may be an item of, without being known there under its own name."""
        known = self.origins.get(cell, frozenset())
        is_item = cell.base is not None and cell.view is None
        return known | {memory.root(cell)} if is_item else known

    def freeze(self, cell: Cell, why: str) -> None:
        """From now on the container, and what it is an item or a view of, can only be read."""
        if cell.frozen is None:
            cell.frozen = why
            self.frozen.append(cell)
        if cell.base is not None:
            self.freeze(cell.base, why)

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
        env, heap, owned, facts = dict(self.env), dict(self.heap), set(self.owned), dict(self.facts)
        integers = dict(self.integers)
        region, line = self.builder.region, self.builder.line
        counts = len(region.ops), len(self.returns), len(self.frozen)

        def undo() -> None:
            self.env, self.heap, self.owned, self.facts = dict(env), dict(heap), set(owned), dict(facts)
            self.integers = dict(integers)
            self.builder.region, self.builder.line = region, line
            del region.ops[counts[0] :], self.returns[counts[1] :]
            for cell in self.frozen[counts[2] :]:
                cell.frozen = None
            del self.frozen[counts[2] :]

        return undo

    def note_return(self, node: Any, value: Value) -> None:
        """End the region with a `return`; what it returns is written when all of them are known."""
        value = memory.keep(self, value)
        op = self.builder.terminate("return", value)
        here = dict(self.heap), set(self.owned), dict(self.facts)
        self.returns.append(Return(op, self.builder.region, node, value, *here))

    @contextmanager
    def inside(self, region: Region) -> Iterator[None]:
        """Write into a nested region. Variables, containers and ownership come back as they were."""
        outer, env, heap, owned, facts = self.builder.region, self.env, self.heap, self.owned, self.facts
        self.builder.region, self.env, self.heap, self.owned = region, dict(env), dict(heap), set(owned)
        self.facts, integers = dict(facts), self.integers
        self.integers = dict(integers)
        yield
        self.builder.region, self.env, self.heap, self.owned, self.facts = outer, env, heap, owned, facts
        self.integers = integers


FRESH = frozenset(
    "zeros ones full eye arange linspace zeros_like ones_like full_like copy matmul dot outer sum mean prod cumsum "
    "concatenate stack hstack vstack solve inv where tile repeat array flatten tril triu roll diff identity "
    "cumprod".split()
)
"""Operations beside the elementwise ones whose array result is always new memory."""


SCALARS = frozenset(
    "sum mean prod max min var std argmax argmin any all dot matmul inner vdot trace norm det max_of min_of sum_of "
    "fsum float int bool round float64 float32 int64 int32 count_nonzero".split()
)
"""Operations whose result without dimensions is a number, never a 0-d array (unless an operand was one)."""


def _holds_nothing(t: Type) -> bool:
    """Whether a list may yet turn out to have items: of what, a later round knows."""
    return isinstance(t, List) and (isinstance(t.item, Undef) or _holds_nothing(t.item))


def spoken(t: Type) -> str:
    """A type as messages say it: objects known now by their own name."""
    if isinstance(t, Static):
        return str(getattr(t.value, "__name__", repr(t.value)))
    if isinstance(t, Object):
        return "a string made at run time" if t.cls is str else f"an object of {t.cls.__name__}"
    return "nothing" if isinstance(t, Undef) else str(t)


def _may_be_0d(opcode: str, value: Value) -> bool:
    """Whether the value may be a 0-d array, which changes in place; a NumPy scalar does not."""
    if not isinstance(value.type, Array) or value.type.rank:
        return False
    if opcode == "index" and value.op is not None:
        return "..." in value.op.attrs["spec"]
    return not opset.lookup(opcode).elementwise and opcode not in SCALARS


def _holds_array(t: Type) -> bool:
    if isinstance(t, Tuple):
        return any(map(_holds_array, t.items))
    if isinstance(t, Array):
        return rank_of(t) > 0
    return not isinstance(t, Undef) and hasattr(t, "item") and _holds_array(t.item)


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
