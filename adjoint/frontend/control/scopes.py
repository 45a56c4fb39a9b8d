"""Scopes: `with` and `try/finally`. However the body is left, it is left through one end.

    with manager:                 %s = enter %manager
        if c: return x      ->    %code, %result = if %c { yield 3, %x } else { ...; yield 0, undef }
        ...                       leave %s
    rest                          if %code == 3 { return %result } else { rest }

Jumps out of the body are noted as exit codes (see `ends`) and made real behind the end. Nothing that can be observed
moves across `enter` and `leave`; the reverse sweep runs outside.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any, final

import gast

from adjoint.errors import AdjointError
from adjoint.frontend.context import Conflict, Context, spoken
from adjoint.frontend.control import own_managers
from adjoint.frontend.control.ends import (
    FALL,
    HANDLER,
    RETURN,
    End,
    ExitNames,
    Fill,
    MergeEnd,
    kind_of,
    left_through,
)
from adjoint.frontend.control.managers import entered_type, is_of_library, lower_manager, passes_on_alike, refuse_throw
from adjoint.frontend.names import known_object
from adjoint.frontend.statements import assign
from adjoint.frontend.storage.memory import load
from adjoint.frontend.syntax.jumps import all_bound_names, contains_jump
from adjoint.ir.core import Function, Op, Value, const_of, is_const, walk
from adjoint.ir.opset import TABLE
from adjoint.ir.types import SCOPE, Handle, Tuple, Undef

Split = Callable[[Context, Value, Fill, Fill, End, Iterable[str]], None]
Take = Callable[[int, End], None]


@final
@dataclass(frozen=True, slots=True)
class Flow:
    """What the scopes need of control flow: how a block is lowered, how a region ends with an `if`, a hidden name."""

    block: Callable[[Context, Sequence[Any], End], None]
    split: Split
    unused: Callable[[Context, str], str]


def lower_with(ctx: Context, node: Any, rest: Sequence[Any], end: End, flow: Flow) -> bool:
    """Lower a `with` of one item. Returns whether the caller goes on with the rest."""
    (item,) = node.items
    found: list[tuple[Body, bool]] = []

    def as_it_is() -> None:
        found[:] = [_lower_object(ctx, node, flow)]

    def written_out() -> None:
        found[:] = [_lower_own(ctx, node, flow)]

    with ctx.at(node, item.optional_vars or item.context_expr, ":"):
        known = is_of_library(ctx, item.context_expr)
        seen = None if known else own_managers.look(ctx, item.context_expr, flow.block)
    if seen is None:
        as_it_is()
    elif isinstance(seen, AdjointError):
        with _noted(seen):
            as_it_is()
    elif not seen.is_visible(ctx) or (item.optional_vars is not None and seen.gives_data):
        written_out()
    else:
        ctx.either(as_it_is, written_out)
    ((body, reached),) = found
    return reached and body.go_on(rest, end)


@contextlib.contextmanager
def _noted(refusal: AdjointError) -> Iterator[None]:
    """Where a manager is refused as it is, also say why it is not written out."""
    try:
        yield
    except AdjointError as error:
        error.add_note(f"its own code is not differentiated either: {refusal.args[0]}")
        raise


def _lower_own(ctx: Context, node: Any, flow: Flow) -> tuple[Body, bool]:
    """A manager of the user's: what it does is written out."""
    (item,) = node.items
    body = Body(ctx, node, flow)
    with ctx.at(node, item.optional_vars or item.context_expr, ":"):
        reached = own_managers.run(ctx, item.context_expr, body, flow.block)
    return body, reached


def _lower_object(ctx: Context, node: Any, flow: Flow) -> tuple[Body, bool]:
    """A manager that is entered and left when the program runs."""
    (item,) = node.items
    with ctx.at(node, item.optional_vars or item.context_expr, ":"):
        token = _enter(ctx, node, item)
    line = ctx.builder.line
    body = Body(ctx, node, flow)
    body.lower(node.body)
    if body.is_thrown() and not passes_on_alike(ctx, item.context_expr):
        raise refuse_throw(ctx, item.context_expr)
    if body.is_reached and token is not None:
        ctx.builder.line = line
        ctx.builder.op("leave", [token], (), {"part": "body"})
    return body, body.is_reached


def _enter(ctx: Context, node: Any, item: Any) -> Value | None:
    """Write the `enter` and bind the name behind `as`; nothing is entered for `nullcontext`."""
    target = item.optional_vars
    if target is not None and not isinstance(target, gast.Name):
        raise ctx.refuse(
            target, "`as` with several names", why="what is entered is not data", fix="bind one name and read its parts"
        )
    call = item.context_expr
    if isinstance(call, gast.Call) and known_object(ctx, call.func) is contextlib.nullcontext:
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        value = ctx.expression(given[0]) if given else ctx.const(None)
        if target is not None:
            assign(ctx, target, value)
        return None
    manager = lower_manager(ctx, call)
    if isinstance(manager.type, Undef):
        return None
    entered = entered_type(manager.type) if target is not None else None
    types = [SCOPE] if entered is None else [SCOPE, entered]
    op = ctx.builder.op("enter", [manager], types, {"kind": "with", "type": entered})
    if target is not None:
        assign(ctx, target, op.results[1])
    return op.results[0]


