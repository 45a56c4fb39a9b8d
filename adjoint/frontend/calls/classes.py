"""Objects: made from their class inside the function, or known before it runs (bound methods, partial applications)."""

from __future__ import annotations

import dataclasses
import enum
import functools
import inspect
import operator
import types
from collections.abc import Mapping, Sequence
from types import FunctionType
from typing import Any

from adjoint.frontend.containers import containers
from adjoint.frontend.context import Context
from adjoint.frontend.names import outside_object
from adjoint.frontend.values.objects import Bound, Items, Special, Super, handle, object_of
from adjoint.ir.core import Value
from adjoint.ir.jitted import python_function
from adjoint.ir.types import Layout, Static, Tuple


def construct(
    ctx: Context, node: Any, cls: type, args: list[Value], keywords: dict[str, Value], text: str
) -> Value | None:
    """`cls(...)` of a class of the user's; None for one whose objects the front end does not know."""
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return _named_tuple(ctx, node, cls, args, keywords, text)
    if issubclass(cls, enum.Enum):
        return ctx.const(cls(*map(ctx.static, args))) if all(map(ctx.is_static, args)) else None
    if cls is types.SimpleNamespace:
        return ctx.new_cell(Items(Layout("namespace", tuple(keywords)), tuple(keywords.values())))
    if not _is_plain(cls):
        return None
    made = ctx.new_cell(Items(Layout("record", (), cls), ()))
    init = inspect.getattr_static(cls, "__init__")
    if dataclasses.is_dataclass(cls) and _is_generated(init):
        _fill(ctx, node, made, cls, args, keywords, text)
    elif isinstance(init, FunctionType):
        from adjoint.frontend.calls.calls import call_value

        call_value(ctx, node, ctx.const(init), [made, *args], keywords, text)
    elif args or keywords:
        raise ctx.refuse(node, f"`{text}` takes no arguments", why="Python would raise TypeError", fix="drop them")
    return made


def _is_plain(cls: type) -> bool:
    """Whether the objects of a class are nothing but their attributes."""
    if cls.__module__ == "builtins" or (cls.__module__ or "").partition(".")[0] in ("numpy", "scipy"):
        return False
    if issubclass(cls, BaseException | type) or type(cls).__name__ not in ("type", "ABCMeta", "_ProtocolMeta"):
        return False
    return own_protocol(cls) is None


def own_protocol(cls: type) -> str | None:
    """The special method by which objects of the class are more than their attributes; None where there is none."""
    if object.__new__ not in (inspect.getattr_static(cls, "__new__"), cls.__new__) and not _is_generic(cls):
        return "__new__"
    if inspect.getattr_static(cls, "__getattribute__") is not object.__getattribute__:
        return "__getattribute__"
    if dataclasses.is_dataclass(cls):
        return None
    if inspect.getattr_static(cls, "__setattr__") is not object.__setattr__:
        return "__setattr__"
    return next((name for name in ("__getattr__", "__array__") if hasattr(cls, name)), None)


def _is_generic(cls: type) -> bool:
    return getattr(cls.__new__, "__module__", None) == "typing"


def _is_generated(init: Any) -> bool:
    return isinstance(init, FunctionType) and init.__code__.co_filename.startswith("<")


def _named_tuple(ctx: Context, node: Any, cls: Any, args: list[Value], keywords: dict[str, Value], text: str) -> Value:
    fields: tuple[str, ...] = cls._fields
    given = dict(zip(fields, args)) | keywords
    for name, default in cls._field_defaults.items():
        if name not in given:
            given[name] = ctx.const(default)
    if set(given) != set(fields) or len(args) > len(fields):
        raise ctx.refuse(node, f"this call of `{text}` does not fit", why="Python would raise", fix="give each field")
    return ctx.pack([given[name] for name in fields], Layout("named", fields, cls))


def _fill(
    ctx: Context, node: Any, made: Value, cls: Any, args: list[Value], keywords: dict[str, Value], text: str
) -> None:
    """What the `__init__` that `dataclass` writes does."""
    fields = [each for each in dataclasses.fields(cls) if each.init]
    positional = [each for each in fields if not each.kw_only]
    given = {each.name: value for each, value in zip(positional, args)} | keywords
    if len(args) > len(positional) or set(given) - {each.name for each in fields}:
        raise ctx.refuse(node, f"this call of `{text}` does not fit", why="Python would raise", fix="check the fields")
    for each in dataclasses.fields(cls):
        if each.name in given:
            _set(ctx, node, made, each.name, given[each.name])
        elif each.default is not dataclasses.MISSING:
            _set(ctx, node, made, each.name, outside_object(ctx, node, each.name, each.default))
        elif each.default_factory is not dataclasses.MISSING:
            from adjoint.frontend.calls.calls import call_value

            _set(ctx, node, made, each.name, call_value(ctx, node, ctx.const(each.default_factory), [], {}, each.name))
        elif each.init:
            raise ctx.refuse(
                node, f"`{text}` lacks {each.name!r}", why="Python would raise TypeError", fix="give the field"
            )
    after = inspect.getattr_static(cls, "__post_init__", None)
    if isinstance(after, FunctionType):
        from adjoint.frontend.calls.calls import call_value

        call_value(ctx, node, ctx.const(after), [made], {}, text)


