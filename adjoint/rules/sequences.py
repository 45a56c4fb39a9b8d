"""Lists and tuples of numbers where an array is expected: `np.sum([a, b])`, `max([a, b, c])`.

The rule sees the array they make; its cotangent goes back as a list or tuple of the same length.
"""

from __future__ import annotations

from adjoint.ir.builder import Builder
from adjoint.ir.core import Value
from adjoint.ir.types import Array, List, Scalar, Tuple, rank_of
from adjoint.rules.registry import RuleMissing

AWARE = frozenset({"index", "index_set", "index_add", "copy", "list", "tuple", "getitem"})
"""Operations whose rules take lists as they are."""


def as_array_operand(builder: Builder, opcode: str, operand: Value) -> Value:
    """The operand as an array when it is a list or tuple, else itself."""
    if opcode in AWARE or not isinstance(operand.type, List | Tuple):
        return operand
    items = written_items(operand)
    if items is None:
        return builder.emit("asarray", operand)
    return builder.emit("array", *items, shape=(len(items),))


def written_items(operand: Value) -> list[Value] | None:
    """The items of a list or tuple that is written out in the program."""
    op = operand.op
    return list(op.operands) if op is not None and op.opcode in ("list", "tuple") else None


def as_sequence(builder: Builder, opcode: str, share: Value, operand: Value) -> Value:
    """The cotangent of a list or tuple, from that of the array it makes. Raises RuleMissing for lists of arrays."""
    t = operand.type
    items = written_items(operand)
    count = len(t.items) if isinstance(t, Tuple) else None if items is None else len(items)
    if count is None:
        return _as_list(builder, opcode, share, operand)
    parts = [_part(builder, share, number) for number in range(count)]
    return builder.emit("tuple" if isinstance(t, Tuple) else "list", *parts)


def _as_list(builder: Builder, opcode: str, share: Value, operand: Value) -> Value:
    if not isinstance(operand.type, List) or not isinstance(operand.type.item, Scalar):
        raise RuleMissing(opcode, "the derivative of a list of arrays is not supported: stack them first")
    return builder.emit("tolist", builder.emit("full_like", builder.emit("asarray", operand), share))


def _part(builder: Builder, share: Value, number: int) -> Value:
    if rank_of(share.type) == 0:
        return share
    if isinstance(share.type, Array) and share.type.shape[0] == 1:
        number = 0
    return builder.emit("index", share, builder.const(number), spec=("int",))
