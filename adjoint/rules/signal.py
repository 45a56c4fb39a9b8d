"""Convolutions of vectors, and tables read between their entries."""

from __future__ import annotations

from typing import Any

from adjoint.ir.types import Array
from adjoint.rules.complexes import conjugate
from adjoint.rules.cumulative import given, one_before_another
from adjoint.rules.expr import Expr, choose, extent
from adjoint.rules.registry import bilinear, composite, piecewise_constant


@bilinear("convolve")
def convolve(y_bar: Expr, a: Expr, v: Expr, *, mode: Any) -> Any:
    """y[k] = sum_j a[k - j] v[j], so each cotangent is y_bar moved along the other operand.

    What a mode cuts off at the ends of the full result is zero in its cotangent.
    """
    full = _full(y_bar, a, v, mode, turned=False)

    def moved_along(other: Expr) -> Expr:
        return y_bar.emit("correlate", full, conjugate(other), mode="valid")  # which takes the conjugate itself

    return lambda: moved_along(v), lambda: moved_along(a)


@bilinear("correlate")
def correlate(y_bar: Expr, a: Expr, v: Expr, *, mode: Any) -> Any:
    """The convolution with v turned round."""
    full = _full(y_bar, a, v, mode, turned=True)
    return lambda: y_bar.emit("convolve", full, v, mode="valid"), lambda: y_bar.emit(
        "correlate", full, a, mode="valid"
    )[::-1]


def _full(y_bar: Expr, a: Expr, v: Expr, mode: Any, *, turned: bool) -> Expr:
    """The cotangent of the full result."""
    if mode == "full":
        return y_bar
    n, m = extent(a, 0), extent(v, 0)
    before = _cut_before(y_bar, n, m, mode, turned)
    dtype = {} if not isinstance(y_bar.type, Array) or y_bar.type.dtype == "float64" else {"dtype": y_bar.type.dtype}
    zeros = y_bar.emit("zeros", n + m - 1, **dtype)
    spec = (("slice", True, True, False),)
    return zeros.emit("index_set", zeros, y_bar, before, before + y_bar.size, spec=spec)


def _cut_before(y_bar: Expr, n: Any, m: Any, mode: Any, turned: bool) -> Any:
    """How much of the full result a mode leaves out at its beginning.

    Of two vectors in the wrong order NumPy turns the result of `correlate` round.
    """
    if isinstance(n, int) and isinstance(m, int):
        rest = min(n, m) - 1
        return rest if mode == "valid" else n // 2 if turned and n < m else rest // 2
    least = y_bar.emit("min_of", n, m)
    if mode == "valid":
        return least - 1
    if not turned:
        return (least - 1) // 2
    return choose(y_bar.emit("lt", n, m), lambda: least // 2, lambda: (least - 1) // 2)


@composite("interp")
def interp(
    x: Expr,
    xp: Expr,
    fp: Expr,
    left: Expr | None = None,
    right: Expr | None = None,
    *,
    period: Any,
) -> Any:
    """The line through the two entries around x; constant outside of the table."""
    if period is not None:
        x, xp = x % period, xp % period
        order = xp.emit("argsort", xp)
        xp, fp = xp[order], fp[order]
        xp = one_before_another([xp[-1:] - period, xp, xp[:1] + period])
        fp = one_before_another([fp[-1:], fp, fp[:1]])
    k = xp.emit("clip", xp.emit("searchsorted", xp, x, side="right"), 1, xp.size - 1)
    low, value = xp[k - 1], fp[k - 1]
    line = value + (fp[k] - value) / (xp[k] - low) * (x - low)
    if period is not None:
        return line
    before, after = given(left), given(right)
    line = x.emit("where", x > xp[-1], fp[-1] if after is None else after, line)
    return x.emit("where", x < xp[0], fp[0] if before is None else before, line)


piecewise_constant("bartlett", "blackman", "hamming", "hanning")


@composite("kaiser")
def kaiser(M: Expr, beta: Expr) -> Any:
    """i0(beta sqrt(1 - t**2)) / i0(beta), t from -1 to 1."""
    t = beta.emit("linspace", -1.0, 1.0, M)
    height = beta.emit("sqrt", 1 - t * t, ns="np")
    return beta.emit("i0", beta * height) / beta.emit("i0", beta)
