"""What a layout does at run time: building the container from its items, reading an item back.

    Layout("dict", ("w", "b"))                  {"w": x, "b": y}                p["w"]
    Layout("named", ("x", "y"), Point)          Point(x=x, y=y)                 p.x
    Layout("record", ("w", "b"), Params)        Params(w=x, b=y)                p.w
    Layout("namespace", ("w", "b"))             SimpleNamespace(w=x, b=y)       p.w

A record is only built where its constructor does nothing but store its arguments: see `is_rebuildable`. Elsewhere a
namespace with the same attributes stands in for it, which nobody outside of the derivative meets.
"""

from __future__ import annotations

from collections.abc import Sequence
from inspect import getattr_static, signature
from types import FunctionType, SimpleNamespace
from typing import Any

from adjoint.ir.types import Layout, List, Tuple, Type


def build(layout: Layout | None, items: Sequence[Any]) -> Any:
    """The container with the given items, or what stands in for it."""
    if layout is None or layout.kind == "function":
        return tuple(items)
    if layout.kind == "list":
        return list(items)
    pairs = dict(zip(layout.keys, items, strict=True))
    if layout.kind == "dict":
        return pairs if layout.cls is None else layout.cls(pairs)
    if layout.cls is None or layout.kind == "namespace" or not is_rebuildable(layout):
        return SimpleNamespace(**pairs)
    return layout.cls(**pairs)


def read(layout: Layout | None, container: Any, index: int) -> Any:
    """Item number `index` of the container: by key, by attribute or by position."""
    if layout is None or not layout.is_keyed:
        return container[index]
    key = layout.keys[index]
    return container[key] if layout.kind == "dict" else getattr(container, key)


def is_rebuildable(layout: Layout) -> bool:
    """Whether the class called with every item by keyword gives back the container, and runs no code of the user's.

    True for namedtuples and dataclasses as the library makes them, not where they have a constructor or a
    `__post_init__` of their own, or fields that are no items.
    """
    cls: Any = layout.cls
    if cls is None or layout.kind == "dict":
        return True
    if layout.kind == "named":
        return _is_generated(cls.__new__) and cls.__init__ is object.__init__
    if "__dataclass_fields__" not in vars(cls) or not _is_generated(cls.__init__) or hasattr(cls, "__post_init__"):
        return False
    stores = cls.__setattr__ is object.__setattr__ or _is_generated(cls.__setattr__)
    plain = cls.__new__ is object.__new__ and type(cls).__call__ is type.__call__
    has_code = any(isinstance(getattr_static(cls, key, None), property) for key in layout.keys)
    return stores and plain and not has_code and set(signature(cls).parameters) == set(layout.keys)


def stand_in_of(t: Type) -> Layout | None:
    """The layout of an object in values of the type for which a namespace stands, if there is one."""
    if isinstance(t, List):
        return stand_in_of(t.item)
    if not isinstance(t, Tuple):
        return None
    if t.layout is not None and t.layout.kind in ("record", "named") and not is_rebuildable(t.layout):
        return t.layout
    return next((found for item in t.items if (found := stand_in_of(item)) is not None), None)


def is_mutable(layout: Layout | None) -> bool:
    """Whether the container can be changed in place, so that two of them are not one."""
    return layout is not None and layout.kind in ("list", "dict", "record", "namespace")


def cotangent_layout(layout: Layout | None) -> Layout | None:
    """The container of a cotangent or tangent: the primal's, or a namespace where a constructor cannot rebuild that."""
    if layout is None or is_rebuildable(layout):
        return layout
    return Layout("namespace", layout.keys)


def _is_generated(function: Any) -> bool:
    """Whether the standard library wrote the function (for a namedtuple or a dataclass)."""
    return isinstance(function, FunctionType) and function.__code__.co_filename == "<string>"
