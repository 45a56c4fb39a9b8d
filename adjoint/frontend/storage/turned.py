"""Stores into transposed arrays, as stores into the array itself.

before:  t = transpose a;  t2 = index_set t v 0;  a2 = index_set a (transpose t2) ...      a.T[0] = v
after:   a2 = index_set a v : 0                                                             a[:, 0] = v
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from adjoint.frontend.values.objects import Cell
from adjoint.ir.core import Value
from adjoint.ir.ops.indexing import entries
from adjoint.ir.turned import WHOLE, axes_of, spec_of
from adjoint.ir.types import rank_of

if TYPE_CHECKING:
    from adjoint.frontend.storage.store import Store


def direct(
    ctx: Store, node: Any, cell: Cell, rank: int, value: Value, spec: Sequence[Any], index: Sequence[Value]
) -> tuple[Value, tuple[Any, ...], list[Value]] | None:
    """The value, spec and index of the same store into the base of a view of this rank; None where there is none."""
    order = _order(cell, rank)
    given = list(entries(spec, index))
    if order is None or not all(entry in ("int", "slice") for entry, _ in given):
        return None
    given += [WHOLE] * (rank - len(given))
    left = [axis for axis, (entry, _) in enumerate(given) if entry == "slice"]
    places = sorted(range(len(left)), key=lambda number: order[left[number]])
    if rank_of(value.type) > 1 and rank_of(value.type) < len(left):
        return None
    if rank_of(value.type) == 1 and len(left) > 1 and places[-1] != len(left) - 1:
        return None
    if rank_of(value.type) == len(left) and places != sorted(places):
        value = ctx.emit(node, "transpose", value, axes=tuple(places))
    by_base = dict(zip(order, given))
    return value, *spec_of([by_base[axis] for axis in range(rank)])


def _order(cell: Cell, rank: int) -> list[int] | None:
    """For each axis of a view that exchanges axes, the axis of its base."""
    view = cell.view
    return axes_of(view.opcode, view.attrs, rank) if view is not None and cell.frozen is None else None
