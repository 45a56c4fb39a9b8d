"""Calls in the body of a `try` whose functions raise what is caught: written out, so that each `raise` is a jump.

    try:                              result = f(x)      (written out: its `raise` jumps to the handler)
        y = 2 * f(x)          ->      y = 2 * result
    except ValueError: ...

The call is computed before its statement, and so is everything that Python computes before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import gast

from adjoint.errors import AdjointError
from adjoint.frontend.calls import calls, frames, opaque
from adjoint.frontend.calls.borders import taken_names
from adjoint.frontend.calls.intrinsics import intrinsic_of
from adjoint.frontend.context import Binding, Conflict, Context
from adjoint.frontend.control.ends import FALL, RETURN, End, MergeEnd, kind_of, variable_of
from adjoint.frontend.control.exceptions import raising_ops
from adjoint.frontend.control.scopes import Flow, dispatch, exit_end, refuse_unlike
from adjoint.frontend.names import UNKNOWN, dotted, known_object
from adjoint.frontend.syntax.capture import Captured
from adjoint.frontend.syntax.jumps import LOOPS
from adjoint.frontend.syntax.scope_exits import Hoisted, Hole, mark_throws
from adjoint.frontend.values.objects import Bound, Closure, object_of
from adjoint.ir import binding
from adjoint.ir.core import Op, Value
from adjoint.ir.types import Static, Undef

Fresh = Callable[[str], str]
_OPERATORS = (gast.Call, gast.BinOp, gast.UnaryOp, gast.Subscript, gast.Attribute)
_ORDERED = (*_OPERATORS, gast.Tuple, gast.List, gast.keyword, gast.Starred, gast.Slice)
"""Syntax that computes all of its parts, from left to right."""


def hoist_calls(ctx: Context, block: list[Any], fresh: Fresh) -> None:
    """Put the calls in the statements before them, in place. Those in loops and in functions stay where they are."""
    written: list[Any] = []
    for statement in block:
        if not isinstance(statement, (*LOOPS, gast.FunctionDef, Hoisted, Hole)):
            written += _before(ctx, statement, fresh)
            for field in ("body", "orelse"):
                hoist_calls(ctx, getattr(statement, field, []), fresh)
            for handler in getattr(statement, "handlers", ()):
                hoist_calls(ctx, handler.body, fresh)
        written.append(statement)
    block[:] = written


def _before(ctx: Context, statement: Any, fresh: Fresh) -> list[Any]:
    """What is computed before the statement; it then reads the results."""
    name = "test" if isinstance(statement, gast.If | gast.Assert) else "value"
    if not isinstance(statement, gast.If | gast.Assert | gast.Return | gast.Expr | gast.Assign | gast.AugAssign):
        return []
    if isinstance(statement, gast.AugAssign) and not _is_plain(ctx, statement.target):
        return []
    computed = getattr(statement, name)
    if computed is None or any(isinstance(part, gast.NamedExpr) for part in gast.walk(computed)):
        return []
    made: list[Any] = []

    def hold(part: Any) -> Any:
        target = gast.copy_location(gast.Name(fresh("called"), gast.Store(), None, None), part)
        made.append(gast.copy_location(Hoisted([target], part, None), part))
        return gast.copy_location(gast.Name(target.id, gast.Load(), None, None), part)

    setattr(statement, name, _hoisted(ctx, computed, hold))
    return made


def _hoisted(ctx: Context, part: Any, hold: Callable[[Any], Any]) -> Any:
    """The expression with its calls held, and everything that comes before one of them."""
    children = _computed(part)
    calling = [number for number, child in enumerate(children) if _calls(ctx, child)]
    for number, child in enumerate(children[: calling[-1] + 1] if calling else ()):
        new = _hoisted(ctx, child, hold)
        if number < calling[-1] and not _is_plain(ctx, new):
            new = _held_inside(new, hold)
        _replace(part, child, new)
    return hold(part) if _is_candidate(ctx, part) else part


def _computed(part: Any) -> list[Any]:
    """The parts of an expression that are computed whatever the others give, in order."""
    if isinstance(part, gast.BoolOp):
        return list(part.values[:1])
    if isinstance(part, gast.IfExp):
        return [part.test]
    if isinstance(part, gast.Compare):
        return [part.left, part.comparators[0]]
    parts = gast.iter_child_nodes(part) if isinstance(part, _ORDERED) else ()
    return [child for child in parts if isinstance(child, (gast.expr, gast.keyword))]


def _held_inside(part: Any, hold: Callable[[Any], Any]) -> Any:
    """A part that is computed first; of `*items` and `name=value` it is the value."""
    if isinstance(part, gast.Starred | gast.keyword):
        part.value = hold(part.value)
        return part
    return part if isinstance(part, gast.Slice) else hold(part)


def _replace(part: Any, child: Any, new: Any) -> None:
    for field in part._fields:
        held = getattr(part, field, None)
        if held is child:
            setattr(part, field, new)
        elif isinstance(held, list):
            held[:] = [new if each is child else each for each in held]


def _calls(ctx: Context, part: Any) -> bool:
    """Whether a call in the expression is always made, and by Python's order of evaluation."""
    return _is_candidate(ctx, part) or any(_calls(ctx, child) for child in _computed(part))


def _is_candidate(ctx: Context, part: Any) -> bool:
    """Whether it may be a call of a function of the user's."""
    if not isinstance(part, gast.Call):
        return False
    target = known_object(ctx, part.func)
    return target is UNKNOWN or isinstance(target, FunctionType)