# -- the body of a scope, left through one end


@final
class Body:
    """The statements of a scope, lowered into the region at hand, whose jumps become exit codes."""

    def __init__(self, ctx: Context, node: Any, flow: Flow) -> None:
        self.ctx = ctx
        self.node = node
        self.flow = flow
        self.names = ctx.liveness.around(node)
        self.end = MergeEnd()

    def lower(self, statements: Sequence[Any]) -> None:
        if any(map(contains_jump, statements)):
            self.end = exit_end(self.ctx, self.names, self.flow)
        else:
            self.end = MergeEnd(None, self.names)
        self.flow.block(self.ctx, statements, self.end)

    def fill(self, value: Value) -> bool:
        """Bind what is entered and lower the body. Returns whether some path gets to its end."""
        (item,) = self.node.items
        if item.optional_vars is not None:
            assign(self.ctx, item.optional_vars, value)
        self.lower(self.node.body)
        return self.is_reached

    def is_thrown(self) -> bool:
        """Whether it jumps to a handler around the scope."""
        return any(code >= HANDLER for code in self.end.codes)

    @property
    def is_reached(self) -> bool:
        """Whether some path gets to the end of the scope."""
        return self.end.reached

    def go_on(self, rest: Sequence[Any], end: End) -> bool:
        """Make the jumps real behind the scope. Returns whether the caller goes on with the rest."""
        if self.end.exits is None:
            return True
        leave_by_code(self.ctx, self.node, self.end, rest, end, self.flow)
        return False


def exit_end(ctx: Context, names: list[str], flow: Flow, result: str = "result") -> MergeEnd:
    """An end that notes how it is left, and what it leaves as the `result`."""
    exceptions = [handler.variable for group in ctx.handlers for handler in group]
    return MergeEnd(ExitNames(flow.unused(ctx, "exit_code"), flow.unused(ctx, result)), [*names, *exceptions])


def leave_by_code(ctx: Context, node: Any, met: MergeEnd, rest: Sequence[Any], end: End, flow: Flow) -> None:
    """Behind an end that notes how it is left: go on with the rest, or jump on as noted."""
    assert met.exits is not None
    if not rest and isinstance(end, MergeEnd) and end.exits is not None:
        _note_alike(ctx, met, end)
        return
    code, result = ctx.env.pop(met.exits.code), ctx.env.pop(met.exits.result, None)
    assert isinstance(code, Value)
    if isinstance(result, Conflict):
        raise refuse_unlike(ctx, node, result)

    def take(each: int, inner: End) -> None:
        if each == FALL:
            flow.block(ctx, rest, inner)
        elif each == RETURN:
            inner.leave(ctx, "return", load(ctx, node, result) if isinstance(result, Value) else None)
        else:
            inner.leave(ctx, kind_of(each))

    dispatch(ctx, code, sorted(met.codes), take, end, met.names, flow)


def refuse_unlike(ctx: Context, node: Any, result: Conflict) -> AdjointError:
    """The refusal of a function whose paths return unrelated things."""
    name = ctx.captured.name
    return ctx.refuse(
        node,
        f"{name}() returns {spoken(result.first)} on one path and {spoken(result.second)} on another",
        why="the result of a function has one type",
        fix="return the same kind of thing everywhere",
    )


def _note_alike(ctx: Context, met: MergeEnd, end: MergeEnd) -> None:
    """Nothing follows: the end around is left in the same way."""
    assert met.exits is not None and end.exits is not None
    for own, outer in ((met.exits.code, end.exits.code), (met.exits.result, end.exits.result)):
        held = ctx.env.pop(own, None)
        if held is not None:
            ctx.env[outer] = held
    end.codes |= met.codes
    if met.returned:
        end.forget(ctx)
    end.finish(ctx)


def dispatch(
    ctx: Context, code: Value, codes: Sequence[int], take: Take, end: End, names: Iterable[str], flow: Flow
) -> None:
    """`if code == 0: ...` and so on through the codes there are."""
    first, *others = codes
    if not others:
        take(first, end)
        return

    def is_first(inner: End) -> None:
        take(first, inner)

    def is_other(inner: End) -> None:
        dispatch(ctx, code, others, take, inner, names, flow)

    known = _decided(code)
    if known is None:
        flow.split(ctx, ctx.builder.emit("eq", code, ctx.const(first)), is_first, is_other, end, names)
    elif known[1] == first:
        flow.split(ctx, known[0], is_first, is_other, end, names)
    else:
        flow.split(ctx, known[0], is_other, is_first, end, names)


