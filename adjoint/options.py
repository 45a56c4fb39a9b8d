"""Choices a caller makes, frozen: part of every key."""

from __future__ import annotations

import re
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


_UNITS = {"B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def bytes_of(memory: str | int | None) -> int | None:
    """A budget such as "200MB" or 200_000_000 as a number of bytes. Raises ValueError."""
    if memory is None or (isinstance(memory, int) and not isinstance(memory, bool) and memory > 0):
        return memory
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*", memory) if isinstance(memory, str) else None
    if found is None or found[2] not in _UNITS or not float(found[1]):
        raise ValueError(f"memory={memory!r} is not an amount such as '200MB', in {', '.join(_UNITS)}")
    return int(float(found[1]) * _UNITS[found[2]])


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
    `memory`: the bytes that loops may keep for their reverse sweep.
    """

    kind: Kind
    wrt: tuple[int, ...] = (0,)
    single: bool = True
    free: bool = False
    parts: tuple[int | str | None, ...] = ()
    has_aux: bool = False
    holomorphic: bool = False
    inplace_primal: bool = False
    memory: int | None = None
