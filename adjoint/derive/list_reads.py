"""Reads of lists, answered in the reverse sweep: each adds into one list of cotangents.

v = xs[i]          xs_bar[i] += v_bar              one step, however long the list is
w = rows[i][j]     rows_bar[i][j] += w_bar
"""

from __future__ import annotations

from typing import Any

from adjoint.derive.containers import add_up, is_zero
from adjoint.derive.cotangents import Cotangents
from adjoint.ir.core import Op, Region, Value, const_of, is_const, is_same
from adjoint.ir.types import List, Tuple

WHOLE = (("slice", False, False, False),)
"""The index of a copy, `xs[:]`."""


def is_list_read(op: Op) -> bool:
    """Whether the operation reads an item or a slice of a list."""
    return op.opcode == "index" and isinstance(op.operands[0].type, List)


def add_read(op: Op, share: Value, cotangents: Cotangents, active: set[Value], here: Region) -> None:
    """Answer `v = xs[i]`: add the cotangent of what was read to that of the list."""
    builder = cotangents.builder
    root, index, spec = _path(op, active, here)
    buffer = cotangents.full(root)
    before = _before_zero(buffer, index, spec)
    if before is not None and _is_read_of(share, before[1], before[2]):
        new = before[1][0]  # what was there is put back
    elif before is not None:
        opcode, operands, attrs = before
        operands[1 if opcode != "list_insert" else 2] = share
        new = builder.emit(opcode, *operands, **attrs)
    elif isinstance(op.result.type, Tuple):
        old = builder.emit("index", buffer, *index, spec=spec)
        new = builder.emit("index_set", buffer, add_up(builder, op.result.type, old, share), *index, spec=spec)
    else:
        new = builder.emit("index_add", buffer, share, *index, spec=spec)
    cotangents.set(root, new)


def _path(op: Op, active: set[Value], here: Region) -> tuple[Value, list[Value], tuple[Any, ...]]:
    """The list a read starts from, the whole index and its spec: `rows`, `i, j` for `row[j]` where `row = rows[i]`."""
    source, *index = op.operands
    spec = tuple(op.attrs["spec"])
    while source.op is not None and _is_item_read(source.op, active) and source.op in here.ops and "array" not in spec:
        index = [*source.op.operands[1:], *index]
        spec = (*source.op.attrs["spec"], *spec)
        source = source.op.operands[0]
    return source, index, spec


def _is_item_read(op: Op, active: set[Value]) -> bool:
    if op.opcode != "index" or op.operands[0] not in active or op.result not in active:
        return False
    return isinstance(op.operands[0].type, List) and all(entry == "int" for entry in op.attrs["spec"])


def _before_zero(
    buffer: Value, index: list[Value], spec: tuple[Any, ...]
) -> tuple[str, list[Value], dict[str, Any]] | None:
    """What put a zero at just this place, to be done with the cotangent instead: `xs_bar.append(v_bar)`."""
    op = buffer.op
    if op is None or not op.derived:
        return None
    attrs = {name: value for name, value in op.attrs.items() if not name.startswith("_")}
    item = spec == ("int",)
    if item and op.opcode == "list_append" and is_const(index[0]) and const_of(index[0]) == -1:
        value = op.operands[1]
    elif item and op.opcode == "list_insert" and is_same(op.operands[1], index[0]):
        value = op.operands[2]
    elif op.opcode == "index_set" and tuple(op.attrs["spec"]) == spec and all(map(is_same, op.operands[2:], index)):
        value = op.operands[1]
    else:
        return None
    return (op.opcode, list(op.operands), attrs) if is_zero(value) else None


def _is_read_of(share: Value, operands: list[Value], attrs: dict[str, Any]) -> bool:
    """Whether the value is the very item that an `index_set` replaces."""
    op = share.op
    if op is None or op.opcode != "index" or "spec" not in attrs or op.attrs["spec"] != attrs["spec"]:
        return False
    return op.operands[0] is operands[0] and all(map(is_same, op.operands[1:], operands[2:]))
