"""Arrays filled with numbers that may be active."""

from __future__ import annotations

from typing import Any

from adjoint.rules.expr import Expr
from adjoint.rules.registry import partials


@partials("full")
def full(shape: Expr, fill_value: Expr) -> Any:
    return None, 1


@partials("full_like")
def full_like(x: Expr, fill_value: Expr) -> Any:
    """Only the shape of `x` counts."""
    return None, 1


@partials("linspace")
def linspace(start: Expr, stop: Expr, num: Any = 50, *, endpoint: Any) -> Any:
    """Start and stop mixed in proportion."""

    def portion() -> Expr:
        return start.emit("linspace", 0.0, 1.0, num, endpoint=endpoint)

    return lambda: 1 - portion(), portion


@partials("arange")
def arange(*bounds: Expr, y: Expr) -> Any:
    """start + k * step; the stop only decides how many."""
    if len(bounds) == 1:
        return None
    steps = (lambda: y.emit("arange", y.size),) if len(bounds) == 3 else ()
    return 1, None, *steps
