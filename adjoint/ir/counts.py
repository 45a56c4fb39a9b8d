"""Integers among the arguments that a derivative takes for counts, `np.empty((steps, n))`: each call looks at them.

Where one is negative in the call at hand, nothing is taken for granted of it: `np.empty((max(steps, 0), n))`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import final


@final
class Counts:
    """What is taken for granted while a program is compiled; `holds` says whether a condition does in the call at hand.

    A condition is Python over `args`.
    """

    def __init__(self, holds: Callable[[str], bool]) -> None:
        self._holds = holds
        self._texts: dict[object, str] = {}
        self.taken: dict[str, None] = {}

    def enter(self, integers: Mapping[object, int]) -> None:
        """Which values of the function that is written now are integers among the arguments, by position."""
        self._texts = {value: f"args[{position}] >= 0" for value, position in integers.items()}

    def is_count(self, value: object) -> bool:
        """Whether a value is such an argument, and not negative."""
        text = self._texts.get(value)
        if text is None or not (text in self.taken or self._holds(text)):
            return False
        self.taken[text] = None
        return True


_current: ContextVar[Counts | None] = ContextVar("counts", default=None)


@contextlib.contextmanager
def counting(counts: Counts | None) -> Iterator[None]:
    """While a program is compiled for arguments of which this holds; None: for any."""
    token = _current.set(counts)
    try:
        yield
    finally:
        _current.reset(token)


def enter(integers: Mapping[object, int]) -> None:
    """Say which values are integers among the arguments, by position."""
    found = _current.get()
    if found is not None:
        found.enter(integers)


def is_count(value: object) -> bool:
    """Whether a value is an argument that is taken not to be negative."""
    found = _current.get()
    return found is not None and found.is_count(value)
