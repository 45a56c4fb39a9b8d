"""What a function gives that may be, or lie in, what it was given: noted for its callers."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import TYPE_CHECKING

from adjoint.frontend.context import Context, Return
from adjoint.frontend.storage import chosen, memory, sharing
from adjoint.frontend.values import pieces
from adjoint.frontend.values.objects import Cell, Contents, Items, Mem, Run, handle, object_of
from adjoint.frontend.values.structures import is_open
from adjoint.ir.core import Region, Value

if TYPE_CHECKING:
    from adjoint.frontend.specialize import Entry


def note_sharing(ctx: Context, entry: Entry, returns: Sequence[Return], changed: Sequence[int]) -> None:
    """Views among what goes out: of which arguments, and whether they are of arrays that go out as well."""
    shared, entry.handed = set(entry.apart), set()
    for each in returns:
        entry.mixes_containers |= any(not isinstance(each.heap.get(ctx.parameters[n]), Mem) for n in entry.apart)
        viewed = roots_of_views(ctx, each, changed, entry.apart)
        held = [each.value, *(handle(ctx.parameters[n]) for n in changed)]
        cells = {cell for value in held for cell in sharing.arrays_in(each.heap, value)}
        others = (cell for cell in cells if not _is_argument(ctx, cell))
        entry.gives_parts |= any(cell.base is not None or cell.frozen is not None for cell in others)
        own = {cell for n, cell in enumerate(ctx.parameters) if n not in entry.apart}
        if any(cell.frozen is not None and cell not in own for cell in cells):  # it may be one of these
            shared |= {n for n, cell in enumerate(ctx.parameters) if cell.frozen is not None}
        if any(_is_unknown(cell) for cell in cells):
            shared |= {n for n, cell in enumerate(ctx.parameters) if _holds_arrays(each.heap.get(cell))}
        roots = {cell: memory.roots(cell) for cell in cells}
        stems = frozenset().union(*(root.stems for each in roots.values() for root in each))
        entry.handed |= _numbers(ctx, stems)
        views = {cell for cell in cells if cell.base is not None and cell not in ctx.parameters}
        views = {cell for cell in views if not _is_told_apart(ctx, entry, cell)}
        views = {cell for cell in views if not memory.is_view(ctx, cell) or memory.root(cell) not in viewed}
        shared |= {n for n, cell in enumerate(ctx.parameters) if any(cell in roots[view] for view in views)}
        entry.is_tangled |= any(roots[view] & roots[cell] for view in views for cell in cells if cell is not view)
        met = _met(ctx, entry, each)
        shared |= _numbers(ctx, met)
        entry.mixes_containers |= any(not isinstance(each.heap.get(cell), Mem) for cell in met & {*ctx.parameters})
        rows = _of_lists(each, held, ctx.parameters)
        of_rows = _numbers(ctx, rows)
        entry.is_tangled |= bool(rows)
        parts = _parts_of(ctx, each)
        if any(not sharing.is_array_in(each.heap, cell) for cell in sharing.containers_in(each.heap, held)):
            parts |= of_rows
        shared |= of_rows | parts
        entry.parts |= parts
        entry.mixes_containers |= bool(parts)
        doubtful = _doubtful(ctx, entry, each, held)
        entry.is_tangled |= bool(doubtful)
        with ctx.inside(Region()):
            entry.mixes_containers |= not all(isinstance(ctx.contents_in(each.heap, cell), Mem) for cell in doubtful)
    entry.shared = shared
    found = {cell for each in returns for cell in _given_cells(ctx, each, changed)}
    lists = {root for cell in found for root in ctx.origins_of(cell)}
    entry.given = _numbers(ctx, lists)


def _is_argument(ctx: Context, cell: Cell) -> bool:
    """Whether it is an argument, or what a function gave that was given one: that, or a new array."""
    given = ctx.stand_ins.get(cell, ())
    return cell in ctx.parameters or (bool(given) and all(_is_argument(ctx, each) for each in given))


def _numbers(ctx: Context, cells: Container[Cell]) -> set[int]:
    """The numbers of the arguments that are among these."""
    return {number for number, cell in enumerate(ctx.parameters) if cell in cells}


def _met(ctx: Context, entry: Entry, leaving: Return) -> set[Cell]:
    """What the result may be, or hold, that has been read at a position of the run."""
    found: set[Cell] = set()
    cells = sharing.cells_in(leaving.heap, leaving.value)
    held = [cell for cell in cells if cell.frozen is not None or not _is_told_apart(ctx, entry, cell)]
    for cell in (way for each in held for way in memory.ways(each)):
        found |= ctx.read_from.get(cell, frozenset())
        for slot in cell.held.slots if cell.held is not None else ():
            found |= {memory.root(each) for each in sharing.arrays_in(leaving.heap, slot)}
    return found


def _parts_of(ctx: Context, leaving: Return) -> set[int]:
    """The arguments of which the result is, or holds, a container that may be one of them, or stand in one."""
    going_out = sharing.containers_in(leaving.heap, [leaving.value])
    cells = [cell for cell in going_out if not sharing.is_array_in(leaving.heap, cell)]
    roots = {root for cell in cells if cell.base is not None for root in memory.roots(cell)}
    is_unknown = any(map(_is_unknown, cells))  # it may be any of them that can only be read, or stand in a list
    may_be = (cell for cell in ctx.parameters if cell.frozen is not None or isinstance(leaving.heap.get(cell), Run))
    return _numbers(ctx, roots.union(may_be) if is_unknown else roots)


def _is_unknown(cell: Cell) -> bool:
    """Whether it is an array of which nobody knows where it came from, such as the largest item of a list."""
    return cell.frozen is not None and cell.base is None and not cell.is_argument


def _holds_arrays(held: Contents | None) -> bool:
    """Whether it is an array, or a list or object with arrays that have no number of their own."""
    if not isinstance(held, Items):
        return isinstance(held, Mem | Run)
    bare = [slot for slot in held.slots if isinstance(slot, Value) and object_of(slot) is None]
    return any(memory.is_array(slot) or is_open(slot.type) for slot in bare)


def _of_lists(leaving: Return, held: Sequence[Value], parameters: Sequence[Cell]) -> set[Cell]:
    """What the items of lists that go out lie in, if it is known outside: `list(a)[0]` is a row of `a`."""
    found: set[Cell] = set()
    roots = [root for cell in sharing.containers_in(leaving.heap, held) for root in memory.roots(cell)]
    outside = {*roots, *parameters}
    pending = [root for root in roots if isinstance(leaving.heap.get(root), Run)]
    while pending:
        others = [cell for cell in pending.pop().sharers() if cell not in found]
        found.update(others)
        pending += others
    return found & outside


def _is_told_apart(ctx: Context, entry: Entry, cell: Cell) -> bool:
    """Whether it is one of the caller's arrays, as a number says that goes out, too."""
    own = [cell for n, cell in enumerate(ctx.parameters) if n not in entry.apart]
    one = chosen.below(ctx, cell)
    items = memory.items_held(one) if one is not None and (one is cell or memory.is_view(ctx, cell)) else []
    return bool(items) and all(pieces.is_part(ctx, item, own) for item in items)


