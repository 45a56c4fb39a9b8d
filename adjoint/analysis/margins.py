"""Parts of arrays that leave out so many elements at each side: `[1:-1, :-2]`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adjoint.ir.builder import Builder
from adjoint.ir.core import Op, Value, const_of, is_const
from adjoint.ir.ops.indexing import THEN, entries, is_view
from adjoint.ir.types import rank_of

_WIDEST = 8
"""How many elements may be left out at one side: what lies there is filled and added up, too."""

Offsets = tuple[int, ...]


def margins(op: Op, indices: Sequence[Value], least: int = 2) -> tuple[list[Value], Offsets, Offsets] | None:
    """The indices in front of a part, and how much lies in front of and behind it, if those are numbers.

    None for parts of another kind, and for those with less than so many dimensions.
    """
    if not is_view(op.attrs["spec"]) or THEN in op.attrs["spec"]:
        return None
    row, before, behind = list[Value](), list[int](), list[int]()
    for entry, given in entries(op.attrs["spec"], indices):
        if entry == "int" and not before:
            row += given
            continue
        if entry != "slice" or given[2] is not None or not all(each is None or is_const(each) for each in given):
            return None
        start, stop = (0 if each is None else const_of(each) for each in given[:2])
        if type(start) is not int or type(stop) is not int or not 0 <= start <= _WIDEST or not -_WIDEST <= stop <= 0:
            return None
        if stop == 0 and given[1] is not None:
            return None
        before.append(start)
        behind.append(-stop)
    whole = [0] * (rank_of(op.operands[0].type) - len(row) - len(before))
    return (row, (*before, *whole), (*behind, *whole)) if len(before) + len(whole) >= least else None


def slices(before: list[int], behind: list[int], builder: Builder) -> tuple[tuple[Any, ...], list[Value]]:
    """The spec and the bounds of the part that is left between margins."""
    while len(before) > 1 and not before[-1] and not behind[-1]:
        before, behind = before[:-1], behind[:-1]
    spec = tuple(("slice", bool(a), bool(b), False) for a, b in zip(before, behind))
    pairs = zip(before, (-each for each in behind))
    return spec, [builder.const(each) for pair in pairs for each in pair if each]
