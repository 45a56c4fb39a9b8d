"""`quad(f, a, b, args=(p,))` on a function of the program."""

from __future__ import annotations

import inspect
from typing import Any

from scipy import integrate

from adjoint.errors import AdjointError, NoRule
from adjoint.frontend.calls.intrinsics import intrinsic
from adjoint.frontend.context import Context
from adjoint.frontend.library.scipy_optimize import Given, Solver, extra_arguments, lowered
from adjoint.frontend.names import dotted
from adjoint.ir.core import Value
from adjoint.ir.types import FLOAT, Static, Tuple, is_complex, rank_of

_OPTIONS = ("epsabs", "epsrel", "limit")
_SOLVER = Solver(integrate.quad, (), "", kind="minimum", vector=False)


def _refuse(ctx: Context, node: Any, what: str, why: str, fix: str) -> AdjointError:
    return ctx.refuse(node, f"{what} `scipy.integrate.quad`", why=why, fix=fix, kind=NoRule)


@intrinsic(integrate.quad)
def _quad(ctx: Context, node: Any, args: list[Value], keywords: Given) -> Value:
    try:
        given = dict(inspect.signature(integrate.quad).bind(*args, **keywords).arguments)
    except TypeError as error:
        raise _refuse(ctx, node, "this call does not fit", str(error), "check the arguments") from None
    function, limits = given.pop("func"), [ctx.data(node, given.pop(name)) for name in "ab"]
    if any(isinstance(x.type, Static | Tuple) or rank_of(x.type) or is_complex(x.type) for x in limits):
        raise _refuse(ctx, node, "these limits of", "they are real numbers", "write a loop over the limits")
    extra = extra_arguments(ctx, node, given.pop("args", None))
    options = []
    for name, value in given.items():
        if name not in _OPTIONS or not ctx.is_static(value):
            why = f"of its arguments the limits, `args` and constants for {', '.join(_OPTIONS)} are known"
            raise _refuse(ctx, node, f"the argument {name!r} of", why, f"leave {name} out")
        options.append((name, ctx.static(value)))
    callee, operands = lowered(ctx, node, _SOLVER, function, [ctx.const(0.5)], extra)
    t = Tuple((FLOAT, FLOAT))
    attrs = {"callee": callee, "options": tuple(options), "type": t, "_text": dotted(node.func) or "quad"}
    result = ctx.builder.op("quad", [*limits, *operands], [t], attrs).result
    total, deviation = (ctx.builder.emit("getitem", result, index=index) for index in range(2))
    return ctx.pack([total, ctx.builder.emit("stop_gradient", deviation)])
