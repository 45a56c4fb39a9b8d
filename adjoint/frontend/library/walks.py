"""Walks through arrays and views of their parts: `np.ndindex`, `np.ndenumerate`, `x.flat`, `np.split`, `slice`.

for i, j in np.ndindex(a.shape)    for place, v in np.ndenumerate(a)    left, right = np.split(x, [3])
"""

from __future__ import annotations

import builtins
import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import gast
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from adjoint.errors import NoRule
from adjoint.frontend.calls.intrinsics import intrinsic, misused, refusing
from adjoint.frontend.containers import containers
from adjoint.frontend.containers.builtin_functions import Arguments, Keywords
from adjoint.frontend.context import Context
from adjoint.frontend.control.sequences import once
from adjoint.frontend.expressions import binary, compare
from adjoint.frontend.library.shaping import array, axis_of, fixed, given
from adjoint.frontend.storage import memory
from adjoint.frontend.subscripts import slice_of
from adjoint.frontend.values.objects import Cell, handle, object_of
from adjoint.frontend.values.optionals import write_raise
from adjoint.frontend.values.positions import by_index
from adjoint.ir.core import Region, Value
from adjoint.ir.types import Array, Scalar, dtype_of, rank_of

_WINDOWS = "np.lib.stride_tricks.sliding_window_view"
WHOLE = ("slice", False, False, False)
_NOT_EQUAL = gast.NotEq()

# -- walks


