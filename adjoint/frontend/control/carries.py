"""What a loop carries: variables and changed containers. It is lowered until their structures and types stand still."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, final

from adjoint.errors import AdjointError
from adjoint.frontend.context import Context, symbols_of
from adjoint.frontend.control.ends import End, LoopFrame, MergeEnd
from adjoint.frontend.control.loop_starts import growing, rebound, stored_into
from adjoint.frontend.storage import memory, zero_dimensional
from adjoint.frontend.storage.sharing import containers_in
from adjoint.frontend.values.alignment import counted_anew
from adjoint.frontend.values.asked import Asked, is_number, traced
from adjoint.frontend.values.choices import alike, is_chosen
from adjoint.frontend.values.maker import Maker
from adjoint.frontend.values.objects import Cell, Conflict, Contents, Items, Run, object_of
from adjoint.frontend.values.optionals import is_none
from adjoint.frontend.values.state_keys import (
    Key,
    as_run,
    give_under,
    held_in,
    name_chosen,
    name_leaves,
    put,
    seen_outside,
    structure_of,
)
from adjoint.frontend.values.structures import (
    Leaf,
    Node,
    Structure,
    Taker,
    is_missing,
    join_forms,
    leaves_of,
    mentions,
    optional,
)
from adjoint.ir.core import Region, Value, walk
from adjoint.ir.outward import unnamed, with_dims
from adjoint.ir.types import UNDEF, JoinError, List, Sym, Tuple, Type, Undef, join

Body = Callable[[Context, Sequence[Any], End], None]


_MAX_ROUNDS = 40
_MOST_TOLD = 10
"""How many rounds may go by in which the types stay as they were, and only more is known of who else knows a list."""


@final
@dataclass(slots=True)
class Carried:
    """What one loop carries: variables and containers, their structure and initial values, the types found so far.

    `types` and `inits` go by leaf, over all structures.
    """

    keys: list[Key]
    forms: list[Structure]
    inits: list[Value]
    types: list[Type]
    expanded: set[Cell] = field(default_factory=set)
    conflicts: dict[Key, Conflict] = field(default_factory=dict)
    doubtful: dict[Key, str] = field(default_factory=dict)
    """What is one of several things that others know, depending on the pass: what it may be, in words."""
    origins: dict[Key, frozenset[Cell]] = field(default_factory=dict)
    """What is, at first, a container or array that something else leads to as well."""
    frozen: dict[Key, dict[int, Any]] = field(default_factory=dict)
    """What a key leads to and can only be read, by number, and why."""
    kin: dict[Key, frozenset[Cell]] = field(default_factory=dict)
    """The lists from before the loop that hold items of a list that a key leads to."""
    moved: frozenset[Cell] = frozenset()
    """The lists of run-time length whose items may stand elsewhere after a pass."""
    stems: frozenset[Cell] = frozenset()
    """The arguments that what is carried may be."""

    @property
    def leaf_keys(self) -> list[Key]:
        """The key that each leaf belongs to."""
        return [key for key, form in zip(self.keys, self.forms) for _ in leaves_of(form)]

    def arguments(self) -> list[Value]:
        """Block arguments for all that is carried."""
        made = [Value(t) for t in self.types]
        name_leaves(made, list(zip(self.keys, self.forms)))
        return made


@final
@dataclass(slots=True)
class Attempt:
    """One lowering of the regions of a loop, with the block arguments that stand for the carried variables."""

    frame: LoopFrame
    regions: list[Region]
    arguments: list[list[Value]]
    again: bool = False
    """Whether more is known of the integers of the loop than when it was lowered."""


def frame_of(ctx: Context, carried: Carried) -> LoopFrame:
    frame = LoopFrame(carried.keys, carried.forms, dict(ctx.heap), dict(ctx.env), seen_outside(ctx))
    frame.expanded |= carried.expanded
    frame.mark = Cell().serial
    return frame


def _carry(
    ctx: Context,
    keys: Sequence[Key],
    wider: Mapping[Key, Structure],
    expanded: set[Cell],
    told: frozenset[Value],
) -> Carried:
    """What is carried to begin with: the structures before the loop, or the wider ones found since."""
    carried = Carried([], [], [], [], expanded)
    taker = Taker(ctx, lambda cell: (cell in ctx.heap or cell.base is not None) and cell not in expanded)
    taker.told = told
    own: dict[Key, Structure] = {}
    for key in keys:
        held = held_in(ctx, key)
        try:
            form = own[key] = structure_of(taker, key, held)
            form = optional(Leaf(UNDEF, str(key))) if is_missing(form) else form
            if key in wider and is_run(wider[key]):
                form = as_run(ctx, held) or form
            form = join_forms(*alike(ctx, wider[key], form)) if key in wider else form
        except JoinError:
            conflict = held if isinstance(held, Conflict) else Conflict(UNDEF, UNDEF)
            carried.conflicts[key] = conflict
            continue
        is_met = isinstance(held, Value) and any(cell.frozen and mentions(held, cell) for cell in expanded)
        if is_met or any(cell in ctx.tied and cell in expanded for cell in containers_in(ctx.heap, [held])):
            several = [cell for cell in expanded if cell.frozen]
            carried.doubtful[key] = memory.called(ctx, sorted(several, key=lambda cell: cell.serial), " or ")
        cell = object_of(held) if isinstance(key, str) else None
        if isinstance(cell, Cell) and cell in expanded:
            carried.stems |= cell.stems | ({cell} & set(ctx.parameters))
        carried.kin[key] = ctx.kin_in(ctx.heap, held)
        carried.keys.append(key)
        carried.forms.append(form)
    carried.forms = counted_anew(list(zip(carried.keys, carried.forms)), own)
    seen: set[Cell] = set()
    for key, form in zip(carried.keys, carried.forms):
        carried.inits += give_under(ctx, key, held_in(ctx, key), form, seen)
    carried.types = [init.type for init in carried.inits]
    return carried


def is_run(form: Structure) -> bool:
    """Whether it is the structure of a list of run-time length."""
    return isinstance(form, Node) and form.kind == "run"


@contextmanager
def body_of_loop(ctx: Context, carried: Carried, region: Region, arguments: Sequence[Value]) -> Iterator[None]:
    """Write into a region of the loop: what is carried is its arguments, ownership is what is known so far."""
    outer = ctx.loop_mark
    with ctx.inside(region):
        _enter(ctx, carried, arguments)
        ctx.loop_mark = Cell().serial
        try:
            yield
        finally:
            ctx.loop_mark = outer


def _enter(ctx: Context, carried: Carried, arguments: Sequence[Value]) -> None:
    """Variables and containers hold the given values."""
    zero_dimensional.note_heads(ctx, carried.inits, arguments)
    ctx.heads.update(zip(arguments, carried.inits, strict=True))
    maker = Maker(ctx, iter(arguments))
    for key, form in zip(carried.keys, carried.forms):
        known = len(maker.cells)
        put(ctx, key, _standing(ctx, carried, key, maker.contents(form)) if isinstance(key, Cell) else maker.make(form))
        for cell in maker.cells[known:] if carried.stems else ():
            cell.stems = carried.stems
        if is_chosen(form):
            name_chosen(key, held_in(ctx, key))
        made = object_of(held_in(ctx, key)) if isinstance(key, str) and key.isidentifier() else None
        if isinstance(made, Cell) and made in maker.cells[known:] and made.hint is None:
            made.hint = str(key)
        if key in carried.doubtful:
            for cell in maker.cells[known:]:
                name = f"{key!r}, a variable of the loop," if isinstance(key, str) else "it"
                cell.hint = cell.hint or (key if isinstance(key, str) and key.isidentifier() else None)
                ctx.freeze(cell, f"{name} is {carried.doubtful[key]}, or another one, depending on the pass of a loop")
        ctx.tell_kin(maker.cells[known:], carried.kin.get(key, frozenset()))
        for number, cell in enumerate(maker.cells[known:]):
            if number in carried.frozen.get(key, ()):
                ctx.freeze(cell, carried.frozen[key][number])
        for cell in maker.cells[known:] if carried.origins.get(key) else ():
            ctx.tie(cell, carried.origins[key], "it may be an item of a list, depending on the pass of a loop")
    for key, conflict in carried.conflicts.items():
        put(ctx, key, conflict)


def _standing(ctx: Context, carried: Carried, key: Cell, made: Contents) -> Contents:
    """A list whose items no pass moves: they stand where they stood before the loop."""
    before = ctx.heap.get(key)
    if not isinstance(made, Run) or not isinstance(before, Run) or key in carried.moved:
        return made
    return made.standing_as(before)


def until_stable(
    ctx: Context, node: Any, keys: list[Key], attempt: Callable[[Carried], Attempt], lower_body: Body
) -> tuple[Carried, Attempt]:
    """Lower the loop until the guessed structures and types hold what every path gives.

    A container with None in it may get a value there in the body: when the loop is refused, that is tried.
    """
    found: list[tuple[Carried, Attempt]] = []
    doubtful = _with_none(ctx)

    def first() -> None:
        found.append(_told_loop(ctx, node, keys, {}, attempt, lower_body))

    def second() -> None:
        found.append(_told_loop(ctx, node, [*keys, *doubtful], doubtful, attempt, lower_body))

    if doubtful:
        ctx.either(first, second)
    else:
        first()
    return found[0]


_MOST_ALIKE = 3
"""How often a loop that is told more numbers may be refused in the same words."""


def _told_loop(
    ctx: Context,
    node: Any,
    keys: list[Key],
    first: Mapping[Key, Structure],
    attempt: Callable[[Carried], Attempt],
    lower_body: Body,
) -> tuple[Carried, Attempt]:
    """The loop; numbers from before it that it asks for are known in it, where they stay what they are."""
    told: frozenset[Value] = frozenset()
    refused: AdjointError | None = None
    last, repeated = "", 0
    undo = ctx.checkpoint()
    while True:
        try:
            return _settled_loop(ctx, node, list(keys), first, told, attempt, lower_body)
        except AdjointError as refusal:
            heads = list(ctx.heads)
            asked = [ctx.heads[heads[a.value]] for a in traced(refusal.asks, heads, {}) if isinstance(a.value, int)]
            refused = refused or refusal
            refused.asks = [*refused.asks, *refusal.asks, *map(Asked, asked)]
            more = {value for value in asked if is_number(ctx, value)} - told
            words = refusal.report()
            last, repeated = words, repeated + 1 if words == last else 0
            if not more or repeated > _MOST_ALIKE:  # each attempt may make its constants anew
                raise refused from None
        undo()
        told |= more


def _with_none(ctx: Context) -> dict[Key, Structure]:
    """The containers with None in a slot, each as it would be if other things could stand there."""
    taker = Taker(ctx, lambda cell: cell in ctx.heap or cell.base is not None)
    found: dict[Key, Structure] = {}
    for cell, held in ctx.heap.items():
        if isinstance(held, Items) and any(map(is_none, held.slots)) and cell.frozen is None:
            form = taker.contents(held)
            assert isinstance(form, Node)
            slots = [optional(Leaf(UNDEF)) if is_missing(child) else child for child in form.children]
            found[cell] = Node(form.kind, form.meta, tuple(slots))
    return found


def _settled_loop(
    ctx: Context,
    node: Any,
    keys: list[Key],
    first: Mapping[Key, Structure],
    told: frozenset[Value],
    attempt: Callable[[Carried], Attempt],
    lower_body: Body,
) -> tuple[Carried, Attempt]:
    outer_symbols = _outer_symbols(ctx)
    wider: dict[Key, Structure] = dict(first)
    keys += [cell for cell in stored_into(ctx, node) if cell not in keys]
    for cell in growing(ctx, node):
        if cell not in keys:
            keys.append(cell)
        wider[cell] = Node("run", False, (Leaf(List(UNDEF)),))
    expanded = rebound(ctx, node, keys) if not ctx.specializations.chooses else set()
    carried = _carry(ctx, keys, wider, expanded, told)
    told_alone = 0
    for _ in range(_MAX_ROUNDS):
        noted, known = len(ctx.returns), len(ctx.frozen)
        done = attempt(carried)
        if node.orelse:
            _lower_orelse(ctx, node, carried, done, lower_body)
        frame = done.frame
        is_wider = bool(frame.more or frame.grown or frame.expanded - expanded)
        told_alone = 0 if is_wider else told_alone + 1
        if told_alone > _MOST_TOLD:
            break
        if is_wider or _is_more(carried, frame):
            keys += [cell for cell in frame.more if cell not in keys]
            expanded |= frame.expanded
            wider |= frame.grown
            known_so_far = carried
            carried = _carry(ctx, [key for key in keys if key not in carried.conflicts], wider, expanded, told)
            _keep_known(carried, known_so_far, frame)
        elif not frame.moved <= carried.moved:
            carried.moved |= frame.moved
        elif (
            _settle(ctx, carried, done, outer_symbols)
            and not done.again
            and not frame.outer.keys() & set(ctx.frozen[known:])
        ):
            for heads, leaf in itertools.product(done.arguments, frame.leaves):
                zero_dimensional.note_ends(ctx, heads, leaf.operands)
            return carried, done  # what can no longer change may not have been changed earlier in the body
        del ctx.returns[noted:]
    raise ctx.refuse(
        node,
        "the types of this loop's variables do not settle",
        why="a variable gets another type in every iteration",
        fix="give the loop's variables their final type before the loop",
    )


def _is_more(carried: Carried, frame: LoopFrame) -> bool:
    """Whether a pass gives keys things of which less was known where it began."""
    return (
        any(lists - carried.origins.get(key, frozenset()) for key, lists in frame.origins.items())
        or any(lists - carried.kin.get(key, frozenset()) for key, lists in frame.kin.items())
        or any(why.keys() - carried.frozen.get(key, {}).keys() for key, why in frame.frozen.items())
    )


def _keep_known(carried: Carried, before: Carried, frame: LoopFrame) -> None:
    """What was found in the passes so far is known where the next attempt begins."""
    none: frozenset[Cell] = frozenset()
    carried.conflicts |= before.conflicts
    carried.moved = before.moved | frame.moved
    for key in carried.keys:
        carried.origins[key] = before.origins.get(key, none) | frame.origins.get(key, none)
        carried.kin[key] |= before.kin.get(key, none) | frame.kin.get(key, none)
        carried.frozen[key] = frame.frozen.get(key, {}) | before.frozen.get(key, {})


def _outer_symbols(ctx: Context) -> Callable[[], frozenset[str]]:
    values = [held for held in ctx.env.values() if isinstance(held, Value)]
    known = ctx.known_symbols | symbols_of([value.type for value in values])
    return lambda: known | {value.symbol for value in values if value.symbol is not None}


def _lower_orelse(ctx: Context, node: Any, carried: Carried, done: Attempt, lower_body: Body) -> None:
    region = Region(carried.arguments())
    end = MergeEnd()
    with body_of_loop(ctx, carried, region, region.args):
        lower_body(ctx, node.orelse, end)
        if end.reached:
            ctx.env, ctx.heap = end.env, end.heap
            done.frame.jump(ctx, "yield")
    done.regions.append(region)
    done.arguments.append(region.args)


def _settle(ctx: Context, carried: Carried, done: Attempt, outer_symbols: Callable[[], frozenset[str]]) -> bool:
    """Whether the attempt is final; otherwise the guess has grown."""
    frame, conflicts = done.frame, dict(done.frame.conflicts)
    types: list[Type] = []
    for index, key in enumerate(carried.leaf_keys):
        joined: Type = carried.types[index]
        for op in frame.leaves:
            operand = op.operands[index]
            try:
                joined = join(joined, operand.type)
            except JoinError:
                conflicts.setdefault(key, Conflict(joined, operand.type))
        types.append(joined if joined == carried.types[index] else _outlasting(joined, outer_symbols()))
    if conflicts:
        _drop(carried, conflicts)
        return False
    unread = _unread_arguments(done)
    known = unread - {index for index, old in enumerate(carried.types) if _is_unknown(old)}
    stable = all(t == old or index in known for index, (t, old) in enumerate(zip(types, carried.types)))
    carried.types = types
    if stable:
        for arguments in done.arguments:
            for argument, t in zip(arguments, types):
                argument.type = t
    return stable


def _is_unknown(t: Type) -> bool:
    """Whether a variable of the type has no value yet: what is done with it says nothing of the next pass."""
    if isinstance(t, Tuple):
        return any(map(_is_unknown, t.items))
    return isinstance(t, Undef) or (isinstance(t, List) and _is_unknown(t.item))


def _drop(carried: Carried, conflicts: dict[Key, Conflict]) -> None:
    """What has no type that the loop could carry is carried no more."""
    carried.conflicts.update(conflicts)
    keep = [index for index, key in enumerate(carried.leaf_keys) if key not in conflicts]
    kept = [(key, form) for key, form in zip(carried.keys, carried.forms) if key not in conflicts]
    carried.keys[:] = [key for key, _ in kept]
    carried.forms[:] = [form for _, form in kept]
    carried.inits = [carried.inits[index] for index in keep]
    carried.types = [carried.types[index] for index in keep]


def _unread_arguments(done: Attempt) -> set[int]:
    """The leaves whose value at the head nobody reads: their type may still change."""
    leaves = set(done.frame.leaves)
    read = {value for region in done.regions for op in walk(region) if op not in leaves for value in op.operands}
    count = len(done.arguments[0])
    unread = set(range(count))
    for arguments in done.arguments:
        unread -= {index for index, argument in enumerate(arguments) if argument in read}
    for op in leaves:  # a leaf may pass one variable on as another
        own = {index: {arguments[index] for arguments in done.arguments} for index in range(count)}
        for index, operand in enumerate(op.operands):
            unread -= {other for other, values in own.items() if other != index and operand in values}
    return unread


def _outlasting(t: Type, known: frozenset[str]) -> Type:
    """The type without extents that mean something inside one iteration only."""
    return with_dims(t, lambda dim: dim if isinstance(dim, Sym) and dim.name in known else unnamed(dim))


def written_loop(
    ctx: Context, opcode: str, operands: Sequence[Value], attrs: dict[str, Any], carried: Carried, done: Attempt
) -> list[Value]:
    op = ctx.builder.op(opcode, operands, carried.types, attrs, done.regions)
    name_leaves(op.results, list(zip(carried.keys, carried.forms)))
    _enter(ctx, carried, op.results)
    return op.results
