"""Strings and members of enumerations of which the run decides which one they are: compared, and used as keys.

state = "start"                     %state: object<str>, known to be "start" or "run"
while ...:
    if state == "start": ...            eq %state "start"
    total += rates[state]               if state == "start": rates["start"] else: rates["run"]
    state = "run"
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

from adjoint.frontend.context import Context
from adjoint.ir.core import Value
from adjoint.ir.types import Object, Scalar, Static, Tuple


def compared(ctx: Context, node: Any, opcode: str, left: Value, right: Value) -> Value | None:
    """`==` or `!=` where one side is such a constant; None for anything else."""
    if opcode not in ("eq", "ne") or not any(isinstance(each.type, Object) for each in (left, right)):
        return None
    one, other = _class_of(left), _class_of(right)
    if one is None or other is None:
        return ctx.const(opcode == "ne") if _are_unlike(left, right) else None
    possible = _possible(ctx, left), _possible(ctx, right)
    never = possible[0] is not None and possible[1] is not None and set(possible[0]).isdisjoint(possible[1])
    if one is not other or never:
        return ctx.const(opcode == "ne")
    return ctx.emit(node, opcode, left, right)


def _possible(ctx: Context, value: Value) -> Sequence[Any] | None:
    return (value.type.value,) if isinstance(value.type, Static) else ctx.possible.get(value)


def _class_of(value: Value) -> type | None:
    """The class of a string or a member of an enumeration, whose members are equal to themselves alone."""
    t = value.type
    cls = t.cls if isinstance(t, Object) else type(t.value) if isinstance(t, Static) else None
    return cls if cls is str or (cls is not None and issubclass(cls, Enum) and cls.__eq__ is object.__eq__) else None


def _are_unlike(left: Value, right: Value) -> bool:
    """Such a constant is never equal to a number, to None or to a container."""
    if _class_of(left) is None:
        left, right = right, left
    t = right.type
    is_other = isinstance(t, Scalar | Tuple) or (isinstance(t, Static) and t.value is None)
    return _class_of(left) is not None and is_other


def same(ctx: Context, node: Any, left: Value, right: Value) -> Value | None:
    """`is` of members of an enumeration: each exists once. None for anything else."""
    classes = _class_of(left), _class_of(right)
    if None in classes or str in classes:
        return None
    return compared(ctx, node, "eq", left, right)


def chosen(ctx: Context, node: Any, key: Value, result: Callable[[Value], Value]) -> Value:
    """What a key gives, for each constant that it may be: a chain of tests."""
    from adjoint.frontend.expressions import conditional

    first, *rest = ctx.possible[key]

    def one() -> Value:
        return result(ctx.const(first))

    if not rest:
        return one()
    test = ctx.emit(node, "eq", key, ctx.const(first))

    def others() -> Value:
        whole = ctx.possible[key]
        ctx.possible[key] = tuple(rest)
        made = chosen(ctx, node, key, result)
        ctx.possible[key] = whole
        return made

    return conditional(ctx, node, test, one, others, "ternary")


def is_key(ctx: Context, node: Any, key: Value, keys: Sequence[Any]) -> Value:
    """`key in mapping`."""
    return chosen(ctx, node, key, lambda each: ctx.const(ctx.static(each) in keys))


def store_at_each(ctx: Context, node: Any, key: Value, value: Value, old: Callable[[Value], Value], store: Any) -> None:
    """`mapping[key] = value`: every item that may be meant gets the value or stays as it is."""
    from adjoint.frontend.expressions import conditional

    for each in ctx.possible[key]:
        constant = ctx.const(each)
        test = ctx.emit(node, "eq", key, constant)
        store(constant, conditional(ctx, node, test, lambda: value, _given(old, constant), "ternary"))


def _given(function: Callable[[Value], Value], value: Value) -> Callable[[], Value]:
    return lambda: function(value)


__all__ = ["chosen", "compared", "is_key", "same", "store_at_each"]