def _decided(code: Value) -> tuple[Value, int] | None:
    """The condition that decides between two exit codes, and the code where it holds."""
    op = code.op
    if op is None or op.opcode != "if" or any(region.terminator.opcode != "yield" for region in op.regions):
        return None
    slot = op.results.index(code)
    first, second = (_only_code(region.terminator.operands[slot]) for region in op.regions)
    return (op.operands[0], first) if first is not None and second is not None and first != second else None


def _only_code(code: Value) -> int | None:
    """The exit code that a value has on every path, if it is the same one."""
    if is_const(code):
        return int(const_of(code))
    if code.op is None or code.op.opcode != "if":
        return None
    slot = code.op.results.index(code)
    ends = [region.terminator for region in code.op.regions]
    found = {_only_code(end.operands[slot]) for end in ends if end.opcode == "yield"}
    return found.pop() if len(found) == 1 else None


# -- finally


def lower_finally(ctx: Context, node: Any, rest: Sequence[Any], end: End, flow: Flow) -> bool:
    """Lower a `try` whose only clause is `finally`. Returns whether the caller goes on with the rest."""
    _check_no_jumps(ctx, node)
    before = dict(ctx.env)
    with ctx.at(node, node, ""):
        token = ctx.builder.op("enter", [], [SCOPE], {"kind": "finally", "type": None})
    region = ctx.builder.region
    body = Body(ctx, node, flow)
    with left_through(ctx, _names_read(node.finalbody)):
        body.lower(node.body)
    if not body.is_reached:
        _check_no_effects(ctx, node)
        region.ops.remove(token)
        return False
    middle = ctx.builder.op("leave", token.results, (), {"part": "body"})
    ctx.env = {**before, **ctx.env}  # a path that returns has forgotten its variables
    final = MergeEnd(None, ctx.liveness.around(node))
    flow.block(ctx, node.finalbody, final)
    if not final.reached:
        region.ops.remove(token)
        region.ops.remove(middle)
        return False
    last = ctx.builder.op("leave", token.results, (), {"part": "finally"})
    running = {entry.function for entry in ctx.specializations.stack}
    if any(_has_effect(op, running) for op in region.ops[region.ops.index(middle) + 1 : -1]):
        _check_reads(ctx, node, before)
    else:
        for op in (token, middle, last):
            region.ops.remove(op)
    return body.go_on(rest, end)


def _names_read(statements: Sequence[Any]) -> Iterator[str]:
    parts = (part for statement in statements for part in gast.walk(statement))
    return (part.id for part in parts if isinstance(part, gast.Name))


def _has_effect(op: Op, running: Set[Function]) -> bool:
    """Whether an operation does more than to compute; of the functions that are still being lowered it is not known."""
    for each in (op, *(child for region in op.regions for child in walk(region))):
        if each.opcode in TABLE and TABLE[each.opcode].effects:
            return True
        if each.opcode == "call":
            callee = each.attrs["callee"]
            if callee in running or any(_has_effect(inner, running | {callee}) for inner in callee.body.ops):
                return True
    return False


def _check_no_jumps(ctx: Context, node: Any) -> None:
    for statement in node.finalbody:
        for part in gast.walk(statement):
            if isinstance(part, gast.Return) or (
                contains_jump(statement) and isinstance(part, gast.Break | gast.Continue)
            ):
                raise ctx.refuse(
                    part,
                    "a jump out of `finally`",
                    why="it would swallow the exception that is on its way",
                    fix="jump after the `try`",
                )


def _check_no_effects(ctx: Context, node: Any) -> None:
    """A body that always raises: what `finally` prints comes before the exception, which has no form here."""
    calls = [part for statement in node.finalbody for part in gast.walk(statement) if isinstance(part, gast.Call)]
    if calls:
        raise ctx.refuse(
            calls[0],
            "a call in `finally` behind a body that always raises",
            why="there is no value that the body could give",
            fix="call it before the `raise`",
        )


def _check_reads(ctx: Context, node: Any, before: dict[str, Any]) -> None:
    """After an exception `finally` sees the variables half changed: what it reads must not change in the body."""
    changed = set(all_bound_names(node.body))
    for part in (each for statement in node.finalbody for each in gast.walk(statement)):
        if not isinstance(part, gast.Name) or not isinstance(part.ctx, gast.Load):
            continue
        held = before.get(part.id)
        shared = isinstance(held, Value) and isinstance(held.type, Handle | Tuple)
        if part.id in changed or shared:
            raise ctx.refuse(
                part,
                f"`finally` reads {part.id!r}, which may change in the body of the `try`",
                why="what it holds after an exception depends on which statement raised",
                fix="read it after the `try`, or give `finally` a variable of its own",
            )
