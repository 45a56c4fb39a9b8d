"""Picks the specialisation for the values of a call: which of the emitted functions fits, in about a microsecond.

The key holds what the compiler specialised on and nothing else: kinds of Python numbers; dtype, rank and which
dimensions are 1 of arrays; the layout of containers; the identity of objects that are not data.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, final

import numpy as np

from adjoint.errors import UnsupportedConstruct
from adjoint.ir.signature import is_sparse
from adjoint.ir.types import Tuple
from adjoint.runtime.containers import GENERATORS, attributes_of, items_of, kind_of, map_leaves, rebuild
from adjoint.runtime.integers import (
    Path,
    as_real_except,
    gives_integers,
    integer_paths,
    is_integer_array,
    refuse_rounded_inside,
    refuse_rounding,
    tried,
    with_fewest,
)
from adjoint.runtime.known import Held, are_held
from adjoint.runtime.looks import are_as_before

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
    if kind is tuple:
        return (tuple, *map(_item_key, value))
    if kind is dict:
        return (dict, tuple(value), *map(_item_key, value.values()))
    if kind is list:
        return list_key(value)
    if isinstance(value, np.generic):
        return kind
    if isinstance(value, BY_VALUE):
        return (kind, value)
    return _container_key(value)


def _container_key(value: Any) -> Hashable:
    cls: Any = type(value)
    kind = kind_of(cls)
    if kind == "named":
        return (cls, *map(_item_key, value))
    if kind == "dict":
        return (cls, tuple(value), *map(_item_key, value.values()))
    if kind in ("record", "namespace"):
        attributes = attributes_of(value)
        return (cls, tuple(attributes), *map(_item_key, attributes.values()))
    if is_sparse(value):
        return (cls, _array_key(value))
    return cls if issubclass(cls, GENERATORS) else ("identity", id(value))


def list_key(items: list[Any]) -> tuple[Any, ...]:
    """`(list, kinds)` when the items are alike, so that their number may change; else the key of each."""
    kinds = frozenset(map(type, items))
    if kinds <= NUMBERS:
        return list, kinds
    keys = tuple(map(_item_key, items))
    different = frozenset(keys)
    return (list, different) if _are_alike(different) else (list, *keys)


def is_open(key: tuple[Any, ...]) -> bool:
    """Whether the key is that of a list whose length may change."""
    return len(key) == 2 and isinstance(key[1], frozenset)


def _are_alike(keys: frozenset[Any]) -> bool:
    """Whether the keys are of numbers, of one kind of array, or of tuples and lists of numbers with one form."""
    if len(keys) == 1 and _is_array_key(next(iter(keys))):
        return True
    forms = set(map(_form, keys))
    return len(forms) <= 1 and None not in forms


def _is_array_key(key: Any) -> bool:
    return isinstance(key, tuple) and isinstance(key[0], np.dtype)


def _form(key: Any) -> Hashable:
    """How numbers are nested in tuples and lists; None where there is anything else."""
    if isinstance(key, type):
        return "number"
    if not isinstance(key, tuple) or key[0] not in (tuple, list):
        return None
    if key[0] is list and not is_open(key):
        return None
    inner = [_form(item) for item in (key[1] if key[0] is list else key[1:])]
    if None in inner or not inner or (key[0] is list and len(set(inner)) != 1):
        return None
    return (list, inner[0]) if key[0] is list else (tuple, *inner)


def _item_key(value: Any) -> Hashable:
    kind: Any = type(value)
    key: Hashable = kind if kind in NUMBERS else key_of(value)
    return key


def _array_key(array: Any) -> Hashable:
    shape = array.shape
    if 1 in shape:
        return array.dtype, tuple([extent == 1 for extent in shape])  # nested: True and the rank 1 are equal keys
    return array.dtype, len(shape)


def as_real(value: Any) -> Any:
    """Integers, alone, in arrays or in containers, as the real numbers they stand for; the rest unchanged."""
    kind: Any = type(value)
    if kind in _SETTLED:
        return value
    if kind is np.ndarray:
        return value.astype(np.float64) if value.dtype.kind in "iu" else value
    if kind is int:
        return float(value)
    if isinstance(value, np.integer):
        return np.float64(value)
    return value if isinstance(value, BY_VALUE) or not kind_of(kind) else map_leaves(_leaf_as_real, value)


def _leaf_as_real(value: Any) -> Any:
    return as_real(value) if type(value) in NUMBERS or isinstance(value, np.ndarray | np.generic) else value


def parts_as_real(value: Any, parts: Iterable[int | str]) -> Any:
    """The arguments of a `*args` or `**kwargs` parameter with the integers of some of them as real numbers."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    items = list(items_of(value) or ())
    made = [as_real(item) if key in parts else item for key, item in zip(keys, items)]
    return value if all(a is b for a, b in zip(made, items)) else rebuild(value, made)


