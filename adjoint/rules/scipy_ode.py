"""Solutions of differential equations, `scipy.integrate.solve_ivp`: by the equations that their derivatives solve.

Forward: y_dot' = df/dy y_dot + df/dp p_dot, solved together with y. Reverse: the adjoint equation, backwards from each
time to the one before it, starting from the solution as it was there; l' = -(df/dy)ᵀ l, and p_bar collects (df/dp)ᵀ l.
Source: L. Pontryagin (1962); R. Chen et al. (2018), appendix B.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from adjoint.ir.core import Function, Region, Value
from adjoint.ir.ops.scipy_integrate import is_missing, solution_type
from adjoint.ir.types import FLOAT, INT, Array, rank_of
from adjoint.rules.decompositions import cotangent, together
from adjoint.rules.expr import Expr, choose
from adjoint.rules.registry import RuleMissing, pullback, pushforward
from adjoint.rules.scipy_optimize import called, derived, function_of, item, movable, names_of

VECTOR = Array("float64", (None,))


def _flat(x: Expr) -> Expr:
    return x if x.ndim == 1 else x.emit("array", x, shape=(1,)) if x.ndim == 0 else x.emit("reshape", x, -1)


def joined(first: Expr, *rest: Expr) -> Expr:
    return first.emit("concatenate", *map(_flat, (first, *rest)))


def _solved(callee: Function, options: Any, start: Expr, t0: Any, t1: Any, times: Any, rest: Sequence[Any]) -> Expr:
    """The columns of the solution of another equation."""
    t = solution_type(VECTOR, times.type if isinstance(times, Expr) else FLOAT)
    whole = start.emit("solve_ivp", t0, t1, start, times, *rest, callee=callee, options=options, type=t)
    return item(whole, 1)


def _fixed() -> Expr:
    raise RuleMissing("solve_ivp", "the derivative in the times has no rule; or a container is handed to the function")


def _times(y: Expr) -> Expr:
    """When the solution was looked at: the solver's choice, which nothing is differentiated through."""
    at = item(y, 0)
    return at.emit("stop_gradient", at)


# -- forward


def with_tangent(callee: Function, moving: Sequence[int], *, is_time_first: bool = True) -> Function:
    """y' = f, y_dot' = df/dy y_dot + df/dp p_dot, on one vector; of the parameters those at `moving` have a tangent."""
    at = 1 if is_time_first else 0
    tangent = derived("jvp", callee, (at, *(2 + index for index in moving)))
    count = len(callee.args) - 2

    def both(t: Expr, z: Expr, *more: Expr) -> Expr:
        n = z.size // 2
        pair = called(z, tangent, *_ordered(t, z[:n], is_time_first), *more[:count], z[n:], *more[count:])
        return joined(item(pair, 0), item(pair, 1))

    names = names_of(callee, 2)
    types = [arg.type for arg in (*callee.args[2:], *(callee.args[2 + index] for index in moving))]
    every = ["t", "y", *names, *(f"{names[index]}_dot" for index in moving)]
    return function_of(f"{callee.name}_with_tangent", callee, [FLOAT, VECTOR, *types], every, both)


def _ordered(t: Expr, y: Expr, is_time_first: bool) -> tuple[Expr, Expr]:
    return (t, y) if is_time_first else (y, t)


@pushforward("solve_ivp")
def solve_ivp_dot(
    tangents: Any, t0: Expr, t1: Expr, y0: Expr, times: Expr, *rest: Expr, y: Expr, callee: Any, options: Any
) -> Any:
    moving = [index for index, dot in enumerate(tangents[4:]) if dot is not None]
    if any(tangents[index] is not None for index in (0, 1, 3)) or not set(moving) <= {i - 1 for i in movable(rest)}:
        _fixed()
    made = with_tangent(callee, moving)
    dots = [tangents[4 + index] for index in moving]
    y0_dot = y0.emit("zeros_like", y0) if tangents[2] is None else tangents[2]
    at = _times(y)
    columns = _solved(made, options, joined(y0, y0_dot), t0, t1, at, (*rest, *dots))
    return together(y, at.emit("zeros_like", at), columns[y0.size :])


# -- reverse


