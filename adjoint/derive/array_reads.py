"""Which value the reverse sweep should read in place of a part of an array.

    y[i] = t;  s = f(y[i])                  t for y[i]: it was stored there a moment ago
    for i in ...: y[i] = sin(y[i - 1])      y[i - 1] out of y as it stands behind the loop
"""

from __future__ import annotations

from adjoint.ir.core import Op, Value
from adjoint.ir.ops.indexing import is_view, same_place
from adjoint.ir.types import Array


def stored(value: Value) -> Value:
    """The number that was stored where a value was read; the value itself if that is not known."""
    read = value.op
    while read is not None and read.opcode == "index":
        store = read.operands[0].op
        if store is None or store.opcode != "index_set" or not is_view(read.attrs["spec"]):
            break
        if store.operands[1].type != value.type or not same_place(read, store):
            break
        value = store.operands[1]
        read = value.op
    return value


def read_back(store: Op, array: Value) -> Op:
    """A read of what was stored, from another version of the array."""
    value, *index = store.operands[1:]
    read = Op("index", [array, *index], {"spec": store.attrs["spec"]}, derived=True)
    read.results = [Value(value.type, None, read)]
    return read


def is_free_view(op: Op) -> bool:
    """Whether the operation only reads a view of an array, which costs next to nothing."""
    return op.opcode == "index" and is_view(op.attrs["spec"]) and isinstance(op.operands[0].type, Array)
