"""What is known of a matrix from the operation that made it: triangular, symmetric, the inverse of another."""

from __future__ import annotations

from adjoint.ir.core import Op, Value
from adjoint.ir.types import is_complex, rank_of


def made_by(value: Value, *opcodes: str) -> Op | None:
    """The operation behind a value, if it is one of these."""
    return value.op if value.op is not None and value.op.opcode in opcodes else None


def is_whole_sum(op: Op) -> bool:
    """Whether it is the sum of all items, as a number."""
    return op.opcode == "sum" and op.attrs["axis"] is None and not op.attrs["keepdims"] and op.attrs["dtype"] is None


def transpose_of(value: Value) -> Value | None:
    """The matrix that the value is the transpose of."""
    op = made_by(value, "transpose")
    return op.operands[0] if op is not None and op.attrs["axes"] is None else None


def same_matrix(one: Value, other: Value) -> bool:
    """Whether the two are one value, or the transposes of one."""
    source = transpose_of(one)
    return one is other or (source is not None and source is transpose_of(other))


def transposes(one: Value, other: Value) -> bool:
    """Whether each is the transpose of the other."""
    return transpose_of(one) is other or transpose_of(other) is one


def is_symmetric(value: Value) -> bool:
    """Whether it is `z zᵀ`, a product of a matrix and its transpose, or a diagonal matrix."""
    op = made_by(value, "outer", "matmul", "diag")
    if op is None or rank_of(value.type) != 2 or is_complex(value.type):
        return False
    if op.opcode == "diag":
        return bool(op.attrs["k"] == 0)
    left, right = op.operands
    return left is right if op.opcode == "outer" else transposes(left, right)


def is_triangular(value: Value, *, upper: bool) -> bool:
    """Whether all above (below, if `upper`) the diagonal is zero."""
    source = transpose_of(value)
    if source is not None:
        return is_triangular(source, upper=not upper)
    op = made_by(value, "cholesky", "tril", "triu", "mul", "truediv", "neg", "inv")
    if op is None or rank_of(value.type) != 2:
        return False
    if op.opcode == "cholesky":
        return bool(op.attrs["upper"]) == upper
    if op.opcode in ("tril", "triu"):
        fits = op.attrs["k"] >= 0 if upper else op.attrs["k"] <= 0
        return fits and (op.opcode == "triu") == upper
    factors = op.operands[:1] if op.opcode != "mul" else op.operands
    return any(rank_of(factor.type) == 2 and is_triangular(factor, upper=upper) for factor in factors)


def multiple_of_reciprocal(x: Value, y: Value) -> Value | None:
    """The number c where y is `c / x`."""
    op = made_by(y, "truediv")
    if op is None or rank_of(op.operands[0].type) or not rank_of(x.type):
        return None
    return op.operands[0] if op.operands[1] is x or _same_diagonal(x, op.operands[1]) else None


def _same_diagonal(one: Value, other: Value) -> bool:
    """Whether both are the diagonal of one matrix."""
    first, second = made_by(one, "diag"), made_by(other, "diag")
    if first is None or second is None or first.attrs["k"] or second.attrs["k"]:
        return False
    return first.operands[0] is second.operands[0]
