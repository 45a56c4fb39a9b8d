"""Calls made as they are when the program runs, without a derivative: methods of objects, warnings, logs, clocks.

They may take numbers and strings. What could be changed by the call (arrays, containers) is not handed out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adjoint.errors import OutsideEffect
from adjoint.frontend.context import Context, spoken
from adjoint.ir.core import Value
from adjoint.ir.types import FLOAT, Object, Scalar, Static, Type, Undef

_CLOCKS = (time.time, time.perf_counter, time.monotonic, time.process_time)
_CALLED = frozenset({"warnings", "_warnings", "logging", "time"})
"""Modules of the standard library whose functions are called for what they do outside."""


def is_clock(target: Any) -> bool:
    """Whether a function only tells the time: nobody sees that it is called."""
    return any(target is each for each in _CLOCKS)


def is_called(target: Any) -> bool:
    """Whether a function is called as it is, for its effect."""
    owner = getattr(target, "__self__", None)
    module = getattr(target, "__module__", None) or getattr(type(owner), "__module__", None) or ""
    return callable(target) and not isinstance(target, type) and module.partition(".")[0] in _CALLED


def call(
    ctx: Context, node: Any, target: Any, args: Sequence[Value], keywords: Mapping[str, Value], text: str
) -> Value:
    """The call of a function for its effect."""
    check_arguments(ctx, node, [*args, *keywords.values()])
    result = FLOAT if target in _CLOCKS else Object(object)
    attrs = {"func": target, "keywords": tuple(keywords), "type": result, "_text": text}
    return ctx.builder.op("pycall", [*args, *keywords.values()], [result], attrs).result


def method(name: str, base: Value) -> Callable[..., Value]:
    """A method of an object that is not data."""

    def run(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
        check_arguments(ctx, node, [*args, *keywords.values()])
        attrs = {"name": name, "keywords": tuple(keywords), "type": Object(object)}
        return ctx.builder.op("pymethod", [base, *args, *keywords.values()], [Object(object)], attrs).result

    return run


def check_arguments(ctx: Context, node: Any, args: Sequence[Value]) -> None:
    """Refuse what the callee could change."""
    for arg in args:
        if not _is_harmless(arg.type):
            raise ctx.refuse(
                node,
                f"{spoken(arg.type)} is passed to `{ctx.captured.source.segment(node)}`",
                why="it is called as it is, without a derivative, and could change what it is given",
                fix="pass numbers and strings only",
                kind=OutsideEffect,
            )


def _is_harmless(t: Type) -> bool:
    return isinstance(t, Static | Object | Undef | Scalar)
