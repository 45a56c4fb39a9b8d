"""Integrals of samples, `scipy.integrate`, by their definitions."""

from __future__ import annotations

from typing import Any

from adjoint.ir.ops.scipy_integrate import is_missing
from adjoint.rules.expr import Expr, extent
from adjoint.rules.registry import composite


def _given(x: Expr | None) -> Expr | None:
    return None if x is None or is_missing(x.value) else x


def _along(axis: int, start: int | None, stop: Any, step: int | None = None) -> tuple[slice, ...]:
    return (*[slice(None)] * axis, slice(start, stop, step))


def _column(widths: Expr, axis: int, rank: int) -> Expr:
    """A vector along one axis of an array of that rank."""
    return widths[(slice(None), *[None] * (rank - axis - 1))] if rank > axis + 1 else widths


def _widths(points: Expr, axis: int, rank: int) -> Expr:
    if points.ndim == 1:
        return _column(points[1:] - points[:-1], axis, rank)
    return points[_along(axis, 1, None)] - points[_along(axis, None, -1)]


@composite("integrate_cumulative_trapezoid")
def cumulative_trapezoid(
    y: Expr, x: Expr | None = None, dx: Expr | None = None, *, axis: Any, initial: Any
) -> Any:
    """The running sum of the strips."""
    at = axis % y.ndim
    strips = 0.5 * (y[_along(at, 1, None)] + y[_along(at, None, -1)])
    points, width = _given(x), _given(dx)
    if points is not None:
        strips = _widths(points, at, y.ndim) * strips
    elif width is not None:
        strips = width * strips
    total = strips.cumsum(axis=at)
    if initial is None:
        return total
    first = y[_along(at, None, 1)]
    return y.emit("concatenate", y.emit("zeros_like", first), total, axis=at)


def _item(x: Expr, axis: int, index: int) -> Expr:
    return x[(*[slice(None)] * axis, index)]


@composite("integrate_simpson")
def simpson(y: Expr, x: Expr | None = None, dx: Expr | None = None, *, axis: Any) -> Any:
    """Parabolas through three points each; the last interval of an even number of points by Cartwright's formula."""
    at = axis % y.ndim
    n = extent(y, at)
    end = n - 1 + n % 2
    is_even = 1 - n % 2
    points, width = _given(x), _given(dx)
    left, middle, right = (y[_along(at, start, end - 2 + start, 2)] for start in (0, 1, 2))
    last, before, earlier = (_item(y, at, index) for index in (-1, -2, -3))
    if points is None:
        rest = (5 * last + 8 * before - earlier) * (is_even / 12)
        total = (left + 4 * middle + right).sum(axis=at) / 3 + rest
        return total if width is None else width * total
    h = points[1:] - points[:-1]
    first, second = (_column(h[start : end - 1 : 2], at, y.ndim) for start in (0, 1))
    both = first + second
    terms = left * (2 - second / first) + middle * (both * both / (first * second)) + right * (2 - first / second)
    a, b = h[-2], h[-1]
    rest = last * ((2 * b * b + 3 * a * b) / (a + b)) + before * ((b * b + 3 * a * b) / a)
    rest = rest - earlier * (b * b * b / (a * (a + b)))
    return (both / 6 * terms).sum(axis=at) + rest * (is_even / 6)
