"""The borders of a function: how arguments come in, how results and changed containers go out.

Inside the IR a call passes values only. A container of values is one argument, a tuple with its layout; of anything
else (a closure, a container that two arguments share) the leaves are passed one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from adjoint.errors import UnsupportedConstruct
from adjoint.frontend.calls.agreed import agreed, given_back, place_of, result_type
from adjoint.frontend.calls.entangled import note_uses
from adjoint.frontend.calls.shared_results import note_sharing
from adjoint.frontend.context import Context, Return, spoken
from adjoint.frontend.storage import guests, left, memory, sharing
from adjoint.frontend.values.asked import as_told
from adjoint.frontend.values.exactness import floats_of
from adjoint.frontend.values.forms import is_for_users
from adjoint.frontend.values.maker import Maker
from adjoint.frontend.values.objects import (
    BOX,
    LIST,
    Cell,
    Code,
    Contents,
    Items,
    Mem,
    Run,
    handle,
    object_of,
)
from adjoint.frontend.values.optionals import is_none, present, write_raise
from adjoint.frontend.values.structures import (
    Again,
    Leaf,
    Node,
    Structure,
    data_type,
    give,
    holds_memory,
    is_data,
    is_missing,
    is_open,
    leaves_of,
    nothing,
    plain,
)
from adjoint.ir.core import Function, Op, Param, Region, Value, walk
from adjoint.ir.extents import note_argument
from adjoint.ir.types import NONE, Array, Layout, List, Static, Tuple, Type, Undef

if TYPE_CHECKING:
    from adjoint.frontend.specialize import Entry


def form_of_type(t: Type) -> Structure:
    """The structure of an argument of this type, as a function sees it."""
    if isinstance(t, Array) and t.rank:
        return Node("memory", False, (Leaf(t),))
    if isinstance(t, List):
        is_empty = isinstance(t.item, Undef)
        return Node("cell", LIST, ()) if is_empty else Node("run", False, (Leaf(t),))
    if isinstance(t, Tuple) and (is_open(t) or holds_memory(t)):
        is_cell = t.layout is not None and t.layout.kind not in ("named", "function")
        return Node("cell" if is_cell else "tuple", t.layout, tuple(map(form_of_type, t.items)))
    return Leaf(t)


def exactly(form: Structure) -> Structure:
    """The structure of an argument whose floats are surely floats."""
    if isinstance(form, Leaf):
        return Leaf(form.type, form.name, floats_of(form.type), form.symbol)
    if isinstance(form, Node) and form.kind in ("tuple", "cell"):
        return Node(form.kind, form.meta, tuple(map(exactly, form.children)))
    return form


def taken_names(code: Code) -> tuple[str, ...]:
    """The names a closure takes along: those it needs itself, then those of functions it calls."""
    names = dict.fromkeys(code.free)
    seen: set[Code] = set()
    pending = list(code.siblings.values())
    while pending:
        each = pending.pop(0)
        if each not in seen:
            seen.add(each)
            names.update(dict.fromkeys(each.free))
            pending += each.siblings.values()
    return (*names, *(f"={name}" for name in code.defaults))


# -- coming in


def receive(
    ctx: Context,
    function: Function,
    forms: Sequence[Structure],
    names: Sequence[str],
    is_outermost: bool,
    is_exact_call: bool = False,
) -> list[Value]:
    """The parameters of the function, as values of the program; `is_exact_call`: exactly of the types declared."""
    region = ctx.builder.region
    declared = ctx.captured.params
    params: list[Param] = []
    held: list[Value] = []
    known: list[Cell] = []
    for number, (form, name) in enumerate(zip(forms, names, strict=True)):
        own = declared[number] if number < len(declared) else Param(name.removeprefix("="))
        if is_data(form):
            argument = Value(data_type(form), own.name)
            argument.symbol = form.symbol if isinstance(form, Leaf) else None
            region.args.append(argument)
            if len(ctx.specializations.stack) == 1:
                note_argument(argument, number)
            params.append(own)
            if is_exact_call or (isinstance(form, Leaf) and form.exact):
                ctx.exact.add(argument)
            held.append(_open(ctx, form, argument, known))
        else:
            leaves = [Value(leaf.type, leaf.name) for leaf in leaves_of(form)]
            ctx.exact.update(value for value, leaf in zip(leaves, leaves_of(form)) if leaf.exact)
            region.args += leaves
            params += [Param(name) for name in _leaf_names(form, own.name)]
            maker = Maker(ctx, iter(leaves))
            maker.cells, maker.is_argument = known, True
            held.append(maker.make(form))
        ctx.owners += [number] * (len(known) - len(ctx.owners))
    ctx.parameters = known
    ctx.is_outermost = is_outermost and not ctx.specializations.returns_left
    if not is_outermost and (params != list(declared) or any(p.kind.startswith("variadic") for p in params)):
        params = _distinct(params)
        for param, argument in zip(params, region.args):
            argument.name = param.name
    function.params = params
    return held


def _leaf_names(form: Structure, name: str) -> Iterator[str]:
    """What the leaves are called that are passed one by one: after their place, `self_x` or `points_0`."""
    if isinstance(form, Leaf):
        yield name.removeprefix("=")
    elif isinstance(form, Node):
        for number, child in enumerate(form.children):
            yield from _leaf_names(child, _part_name(form, number, name))


def _part_name(form: Node, number: int, name: str) -> str:
    """The name of one part of something called `name`."""
    child = form.children[number]
    if form.kind == "item":
        return next((leaf.name for leaf in leaves_of(child) if leaf.name), f"{name}_{number}")
    if form.kind in ("run", "memory") or form.meta == BOX:
        return name
    if form.kind == "closure":
        return str(form.meta[1][number])
    if isinstance(form.meta, Layout) and form.meta.keys:
        key = form.meta.keys[number]
        return f"{name}_{key if isinstance(key, str) and key.isidentifier() else number}"
    return child.name if isinstance(child, Leaf) and child.name else f"{name}_{number}"


def _distinct(params: Sequence[Param]) -> list[Param]:
    """Plain positional parameters, no two of one name."""
    taken: set[str] = set()
    made = []
    for param in params:
        name, number = param.name, 1
        while name in taken:
            number += 1
            name = f"{param.name}_{number}"
        taken.add(name)
        made.append(Param(name))
    return made


def _open(ctx: Context, form: Structure, value: Value, known: list[Cell]) -> Value:
    """A parameter as the program sees it: containers get an identity, objects that are not data are constants."""
    if isinstance(form, Leaf):
        if form.exact or _is_part_of_exact(ctx, value):
            ctx.exact.add(value)
        if isinstance(form.type, Static):
            constant = ctx.const(form.type.value, text=value.name)
            constant.name = value.name
            return constant
        return value
    assert isinstance(form, Node)
    if _is_part_of_exact(ctx, value):
        ctx.exact.add(value)
    if form.kind == "tuple":
        parts = [_open(ctx, child, ctx.part(value, n), known) for n, child in enumerate(form.children)]
        return ctx.pack(parts, form.meta)
    cell = Cell(value.name, is_argument=True)
    if form.kind == "run":
        guests.enter(cell, form.meta)
    known.append(cell)
    if form.kind == "memory":
        if form.meta:
            cell.frozen = str(form.meta)
        ctx.heap[cell] = Mem(value, is_whole=True)
    elif form.kind == "run":
        ctx.heap[cell] = Run(value, is_whole=True)
    else:
        parts = [_named(form, n, ctx.part(value, n)) for n in range(len(form.children))]
        slots = [_open(ctx, child, part, known) for child, part in zip(form.children, parts)]
        ctx.heap[cell] = Items(form.meta, tuple(slots), value)
    return handle(cell)


def _is_part_of_exact(ctx: Context, value: Value) -> bool:
    return value.op is not None and value.op.opcode == "getitem" and value.op.operands[0] in ctx.exact


def _named(form: Node, number: int, part: Value) -> Value:
    key = form.meta.keys[number] if form.meta.keys else None
    if part.name is None and isinstance(key, str) and key.isidentifier() and part.op is not None:
        part.name = key if part.op.opcode != "const" else None
    return part


# -- going out


def finish(ctx: Context, entry: Entry, body: Region, before: Mapping[Cell, Contents], is_outermost: bool) -> None:
    """Write what every `return` gives, once their common structure is known."""
    final = set(walk(body))
    returns = [each for each in ctx.returns if each.op in final]
    numbers = [number for number, cell in enumerate(ctx.parameters) if cell.base is None]
    changed = [n for n in numbers if any(_has_changed(ctx.parameters[n], each, before) for each in returns)]
    changed = sorted({*changed, *entry.changed})
    entry.touched = {number for number, cell in enumerate(ctx.parameters) if cell in ctx.touched}
    entry.function.numbers = frozenset(n for n, arg in enumerate(body.args) if arg in ctx.specializations.numbers)
    if is_outermost:
        touched = sorted(entry.touched)
        entry.function.changes_arguments = bool(changed or touched)
        entry.function.written = frozenset(ctx.owners[number] for number in (*changed, *touched))
        changed = left.kept(ctx, entry, returns, changed, before) if ctx.specializations.returns_left else []
    with ctx.inside(Region()):  # what is read to see how things look is not part of the function
        result, forms = agreed(ctx, entry, returns, changed, is_outermost)
    if is_outermost:
        result, forms = plain(result), [plain(form) for form in forms]
        if not is_for_users(result):
            _refuse_objects(ctx, returns, result)
        returns = [each for each in returns if not _is_refusing(ctx, each, result)]
    for each in returns:
        _write_return(ctx, each, result, [(ctx.parameters[n], form) for n, form in zip(changed, forms)], is_outermost)
    entry.result, entry.changed = result, dict(zip(changed, forms))
    entry.aliased = {n for n, cell in enumerate(ctx.parameters) if cell in cell.sharers()}
    entry.crossed = _crossed(ctx, returns, dict(zip(changed, forms)))
    held = ctx.escaped | _tied_to_results(ctx, returns)
    entry.escaped = {n for n, cell in enumerate(ctx.parameters) if cell in held}
    entry.shares |= ctx.has_shared
    entry.inside |= {(n, place) for n, cell in enumerate(ctx.parameters) for place in guests.shared_in(ctx, cell)}
    note_sharing(ctx, entry, returns, changed)
    note_uses(ctx, entry, body, before, returns)
    entry.function.result_type = result_type(ctx, entry.function.result_type, returns) if returns else NONE


def _crossed(ctx: Context, returns: Sequence[Return], changed: Mapping[int, Structure]) -> set[int]:
    """The arguments of which one has a container of another one in it now, with all that came in with them."""
    pairs = [(n, given) for n, form in changed.items() for given in given_back([form])]
    for each in returns:
        for n in changed:
            inside = sharing.containers_in(each.heap, [each.heap.get(ctx.parameters[n])])
            roots = {root for thing in inside if thing.base is not None for root in memory.roots(thing)}
            pairs += [(n, number) for number, cell in enumerate(ctx.parameters) if cell in roots]
    apart = {ctx.owners[each] for pair in pairs for each in pair if ctx.owners[pair[0]] != ctx.owners[pair[1]]}
    return {number for number, owner in enumerate(ctx.owners) if owner in apart}


def _tied_to_results(ctx: Context, returns: Sequence[Return]) -> set[Cell]:
    """The containers of which items or rows are in a list that is returned, or is an argument."""
    found: set[Cell] = set()
    for each in returns:
        held = [each.value, *map(handle, ctx.parameters)]
        pending = [c for c in sharing.containers_in(each.heap, held) if isinstance(each.heap.get(c), Run)]
        seen: set[Cell] = set()
        while pending:
            cell = pending.pop()
            if cell not in seen:
                seen.add(cell)
                others = [other for other in cell.sharers() if other is not cell]
                found.update(others)
                pending += others
    return found


def _has_changed(cell: Cell, leaving: Return, before: Mapping[Cell, Contents]) -> bool:
    return leaving.heap.get(cell) is not before.get(cell)


def _write_return(
    ctx: Context,
    leaving: Return,
    result: Structure,
    changed: Sequence[tuple[Cell, Structure]],
    is_outermost: bool,
) -> None:
    is_reached = leaving.value.op is None or leaving.value.op.opcode != "undef"  # else behind a loop without an end
    is_pair = is_outermost and ctx.specializations.returns_left
    if not is_reached and not is_pair:
        return
    with _at_return(ctx, leaving) as terminator:
        things = [leaving.value, *(leaving.heap[cell] for cell, _ in changed)]
        forms = [result, *(form for _, form in changed)]
        pieces: list[Value] = []
        for held, form, is_whole in zip(things, forms, written_whole(forms), strict=True):
            pieces += [packed(ctx, held, form)] if is_whole else give(ctx, held, form, set())
        ctx.builder.line = terminator.line
        if is_pair:
            first = pieces[0] if is_reached else nothing(ctx, data_type(result))
            pieces = [first, ctx.pack_data(pieces[1:])]
        value = pieces[0] if len(pieces) == 1 else ctx.pack_data(pieces) if pieces else ctx.const(None)
        terminator.operands = [value]
        leaving.region.ops.append(terminator)


def _is_refusing(ctx: Context, leaving: Return, result: Structure) -> bool:
    """A function that a user calls raises where it would return None beside numbers elsewhere."""
    if is_missing(result):
        return False
    message = f"{ctx.captured.name}() returns None here, which has no derivative"
    with _at_return(ctx, leaving) as terminator:
        leaving.value = present(ctx, leaving.value, message=message)
        if is_none(leaving.value):
            write_raise(ctx, TypeError, message)
            return True
        leaving.region.ops.append(terminator)
    return False


@contextmanager
def _at_return(ctx: Context, leaving: Return) -> Iterator[Op]:
    """Write before a `return`, which is taken off."""
    region, heap, line, facts = ctx.builder.region, ctx.heap, ctx.builder.line, ctx.facts
    terminator = leaving.region.ops.pop()
    ctx.builder.region, ctx.heap, ctx.builder.line = leaving.region, leaving.heap, terminator.line
    ctx.facts = leaving.facts
    yield terminator
    ctx.builder.region, ctx.heap, ctx.builder.line, ctx.facts = region, heap, line, facts


def written_whole(forms: Sequence[Structure]) -> list[bool]:
    """Which of the things that go out are one value each. One container in two of them is known by its number."""
    is_met_again = any(map(_meets_again, forms))
    return [isinstance(form, Leaf) or (is_data(form) and not is_met_again and not _is_aliased(form)) for form in forms]


def _meets_again(form: Structure) -> bool:
    return isinstance(form, Again) or (isinstance(form, Node) and any(map(_meets_again, form.children)))


def _is_aliased(form: Structure) -> bool:
    """Whether there is a list in it with items that may have other names."""
    if not isinstance(form, Node):
        return False
    return (form.kind == "run" and bool(form.meta)) or any(map(_is_aliased, form.children))


def packed(ctx: Context, held: Any, form: Structure) -> Value:
    """One value of the IR that holds everything; lists become what the structure wants."""
    if isinstance(form, Leaf) or (isinstance(held, Value) and isinstance(held.type, Undef)):
        assert isinstance(held, Value)
        return as_told(ctx, held, form.type) if isinstance(form, Leaf) else held
    assert isinstance(form, Node)
    if isinstance(held, Value) and (memory.is_array(held) or held.type == data_type(form)):
        return held
    thing = object_of(held)
    contents: Any = ctx.contents(thing) if isinstance(thing, Cell) and form.kind != "tuple" else held
    if isinstance(contents, Mem):
        return contents.value
    if form.kind == "run":
        return contents.value if isinstance(contents, Run) else ctx.listed(contents)
    if isinstance(contents, Value) and contents.type == data_type(form):
        return contents
    known = ctx.whole(contents) if isinstance(contents, Items) else None
    if known is not None and known.type == data_type(form):
        return known
    parts = contents.slots if isinstance(contents, Items) else ctx.parts(contents)
    return ctx.pack_data([packed(ctx, part, child) for part, child in zip(parts, form.children)], form.meta)


def _refuse_objects(ctx: Context, returns: Sequence[Return], result: Structure) -> None:
    """A function that a user calls returns data."""
    captured, leaving = ctx.captured, returns[0]
    if _meets_again(result):
        raise UnsupportedConstruct(
            f"{captured.name}() returns one array or container twice",
            place=place_of(captured, leaving.op.line),
            why="its results are handed out as arrays and containers of their own",
            fix="return a copy of it the second time: `y.copy()`",
        )
    raise UnsupportedConstruct(
        f"{captured.name}() returns {spoken(leaving.value.type)}",
        place=place_of(captured, leaving.op.line),
        why="a derivative is of numbers, arrays and containers of them; this object cannot be built from its parts",
        fix="return its numbers, in a tuple or dict",
    )


__all__ = ["finish", "form_of_type", "place_of", "receive", "taken_names"]
