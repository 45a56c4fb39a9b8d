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

from adjoint.errors import AliasNotProvable
from adjoint.frontend.context import Context
from adjoint.frontend.storage import memory
from adjoint.frontend.values.alignment import Comparison, dissolved
from adjoint.frontend.values.choices import alike, is_chosen
from adjoint.frontend.values.objects import (
    GIVEN_AWAY,
    Binding,
    Cell,
    Conflict,
    Contents,
    Items,
    Optional,
    Run,
    handle,
    object_of,
)
from adjoint.frontend.values.optionals import assume
from adjoint.frontend.values.state_keys import (
    Key,
    as_run,
    differing_cells,
    give_under,
    held_in,
    kept_cells,
    obstacle,
    spoken_pair,
    structure_of,
)
from adjoint.frontend.values.structures import (
    Again,
    Leaf,
    Node,
    Same,
    Structure,
    Taker,
    join_forms,
    leaves_of,
    same_form,
    within,
)
from adjoint.ir.core import Op, Region, Value
from adjoint.ir.types import UNDEF, JoinError, Tuple

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
    """A loop being lowered: what it carries, with its structure, and every leaf so far.

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
    header: Any = None
    """The syntax of what it runs over."""
    heads: dict[Cell, Contents] = field(default_factory=dict)
    expanded: set[Cell] = field(default_factory=set)
    leaves: list[Op] = field(default_factory=list)
    conflicts: dict[Key, Conflict] = field(default_factory=dict)
    grown: dict[Key, Structure] = field(default_factory=dict)
    more: dict[Key, None] = field(default_factory=dict)
    moved: set[Cell] = field(default_factory=set)
    """Lists of run-time length whose items may stand elsewhere after a pass."""
    origins: dict[Key, frozenset[Cell]] = field(default_factory=dict)
    """The lists of which containers under a key may be items."""
    frozen: dict[Key, dict[int, Any]] = field(default_factory=dict)
    """Which of the things made in a pass that a key leads to can only be read, by number, and why."""
    kin: dict[Key, frozenset[Cell]] = field(default_factory=dict)
    """The lists from before the loop that hold items of a list that a key leads to."""

    def jump(self, ctx: Context, opcode: str) -> None:
        """Write `continue` or `break` with the values that what is carried has here."""
        self._check_walked(ctx)
        self._note_moved(ctx)
        self._freeze_views(ctx)
        taker = Taker(ctx, self._is_kept)
        here: dict[Key, Structure] = {}
        operands: list[Value] = []
        seen: set[Cell] = set()
        for key, form in zip(self.keys, self.forms):
            held = held_in(ctx, key)
            self.origins[key] = self.origins.get(key, frozenset()) | ctx.origins_in(ctx.heap, held)
            known = len(taker.cells)
            self.kin[key] = self.kin.get(key, frozenset()) | (ctx.kin_in(ctx.heap, held) & self.outer.keys())
            wanted = self._fitting(ctx, taker, key, held, form, here)
            why = {n: cell.frozen for n, cell in enumerate(taker.cells[known:]) if cell.frozen is not None}
            self.frozen[key] = why | self.frozen.get(key, {}) if wanted else {}
            operands += give_under(ctx, key, held, form, seen) if wanted else (ctx.undef() for _ in leaves_of(form))
        if not (self.conflicts or self.grown):
            self._check_order(ctx, here)
        for cell, contents in self.outer.items():
            if cell not in self.keys and ctx.heap.get(cell, contents) is not contents:
                self.more[cell] = None
        for name, before in self.before.items():  # a name of a container that is another one after an `if`
            if name not in self.keys and ctx.env.get(name, before) is not before:
                self.more[name] = None
        self.leaves.append(ctx.builder.terminate(opcode, *operands))

    def _check_order(self, ctx: Context, here: Mapping[Key, Structure]) -> None:
        carried = list(zip(self.keys, self.forms))
        for each, form in carried:
            for cell in dissolved(form, here.get(each, form)):
                ctx.freeze(cell, "it is in a list of run-time length, too, which a loop carries")
        comparison = Comparison(carried, here)
        keys = comparison.misplaced() or next((each.keys for each in comparison.parted()), None)
        if keys is not None:
            raise ctx.refuse(
                self.header,
                f"{spoken_pair(keys)} share items in one way in one pass of a loop and in another way in the next",
                why="which of them are one must be the same in each pass",
                fix="put copies into one of them",
                kind=AliasNotProvable,
            )

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
                    self.header,
                    f"{cell} grows or shrinks while a loop runs over it"
                    if root is cell
                    else f"{cell} grows, shrinks or moves while a loop runs over it",
                    why="how often the loop runs, and over what, is known when it starts",
                    fix="loop over a copy: `for x in list(xs)`, or use `while` with an index",
                )

    def _note_moved(self, ctx: Context) -> None:
        """Note the lists whose items do not stand where they stood at the head."""
        for cell, head in self.outer.items():
            now = ctx.heap.get(cell)
            if isinstance(head, Run) and not (isinstance(now, Run) and now.standing == head.standing):
                self.moved.add(cell)

    def _freeze_views(self, ctx: Context) -> None:
        """What is carried and is a view of something made in this pass loses its tie to it."""
        taker = Taker(ctx, self._is_kept, freezes=True)
        for key in self.keys:
            with contextlib.suppress(JoinError):
                structure_of(taker, key, held_in(ctx, key))

    def _is_kept(self, cell: Cell) -> bool:
        is_old = cell in self.outer or (cell.base is not None and cell.serial < self.mark)
        return is_old and cell not in self.expanded

    def _fitting(
        self, ctx: Context, taker: Taker, key: Key, held: Any, form: Structure, sides: dict[Key, Structure]
    ) -> bool:
        """Whether what is held has the carried structure; otherwise what it would have to be is noted."""
        if isinstance(held, Conflict):
            self.conflicts[key] = held
            return False
        count, thing = len(taker.cells), object_of(held)
        try:
            here = sides[key] = structure_of(taker, key, held)
            if same_form(here, form):
                return True
            wide = self._with_choices(ctx, key, form, here)
            if wide is not None:
                self.grown.update({} if same_form(wide, form) else {key: wide})
                return same_form(wide, form)
            if self._is_one_of_two(ctx, key, here, form):
                return False
            joined = join_forms(self.grown.get(key, form), here)
        except JoinError:
            if isinstance(thing, Cell) and thing not in taker.plain and key in sides and is_chosen(sides[key]):
                taker.plain.add(thing)  # as an array of its own
                del taker.cells[count:]
                return self._fitting(ctx, taker, key, held, form, sides)
            if not self._is_run(ctx, key, held, form):
                self._note_unlike(ctx, key, held, form, sides.get(key))
            return False
        if not same_form(joined, form):
            self.grown[key] = joined
            return False
        return True

    def _is_run(self, ctx: Context, key: Key, held: Any, form: Structure) -> bool:
        """Whether it is a list of run-time length from now on, with what its items hold that has names as well."""
        try:
            run = as_run(ctx, held)
            joined = join_forms(self.grown.get(key, form), run) if run is not None else form
        except JoinError:
            return False
        if not same_form(joined, form):
            self.grown[key] = joined
        return not same_form(joined, form)

    def _with_choices(self, ctx: Context, key: Key, form: Structure, here: Structure) -> Structure | None:
        """What is carried, with room for arrays that are here, where one has another name or is a part of something."""
        chosen = alike(ctx, self.grown.get(key, form), here)
        cells = [cell for cell in (*kept_cells(form), *kept_cells(here)) if cell not in self.expanded]
        known = (obstacle(key, self.before, self.outer, cell, self.parameters) for cell in cells)
        if chosen == (form, here) or not (is_chosen(form) or is_chosen(here) or any(known)):
            return None
        return join_forms(*chosen)

    def _is_one_of_two(self, ctx: Context, key: Key, here: Structure, form: Structure) -> bool:
        """Two variables that are one array in one pass and two in another: from now on both can only be read."""
        arrays = [each for each in (here, form) if isinstance(each, Node) and each.kind == "memory"]
        if len(arrays) != 1 or not any(isinstance(each, Again) for each in (here, form)) or arrays[0].meta:
            return False
        together = self.before if isinstance(form, Again) else {name: held_in(ctx, name) for name in self.keys}
        cell = object_of(together.get(key)) if isinstance(key, str) else None
        names = [each for each in self.keys if isinstance(each, str) and object_of(together.get(each)) is cell]
        if cell is None or len(names) < 2:
            return False
        reason = f"{' and '.join(map(repr, names))} are one array in one pass of a loop, two in another"
        for each in names:
            self.grown[each] = Node("memory", reason, arrays[0].children)
        return True

    def _note_unlike(self, ctx: Context, key: Key, held: Any, form: Structure, here: Structure | None) -> None:
        thing, whole = object_of(held), form
        differing = [] if here is None else differing_cells(form, here)
        is_new = _first_set(form, here)
        form = within(form)
        thing = object_of(thing.value) if isinstance(thing, Optional) else thing
        cells = [*(differing or kept_cells(form)), *([thing] if isinstance(thing, Cell) else [])]
        if isinstance(held, Value) and isinstance(held.type, Tuple) and held.op is not None:
            things = map(object_of, held.op.operands if held.op.opcode == "tuple" else ())
            cells += [each for each in things if isinstance(each, Cell)]
        cells = [each for each in cells if each in self.outer or each.base is not None]
        new = [cell for cell in cells if cell not in self.expanded]
        if new:
            self.expanded.update(new)
            for cell in new:
                also = obstacle(key, self.before, self.outer, cell, self.parameters)
                if also is not None:
                    name = f"{key!r}, a variable of a loop," if isinstance(key, str) else f"in a loop, {key}"
                    known = memory.called(ctx, [cell])
                    ctx.tied.add(cell)
                    ctx.freeze(cell, is_new or f"{name} is {known} in one pass, another one later, and {also}")
            return
        anew = _joined_anew(whole, here, self.expanded) if here is not None else None
        if anew is not None and not same_form(anew, whole):
            self.grown[key] = anew
            return
        t = held.type if isinstance(held, Value) else UNDEF
        self.conflicts[key] = Conflict(next((leaf.type for leaf in leaves_of(form)), UNDEF), t, is_new)


def _joined_anew(form: Structure, here: Structure, expanded: set[Cell]) -> Structure | None:
    """What both fit, when what is carried by now, or None, is not known by identity before; None if nothing."""
    try:
        return join_forms(_forgotten(form, expanded), here)
    except JoinError:
        return None


def _forgotten(form: Structure, cells: set[Cell], may_be_none: bool = False) -> Structure:
    if isinstance(form, Same) and form.object in cells and may_be_none:
        return Leaf(UNDEF)
    if isinstance(form, Node):
        inside = may_be_none or form.kind == "optional"
        return Node(form.kind, form.meta, tuple(_forgotten(child, cells, inside) for child in form.children))
    return form


def _first_set(before: Structure, now: Structure | None) -> str | None:
    """That a pass of a loop gives an object or dict something that it has not had before, in words."""
    if not isinstance(before, Node) or not isinstance(now, Node) or {before.kind, now.kind} - {"cell", "parts"}:
        return None
    new = [key for key in now.meta.keys if key not in before.meta.keys]
    what = "key" if now.meta.kind == "dict" else "attribute"
    return f"its {what} {new[0]!r} is first set in a loop: set it before, too" if new else None


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


@contextlib.contextmanager
def left_through(ctx: Context, names: Iterable[str]) -> Iterator[None]:
    """Lower what is left through statements that read the variables, on the way of a `return`, too."""
    ctx.finals.append(frozenset(names))
    try:
        yield
    finally:
        ctx.finals.pop()


@final
@dataclass(slots=True)
class ExitNames:
    """The hidden variables of an `if` with exit codes.

    What stands in a slot that is bound to the result behind it is nobody's any more where it returns.
    """

    code: str
    result: str
    slot: tuple[Cell, int] | None = None

    def let_go(self, ctx: Context) -> None:
        held = ctx.heap.get(self.slot[0]) if self.slot is not None else None
        if self.slot is not None and isinstance(held, Items):
            ctx.heap[self.slot[0]] = held.put(self.slot[1], handle(GIVEN_AWAY))


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
    facts: dict[Value, bool] = field(default_factory=dict)
    codes: set[int] = field(default_factory=set)

    def fall(self, ctx: Context) -> None:
        if self.exits is not None:
            self._set_code(ctx, self.exits, FALL)
        self.finish(ctx)

    def finish(self, ctx: Context) -> None:
        """The path ends here with the variables as they are."""
        self.reached, self.env, self.heap, self.facts = True, ctx.env, ctx.heap, ctx.facts

    def leave(self, ctx: Context, kind: str, value: Value | None = None) -> None:
        assert self.exits is not None, "a jump inside of an `if` that was thought not to jump"
        self._set_code(ctx, self.exits, _code_of(kind))
        if value is not None:
            ctx.env[self.exits.result] = memory.keep(ctx, value)
            self.exits.let_go(ctx)
            self.forget(ctx)
        self.finish(ctx)

    def forget(self, ctx: Context) -> None:
        """The path returns: only its exit code and its result matter from here on, and what a `finally` reads."""
        assert self.exits is not None
        matters = {self.exits.code, self.exits.result}.union(*ctx.finals)
        ctx.env = {name: held for name, held in ctx.env.items() if name in matters}
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
