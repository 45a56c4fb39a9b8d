"""Lists of indices become arrays, for Numba: `a[[0, 2]]` is `a[np.asarray([0, 2])]`."""

from __future__ import annotations

from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, walk_regions
from adjoint.ir.types import INT, List

_INDEXING = ("index", "index_set", "index_add")


def use_arrays_of_indices(function: Function) -> None:
    """Make an array of each list that an operation indexes with, in place."""
    for region in list(walk_regions(function.body)):
        for op in [each for each in region.ops if each.opcode in _INDEXING]:
            first = 1 if op.opcode == "index" else 2
            op.operands[first:] = [_as_array(region, op, each) for each in op.operands[first:]]


def _as_array(region: Region, user: Op, value: Value) -> Value:
    if not isinstance(value.type, List) or value.type.item != INT:
        return value
    made = Builder(Region(), line=user.line, derived=user.derived).emit("array", value)
    assert made.op is not None
    region.ops.insert(region.ops.index(user), made.op)
    return made
