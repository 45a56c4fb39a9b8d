"""Values made of numbers, whatever the containers: read their real leaves as a vector, and put others in their place.

A leaf is a float or a float array (complex ones while a reference is computed). Everything else, integers included,
stays as it is, and has None for a tangent.
"""

from __future__ import annotations

import copy
import dataclasses
from collections import deque
from collections.abc import Callable, Iterator
from enum import Enum
from types import FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import Any

import numpy as np

Key = tuple[str, Any]  # how a part is read: ("item", 0), ("item", "w"), ("attribute", "rate")
Leaf = tuple[tuple[Key, ...], Any]


class WrongStructure(Exception):
    """A derivative that has not the containers or shapes of its primal."""


def is_leaf(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fc"
    return isinstance(value, float | complex | np.floating | np.complexfloating)


def parts(value: Any) -> list[tuple[Key, Any]]:
    """The parts of a container or an object, in order; none for what is not made of parts."""
    if isinstance(value, tuple | list | deque):
        return [(("item", index), item) for index, item in enumerate(value)]
    if isinstance(value, dict):
        return [(("item", key), item) for key, item in value.items()]
    if is_opaque(value):
        return []
    if dataclasses.is_dataclass(value):
        names = [f.name for f in dataclasses.fields(value)]
        return [(("attribute", name), getattr(value, name)) for name in names]
    return [(("attribute", name), item) for name, item in getattr(value, "__dict__", {}).items()]


def is_opaque(value: Any) -> bool:
    kinds = (str, bytes, int, type(None), type, Enum, FunctionType, MethodType, ModuleType, np.ndarray, np.generic)
    return isinstance(value, kinds) or (callable(value) and not getattr(value, "__dict__", {}))


def leaves(value: Any, path: tuple[Key, ...] = ()) -> Iterator[Leaf]:
    """All real leaves with the path to each."""
    if is_leaf(value):
        yield path, value
        return
    for key, part in parts(value):
        yield from leaves(part, (*path, key))


def vector(value: Any) -> np.ndarray:
    """All real numbers of the value in one vector."""
    found = [np.ravel(np.asarray(leaf)) for _, leaf in leaves(value)]
    return np.concatenate(found) if found else np.zeros(0)


def with_numbers(value: Any, numbers: np.ndarray) -> Any:
    """A copy of the value with these numbers for its own, a complex vector makes complex leaves."""
    taken = iter(numbers)

    def leaf(old: Any) -> Any:
        new = [next(taken) for _ in range(np.size(old))]
        if isinstance(old, np.ndarray):
            kind = complex if np.iscomplexobj(numbers) else old.dtype
            return np.array(new, kind).reshape(old.shape)
        return new[0].item()

    return rebuild(value, leaf, copy.deepcopy)


def cotangent(value: Any, numbers: np.ndarray) -> Any:
    """Numbers in the place of the real leaves, None in the place of all others."""
    taken = iter(numbers)

    def leaf(old: Any) -> Any:
        new = [next(taken).item() for _ in range(np.size(old))]
        return np.array(new).reshape(old.shape) if isinstance(old, np.ndarray) else new[0]

    return rebuild(value, leaf, lambda other: None)


def rebuild(value: Any, leaf: Callable[[Any], Any], other: Callable[[Any], Any]) -> Any:
    """The same containers with `leaf` and `other` applied to what is in them."""
    if is_leaf(value):
        return leaf(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(rebuild(item, leaf, other) for item in value))
    if isinstance(value, tuple | list):
        return type(value)(rebuild(item, leaf, other) for item in value)
    if isinstance(value, deque):
        return deque((rebuild(item, leaf, other) for item in value), value.maxlen)
    if isinstance(value, dict):
        made = copy.copy(value)
        made.update({key: rebuild(item, leaf, other) for key, item in value.items()})
        return made
    found = parts(value)
    if not found:
        return other(value)
    made = copy.copy(value)
    for (_, name), item in found:
        object.__setattr__(made, name, rebuild(item, leaf, other))
    return made


def read_like(derivative: Any, primal: Any) -> np.ndarray:
    """The numbers of a derivative, found where the primal has its own. Raises WrongStructure where they are not."""
    _check_containers(derivative, primal, "")
    found = []
    for path, leaf in leaves(primal):
        part = derivative
        for kind, key in path:
            part = part[key] if kind == "item" else getattr(part, key)
        if part is None or np.shape(part) != np.shape(leaf):
            raise WrongStructure(f"{_spell(path)}: {part!r:.60} for a leaf of shape {np.shape(leaf)}")
        found.append(np.ravel(np.asarray(part, dtype=float)))
    return np.concatenate(found) if found else np.zeros(0)


def _spell(path: tuple[Key, ...]) -> str:
    return "".join(f"[{key!r}]" if kind == "item" else f".{key}" for kind, key in path) or "the result"


def _check_containers(derivative: Any, primal: Any, where: str) -> None:
    if is_leaf(primal) or derivative is None:
        return
    if isinstance(primal, tuple | list | dict):
        if type(derivative) is not type(primal) or len(derivative) != len(primal):
            raise WrongStructure(f"{where or 'the result'}: {derivative!r:.60} for a {type(primal).__name__}")
        if isinstance(primal, dict) and list(derivative) != list(primal):
            raise WrongStructure(f"{where}: keys {list(derivative)}, not {list(primal)}")
    elif parts(primal) and not isinstance(derivative, type(primal) | SimpleNamespace):
        raise WrongStructure(f"{where or 'the result'}: {derivative!r:.60} for a {type(primal).__name__}")
    for (kind, key), part in parts(primal):
        try:
            answer = derivative[key] if kind == "item" else getattr(derivative, key)
        except (LookupError, AttributeError):
            if not list(leaves(part)):
                continue
            raise WrongStructure(f"{where}: {key!r} is missing in {derivative!r:.60}") from None
        _check_containers(answer, part, f"{where}[{key!r}]" if kind == "item" else f"{where}.{key}")


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal in containers, classes and every bit of their numbers."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.shape(a) == np.shape(b) and np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind in "fc")
    if is_leaf(a) and is_leaf(b):
        return bool(a == b or (a != a and b != b))
    if isinstance(a, dict) and isinstance(b, dict) and list(a) != list(b):
        return False
    left, right = parts(a), parts(b)
    if not left and not right:
        return type(a) is type(b) and (is_opaque(a) is False or a == b or callable(a))
    keys_agree = type(a) is type(b) and [key for key, _ in left] == [key for key, _ in right]
    return keys_agree and all(same(x, y) for (_, x), (_, y) in zip(left, right))
