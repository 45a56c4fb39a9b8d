"""Polynomials: a value is linear in the coefficients, and its derivative in x is that of the polynomial."""

from __future__ import annotations

from typing import Any

from adjoint.ir.types import Array
from adjoint.rules.cumulative import given, one_before_another
from adjoint.rules.expr import Expr, extent
from adjoint.rules.registry import RuleMissing, composite, linear, pullback, pushforward


def _falling(p: Expr, last: int) -> Expr:
    """n - 1 + last, ..., last: the exponents of the coefficients, from the highest."""
    n = extent(p, 0)
    return p.emit("arange", n - 1 + last, last - 1, -1)


@pullback("polyval")
def polyval(y_bar: Expr, p: Expr, x: Expr) -> Any:
    def coefficients() -> Expr:
        if x.ndim == 0:
            return y_bar * x ** _falling(p, 0)
        flat, bar = (x, y_bar) if x.ndim == 1 else (x.ravel(), y_bar.ravel())
        return bar @ flat[:, None] ** _falling(p, 0)

    return coefficients, lambda: y_bar * x.emit("polyval", p.emit("polyder", p), x)


@pushforward("polyval")
def polyval_dot(tangents: Any, p: Expr, x: Expr) -> Any:
    p_dot, x_dot = tangents
    of_p = None if p_dot is None else x.emit("polyval", p_dot, x)
    of_x = None if x_dot is None else x_dot * x.emit("polyval", p.emit("polyder", p), x)
    return of_x if of_p is None else of_p if of_x is None else of_p + of_x


@composite("polyval_ascending")
def polyval_ascending(x: Expr, c: Expr) -> Any:
    """The coefficients from the lowest."""
    return x.emit("polyval", c[::-1], x)


@composite("polyder")
def polyder(p: Expr, *, m: Any) -> Any:
    for _ in range(m):
        p = (p * _falling(p, 0))[:-1]
    return p if m else p.emit("copy", p)


@composite("polyint")
def polyint(p: Expr, k: Expr | None = None, *, m: Any) -> Any:
    constants = given(k)
    if m == 0:
        return p.emit("copy", p)
    for step in range(m):
        if constants is None:
            last = p.emit("zeros", 1)
        else:
            last = constants.emit("reshape", constants[step] if constants.ndim else constants, 1)
        p = one_before_another([p / _falling(p, 1), last])
    return p


@linear("polyadd")
def polyadd(y_bar: Expr, a: Expr, b: Expr) -> Any:
    """The coefficients of the lowest powers, which stand last."""
    return lambda: _lowest(y_bar, a), lambda: _lowest(y_bar, b)


@linear("polysub")
def polysub(y_bar: Expr, a: Expr, b: Expr) -> Any:
    return lambda: _lowest(y_bar, a), lambda: -_lowest(y_bar, b)


def _lowest(y_bar: Expr, like: Expr) -> Expr:
    return y_bar[y_bar.size - like.size :]


@composite("polymul")
def polymul(a: Expr, b: Expr) -> Any:
    return a.emit("convolve", a, b)


@composite("vander")
def vander(x: Expr, *, N: Any, increasing: Any) -> Any:
    columns = extent(x, 0) if N is None else N
    powers = x.emit("arange", columns) if increasing else x.emit("arange", columns - 1, -1, -1)
    return x[:, None] ** powers


@composite("polyfit")
def polyfit(x: Expr, y: Expr, w: Expr | None = None, *, deg: Any) -> Any:
    """The normal equations of least squares, with columns scaled as NumPy scales them."""
    weights = given(w)
    if not isinstance(x.type, Array):
        raise RuleMissing("polyfit", "the places are an array")
    columns = x.emit("vander", x, N=deg + 1)
    if weights is not None:
        columns, y = columns * weights[:, None], y * (weights[:, None] if y.ndim == 2 else weights)
    size = columns.emit("sqrt", (columns * columns).sum(axis=0), ns="np")
    scaled = columns / size
    found = scaled.emit("solve", scaled.T @ scaled, scaled.T @ y)
    return found / (size[:, None] if y.ndim == 2 else size)
