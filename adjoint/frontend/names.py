"""Names that are not variables of the function: globals, closure cells, builtins, attributes of modules.

Numbers and arrays are read live, by a `global` operation; functions, modules, strings and None are known now.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import gast
import numpy as np

from adjoint.errors import AdjointError, OutsideEffect
from adjoint.frontend.context import Context
from adjoint.ir.core import Value
from adjoint.ir.signature import exact_type
from adjoint.ir.types import BOOL, Static, Type

UNKNOWN: Any = object()


def is_static_object(value: Value) -> bool:
    """Whether the value stands for an object that is not data."""
    return isinstance(value.type, Static)


def dotted(node: Any) -> str | None:
    """The text `np.linalg.norm` of a chain of attributes on a name, else None."""
    parts: list[str] = []
    while isinstance(node, gast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, gast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])


def lower_global(ctx: Context, node: Any, name: str) -> Value:
    """What a name of the module, of an enclosing function or a builtin means."""
    held = ctx.captured.namespace.get(name, UNKNOWN)
    if held is UNKNOWN:
        raise ctx.refuse(
            node,
            f"the name {name!r} is not defined",
            why="it is neither a variable of the function nor a name its module has now",
            fix="define it before differentiating",
        )
    kind = _type_of_global(ctx, node, name, held)
    if isinstance(kind, Static):
        return ctx.const(held, text=name)
    ctx.may_hold_0d |= isinstance(held, np.ndarray) and not held.ndim
    return ctx.builder.op("global", (), [kind], {"name": name}).result


def _type_of_global(ctx: Context, node: Any, name: str, held: Any) -> Type:
    if isinstance(held, bool):
        return BOOL
    try:
        return exact_type(held, name)
    except AdjointError:
        raise ctx.refuse(
            node,
            f"the global {name!r} is a {type(held).__name__}",
            why="only numbers, arrays, tuples and lists of them, functions, modules and strings are read",
            fix="pass what is needed as an argument",
            kind=OutsideEffect,
        ) from None


def known_object(ctx: Context, node: Any) -> Any:
    """The function, module or other object that a dotted name means, or UNKNOWN when it is data."""
    if isinstance(node, gast.Attribute):
        owner = known_object(ctx, node.value)
        held = getattr(owner, node.attr, UNKNOWN) if owner is not UNKNOWN else UNKNOWN
    elif not isinstance(node, gast.Name):
        return UNKNOWN
    elif node.id in ctx.local_names:
        value = ctx.env.get(node.id)
        return value.type.value if isinstance(value, Value) and isinstance(value.type, Static) else UNKNOWN
    else:
        held = ctx.captured.namespace.get(node.id, UNKNOWN)
    is_object = callable(held) or isinstance(held, ModuleType | type)
    return held if is_object else UNKNOWN


def static_attribute(ctx: Context, node: Any, owner: Any) -> Value:
    """An attribute of a module or another object that is known now."""
    text = dotted(node)
    if isinstance(owner, str):
        raise ctx.refuse(
            node,
            f"the string method `.{node.attr}` is not supported",
            why="strings made at run time are not lowered yet",
            fix="use constant strings",
        )
    held = getattr(owner, node.attr, UNKNOWN)
    if held is UNKNOWN:
        raise ctx.refuse(
            node,
            f"{getattr(owner, '__name__', owner)!r} has no attribute {node.attr!r}",
            why="looked up now, before the run",
            fix="check the spelling",
        )
    if isinstance(held, bool | int | float | complex | np.generic | np.ndarray):
        if not (isinstance(owner, ModuleType | type) and _is_library(owner)):
            raise ctx.refuse(
                node,
                f"`{text or node.attr}` is read from an object that may change",
                why="only numbers of the standard library, numpy and scipy are constants; globals are read by name",
                fix="pass it as an argument, or import it: `from module import name`",
                kind=OutsideEffect,
            )
        if isinstance(held, np.ndarray):
            raise ctx.refuse(node, f"`{text}` is an array of a library", why="it is not read live", fix="pass it in")
        return ctx.const(held, text=text)
    return ctx.const(held, text=text)


def _is_library(owner: Any) -> bool:
    name = owner.__name__ if isinstance(owner, ModuleType) else owner.__module__
    root = name.partition(".")[0]
    return root in ("numpy", "scipy", "builtins") or root in sys.stdlib_module_names
