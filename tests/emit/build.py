"""IR written as text, marked as what a derivative transform would have written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from adjoint.emit import emit_module
from adjoint.ir.core import Function, Line, walk
from adjoint.ir.parser import parse_function
from adjoint.ir.verify import verify

NAMESPACE: dict[str, Any] = {"np": np}


def parsed(text: str, lines: Mapping[str, str] | None = None) -> Function:
    """The function of the text. Operations on tapes and from the first `_bar` on are derived; `lines` gives the
    user's statement that the operation of a named result answers."""
    function = parse_function(text)
    verify(function)
    function.namespace = NAMESPACE
    numbers = {line: number for number, line in enumerate(dict.fromkeys((lines or {}).values()), 1)}
    reverse = False
    for op in walk(function.body):
        names = [result.name or "" for result in op.results]
        reverse = reverse or any(name.endswith("_bar") for name in names)
        op.derived = reverse or op.opcode in ("tape", "push")
        for name in names:
            if lines and reverse and name in lines:
                op.line = Line(numbers[lines[name]], lines[name])
    return function


def emitted(function: Function) -> str:
    """The source."""
    return emit_module(function).source


def loaded(function: Function) -> Callable[..., Any]:
    """The emitted function, ready to be called."""
    made = emit_module(function)
    namespace: dict[str, Any] = dict(made.bindings)
    exec(compile(made.source, "<emitted>", "exec"), namespace)
    result: Callable[..., Any] = namespace[made.entry_name]
    return result
