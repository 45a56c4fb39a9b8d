"""Choices a caller makes, frozen: part of every key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

Kind = Literal["grad", "value_and_grad", "jvp", "vjp", "pullback", "derivative", "elementwise"]
Mode = Literal["reverse", "forward"]
Target = Literal["python", "numba"]

SEEDED: frozenset[Kind] = frozenset({"derivative", "elementwise"})
"""The kinds made from a pushforward by seeding its tangent: forward-mode gradients."""


@final
@dataclass(frozen=True, slots=True)
class Jit:
    """How a derivative runs: `target` is what its text is written for. With `may_fall_back`, what Numba does not
    compile runs as Python."""

    target: Target = "python"
    may_fall_back: bool = False

    @classmethod
    def of(cls, jit: str | None, fallback: str | None) -> Jit | None:
        """From the options of a call; None where there are none. Raises ValueError."""
        if jit not in (None, "numba"):
            raise ValueError(f"jit={jit!r} is not 'numba'")
        if fallback not in (None, "python"):
            raise ValueError(f"fallback={fallback!r} is not 'python'")
        if fallback is not None and jit is None:
            raise ValueError("fallback= goes with jit='numba'")
        return None if jit is None else cls("numba", fallback is not None)


PYTHON = Jit()


@final
@dataclass(frozen=True, slots=True)
class Transform:
    """One derivative: its kind, the positions it is taken with respect to,
    and whether a single one is returned bare rather than in a tuple.

    `parts` has an entry for each position: the item of a `*args` or `**kwargs` parameter that is meant, None for the
    whole parameter; it is empty when all are whole. With `has_aux` the function returns (value, aux).
    `free` leaves the mode to the compiler: the gradient of a gradient in one number is taken forward, which needs no
    sweep and no tape of its own. `holomorphic`: complex numbers in and out, and the complex derivative.
    With `inplace_primal` the arrays that the function writes into are the caller's own:
    after the call they hold what the plain call leaves in them.
    """

    kind: Kind
    wrt: tuple[int, ...] = (0,)
    single: bool = True
    free: bool = False
    parts: tuple[int | str | None, ...] = ()
    has_aux: bool = False
    holomorphic: bool = False
    inplace_primal: bool = False
