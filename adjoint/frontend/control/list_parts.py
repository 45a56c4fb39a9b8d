"""Parts of lists that a loop runs over: `for b in bodies[i + 1:]`, `for a, b in zip(bodies, bodies[1:])`.

The part is a list of its own only for Python. Its items are read from the list, at their places there, so that the body
can change them.
"""

from __future__ import annotations

import builtins
from typing import Any

import gast

from adjoint.frontend.containers.containers import cell_of
from adjoint.frontend.context import Context
from adjoint.frontend.control.sequences import once, read_at
from adjoint.frontend.names import known_object
from adjoint.frontend.values.objects import Run
from adjoint.frontend.values.sequence_kinds import Range, Sequenced
from adjoint.frontend.values.structures import has_identity
from adjoint.ir.core import Value
from adjoint.ir.types import List

_SIDE_BY_SIDE = (builtins.zip, builtins.enumerate)


def walked(ctx: Context, node: Any) -> Value:
    """What a loop runs over."""
    if not ctx.specializations.chooses:
        return ctx.expression(node)
    part = _part(ctx, node)
    if part is not None:
        return part
    if not isinstance(node, gast.Call) or node.keywords or known_object(ctx, node.func) not in _SIDE_BY_SIDE:
        return ctx.expression(node)
    parts = {number: part for number, each in enumerate(node.args) if (part := _part(ctx, each)) is not None}
    names = {number: f"part {number}" for number in parts}
    ctx.env.update((names[number], part) for number, part in parts.items())
    args = [_named(each, names[n]) if n in names else each for n, each in enumerate(node.args)]
    made = ctx.expression(gast.copy_location(gast.Call(node.func, args, []), node))
    for name in names.values():
        del ctx.env[name]
    return made


def _named(node: Any, name: str) -> Any:
    return gast.copy_location(gast.Name(name, gast.Load(), None, None), node)


def _part(ctx: Context, node: Any) -> Value | None:
    """An iterator over a slice of a list of arrays or containers; None for anything else."""
    if not isinstance(node, gast.Subscript) or not isinstance(node.slice, gast.Slice) or not _is_name(node.value):
        return None
    bounds = node.slice.lower, node.slice.upper
    step = 1 if node.slice.step is None else _number(node.slice.step)
    if not all(each is None or _is_computed(each) for each in bounds) or not step:
        return None
    listed = ctx.expression(node.value)
    cell = cell_of(listed)
    run = ctx.seen(node, cell) if cell is not None else None
    if not isinstance(run, Run) or not isinstance(run.value.type, List) or not has_identity(run.value.type.item):
        return None
    length = ctx.emit(node, "len", run.value)
    if step < 0:
        if step != -1 or bounds != (None, None):
            return None
        start, count = ctx.emit(node, "sub", length, ctx.const(1), _iter=True), length
    else:
        first = ctx.const(0) if bounds[0] is None else _place(ctx, node, bounds[0], length)
        last = length if bounds[1] is None else _place(ctx, node, bounds[1], length)
        if first is None or last is None:
            return None
        start, count = first, _count(ctx, node, first, last, step)
    inner = Sequenced(run.value, cell=cell, moves=run.moves, is_fixed=True)
    counted = Sequenced(Range(ctx.const(0), count, ctx.const(1)), is_counted=True)
    return once(ctx, read_at(start, ctx.const(step), inner, counted), "a slice")


def _place(ctx: Context, node: Any, bound: Any, length: Value) -> Value | None:
    """Where a bound is in a list of this length, not before its start; None where that is not known."""
    value = ctx.expression(bound)
    if ctx.is_static(value) and ctx.static(value) < 0:
        return ctx.emit(node, "max_of", ctx.emit(node, "add", length, value, _iter=True), ctx.const(0), _iter=True)
    return value if ctx.is_natural(value) else None


def _count(ctx: Context, node: Any, start: Value, stop: Value, step: int) -> Value:
    """How many items stand from one place to another, or to the end of the list."""
    span = ctx.emit(node, "sub", stop, start, _iter=True)
    if step != 1:  # rounded up
        span = ctx.emit(node, "add", span, ctx.const(step - 1), _iter=True)
        span = ctx.emit(node, "floordiv", span, ctx.const(step), _iter=True)
    return ctx.emit(node, "max_of", span, ctx.const(0), _iter=True)


def _is_name(node: Any) -> bool:
    """Whether evaluating it twice is the same as once."""
    return isinstance(node, gast.Name) or (isinstance(node, gast.Attribute) and _is_name(node.value))


def _is_computed(node: Any) -> bool:
    """Whether a bound is a number made of names and constants."""
    if isinstance(node, gast.BinOp):
        return _is_computed(node.left) and _is_computed(node.right)
    return isinstance(node, gast.Name) or _number(node) is not None


def _number(node: Any) -> int | None:
    sign, node = (-1, node.operand) if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub) else (1, node)
    held = node.value if isinstance(node, gast.Constant) else None
    return sign * held if isinstance(held, int) and not isinstance(held, bool) else None
