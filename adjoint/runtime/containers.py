"""Containers as Python values: which objects hold others, what they hold, and how one like them is built again.

    (x, y)   [x, y]   {"w": x}   Point(x, y)   Params(w=x)   an object of a plain class   SimpleNamespace(w=x)

An object is a container of its attributes when its class is written in Python and keeps them in `__dict__` or
`__slots__`: what it means is then all in sight.
"""

from __future__ import annotations

import enum
import functools
import logging
import pathlib
import random
import re
import types
import typing
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from adjoint.ir.types import Layout
from adjoint.libraries import is_library

GENERATORS = (np.random.Generator, np.random.RandomState, random.Random)
"""Generators of random numbers: an argument of such a class is taken as it comes."""

STATIC = (
    str,
    bytes,
    types.NoneType,
    types.EllipsisType,
    types.NotImplementedType,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.ModuleType,
    np.dtype,
    np.ufunc,
    type,
    enum.Enum,
    functools.partial,
    *GENERATORS,
    logging.Logger,
    pathlib.PurePath,
    re.Pattern,
)
"""Objects that are not data: part of the specialisation."""

_TYPING = (object, typing.Generic, typing.Protocol)
_IN_C = (types.MethodDescriptorType, types.WrapperDescriptorType, types.BuiltinFunctionType)
_HEAP_TYPE = 1 << 9
"""The flag of classes that a `class` statement makes (and of some written in C)."""


@functools.lru_cache(maxsize=4096)
def kind_of(cls: type) -> str:
    """What instances of the class are: a kind of container, `static`, or nothing that can be held (an empty text)."""
    if cls in (tuple, list, dict):
        return cls.__name__
    if cls in (OrderedDict, types.MappingProxyType):
        return "dict"
    if cls is types.SimpleNamespace:
        return "namespace"
    if issubclass(cls, STATIC) or hasattr(cls, "__adjoint_lower__"):
        return "static"
    if issubclass(cls, tuple):
        return "named" if _is_namedtuple(cls) else ""
    return "record" if _is_plain(cls) else ""


def _is_namedtuple(cls: type) -> bool:
    fields = getattr(cls, "_fields", None)
    return isinstance(fields, tuple) and all(isinstance(name, str) for name in fields) and hasattr(cls, "_make")


def _is_plain(cls: type) -> bool:
    """Whether the class and its bases are written in Python and their instances have attributes."""
    looks_up: Any = cls.__getattribute__
    if hasattr(cls, "__array__") or looks_up is not object.__getattribute__:
        return False
    bases = [base for base in cls.__mro__ if base not in _TYPING]
    if not all(base.__flags__ & _HEAP_TYPE and not _is_in_c(base) for base in bases) or _is_of_library(cls):
        return False
    return bool(cls.__dictoffset__) or any("__slots__" in vars(base) for base in bases)


def _is_of_library(cls: type) -> bool:
    return is_library(cls.__module__)


def _is_in_c(cls: type) -> bool:
    return any(isinstance(member, _IN_C) for member in vars(cls).values())


@functools.lru_cache(maxsize=4096)
def slots_of(cls: type) -> tuple[str, ...]:
    """The attributes that instances keep outside of their `__dict__`, those of base classes first."""
    found: dict[str, None] = {}
    for base in reversed(cls.__mro__):
        slots = vars(base).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            hidden = name.startswith("__") and not name.endswith("__")
            own = f"_{base.__name__.lstrip('_')}{name}" if hidden else name
            if isinstance(vars(base).get(own), types.MemberDescriptorType):
                found[own] = None
    return tuple(found)


@functools.lru_cache(maxsize=4096)
def _recomputed(cls: type) -> frozenset[str]:
    """Attributes that are kept only to spare computing them again."""
    members = (item for base in cls.__mro__ for item in vars(base).items())
    return frozenset(name for name, member in members if isinstance(member, functools.cached_property))


def attributes_of(value: Any) -> dict[str, Any]:
    """The attributes of an instance of a plain class, in order."""
    cls: Any = type(value)
    found = {name: getattr(value, name) for name in slots_of(cls) if hasattr(value, name)}
    found.update(getattr(value, "__dict__", {}))
    for name in _recomputed(cls):
        found.pop(name, None)
    return found


def items_of(value: Any) -> Sequence[Any] | None:
    """What a container holds, in order; None for a value that is no container."""
    cls: Any = type(value)
    kind = kind_of(cls)
    if kind in ("tuple", "list", "named"):
        items: Sequence[Any] = value
        return items
    if kind == "dict":
        return list(value.values())
    return list(attributes_of(value).values()) if kind in ("record", "namespace") else None


def layout_of(value: Any) -> Layout | None:
    """The layout of a container; None for a plain tuple."""
    cls: Any = type(value)
    kind = kind_of(cls)
    if kind == "list":
        return Layout("list")
    if kind == "dict":
        return Layout("dict", tuple(value), OrderedDict if cls is OrderedDict else None)
    if kind == "named":
        return Layout("named", cls._fields, cls)
    if kind == "namespace":
        return Layout("namespace", tuple(vars(value)))
    return Layout("record", tuple(attributes_of(value)), cls) if kind == "record" else None


def rebuild(value: Any, items: Sequence[Any]) -> Any:
    """A container like `value` with other items. No code of the user runs: neither constructor nor `__post_init__`."""
    cls: Any = type(value)
    kind = kind_of(cls)
    if kind in ("tuple", "list"):
        return cls(items)
    if kind == "named":
        return tuple.__new__(cls, items)
    if kind == "dict":
        pairs: Any = zip(value, items)
        return cls(dict(pairs) if cls is types.MappingProxyType else pairs)
    made = cls() if kind == "namespace" else object.__new__(cls)
    slots = slots_of(cls)
    for name, item in zip(attributes_of(value), items):
        if name in slots:
            object.__setattr__(made, name, item)
        else:
            made.__dict__[name] = item
    return made


def map_leaves(function: Callable[[Any], Any], value: Any) -> Any:
    """The function of every leaf, in containers like those given; the value itself when nothing changes."""
    items = items_of(value)
    if items is None:
        return function(value)
    made = [map_leaves(function, item) for item in items]
    return value if all(a is b for a, b in zip(made, items)) else rebuild(value, made)


def copy_leaves(function: Callable[[Any], Any], value: Any) -> Any:
    """The function of every leaf, in new containers."""
    items = items_of(value)
    return function(value) if items is None else rebuild(value, [copy_leaves(function, item) for item in items])


def leaves_of(value: Any) -> Iterator[Any]:
    """The values in a container, from left to right; a value that is none is its own leaf."""
    items = items_of(value)
    if items is None:
        yield value
        return
    for item in items:
        yield from leaves_of(item)


def mutable_containers_of(value: Any) -> Iterator[Any]:
    """The lists, dicts and objects in a value, itself included, as often as they are there."""
    items = items_of(value)
    if items is None:
        return
    if not isinstance(value, tuple):
        yield value
    for item in items:
        yield from mutable_containers_of(item)


def is_number(value: Any) -> bool:
    """Whether the value is a number or a plain array of numbers."""
    return type(value) in (float, int, bool, complex, np.ndarray) or isinstance(value, np.generic)


def is_floating(value: Any) -> bool:
    """Whether the value is a real or complex number, or an array of them, in floating point."""
    return is_number(value) and np.asarray(value).dtype.kind in "fc"
