"""Products of matrices of which more is known than their extents.

    before:  matmul %a (solve %a %b)               after:   %b
             matmul %a (outer (solve %a %b) %c)             outer %b %c
             matmul %a (diag %v)                            mul %a %v
             matmul (outer %u %v) %a                        outer %u (matmul %v %a)
             transpose (outer %u %v)                        outer %v %u
             tril %s + (tril %s k=-1).T   symmetric         %s
             tril %u + (tril %u k=-1).T   upper triangle    diag (diag %u)
             sum (mul %x (eye %n))                          trace %x

A product with a sum is spread over its terms if that makes them lighter. So the way back through a Cholesky factor that
was used for a determinant and a quadratic form, as in the likelihood of a Gaussian, becomes what one writes by hand.
Only derived operations change.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import final

from adjoint.analysis.matrices import (
    is_symmetric,
    is_triangular,
    is_whole_sum,
    made_by,
    multiple_of_reciprocal,
    same_matrix,
    transpose_of,
    transposes,
)
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, const_of, is_const
from adjoint.ir.types import equal_if_combined, is_complex, rank_of, same_kind
from adjoint.passes.rewriting import rewrite

_Term = tuple[int, Value]


def simplify_matrices(function: Function) -> None:
    """Rewrite derived products of matrices, in place."""
    matrices = _Matrices()
    rewrite(function.body, matrices.replaced, matrices.rewritten)


@final
class _Matrices:
    def __init__(self) -> None:
        self.replaced: dict[Value, Value] = {}

    def rewritten(self, op: Op) -> list[Op]:
        """What stands for an operation: its own if nothing is known."""
        rule = _RULES.get(op.opcode)
        if rule is None or not op.derived or any(rank_of(operand.type) != 2 for operand in op.operands):
            return [op]
        builder = Builder(Region(), line=op.line, derived=True)
        new = rule(op, builder)
        if new is None or not same_kind(new.type, op.result.type):
            return [op]
        if new.op in builder.region.ops:
            new.name = op.result.name
        self.replaced[op.result] = new
        return builder.region.ops


def _terms(value: Value, sign: int = 1) -> list[_Term]:
    """The terms of a derived sum, with their signs."""
    op = made_by(value, "add", "sub", "neg")
    if op is None or not op.derived or any(rank_of(operand.type) != 2 for operand in op.operands):
        return [(sign, value)]
    last = -sign if op.opcode in ("sub", "neg") else sign
    first = _terms(op.operands[0], sign) if len(op.operands) == 2 else []
    return [*first, *_terms(op.operands[-1], last)]


def _total(terms: list[_Term], builder: Builder) -> Value:
    """Their sum, one with a plus sign first if there is one."""
    terms = sorted(terms, key=lambda term: -term[0])
    sign, total = terms[0]
    for other, value in terms[1:]:
        total = builder.emit("add" if other == sign else "sub", total, value)
    return total if sign == 1 else builder.emit("neg", total)


def _product(op: Op, builder: Builder) -> Value | None:
    left, right = op.operands
    product = partial(builder.emit, "matmul")
    spread = _spread(right, left, lambda x: _from_left(left, x, builder), lambda x: product(left, x))
    if spread is None:
        spread = _spread(left, right, lambda x: _from_right(x, right, builder), lambda x: product(x, right))
    return None if spread is None else _total(spread, builder)


_Light = tuple[Value, bool]
"""A product without a product of matrices, and whether it is lighter than an outer product."""


def _spread(
    sum_: Value, factor: Value, light: Callable[[Value], _Light | None], whole: Callable[[Value], Value]
) -> list[_Term] | None:
    """The product with each term of a sum, where at most one is left a product of matrices.

    One with its own transpose takes half of the time.
    """
    terms = _terms(sum_)
    made = [(sign, term, light(term)) for sign, term in terms]
    heavy = [term for _, term, product in made if product is None]
    gains = any(product and product[1] for _, _, product in made) or any(transposes(term, factor) for term in heavy)
    if len(heavy) > 1 or not (gains or not heavy):
        return None
    return [(sign, product[0] if product else whole(term)) for sign, term, product in made]


def _from_left(a: Value, x: Value, builder: Builder) -> _Light | None:
    """`a @ x`."""
    op = made_by(x, "diag", "solve", "outer", "matmul")
    if op is None:
        return None
    first = op.operands[0]
    if op.opcode == "diag":
        return None if op.attrs["k"] else (_scaled(a, first, builder), True)
    if op.opcode == "solve":
        return (op.operands[1], True) if same_matrix(first, a) else None
    inner = _solved(a, first)
    if inner is not None:
        return builder.emit(op.opcode, inner, op.operands[1], **op.attrs), True
    is_vectors = op.opcode == "outer" and rank_of(first.type) == 1
    return (builder.emit("outer", builder.emit("matmul", a, first), op.operands[1]), False) if is_vectors else None


def _from_right(x: Value, b: Value, builder: Builder) -> _Light | None:
    """`x @ b`."""
    op = made_by(x, "outer")
    if op is None or any(rank_of(operand.type) != 1 for operand in op.operands):
        return None
    left, right = op.operands
    made = made_by(left, "matmul")
    if made is not None and made.operands[1] is right and transposes(made.operands[0], b):
        return builder.emit("outer", left, left), False  # (bᵀ x) (xᵀ b)
    return builder.emit("outer", left, builder.emit("matmul", right, b)), False


def _solved(a: Value, x: Value) -> Value | None:
    """`a @ x` where x is the solution for some right side: that."""
    op = made_by(x, "solve")
    return op.operands[1] if op is not None and same_matrix(op.operands[0], a) else None


def _scaled(a: Value, v: Value, builder: Builder) -> Value:
    """The columns of `a` times the numbers of a vector; of `x * (c / x)`, times c."""
    op = made_by(v, "mul")
    for one, other in itertools.permutations(op.operands) if op is not None else ():
        number = multiple_of_reciprocal(one, other)
        if number is not None:
            return a if is_const(number) and const_of(number) == 1 else builder.emit("mul", number, a)
    return builder.emit("mul", a, v)


def _mirrored(op: Op, builder: Builder) -> Value | None:
    """The symmetric matrix that a lower triangle stands for, taken from a sum of matrices of which that is known."""
    lower, other = op.operands
    below = transpose_of(other)
    kept, strict = made_by(lower, "tril"), None if below is None else made_by(below, "tril")
    if kept is None or strict is None or (kept.attrs["k"], strict.attrs["k"]) != (0, -1):
        return None
    if kept.operands[0] is not strict.operands[0] or is_complex(lower.type):
        return None
    made = [(sign, _as_symmetric(term, builder)) for sign, term in _terms(kept.operands[0])]
    known = [(sign, term) for sign, term in made if term is not None]
    return _total(known, builder) if len(known) == len(made) else None


def _as_symmetric(x: Value, builder: Builder) -> Value | None:
    if is_symmetric(x):
        return x
    if is_triangular(x, upper=True):
        return builder.emit("diag", _diagonal(x, builder), k=0)
    return None


def _diagonal(x: Value, builder: Builder) -> Value:
    """The diagonal of a matrix; of one whose columns are scaled, the scaled diagonal."""
    source, op = transpose_of(x), made_by(x, "mul")
    if source is not None:
        return _diagonal(source, builder)
    matrices = [operand for operand in op.operands if rank_of(operand.type) == 2] if op is not None else []
    if op is not None and len(matrices) == 1:
        factors = (_diagonal(each, builder) if each in matrices else each for each in op.operands)
        return builder.emit("mul", *factors)
    return builder.emit("diag", x, k=0)


def _turned(op: Op, builder: Builder) -> Value | None:
    """The transpose of a sum, if that of each term costs nothing."""
    made = [(sign, _turned_term(term, builder)) for sign, term in _terms(op.operands[0])]
    known = [(sign, term) for sign, term in made if term is not None]
    return _total(known, builder) if len(known) == len(made) and op.attrs["axes"] is None else None


def _turned_term(x: Value, builder: Builder) -> Value | None:
    op = made_by(x, "outer")
    if op is not None and op.derived and all(rank_of(operand.type) == 1 for operand in op.operands):
        return builder.emit("outer", op.operands[1], op.operands[0])
    return x if is_symmetric(x) else transpose_of(x)


def _trace(op: Op, builder: Builder) -> Value | None:
    """The sum of what is multiplied with a unit matrix."""
    product = made_by(op.operands[0], "mul")
    if product is None or not is_whole_sum(op):
        return None
    for x, other in itertools.permutations(product.operands):
        unit = made_by(other, "eye", "identity")
        if unit is not None and not unit.attrs.get("k") and equal_if_combined(x.type, other.type):
            return builder.emit("trace", x)
    return None


_RULES: dict[str, Callable[[Op, Builder], Value | None]] = {
    "matmul": _product,
    "add": _mirrored,
    "transpose": _turned,
    "sum": _trace,
}
