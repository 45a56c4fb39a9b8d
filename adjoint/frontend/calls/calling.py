"""A call from the side of the caller: what passes, what comes back, which containers have changed."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from adjoint.errors import AdjointError, AliasNotProvable
from adjoint.frontend.calls.entangled import refuse_entangled
from adjoint.frontend.calls.passed_through import known_again
from adjoint.frontend.calls.symbols import Canonical, outward
from adjoint.frontend.context import Context
from adjoint.frontend.storage import guests, memory, run_time_items, sharing, slots, zero_dimensional
from adjoint.frontend.values.asked import is_number, numbers_in, passed
from adjoint.frontend.values.exactness import is_exact
from adjoint.frontend.values.maker import Maker
from adjoint.frontend.values.objects import (
    Because,
    Cell,
    Contents,
    Items,
    Mem,
    Run,
    object_of,
)
from adjoint.frontend.values.structures import (
    Leaf,
    Node,
    Same,
    Structure,
    Taker,
    give,
    is_data,
    leaves_of,
    with_types,
)
from adjoint.frontend.writer import is_zero_dimensional
from adjoint.ir.core import Value
from adjoint.ir.relations import Relations, current
from adjoint.ir.types import BOOL, UNDEF, Array, JoinError, Layout, List, Static, Tuple, rank_of

if TYPE_CHECKING:
    from adjoint.frontend.specialize import Entry
from adjoint.frontend.calls.borders import exactly, packed, written_whole


def call(ctx: Context, node: Any, target: Any, values: Sequence[Value], names: Sequence[str], text: str) -> Value:
    """Call a function with a value for each of its parameters (and of what it has taken along)."""
    from adjoint.frontend.control.sequences import check_still, read_later

    read = [cell for value in values for cell in read_later(ctx, value)]
    found = with_known(ctx, values, lambda told: _entered(ctx, node, target, values, names, text, told))
    if isinstance(found, Value):
        return found
    held = [(cell, ctx.heap.get(cell)) for cell in read]
    entry, operands, cells = found
    ctx.builder.line = ctx.builder.line or ctx.line(node)
    made = _result(ctx, node, entry, operands, cells, text)
    check_still(ctx, node, held)
    return made


T = TypeVar("T")
Entered = tuple["Entry", list[Value], list[Cell]]


def with_known(ctx: Context, values: Sequence[Value], attempt: Callable[[frozenset[Value]], T]) -> T:
    """What an attempt to call something with these values gives, told as few of the constants as it asks for."""
    told: frozenset[Value] = frozenset()
    if all(isinstance(value.type, Array | Static) for value in values):
        return attempt(told)
    undo = ctx.checkpoint()
    while True:
        try:
            return attempt(told)
        except AdjointError as refusal:
            more = {value for value in _asked_here(refusal) if is_number(ctx, value)} - told
            if not more:
                raise
        undo()
        told |= more


def _asked_here(refusal: AdjointError) -> Iterator[Value]:
    for each in refusal.asks:
        if isinstance(each.value, Value) and not each.path:
            yield from numbers_in(each.value)


@contextmanager
def passing(ctx: Context, node: Any, operands: Sequence[Value]) -> Iterator[None]:
    """While a function is lowered that is called with these operands: what it asks for is asked of them."""
    try:
        yield
    except AdjointError as refusal:
        if any(isinstance(each.value, int) for each in refusal.asks):
            refusal.asks = passed(refusal.asks, operands)
            refusal.given = f"{ctx.captured.source.filename}:{node.lineno}: `{ctx.captured.source.segment(node)}`"
        raise


def lowered(
    ctx: Context, node: Any, target: Any, values: Sequence[Value], names: Sequence[str]
) -> tuple[Entry, list[Value]]:
    """A function lowered for these values, for others than a plain call, and what it takes."""

    def attempt(told: frozenset[Value]) -> tuple[Entry, list[Value]]:
        forms, operands, _ = arguments(ctx, node, target, values, names, told)
        with passing(ctx, node, operands):
            return ctx.specializations.entry(target, forms), operands

    return with_known(ctx, values, attempt)


def _entered(
    ctx: Context,
    node: Any,
    target: Any,
    values: Sequence[Value],
    names: Sequence[str],
    text: str,
    told: frozenset[Value],
) -> Entered | Value:
    """The function to call, the values that pass, and the containers among the arguments; undefined if they are.

    Of a list some items of which the function changes beside others, the list passes, and where they stand in it.
    """
    if not ctx.specializations.chooses:
        return _passed(ctx, node, target, values, names, text, told, frozenset())
    undo = ctx.checkpoint()
    try:
        return _passed(ctx, node, target, values, names, text, told, frozenset())
    except AliasNotProvable:
        items = run_time_items.side_by_side(ctx, values)
        if not items:
            raise
        undo()
        try:
            return _passed(ctx, node, target, values, names, text, told, items)
        except AdjointError:
            pass
        raise


def _passed(
    ctx: Context,
    node: Any,
    target: Any,
    values: Sequence[Value],
    names: Sequence[str],
    text: str,
    told: frozenset[Value],
    by_place: frozenset[Cell],
) -> Entered | Value:
    forms, operands, cells = arguments(ctx, node, target, values, names, told, by_place)
    if any(map(_is_unknown, forms)):
        return ctx.blocked(*operands)
    with passing(ctx, node, operands):
        entry = _entry(ctx, target, forms, cells)
    known = ctx.specializations
    for changing, may_change in (
        (known.augmenting, zero_dimensional.may_be_one),
        (known.augmenting_slots, zero_dimensional.is_shared),
    ):
        if target in changing and any(may_change(ctx, each) for each in operands):
            raise _without_dimensions(ctx, node, text)
        if target in changing and any(map(zero_dimensional.comes_in, operands)):
            changing.add(known.stack[-1].target)  # it gives on what it was given
    if target in known.augmenting:
        known.numbers.update(each for each in operands if is_zero_dimensional(each.type))
    refuse_entangled(ctx, node, text, cells, entry, by_place)
    return entry, operands, cells


def _without_dimensions(ctx: Context, node: Any, text: str) -> AdjointError:
    """A call may change an array without dimensions: numbers look the same, and stay as they are."""
    return ctx.refuse(
        node,
        f"`{text}` may change an array without dimensions that it is given",
        why="it does `x += ...` with what would not change if it were a number",
        fix="pass an array of shape (1,), or a number: `x[()]`",
        kind=AliasNotProvable,
    )


def _entry(ctx: Context, target: Any, forms: tuple[Structure, ...], cells: Sequence[Cell]) -> Entry:
    """The function for arguments of these structures.

    That an array can only be read makes no other function of one that only reads it.
    """
    frozen = {number for number, cell in enumerate(cells) if cell.frozen is not None}
    thawed = tuple(map(_thawed, forms))
    if thawed != forms:
        try:
            entry = ctx.specializations.entry(target, thawed)
        except AdjointError:
            entry = None  # said again of the arrays as they are
        if entry is not None and entry.only_reads(frozen):
            return entry
    return ctx.specializations.entry(target, forms)


def _thawed(form: Structure) -> Structure:
    """The structure without the reasons why its arrays can only be read."""
    if not isinstance(form, Node):
        return form
    meta = False if form.kind == "memory" else form.meta
    return Node(form.kind, meta, tuple(map(_thawed, form.children)))


def arguments(
    ctx: Context,
    node: Any,
    target: Any,
    values: Sequence[Value],
    names: Sequence[str],
    told: frozenset[Value] = frozenset(),
    by_place: frozenset[Cell] = frozenset(),
) -> tuple[tuple[Structure, ...], list[Value], list[Cell]]:
    """The structures of the arguments of a call, the values that pass, and the containers among them by number.

    The callee is `told` which constants these are. What is `by_place` in a list passes as the list and its place.
    """
    is_deep = sum(entry.target is target for entry in ctx.specializations.stack) > _MAX_SAME
    for value in values if is_deep else ():
        _widen(ctx, node, value)
    from adjoint.frontend.control import iterators

    values = [iterators.passed(ctx, node, value) for value in values]
    values = [memory.keep(ctx, value) for value in values]
    taker = Taker(ctx, lambda cell: False)
    taker.viewed = frozenset(sharing.entangled(ctx, values))
    taker.told_apart = frozenset(sharing.doubled(ctx, values))
    taker.opens, taker.told, taker.by_place = True, told, by_place
    passing = {cell for value in values for cell in sharing.cells_in(ctx.heap, value)}
    for cell in passing:
        held = cell.view if cell.view is not None else ctx.heap.get(cell)
        if isinstance(held, Mem | memory.View) and held.value is not None and not rank_of(held.value.type):
            memory.freeze_root(ctx, cell, "a function was given a part of it without dimensions")
    if is_deep and taker.viewed:  # a part of a part of a part ... of one array
        taker.plain = {cell for cell in passing if memory.root(cell) in taker.viewed}
        taker.viewed = frozenset()
    taker.is_known = lambda cell: cell in passing or ctx.is_reachable(cell)
    asks = ctx.specializations.asks(target)
    forms: list[Structure] = []
    operands: list[Value] = []
    symbols = Canonical(_relations(ctx, target))
    taker.symbol = symbols.symbol
    for value, name in zip(values, names, strict=True):
        try:
            form = taker.structure(value)
        except JoinError:
            ctx.data(node, value)
            raise ctx.refuse(
                node,
                f"{name!r} of this call is an array that is a view or a copy of one that has changed",
                why="which of the two it is, is not known here",
                fix="pass a copy: `x.copy()`",
                kind=AliasNotProvable,
            ) from None
        given = [packed(ctx, value, form)] if is_data(form) else list(give(ctx, value, form, set()))
        given = [as_argument(ctx, each) for each in given] if isinstance(form, Leaf) else given
        form = Leaf(given[0].type, form.name, symbol=form.symbol) if isinstance(form, Leaf) else form
        if asks and all(is_exact(ctx, each) for each in given):
            form = exactly(form)
        operands += given
        forms.append(_canonical(form, name, symbols))
    ctx.specializations.note_inexact(target, all(is_exact(ctx, each) for each in operands))
    return tuple(forms), operands, taker.cells


_MAX_NAMED = 8
"""For how many structures of its arguments a function is lowered in the names of its callers."""


def _relations(ctx: Context, target: Any) -> Relations | None:
    """What the callee may know of the caller's extents: nothing if it is called by itself, or in many ways."""
    lowered = sum(known is target for known, _, _ in ctx.specializations.table)
    is_recursive = any(entry.target is target for entry in ctx.specializations.stack)
    return None if is_recursive or lowered > _MAX_NAMED else current()


