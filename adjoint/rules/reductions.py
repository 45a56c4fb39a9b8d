"""Sums, products, extremes and moments over axes."""

from __future__ import annotations

from typing import Any

from adjoint.ir.core import const_of, is_const
from adjoint.ir.shapes import normalize_axes
from adjoint.ir.types import List, Static, rank_of, same_dim
from adjoint.rules.complexes import conjugate
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


def options(initial: Any = None, where: Any = None) -> tuple[Expr | None, Expr | None]:
    """The keywords `initial` and `where` of a reduction; None for what is not given."""
    return _unless(initial, None), _unless(where, True)


def _unless(given: Expr | None, default: object) -> Expr | None:
    if given is None or (is_const(given.value) and const_of(given.value) is default):
        return None
    return None if isinstance(given.type, Static) else given


def filled(x: Expr, where: Expr | None, filler: float) -> Expr:
    """The array with a number in the places that do not count."""
    return x if where is None else x.emit("where", where, x, filler)


def _how_many(x: Expr, where: Expr, axis: Any, keepdims: Any) -> Expr:
    """How many elements are chosen."""
    if where.ndim != x.ndim or not all(map(same_dim, where.dims, x.dims)):
        where = where.emit("broadcast_to", where, x.shape)
    return where.sum(axis=axis, keepdims=keepdims)


@composite("sum")
def sum_of_chosen(x: Expr, *more: Expr, axis: Any, keepdims: Any) -> Any:
    """Zeros where the mask is not set, and what was there before."""
    if not more:
        return None
    initial, where = options(*more)
    total = filled(x, where, 0.0).sum(axis=axis, keepdims=keepdims)
    return total if initial is None else total + initial


@linear("sum", lazy="scalar")
def sum_(y_bar: Expr, x: Expr, *, axis: Any, keepdims: Any) -> Any:
    return spread(y_bar, axis, keepdims, x.ndim)


@composite("mean")
def mean_of_chosen(x: Expr, *more: Expr, axis: Any, keepdims: Any) -> Any:
    where = options(None, *more)[1]
    if where is None:
        return x.mean(axis=axis, keepdims=keepdims) if more else None
    return filled(x, where, 0.0).sum(axis=axis, keepdims=keepdims) / _how_many(x, where, axis, keepdims)


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


def _winners(x: Expr, more: tuple[Expr, ...], y: Expr, axis: Any, keepdims: Any) -> tuple[Expr, Any]:
    """The share of each element, and of what was there before: 1 for the extreme one, equal shares at a tie."""
    initial, where = options(*more)
    won = x.equals(spread(y, axis, keepdims, x.ndim))
    if where is not None:
        won = won.emit("bitand", won, where)
    if initial is None:
        return won / (won.sum() if axis is None and not keepdims else won.sum(axis=axis, keepdims=True)), None
    first = initial.equals(y)
    count_ = first + won.sum(axis=axis, keepdims=keepdims)
    return won / spread(count_, axis, keepdims, x.ndim), lambda: first / count_


@pullback("max", "min", "nanmax", "nanmin")
def extreme(y_bar: Expr, x: Expr, *more: Expr, y: Expr, axis: Any, keepdims: Any) -> Any:
    of_x, of_initial = _winners(x, more, y, axis, keepdims)
    rest = () if of_initial is None else (lambda: (y_bar * of_initial()).sum() if y.ndim else y_bar * of_initial(),)
    return (spread(y_bar, axis, keepdims, x.ndim) * of_x, *rest, *[None] * (len(more) - len(rest)))


@pushforward("max", "min", "nanmax", "nanmin")
def extreme_dot(tangents: Any, x: Expr, *more: Expr, y: Expr, axis: Any, keepdims: Any) -> Any:
    of_x, of_initial = _winners(x, more, y, axis, keepdims)
    x_dot, initial_dot = (*tangents, None)[:2]
    first = None if x_dot is None else (x_dot * of_x).sum(axis=axis, keepdims=keepdims)
    if initial_dot is None or of_initial is None:
        return first
    second = initial_dot * of_initial()
    return second if first is None else first + second


# products


@composite("prod")
def prod_of_chosen(x: Expr, *more: Expr, axis: Any, keepdims: Any) -> Any:
    if not more:
        return None
    initial, where = options(*more)
    total = filled(x, where, 1.0).prod(axis=axis, keepdims=keepdims)
    return total if initial is None else total * initial


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
    rows = without_diagonal(x, last).prod(axis=last + 1)
    if len(axes) == 1:
        return rows
    return rows * spread(_leave_one_out(x.prod(axis=last), axes[:-1]), last, False, x.ndim)


