"""Names that are not variables of the function: globals, closure cells, builtins, attributes of modules.

Numbers and arrays are read live, by a `global` operation; functions, modules, strings and None are known now.
"""

from __future__ import annotations

import enum
import functools
import operator
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import gast
import numpy as np

from adjoint.errors import AdjointError, OutsideEffect
from adjoint.frontend.calls.borders import taken_names
from adjoint.frontend.context import Context
from adjoint.frontend.storage import memory
from adjoint.frontend.values.objects import Cell, Closure, Items, Slice, handle, object_of
from adjoint.ir.core import Value
from adjoint.ir.extents import note_outside
from adjoint.ir.signature import exact_type
from adjoint.ir.types import BOOL, INT, Static, Tuple, Type
from adjoint.libraries import is_library
from adjoint.runtime.containers import items_of, kind_of, layout_of
from adjoint.runtime.known import NUMBERS, Numbers, numbers_at, with_known
from adjoint.runtime.outside import keep

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


def lower_local(ctx: Context, node: Any, name: str) -> Value:
    """What a variable holds; a function of the same or an outer function may be called before its `def` is reached."""
    if ctx.held(name) is None:
        code = ctx.siblings.get(name)
        if code is not None:
            return handle(Closure(code, {each: ctx.taken[each] for each in taken_names(code)}))
    return ctx.read(node, name)


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
    if _is_index(held):
        return known_index(ctx, node, name, held)
    kind = _type_of_global(ctx, node, name, held)
    if isinstance(kind, Static):
        return ctx.const(held, text=name)
    ctx.specializations.may_hold_0d |= isinstance(held, np.ndarray) and not held.ndim
    value = _read(ctx, ctx.captured.namespace.home_of(name), name, held, kind, _owner(ctx, node, name))
    what = "variable of the function around" if ctx.captured.namespace.has_cell(name) else "global"
    return frozen(ctx, ctx.adopt(value, name), f"{name} is a {what}, which outlives the call")


def _is_index(held: Any) -> bool:
    """Whether it is a slice, or a tuple with one."""
    return isinstance(held, slice) or (type(held) is tuple and any(isinstance(part, slice) for part in held))


def known_index(ctx: Context, node: Any, name: str, held: Any) -> Value:
    """A slice from outside of the function, or a tuple with such, as of `np.s_[1:, 0]`: its ints are known now."""
    if isinstance(held, tuple):
        return ctx.pack([known_index(ctx, node, name, part) for part in held])
    if not isinstance(held, slice):
        return ctx.const(held)
    start, stop, step = (
        None if bound is None else ctx.const(operator.index(bound)) if hasattr(bound, "__index__") else UNKNOWN
        for bound in (held.start, held.stop, held.step)
    )
    if UNKNOWN in (start, stop, step):
        raise ctx.refuse(
            node,
            f"the bounds of the slice {name!r} are not ints",
            why="nothing else can be indexed with it",
            fix="use ints and None",
        )
    return handle(Slice((start, stop, step)))


def _read(ctx: Context, home: object, name: str, held: Any, kind: Type, attrs: dict[str, Any]) -> Value:
    """What a name outside means, read when the program runs; numbers that have to be known are constants."""
    outer = ctx.specializations.outer
    place = (id(home), name)
    numbers: Numbers = {}
    for path in sorted(outer.known.get(place, ())):
        numbers |= numbers_at(held, path, NUMBERS)
    outer.held += [(held, path, number) for path, number in numbers.items() if path]
    t = with_known(kind, numbers)
    if isinstance(t, Static):
        return ctx.const(held)
    value = ctx.builder.op("global", (), [t], {"name": name, **attrs}).result
    outer.read[value] = place
    if t == INT:
        owner, names = attrs.get("_owner"), ctx.captured.namespace
        note_outside(value, keep(home, name, lambda: names[name] if owner is None else getattr(owner, name)))
    return value


def _owner(ctx: Context, node: Any, name: str) -> dict[str, Any]:
    """Where to read a name of a function that is written out in another one: its module, unless that is ours too."""
    own, home = ctx.captured.namespace, (ctx.frames[0] if ctx.frames else ctx).captured.namespace
    is_variable = own.has_cell(name) or home.has_cell(name)
    if own is home or (own.module_names is home.module_names and not is_variable):
        return {}
    module = sys.modules.get(ctx.captured.function.__module__)
    if own.has_cell(name) or module is None or vars(module) is not own.module_names:
        raise ctx.refuse(
            node,
            f"{name!r} is a variable around a function that is written out elsewhere",
            why="it cannot be read from there",
            fix="pass it as an argument",
        )
    return {"_owner": module}


def type_of_outside(held: Any, name: str) -> Type:
    """The type of an object outside of the function. Raises AdjointError for one that cannot be read."""
    cls: Any = type(held)
    kind = kind_of(cls)
    if kind == "static":
        return Static(held)
    items = items_of(held)
    if items is None or (kind == "list" and _are_numbers(items)):
        return exact_type(held, name)
    parts = tuple(BOOL if isinstance(item, bool) else type_of_outside(item, name) for item in items)
    return Tuple(parts, layout_of(held))


def _are_numbers(items: Sequence[Any]) -> bool:
    return all(type(item) in (int, float, complex) for item in items)


