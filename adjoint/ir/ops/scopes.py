"""Scopes and run-time strings: `with`, `try/finally`, methods of objects that are not data, formatted text.

    %s = enter %manager {kind="with"}       with manager:
    ...                                         ...
    leave %s

    %s = enter {kind="finally"}             try:
    ...                                         ...
    leave %s {part="body"}                  finally:
    ...                                         ...
    leave %s {part="finally"}

An `enter` and its `leave` stand in one region; nothing that can be observed moves across them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adjoint.ir.core import Value
from adjoint.ir.opset import OpDef, define
from adjoint.ir.types import NONE, SCOPE, Object, Type

Part = str | tuple[str, str]
"""A piece of a formatted text: literal text, or a conversion (`r`, `s`, `a` or nothing) and a format for a value."""


def _infer_enter(operands: Sequence[Value], attrs: Mapping[str, Any]) -> tuple[Type, ...]:
    return (SCOPE,) if attrs["type"] is None else (SCOPE, attrs["type"])


def _enter(*operands: Any, kind: str, type: Type | None) -> Any:
    """The scope (a manager, or nothing for `finally`), and what `as` binds."""
    manager = operands[0] if operands else None
    value = manager.__enter__() if manager is not None else None
    return manager if type is None else (manager, value)


def _leave(scope: Any, part: str) -> None:
    if scope is not None:
        scope.__exit__(None, None, None)


def _method(*operands: Any, name: str, keywords: tuple[str, ...], type: Type) -> Any:
    receiver, *args = operands
    count = len(args) - len(keywords)
    return getattr(receiver, name)(*args[:count], **dict(zip(keywords, args[count:])))


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {"": lambda value: value, "r": repr, "s": str, "a": ascii}


def format_text(*values: Any, parts: tuple[Part, ...]) -> str:
    """What an f-string gives."""
    rest = iter(values)
    texts = [part if isinstance(part, str) else format(_CONVERSIONS[part[0]](next(rest)), part[1]) for part in parts]
    return "".join(texts)


define(
    OpDef(
        name="enter",
        infer=_infer_enter,
        evaluate=_enter,
        operands=("manager?",),
        attrs={"kind": "with", "type": None},
        effects=frozenset({"io", "scope"}),
    )
)
define(
    OpDef(
        name="leave",
        infer=lambda operands, attrs: (),
        evaluate=_leave,
        operands=("scope",),
        attrs={"part": "body"},
        effects=frozenset({"io", "scope"}),
    )
)
# A method of an object that is not data, called for its effect: attrs name, keywords (names of the last operands).
define(
    OpDef(
        name="pymethod",
        infer=lambda operands, attrs: attrs["type"],
        evaluate=_method,
        operands=("receiver", "*operands"),
        attrs={"name": "", "keywords": (), "type": NONE},
        effects=frozenset({"io"}),
    )
)
define(
    OpDef(
        name="format",
        infer=lambda operands, attrs: Object(str),
        evaluate=format_text,
        operands=("*values",),
        attrs={"parts": ()},
    )
)
# `template % values`: one value, or (with `many`) a tuple of them.
define(
    OpDef(
        name="percent",
        infer=lambda operands, attrs: Object(str),
        evaluate=lambda *values, template, many: template % (values if many else values[0]),
        operands=("*values",),
        attrs={"template": "", "many": True},
    )
)
