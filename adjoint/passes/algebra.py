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
from adjoint.ir.types import Array, are_alike, dtype_of, is_numeric, is_truth, rank_of, shape_of, wraps

_DEEPEST = 6
"""How many operations a product is looked through: longer ones are left in pieces."""
_REWRITTEN = frozenset({"mul", "neg", "add", "sub", "truediv"})


@final
@dataclass(slots=True)
class Product:
    """coefficient * factor * ... / divisor / ...: one term of a sum."""

    coefficient: Any = 1
    factors: list[Value] = field(default_factory=list)
    under: list[Value] = field(default_factory=list)

    @property
    def is_number(self) -> bool:
        return not self.factors and not self.under

    @property
    def is_exact(self) -> bool:
        """Whether it is a number that neither overflows nor loses its sign: not of narrow integers, or truth values."""
        return not any(map(_is_inexact, self.factors)) or any(map(_is_wide, self.factors))

    def scaled(self, number: Any) -> Product:
        return Product(number * self.coefficient, self.factors, self.under)


def simplify_algebra(function: Function) -> None:
    """Rewrite derived products and sums, in place."""
    _Algebra(function).region(function.body)


@final
class _Algebra:
    def __init__(self, function: Function) -> None:
        self.uses: Counter[Value] = Counter(operand for op in walk(function.body) for operand in op.operands)
        self.replaced: dict[Value, Value] = {}
        self.here: set[Op] = set()
        self.order: dict[Value, int] = {}
        """Values numbered as they are defined."""

    def region(self, region: Region) -> None:
        outer = self.here
        ops, region.ops = region.ops, []
        self.here = set(ops)
        self._number(region.args)
        self._number_restored(region, ops)
        for op in ops:
            op.operands = [self._resolve(operand) for operand in op.operands]
            if op.opcode in CONTROL:
                for inner in op.regions:
                    self.region(inner)
            if op.derived and op.opcode in _REWRITTEN and is_numeric(op.result.type):
                self._rewrite(op, region)
            else:
                region.ops.append(op)
            self._number(op.results)
        self.here = outer

    def _number_restored(self, region: Region, ops: list[Op]) -> None:
        """Carries that a tape gives back, and parts of them, come first, wherever they are read."""
        ends = ops[-1].operands if ops else []
        carried = zip(region.args[len(region.args) - len(ends) :], ends) if len(region.args) >= len(ends) else ()
        restored = {value for pair in carried if pair[1].op in ops and _is_pop(pair[1]) for value in pair}
        for op in ops if restored else ():
            if not restored.isdisjoint(op.results) or (_is_read(op) and op.operands[0] in restored):
                self._number(op.results)

    def _number(self, values: list[Value]) -> None:
        for value in values:
            self.order.setdefault(value, len(self.order))

    def _resolve(self, value: Value) -> Value:
        while value in self.replaced:
            value = self.replaced[value]
        return value

    def _rewrite(self, op: Op, region: Region) -> None:
        builder = Builder(Region(), line=op.line, derived=True)
        new = self._rewritten(op, builder)
        if new is None or new is op.result or not self._may_stand(new, op, builder):
            region.ops.append(op)
            return
        if new.name is None and new.op in builder.region.ops and not is_const(new):
            new.name = op.result.name
        for child in builder.region.ops:
            self.uses.update(child.operands)
            self.here.add(child)
            self._number(child.results)
        self.uses.subtract(op.operands)
        self.uses[new] += self.uses[op.result]
        region.ops += builder.region.ops
        self.replaced[op.result] = new

    def _may_stand(self, new: Value, op: Op, builder: Builder) -> bool:
        """Whether a value is of the type wanted. The extents of an operand of the operation may go by other names."""
        if new.type == op.result.type or new.op in builder.region.ops or new not in op.operands:
            return new.type == op.result.type
        kinds = [(dtype_of(value.type), rank_of(value.type)) for value in (new, op.result)]
        return kinds[0] == kinds[1] and bool(kinds[0][1])

    def _rewritten(self, op: Op, builder: Builder) -> Value | None:
        if op.opcode in ("add", "sub"):
            return self._sum(op, builder)
        product = self.product(op.result, top=True)
        if self._is_written(op, product) or not _may_be_written(product):
            return None
        return self.write(product, builder)

    def product(self, value: Value, *, top: bool = False, depth: int = 0) -> Product:
        """The value as a product, looking through operations that only it uses."""
        op = value.op
        if op is None or (is_const(value) and not is_number(const_of(value))):
            return Product(1, [value])
        if is_const(value):
            return Product(const_of(value))
        open_ = top or (depth < _DEEPEST and op.derived and self.uses[value] == 1 and op in self.here)
        depth += 1
        if open_ and op.opcode == "neg":
            return self.product(self._resolve(op.operands[0]), depth=depth).scaled(-1)
        if op.opcode == "mul" and (open_ or (depth <= _DEEPEST and self._scaled(op))):
            left, right = (self.product(self._resolve(operand), depth=depth) for operand in op.operands)
            if not self._one_division(left, right):  # a quotient of numbers stays one factor of an array
                atoms = [self._unsigned(self._resolve(operand)) for operand in op.operands]
                left, right = (a if p.under else p for p, a in zip((left, right), atoms))
            coefficient = left.coefficient * right.coefficient
            return Product(coefficient, left.factors + right.factors, left.under + right.under)
        if open_ and op.opcode == "truediv":
            over, under = (self._resolve(operand) for operand in op.operands)
            if not is_const(under):
                above = self.product(over, depth=depth)
                return Product(above.coefficient, above.factors, [*above.under, under])
        return Product(1, [value])

    def _unsigned(self, value: Value) -> Product:
        """The value as one factor, the sign apart."""
        op = value.op
        if op is not None and op.opcode == "neg" and op.derived and self.uses[value] == 1 and op in self.here:
            return Product(-1, [self._resolve(op.operands[0])])
        return Product(1, [value])

    def _one_division(self, left: Product, right: Product) -> bool:
        """Whether a product of quotients is better written as one quotient: all of it scalars, or nothing divided."""
        values = [*left.factors, *right.factors, *left.under, *right.under]
        return not (left.under or right.under) or all(rank_of(value.type) == 0 for value in values)

    def _scaled(self, op: Op) -> bool:
        """A scalar product with a number, cheap enough to be written again."""
        return rank_of(op.result.type) == 0 and any(is_const(v) and is_number(const_of(v)) for v in op.operands)

    def _is_written(self, op: Op, product: Product) -> bool:
        """Whether the operation is the product as `write` would write it."""
        first, second = op.operands[0], op.operands[-1]
        if op.opcode == "mul":
            return product.coefficient == 1 and product.factors == [first, second] == self._ordered(product.factors)
        if op.opcode == "neg":
            return product.coefficient == -1 and product.factors == [first] and not product.under
        above = product.factors == [first] and product.coefficient == 1
        number = is_const(first) and not product.factors and product.coefficient != 1
        return len(product.under) == 1 and (above or number) and product.under[0] is second

    def _ordered(self, factors: list[Value]) -> list[Value]:
        """Scalars before vectors before matrices, each in the order of their definition; what may overflow last."""
        return sorted(
            factors, key=lambda value: (wraps(value.type), _breadth(value), self.order.get(value, len(self.order)))
        )

    def write(self, product: Product, builder: Builder) -> Value:
        """Numbers first, then scalars, then arrays; divisions last."""
        coefficient, factors = _tidy(product.coefficient), self._ordered(product.factors)
        if not factors and product.under:
            return self._over(builder.const(coefficient), product.under, builder)
        if not factors:
            return builder.const(coefficient)
        if coefficient == -1:
            return builder.emit("neg", self._over(self._times(factors, builder), product.under, builder))
        if coefficient != 1:
            factors = self._scale(coefficient, factors, builder)
        return self._over(self._times(factors, builder), product.under, builder)

    def _over(self, above: Value, under: list[Value], builder: Builder) -> Value:
        for divisor in under:
            above = builder.emit("truediv", above, divisor)
        return above

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

    def _sum(self, op: Op, builder: Builder) -> Value | None:
        left, right = (self._term(operand) for operand in op.operands)
        if op.opcode == "sub":
            right = right.scaled(-1)
        for one, other, value in ((left, right, op.operands[0]), (right, left, op.operands[1])):
            if other.is_number and other.coefficient == 0 and one.coefficient == 1:
                return value
            if _are_zeros(other, value) and (op.opcode == "add" or value is op.operands[0]):
                return value
        if left.is_number and right.is_number:
            return builder.const(left.coefficient + right.coefficient)
        joined = self._joined(op, right, builder)
        if joined is not None:
            return joined
        common = _common(left.factors, right.factors)
        under = _common(left.under, right.under)
        if (common or under) and (op.operands[0] is op.operands[1] or self._worthwhile(op)):
            factored = self._factored(left, right, common, under, builder)
            if factored is not None:
                return factored
        if rank_of(op.result.type) and self._worthwhile(op):
            if (combined := self._combined(op, builder)) is not None:
                return combined
        if _negative(right.coefficient):
            if op.opcode == "sub" or not _may_be_written(right.scaled(-1)):
                return None
            return builder.emit("sub", op.operands[0], self.write(right.scaled(-1), builder))
        if op.opcode == "sub" and _may_be_written(right):  # a - (-b)
            return builder.emit("add", op.operands[0], self.write(right, builder))
        if op.opcode == "add" and left.coefficient == -1 and left.factors:
            return builder.emit("sub", op.operands[1], self.write(left.scaled(-1), builder))
        return self._begun_with(op.operands[1], op.operands[0], builder) if op.opcode == "add" else None

    def _begun_with(self, first: Value, total: Value, builder: Builder) -> Value | None:
        """`c - a - b` for `-a - b + c`: a sum that begins with a negative begins with a last, positive term instead."""
        chain: list[Op] = []
        while (made := total.op) is not None and made.derived and made in self.here and self.uses[total] == 1:
            chain.insert(0, made)
            if made.opcode == "neg":
                break
            if made.opcode not in ("add", "sub") or total.name is not None:
                return None
            total = self._resolve(made.operands[0])
        if len(chain) < 2 or chain[0].opcode != "neg" or any(op.result.type != first.type for op in chain):
            return None
        sum_ = builder.emit("sub", first, self._resolve(chain[0].operands[0]))
        for op in chain[1:]:
            sum_ = builder.emit(op.opcode, sum_, self._resolve(op.operands[1]))
        return sum_

    def _combined(self, op: Op, builder: Builder) -> Value | None:
        """`(s + t) * x` for `s * x + t * x`, an array. It costs no more if others read the products, too."""
        first, second = (self._multiple(operand) for operand in op.operands)
        if first is None or second is None or first[2] is not second[2]:
            return None
        (sign, one, array), (other_sign, other, _) = first, second
        if not _may_be_added(Product(1, [one]), Product(1, [other])):
            return None
        other_sign = -other_sign if op.opcode == "sub" else other_sign
        if sign < other_sign:
            one, other = other, one
        scalar = builder.emit("add" if sign == other_sign else "sub", one, other)
        product = builder.emit("mul", scalar, array)
        return builder.emit("neg", product) if sign == other_sign == -1 else product

    def _multiple(self, value: Value) -> tuple[int, Value, Value] | None:
        """The sign, the scalar and the array of a product that a derivative made."""
        made = value.op
        if made is None or not made.derived or made not in self.here:
            return None
        if made.opcode == "neg":
            negated = self._multiple(self._resolve(made.operands[0]))
            return (-negated[0], negated[1], negated[2]) if negated is not None else None
        if made.opcode != "mul":
            return None
        scalar, array = sorted(map(self._resolve, made.operands), key=lambda factor: rank_of(factor.type))
        return (1, scalar, array) if not rank_of(scalar.type) and rank_of(array.type) else None

    def _joined(self, op: Op, right: Product, builder: Builder) -> Value | None:
        """`a + 3 * t` for `(a + t) + 2 * t`; the term on the right is given with its sign."""
        inner = op.operands[0].op
        if inner is None or inner.opcode not in ("add", "sub") or not inner.derived or right.is_number:
            return None
        if self.uses[inner.result] != 1 or inner not in self.here or not is_number(right.coefficient):
            return None
        before = self._term(self._resolve(inner.operands[1]))
        if not (_alike(before.factors, right.factors) and _alike(before.under, right.under)):
            return None
        if inner.opcode == "sub":
            before = before.scaled(-1)
        base, coefficient = self._resolve(inner.operands[0]), before.coefficient + right.coefficient
        if not coefficient:
            return None
        symbol = "sub" if _negative(coefficient) else "add"
        total = Product(-coefficient if symbol == "sub" else coefficient, right.factors, right.under)
        if not _may_be_written(total):
            return None
        return builder.emit(symbol, base, self.write(total, builder))

    def _worthwhile(self, op: Op) -> bool:
        """Whether both terms answer the statement of the sum: a total of other statements is left alone."""
        lines = [v.op.line.number if v.op.line else None for v in op.operands if v.op is not None and v.op.derived]
        return all(line == (op.line.number if op.line else None) for line in lines)

    def _term(self, value: Value) -> Product:
        if value.op is not None and (value.op.derived or is_const(value)):
            return self.product(value)
        return Product(1, [value])

    def _factored(
        self, left: Product, right: Product, common: list[Value], under: list[Value], builder: Builder
    ) -> Value | None:
        one, other = (
            Product(p.coefficient, _without(p.factors, common), _without(p.under, under)) for p in (left, right)
        )
        scale: int | float = 1
        real = all(isinstance(product.coefficient, int | float) for product in (one, other))
        same = real and abs(one.coefficient) == abs(other.coefficient)
        if same and 0 < abs(one.coefficient) < float("inf"):
            scale = abs(one.coefficient)
            one.coefficient, other.coefficient = int(one.coefficient / scale), int(other.coefficient / scale)
        if one.factors == other.factors and one.under == other.under:
            total = Product(scale * (one.coefficient + other.coefficient), common + one.factors, under + one.under)
            return self.write(total, builder) if _may_be_written(total) else None
        if not _may_be_added(one, other):
            return None
        inner = self._plus(one, other, builder)
        self.order.setdefault(inner, len(self.order))
        return self.write(Product(scale, [*common, inner], under), builder)

    def _plus(self, one: Product, other: Product, builder: Builder) -> Value:
        if _negative(other.coefficient):
            return builder.emit("sub", self.write(one, builder), self.write(other.scaled(-1), builder))
        if _negative(one.coefficient):
            return builder.emit("sub", self.write(other, builder), self.write(one.scaled(-1), builder))
        return builder.emit("add", self.write(one, builder), self.write(other, builder))


