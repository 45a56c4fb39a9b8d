"""Containers and arrays in the state of a lowering: what they hold, how they change, how they are written out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adjoint.errors import AliasNotProvable, NoRule, ShapeAssumption
from adjoint.frontend.storage import chosen, chosen_containers, fitting, memory, run_time_items, slots
from adjoint.frontend.storage.ties import PUT, Ties
from adjoint.frontend.storage.zero_dimensional import may_hold_one
from adjoint.frontend.values.objects import (
    LIST,
    Because,
    Binding,
    Cell,
    Conflict,
    Contents,
    Items,
    Mem,
    Optional,
    Run,
    handle,
    object_of,
)
from adjoint.frontend.values.optionals import present, resolved
from adjoint.frontend.values.structures import has_object, holds_memory, is_open
from adjoint.frontend.writer import holds_0d, holds_nothing, spoken
from adjoint.ir import opset
from adjoint.ir.core import Op, Region, Value
from adjoint.ir.opset import TypeInferenceError
from adjoint.ir.types import (
    INT,
    UNDEF,
    Array,
    Handle,
    JoinError,
    Layout,
    List,
    Static,
    Tuple,
    Undef,
    item_of,
)

if TYPE_CHECKING:
    pass


@dataclass(slots=True)
class Store(Ties):
    """The containers of a lowering, by identity."""

    def emit(self, node: Any, opcode: str, *operands: Value, **attrs: Any) -> Value:
        """Append an operation; what does not fit is refused at the node."""
        operands = tuple(self.data(node, operand) for operand in operands)
        if any(isinstance(operand.type, Undef) for operand in operands):
            return self.builder.op(opcode, operands, [UNDEF], {**opset.lookup(opcode).attrs, **attrs}).result
        one = chosen.below(self, self.places.get(operands[0])) if opcode == "index" else None
        if one is not None:
            return chosen.read_part(self, node, one, opcode, operands, attrs)
        number = self._number(opcode, operands)
        known = self.integers.get(number) if number is not None else None
        if known is not None and known.name is None:
            return known
        try:
            value = self.builder.emit(opcode, *operands, **attrs)
        except (TypeInferenceError, JoinError) as error:
            if any(holds_nothing(operand.type) for operand in operands):
                return self.builder.op(opcode, operands, [UNDEF], {**opset.lookup(opcode).attrs, **attrs}).result
            raise self._misfit(node, opcode, operands, str(error)) from None
        except KeyError as error:
            if opcode in opset.TABLE:
                raise
            raise self.refuse(
                node, f"no operation {error} is known", why="it has no rule", fix="write it out", kind=NoRule
            ) from None
        self.specializations.made_0d |= opcode in ("array", "asarray") and holds_0d(value.type)
        self.specializations.may_hold_0d |= may_hold_one(opcode, value)
        memory.note(self, opcode, operands, value, attrs)
        if number is not None and value.type == INT:
            self.integers[number] = value
        return value

    def contents(self, cell: Cell) -> Contents:
        """What a container holds now."""
        return self.contents_in(self.heap, cell)

    def contents_in(self, heap: Mapping[Cell, Contents], cell: Cell) -> Contents:
        """What a container holds in a given state of all of them; an item of a run-time list is read there."""
        if cell.base is None:
            return heap[cell]
        one = chosen.below(self, cell)
        if one is not None:
            return chosen.read(self, heap, cell, one)
        if cell.held is not None:
            return run_time_items.read_late(self, heap, cell)
        if cell.slot is not None:
            return slots.read(self, heap, cell)
        base = self.contents_in(heap, cell.base)
        if isinstance(base, Mem) and cell in self.maybe and not memory.is_same_read(base.value, cell.view.base):
            return Conflict(UNDEF, UNDEF)
        if isinstance(base, Mem) and memory.is_undefined(cell):
            return Conflict(UNDEF, UNDEF)
        if isinstance(base, Mem):
            return Mem(self._viewed(cell, base.value))
        if isinstance(base, Items) and cell.index is not None and cell.index in base.slots:
            return self.opened(cell.index)
        state = base.state(cell) if isinstance(base, Run) else None
        if state is None or cell.index is None or not isinstance(state.value.type, List):
            return Conflict(UNDEF, UNDEF)
        item = self.builder.emit("index", state.value, cell.index, spec=("int",))
        return state.item_run(item) if isinstance(item.type, List) else self.opened(item)

    def looked_up(self, heap: Mapping[Cell, Contents], cell: Cell) -> Contents:
        """What a container holds in a given state, for its type: nothing of how it is read stays in the program."""
        region, self.builder.region = self.builder.region, Region()
        try:
            return self.contents_in(heap, cell)
        finally:
            self.builder.region = region

    def _viewed(self, cell: Cell, base: Value) -> Value:
        """A view of an array; one with an index that crosses paths is read once in a region."""
        if not self.specializations.chooses:
            return memory.read_view(self, cell, base)
        key = (self.builder.region, cell, base)
        if key not in self.known:
            self.known[key] = memory.read_view(self, cell, base)
        value: Value = self.known[key]
        return value

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
        return made

    def change(self, node: Any, cell: Cell, contents: Contents, binds: bool | None = None) -> None:
        """The container now holds something else. Refused when it may be seen under another name.

        `binds` is given where what stands in a slot of it has changed: whether something else stands there, or deeper.
        """
        one = chosen.below(self, cell)
        if one is not None and chosen_containers.is_of_containers(self.heap, one):
            chosen_containers.change(self, node, one, contents)
            return
        if one is not None:
            chosen.on_each(self, node, cell, one, lambda each: self.change(node, each, contents))
            return
        self.check_free(node, cell, isinstance(contents, Mem))
        self.touched |= memory.root(cell).stems
        if isinstance(contents, Run) and contents.value.name is None and cell.hint is not None:
            contents.value.name = cell.hint
        others = slots.others(cell, contents) if binds is None else []
        if isinstance(contents, Items) and binds is None:
            contents = Items(contents.layout, tuple(map(self._kept_slot, contents.slots)), contents.whole)
        if cell.base is None:
            self._check_read(node, cell)
            before = self.heap.get(cell)
            if isinstance(contents, Run) and isinstance(before, Items):
                self._all_moved(cell, before.slots)
            self.heap[cell] = contents
            return
        new = self.written(node, contents)
        if isinstance(contents, Items) and others:
            is_record = bool(contents.layout.keys)
            self.put_inside(cell, [(number if is_record else None, contents.slots[number]) for number in others])
        binds = binds or bool(others) or slots.has_moved(self.contents(cell), contents)
        if cell.slot is not None:
            slots.write(self, node, cell, new, binds)
            return
        if cell.held is not None:
            run_time_items.write_late(self, node, cell, self.contents(cell.base))
        self._check_aliases(node, cell.base)
        base = self.contents(cell.base)
        if isinstance(base, Mem):
            memory.write_through(self, node, cell, base.value, new)
            return
        if isinstance(base, Items) and cell.index in base.slots:
            number = base.slots.index(cell.index)
            cell.index = new
            self.change(node, cell.base, base.put(number, new))
        elif isinstance(base, Run) and base.has_at_its_place(cell) and cell.index is not None:
            value = self.emit(node, "index_set", base.value, new, cell.index, spec=("int",))
            is_item = isinstance(contents, Items)
            now = base.with_slots(value, binds) if is_item else base.with_item(value, contents)
            self.change(node, cell.base, now)
        else:
            raise self.refuse(
                node,
                f"{cell} changes after items of {cell.base}, in which it stands, have moved",
                why="where it stands now is not known",
                fix="read the item again before changing it",
                kind=AliasNotProvable,
            )

    def moved_into(self, target: Cell, value: Binding, *, is_added: bool = True) -> None:
        """A value becomes an item of a list of run-time length: a container in it has no identity there.

        If it has a name as well, neither can be changed from now on. `is_added`: it was no item of the list before.
        """
        if isinstance(value, Value) and value in self.places:
            value = memory.keep(self, value)
        if target.base is not None:
            self.put_inside(target, [(None, value)] if is_added else [])
            return
        thing = object_of(value)
        if isinstance(thing, Cell) and thing.base is not None and thing.view is None:
            if self.exchanges or self.taken_from.get(target) is thing.base:
                return
        if isinstance(value, Value) and isinstance(value.type, Tuple) and has_object(value.type):
            for part in self.parts(value):
                self.moved_into(target, part, is_added=is_added)
        if not isinstance(thing, Cell):
            return
        is_old = thing.base is not None or thing.frozen is not None or thing.is_argument or bool(self.lists.get(thing))
        self.has_shared |= is_old or self.is_reachable(thing)
        if thing.base is not None:
            both = (target,) if thing.view is not None else (target, thing.base, memory.root(thing))
            for each in both:  # the item stands in both of them now
                each.aliases += [*(other for other in both if other is not each), each]
            self.escaped.update(memory.roots(thing))
            self.read_as(target, thing.base)
            self._all_moved_of(target, thing, self.origins_of(thing))  # it may be each of them, or a view of it
            if thing.view is not None and any(map(self.is_reachable, memory.roots(thing))):
                why = "a view of it is in {}, where the change would have to be seen"
                memory.freeze_root(self, thing, Because(why, (target,), memory.a_list))
            return
        held = self.heap[thing]
        if target in self.origins.get(thing, ()):
            target.aliases.append(target)  # it may stand in it already
        if isinstance(held, Run) and thing.sharers():
            for each in (thing, target):  # its items stand in it without a name from now on
                each.aliases.append(each)
        for slot in held.slots if isinstance(held, Items) and thing not in self.moving else ():
            self.moving.append(thing)
            self.moved_into(target, slot, is_added=is_added)
            self.moving.pop()
        self._all_moved_of(target, thing, self.origins.get(thing, ()))  # each of them may be the one
        is_put = isinstance(thing.frozen, Because) and thing.frozen.is_put
        if thing.frozen is not None and thing not in self.lists and not is_put:
            target.aliases.append(target)  # what may not change alone may not change as an item
        lists = self.lists.setdefault(thing, [])
        if lists and (is_added or target not in lists):
            holders = dict.fromkeys((target, *lists))  # it may be met again at another place of one, or in another one
            for each in holders:
                each.aliases += [other for other in holders if other not in each.aliases]
        lists += [target] if target not in lists else []
        if self.is_reachable(thing):
            target.aliases.append(thing)
            self.escaped.add(thing)
            self.freeze(thing, Because(PUT, (target,), memory.a_list, is_put=True))

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

    def _kept_slot(self, held: Binding) -> Binding:
        """What stays in a slot: an array that came in with its container can only be read."""
        op = held.op if isinstance(held, Value) and memory.is_array(held) and held not in self.places else None
        if isinstance(held, Value) and op is not None and op.opcode == "getitem":
            memory.place_frozen(self, held)
        return self._slot(held)

    def new_list(self, items: Iterable[Value]) -> Value:
        """A new list of known length."""
        slots = tuple(items)
        return self.new_cell(Items(LIST, slots))

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
        if thing in self.writing:
            raise self.refuse(
                node,
                f"{thing} leads to itself, and is needed as a value",
                why="so are items at places that only the run knows, and what a function or derivative takes",
                fix="keep in it the position of the other one in a list, not the other one",
            )
        self.writing.append(thing)
        try:
            return self._write_contents(node, self.seen(node, thing), for_call=for_call)
        finally:
            self.writing.pop()

    def _write_contents(self, node: Any, held: Contents, *, for_call: bool) -> Value:
        if isinstance(held, Run | Mem):
            return held.value
        assert isinstance(held, Items)
        if not for_call and held.layout.kind in ("record", "namespace"):
            raise fitting.refuse_object(self, node, held.layout)
        known = self.whole(held)
        if known is not None and (for_call or held.layout.kind != "list"):
            return known
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
        return value

    def _all_moved(self, cell: Cell, slots: Iterable[Binding]) -> None:
        """A list of known length becomes one of run-time length, with these items."""
        known: set[Any] = set()
        for slot in slots:
            self.moved_into(cell, slot, is_added=object_of(slot) in known)
            known.add(object_of(slot))

    def listed(self, held: Items, cell: Cell | None = None) -> Value:
        """The items of a list of known length as a list of run-time length. Raises JoinError.

        With `cell` it is that container which changes its form.
        """
        if cell is not None:
            self._all_moved(cell, held.slots)
        parts = [self._write(None, slot, for_call=True) for slot in held.slots if isinstance(slot, Value)]
        value = self.builder.emit("list", *parts)
        return value

    def seen(self, node: Any, cell: Cell) -> Any:
        """What a container holds, for reading. Refused when it holds unrelated things on different paths."""
        held = self.contents(cell)
        if isinstance(held, Conflict) and cell.slot is not None:
            raise slots.refusal(self, node, cell, "read")
        if isinstance(held, Conflict):
            why = "its keys or attributes differ, or items of its list have moved"
            if held.first != held.second:
                why = f"it holds {spoken(held.first)} on one and {spoken(held.second)} on another"
            raise self.refuse(
                node,
                f"{cell} is not the same on every path",
                why=held.why or why,
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
        is_bare = memory.is_array(value) and value not in self.places
        place = slots.at(self, cell, value, number) if is_bare or is_open(value.type) else None
        if is_open(value.type):
            return handle(place or Cell(cell.hint, base=cell, index=value))
        if place is not None:
            self.places[value] = place
        elif is_bare:
            memory.place_frozen(self, value)
            self.origins[self.places[value]] = frozenset({memory.root(cell)})
        return value

    def each_slot(self, node: Any, cell: Cell, held: Items) -> list[Value]:
        """All items of a container, as the program sees them."""
        return [self.slot(node, cell, held, number) for number in range(len(held.slots))]

    @contextmanager
    def inside(self, region: Region) -> Iterator[None]:
        """Write into a nested region. Variables, containers and ownership come back as they were."""
        outer, env, heap, facts = self.builder.region, self.env, self.heap, self.facts
        self.builder.region, self.env, self.heap = region, dict(env), dict(heap)
        self.facts, integers = dict(facts), self.integers
        self.integers = dict(integers)
        yield
        self.builder.region, self.env, self.heap, self.facts = outer, env, heap, facts
        self.integers = integers
