"""Integers and flags that a function gives as it was given them, or as constants: the caller goes on knowing them.

    class Sum:
        def __init__(self, axis): self.axis = axis
    Sum(1).axis                                     -> 1, not what `__init__` gave
"""

from __future__ import annotations

from collections.abc import Sequence

from adjoint.frontend.context import Context
from adjoint.frontend.values.asked import Asked, passed
from adjoint.ir.core import Function, Value, const_of, is_const, walk
from adjoint.ir.types import BOOL, INT, Tuple


def known_again(ctx: Context, callee: Function, operands: Sequence[Value], pieces: Sequence[Value]) -> list[Value]:
    """The values that a call gives; those that the caller knows are what it knows."""
    returns = [op for op in walk(callee.body) if op.opcode == "return"]
    if len(returns) != 1 or not pieces:
        return list(pieces)
    (given,) = returns[0].operands
    inner = [given] if len(pieces) == 1 else given.op.operands if given.op is not None else []
    if len(inner) != len(pieces):
        return list(pieces)
    return [_known(ctx, callee, operands, *pair) for pair in zip(pieces, inner)]


def _known(ctx: Context, callee: Function, operands: Sequence[Value], piece: Value, inner: Value) -> Value:
    """One value that a call gives, which is `inner` in the function."""
    if inner.type in (INT, BOOL):
        found = ctx.const(const_of(inner)) if is_const(inner) else _argument(callee, operands, inner)
        return found if found is not None and found.type == inner.type else piece
    if not isinstance(inner.type, Tuple) or inner.op is None or inner.op.opcode != "tuple":
        return piece
    parts = [ctx.part(piece, number) for number in range(len(inner.op.operands))]
    known = [_known(ctx, callee, operands, *pair) for pair in zip(parts, inner.op.operands)]
    is_new = any(one is not other for one, other in zip(parts, known))
    return ctx.builder.emit("tuple", *known, layout=inner.type.layout) if is_new else piece


def _argument(callee: Function, operands: Sequence[Value], inner: Value) -> Value | None:
    """What was passed for a value that is a parameter, or an item of one; None for any other."""
    path: list[int] = []
    while inner.op is not None and inner.op.opcode == "getitem":
        path.insert(0, inner.op.attrs["index"])
        inner = inner.op.operands[0]
    if inner not in callee.args:
        return None
    (found,) = passed([Asked(callee.args.index(inner), tuple(path))], operands)
    return found.value if isinstance(found.value, Value) and not found.path else None