def adjoint_of(callee: Function, wrt: tuple[int, ...], *, is_time_first: bool = True) -> Function:
    """y' = f, l' = -(df/dy)ᵀ l, g' = -(df/dp)ᵀ l, on one vector; the length of y is the last argument."""
    back = derived("pullback", callee, (1 if is_time_first else 0, *wrt))

    def slope(t: Expr, z: Expr, *more: Expr) -> Expr:
        *rest, n = more
        y, seed = z[:n], z[n : 2 * n]
        given = (*_ordered(t, y, is_time_first), *rest)
        bars = called(z, back, *given, seed)
        return joined(called(z, callee, *given), *(-item(bars, index) for index in range(1 + len(wrt))))

    types = [FLOAT, VECTOR, *(arg.type for arg in callee.args[2:]), INT]
    return function_of(f"{callee.name}_adjoint", callee, types, ["t", "z", *names_of(callee, 2), "n"], slope)


@pullback("solve_ivp")
def solve_ivp(
    y_bar: Expr, t0: Expr, t1: Expr, y0: Expr, times: Expr, *rest: Expr, y: Expr, callee: Any, options: Any
) -> Any:
    columns_bar = cotangent(y_bar, 1)
    if columns_bar is None or cotangent(y_bar, 0) is not None:
        return _fixed if columns_bar is not None else None
    wrt = tuple(1 + index for index in movable(rest))
    made: list[Expr] = []

    def finished() -> Expr:
        if not made:
            made.append(_backwards(y, t0, y0, times, rest, columns_bar, adjoint_of(callee, wrt), options, wrt))
        return made[0]

    y0_bar = lambda: finished()[y0.size : 2 * y0.size]
    return (_fixed, _fixed, y0_bar, _fixed, *shares_of(finished, y0, rest, wrt, _fixed))


def shares_of(
    finished: Callable[[], Expr], y0: Expr, rest: Sequence[Expr], wrt: tuple[int, ...], refuse: Callable[[], Expr]
) -> list[Any]:
    """The cotangents of the parameters, which stand one behind the other, behind y and l."""

    def share(place: int) -> Expr:
        start: Any = 2 * y0.size
        for other in wrt[:place]:
            start = start + (1 if not rest[other - 2].ndim else rest[other - 2].size)
        operand = rest[wrt[place] - 2]
        if operand.ndim == 0:
            return finished()[start]
        part = finished()[start : start + operand.size]
        return part if operand.ndim == 1 else part.emit("reshape", part, *_extents(operand))

    def of(index: int) -> Any:
        if index + 2 in wrt:
            return lambda: share(wrt.index(index + 2))
        return None if rest[index].ndim or rest[index].type == INT else refuse

    return [of(index) for index in range(len(rest))]


def _extents(x: Expr) -> list[Expr]:
    return [x.shape.emit("getitem", x.shape, index=axis) for axis in range(x.ndim)]


def _backwards(
    y: Expr,
    t0: Expr,
    y0: Expr,
    times: Expr,
    rest: Sequence[Expr],
    bar: Expr,
    callee: Function,
    options: Any,
    wrt: tuple[int, ...],
) -> Expr:
    """y, l and g at the start: from each time to the one before, with what comes in at it added to l."""
    at, columns, n = _times(y), item(y, 1), y0.size
    builder, outer = y.builder, y.builder.region
    zeros = [y.emit("zeros_like", y0), *(zeros_for(rest[index - 2]) for index in wrt)]
    start = joined(y0, *zeros)
    start.value.type = VECTOR
    body = Region([Value(INT, "k"), Value(VECTOR, "z")])
    k, z = (Expr(builder, arg) for arg in body.args)
    builder.region = body
    try:
        moved = joined(columns[:, k], z[n : 2 * n] + bar[:, k], z[2 * n :])
        before = at[k - 1]
        ends = _solved(callee, options, moved, at[k], before, None, (*rest, n))
        end = ends[:, -1]
        builder.terminate("continue", end.value)
    finally:
        builder.region = outer
    count = at.size
    bounds = [(count - 1).value, builder.const(0), builder.const(-1)]
    found = Expr(builder, builder.op("for", [*bounds, start.value], [VECTOR], {}, [body]).result)
    first = joined(columns[:, 0], found[n : 2 * n] + bar[:, 0], found[2 * n :])
    if is_missing(times.value):
        return first  # the first time is the start
    back = lambda: _solved(callee, options, first, at[0], t0, None, (*rest, n))[:, -1]
    return choose(at[0].equals(t0), lambda: first, back)


def zeros_for(x: Expr) -> Expr:
    return x.emit("zeros", 1) if rank_of(x.type) == 0 else x.emit("zeros", x.size)
