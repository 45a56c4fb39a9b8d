"""Where two paths meet: what each variable and each changed container holds behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, final

from adjoint.frontend.context import Context
from adjoint.frontend.control.ends import Branch, MergeEnd
from adjoint.frontend.storage import memory
from adjoint.frontend.values.objects import (
    Binding,
    Cell,
    Choice,
    Conflict,
    Contents,
    handle,
)
from adjoint.frontend.values.optionals import simpler_flag
from adjoint.frontend.values.state_keys import (
    Key,
    as_run,
    give_under,
    held_in,
    is_callable,
    is_sole,
    name_leaves,
    put,
    structure_of,
)
from adjoint.frontend.values.structures import (
    Leaf,
    Maker,
    Node,
    Same,
    Structure,
    Taker,
    give,
    join_forms,
    leaves_of,
    mentions,
    nothing,
    unbound,
    within,
)
from adjoint.ir.core import Value
from adjoint.ir.types import UNDEF, JoinError, Static, Type


def merge(
    ctx: Context, condition: Value, sides: Sequence[Branch], names: Iterable[str], sugar: str | None = None
) -> bool:
    """Write the `if` of two lowered sides and bind what differs. Returns whether control goes on.

    `names` are the variables that matter afterwards; containers matter when they have changed.
    """
    reached = [side for side in sides if side.end.reached]
    meeting = Meeting(ctx, reached, list(names))
    meeting.compare()
    for side in reached:
        meeting.write_yield(side)
    attrs = {"_sugar": sugar} if sugar else {}
    op = ctx.builder.op("if", [condition], meeting.types, attrs, [side.region for side in sides])
    if not reached:
        return False
    ctx.facts = dict(set.intersection(*(set(side.end.facts.items()) for side in reached)))
    meeting.bind(op.results, condition)
    return True


@final
class Meeting:
    """Paths meet: what each variable and each changed container holds on all of them.

    `found` has the structure of everything that differs, in order; `unlike` what has none.
    """

    def __init__(self, ctx: Context, reached: Sequence[Branch], names: Sequence[str]) -> None:
        self.ctx = ctx
        self.reached = reached
        self.names = names
        self.mark = min((side.mark for side in reached), default=0)
        self.expanded: set[Cell] = set()
        self.found: list[tuple[Key, Structure]] = []
        self.unlike: dict[Key, Conflict] = {}
        self.choices: dict[Key, list[Value]] = {}
        self.chosen: list[tuple[Key, list[Structure | None]]] = []
        """The structures of two functions under one key; None for one that is known now."""
        self.types: list[Type] = []

    def compare(self) -> None:
        """Find the structure of everything; a container that is another one on another path is taken apart."""
        changed = [cell for cell in self.ctx.heap if self._is_changed(cell)]
        while True:
            self.found, self.unlike, self.choices = [], {}, {}
            known = len(self.expanded), len(self.ctx.frozen)
            ends = [side.end for side in self.reached]
            takers = [Taker(self.ctx, self._is_kept, end.heap, end.facts, freezes=True) for end in ends]
            keys: list[Key] = [*self.names, *changed]
            for key in keys:
                self._compare_key(key, takers)
            if (len(self.expanded), len(self.ctx.frozen)) == known:
                break
        self._take_choices()
        forms: list[Structure | None] = [form for _, form in self.found]
        forms += [form for _, pair in self.chosen for form in pair]
        self.types = [leaf.type for form in forms if form is not None for leaf in leaves_of(form)]

    def _take_choices(self) -> None:
        """What functions of either path have taken along comes out of the paths."""
        self.chosen = []
        for key, values in list(self.choices.items()):
            try:
                self.chosen.append((key, [self._form_of_choice(*each) for each in zip(self.reached, values)]))
            except JoinError:
                del self.choices[key]
                self.unlike[key] = Conflict(values[0].type, values[1].type)

    def _form_of_choice(self, side: Branch, value: Value) -> Structure | None:
        if isinstance(value.type, Static):
            return None
        taker = Taker(self.ctx, self._is_kept, side.end.heap, side.end.facts)
        form = taker.structure(value)
        if taker.cells:
            raise JoinError("a container made on this path would have another identity behind it")
        return form

    def _is_kept(self, cell: Cell) -> bool:
        is_old = cell in self.ctx.heap or (cell.base is not None and cell.serial < self.mark)
        return is_old and cell not in self.expanded

    def _is_changed(self, cell: Cell) -> bool:
        return any(side.end.heap.get(cell) is not self.ctx.heap[cell] for side in self.reached)

    def _compare_key(self, key: Key, takers: Sequence[Taker]) -> None:
        pairs = [
            (side, taker, held_under(key, side.end))
            for side, taker in zip(self.reached, takers)
            if not side.end.returned or isinstance(key, Cell) or key in side.end.env
        ]
        held = [each for _, _, each in pairs]
        outer = held_in(self.ctx, key)
        if not held or (all(each is held[0] for each in held) and (len(held) == 2 or held[0] is outer)):
            if held and held[0] is not None:
                put(self.ctx, key, held[0])
            return
        try:
            joined: Structure = Leaf(UNDEF)
            for _, taker, each in pairs:
                joined = self._joined(key, joined, structure_of(taker, key, each))
        except JoinError:
            as_runs = self._as_runs(key, takers, pairs)
            if as_runs is None:
                self._note_unlike(key, held)
                return
            joined = as_runs
        if any(each is not None for each in held):
            is_partial = isinstance(key, str) and any(each is None for each in held)
            is_partial = is_partial and self.ctx.is_of_user(str(key))
            self.found.append((key, join_forms(unbound(str(key), Leaf(UNDEF)), joined) if is_partial else joined))

    def _as_runs(self, key: Key, takers: Sequence[Taker], pairs: Sequence[Any]) -> Structure | None:
        """Lists that have no common form as they are, as lists of run-time length."""
        joined: Structure = Leaf(UNDEF)
        try:
            for _, taker, each in pairs:
                run = as_run(self.ctx, each, taker.heap)
                joined = join_forms(joined, run if run is not None else structure_of(taker, key, each))
        except JoinError:
            return None
        return joined if isinstance(joined, Node) and joined.kind == "run" else None

    def _joined(self, key: Key, a: Structure, b: Structure) -> Structure:
        try:
            return join_forms(a, b)
        except JoinError:
            parts = within(a), within(b)
            cells = [each.object for each in parts if isinstance(each, Same) and isinstance(each.object, Cell)]
            new = [cell for cell in cells if cell not in self.expanded]
            if not new:
                raise
            self.expanded.update(new)
            for cell in new:
                if not is_sole(key, self.ctx.env, self.ctx.heap, cell, self.ctx.parameters):
                    names = memory.called(self.ctx, cells, " on one path and ")
                    self.ctx.freeze(cell, f"a variable is {names} on another path")
            return a

    def _note_unlike(self, key: Key, held: Sequence[Binding | Contents | None]) -> None:
        values = [each for each in held if isinstance(each, Value)]
        if len(values) == 2 and not isinstance(key, Cell) and all(is_callable(each) for each in values):
            self.choices[key] = values
            return
        conflict = next((each for each in held if isinstance(each, Conflict)), None)
        first, last = held[0], held[-1]
        if conflict is None:
            types = [each.type if isinstance(each, Value) else UNDEF for each in (first, last)]
            conflict = Conflict(types[0], types[1])
        self.unlike[key] = conflict

    def write_yield(self, side: Branch) -> None:
        """End the region of one side with the values for everything found."""
        ctx, end = self.ctx, side.end
        region, heap, ctx.builder.region, ctx.heap = ctx.builder.region, ctx.heap, side.region, end.heap
        facts, ctx.facts = ctx.facts, end.facts
        operands: list[Value] = []
        seen: set[Cell] = set()
        for key, structure in self.found:
            operands += give_under(ctx, key, held_under(key, end), structure, seen)
        for key, forms in self.chosen:
            for form, owner in zip(forms, self.reached):
                if form is not None and owner is side:
                    operands += give(ctx, held_under(key, end), form, seen)
                elif form is not None:
                    operands += [nothing(ctx, leaf.type) for leaf in leaves_of(form)]
        ctx.builder.terminate("yield", *operands)
        ctx.builder.region, ctx.heap, ctx.facts = region, heap, facts

    def bind(self, results: Sequence[Value], condition: Value) -> None:
        """Give the variables and containers what they hold after the `if`."""
        ctx = self.ctx
        name_leaves(results, self.found)
        maker = Maker(ctx, iter([simpler_flag(ctx, result) for result in results]))
        doubtful = [cell for cell in self.expanded if cell.frozen]
        for key, structure in self.found:
            known = len(maker.cells)
            put(ctx, key, maker.contents(structure) if isinstance(key, Cell) else maker.make(structure))
            held = [held_under(key, side.end) for side in self.reached]
            met = [cell for cell in doubtful if any(isinstance(each, Value) and mentions(each, cell) for each in held)]
            for cell in maker.cells[known:] if met else ():
                cell.hint = cell.hint or (key if isinstance(key, str) and key.isidentifier() else None)
                ctx.freeze(cell, f"it is {memory.called(ctx, met, ' or ')}, depending on the path that was taken")
            ends = [side.end for side in self.reached]
            origins = frozenset().union(*(ctx.origins_in(end.heap, held_under(key, end)) for end in ends))
            for cell in maker.cells[known:] if origins else ():
                ctx.tie(cell, origins, "it may be an item of a list, depending on the path that was taken")
        for key, conflict in self.unlike.items():
            put(ctx, key, conflict)
        for key, forms in self.chosen:
            known_now = self.choices[key]
            then, orelse = (value if form is None else maker.make(form) for value, form in zip(known_now, forms))
            put(ctx, key, handle(Choice(condition, then, orelse)))


def held_under(key: Key, end: MergeEnd) -> Any:
    """What a key stands for at the end of a path."""
    return end.heap.get(key) if isinstance(key, Cell) else end.env.get(key)
