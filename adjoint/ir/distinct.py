"""Whether the arrays of an index are known to name each element once: then `x[i] += v` adds what `np.add.at` adds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Op, Value, const_of, is_const, is_same
from adjoint.ir.ops.indexing import WHOLE_AXIS, every_entry
from adjoint.ir.types import rank_of, shape_of

_ORDERS = frozenset({"argsort", "argpartition"})
_PLACES = frozenset(
    "nonzero tril_indices triu_indices tril_indices_from triu_indices_from diag_indices diag_indices_from".split()
)


def names_each_once(spec: Sequence[Any], operands: Sequence[Value]) -> bool:
    """Whether no element stands twice under an index, nor under a number counted from the end."""
    given = [values[0] for entry, values in every_entry(spec, operands) if entry in ("array", "mask")]
    if len(given) == 1:
        return _is_distinct(given[0])
    if tuple(spec) != ("array",) * len(given):
        return False
    return _are_places(given) or _is_order_along_an_axis(given)


def exchanged(base: Value, value: Value, index: Sequence[Value], spec: Sequence[Any]) -> Sequence[Value] | None:
    """In `a[[i, j]] = a[[j, i]]` the index that is read; None for other stores, also of more than two rows."""
    read = value.op
    if list(spec).count("array") != 1 or read is None or read.opcode != "index" or read.operands[0] is not base:
        return None
    turned = read.operands[1:]
    if read.attrs["spec"] != spec or len(turned) != len(index):
        return None
    differing = [(one, other) for one, other in zip(index, turned) if not is_same(one, other)]
    if len(differing) != 1:
        return None
    here, there = (each.op for each in differing[0])
    if here is None or there is None or not here.opcode == there.opcode == "list" or len(here.operands) != 2:
        return None
    is_turned = len(there.operands) == 2 and all(map(is_same, here.operands, there.operands[::-1]))
    return turned if is_turned else None


def _are_places(given: Sequence[Value]) -> bool:
    """Whether the arrays are all those that one call gave: `i, j = np.nonzero(m)`."""
    reads = [value.op for value in given]
    if not all(op is not None and op.opcode == "getitem" for op in reads):
        return False
    sources = {op.operands[0] for op in reads if op is not None}
    source = sources.pop().op
    parts = sorted(op.attrs["index"] for op in reads if op is not None)
    return not sources and source is not None and source.opcode in _PLACES and parts == list(range(len(given)))


def _is_distinct(value: Value) -> bool:
    """Whether a vector is known to hold different numbers, none of them negative."""
    op = value.op
    if op is None:
        return False
    if op.opcode in ("arange", "flatnonzero"):
        return len(op.operands) == 1
    if op.opcode == "unique_part":
        return bool(op.attrs["part"] == "index")
    if op.opcode in _ORDERS:
        return rank_of(value.type) == 1
    if op.opcode == "delete" or (op.opcode == "index" and _is_cut(op)):
        return _is_distinct(op.operands[0])
    if op.opcode == "insert":
        return _is_distinct(op.operands[0]) and _is_one_more(op)
    items = [value] if op.opcode == "const" else op.operands if op.opcode in ("array", "asarray", "list") else []
    if not items or not all(map(is_const, items)):
        return False
    numbers = np.concatenate([np.ravel(const_of(item)) for item in items]).tolist()
    return len(set(numbers)) == len(numbers) and min(numbers, default=0) >= 0


def _is_cut(op: Op) -> bool:
    """Whether an index of a vector is a slice."""
    spec = op.attrs["spec"]
    return len(spec) == 1 and isinstance(spec[0], tuple) and rank_of(op.result.type) == 1


def _is_one_more(op: Op) -> bool:
    """Whether `np.insert(np.arange(n), i, n)` puts in the next number, once."""
    count, place, value = op.operands[0].op, op.operands[1], op.operands[2]
    if count is None or count.opcode != "arange" or len(count.operands) != 1:
        return False
    return rank_of(place.type) == rank_of(value.type) == 0 and _same_number(count.operands[0], value)


def _same_number(a: Value, b: Value) -> bool:
    if a is b:
        return True
    if is_const(a) and is_const(b):
        return bool(const_of(a) == const_of(b))
    one, other = a.op, b.op
    if one is None or other is None or one.opcode != other.opcode or one.opcode not in ("getitem", "shape"):
        return False
    return one.attrs.get("index") == other.attrs.get("index") and _same_number(one.operands[0], other.operands[0])


def _is_order_along_an_axis(given: Sequence[Value]) -> bool:
    """Whether all positions are whole axes but one: the order of the elements along it, or one element each."""
    rank = len(given)
    others = [axis for axis, value in enumerate(given) if not _is_axis(value, rank - 1 - axis)]
    if len(others) != 1 or rank_of(given[others[0]].type) != rank:
        return False
    axis, value = others[0], given[others[0]]
    if shape_of(value.type)[axis] == 1:
        return True
    along = value.op.attrs["axis"] if value.op is not None and value.op.opcode in _ORDERS else None
    return isinstance(along, int) and along % rank == axis


def _is_axis(value: Value, behind: int) -> bool:
    """Whether a value is `np.arange(n)` with so many new axes behind."""
    op = value.op
    if op is not None and op.opcode == "index" and tuple(op.attrs["spec"]) == (WHOLE_AXIS, *("new",) * behind):
        op = op.operands[0].op
    elif behind:
        return False
    return op is not None and op.opcode == "arange" and len(op.operands) == 1
