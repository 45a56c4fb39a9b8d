"""What is read through a view of a place that was just written is what was written there.

    before:  %row.1 = sub (index %a %i) %m;  %b = index_set %a %row.1 %i;  %row.2 = index %b %i;  ... %row.2
    after:   %row.1 = sub (index %a %i) %m;  %b = index_set %a %row.1 %i;  ... %row.1

So a row that is changed several times, `row -= row.mean()` and then `row /= row.std()`, is stored once, at the end.
Only reads of whole rows that the front end has made for a variable: what the user wrote as `a[i]` stays.
"""

from __future__ import annotations

from adjoint.ir.core import Function, Op, Value, users, walk
from adjoint.ir.ops.indexing import is_view, same_place
from adjoint.ir.types import Array, are_alike, rank_of


def read_stored(function: Function) -> None:
    """Let readers of such views read what was stored, in place. The reads are dead then."""
    stored: dict[Value, Value] = {}
    for op in walk(function.body):
        op.operands = [stored.get(operand, operand) for operand in op.operands]
        if op.opcode == "index" and not op.derived and op.result.name is not None and rank_of(op.result.type):
            value = _just_stored(op)
            if value is not None and value.name in (None, op.result.name):
                value.name = op.result.name
                stored[op.result] = value


def _just_stored(read: Op) -> Value | None:
    """The array that the last store put at the place of a read, as it is."""
    store = read.operands[0].op
    if store is None or store.opcode != "index_set" or not isinstance(store.result.type, Array):
        return None
    if not is_view(store.attrs["spec"]) or not same_place(read, store):
        return None
    value = store.operands[1]
    is_made = value.op is not None and value.op.opcode not in ("const", "index")
    return value if is_made and are_alike(value.type, read.result.type) else None


def unname_stored(function: Function) -> None:
    """What was made through a view for one store only needs no name: `a[i] *= 2` for `row = a[i]; row *= 2`.

    Only before printing.
    """
    uses = users(function.body)
    for op in walk(function.body):
        is_store = op.opcode == "index_set" and not op.derived and isinstance(op.operands[0].type, Array)
        made = op.operands[1].op if is_store else None
        if made is None or not made.attrs.get("_augmented") or len(uses[made.result]) > 1:
            continue
        del made.attrs["_augmented"]
        made.result.name = None
        read = made.operands[0].op
        if read is not None and read.opcode == "index" and len(uses[read.result]) == 1 and same_place(read, op):
            read.result.name = None
