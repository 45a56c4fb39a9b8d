"""The implicit function theorem: a solution of F(x, p) = 0 moves with p as x_dot = -(dF/dx)⁻¹ dF/dp p_dot.

Nothing is differentiated through the iterations: F is differentiated at the solution. At a minimum F is the gradient
of the function. Where the solver starts has no influence on the solution.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from adjoint.errors import AdjointError
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Param, Region, Value
from adjoint.ir.ops.scipy_optimize import count_of
from adjoint.ir.outward import outward
from adjoint.ir.types import INT, Array, Scalar, Tuple, Type, is_differentiable, rank_of
from adjoint.rules.expr import Expr, extent, lift
from adjoint.rules.registry import RuleMissing, pullback, pushforward

DERIVE: dict[str, Callable[[Function, tuple[int, ...]], Function]] = {}
"""The derivatives of a function of the IR, lent by the pipeline: "grad", "jvp", "pullback" by argument positions."""


def derived(kind: str, function: Function, wrt: tuple[int, ...]) -> Function:
    """A derivative of a function that is handed to a solver. Refused where it has none."""
    try:
        return DERIVE[kind](function, wrt)
    except AdjointError as error:
        raise RuleMissing("solver", f"{function.name}, which is solved, has no derivative: {error.message}") from error


def called(x: Expr, callee: Function, *given: Any) -> Expr:
    """A call of a function of the IR, where `x` is written."""
    builder = x.builder
    values = [lift(builder, each) for each in given]
    t = outward(callee.result_type, [value.type for value in values], [arg.type for arg in callee.args])
    attrs = {"callee": callee, "effects": frozenset({"raises"}), "_rule": True}
    return Expr(builder, builder.op("call", values, [t], attrs).result)


def item(x: Expr, index: int) -> Expr:
    """An item of a result; a single one is no tuple."""
    return x.emit("getitem", x, index=index) if isinstance(x.type, Tuple) else x


def _residual(callee: Function, kind: str) -> Function:
    """What is zero at the solution, in as many numbers as there are unknowns."""
    if kind == "root":
        return callee
    return derived("grad", _half_square(callee) if kind == "least squares" else callee, (0,))


def function_of(
    name: str, like: Function, types: Sequence[Type], names: Sequence[str], body: Callable[..., Expr]
) -> Function:
    """A function of the IR, written in `Expr`s, in the module of another one."""
    region = Region([Value(t, n) for t, n in zip(types, names)], [])
    builder = Builder(region, derived=True)
    result = body(*(Expr(builder, arg) for arg in region.args))
    builder.terminate("return", result.value)
    params = [Param(name) for name in names]
    return Function(name, params, region, result.type, None, like.filename, like.namespace)


def names_of(callee: Function, start: int) -> list[str]:
    """The names of the arguments of a function, from one on."""
    return [arg.name or f"a{number}" for number, arg in enumerate(callee.args[start:])]


def _half_square(callee: Function) -> Function:
    def half(*given: Expr) -> Expr:
        r = called(given[0], callee, *given)
        return 0.5 * (r @ r)

    types = [arg.type for arg in callee.args]
    return function_of(f"{callee.name}_half_square", callee, types, names_of(callee, 0), half)


def _slope(residual: Function, y: Expr, rest: tuple[Expr, ...]) -> Expr:
    """dF/dx at the solution: a number, or a matrix column by column."""
    tangent = derived("jvp", residual, (0,))
    if y.ndim == 0:
        return item(called(y, tangent, y, *rest, 1.0), 1)
    builder, outer = y.builder, y.builder.region
    n = extent(y, 0)
    unit = y.emit("eye", n)
    start = y.emit("zeros_like", unit)
    body = Region([Value(INT, "i"), Value(start.type, "jacobian")])
    i, matrix = (Expr(builder, arg) for arg in body.args)
    builder.region = body
    try:
        column = item(called(y, tangent, y, *rest, unit[i]), 1)
        spec = (("slice", False, False, False), "int")
        builder.terminate("continue", matrix.emit("index_set", matrix, column, i, spec=spec).value)
    finally:
        builder.region = outer
    bounds = [builder.const(0), lift(builder, n), builder.const(1)]
    return Expr(builder, builder.op("for", [*bounds, start.value], [start.type], {}, [body]).result)


def movable(operands: Sequence[Expr]) -> tuple[int, ...]:
    """The operands that can carry a derivative, counted behind one first argument."""
    return tuple(
        index + 1
        for index, operand in enumerate(operands)
        if isinstance(operand.type, Scalar | Array) and is_differentiable(operand.type)
    )


@pullback("solver")
def solver(y_bar: Expr, *operands: Expr, y: Expr, callee: Any, kind: Any, starts: Any) -> Any:
    count = count_of(starts)
    rest = operands[count:]
    wrt = movable(rest)
    made: list[Expr] = []

    def share(index: int) -> Expr:
        if not made:
            residual = _residual(callee, kind)
            slope = _slope(residual, y, rest)
            seed = -(y_bar / slope) if y.ndim == 0 else -slope.emit("solve", slope.T, y_bar)
            made.append(called(y, derived("pullback", residual, wrt), y, *rest, seed))
        return item(made[0], wrt.index(index + 1))

    def of(index: int) -> Any:
        if index + 1 not in wrt and not isinstance(rest[index].type, Scalar | Array):
            return _not_movable
        return (lambda: share(index)) if index + 1 in wrt else None

    return (*[None] * count, *(of(index) for index in range(len(rest))))


def _not_movable() -> Expr:
    raise RuleMissing("solver", "a container is handed to the function that is solved: pass its numbers or arrays")


@pushforward("solver")
def solver_dot(tangents: Any, *operands: Expr, y: Expr, callee: Any, kind: Any, starts: Any) -> Any:
    count = count_of(starts)
    rest, dots = operands[count:], tangents[count:]
    wrt = tuple(index + 1 for index, dot in enumerate(dots) if dot is not None)
    if not wrt:
        return None
    if any(index not in movable(rest) for index in wrt):
        _not_movable()
    residual = _residual(callee, kind)
    moved = item(called(y, derived("jvp", residual, wrt), y, *rest, *(dots[index - 1] for index in wrt)), 1)
    slope = _slope(residual, y, rest)
    return -(moved / slope) if rank_of(y.type) == 0 else -slope.emit("solve", slope, moved)
