"""Which memory an array value lives in, as far as the text shows: may a read be moved past a write?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from adjoint.emit.usage import Usage
from adjoint.ir import opset
from adjoint.ir.core import CONTROL, Function, Op, Region, Value, walk, walk_regions
from adjoint.ir.ops.lists import GROWS, STORES
from adjoint.ir.types import Array, List, Tuple

WRITES = STORES
_OPAQUE = frozenset({"getitem", "pop", "unpack", "global", "const", "undef", "tuple", "list", "pack"})


def is_write(op: Op) -> bool:
    """Whether the operation is printed as a statement that changes its first operand."""
    return op.opcode in WRITES or (op.opcode in GROWS and bool(op.attrs.get("_owned")))


def _changes_items(op: Op) -> bool:
    """Whether a write changes what a list holds, memory that other values may be names for."""
    return isinstance(op.operands[0].type, List) and bool(op.attrs.get("_inplace"))


@final
@dataclass(frozen=True, slots=True)
class Origin:
    """The value whose memory it is; None when that cannot be told."""

    value: Value | None
    is_parameter: bool = False
    entered: Value | None = None
    """Where it cannot be told: what a pass of a loop begins with, which is older than all that the pass makes."""


@final
class Memory:
    """Answers for one function. Parameters are not written into, but for those that it writes in place."""

    def __init__(self, function: Function, usage: Usage | None = None) -> None:
        self.parameters = {arg for number, arg in enumerate(function.args) if number not in function.in_place}
        self._body = function.body
        self._usage = usage
        self._made_in: dict[Value, set[Op]] = {}
        self._meetings: dict[Value, Origin] = {}

    def origin(self, value: Value) -> Origin:
        """Follow updates and views back to where the memory was made."""
        while True:
            op = value.op
            if op is None:
                return Origin(value, True) if value in self.parameters else self._meeting(value)
            if op.opcode in CONTROL:
                return self._meeting(value)
            if is_write(op) or op.attrs.get("_inplace"):
                value = op.operands[0]
            elif op.opcode == "pop" and isinstance(value.type, Array):
                return Origin(value, True)  # what is kept on a tape is not written into again
            elif op.opcode in _OPAQUE or op.opcode not in opset.TABLE:
                return Origin(None)
            elif opset.lookup(op.opcode).fresh:
                return Origin(value)
            else:
                value = op.operands[0]

    def _meeting(self, value: Value) -> Origin:
        """The memory of what a loop carries or a branch gives: known where it is the same on all ways."""
        unknown = Origin(None, entered=value if value.op is None else None)
        if self._usage is None:
            return unknown
        if value not in self._meetings:
            self._meetings[value] = unknown  # as long as nothing better is known
            ends = self._ends(value)
            if len(ends) == 1:
                self._meetings[value] = ends.pop()
        return self._meetings[value]

    def _ends(self, value: Value) -> set[Origin]:
        """Where the memory of all that flows into a value was made, in front of the loops that carry it.

        What comes from a tape does not count beside other memory: it is not written into.
        """
        assert self._usage is not None
        ends: set[Origin] = set()
        seen: set[Value] = set()
        work: list[Value] = [value]
        holders: set[Op] = set()
        while work:
            value = work.pop()
            op = value.op
            if value in seen:
                continue
            seen.add(value)
            carry = self._usage.structure.carry_of.get(value)
            if carry is not None:
                holders.add(carry[0])
                work += self._usage.sources(value)
            elif op is not None and op.opcode in CONTROL:
                holders.add(op)
                work += self._usage.sources(value)
            elif op is not None and (is_write(op) or op.attrs.get("_inplace") or _is_view(op)):
                work.append(op.operands[0])
            else:
                ends.add(self.origin(value))
        ends = {end for end in ends if not _is_kept(end)} or ends
        inside = {op for holder in holders for region in holder.regions for op in walk(region)}
        return {Origin(None) if end.value is None or end.value.op in inside else end for end in ends}

    def may_read(self, value: Value, written: Origin) -> bool:
        """Whether reading the value may see what was written there."""
        if not _is_memory(value):
            return False
        read = self.origin(value)
        if read.value is not None and written.value is not None:
            return read.value is written.value
        if self._is_older(written, read) or self._is_older(read, written):
            return False
        return not (read.is_parameter and written.value is None)

    def _is_older(self, one: Origin, other: Origin) -> bool:
        """Whether one was there at the start of a pass in which the memory of the other is made."""
        if one.entered is None or other.value is None or other.value.op is None or other.is_parameter:
            return False
        if one.entered not in self._made_in:
            regions: list[Region] = [each for each in walk_regions(self._body) if one.entered in each.args]
            self._made_in[one.entered] = {op for region in regions for op in walk(region)}
        return other.value.op in self._made_in[one.entered]

    def written(self, op: Op) -> Iterator[Origin]:
        """The memory an operation and everything inside it write into."""
        if is_write(op) or op.attrs.get("_inplace"):
            yield Origin(None) if _changes_items(op) else self.origin(op.operands[0])
        elif op.opcode == "write_back":
            yield self.origin(op.operands[0])
        elif op.opcode == "call":
            for number in op.attrs["callee"].in_place:
                yield self.origin(op.operands[number])
            if not opset.is_pure(op):
                yield Origin(None)
        for region in op.regions:
            for child in region.ops:
                yield from self.written(child)


def _is_kept(origin: Origin) -> bool:
    op = origin.value.op if origin.value is not None else None
    return op is not None and op.opcode == "pop" and origin.is_parameter


def walks_alike(value: Value, store: Op) -> bool:
    """Whether a view goes through memory in the steps in which a store does: both are the same kind of part."""
    read = value.op
    if read is None or read.opcode != "index" or read.operands[0].type != store.operands[0].type:
        return False
    if any(each.op is not None and _is_view(each.op) for each in (read.operands[0], store.operands[0])):
        return False
    specs = [op.attrs["spec"] for op in (read, store)]
    kinds = [["slice" if isinstance(entry, tuple) else entry for entry in spec] for spec in specs]
    has_step = any(isinstance(entry, tuple) and entry[3] for spec in specs for entry in spec)
    return kinds[0] == kinds[1] and not has_step


def _is_view(op: Op) -> bool:
    return op.opcode in opset.TABLE and op.opcode not in _OPAQUE and not opset.lookup(op.opcode).fresh


def _is_memory(value: Value) -> bool:
    t = value.type
    return isinstance(t, List | Tuple) or (isinstance(t, Array) and t.rank > 0)
