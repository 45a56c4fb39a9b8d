"""Shape arithmetic on symbolic dimensions, shared by the type inference of every operation."""

from __future__ import annotations

from collections.abc import Sequence

from adjoint.ir.opset import TypeInferenceError
from adjoint.ir.relations import is_one, meet
from adjoint.ir.types import MANY, Dim, Sym, may_be_one, same_dim

Shape = tuple[Dim, ...]


def broadcast(*shapes: Shape) -> Shape:
    """The broadcast shape. Raises TypeInferenceError where two exact extents cannot meet."""
    rank = max(map(len, shapes), default=0)
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    return tuple(_meet([shape[axis] for shape in padded]) for axis in range(rank))


def _meet(dims: Sequence[Dim]) -> Dim:
    result = dims[0]
    for dim in dims[1:]:
        result = _meet_two(result, dim)
    return result


def _meet_two(a: Dim, b: Dim) -> Dim:
    if same_dim(a, b) or b == 1:
        return a
    if a == 1:
        return b
    if isinstance(a, int) and isinstance(b, int):
        raise TypeInferenceError(f"extents {a} and {b} do not broadcast")
    if may_be_one(a) or may_be_one(b):
        meet(*((dim.name, dim.offset) if isinstance(dim, Sym) else dim for dim in (a, b)))
    if not may_be_one(a) and not may_be_one(b):
        return b if isinstance(b, int) or a == MANY else a
    if may_be_one(a) and may_be_one(b):
        return None
    return b if may_be_one(a) else a


def shift(dim: Dim, offset: int) -> Dim:
    """The extent `dim + offset` of a slice that drops a fixed number of items at the ends."""
    if isinstance(dim, int):
        return max(dim + offset, 0)
    if dim is None:
        return None
    if not offset:
        return dim
    return 1 if is_one(dim.name, dim.offset + offset) else Sym(dim.name, dim.offset + offset)


def normalize_axes(axis: object, rank: int) -> tuple[int, ...]:
    """Axes as a sorted tuple of non-negative ints; None means all. Raises TypeInferenceError out of range."""
    axes = range(rank) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    result = []
    for item in axes:
        if not isinstance(item, int) or not -rank <= item < rank:
            raise TypeInferenceError(f"axis {item} is out of range for {rank} dimensions")
        result.append(item % rank)
    return tuple(sorted(result))


def reduce_shape(shape: Shape, axis: object, keepdims: bool) -> Shape:
    """The shape after reducing over `axis` (None, an int or a tuple)."""
    axes = normalize_axes(axis, len(shape))
    if keepdims:
        return tuple(1 if i in axes else dim for i, dim in enumerate(shape))
    return tuple(dim for i, dim in enumerate(shape) if i not in axes)
