"""Context managers of the user's: what they do is written out around the body of the `with`.

    with Scaled(x) as y:         y = Scaled(x).__enter__()         a generator, made by `contextmanager`:
        z = y * y          ->    z = y * y                         the body stands where it yields
                                 ....__exit__(None, None, None)

What they compute is then differentiated like everything else. A manager that only prints stays a `with` (`is_visible`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MethodType
from typing import Any, Protocol, final

import gast

from adjoint.errors import AdjointError, UnsupportedConstruct
from adjoint.frontend.attributes import class_of, method_of
from adjoint.frontend.calls import calls, frames, opaque
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.control.ends import End, ExitNames, MergeEnd, left_through
from adjoint.frontend.control.managers import (
    check,
    codes_of,
    generator_of,
    ignores_exception,
    leaves_alike,
    refuse_throw,
)
from adjoint.frontend.names import UNKNOWN, known_object, outside_object
from adjoint.frontend.syntax.capture import Captured, capture
from adjoint.frontend.syntax.jumps import contains_jump
from adjoint.frontend.values.objects import Bound, object_of
from adjoint.ir.core import CONTROL, Function, Op, Region, Value, walk
from adjoint.ir.opset import TABLE
from adjoint.ir.types import SCOPE, Object, Static, Undef


class Inner(Protocol):
    """The body of the `with`."""

    def fill(self, value: Value) -> bool:
        """Bind what is entered and lower the body; whether that gets to its end."""

    def is_thrown(self) -> bool:
        """Whether it jumps to a handler around the `with`."""


@final
class Empty:
    """No body: keeps what is entered."""

    def __init__(self) -> None:
        self.entered: list[Value] = []

    def fill(self, value: Value) -> bool:
        self.entered.append(value)
        return True

    def is_thrown(self) -> bool:
        return False


Block = Callable[[Context, Sequence[Any], End], None]


@final
@dataclass(frozen=True, slots=True)
class Generator:
    """A call of a function made by `contextmanager`, with a value for each of its parameters."""

    captured: Captured
    target: Any
    values: list[Value]


@final
@dataclass(frozen=True, slots=True)
class Seen:
    """What a manager does: everything it writes, and what it gives to `as`."""

    ops: list[Op]
    entered: Value

    def is_visible(self, ctx: Context) -> bool:
        """Whether somebody outside sees when it is entered or left."""
        return is_visible(ctx, self.ops)

    @property
    def gives_data(self) -> bool:
        """Whether a number, an array or a container is entered."""
        return not isinstance(self.entered.type, Static | Object) and not _is_itself(self.entered)


def _is_itself(value: Value) -> bool:
    return object_of(value) is not None and value.type is not None and not isinstance(value.type, Undef)


def look(ctx: Context, node: Any, block: Block) -> Seen | AdjointError:
    """What the manager of a `with` does, around an empty body; the refusal of one that cannot be written out."""
    undo = ctx.checkpoint()
    region, inner = Region(), Empty()
    ctx.builder.region = region
    try:
        reached = run(ctx, node, inner, block)
        if not reached or not inner.entered:
            raise ctx.refuse(node, "a manager that never gives way", why="the body is not reached", fix="let it yield")
    except AdjointError as refusal:
        return refusal
    finally:
        undo()
    return Seen(region.ops, inner.entered[0])


def run(ctx: Context, node: Any, inner: Inner, block: Block) -> bool:
    """Enter the manager, lower the body, leave. Returns whether control gets to the end. Raises AdjointError."""
    found = _manager(ctx, node)
    if isinstance(found, Generator):
        return _run_generator(ctx, node, found, inner, block)
    return _run_object(ctx, node, found, inner)


def _manager(ctx: Context, node: Any) -> Generator | Value:
    if not isinstance(node, gast.Call):
        return ctx.expression(node)
    target = known_object(ctx, node.func)
    function = ctx.const(target) if target is not UNKNOWN else ctx.expression(node.func)
    args, keywords = calls.lower_arguments(ctx, node)
    thing = object_of(function)
    while isinstance(thing, Bound):
        args, keywords = [*thing.args, *args], {**thing.keywords, **keywords}
        function, thing = thing.function, object_of(thing.function)
    made = function.type.value if isinstance(function.type, Static) else None
    if isinstance(made, MethodType) and isinstance(made.__self__, contextlib._GeneratorContextManager):
        return _recreated(ctx, node, made.__self__)
    generator = generator_of(made)
    text = ctx.captured.source.segment(node.func)
    if generator is None:
        return calls.call_value(ctx, node, function, args, keywords, text)
    return _generator(ctx, node, generator, args, keywords, text)


def _recreated(ctx: Context, node: Any, made: Any) -> Generator:
    """A manager used as a decorator makes one like itself at each call."""
    args = [outside_object(ctx, node, "argument", each) for each in made.args]
    keywords = {name: outside_object(ctx, node, name, each) for name, each in made.kwds.items()}
    return _generator(ctx, node, made.func, args, keywords, made.func.__name__)


def _generator(
    ctx: Context, node: Any, function: Any, args: list[Value], keywords: dict[str, Value], text: str
) -> Generator:
    from adjoint.frontend.control.iterators import passed

    known = ctx.specializations.managers
    captured = known.get(function)
    if captured is None:
        captured = known[function] = capture(function, may_yield=True)
    more = frames.yields(captured)
    if more:
        place = captured.source.place(more[0])
        raise UnsupportedConstruct(
            "a `yield` in a loop, a branch or an expression",
            place=place,
            why="the body of the `with` is written out where the manager yields, once",
            fix="yield once, outside of loops and branches",
        )
    values = calls.bind(ctx, node, captured, args, keywords, text, lambda param: calls.default_of(ctx, node, param))
    return Generator(captured, function, [passed(ctx, node, value) for value in values])


def _run_generator(ctx: Context, node: Any, found: Generator, inner: Inner, block: Block) -> bool:
    """The statements of the generator, with the body of the `with` where it yields."""
    region = ctx.builder.region
    filled: list[Value] = []

    def once(value: Value) -> bool:
        if filled or ctx.builder.region is not region:
            raise ctx.refuse(
                node,
                "a manager that yields in a branch",
                why="the body of the `with` is written out where the manager yields, once",
                fix="yield once, outside of loops and branches",
            )
        filled.append(value)
        with left_through(ctx, ()):
            reached = inner.fill(value)
        if inner.is_thrown() and not leaves_alike(contextlib._GeneratorContextManager, (found.target,)):
            raise refuse_throw(ctx, node)
        return reached

    if any(hole.manager is found.captured for hole in ctx.holes):
        raise ctx.refuse(node, "a manager that enters itself", why="it has no end", fix="write a loop")
    frame = frames.frame_of(ctx, found.captured, found.target, found.values)
    statements = frame.captured.statements
    jumps = any(map(contains_jump, statements))
    end = MergeEnd(ExitNames("exit code", "result") if jumps else None)
    with frames.noted(ctx, node), frames.inside(ctx, frame) as outer:
        ctx.holes.append(frames.Filling(found.captured, outer, once))
        try:
            block(ctx, statements, end)
        finally:
            ctx.holes.pop()
    if not filled and end.reached:
        raise ctx.refuse(node, "a manager that does not yield", why="Python would raise RuntimeError", fix="yield once")
    return end.reached


# -- objects


def _run_object(ctx: Context, node: Any, manager: Value, inner: Inner) -> bool:
    """`__enter__`, the body, `__exit__`; in a `finally` where somebody sees that it is left."""
    enter, leave = (method_of(ctx, node, manager, name) for name in ("__enter__", "__exit__"))
    cls = class_of(ctx, node, manager)
    if enter is None or leave is None or cls is None:
        raise ctx.refuse(
            node,
            f"`with` of {spoken(manager.type)}",
            why="it has no `__enter__` and `__exit__` written in Python",
            fix="use a class with these methods, or a function made by `contextlib.contextmanager`",
        )
    check(ctx, node, cls, codes_of(cls))
    entered = calls.call_value(ctx, node, enter, [], {}, "__enter__")
    line, region = ctx.builder.line, ctx.builder.region
    first = ctx.builder.op("enter", [], [SCOPE], {"kind": "finally", "type": None})
    before = dict(ctx.env)
    try:
        with left_through(ctx, ()):
            reached = inner.fill(entered)
    except AdjointError as error:
        if error.region is region and error.raises is not None and ignores_exception(cls):
            ctx.builder.line = line
            _leave_raising(ctx, node, leave, first)
        raise
    if inner.is_thrown() and not ignores_exception(cls):
        raise refuse_throw(ctx, node)
    if not reached:
        _check_unseen(ctx, node, leave, before)
        region.ops.remove(first)
        return False
    ctx.builder.line = line
    middle = ctx.builder.op("leave", first.results, (), {"part": "body"})
    ctx.env = {**before, **ctx.env}  # a path that returns has forgotten its variables
    calls.call_value(ctx, node, leave, [ctx.const(None) for _ in range(3)], {}, "__exit__")
    ctx.builder.line = line
    last = ctx.builder.op("leave", first.results, (), {"part": "finally"})
    body, final = _between(region, first, middle), _between(region, middle, last)
    if is_visible(ctx, final):
        _check_final(ctx, node, cls, body, final)
    else:
        for op in (first, middle, last):
            region.ops.remove(op)
    return True


def _leave_raising(ctx: Context, node: Any, leave: Value, first: Op) -> None:
    """The body surely raises what a handler around may take: the manager is left on the way."""
    region = ctx.builder.region
    start = len(region.ops)
    calls.call_value(ctx, node, leave, [ctx.const(None) for _ in range(3)], {}, "__exit__")
    if not is_visible(ctx, region.ops[start:]):
        region.ops.remove(first)


def _between(region: Region, first: Op, last: Op) -> list[Op]:
    return region.ops[region.ops.index(first) + 1 : region.ops.index(last)]


def _check_final(ctx: Context, node: Any, cls: type, body: Sequence[Op], final: Sequence[Op]) -> None:
    """What is done after an exception too must not depend on it, nor on how far the body got."""
    inside = {value for op in body for value in op.results}
    reads = [value for op in final for each in _with_inner(op) for value in each.operands if value in inside]
    if reads or not ignores_exception(cls):
        what = "what changes in the body" if reads else "the exception"
        raise ctx.refuse(
            node,
            f"`__exit__` of {cls.__name__} prints or calls something that depends on {what}",
            why="after an exception it would see something else",
            fix="do it behind the `with`, or let `__exit__` use what is known when it is entered",
        )


def _check_unseen(ctx: Context, node: Any, leave: Value, before: dict[str, Any]) -> None:
    """A body that always raises: what `__exit__` prints comes before the exception, which has no form here."""
    undo = ctx.checkpoint()
    region = ctx.builder.region = Region()
    ctx.env = {**before, **ctx.env}
    calls.call_value(ctx, node, leave, [ctx.const(None) for _ in range(3)], {}, "__exit__")
    undo()
    if is_visible(ctx, region.ops):
        raise ctx.refuse(
            node,
            "a `with` whose body always raises",
            why="there is no value that the body could give",
            fix="raise outside of the `with`",
        )


def _with_inner(op: Op) -> list[Op]:
    return [op, *(child for region in op.regions for child in walk(region))]


def is_visible(ctx: Context, ops: Sequence[Op]) -> bool:
    """Whether somebody outside sees that the operations are done: they print, call or change something."""
    unfinished = {entry.function for entry in ctx.specializations.stack}
    return any(_is_seen(each, unfinished, set()) for op in ops for each in _with_inner(op))


def _is_seen(op: Op, unfinished: set[Function], known: set[Function]) -> bool:
    if op.opcode == "call":
        callee: Function = op.attrs["callee"]
        if callee in known:
            return False
        known.add(callee)
        return callee in unfinished or any(_is_seen(each, unfinished, known) for each in walk(callee.body))
    if op.opcode == "pycall" and opaque.is_clock(op.attrs["func"]):
        return False
    if op.opcode in ("enter", "leave"):
        return False
    return op.opcode in TABLE and op.opcode not in CONTROL and bool(TABLE[op.opcode].effects)
