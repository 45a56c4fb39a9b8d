"""`try/except` where the path is known: nothing in the body raises, something surely does, or it says `raise`.

    try:                          %code = if %c { yield 4 } else { ...; yield 0 }
        if c: raise E       ->    if %code == 0 { the else clause } else { the handler }
        ...                       rest
    except E: ...

A `raise` of the function itself that a handler takes is a jump to it (a `Throw`, see `desugar`). Anything else in the
body that may raise what is caught is refused: the reverse sweep could not tell how far the body got.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import gast

from adjoint.errors import AdjointError
from adjoint.frontend.context import Conflict, Context
from adjoint.frontend.control.ends import FALL, HANDLER, RETURN, End, MergeEnd, kind_of, variable_of
from adjoint.frontend.control.exceptions import Exceptions, raising_ops
from adjoint.frontend.control.hoisting import hoist_calls
from adjoint.frontend.control.scopes import Flow, dispatch, exit_end, leave_by_code
from adjoint.frontend.statements import exception_class
from adjoint.frontend.storage.memory import load
from adjoint.frontend.syntax.jumps import all_bound_names, contains_jump
from adjoint.ir.core import Op, Region, Value, region_leaves
from adjoint.ir.types import UNDEF, Object, Static, Undef


@final
@dataclass(frozen=True, slots=True)
class Handler:
    """One `except` clause: what it catches, and the exit code that leads to it."""

    caught: Exceptions
    code: int
    node: Any

    @property
    def variable(self) -> str:
        """What the exception is called on its way."""
        return variable_of(self.code)

    def send(self, ctx: Context, made: Value) -> None:
        """Put the exception on its way to the name behind `as`."""
        made.name = made.name or self.node.name.id
        ctx.env[self.variable] = made


def lower_except(ctx: Context, node: Any, rest: Sequence[Any], end: End, flow: Flow) -> bool:
    """Lower a `try` with handlers and no `finally`. Returns whether the caller goes on with the rest."""
    handlers = _handlers(ctx, node)
    found: list[tuple[MergeEnd, Handler | None]] = []

    def as_it_is() -> None:
        found[:] = [_lower_body(ctx, node, handlers, flow)]

    def with_calls_written_out() -> None:
        hoist_calls(ctx, node.body, lambda name: flow.unused(ctx, name))
        as_it_is()

    ctx.either(as_it_is, with_calls_written_out)
    ((met, taken),) = found
    if taken is not None:
        flow.block(ctx, [*taken.node.body, *rest], end)
        return False
    if not met.reached:
        return False
    if met.exits is None:
        if not node.orelse:
            return True
        flow.block(ctx, [*node.orelse, *rest], end)
        return False
    return _go_on(ctx, node, handlers, met, rest, end, flow)


def _lower_body(ctx: Context, node: Any, handlers: Sequence[Handler], flow: Flow) -> tuple[MergeEnd, Handler | None]:
    """Lower the body. Gives how it ends, and the handler of what it surely raises."""
    region, start, line = ctx.builder.region, len(ctx.builder.region.ops), ctx.builder.line
    jumps = any(map(contains_jump, node.body))
    names = ctx.liveness.around(node)
    ctx.handlers.append(handlers)
    met = exit_end(ctx, names, flow) if jumps else MergeEnd(None, names)
    taken: Handler | None = None
    try:
        flow.block(ctx, node.body, met)
    except AdjointError as error:
        taken = _taker(handlers, error.raises)
        if error.region is not region or taken is None or _is_open(region.ops[start:]):
            raise
    finally:
        ctx.handlers.pop()
    ctx.builder.line = line
    _check(ctx, node, region.ops[start:], handlers)
    return met, taken


def _handlers(ctx: Context, node: Any) -> list[Handler]:
    first = HANDLER + sum(map(len, ctx.handlers))
    return [Handler(_caught(ctx, clause), first + index, clause) for index, clause in enumerate(node.handlers)]


def _caught(ctx: Context, clause: Any) -> Exceptions:
    if clause.type is None:
        return (BaseException,)
    value = ctx.expression(clause.type)
    caught = ctx.static(value) if ctx.is_static(value) else None
    kinds = caught if isinstance(caught, tuple) else (caught,)
    if not all(isinstance(kind, type) and issubclass(kind, BaseException) for kind in kinds):
        raise ctx.refuse(
            clause.type,
            "what is caught is not known before the run",
            why="it must be exception classes",
            fix="name the classes: `except (ValueError, KeyError):`",
        )
    return kinds


def _taker(handlers: Sequence[Handler], raised: type[BaseException] | None) -> Handler | None:
    """The first handler that takes the exception."""
    return next((each for each in handlers if raised is not None and issubclass(raised, each.caught)), None)


def _is_open(ops: Sequence[Op]) -> bool:
    """Whether a scope has been entered and not left."""
    return sum(op.opcode == "enter" for op in ops) > sum(op.opcode == "leave" for op in ops)


def _go_on(
    ctx: Context, node: Any, handlers: Sequence[Handler], met: MergeEnd, rest: Sequence[Any], end: End, flow: Flow
) -> bool:
    """Behind the body: the `else` clause or a handler, whose paths meet before the rest; or a jump."""
    by_code = {handler.code: handler for handler in handlers if handler.code in met.codes}
    if not by_code:
        leave_by_code(ctx, node, met, [*node.orelse, *rest], end, flow)
        return False
    assert met.exits is not None
    code, result = ctx.env.pop(met.exits.code), ctx.env.pop(met.exits.result, None)
    assert isinstance(code, Value)
    blocks = [node.orelse, *(handler.node.body for handler in by_code.values())]
    jumps = set(met.codes) - {FALL, *by_code} or any(contains_jump(each) for block in blocks for each in block)
    paths = exit_end(ctx, met.names, flow) if jumps else MergeEnd(None, met.names)

    def take(each: int, inner: End) -> None:
        if each == FALL:
            flow.block(ctx, node.orelse, inner)
        elif each in by_code:
            _arrive(ctx, by_code[each])
            flow.block(ctx, by_code[each].node.body, inner)
        else:
            back = load(ctx, node, result) if isinstance(result, Value) and each == RETURN else None
            inner.leave(ctx, kind_of(each), back)

    dispatch(ctx, code, sorted(met.codes), take, paths, met.names, flow)
    if not paths.reached:
        return False
    if paths.exits is None:
        return True
    leave_by_code(ctx, node, paths, rest, end, flow)
    return False


def _arrive(ctx: Context, handler: Handler) -> None:
    made = ctx.env.pop(handler.variable, None)
    if isinstance(handler.node.name, gast.Name):  # nobody reads an exception that was not made
        ctx.assign(handler.node.name.id, made if made is not None else Conflict(UNDEF, UNDEF))


# -- raise


def lower_throw(ctx: Context, node: Any, end: End) -> bool:
    """Jump to the handler of a `raise`. Returns False when none takes it: then it is raised."""
    made = node.node.exc
    if made is None:
        return False
    called = isinstance(made, gast.Call)
    maker = ctx.expression(made.func if called else made)
    own = None if called else exception_class(maker)
    kind = maker.type.value if isinstance(maker.type, Static) else own
    if not isinstance(kind, type) or not issubclass(kind, BaseException):
        return False
    handler = next((found for group in reversed(ctx.handlers) if (found := _taker(group, kind)) is not None), None)
    if handler is None:
        return False
    if own is not None and _reads_exception(handler.node):
        handler.send(ctx, maker)
    elif _reads_exception(handler.node):
        args = [ctx.expression(arg) for arg in (made.args if called else ())]
        text = ctx.captured.source.segment(made.func if called else made)
        attrs = {"func": kind, "keywords": (), "type": Object(kind), "_text": text}
        handler.send(ctx, ctx.builder.op("pycall", args, [Object(kind)], attrs).result)
    end.leave(ctx, kind_of(handler.code))
    return True


def _reads_exception(clause: Any) -> bool:
    name = clause.name.id if isinstance(clause.name, gast.Name) else None
    parts = (part for statement in clause.body for part in gast.walk(statement))
    return any(isinstance(p, gast.Name) and p.id == name and isinstance(p.ctx, gast.Load) for p in parts)


# -- what the body must not do


def _check(ctx: Context, node: Any, ops: list[Op], handlers: Sequence[Handler]) -> None:
    """Refuse a body that may raise what is caught, at the statement that does."""
    for handler in handlers:
        for op, raised in raising_ops(ops, handler.caught):
            raise _may_raise(ctx, node, op, raised)
        if any(issubclass(NameError, each) or issubclass(each, NameError) for each in handler.caught):
            _check_bound(ctx, node)


def _may_raise(ctx: Context, node: Any, op: Op, raised: type[BaseException]) -> AdjointError:
    text = op.line.text if op.line is not None else ctx.captured.source.segment(node.body[0])
    number = op.line.number if op.line is not None else node.lineno
    first = next((part for part in gast.walk(node) if isinstance(part, gast.stmt) and part.lineno == number), node)
    what = "an exception" if raised in (Exception, BaseException) else raised.__name__
    return ctx.refuse(
        first,
        f"`{text}` may raise {what}, which the `try` catches",
        why="the reverse sweep cannot tell how far the body got",
        fix="test the condition with `if` first, or put the `try` outside of the function",
    )


def _check_bound(ctx: Context, node: Any) -> None:
    """A variable that may have no value raises a NameError, which the handler would take."""
    own = set(all_bound_names(node.body))
    for part in (each for statement in node.body for each in gast.walk(statement)):
        if isinstance(part, gast.Name) and isinstance(part.ctx, gast.Load) and part.id not in own:
            held = ctx.env.get(part.id)
            if isinstance(held, Value) and _may_be_unbound(held, set()):
                raise ctx.refuse(
                    part,
                    f"{part.id!r} may have no value, which the `try` catches",
                    why="on some path no assignment comes first",
                    fix=f"give {part.id!r} a value first",
                )


def _may_be_unbound(value: Value, seen: set[Value]) -> bool:
    if isinstance(value.type, Undef) or (value.op is not None and value.op.opcode == "undef"):
        return True
    if value in seen or value.op is None or value.op.opcode not in ("if", "for", "while"):
        return False
    seen.add(value)
    slot, op = value.op.results.index(value), value.op
    sources = [op.operands[slot + (3 if op.opcode == "for" else 0)]] if op.opcode != "if" else []
    sources += [leaf.operands[slot] for region in op.regions for leaf in _ends(region) if slot < len(leaf.operands)]
    return any(_may_be_unbound(source, seen) for source in sources)


def _ends(region: Region) -> list[Op]:
    return [leaf for leaf in region_leaves(region) if leaf.opcode in ("yield", "break", "continue")]
