"""What it costs to save a value of a loop for the reverse sweep, and what it costs to make it again.

    u[2:], u[:-2]        views of one array: it is saved once, and they are taken of it again
    m = u + h * k        an array with four passes over memory behind it: it is saved
    1.0 - m, m ** 2      made again of m

A push and a pop of a number take as long as four operations of arithmetic; a copy of an array as long as two passes
over it or three, and memory. An array is as dear as many numbers, and what an inner loop saves as much of an outer one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

from adjoint.analysis.structure import Structure
from adjoint.derive.array_reads import is_free_view
from adjoint.ir.core import Op, Value, const_of, is_const
from adjoint.ir.opset import CHEAP, FREE, TABLE
from adjoint.ir.types import Array, Scalar, Sym, dtype_of, rank_of, shape_of

SAVING = 50
"""What saving costs, with the lines that it takes."""
_ARITHMETIC = 14
_COSTS = {"pow": 44, "max_of": 70, "min_of": 70}
_PASS = 20
"""What a pass over an array costs that makes another one."""
_CARRYING = 5
"""What it costs to carry a value through the reverse loop."""
_SMALL_PART = 10
"""What it costs to save a part that may be much smaller than its array."""
_MASK = 46
"""What it costs to save truth values, which take less memory: a person saves what is compared, if that is one array."""
_AXIS, _LOOP = 30, 100
"""How many times as much an array costs for each of its axes, and anything for each loop around it."""


@final
@dataclass(slots=True)
class Costs:
    """The costs of the values of a function's loops. `carried` has those that a reverse loop can carry back."""

    structure: Structure
    carried: Mapping[Value, Value] = field(default_factory=dict)
    """What each is made of then: the value that the next pass met."""
    made_by: Callable[[Value], Op | None] = lambda value: value.op
    """The operation that makes a value again."""
    _parts: dict[Value, int] = field(default_factory=dict)

    def of_saving(self, value: Value) -> int:
        return self._scale(value) * (self._part(value) if rank_of(value.type) else SAVING)

    def of_making(self, value: Value) -> int | None:
        """None where that may not be done."""
        price = _CARRYING if value in self.carried else cost_of(self.made_by(value))
        return None if price is None else self._scale(value) * price

    def made_of(self, value: Value) -> Sequence[Value]:
        """What is read to make a value again."""
        if value in self.carried:
            return (self.carried[value],)
        op = self.made_by(value)
        return op.operands if op is not None else ()

    def _scale(self, value: Value) -> int:
        return int(_AXIS ** rank_of(value.type) * _LOOP ** self._depth(value))

    def _depth(self, value: Value) -> int:
        home = self.structure.region_of_value.get(value)
        return 0 if home is None else len(self.structure.loops_around(home))

    def _part(self, value: Value) -> int:
        """What an array costs beside others of its rank: a part that may be small, and what is made of it, is cheap."""
        if value not in self._parts:
            self._parts[value] = SAVING
            op, rank = value.op, rank_of(value.type)
            if op is not None and is_free_view(op) and rank_of(op.operands[0].type) == rank:
                whole = self._part(op.operands[0])
                self._parts[value] = whole - 1 if is_as_large(value, op.operands[0]) else min(whole, _SMALL_PART)
            elif op is not None and cost_of(op) is not None:
                alike = [self._part(each) for each in op.operands if rank_of(each.type) == rank]
                part = max(alike, default=SAVING)
                self._parts[value] = part * _MASK // SAVING if dtype_of(value.type) == "bool" else part
        return self._parts[value]


def cost_of(op: Op | None) -> int | None:
    """What one operation costs among those on numbers, or among those on arrays; None where it may not be repeated."""
    definition = TABLE.get(op.opcode) if op is not None else None
    if op is None or definition is None or len(op.results) != 1 or definition.effects:
        return None
    if definition.cost > CHEAP or not all(isinstance(v.type, Scalar | Array) for v in (op.result, *op.operands)):
        return None
    if rank_of(op.result.type):
        return _cost_of_array(op)
    if any(rank_of(operand.type) for operand in op.operands):
        return _ARITHMETIC if is_free_view(op) else None
    return 0 if definition.cost == FREE else _COSTS.get(op.opcode, _ARITHMETIC)


def _cost_of_array(op: Op) -> int | None:
    definition = TABLE[op.opcode]
    if is_free_view(op) or definition.cost == FREE:
        return 0
    if op.opcode == "pow" and not (is_const(op.operands[1]) and const_of(op.operands[1]) == 2):
        return None
    return _PASS if definition.elementwise or op.opcode == "diff" else None


def is_as_large(value: Value, root: Value) -> bool:
    """Whether a value has the extents of an array but for a few elements at the ends."""
    extents, whole = shape_of(value.type), shape_of(root.type)
    if len(extents) != len(whole):
        return False
    for one, other in zip(extents, whole):
        if isinstance(one, int) and isinstance(other, int):
            if 2 * one <= other:
                return False
        elif not (isinstance(one, Sym) and isinstance(other, Sym) and one.name == other.name):
            return False
    return True
