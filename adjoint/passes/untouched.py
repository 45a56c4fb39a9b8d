"""A place of a buffer of zeros is set when it is first added to, and is not set to zero when nobody reads it again.

    before:  for i in reversed(range(1, n)):  d = y_bar[i];  y_bar[i] = 0.0;  x_bar[i] += d;  y_bar[i - 1] += x[i] * d
    after:   for i in reversed(range(1, n)):  d = y_bar[i];                   x_bar[i] = d;   y_bar[i - 1] += x[i] * d

Only at emission: a sum is simpler to differentiate.
"""

from __future__ import annotations

from typing import final

from adjoint.analysis.sharing import SHAPE_ONLY, readers_of
from adjoint.analysis.structure import Structure
from adjoint.analysis.survival import Survival
from adjoint.ir.core import Function, Op, Region, Value, const_of, inits_of, is_const, users, walk
from adjoint.ir.types import Array

_ACCESSES = ("index", "index_add", "index_set")


def settle_zeros(function: Function) -> None:
    """Drop zeros that nobody reads and sums with zero, in place."""
    if any(op.opcode in ("index_add", "index_set") and op.derived for op in walk(function.body)):
        _Untouched(function).run()


@final
class _Untouched:
    def __init__(self, function: Function) -> None:
        self.body = function.body
        self.uses = users(function.body)
        self.survival = Survival(Region([], function.body.ops), Structure.of(function.body))

    def run(self) -> None:
        for (loop, slot), _ in list(self.survival.stores.items()):
            accesses = self._accesses(loop, slot)
            if accesses is not None:
                self._settle(loop, slot, accesses)
        for op in walk(self.body):
            if _adds(op) and self._is_zero(op.operands[0]):
                op.opcode = "index_set"

    def _accesses(self, loop: Op, slot: int) -> list[Op] | None:
        """What reads or writes an array that a loop carries; None where that is not all by an index."""
        versions = [value for value, known in self.survival.loop_of.items() if known == (loop, slot)]
        found: dict[Op, None] = {}
        for value in versions:
            for user, position in self.uses.get(value, ()):
                if user.opcode in _ACCESSES and position == 0:
                    found[user] = None
                elif user.opcode not in ("continue", "yield", "if", "for") and SHAPE_ONLY.get(user.opcode) != position:
                    return None
                elif user.opcode == "for" and user not in walk_ops(loop):
                    return None
        if any(op.opcode == "index" and isinstance(op.result.type, Array) and op.result.type.rank for op in found):
            return None  # a view may be read later
        return list(found)

    def _settle(self, loop: Op, slot: int, accesses: list[Op]) -> None:
        behind = self._behind(loop.results[slot])
        first = [op for op in accesses if _adds(op) and self.survival.is_first(op, accesses)]
        for op in first:
            if self._is_zero(self._before_stores(inits_of(loop)[slot], op)):
                op.opcode = "index_set"
        if self._is_zero(inits_of(loop)[slot]):
            after = [op for op in self.uses.get(loop.results[slot], ()) if op[1] == 0 and _adds(op[0])]
            if len(after) == 1 and after[0][0] in self.body.ops and self.survival.is_apart(after[0][0], accesses):
                after[0][0].opcode = "index_set"
        for op in accesses:
            if op in first or behind is None or not _empties(op) or not self.survival.is_last(op, accesses):
                continue
            if all(self.survival.is_apart(read, [op]) for read in behind):
                self._drop(op)

    def _before_stores(self, value: Value, access: Op) -> Value:
        """The version of an array before the stores at single places where the access in the loop never is."""
        store = value.op
        while store is not None and store.opcode in ("index_set", "index_add") and store.derived:
            if len(readers_of(self.uses, value)) != 1 or not self.survival.is_elsewhere(store, access):
                break
            value = store.operands[0]
            store = value.op
        return value

    def _behind(self, value: Value) -> list[Op] | None:
        """What reads an array after the loop; None where that is not all by numbers as indices."""
        uses = readers_of(self.uses, value)
        if any(user.opcode != "index" or user.operands[0] is not value for user, _ in uses):
            return None
        return [user for user, _ in uses]

    def _is_zero(self, value: Value) -> bool:
        """Whether the value is a new buffer of zeros that one operation writes into."""
        if value.op is None or value.op.opcode != "zeros_like" or not value.op.derived:
            return False
        return len(readers_of(self.uses, value)) == 1

    def _drop(self, op: Op) -> None:
        region = self.survival.structure.region_of_op[op]
        region.ops.remove(op)
        old, new = op.result, op.operands[0]
        for user, position in self.uses.pop(old, []):
            user.operands[position] = new
            self.uses.setdefault(new, []).append((user, position))
        self.uses[new] = [use for use in self.uses[new] if use[0] is not op]


def walk_ops(loop: Op) -> set[Op]:
    """All operations inside a loop."""
    return {op for region in loop.regions for op in walk(region)}


def _adds(op: Op) -> bool:
    """Whether the operation adds to a place without repetitions."""
    return op.opcode == "index_add" and op.derived and not {"array", "mask", "then"} & set(op.attrs["spec"])


def _empties(op: Op) -> bool:
    """Whether the operation sets a place to zero."""
    if op.opcode != "index_set" or not op.derived:
        return False
    value = op.operands[1]
    return isinstance(op.operands[0].type, Array) and is_const(value) and bool(const_of(value) == 0)
