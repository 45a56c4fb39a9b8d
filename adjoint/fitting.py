"""Makes a tangent or cotangent that a caller gives fit the type it must have: its shape, its dtype, its container."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from adjoint.errors import ShapeAssumption
from adjoint.ir.types import FLOAT, NONE, Array, Layout, List, Scalar, Static, Tuple, Type, dtype_of, is_complex
from adjoint.runtime.containers import items_of, layout_of, rebuild
from adjoint.signatures import concrete_shape


def fit(value: Any, type: Type, name: str, sizes: Mapping[str, int]) -> Any:
    """A tangent or cotangent as the type it must have. Raises ShapeAssumption when its shape is another."""
    if isinstance(type, Tuple):
        return _fit_container(value, type, name, sizes)
    if isinstance(type, Scalar | Array):
        return _fit_numbers(value, type, name, sizes)
    if isinstance(type, Static) and type.value is None:
        return None  # nothing to differentiate: whatever stands there is ignored
    if isinstance(type, List):
        if not isinstance(value, list):
            raise ShapeAssumption(f"{name!r} must be a list, not {_words_of(value)}", why=f"it pairs with {type}")
        return [fit(item, type.item, name, sizes) for item in value]
    return value


def _fit_container(value: Any, type: Tuple, name: str, sizes: Mapping[str, int]) -> Any:
    items = _matching_items(value, type.layout)
    if items is None or len(items) != len(type.items):
        raise ShapeAssumption(
            f"{name!r} must be {_words(type)}, not {_words_of(value)}",
            why=f"it pairs with {type}",
            fix="give it the container of the value it belongs to, with None for what is not a real number",
        )
    fitted = [fit(item, item_type, name, sizes) for item, item_type in zip(items, type.items)]
    if all(a is b for a, b in zip(items, fitted)) and layout_of(value) == type.layout:
        return value
    return _built(value, type.layout, fitted)


def _matching_items(value: Any, layout: Layout | None) -> list[Any] | None:
    """The items of a tangent or cotangent in the order of the layout; None if it is another container."""
    given = items_of(value)
    if given is None:
        return None
    if layout is None or layout.kind in ("list", "named"):
        known = layout_of(value)
        fits = isinstance(value, tuple | list) or (known is not None and layout is not None and known == layout)
        return list(given) if fits else None
    if layout.kind == "dict":
        same = isinstance(value, dict) and set(value) == set(layout.keys)
        return [value[key] for key in layout.keys] if same else None
    known = layout_of(value)
    if known is None or known.kind not in ("record", "namespace") or set(known.keys) != set(layout.keys):
        return None
    return [getattr(value, key) for key in layout.keys]


def _built(value: Any, layout: Layout | None, items: list[Any]) -> Any:
    """The container that the emitted code reads, made of the items."""
    if layout is None or layout.kind == "list":
        return tuple(items) if layout is None else items
    if layout.kind == "dict":
        return dict(zip(layout.keys, items))
    if layout.kind == "named" and layout.cls is not None:
        return tuple.__new__(layout.cls, items)
    known = layout_of(value)
    if known is not None and known.keys == layout.keys:
        return rebuild(value, items)
    return SimpleNamespace(**dict(zip(layout.keys, items)))


def _words(type: Tuple) -> str:
    """A container type in words."""
    layout = type.layout
    if layout is None or layout.kind == "list":
        return f"a {'tuple' if layout is None else 'list'} of {len(type.items)}"
    if layout.kind == "dict":
        return f"a dict with the keys {', '.join(map(repr, layout.keys))}"
    owner = layout.cls.__name__ if layout.cls is not None else "SimpleNamespace"
    return f"a {owner} with {', '.join(layout.keys)}"


def _words_of(value: Any) -> str:
    """A value in words, such as those of `_words`."""
    items, layout = items_of(value), layout_of(value)
    if items is None:
        return f"a {type(value).__name__}"
    return _words(Tuple((NONE,) * len(items), layout))


def _fit_numbers(value: Any, type: Scalar | Array, name: str, sizes: Mapping[str, int]) -> Any:
    if builtins.type(value) is float and type == FLOAT:
        return value
    wanted = concrete_shape(type, sizes)
    if value is None and None not in wanted:
        return _nothing(type, wanted)
    array = np.asarray(value)
    matches = len(wanted) == array.ndim and all(w in (None, n) for w, n in zip(wanted, array.shape))
    if array.dtype.kind not in ("biufc" if is_complex(type) else "biuf") or not matches:
        raise ShapeAssumption(
            f"{name!r} must be {describe(type, sizes)}, not {_words_of_number(value, array, type)}",
            why="a tangent has the shape of its argument, a cotangent that of the result",
            fix=_way_to_fit(array, type, name),
        )
    if isinstance(type, Scalar):
        return complex(array[()]) if is_complex(type) else float(array[()])
    fitted = array.astype(type.dtype, copy=False)
    return fitted if type.rank else fitted[()]


def _way_to_fit(array: np.ndarray[Any, Any], type: Scalar | Array, name: str) -> str:
    if array.dtype.kind == "c" and not is_complex(type):
        return f"give `{name}` real numbers, as what it belongs to is real"
    return f"give `{name}` that shape, for example with `np.broadcast_to(...).copy()`"


def _nothing(type: Scalar | Array, shape: tuple[int | None, ...]) -> Any:
    """None for the tangent or cotangent of a real number or array is zero."""
    zero = np.zeros([n or 0 for n in shape], dtype_of(type))
    return zero if shape else zero[()] if isinstance(type, Array) else 0j if is_complex(type) else 0.0


def _words_of_number(value: Any, array: np.ndarray[Any, Any], wanted: Scalar | Array) -> str:
    if array.dtype.kind == "c" and not is_complex(wanted):
        return f"complex numbers of shape {array.shape}" if array.ndim else repr(value)
    return f"an array of shape {array.shape}" if array.ndim else repr(value)


def describe(type: Type, sizes: Mapping[str, int]) -> str:
    """The type in words a caller knows: `an array of shape (3,)`."""
    if isinstance(type, Array) and type.rank:
        dims = [str(n) if n is not None else "?" for n in concrete_shape(type, sizes)]
        return f"an array of shape ({', '.join(dims)}{',' if len(dims) == 1 else ''})"
    if isinstance(type, Tuple):
        items = ", ".join(describe(item, sizes) for item in type.items)
        return f"{_words(type)}: {items}" if type.layout is None or type.layout.kind == "list" else _words(type)
    if isinstance(type, Scalar | Array):
        return f"a {dtype_of(type)}"
    return str(type)
