"""Loops: `for` over ranges and sequences, `while`.

What a loop carries are the names it binds that are read at its head or after it. Their types are guessed from the
initial values, joined with those at every `continue` and `break`, and the body lowered again until nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import gast

from adjoint.frontend.context import Context
from adjoint.frontend.control.carries import (
    Attempt,
    Body,
    Carried,
    body_of_loop,
    frame_of,
    until_stable,
    written_loop,
)
from adjoint.frontend.control.checkpoint import inside, mark_of
from adjoint.frontend.control.ends import JumpEnd
from adjoint.frontend.control.let_go import free_arrays, let_go
from adjoint.frontend.control.loop_starts import started
from adjoint.frontend.control.steps import Limits, Steps
from adjoint.frontend.control.walking import (
    check_length,
    held_cells,
    held_on_to,
    indexable,
    is_alike,
    item_at,
    length_of,
    passes_of,
    taken,
)
from adjoint.frontend.expressions import compare, tested
from adjoint.frontend.statements import assign
from adjoint.frontend.syntax.desugar import Rewritten, test_inside
from adjoint.frontend.syntax.jumps import breaks, continues, own_nodes
from adjoint.frontend.values.objects import Cell, Contents, Optional, handle
from adjoint.frontend.values.optionals import said_by
from adjoint.frontend.values.sequence_kinds import Item, Pass, Range, Sequenced
from adjoint.frontend.values.state_keys import Key, held_in
from adjoint.ir.core import Region, Value, const_of, is_const
from adjoint.ir.types import INT, Undef

_MAX_UNROLLED = 16
_MAX_SHORT = 4


def bind_item(ctx: Context, target: Any, item: Item | Pass) -> None:
    """Bind a loop target to one element of the sequence (several in parallel for zip and enumerate)."""
    if isinstance(item, Pass):
        item = taken(ctx, target, item)
    if isinstance(item, Value):
        assign(ctx, target, item)
    elif isinstance(target, gast.Tuple | gast.List) and len(target.elts) == len(item) and not _has_star(target):
        for part, each in zip(target.elts, item):
            bind_item(ctx, part, each)
    else:
        assign(ctx, target, ctx.pack(_packed(ctx, item)))


def _has_star(target: Any) -> bool:
    return any(isinstance(part, gast.Starred) for part in target.elts)


def _packed(ctx: Context, items: Sequence[Item]) -> list[Value]:
    return [item if isinstance(item, Value) else ctx.pack(_packed(ctx, item)) for item in items]


def over(
    ctx: Context,
    node: Any,
    sequence: Sequenced,
    lower_body: Body,
    written_out: Callable[[Sequence[Pass]], None],
    names: Sequence[str] = (),
) -> None:
    """Run a body over a sequence: written out for few known items, else as a loop.

    Where a loop is refused (an item must be known before the run), it is written out if it can be.
    """
    items = passes_of(ctx, node.iter, sequence)
    written_out = checked(ctx, node, written_out)
    if items is not None and (len(items) <= _MAX_SHORT or not is_alike(ctx, sequence)):
        written_out(items)
        return

    def loop() -> None:
        lower_for(ctx, node, sequence, lower_body, names)

    if items is None or len(items) > _MAX_UNROLLED:
        loop()
    else:
        ctx.either(loop, lambda: written_out(items))


def checked(ctx: Context, node: Any, written_out: Callable[[Sequence[Pass]], None]) -> Callable[[Sequence[Pass]], None]:
    """Writing a loop out, with a look at whether the list it runs over has grown."""

    def run(items: Sequence[Pass]) -> None:
        with held_on_to(ctx, items[-1].sequence) if items else nullcontext():
            written_out(items)
        for item in items[-1:]:
            check_length(ctx, node.iter, item.sequence)

    return run


def unrolled(ctx: Context, node: Any, sequence: Sequenced) -> list[Pass] | None:
    """The passes over a short tuple that is walked without `break` or `continue`: then the body is repeated."""
    if is_alike(ctx, sequence) or leaves(node):
        return None
    return few_items(ctx, node, sequence)


def may_stop(node: Any) -> bool:
    """Whether a loop may end before its sequence does."""
    inside = [each for statement in node.body for each in own_nodes(statement)]
    return any(isinstance(each, gast.Break | gast.Return) for each in inside)


def leaves(node: Any) -> bool:
    """Whether a loop has a `break` or `continue` of its own."""
    return any(True for _ in breaks(node.body)) or any(True for _ in continues(node.body))


def few_items(ctx: Context, node: Any, sequence: Sequenced) -> list[Pass] | None:
    """The passes, when they are known and few."""
    items = passes_of(ctx, node.iter, sequence)
    return items if items is not None and len(items) <= _MAX_UNROLLED else None


def lower_for(
    ctx: Context,
    node: Any,
    sequence: Sequenced,
    lower_body: Body,
    names: Sequence[str] | None = None,
    mark: Mapping[str, Any] | None = None,
) -> None:
    """Lower a `for` over a range or a sequence. `names` are the variables it carries, if they are not in the syntax.

    `mark` holds more attrs of the loop.
    """
    sequence = indexable(ctx, node.iter, sequence)
    bounds, attrs = _bounds(ctx, node, sequence)
    attrs.update(mark or {})

    walked = held_cells(sequence)
    steps = Steps(bounds)

    def attempt(carried: Carried) -> Attempt:
        frame = frame_of(ctx, carried)
        frame.walked, frame.header = walked, node.iter
        index = Value(INT, None)
        ctx.naturals.update([index] if _is_never_negative(bounds) else [])
        region = Region([index, *carried.arguments()])
        steps.enter(index, region.args[1:], carried.inits)
        with body_of_loop(ctx, carried, region, region.args[1:]):
            frame.heads = dict(ctx.heap)
            bind_item(ctx, node.target, item_at(ctx, node.iter, sequence, index))
            lower_body(ctx, node.body, JumpEnd(frame))
        again = steps.leave(index, region.args[1:], frame.leaves)
        return Attempt(frame, [region], [region.args[1:]], again)

    keys: list[Key] = started(ctx, node) if names is None else list(names)
    before = free_arrays(ctx, keys)
    with held_on_to(ctx, sequence):
        carried, done = until_stable(ctx, node, keys, attempt, lower_body)
    new = [key for key in carried.keys if isinstance(key, str) and held_in(ctx, key) is None and ctx.is_of_user(key)]
    results = written_loop(ctx, "for", [*bounds, *carried.inits], attrs, carried, done)
    if results and names is None:
        let_go(ctx, node, carried, before, results[0])
    first_bound(ctx, bounds, new if not node.orelse else (), carried, done)


def first_bound(ctx: Context, bounds: Sequence[Value], new: Sequence[str], carried: Carried, done: Attempt) -> None:
    """Variables that every pass of a `for` binds, and nothing before it: without a pass they have no value."""
    start, stop, step = bounds
    if not new or not is_const(step):
        return
    heads = {argument for arguments in done.arguments for argument in arguments}
    for key in new:
        places = [index for index, each in enumerate(carried.leaf_keys) if each == key]
        given = [op.operands[index] for op in done.frame.leaves for index in places]
        value = ctx.env[key]
        if not isinstance(value, Value) or any(each in heads or isinstance(each.type, Undef) for each in given):
            continue
        is_empty = compare(ctx, None, gast.LtE() if const_of(step) > 0 else gast.GtE(), stop, start)
        if not ctx.is_static(is_empty):
            ctx.env[key] = handle(Optional(is_empty, value, unbound=key))


def _is_never_negative(bounds: Sequence[Value]) -> bool:
    """Whether the index of a loop is not: it counts upwards from zero, or from a number above it."""
    start, _, step = bounds
    return is_const(start) and const_of(start) >= 0 and is_const(step) and const_of(step) > 0


def _bounds(ctx: Context, node: Any, sequence: Sequenced) -> tuple[list[Value], dict[str, Any]]:
    attrs: dict[str, Any] = {"reversed": True} if sequence.backwards else {}
    source = sequence.source
    if isinstance(source, Range) and not sequence.is_counted:
        attrs.update({"parallel": True} if source.is_parallel else {})
        return [source.start, source.stop, source.step], attrs
    attrs["_iter"] = True
    return [ctx.const(0), length_of(ctx, node.iter, sequence), ctx.const(1)], attrs


def lower_while(ctx: Context, node: Any, lower_body: Body) -> bool:
    """Lower a `while`. Returns whether control can come out of it."""
    endless = False
    mark = mark_of(ctx, node.test)
    limits = Limits()

    def attempt(carried: Carried) -> Attempt:
        nonlocal endless
        frame = frame_of(ctx, carried)
        head, body = Region(carried.arguments()), Region(carried.arguments())
        with body_of_loop(ctx, carried, head, head.args):
            before = dict(ctx.heap)
            condition = tested(ctx, inside(node.test) if mark else node.test)
            endless = ctx.is_static(condition) and bool(ctx.static(condition))
            _check_pure(ctx, node, before, bool(mark))
            ctx.builder.terminate("yield", condition)
        with body_of_loop(ctx, carried, body, body.args):
            ctx.facts.update(_said_of(condition, True, head.args, body.args))
            limits.enter(condition, head.args, body.args, carried.inits)
            lower_body(ctx, node.body, JumpEnd(frame))
        again = limits.leave(body.args, carried.inits, frame.leaves)
        return Attempt(frame, [head, body], [head.args, body.args], again)

    keys = started(ctx, node)
    before = free_arrays(ctx, keys)
    carried, done = until_stable(ctx, node, keys, attempt, lower_body)
    results = written_loop(ctx, "while", carried.inits, mark, carried, done)
    if results:
        let_go(ctx, node, carried, before, results[0])
    leaves_early = any(op.opcode == "break" for op in done.frame.leaves)
    condition = done.regions[0].terminator.operands[0]
    if not leaves_early and not node.orelse:
        ctx.facts.update(_said_of(condition, False, done.regions[0].args, results))
    return not endless or leaves_early


def _said_of(
    condition: Value, holds: bool, head: Sequence[Value], others: Sequence[Value]
) -> Iterator[tuple[Value, bool]]:
    """What the condition of a `while` says about the values that stand elsewhere for those at its head."""
    twins = dict(zip(head, others))
    for value, truth_of_it in said_by(condition, holds):
        yield twins.get(value, value), truth_of_it


def _check_pure(ctx: Context, node: Any, before: Mapping[Cell, Contents], is_marked: bool) -> None:
    """A condition that changes a container is written into the body (see `desugar`), and lowering starts again."""
    for cell, contents in before.items():
        if ctx.heap.get(cell, contents) is not contents:
            if not is_marked and test_inside(node):
                raise Rewritten
            raise ctx.refuse(
                node.test,
                "the condition of this loop changes a container",
                why="it is computed once more than the body",
                fix="write `while True:` with `if not ...: break` as its first statement",
            )


# -- carried variables
