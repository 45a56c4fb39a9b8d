"""A product with zeros to which little was added is added to its cotangent place by place, without the zeros.

    before:  %z = zeros_like %f;  %v = index_set %z %d :-1;  %w = index_add %v %e 1:;  %b1 = add %b (mul %c %w)
    after:   %b1 = index_add %b (mul (index %c :-1) %d) :-1;  %b2 = index_add %b1 (mul (index %c 1:) %e) 1:

That is the cotangent of `f = c * c / 2; u[1:] -= f[1:] - f[:-1]`: each part of `f` is read once, and so is each of `c`.
With more places than that to multiply at, one product of the whole is less work.

Only before printing, behind the pass that decides what is done in place: the cotangent is changed where it is already.
"""

from __future__ import annotations

import functools
from typing import NamedTuple, final

from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, users, walk_regions
from adjoint.ir.ops.indexing import is_view
from adjoint.ir.ops.lists import STORES
from adjoint.ir.opset import TABLE, shares_memory
from adjoint.ir.types import Array, are_alike, dtype_of
from adjoint.passes.whole_products import reads_at_once

_MOST_PLACES = 3
_DEEPEST = 3
Uses = dict[Value, list[tuple[Op, int]]]


class _Sum(NamedTuple):
    """What is added to a cotangent in place, and what was added up for it in new zeros, one after the other."""

    add: Op
    products: list[Op]
    """What multiplies the sum, from the sum outwards."""
    factors: list[Value]
    terms: list[Op]

    @property
    def zeros(self) -> Op:
        """Where the terms are added up."""
        made = self.terms[0].operands[0].op
        assert made is not None
        return made


def place_products(function: Function) -> None:
    """Add products with sums in new zeros place by place."""
    for region in walk_regions(function.body):
        if any(op.opcode == "zeros_like" and op.derived for op in region.ops):
            _Placing(region, users(function.body)).run()


@final
class _Placing:
    def __init__(self, region: Region, uses: Uses) -> None:
        self.region = region
        self.uses = uses

    def run(self) -> None:
        for op in list(self.region.ops):
            if op.opcode in ("add", "sub") and op.derived and op.attrs.get("_inplace"):
                found = self._sum(op)
                if found is not None and self._may_wait(found):
                    self._place(found)

    def _sum(self, add: Op) -> _Sum | None:
        if not are_alike(add.operands[0].type, add.operands[1].type):
            return None
        found = self._product(add.operands[1], 0)
        if found is None or not 0 < len(found[2]) <= _MOST_PLACES:
            return None
        products, factors, terms = found
        total = terms[-1].result.type
        if not are_alike(total, add.result.type) or not any(are_alike(factor.type, total) for factor in factors):
            return None
        return _Sum(add, products, factors, terms)

    def _product(self, value: Value, depth: int) -> tuple[list[Op], list[Value], list[Op]] | None:
        """The products that a value is of others and of a sum in new zeros, with what else they are of, and the sum."""
        terms = self._terms(value)
        if terms:
            return [], [], terms
        made = self._made_for(value, "mul")
        if made is None or depth == _DEEPEST:
            return None
        for place in (0, 1):
            inner = self._product(made.operands[place], depth + 1)
            if inner is not None:
                products, factors, terms = inner
                other = made.operands[1 - place]
                return [*products, made], [other, *factors] if place else [*factors, other], terms
        return None

    def _made_for(self, value: Value, *opcodes: str) -> Op | None:
        """What makes a value for a single reader, if it does that in the region."""
        made = value.op
        if made is None or made.opcode not in opcodes or not made.derived or made not in self.region.ops:
            return None
        return made if len(self.uses[value]) == 1 else None

    def _terms(self, total: Value) -> list[Op]:
        """The stores into zeros that make a value, if nobody else reads any of it."""
        terms: list[Op] = []
        while (made := self._made_for(total, "index_set", "index_add")) is not None and is_view(made.attrs["spec"]):
            terms.insert(0, made)
            total = made.operands[0]
        if self._made_for(total, "zeros_like") is None or any(op.opcode == "index_set" for op in terms[1:]):
            return []
        return terms

    def _may_wait(self, found: _Sum) -> bool:
        """Whether all that is read is the same where the sum stands, and while it is changed."""
        here = self.region.ops
        between = here[here.index(found.products[0]) + 1 : here.index(found.add)]
        if any(op.regions or op.opcode in STORES or op.opcode == "call" or "_inplace" in op.attrs for op in between):
            return False
        if any(_memory(factor) is _memory(found.add.operands[0]) for factor in found.factors):
            return False
        dtype = dtype_of(found.add.result.type)
        read = [self._unsigned(op)[0] for op in found.terms]
        arrays = [*read, *(factor for factor in found.factors if isinstance(factor.type, Array))]
        return all(dtype_of(each.type) == dtype for each in arrays) and all(map(self._stays, read))

    def _unsigned(self, op: Op) -> tuple[Value, Op | None]:
        """What a term adds, without the negation in front of it."""
        negation = self._made_for(op.operands[1], "neg")
        return (op.operands[1], None) if negation is None else (negation.operands[0], negation)

    def _stays(self, value: Value) -> bool:
        """Whether a value is new memory that nobody changes."""
        made = value.op
        if not isinstance(value.type, Array) or made is None or made not in self.region.ops:
            return False
        if made.opcode not in TABLE or not TABLE[made.opcode].elementwise or "_inplace" in made.attrs:
            return False
        return all(reads_at_once(*use, self.region) for use in self.uses[value])

    def _place(self, found: _Sum) -> None:
        add = found.add
        builder = Builder(Region(), line=add.line, derived=True)
        factor = functools.reduce(functools.partial(builder.emit, "mul"), found.factors)
        total = add.operands[0]
        gone = {*found.products, found.zeros, *found.terms}
        for term in found.terms:
            value, negation = self._unsigned(term)
            part = builder.emit("index", factor, *term.operands[2:], spec=term.attrs["spec"])
            product = builder.emit("mul", part, value)
            if (negation is None) is (add.opcode == "sub"):
                product = builder.emit("neg", product)
            spec = term.attrs["spec"]
            total = builder.emit("index_add", total, product, *term.operands[2:], spec=spec, _owned=True)
            total.name = add.result.name
            gone |= {negation} if negation is not None else set()
        for user, position in self.uses.pop(add.result, []):
            user.operands[position] = total
            self.uses.setdefault(total, []).append((user, position))
        at = self.region.ops.index(add)
        self.region.ops[at : at + 1] = builder.region.ops
        self.region.ops = [op for op in self.region.ops if op not in gone]
        for op in builder.region.ops:
            for position, operand in enumerate(op.operands):
                self.uses.setdefault(operand, []).append((op, position))


def _memory(value: Value) -> Value:
    """Whose memory an array is in, as far as its own region tells."""
    while value.op is not None and value.op.operands:
        op = value.op
        if not (op.opcode in STORES or "_inplace" in op.attrs or shares_memory(op)):
            break
        value = op.operands[0]
    return value
