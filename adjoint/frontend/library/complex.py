"""Functions of `cmath` that are short for others: two results, or a logarithm to a base."""

from __future__ import annotations

import cmath
from typing import Any

from adjoint.frontend.calls.intrinsics import intrinsic
from adjoint.frontend.context import Context
from adjoint.frontend.expressions import binary
from adjoint.ir.core import Value


@intrinsic(cmath.polar)
def _polar(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value | None:
    if len(args) != 1 or keywords:
        return None
    size = ctx.emit(node, "abs", args[0])
    return ctx.pack([size, ctx.emit(node, "angle", args[0], ns="cmath")])


@intrinsic(cmath.log)
def _log(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value | None:
    """`log(x, base)` is a quotient; of one number it is an operation of the table."""
    if len(args) != 2 or keywords:
        return None
    top, under = (ctx.emit(node, "log", arg, ns="cmath") for arg in args)
    return binary(ctx, node, "truediv", top, under)