_MAX_SAME = 3
"""How deep a function may call itself with arguments of other forms before lists lose their known length.

Parts of one array are then arrays of their own, which can only be read.
"""


def _widen(ctx: Context, node: Any, value: Value) -> None:
    """A list of known length becomes one of run-time length, if it can."""
    thing = object_of(value)
    held = ctx.heap.get(thing) if isinstance(thing, Cell) else None
    if not isinstance(thing, Cell) or not isinstance(held, Items) or held.layout.kind != "list":
        return
    try:
        ctx.heap[thing] = Run(ctx.listed(held, thing))
    except JoinError:
        return


def _is_unknown(form: Structure) -> bool:
    """Whether a value in it is not known yet; what may be None is known to be there or not."""
    if isinstance(form, Node):
        return form.kind != "optional" and any(map(_is_unknown, form.children))
    return isinstance(form, Leaf) and form.type == UNDEF


def as_argument(ctx: Context, value: Value) -> Value:
    """Bools known now are passed as what they are, so that the callee can decide its branches."""
    if value.type == BOOL and ctx.is_static(value):
        known = ctx.static(value)
        return ctx.builder.const(known, Static(known))
    return value


def _canonical(form: Structure, name: str, symbols: Canonical) -> Structure:
    """The structure in symbols of the callee's own."""
    named = ((leaf.type, f"{name}_{index}" if index else name) for index, leaf in enumerate(leaves_of(form)))
    return with_types(form, (symbols.type(t, part) for t, part in named))