def _are_zeros(product: Product, beside: Value) -> bool:
    """Whether a product is an array of zeros that a derivative makes, of the same extents as an array beside it."""
    made = product.factors[0].op if len(product.factors) == 1 and not product.under else None
    if made is None or made.opcode != "zeros_like" or not made.derived:
        return False
    return are_alike(made.result.type, beside.type)


def _is_inexact(value: Value) -> bool:
    return wraps(value.type) or is_truth(value.type)


def _is_wide(value: Value) -> bool:
    """Whether narrow integers become wide when they meet the value: Python's integers become narrow themselves."""
    return _is_float(value) or (isinstance(value.type, Array) and dtype_of(value.type) == "int64")


def _may_be_written(product: Product) -> bool:
    """Whether a product of narrow integers is what it was when they were converted one by one."""
    if product.is_exact or _makes_float(product):
        return True
    if any(wraps(each.type) for each in product.factors):
        is_divided = bool(product.under) and product.coefficient == -1
        return (is_divided or product.coefficient == 1) and len(product.factors) == 1
    return bool(product.under) or not _negative(product.coefficient)


def _makes_float(product: Product) -> bool:
    """Whether it is a float because of the number in front of it."""
    return type(product.coefficient) in (float, complex) and product.coefficient not in (1, -1)


