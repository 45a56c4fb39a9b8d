"""Where every variable of the emitted program is live, as half-open ranges of positions in the text.

Structured control flow makes this exact without iteration: a use inside a branch keeps a value alive up to that use in
that branch only; a use inside a loop keeps what was defined outside it alive through the whole loop. A definition at
the position where another value is read for the last time does not disturb it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from adjoint.emit.folding import Folding
from adjoint.emit.structure import body_of, carried_args, first_carry, is_loop, orelse_of
from adjoint.ir.core import Op, Region, Value
from adjoint.ir.ops.lists import STORES

Range = tuple[int, int]
STEP = 4
HEADER = 2
"""How far behind the first values of its carries the header of a loop is evaluated."""


@final
@dataclass(slots=True)
class Intervals:
    """`ranges` of every value that has a variable; those of a carry are all kept at the loop's result."""

    ranges: dict[Value, list[Range]] = field(default_factory=dict)
    start: dict[Region, int] = field(default_factory=dict)
    at: dict[Op, int] = field(default_factory=dict)
    end: dict[Op, int] = field(default_factory=dict)


def find_intervals(folding: Folding) -> Intervals:
    """Number the statements of a function and compute the live ranges."""
    return _Finder(folding).run()


@final
class _Finder:
    def __init__(self, folding: Folding) -> None:
        self.folding = folding
        self.structure = folding.structure
        self.found = Intervals()
        self.position = STEP
        self.defined: dict[Value, int] = {}
        self.reads: dict[Value, list[tuple[int, Region]]] = {}
        self.writes: dict[Value, list[int]] = {}

    def run(self) -> Intervals:
        body = self.folding.function.body
        for arg in body.args:
            self.defined[arg] = 0
        self._number(body)
        for value, position in self.defined.items():
            self.found.ranges[value] = self._live(value, position)
        for op in self.found.at:
            if is_loop(op):
                self._gather_carries(op)
            elif op.opcode == "if":
                for result in op.results:
                    self._add_writes(result)
        return self.found

    # positions

    def _number(self, region: Region) -> None:
        self.found.start[region] = self.position
        self.position += STEP
        for op in region.ops:
            if self.folding.is_statement(op):
                self._statement(op, region)

    def _statement(self, op: Op, region: Region) -> None:
        at = self.found.at[op] = self.position
        self.position += STEP
        for index, value in self.folding.reads_of(op):
            self.reads.setdefault(value, []).append((self._read_position(op, index, value, at), region))
        if op.opcode in ("yield", "continue", "break"):
            target = self.structure.target_of[op]
            if target is not None:
                for slot, _ in self.folding.usage.reads(op):
                    self.writes.setdefault(target.results[slot], []).append(at)
        if is_loop(op) or (op.opcode == "if" and op not in self.folding.sugar.expressions):
            self._compound(op)
        else:
            for result in self.targets(op):
                self._define(result, at)

    def targets(self, op: Op) -> list[Value]:
        """The values a simple statement assigns."""
        sugar = self.folding.sugar
        group = sugar.groups.get(op)
        if group is None:
            group = [value for result in op.results for value in sugar.nested.get(result, [result])]
        return [value for value in group if value is not None]

    def _read_position(self, op: Op, index: int, value: Value, at: int) -> int:
        if is_loop(op) and index < first_carry(op):
            return at + HEADER  # behind the first values of the carries
        if op.opcode in STORES and value is not op.operands[0]:
            return at + 1  # the target may be a copy made first
        return at

    def _compound(self, op: Op) -> None:
        for region in op.regions:
            for arg in region.args:
                self._define(arg, self.position)
            self._define_elements(op, region)
            self._number(region)
            self.position += STEP
        self.found.end[op] = self.position
        self.position += STEP
        for result in op.results:
            self._define(result, self.found.end[op])

    def _define_elements(self, op: Op, region: Region) -> None:
        iteration = self.folding.sugar.iterations.get(op)
        if iteration is None or region is not body_of(op):
            return
        for element in iteration.elements:
            if element is not None:
                self._define(element, self.position)

    def _define(self, value: Value, position: int) -> None:
        if self.folding.has_variable(value):
            self.defined[value] = position

    # live ranges

    def _live(self, value: Value, position: int) -> list[Range]:
        """The ranges of one value: from its definition to its uses, and into the regions that use it."""
        home = self.structure.home_of[value]
        extent: dict[Region, int] = {home: position + 1}
        for place, region in self.reads.get(value, ()):
            self._extend(extent, home, place, region)
        starts = ((position if region is home else self.found.start[region], region) for region in extent)
        return normalize([(start, extent[region]) for start, region in starts])

    def _extend(self, extent: dict[Region, int], home: Region, place: int, region: Region) -> None:
        while True:
            known = extent.get(region)
            extent[region] = max(known or 0, place)
            if region is home or known is not None:
                return
            owner = self.structure.owner_of[region]
            if is_loop(owner) and region is orelse_of(owner):
                place = self.found.start[region]
            elif is_loop(owner):
                place = self.found.end[owner]
            else:
                place = self.found.at[owner]
            region = self.structure.region_of[owner]

    def _gather_carries(self, op: Op) -> None:
        """One list of ranges a carry: initial assignment, block arguments, assignments at leaves, result."""
        first = self.found.start[body_of(op)]
        for slot, result in enumerate(op.results):
            if result not in self.found.ranges:
                continue
            total = self.found.ranges[result]
            for region in op.regions:
                arg = carried_args(op, region)[slot]
                ranges = self.found.ranges.pop(arg, [])
                total += ranges if arg in self.reads else []
            total.append((self.found.at[op], first))
            total += [(place, place + 1) for place in self.writes.get(result, ())]
            self.found.ranges[result] = normalize(total)

    def _add_writes(self, result: Value) -> None:
        if result in self.found.ranges:
            self.found.ranges[result] = normalize(
                self.found.ranges[result] + [(place, place + 1) for place in self.writes.get(result, ())]
            )


def normalize(ranges: list[Range]) -> list[Range]:
    """Sorted, with overlapping and touching ranges joined."""
    joined: list[Range] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