def _result(ctx: Context, node: Any, entry: Entry, operands: list[Value], cells: Sequence[Cell], text: str) -> Value:
    callee = entry.function
    if callee.name == "function" and text.isidentifier():
        callee.name = text  # a lambda is called what its first caller calls it
    declared = [arg.type for arg in callee.args] if callee.args else [operand.type for operand in operands]
    result_type = outward(callee.result_type, [operand.type for operand in operands], declared)
    attrs = {"callee": callee, "effects": frozenset({"raises"}), "_text": text}
    result = ctx.builder.op("call", operands, [result_type], attrs).result
    if entry.result is None:
        return result
    forms = [entry.result, *entry.changed.values()]
    whole = written_whole(forms)
    counts = [1 if is_whole else len(list(leaves_of(form))) for form, is_whole in zip(forms, whole)]
    pieces = [result] if sum(counts) == 1 else ctx.parts(result) if sum(counts) else []
    maker = Maker(ctx, iter(pieces if entry.in_progress else known_again(ctx, callee, operands, pieces)))
    maker.given, before = cells, set(ctx.heap)
    made = _made(ctx, entry.result, maker, cells, whole[0])
    changes = [
        (number, form, _made_contents(ctx, form, maker, cells, is_whole))
        for (number, form), is_whole in zip(entry.changed.items(), whole[1:], strict=True)
    ]
    for number, form, contents in sorted(changes, key=lambda each: -slots.depth(cells[each[0]])):
        if isinstance(contents, Mem) and contents.value.name is None:
            contents.value.name = cells[number].hint
        contents = _as_it_stood(ctx.heap.get(cells[number]), contents, entry, number)
        if cells[number].base is not None and isinstance(contents, Items):
            contents = _of_any_length(ctx, contents, before)
        guests.check_called(ctx, node, cells[number], contents)
        if entry.shares:
            guests.note_called(ctx, cells[number], contents)
        ctx.change(node, cells[number], contents)
        if isinstance(form, Node) and form.kind == "run":
            guests.enter(cells[number], form.meta)
    ctx.has_shared |= entry.shares
    for number, place in sorted(entry.inside, key=str):
        guests.note_inside(cells[number], place)
    ctx.touched |= {memory.root(cells[number]) for number in entry.touched}
    for number in entry.aliased | entry.crossed:
        in_list = cells[number].base is not None and not isinstance(ctx.heap.get(memory.root(cells[number])), Mem)
        if number in entry.aliased or in_list:
            guests.enter(cells[number], True)
    for number in entry.parts:
        guests.note_given(ctx, cells[number])
    for number in entry.escaped:
        guests.note_kept(cells[number])
        ctx.escaped.add(cells[number])
        ctx.freeze(cells[number], f"`{text}` has put it into a list, where the change would have to be seen")
    known = entry.handed and any(sharing.is_known_after(ctx, node, cells[n]) for n in {*entry.handed, *entry.changed})
    if (entry.shared and not _is_left_to_result(ctx, node, entry, cells)) or entry.is_tangled or known:
        others = {*entry.shared, *entry.handed, *entry.changed}
        sharing.may_share(ctx, made, [cells[number] for number in sorted(others)], text, entry.mixes_containers)
        if _gives_one_array(entry):
            array = memory.root(ctx.places[memory.load(ctx, node, memory.keep(ctx, made))])
            is_part = entry.gives_parts or entry.handed or entry.is_tangled
            (ctx.parts_of if is_part else ctx.stand_ins)[array] = tuple(cells[number] for number in sorted(others))
    if entry.given:
        _note_items(ctx, memory.keep(ctx, made), entry, cells, text)
    return made


