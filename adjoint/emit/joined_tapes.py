"""What is saved at one place goes on one stack, as a person would write it.

    before:  push %xs %x;  push %hs %h;            ...  %x' = pop %xs;  %h' = pop %hs
    after:   push %stack %x %h;                    ...  %x' %h' = pop %stack

Only at emission. A tuple costs memory of its own and the garbage collector's time, so two or three numbers keep their
stacks; arrays, and more numbers, share one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from adjoint.emit.memory import Memory
from adjoint.emit.structure import binds, reads
from adjoint.ir.core import Function, Op, Region, Value, users, walk, walk_regions
from adjoint.ir.types import TapeType, Tuple, rank_of

_FEWEST_NUMBERS = 5
"""From how many numbers on one stack of tuples is no slower than a stack for each."""


@final
@dataclass(eq=False, slots=True)
class _Tape:
    """A stack that only one push and one pop use, and tests whether it is empty."""

    op: Op
    push: Op
    pop: Op
    tests: list[Op]

    @property
    def saved(self) -> Value:
        return self.push.operands[1]


def join_tapes(function: Function) -> None:
    """Let stacks that are filled at one place and emptied at one place be one, in place."""
    region_of = {op: region for region in walk_regions(function.body) for op in region.ops}
    groups: dict[tuple[Region, Region], list[_Tape]] = {}
    for tape in _tapes(function):
        groups.setdefault((region_of[tape.push], region_of[tape.pop]), []).append(tape)
    for (forward, reverse), tapes in groups.items():
        places = {op: index for index, op in enumerate(forward.ops)}
        tapes.sort(key=lambda tape: places[tape.push])
        for group in _runs(tapes, forward, reverse, Memory(function)):
            if len(group) > 1 and (len(group) >= _FEWEST_NUMBERS or any(rank_of(t.saved.type) for t in group)):
                _join(group, forward, reverse, function.body)


def _tapes(function: Function) -> list[_Tape]:
    found = []
    uses = users(function.body)
    for op in function.body.ops:
        if op.opcode == "tape" and not op.operands:
            by: dict[str, list[Op]] = {}
            for user, _ in uses.get(op.result, ()):
                by.setdefault(user.opcode, []).append(user)
            if by.keys() <= {"push", "pop", "nonempty"} and len(by.get("push", ())) == len(by.get("pop", ())) == 1:
                found.append(_Tape(op, by["push"][0], by["pop"][0], by.get("nonempty", [])))
    return found


def _runs(tapes: Sequence[_Tape], forward: Region, reverse: Region, memory: Memory) -> list[list[_Tape]]:
    """Groups of stacks: what is saved first can be saved where the last of its group is."""
    groups: list[list[_Tape]] = []
    for tape in tapes:
        for group in groups[-1:]:
            waits = all(_may_wait(other, tape, forward, memory) for other in group)
            if waits and all(_may_come_together(other, tape, reverse) for other in group):
                group.append(tape)
                break
        else:
            groups.append([tape])
    return groups


def _may_wait(tape: _Tape, last: _Tape, region: Region, memory: Memory) -> bool:
    """Whether what a stack saves is still there, under its name, where another one is filled."""
    value = tape.saved
    is_own = value.op is not None and value.op.opcode == "copy" and value.name is None
    for op in region.ops[region.ops.index(tape.push) : region.ops.index(last.push)]:
        if not is_own and any(memory.may_read(value, written) for written in memory.written(op)):
            return False
        for inner in walk(Region([], [op])):
            if inner.opcode in ("enter", "leave") or (value.name is not None and binds(inner, value.name)):
                return False
    return True


def _may_come_together(one: _Tape, other: _Tape, region: Region) -> bool:
    """Whether no name is read or bound between the two places where the stacks are emptied."""
    first, second = sorted(region.ops.index(tape.pop) for tape in (one, other))
    later = region.ops[second].results[0].name
    between = list(walk(Region([], region.ops[first + 1 : second])))
    if any(op.opcode in ("enter", "leave") for op in between):
        return False
    return later is None or not any(binds(op, later) or reads(op, later) for op in between)


def _join(group: Sequence[_Tape], forward: Region, reverse: Region, body: Region) -> None:
    """One stack for all of the group: that of the first one that was made."""
    values = [tape.saved for tape in group]
    first, *others = sorted(group, key=lambda tape: body.ops.index(tape.op))
    last = group[-1].push
    item = Tuple(tuple(value.type for value in values))
    first.op.attrs["item"] = item
    first.op.result.type, first.op.result.name = TapeType(item), None
    pops = [op for op in reverse.ops if any(op is tape.pop for tape in group)]
    made = Op("pop", [first.op.result], derived=True)
    made.results = [tape.pop.result for tape in group]
    reverse.ops[reverse.ops.index(pops[0])] = made
    for value in made.results:
        value.op = made
    joined = Op("push", [first.op.result, *values], derived=True)
    forward.ops[forward.ops.index(last)] = joined
    gone = {tape.push for tape in group} | {tape.pop for tape in group} | {tape.op for tape in others}
    for region in (forward, reverse, body):
        region.ops[:] = [op for op in region.ops if op not in gone]
    for test in (test for tape in others for test in tape.tests):
        test.operands[0] = first.op.result
