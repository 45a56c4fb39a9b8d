"""What the returns of a function agree on: the structure of its result, and of the arguments that it has changed.

    return x, y            (the argument 0, an array)
    return x.copy(), y     (an array, an array): what is returned on one path only is taken apart, as shared
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from adjoint.errors import Place, UnsupportedConstruct
from adjoint.frontend.calls.shared_results import roots_of_views
from adjoint.frontend.calls.symbols import symbol_in
from adjoint.frontend.context import Context, Return, spoken
from adjoint.frontend.storage import memory, sharing
from adjoint.frontend.syntax.capture import Captured
from adjoint.frontend.values.choices import alike
from adjoint.frontend.values.objects import Cell, handle
from adjoint.frontend.values.structures import Leaf, Node, Same, Structure, Taker, data_type, join_forms
from adjoint.ir.core import Line, Param
from adjoint.ir.relations import current
from adjoint.ir.types import UNDEF, JoinError, Static, Type, join

if TYPE_CHECKING:
    from adjoint.frontend.specialize import Entry


def agreed(
    ctx: Context, entry: Entry, returns: Sequence[Return], changed: Sequence[int], is_outermost: bool
) -> tuple[Structure, list[Structure]]:
    """The structure of the results.

    An argument that is returned on some paths only is taken apart, as shared; so is a part of one.
    """
    while True:
        try:
            return _joined(ctx, entry, returns, changed, is_outermost)
        except UnsupportedConstruct as refusal:
            try:
                forms = [_structure(ctx, each, is_outermost, entry.apart) for each in returns]
            except JoinError:
                raise refusal from None
            forms += [entry.result] if entry.result is not None else []  # of what has been known of a recursion so far
            known = set(given_back(forms)) - entry.apart
            roots = {cell for each in returns for cell in roots_of_views(ctx, each, changed, entry.apart)}
            known = known or {n for n, cell in enumerate(ctx.parameters) if cell in roots} - entry.apart
            if is_outermost or not known:
                raise
            entry.apart |= known
            entry.result = None


def _structure(ctx: Context, leaving: Return, is_outermost: bool, apart: set[int]) -> Structure:
    return _as_arguments(_taker(ctx, leaving, is_outermost, apart).structure(leaving.value), ctx.parameters)


def given_back(forms: Sequence[Structure]) -> Iterator[int]:
    """The numbers of the arguments that are returned, in whatever container."""
    pending = [*forms]
    for form in pending:
        if isinstance(form, Node) and form.kind == "argument":
            yield form.meta
        pending += form.children if isinstance(form, Node) else ()


def _joined(
    ctx: Context, entry: Entry, returns: Sequence[Return], changed: Sequence[int], is_outermost: bool
) -> tuple[Structure, list[Structure]]:
    result: Structure = entry.result if entry.result is not None else Leaf(UNDEF)
    forms: list[Structure] = [entry.changed.get(n, Leaf(UNDEF)) for n in changed]
    for each in returns:
        taker = _taker(ctx, each, is_outermost, entry.apart)
        taker.viewed = frozenset() if is_outermost else roots_of_views(ctx, each, changed, entry.apart)
        here: Structure = Leaf(each.value.type)
        try:
            here = _as_arguments(taker.structure(each.value), ctx.parameters)
            result = _join_results(*alike(ctx, result, here))
            cells = [ctx.parameters[n] for n in changed]
            held = [taker.contents(each.heap[cell], taker.is_aliased(cell)) for cell in cells]
            forms = [
                join_forms(*alike(ctx, form, _as_arguments(new, ctx.parameters))) for form, new in zip(forms, held)
            ]
        except JoinError:
            raise _refuse_results(ctx, each, result, here) from None
    return result, forms


def _as_arguments(form: Structure, parameters: Sequence[Cell]) -> Structure:
    """The containers that came in as arguments, by number."""
    if isinstance(form, Same) and isinstance(form.object, Cell) and form.object in parameters:
        return Node("argument", parameters.index(form.object), ())
    if isinstance(form, Node):
        return Node(form.kind, form.meta, tuple(_as_arguments(child, parameters) for child in form.children))
    return form


def _join_results(a: Structure, b: Structure) -> Structure:
    """Leaves of unlike types are told apart later, with the words for it."""
    if isinstance(a, Leaf) and isinstance(b, Leaf):
        try:
            return join_forms(a, b)
        except JoinError:
            return a
    return join_forms(a, b)


def _taker(ctx: Context, leaving: Return, is_outermost: bool, apart: set[int]) -> Taker:
    """Containers that came in as arguments go out as the same ones, unless nobody outside knows them."""
    known = set() if is_outermost else {cell for n, cell in enumerate(ctx.parameters) if n not in apart}
    taker = Taker(ctx, lambda cell: cell in known, leaving.heap, leaving.facts)
    if not is_outermost:
        taker.symbol = partial(symbol_in, current())
    going_out = {*sharing.containers_in(leaving.heap, [leaving.value, *map(handle, ctx.parameters)])}
    roots = {root for cell in going_out for root in memory.roots(cell)}
    taker.is_known = lambda cell: cell in going_out or not roots.isdisjoint(memory.roots(cell))
    return taker


def result_type(ctx: Context, assumed: Type, returns: Sequence[Return]) -> Type:
    result: Type = UNDEF
    for each in returns:
        try:
            result = join(result, each.op.operands[0].type)
        except JoinError:
            raise _refuse_results(ctx, each, Leaf(result), Leaf(each.op.operands[0].type)) from None
    try:
        return join(assumed, result)
    except JoinError:  # what is returned beside the result has become more
        return result


def _refuse_results(ctx: Context, leaving: Return, other: Structure, here: Structure) -> UnsupportedConstruct:
    captured = ctx.captured
    one, another = (_told(form, captured.params) for form in (other, here))
    what = f"returns {one} on one path and {another} on another"
    if one == another:
        what = f"leaves what it was given, or what it returns, {one}, in different states on different paths"
    refusal = UnsupportedConstruct(
        f"{captured.name}() {what}",
        place=place_of(captured, leaving.op.line) or captured.source.place(captured.statements[-1]),
        why="the result of a function has one type",
        fix="return the same kind of thing everywhere (a path that ends without `return` gives None)",
    )
    refusal.parts_ways = refusal.is_of_results = True
    return refusal


def _told(form: Structure, params: Sequence[Param]) -> str:
    """What a function returns, in words."""
    if isinstance(form, Node) and form.kind == "argument":
        return f"its argument {params[form.meta].name!r}" if form.meta < len(params) else "what it was given"
    if isinstance(form, Node) and form.kind == "view":
        return f"a part of {_told(form.children[0], params)}"
    if isinstance(form, Node) and form.kind in ("tuple", "cell") and (form.meta is None or form.meta.kind == "list"):
        parts = ", ".join(_told(child, params) for child in form.children)
        return f"({parts})" if form.meta is None else f"[{parts}]"
    if isinstance(form, Node) and form.kind in ("tuple", "cell") and form.meta.kind == "dict":
        items = zip(form.meta.keys, form.children)
        return f"{{{', '.join(f'{key!r}: {_told(child, params)}' for key, child in items)}}}"
    if isinstance(form, Same):
        return spoken(Static(form.object))
    if isinstance(form, Node) and form.kind in ("closure", "bound", "derivative"):
        return "a function"
    try:
        return spoken(data_type(form))
    except JoinError:
        return "an object"


def place_of(captured: Captured, line: Line | None) -> Place | None:
    """The place of a statement."""
    if line is None:
        return None
    text = captured.source.line(line.number)
    end = line.end_column if line.end_column > line.column else None
    return Place(captured.source.filename, line.number, line.column, text, line.number, end)
