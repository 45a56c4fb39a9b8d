"""Order the pure operations of a derivative so that a variable is replaced only after its last reader.

What a derivative wrote waits for every reader; the user's own statements wait only for readers it wrote.

before:  s_bar.2 = mul %s_bar.1 %x;  x_bar.2 = mul %s_bar.1 %s      (s_bar_1 = s_bar; ...)
after:   x_bar.2 = mul %s_bar.1 %s;  s_bar.2 = mul %s_bar.1 %x      (s_bar = s_bar * x)
"""

from __future__ import annotations

from bisect import bisect_right
from typing import final

from adjoint.emit.memory import is_write
from adjoint.ir import opset
from adjoint.ir.core import CONTROL, TERMINATORS, Function, Op, Region, Value, users, walk, walk_regions
from adjoint.ir.types import Array, List


def schedule(function: Function) -> None:
    """Drop what nobody reads and reorder operations inside their regions, in place."""
    _drop_unread(function)
    readers: dict[Value, list[Op]] = {value: [user for user, _ in uses] for value, uses in users(function.body).items()}
    for region in walk_regions(function.body):
        if any(op.derived and _may_wait(op) for op in region.ops):
            _Scheduler(region, readers).run()


def _drop_unread(function: Function) -> None:
    """A temporary without readers would count as a reader itself."""
    counts = {value: len(uses) for value, uses in users(function.body).items()}
    for region in reversed(list(walk_regions(function.body))):
        kept: list[Op] = []
        for op in reversed(region.ops):
            plain = op.opcode not in CONTROL and op.opcode not in TERMINATORS and opset.is_pure(op)
            if plain and not any(counts.get(result) for result in op.results):
                for operand in op.operands:
                    counts[operand] -= 1
            else:
                kept.append(op)
        region.ops = kept[::-1]


def _may_wait(op: Op) -> bool:
    if len(op.results) != 1 or op.result.name is None:
        return False
    return op.opcode not in CONTROL and op.opcode not in TERMINATORS and op.opcode != "const" and opset.is_pure(op)


@final
class _Scheduler:
    def __init__(self, region: Region, readers: dict[Value, list[Op]]) -> None:
        self.region = region
        self.readers = readers
        self.folds_at: dict[Op, int] = {}
        """Where an operation is read from in the end, if it becomes part of an expression."""
        self.first: dict[Value, int] = {}
        self.last: dict[bool, dict[Value, int]] = {True: {}, False: {}}
        """The last reader of a value: of all, and of those that a derivative transform wrote (key False)."""
        self.defined: dict[Value, int] = {}
        self.bound: dict[str, list[int]] = {}
        self.writes: list[int] = []
        self.effects: list[int] = []
        self.scopes: list[int] = []
        """Where a `with` or `try` begins and ends: nothing moves across."""
        positions = {op: index for index, op in enumerate(region.ops)}
        for op in reversed(region.ops):
            user = self._folds_into(op)
            self.folds_at[op] = self.folds_at.get(user, positions[op]) if user is not None else positions[op]
        for index, op in enumerate(region.ops):
            self._note(op, index)

    def _folds_into(self, op: Op) -> Op | None:
        """The only reader of a temporary, or of one contribution to a cotangent."""
        if len(op.results) != 1 or op.regions or op.opcode in ("const", "pop"):
            return None
        readers = self.readers.get(op.result, [])
        if len(readers) != 1 or readers[0].opcode in TERMINATORS or readers[0].opcode in CONTROL:
            return None
        (reader,) = readers
        names = [result.name for result in reader.results]
        return reader if op.result.name is None or op.result.name in names else None

    def _note(self, op: Op, index: int) -> None:
        for inner in (op, *(child for region in op.regions for child in walk(region))):
            place = self.folds_at.get(inner, index)
            for operand in inner.operands:
                self.first.setdefault(operand, index)
                for last in self.last.values() if inner.derived else (self.last[True],):
                    last[operand] = max(last.get(operand, 0), place)
            for result in (*inner.results, *(arg for region in inner.regions for arg in region.args)):
                self.defined[result] = index
                if result.name is not None:
                    self.bound.setdefault(result.name, []).append(index)
            if is_write(inner) or inner.attrs.get("_inplace") or _writes_arguments(inner):
                self.writes.append(index)
        if op.opcode not in TERMINATORS and not opset.is_pure(op):
            self.effects.append(index)
        if op.opcode in ("enter", "leave"):
            self.scopes.append(index)

    def run(self) -> None:
        keys: dict[Op, float] = {}
        busy: dict[bool, dict[str, int]] = {True: {}, False: {}}  # the last reader of any version of a name so far
        for value in self.last[True]:
            if value not in self.defined:
                self._occupy(busy, value)
        for index, op in enumerate(self.region.ops):
            keys[op] = index
            end = busy[op.derived].get(op.result.name or "", 0) if _may_wait(op) else 0
            if end > index and self._can_wait(op, index, end):
                keys[op] = end + 0.5
            for result in op.results:
                self._occupy(busy, result)
        self.region.ops.sort(key=keys.__getitem__)

    def _occupy(self, busy: dict[bool, dict[str, int]], value: Value) -> None:
        for kind, last in self.last.items():
            if value.name is not None and value in last:
                busy[kind][value.name] = max(busy[kind].get(value.name, 0), last[value])

    def _can_wait(self, op: Op, index: int, end: int) -> bool:
        if self.first.get(op.result, len(self.region.ops)) <= end or end >= len(self.region.ops) - 1:
            return False
        if _any_between(self.scopes, index, end) or (not op.derived and _any_between(self.effects, index, end)):
            return False
        for operand in op.operands:
            if _any_between(self.bound.get(operand.name or "", []), index, end):
                return False
        reads_memory = any(isinstance(o.type, List) or (isinstance(o.type, Array) and o.type.rank) for o in op.operands)
        return not (reads_memory and _any_between(self.writes, index, end))


def _writes_arguments(op: Op) -> bool:
    return op.opcode == "write_back" or (op.opcode == "call" and bool(op.attrs["callee"].in_place))


def _any_between(places: list[int], after: int, last: int) -> bool:
    index = bisect_right(places, after)
    return index < len(places) and places[index] <= last
