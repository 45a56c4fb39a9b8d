"""Arrays filled with numbers that may be active."""

from __future__ import annotations

from typing import Any

from adjoint.ir.types import dtype_of
from adjoint.rules.expr import Expr
from adjoint.rules.registry import composite, partials


@partials("full")
def full(shape: Expr, fill_value: Expr) -> Any:
    return None, 1


@partials("full_like")
def full_like(x: Expr, fill_value: Expr) -> Any:
    """Only the shape of `x` counts."""
    return None, 1


@composite("linspace")
def linspace_of_arrays(start: Expr, stop: Expr, num: Any = 50, *, endpoint: Any, dtype: Any, axis: Any, y: Expr) -> Any:
    """Between arrays: from the one to the other, along a new axis."""
    rank = max(start.ndim, stop.ndim)
    if not rank:
        return None
    portion = _portion(start, num, endpoint, y)
    portion = portion[(slice(None), *[None] * rank)]
    numbers = (1 - portion) * start + portion * stop
    if axis % (rank + 1):
        numbers = numbers.emit("moveaxis", numbers, source=0, destination=axis)
    return numbers if dtype is None else numbers.emit("astype", numbers, dtype=dtype)


def _portion(start: Expr, num: Any, endpoint: bool, y: Expr) -> Expr:
    """Numbers from 0 to 1, in the precision of the result."""
    dtype = None if dtype_of(y.type) == "float64" else dtype_of(y.type)
    return start.emit("linspace", 0.0, 1.0, num, endpoint=endpoint, dtype=dtype)


@partials("linspace")
def linspace(start: Expr, stop: Expr, num: Any = 50, *, endpoint: Any, y: Expr) -> Any:
    """Start and stop mixed in proportion."""

    def portion() -> Expr:
        return _portion(start, num, endpoint, y)

    return lambda: 1 - portion(), portion


@composite("logspace")
def logspace(start: Expr, stop: Expr, num: Any = 50, *, endpoint: Any, base: Any) -> Any:
    return start.emit("pow", base, start.emit("linspace", start, stop, num, endpoint=endpoint))


@composite("geomspace")
def geomspace(start: Expr, stop: Expr, num: Any = 50, *, endpoint: Any) -> Any:
    """Each number is the last one times the same factor."""
    return start * (stop / start) ** start.emit("linspace", 0.0, 1.0, num, endpoint=endpoint)


@partials("arange")
def arange(*bounds: Expr, y: Expr) -> Any:
    """start + k * step; the stop only decides how many."""
    if len(bounds) == 1:
        return None
    steps = (lambda: y.emit("arange", y.size),) if len(bounds) == 3 else ()
    return 1, None, *steps