def _may_be_added(one: Product, other: Product) -> bool:
    """Whether a sum does not overflow, and is a number: NumPy adds up truth values to a truth value."""
    first, second = (other, one) if _negative(one.coefficient) and not _negative(other.coefficient) else (one, other)
    second = second.scaled(-1) if _negative(second.coefficient) else second  # it is subtracted
    if not (_may_be_written(first) and _may_be_written(second)):
        return False
    inexact = [each for each in (one, other) if not (each.is_exact or each.under or _makes_float(each))]
    if any(wraps(factor.type) for each in inexact for factor in each.factors):
        rest = next((each for each in (one, other) if each not in inexact), None)
        return rest is not None and (_makes_float(rest) or any(map(_is_float, rest.factors)))
    return len(inexact) < 2


def _is_float(value: Value) -> bool:
    return str(dtype_of(value.type)).startswith(("float", "complex"))


def _breadth(value: Value) -> int:
    """Along how many axes it has more than one element, as far as that is known."""
    return sum(dim != 1 for dim in shape_of(value.type))


def is_number(value: Any) -> bool:
    """Whether a constant is a Python number that algebra may combine."""
    return isinstance(value, int | float | complex) and not isinstance(value, bool)


def _tidy(coefficient: Any) -> Any:
    """An imaginary number with the real part that Python gives it when it is written, `-2j`: a zero of its sign."""
    if type(coefficient) is complex and coefficient.real == 0:
        return -(-coefficient.imag * 1j) if coefficient.imag < 0 else coefficient.imag * 1j
    return coefficient


def _is_pop(value: Value) -> bool:
    return value.op is not None and value.op.opcode == "pop"


def _is_read(op: Op) -> bool:
    return op.derived and op.opcode == "index"


def _negative(coefficient: Any) -> bool:
    if type(coefficient) is complex:
        return coefficient.real == 0 and coefficient.imag < 0
    return isinstance(coefficient, int | float) and coefficient < 0


def _alike(left: list[Value], right: list[Value]) -> bool:
    """Whether both hold the same values, in whatever order."""
    return len(left) == len(right) and (left == right or Counter(left) == Counter(right))


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
