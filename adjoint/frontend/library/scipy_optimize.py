"""Solvers of `scipy.optimize` on functions of the program: `fsolve(f, x0, args=(p,))`, also where `f` is a closure."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any, final

import numpy as np
from scipy import optimize

from adjoint.errors import AdjointError, NoRule
from adjoint.frontend.calls import calling
from adjoint.frontend.calls.borders import taken_names
from adjoint.frontend.calls.calls import bind, call_value, default_of, is_library, primal_of
from adjoint.frontend.calls.intrinsics import intrinsic
from adjoint.frontend.context import Context
from adjoint.frontend.names import dotted
from adjoint.frontend.values.objects import Closure, Items, object_of
from adjoint.frontend.values.structures import is_data
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Value, clone_function
from adjoint.ir.types import (
    FLOAT,
    Array,
    Layout,
    List,
    Scalar,
    Static,
    Tuple,
    Type,
    dtype_of,
    is_numeric,
    rank_of,
    shape_of,
)

Given = dict[str, Value]


@final
@dataclass(frozen=True)
class Solver:
    """One solver: what its function is called, where it starts, what is read of its result, which options it may have.

    `starts` are parameters that hold numbers; a `bracket` holds two. A `vector` solver hands out arrays.
    """

    function: Callable[..., Any]
    starts: tuple[str, ...]
    options: str
    kind: str = "root"
    vector: bool = True
    item: str | None = None
    check: str | None = None


_BRACKETED = "xtol rtol maxiter"
SOLVERS = (
    Solver(optimize.fsolve, ("x0",), "xtol maxfev factor", check="solved_system"),
    Solver(optimize.root, ("x0",), "method tol", item="x", check="solved"),
    Solver(optimize.brentq, ("a", "b"), _BRACKETED, vector=False),
    Solver(optimize.brenth, ("a", "b"), _BRACKETED, vector=False),
    Solver(optimize.bisect, ("a", "b"), _BRACKETED, vector=False),
    Solver(optimize.ridder, ("a", "b"), _BRACKETED, vector=False),
    Solver(optimize.newton, ("x0", "x1"), "tol maxiter rtol", vector=False),
    Solver(
        optimize.root_scalar,
        ("bracket", "x0", "x1"),
        "method xtol rtol maxiter",
        vector=False,
        item="root",
        check="solved_scalar",
    ),
    Solver(optimize.minimize, ("x0",), "method tol", kind="minimum", item="x", check="solved"),
    Solver(
        optimize.least_squares,
        ("x0",),
        "method ftol xtol gtol max_nfev x_scale",
        kind="least squares",
        item="x",
        check="solved",
    ),
    Solver(
        optimize.minimize_scalar,
        ("bracket", "bounds"),
        "method tol",
        kind="minimum",
        vector=False,
        item="x",
        check="solved",
    ),
)


def _name(target: Any) -> str:
    return f"scipy.optimize.{target.__name__}"


def _refuse(ctx: Context, node: Any, target: Any, what: str, why: str, fix: str) -> AdjointError:
    return ctx.refuse(node, f"{what} `{_name(target)}`", why=why, fix=fix, kind=NoRule)


def _register(solver: Solver) -> None:
    @intrinsic(solver.function)
    def run(ctx: Context, node: Any, args: list[Value], keywords: Given) -> Value:
        return _solve(ctx, node, solver, args, keywords)


for _solver in SOLVERS:
    _register(_solver)


def _solve(ctx: Context, node: Any, solver: Solver, args: list[Value], keywords: Given) -> Value:
    target = solver.function
    try:
        given = dict(inspect.signature(target).bind(*args, **keywords).arguments)
    except TypeError as error:
        raise _refuse(ctx, node, target, "this call does not fit", str(error), "check the arguments") from None
    first, *_ = inspect.signature(target).parameters
    function = given.pop(first)
    extra = extra_arguments(ctx, node, given.pop("args", None))
    starts, values = _starts(ctx, node, solver, given)
    options = _options(ctx, node, solver, given)
    x = _like_argument(ctx, node, solver, values)
    callee, operands = lowered(ctx, node, solver, function, [x], extra)
    result_type = x.type if solver.vector else FLOAT
    attrs = {
        "callee": callee,
        "kind": solver.kind,
        "solver": target,
        "starts": starts,
        "options": options,
        "item": solver.item,
        "check": solver.check,
        "type": result_type,
        "_text": dotted(node.func) or target.__name__,
    }
    result = ctx.builder.op("solver", [*values, *operands], [result_type], attrs).result
    if solver.item is None:
        return result
    return ctx.new_cell(Items(Layout("namespace", (solver.item,)), (result,)))


def extra_arguments(ctx: Context, node: Any, args: Value | None) -> list[Value]:
    """The arguments of the function behind the first."""
    if args is None:
        return []
    return ctx.parts(args) if isinstance(args.type, Tuple) and args.type.layout is None else [args]


def _starts(ctx: Context, node: Any, solver: Solver, given: Given) -> tuple[Any, list[Value]]:
    starts: list[tuple[str, int]] = []
    values: list[Value] = []
    for name in solver.starts:
        value = given.pop(name, None)
        if value is None or (isinstance(value.type, Static) and value.type.value is None):
            continue
        if solver.vector:
            value = as_floats(ctx, node, value)
            if rank_of(value.type) > 1:
                what, why = "a start that is no vector for", "the unknowns are a vector"
                raise _refuse(ctx, node, solver.function, what, why, "use `.ravel()`")
            starts.append(("", 1))
            values.append(value)
            continue
        value = ctx.data(node, value)
        parts = ctx.parts(value) if isinstance(value.type, Tuple) else [value]
        if any(rank_of(part.type) or isinstance(part.type, Static) for part in parts):
            why = "a solver of one unknown starts from numbers"
            raise _refuse(ctx, node, solver.function, "this start of", why, "pass numbers")
        is_first = name in ("a", "b") or (name == "x0" and solver.item is None)
        starts.append(("" if is_first else name, len(parts)))
        values += parts
    return tuple(starts), values


def as_floats(ctx: Context, node: Any, value: Value) -> Value:
    """The start as SciPy takes it: a number or an array, of floats."""
    given = ctx.data(node, value)
    if dtype_of(given.type) in ("float64", "float32"):
        return given
    return ctx.data(node, call_value(ctx, node, ctx.const(np.array), [value, ctx.const(float)], {}, "np.array"))


def _options(ctx: Context, node: Any, solver: Solver, given: Given) -> tuple[tuple[str, Any], ...]:
    known = solver.options.split()
    options = []
    for name, value in given.items():
        if name not in known or not ctx.is_static(value):
            why = f"of its arguments the start, `args` and constants for {', '.join(known)} are known"
            raise _refuse(ctx, node, solver.function, f"the argument {name!r} of", why, f"leave {name} out")
        options.append((name, ctx.static(value)))
    return tuple(options)


def _like_argument(ctx: Context, node: Any, solver: Solver, values: list[Value]) -> Value:
    """A value of the type that the solver calls the function with."""
    if not solver.vector:
        return ctx.const(0.5)
    (start,) = values
    if rank_of(start.type):
        return start
    return ctx.data(node, call_value(ctx, node, ctx.const(np.atleast_1d), [start], {}, "np.atleast_1d"))


def lowered(
    ctx: Context,
    node: Any,
    solver: Solver,
    function: Value,
    own: list[Value],
    extra: list[Value],
    like: Value | None = None,
) -> tuple[Function, list[Value]]:
    """The function as one of the IR, and the values it takes behind its own arguments.

    It gives numbers like its last own argument, or like another value. Arrays that it is called with are new ones,
    whatever it knows of the array that the solver starts from.
    """
    own = [ctx.emit(node, "copy", value) if rank_of(value.type) else value for value in own]
    thing, text = object_of(function), solver.function.__name__
    target = primal_of(function.type.value) if isinstance(function.type, Static) else None
    if isinstance(thing, Closure):
        code: Any = thing.code
        values = bind(ctx, node, code.captured, [*own, *extra], {}, text, lambda p: thing.taken[f"={p.name}"])
        values += [thing.taken[name] for name in taken_names(code)]
        names = [*(param.name for param in code.captured.params), *taken_names(code)]
    elif isinstance(target, FunctionType) and not is_library(target):
        code = target
        captured = ctx.specializations.capture(target)
        values = bind(ctx, node, captured, [*own, *extra], {}, text, lambda p: default_of(ctx, node, p))
        names = [param.name for param in captured.params]
    else:
        why = "the function must be one of yours, a lambda or a function inside this one"
        raise _refuse(ctx, node, solver.function, "this function is handed to", why, "write `lambda x: ...` around it")
    entry, operands = calling.lowered(ctx, node, code, values, names)
    if entry.in_progress or entry.changed or entry.result is None or not is_data(entry.result):
        why = "it changes what is around it, calls itself, or returns no numbers"
        fix = "return a new array, and pass what it needs as arguments"
        raise _refuse(ctx, node, solver.function, "this function is handed to", why, fix)
    taken = entry.function.args
    if any(isinstance(arg.type, Tuple | List) for arg in taken) or len(taken) != len(operands):
        why = "it takes a container, or a number of arguments that is not known"
        fix = "write a lambda around it that reads what it needs: `lambda x: f(x, p)`"
        raise _refuse(ctx, node, solver.function, "this function is handed to", why, fix)
    made = clone_function(entry.function)
    made.changes_arguments = False
    _give_one_array(ctx, node, solver, made, (like or own[-1]).type)
    return made, operands[len(own) :]


def _give_one_array(ctx: Context, node: Any, solver: Solver, function: Function, x: Type) -> None:
    """Let a residual written as a list, or for one unknown as a number, return an array; an objective a number."""
    returned = function.body.ops[-1]
    rank = 0 if solver.kind == "minimum" else rank_of(x)
    if returned.opcode == "return":
        function.body.ops.pop()
        builder = Builder(function.body, line=returned.line)
        value = _fitting(builder, returned.operands[0], rank, x)
        builder.terminate("return", value)
        function.result_type = value.type
    t = function.result_type
    if not isinstance(t, Scalar | Array) or rank_of(t) != rank:
        each = "equation" if solver.kind == "least squares" else "unknown"
        what = f"an array with one number for each {each}" if rank else "one number"
        why = f"it returns {t}, and {what} is needed"
        raise _refuse(ctx, node, solver.function, "this function is handed to", why, f"return {what}")


def _fitting(builder: Builder, value: Value, rank: int, x: Type) -> Value:
    items = list(value.op.operands) if value.op is not None and value.op.opcode in ("tuple", "list") else [value]
    if rank == 1 and not any(rank_of(item.type) or not is_numeric(item.type) for item in items):
        if (value.op is not None and items[0] is not value) or shape_of(x) == (1,):
            return builder.emit("array", *items, shape=(len(items),))
    if rank == 0 and shape_of(value.type) == (1,):
        return builder.emit("index", value, builder.const(0), spec=("int",))
    return value
