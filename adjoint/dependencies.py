"""The names outside a function that its derivative depends on: globals and closure variables, through every callee.

A derivative is made from what the names mean at that moment. They are watched, so that a redefined helper or a changed
constant never leaves a stale derivative behind.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any, final

import numpy as np

from adjoint.runtime.dispatch import MISSING, NUMBERS, Namespace, Watch

_LIBRARIES = {"numpy", "scipy", "adjoint", *sys.stdlib_module_names} - {"__main__"}


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


def watches_of(function: Callable[..., Any], emitted: dict[str, Any]) -> list[Watch]:
    """Everything the function's derivative depends on, with the values it has now.

    `emitted` is the namespace of the emitted module: a number that it reads under the same name, and that no other name
    shares, can be replaced there.
    """
    found: dict[tuple[int, str], Watch] = {}
    seen: set[int] = set()
    pending: list[Any] = [function]
    while pending:
        target = _plain(pending.pop())
        if target is None or id(target) in seen:
            continue
        seen.add(id(target))
        for namespace, name, value in _names_of(target):
            found.setdefault((id(namespace), name), Watch(namespace, name, value))
            pending.append(value)
    watches = list(found.values())
    for watch in watches:
        watch.live = _is_live(watch, watches, emitted)
    return watches


def _plain(value: Any) -> FunctionType | None:
    """The user's Python function behind a value, or None."""
    while hasattr(value, "__adjoint_lower__"):
        value = value.__wrapped__
    if not isinstance(value, FunctionType) or (value.__module__ or "").partition(".")[0] in _LIBRARIES:
        return None
    return value


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
        elif value.__name__.partition(".")[0] not in _LIBRARIES:
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
