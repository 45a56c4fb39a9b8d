"""Which values the printed program reads, and where.

A carry that only feeds itself, a branch result nobody reads and what only they need are not printed at all.
"""

from __future__ import annotations

from typing import final

from adjoint.emit.structure import Structure, carried_args, first_carry, is_loop
from adjoint.ir import opset
from adjoint.ir.core import CONTROL, TERMINATORS, Function, Op, Value, walk

PHI = ("yield", "continue", "break")


@final
class Usage:
    """`needed` values, and for each the operations that read it with the operand position."""

    def __init__(self, function: Function, structure: Structure) -> None:
        self.structure = structure
        self.needed: set[Value] = set()
        self.finals: set[Value] = set()
        """Results of loops that are read after the loop."""
        self.uses: dict[Value, list[tuple[Op, int]]] = {}
        self.extra: dict[Op, list[Value]] = {}
        """Loops printed over sequences read these instead of their bounds."""
        self._printed: dict[Op, bool] = {}
        ops = list(walk(function.body))
        self._mark(ops)
        for op in ops:
            for index, operand in self.reads(op):
                self.uses.setdefault(operand, []).append((op, index))

    def is_printed(self, op: Op) -> bool:
        """Whether the operation is part of the program: it has an effect or somebody reads a result."""
        known = self._printed.get(op)
        if known is None:
            known = op.opcode in CONTROL or op.opcode in TERMINATORS
            known = known or any(result in self.needed for result in op.results) or not opset.is_pure(op)
            self._printed[op] = known
        return known

    def reads(self, op: Op) -> list[tuple[int, Value]]:
        """The operands the operation really reads, with their positions."""
        if not self.is_printed(op):
            return []
        operands = list(enumerate(op.operands))
        if op.opcode in PHI:
            target = self.structure.target_of[op]
            return [(i, v) for i, v in operands if target is None or self._assigns(op, target, i)]
        if is_loop(op):
            first = first_carry(op)
            carries = [(i, v) for i, v in operands[first:] if op.results[i - first] in self.needed]
            if op in self.extra:
                return [(-1 - i, v) for i, v in enumerate(self.extra[op])] + carries
            return operands[:first] + carries
        return operands

    def _assigns(self, leaf: Op, target: Op, slot: int) -> bool:
        """Whether somebody reads what a leaf gives: only what follows the loop reads the values of a `break`."""
        if is_loop(target) and leaf.opcode != "continue":
            return target.results[slot] in self.finals
        return target.results[slot] in self.needed

    def drop(self, value: Value, user: Op, index: int) -> None:
        """Forget one use: the printer writes it in a way that does not read the value again."""
        self.uses[value].remove((user, index))

    def _mark(self, ops: list[Op]) -> None:
        work: list[Value] = []
        for op in ops:
            if op.opcode in PHI:
                if self.structure.target_of[op] is None:
                    work += op.operands
            elif op.opcode in CONTROL:
                work += op.operands[: 1 if op.opcode == "if" else first_carry(op)]
            elif op.opcode in TERMINATORS or not opset.is_pure(op):
                work += op.operands
        while work:
            value = work.pop()
            if value.op is not None and is_loop(value.op) and value not in self.finals:
                self.finals.add(value)
                work += self._final_sources(value.op, value.op.results.index(value))
            if value not in self.needed:
                self.needed.add(value)
                work += self._needs(value)

    def _needs(self, value: Value) -> list[Value]:
        """What must be computed for the value."""
        carry = self.structure.carry_of.get(value)
        if carry is None:
            return self.sources(value) if value.op is not None and not is_loop(value.op) else []
        loop, slot = carry
        self.needed.add(loop.results[slot])  # it shares the variable of the carry, read or not
        continues = [leaf for leaf in self.structure.leaves_of.get(loop, ()) if leaf.opcode == "continue"]
        args = [carried_args(loop, region)[slot] for region in loop.regions]
        return [loop.operands[first_carry(loop) + slot], *args, *(leaf.operands[slot] for leaf in continues)]

    def _final_sources(self, loop: Op, slot: int) -> list[Value]:
        """What the result of a loop may be: the carry, or what a `break` or an `else` gives."""
        others = [leaf for leaf in self.structure.leaves_of.get(loop, ()) if leaf.opcode != "continue"]
        return [carried_args(loop, loop.regions[0])[slot], *(leaf.operands[slot] for leaf in others)]

    def sources(self, value: Value) -> list[Value]:
        """The values that may flow into the value."""
        if value in self.structure.carry_of:
            return self.carry_sources(*self.structure.carry_of[value])
        op = value.op
        if op is None:
            return []
        if op.opcode not in CONTROL:
            return op.operands
        slot = op.results.index(value)
        if is_loop(op):
            return self.carry_sources(op, slot)
        return [leaf.operands[slot] for leaf in self.structure.leaves_of.get(op, ())]

    def carry_sources(self, loop: Op, slot: int) -> list[Value]:
        """Every value that meets in a carry, its block arguments and result included."""
        values = [loop.operands[first_carry(loop) + slot], loop.results[slot]]
        values += [carried_args(loop, region)[slot] for region in loop.regions]
        return values + [leaf.operands[slot] for leaf in self.structure.leaves_of.get(loop, ())]
