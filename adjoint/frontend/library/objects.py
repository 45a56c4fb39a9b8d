"""`copy` and `dataclasses`: objects copied, replaced, taken apart."""

from __future__ import annotations

import copy
import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

from adjoint.errors import AdjointError
from adjoint.frontend.attributes import class_of, method_of
from adjoint.frontend.calls.classes import construct
from adjoint.frontend.calls.intrinsics import intrinsic, misused
from adjoint.frontend.containers import containers, joining
from adjoint.frontend.containers.builtin_functions import Arguments, Keywords
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.storage import memory
from adjoint.frontend.values.objects import Bound, Cell, Closure, Items, Run, Special, handle, object_of
from adjoint.ir.core import Value
from adjoint.ir.types import Array, Handle, Layout, Static, Tuple


@intrinsic(copy.copy)
def _copy(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    (value,) = args
    if isinstance(value.type, Array) and value.type.rank:
        return ctx.emit(node, "copy", value)
    own = method_of(ctx, node, value, "__copy__")
    if own is not None:
        from adjoint.frontend.calls.calls import call_value

        return call_value(ctx, node, own, [], {}, "copy")
    if containers.cell_of(value) is not None:
        _check_copies(ctx, node, value)
        return joining.copied(ctx, node, value)
    return _unchangeable(ctx, node, value)


def _check_copies(ctx: Context, node: Any, value: Value) -> None:
    """Refuse an object whose class says what a copy of it holds."""
    cls = class_of(ctx, node, value)
    if cls is None:
        return
    for name in _PICKLING:
        own = inspect.getattr_static(cls, name, None)
        if own is not None and own is not inspect.getattr_static(object, name, None):
            raise ctx.refuse(
                node,
                f"an object of `{cls.__name__}` is copied",
                why=f"its class has `{name}`, which says what a copy holds",
                fix="give the class `__copy__`, or make the new object with its constructor",
            )


_PICKLING = ("__getstate__", "__setstate__", "__reduce__", "__reduce_ex__", "__getnewargs__", "__getnewargs_ex__")


@intrinsic(copy.deepcopy)
def _deepcopy(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    return _deep(ctx, node, args[0], {})


def _deep(ctx: Context, node: Any, value: Value, known: dict[Cell, Value]) -> Value:
    """A copy with all that is in it; what was shared stays shared."""
    if isinstance(value.type, Array) and value.type.rank:
        place = ctx.places.get(value)
        if place is None:
            return ctx.emit(node, "copy", value)
        if place not in known:
            known[place] = memory.keep(ctx, ctx.emit(node, "copy", value))
        return memory.load(ctx, node, known[place])
    if isinstance(value.type, Tuple):
        return ctx.pack([_deep(ctx, node, part, known) for part in ctx.parts(value)], value.type.layout)
    thing = object_of(value)
    if isinstance(thing, Bound):
        given = [memory.load(ctx, node, each) for each in (*thing.args, *thing.keywords.values())]
        kept = [memory.keep(ctx, _deep(ctx, node, each, known)) for each in given]
        count = len(thing.args)
        function = _deep(ctx, node, thing.function, known)
        return handle(Bound(function, tuple(kept[:count]), dict(zip(thing.keywords, kept[count:]))))
    cell = containers.cell_of(value)
    if cell is None:
        return _unchangeable(ctx, node, value)
    if cell in known:
        return known[cell]
    if method_of(ctx, node, value, "__deepcopy__") is not None:
        raise misused(ctx, node, "deepcopy")
    _check_copies(ctx, node, value)
    held = ctx.seen(node, cell)
    made = known[cell] = ctx.new_cell(held)
    new = containers.cell_of(made)
    assert new is not None
    if isinstance(held, Run):
        ctx.heap[new] = Run(held.value)
        return made
    slots = ctx.each_slot(node, cell, held)
    copies = [memory.keep(ctx, _deep(ctx, node, slot, known)) for slot in slots]
    ctx.heap[new] = Items(held.layout, tuple(copies))
    return made


def _unchangeable(ctx: Context, node: Any, value: Value) -> Value:
    """Numbers, strings, functions are their own copies."""
    if isinstance(value.type, Handle) and not isinstance(object_of(value), Closure | Bound | Special):
        raise ctx.refuse(
            node, f"{spoken(value.type)} is copied", why="it has a state of its own", fix="make a list: `list(...)`"
        )
    return value


# -- dataclasses


def _record(ctx: Context, node: Any, value: Value) -> tuple[Cell, Items, Any] | None:
    """A dataclass instance: its identity, contents and class."""
    cell = containers.cell_of(value)
    held = ctx.seen(node, cell) if cell is not None else None
    if cell is None or not isinstance(held, Items) or not dataclasses.is_dataclass(held.layout.cls):
        return None
    return cell, held, held.layout.cls


def _refuse(ctx: Context, node: Any, name: str) -> AdjointError:
    return ctx.refuse(
        node, f"`{name}` of what is no dataclass instance", why="Python would raise TypeError", fix="pass an instance"
    )


def _field(ctx: Context, node: Any, base: Value, name: str) -> Value:
    from adjoint.frontend.attributes import attribute

    return attribute(ctx, node, base, name)


@intrinsic(dataclasses.replace)
def _replace(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    found = _record(ctx, node, args[0])
    if found is None:
        raise _refuse(ctx, node, "replace")
    cls = found[2]
    given = dict(keywords)
    for each in dataclasses.fields(cls):
        if each.init and each.name not in given:
            given[each.name] = _field(ctx, node, args[0], each.name)
        elif not each.init and each.name in given:
            raise ctx.refuse(
                node, f"the field {each.name!r} is no argument of {cls.__name__}", why="Python raises", fix="drop it"
            )
    made = construct(ctx, node, cls, [], given, cls.__name__)
    if made is None:
        raise misused(ctx, node, "replace")
    return made


@intrinsic(dataclasses.asdict)
def _asdict(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) != 1 or keywords or _record(ctx, node, args[0]) is None:
        raise _refuse(ctx, node, "asdict")
    return _taken_apart(ctx, node, args[0], _as_dict)


@intrinsic(dataclasses.astuple)
def _astuple(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) != 1 or keywords or _record(ctx, node, args[0]) is None:
        raise _refuse(ctx, node, "astuple")
    return _taken_apart(ctx, node, args[0], lambda inner, names, parts: inner.pack(parts))


Build = Callable[[Context, tuple[str, ...], list[Value]], Value]


def _as_dict(ctx: Context, names: tuple[str, ...], parts: list[Value]) -> Value:
    return ctx.new_cell(Items(Layout("dict", names), tuple(parts)))


def _taken_apart(ctx: Context, node: Any, value: Value, build: Build) -> Value:
    """A dataclass as a dict or tuple, and those in it; everything else is copied."""
    found = _record(ctx, node, value)
    if found is not None:
        names = tuple(each.name for each in dataclasses.fields(found[2]))
        return build(ctx, names, [_taken_apart(ctx, node, _field(ctx, node, value, name), build) for name in names])
    if isinstance(value.type, Tuple):
        return ctx.pack([_taken_apart(ctx, node, part, build) for part in ctx.parts(value)], value.type.layout)
    cell = containers.cell_of(value)
    held = ctx.seen(node, cell) if cell is not None else None
    if cell is not None and isinstance(held, Items) and held.layout.kind in ("list", "dict"):
        slots = ctx.each_slot(node, cell, held)
        return ctx.new_cell(Items(held.layout, tuple(_taken_apart(ctx, node, slot, build) for slot in slots)))
    return _deep(ctx, node, value, {})


@intrinsic(dataclasses.fields)
def _fields(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    (value,) = args
    found = _record(ctx, node, value)
    cls = found[2] if found is not None else value.type.value if isinstance(value.type, Static) else None
    if cls is None or not dataclasses.is_dataclass(cls):
        raise _refuse(ctx, node, "fields")
    return ctx.pack([ctx.const(each) for each in dataclasses.fields(cls)])


@intrinsic(dataclasses.is_dataclass)
def _is_dataclass(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    (value,) = args
    if isinstance(value.type, Static):
        return ctx.const(dataclasses.is_dataclass(value.type.value))
    return ctx.const(_record(ctx, node, value) is not None)
