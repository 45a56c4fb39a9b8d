"""Builtins with a meaning of their own: decided now, written out, or called for their effect.

An intrinsic returns None when the arguments are data and the operation of the table should take over.
"""

from __future__ import annotations

import builtins
import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.errors import AdjointError
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.expressions import binary, tuple_items
from adjoint.ir.core import Value
from adjoint.ir.types import NONE, Array, List, Scalar, Static, Tuple, Undef, rank_of

Intrinsic = Callable[[Context, Any, list[Value], dict[str, Value]], Value | None]


def _len(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value | None:
    if len(args) == 1 and isinstance(args[0].type, Tuple):
        return ctx.const(len(args[0].type.items))
    if len(args) == 1 and isinstance(args[0].type, Static) and isinstance(args[0].type.value, str):
        return ctx.const(len(args[0].type.value))
    return None


def _isinstance(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value | None:
    if len(args) != 2 or keywords:
        raise _misused(ctx, node, "isinstance")
    wanted = ctx.static(args[1]) if ctx.is_static(args[1]) else ()
    kinds: tuple[Any, ...] = wanted if isinstance(wanted, tuple) else (wanted,)
    if isinstance(args[0].type, Undef):
        return ctx.blocked(args[0])
    answers = {any(issubclass(kind, wanted) for wanted in kinds) for kind in _possible_kinds(args[0])}
    if len(answers) != 1:
        raise ctx.refuse(
            node,
            f"`isinstance` of {spoken(args[0].type)} is not known before the run",
            why="an int may stand where a float is declared, and a Python number where a NumPy scalar is",
            fix="test for the whole family: `isinstance(x, (int, float))`, `isinstance(x, np.ndarray)`",
        )
    return ctx.const(answers.pop())


def _possible_kinds(value: Value) -> list[type]:
    """The classes that a value of this type may have at run time."""
    t = value.type
    if isinstance(t, Static):
        return [type(t.value)]
    if isinstance(t, Tuple | List):
        return [tuple if isinstance(t, Tuple) else list]
    if isinstance(t, Array) and t.rank:
        return [np.ndarray]
    if isinstance(t, Array):
        return [np.ndarray, np.dtype(t.dtype).type, float, int]
    assert isinstance(t, Scalar)
    order = [bool, int, float, complex]
    exact = {"bool": bool, "int": int, "float": float, "complex": complex}[t.kind]
    return [exact] if exact in (bool, int) else [np.float64, *order[1 : order.index(exact) + 1]]


def _print(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value | None:
    attrs = {"func": builtins.print, "keywords": tuple(keywords), "type": NONE, "_text": "print"}
    return ctx.builder.op("pycall", [*args, *keywords.values()], [NONE], attrs).result


def _range(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value | None:
    raise ctx.refuse(
        node,
        "this is used outside of a `for`",
        why="ranges, zip and enumerate are not values here",
        fix="use it in the header of a `for`, or `np.arange`",
    )


def _convert(kind: type) -> Intrinsic:
    """`float("inf")` and other conversions of what is known now."""

    def convert(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value | None:
        if len(args) == 1 and not keywords and isinstance(args[0].type, Static) and isinstance(args[0].type.value, str):
            try:
                return ctx.const(kind(args[0].type.value), text=ctx.captured.source.segment(node))
            except ValueError as error:
                raise ctx.refuse(node, str(error), why="Python would raise", fix="write the number") from None
        return None

    return convert


def _tuple(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value | None:
    if len(args) == 1 and isinstance(args[0].type, Tuple):
        return args[0]
    if len(args) == 1 and args[0].op is not None and args[0].op.opcode == "list":
        return ctx.emit(node, "tuple", *args[0].op.operands)
    raise _misused(ctx, node, "tuple")


def _list(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value | None:
    if len(args) == 1 and isinstance(args[0].type, Tuple):
        return ctx.emit(node, "list", *tuple_items(ctx, node, args[0]))
    raise _misused(ctx, node, "list")


def _divmod(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value | None:
    if len(args) != 2 or keywords:
        raise _misused(ctx, node, "divmod")
    parts = [binary(ctx, node, opcode, *args) for opcode in ("floordiv", "mod")]
    return ctx.emit(node, "tuple", *parts)


def _extreme(opcode: str) -> Intrinsic:
    """max and min of one tuple are those of its items."""

    def extreme(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value | None:
        if len(args) == 1 and not keywords and isinstance(args[0].type, Tuple) and args[0].type.items:
            items = tuple_items(ctx, node, args[0])
            name = opcode.removesuffix("_of")
            return ctx.emit(node, opcode, *items, _text=name, _via="builtin") if len(items) > 1 else items[0]
        return None

    return extreme


def _sum(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value | None:
    """The sum of a tuple, written out."""
    if not args or not isinstance(args[0].type, Tuple) or len(args) + len(keywords) > 2:
        return None
    start = args[1] if len(args) == 2 else keywords.get("start")
    items = tuple_items(ctx, node, args[0])
    total = start if start is not None else ctx.const(0)
    for item in items:
        total = binary(ctx, node, "add", total, item)
    return total


def _ndim(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value | None:
    if len(args) == 1 and isinstance(args[0].type, Array | Scalar):
        return ctx.const(rank_of(args[0].type))
    return None


def _misused(ctx: Context, node: Any, name: str) -> AdjointError:
    return ctx.refuse(
        node,
        f"this call of `{name}` is not supported",
        why="it makes an object whose length or type is not known now",
        fix="use an array: `np.array(...)`",
    )


INTRINSICS: dict[Any, Intrinsic] = {
    builtins.len: _len,
    builtins.isinstance: _isinstance,
    builtins.print: _print,
    builtins.range: _range,
    builtins.zip: _range,
    builtins.enumerate: _range,
    builtins.reversed: _range,
    builtins.float: _convert(float),
    builtins.int: _convert(int),
    builtins.tuple: _tuple,
    builtins.list: _list,
    builtins.divmod: _divmod,
    builtins.max: _extreme("max_of"),
    builtins.min: _extreme("min_of"),
    builtins.sum: _sum,
    np.ndim: _ndim,
}

__all__ = ["INTRINSICS", "numbers"]
