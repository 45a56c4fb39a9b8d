"""One problem of the collection: a program, and the gradient a person would write for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """`hand(*arguments())` gives the gradient of `primal` in the parameters `wrt`: one, or a tuple."""

    name: str
    primal: Callable[..., Any]
    hand: Callable[..., Any]
    arguments: Callable[[], tuple[Any, ...]]
    wrt: int | tuple[int, ...] = 0
