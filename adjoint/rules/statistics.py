"""Statistics: elements at positions that a sort decides, and moments under weights."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adjoint.ir.ops.statistics import METHODS
from adjoint.ir.shapes import normalize_axes
from adjoint.rules.cumulative import given, one_before_another
from adjoint.rules.expr import Expr, extent
from adjoint.rules.registry import composite


@composite("ptp")
def ptp(x: Expr, *, axis: Any, keepdims: Any) -> Any:
    return x.max(axis=axis, keepdims=keepdims) - x.min(axis=axis, keepdims=keepdims)


# order


def _lanes(x: Expr, axis: Any) -> tuple[Expr, int]:
    """The array with everything that is reduced along one axis, and that axis."""
    axes = normalize_axes(axis, x.ndim)
    if len(axes) == 1:
        return x, axes[0]
    if len(axes) == x.ndim:
        return x.ravel(), 0
    kept = [i for i in range(x.ndim) if i not in axes]
    moved = x.emit("transpose", x, axes=(*kept, *axes))
    return moved.emit("reshape", moved, *(extent(x, i) for i in kept), -1), len(kept)


def _with_axes(result: Expr, x: Expr, axis: Any, leading: int) -> Expr:
    """The reduced axes back with extent 1, behind those of the positions."""
    if not result.ndim:
        return result.emit("reshape", result, *[1] * x.ndim)
    axes = normalize_axes(axis, x.ndim)
    back = [None if i in axes else slice(None) for i in range(x.ndim)]
    return result[(*[slice(None)] * leading, *back)]


def _elements(x: Expr, order: Expr, place: Any, at: int) -> Expr:
    """The elements whose place in the order is given: a number, a vector, or an array with the place of each lane."""
    if isinstance(place, int) or place.ndim == 0:
        if x.ndim == 1:
            return x[order[place]]
        one = order[(*[slice(None)] * at, slice(place, place + 1))]
        return x.emit("take_along_axis", x, one, axis=at).sum(axis=at)  # of one element each
    if x.ndim == 1:
        return x[order[place]]
    opcode = "take" if place.ndim == 1 else "take_along_axis"
    several = order.emit(opcode, order, place, axis=at)
    return x.emit("take_along_axis", x, several, axis=at)


def _floor(t: Any, opcode: str = "floor") -> Any:
    """The whole number below (above, next to) a position, to count with."""
    if not isinstance(t, Expr):
        return int(getattr(math, opcode)(t))
    if t.ndim == 0:
        return t.emit("int", t.emit(opcode, t)) if opcode == "rint" else t.emit(opcode, t, ns="math")
    return t.emit("astype", t.emit(opcode, t, **({} if opcode == "rint" else {"ns": "np"})), dtype=np.int64)


def _least(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int):
        return min(a, b)
    maker = a if isinstance(a, Expr) else b
    scalar = all(not isinstance(each, Expr) or each.ndim == 0 for each in (a, b))
    return maker.emit("min_of" if scalar else "minimum", a, b)


def _most(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int):
        return max(a, b)
    maker = a if isinstance(a, Expr) else b
    scalar = all(not isinstance(each, Expr) or each.ndim == 0 for each in (a, b))
    return maker.emit("max_of" if scalar else "maximum", a, b)


def _positions(q: Expr, n: Any, method: str) -> tuple[Any, Any, Any]:
    """The places of the two elements around a quantile, and how far it is from the first to the second.

    Source: Hyndman and Fan (1996), "Sample quantiles in statistical packages".
    """
    alpha, beta = METHODS[method]
    if (alpha, beta) == (1.0, 1.0):
        t = (n - 1) * q
        if method in ("lower", "higher", "nearest"):
            place = _floor(t, {"lower": "floor", "higher": "ceil", "nearest": "rint"}[method])
            return place, place, 0.0
        if method == "midpoint":
            return _floor(t), _floor(t, "ceil"), 0.5
        low = _floor(t)
        return low, _least(low + 1, n - 1), t - low
    if method.endswith("inverted_cdf") and not method.startswith("interpolated"):
        t = n * q - 1
        place = _most(_floor(t, "ceil"), 0)
        if method == "inverted_cdf":
            return place, place, 0.0
        return place, _least(_most(_floor(t) + 1, 0), n - 1), 0.5
    t = n * q + (alpha + q * (1 - alpha - beta)) - 1
    low = _floor(t)
    return _most(_least(low, n - 1), 0), _most(_least(low + 1, n - 1), 0), t - low


def _quantile(x: Expr, q: Expr, axis: Any, method: str, keepdims: Any, *, nans: bool) -> Expr:
    """Between two of the elements in order. Of equal ones, the one that a sort puts there counts."""
    lanes, at = _lanes(x, axis)
    order = lanes.emit("argsort", lanes, **({"axis": at} if at < lanes.ndim - 1 else {}))
    n: Any = extent(lanes, at)
    if nans:
        n = _count(lanes, at)
    if nans and lanes.ndim > 1 and q.ndim:
        q = q[(slice(None), *[None] * (lanes.ndim - at - 1))]
    low, high, part = _positions(q, n, method)
    if q.ndim and not isinstance(part, float) and lanes.ndim > 1 and not nans:
        part = part[(slice(None), *[None] * (lanes.ndim - at - 1))]
    below = _elements(lanes, order, low, at)
    if low is high:
        found = below
    else:
        above = _elements(lanes, order, high, at)
        found = below + part * (above - below)
    if nans and lanes.ndim > 1 and not q.ndim:
        found = found.sum(axis=at)  # of one element each
    leading = min(q.ndim, 1)
    if leading and lanes.ndim > 1 and at:
        found = found.emit("moveaxis", found, source=at, destination=0)
    return _with_axes(found, x, axis, leading) if keepdims else found


def _count(lanes: Expr, at: int) -> Expr:
    """How many numbers that are not nan each lane has."""
    numbers = lanes.emit("logical_not", lanes.emit("isnan", lanes, ns="np"))
    return numbers.sum() if lanes.ndim == 1 else numbers.sum(axis=at, keepdims=True)


@composite("quantile")
def quantile(x: Expr, q: Expr, *, axis: Any, method: Any, keepdims: Any) -> Any:
    return _quantile(x, q, axis, method, keepdims, nans=False)


@composite("percentile")
def percentile(x: Expr, q: Expr, *, axis: Any, method: Any, keepdims: Any) -> Any:
    return _quantile(x, q / 100, axis, method, keepdims, nans=False)


@composite("nanquantile")
def nanquantile(x: Expr, q: Expr, *, axis: Any, method: Any, keepdims: Any) -> Any:
    return _quantile(x, q, axis, method, keepdims, nans=True)


@composite("nanpercentile")
def nanpercentile(x: Expr, q: Expr, *, axis: Any, method: Any, keepdims: Any) -> Any:
    return _quantile(x, q / 100, axis, method, keepdims, nans=True)


def _median(x: Expr, axis: Any, keepdims: Any, *, nans: bool) -> Expr:
    lanes, at = _lanes(x, axis)
    order = lanes.emit("argsort", lanes, **({"axis": at} if at < lanes.ndim - 1 else {}))
    n: Any = _count(lanes, at) if nans else extent(lanes, at)
    found = (_elements(lanes, order, (n - 1) // 2, at) + _elements(lanes, order, n // 2, at)) / 2
    if nans and lanes.ndim > 1:
        found = found.sum(axis=at)  # of one element each
    return _with_axes(found, x, axis, 0) if keepdims else found


@composite("median")
def median(x: Expr, *, axis: Any, keepdims: Any) -> Any:
    """The mean of the two elements in the middle, which are one where the number is odd."""
    return _median(x, axis, keepdims, nans=False)


@composite("nanmedian")
def nanmedian(x: Expr, *, axis: Any, keepdims: Any) -> Any:
    """A sort puts nans behind all numbers."""
    return _median(x, axis, keepdims, nans=True)


# moments under weights


@composite("average")
def average(x: Expr, weights: Expr | None = None, *, axis: Any, keepdims: Any) -> Any:
    weight = given(weights)
    if weight is None:
        return x.mean(axis=axis, keepdims=keepdims)
    if weight.ndim != x.ndim:
        after = x.ndim - axis % x.ndim - 1
        column = weight[(slice(None), *[None] * after)] if after else weight
        return (x * column).sum(axis=axis, keepdims=keepdims) / weight.sum()
    return (x * weight).sum(axis=axis, keepdims=keepdims) / weight.sum(axis=axis, keepdims=keepdims)


def _rows(part: Expr, rowvar: Any) -> Expr:
    """A row for each variable."""
    if part.ndim == 1:
        return part[None]
    return part if rowvar else part.T


@composite("cov")
def cov(
    m: Expr,
    y: Expr | None = None,
    fweights: Expr | None = None,
    aweights: Expr | None = None,
    *,
    rowvar: Any,
    bias: Any,
    ddof: Any,
) -> Any:
    """The products of the deviations, over the degrees of freedom."""
    other, repeats, weights = map(given, (y, fweights, aweights))
    freedom = ddof if ddof is not None else 0 if bias else 1
    w = weights if repeats is None else repeats if weights is None else repeats * weights
    if other is None and m.ndim == 1:
        d = m - (m.mean() if w is None else (w * m).sum() / w.sum())
        return (d * d if w is None else w * d * d).sum() / _degrees(extent(m, 0), w, weights, freedom)
    rows = one_before_another([_rows(part, rowvar) for part in (m, other) if part is not None])
    if w is None:
        d = rows - rows.mean(axis=1, keepdims=True)
        return d @ d.T / _degrees(extent(rows, 1), w, weights, freedom)
    d = rows - ((rows * w).sum(axis=1, keepdims=True) / w.sum())
    return d @ (d * w).T / _degrees(extent(rows, 1), w, weights, freedom)


def _degrees(n: Any, w: Expr | None, weights: Expr | None, ddof: int) -> Any:
    """The number of observations, or the sum of their weights, less what the mean takes."""
    if w is None:
        return n - ddof if ddof else n
    total = w.sum()
    if ddof == 0:
        return total
    return total - ddof if weights is None else total - ddof * (w * weights).sum() / total


@composite("corrcoef")
def corrcoef(x: Expr, y: Expr | None = None, *, rowvar: Any) -> Any:
    """The covariances over the deviations of both."""
    c = x.emit("cov", *(x,) if y is None else (x, y), rowvar=rowvar)
    if not c.ndim:
        return c / c
    deviation = c.emit("sqrt", c.emit("diagonal", c), ns="np")
    return c / deviation[:, None] / deviation
