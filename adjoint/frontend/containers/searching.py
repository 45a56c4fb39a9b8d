"""Where in a list or tuple a value stands: `index`, `count`, `remove`."""

from __future__ import annotations

from typing import Any

import gast

from adjoint.frontend.containers import containers
from adjoint.frontend.context import Context
from adjoint.ir.core import Value
from adjoint.ir.types import INT, Array, Handle, List, Static


def index(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    """`base.index(value)`, or Python's own ValueError."""
    parts = containers.items(ctx, node, base)
    if parts is None or len(args) != 1:
        return _asked(ctx, node, base, "index", args)
    equal = [_is_equal(ctx, node, part, args[0]) for part in parts]
    if all(map(ctx.is_static, equal)):
        found = [number for number, each in enumerate(equal) if ctx.static(each)]
        if not found:
            raise ctx.refuse(
                node,
                "the value is not in the list",
                why="Python would raise ValueError",
                raises=ValueError,
                fix="check with `in` first",
            )
        return ctx.const(found[0])
    return _first_equal(ctx, node, equal)


def count(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    """`base.count(value)`."""
    from adjoint.frontend.expressions import binary, conditional

    parts = containers.items(ctx, node, base)
    if parts is None:
        return _asked(ctx, node, base, "count", args)
    total = ctx.const(0)
    for part in parts:
        equal = _is_equal(ctx, node, part, args[0])
        one = conditional(ctx, node, equal, lambda: ctx.const(1), lambda: ctx.const(0), "ternary")
        both_known = ctx.is_static(one) and ctx.is_static(total)
        total = ctx.const(ctx.static(total) + ctx.static(one)) if both_known else binary(ctx, node, "add", total, one)
    return total


def _is_equal(ctx: Context, node: Any, part: Value, value: Value) -> Value:
    from adjoint.frontend.expressions import compare, truth

    return truth(ctx, node, compare(ctx, node, gast.Eq(), part, value))


def _first_equal(ctx: Context, node: Any, equal: list[Value]) -> Value:
    """The position of the first that is true."""
    from adjoint.frontend.expressions import compare, conditional
    from adjoint.frontend.statements import guard

    result = ctx.const(-1)
    for number, each in reversed(list(enumerate(equal))):
        here, rest = ctx.const(number), result
        result = conditional(ctx, node, each, _always(here), _always(rest), "ternary")
    if not any(ctx.is_static(each) and ctx.static(each) for each in equal):

        def fail() -> None:
            message = ctx.const("value is not in list")
            ctx.builder.op("raise", [message], (), {"exception": ValueError, "_text": "ValueError('not in list')"})

        guard(ctx, compare(ctx, node, gast.Lt(), result, ctx.const(0)), fail, "unpack")
    return result


def _always(value: Value) -> Any:
    return lambda: value


def _asked(ctx: Context, node: Any, base: Value, name: str, args: list[Value]) -> Value:
    """The same of a list of run-time length: Python searches when the program runs."""
    items = containers.run_of(ctx, node, base)
    is_plain = isinstance(items.type, List) and not isinstance(items.type.item, Array | List | Handle)
    if not is_plain or any(isinstance(arg.type, Array | List | Handle | Static) for arg in args):
        raise ctx.refuse(
            node,
            f"`.{name}` of a list of run-time length whose items are no numbers",
            why="which items are equal is not known before the run",
            fix="write the search out with a loop",
        )
    attrs = {"name": name, "keywords": (), "type": INT}
    return ctx.builder.op("pymethod", [items, *args], [INT], attrs).result