def _gives_one_array(entry: Entry) -> bool:
    """Whether a function gives one array, and changes nothing."""
    is_array = isinstance(entry.result, Node) and entry.result.kind == "memory"
    return is_array and not entry.mixes_containers and not entry.changed


def _is_left_to_result(ctx: Context, node: Any, entry: Entry, cells: Sequence[Cell]) -> bool:
    """Whether a call gives one array, which nobody knows any more under another name: `u = limited(u)`."""
    if not _gives_one_array(entry):
        return False
    roots = [each for n in entry.shared for each in memory.roots(cells[n])]
    if any(each.frozen is not None or each in ctx.escaped or ctx.lists.get(each) for each in roots):
        return False
    return all(
        isinstance(ctx.heap.get(cells[n]), Mem) and not sharing.is_known_after(ctx, node, cells[n])
        for n in entry.shared
    )


def _as_it_stood(before: Contents | None, now: Contents, entry: Entry, number: int) -> Contents:
    """A list that a function has changed; where its items stand as they did, what was read from it is still theirs."""
    is_kept = None if entry.in_progress else entry.standing.get(number)
    if is_kept is None or not isinstance(before, Run) or not isinstance(now, Run):
        return now
    made = now.standing_as(before)
    return replace(made, bindings=before.bindings) if is_kept else made


