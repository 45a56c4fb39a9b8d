"""Stores of a part of an array into another part of it: NumPy copies first, but not from vector to vector.

    u[1:] = u[:-1]      in the order in which nothing is read that has been written: as if it had been copied
    u[::2] = u[:4]      u[1] is read behind the store into u[2], and not as it was: refused
    A[i] = A[:, i]      the two meet in one element, which stays where it is
    A[1] = A[:, 2]      A[1, 2] is written, and read for A[1, 1]: refused

More dimensions, and steps of opposite signs, are copied. So it is for what a function has given, which may be the
array that it was given: `u[1:] = limited(u)[:-1]`. Where the order is right for that, too, it does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import nan
from typing import TYPE_CHECKING, Any, final

import gast

from adjoint.frontend.storage import memory
from adjoint.frontend.storage.memory import View
from adjoint.frontend.storage.sharing import overlap, refuse_overlap
from adjoint.frontend.values.objects import Cell, Mem, handle
from adjoint.ir.core import Value, const_of, is_const, is_same
from adjoint.ir.extents import form_of, is_integer
from adjoint.ir.ops.indexing import THEN, entries, is_view
from adjoint.ir.turned import axes_of
from adjoint.ir.types import rank_of, same_dim, shape_of

if TYPE_CHECKING:
    from adjoint.frontend.storage.store import Store


@final
@dataclass(slots=True)
class _Axis:
    """Every `step`-th element from the start on, along an axis of the array; None where that is the first one.

    Not a number where that cannot be told.
    """

    axis: int
    start: Value | float | None = None
    step: int = 1


@final
@dataclass(slots=True)
class _Part:
    """A part of an array: the axes that it has, None for a new one, and where it lies along the others."""

    axes: list[_Axis | None]
    fixed: dict[int, Value] = field(default_factory=dict)


def check_order(ctx: Store, node: Any, base: Value, value: Value, spec: Sequence[Any], index: Sequence[Value]) -> None:
    """Refuse `base[index] = value` where NumPy may read elements of the value that it has just written."""
    cell = ctx.places.get(value)
    is_known = all(map(ctx.is_known, (value, *index)))
    if cell is not None and rank_of(value.type) and is_view(spec):
        sources = _sources(ctx, _chain(cell))
        is_known |= bool(sources) or _is_given_back(ctx, node, base, value, spec, index)
        if _rank_of_store(base, spec) == 1:
            for source in sources or ([_chain(cell)] if overlap(ctx, base, value) else []):
                _check_part(ctx, node, base, source, spec, index)
    if is_known and _is_last(ctx, node):
        ctx.release()


def _is_last(ctx: Store, node: Any) -> bool:
    """Whether the store is the last that the statement at hand does."""
    statement = ctx.at_hand[1]
    if isinstance(statement, gast.Assign):
        return len(statement.targets) == 1 and statement.targets[0] is node
    return isinstance(statement, gast.Expr) and statement.value is node


def _check_part(
    ctx: Store, node: Any, base: Value, source: list[Cell], spec: Sequence[Any], index: Sequence[Value]
) -> None:
    if not memory.roots(ctx.places[base]) & memory.roots(source[-1]):
        return
    into, given = _parts(ctx, node, base, source, spec, index)
    if into is not None and all(each is None for each in into.axes):
        return  # one element, along a new axis
    if into is None or given is None or not _is_in_order(into, given):
        raise refuse_overlap(ctx, node, base)


def _sources(ctx: Store, chain: list[Cell]) -> list[list[Cell]]:
    """The parts of arrays that something may be which a function has given; none where that is not known."""
    origin = chain[-1]
    if origin not in ctx.read_from:
        return [chain] if origin.base is None else []
    found = [_sources(ctx, [*chain[:-1], *_chain(each)]) for each in ctx.stand_ins.get(origin, ())]
    return [each for group in found for each in group] if all(found) else []


def _is_given_back(
    ctx: Store, node: Any, base: Value, value: Value, spec: Sequence[Any], index: Sequence[Value]
) -> bool:
    """Whether a store is as if it had been copied of any vector that a function may have made of what it was given.

    A part that is as long as the whole is the whole, or the whole turned, which NumPy copies.
    """
    *parts, array = _chain(ctx.places[value])
    given = ctx.parts_of.get(array)
    if given is None or parts or _rank_of_store(base, spec) != 1:
        return given is not None and _rank_of_store(base, spec) != 1
    for each in given:
        roots, held = memory.roots(each), ctx.contents(each)
        if not ctx.read_from.keys().isdisjoint(roots):
            return False
        if memory.roots(ctx.places[base]).isdisjoint(roots):
            continue
        if not isinstance(held, Mem) or not _are_as_long(held.value, value):
            return False
        into, part = _parts(ctx, node, base, _chain(each), spec, index)
        if into is None or part is None or not _are_one_or_apart(into, part):
            return False
    return True


def _are_as_long(one: Value, other: Value) -> bool:
    return rank_of(one.type) == rank_of(other.type) == 1 and same_dim(shape_of(one.type)[0], shape_of(other.type)[0])


def _are_one_or_apart(into: _Part, given: _Part) -> bool:
    """Whether two vectors are one, or do not meet: they lie in one way in rows that are one, or not."""
    if len(into.axes) != 1 or len(given.axes) != 1 or into.fixed.keys() != given.fixed.keys():
        return False
    (target,), (source,) = into.axes, given.axes
    if target is None or source is None or (target.axis, target.step) != (source.axis, source.step):
        return False
    return _begin_alike(target.start, source.start)


def _parts(
    ctx: Store, node: Any, base: Value, source: list[Cell], spec: Sequence[Any], index: Sequence[Value]
) -> tuple[_Part | None, _Part | None]:
    """What `base[index]` and an array are of one that both lie in; None where that cannot be told."""
    target = _chain(ctx.places[base])
    shared = next((each for each in target if each in source), None)
    if shared is None and not (_is_whole(target[-1]) and _is_whole(source[-1])):
        return None, None
    origins = [shared or cells[-1] for cells in (target, source)]
    ranks = [rank_of(memory.load(ctx, node, handle(origin)).type) or 0 for origin in origins]
    views = [cells[: cells.index(origin)][::-1] for cells, origin in zip((target, source), origins)]
    whole, given = _part(views[0], ranks[0]), _part(views[1], ranks[1])
    return None if whole is None else _indexed(whole, spec, index), given


def _chain(cell: Cell) -> list[Cell]:
    """The array, what it is a view of, and so on."""
    cells = [cell]
    while cells[-1].base is not None and isinstance(cells[-1].view, View):
        cells.append(cells[-1].base)
    return cells


def _is_whole(cell: Cell) -> bool:
    """Whether it may be one of several arrays, or an item of a list, and each of those is no view."""
    held = memory.items_held(cell)
    return (bool(held) or cell.base is not None) and all(each.view is None for each in held)


def _rank_of_store(base: Value, spec: Sequence[Any]) -> int:
    if THEN in spec:
        return 1
    less: int = sum(entry == "int" for entry in spec) - sum(entry == "new" for entry in spec)
    return (rank_of(base.type) or 0) - less


def _part(views: Sequence[Cell], rank: int) -> _Part | None:
    """What a view of views is of an array; None where that cannot be told."""
    part: _Part | None = _Part([_Axis(axis) for axis in range(rank)])
    for cell in views:
        view = cell.view
        if part is None:
            return None
        if view.opcode == "index":
            part = _indexed(part, view.attrs["spec"], view.operands)
        elif view.opcode == "diagonal" and len(part.axes) == 2 and not (view.operands or _is_offset(view.attrs)):
            part = _Part([_Axis(-1)]) if all(_is_all(each) for each in part.axes) else None
        else:
            order = axes_of(view.opcode, view.attrs, len(part.axes))
            part = None if order is None else _Part([part.axes[axis] for axis in order], part.fixed)
    return part


def _is_offset(attrs: Any) -> bool:
    return any(attrs.get(name, usual) != usual for name, usual in (("offset", 0), ("axis1", 0), ("axis2", 1)))


def _is_all(each: _Axis | None) -> bool:
    return each is not None and each.start is None and each.step == 1


def _indexed(part: _Part, spec: Sequence[Any], index: Sequence[Value]) -> _Part | None:
    """The part of a part; None where it cannot be told."""
    if THEN in spec:
        return None
    given = list(entries(spec, index))
    used = sum(entry in ("int", "slice") for entry, _ in given)
    axes, found, fixed = list(part.axes), list[_Axis | None](), dict(part.fixed)
    for entry, bounds in given:
        if entry == "...":
            count = len(part.axes) - used
            found += axes[:count]
            axes = axes[count:]
        elif entry == "new":
            found.append(None)
        else:
            axis = axes.pop(0)
            if axis is None:
                return None
            if entry == "slice":
                step = _step(bounds)
                if step is None:
                    return None
                found.append(_Axis(axis.axis, _start(axis, bounds), axis.step * step))
            elif _is_all(axis):
                fixed[axis.axis] = bounds[0]
    return _Part([*found, *axes], fixed)


def _step(bounds: Sequence[Value | None]) -> int | None:
    """The step of a slice, if it is known."""
    step = bounds[2]
    if step is None:
        return 1
    return const_of(step) if is_const(step) and type(const_of(step)) is int and const_of(step) else None


def _start(axis: _Axis, bounds: Sequence[Value | None]) -> Value | float | None:
    """Where a slice of what is left of an axis begins."""
    start = bounds[0]
    if _step(bounds) != 1 and start is None and (_step(bounds) or 0) < 0:
        return nan  # at the end
    if start is None or (is_const(start) and const_of(start) == 0):
        return axis.start
    return nan if is_const(start) and const_of(start) is None else start if _is_all(axis) else nan


def _is_in_order(into: _Part, given: _Part) -> bool:
    """Whether a store from vector to vector is as if the value had been copied first."""
    (target,) = (each for each in into.axes if each is not None)
    sources = [each for each in given.axes if each is not None]
    if len(sources) != 1:
        return False
    (source,) = sources
    if source.axis == -1:  # the diagonal: it meets a row, or a column, in an element that stays
        return _is_all(target)
    if target.axis == source.axis:
        if target.step == source.step or (target.step < 0) != (source.step < 0):
            return True
        first, later = _number(target.start), _number(source.start)
        is_behind = first is not None and later is not None and 0 <= first <= later
        return 0 < target.step < source.step and is_behind  # each is read before it is written
    return _meet_in_place(target, source, into.fixed, given.fixed)


def _number(start: Value | float | None) -> int | None:
    if start is None:
        return 0
    return const_of(start) if isinstance(start, Value) and is_const(start) else None


def _meet_in_place(target: _Axis, source: _Axis, fixed: dict[int, Value], others: dict[int, Value]) -> bool:
    """Whether a row and a column meet in an element that stays where it is, or do not meet."""
    row, column = fixed.get(source.axis), others.get(target.axis)
    if row is None or column is None or target.step < 1 or source.step < 1:
        return False
    if _are_equal(row, column) and target.step == source.step and _begin_alike(target.start, source.start):
        return True
    return _is_in_front(row, source.start) or _is_in_front(column, target.start)


def _begin_alike(one: Value | float | None, other: Value | float | None) -> bool:
    if isinstance(one, Value) and isinstance(other, Value):
        return _are_equal(one, other)
    return one is None and other is None


def _are_equal(one: Value, other: Value) -> bool:
    if is_same(one, other):
        return True
    return is_integer(one) and is_integer(other) and form_of(one) == form_of(other)


def _is_in_front(place: Value, start: Value | float | None) -> bool:
    """Whether a place lies in front of where a slice begins, both of them counted from the first element."""
    if not isinstance(start, Value) or not is_const(place) or not is_const(start):
        return False
    return bool(0 <= const_of(place) < const_of(start))
