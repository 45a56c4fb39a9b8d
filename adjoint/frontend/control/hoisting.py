"""Calls in the body of a `try` whose functions raise what is caught: written out, so that each `raise` is a jump.

    try:                              result = f(x)      (written out: its `raise` jumps to the handler)
        y = 2 * f(x)          ->      y = 2 * result
    except ValueError: ...

The call is computed before its statement, and so is everything that Python computes before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
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
from adjoint.frontend.storage.memory import keep
from adjoint.frontend.storage.sharing import cells_in, is_array_in
from adjoint.frontend.syntax.called_first import Fresh, Hoist
from adjoint.frontend.syntax.capture import Captured
from adjoint.frontend.syntax.scope_exits import Hoisted, WrittenOut, mark_throws
from adjoint.frontend.values.objects import Bound, Cell, Closure, Items, Mem, object_of
from adjoint.ir import binding
from adjoint.ir.core import Op, Value
from adjoint.ir.types import Static, Undef

Called = tuple[Captured, Any, list[Value]]
_DEEPEST = 4
"""How deep functions are written out in one another."""
_MOST_ATTEMPTS = 40
"""How often it is tried in a program: those that are refused in the end are refused soon."""
_NAMELESS = "result of the call"
"""What holds the result of a function that is written out; it gets the name that the caller gives it."""


def hoist_calls(ctx: Context, block: list[Any], fresh: Fresh) -> None:
    """Put the calls in the statements before them, in place. Those in loops and in functions stay where they are."""
    Hoist(lambda part: _is_candidate(ctx, part), lambda part: _is_plain(ctx, part), fresh).block(block)


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
            ctx.assign(target.id, keep(ctx, value))
            return True
        undo()
        met = _written_out(ctx, node.value, flow)
        if met is None:
            if refusal is not None:
                raise refusal
            ctx.assign(target.id, keep(ctx, ctx.expression(node.value)))
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


def lower_doubtful(ctx: Context, node: WrittenOut, following: Any, flow: Flow) -> None:
    """A call as it is; written out where it leaves arrays of which the other names are not known.

    `following` is the next statement, if there is one.
    """
    with ctx.at(node):
        undo, known, slot = ctx.checkpoint(), len(ctx.frozen), _slot_bound(ctx, _target(node, following))
        refusal: AdjointError | None = None
        try:
            _call_as_it_is(ctx, node, following)
        except AdjointError as error:
            if not isinstance(node.value, gast.Call):
                raise
            refusal = error
        frozen = ctx.frozen[known:]
        if refusal is None and (not _is_bound(node, following) or _is_copied(ctx, _target(node, following))):
            held = ctx.held(node.targets[0].id)
            frozen = [cell for cell in frozen if cell not in cells_in(ctx.heap, held)]
        if refusal is None and not (frozen and isinstance(node.value, gast.Call)):
            return
        for is_given in (True, False) if slot is not None else (False,):
            undo()
            ctx.specializations.attempts += 1
            if ctx.specializations.attempts > _MOST_ATTEMPTS:
                break
            with suppress(AdjointError):
                if _is_put_in_place(ctx, node, slot, is_given, flow):
                    return
        undo()
        if refusal is not None:
            raise refusal
        _call_as_it_is(ctx, node, following)


def _call_as_it_is(ctx: Context, node: WrittenOut, following: Any) -> None:
    dead = {name for name in ctx.liveness.order if name not in ctx.liveness.after(node)}
    ctx.rebinding = node.value, frozenset(ctx.renamed.get(name, name) for name in dead)
    ctx.assign(node.targets[0].id, keep(ctx, ctx.expression(node.value)))


def _is_bound(node: WrittenOut, following: Any) -> bool:
    """Whether the next statement gives the result of the call a name, returns it, or passes it on."""
    if isinstance(following, WrittenOut):
        return True
    is_given = isinstance(following, gast.Assign | gast.Return)
    held = gast.walk(following.value) if is_given and following.value is not None else ()
    return any(isinstance(part, gast.Name) and part.id == node.targets[0].id for part in held)


def _is_copied(ctx: Context, target: Any) -> bool:
    """Whether a target is a part of an array: what is stored there stays what it was."""
    if not isinstance(target, gast.Subscript):
        return False
    if not isinstance(target.value, gast.Name):
        return _slot_bound(ctx, target.value) is not None
    cell = object_of(ctx.held(target.value.id))
    return isinstance(cell, Cell) and is_array_in(ctx.heap, cell)


def _is_put_in_place(
    ctx: Context, node: WrittenOut, slot: tuple[Cell, int] | None, is_given: bool, flow: Flow
) -> bool:
    """Whether the function called could be written out, and gives its result on each path.

    What stands in the `slot` that is bound to the result, `o.u = f(o.u)`, is nobody's any more when it returns;
    if it `is_given`, already while it runs. To read it then is refused.
    """
    found = _function_called(ctx, node.value)
    if ctx.handlers or len(ctx.frames) > _DEEPEST or found is None or frames.is_written_out(ctx, found[0]):
        return False
    for name in [each for each in ctx.env if each in ctx.liveness.order and each not in ctx.liveness.after(node)]:
        del ctx.env[name]  # read for the last time by the call
    met = exit_end(ctx, [], flow, _NAMELESS)
    assert met.exits is not None
    met.exits.slot = slot
    if is_given:
        met.exits.let_go(ctx)
    ended = _put_in_place(ctx, node.value, found, met, flow)
    if met.codes == {FALL}:
        ctx.assign(node.targets[0].id, ctx.const(None))
    elif met.codes == {RETURN} and isinstance(ended.result, Value):
        ctx.assign(node.targets[0].id, ended.result)
    else:
        return False
    return True


def _target(node: WrittenOut, following: Any) -> Any:
    """What alone the next statement binds to the result of the call: `o.u` of `o.u = result`; None if nothing."""
    is_bound = isinstance(following, gast.Assign) and isinstance(following.value, gast.Name)
    is_this = is_bound and following.value.id == node.targets[0].id and len(following.targets) == 1
    return following.targets[0] if is_this else None


def _slot_bound(ctx: Context, target: Any) -> tuple[Cell, int] | None:
    """The slot with an array that a target is."""
    cell, number = _slot(ctx, target)
    held = ctx.heap.get(cell) if cell is not None else None
    if cell is None or number is None or not isinstance(held, Items):
        return None
    array = object_of(held.slots[number])
    return (cell, number) if isinstance(array, Cell) and isinstance(ctx.heap.get(array), Mem) else None


def _slot(ctx: Context, target: Any) -> tuple[Cell | None, int | None]:
    """The container that a target is a slot of, and which one; None where that is not known here."""
    if not isinstance(target, gast.Attribute | gast.Subscript):
        return None, None
    if isinstance(target.value, gast.Name):
        cell = object_of(ctx.held(target.value.id))
    else:
        outer, place = _slot(ctx, target.value)
        held = ctx.heap.get(outer) if outer is not None else None
        cell = object_of(held.slots[place]) if isinstance(held, Items) and place is not None else None
    held = ctx.heap.get(cell) if isinstance(cell, Cell) else None
    if not isinstance(held, Items):
        return None, None
    if isinstance(target, gast.Attribute):
        return cell, held.slot(target.attr) if held.layout.kind == "record" else None
    key = target.slice.value if isinstance(target.slice, gast.Constant) else None
    if held.layout.kind == "list":
        return cell, key if isinstance(key, int) and 0 <= key < len(held.slots) else None
    return cell, held.slot(key) if held.layout.kind == "dict" and isinstance(key, str) else None


def _written_out(ctx: Context, call: Any, flow: Flow) -> Met | None:
    """The function's statements in the region at hand; None where it is not the user's, or calls itself."""
    found = _function_called(ctx, call)
    if found is None or frames.is_written_out(ctx, found[0]):
        return None
    return _put_in_place(ctx, call, found, exit_end(ctx, [], flow, _NAMELESS), flow)


def _put_in_place(ctx: Context, call: Any, found: Called, met: MergeEnd, flow: Flow) -> Met:
    captured, target, values = found
    frame = frames.frame_of(ctx, captured, target, values)
    with frames.noted(ctx, call), frames.inside(ctx, frame):
        statements = frame.captured.statements
        statements[:] = mark_throws(statements)
        hoist_calls(ctx, statements, lambda name: flow.unused(ctx, name))
        flow.block(ctx, statements, met)
    return Met(met, frame.env)


def _function_called(ctx: Context, node: Any) -> Called | None:
    """The function of the user's that is called, with all that it takes; None for any other call."""
    target = known_object(ctx, node.func)
    function = ctx.const(target) if target is not UNKNOWN else ctx.expression(node.func)
    args, keywords = calls.lower_arguments(ctx, node)
    return _user_function(ctx, node, function, args, keywords, dotted(node.func) or "the function")


def _user_function(
    ctx: Context, node: Any, function: Value, args: list[Value], keywords: dict[str, Value], text: str
) -> Called | None:
    """The function of the user's behind a callable, with a value for each parameter and for what it has taken along."""
    from adjoint.frontend.control.iterators import passed

    thing = object_of(function)
    if isinstance(thing, Bound):
        every = {**thing.keywords, **keywords}
        return _user_function(ctx, node, thing.function, [*thing.args, *args], every, text)
    if isinstance(thing, Closure):
        captured, target = ctx.specializations.prepared(thing.code.captured), thing.code
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
