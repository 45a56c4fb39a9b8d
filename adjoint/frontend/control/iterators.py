"""Iterators taken from by hand: `iter`, `next`, and iterators that go from one function to another.

An iterator that `next` takes from has a position, a variable of ours: a loop carries it, branches may differ in it.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import gast

from adjoint.errors import ShapeAssumption
from adjoint.frontend.calls.intrinsics import intrinsic, misused
from adjoint.frontend.containers.builtin_functions import Arguments, Keywords, box, list_of, put, unboxed, when
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.control.comprehensions import walk
from adjoint.frontend.control.sequences import (
    begun,
    check_watched,
    is_used_up,
    made_now,
    once,
    read_later,
    readable,
    sequence_of,
)
from adjoint.frontend.control.unchanging import nothing_changed
from adjoint.frontend.control.walking import as_value, item_at, length_of, passes_of, taken
from adjoint.frontend.expressions import binary, compare, conditional, negate
from adjoint.frontend.statements import guard
from adjoint.frontend.storage import memory
from adjoint.frontend.values.objects import BOX, Cell, Items, Iterator, Passed, handle, object_of
from adjoint.frontend.values.sequence_kinds import WALKED, Made, Mapped, Range, Rest, Sequenced
from adjoint.ir.core import Value
from adjoint.ir.types import Tuple, Undef


@intrinsic(builtins.iter)
def _iter(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) != 1:
        raise misused(ctx, node, "iter")
    thing = object_of(args[0])
    if isinstance(thing, Iterator) and thing.used is not None:
        return args[0]
    container = args[0] if isinstance(thing, Cell) else None
    return _over(ctx, sequence_of(ctx, node, args[0]), "iter", container)


def _over(ctx: Context, sequence: Sequenced, name: str, container: Value | None = None) -> Value:
    return once(ctx, Sequenced(Rest(box(ctx, ctx.const(0)), sequence, container)), name)


@intrinsic(builtins.next)
def _next(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    from adjoint.frontend.attributes import method_of
    from adjoint.frontend.calls.calls import call_value

    if len(args) not in (1, 2) or keywords:
        raise misused(ctx, node, "next")
    thing, default = object_of(args[0]), args[1] if len(args) == 2 else None
    if not isinstance(thing, Iterator) or thing.used is None:
        method = method_of(ctx, node, args[0], "__next__")
        if method is None or default is not None:
            raise ctx.refuse(
                node,
                f"`next` of {spoken(args[0].type)}",
                why="it is no iterator whose items are known to the front end",
                fix="make one: `iter(...)`",
            )
        return call_value(ctx, node, method, [], {}, "next")
    is_temporary = bool(getattr(node, "args", None)) and isinstance(node.args[0], gast.GeneratorExp)
    if is_temporary and thing.generator is not None and not is_used_up(ctx, node, thing):
        return _first(ctx, node, thing, default)
    return _taken(ctx, node, _begin(ctx, node, thing), default)


def _begin(ctx: Context, node: Any, thing: Iterator) -> Rest | None:
    """The iterator as one with a position; None for one that has nothing left."""
    assert thing.used is not None
    held, state = begun(ctx, thing), ctx.heap.get(thing.used)
    if is_used_up(ctx, node, thing):
        return None
    source = thing.sequence.source
    if held is None and isinstance(source, Rest):
        held = source
    if held is not None and state is not None:
        ctx.heap[thing.used] = state
        return held
    if held is None:
        sequence = thing.sequence
        if isinstance(source, Made):
            sequence = made_now(ctx, node, sequence, source)
        held = Rest(box(ctx, ctx.const(0)), sequence)
    ctx.heap[thing.used] = Items(BOX, (ctx.const(False), handle(held)))
    return held


def _taken(ctx: Context, node: Any, rest: Rest | None, default: Value | None) -> Value:
    """The next item, or the default, or Python's own StopIteration."""
    if rest is None:
        return _stop(ctx, node) if default is None else default
    position, inner = unboxed(ctx, node, rest.position), rest.now(ctx, node)
    check_watched(ctx, node, inner)
    parts = passes_of(ctx, node, inner) if ctx.is_static(position) else None
    if parts is not None:
        number = ctx.static(position)
        if number >= len(parts):
            return _stop(ctx, node) if default is None else default
        put(ctx, rest.position, ctx.const(number + 1))
        return as_value(ctx, node, taken(ctx, node, parts[number]))
    sequence = readable(ctx, node, inner)
    more = compare(ctx, node, gast.Lt(), position, length_of(ctx, node, sequence))
    after = binary(ctx, node, "add", position, ctx.const(1))

    def item() -> Value:
        return as_value(ctx, node, item_at(ctx, node, sequence, position))

    if default is None:
        if not ctx.is_static(more):
            _guard(ctx, node, more)
        put(ctx, rest.position, after)
        return item()
    put(ctx, rest.position, conditional(ctx, node, more, lambda: after, lambda: position, "ternary"))
    return conditional(ctx, node, more, item, lambda: default, "ternary")


