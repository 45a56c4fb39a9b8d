"""Arrays that lie in memory in one piece, row by row, in a program that is about to be printed.

    %u_bar = mul 2 %u         lies as the argument %u does, which is not known: but it could be made to lie row by row
    %v_bar = copy %u_bar      lies row by row
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

import numpy as np

from adjoint.analysis.activity import body_of, orelse_of
from adjoint.ir.core import Op, Region, Value, carried_args, inits_of, region_leaves, walk
from adjoint.ir.memory_order import LIKE, ROW_BY_ROW, SAME_MEMORY
from adjoint.ir.opset import TABLE
from adjoint.ir.types import Array, rank_of

FILLED = frozenset({"zeros_like", "ones_like", "full_like", "empty_like"})


@final
class RowByRow:
    """Answers for one function. How an argument lies is not known."""

    def __init__(self, body: Region) -> None:
        self._loop_of: dict[Value, tuple[Op, int]] = {}
        for op in walk(body):
            for region in op.regions if op.opcode in ("for", "while") else ():
                self._loop_of.update({arg: (op, slot) for slot, arg in enumerate(carried_args(region, op))})
        self._known: dict[Value, bool] = {}
        self._in_loops = {op for loop in walk(body) if loop.opcode in ("for", "while") for op in _inside(loop)}

    def has(self, value: Value) -> bool:
        """Whether the array is known to lie so: loops hand on what they were given."""
        met: dict[Value, None] = {value: None}
        waiting = [value]
        while waiting and value not in self._known:
            one = waiting.pop()
            sources = None if self._known.get(one) is False else self._sources(one)
            if sources is None:
                self._known[value] = False
            else:
                waiting += [each for each in sources if each not in met and not self._known.get(each)]
                met.update(dict.fromkeys(sources))
        if value not in self._known:
            self._known.update(dict.fromkeys(met, True))
        return self._known[value]

    def lacking(self, value: Value) -> list[Value] | None:
        """What a derivative makes that would have to lie row by row for the array to do so; None if that is not all."""
        met, found = {value: None}, list[Value]()
        waiting = [value]
        while waiting:
            one = waiting.pop()
            if self.has(one):
                continue
            if self._is_made(one):
                found.append(one)
                continue
            sources = self._sources(one)
            if sources is None:
                return None
            waiting += [each for each in sources if each not in met]
            met.update(dict.fromkeys(sources))
        return found

    def forget(self) -> None:
        """Look again: some arrays are laid out otherwise."""
        self._known.clear()

    def _is_made(self, value: Value) -> bool:
        """Whether a derivative makes the array once, or fills it with one number."""
        op = value.op
        if op is None or not op.derived or op.attrs.get("_inplace") or op.opcode not in TABLE:
            return False
        return op.opcode in FILLED or (TABLE[op.opcode].elementwise and op not in self._in_loops)

    def _sources(self, value: Value) -> list[Value] | None:
        """The arrays on whose order that of this one depends; None if it is not known at all."""
        if value in self._loop_of:
            return _carried(*self._loop_of[value])
        op = value.op
        if op is None or not isinstance(value.type, Array):
            return None
        if op.opcode in ("for", "while"):
            return _carried(op, op.results.index(value))
        if op.opcode == "if":
            return _given(op, op.regions, op.results.index(value), ("yield",))
        return _made(op)


def _carried(loop: Op, slot: int) -> list[Value]:
    orelse = orelse_of(loop)
    ends = [body_of(loop)] if orelse is None else [body_of(loop), orelse]
    return [inits_of(loop)[slot], *_given(loop, ends, slot, ("continue", "break", "yield"))]


def _given(op: Op, regions: list[Region], slot: int, ends: tuple[str, ...]) -> list[Value]:
    leaves = [leaf for region in regions for leaf in region_leaves(region)]
    return [leaf.operands[slot] for leaf in leaves if leaf.opcode in ends and slot < len(leaf.operands)]


def _made(op: Op) -> list[Value] | None:
    """As `_sources`, of what one operation makes."""
    if len(op.results) != 1:
        return None
    if op.opcode in ROW_BY_ROW or op.attrs.get("_order") == "C":
        return []
    if op.opcode == "copy" and ("_text" not in op.attrs or op.attrs.get("_via") == "method"):  # `x.copy()`
        return []
    if op.opcode in LIKE or op.opcode in SAME_MEMORY or op.attrs.get("_inplace"):
        return op.operands[:1] if isinstance(op.operands[0].type, Array) else None
    if op.opcode == "index":
        return op.operands[:1] if all(entry == "int" for entry in op.attrs["spec"]) else None
    arrays = [each for each in op.operands if rank_of(each.type) > 1]  # one that is broadcast may turn the order, too
    is_full = any(rank_of(each.type) == rank_of(op.result.type) for each in arrays)
    return arrays if is_full and _keeps_order(op) else None


def _keeps_order(op: Op) -> bool:
    """Whether NumPy lays out the result as the operands lie: it is one of its universal functions, or `where`."""
    definition = TABLE.get(op.opcode)
    if definition is None or not definition.elementwise:
        return False
    return op.opcode == "where" or any(isinstance(function, np.ufunc) for function in definition.callables)


def _inside(loop: Op) -> Iterator[Op]:
    for region in loop.regions:
        yield from walk(region)
