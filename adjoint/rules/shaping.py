"""Operations that move elements: each transpose moves the cotangent back."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.ir.ops.shaping import new_axes
from adjoint.ir.shapes import normalize_axes
from adjoint.rules.expr import Expr
from adjoint.rules.registry import linear, partials


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


@partials("astype", "asarray", "ascontiguousarray", "asfortranarray")
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


@partials("broadcast_to")
def broadcast_to(x: Expr, shape: Expr) -> Any:
    return 1, None
