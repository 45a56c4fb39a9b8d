"""`checkpoint`: the mark that a user puts on a loop whose states are to be computed again rather than all kept.

It gives back what it is given. A reverse derivative keeps some of the states the loop goes through, and runs the steps
between them again when it needs them (`derive/checkpoint`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, final

T = TypeVar("T")

OPTIONS = ("steps", "slots")


@final
@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How a loop is reversed: `slots` states kept at once, `steps` steps reversed in one go; None leaves it open."""

    steps: int | None = None
    slots: int | None = None


def checkpoint(values: T, *, steps: int | None = None, slots: int | None = None) -> T:
    """The range of a `for`, or the condition of a `while`, as it is: `for i in checkpoint(range(n), slots=10):`.

    The derivative keeps at most `slots` states of the loop at once, and what is needed to reverse `steps` steps. With
    one of the two it takes one step at a time, or as many slots as there are; with none, both are the square root
    of the number of steps: then each step is made once more, and no more.
    """
    for name, number in zip(OPTIONS, (steps, slots)):
        if number is not None and (not isinstance(number, int) or number < 1):
            raise ValueError(f"{name}={number!r} is not a number of {name}, 1 or more")
    return values
