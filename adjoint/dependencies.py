"""The names outside a function that its derivative depends on: globals and closure variables, through every callee.

A derivative is made from what the names mean at that moment. They are watched, so that a redefined helper or a changed
constant never leaves a stale derivative behind.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, final

import numpy as np

from adjoint.libraries import is_library
from adjoint.runtime.dispatch import MISSING, NUMBERS, Namespace, Watch


@final
class Cells:
    """The closure variables of a function, by name."""

    def __init__(self, function: FunctionType) -> None:
        names = function.__code__.co_freevars
        self.cells: dict[str, CellType] = dict(zip(names, function.__closure__ or ()))

    def get(self, name: str, default: Any = None) -> Any:
        """What the variable holds now."""
        try:
            return self.cells[name].cell_contents
        except (KeyError, ValueError):
            return default


def watches_of(function: Callable[..., Any], emitted: dict[str, Any], classes: Iterable[type] = ()) -> list[Watch]:
    """Everything the function's derivative depends on, with the values it has now.

    `emitted` is the namespace of the emitted module: a number that it reads under the same name, and that no other name
    shares, can be replaced there. `classes` are those of arguments: their methods and attributes may be looked up.
    """
    found: dict[tuple[int, str], Watch] = {}
    functions: dict[int, FunctionType] = {}
    known: dict[type, None] = {}
    seen: set[int] = set()
    pending: list[Any] = [function, *classes]
    while pending:
        _sort(pending, functions, known, found, seen)
        names = {name for target in functions.values() for name in _mentioned(target.__code__)}
        pending = [value for cls in known for value in _watch_class(cls, names, found)]
    watches = list(found.values())
    for watch in watches:
        watch.live = _is_live(watch, watches, emitted)
    return watches


def _sort(
    pending: list[Any],
    functions: dict[int, FunctionType],
    classes: dict[type, None],
    found: dict[Any, Watch],
    seen: set[int],
) -> None:
    """Watch the names of functions, through all that they call; keep the classes for later."""
    while pending:
        value = pending.pop()
        target = _plain(value)
        cls = value if isinstance(value, type) else type(value)
        classes.update(dict.fromkeys(base for base in cls.__mro__ if not _is_of_library(base)))
        if isinstance(value, list | tuple | dict) and id(value) not in seen:
            seen.add(id(value))
            inside = value.values() if isinstance(value, dict) else value
            pending += [item for item in inside if type(item) not in NUMBERS]
        if target is None or id(target) in functions:
            continue
        functions[id(target)] = target
        for namespace, name, held in _names_of(target):
            found.setdefault((id(namespace), name), Watch(namespace, name, held))
            pending.append(held)


def _watch_class(cls: type, names: set[str], found: dict[Any, Watch]) -> Iterator[Any]:
    """Watch the members of a class that functions mention, and the operators it defines; those that are new."""
    members: Any = vars(cls)
    for name, member in list(members.items()):
        if (id(cls), name) not in found and (name in names or _is_operator(name, member)):
            found[id(cls), name] = Watch(members, name, member)
            yield member


def _is_operator(name: str, member: Any) -> bool:
    if not (name.startswith("__") and name.endswith("__")) or not isinstance(member, FunctionType):
        return False
    return member.__code__.co_filename != "<string>"  # not written by `dataclass`


def _is_of_library(value: Any) -> bool:
    return is_library(getattr(value, "__module__", None) or "")


def _plain(value: Any) -> FunctionType | None:
    """The user's Python function behind a value, or None."""
    while (inner := _inside(value)) is not None:
        value = inner
    return value if isinstance(value, FunctionType) and not _is_of_library(value) else None


def _inside(value: Any) -> Any:
    """What a decorator, a method or a partial function stands for."""
    if isinstance(value, type):
        return None
    if hasattr(value, "__adjoint_lower__"):
        return value.__wrapped__
    if isinstance(value, staticmethod | classmethod | MethodType):
        return value.__func__
    if isinstance(value, property):
        return value.fget
    if isinstance(value, functools.cached_property | functools.partial):
        return value.func
    return None


def _names_of(function: FunctionType) -> Iterator[tuple[Namespace, str, Any]]:
    """The outer names the function's code mentions: where each lives and what it means."""
    cells = Cells(function)
    names = set(_mentioned(function.__code__))
    for name in sorted(names | set(cells.cells)):
        namespace: Namespace = cells if name in cells.cells else function.__globals__
        value = namespace.get(name, MISSING)
        if value is MISSING:
            continue
        if not isinstance(value, ModuleType):
            yield namespace, name, value
        elif not is_library(value.__name__):
            inside = vars(value)
            yield from ((inside, member, inside[member]) for member in sorted(names & set(inside)))


def _mentioned(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _mentioned(constant)


def _is_live(watch: Watch, watches: list[Watch], emitted: dict[str, Any]) -> bool:
    if type(watch.value) not in NUMBERS and type(watch.value) is not np.ndarray:
        return False
    shared = sum(other.value is watch.value for other in watches)
    return shared == 1 and emitted.get(watch.name, MISSING) is watch.value
