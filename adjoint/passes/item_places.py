"""Where an item of an expression stands in the arrays it is made of: what loops over items read.

    (u[1:-1] * v[:, None])[i, j]   is made of   u[i + 1, j], v[i, 0]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

from adjoint.ir.core import Op, Value, const_of, is_const
from adjoint.ir.ops.indexing import THEN, entries
from adjoint.ir.types import Array, Dim, Sym, shape_of


@final
@dataclass(frozen=True, slots=True)
class At:
    """An index: that of a loop or 0, and a number more; less the extent `wraps` of what is rolled; or a value."""

    loop: int | None = None
    more: int = 0
    wraps: Dim = 0
    fixed: Value | None = None
    is_rolled: bool = False

    @property
    def is_zero(self) -> bool:
        return self.loop is None and self.fixed is None and not self.more


ZERO = At()
Place = tuple[At, ...]


def own_place(shape: Sequence[Dim]) -> Place:
    """Where the item of the loops stands in an array of this shape: axes of extent 1 have no loop."""
    loops = iter(range(len(shape)))
    return tuple(ZERO if dim == 1 else At(next(loops)) for dim in shape)


def operand_places(op: Op, place: Place) -> list[Place]:
    """Where the operands of an elementwise operation, or an outer product, are read."""
    if op.opcode == "outer":
        return [(place[0],), (place[1],)]
    return [fitted(shape_of(operand.type), place) for operand in op.operands]


def fitted(shape: Sequence[Dim], place: Place) -> Place:
    """The place in an array that is broadcast."""
    behind = place[len(place) - len(shape) :]
    return tuple(ZERO if dim == 1 else at for dim, at in zip(shape, behind))


Entries = list[tuple[object, list[Value | None]]]


def filled(spec: Sequence[object], operands: Sequence[Value], rank: int) -> Entries | None:
    """The entries of an index of slices, integers and new axes, one for each axis; None for any other index."""
    if THEN in spec or "array" in spec or "mask" in spec:
        return None
    given = list(entries(spec, operands))
    missing = rank - sum(entry in ("slice", "int") for entry, _ in given)
    at = next((number for number, (entry, _) in enumerate(given) if entry == "..."), len(given))
    return given[:at] + [("slice", [None, None, None])] * missing + given[at + 1 :]


def start_of(bounds: Sequence[Value | None], dim: Dim, part: Dim) -> int | None:
    """Where a slice with steps of 1 starts, if that is known and its extent follows from that of the array."""
    start, _, step = bounds
    if step is not None and not (is_const(step) and const_of(step) in (1, None)):
        return None
    if start is not None and not is_const(start):
        return None
    first = 0 if start is None or const_of(start) is None else const_of(start)
    related = isinstance(part, int) or (isinstance(part, Sym) and isinstance(dim, Sym) and part.name == dim.name)
    return first if type(first) is int and first >= 0 and related else None


def place_behind(
    x: Array, spec: Sequence[object], operands: Sequence[Value], part: Array, place: Place
) -> Place | None:
    """Where the item of `x[index]` at a place stands in `x`; None where that is not known."""
    given = filled(spec, operands, x.rank)
    if given is None:
        return None
    rest = iter(zip(place, part.shape))
    found: list[At] = []
    for entry, bounds in given:
        if entry == "new":
            next(rest)
        elif entry == "int":
            (index,) = bounds
            assert index is not None
            is_plain = is_const(index) and const_of(index) >= 0
            found.append(At(None, const_of(index)) if is_plain else At(fixed=index))
        else:
            at, dim = next(rest)
            start = start_of(bounds, x.shape[len(found)], dim)
            if start is None or at.is_rolled or at.fixed is not None:
                return None
            found.append(replace(at, more=at.more + start))
    return tuple(found)


def is_view(op: Op) -> bool:
    """Whether an operation only says where the items of an array stand."""
    return op.opcode in ("index", "roll") and view_place(op, own_place(shape_of(op.result.type))) is not None


def view_place(op: Op, place: Place) -> Place | None:
    """Where the item of a view, or of a rolled array, stands in the array; None for other operations."""
    if op.opcode not in ("index", "roll"):
        return None
    source, t = op.operands[0].type, op.result.type
    if not isinstance(source, Array) or not isinstance(t, Array) or not t.rank:
        return None
    if op.opcode == "index":
        return place_behind(source, op.attrs["spec"], op.operands[1:], t, place)
    return _rolled(op, source, place)


def _rolled(op: Op, x: Array, place: Place) -> Place | None:
    """By one place: indices below 0 count from the end."""
    shift, axis = op.operands[1], op.attrs["axis"]
    made = op.operands[0].op
    if not isinstance(axis, int) or not is_const(shift) or const_of(shift) not in (1, -1):
        return None
    if made is not None and made.opcode in ("roll", "index"):
        return None  # an index below 0 would count from another end
    at = place[axis % x.rank]
    if at.loop is None or at.is_rolled or at.fixed is not None:
        return None
    wraps = x.shape[axis % x.rank] if const_of(shift) < 0 else 0
    moved = At(at.loop, at.more - const_of(shift), wraps, is_rolled=True)
    return tuple(moved if each == axis % x.rank else old for each, old in enumerate(place))
