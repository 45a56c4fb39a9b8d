"""What a backward function needs of extents, read from the cotangents that it is given.

    before:  func f_backward(%kept, %y_bar) { %n = unpack %kept; ... }           kept: len(u) - 1, or u for its length
    after:   func f_backward(%kept, %y_bar) { %m = len %y_bar;  %n = sub %m 1; ... }

Where no cotangent has the extents of an array, its length or shape is kept rather than the array.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from adjoint.derive.residuals import EXTENT_READERS, SHAPE_READERS
from adjoint.ir.core import Op, Region, Value, clone_op, is_const, walk, walk_regions
from adjoint.ir.types import Scalar, Tuple, are_alike
from adjoint.ir.undefined import kept_on_a_path, maybe_undefined

_ARITHMETIC = ("add", "sub", "mul", "neg", "floordiv", "getitem")


def read_from_seeds(body: Region, split: int, seeds: Sequence[Value]) -> int:
    """Change the operations from index `split` on, in place; gives the index at which they start then."""
    return _Reader(body, split, seeds).run()


@final
class _Reader:
    def __init__(self, body: Region, split: int, seeds: Sequence[Value]) -> None:
        self.body = body
        self.forward, self.reverse = body.ops[:split], body.ops[split:]
        self.seeds = seeds
        self.made: dict[Value, Value] = {}
        self.again: list[Op] = []
        self.unbound = maybe_undefined(body) | kept_on_a_path(self.forward)
        self.taken: dict[tuple[str, Value], Op] = {}
        self.moved: dict[Value, Value] = {}

    def run(self) -> int:
        visible = {value for op in self.forward for value in op.results} | set(self.body.args)
        reads = [(op, place, v) for op in walk(Region([], self.reverse)) for place, v in enumerate(op.operands)]
        reads = [(op, place, value) for op, place, value in reads if value in visible]
        needed = {value for op, place, value in reads if SHAPE_READERS.get(op.opcode) != place}
        for op, place, value in reads:
            seed = self._seed_like(value)
            if value in needed:
                op.operands[place] = self._once_more(value) if self._is_extent(value) else value
            elif seed is not None:
                op.operands[place] = seed
            elif op.opcode in EXTENT_READERS and value not in self.unbound:
                self._take(op, value)
        self.body.ops[:] = [*self.forward, *self.taken.values(), *self.again, *self.reverse]
        if self.moved:
            for region in walk_regions(self.body):
                region.ops[:] = [op for op in region.ops if self.moved.keys().isdisjoint(op.results)]
                for op in region.ops:
                    op.operands = [self.moved.get(operand, operand) for operand in op.operands]
        return len(self.forward) + len(self.taken)

    def _seed_like(self, value: Value) -> Value | None:
        return next((seed for seed in self.seeds if are_alike(value.type, seed.type)), None)

    def _is_extent(self, value: Value) -> bool:
        """Whether a number is made of constants and of extents of the cotangents."""
        op = value.op
        if op is None or not isinstance(value.type, Scalar | Tuple) or len(op.results) != 1:
            return False
        if op.opcode in EXTENT_READERS:
            return self._seed_like(op.operands[0]) is not None
        if op.opcode not in _ARITHMETIC or all(map(is_const, op.operands)):
            return False
        return all(is_const(operand) or self._is_extent(operand) for operand in op.operands)

    def _once_more(self, value: Value) -> Value:
        op = value.op
        assert op is not None
        if value not in self.made:
            again = clone_op(op, {})
            again.derived = True
            for place, operand in enumerate(op.operands):
                seed = self._seed_like(operand) if op.opcode in EXTENT_READERS else None
                again.operands[place] = seed or self._once_more(operand)
            self.again.append(again)
            self.made[value] = again.result
        return self.made[value]

    def _take(self, op: Op, array: Value) -> None:
        """Let the forward function read an extent instead of the operation."""
        key = op.opcode, array
        if key not in self.taken:
            self.taken[key] = clone_op(op, {})
        self.moved[op.result] = self.taken[key].result
