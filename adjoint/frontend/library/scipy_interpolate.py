"""Calls of interpolating functions that are made outside: `spline(x)`, `spline(x, 1)`.

They are part of the specialisation, like functions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import interpolate

from adjoint.errors import NoRule
from adjoint.frontend.calls.intrinsics import OF_CLASSES
from adjoint.frontend.context import Context
from adjoint.frontend.names import dotted
from adjoint.frontend.storage.fitting import as_numbers
from adjoint.ir.core import Value


def _call(ctx: Context, node: Any, target: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
    given = dict(zip(("x", "nu"), args)) | keywords
    order = ctx.static(given["nu"]) if "nu" in given and ctx.is_static(given["nu"]) else 0
    is_known = "x" in given and len(args) <= 2 and set(given) <= {"x", "nu"} and isinstance(order, int) and order >= 0
    if (
        not is_known
        or ("nu" in given and not ctx.is_static(given["nu"]))
        or np.shape(target(target_start(target))) != ()
    ):
        raise ctx.refuse(
            node,
            f"this call of a {type(target).__name__}",
            why="known are calls with x, or with x and a constant order, of functions that give one real number",
            fix="make one interpolating function for each number, outside of the function, with its options set there",
            kind=NoRule,
        )
    if np.asarray(target(target_start(target))).dtype != float or getattr(target, "ext", None) == 3:
        raise ctx.refuse(
            node,
            f"this call of a {type(target).__name__}",
            why="its values are not real, or it is constant outside of its knots, which its own derivatives are not",
            fix="clip what it is called with: `spline(np.clip(x, low, high))`, and leave out ext=3",
            kind=NoRule,
        )
    x = as_numbers(ctx, node, ctx.data(node, given["x"]))
    return ctx.emit(node, "interpolated", x, function=target, nu=order, _text=dotted(node.func))


def target_start(target: Any) -> float:
    """A place where the function has a value."""
    places = target.x if hasattr(target, "x") else target.t if hasattr(target, "t") else target.get_knots()
    return float(places[len(places) // 2])


for _cls in (interpolate.PPoly, interpolate.BSpline, interpolate.UnivariateSpline):
    OF_CLASSES[_cls] = _call
