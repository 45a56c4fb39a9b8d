"""Picking, putting in and leaving out, all as reads at positions: the elements that are read get the cotangents."""

from __future__ import annotations

from typing import Any

from adjoint.rules.expr import Expr, extent
from adjoint.rules.joining import as_vector, flat
from adjoint.rules.registry import composite
from adjoint.rules.repeating import at


@composite("take")
def take(x: Expr, indices: Expr, *, axis: Any, mode: Any) -> Any:
    """Indexing along one axis."""
    x, axis = (flat(x), 0) if axis is None else (x, axis)
    if mode == "wrap":
        indices = indices.emit("asarray", indices) % extent(x, axis)
    elif mode == "clip":
        indices = indices.emit("clip", indices.emit("asarray", indices), 0, extent(x, axis) - 1)
    return at(x, indices, axis)


@composite("take_along_axis")
def take_along_axis(x: Expr, indices: Expr, *, axis: Any) -> Any:
    """An index for each axis: its positions, and the given ones along `axis`."""
    if axis is None:
        return flat(x)[indices]
    places = [_along(x, i) for i in range(x.ndim)]
    places[axis % x.ndim] = indices
    return x.emit("index", x, *places, spec=("array",) * x.ndim)


def _along(x: Expr, axis: int) -> Expr:
    """The positions along an axis, in an array that broadcasts to the shape of `x`."""
    places = x.emit("arange", extent(x, axis))
    return places[(slice(None), *[None] * (x.ndim - 1 - axis))] if axis < x.ndim - 1 else places


@composite("choose")
def choose(which: Expr, *choices: Expr) -> Any:
    """One `where` for each choice but the last."""
    result: Any = choices[-1]
    for number in reversed(range(len(choices) - 1)):
        result = which.emit("where", which.equals(number), choices[number], result)
    return result if len(choices) > 1 else which.emit("where", which.equals(0), result, 0.0)


@composite("compress")
def compress(x: Expr, condition: Expr, *, axis: Any) -> Any:
    places = condition.emit("flatnonzero", condition)
    return at(x, places, axis) if axis is not None else flat(x)[places]


@composite("extract")
def extract(x: Expr, condition: Expr) -> Any:
    return flat(x)[condition.emit("flatnonzero", condition)]


@composite("delete")
def delete(x: Expr, obj: Expr, *, axis: Any) -> Any:
    """The elements whose positions are left."""
    x, axis = (flat(x), 0) if axis is None else (x, axis)
    return at(x, x.emit("delete", x.emit("arange", extent(x, axis)), obj), axis)


@composite("insert")
def insert(x: Expr, obj: Expr, values: Expr, *, axis: Any) -> Any:
    """The array with the values behind it, read in another order: NumPy's own, of numbered elements."""
    x, axis = (flat(x), 0) if axis is None else (x, axis % x.ndim)
    count = extent(x, axis)
    numbers = x.emit("arange", count)
    if x.ndim == 1 and values.ndim == 1:
        new = values
        order = x.emit("insert", numbers, obj, x.emit("arange", values.size) + count)
    else:
        new = _row(x, values, axis)
        order = x.emit("insert", numbers, obj, count)
    return at(x.emit("concatenate", x, new, axis=axis), order, axis)


def _row(x: Expr, values: Expr, axis: int) -> Expr:
    """The values as one row along an axis."""
    if x.ndim == 1:
        return as_vector(values)
    extents = [1 if i == axis else extent(x, i) for i in range(x.ndim)]
    if values.ndim == x.ndim - 1:
        values = values.emit("expand_dims", values, axis=axis)
    return x.emit("broadcast_to", values, x.emit("tuple", *extents, layout=None))
