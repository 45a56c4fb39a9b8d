"""Indices of arrays with exchanged axes, as indices of the array itself: `a.T[0]` is `a[:, 0]`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

EXCHANGES = frozenset({"transpose", "swapaxes", "moveaxis"})
"""The operations that exchange axes."""
Entry = tuple[Any, list[Any]]
"""An entry of a spec, and the operands that belong to it."""
WHOLE: Entry = ("slice", [None, None, None])


def axes_of(opcode: str, attrs: Mapping[str, Any], rank: int) -> list[int] | None:
    """For each axis of the result of an operation that exchanges axes, the axis of its operand; None for others."""
    axes = list(range(rank))
    if opcode == "transpose":
        given = attrs.get("axes")
        return axes[::-1] if given is None else [axis % rank for axis in given]
    if opcode == "swapaxes":
        one, other = attrs["axis1"] % rank, attrs["axis2"] % rank
        axes[one], axes[other] = axes[other], axes[one]
        return axes
    if opcode == "moveaxis":
        if not all(isinstance(attrs[name], int) for name in ("source", "destination")):
            return None
        source, target = attrs["source"] % rank, attrs["destination"] % rank
        axes.remove(source)
        axes.insert(target, source)
        return axes
    return None


def spec_of(turned: Sequence[Entry]) -> tuple[tuple[Any, ...], list[Any]]:
    """The spec and the operands of an index of integers and slices."""
    spec = tuple(entry if entry == "int" else ("slice", *(each is not None for each in held)) for entry, held in turned)
    return spec, [each for _, held in turned for each in held if each is not None]
