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
from adjoint.ir.types import rank_of

if TYPE_CHECKING:
    from adjoint.frontend.storage.store import Store

_WHOLE = ("slice", [None, None, None])


def direct(
    ctx: Store, node: Any, cell: Cell, rank: int, value: Value, spec: Sequence[Any], index: Sequence[Value]
) -> tuple[Value, tuple[Any, ...], list[Value]] | None:
    """The value, spec and index of the same store into the base of a view of this rank; None where there is none."""
    order = _order(cell, rank)
    given = list(entries(spec, index))
    if order is None or not all(entry in ("int", "slice") for entry, _ in given):
        return None
    given += [_WHOLE] * (rank - len(given))
    left = [axis for axis, (entry, _) in enumerate(given) if entry == "slice"]
    places = sorted(range(len(left)), key=lambda number: order[left[number]])
    if rank_of(value.type) > 1 and rank_of(value.type) < len(left):
        return None
    if rank_of(value.type) == 1 and len(left) > 1 and places[-1] != len(left) - 1:
        return None
    if rank_of(value.type) == len(left) and places != sorted(places):
        value = ctx.emit(node, "transpose", value, axes=tuple(places))
    by_base = dict(zip(order, given))
    turned = [by_base[axis] for axis in range(rank)]
    made = tuple(entry if entry == "int" else ("slice", *(each is not None for each in held)) for entry, held in turned)
    return value, made, [each for _, held in turned for each in held if each is not None]


def _order(cell: Cell, rank: int) -> list[int] | None:
    """For each axis of a view that permutes axes, the axis of its base."""
    view = cell.view
    opcode = view.opcode if view is not None and cell.frozen is None else None
    axes = list(range(rank))
    if opcode == "transpose":
        given = view.attrs.get("axes")
        return axes[::-1] if given is None else [axis % rank for axis in given]
    if opcode == "swapaxes":
        one, other = view.attrs["axis1"] % rank, view.attrs["axis2"] % rank
        axes[one], axes[other] = axes[other], axes[one]
        return axes
    if opcode == "moveaxis":
        source, target = view.attrs["source"] % rank, view.attrs["destination"] % rank
        axes.remove(source)
        axes.insert(target, source)
        return axes
    return None
