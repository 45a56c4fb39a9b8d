"""Cotangents that are zero at the start of every pass of a loop are made there, not carried.

    before:  %z = zeros_like %u;  for ... %z (%b) { %c = index_add %b %d %i;  ...;  %e = zeros_like %u;  continue %e }
    after:   for ... { %b = zeros_like %u;  %c = index_add %b %d %i;  ... }

So it is with a buffer that is overwritten as a whole in each pass, `un[:] = u`: what is added to its cotangent can be
added to that of `u`, as it is for `un = u.copy()`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import final

from adjoint.analysis.activity import body_of, orelse_of
from adjoint.ir.core import (
    Function,
    Op,
    Value,
    carried_args,
    clone_op,
    const_of,
    inits_of,
    is_const,
    region_leaves,
    walk,
)
from adjoint.ir.same_extents import extent_of
from adjoint.ir.types import rank_of

Slot = tuple[Op, int]


def drop_zero_carries(function: Function) -> None:
    """Let the passes of a derivative's loops make the zeros they start with, in place."""
    loops = [op for op in walk(function.body) if op.derived and op.opcode in ("for", "while")]
    slots = {(loop, place) for loop in loops for place, init in enumerate(inits_of(loop)) if _has_one_type(loop, place)}
    found = _Zeros(slots)
    while slots != (kept := {slot for slot in found.slots if found.stays_zero(*slot)}):
        slots = kept
        found = _Zeros(slots)
    found.replace(loops, function)


def _has_one_type(loop: Op, place: int) -> bool:
    types = {arg.type for arg in _args(loop, place)} | {inits_of(loop)[place].type, loop.results[place].type}
    return len(types) == 1


def _args(loop: Op, place: int) -> Iterator[Value]:
    for region in loop.regions:
        yield carried_args(region, loop)[place]


@final
class _Zeros:
    """What is zero if the carries of some slots are."""

    def __init__(self, slots: set[Slot]) -> None:
        self.slots = slots
        self.slot_of = {
            value: (loop, place) for loop, place in slots for value in (*_args(loop, place), loop.results[place])
        }

    def root(self, value: Value) -> Op | None:
        """The operation that makes the zeros that a value is, or those it starts with; None for what is not zero."""
        while value in self.slot_of:
            loop, place = self.slot_of[value]
            value = inits_of(loop)[place]
        op = value.op
        if op is None or not (op.opcode == "zeros_like" or (is_const(value) and const_of(value) == 0)):
            return None
        return op

    def stays_zero(self, loop: Op, place: int) -> bool:
        """Whether a carry starts as zeros and is zeros of as many elements after each pass."""
        start = self.root(inits_of(loop)[place])
        ends = [self.root(leaf.operands[place]) for leaf in _ends(loop)]
        return start is not None and all(end is not None and _extents(end) == _extents(start) for end in ends)

    def replace(self, loops: list[Op], function: Function) -> None:
        """Read zeros where carries were read: made in the body for its own use, else those the loop starts with."""
        replaced: dict[Value, Value] = {}
        for loop in loops:
            for place in range(len(inits_of(loop))):
                root = self.root(loop.results[place]) if (loop, place) in self.slots else None
                if root is None:
                    continue
                for value in (loop.results[place], *_args(loop, place)):
                    replaced[value] = root.result
                body = body_of(loop)
                arg = carried_args(body, loop)[place]
                made = clone_op(root, {})
                made.result.name = arg.name
                body.ops.insert(0, made)
                replaced[arg] = made.result
        if replaced:
            for op in walk(function.body):
                op.operands = [replaced.get(operand, operand) for operand in op.operands]


def _ends(loop: Op) -> Iterator[Op]:
    for region in filter(None, (body_of(loop), orelse_of(loop))):
        yield from (leaf for leaf in region_leaves(region) if leaf.opcode in ("continue", "break", "yield"))


def _extents(op: Op) -> list[Hashable]:
    return [extent_of(op.result, axis) for axis in range(rank_of(op.result.type))]
