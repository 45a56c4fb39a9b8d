"""An array that is only read for its extents, cut out of one at hand: it need not be saved.

    before:  %d = zeros_like %flux                         where %flux: [u_0-1] is made anew in each pass
    after:   %v = index %u 1:;  %d = zeros_like %v

Extents are compared by name and offset, so that the two are equal in every run.
"""

from __future__ import annotations

from collections.abc import Iterable

from adjoint.ir.builder import Builder
from adjoint.ir.core import Op, Region, Value
from adjoint.ir.types import Array, Dim, Sym, same_dim

Cut = tuple[Value, list[int]]
"""An array, and how many elements to leave out in front along each axis."""


def find_cut(value: Value, arrays: Iterable[Value]) -> Cut | None:
    """The first of the arrays of which a part has the dtype and extents of the value."""
    if not isinstance(value.type, Array):
        return None
    for array in arrays:
        t = array.type
        if isinstance(t, Array) and (t.dtype, t.rank) == (value.type.dtype, value.type.rank):
            less = [_difference(*pair) for pair in zip(t.shape, value.type.shape)]
            if all(number is not None for number in less):
                return array, [number or 0 for number in less]
    return None


def _difference(long: Dim, short: Dim) -> int | None:
    """How many elements the first extent has more, in every run."""
    if same_dim(long, short):
        return 0
    if isinstance(long, int) and isinstance(short, int):
        return long - short if long > short else None
    if isinstance(long, Sym) and isinstance(short, Sym) and same_dim(Sym(long.name), Sym(short.name)):
        return long.offset - short.offset if long.offset > short.offset else None
    return None


def read_cut(cut: Cut, region: Region, before: Op) -> Op:
    """The read of the part, in front of an operation."""
    array, less = cut
    builder = Builder(Region(), line=before.line, derived=True)
    spec = tuple(("slice", number > 0, False, False) for number in less)
    part = builder.emit("index", array, *(builder.const(number) for number in less if number), spec=spec)
    at = region.ops.index(before)
    region.ops[at:at] = builder.region.ops
    assert part.op is not None
    return part.op
