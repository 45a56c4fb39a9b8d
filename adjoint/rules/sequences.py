"""Lists and tuples of numbers where an array is expected: `np.sum([a, b])`, `max([a, b, c])`.

The rule sees the array they make; its cotangent goes back as a list or tuple of the same length.
"""

from __future__ import annotations

from adjoint.ir.builder import Builder
from adjoint.ir.core import Value
from adjoint.ir.layouts import cotangent_layout
from adjoint.ir.types import NONE, Array, List, Tuple, item_of, rank_of
from adjoint.rules.lists import as_list

AWARE = frozenset({"index", "index_set", "index_add", "copy", "list", "tuple", "getitem"})
"""Operations whose rules take lists as they are."""
SUMS = frozenset({"sum_of", "fsum"})
"""Python's sums: those of the tangents are the tangents'."""

ARRAYS = frozenset(
    """average choose convolve corrcoef correlate cov cross diff dist dot ediff1d gradient inner interp kron matmul
    nanpercentile nanquantile outer percentile polyadd polyfit polymul polysub polyval polyval_ascending
    quantile sumprod tensordot
    trapezoid vander vdot""".split()
)
"""Operations that make arrays of all their operands; their rules see arrays, of those that are constant as well."""


def as_array_operand(builder: Builder, opcode: str, operand: Value) -> Value:
    """The operand as an array when it is a list or tuple, else itself."""
    if opcode in AWARE or not isinstance(operand.type, List | Tuple):
        return operand
    items = written_items(operand)
    if items is None:
        return builder.emit("asarray", operand)
    numbers = [builder.const(0.0) if item.type == NONE else item for item in items]  # a tangent of what is no number
    return builder.emit("array", *numbers, shape=(len(items),))


def written_items(operand: Value) -> list[Value] | None:
    """The items of a list or tuple that is written out in the program."""
    op = operand.op
    return list(op.operands) if op is not None and op.opcode in ("list", "tuple") else None


def as_sequence(builder: Builder, opcode: str, share: Value, operand: Value) -> Value:
    """The cotangent of a list or tuple, from that of the array it makes."""
    t = operand.type
    items = written_items(operand)
    count = len(t.items) if isinstance(t, Tuple) else None if items is None else len(items)
    if count is None and opcode in SUMS and rank_of(share.type) == rank_of(item_of(t)) > 0:
        return builder.emit("list_repeat", builder.emit("list", share), builder.emit("len", operand))
    if count is None:
        return as_list(builder, share, operand)
    parts = [_part(builder, share, number) for number in range(count)]
    if isinstance(t, Tuple):
        return builder.emit("tuple", *parts, layout=cotangent_layout(t.layout))
    return builder.emit("list", *parts)


def _part(builder: Builder, share: Value, number: int) -> Value:
    if rank_of(share.type) == 0:
        return share
    if isinstance(share.type, Array) and share.type.shape[0] == 1:
        number = 0
    return builder.emit("index", share, builder.const(number), spec=("int",))
