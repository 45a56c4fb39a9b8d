"""Running sums and products, differences, slopes and areas along one axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.ir.types import Static, dtype_of
from adjoint.rules.expr import Expr, above_infinity, choose, extent, index_spec
from adjoint.rules.reductions import spread, without_diagonal
from adjoint.rules.registry import composite, linear, pullback, pushforward


def given(operand: Expr | None) -> Expr | None:
    """An optional operand; None where it is left out, or None stands in its place."""
    return None if operand is None or isinstance(operand.type, Static) else operand


def along(axis: int, start: int | None, stop: int | None, step: int | None = None) -> tuple[Any, ...]:
    """The index of a slice along one axis."""
    return (*[slice(None)] * axis, slice(start, stop, step))


def one_before_another(parts: list[Expr], axis: int = 0) -> Expr:
    """Arrays put end to end."""
    return parts[0] if len(parts) == 1 else parts[0].emit("concatenate", *parts, axis=axis)


def turned(x: Expr, axis: int) -> Expr:
    """The array from the other end."""
    return x[along(axis, None, None, -1)]


@linear("cumsum")
def cumsum(y_bar: Expr, x: Expr, *, axis: Any) -> Any:
    """The running sum from the other end."""
    if axis is None and x.ndim != 1:
        flat = y_bar[::-1].cumsum()[::-1]
        return flat.emit("reshape", flat, x.shape)
    if x.ndim == 1:
        return y_bar[::-1].cumsum()[::-1]
    return turned(turned(y_bar, axis % x.ndim).cumsum(axis=axis), axis % x.ndim)


@composite("cumprod")
def cumprod(x: Expr, *, axis: Any) -> Any:
    """Without an axis, that of the flattened array."""
    return x.ravel().cumprod(axis=0) if axis is None and x.ndim != 1 else None


@pullback("cumprod")
def cumprod_bar(y_bar: Expr, x: Expr, *, y: Expr, axis: Any) -> Any:
    """The sum from the other end of y_bar y, over x. Without a division where a factor is zero."""
    at = 0 if axis is None else axis % x.ndim

    def divided() -> Expr:
        return turned(turned(y_bar * y, at).cumsum(axis=at), at) / x

    def one_by_one() -> Expr:
        later: Expr = y_bar[(*[slice(None)] * at, None)] * _running_others(x, at)
        return later.sum(axis=at + 1)

    return choose(y.all(), divided, one_by_one)


@pushforward("cumprod")
def cumprod_dot(tangents: Any, x: Expr, *, y: Expr, axis: Any) -> Any:
    at = 0 if axis is None else axis % x.ndim

    def one_by_one() -> Expr:
        earlier: Expr = tangents[0][(*[slice(None)] * (at + 1), None)] * _running_others(x, at)
        return earlier.sum(axis=at)

    return choose(y.all(), lambda: y * (tangents[0] / x).cumsum(axis=at), one_by_one)


def _running_others(x: Expr, axis: int) -> Expr:
    """d y[k] / d x[i] at position (i, k) of the doubled axis: the running product without x[i], 0 before i."""
    number = x.emit("arange", extent(x, axis))
    reached = number[:, None] <= number
    if x.ndim > axis + 1:
        reached = reached[(slice(None), slice(None), *[None] * (x.ndim - axis - 1))]
    return reached * without_diagonal(x, axis).cumprod(axis=axis + 1)


def _without_nans(opcode: str, plain: str, filler: float) -> None:
    @composite(opcode)
    def definition(x: Expr, *, axis: Any) -> Any:
        """The plain one, with a number that changes nothing in the place of each nan."""
        return x.emit(plain, x.emit("where", x.emit("isnan", x, ns="np"), filler, x), axis=axis)


_without_nans("nancumsum", "cumsum", 0.0)
_without_nans("nancumprod", "cumprod", 1.0)


def _from_nothing(opcode: str, plain: str, start: str) -> None:
    @composite(opcode)
    def definition(x: Expr, *, axis: Any, include_initial: Any) -> Any:
        """The running result, behind that of nothing if that is asked for."""
        at = 0 if axis is None else axis % x.ndim
        total = x.emit(plain, x, axis=at)
        if not include_initial:
            return total
        first = x[along(at, 0, 1)]
        return one_before_another([x.emit(start, first), total], at)


_from_nothing("cumulative_sum", "cumsum", "zeros_like")
_from_nothing("cumulative_prod", "cumprod", "ones_like")


@composite("maximum_accumulate", "minimum_accumulate")
def running_extreme(x: Expr, *, y: Expr, op: str, axis: Any) -> Any:
    """The element at the last place where the running extreme was reached."""
    at = axis % x.ndim
    number = _column(x.emit("arange", extent(x, at)), at, x.ndim)
    place = x.emit("maximum_accumulate", x.emit("where", x.equals(y), number, 0), axis=at)
    return x[place] if x.ndim == 1 else x.emit("take_along_axis", x, place, axis=at)


def _softmax(x: Expr, y: Expr, axis: Any, keepdims: Any) -> Expr:
    return x.emit("exp", x - spread(above_infinity(y), axis, keepdims, x.ndim))


@pullback("logaddexp_reduce")
def log_sum_exp(y_bar: Expr, x: Expr, *, y: Expr, axis: Any, keepdims: Any) -> Any:
    """The softmax; 0 where all are -inf."""
    back = spread(y_bar, axis, keepdims, x.ndim)
    return back * _softmax(x, y, axis, keepdims)


@pushforward("logaddexp_reduce")
def log_sum_exp_dot(tangents: Any, x: Expr, *, y: Expr, axis: Any, keepdims: Any) -> Any:
    weight = _softmax(x, y, axis, keepdims)
    return (tangents[0] * weight).sum(axis=axis, keepdims=keepdims)


# differences


@composite("diff")
def diff(x: Expr, prepend: Expr | None = None, append: Expr | None = None, *, n: Any, axis: Any) -> Any:
    at = axis % x.ndim
    if n == 1 and all(end is None or end.ndim == 0 for end in map(given, (prepend, append))):
        return _with_ends(x, given(prepend), given(append), at)
    parts = [_as_slab(given(prepend), x, at), x, _as_slab(given(append), x, at)]
    result = one_before_another([part for part in parts if part is not None], at) if n else x.emit("copy", x)
    for _ in range(n):
        result = result[along(at, 1, None)] - result[along(at, None, -1)]
    return result


def _with_ends(x: Expr, before: Expr | None, after: Expr | None, at: int) -> Expr:
    """The differences, with those to a number in front of the first element and behind the last."""
    alone = [end for end in (before, after) if end is not None]
    if len(alone) == 1 and dtype_of(x.type) == np.result_type(dtype_of(x.type), dtype_of(alone[0].type)):
        return _with_end(x, alone[0], at, is_first=before is not None)
    inner = x[along(at, 1, None)] - x[along(at, None, -1)]
    first = None if before is None else x[along(at, None, 1)] - before
    last = None if after is None else after - x[along(at, -1, None)]
    return one_before_another([part for part in (first, inner, last) if part is not None], at)


def _with_end(x: Expr, end: Expr, at: int, *, is_first: bool) -> Expr:
    """The differences where there is a number at one end: as many as elements, each with the one beside it."""
    near, far, edge = along(at, 1, None), along(at, None, -1), along(at, None, 1) if is_first else along(at, -1, None)
    if not is_first:
        x, near, far, end = -x, far, near, -end
    result = x
    for index, part in ((near, x[far]), (edge, end)):
        spec, operands = index_spec(x.builder, index)
        result = result.emit("index_add", result, -part, *operands, spec=spec)
    return result


def _as_slab(end: Expr | None, x: Expr, axis: int) -> Expr | None:
    """A number as an array with extent 1 along the axis."""
    if end is None or end.ndim:
        return end
    shape = 1 if x.ndim == 1 else x[along(axis, 0, 1)].shape
    return end.emit("broadcast_to", end, shape)


@composite("ediff1d")
def ediff1d(x: Expr, to_end: Expr | None = None, to_begin: Expr | None = None) -> Any:
    flat = x.ravel()
    before, after = (None if end is None else end.ravel() for end in (given(to_begin), given(to_end)))
    return one_before_another([part for part in (before, flat[1:] - flat[:-1], after) if part is not None])


@pullback("gradient")
def gradient_bar(y_bar: Expr, f: Expr, spacing: Expr | None = None, *, y: Expr, axis: Any, edge_order: Any) -> Any:
    """Each slope is a weighted sum of its neighbours: their cotangents have the same weights."""
    at, h = 0 if axis is None else axis % f.ndim, given(spacing)
    bar = y_bar if h is None else y_bar / h
    inner, first, last = bar[along(at, 1, -1)] / 2, bar[_at(at, 0)], bar[_at(at, -1)]
    x_bar = f.emit("zeros_like", f)

    def add(part: Expr, weight: float, index: tuple[Any, ...]) -> None:
        nonlocal x_bar
        spec, operands = index_spec(f.builder, index)
        part = part if weight == 1 else -part if weight == -1 else weight * part
        x_bar = x_bar.emit("index_add", x_bar, part, *operands, spec=spec)

    add(inner, 1, along(at, 2, None))
    add(inner, -1, along(at, None, -2))
    for position, weight in enumerate((-1, 1) if edge_order == 1 else (-1.5, 2, -0.5)):
        add(first, weight, _at(at, position))
        add(last, -weight, _at(at, -1 - position))
    return x_bar, None if h is None else lambda: -(y_bar * y).sum() / h


@pushforward("gradient")
def gradient_dot(tangents: Any, f: Expr, spacing: Expr | None = None, *, y: Expr, axis: Any, edge_order: Any) -> Any:
    f_dot, h_dot = (*tangents, None)[:2]
    more = () if spacing is None else (spacing,)
    of_f = None if f_dot is None else f.emit("gradient", f_dot, *more, axis=axis, edge_order=edge_order)
    of_h = None if h_dot is None or spacing is None else -y * (h_dot / spacing)
    return of_h if of_f is None else of_f if of_h is None else of_f + of_h


def _at(axis: int, position: int) -> tuple[Any, ...]:
    return (*[slice(None)] * axis, position)


@composite("gradient")
def gradient(f: Expr, spacing: Expr | None = None, *, axis: Any, edge_order: Any) -> Any:
    """Central differences inside, one-sided ones of the given order at the ends, on points at unequal distances.

    Source: the parabola through three neighbours, differentiated; for one distance h, (f[k+1] - f[k-1]) / 2h.
    """
    steps, at = given(spacing), 0 if axis is None else axis % f.ndim
    if steps is None or not steps.ndim:
        return None
    points = (f[along(at, None, -2)], f[along(at, 1, -1)], f[along(at, 2, None)])
    return _gradient_between(f, _column(steps[1:] - steps[:-1], at, f.ndim), points, at, edge_order)


def _slab(x: Expr, axis: int, position: int) -> Expr:
    """One element along the axis, which stays."""
    return x[along(axis, position, None if position == -1 else position + 1)]


def _column(x: Expr, axis: int, rank: int) -> Expr:
    """A vector that lies along one axis of an array."""
    return x if axis == rank - 1 else x[(slice(None), *[None] * (rank - axis - 1))]


def _gradient_between(f: Expr, d: Expr, points: tuple[Expr, Expr, Expr], at: int, edge_order: int) -> Expr:
    """Points that lie at unequal distances d, a column along the axis."""

    def step(position: int) -> Expr:
        return d[position : None if position == -1 else position + 1]

    left, right = d[:-1], d[1:]
    inner = (points[1] - points[0]) / left * (right / (left + right)) + (points[2] - points[1]) / right * (
        left / (left + right)
    )
    first = (_slab(f, at, 1) - _slab(f, at, 0)) / step(0)
    last = (_slab(f, at, -1) - _slab(f, at, -2)) / step(-1)
    if edge_order == 2:
        second = (_slab(f, at, 2) - _slab(f, at, 1)) / step(1)
        before = (_slab(f, at, -2) - _slab(f, at, -3)) / step(-2)
        first = first + (first - second) * (step(0) / (step(0) + step(1)))
        last = last + (last - before) * (step(-1) / (step(-1) + step(-2)))
    return one_before_another([first, inner, last], at)


@composite("trapezoid")
def trapezoid(y: Expr, x: Expr | None = None, dx: Expr | None = None, *, axis: Any) -> Any:
    """The mean height of each strip times its width."""
    at = axis % y.ndim
    heights = y[along(at, 1, None)] + y[along(at, None, -1)]
    points, width = given(x), given(dx)
    if points is None:
        total = heights.sum(axis=at)
        return total / 2 if width is None else width * total / 2
    if points.ndim == 1:
        widths = _column(points[1:] - points[:-1], at, y.ndim)
    else:
        widths = points[along(at, 1, None)] - points[along(at, None, -1)]
    return (widths * heights).sum(axis=at) / 2


@pullback("unwrap")
def unwrap(y_bar: Expr, p: Expr) -> Any:
    """The jumps that are added are constant between their steps."""
    return y_bar


@pushforward("unwrap")
def unwrap_dot(tangents: Any, p: Expr) -> Any:
    return tangents[0]
