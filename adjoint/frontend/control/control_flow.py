"""Blocks, branches and exits: statements in tail form.

An `if` that jumps becomes a tail `if`: what follows it goes into the branch that does not always jump. When both may
fall through and what follows is long, the paths meet first, each with an exit code, and the jumps come after.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, final

import gast

from adjoint.frontend.calls import frames
from adjoint.frontend.context import Context
from adjoint.frontend.control import handlers, hoisting, list_parts, loops, scopes
from adjoint.frontend.control.checkpoint import inside, mark_of
from adjoint.frontend.control.ends import Branch, End, Fill, MergeEnd, branch
from adjoint.frontend.control.iterators import passed
from adjoint.frontend.control.meetings import merge
from adjoint.frontend.control.sequences import check_watched, sequence_of, use_up
from adjoint.frontend.control.walking import check_length, hold, is_empty, is_endless
from adjoint.frontend.expressions import tested
from adjoint.frontend.statements import lower_assert, lower_raise
from adjoint.frontend.syntax.desugar import Rewritten
from adjoint.frontend.syntax.jumps import all_bound_names, breaks, can_fall, contains_jump, is_short, may_leave
from adjoint.frontend.syntax.scope_exits import Hoisted, Hole, Throw, WrittenOut
from adjoint.frontend.values.optionals import assume
from adjoint.frontend.values.sequence_kinds import Pass, Sequenced
from adjoint.ir.core import Region, Value


@final
class Bind:
    """A statement of ours between the copies of an unrolled body: the loop target takes the next item.

    Without a target it stands behind the last copy, where what the loop `held` is nobody's any more.
    """

    def __init__(self, loop: Any, target: Any, item: Any, held: Sequence[str] = ()) -> None:
        self.loop, self.target, self.item, self.held = loop, target, item, held


def lower_block(ctx: Context, statements: Sequence[Any], end: End) -> None:
    """Lower statements in order and end the region."""
    for index, node in enumerate(statements):
        if isinstance(node, Throw):
            with ctx.at(node.node):
                if not handlers.lower_throw(ctx, node, end):
                    lower_raise(ctx, node.node)
            return
        if isinstance(node, gast.Return):
            with ctx.at(node):
                value = ctx.const(None) if node.value is None else ctx.expression(node.value)
                end.leave(ctx, "return", passed(ctx, node, value, is_returned=True))
            return
        if isinstance(node, gast.Break | gast.Continue):
            with ctx.at(node):
                end.leave(ctx, "break" if isinstance(node, gast.Break) else "continue")
            return
        if isinstance(node, gast.Raise):
            lower_raise(ctx, node)
            return
        if isinstance(node, gast.If):
            if not _lower_if(ctx, node, statements[index + 1 :], end):
                return
        elif isinstance(node, gast.For | gast.While):
            if not _lower_loop(ctx, node, statements[index + 1 :], end):
                return
        elif isinstance(node, Hole):
            if not frames.fill_hole(ctx, node):
                return
        elif isinstance(node, WrittenOut):
            hoisting.lower_doubtful(ctx, node, next(iter(statements[index + 1 : index + 2]), None), _flow())
        elif isinstance(node, Hoisted):
            if not hoisting.lower_hoisted(ctx, node, statements[index + 1 :], end, _flow()):
                return
        elif isinstance(node, gast.With | gast.Try):
            if not _lower_scope(ctx, node, statements[index + 1 :], end):
                return
        elif isinstance(node, Bind):
            with ctx.at(node.loop, node.loop.iter, ":"):
                if node.target is None:
                    check_length(ctx, node.loop.iter, node.item.sequence)
                    check_watched(ctx, node.loop.iter, node.item.sequence, is_over=True)
                    for name in node.held:
                        ctx.env.pop(name, None)
                else:
                    loops.bind_item(ctx, node.target, node.item)
        elif isinstance(node, gast.Assert):
            if not lower_assert(ctx, node):
                return
        else:
            ctx.statement(node)
    end.fall(ctx)


def _lower_scope(ctx: Context, node: Any, rest: Sequence[Any], end: End) -> bool:
    """Lower a `with` or `try`. Returns whether the caller goes on with the rest."""
    if isinstance(node, gast.With):
        return scopes.lower_with(ctx, node, rest, end, _flow())
    lower_try = handlers.lower_except if node.handlers else scopes.lower_finally
    return lower_try(ctx, node, rest, end, _flow())


def _flow() -> scopes.Flow:
    return scopes.Flow(lower_block, split, _unused)


# -- if


def _lower_if(ctx: Context, node: Any, rest: Sequence[Any], end: End) -> bool:
    """Lower an `if`. Returns whether the caller goes on with the rest (otherwise the region has ended)."""
    with ctx.at(node, node.test, ":"):
        with ctx.using():
            condition = tested(ctx, node.test)
        if ctx.is_static(condition):
            taken = node.body if ctx.static(condition) else node.orelse
            lower_block(ctx, [*taken, *rest], end)
            return False
        if contains_jump(node):
            _lower_jumping_if(ctx, node, condition, rest, end)
            return False
        bound = set(all_bound_names([node]))
        live = ctx.liveness.after(node)
        sides = [_side(ctx, node.body, condition, True), _side(ctx, node.orelse, condition, False)]
        return merge(ctx, condition, sides, [name for name in live if name in bound], live=live)


def _side(ctx: Context, block: Sequence[Any], condition: Value, holds: bool) -> Branch:
    return branch(ctx, lambda end: lower_block(ctx, block, end), MergeEnd(), condition, holds)


def _lower_jumping_if(ctx: Context, node: Any, condition: Value, rest: Sequence[Any], end: End) -> None:
    falls = [can_fall(node.body), can_fall(node.orelse)]
    if all(falls) and not is_short(rest):
        _lower_with_exit_codes(ctx, node, condition, rest, end)
        return
    then, orelse = ([*side, *rest] if fall else side for side, fall in zip((node.body, node.orelse), falls))
    split(
        ctx,
        condition,
        lambda inner: lower_block(ctx, then, inner),
        lambda inner: lower_block(ctx, orelse, inner),
        end,
        ctx.liveness.around(node),
    )


def split(ctx: Context, condition: Value, then: Fill, orelse: Fill, end: End, names: Iterable[str]) -> None:
    """End the region with an `if`: a tail `if` in tail position, else one whose paths meet and then end alike."""
    if isinstance(end, MergeEnd):
        wanted = list(dict.fromkeys([*names, *end.names]))
        inner = [MergeEnd(end.exits, wanted), MergeEnd(end.exits, wanted)]
        sides = [branch(ctx, then, inner[0], condition, True), branch(ctx, orelse, inner[1], condition, False)]
        hidden = [end.exits.code, end.exits.result] if end.exits is not None else []
        end.codes |= inner[0].codes | inner[1].codes
        is_left = all(each.returned or not each.reached for each in inner)
        if is_left:
            wanted = [name for name in wanted if any(name in names for names in ctx.finals)]
        if merge(ctx, condition, sides, [*wanted, *hidden], live=[*wanted, *hidden]):
            if is_left:
                end.forget(ctx)
            end.finish(ctx)
        return
    regions = [Region(), Region()]
    for region, fill, holds in zip(regions, (then, orelse), (True, False)):
        with ctx.inside(region):
            assume(ctx, condition, holds)
            fill(end)
    ctx.builder.op("if", [condition], (), {}, regions)


def _lower_with_exit_codes(ctx: Context, node: Any, condition: Value, rest: Sequence[Any], end: End) -> None:
    collected = scopes.exit_end(ctx, ctx.liveness.around(node), _flow())
    split(
        ctx,
        condition,
        lambda inner: lower_block(ctx, node.body, inner),
        lambda inner: lower_block(ctx, node.orelse, inner),
        collected,
        collected.names,
    )
    if collected.reached:
        scopes.leave_by_code(ctx, node, collected, rest, end, _flow())


def _unused(ctx: Context, name: str) -> str:
    while name in ctx.local_names or name in ctx.unused_names:
        name += "_"
    ctx.unused_names.add(name)
    return name


# -- loops


def _lower_loop(ctx: Context, node: Any, rest: Sequence[Any], end: End) -> bool:
    """Lower a loop. Returns whether the caller goes on with the rest."""
    header = node.iter if isinstance(node, gast.For) else node.test
    with ctx.at(node, header, ":"):
        if isinstance(node, gast.While):
            if isinstance(node.test, gast.Constant) and not node.test.value:
                lower_block(ctx, [*node.orelse, *rest], end)
                return False
            if loops.lower_while(ctx, node, _loop_body):
                return True
            end.leave(ctx, "return", ctx.undef())  # never reached
            return False
        mark = mark_of(ctx, node.iter)
        walked = list_parts.walked(ctx, inside(node.iter) if mark else node.iter)
        sequence = sequence_of(ctx, node.iter, walked)
        if is_empty(sequence):
            lower_block(ctx, [*node.orelse, *rest], end)
            return False
        goes_on = _lower_for(ctx, node, sequence, rest, end, mark)
        if goes_on:
            check_watched(ctx, node.iter, sequence, is_over=True)
        leaves_early = any(True for _ in breaks(node.body))
        if goes_on and is_endless(sequence) and not leaves_early:
            end.leave(ctx, "return", ctx.undef())  # never reached
            return False
        if goes_on and not leaves_early:
            use_up(ctx, walked)
        return goes_on


def _loop_body(ctx: Context, statements: Sequence[Any], end: End) -> None:
    """Lower the body of a loop: the handlers around the loop cannot be jumped to."""
    handlers, ctx.handlers = ctx.handlers, []
    try:
        lower_block(ctx, statements, end)
    finally:
        ctx.handlers = handlers


def _note_jumps(node: Any, end: End) -> None:
    """A loop that is written out jumps itself where it returns: an `if` around it is lowered as one that does."""
    if isinstance(end, MergeEnd) and end.exits is None and may_leave(node) and not hasattr(node, "may_jump"):
        node.may_jump = True
        raise Rewritten


def _lower_for(
    ctx: Context, node: Any, sequence: Sequenced, rest: Sequence[Any], end: End, mark: dict[str, Any]
) -> bool:
    """A loop over known items is written out where it cannot stay a loop."""

    def copies(items: Sequence[Pass]) -> list[Any]:
        return [each for item in items for each in (Bind(node, node.target, item), *node.body)]

    def write(items: Sequence[Pass]) -> None:
        lower_block(ctx, [*copies(items), *node.orelse], MergeEnd())

    def loop() -> None:
        loops.lower_for(ctx, node, sequence, _loop_body, mark=mark)

    written_out = loops.checked(ctx, node, write)
    items = loops.unrolled(ctx, node, sequence)
    if items is not None and not any(map(contains_jump, node.body)) and (sequence.cell is not None or sequence.watched):
        written_out(items)
        return True
    if items is not None:
        _note_jumps(node, end)
        ends = [Bind(node, None, item, hold(ctx, item.sequence)) for item in items[-1:]]
        lower_block(ctx, [*copies(items), *ends, *node.orelse, *rest], end)
        return False
    few = loops.few_items(ctx, node, sequence)
    if few is None or any(map(contains_jump, node.body)) or any(map(contains_jump, node.orelse)):
        loop()
    else:
        ctx.either(loop, lambda: written_out(few))
    return True