class Others(Protocol):
    """Specialisations for arguments that one does not fit."""

    tell: Callable[[Specialization], None]
    """Called with the one that a call came to."""

    def fitting(self, args: Sequence[Any], /) -> Specialization: ...


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

    `call` is the function, or a wrapper that passes its arguments as it wants them. `made_from` is the IR behind it, or
    gives that when called. `is_repeatable`: several runs of it do the same.
    """

    function: Callable[..., Any]
    call: Callable[..., Any]
    source: str
    made_from: Any
    watches: list[Watch] = field(default_factory=list)
    is_repeatable: bool = True
    name: str = ""
    keep: Sequence[Any] = ()
    """Objects that the key knows by identity, kept alive so that no other object takes their address."""
    fits: Callable[[Sequence[Any]], bool] | None = None
    """Whether what it takes for granted holds of arguments; None: it takes nothing. `call` looks by itself."""
    others: Others | None = None
    frozen: Sequence[tuple[np.ndarray, np.ndarray]] = ()
    """Arrays from outside whose items compiled code has in it, and copies of them."""
    written: frozenset[int] = frozenset()
    """The arguments that the function changes."""
    looks: Sequence[tuple[Any, Any]] = ()
    """Containers and objects from outside, and how they looked (see `looks`)."""
    held: Sequence[Held] = ()
    """Numbers in them that the function is made for."""

    def fitting(self, args: Sequence[Any]) -> Specialization:
        """The specialisation for arguments with its key: itself, or another one."""
        if self.fits is None or self.others is None or self.fits(args):
            return self
        return self.others.fitting(args)

    @property
    def program(self) -> Any:
        """The IR behind the function."""
        if callable(self.made_from):
            self.made_from = self.made_from()
        return self.made_from

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
        if not (are_as_before(self.looks) and are_held(self.held)):
            return False
        return all(_is_unchanged(array, copy) for array, copy in self.frozen)


def frozen_among(watches: Iterable[Watch]) -> list[tuple[np.ndarray, np.ndarray]]:
    """The arrays that are watched, with copies of them."""
    return [(array, array.copy()) for watch in watches for array in _arrays_in(watch.value)]


def _arrays_in(value: Any) -> Iterator[np.ndarray]:
    if isinstance(value, np.ndarray):
        yield value
    elif type(value) is tuple:
        for item in value:
            yield from _arrays_in(item)


def _is_unchanged(array: np.ndarray, copy: np.ndarray) -> bool:
    """Whether the items are the same, those too that are not numbers."""
    return np.array_equal(array, copy) or (array.shape == copy.shape and array.tobytes() == copy.tobytes())


MISSING: Any = object()


def _have_one_type(old: Any, new: Any) -> bool:
    """Whether the two values have the type that the emitted code was made for."""
    if type(old) is not type(new):
        return False
    return type(old) in NUMBERS or (old.dtype == new.dtype and old.shape == new.shape)


DISPATCHERS: weakref.WeakSet[Dispatcher] = weakref.WeakSet()
"""All there are."""


def forget_all() -> None:
    """Drop what has been compiled, everywhere: a rule that it was made with may have changed."""
    for each in DISPATCHERS:
        each.entries.clear()
        each.routes.clear()


@final
class Dispatcher:
    """Calls the specialisation that fits; `specialize(args)` makes one on a miss.

    The key is made of the first `count` arguments: the types of the others follow. `real` are the positions of the
    differentiated arguments: their integers count as real numbers. `parts` names the items that do, where the argument
    is that of a `*args` or `**kwargs` parameter and not all of it is differentiated. With `keeps_counts`, integers that
    the result has because of integers in a container stay integers. `lowered` lowers the user's function for arguments
    as they are, which shows where arrays of integers would round.
    """

    __slots__ = (
        "__weakref__",
        "count",
        "entries",
        "keeps_counts",
        "latest",
        "lowered",
        "parts",
        "real",
        "routes",
        "specialize",
    )

    def __init__(
        self,
        specialize: Callable[[list[Any]], Specialization],
        count: int,
        real: Sequence[int],
        parts: Mapping[int, Iterable[int | str]] | None = None,
        keeps_counts: bool = False,
        lowered: Callable[[Sequence[Any]], object] | None = None,
    ) -> None:
        DISPATCHERS.add(self)
        self.specialize = specialize
        self.count = count
        self.real = tuple(real)
        self.parts = dict(parts or {})
        self.keeps_counts = keeps_counts
        self.lowered = lowered
        self.entries: dict[Hashable, Specialization] = {}
        self.routes: dict[Hashable, tuple[Specialization, dict[int, frozenset[Path]]]] = {}
        """For each key of arguments as given: what runs, which of them are to be made real, and what stays in them."""
        self.latest: Specialization | None = None

    def __call__(self, args: Sequence[Any]) -> Any:
        """Run the specialisation for the arguments."""
        key = self.key(args)
        route = self.routes.get(key)
        if route is None or (route[0].watches and not route[0].holds()):
            route = self.routes[key] = self.route(args)
        self.latest = entry = route[0]
        if route[1]:
            args = list(args)
            for position, kept in route[1].items():
                args[position] = self.real_at(position, args[position], kept)
        return entry.call(*args)

    def entry(self, args: list[Any]) -> Specialization:
        """The specialisation for the arguments, whose integers are made real in place."""
        key = self.key(args)
        route = self.routes.get(key)
        if route is None or not route[0].holds():
            route = self.routes[key] = self.route(args)
        entry, conversions = route
        for position, kept in conversions.items():
            args[position] = self.real_at(position, args[position], kept)
        self.latest = entry = entry.fitting(args)
        return entry

    def real_at(self, position: int, arg: Any, kept: Collection[Path] = ()) -> Any:
        """The argument with its differentiated integers as real numbers, but for those at the paths `kept`."""
        if type(arg) is int and not kept:
            return float(arg)
        parts = self.parts.get(position)
        if kept:
            return as_real_except(arg, kept, as_real)
        return as_real(arg) if parts is None else parts_as_real(arg, parts)

    def key(self, args: Sequence[Any]) -> Hashable:
        """The keys of the arguments; the most frequent kinds are told apart here, for speed."""
        keys: list[Any] = []
        try:
            for arg in args if len(args) == self.count else args[: self.count]:
                kind = type(arg)
                if kind is float:
                    keys.append(float)
                elif kind is np.ndarray and 1 not in (shape := arg.shape):
                    keys.append((arg.dtype, len(shape)))
                else:
                    keys.append(key_of(arg))
        except RecursionError:
            raise endless(arg) from None
        return tuple(keys)

    def route(self, args: Sequence[Any]) -> tuple[Specialization, dict[int, frozenset[Path]]]:
        """What a new key leads to. Arguments that differ only by being integers share a specialisation.

        Integers in containers are real numbers too, unless the function takes them as counts only, or gives them back.
        """
        places = [i for i in self.real if i < len(args) and i not in self.parts]
        candidates = [(i, *path) for i in places for path in integer_paths(args[i])]
        found, kept = with_fewest(candidates, lambda kept: self._entry_with(args, kept))
        if self.keeps_counts and candidates and not kept and isinstance(found.program.result_type, Tuple):
            counted = tried(lambda kept: self._entry_with(args, kept), frozenset(candidates))
            if counted is not None and gives_integers(counted.program.result_type, found.program.result_type):
                found, kept = counted, frozenset(candidates)
        values = self._made_real(args, kept)
        changed = [index for index, (a, b) in enumerate(zip(args, values)) if a is not b]
        for index in found.written.intersection(changed):
            refuse_rounding(args[index], values[index], found.program.params[index].name)
        if self.lowered is not None and any(is_integer_array(args[index]) for index in changed):
            refuse_rounded_inside(self.lowered, args)
        return found, {index: frozenset(path[1:] for path in kept if path[0] == index) for index in changed}

    def _made_real(self, args: Sequence[Any], kept: Collection[Path]) -> list[Any]:
        values = list(args)
        for position in self.real:
            if position < len(values):
                own = [path[1:] for path in kept if path[0] == position]
                values[position] = self.real_at(position, values[position], own)
        return values

    def _entry_with(self, args: Sequence[Any], kept: Collection[Path]) -> Specialization:
        values = self._made_real(args, kept)
        key = self.key(values)
        entry = self.entries.get(key)
        if entry is None or (entry.watches and not entry.holds()):
            entry = self.specialize(values)
            entry.keep = tuple(values) if _has_identity(key) else ()
            if entry.others is not None:
                entry.others.tell = self._came_to
            self.entries[key] = entry
        return entry

    def _came_to(self, entry: Specialization) -> None:
        self.latest = entry


def endless(value: Any) -> UnsupportedConstruct:
    """The refusal of an argument that contains itself."""
    return UnsupportedConstruct(
        f"an argument (a {type(value).__name__}) contains itself, or is nested too deeply",
        why="an argument is taken apart into its numbers, of which there must be an end",
        fix="pass the parts that the function needs",
    )


def _has_identity(key: Hashable) -> bool:
    if isinstance(key, tuple | frozenset):
        return "identity" in key or any(map(_has_identity, key))
    return False
