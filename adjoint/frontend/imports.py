"""`import`, `global` and `del` inside a function."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import gast
import numpy as np

from adjoint.errors import OutsideEffect
from adjoint.frontend.containers import containers
from adjoint.frontend.context import Conflict, Context, statement
from adjoint.frontend.names import UNKNOWN
from adjoint.frontend.values.objects import Items
from adjoint.ir.core import Value
from adjoint.ir.types import UNDEF
from adjoint.libraries import is_library


@statement(gast.Import)
def lower_import(ctx: Context, node: Any) -> None:
    """`import a.b` binds `a`, `import a.b as c` binds `a.b`: now, when the function is differentiated."""
    for alias in node.names:
        module = _imported(ctx, node, alias.name, 0)
        if alias.asname is None:
            module = _imported(ctx, node, alias.name.partition(".")[0], 0)
        ctx.assign(alias.asname or alias.name.partition(".")[0], ctx.const(module))


@statement(gast.ImportFrom)
def lower_import_from(ctx: Context, node: Any) -> None:
    """`from a import b`: the object that `a` has now."""
    module = _imported(ctx, node, node.module or "", node.level or 0)
    for alias in node.names:
        held = getattr(module, alias.name, UNKNOWN)
        if held is UNKNOWN:
            held = _submodule(ctx, node, module, alias.name)
        if isinstance(held, bool | int | float | complex | np.generic | np.ndarray) and not _is_library(module):
            raise ctx.refuse(
                node,
                f"`{alias.name}` of {module.__name__} is a number that may change",
                why="an import inside the function would read it at every call",
                fix="import it at module level, where it is read live, or pass it as an argument",
                kind=OutsideEffect,
            )
        ctx.assign(alias.asname or alias.name, ctx.const(held))


def _is_library(module: ModuleType) -> bool:
    """Whether the numbers of a module are constants."""
    return is_library(module.__name__)


def _imported(ctx: Context, node: Any, name: str, level: int) -> ModuleType:
    package = ctx.captured.namespace.get("__package__") or None
    try:
        return importlib.import_module("." * level + name, package)
    except Exception as error:
        raise ctx.refuse(
            node,
            f"the import fails: {error}",
            why="it is done when the function is differentiated",
            fix="install the module, or import it where it is used",
            kind=OutsideEffect,
            raises=type(error),
        ) from None


def _submodule(ctx: Context, node: Any, module: ModuleType, name: str) -> Any:
    try:
        return importlib.import_module(f"{module.__name__}.{name}")
    except ImportError:
        raise ctx.refuse(
            node,
            f"cannot import name {name!r} from {module.__name__!r}",
            why="the module has no such name",
            fix="check the spelling",
            kind=OutsideEffect,
            raises=ImportError,
        ) from None


@statement(gast.Global)
def lower_global_statement(ctx: Context, node: Any) -> None:
    """Fine for reading; an assignment would outlive the call."""
    for name in node.names:
        if name in ctx.scope.local:
            raise ctx.refuse(
                node,
                f"the function assigns to the global {name!r}",
                why="the change would outlive the call, which a derivative cannot undo",
                fix="return the new value",
                kind=OutsideEffect,
            )


@statement(gast.Delete)
def lower_delete(ctx: Context, node: Any) -> None:
    """`del x` takes the variable's value away; items of containers are taken out."""
    for target in node.targets:
        if isinstance(target, gast.Tuple | gast.List):
            lower_delete(ctx, gast.copy_location(gast.Delete(target.elts), node))
        elif isinstance(target, gast.Name):
            value = ctx.held(target.id)
            if getattr(node, "implicit", False) and not isinstance(value, Value):
                continue
            value = ctx.read(target, target.id)
            ctx.assign(target.id, Conflict(value.type, UNDEF))
        else:
            _delete_item(ctx, target)


def _delete_item(ctx: Context, target: Any) -> None:
    """`del items[i]`, `del mapping[key]`, `del items[i:j]`, `del object.name`."""
    if isinstance(target, gast.Subscript):
        containers.delete_item(ctx, target)
        return
    base = ctx.expression(target.value)
    cell = containers.cell_of(base)
    held = ctx.seen(target, cell) if cell is not None else None
    is_object = isinstance(held, Items) and held.layout.kind in ("record", "namespace")
    number = held.slot(target.attr) if is_object and isinstance(held, Items) else None
    if cell is None or not isinstance(held, Items) or number is None:
        raise ctx.refuse(
            target,
            f"`del {ctx.captured.source.segment(target)}`",
            why="only variables, items of lists and dicts and attributes that an object has itself are taken away",
            fix="make a new object without it",
        )
    ctx.change(target, cell, held.drop(number))