def without_diagonal(x: Expr, axis: int) -> Expr:
    """A row for each element along `axis`: all elements, itself replaced by 1."""
    n = extent(x, axis)
    number = x.emit("arange", n)
    diagonal = number[:, None].equals(number)
    if x.ndim > axis + 1:
        diagonal = diagonal[(slice(None), slice(None), *[None] * (x.ndim - axis - 1))]
    return x.emit("where", diagonal, 1.0, x[(*[slice(None)] * axis, None)])


# moments


@pullback("var", "nanvar")
def var(y_bar: Expr, x: Expr, *more: Expr, op: str, axis: Any, ddof: Any, correction: Any, keepdims: Any) -> Any:
    """2 (x - mean) / (n - ddof); what flows through the mean cancels."""
    mask = _counted(op, x, *more)
    scale = 2 * y_bar / _freedom(x, mask, axis, correction or ddof, keepdims)
    return spread(scale, axis, keepdims, x.ndim) * _deviation(x, mask, axis)


@pushforward("var", "nanvar")
def var_dot(tangents: Any, x: Expr, *more: Expr, op: str, axis: Any, ddof: Any, correction: Any, keepdims: Any) -> Any:
    mask = _counted(op, x, *more)
    total = (tangents[0] * _deviation(x, mask, axis)).sum(axis=axis, keepdims=keepdims)
    return 2 * total / _freedom(x, mask, axis, correction or ddof, keepdims)


@pullback("std", "nanstd")
def std(
    y_bar: Expr, x: Expr, *more: Expr, op: str, y: Expr, axis: Any, ddof: Any, correction: Any, keepdims: Any
) -> Any:
    """(x - mean) / ((n - ddof) y); 0 where all elements are equal."""
    mask = _counted(op, x, *more)
    scale = y_bar / (_freedom(x, mask, axis, correction or ddof, keepdims) * nonzero(y))
    return spread(scale, axis, keepdims, x.ndim) * _deviation(x, mask, axis)


@pushforward("std", "nanstd")
def std_dot(
    tangents: Any, x: Expr, *more: Expr, op: str, y: Expr, axis: Any, ddof: Any, correction: Any, keepdims: Any
) -> Any:
    mask = _counted(op, x, *more)
    total = (tangents[0] * _deviation(x, mask, axis)).sum(axis=axis, keepdims=keepdims)
    return total / (_freedom(x, mask, axis, correction or ddof, keepdims) * nonzero(y))


def _counted(opcode: str, x: Expr, *more: Expr) -> Expr | None:
    """The mask of the elements that count; None for all."""
    where = options(None, *more)[1]
    if not opcode.startswith("nan"):
        return where
    numbers = x.emit("logical_not", x.emit("isnan", x, ns="np"))
    return numbers if where is None else numbers.emit("bitand", numbers, where)


def _freedom(x: Expr, mask: Expr | None, axis: Any, ddof: Any, keepdims: Any) -> Any:
    number = count(x, axis) if mask is None else _how_many(x, mask, axis, keepdims)
    return number - ddof if ddof else number


def _deviation(x: Expr, mask: Expr | None, axis: Any) -> Expr:
    """From the mean; the conjugate of it, since the variance adds squares of absolute values."""
    if mask is None:
        return conjugate(x - (x.mean() if axis is None else x.mean(axis=axis, keepdims=True)))
    total, number = filled(x, mask, 0.0).sum(axis=axis, keepdims=True), _how_many(x, mask, axis, True)
    return conjugate(filled(x - total / number, mask, 0.0))


# without nans


def _without_nans(opcode: str, plain: str, filler: float) -> None:
    @composite(opcode)
    def definition(x: Expr, *more: Expr, axis: Any, keepdims: Any) -> Any:
        """The plain reduction, with a number that changes nothing in the place of each nan."""
        clean = x.emit("where", x.emit("isnan", x, ns="np"), filler, x)
        return x.emit(plain, clean, *more, axis=axis, keepdims=keepdims)


_without_nans("nansum", "sum", 0.0)
_without_nans("nanprod", "prod", 1.0)


@composite("nanmean")
def nanmean(x: Expr, *more: Expr, axis: Any, keepdims: Any) -> Any:
    numbers = _counted("nanmean", x, *more)
    assert numbers is not None
    total = filled(x, numbers, 0.0).sum(axis=axis, keepdims=keepdims)
    return total / _how_many(x, numbers, axis, keepdims)


@linear("unbroadcast", wrt=(0,), lazy="any")
def unbroadcast(y_bar: Expr, g: Expr, x: Expr) -> Any:
    """A sum over what was broadcast: its cotangent broadcasts back."""
    return y_bar.emit("broadcast_to", y_bar, g.shape) if y_bar.ndim else y_bar
