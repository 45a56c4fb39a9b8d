"""Elements of an array that a loop fills and never writes again: they can be read when the loop is over.

    for i in range(1, n):
        y[i] = sin(y[i - 1])        y[i - 1] is read after it was written for good, and stands in y to the end

Only indices that are the loop's own plus a number are understood, in loops over a range that starts at a number.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, final

from adjoint.analysis.activity import body_of, carried_args, inits_of, orelse_of
from adjoint.analysis.structure import Structure
from adjoint.ir.core import Op, Region, Value, const_of, is_const, region_leaves, walk
from adjoint.ir.ops.indexing import THEN, entries
from adjoint.ir.types import INT, Array

_STORES = ("index_set", "index_add")


@final
class Survival:
    """Answers for the loops that stand in one region."""

    def __init__(self, region: Region, structure: Structure) -> None:
        self.structure = structure
        self.order = {op: number for number, op in enumerate(walk(region))}
        self.loop_of: dict[Value, tuple[Op, int]] = {}
        """The versions of an array that a loop carries."""
        self.stores: dict[tuple[Op, int], list[Op]] = {}
        for op in region.ops:
            if op.opcode == "for" and orelse_of(op) is None:
                for index, arg in enumerate(carried_args(body_of(op), op)):
                    if isinstance(arg.type, Array) and arg.type.rank and arg.type == op.results[index].type:
                        self._enter(op, index, arg)

    def _enter(self, loop: Op, index: int, arg: Value) -> None:
        """Find the versions of a carry, if nothing but stores makes new ones."""
        versions, stores = {arg}, []
        for op in walk(body_of(loop)):
            if op.opcode in _STORES and op.operands[0] in versions:
                stores.append(op)
                versions.add(op.result)
            elif op.opcode == "if":
                versions.update(result for result, ends in _ends(op) if ends & versions)
            elif op.opcode in ("for", "while"):
                for slot, init in enumerate(inits_of(op)):
                    if init in versions:
                        versions.update(carried_args(region, op)[slot] for region in op.regions)
                        versions.add(op.results[slot])
        closed = all(
            ends <= versions for op in walk(body_of(loop)) if op.regions for result, ends in _ends(op) if result in versions
        )
        last = {leaf.operands[index] for leaf in _leaves(body_of(loop))}
        if closed and last <= versions:
            self.stores[loop, index] = stores
            self.loop_of.update(dict.fromkeys(versions, (loop, index)))

    def kept_in(self, read: Op) -> Value | None:
        """The result of the loop in which what is read in the loop still stands; None where it may be overwritten."""
        known = self.loop_of.get(read.operands[0])
        if known is None:
            return None
        loop, index = known
        places = [_offsets(op.attrs["spec"], op.operands[2:], loop) for op in self.stores[known]]
        for axis, offset in _offsets(read.attrs["spec"], read.operands[1:], loop).items():
            if all(axis in place for place in places):
                pairs = zip(self.stores[known], (place[axis] for place in places))
                if self._stays(read, offset, loop, list(pairs)):
                    return loop.results[index]
        return None

    def _stays(self, read: Op, offset: int, loop: Op, stores: list[tuple[Op, int]]) -> bool:
        start, stop, step = loop.operands[:3]
        first = start if is_const(step) and const_of(step) > 0 else stop
        if not is_const(step) or not is_const(first):
            return False
        lowest = const_of(first) + (0 if first is start else 1)
        if lowest + min([offset, *(place for _, place in stores)]) < 0:
            return False  # indices below zero count from the end
        forwards = (const_of(step) > 0) != bool(loop.attrs.get("reversed"))
        return all(
            self._is_before(store, read, loop) if place == offset else (place > offset) == forwards
            for store, place in stores
        )

    def _is_before(self, store: Op, read: Op, loop: Op) -> bool:
        """Whether a store of a pass is done when the pass reads."""
        region_of = self.structure.region_of_op
        common = self.structure.common(region_of[store], region_of[read])
        again = self.structure.loops_between(common, body_of(loop))
        return not again and self.order[store] < self.order[read]


def _ends(op: Op) -> list[tuple[Value, set[Value]]]:
    """For each result of an operation with regions: what may become it."""
    if op.opcode == "if":
        leaves = [leaf for region in op.regions for leaf in region_leaves(region) if leaf.opcode == "yield"]
        return [(result, {leaf.operands[i] for leaf in leaves}) for i, result in enumerate(op.results)]
    orelse = orelse_of(op)
    leaves = [*_leaves(body_of(op)), *(_leaves(orelse) if orelse is not None else ())]
    inits = inits_of(op)
    return [(result, {inits[i], *(leaf.operands[i] for leaf in leaves)}) for i, result in enumerate(op.results)]


def _leaves(region: Region) -> Iterable[Op]:
    return [leaf for leaf in region_leaves(region) if leaf.opcode in ("continue", "break", "yield")]


def _offsets(spec: Any, operands: list[Value], loop: Op) -> dict[int, int]:
    """The axes indexed by the loop's own index plus a number, with that number."""
    if any(entry in (THEN, "...", "new", "array", "mask") for entry in spec):
        return {}
    found = {}
    for axis, (entry, given) in enumerate(entries(spec, operands)):
        offset = _offset(given[0], body_of(loop).args[0]) if entry == "int" else None
        if offset is not None:
            found[axis] = offset
    return found


def _offset(value: Value, index: Value) -> int | None:
    if value is index:
        return 0
    op = value.op
    if op is None or op.opcode not in ("add", "sub") or value.type != INT:
        return None
    for one, other in (op.operands, op.operands[::-1])[: 2 if op.opcode == "add" else 1]:
        if one is index and is_const(other):
            number = int(const_of(other))
            return number if op.opcode == "add" else -number
    return None
