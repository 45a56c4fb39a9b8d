"""The shape of control flow as the printer needs it: who owns a region, where a leaf jumps, what a loop carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from adjoint.ir.core import Function, Op, Region, Value


def is_loop(op: Op) -> bool:
    return op.opcode in ("for", "while")


def body_of(loop: Op) -> Region:
    return loop.regions[0 if loop.opcode == "for" else 1]


def condition_of(loop: Op) -> Region | None:
    """The condition region of a `while`; None for a `for`."""
    return loop.regions[0] if loop.opcode == "while" else None


def orelse_of(loop: Op) -> Region | None:
    """The region that runs after exhaustion, if there is one."""
    count = 1 if loop.opcode == "for" else 2
    return loop.regions[count] if len(loop.regions) > count else None


def first_carry(loop: Op) -> int:
    """How many operands stand before the initial values of the carries."""
    return 3 if loop.opcode == "for" else 0


def carried_args(loop: Op, region: Region) -> list[Value]:
    """The block arguments of one of the loop's regions that stand for the carries."""
    return region.args[1:] if loop.opcode == "for" and region is loop.regions[0] else region.args


@final
@dataclass(slots=True)
class Structure:
    """Maps of one function, made in one walk.

    `region_of` gives the region an operation stands in, `owner_of` the operation that holds a region, `home_of` the
    region a value is defined in, `target_of` the control operation a `yield`, `continue` or `break` gives its operands
    to (None for the flag of a `while` condition), and `leaves_of` the inverse.
    """

    region_of: dict[Op, Region] = field(default_factory=dict)
    owner_of: dict[Region, Op] = field(default_factory=dict)
    home_of: dict[Value, Region] = field(default_factory=dict)
    target_of: dict[Op, Op | None] = field(default_factory=dict)
    leaves_of: dict[Op, list[Op]] = field(default_factory=dict)
    carry_of: dict[Value, tuple[Op, int]] = field(default_factory=dict)
    """The loop and slot of a block argument that stands for a carry."""

    @classmethod
    def of(cls, function: Function) -> Structure:
        """The structure of a function."""
        structure = cls()
        structure._visit(function.body, None, None)
        return structure

    def _visit(self, region: Region, loop: Op | None, yields_to: Op | None) -> None:
        for arg in region.args:
            self.home_of[arg] = region
        for op in region.ops:
            self.region_of[op] = region
            for result in op.results:
                self.home_of[result] = region
            if op.opcode in ("continue", "break"):
                self._leaf(op, loop)
            elif op.opcode == "yield":
                self._leaf(op, yields_to)
            elif op.opcode == "if":
                tail = op is region.ops[-1]
                for inner in op.regions:
                    self.owner_of[inner] = op
                    self._visit(inner, loop, yields_to if tail else op)
            elif is_loop(op):
                self._visit_loop(op, loop)

    def _leaf(self, op: Op, target: Op | None) -> None:
        self.target_of[op] = target
        if target is not None:
            self.leaves_of.setdefault(target, []).append(op)

    def _visit_loop(self, op: Op, outer: Op | None) -> None:
        condition, orelse = condition_of(op), orelse_of(op)
        for region in op.regions:
            self.owner_of[region] = op
            for slot, arg in enumerate(carried_args(op, region)):
                self.carry_of[arg] = (op, slot)
        if condition is not None:
            self._visit(condition, None, None)
        self._visit(body_of(op), op, None)
        if orelse is not None:
            self._visit(orelse, outer, op)


def binds(op: Op, name: str) -> bool:
    """Whether an operation gives a value of this name, itself or as an argument of its regions."""
    return any(value.name == name for value in op.results) or any(
        arg.name == name for region in op.regions for arg in region.args
    )


def reads(op: Op, name: str) -> bool:
    """Whether an operation reads a value of this name."""
    return any(value.name == name for value in op.operands)
