"""`solve_ivp(f, (t0, t1), y0)` and `odeint(f, y0, times)` on a function of the program."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from scipy import integrate

from adjoint.errors import AdjointError, NoRule
from adjoint.frontend.calls.calls import call_value
from adjoint.frontend.calls.intrinsics import intrinsic
from adjoint.frontend.context import Context
from adjoint.frontend.library.scipy_optimize import Given, Solver, as_floats, extra_arguments, lowered
from adjoint.frontend.names import dotted
from adjoint.frontend.values.objects import Items
from adjoint.ir.core import Value
from adjoint.ir.ops.scipy_integrate import rows_type, solution_type
from adjoint.ir.types import Layout, Static, Tuple, rank_of

_OPTIONS = ("method", "rtol", "atol", "max_step", "first_step")
_SOLVER = Solver(integrate.solve_ivp, (), "")


def _refuse(ctx: Context, node: Any, what: str, why: str, fix: str, name: str = "solve_ivp") -> AdjointError:
    return ctx.refuse(node, f"{what} `scipy.integrate.{name}`", why=why, fix=fix, kind=NoRule)


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


_ODEINT_OPTIONS = ("rtol", "atol", "hmax", "mxstep")
_ODEINT = Solver(integrate.odeint, (), "")


@intrinsic(integrate.odeint)
def _odeint(ctx: Context, node: Any, args: list[Value], keywords: Given) -> Value:
    try:
        given = dict(inspect.signature(integrate.odeint).bind(*args, **keywords).arguments)
    except TypeError as error:
        raise _refuse(ctx, node, "this call does not fit", str(error), "check the arguments", "odeint") from None
    function, y0, times = given.pop("func"), as_floats(ctx, node, given.pop("y0")), as_floats(ctx, node, given.pop("t"))
    if not rank_of(y0.type):
        y0 = ctx.data(node, call_value(ctx, node, ctx.const(np.atleast_1d), [y0], {}, "np.atleast_1d"))
    extra = extra_arguments(ctx, node, given.pop("args", None))
    if rank_of(y0.type) != 1 or rank_of(times.type) != 1:
        what, fix = "this call of", "pass these"
        raise _refuse(ctx, node, what, "it takes a vector to start from, and a vector of times", fix, "odeint")
    options = {}
    for name, value in given.items():
        if name not in (*_ODEINT_OPTIONS, "tfirst") or not ctx.is_static(value):
            why = f"of its arguments `args`, `tfirst` and constants for {', '.join(_ODEINT_OPTIONS)} are known"
            raise _refuse(ctx, node, f"the argument {name!r} of", why, f"leave {name} out", "odeint")
        options[name] = ctx.static(value)
    is_time_first = bool(options.pop("tfirst", False))
    own = [ctx.const(0.5), y0] if is_time_first else [y0, ctx.const(0.5)]
    callee, operands = lowered(ctx, node, _ODEINT, function, own, extra, like=y0)
    t = rows_type(y0.type, times.type)
    attrs = {
        "callee": callee,
        "tfirst": is_time_first,
        "options": tuple(options.items()),
        "type": t,
        "_text": dotted(node.func) or "odeint",
    }
    return ctx.builder.op("odeint", [y0, times, *operands], [t], attrs).result
