"""Sums, products, extremes and moments over axes."""

from __future__ import annotations

from typing import Any

from adjoint.ir.shapes import normalize_axes
from adjoint.ir.types import List, rank_of
from adjoint.rules.elementwise import nonzero
from adjoint.rules.expr import Expr, choose, extent
from adjoint.rules.registry import RuleMissing, composite, linear, pullback, pushforward


def spread(y: Expr, axis: Any, keepdims: Any, rank: int) -> Expr:
    """A reduced array with its reduced axes back as extents 1, wherever broadcasting needs them."""
    axes = normalize_axes(axis, rank)
    if keepdims or y.ndim == 0 or axes == tuple(range(len(axes))):
        return y
    return y[tuple(None if i in axes else slice(None) for i in range(max(axes) + 1))]


def count(x: Expr, axis: Any) -> Any:
    """How many elements are reduced to one: a Python int where it is known."""
    axes = normalize_axes(axis, x.ndim)
    extents = [extent(x, i) for i in axes]
    if len(axes) == x.ndim and any(isinstance(n, Expr) for n in extents):
        return x.size
    total: Any = 1
    for n in extents:
        total = n if isinstance(total, int) and total == 1 else total * n
    return total


@linear("sum", lazy="scalar")
def sum_(y_bar: Expr, x: Expr, *, axis: Any, keepdims: Any) -> Any:
    return spread(y_bar, axis, keepdims, x.ndim)


@linear("mean", lazy="scalar")
def mean(y_bar: Expr, x: Expr, *, axis: Any, keepdims: Any) -> Any:
    return spread(y_bar / count(x, axis), axis, keepdims, x.ndim)


@linear("fsum", lazy="any")
def fsum(y_bar: Expr, items: Expr) -> Any:
    return y_bar


@linear("sum_of", lazy="any")
def sum_of(y_bar: Expr, items: Expr, start: Expr | None = None) -> Any:
    """The rows of an array are added, so its cotangent is the row's, for each."""
    rank = rank_of(items.type.item) if isinstance(items.type, List) else items.ndim - 1
    if start is not None and start.ndim != rank:
        raise RuleMissing("sum", "a start of another shape is not supported")
    return y_bar, y_bar


# extremes


def _winners(x: Expr, y: Expr, axis: Any, keepdims: Any) -> Expr:
    """The share of each element: 1 for the extreme one, equal shares at a tie."""
    won = x.equals(spread(y, axis, keepdims, x.ndim))
    return won / (won.sum() if axis is None and not keepdims else won.sum(axis=axis, keepdims=True))


@pullback("max", "min")
def extreme(y_bar: Expr, x: Expr, *, y: Expr, axis: Any, keepdims: Any) -> Any:
    return spread(y_bar, axis, keepdims, x.ndim) * _winners(x, y, axis, keepdims)


@pushforward("max", "min")
def extreme_dot(tangents: Any, x: Expr, *, y: Expr, axis: Any, keepdims: Any) -> Any:
    return (tangents[0] * _winners(x, y, axis, keepdims)).sum(axis=axis, keepdims=keepdims)


# products


@pullback("prod")
def prod(y_bar: Expr, x: Expr, *, y: Expr, axis: Any, keepdims: Any) -> Any:
    """The product of the others: y / x, computed without dividing where a factor is zero."""
    return spread(y_bar, axis, keepdims, x.ndim) * _others(x, y, axis, keepdims)


@pushforward("prod")
def prod_dot(tangents: Any, x: Expr, *, y: Expr, axis: Any, keepdims: Any) -> Any:
    return (tangents[0] * _others(x, y, axis, keepdims)).sum(axis=axis, keepdims=keepdims)


def _others(x: Expr, y: Expr, axis: Any, keepdims: Any) -> Expr:
    """For each element the product of the others along `axis`. Differentiable again, also at zeros."""
    axes = normalize_axes(axis, x.ndim)
    if not axes:
        return x.emit("ones_like", x)
    total = spread(y, axis, keepdims, x.ndim)
    return choose(y if y.ndim == 0 else y.all(), lambda: total / x, lambda: _leave_one_out(x, axes))


def _leave_one_out(x: Expr, axes: tuple[int, ...]) -> Expr:
    """Products along axes that leave one element out, in quadratic time, without a division."""
    last = axes[-1]
    rows = _without_diagonal(x, last).prod(axis=last + 1)
    if len(axes) == 1:
        return rows
    return rows * spread(_leave_one_out(x.prod(axis=last), axes[:-1]), last, False, x.ndim)