@intrinsic(np.ndindex)
def _ndindex(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """`np.ndindex(2, 3)`, `np.ndindex(a.shape)`."""
    given = args
    if len(args) == 1:
        given = containers.items(ctx, node, args[0]) or args if not _is_integer(args[0]) else args
    if keywords or not all(map(_is_integer, given)):
        raise misused(ctx, node, "np.ndindex")

    def at_number(inner: Context, at: Any, number: Value) -> Value:
        return _place(inner, at, number, given)

    return once(ctx, by_index(at_number, _product(ctx, node, given), ctx), "ndindex")


@intrinsic(np.ndenumerate)
def _ndenumerate(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """The index and the number at it, as the array is when it is its turn."""
    if len(args) != 1 or keywords or not memory.is_array(args[0]):
        raise misused(ctx, node, "np.ndenumerate")
    return _walked(ctx, node, args[0], "ndenumerate", lambda inner, place, item: inner.pack([place, item]))


def walk_flat(ctx: Context, node: Any, base: Value) -> Value:
    """`x.flat` as an iterator."""
    return _walked(ctx, node, base, "flat", lambda inner, place, item: item)


def _walked(ctx: Context, node: Any, base: Value, name: str, item: Callable[[Context, Value, Value], Value]) -> Value:
    held = memory.keep(ctx, base)
    extents = _extents(ctx, node, base)

    def at_number(inner: Context, at: Any, number: Value) -> Value:
        place = _place(inner, at, number, extents)
        spec = ("int",) * len(extents)
        return item(inner, place, inner.emit(at, "index", memory.load(inner, at, held), *inner.parts(place), spec=spec))

    cell = object_of(held)
    walked = by_index(at_number, _product(ctx, node, extents), ctx)
    return once(ctx, replace(walked, within=(cell,) if isinstance(cell, Cell) else ()), name)


def _extents(ctx: Context, node: Any, base: Value) -> list[Value]:
    shape = ctx.emit(node, "shape", base)
    return [ctx.emit(node, "getitem", shape, index=axis) for axis in range(rank_of(base.type))]


def _product(ctx: Context, node: Any, extents: Sequence[Value]) -> Value:
    total = ctx.const(1)
    for number, extent in enumerate(extents):
        total = binary(ctx, node, "mul", total, extent) if number else extent
    return total


def _place(ctx: Context, node: Any, number: Value, extents: Sequence[Value]) -> Value:
    """The index of the element with this number, row by row."""
    found: list[Value] = []
    for extent in reversed(extents[1:]):
        found.append(binary(ctx, node, "mod", number, extent))
        number = binary(ctx, node, "floordiv", number, extent)
    return ctx.pack([*([number] if extents else []), *found[::-1]])


def _is_integer(value: Value) -> bool:
    return (dtype_of(value.type) or "").lstrip("u").startswith("int") and not rank_of(value.type)


@refusing(np.nditer)
def _nditer(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    raise ctx.refuse(
        node,
        "`np.nditer` is not supported",
        why="it goes through the elements as they lie in memory, and what it gives may be a view or a copy",
        fix="loop over `x.flat`, `np.ndenumerate(x)` or `np.ndindex(x.shape)`",
        kind=NoRule,
    )


# -- parts


@intrinsic(sliding_window_view)
def _windows(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """Windows along several axes are windows along one after the other."""
    held = given(ctx, node, sliding_window_view, args, keywords, "x", "window_shape", "axis")
    x, axis = array(ctx, node, held["x"]), fixed(ctx, node, held, "axis", None)
    wide = held["window_shape"]
    widths = [wide] if isinstance(wide.type, Scalar | Array) else containers.items(ctx, node, wide)
    axes = axis if isinstance(axis, tuple) else tuple(range(rank_of(x.type))) if axis is None else (axis,)
    if widths is None or len(widths) != len(axes):
        raise misused(ctx, node, _WINDOWS)
    rank = rank_of(x.type)
    for each, width in zip(axes, widths):
        at = axis_of(ctx, node, each, rank)
        x = ctx.emit(node, "sliding_window_view", x, width, axis=at, _text=_WINDOWS, _via="np")
    return x


@intrinsic(builtins.slice)
def _slice(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if keywords or not 1 <= len(args) <= 3:
        raise misused(ctx, node, "slice")
    bounds = [None, args[0], None] if len(args) == 1 else [*args, None][:3]
    return handle(slice_of(ctx, node, bounds))


def _splitting(function: Callable[..., Any], axis: int | None, is_even: bool = True) -> None:
    @intrinsic(function)
    def split(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        """A list of views, one after the other along an axis."""
        name = f"np.{function.__name__}"
        names = ("ary", "indices_or_sections", *(("axis",) if axis is None else ()))
        given = {**dict(zip(names, args)), **keywords}
        if len(args) > len(names) or not {*names[:2]} <= {*given} <= {*names} or not memory.is_array(given["ary"]):
            raise misused(ctx, node, name)
        base, where = given["ary"], given["indices_or_sections"]
        along = _axis(ctx, node, base, given.get("axis"), axis, name)
        memory.keep(ctx, base)
        length = ctx.emit(node, "getitem", ctx.emit(node, "shape", base), index=along)
        bounds = _bounds(ctx, node, length, where, is_even, name)
        return ctx.new_list([_part(ctx, node, base, along, *pair) for pair in itertools.pairwise(bounds)])


def _axis(ctx: Context, node: Any, base: Value, given: Value | None, axis: int | None, name: str) -> int:
    rank = rank_of(base.type)
    if given is not None and not ctx.is_static(given):
        raise misused(ctx, node, name)
    chosen = axis if axis is not None else 0 if given is None else ctx.static(given)
    chosen = 0 if axis == 1 and rank == 1 else chosen
    if not isinstance(chosen, int) or not -rank <= chosen < rank:
        raise misused(ctx, node, name)
    return chosen % rank


def _part(ctx: Context, node: Any, base: Value, axis: int, start: Value | None, stop: Value | None) -> Value:
    spec = (*(WHOLE,) * axis, ("slice", start is not None, stop is not None, False))
    return ctx.emit(node, "index", base, *(bound for bound in (start, stop) if bound is not None), spec=spec)


def _bounds(ctx: Context, node: Any, length: Value, where: Value, is_even: bool, name: str) -> list[Value | None]:
    """Where the parts begin and end: the first at the start, the last at the end."""
    if not _is_integer(where):
        places = containers.items(ctx, node, where)
        if places is None or not all(map(_is_integer, places)):
            raise _refuse_places(ctx, node, name)
        return [None, *places, None]
    count = ctx.static(where) if ctx.is_static(where) else None
    if not isinstance(count, int) or count < 1:
        raise _refuse_places(ctx, node, name)
    rest = binary(ctx, node, "mod", length, ctx.const(count))
    size = binary(ctx, node, "floordiv", length, ctx.const(count))
    if is_even:
        _raise_if(ctx, node, rest, "array split does not result in an equal division")
    made: list[Value | None] = [None]
    for number in range(1, count):
        place = binary(ctx, node, "mul", size, ctx.const(number)) if number > 1 else size
        if not is_even:
            larger = ctx.const(1) if number == 1 else ctx.const(number)
            place = binary(ctx, node, "add", place, ctx.emit(node, "min_of", rest, larger))
        made.append(place)
    return [*made, None]


def _raise_if(ctx: Context, node: Any, number: Value, message: str) -> None:
    """Raise Python's ValueError where the number is not 0."""
    if ctx.is_static(number) and not ctx.static(number):
        return
    regions = [Region(), Region()]
    with ctx.inside(regions[0]):
        write_raise(ctx, ValueError, message)
    with ctx.inside(regions[1]):
        ctx.builder.terminate("yield")
    ctx.builder.op("if", [compare(ctx, node, _NOT_EQUAL, number, ctx.const(0))], (), {}, regions)


def _refuse_places(ctx: Context, node: Any, name: str) -> Exception:
    return ctx.refuse(
        node,
        f"the number of parts of this `{name}` is not known",
        why="it makes a list, whose length must be known before the run",
        fix="write the number, or the list of the places, as a constant; or slice in a loop",
        kind=NoRule,
    )


_splitting(np.split, None)
_splitting(np.array_split, None, is_even=False)
_splitting(np.hsplit, 1)
_splitting(np.vsplit, 0)
_splitting(np.dsplit, 2)
