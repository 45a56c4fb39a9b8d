"""Scaling a cotangent by a partial, in the form a person would write, and without 0 * inf under a mask.

The cotangent of `f(x)` in `where(m, f(x), c)` is `where(m, g, 0)`. Multiplied by a partial that is infinite outside
the mask it would be nan; so the mask moves outwards, `where(m, g * partial, 0)`, and singular partials see operands
that are harmless outside it. This makes the gradient of `where(x > 0, sqrt(x), 0)` zero at 0. So is that of
`sqrt(x)[x > 0]`: its cotangent is zeros with g added where the mask is set, and only there the partial is read.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from adjoint.ir.builder import Builder
from adjoint.ir.core import Value, const_of, is_const
from adjoint.ir.types import Type, is_differentiable, rank_of, same_dim, shape_of
from adjoint.rules.expr import Expr

_HARMLESS = {
    "sqrt": 1.0,
    "cbrt": 1.0,
    "log": 1.0,
    "log2": 1.0,
    "log10": 1.0,
    "log1p": 1.0,
    "truediv": 1.0,
    "reciprocal": 1.0,
    "pow": 1.0,
    "float_power": 1.0,
    "asin": 0.0,
    "acos": 0.0,
    "atanh": 0.0,
    "acosh": 2.0,
    "atan2": 1.0,
}
"""Operations whose partial is infinite somewhere, and a value where it is not."""


def is_root(opcode: str, operands: list[Value], y_bar: Value) -> bool:
    """Whether the operation is `x**n`, n a constant between 0 and 1, of a number x, under a cotangent that may be 0."""
    if opcode != "pow" or rank_of(operands[0].type) or rank_of(y_bar.type) or is_const(y_bar):
        return False
    exponent = const_of(operands[1]) if is_const(operands[1]) else None
    return isinstance(exponent, float) and 0 < exponent < 1


def mask_of(y_bar: Value) -> tuple[Value, Value, bool] | None:
    """The mask, the cotangent under it, and on which side of it, when the cotangent is `where(mask, g, 0)`."""
    op = y_bar.op
    if op is None or op.opcode != "where":
        return None
    for side in (1, 2):
        other = op.operands[3 - side]
        if is_const(other) and const_of(other) == 0:
            return op.operands[0], op.operands[side], side == 1
    return None


def _masked(builder: Builder, mask: Value, value: Value, outside: float, inside: bool) -> Value:
    rest = builder.const(outside)
    return builder.emit("where", mask, *((value, rest) if inside else (rest, value)))


def safe_operands(
    builder: Builder, opcode: str, operands: list[Value], result: Value, y_bar: Value
) -> tuple[list[Value], Value]:
    """The operands and result a singular partial may read: harmless outside the mask of the cotangent."""
    masked = mask_of(y_bar)
    if masked is None or opcode not in _HARMLESS:
        return operands, result
    mask, _, inside = masked
    harmless = _HARMLESS[opcode]

    def guard(value: Value) -> Value:
        if is_const(value) or not is_differentiable(value.type):
            return value
        return _masked(builder, mask, value, harmless, inside)

    return [guard(operand) for operand in operands], guard(result)


def scale(builder: Builder, y_bar: Value, partial: Any, known: Collection[Value] = ()) -> Value | None:
    """`y_bar * partial`; None when the partial is None or zero. `known` are the values that the rule was given."""
    if partial is None or (isinstance(partial, int | float) and partial == 0):
        return None
    if not isinstance(partial, Expr) and partial == 1:
        return y_bar
    masked = mask_of(y_bar)
    if masked is None:
        return _times(builder, y_bar, partial, known)
    mask, inner, inside = masked
    return _masked(builder, mask, _times(builder, inner, partial, known), 0.0, inside)


def scale_picked(builder: Builder, opcode: str, y_bar: Value, partial: Any) -> Value | None:
    """`y_bar * partial` where `y_bar` is zero but at the elements of a mask; None when it is not, or may stay."""
    op = y_bar.op
    if op is None or op.opcode != "index_add" or op.attrs["spec"] != ("mask",) or not isinstance(partial, Expr):
        return None
    zeros, picked, mask = op.operands
    t, like = partial.value.type, y_bar.type
    is_new = zeros.op is not None and zeros.op.opcode == "zeros_like"
    if opcode not in _HARMLESS or not is_new or rank_of(mask.type) != rank_of(like) or not _same_shape(t, like):
        return None
    there = builder.emit("index", partial.value, mask, spec=("mask",))
    if picked.op is not None and picked.op.opcode == "full_like":
        picked = picked.op.operands[1]
    share = _product(builder, picked, there, ())
    return builder.emit("index_add", builder.emit("zeros_like", y_bar), share, mask, spec=("mask",))


def _same_shape(a: Type, b: Type) -> bool:
    return rank_of(a) == rank_of(b) > 0 and all(map(same_dim, shape_of(a), shape_of(b)))


def _times(builder: Builder, y_bar: Value, partial: Any, known: Collection[Value]) -> Value:
    if isinstance(partial, Expr):
        return _product(builder, y_bar, partial.value, known)
    if partial == -1:
        return builder.emit("neg", y_bar)
    return builder.emit("mul", builder.const(partial), y_bar)


def _product(builder: Builder, y_bar: Value, partial: Value, known: Collection[Value]) -> Value:
    """`y_bar / b` for the partial `1 / b`, `-y_bar * b` for `-b`, numbers first."""
    op = None if partial in known else partial.op
    if op is not None and is_const(y_bar) and const_of(y_bar) == 1 and is_differentiable(partial.type):
        return partial
    if op is not None and op.opcode == "truediv":
        top, under = op.operands
        if is_const(top) and const_of(top) == 1:
            return builder.emit("truediv", y_bar, under)
        return builder.emit("truediv", _product(builder, y_bar, top, known), under)
    if op is not None and op.opcode == "neg":
        return builder.emit("neg", _product(builder, y_bar, op.operands[0], known))
    if is_const(partial) or (op is not None and op.opcode == "mul" and is_const(op.operands[0])):
        return builder.emit("mul", partial, y_bar)
    return builder.emit("mul", y_bar, partial)
