"""One row of the table of known cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """`gradient` holds one array or number for each position in `wrt`; `today` is "right" or "refused".

    A case that is to be refused today may also be right; one that must be right may not be refused.
    """

    number: int
    function: Callable[..., Any]
    args: tuple[Any, ...]
    gradient: tuple[Any, ...]
    wrt: tuple[int, ...] = (0,)
    today: str = "right"
    order: int = 1
    """How often the derivative is taken (above 1 only for a function of one number)."""
    raises: type[Exception] | None = None
    """The exception that the program itself raises; its derivative must raise it too, or be refused."""

    def __str__(self) -> str:
        return f"{self.number}-{self.function.__name__}"