def frozen(ctx: Context, value: Value, why: str) -> Value:
    """A container or array from outside of the function, and those in it: they can be read only."""
    if memory.is_array(value):
        cell = object_of(memory.keep(ctx, value))
        assert isinstance(cell, Cell)
        cell.frozen, cell.hint = why, cell.hint or (value.op.attrs.get("name") if value.op is not None else None)
        return value
    for part in ctx.parts(value) if isinstance(value.type, Tuple) else ():
        frozen(ctx, part, why)
    thing = object_of(value)
    if isinstance(thing, Cell):
        held = ctx.contents(thing)
        thing.frozen = why
        for slot in held.slots if isinstance(held, Items) else ():
            if isinstance(slot, Value):
                frozen(ctx, slot, why)
    return value


def _type_of_global(ctx: Context, node: Any, name: str, held: Any) -> Type:
    if isinstance(held, bool):
        return BOOL
    try:
        return type_of_outside(held, name)
    except AdjointError:
        raise ctx.refuse(
            node,
            f"the global {name!r} is a {type(held).__name__}{_unreadable(held, name)}",
            why="only numbers, arrays, containers of them, objects of plain classes, functions and modules are read",
            fix="pass what is needed as an argument",
            kind=OutsideEffect,
        ) from None


def _unreadable(held: Any, name: str) -> str:
    """What in a container cannot be read, in words."""
    for item in items_of(held) or ():
        try:
            type_of_outside(item, name)
        except AdjointError:
            return _unreadable(item, name) or f" that holds a {type(item).__name__}"
    return ""


def known_object(ctx: Context, node: Any) -> Any:
    """The function, module or other object that a dotted name means, or UNKNOWN when it is data."""
    if isinstance(node, gast.Attribute):
        owner = known_object(ctx, node.value)
        held = getattr(owner, node.attr, UNKNOWN) if owner is not UNKNOWN else UNKNOWN
    elif not isinstance(node, gast.Name):
        return UNKNOWN
    elif ctx.is_local(node.id):
        value = ctx.held(node.id)
        return value.type.value if isinstance(value, Value) and isinstance(value.type, Static) else UNKNOWN
    else:
        held = ctx.captured.namespace.get(node.id, UNKNOWN)
    cls: Any = type(held)
    is_object = callable(held) and kind_of(cls) not in ("record", "named")
    return held if is_object or isinstance(held, ModuleType | type) else UNKNOWN


def static_attribute(ctx: Context, node: Any, owner: Any) -> Value:
    """An attribute of a module or another object that is known now."""
    text = dotted(node)
    held = getattr(owner, node.attr, UNKNOWN)
    if held is UNKNOWN:
        raise ctx.refuse(
            node,
            f"{getattr(owner, '__name__', owner)!r} has no attribute {node.attr!r}",
            why="looked up now, before the run",
            fix="check the spelling",
        )
    if isinstance(held, enum.Enum):
        number = isinstance(held, int | float)
        return ctx.const(held.value if number else held)
    if isinstance(held, bool | int | float | complex | np.generic | np.ndarray):
        if isinstance(owner, enum.Enum):
            return ctx.const(held)
        if isinstance(owner, ModuleType | type) and not _is_library(owner):
            return outside(ctx, node, owner, node.attr, held)
        if not isinstance(owner, ModuleType | type):
            raise ctx.refuse(
                node,
                f"`{text or node.attr}` is read from an object that may change",
                why="only numbers of modules and classes are read",
                fix="pass it as an argument, or import it: `from module import name`",
                kind=OutsideEffect,
            )
        if isinstance(held, np.ndarray):
            raise ctx.refuse(node, f"`{text}` is an array of a library", why="it is not read live", fix="pass it in")
        return ctx.const(held, text=text)
    if isinstance(owner, ModuleType | type) and not _is_library(owner) and _is_container(held):
        return outside(ctx, node, owner, node.attr, held)
    if isinstance(held, property | functools.cached_property):
        return ctx.const(held, text=text)
    return ctx.const(held, text=text)


def _is_container(held: Any) -> bool:
    return items_of(held) is not None


def outside(ctx: Context, node: Any, owner: Any, name: str, held: Any) -> Value:
    """An attribute of a module or class, read when the program runs; an object that is not data is known now."""
    if _is_index(held):
        return known_index(ctx, node, name, held)
    kind = _type_of_global(ctx, node, name, held)
    if isinstance(kind, Static):
        return ctx.const(held)
    value = _read(ctx, owner, name, held, kind, {"_owner": owner})
    why = f"{getattr(owner, '__name__', owner)}.{name} outlives the call"
    return frozen(ctx, ctx.adopt(value, name), why)


def outside_object(ctx: Context, node: Any, name: str, held: Any) -> Value:
    """A Python object known now: a constant, or a container of constants that nobody may change."""
    if isinstance(held, tuple) and type(held) is tuple:
        return ctx.pack([outside_object(ctx, node, name, each) for each in held])
    if isinstance(held, bool | int | float | complex | str | None) or callable(held) or isinstance(held, type):
        return ctx.const(held)
    if _is_index(held):
        return known_index(ctx, node, name, held)
    kind = _type_of_global(ctx, node, name, held)
    if isinstance(kind, Static):
        return ctx.const(held)
    value = _read(ctx, held, name, held, kind, {"_object": held})
    return frozen(ctx, ctx.adopt(value, name), f"{name} outlives the call")


def _is_library(owner: Any) -> bool:
    name = owner.__name__ if isinstance(owner, ModuleType) else owner.__module__
    return is_library(name)
