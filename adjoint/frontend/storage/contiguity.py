"""Whether an array lies in memory in one piece, row by row: then `reshape` and `ravel` give views of it, else copies.

NumPy's arithmetic keeps the order of its operands, so that of an array that came in as an argument is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adjoint.frontend.values.objects import Cell
from adjoint.ir import opset
from adjoint.ir.core import Value
from adjoint.ir.memory_order import LIKE, OF_VECTORS, ROW_BY_ROW, SAME_MEMORY
from adjoint.ir.ops.indexing import is_view
from adjoint.ir.types import Array, rank_of

if TYPE_CHECKING:
    from adjoint.frontend.storage.store import Store


def gives_view(ctx: Store, opcode: str, base: Value) -> bool:
    """Whether `reshape` or `ravel` of the array is known to be a view."""
    if opcode not in ("reshape", "ravel") or (opcode == "reshape" and rank_of(base.type) == 1):
        return True
    return is_ordered(ctx, base)


def is_ordered(ctx: Store, value: Value) -> bool:
    """Whether the array is known to lie in one piece, row by row."""
    cell = ctx.places.get(value)
    return _lies_ordered(cell) if cell is not None else made_ordered(ctx, value)


def _lies_ordered(cell: Cell) -> bool:
    while cell.base is not None:
        if cell.view is None or not _keeps_order(cell.view.opcode, cell.view.attrs.get("spec", ())):
            return False
        cell = cell.base
    return cell.is_ordered


def _keeps_order(opcode: str, spec: tuple[object, ...]) -> bool:
    """Whether a view of an array in order is in order: another shape, a row, some rows one after the other."""
    if opcode != "index":
        return opcode in SAME_MEMORY
    first = [entry for entry in spec if entry != "int"][:1]
    rows = all(entry == "int" for entry in spec[: len(spec) - len(first)])
    whole = ("slice", False, False, False)
    return rows and all(entry == whole or (isinstance(entry, tuple) and not entry[3]) for entry in first)


def made_ordered(ctx: Store, value: Value) -> bool:
    """Whether the operation that makes a new array lays it out in order."""
    op = value.op
    definition = opset.TABLE.get(op.opcode) if op is not None else None
    if op is None or definition is None:
        return False
    if (definition.fresh and rank_of(value.type) == 1) or op.opcode in ROW_BY_ROW:
        return True
    if op.opcode in OF_VECTORS and all(rank_of(each.type) == 1 for each in op.operands):
        return True
    if op.opcode in SAME_MEMORY:
        return is_ordered(ctx, op.operands[0])
    arrays = [each for each in op.operands if rank_of(each.type)]
    if op.opcode in LIKE:
        by_method = op.opcode == "copy" and op.attrs.get("_via") == "method"
        return by_method or not arrays or not isinstance(op.operands[0].type, Array) or is_ordered(ctx, op.operands[0])
    full = any(rank_of(each.type) == rank_of(value.type) for each in arrays)
    matrices = [each for each in arrays if rank_of(each.type) > 1]
    return definition.elementwise and full and all(_goes_by_rows(ctx, each) for each in matrices)


def _goes_by_rows(ctx: Store, value: Value) -> bool:
    """Whether each row of an array lies behind the one before, though not in one piece: a part of one that does so.

    NumPy's arithmetic lays out what it makes of such arrays in order.
    """
    cell = ctx.places.get(value)
    while cell is not None and cell.base is not None:
        view = cell.view
        if view is None or not _keeps_axes(view.opcode, view.attrs.get("spec", ())):
            return False
        if view.base is None or rank_of(view.base.type) < 2:
            return view.base is not None
        cell = cell.base
    if cell is not None:
        return cell.is_ordered
    if value.op is not None and _keeps_axes(value.op.opcode, value.op.attrs.get("spec", ())):
        return _goes_by_rows(ctx, value.op.operands[0])
    return rank_of(value.type) < 2 or made_ordered(ctx, value)


def _keeps_axes(opcode: str, spec: tuple[object, ...]) -> bool:
    return is_view(spec) if opcode == "index" else opcode in SAME_MEMORY