def _doubtful(ctx: Context, entry: Entry, leaving: Return, held: Sequence[Value]) -> list[Cell]:
    """Those of the things that go out that may be other ones of them, or items of them, as only the run knows."""
    things = list(dict.fromkeys(cell for value in held for cell in sharing.cells_in(leaving.heap, value)))
    others = [cell for cell in things if cell not in ctx.parameters] if len(things) > 1 else []
    others = [cell for cell in others if cell.frozen is not None or not _is_told_apart(ctx, entry, cell)]
    return [cell for cell in others if cell.frozen is not None or cell.index is not None]


def _given_cells(ctx: Context, leaving: Return, changed: Sequence[int]) -> Iterator[Cell]:
    """The containers in the result and in the arguments that have changed."""
    held = [leaving.value, *(leaving.heap.get(ctx.parameters[number]) for number in changed)]
    return sharing.containers_in(leaving.heap, held, ctx.parameters)


def roots_of_views(ctx: Context, leaving: Return, changed: Sequence[int], apart: set[int]) -> frozenset[Cell]:
    """The arrays whose views go out as views: those of the caller, and those that go out themselves."""
    held = [leaving.value, *(handle(ctx.parameters[n]) for n in changed)]
    roots = [memory.root(cell) for cell in {cell for value in held for cell in sharing.arrays_in(leaving.heap, value)}]
    own = {cell for n, cell in enumerate(ctx.parameters) if n not in apart}
    return frozenset(cell for cell in roots if cell in own or roots.count(cell) > 1)
