"""Algebra on what derivative transforms wrote: the form a person would give a product or a sum.

    before:  %a = mul %y_bar %t2;  %b = mul %a 4;  %c = mul %y_bar %t1;  %d = sub %b %c
    after:   %d = mul (mul 4 %y_bar) (sub %t2 %v)          where %t1 = 4 * v

Only derived operations change; the user's statements keep their arithmetic. A rewrite whose type differs is dropped.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, final

from adjoint.ir.builder import Builder
from adjoint.ir.core import CONTROL, Function, Op, Region, Value, const_of, is_const, walk
from adjoint.ir.types import is_numeric, rank_of

_REWRITTEN = frozenset({"mul", "neg", "add", "sub", "truediv"})


@final
@dataclass(slots=True)
class Product:
    """coefficient * factor * factor ...: one term of a sum."""

    coefficient: Any = 1
    factors: list[Value] = field(default_factory=list)


def simplify_algebra(function: Function) -> None:
    """Rewrite derived products and sums, in place."""
    _Algebra(function).region(function.body)


@final
class _Algebra:
    def __init__(self, function: Function) -> None:
        self.uses: Counter[Value] = Counter(operand for op in walk(function.body) for operand in op.operands)
        self.replaced: dict[Value, Value] = {}
        self.here: set[Op] = set()

    def region(self, region: Region) -> None:
        outer = self.here
        ops, region.ops = region.ops, []
        self.here = set(ops)
        for op in ops:
            op.operands = [self._resolve(operand) for operand in op.operands]
            if op.opcode in CONTROL:
                for inner in op.regions:
                    self.region(inner)
            if op.derived and op.opcode in _REWRITTEN and is_numeric(op.result.type):
                self._rewrite(op, region)
            else:
                region.ops.append(op)
        self.here = outer

    def _resolve(self, value: Value) -> Value:
        while value in self.replaced:
            value = self.replaced[value]
        return value

    def _rewrite(self, op: Op, region: Region) -> None:
        builder = Builder(Region(), line=op.line, derived=True)
        new = self._rewritten(op, builder)
        if new is None or new.type != op.result.type or new is op.result:
            region.ops.append(op)
            return
        if new.name is None and new.op in builder.region.ops and not is_const(new):
            new.name = op.result.name
        for child in builder.region.ops:
            self.uses.update(child.operands)
            self.here.add(child)
        self.uses.subtract(op.operands)
        self.uses[new] += self.uses[op.result]
        region.ops += builder.region.ops
        self.replaced[op.result] = new

    def _rewritten(self, op: Op, builder: Builder) -> Value | None:
        if op.opcode in ("mul", "neg"):
            return self._canonical(op, self.product(op.result, top=True), builder)
        if op.opcode == "truediv":
            return self._quotient(op, builder)
        return self._sum(op, builder)

    def product(self, value: Value, *, top: bool = False) -> Product:
        """The value as a product, looking through operations that only it uses."""
        op = value.op
        if op is None or (is_const(value) and not is_number(const_of(value))):
            return Product(1, [value])
        if is_const(value):
            return Product(const_of(value), [])
        open_ = top or (op.derived and self.uses[value] == 1 and op in self.here)
        if open_ and op.opcode == "neg":
            inner = self.product(self._resolve(op.operands[0]))
            return Product(-inner.coefficient, inner.factors)
        if op.opcode == "mul" and (open_ or self._scaled(op)):
            left, right = (self.product(self._resolve(operand)) for operand in op.operands)
            return Product(left.coefficient * right.coefficient, left.factors + right.factors)
        return Product(1, [value])

    def _scaled(self, op: Op) -> bool:
        """A scalar product with a number, cheap enough to be written again."""
        return rank_of(op.result.type) == 0 and any(is_const(v) and is_number(const_of(v)) for v in op.operands)

    def _canonical(self, op: Op, product: Product, builder: Builder) -> Value | None:
        before = len(product.factors)
        if op.opcode == "mul" and before == 2 and product.coefficient == 1:
            return None
        if op.opcode == "neg" and product.coefficient == -1 and before == 1 and product.factors[0] is op.operands[0]:
            return None
        return self.write(product, builder)

    def write(self, product: Product, builder: Builder) -> Value:
        """Numbers first, then scalars, then arrays."""
        factors = sorted(product.factors, key=lambda value: min(rank_of(value.type), 1))
        coefficient = product.coefficient
        if not factors:
            return builder.const(coefficient)
        if coefficient == -1:
            return builder.emit("neg", self._times(factors, builder))
        if coefficient != 1:
            factors = self._scale(coefficient, factors, builder)
        return self._times(factors, builder)

    def _scale(self, coefficient: Any, factors: list[Value], builder: Builder) -> list[Value]:
        """The factors with a number in front, or in the numerator of a quotient such as `1.0 / n`."""
        for index, factor in enumerate(factors):
            op = factor.op
            if op is not None and op.opcode == "truediv" and op.derived and self.uses[factor] == 1:
                over = self._resolve(op.operands[0])
                if is_const(over) and is_number(const_of(over)):
                    over = builder.const(coefficient * const_of(over))
                    quotient = builder.emit("truediv", over, self._resolve(op.operands[1]))
                    return [quotient, *factors[:index], *factors[index + 1 :]]
        return [builder.const(coefficient), *factors]

    def _times(self, factors: list[Value], builder: Builder) -> Value:
        total = factors[0]
        for factor in factors[1:]:
            total = builder.emit("mul", total, factor)
        return total

    def _quotient(self, op: Op, builder: Builder) -> Value | None:
        over, under = op.operands
        top = self.product(over) if over.op is not None and over.op.derived else Product(1, [over])
        if is_const(under) and is_number(const_of(under)) and const_of(under) == 1:
            return over if over.type == op.result.type else None
        if top.coefficient == -1 and top.factors:
            inner = builder.emit("truediv", self.write(Product(1, top.factors), builder), under)
            return builder.emit("neg", inner)
        return None

    def _sum(self, op: Op, builder: Builder) -> Value | None:
        left, right = (self._term(operand, op) for operand in op.operands)
        if op.opcode == "sub":
            right = Product(-right.coefficient, right.factors)
        for one, other, value in ((left, right, op.operands[0]), (right, left, op.operands[1])):
            if not other.factors and other.coefficient == 0 and one.coefficient == 1:
                return value
        if not left.factors and not right.factors:
            return builder.const(left.coefficient + right.coefficient)
        common = _common(left.factors, right.factors)
        if common and (op.operands[0] is op.operands[1] or self._worthwhile(op)):
            return self._factored(left, right, common, builder)
        if _negative(right.coefficient):
            flipped = Product(-right.coefficient, right.factors)
            if op.opcode == "add":
                return builder.emit("sub", op.operands[0], self.write(flipped, builder))
            return None
        if op.opcode == "sub":  # a - (-b)
            return builder.emit("add", op.operands[0], self.write(right, builder))
        if left.coefficient == -1 and left.factors:
            return builder.emit("sub", op.operands[1], self.write(Product(1, left.factors), builder))
        return None

    def _worthwhile(self, op: Op) -> bool:
        lines = [v.op.line.number if v.op.line else None for v in op.operands if v.op is not None and v.op.derived]
        return all(line == (op.line.number if op.line else None) for line in lines)

    def _term(self, value: Value, op: Op) -> Product:
        if value.op is not None and (value.op.derived or is_const(value)):
            return self.product(value)
        return Product(1, [value])

    def _factored(self, left: Product, right: Product, common: list[Value], builder: Builder) -> Value:
        one, other = (Product(p.coefficient, _without(p.factors, common)) for p in (left, right))
        scale: int | float = 1
        same = isinstance(one.coefficient, int | float) and abs(one.coefficient) == abs(other.coefficient)
        if same and 0 < abs(one.coefficient) < float("inf"):
            scale = abs(one.coefficient)
            one.coefficient, other.coefficient = one.coefficient / scale, other.coefficient / scale
            one.coefficient, other.coefficient = int(one.coefficient), int(other.coefficient)
        if one.factors == other.factors:
            return self.write(Product(scale * (one.coefficient + other.coefficient), common + one.factors), builder)
        inner = self._plus(one, other, builder)
        return self.write(Product(scale, [*common, inner]), builder)

    def _plus(self, one: Product, other: Product, builder: Builder) -> Value:
        if _negative(other.coefficient):
            flipped = Product(-other.coefficient, other.factors)
            return builder.emit("sub", self.write(one, builder), self.write(flipped, builder))
        if _negative(one.coefficient):
            flipped = Product(-one.coefficient, one.factors)
            return builder.emit("sub", self.write(other, builder), self.write(flipped, builder))
        return builder.emit("add", self.write(one, builder), self.write(other, builder))


def is_number(value: Any) -> bool:
    """Whether a constant is a Python number that algebra may combine."""
    return isinstance(value, int | float | complex) and not isinstance(value, bool)


def _negative(coefficient: Any) -> bool:
    return isinstance(coefficient, int | float) and coefficient < 0


def _common(left: list[Value], right: list[Value]) -> list[Value]:
    rest = list(right)
    shared = []
    for value in left:
        if value in rest:
            rest.remove(value)
            shared.append(value)
    return shared


def _without(factors: list[Value], removed: list[Value]) -> list[Value]:
    rest = list(factors)
    for value in removed:
        rest.remove(value)
    return rest
