"""Operations that repeat elements or put more around them: each element gets the sum over its copies."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.ir.core import const_of, is_const
from adjoint.ir.extents import is_integer
from adjoint.ir.ops.repeating import counts_of, widths_of
from adjoint.ir.types import Tuple
from adjoint.rules.expr import Expr, extent
from adjoint.rules.joining import flat
from adjoint.rules.registry import composite, linear, pullback, pushforward


def counts(given: Expr) -> list[int | Expr]:
    """The ints of an operand that is an int or a tuple of ints."""
    known = counts_of(given.value)
    return [item if isinstance(item, int) else _item(given, i) for i, item in enumerate(known)]


def _item(given: Expr, *places: int) -> Expr:
    """An item of nested tuples; the operand itself where it is an int, for all of them."""
    for place in places:
        if isinstance(given.type, Tuple):
            given = given.emit("getitem", given, index=min(place, len(given.type.items) - 1))
    return given


@linear("tile", wrt=(0,))
def tile(y_bar: Expr, x: Expr, reps: Expr) -> Any:
    """The sum over the copies."""
    if x.ndim == 0:
        return y_bar.sum()
    every = counts(reps)
    every = [*[1] * (x.ndim - len(every)), *every]
    extents = [*[1] * (len(every) - x.ndim), *(extent(x, axis) for axis in range(x.ndim))]
    shape: list[Any] = []
    copied: list[int] = []
    for axis, (count, size) in enumerate(zip(every, extents)):
        if not (isinstance(count, int) and count == 1):
            copied.append(len(shape))
            shape.append(count)
        if axis >= len(every) - x.ndim:
            shape.append(size)
    whole = y_bar.emit("reshape", y_bar, *shape)
    return whole.sum(axis=copied[0] if len(copied) == 1 else tuple(copied)) if copied else whole


@composite("repeat")
def repeat_each(x: Expr, repeats: Expr, *, axis: Any) -> Any:
    """With a count for each element, the elements at repeated positions."""
    if is_integer(repeats.value):
        return None
    if axis is None:
        x = flat(x)
    places = x.emit("repeat", x.emit("arange", extent(x, axis or 0)), repeats)
    return at(x, places, axis or 0)


def at(x: Expr, places: Expr, axis: int) -> Expr:
    """The elements at positions along an axis."""
    before = (("slice", False, False, False),) * (axis % x.ndim)
    return x.emit("index", x, places, spec=(*before, "int" if is_integer(places.value) else "array"))


@linear("repeat", wrt=(0,))
def repeat(y_bar: Expr, x: Expr, repeats: Expr, *, axis: Any) -> Any:
    """The sum over each element's copies."""
    if x.ndim == 0:
        return y_bar.sum()
    if axis is None:
        rows = y_bar.emit("reshape", y_bar, x.size, repeats).sum(axis=1)
        return rows if x.ndim == 1 else rows.emit("reshape", rows, x.shape)
    at = axis % x.ndim
    extents = [extent(x, i) for i in range(x.ndim)]
    return y_bar.emit("reshape", y_bar, *extents[: at + 1], repeats, *extents[at + 1 :]).sum(axis=at + 1)


@linear("roll", wrt=(0,), lazy="moves")
def roll(y_bar: Expr, x: Expr, shift: Expr, *, axis: Any) -> Any:
    if is_const(shift.value):
        held = const_of(shift.value)
        back: Any = tuple(-each for each in held) if isinstance(held, tuple | list) else -shift
    elif isinstance(shift.type, Tuple):
        back = shift.emit("tuple", *(-each for each in counts(shift)))
    else:
        back = -shift
    return y_bar.emit("roll", y_bar, back, axis=axis)


# -- padding


@composite("pad")
def pad_with_copies(x: Expr, pad_width: Expr, constant_values: Any = None, *, mode: Any) -> Any:
    """New elements that are elements of the array: those at padded positions."""
    if mode == "constant":
        return None
    for axis, (before, behind) in enumerate(_widths(x, pad_width)):
        if not (before == 0 and behind == 0):
            width = x.emit("tuple", before, behind)
            x = at(x, x.emit("pad", x.emit("arange", extent(x, axis)), width, mode=mode), axis)
    return x


def _widths(x: Expr, pad_width: Expr) -> list[tuple[Any, Any]]:
    """The widths of each axis, numbers where they are known."""
    widths = []
    for axis, pair in enumerate(widths_of(pad_width.value, x.ndim)):
        places = _places(pad_width, axis)
        known = [item if isinstance(item, int) else _item(pad_width, *places, side) for side, item in enumerate(pair)]
        widths.append((known[0], known[1]))
    return widths


def _places(pad_width: Expr, axis: int) -> tuple[int, ...]:
    """Where the pair of an axis stands: all axes may share one."""
    t = pad_width.type
    nested = isinstance(t, Tuple) and any(isinstance(item, Tuple) for item in t.items)
    return (axis,) if nested else ()


@pushforward("pad")
def push_pad(tangents: Any, x: Expr, pad_width: Expr, constant_values: Any = None, *, mode: Any) -> Any:
    moved = x.emit("zeros_like", x) if tangents[0] is None else tangents[0]
    constant = [each for each in tangents[2:] if each is not None]
    return moved.emit("pad", moved, pad_width, *constant, mode=mode)


@pullback("pad")
def pad(y_bar: Expr, x: Expr, pad_width: Expr, constant_values: Any = None, *, mode: Any) -> Any:
    """The array is in the middle; a constant is in all the rest."""
    index = []
    for axis, (before, behind) in enumerate(_widths(x, pad_width)):
        stop: Any = None
        if not isinstance(behind, int):
            stop = before + extent(x, axis)
        elif behind:
            stop = -behind
        index.append(slice(None if isinstance(before, int) and not before else before, stop))
    middle = y_bar[tuple(index)] if index else y_bar
    return middle, None, lambda: y_bar.sum() - middle.sum()


@composite("resize")
def resize(x: Expr, new_shape: Expr, *, y: Expr) -> Any:
    """The elements of the array again and again."""
    known = [dim for dim in y.dims if isinstance(dim, int)]
    count = y.size if len(known) < y.ndim else int(np.prod(known, dtype=int))
    places = x.emit("arange", count) % x.size
    return at(flat(x), places if y.ndim == 1 else places.emit("reshape", places, new_shape), 0)


@composite("sliding_window_view")
def sliding_window_view(x: Expr, window_shape: Expr, *, axis: Any) -> Any:
    """Each window holds the elements from its place on."""
    along = (axis or 0) % x.ndim
    places = x.emit("arange", extent(x, along) - window_shape + 1)
    within = x.emit("arange", window_shape)
    windows = at(x, places[:, None] + within, along)
    return windows if along == x.ndim - 1 else windows.emit("moveaxis", windows, source=along + 1, destination=-1)
