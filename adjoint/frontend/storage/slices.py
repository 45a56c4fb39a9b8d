"""Slices of lists of run-time length, stored or deleted: what stands before, the new items, what comes after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast

from adjoint.errors import AdjointError
from adjoint.frontend.containers import containers
from adjoint.frontend.containers.shared_items import items_moved
from adjoint.frontend.context import Context
from adjoint.frontend.values.objects import Cell, Run, handle
from adjoint.ir.core import Value
from adjoint.ir.types import Static

Bounds = Sequence[Value | None]


def bounds_of(ctx: Context, part: Any) -> list[Value | None]:
    """The three bounds of a slice; None for one that is not given."""
    given = [None if b is None else ctx.expression(b) for b in (part.lower, part.upper, part.step)]
    return [None if b is None or (isinstance(b.type, Static) and b.type.value is None) else b for b in given]


def store(ctx: Context, node: Any, cell: Cell, bounds: Bounds, value: Value) -> None:
    """`xs[start:stop:step] = value`."""
    from adjoint.frontend.containers.builtin_functions import list_of

    start, stop, step = bounds
    new = list_of(ctx, node, value)
    if step is not None and not (ctx.is_static(step) and ctx.static(step) == 1):
        _store_steps(ctx, node, cell, bounds, containers.items(ctx, node, new))
        return
    known = containers.items(ctx, node, new)
    items_moved(ctx, cell, new)
    middle = None if known is not None and not known else containers.run_of(ctx, node, new)
    _replace(ctx, node, cell, start, stop, middle)


def delete(ctx: Context, node: Any, cell: Cell, bounds: Bounds) -> None:
    """`del xs[start:stop]`."""
    start, stop, step = bounds
    if step is not None and not (ctx.is_static(step) and ctx.static(step) == 1):
        raise _refuse(ctx, node)
    _replace(ctx, node, cell, start, stop, None)


def _replace(
    ctx: Context, node: Any, cell: Cell, start: Value | None, stop: Value | None, middle: Value | None
) -> None:
    items = containers.run_of(ctx, node, handle(cell))
    stop = _ordered_stop(ctx, node, start, stop)
    parts: list[Value] = []
    if start is not None and not (ctx.is_static(start) and ctx.static(start) == 0):
        start = containers.integer(ctx, node, start)
        parts.append(ctx.emit(node, "index", items, start, spec=(("slice", False, True, False),)))
    parts += [middle] if middle is not None else []
    if stop is not None:
        stop = containers.integer(ctx, node, stop)
        parts.append(ctx.emit(node, "index", items, stop, spec=(("slice", True, False, False),)))
    if not parts:
        parts = [ctx.emit(node, "index", items, ctx.const(0), spec=(("slice", False, True, False),))]
    joined = parts[0]
    for part in parts[1:]:
        joined = ctx.emit(node, "list_concat", joined, part)
    ctx.change(node, cell, Run(joined))


def _ordered_stop(ctx: Context, node: Any, start: Value | None, stop: Value | None) -> Value | None:
    """The stop, or the start where Python takes that because it is greater. Refused where only the run can tell."""
    if start is None or stop is None:
        return stop
    if not (ctx.is_static(start) and ctx.is_static(stop)) or (ctx.static(start) < 0) != (ctx.static(stop) < 0):
        raise _refuse(ctx, node)
    return start if ctx.static(start) > ctx.static(stop) else stop


def _store_steps(ctx: Context, node: Any, cell: Cell, bounds: Bounds, new: list[Value] | None) -> None:
    """`xs[start::step] = new`: item by item, if there are as many."""
    from adjoint.frontend.expressions import compare
    from adjoint.frontend.statements import guard

    first, stop, step = bounds
    start = ctx.const(0) if first is None else first
    assert step is not None
    known = ctx.is_static(start) and ctx.is_static(step) and ctx.static(start) >= 0 and ctx.static(step) > 0
    if new is None or stop is not None or not known:
        raise _refuse(ctx, node)
    items = containers.run_of(ctx, node, handle(cell))
    left = ctx.emit(node, "max_of", ctx.emit(node, "sub", ctx.emit(node, "len", items), start), ctx.const(0))
    steps = ctx.emit(node, "neg", ctx.emit(node, "floordiv", ctx.emit(node, "neg", left), step))

    def fail() -> None:
        message = ctx.const(f"attempt to assign sequence of size {len(new)} to extended slice of another size")
        ctx.builder.op("raise", [message], (), {"exception": ValueError, "_text": "ValueError('extended slice')"})

    guard(ctx, compare(ctx, node, gast.NotEq(), steps, ctx.const(len(new))), fail, "unpack")
    for number, value in enumerate(new):
        index = ctx.const(ctx.static(start) + number * ctx.static(step))
        ctx.moved_into(cell, value)
        items = ctx.emit(node, "index_set", items, ctx.written(node, value), index, spec=("int",))
    ctx.change(node, cell, Run(items))


def _refuse(ctx: Context, node: Any) -> AdjointError:
    return ctx.refuse(
        node,
        "a slice of a list of run-time length is changed between bounds that are not known before the run",
        why="which of them comes first decides what is left",
        fix="build the new list: `xs[:i] + new + xs[j:]`",
    )