def _of_any_length(ctx: Context, contents: Items, before: Container[Cell]) -> Contents:
    """A list in a list of run-time length is one of run-time length as well, where nobody knows what is in it."""
    inside = [cell for slot in contents.slots for cell in sharing.containers_in(ctx.heap, [slot])]
    is_known = len(set(inside)) < len(inside) or any(cell in before or cell.base is not None for cell in inside)
    if contents.layout.kind != "list" or not contents.slots or is_known:
        return contents
    try:
        return Run(ctx.listed(contents))
    except JoinError:
        return contents


def _note_items(ctx: Context, made: Value, entry: Entry, cells: Sequence[Cell], text: str) -> None:
    """Containers in what a call gives may be items of lists that it was given: neither is changed from now on."""
    lists = [cells[number] for number in sorted(entry.given)]
    origins = frozenset(lists).union(*map(ctx.origins_of, lists))
    why = f"`{text}` gave it, and it may be an item of {{}}"
    for thing in sharing.containers_in(ctx.heap, [made, *(ctx.heap.get(cells[n]) for n in entry.changed)], cells):
        if thing not in cells:
            ctx.tie(thing, origins, Because(why, tuple(lists), memory.a_list))
    for each in (*lists, *(cells[number] for number in entry.changed)):
        each.aliases.append(each)


def _made(ctx: Context, form: Structure, maker: Maker, cells: Sequence[Cell], is_whole: bool) -> Value:
    if is_whole:
        value = next(maker.values)
        value.symbol = form.symbol or value.symbol if isinstance(form, Leaf) else value.symbol
        return ctx.adopt(value)
    return memory.load(ctx, None, maker.make(_at_caller(form, cells)))


def _made_contents(ctx: Context, form: Structure, maker: Maker, cells: Sequence[Cell], is_whole: bool) -> Contents:
    if is_whole:
        return _adopted_contents(ctx, next(maker.values))
    return maker.contents(_at_caller(form, cells))


def _adopted_contents(ctx: Context, value: Value) -> Contents:
    if isinstance(value.type, Array):
        return Mem(value)
    if isinstance(value.type, List):
        return Run(value)
    parts = ctx.parts(value) if isinstance(value.type, Tuple) else []
    layout = value.type.layout if isinstance(value.type, Tuple) else None
    return Items(layout or Layout("list"), tuple(map(ctx.adopt, parts)))  # an empty list where nothing is known


def _at_caller(form: Structure, cells: Sequence[Cell]) -> Structure:
    """The arguments' containers are the caller's."""
    if isinstance(form, Node) and form.kind == "argument":
        return Same(cells[form.meta])
    if isinstance(form, Node):
        return Node(form.kind, form.meta, tuple(_at_caller(child, cells) for child in form.children))
    return form
