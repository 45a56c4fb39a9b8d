"""A place of a cotangent that gets a multiple of what it holds is scaled where it is.

    before:  %d = index %b %i;  %m = mul -0.5 %d;  %b1 = index_add %b %v %j;  %b2 = index_add %b1 %m %i
    after:   %d = index %b %i;  %s = mul 0.5 %d;   %b1 = index_set %b %s %i;  %b2 = index_add %b1 %v %j

It is printed `b[i] *= 0.5`: no temporary array, and one pass over the memory. The multiple may be a term of a sum; what
else is added is added afterwards. Only at emission: a sum is simpler to differentiate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from math import isfinite
from typing import Any, final

from adjoint.analysis.sharing import readers_of
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, const_of, is_const, users, walk_regions
from adjoint.ir.ops.indexing import is_view, same_place
from adjoint.ir.types import Array, rank_of

Uses = dict[Value, list[tuple[Op, int]]]
_LONGEST = 32
"""How many sums into one array are looked through."""
_DEEPEST = 8


@final
@dataclass(slots=True)
class Multiple:
    """A number and scalars in front of what a place holds, and scalars that it is divided by."""

    number: Any = 1
    over: list[Value] = field(default_factory=list)
    under: list[Value] = field(default_factory=list)

    @property
    def is_number(self) -> bool:
        return not self.over and not self.under


@final
@dataclass(slots=True)
class Share:
    """What an update gives its place: multiples of what it holds, and other terms with their signs."""

    link: Op
    multiples: list[Multiple]
    others: list[tuple[int, Value]]
    saves: bool
    """Whether an operation goes, or a temporary array."""


def scale_places(function: Function) -> None:
    """Scale places where their own multiples were added, in place."""
    uses = users(function.body)
    for region in walk_regions(function.body):
        here = set(region.ops)
        for op in list(region.ops):
            while op in here and _may_scale(op, uses) and _Chain(op, region, here, uses).scale():
                uses, here = users(function.body), set(region.ops)


def _may_scale(op: Op, uses: Uses) -> bool:
    """Whether the array that is updated was read before."""
    return _is_update(op) and any(user.opcode == "index" for user, _ in uses.get(op.operands[0], ()))


def _is_update(op: Op) -> bool:
    """Whether the derivative writes into a place of an array that names each element once."""
    if op.opcode not in ("index_add", "index_set") or not op.derived:
        return False
    return isinstance(op.operands[0].type, Array) and is_view(op.attrs["spec"])


@final
class _Chain:
    """Updates of an array, each the only reader of the version before it; the first may set its place."""

    def __init__(self, first: Op, region: Region, here: set[Op], uses: Uses) -> None:
        self.region, self.here, self.uses = region, here, uses
        self.base = first.operands[0]
        self.links = [first]
        while len(self.links) < _LONGEST and (link := self._next(self.links[-1])) is not None:
            self.links.append(link)

    def _next(self, link: Op) -> Op | None:
        readers = readers_of(self.uses, link.result)
        if len(readers) != 1 or readers[0][1] != 0 or readers[0][0].opcode != "index_add":
            return None
        op = readers[0][0]
        return op if _is_update(op) and op in self.here else None

    def scale(self) -> bool:
        """Scale a place that gets a multiple of what it holds. Whether there is one."""
        first = self.links[0]
        for link in self.links if first.opcode == "index_add" else [first]:
            shares = [self._share(other) for other in self.links if same_place(other, link)]
            if shares[0].link is link and (shares := self._worthwhile(shares)):
                self._rewrite(shares)
                return True
        return False

    def _share(self, link: Op) -> Share:
        multiples, others, saves = list[Multiple](), list[tuple[int, Value]](), False
        for sign, value in self._terms(link.operands[1], 1):
            found = self._multiple(value, link, 0)
            if found is None or not all(map(self._is_at_hand, [*found.over, *found.under])):
                others.append((sign, value))
                continue
            multiples.append(Multiple(sign * found.number, found.over, found.under))
            saves = saves or (self._is_only_here(value) and value.op is not None and value.op.opcode != "index")
        return Share(link, multiples, others, saves)

    def _worthwhile(self, shares: list[Share]) -> list[Share]:
        """The updates of one place that are better done by scaling it; none if the first sets something else."""
        is_array = rank_of(shares[0].link.operands[1].type) > 0
        if shares[0].link.opcode == "index_set":
            first = shares[0]
            later = [share for share in shares[1:] if share.multiples]
            if is_array and not first.multiples and _Factor([m for s in later for m in s.multiples], False).is_one:
                return [first, *later]  # what it holds comes back: all of it is added to
            is_simple = not first.others or (first.multiples and _Factor(first.multiples, False).is_one)
            return [first] if first.multiples and is_array and is_simple and not self._is_scaled(first.link) else []
        return [s for s in shares if s.saves and (is_array or all(found.is_number for found in s.multiples))]

    def _is_scaled(self, link: Op) -> bool:
        """Whether the place is set to what it holds times a scalar, read for this alone."""
        made = link.operands[1].op
        return made is not None and made.opcode == "mul" and any(map(self._is_read, made.operands))

    def _is_read(self, value: Value) -> bool:
        return value.op is not None and value.op.opcode == "index" and self._is_only_here(value)

    def _terms(self, value: Value, sign: int) -> list[tuple[int, Value]]:
        """The terms of a sum that nobody else reads, with their signs."""
        op = value.op
        if op is None or op.opcode not in ("add", "sub", "neg") or not self._is_only_here(value):
            return [(sign, value)]
        if op.opcode == "neg":
            return self._terms(op.operands[0], -sign)
        left, right = op.operands
        return self._terms(left, sign) + self._terms(right, sign if op.opcode == "add" else -sign)

    def _is_only_here(self, value: Value) -> bool:
        op = value.op
        return op is not None and op.derived and op in self.here and len(self.uses.get(value, ())) == 1

    def _multiple(self, value: Value, link: Op, depth: int) -> Multiple | None:
        """The value as a multiple of what the place held before all updates; None if it is not that."""
        op = value.op
        if op is None or not op.derived or depth > _DEEPEST:
            return None
        if op.opcode == "index":
            return Multiple() if op.operands[0] is self.base and same_place(link, op) else None
        if op.opcode == "neg":
            found = self._multiple(op.operands[0], link, depth + 1)
            return found and Multiple(-found.number, found.over, found.under)
        for at in (0, 1) if op.opcode == "mul" else (0,) if op.opcode == "truediv" else ():
            factor = op.operands[1 - at]
            found = None if rank_of(factor.type) else self._multiple(op.operands[at], link, depth + 1)
            if found is not None:
                return _times(found, factor) if op.opcode == "mul" else _divided(found, factor)
        return None

    def _is_at_hand(self, value: Value) -> bool:
        """Whether a scalar is known in front of the first update."""
        if value.op is None or value.op not in self.here or is_const(value):
            return True
        return self.region.ops.index(value.op) < self.region.ops.index(self.links[0])

    def _rewrite(self, shares: list[Share]) -> None:
        """Scale the place first; then come the other updates, with what is left of these."""
        first = shares[0].link
        builder = Builder(Region(), line=first.line, derived=True)
        multiples = [found for share in shares for found in share.multiples]
        version = self._scaled(first, _Factor(multiples, first.opcode == "index_add"), builder)
        at = self.region.ops.index(self.links[0])
        self.region.ops[at:at] = builder.region.ops
        left = {share.link: share.others for share in shares}
        for link in self.links:
            link.operands[0] = version
            others = left.get(link)
            if others == []:
                self._drop(link, version)
                continue
            if others is not None:
                self._add(link, others)
            version = link.result

    def _scaled(self, link: Op, factor: _Factor, builder: Builder) -> Value:
        """The array with the place scaled."""
        index, spec = link.operands[2:], link.attrs["spec"]
        if factor.is_one:
            return self.base
        if factor.number == 0 and not factor.products:
            value = builder.const(0.0)
        else:
            value = builder.emit("mul", factor.write(builder), builder.emit("index", self.base, *index, spec=spec))
        version = builder.emit("index_set", self.base, value, *index, spec=spec)
        version.name = link.result.name
        return version

    def _add(self, link: Op, terms: list[tuple[int, Value]]) -> None:
        """Let an update add these terms."""
        builder = Builder(Region(), line=link.line, derived=True)
        ordered = [value for sign, value in terms if sign > 0] + [value for sign, value in terms if sign < 0]
        positive = sum(sign > 0 for sign, _ in terms)
        total = ordered[0]
        for place, value in enumerate(ordered[1:], 1):
            total = builder.emit("sub" if positive and place >= positive else "add", total, value)
        link.opcode = "index_add"
        link.operands[1] = total if positive else builder.emit("neg", total)
        at = self.region.ops.index(link)
        self.region.ops[at:at] = builder.region.ops

    def _drop(self, link: Op, version: Value) -> None:
        self.region.ops.remove(link)
        for user, position in self.uses.get(link.result, ()):
            user.operands[position] = version
        if version is not self.base:
            version.name = link.result.name


@final
class _Factor:
    """What a place is scaled by: a number and multiples with scalars in them."""

    def __init__(self, multiples: list[Multiple], stays: bool) -> None:
        self.number: Any = int(stays) + sum(found.number for found in multiples if found.is_number)
        self.products = [found for found in multiples if not found.is_number]

    @property
    def is_one(self) -> bool:
        return not self.products and bool(self.number == 1)

    def write(self, builder: Builder) -> Value:
        """The factor, the number first."""
        total = builder.const(_plain(self.number)) if self.number != 0 or not self.products else None
        for product in self.products:
            is_less = total is not None and product.number < 0
            part = _product(-product.number if is_less else product.number, product, builder)
            total = part if total is None else builder.emit("sub" if is_less else "add", total, part)
        assert total is not None
        return total


def _product(number: Any, product: Multiple, builder: Builder) -> Value:
    factors = list(product.over)
    if number != 1 or not factors:
        factors.insert(0, builder.const(_plain(number)))
    total = factors[0]
    for factor in factors[1:]:
        total = builder.emit("mul", total, factor)
    for divisor in product.under:
        total = builder.emit("truediv", total, divisor)
    return total


def _times(found: Multiple, factor: Value) -> Multiple:
    number = const_of(factor) if is_const(factor) else None
    if type(number) is int or (type(number) is float and isfinite(number)):
        return Multiple(found.number * _exact(number), found.over, found.under)
    return Multiple(found.number, [factor, *found.over], found.under)


def _divided(found: Multiple, factor: Value) -> Multiple:
    return Multiple(found.number, found.over, [*found.under, factor])


def _exact(number: int | float) -> int | Decimal:
    """A number as it is written, so that 1 - 4.0 * 0.1 is 0.6 and not 0.6 less a rounding."""
    return Decimal(repr(number)) if isinstance(number, float) else number


def _plain(number: int | Decimal) -> int | float:
    return float(number) if isinstance(number, Decimal) else number
