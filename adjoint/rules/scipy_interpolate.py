"""Interpolating functions of `scipy.interpolate`: they give their own derivatives."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from typing import Any

from adjoint.rules.expr import Expr
from adjoint.rules.registry import partials


@partials("interpolated")
def interpolated(x: Expr, *, function: Any, nu: Any) -> Any:
    return lambda: x.emit("interpolated", x, function=function, nu=nu + 1)
