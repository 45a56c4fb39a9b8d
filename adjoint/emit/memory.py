"""Which memory an array value lives in, as far as the text shows: may a read be moved past a write?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from adjoint.ir import opset
from adjoint.ir.core import Function, Op, Value
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


@final
class Memory:
    """Answers for one function. Parameters are not written into, but for those that it writes in place."""

    def __init__(self, function: Function) -> None:
        self.parameters = {arg for number, arg in enumerate(function.args) if number not in function.in_place}

    def origin(self, value: Value) -> Origin:
        """Follow updates and views back to where the memory was made."""
        while True:
            op = value.op
            if op is None:
                return Origin(value, True) if value in self.parameters else Origin(None)
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

    def may_read(self, value: Value, written: Origin) -> bool:
        """Whether reading the value may see what was written there."""
        if not _is_memory(value):
            return False
        read = self.origin(value)
        if read.value is not None and written.value is not None:
            return read.value is written.value
        return not (read.is_parameter and written.value is None)

    def written(self, op: Op) -> Iterator[Origin]:
        """The memory an operation and everything inside it write into."""
        if is_write(op) or op.attrs.get("_inplace"):
            yield Origin(None) if _changes_items(op) else self.origin(op.operands[0])
        elif op.opcode == "write_back":
            yield Origin(None)
        elif op.opcode == "call":
            for number in op.attrs["callee"].in_place:
                yield self.origin(op.operands[number])
            if not opset.is_pure(op):
                yield Origin(None)
        for region in op.regions:
            for child in region.ops:
                yield from self.written(child)


def _is_memory(value: Value) -> bool:
    t = value.type
    return isinstance(t, List | Tuple) or (isinstance(t, Array) and t.rank > 0)
