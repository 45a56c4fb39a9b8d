"""Solutions of differential equations, `odeint`: as `solve_ivp`, by the equations of their derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adjoint.ir.core import Function, Region, Value
from adjoint.ir.ops.scipy_integrate import rows_type
from adjoint.ir.types import INT
from adjoint.rules.expr import Expr
from adjoint.rules.registry import RuleMissing, pullback, pushforward
from adjoint.rules.scipy_ode import VECTOR, adjoint_of, joined, shares_of, with_tangent, zeros_for
from adjoint.rules.scipy_optimize import movable


def _fixed() -> Expr:
    raise RuleMissing("odeint", "the derivative in the times has no rule; or a container is handed to the function")


def _solved(callee: Function, options: Any, start: Expr, times: Expr, rest: Sequence[Any]) -> Expr:
    """The rows of the solution of another equation."""
    t = rows_type(VECTOR, times.type)
    return start.emit("odeint", start, times, *rest, callee=callee, tfirst=True, options=options, type=t)


@pushforward("odeint")
def odeint_dot(tangents: Any, y0: Expr, times: Expr, *rest: Expr, callee: Any, tfirst: Any, options: Any) -> Any:
    moving = [index for index, dot in enumerate(tangents[2:]) if dot is not None]
    if tangents[1] is not None or not set(moving) <= {index - 1 for index in movable(rest)}:
        _fixed()
    made = with_tangent(callee, moving, is_time_first=tfirst)
    y0_dot = y0.emit("zeros_like", y0) if tangents[0] is None else tangents[0]
    dots = [tangents[2 + index] for index in moving]
    return _solved(made, options, joined(y0, y0_dot), times, (*rest, *dots))[:, y0.size :]


@pullback("odeint")
def odeint(y_bar: Expr, y0: Expr, times: Expr, *rest: Expr, y: Expr, callee: Any, tfirst: Any, options: Any) -> Any:
    wrt = tuple(1 + index for index in movable(rest))
    made: list[Expr] = []

    def finished() -> Expr:
        if not made:
            back = adjoint_of(callee, wrt, is_time_first=tfirst)
            made.append(_backwards(y, y0, times, rest, y_bar, back, options, wrt))
        return made[0]

    y0_bar = lambda: finished()[y0.size : 2 * y0.size]
    return (y0_bar, _fixed, *shares_of(finished, y0, rest, wrt, _fixed))


def _backwards(
    y: Expr, y0: Expr, times: Expr, rest: Sequence[Any], bar: Expr, callee: Function, options: Any, wrt: tuple[int, ...]
) -> Expr:
    """y, l and g at the first time, which is the start: from each time to the one before."""
    n = y0.size
    builder, outer = y.builder, y.builder.region
    start = joined(y0, y.emit("zeros_like", y0), *(zeros_for(rest[index - 2]) for index in wrt))
    start.value.type = VECTOR
    body = Region([Value(INT, "k"), Value(VECTOR, "z")])
    k, z = (Expr(builder, arg) for arg in body.args)
    builder.region = body
    try:
        moved = joined(y[k], z[n : 2 * n] + bar[k], z[2 * n :])
        span = times.emit("array", times[k], times[k - 1], shape=(2,))
        end = _solved(callee, options, moved, span, (*rest, n))[-1]
        builder.terminate("continue", end.value)
    finally:
        builder.region = outer
    bounds = [(times.size - 1).value, builder.const(0), builder.const(-1)]
    found = Expr(builder, builder.op("for", [*bounds, start.value], [VECTOR], {}, [body]).result)
    return joined(y[0], found[n : 2 * n] + bar[0], found[2 * n :])