def _without_diagonal(x: Expr, axis: int) -> Expr:
    """A row for each element along `axis`: all elements, itself replaced by 1."""
    n = extent(x, axis)
    number = x.emit("arange", n)
    diagonal = number[:, None].equals(number)
    if x.ndim > axis + 1:
        diagonal = diagonal[(slice(None), slice(None), *[None] * (x.ndim - axis - 1))]
    return x.emit("where", diagonal, 1.0, x[(*[slice(None)] * axis, None)])


# moments


@pullback("var")
def var(y_bar: Expr, x: Expr, *, axis: Any, ddof: Any, keepdims: Any) -> Any:
    """2 (x - mean) / (n - ddof); what flows through the mean cancels."""
    scale = 2 * y_bar / _freedom(x, axis, ddof)
    return spread(scale, axis, keepdims, x.ndim) * _deviation(x, axis)


@pushforward("var")
def var_dot(tangents: Any, x: Expr, *, axis: Any, ddof: Any, keepdims: Any) -> Any:
    total = (tangents[0] * _deviation(x, axis)).sum(axis=axis, keepdims=keepdims)
    return 2 * total / _freedom(x, axis, ddof)


@pullback("std")
def std(y_bar: Expr, x: Expr, *, y: Expr, axis: Any, ddof: Any, keepdims: Any) -> Any:
    """(x - mean) / ((n - ddof) y); 0 where all elements are equal."""
    scale = y_bar / (_freedom(x, axis, ddof) * nonzero(y))
    return spread(scale, axis, keepdims, x.ndim) * _deviation(x, axis)


@pushforward("std")
def std_dot(tangents: Any, x: Expr, *, y: Expr, axis: Any, ddof: Any, keepdims: Any) -> Any:
    total = (tangents[0] * _deviation(x, axis)).sum(axis=axis, keepdims=keepdims)
    return total / (_freedom(x, axis, ddof) * nonzero(y))


def _freedom(x: Expr, axis: Any, ddof: Any) -> Any:
    return count(x, axis) - ddof if ddof else count(x, axis)


def _deviation(x: Expr, axis: Any) -> Expr:
    return x - (x.mean() if axis is None else x.mean(axis=axis, keepdims=True))


# running sums and products


@linear("cumsum")
def cumsum(y_bar: Expr, x: Expr, *, axis: Any) -> Any:
    """The running sum from the other end."""
    if axis is None and x.ndim != 1:
        return y_bar[::-1].cumsum()[::-1].emit("reshape", y_bar[::-1].cumsum()[::-1], x.shape)
    if x.ndim == 1:
        return y_bar[::-1].cumsum()[::-1]
    back = (*[slice(None)] * (axis % x.ndim), slice(None, None, -1))
    return y_bar[back].cumsum(axis=axis)[back]


@composite("cumprod")
def cumprod(x: Expr, *, axis: Any) -> Any:
    """Without an axis, that of the flattened array."""
    return x.ravel().cumprod(axis=0) if axis is None else None


@pullback("cumprod")
def cumprod_bar(y_bar: Expr, x: Expr, *, axis: Any) -> Any:
    at = axis % x.ndim
    later = y_bar[(*[slice(None)] * at, None)]
    return (later * _running_others(x, at)).sum(axis=at + 1)


@pushforward("cumprod")
def cumprod_dot(tangents: Any, x: Expr, *, axis: Any) -> Any:
    at = axis % x.ndim
    earlier = tangents[0][(*[slice(None)] * (at + 1), None)]
    return (earlier * _running_others(x, at)).sum(axis=at)


def _running_others(x: Expr, axis: int) -> Expr:
    """d y[k] / d x[i] at position (i, k) of the doubled axis: the running product without x[i], 0 before i."""
    number = x.emit("arange", extent(x, axis))
    reached = number[:, None] <= number
    if x.ndim > axis + 1:
        reached = reached[(slice(None), slice(None), *[None] * (x.ndim - axis - 1))]
    return reached * _without_diagonal(x, axis).cumprod(axis=axis + 1)


@composite("diff")
def diff(x: Expr, *, axis: Any) -> Any:
    before = [slice(None)] * (axis % x.ndim)
    return x[(*before, slice(1, None))] - x[(*before, slice(None, -1))]


@linear("unbroadcast", wrt=(0,), lazy="any")
def unbroadcast(y_bar: Expr, g: Expr, x: Expr) -> Any:
    """A sum over what was broadcast: its cotangent broadcasts back."""
    return y_bar.emit("broadcast_to", y_bar, g.shape) if y_bar.ndim else y_bar
