"""Transposes of the convolutions and filters of `scipy.signal`."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from typing import Any, NoReturn

from adjoint.rules.expr import Expr, extent
from adjoint.rules.registry import RuleMissing, bilinear, composite, linear, pullback, pushforward


def _reversed(x: Expr) -> Expr:
    return x[(slice(None, None, -1),) * x.ndim]


def _centre(whole: Expr, a: Expr, b: Expr, mode: str) -> Expr:
    """What `mode` leaves of a full convolution."""
    slices = []
    for axis in range(a.ndim):
        n, m = extent(a, axis), extent(b, axis)
        if mode == "same":
            start = (m - 1) // 2
            slices.append(slice(start, start + n))
        elif isinstance(n, int) and isinstance(m, int):
            slices.append(slice(min(n, m) - 1, max(n, m)))
        else:
            slices.append(slice(a.emit("min_of", n, m) - 1, a.emit("max_of", n, m)))
    return whole[tuple(slices)]


def _convolution(opcode: str) -> None:
    @composite(opcode)
    def part(a: Expr, b: Expr, *, mode: Any) -> Any:
        """All modes are parts of the full convolution, which has its own rule."""
        return None if mode == "full" else _centre(a.emit(opcode, a, b), a, b, mode)

    @bilinear(opcode)
    def full(y_bar: Expr, a: Expr, b: Expr) -> Any:
        valid = lambda kernel: y_bar.emit(opcode, y_bar, _reversed(kernel), mode="valid")
        return lambda: valid(b), lambda: valid(a)


_convolution("signal_convolve")
_convolution("signal_fftconvolve")
_convolution("signal_oaconvolve")


@composite("signal_correlate")
def correlate(a: Expr, b: Expr, *, mode: Any) -> Any:
    return a.emit("signal_convolve", a, _reversed(b), mode=mode)


# -- linear filters


def _coefficients() -> NoReturn:
    raise RuleMissing("signal_lfilter", "the derivative of lfilter in its coefficients has no rule")


def _turned(x: Expr, axis: int) -> Expr:
    return x[(*[slice(None)] * (axis % x.ndim), slice(None, None, -1))]


@pullback("signal_lfilter")
def lfilter(y_bar: Expr, b: Expr, a: Expr, x: Expr, *, axis: Any) -> Any:
    """The same filter, run backwards in time."""
    back = lambda: _turned(y_bar.emit("signal_lfilter", b, a, _turned(y_bar, axis), axis=axis), axis)
    return _coefficients, _coefficients, back


@pushforward("signal_lfilter")
def lfilter_dot(tangents: Any, b: Expr, a: Expr, x: Expr, *, axis: Any) -> Any:
    if tangents[0] is not None or tangents[1] is not None:
        _coefficients()
    return x.emit("signal_lfilter", b, a, tangents[2], axis=axis)


@linear("signal_detrend")
def detrend(y_bar: Expr, x: Expr, *, axis: Any, type: Any) -> Any:
    """A projection, its own transpose."""
    return y_bar.emit("signal_detrend", y_bar, axis=axis, type=type)
