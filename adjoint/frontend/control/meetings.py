"""Where two paths meet: what each variable and each changed container holds behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, final

from adjoint.errors import AliasNotProvable
from adjoint.frontend.context import Context
from adjoint.frontend.control.ends import Branch, MergeEnd
from adjoint.frontend.storage import memory, sharing
from adjoint.frontend.values.alignment import Comparison, dissolved
from adjoint.frontend.values.choices import alike, is_chosen
from adjoint.frontend.values.maker import Maker
from adjoint.frontend.values.objects import (
    Because,
    Binding,
    Cell,
    Choice,
    Conflict,
    Contents,
    Items,
    Run,
    handle,
    object_of,
)
from adjoint.frontend.values.optionals import simpler_flag
from adjoint.frontend.values.state_keys import (
    OF_CALLER,
    Key,
    as_run,
    differing_cells,
    give_under,
    held_in,
    is_callable,
    is_movable,
    leads_as_well,
    name_chosen,
    name_leaves,
    put,
    seen_outside,
    spoken_pair,
    structure_of,
)
from adjoint.frontend.values.structures import (
    Leaf,
    Node,
    Structure,
    Taker,
    give,
    join_forms,
    leaves_of,
    mentions,
    nothing,
    unbound,
)
from adjoint.ir.core import Value
from adjoint.ir.types import UNDEF, Array, JoinError, Static, Type, join


def merge(
    ctx: Context,
    condition: Value,
    sides: Sequence[Branch],
    names: Iterable[str],
    sugar: str | None = None,
    live: Iterable[str] | None = None,
    text: str | None = None,
) -> bool:
    """Write the `if` of two lowered sides and bind what differs. Returns whether control goes on.

    `names` are the variables that the sides may bind and that matter afterwards; containers matter when they have
    changed. `live` are all the variables that matter afterwards, where that is known. `text` is that of an expression.
    """
    reached = [side for side in sides if side.end.reached]
    meeting = Meeting(ctx, reached, list(names), None if live is None else list(live), text)
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

    def __init__(
        self,
        ctx: Context,
        reached: Sequence[Branch],
        names: Sequence[str],
        live: Sequence[str] | None = None,
        text: str | None = None,
    ) -> None:
        self.ctx = ctx
        self.reached = reached
        self.text = text
        self.live = live
        self.names = [*names, *(name for name in live or () if name not in names and self._is_rebound(name))]
        self.mark = min((side.mark for side in reached), default=0)
        self.expanded: set[Cell] = set()
        self.along: dict[Key, None] = {}
        """What leads to a container that is another one on another path, and is bound on neither path."""
        self.plain: set[Cell] = set()
        """What has no common form with others as one of several arrays, or as a part of one."""
        self.takers: list[Taker] = []
        self.found: list[tuple[Key, Structure]] = []
        self.unlike: dict[Key, Conflict] = {}
        self.choices: dict[Key, list[Value]] = {}
        self.chosen: list[tuple[Key, list[Structure | None]]] = []
        """The structures of two functions under one key; None for one that is known now."""
        self.types: list[Type] = []
        self.sides: list[dict[Key, Structure]] = []
        """The structures under each key, of each path."""
        self.mixed: set[Key] = set()
        """Lists with items that something else leads to on a path."""

    def _check_order(self) -> None:
        pairs = (Comparison(self.found, side).misplaced() for side in self.sides)
        keys = next((each for each in pairs if each is not None), None)
        if keys is not None:
            raise self.ctx.refuse(
                None,
                f"{spoken_pair(keys, self._spoken)} share items in one way on one path and in another way on the other",
                why="which of them are one must be the same where the paths meet",
                fix="put copies into one of them",
                kind=AliasNotProvable,
            )

    def _freeze_parted(self) -> None:
        """Arrays that are one on a path, and two behind it, can only be read from now on."""
        for side, taker in zip(self.sides, self.takers):
            for each in Comparison(self.found, side).parted():
                self.mixed |= {each.mixed} if each.mixed is not None else set()
                cell = taker.cells[each.number]
                why = "has two names on one path, one of which another array has on the other"
                self.ctx.freeze(cell, f"{memory.spoken(cell)} {why}")
        for key, joined in self.found:
            for side in self.sides if key not in self.ctx.taken_from else ():
                for cell in dissolved(joined, side.get(key, joined)):
                    self.mixed.add(key)
                    self.ctx.freeze(cell, f"it is in {self._spoken(key)}, too, a list of run-time length")

    def compare(self) -> None:
        """Find the structure of everything; a container that is another one on another path is taken apart."""
        changed = [cell for cell in self.ctx.heap if self._is_changed(cell)]
        while True:
            self.found, self.unlike, self.choices = [], {}, {}
            known = self._counts()
            ends = [side.end for side in self.reached]
            self.sides = [{} for _ in self.reached]
            self.takers = [Taker(self.ctx, self._is_kept, end.heap, end.facts, freezes=True) for end in ends]
            for taker in self.takers:
                taker.viewed, taker.plain = frozenset(self._exchanged()), self.plain
            keys: dict[Key, None] = dict.fromkeys([*self.names, *changed, *self.along])
            for key in keys:
                self._compare_key(key, self.takers)
            self._freeze_parted()
            if self._counts() == known:
                break
        self._check_order()
        self._take_choices()
        forms: list[Structure | None] = [form for _, form in self.found]
        forms += [form for _, pair in self.chosen for form in pair]
        self.types = [leaf.type for form in forms if form is not None for leaf in leaves_of(form)]

    def _counts(self) -> tuple[int, ...]:
        """What tells whether the comparison has found something that changes it."""
        return len(self.expanded), len(self.ctx.frozen), len(self.along), len(self.plain)

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
        return is_old and cell not in self.expanded and not memory.roots(cell).intersection(self._exchanged())

    def _exchanged(self) -> list[Cell]:
        """The containers that are others on other paths, under each of their names: none of these knows the old one."""
        return [cell for cell in self.expanded if cell.frozen is None]

    def _leads_anew(self, held: Any) -> bool:
        """Whether what is the same on all paths leads to a container that is another one."""
        bindings = held.slots if isinstance(held, Items) else (held,)
        return any(mentions(each, cell) for each in bindings for cell in self._exchanged())

    def _is_rebound(self, name: str) -> bool:
        """Whether a path has found another container for a variable that it does not bind."""
        ends = [side.end for side in self.reached if not side.end.returned]
        return any(end.env.get(name) is not self.ctx.env.get(name) for end in ends)

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
        is_same = bool(held) and all(each is held[0] for each in held) and (len(held) == 2 or held[0] is outer)
        if not held or (is_same and not self._leads_anew(held[0])):
            if held and held[0] is not None:
                put(self.ctx, key, held[0])
            return
        counts = [len(taker.cells) for taker in takers]
        try:
            joined: Structure = Leaf(UNDEF)
            for _, taker, each in pairs:
                here = self._noted(key, taker, structure_of(taker, key, each))
                joined = self._joined(key, joined, here)
        except JoinError:
            for taker, count in zip(takers, counts):
                del taker.cells[count:]
            if self._take_plainly(key, held):
                return
            if self._freeze_unlike(key, held):
                return
            as_runs = self._as_runs(key, takers, pairs)
            if as_runs is None:
                self._note_unlike(key, held)
                return
            joined = as_runs
        if any(each is not None for each in held):
            is_partial = isinstance(key, str) and any(each is None for each in held)
            is_partial = is_partial and self.ctx.is_of_user(str(key))
            self.found.append((key, join_forms(unbound(str(key), Leaf(UNDEF)), joined) if is_partial else joined))

    def _take_plainly(self, key: Key, held: Sequence[Any]) -> bool:
        """Whether parts, or arrays that are one of several, become arrays of their own: then all is compared again."""
        forms = [side.get(key) for side in self.sides]
        cells = [object_of(each) for each, form in zip(held, forms) if form is not None and is_chosen(form)]
        new = [cell for cell in cells if isinstance(cell, Cell) and cell not in self.plain]
        self.plain.update(new)
        return bool(new)

    def _noted(self, key: Key, taker: Taker, form: Structure) -> Structure:
        self.sides[self.takers.index(taker)][key] = form
        return form

    def _as_runs(self, key: Key, takers: Sequence[Taker], pairs: Sequence[Any]) -> Structure | None:
        """Lists that have no common form as they are, as lists of run-time length."""
        joined: Structure = Leaf(UNDEF)
        try:
            for _, taker, each in pairs:
                run = as_run(self.ctx, each, taker.heap)
                here = self._noted(key, taker, structure_of(taker, key, each))
                joined = join_forms(joined, run if run is not None else here)
        except JoinError:
            return None
        return joined if isinstance(joined, Node) and joined.kind == "run" else None

    def _joined(self, key: Key, a: Structure, b: Structure) -> Structure:
        try:
            return join_forms(a, b)
        except JoinError:
            cells = differing_cells(a, b)
            new = [cell for cell in cells if cell not in self.expanded]
            told_apart = self._told_apart(a, b, new)
            if told_apart is not None:
                return told_apart
            if not new:
                raise
            self.expanded.update(new)
            for cell in new:
                obstacle = self._take_along(cell)
                if obstacle is not None:
                    names = memory.called(self.ctx, cells, " on one path and ")
                    other = "another path" if len(cells) > 1 else "one path and another one on the other"
                    self.ctx.tied.add(cell)
                    self.ctx.freeze(cell, f"{self._spoken(key)} is {names} on {other}, and {obstacle}")
            return a

    def _told_apart(self, a: Structure, b: Structure, cells: Sequence[Cell]) -> Structure | None:
        """The structure of one of several arrays, where one has another name as well, or is a part of something."""
        chosen = alike(self.ctx, a, b)
        if chosen == (a, b):
            return None
        known = (self._leading(cell) for cell in cells)
        if not is_chosen(a) and not is_chosen(b) and not any(keys or obstacle for keys, obstacle in known):
            return None
        return join_forms(*chosen)

    def _take_along(self, cell: Cell) -> str | None:
        """Note what leads to a container before the paths part. Gives what cannot lead to another one, in words."""
        found, obstacle = self._leading(cell)
        if obstacle is None:
            self.along.update(dict.fromkeys(found))
        return obstacle

    def _leading(self, cell: Cell) -> tuple[list[Key], str | None]:
        """What leads to a container before the paths part, and what of that cannot lead to another one, in words."""
        if cell.base is not None:
            return [], f"it lies in {memory.called(self.ctx, [memory.root(cell)])}"
        if cell in seen_outside(self.ctx):
            return [], OF_CALLER
        found: list[Key] = []
        for name, held in self.ctx.env.items():
            if name in self.names or not mentions(held, cell) or self._is_dead(name):
                continue
            if self.live is None or name not in self.live or not is_movable(held, cell):
                return found, leads_as_well(name)
            found.append(name)
        for each, items in self.ctx.heap.items():
            if isinstance(items, Items) and any(mentions(slot, cell) for slot in items.slots):
                if not all(is_movable(slot, cell) for slot in items.slots):
                    return found, leads_as_well(each)
                found.append(each)
        return found, None

    def _is_dead(self, name: str) -> bool:
        return self.live is not None and name not in self.live and name in self.ctx.liveness.order

    def _freeze_unlike(self, key: Key, held: Sequence[Any]) -> bool:
        """Containers that have one name on a path and two on another: from now on all of them can only be read."""
        met = [cell for cell in self._exchanged() if any(_leads_to(each, cell) for each in held)]
        self.ctx.tied.update(met)
        for cell in met:
            self.ctx.freeze(cell, self._said_of(key, met))
        return bool(met)

    def _said_of(self, key: Key, met: Sequence[Cell]) -> str:
        """How the paths differ in what a key shares memory with."""
        others = [each for each in dict.fromkeys([*self.names, *self.along]) if each != key]
        shared = [[self._do_share(key, other, side) for side in self.reached] for other in others]
        for other, on_paths in zip(others, shared):
            if any(on_paths) and not all(on_paths):
                return f"{self._spoken(other)} and {self._spoken(key)} share memory on one path and not on the other"
        for other, on_paths in zip(others, shared):
            if all(on_paths):
                return f"which part of {self._spoken(other)} is {self._spoken(key)} depends on the path"
        return f"{self._spoken(key)} is {memory.called(self.ctx, met, ' or ')}, depending on the path"

    def _do_share(self, key: Key, other: Key, side: Branch) -> bool:
        """Whether two keys lead to one array or container at the end of a path."""
        bindings = [held_under(each, side.end) for each in (key, other)]
        found = (sharing.containers_in(side.end.heap, [held]) for held in bindings)
        one, two = ({root for each in cells for root in memory.roots(each)} for cells in found)
        return bool(one & two)

    def _spoken(self, key: Key) -> str:
        if isinstance(key, Cell):
            return str(key)
        return f"`{self.text}`" if self.text is not None and not key.isidentifier() else repr(key)

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
        self.types = [_wide(t, operand.type) for t, operand in zip(self.types, operands, strict=True)]
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
            put(ctx, key, self._contents(key, maker, structure) if isinstance(key, Cell) else maker.make(structure))
            if is_chosen(structure):
                name_chosen(key, held_in(ctx, key))
            for cell in maker.cells[known:] if key in self.mixed else ():
                cell.aliases.append(cell)
            if isinstance(key, Cell) and key in self.mixed:
                key.aliases.append(key)
            held = [held_under(key, side.end) for side in self.reached]
            met = [cell for cell in doubtful if self._is_met(cell, held)]
            for cell in maker.cells[known:]:
                cell.stems |= frozenset().union(*(self._stems(each, side) for each, side in zip(held, self.reached)))
            for cell in maker.cells[known:] if met else ():
                cell.hint = cell.hint or (key if isinstance(key, str) and key.isidentifier() else None)
                others = "" if len(met) > 1 else " or another one"
                may_be = memory.called(ctx, met, " or ") + others
                ctx.freeze(cell, f"it is {may_be}, depending on the path that was taken")
            ends = [side.end for side in self.reached]
            ctx.tell_kin(maker.cells[known:], *(ctx.kin_in(end.heap, held_under(key, end)) for end in ends))
            origins = frozenset().union(*(ctx.origins_in(end.heap, held_under(key, end)) for end in ends))
            for cell in maker.cells[known:] if origins else ():
                ctx.tie(cell, origins, "it may be an item of a list, depending on the path that was taken")
            for cell in maker.cells[known:]:  # it has not been put anywhere itself
                cell.frozen = replace(cell.frozen, is_put=False) if isinstance(cell.frozen, Because) else cell.frozen
            ctx.stand_for(maker.cells[known:], [(end.heap, held_under(key, end)) for end in ends])
        self._inherit(maker)
        for key, conflict in self.unlike.items():
            put(ctx, key, conflict)
        for key, forms in self.chosen:
            known_now = self.choices[key]
            then, orelse = (value if form is None else maker.make(form) for value, form in zip(known_now, forms))
            put(ctx, key, handle(Choice(condition, then, orelse)))

    def _is_met(self, cell: Cell, held: Sequence[Any]) -> bool:
        """Whether what paths hold under a key is a container, or leads to one that others know on every path."""
        if any(_leads_to(each, cell) for each in held):
            return True
        pairs = zip(held, self.reached) if cell in self.ctx.tied else ()
        return any(cell in sharing.containers_in(side.end.heap, [each]) for each, side in pairs)

    def _contents(self, key: Cell, maker: Maker, structure: Structure) -> Contents:
        """What a container holds behind the paths: items that kept their places on each of them still have them."""
        made = maker.contents(structure)
        ends = [side.end.heap.get(key) for side in self.reached]
        runs = [each for each in ends if isinstance(each, Run)]
        if isinstance(made, Run) and len(runs) == len(ends) and len({each.standing for each in runs}) == 1:
            made = made.standing_as(runs[0])
        former = {each.former if isinstance(each, Run) else each for each in ends}
        held = former.pop() if len(former) == 1 else None
        return replace(made, former=held) if isinstance(made, Run) and isinstance(held, Items) else made

    def _stems(self, held: Any, side: Branch) -> frozenset[Cell]:
        """The arguments that arrays in a binding may be."""
        bindings = held.slots if isinstance(held, Items) else (held,)
        held = (cell for each in bindings for cell in sharing.cells_in(side.end.heap, each))
        cells = [root for cell in held for root in memory.roots(cell)]
        return frozenset(cells).intersection(self.ctx.parameters).union(*(cell.stems for cell in cells))

    def _inherit(self, maker: Maker) -> None:
        """What can only be read on a path can only be read behind it; an array is in order if it is on every path."""
        if all(len(taker.cells) == len(maker.cells) for taker in self.takers):
            for made, *each in zip(maker.cells, *(taker.cells for taker in self.takers)):
                made.is_ordered = all(cell.is_ordered for cell in each)
                why = next((cell.frozen for cell in each if cell.frozen is not None), None)
                if why is not None:
                    self.ctx.freeze(made, why)


def _leads_to(held: Any, cell: Cell) -> bool:
    bindings = held.slots if isinstance(held, Items) else (held,)
    return any(mentions(each, cell) for each in bindings)


def held_under(key: Key, end: MergeEnd) -> Any:
    """What a key stands for at the end of a path."""
    return end.heap.get(key) if isinstance(key, Cell) else end.env.get(key)


def _wide(t: Type, given: Type) -> Type:
    """The type of an array for one that is another object's on a path, and may have other extents there."""
    return join(t, given) if isinstance(t, Array) and isinstance(given, Array) and t.rank == given.rank else t
