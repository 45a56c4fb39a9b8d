"""A place that each pass of a loop adds to first, and sets to zero last, is set instead of added to.

    before:  for ... carries(%b = zeros) { %b1 = index_add %b %d 1:-1; ...; %b3 = index_set %b2 0 1:-1 }
    after:   for ... carries(%b = zeros) { %b1 = index_set %b %d 1:-1; ... };
             %r = index_set %loop 0 1:-1, if it is read behind the loop

That is the cotangent of a buffer that a time loop fills anew each time. Only rows of an array as a whole: to parts of
rows `passes/shifted_places` adds faster than they can be set. Only at emission: a sum is simpler to differentiate.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

from adjoint.analysis.activity import body_of, orelse_of
from adjoint.analysis.sharing import readers_of
from adjoint.analysis.structure import Structure
from adjoint.ir.builder import Builder
from adjoint.ir.core import (
    Function,
    Op,
    Region,
    Value,
    carried_args,
    const_of,
    inits_of,
    is_const,
    region_leaves,
    users,
    walk,
)
from adjoint.ir.ops.indexing import is_view, same_place
from adjoint.ir.types import Array

_ZEROS = ("zeros_like", "zeros")


def set_cleared(function: Function) -> None:
    """Set what is zero at the head of each pass, in place."""
    for op in walk(function.body):
        if op.opcode in ("for", "while") and any(init.op and init.op.opcode in _ZEROS for init in inits_of(op)):
            _Loop(function, op).run()


@final
class _Loop:
    def __init__(self, function: Function, loop: Op) -> None:
        self.loop = loop
        self.body = body_of(loop)
        self.uses = users(function.body)
        self.structure = Structure.of(function.body)

    def run(self) -> None:
        if orelse_of(self.loop) is not None or list(region_leaves(self.body)) != [self.body.terminator]:
            return
        for slot, init in enumerate(inits_of(self.loop)):
            if init.op is not None and init.op.opcode in _ZEROS and isinstance(init.type, Array):
                self._settle(slot)

    def _settle(self, slot: int) -> None:
        """Set a place of a carried array where it is cleared at the end and added to at the head."""
        clearing = self.body.terminator.operands[slot].op
        if clearing is None or not self._clears(clearing):
            return
        chain = list(self._first_sums(slot))
        found = next((op for op in chain if same_place(op, clearing)), None)
        if found is None or not (self._is_known(found.operands[1], chain[0]) or self._moves_sign(found, chain[0])):
            return
        self._set_first(found, chain[0])
        self.body.ops.remove(clearing)
        self.body.terminator.operands[slot] = clearing.operands[0]
        self._clear_behind(slot, clearing)

    def _clears(self, op: Op) -> bool:
        """Whether an operation sets rows to zero, the same in each pass, and nobody reads what it leaves."""
        if op.opcode != "index_set" or not op.derived or op not in self.body.ops:
            return False
        if len(readers_of(self.uses, op.result)) != 1:
            return False
        value, spec = op.operands[1], op.attrs["spec"]
        if not is_const(value) or const_of(value) != 0 or len(spec) != 1 or not is_view(spec):
            return False
        return all(is_const(index) or self._is_outside(index) for index in op.operands[2:])

    def _is_outside(self, value: Value) -> bool:
        return not self.structure.encloses(self.body, self.structure.region_of_value[value])

    def _first_sums(self, slot: int) -> Iterator[Op]:
        """What adds to the array at the head of a pass, before it is read."""
        if any(readers_of(self.uses, carried_args(region, self.loop)[slot]) for region in self.loop.regions[:-1]):
            return
        version = carried_args(self.body, self.loop)[slot]
        while len(readers := readers_of(self.uses, version)) == 1:
            op, position = readers[0]
            if op.opcode != "index_add" or position != 0 or not op.derived or op not in self.body.ops:
                return
            if not is_view(op.attrs["spec"]):
                return
            yield op
            version = op.result

    def _is_known(self, value: Value, first: Op) -> bool:
        """Whether a value is there in front of the first sum."""
        return value.op not in self.body.ops[self.body.ops.index(first) :]

    def _moves_sign(self, found: Op, first: Op) -> bool:
        """Put the negation that a sum adds in front of the first sum, if what it negates is there."""
        sign = found.operands[1].op
        if sign is None or sign.opcode != "neg" or not self._is_known(sign.operands[0], first):
            return False
        self.body.ops.remove(sign)
        self.body.ops.insert(self.body.ops.index(first), sign)
        return True

    def _set_first(self, found: Op, first: Op) -> None:
        """Let the place be set, in front of the other sums."""
        base, value = first.operands[0], found.operands[1]
        if found is not first:
            self.body.ops.remove(found)
            for user, position in self.uses[found.result]:
                user.operands[position] = found.operands[0]
        at = self.body.ops.index(first)
        filled = self._store(found, base, value, self.body, at)
        filled.name = found.result.name
        if found is not first:
            first.operands[0] = filled
            return
        self.body.ops.remove(first)
        for user, position in self.uses[first.result]:
            user.operands[position] = filled

    def _store(self, like: Op, base: Value, value: Value, region: Region, at: int) -> Value:
        """Set the place of another operation there."""
        builder = Builder(Region(), line=like.line, derived=True)
        indices = [builder.const(const_of(each)) if is_const(each) else each for each in like.operands[2:]]
        filled = builder.emit("index_set", base, value, *indices, spec=like.attrs["spec"])
        region.ops[at:at] = builder.region.ops
        return filled

    def _clear_behind(self, slot: int, clearing: Op) -> None:
        """Set the place to zero behind the loop, if the array is read there."""
        result = self.loop.results[slot]
        readers = self.uses.get(result, [])
        if not readers_of(self.uses, result):
            return
        around = self.structure.region_of_op[self.loop]
        builder = Builder(Region(), line=clearing.line, derived=True)
        zero = builder.const(const_of(clearing.operands[1]))
        at = around.ops.index(self.loop) + 1
        around.ops[at:at] = builder.region.ops
        filled = self._store(clearing, result, zero, around, at + 1)
        filled.name = result.name
        for user, position in readers:
            user.operands[position] = filled
