"""Derivatives from a pickle: made again from the function, by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

from adjoint.callables import Bound, open_callable
from adjoint.derivative import Derivative
from adjoint.options import PYTHON, Jit, Mode, Transform
from adjoint.slots import Wrt


def find(module: str, name: str) -> Any:
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def bind(function: Derivative[..., Any], bound: Bound) -> Any:
    return function.bound_to(bound)


def rebuild(
    function: Callable[..., Any],
    transforms: Sequence[Transform],
    wrt: Wrt,
    mode: Mode,
    source: str | None,
    inplace_primal: bool = False,
    jit: Jit = PYTHON,
) -> Derivative[..., Any]:
    function = open_callable(function)[0]
    return Derivative(function, transforms, wrt=wrt, mode=mode, source=source, inplace_primal=inplace_primal, jit=jit)


def rebuild_by_name(module: str, name: str, *arguments: Any) -> Derivative[..., Any]:
    return rebuild(find(module, name).__wrapped__, *arguments)
