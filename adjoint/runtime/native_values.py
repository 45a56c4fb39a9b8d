"""Values at the border of compiled code, which knows containers as tuples (`passes/plain_containers`).

    {"w": w, "b": b}  ->  (w, b)  ->  compiled code  ->  (w_bar, b_bar)  ->  {"w": w_bar, "b": b_bar}
"""

from __future__ import annotations

import types
from array import array
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adjoint.ir.types import Array, Layout, List, Scalar, Static, Tuple, Type
from adjoint.runtime.containers import items_of

Convert = Callable[[Any], Any]


def to_plain(t: Type) -> Convert | None:
    """What makes an argument of the type one of compiled code; None where it is one already."""
    if isinstance(t, Static):
        return None if t.value is None or isinstance(t.value, int | float) else _nothing
    if isinstance(t, List):
        return _alike_items if isinstance(t.item, Array | Scalar) else None
    if not isinstance(t, Tuple):
        return None
    items = [to_plain(item) for item in t.items]
    if t.layout is None and not any(items):
        return None

    def convert(value: Any) -> Any:
        parts = items_of(value)
        assert parts is not None
        made = [part if each is None else each(part) for each, part in zip(items, parts)]
        return type(value)(*made) if t.layout is not None and t.layout.kind == "named" else tuple(made)

    return convert


def from_plain(t: Type) -> Convert | None:
    """What makes a result of compiled code one of the type; None where it is one already."""
    if isinstance(t, Array) and t.rank and t.dtype not in ("float64", "complex128"):
        return lambda value: value.astype(t.dtype, copy=False)  # Numba computes some of float32 in float64
    if not isinstance(t, Tuple):
        return None
    items = [from_plain(item) for item in t.items]
    if not any(items) and (t.layout is None or t.layout.kind == "named"):
        return None

    def convert(value: Any) -> Any:
        return _built(t.layout, [part if each is None else each(part) for each, part in zip(items, value)])

    return convert


def _built(layout: Layout | None, items: list[Any]) -> Any:
    if layout is None or layout.kind == "function":
        return tuple(items)
    if layout.kind == "list":
        return items
    if layout.kind == "named" and layout.cls is not None:
        return layout.cls(*items)
    named = dict(zip(layout.keys, items))
    if layout.kind == "dict":
        return named if layout.cls is None else layout.cls(named)
    return types.SimpleNamespace(**named) if layout.cls is None else layout.cls(**named)


def _alike_items(value: Any) -> Any:
    """A list whose items are of one kind: Numba takes no lists of ints beside floats, of matrices beside transposes."""
    kinds = {_kind(item) for item in value} if type(value) is list else ()
    if len(kinds) < 2:
        return value
    dtype = np.result_type(*value)
    made = [np.array(item, dtype, order="C") for item in value]
    return made if made[0].ndim else [item.item() for item in made]


def _kind(item: Any) -> Any:
    if not isinstance(item, np.ndarray):
        return type(item)
    return item.dtype, item.ndim, item.flags.c_contiguous, item.flags.f_contiguous, item.flags.writeable


def _nothing(value: Any) -> None:
    """What is part of the specialisation is not handed over."""


def as_array(value: Any) -> Any:
    """A list of numbers as an array: Numba takes lists item by item."""
    if type(value) is not list:
        return value
    kind = "d" if any(type(x) is float for x in value) else "q"
    return np.frombuffer(array(kind, value), kind) if value else np.empty(0)


def conversions(given: Sequence[Type], arrays: Sequence[int]) -> dict[int, Convert]:
    """What is done to arguments, by their positions; `arrays` are those of lists that are taken as arrays."""
    found = {place: made for place, t in enumerate(given) if (made := to_plain(t)) is not None}
    return {**found, **dict.fromkeys(arrays, as_array)}
