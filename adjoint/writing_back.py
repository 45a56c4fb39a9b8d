"""Derivatives that leave in the caller's arrays what the plain call leaves there (`inplace_primal=True`).

The primal returns a pair: its result, and the last contents of the arrays that it writes into. These ride along through
every derivative, as an auxiliary result does, and are written back before the outermost function returns:

    func f(%x) -> (float, (float64[n],))        func f_grad(%x) -> float64[n]
      ...                                         ...
      return (%y, (%x2,))                  =>     write_back %x %x2
                                                  return %x_bar
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from adjoint.errors import NotDifferentiable
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Value
from adjoint.ir.types import Array
from adjoint.options import Transform
from adjoint.parameters import Parameter
from adjoint.picking import item, rewrite_result
from adjoint.signatures import place_of
from adjoint.slots import Slot


def refuse_integers(
    function: Callable[..., Any], own: Sequence[Parameter], slots: Sequence[Slot], values: Sequence[Any]
) -> None:
    """An array of integers is differentiated as a copy in real numbers: nothing could be written into its own."""
    for slot in slots:
        value = slot.of(values) if slot.position < len(values) else None
        if isinstance(value, np.ndarray) and value.dtype.kind in "iu":
            raise NotDifferentiable(
                f"{slot.name(own)!r} is an array of integers, and is differentiated with inplace_primal",
                place=place_of(function),
                why="its integers count as real numbers in a copy, which the caller does not see",
                fix="pass floats: `x.astype(float)`, or leave `inplace_primal` out",
            )


def beside(derivative: Function, transform: Transform, left: tuple[tuple[int, ...], ...]) -> Function:
    """The derivative of the first of a pair returns a pair again: what was asked for, and what the primal leaves."""
    made = rewrite_result(derivative, _paired(transform))
    made.left = left
    return made


def as_pair(transform: Transform) -> Transform:
    """The same derivative, of the first of a pair."""
    return replace(transform, has_aux=transform.kind != "jvp", inplace_primal=False)


def _paired(transform: Transform) -> Callable[[Builder, Value], Value]:
    def build(builder: Builder, result: Value) -> Value:
        if transform.kind == "grad":
            return result  # (gradient, what is left) already
        first, second = item(builder, result, 0), item(builder, result, 1)
        value, left = item(builder, first, 0), item(builder, first, 1)
        if transform.kind == "jvp":
            second = item(builder, second, 0)
        return builder.emit("tuple", builder.emit("tuple", value, second), left)

    return build


def write_back(function: Function) -> Function:
    """Write what is left into the arguments, before each return."""
    arguments, ways = list(function.args), function.left

    def build(builder: Builder, result: Value) -> Value:
        wanted, left = item(builder, result, 0), item(builder, result, 1)
        found = [item(builder, left, number) for number in range(len(ways))]
        places = [_at(builder, arguments, way) for way in ways]
        moved = [(place, value) for place, value in zip(places, found) if value is not place]
        if len(moved) > 1:  # what is left in one may stand in another
            moved = [(place, value if _is_new(value) else builder.emit("copy", value)) for place, value in moved]
        for place, value in moved:
            builder.emit_all("write_back", place, value)
        return wanted

    return rewrite_result(function, build)


def _at(builder: Builder, arguments: list[Value], way: tuple[int, ...]) -> Value:
    place = arguments[way[0]]
    for number in way[1:]:
        place = item(builder, place, number)
    assert isinstance(place.type, Array)
    return place


def _is_new(value: Value) -> bool:
    """Whether the contents surely stand in memory of their own, not in an argument's."""
    return value.op is not None and value.op.opcode in ("index_set", "index_add", "for", "while")
