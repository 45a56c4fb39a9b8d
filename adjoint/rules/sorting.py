"""Sorted elements are elements at other positions. Positions and counts themselves are constant."""

from __future__ import annotations

from typing import Any

from adjoint.rules.expr import Expr
from adjoint.rules.joining import flat
from adjoint.rules.registry import composite, linear, piecewise_constant

piecewise_constant("argpartition", "lexsort", "searchsorted", "digitize", "unique_part")


@composite("sort")
def sort(x: Expr, *, axis: Any, kind: Any, stable: Any, descending: Any) -> Any:
    """The elements in their order; of equal ones, each stands where a sort of their positions puts it."""
    x, axis = (flat(x), -1) if axis is None else (x, axis)
    return in_order(x, x.emit("argsort", x, axis=axis, kind=kind, stable=stable, descending=descending), axis)


def in_order(x: Expr, order: Expr, axis: int) -> Expr:
    """The elements at the positions of `order`, which has the array's shape."""
    return x[order] if x.ndim == 1 else x.emit("take_along_axis", x, order, axis=axis)


@composite("partition")
def partition(x: Expr, kth: Expr, *, axis: Any, y: Expr) -> Any:
    """The n-th smallest of the result is the n-th smallest of the array, wherever both stand."""
    x, axis = (flat(x), -1) if axis is None else (x, axis)
    rank = x.emit("argsort", x.emit("argsort", y, axis=axis), axis=axis)
    return in_order(x, in_order(x.emit("argsort", x, axis=axis), rank, axis), axis)


@composite("unique")
def unique(x: Expr) -> Any:
    """Each of the equal elements could be taken: NumPy's is the first."""
    return flat(x)[x.emit("unique_part", x, part="index")]


@linear("bincount", wrt=(1,), lazy="")
def bincount(y_bar: Expr, x: Expr, weights: Any = None, minlength: Any = None) -> Any:
    """Each weight is in the bin of its number."""
    return None, lambda: y_bar[x], None


@linear("histogram", wrt=(2,))
def histogram(y_bar: Expr, x: Expr, bins: Expr, weights: Any = None, *ends: Expr) -> Any:
    """Each weight is in the bin of its number; those outside of all are in none. The last bin has both its ends."""
    if ends:
        bins = x.emit("linspace", *ends, bins + 1)
    place = x.emit("searchsorted", bins, x, side="right") - 1
    place = place.emit("where", x.equals(bins[-1]), bins.size - 2, place)
    within = place.emit("logical_and", place >= 0, place < bins.size - 1)
    return None, None, lambda: y_bar.emit("where", within, y_bar[place.emit("where", within, place, 0)], 0.0)
