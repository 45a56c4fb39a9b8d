"""Whether an array without dimensions that changes is known to something else as well: read off the operations.

`s += v` is `%s.1 = add %s %v`, and both are one array where `%s` is one. So are what comes out of a branch or a
loop and what goes in. Where one of these is a real array, made by `np.array(0.5)` say, and not a number, there may be
no second way to it:

    t = np.asarray(s); s += v        a view of it, or a container, a function, that knows it
    old = s; s += v; f(old)          a read of what there was before
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import final

from adjoint.frontend.storage.zero_dimensional import Change, given_back, is_real
from adjoint.frontend.writer import SCALARS, is_zero_dimensional
from adjoint.ir.core import CONTROL, Op, Region, Value, carried_args, inits_of, region_leaves
from adjoint.ir.opset import TABLE
from adjoint.ir.types import Array, Scalar

_GATHERING = frozenset({"array", "stack", "concatenate", "vstack", "hstack", "column_stack"})
"""What copies the items of a tuple."""


_ENDS = frozenset({"yield", "continue", "condition", "break", "return", "raise"})


@final
@dataclass(frozen=True, slots=True)
class _Meeting:
    """Two values that may be one array; from a position of the operation that makes the other one on there are both."""

    one: Value
    other: Value
    maker: Op
    position: float


def known_elsewhere(body: Region, changes: Sequence[Change]) -> Change | None:
    """The first change that something else may see."""
    if not any(is_zero_dimensional(each.old.type) for each in changes):
        return None
    program = _Program.of(body)
    ours = [each for each in changes if is_zero_dimensional(each.old.type) and each.new.op in program.start]
    made = [_Meeting(each.old, each.new, op, program.end[op]) for each in ours if (op := each.new.op) is not None]
    meetings = [*made, *program.meetings()] if made else []
    for one in ours:
        alike = _closure(one.old, meetings)
        if not any(map(is_real, alike)):
            continue
        if not one.binds or program.is_seen(alike, [each for each in made if each.one in alike], meetings):
            return one
    return None


def _closure(value: Value, meetings: Iterable[_Meeting]) -> set[Value]:
    """All that may be the same array as a value."""
    beside: dict[Value, list[Value]] = {}
    for each in meetings:
        beside.setdefault(each.one, []).append(each.other)
        beside.setdefault(each.other, []).append(each.one)
    found, pending = {value}, [value]
    while pending:
        new = [each for each in beside.get(pending.pop(), ()) if each not in found]
        found.update(new)
        pending += new
    return found


@final
@dataclass(slots=True)
class _Program:
    """The positions at which operations start and end, the loops and branches around them, and who reads what."""

    start: dict[Op | None, int] = field(default_factory=dict)
    end: dict[Op, int] = field(default_factory=dict)
    loops: dict[Op, tuple[Op, ...]] = field(default_factory=dict)
    branches: dict[Op, dict[Op, Region]] = field(default_factory=dict)
    reads: dict[Value, list[Op]] = field(default_factory=dict)
    homes: dict[Value, tuple[Op, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, body: Region) -> _Program:
        made = cls()
        made._scan(body, (), {})
        return made

    def _scan(self, region: Region, loops: tuple[Op, ...], branches: dict[Op, Region]) -> None:
        self.homes.update(dict.fromkeys(region.args, loops))
        for op in region.ops:
            self.start[op] = len(self.start) + len(self.end)
            self.loops[op], self.branches[op] = loops, branches
            for operand in op.operands:
                self.reads.setdefault(operand, []).append(op)
            for inner in op.regions:
                if op.opcode == "if":
                    self._scan(inner, loops, {**branches, op: inner})
                else:
                    self._scan(inner, (*loops, op), branches)
            self.end[op] = len(self.start) + len(self.end)
            self.homes.update(dict.fromkeys(op.results, loops))

    def meetings(self) -> Iterator[_Meeting]:
        """What comes out of branches and loops, with what goes in."""
        for op, last in self.end.items():
            yield from (_Meeting(operand, op.result, op, last) for operand in given_back(op))
            if op.opcode not in CONTROL:
                continue
            first, inits = self.start[op], inits_of(op) if op.opcode != "if" else []
            for region in op.regions:
                args = carried_args(region, op) if inits else []
                ends = [leaf.operands[len(leaf.operands) - len(op.results) :] for leaf in region_leaves(region)]
                yield from (_Meeting(init, arg, op, first) for init, arg in zip(inits, args))
                yield from (_Meeting(end, arg, op, math.inf) for given in ends for end, arg in zip(given, args))
                yield from (_Meeting(end, result, op, last) for given in ends for end, result in zip(given, op.results))
            yield from (_Meeting(init, result, op, last) for init, result in zip(inits, op.results))

    def is_seen(self, alike: set[Value], changes: Sequence[_Meeting], meetings: Iterable[_Meeting]) -> bool:
        """Whether one of the values is read where another one has changed, or something keeps it that is there then."""
        for value in alike:
            for op in self.reads.get(value, ()):
                if self._keeps(op, value) and self._changes_behind(changes, op, self.start[op]):
                    return True
        for each in meetings:
            if each.one in alike and (each in changes or self._changes_behind(changes, each.maker, each.position)):
                if any(self._is_behind(op, each) for op in self.reads.get(each.one, ())):
                    return True
        return False

    def _changes_behind(self, changes: Iterable[_Meeting], op: Op, position: float) -> bool:
        """Whether a change comes after a position at an operation, or in a later pass of a loop around both."""
        around = {*self.loops[op], op}
        return any(each.position > position or around & {*self.loops[each.maker]} for each in changes)

    def _is_behind(self, op: Op, meeting: _Meeting) -> bool:
        """Whether an operation reads the one value when there is the other one."""
        again = {*self.loops[meeting.maker]} & {*self.loops[op]} - {*self.homes.get(meeting.one, ())}
        here, there = self.branches[op], self.branches[meeting.maker]
        is_elsewhere = any(each in there and there[each] is not branch for each, branch in here.items())
        return bool(again) or (self.start[op] > meeting.position and not is_elsewhere)

    def _keeps(self, op: Op, value: Value) -> bool:
        """Whether an operation may give another way to the same array."""
        definition = TABLE.get(op.opcode)
        if op.opcode in CONTROL or op.opcode in _ENDS:
            return False
        if definition is None:
            return True
        if op.opcode == "tuple":
            readers = [reader for result in op.results for reader in self.reads.get(result, ())]
            return not all(reader.opcode in (*_GATHERING, "return") for reader in readers)
        if definition.elementwise or op.opcode in SCALARS:
            return False
        if op.opcode in ("index_set", "index_add"):
            return value is op.operands[0]
        is_copy = definition.fresh and op.opcode != "asarray"
        return not (is_copy and all(isinstance(result.type, Array | Scalar) for result in op.results))


__all__ = ["known_elsewhere"]
