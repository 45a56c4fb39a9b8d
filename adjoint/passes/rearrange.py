"""Sums, products and transposes that a derivative wrote, in the order in which they cost least.

    before:  sum (neg %x)                     after:   neg (sum %x)
             sum (mul %u %v)   vectors                 matmul %u %v
             index (sum %x keepdims) 0                 sum %x
             transpose (transpose %x)                  %x
             transpose (matmul %a.T %b)                matmul %b.T %a
             matmul (neg %a) %b                        neg (matmul %a %b)
             index_add %x (full_like %t %v)            index_add %x %v
             roll (neg %x) 1                           neg (roll %x 1)

Signs and numbers go to the front, where `algebra` makes a difference of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from typing import Any, final

from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, const_of, is_const, users
from adjoint.ir.ops.indexing import WHOLE_AXIS
from adjoint.ir.types import Array, dtype_of, rank_of, same_dim, same_kind, shape_of, wraps
from adjoint.passes.rewriting import rewrite

MOVES = ("roll", "flip", "reshape", "ravel", "swapaxes", "moveaxis", "squeeze", "expand_dims")
"""Operations that only put items elsewhere."""


def rearrange(function: Function) -> None:
    """Rewrite derived operations, in place."""
    rearranging = _Rearranging(function)
    rewrite(function.body, rearranging.replaced, rearranging.rewritten)


@final
class _Rearranging:
    def __init__(self, function: Function) -> None:
        self.uses = users(function.body)
        self.replaced: dict[Value, Value] = {}

    def rewritten(self, op: Op) -> list[Op]:
        """What stands for an operation: its own where it stays."""
        rule = _RULES.get(op.opcode)
        if rule is None or not op.derived:
            return [op]
        builder = Builder(Region(), line=op.line, derived=True)
        new = rule(op, builder, self)
        if new is None or not same_kind(new.type, op.result.type):
            return [op]
        if new.op in builder.region.ops:
            new.name, new.type = op.result.name, op.result.type
        elif new.type != op.result.type:
            return [op]
        self.replaced[op.result] = new
        self.uses[new] = [*self.uses.get(new, ()), *self.uses.get(op.result, ())]
        for made in builder.region.ops:
            for position, operand in enumerate(made.operands):
                self.uses.setdefault(operand, []).append((made, position))
        return builder.region.ops or [op]

    def made_by(self, value: Value, *opcodes: str) -> Op | None:
        """The derived operation behind a value that only one operation reads, if it is one of these."""
        op = value.op
        if op is None or op.opcode not in opcodes or not op.derived:
            return None
        readers = {user for user, _ in self.uses.get(value, ()) if not any(r in self.replaced for r in user.results)}
        return op if len(readers) <= 1 else None


def _sum(op: Op, builder: Builder, context: _Rearranging) -> Value | None:
    """Signs, scalars and what is constant along the axes go in front of a sum."""
    made = context.made_by(op.operands[0], "neg", "mul", "truediv")
    if len(op.operands) > 1 or op.attrs.get("dtype") is not None or made is None:
        return None

    def total(x: Value) -> Value:
        return _summed(x, op, builder, context)

    if made.opcode == "neg":
        return builder.emit("neg", total(made.operands[0]))
    left, right = made.operands
    if made.opcode == "truediv":
        return builder.emit("truediv", total(left), right) if _may_leave(right, left, op) else None
    for one, other in ((left, right), (right, left)):
        if not rank_of(one.type) and rank_of(other.type):
            return builder.emit("mul", one, total(other))
    if _is_dot(op, left, right):
        return builder.emit("matmul", left, right)
    numbers, rest = _without_numbers(made.result, builder, context)
    if any(wraps(number.type) for number in numbers):  # they may overflow when they meet each other
        return reduce(partial(builder.emit, "mul"), numbers, total(rest))
    return builder.emit("mul", reduce(partial(builder.emit, "mul"), numbers), total(rest)) if numbers else None


def _without_numbers(x: Value, builder: Builder, context: _Rearranging) -> tuple[list[Value], Value]:
    """The scalar factors in a product of arrays, and the product without them."""
    made = context.made_by(x, "mul")
    if made is None or any(rank_of(v.type) and dtype_of(v.type) != dtype_of(x.type) for v in made.operands):
        return [], x
    parts = [_without_numbers(v, builder, context) if rank_of(v.type) else ([v], None) for v in made.operands]
    rest = [array for _, array in parts if array is not None]
    numbers = [number for found, _ in parts for number in found]
    return (numbers, reduce(partial(builder.emit, "mul"), rest)) if numbers and rest else ([], x)


def _summed(x: Value, op: Op, builder: Builder, context: _Rearranging) -> Value:
    """The sum of a part, of which the same may be said."""
    whole = builder.emit("sum", x, **op.attrs)
    assert whole.op is not None
    again = _sum(whole.op, builder, context)
    if again is None or again.type != whole.type:
        return whole
    builder.region.ops.remove(whole.op)
    return again


def _may_leave(factor: Value, rest: Value, op: Op) -> bool:
    """Whether a factor is one number, or constant along the summed axes, which are kept."""
    if not rank_of(factor.type):
        return bool(rank_of(rest.type))
    axis, extents = op.attrs["axis"], shape_of(factor.type)
    if not op.attrs["keepdims"] or not isinstance(axis, int) or len(extents) != rank_of(rest.type):
        return False
    fits = all(same_dim(a, b) for i, (a, b) in enumerate(zip(extents, shape_of(rest.type))) if i != axis)
    return extents[axis] == 1 and fits


def _is_dot(op: Op, left: Value, right: Value) -> bool:
    """Whether the sum is that of the products of two vectors."""
    vectors = rank_of(left.type) == rank_of(right.type) == 1 and not op.attrs["keepdims"]
    floats = dtype_of(left.type) == dtype_of(right.type) == dtype_of(op.result.type)
    return vectors and floats and same_dim(shape_of(left.type)[0], shape_of(right.type)[0])


def _index(op: Op, builder: Builder, context: _Rearranging) -> Value | None:
    """The axes that a sum kept, taken away."""
    negative = context.made_by(op.operands[0], "neg")
    if negative is not None:
        whole = builder.emit("index", negative.operands[0], *op.operands[1:], **op.attrs)
        assert whole.op is not None
        again = _index(whole.op, builder, context)
        builder.region.ops.remove(whole.op)
        return None if again is None else builder.emit("neg", again)
    made = context.made_by(op.operands[0], "sum")
    spec = op.attrs["spec"]
    if made is None or len(made.operands) > 1 or not made.attrs["keepdims"]:
        return None
    dropped = tuple(axis for axis, entry in enumerate(spec) if entry == "int")
    zeros = all(is_const(value) and const_of(value) == 0 for value in op.operands[1:])
    if any(entry not in ("int", WHOLE_AXIS) for entry in spec) or not zeros:
        return None
    axis = made.attrs["axis"]
    summed = (axis,) if isinstance(axis, int) else axis
    if summed != dropped:
        return None
    return builder.emit("sum", made.operands[0], **{**made.attrs, "keepdims": False})


def _transpose(op: Op, builder: Builder, context: _Rearranging) -> Value | None:
    """Transposes cancel, and turn a product round."""
    if op.attrs["axes"] is not None:
        return None
    inner = op.operands[0].op
    if inner is not None and inner.opcode == "transpose" and inner.attrs["axes"] is None:
        return inner.operands[0]
    product = context.made_by(op.operands[0], "matmul")
    if product is None:
        return None
    left, right = product.operands
    first = left.op
    is_matrices = rank_of(left.type) == rank_of(right.type) == 2
    if not is_matrices or first is None or first.opcode != "transpose" or first.attrs["axes"] is not None:
        return None
    turned = right.op
    if turned is not None and turned.opcode == "transpose" and turned.attrs["axes"] is None:
        return builder.emit("matmul", turned.operands[0], first.operands[0])
    return builder.emit("matmul", builder.emit("transpose", right, axes=None), first.operands[0])


def _move(op: Op, builder: Builder, context: _Rearranging) -> Value | None:
    """A sign goes in front of what only puts items elsewhere."""
    negative = context.made_by(op.operands[0], "neg")
    if negative is None:
        return None
    return builder.emit("neg", builder.emit(op.opcode, negative.operands[0], *op.operands[1:], **op.attrs))


def _matmul(op: Op, builder: Builder, context: _Rearranging) -> Value | None:
    """A sign goes in front of a product, if all that read the negative are products."""
    for position, operand in enumerate(op.operands):
        made = operand.op
        if made is None or made.opcode != "neg" or not made.derived or not rank_of(operand.type):
            continue
        if all(user.opcode == op.opcode and user.derived for user, _ in context.uses.get(operand, ())):
            operands = list(op.operands)
            operands[position] = made.operands[0]
            return builder.emit("neg", builder.emit(op.opcode, *operands, **op.attrs))
    return None


def _index_add(op: Op, builder: Builder, context: _Rearranging) -> Value | None:
    """What is added to a place need not be spread over it first."""
    made = context.made_by(op.operands[1], "full_like")
    if made is None or not isinstance(op.operands[0].type, Array):
        return None
    return builder.emit("index_add", op.operands[0], made.operands[1], *op.operands[2:], **op.attrs)


_Rule = Callable[[Op, Builder, _Rearranging], Any]
_RULES: dict[str, _Rule] = {
    "sum": _sum,
    "index": _index,
    "transpose": _transpose,
    "matmul": _matmul,
    "dot": _matmul,
    "index_add": _index_add,
    **dict.fromkeys(MOVES, _move),
}
