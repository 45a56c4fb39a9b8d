"""Functions written out where they are called: their statements go into the region at hand, in a frame of their own.

A frame is what the names of a function mean. Containers, arrays and exception handlers are those of the caller, so that
a `raise` can be a jump to its handler and the body of a `with` can stand where a generator yields.

    with manager(x) as y:            before = x * 2        (in the frame of manager)
        z = y * y             ->     y = before            (in our own)
    return z                         z = y * y
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, final

import gast

from adjoint.errors import AdjointError
from adjoint.frontend.calls.borders import taken_names
from adjoint.frontend.context import Context
from adjoint.frontend.control.ends import End
from adjoint.frontend.syntax.capture import Captured
from adjoint.frontend.syntax.liveness import Liveness
from adjoint.frontend.syntax.scope_exits import Hole, returns_in_loops, unused, write_out_returns
from adjoint.frontend.syntax.scoping import Scope, scope_of
from adjoint.frontend.values.objects import BOX, Binding, Cell, Code, Items, Passed, object_of
from adjoint.ir.core import Value

Block = Callable[[Context, Sequence[Any], End], None]


@final
@dataclass(slots=True)
class Frame:
    """What the names of a function mean."""

    captured: Captured
    liveness: Liveness
    scope: Scope
    env: dict[str, Binding] = field(default_factory=dict)
    boxes: dict[str, Cell] = field(default_factory=dict)
    taken: dict[str, Value] = field(default_factory=dict)
    siblings: Any = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    outside: frozenset[str] = frozenset()


@final
@dataclass(frozen=True, slots=True)
class Filling:
    """What to lower where a context manager yields: the body of the `with`, in the frame that it belongs to."""

    manager: Captured
    frame: Frame
    fill: Callable[[Value], bool]


_NAMES = tuple(Frame.__dataclass_fields__)


@contextmanager
def inside(ctx: Context, frame: Frame) -> Iterator[Frame]:
    """Lower in another frame. Gives the one that comes back in the end.

    Its variables stay in sight under names that nobody has: what may have a second name is found out by looking.
    """
    outer = Frame(**{name: getattr(ctx, name) for name in _NAMES})
    ctx.frames.append(outer)
    _install(ctx, frame)
    try:
        yield outer
    finally:
        ctx.frames.pop()
        for name in _NAMES:
            setattr(frame, name, getattr(ctx, name))
        _install(ctx, outer)


def _install(ctx: Context, frame: Frame) -> None:
    for name in _NAMES:
        setattr(ctx, name, getattr(frame, name))
    ctx.env = {
        f"{number}/{name}": held for number, each in enumerate(ctx.frames) for name, held in _own(each.env).items()
    }
    ctx.env.update(_own(frame.env))


def _own(env: dict[str, Binding]) -> dict[str, Binding]:
    return {name: held for name, held in env.items() if "/" not in name}


@contextmanager
def noted(ctx: Context, node: Any) -> Iterator[None]:
    """A refusal inside says where the function is called."""
    place, name = ctx.captured.source.place(node), ctx.captured.name
    try:
        yield
    except AdjointError as error:
        error.add_note(f"called from: {place.filename}:{place.line}, in {name}()")
        raise


def is_written_out(ctx: Context, captured: Captured) -> bool:
    """Whether the function is being written out already: it calls itself."""
    frames = [frame.captured for frame in ctx.frames] + [ctx.captured]
    own = [captured, *captured.copies]
    return any(frame is each for frame in frames for each in own)


def captured_copy(captured: Captured) -> Captured:
    """The function with its returns out of loops as flags, and its `yield` as a hole for a block."""
    if not captured.copies:
        statements = copy.deepcopy(captured.statements)
        names = [param.name for param in captured.params]
        taken = {*captured.scope.local, *(n.id for s in statements for n in gast.walk(s) if isinstance(n, gast.Name))}
        scope = gast.copy_location(gast.With([], statements, None), captured.source.node)
        if returns_in_loops(scope):
            write_out_returns(scope, lambda name: unused(name, taken))
        written = [_with_hole(statement) for statement in scope.body]
        scope_now = scope_of(names, written)
        captured.copies.append(replace(captured, statements=written, scope=scope_now, inner={}, copies=[]))
    return captured.copies[0]


def _with_hole(statement: Any) -> Any:
    """The statement with `yield value` as a hole: by itself, and where it stands in a `with` or `try`."""
    if isinstance(statement, gast.Expr) and isinstance(statement.value, gast.Yield):
        given = statement.value.value or gast.copy_location(gast.Constant(None, None), statement)
        return gast.copy_location(Hole(given), statement)
    if isinstance(statement, gast.With | gast.Try):
        statement.body = [_with_hole(inner) for inner in statement.body]
    return statement


def yields(captured: Captured) -> list[Any]:
    """What yields in the function and cannot be a hole."""
    found = []
    for statement in captured_copy(captured).statements:
        found += [part for part in gast.walk(statement) if isinstance(part, gast.Yield | gast.YieldFrom)]
    return found


def frame_of(ctx: Context, captured: Captured, target: Any, values: Sequence[Value]) -> Frame:
    """The frame of a function at the start: a value for each parameter, and for each variable it has taken along."""
    own = captured_copy(captured)
    scope = own.scope
    frame = Frame(own, Liveness(own.statements, [name for name in scope.local if name not in scope.boxed]), scope)
    with inside(ctx, frame):
        begin(ctx, target, [_arrived(ctx, value) for value in values])
    return frame


def begin(ctx: Context, target: Any, values: Sequence[Value]) -> None:
    """Bind the parameters of the function at hand, and the variables of outer functions that it takes along."""
    for name in ctx.scope.boxed:
        ctx.boxes[name] = box = Cell(name)
        ctx.heap[box] = Items(BOX, (ctx.undef(),))
    params = ctx.captured.params
    for param, value in zip(params, values):
        ctx.bind(param.name, value)
    if isinstance(target, Code):
        _take_along(ctx, target, values[len(params) :])


def _take_along(ctx: Context, code: Code, values: Sequence[Value]) -> None:
    """The variables of outer functions, under their names."""
    ctx.taken = dict(zip(taken_names(code), values))
    ctx.siblings = code.siblings
    for name in code.free:
        value = ctx.taken.get(name)
        thing = object_of(value)
        if isinstance(thing, Cell) and _is_box(ctx, thing):
            ctx.boxes[name] = thing
        elif value is not None:
            ctx.env[name] = value


def _is_box(ctx: Context, cell: Cell) -> bool:
    held = ctx.heap.get(cell)
    return isinstance(held, Items) and held.layout == BOX


def _arrived(ctx: Context, value: Value) -> Value:
    """An iterator on its way to another function, as that one sees it."""
    from adjoint.frontend.control.iterators import arrived

    thing = object_of(value)
    return arrived(ctx, thing.parts, thing.is_once) if isinstance(thing, Passed) else value


def fill_hole(ctx: Context, node: Hole) -> bool:
    """Lower what stands where a generator yields, in the frame around it. Returns whether it gets to its end."""
    value = ctx.expression(node.value)
    hole = ctx.holes.pop()
    try:
        with inside(ctx, hole.frame):
            return bool(hole.fill(value))
    finally:
        ctx.holes.append(hole)
