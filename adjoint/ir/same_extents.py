"""Extents that are equal though nothing is known of them: parts of one array that leave out as many elements.

    t = u[:-2] + 2 * u[1:-1]        u: (?,), max(len(u) - 2, 0) elements each
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, final

from adjoint.ir.core import Op, Value, const_of, is_const
from adjoint.ir.opset import TABLE
from adjoint.ir.types import MANY, Sym, rank_of, shape_of

_LIKE = ("zeros_like", "ones_like", "empty_like", "full_like", "copy", "index_set", "index_add")
"""What gives an array with the extents of its first operand."""
_DEPTH = 60
"""How many operations are looked through."""


def are_equal(op: Op, axis: int, rank: int) -> bool:
    """Whether all operands that have the axis of an elementwise result have one extent there, in every run."""
    return len({extent_of(operand, own) for operand, own in _with_axis(op, axis, rank)}) == 1


def _with_axis(op: Op, axis: int, rank: int) -> list[tuple[Value, int]]:
    """The operands with an extent of their own along an axis of the result."""
    found = []
    for operand in op.operands:
        shape = shape_of(operand.type)
        own = axis - (rank - len(shape))
        if own >= 0 and shape[own] != 1:
            found.append((operand, own))
    return found


def extent_of(value: Value, axis: int) -> Hashable:
    """What tells an extent of an array: of two with the same it is equal in every run."""
    return _Search().extent(value, axis, _DEPTH)


def part_extent(base: Value, index: Sequence[Value], spec: Sequence[Any], axis: int) -> Hashable | None:
    """The same for a part of an array that slices give: the extent of the array, and what is left out."""
    return _Search().part(base, index, spec, axis, _DEPTH)


@final
class _Search:
    """Looks through operations, once through each."""

    def __init__(self) -> None:
        self.known: dict[tuple[Value, int], Hashable] = {}

    def extent(self, value: Value, axis: int, depth: int) -> Hashable:
        key = value, axis
        if key not in self.known:
            self.known[key] = self._extent(value, axis, depth)
        return self.known[key]

    def _extent(self, value: Value, axis: int, depth: int) -> Hashable:
        dim = shape_of(value.type)[axis]
        if isinstance(dim, int) or (isinstance(dim, Sym) and dim.name != MANY.name):
            return dim if isinstance(dim, int) else (dim.name, dim.offset)
        op = value.op
        if op is None or not depth or op.opcode not in TABLE:
            return value, axis
        if op.opcode in _LIKE and rank_of(op.operands[0].type) > axis:  # not of a list
            return self.extent(op.operands[0], axis, depth - 1)
        if op.opcode == "index":
            found = self.part(op.operands[0], op.operands[1:], op.attrs["spec"], axis, depth - 1)
            return (value, axis) if found is None else found
        if TABLE[op.opcode].elementwise and len(op.results) == 1:
            pairs = _with_axis(op, axis, len(shape_of(value.type)))
            both = {self.extent(operand, own, depth - 1) for operand, own in pairs}
            if len(both) == 1:
                return both.pop()
        return value, axis

    def part(self, base: Value, index: Sequence[Value], spec: Sequence[Any], axis: int, depth: int) -> Hashable | None:
        if not all(isinstance(entry, tuple) and entry[0] == "slice" for entry in spec):
            return None
        bounds = iter(index)
        slices = [[next(bounds) if given else None for given in entry[1:]] for entry in spec]
        whole = self.extent(base, axis, depth)
        if axis >= len(slices):
            return whole
        less = _left_out(slices[axis])
        if less is None:
            return whole, *(const_of(each) if each is not None and is_const(each) else each for each in slices[axis])
        if isinstance(whole, tuple) and whole[0] == "less":
            whole, less = whole[1], less + whole[2]
        rest = ("less", whole, less) if less else whole
        step = abs(_number(slices[axis][2], 1))
        return rest if step == 1 else ("every", rest, step)


def _left_out(bounds: Sequence[Value | None]) -> int | None:
    """How many elements `x[a:-b:step]` leaves out at the ends, if there are as many."""
    if any(each is not None and not is_const(each) for each in bounds):
        return None
    start, stop, step = bounds
    first, last = _number(start, 0), _number(stop, 0)
    if _number(step, 1) < 0:
        return 0 if start is stop is None else None
    return first - last if first >= 0 and (stop is None or last < 0) else None


def _number(bound: Value | None, otherwise: int) -> int:
    return otherwise if bound is None else int(const_of(bound))
