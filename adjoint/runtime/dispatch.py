"""Picks the specialisation for the values of a call: which of the emitted functions fits, in about a microsecond.

The key holds what the compiler specialised on and nothing else: kinds of Python numbers; dtype, rank and which
dimensions are 1 of arrays; the layout of containers; the identity of objects that are not data.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, final

import numpy as np

BY_VALUE = (str, bytes, type(None), np.dtype, type(Ellipsis), type(NotImplemented))
"""Objects that are not data and compare by value; all others compare by identity."""

NUMBERS = frozenset({bool, int, float, complex})
_SETTLED = frozenset({float, complex})


def key_of(value: Any) -> Any:
    """What the specialisation depends on, of one argument."""
    kind = type(value)
    if kind is bool:
        return value  # a flag: part of the specialisation
    if kind in NUMBERS:
        return kind
    if kind is np.ndarray:
        return _array_key(value)
    if isinstance(value, np.generic):
        return kind
    if kind is tuple:
        return (tuple, *map(_item_key, value))
    if kind is list:
        return (list, frozenset(map(_item_key, value)))
    if isinstance(value, BY_VALUE):
        return (kind, value)
    return ("identity", id(value))


def _item_key(value: Any) -> Hashable:
    return bool if type(value) is bool else key_of(value)


def _array_key(array: Any) -> Hashable:
    shape = array.shape
    if 1 in shape:
        return array.dtype, tuple([extent == 1 for extent in shape])  # nested: True and the rank 1 are equal keys
    return array.dtype, len(shape)


def as_real(value: Any) -> Any:
    """Integers, alone, in arrays or in containers, as the real numbers they stand for; the rest unchanged."""
    kind = type(value)
    if kind in _SETTLED:
        return value
    if kind is np.ndarray:
        return value.astype(np.float64) if value.dtype.kind in "iu" else value
    if kind is int:
        return float(value)
    if isinstance(value, np.integer):
        return np.float64(value)
    if kind in (list, tuple):
        return kind(map(as_real, value))
    return value


class Namespace(Protocol):
    """Where names live: a module's dictionary, or the cells of a closure."""

    def get(self, name: str, default: Any = None, /) -> Any: ...


@final
@dataclass(slots=True)
class Watch:
    """A name that the emitted code, or the decision to emit it, depends on: where it lives and what it held.

    `live` says that the emitted module reads it under this name, so that another value of its type may be put there.
    """

    namespace: Namespace
    name: str
    value: Any
    live: bool = False


@final
@dataclass(slots=True)
class Specialization:
    """One emitted function and what must still hold for it to be right.

    `call` is the function, or a wrapper that passes its arguments as it wants them; `program` is the IR behind it.
    """

    function: Callable[..., Any]
    call: Callable[..., Any]
    source: str
    program: Any
    watches: list[Watch] = field(default_factory=list)
    keep: Sequence[Any] = ()
    """Objects that the key knows by identity, kept alive so that no other object takes their address."""

    def holds(self) -> bool:
        """Whether no watched name changed in a way that needs another specialisation.

        A number that became another number of its kind is handed to the emitted module.
        """
        for watch in self.watches:
            current = watch.namespace.get(watch.name, MISSING)
            if current is watch.value:
                continue
            if not (watch.live and _have_one_type(watch.value, current)):
                return False
            self.function.__globals__[watch.name] = current
            watch.value = current
        return True


MISSING: Any = object()


def _have_one_type(old: Any, new: Any) -> bool:
    """Whether the two values have the type that the emitted code was made for."""
    if type(old) is not type(new):
        return False
    return type(old) in NUMBERS or (old.dtype == new.dtype and old.shape == new.shape)


@final
class Dispatcher:
    """Calls the specialisation that fits; `specialize(args)` makes one on a miss.

    The key is made of the first `count` arguments: the types of the others follow. `real` are the positions of the
    differentiated arguments: their integers count as real numbers.
    """

    __slots__ = ("count", "entries", "latest", "real", "routes", "specialize")

    def __init__(self, specialize: Callable[[list[Any]], Specialization], count: int, real: Sequence[int]) -> None:
        self.specialize = specialize
        self.count = count
        self.real = tuple(real)
        self.entries: dict[Hashable, Specialization] = {}
        self.routes: dict[Hashable, tuple[Specialization, tuple[int, ...]]] = {}
        """For each key of arguments as given: what runs, and which of them are to be made real."""
        self.latest: Specialization | None = None

    def __call__(self, args: Sequence[Any]) -> Any:
        """Run the specialisation for the arguments."""
        key = self.key(args)
        route = self.routes.get(key)
        if route is None or (route[0].watches and not route[0].holds()):
            route = self.routes[key] = self.route(args)
        self.latest = entry = route[0]
        if route[1]:
            args = [as_real(arg) if position in route[1] else arg for position, arg in enumerate(args)]
        return entry.call(*args)

    def entry(self, args: list[Any]) -> Specialization:
        """The specialisation for the arguments, whose integers are made real in place."""
        key = self.key(args)
        route = self.routes.get(key)
        if route is None or not route[0].holds():
            route = self.routes[key] = self.route(args)
        entry, conversions = route
        for position in conversions:
            args[position] = as_real(args[position])
        self.latest = entry
        return entry

    def key(self, args: Sequence[Any]) -> Hashable:
        """The keys of the arguments; the most frequent kinds are told apart here, for speed."""
        keys: list[Any] = []
        for arg in args if len(args) == self.count else args[: self.count]:
            kind = type(arg)
            if kind is float:
                keys.append(float)
            elif kind is np.ndarray and 1 not in arg.shape:
                keys.append((arg.dtype, arg.ndim))
            else:
                keys.append(key_of(arg))
        return tuple(keys)

    def route(self, args: Sequence[Any]) -> tuple[Specialization, tuple[int, ...]]:
        """What a new key leads to. Arguments that differ only by being integers share a specialisation."""
        values = list(args)
        for position in self.real:
            if position < len(values):
                values[position] = as_real(values[position])
        key = self.key(values)
        entry = self.entries.get(key)
        if entry is None or (entry.watches and not entry.holds()):
            entry = self.specialize(values)
            entry.keep = tuple(values) if _has_identity(key) else ()
            self.entries[key] = entry
        return entry, tuple(index for index, (a, b) in enumerate(zip(args, values)) if a is not b)


def _has_identity(key: Hashable) -> bool:
    if isinstance(key, tuple | frozenset):
        return "identity" in key or any(map(_has_identity, key))
    return False
