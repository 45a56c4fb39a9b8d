"""`solve_ivp(f, (t0, t1), y0)` on a function of the program."""

from __future__ import annotations

import inspect
from typing import Any

from scipy import integrate

from adjoint.errors import AdjointError, NoRule
from adjoint.frontend.context import Context
from adjoint.frontend.intrinsics import intrinsic
from adjoint.frontend.library_scipy_optimize import Given, Solver, as_floats, extra_arguments, lowered
from adjoint.frontend.names import dotted
from adjoint.frontend.objects import Items
from adjoint.ir.core import Value
from adjoint.ir.ops.scipy_integrate import solution_type
from adjoint.ir.types import Layout, Static, Tuple, rank_of

_OPTIONS = ("method", "rtol", "atol", "max_step", "first_step")
_SOLVER = Solver(integrate.solve_ivp, (), "")


def _refuse(ctx: Context, node: Any, what: str, why: str, fix: str) -> AdjointError:
    return ctx.refuse(node, f"{what} `scipy.integrate.solve_ivp`", why=why, fix=fix, kind=NoRule)


@intrinsic(integrate.solve_ivp)
def _solve_ivp(ctx: Context, node: Any, args: list[Value], keywords: Given) -> Value:
    try:
        given = dict(inspect.signature(integrate.solve_ivp).bind(*args, **keywords).arguments)
    except TypeError as error:
        raise _refuse(ctx, node, "this call does not fit", str(error), "check the arguments") from None
    given.update(given.pop("options", {}))
    function, span, y0 = given.pop("fun"), ctx.data(node, given.pop("t_span")), as_floats(ctx, node, given.pop("y0"))
    extra = extra_arguments(ctx, node, given.pop("args", None))
    times = given.pop("t_eval", None)
    if times is not None and not isinstance(times.type, Static):
        times = as_floats(ctx, node, times)
    if not isinstance(span.type, Tuple) or len(span.type.items) != 2 or rank_of(y0.type) != 1:
        raise _refuse(ctx, node, "this call of", "it takes a pair of times, and a vector to start from", "pass these")
    options = []
    for name, value in given.items():
        if name not in _OPTIONS or not ctx.is_static(value):
            why = f"of its arguments `t_eval`, `args` and constants for {', '.join(_OPTIONS)} are known"
            raise _refuse(ctx, node, f"the argument {name!r} of", why, f"leave {name} out")
        options.append((name, ctx.static(value)))
    callee, operands = lowered(ctx, node, _SOLVER, function, [ctx.const(0.5), y0], extra)
    times = ctx.const(None) if times is None else times
    t = solution_type(y0.type, times.type)
    attrs = {"callee": callee, "options": tuple(options), "type": t, "_text": dotted(node.func) or "solve_ivp"}
    result = ctx.builder.op("solve_ivp", [*ctx.parts(span), y0, times, *operands], [t], attrs).result
    result.name = "solution"
    at, columns = (ctx.builder.emit("getitem", result, index=index) for index in range(2))
    at = ctx.builder.emit("stop_gradient", at) if isinstance(times.type, Static) else times
    return ctx.new_cell(Items(Layout("namespace", ("t", "y")), (at, columns)))
