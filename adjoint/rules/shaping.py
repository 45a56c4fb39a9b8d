"""Operations that move elements: each transpose moves the cotangent back."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.ir.ops.shaping import new_axes
from adjoint.ir.shapes import normalize_axes
from adjoint.rules.expr import Expr, extent
from adjoint.rules.registry import RuleMissing, composite, linear, partials


@linear("reshape", wrt=(0,), lazy="moves")
def reshape(y_bar: Expr, x: Expr, *dims: Expr) -> Any:
    return back(y_bar, x)


@linear("ravel", "flatten", "atleast_1d", "atleast_2d", lazy="moves")
def ravel(y_bar: Expr, x: Expr) -> Any:
    return back(y_bar, x)


def back(y_bar: Expr, x: Expr) -> Expr:
    """The cotangent in the shape of `x`."""
    if y_bar.ndim == x.ndim == 1:
        return y_bar
    if x.ndim == 0:
        return y_bar.sum()
    return y_bar.ravel() if x.ndim == 1 else y_bar.emit("reshape", y_bar, x.shape)


@linear("copy", lazy="any")
def copy(y_bar: Expr, x: Expr) -> Any:
    return y_bar


@partials("astype", "asarray")
def astype(x: Expr) -> Any:
    """The same numbers; the driver gives the cotangent the operand's dtype."""
    return 1


@linear("tolist")
def tolist(y_bar: Expr, x: Expr) -> Any:
    """A vector as a list: its cotangent is a list."""
    whole = y_bar.emit("asarray", y_bar)
    return whole if x.ndim == 1 else whole.emit("reshape", whole, x.shape)


@linear("transpose", lazy="moves")
def transpose(y_bar: Expr, x: Expr, *, axes: Any) -> Any:
    if axes is None or x.ndim == 2:
        return y_bar if axes is not None and normal(axes, 2) == (0, 1) else y_bar.T
    inverse = tuple(int(i) for i in np.argsort(normal(axes, x.ndim)))
    return y_bar.emit("transpose", y_bar, axes=inverse)


def normal(axes: Any, rank: int) -> tuple[int, ...]:
    """Axes in the order given, counted from the front."""
    return tuple(axis % rank for axis in axes)


@linear("swapaxes", lazy="moves")
def swapaxes(y_bar: Expr, x: Expr, *, axis1: Any, axis2: Any) -> Any:
    return y_bar.emit("swapaxes", y_bar, axis1=axis1, axis2=axis2)


@linear("moveaxis", lazy="moves")
def moveaxis(y_bar: Expr, x: Expr, *, source: Any, destination: Any) -> Any:
    return y_bar.emit("moveaxis", y_bar, source=destination, destination=source)


@linear("squeeze", lazy="moves")
def squeeze(y_bar: Expr, x: Expr, *, axis: Any) -> Any:
    gone = [i for i, dim in enumerate(x.dims) if dim == 1] if axis is None else normalize_axes(axis, x.ndim)
    return y_bar[tuple(None if i in gone else slice(None) for i in range(x.ndim))] if x.ndim else y_bar


@linear("expand_dims", lazy="moves")
def expand_dims(y_bar: Expr, x: Expr, *, axis: Any) -> Any:
    axes = new_axes(axis, x.ndim)
    return y_bar[tuple(0 if i in axes else slice(None) for i in range(max(axes) + 1))] if axes else y_bar


@linear("flip", lazy="moves")
def flip(y_bar: Expr, x: Expr, *, axis: Any) -> Any:
    return y_bar.emit("flip", y_bar, axis=axis)


@linear("roll", wrt=(0,), lazy="moves")
def roll(y_bar: Expr, x: Expr, shift: Expr, *, axis: Any) -> Any:
    return y_bar.emit("roll", y_bar, -shift, axis=axis)


@partials("broadcast_to")
def broadcast_to(x: Expr, shape: Expr) -> Any:
    return 1, None


# joining


@linear("concatenate", lazy="moves")
def concatenate(y_bar: Expr, *arrays: Expr, axis: Any) -> Any:
    """Each array gets its slice."""
    if axis is None:
        raise RuleMissing("concatenate", "axis=None is not supported: ravel the arrays first")
    before = [slice(None)] * (axis % y_bar.ndim)
    shares, start = [], _Offset()
    for number, x in enumerate(arrays):
        stop = start.after(extent(x, axis))
        last = number == len(arrays) - 1
        shares.append(_slice(y_bar, before, start, None if last else stop))
        start = stop
    return tuple(shares)


class _Offset:
    """Where a slice starts: a number plus extents known at run time."""

    def __init__(self, known: int = 0, rest: Expr | None = None) -> None:
        self.known = known
        self.rest = rest

    def after(self, size: int | Expr) -> _Offset:
        if isinstance(size, int):
            return _Offset(self.known + size, self.rest)
        return _Offset(self.known, size if self.rest is None else self.rest + size)

    def bound(self) -> Any:
        """The bound of a slice; None for 0."""
        if self.rest is None:
            return self.known or None
        return self.rest + self.known if self.known else self.rest


def _slice(y_bar: Expr, before: list[Any], start: _Offset, stop: _Offset | None) -> Any:
    def share() -> Expr:
        end = None if stop is None else 0 if stop.bound() is None else stop.bound()
        return y_bar[(*before, slice(start.bound(), end))]

    return share


@linear("stack", lazy="moves")
def stack(y_bar: Expr, *arrays: Expr, axis: Any) -> Any:
    before = [slice(None)] * (axis % y_bar.ndim)
    return tuple(lambda i=i: y_bar[(*before, i)] for i in range(len(arrays)))


@linear("array", lazy="moves")
def array(y_bar: Expr, *items: Expr, shape: Any) -> Any:
    """A literal: each item gets its element; a copy: the array gets all."""
    if shape is None:
        return y_bar
    indices = [tuple(int(i) for i in np.unravel_index(number, shape)) for number in range(len(items))]
    return tuple(lambda index=index: y_bar[index] for index in indices)


@composite("hstack")
def hstack(*arrays: Expr) -> Any:
    whole = [x if x.ndim else x.emit("reshape", x, 1) for x in arrays]
    return whole[0].emit("concatenate", *whole, axis=0 if whole[0].ndim == 1 else 1)


@composite("vstack")
def vstack(*arrays: Expr) -> Any:
    rows = [x.emit("atleast_2d", x) if x.ndim < 2 else x for x in arrays]
    return rows[0].emit("concatenate", *rows, axis=0)


# repeating


@linear("tile", wrt=(0,))
def tile(y_bar: Expr, x: Expr, reps: Expr) -> Any:
    """The sum over the copies."""
    if x.ndim == 0:
        return y_bar.sum()
    return y_bar.emit("reshape", y_bar, reps, extent(x, 0)).sum(axis=0)


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
