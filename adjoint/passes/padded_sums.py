"""Sums of one array into shifted places of new zeros are the sum of shifted parts of a longer one.

    before:  %p = index %u 1:-1;  %d = mul %c %p;  %z = zeros_like %f;
             %v1 = index_set %z %d :-1;  %v2 = index_sub %v1 %d 1:
    after:   %m = mul %c %u;  %w = the ends of %m set to zero;  %v2 = sub (index %w 1:) (index %w :-1)

What is added to an end of the zeros from one side only meets the zeros around the part. That is the cotangent of fluxes
between cells: `u[1:-1] += c * (f[1:] - f[:-1])` gives `d = c * u_bar;  d[:1] = d[-1:] = 0.0;  f_bar = d[:-1] - d[1:]`.

Only before printing, behind the pass that decides what is done in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import sub
from typing import NamedTuple, final

from adjoint.analysis.margins import Offsets, margins, slices
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, users, walk_regions
from adjoint.ir.types import Array, rank_of, same_dim
from adjoint.passes.whole_products import Product, make_whole, product_of_part, read_part, reads_at_once

Uses = dict[Value, list[tuple[Op, int]]]


class _Term(NamedTuple):
    """What an update adds, where, and the negation of it, if it is subtracted."""

    op: Op
    sign: Op | None
    before: Offsets
    behind: Offsets


def pad_sums(function: Function) -> None:
    """Read parts of longer arrays where one was added to several places of zeros."""
    for region in walk_regions(function.body):
        if any(op.opcode == "zeros_like" and op.derived for op in region.ops):
            _Padding(function, region).run()


@final
class _Padding:
    def __init__(self, function: Function, region: Region) -> None:
        self.uses: Uses = users(function.body)
        self.region = region

    def run(self) -> None:
        made: dict[Value, list[list[_Term]]] = {}
        for op in self.region.ops:
            if op.opcode == "zeros_like" and op.derived and (found := self._sum(op.result)) is not None:
                made.setdefault(found[0], []).append(found[1])
        for value, sums in made.items():
            product = product_of_part(value, self.region, self.uses, 1)
            if product is not None:
                self._pad(value, product, sums)

    def _sum(self, zeros: Value) -> tuple[Value, list[_Term]] | None:
        """What is added to zeros, and where; None unless that is one array in several places."""
        terms, version, added = list[_Term](), zeros, set[Value]()
        while (op := self._next(version, "index_add" if terms else "index_set")) is not None:
            place = margins(op, op.operands[2:], 1)
            if place is None or place[0]:
                break
            term = _Term(op, self._negation(op), *place[1:])
            added.add(term.sign.operands[0] if term.sign is not None else op.operands[1])
            if len(added) > 1:
                break
            terms.append(term)
            version = op.result
        return (added.pop(), terms) if len(terms) > 1 and len(added) == 1 else None

    def _next(self, version: Value, opcode: str) -> Op | None:
        """The update that alone reads a version."""
        uses = self.uses.get(version, [])
        op = uses[0][0] if len(uses) == 1 and uses[0][1] == 0 else None
        if op is None or op.opcode != opcode or not op.derived or op not in self.region.ops:
            return None
        return op

    def _negation(self, op: Op) -> Op | None:
        made = op.operands[1].op
        is_sign = made is not None and made.opcode == "neg" and made.derived and made in self.region.ops
        return made if is_sign and len(self.uses[op.operands[1]]) == 1 else None

    def _pad(self, value: Value, product: Product, sums: list[list[_Term]]) -> None:
        """Let sums read parts of what the array is a part of, with zeros around it."""
        sums = [each for each in sums if self._reaches(product, each)]
        own = {term.sign or term.op for each in sums for term in each}
        others = [use for use in self.uses[value] if use[0] not in own]
        if not sums or not all(reads_at_once(*use, self.region) for use in others):
            return
        multiplied, filled = make_whole(product, None, self.region)
        self.uses.setdefault(product.whole, []).append((multiplied, product.factors[0][1]))
        read_part(product, filled, others, self.region)
        for each in sums:
            self._replace(product, filled, each)

    def _reaches(self, product: Product, terms: Sequence[_Term]) -> bool:
        """Whether the longer array reaches as far as the places lie apart, so that its parts are as long as the sum."""
        return all(self._is_part(product, term) for term in terms)

    def _is_part(self, product: Product, term: _Term) -> bool:
        if len(term.before) != len(product.before) or not isinstance(product.whole.type, Array):
            return False
        before, behind = _margins(product, term)
        if min(*before, *behind) < 0:
            return False
        builder = Builder(Region())
        spec, bounds = slices(before, behind, builder)
        part, whole = builder.emit("index", product.whole, *bounds, spec=spec).type, term.op.operands[0].type
        if not isinstance(part, Array) or not isinstance(whole, Array) or part.dtype != whole.dtype:
            return False
        return rank_of(part) == rank_of(whole) and all(map(same_dim, part.shape, whole.shape))

    def _replace(self, product: Product, filled: Value, terms: Sequence[_Term]) -> None:
        """The sum of shifted parts, what is subtracted last."""
        last = terms[-1].op
        builder = Builder(Region(), line=last.line, derived=True)
        total: Value | None = None
        for term in sorted(terms, key=lambda term: term.sign is not None):
            spec, bounds = slices(*_margins(product, term), builder)
            part = builder.emit("index", filled, *bounds, spec=spec)
            if total is None:
                total = builder.emit("neg", part) if term.sign is not None else part
            else:
                total = builder.emit("sub" if term.sign is not None else "add", total, part)
        assert total is not None
        total.name, total.type = last.result.name, last.result.type
        readers = self.uses.pop(last.result, [])
        is_here = bool(readers) and all(op in self.region.ops for op, _ in readers)
        at = min(map(self.region.ops.index, [op for op, _ in readers] if is_here else [last]))
        self.region.ops[at:at] = builder.region.ops
        for user, position in readers:
            user.operands[position] = total
            self.uses.setdefault(total, []).append((user, position))
        zeros = terms[0].op.operands[0].op
        gone = {zeros, *(term.op for term in terms), *(term.sign for term in terms)}
        self.region.ops = [op for op in self.region.ops if op not in gone]


def _margins(product: Product, term: _Term) -> tuple[list[int], list[int]]:
    """How much of the longer array lies in front of and behind what a term reads."""
    return list(map(sub, product.before, term.before)), list(map(sub, product.behind, term.behind))