def _is_plain(ctx: Context, part: Any) -> bool:
    """Whether it does not matter when the expression is computed."""
    if isinstance(part, gast.Name):
        return part.id not in ctx.boxes and part.id not in ctx.scope.boxed
    return isinstance(part, gast.Constant) or known_object(ctx, part) is not UNKNOWN


# -- lowering


def lower_hoisted(ctx: Context, node: Hoisted, rest: Sequence[Any], end: End, flow: Flow) -> bool:
    """Compute what was put before a statement. Returns whether the caller goes on with the rest."""
    (target,) = node.targets
    with ctx.at(node):
        undo = ctx.checkpoint()
        start = len(ctx.builder.region.ops)
        refusal: AdjointError | None = None
        try:
            value = ctx.expression(node.value)
        except AdjointError as error:
            if error.raises is None or not isinstance(node.value, gast.Call):
                raise
            refusal = error
        if refusal is None and not _raises_here(ctx, node, ctx.builder.region.ops[start:]):
            ctx.assign(target.id, value)
            return True
        undo()
        met = _written_out(ctx, node.value, flow)
        if met is None:
            if refusal is not None:
                raise refusal
            ctx.assign(target.id, ctx.expression(node.value))
            return True
    return _go_on(ctx, node, met, rest, end, flow)


def _raises_here(ctx: Context, node: Hoisted, ops: list[Op]) -> bool:
    """Whether a function that is called may raise what a handler around catches."""
    handlers = [handler for group in ctx.handlers for handler in group]
    called = [op for op in ops if op.opcode == "call"]
    return isinstance(node.value, gast.Call) and any(
        True for handler in handlers for _ in raising_ops(called, handler.caught)
    )


class Met:
    """How a function that was written out ends: its end, and what its hidden variables hold there."""

    def __init__(self, end: MergeEnd, env: dict[str, Any]) -> None:
        assert end.exits is not None
        self.end = end
        self.env = env
        self.code = env.get(end.exits.code)
        self.result: Binding = env.get(end.exits.result, UNKNOWN)


def _written_out(ctx: Context, call: Any, flow: Flow) -> Met | None:
    """The function's statements in the region at hand; None where it is not the user's, or calls itself."""
    found = _function_called(ctx, call)
    if found is None or frames.is_written_out(ctx, found[0]):
        return None
    captured, target, values = found
    met = exit_end(ctx, [], flow)
    frame = frames.frame_of(ctx, captured, target, values)
    with frames.noted(ctx, call), frames.inside(ctx, frame):
        statements = frame.captured.statements
        statements[:] = mark_throws(statements)
        hoist_calls(ctx, statements, lambda name: flow.unused(ctx, name))
        flow.block(ctx, statements, met)
    return Met(met, frame.env)


def _function_called(ctx: Context, node: Any) -> tuple[Captured, Any, list[Value]] | None:
    """The function of the user's that is called, with all that it takes; None for any other call."""
    target = known_object(ctx, node.func)
    function = ctx.const(target) if target is not UNKNOWN else ctx.expression(node.func)
    args, keywords = calls.lower_arguments(ctx, node)
    return _user_function(ctx, node, function, args, keywords, dotted(node.func) or "the function")


def _user_function(
    ctx: Context, node: Any, function: Value, args: list[Value], keywords: dict[str, Value], text: str
) -> tuple[Captured, Any, list[Value]] | None:
    """The function of the user's behind a callable, with a value for each parameter and for what it has taken along."""
    from adjoint.frontend.control.iterators import passed

    thing = object_of(function)
    if isinstance(thing, Bound):
        every = {**thing.keywords, **keywords}
        return _user_function(ctx, node, thing.function, [*thing.args, *args], every, text)
    if isinstance(thing, Closure):
        captured, target = thing.code.captured, thing.code
        values = calls.bind(ctx, node, captured, args, keywords, text, lambda param: thing.taken[f"={param.name}"])
        values += [thing.taken[name] for name in taken_names(thing.code)]
    elif isinstance(function.type, Static) and _is_users(function.type.value):
        target = calls.primal_of(function.type.value)
        captured = ctx.specializations.capture(target)
        values = calls.bind(ctx, node, captured, args, keywords, text, lambda param: calls.default_of(ctx, node, param))
    else:
        return None
    if any(isinstance(value.type, Undef) for value in values):
        return None
    return captured, target, [passed(ctx, node, value) for value in values]


def _is_users(target: Any) -> bool:
    """Whether a call of the object runs Python code of the user's, and has no meaning of its own."""
    known = intrinsic_of(target) is not None or opaque.is_called(target) or binding.definition_of(target) is not None
    if known or getattr(target, "__adjoint_transform__", False):
        return False
    return isinstance(calls.primal_of(target), FunctionType) and not calls.is_library(calls.primal_of(target))


def _go_on(ctx: Context, node: Hoisted, met: Met, rest: Sequence[Any], end: End, flow: Flow) -> bool:
    """Behind the function: the result is what the call gives, or the jump to a handler."""
    (target,) = node.targets
    if not met.end.reached:
        return False
    if isinstance(met.result, Conflict):
        raise refuse_unlike(ctx, node, met.result)
    if met.end.codes == {RETURN}:
        ctx.assign(target.id, met.result)
        return True
    assert isinstance(met.code, Value)

    def take(code: int, inner: End) -> None:
        if code in (FALL, RETURN):
            ctx.assign(target.id, met.result if code == RETURN else ctx.const(None))
            flow.block(ctx, rest, inner)
        else:
            made = met.env.get(variable_of(code))
            if made is not None:
                ctx.env[variable_of(code)] = made
            inner.leave(ctx, kind_of(code))

    dispatch(ctx, met.code, sorted(met.end.codes), take, end, [], flow)
    return False
