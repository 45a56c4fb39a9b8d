"""How a block ends: where its fall-through and its jumps go.

In tail position a jump is a terminator (`JumpEnd`). Inside an `if` whose paths meet again, the end of a path is noted
and turned into a `yield` once both paths are known (`MergeEnd`); with exit codes, a jump is noted there too and made
real after the paths have met.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, final

from adjoint.frontend.context import Context
from adjoint.frontend.objects import (
    NONE_SUFFIX,
    UNBOUND_SUFFIX,
    Binding,
    Bound,
    Cell,
    Choice,
    Closure,
    Conflict,
    Contents,
    Items,
    Optional,
    Run,
    Special,
    handle,
    object_of,
)
from adjoint.frontend.optionals import assume, simpler_flag
from adjoint.frontend.structures import (
    Leaf,
    Maker,
    Node,
    Same,
    Structure,
    Taker,
    data_type,
    give,
    join_forms,
    leaves_of,
    mentions,
    same_form,
    unbound,
    within,
)
from adjoint.ir.core import Op, Region, Value
from adjoint.ir.types import UNDEF, JoinError, Layout, List, Static, Tuple, Type, item_of

Key = str | Cell
"""What differs from path to path: a variable, by name, or what a container holds."""

FALL, BREAK, CONTINUE, RETURN, HANDLER = 0, 1, 2, 3, 4
KINDS = {"break": BREAK, "continue": CONTINUE, "return": RETURN}
"""The exit codes of jumps; those from `HANDLER` on lead to an `except` clause each: kind `handler N`."""


def kind_of(code: int) -> str:
    """The jump that an exit code stands for."""
    return next((kind for kind, known in KINDS.items() if known == code), f"handler {code}")


def variable_of(code: int) -> str:
    """The hidden variable of an exception on its way to the handler with this code."""
    return f"exception {code}"


def _code_of(kind: str) -> int:
    return KINDS[kind] if kind in KINDS else int(kind.removeprefix("handler "))


class End(Protocol):
    """What happens when control reaches the end of a block, or leaves it."""

    def fall(self, ctx: Context) -> None:
        """Control reaches the end of the block."""

    def leave(self, ctx: Context, kind: str, value: Value | None = None) -> None:
        """Control jumps: `break`, `continue`, or `return` with a value."""


@final
@dataclass(slots=True)
class LoopFrame:
    """A loop being lowered: what it carries, with its structure, and every leaf so far with which operands it owns.

    `grown` are structures that turned out too narrow, `more` containers that the body changes and nobody carries.
    """

    keys: list[Key]
    forms: list[Structure]
    outer: dict[Cell, Contents]
    """What the containers from before the loop hold at its head."""
    before: dict[str, Binding]
    """What the variables hold before the loop."""
    parameters: Sequence[Cell] = ()
    mark: int = 0
    """The serial number of the first cell made inside."""
    walked: Sequence[Cell] = ()
    """The lists that the loop runs over: they must not grow or shrink."""
    heads: dict[Cell, Contents] = field(default_factory=dict)
    expanded: set[Cell] = field(default_factory=set)
    leaves: list[tuple[Op, list[bool]]] = field(default_factory=list)
    conflicts: dict[Key, Conflict] = field(default_factory=dict)
    grown: dict[Key, Structure] = field(default_factory=dict)
    more: dict[Cell, None] = field(default_factory=dict)
    origins: dict[Key, frozenset[Cell]] = field(default_factory=dict)
    """The lists of which containers under a key may be items."""

    def jump(self, ctx: Context, opcode: str) -> None:
        """Write `continue` or `break` with the values that what is carried has here."""
        self._check_walked(ctx)
        self._freeze_views(ctx)
        taker = Taker(ctx, self._is_kept)
        operands: list[Value] = []
        seen: set[Cell] = set()
        for key, form in zip(self.keys, self.forms):
            held = held_in(ctx, key)
            self.origins[key] = self.origins.get(key, frozenset()) | ctx.origins_in(ctx.heap, held)
            wanted = self._fitting(ctx, taker, key, held, form)
            operands += give_under(ctx, key, held, form, seen) if wanted else (ctx.undef() for _ in leaves_of(form))
        for cell, contents in self.outer.items():
            if cell not in self.keys and ctx.heap.get(cell, contents) is not contents:
                self.more[cell] = None
        owned = [operand in ctx.owned and operands.count(operand) == 1 for operand in operands]
        self.leaves.append((ctx.builder.terminate(opcode, *operands), owned))

    def _check_walked(self, ctx: Context) -> None:
        for cell in self.walked:
            root = cell
            while root.base is not None:
                root = root.base
            head, now = self.heads.get(root), ctx.heap.get(root)
            if not isinstance(head, Run) or now is None:
                continue
            if not isinstance(now, Run) or (head.size != now.size if root is cell else _has_moved(head, now)):
                raise ctx.refuse(
                    None,
                    f"{cell} grows or shrinks while a loop runs over it"
                    if root is cell
                    else f"{cell} grows, shrinks or moves while a loop runs over it",
                    why="how often the loop runs, and over what, is known when it starts",
                    fix="loop over a copy: `for x in list(xs)`, or use `while` with an index",
                )

    def _freeze_views(self, ctx: Context) -> None:
        """What is carried and is a view of something made in this pass loses its tie to it."""
        taker = Taker(ctx, self._is_kept, freezes=True)
        for key in self.keys:
            with contextlib.suppress(JoinError):
                structure_of(taker, key, held_in(ctx, key))

    def _is_kept(self, cell: Cell) -> bool:
        is_old = cell in self.outer or (cell.base is not None and cell.serial < self.mark)
        return is_old and cell not in self.expanded

    def _fitting(self, ctx: Context, taker: Taker, key: Key, held: Any, form: Structure) -> bool:
        """Whether what is held has the carried structure; otherwise what it would have to be is noted."""
        if isinstance(held, Conflict):
            self.conflicts[key] = held
            return False
        try:
            here = structure_of(taker, key, held)
            if same_form(here, form):
                return True
            joined = join_forms(self.grown.get(key, form), here)
        except JoinError:
            self._note_unlike(ctx, key, held, form)
            return False
        if not same_form(joined, form):
            self.grown[key] = joined
            return False
        return True

    def _note_unlike(self, ctx: Context, key: Key, held: Any, form: Structure) -> None:
        thing = object_of(held)
        form = within(form)
        thing = object_of(thing.value) if isinstance(thing, Optional) else thing
        cells = [*kept_cells(form), *([thing] if isinstance(thing, Cell) else [])]
        if isinstance(held, Value) and isinstance(held.type, Tuple) and held.op is not None:
            things = map(object_of, held.op.operands if held.op.opcode == "tuple" else ())
            cells += [each for each in things if isinstance(each, Cell)]
        cells = [each for each in cells if each in self.outer or each.base is not None]
        new = [cell for cell in cells if cell not in self.expanded]
        if new:
            self.expanded.update(new)
            for cell in new:
                if not is_sole(key, self.before, self.outer, cell, self.parameters):
                    ctx.freeze(cell, "a variable of a loop is this container in one pass, another one later")
            return
        t = held.type if isinstance(held, Value) else UNDEF
        self.conflicts[key] = Conflict(next((leaf.type for leaf in leaves_of(form)), UNDEF), t)


def _has_moved(before: Run, now: Run) -> bool:
    """Whether the lists in a list stand elsewhere, or are longer or shorter."""
    return before.moves != now.moves or before.inner != now.inner


@final
@dataclass(slots=True)
class JumpEnd:
    """The end of a block in tail position of a loop body, or (without a loop) of the function."""

    loop: LoopFrame | None

    def fall(self, ctx: Context) -> None:
        if self.loop is None:
            ctx.note_return(None, ctx.const(None))
        else:
            self.loop.jump(ctx, "continue")

    def leave(self, ctx: Context, kind: str, value: Value | None = None) -> None:
        if value is not None:
            ctx.note_return(None, value)
        else:
            assert self.loop is not None, "Python itself refuses a jump outside of a loop"
            self.loop.jump(ctx, kind)


@final
@dataclass(slots=True)
class ExitNames:
    """The hidden variables of an `if` with exit codes."""

    code: str
    result: str


@final
@dataclass(slots=True)
class MergeEnd:
    """The end of a branch whose paths meet again. `reached` says whether control gets there.

    `names` are the variables read after the paths have met (a branch may hold statements that bind them).
    """

    exits: ExitNames | None = None
    names: list[str] = field(default_factory=list)
    reached: bool = False
    returned: bool = False
    env: dict[str, Binding] = field(default_factory=dict)
    heap: dict[Cell, Contents] = field(default_factory=dict)
    owned: set[Value] = field(default_factory=set)
    facts: dict[Value, bool] = field(default_factory=dict)
    codes: set[int] = field(default_factory=set)

    def fall(self, ctx: Context) -> None:
        if self.exits is not None:
            self._set_code(ctx, self.exits, FALL)
        self.finish(ctx)

    def finish(self, ctx: Context) -> None:
        """The path ends here with the variables as they are."""
        self.reached, self.env, self.heap, self.owned, self.facts = True, ctx.env, ctx.heap, ctx.owned, ctx.facts

    def leave(self, ctx: Context, kind: str, value: Value | None = None) -> None:
        assert self.exits is not None, "a jump inside of an `if` that was thought not to jump"
        self._set_code(ctx, self.exits, _code_of(kind))
        if value is not None:
            ctx.env[self.exits.result] = value
            self.forget(ctx)
        self.finish(ctx)

    def forget(self, ctx: Context) -> None:
        """The path returns: only its exit code and its result matter from here on."""
        assert self.exits is not None
        hidden = (self.exits.code, self.exits.result)
        ctx.env = {name: ctx.env[name] for name in hidden if name in ctx.env}
        self.returned = True

    def _set_code(self, ctx: Context, exits: ExitNames, code: int) -> None:
        ctx.env[exits.code] = ctx.const(code)
        self.codes.add(code)


@final
@dataclass(slots=True)
class Branch:
    """One lowered side of an `if`."""

    region: Region
    end: MergeEnd
    mark: int = 0
    """The serial number of the first cell made inside."""


Fill = Callable[[End], None]


def branch(ctx: Context, fill: Fill, end: MergeEnd, condition: Value, holds: bool) -> Branch:
    """Lower one side into a region of its own, where the condition holds or does not."""
    region, mark = Region(), Cell().serial
    with ctx.inside(region):
        assume(ctx, condition, holds)
        fill(end)
    return Branch(region, end, mark)


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
    ctx.owned = set.intersection(*(side.end.owned for side in reached))
    ctx.facts = dict(set.intersection(*(set(side.end.facts.items()) for side in reached)))
    _own_results(ctx, op, reached)
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
        self.choices: dict[Key, list[Binding | None]] = {}
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
        self.types = [leaf.type for _, structure in self.found for leaf in leaves_of(structure)]

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
                    self.ctx.freeze(cell, "it is this one on one path and another one on another path")
            return a

    def _note_unlike(self, key: Key, held: Sequence[Binding | Contents | None]) -> None:
        values = [each for each in held if isinstance(each, Value)]
        if len(values) == 2 and not isinstance(key, Cell) and all(_is_callable(each) for each in values):
            self.choices[key] = list(values)
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
            if any(isinstance(each, Value) and mentions(each, cell) for each in held for cell in doubtful):
                for cell in maker.cells[known:]:
                    ctx.freeze(cell, "it is one of two, depending on the path that was taken")
            origins = frozenset().union(*(ctx.origins_in(side.end.heap, held_under(key, side.end)) for side in self.reached))
            for cell in maker.cells[known:] if origins else ():
                ctx.tie(cell, origins, "it may be an item of a list, depending on the path that was taken")
        for key, conflict in self.unlike.items():
            put(ctx, key, conflict)
        for key, (then, orelse) in self.choices.items():
            assert isinstance(then, Value) and isinstance(orelse, Value)
            put(ctx, key, handle(Choice(condition, then, orelse)))


def is_sole(
    key: Key, env: Mapping[str, Any], heap: Mapping[Cell, Any], cell: Cell, parameters: Sequence[Cell]
) -> bool:
    """Whether nothing but `key` leads to a container, so that a variable that gets another one leaves nothing behind."""
    if cell.base is not None:
        return False
    held = [value for name, value in env.items() if name != key]
    held += [slot for each, items in heap.items() if each is not key and isinstance(items, Items) for slot in items.slots]
    return cell not in parameters and not any(mentions(each, cell) for each in held)


def _is_callable(value: Value) -> bool:
    thing = object_of(value)
    if isinstance(value.type, Static):
        return callable(value.type.value)
    return isinstance(thing, Closure | Bound | Special | Choice)


def kept_cells(form: Structure) -> list[Cell]:
    """The containers in a structure that are the same on every path."""
    if isinstance(form, Same):
        return [form.object] if isinstance(form.object, Cell) else []
    return [cell for child in form.children for cell in kept_cells(child)] if isinstance(form, Node) else []


def give_under(ctx: Context, key: Key, held: Any, form: Structure, seen: set[Cell]) -> Iterable[Value]:
    """The values for the leaves of what a key stands for."""
    if isinstance(key, Cell) and isinstance(held, Items) and isinstance(form, Node) and form.kind == "run":
        return [ctx.listed(held, key)]
    return give(ctx, held, form, seen)


def as_run(ctx: Context, held: Any, heap: Mapping[Cell, Contents] | None = None) -> Structure | None:
    """The structure of a list as one of run-time length, with all that is in it; None for anything else."""
    thing = object_of(held)
    heap = ctx.heap if heap is None else heap
    contents = heap.get(thing) if isinstance(thing, Cell) else held
    if not isinstance(contents, Items) or contents.layout.kind != "list":
        return None
    apart = Taker(ctx, lambda cell: False, heap).contents(contents)
    return Node("run", False, (Leaf(List(item_of(data_type(apart)))),))


def structure_of(taker: Taker, key: Key, held: Any) -> Structure:
    """The structure of a variable or of the contents of a container."""
    return taker.contents(held) if isinstance(key, Cell) and held is not None else taker.structure(held)


def held_under(key: Key, end: MergeEnd) -> Any:
    """What a key stands for at the end of a path."""
    return end.heap.get(key) if isinstance(key, Cell) else end.env.get(key)


def held_in(ctx: Context, key: Key) -> Any:
    """What a key stands for now."""
    return ctx.heap.get(key) if isinstance(key, Cell) else ctx.env.get(key)


def put(ctx: Context, key: Key, held: Any) -> None:
    """Let a key stand for something else."""
    if isinstance(key, Cell):
        ctx.heap[key] = held
    else:
        ctx.env[key] = held


def name_leaves(values: Sequence[Value], found: Sequence[tuple[Key, Structure]]) -> None:
    """Values that stand for a variable have its name, those in a container that of what was there."""
    rest = iter(values)
    for key, structure in found:
        own = [(leaf, next(rest)) for leaf in leaves_of(structure)]
        for leaf, value in own:
            value.name = leaf.name
        if not isinstance(key, str):
            if isinstance(structure, Node) and structure.kind in ("run", "memory"):
                own[0][1].name = key.hint or own[0][1].name
            else:
                _name_attributes(structure, iter([value for _, value in own]))
            continue
        _name_variable(key if key.isidentifier() else None, structure, [value for _, value in own])


def _name_variable(name: str | None, structure: Structure, values: Sequence[Value]) -> None:
    """The value of a variable is called as it is; what says that it is None, or not there, after it."""
    if isinstance(structure, Leaf):
        values[0].name = name
    elif isinstance(structure, Node) and structure.kind in ("oneof", "run", "memory"):
        values[0].name = name or values[0].name
    elif isinstance(structure, Node) and structure.kind in _FLAGGED:
        values[0].name = f"{name}{_FLAGGED[structure.kind]}" if name else None
        _name_variable(name, structure.children[1], values[1:])


def _name_attributes(structure: Structure, values: Iterator[Value]) -> None:
    """What an object holds is called as the attribute is."""
    for number, child in enumerate(structure.children if isinstance(structure, Node) else ()):
        own = [next(values) for _ in leaves_of(child)]
        keys = structure.meta.keys if isinstance(structure.meta, Layout) else ()  # type: ignore[union-attr]
        if keys and isinstance(keys[number], str) and keys[number].isidentifier():
            _name_variable(keys[number], child, own)


_FLAGGED = {"optional": NONE_SUFFIX, "unbound": UNBOUND_SUFFIX}


def _own_results(ctx: Context, op: Op, reached: Sequence[Branch]) -> None:
    for index, result in enumerate(op.results):
        yielded = [side.region.terminator.operands[index] for side in reached]
        if all(value in side.end.owned for value, side in zip(yielded, reached)):
            ctx.owned.add(result)
        ctx.disown(*yielded)
