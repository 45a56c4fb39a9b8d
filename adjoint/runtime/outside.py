"""Integers outside of functions that the conditions of a derivative name: `outside('n@1')` is what `n` is now."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

_READERS: dict[str, Callable[[], Any]] = {}


def keep(home: object, name: str, read: Callable[[], Any]) -> str:
    """The key of an integer that stands under this name in its home, which lives as long as `read` does."""
    key = f"{name}@{id(home)}"
    _READERS.setdefault(key, read)
    return key


def outside(key: str) -> int:
    """What the integer is now. Raises TypeError where it is none any more."""
    return operator.index(_READERS[key]())