def _stop(ctx: Context, node: Any) -> Value:
    raise ctx.refuse(
        node,
        "`next` of an iterator with nothing left",
        why="Python would raise StopIteration",
        raises=StopIteration,
        fix="give a default: `next(iterator, None)`",
        kind=ShapeAssumption,
    )


def _guard(ctx: Context, node: Any, more: Value) -> None:
    """Python's own StopIteration where there is no further item."""

    def fail() -> None:
        ctx.builder.op("raise", [], (), {"exception": StopIteration, "_text": "StopIteration()"})

    guard(ctx, negate(ctx, node, more), fail, "unpack")


def _first(ctx: Context, node: Any, thing: Iterator, default: Value | None) -> Value:
    """The first item of a generator expression that nobody else has: what comes after it is not computed."""
    generator = thing.generator
    found, value = box(ctx, ctx.const(False)), box(ctx, ctx.undef() if default is None else default)
    name = f"found={len(ctx.boxes)}"
    ctx.boxes[name] = found

    def take(inner: Context) -> None:
        def keep() -> None:
            put(inner, value, inner.expression(generator.elt))
            put(inner, found, inner.const(True))

        when(inner, negate(inner, node, unboxed(inner, node, found)), keep)

    source = object_of(thing.first)
    is_made = isinstance(source, Iterator) and isinstance(source.sequence.source, Made | Mapped)
    with nothing_changed(ctx, node, but=(found, value)) if is_made else nullcontext():
        walk(ctx, generator, [_unless(name, each) for each in generator.generators], take, thing.first)
    del ctx.boxes[name]
    has = unboxed(ctx, node, found)
    if ctx.is_static(has) and not ctx.static(has):
        return _stop(ctx, node) if default is None else default
    if default is None and not ctx.is_static(has):
        _guard(ctx, node, has)
    return unboxed(ctx, node, value)


def _unless(name: str, each: Any) -> Any:
    """A `for ... in ... if ...` that does nothing once the variable is true."""
    read = gast.copy_location(gast.Name(name, gast.Load(), None, None), each.iter)
    test = gast.copy_location(gast.UnaryOp(gast.Not(), read), each.iter)
    return gast.comprehension(each.target, each.iter, [test, *each.ifs], each.is_async)


# -- from one function to another

GIVEN = "iterator among the arguments"


def passed(ctx: Context, node: Any, value: Value, *, is_returned: bool = False) -> Value:
    """A value as another function gets it: of an iterator, a list of what it has left."""
    if isinstance(value.type, Tuple) and any(isinstance(object_of(part), Iterator) for part in _known_parts(value)):
        parts = [passed(ctx, node, part, is_returned=is_returned) for part in ctx.parts(value)]
        return ctx.pack(parts, value.type.layout)
    thing = object_of(value)
    if not isinstance(thing, Iterator):
        return value
    source = thing.sequence.source
    if thing.used is None and isinstance(source, Range) and not thing.sequence.backwards:
        return handle(Passed((source.start, source.stop, source.step), False))
    if is_returned and thing.name == GIVEN:
        raise ctx.refuse(
            node,
            "an iterator that is an argument is returned",
            why="Python makes its items when the caller asks for them, here they have been made",
            fix="return a list: `list(...)`",
        )
    read = read_later(ctx, value, is_returned) if is_returned else []
    with nothing_changed(ctx, node):
        made = list_of(ctx, node, value)
    if thing.used is not None:
        ctx.heap[thing.used] = Items(BOX, (ctx.const(WALKED),))
    reads = tuple(number for number, cell in enumerate(ctx.parameters) if cell in read)
    return handle(Passed((made,), thing.used is not None, reads))


def _known_parts(value: Value) -> Sequence[Value]:
    return value.op.operands if value.op is not None and value.op.opcode == "tuple" else ()


def arrived(
    ctx: Context, parts: Sequence[Value], is_once: bool, read: Sequence[Cell] = (), is_argument: bool = False
) -> Value:
    """The iterator that another function has passed. What its items are computed with must not change."""
    if len(parts) == 3:
        return handle(Iterator(Sequenced(Range(parts[0], parts[1], parts[2])), "range", home=ctx))
    if isinstance(parts[0].type, Undef):
        return parts[0]
    sequence = sequence_of(ctx, None, parts[0])
    roots = dict.fromkeys(root for each in read for root in memory.roots(each))
    watched = tuple((root, ctx.heap.get(root)) for root in roots)
    sequence = replace(sequence, watched=(*sequence.watched, *watched))
    name = GIVEN if is_argument else "iterator"
    return _over(ctx, sequence, name) if is_once else handle(Iterator(sequence, name, home=ctx))


__all__ = ["Cell", "arrived", "passed"]
