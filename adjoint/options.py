"""Choices a caller makes, frozen: part of every key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

Kind = Literal["grad", "value_and_grad", "jvp", "vjp", "pullback", "derivative", "elementwise"]
Mode = Literal["reverse", "forward"]

SEEDED: frozenset[Kind] = frozenset({"derivative", "elementwise"})
"""The kinds made from a pushforward by seeding its tangent: forward-mode gradients."""


@final
@dataclass(frozen=True, slots=True)
class Transform:
    """One derivative: its kind, the positions it is taken with respect to,
    and whether a single one is returned bare rather than in a tuple.

    `parts` has an entry for each position: the item of a `*args` or `**kwargs` parameter that is meant, None for the
    whole parameter; it is empty when all are whole. With `has_aux` the function returns (value, aux).
    `free` leaves the mode to the compiler: the gradient of a gradient in one number is taken forward, which needs no
    sweep and no tape of its own.
    """

    kind: Kind
    wrt: tuple[int, ...] = (0,)
    single: bool = True
    free: bool = False
    parts: tuple[int | str | None, ...] = ()
    has_aux: bool = False