def _set(ctx: Context, node: Any, made: Value, name: str, value: Value) -> None:
    cell = containers.cell_of(made)
    assert cell is not None
    held = ctx.seen(node, cell)
    assert isinstance(held, Items)
    number = held.slot(name)
    ctx.change(node, cell, held.add(name, value) if number is None else held.put(number, value))


def special_object(ctx: Context, target: Any) -> Value | None:
    """A callable object that is known now, as the front end runs it; None for any other."""
    if isinstance(target, functools.partial):
        bound = [outside_object(ctx, None, "argument", each) for each in target.args]
        named = {name: outside_object(ctx, None, name, each) for name, each in target.keywords.items()}
        return handle(Bound(ctx.const(target.func), tuple(bound), named))
    if isinstance(target, types.MethodType):
        owner = target.__self__
        if isinstance(owner, type) and hasattr(owner, "_fields") and target.__name__ == "_make":
            return handle(Special("_make", functools.partial(_made_from, owner)))
        return handle(Bound(ctx.const(target.__func__), (outside_object(ctx, None, "self", owner),)))
    if isinstance(target, functools._lru_cache_wrapper | staticmethod | classmethod):
        return ctx.const(target.__wrapped__)
    compiled = python_function(target)
    if compiled is not None:
        return ctx.const(compiled)
    if isinstance(target, operator.methodcaller):
        return _method_caller_known(ctx, target)
    if isinstance(target, operator.itemgetter | operator.attrgetter):
        return getter(type(target), target.__reduce__()[1])
    if isinstance(target, FunctionType) and hasattr(target, "registry") and hasattr(target, "dispatch"):
        return dispatcher(target)
    return None


def _made_from(cls: type, ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
    """`Point._make(items)`."""
    from adjoint.frontend.expressions import spread

    return _named_tuple(ctx, node, cls, spread(ctx, node, args[0]), {}, f"{cls.__name__}._make")


def getter(kind: type, arguments: Sequence[Any]) -> Value:
    """`itemgetter(...)`, `attrgetter(...)`."""
    from adjoint.frontend.attributes import attribute
    from adjoint.frontend.containers.items import item_of

    def one(ctx: Context, node: Any, base: Value, argument: Any) -> Value:
        if kind is operator.itemgetter:
            return item_of(ctx, node, base, ctx.const(argument))
        for name in argument.split("."):
            base = attribute(ctx, node, base, name)
        return base

    def run(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
        (base,) = args
        found = [one(ctx, node, base, argument) for argument in arguments]
        return found[0] if len(found) == 1 else ctx.pack(found)

    return handle(Special(kind.__name__, run))


def method_caller(name: str, args: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
    """`methodcaller(name, *args, **keywords)`."""
    from adjoint.frontend.attributes import attribute
    from adjoint.frontend.calls.calls import call_value

    def run(ctx: Context, node: Any, given: list[Value], named: dict[str, Value]) -> Value:
        *more, base = given
        return call_value(ctx, node, attribute(ctx, node, base, name), more, named, name)

    return handle(Bound(handle(Special("methodcaller", run)), tuple(args), keywords))


def _method_caller_known(ctx: Context, target: Any) -> Value:
    """A `methodcaller` made outside of the function."""
    made, args = target.__reduce__()
    bound: Any = made if isinstance(made, functools.partial) else functools.partial(made)
    given: list[Any] = [*bound.args, *args]
    name, *more = given
    values = [outside_object(ctx, None, "argument", each) for each in more]
    return method_caller(name, values, {k: outside_object(ctx, None, k, each) for k, each in bound.keywords.items()})


def dispatcher(target: Any) -> Value:
    """A function of `functools.singledispatch`: the class of the first argument chooses, which is known now."""
    from adjoint.frontend.calls.calls import call_value
    from adjoint.frontend.values.kinds import possible_kinds

    def run(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
        chosen = {target.dispatch(kind) for kind in possible_kinds(ctx, node, args[0])} if args else set()
        if len(chosen) != 1:
            raise ctx.refuse(
                node,
                f"which function `{target.__name__}` means for {args[0].type if args else 'no argument'} is not known",
                why="an int may stand where a float is declared, and a Python number where a NumPy scalar is",
                fix="register one function for the whole family of numbers, or call it by name",
            )
        return call_value(ctx, node, ctx.const(chosen.pop()), args, keywords, target.__name__)

    return handle(Special(target.__name__, run))


def super_of(ctx: Context, node: Any, args: list[Value]) -> Value:
    """`super()` in a method, or `super(cls, self)`."""
    if args:
        cls = ctx.static(args[0]) if ctx.is_static(args[0]) else None
        of = args[1]
    else:
        cls = ctx.captured.namespace.get("__class__")
        first = ctx.captured.params[0].name if ctx.captured.params else None
        of = ctx.read(node, first) if first is not None else ctx.const(None)
    if not isinstance(cls, type):
        raise ctx.refuse(node, "`super()` outside of a method", why="there is no class", fix="name the class")
    return handle(Super(cls, of))


__all__ = [
    "Static",
    "Tuple",
    "construct",
    "dispatcher",
    "getter",
    "method_caller",
    "object_of",
    "special_object",
    "super_of",
]
