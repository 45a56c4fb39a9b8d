"""What the smaller of two arrays gets of a cotangent is what the larger one leaves of it.

    before:  %a = mul %g (add (gt %x %y) %t);  %b = mul %g (add (gt %y %x) %t)        where %t = 0.5 * (x == y)
    after:   %a = mul %g (add (gt %x %y) %t);  %b = sub %g %a

Where an element is not a number, neither is the value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from adjoint.ir.core import Function, Op, Value, const_of, is_const, walk_regions
from adjoint.ir.types import dtype_of, rank_of


class _Share(NamedTuple):
    """What one of two arrays gets where it is the larger one, and half of at a tie."""

    whole: Value
    larger: Value
    smaller: Value


def share_choices(function: Function) -> None:
    """Let the second of two shares be the rest of what is shared, in place."""
    for region in walk_regions(function.body):
        known: dict[_Share, Op] = {}
        for op in region.ops:
            for share in _shares(op):
                first = known.get(_Share(share.whole, share.smaller, share.larger))
                if first is not None and _kind(first) == _kind(op):  # of one shape, by whatever names of the extents
                    op.opcode, op.operands, op.attrs = "sub", [share.whole, first.result], {}
                    break
                known.setdefault(share, op)


def _kind(op: Op) -> tuple[str | None, int | None]:
    return dtype_of(op.result.type), rank_of(op.result.type)


def _shares(op: Op) -> Iterator[_Share]:
    """The share that a product is, if it is one: either factor may be what is shared."""
    if op.opcode != "mul" or not op.derived or not rank_of(op.result.type):
        return
    for whole, factor in (op.operands, op.operands[::-1]):
        added = _made(factor, "add")
        for choice, half in (added.operands, added.operands[::-1]) if added is not None else ():
            compared, tie = _made(choice, "gt", "lt"), _tie(half)
            if compared is not None and tie is not None and set(compared.operands) == set(tie.operands):
                larger, smaller = compared.operands if compared.opcode == "gt" else compared.operands[::-1]
                yield _Share(whole, larger, smaller)


def _tie(half: Value) -> Op | None:
    """The comparison in `0.5 * (x == y)`."""
    made = _made(half, "mul")
    if made is None or not is_const(made.operands[0]) or const_of(made.operands[0]) != 0.5:
        return None
    return _made(made.operands[1], "eq")


def _made(value: Value, *opcodes: str) -> Op | None:
    """What a derivative made a value with, if it is one of these operations."""
    return value.op if value.op is not None and value.op.derived and value.op.opcode in opcodes else None
