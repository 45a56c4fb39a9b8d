"""How containers and objects from outside of a function look: what of them is fixed in its derivative.

Numbers and arrays in them are read when the derivative runs. Keys, lengths, kinds, strings, None and functions were
read when it was made; where they have changed since, it is made anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, final

import numpy as np

from adjoint.libraries import is_library

_NUMBERS = (bool, int, float, complex, np.generic)
_MOST = 2000
"""How many things are looked at in one container."""


@final
class _Same:
    """An object that is itself only."""

    __slots__ = ("held",)

    def __init__(self, held: Any) -> None:
        self.held = held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.held is self.held

    def __hash__(self) -> int:
        return id(self.held)


def looks_of(values: Iterable[Any]) -> list[tuple[Any, Any]]:
    """The containers and objects among values, and how they look now."""
    return [(value, look) for value in values if not isinstance(look := look_of(value), _Same | str | type | tuple)]


def are_as_before(looks: Iterable[tuple[Any, Any]]) -> bool:
    """Whether all of them look as they did."""
    return all(look_of(value) == before for value, before in looks)


def look_of(value: Any) -> Any:
    """What tells how a value looks: a list for what has things in it, the value itself or its type for others."""
    return _look(value, [_MOST], ())


def _look(value: Any, left: list[int], above: tuple[int, ...]) -> Any:
    left[0] -= 1
    if isinstance(value, _NUMBERS):
        return type(value)
    if isinstance(value, str | bytes):
        return value
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape
    if left[0] < 0 or id(value) in above:
        return _Same(value)
    inside = (*above, id(value))
    if isinstance(value, list | tuple):
        kinds = set(map(type, value[:_MOST]))
        if kinds and all(issubclass(kind, _NUMBERS) for kind in kinds):
            return [type(value), *sorted(kind.__name__ for kind in kinds)]
        return [type(value), *(_look(item, left, inside) for item in value)]
    if isinstance(value, dict):
        return [type(value), *((_key(key), _look(item, left, inside)) for key, item in value.items())]
    members = _members(value)
    if members is None:
        return _Same(value)
    return [type(value), *((name, _look(item, left, inside)) for name, item in members)]


def _key(key: Any) -> Any:
    return key if isinstance(key, str | int) else _Same(key)


def _members(value: Any) -> Iterable[tuple[str, Any]] | None:
    """The attributes of an object of a class of the user's; None for anything else."""
    if isinstance(value, type) or not isinstance(getattr(value, "__dict__", None), dict):
        return None
    if isinstance(value, SimpleNamespace):
        return vars(value).items()
    is_of_library = is_library(type(value).__module__)
    return None if is_of_library or hasattr(value, "__get__") else vars(value).items()
