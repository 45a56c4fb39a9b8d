"""A multiple of a place that is set anew before anyone else reads it is made where it is.

    before:  %d = mul %c (index %a 1:-1);  %b1 = index_add %b %d 2:;  %a1 = index_set %a %e 1:-1
    after:   %s = index_set %a (mul %c (index %a 1:-1)) 1:-1;  %d = index %s 1:-1;
             %b1 = index_add %b %d 2:;  %a1 = index_set %s %e 1:-1

It is printed `a[1:-1] *= c`, without a temporary array. The place may also be set at the head of the next pass of a
loop. Only rows of an array as a whole, and not what `passes/padded_sums` and `passes/shifted_places` make longer.

Only before printing, not under Numba, in front of the pass that decides what is done in place.
"""

from __future__ import annotations

from typing import NamedTuple, final

from adjoint.analysis.activity import body_of, orelse_of
from adjoint.analysis.sharing import readers_of
from adjoint.analysis.structure import Structure
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, carried_args, is_const, region_leaves, users, walk_regions
from adjoint.ir.ops.indexing import is_view, same_place
from adjoint.ir.types import rank_of
from adjoint.passes.whole_products import reads_at_once

_PRODUCTS = {"mul": (0, 1), "truediv": (0,)}
"""Where the part may stand."""


class _Next(NamedTuple):
    """The operand through which the array goes on to where its place is set."""

    op: Op
    position: int


def scale_overwritten(function: Function) -> None:
    """Scale places that are set before they are read, in place."""
    for region in walk_regions(function.body):
        for op in list(region.ops):
            if op.opcode in _PRODUCTS and op.derived and (part := _part(op, region)) is not None:
                _Scaling(function, region).run(op, part)


def _part(made: Op, region: Region) -> Op | None:
    """The rows that a product is a multiple of, by a scalar."""
    places = [place for place, each in enumerate(made.operands) if rank_of(each.type)]
    part = made.operands[places[0]].op if len(places) == 1 and places[0] in _PRODUCTS[made.opcode] else None
    if part is None or part.opcode != "index" or not part.derived or part not in region.ops:
        return None
    spec = part.attrs["spec"]
    return part if len(spec) == 1 and is_view(spec) and part.result.type == made.result.type else None


@final
class _Scaling:
    def __init__(self, function: Function, region: Region) -> None:
        self.region = region
        self.uses = users(function.body)
        self.structure = Structure.of(function.body)

    def run(self, made: Op, part: Op) -> None:
        """Make the product in the place of the part, if the place is set next."""
        following = self._next(part)
        readers = readers_of(self.uses, made.result)
        if following is None or not readers or not self._are_done(readers, following.op):
            return
        if not self._is_last(made, part):
            return
        builder = Builder(Region(), line=made.line, derived=True)
        array, spec = part.operands[0], part.attrs["spec"]
        scaled = builder.emit("index_set", array, made.result, *part.operands[1:], spec=spec)
        product = builder.emit("index", scaled, *part.operands[1:], spec=spec)
        scaled.name, product.name, made.result.name = array.name, made.result.name, None
        at = self.region.ops.index(made) + 1
        self.region.ops[at:at] = builder.region.ops
        following.op.operands[following.position] = scaled
        for user, position in readers:
            user.operands[position] = product

    def _is_last(self, made: Op, part: Op) -> bool:
        """Whether all others that read the part stand in front of the product."""
        here = self.region.ops
        others = [op for op, _ in readers_of(self.uses, part.result) if op is not made]
        return all(op in here and here.index(op) < here.index(made) for op in others)

    def _are_done(self, readers: list[tuple[Op, int]], following: Op) -> bool:
        """Whether all readers of a product read it where they stand, before the place is set."""
        here = self.region.ops
        if not all(reads_at_once(*use, self.region) for use in readers):
            return False
        return all(here.index(op) < here.index(following) and not self._is_in_zeros(op) for op, _ in readers)

    def _is_in_zeros(self, op: Op) -> bool:
        """Whether what an operation gives is set into new zeros, or it does that."""
        if op.opcode == "neg":
            return any(self._is_in_zeros(user) for user, _ in readers_of(self.uses, op.result))
        target = op.operands[0].op if op.opcode == "index_set" else None
        return target is not None and target.opcode == "zeros_like"

    def _next(self, part: Op) -> _Next | None:
        """What takes the array, if it is read for this part alone, and its place is set then."""
        array = part.operands[0]
        others = [use for use in readers_of(self.uses, array) if use[0] is not part]
        if len(others) != 1 or self.structure.region_of_value[array] is not self.region:
            return None
        op, position = others[0]
        if op.opcode == "continue" and op is self.region.terminator:
            return _Next(op, position) if self._is_set_in_next_pass(part, position) else None
        return _Next(op, position) if position == 0 and self._sets(op, part) and op in self.region.ops else None

    def _sets(self, op: Op, part: Op) -> bool:
        return op.opcode == "index_set" and op.derived and same_place(op, part)

    def _is_set_in_next_pass(self, part: Op, slot: int) -> bool:
        """Whether the first that is done to a carried array is that the place is set, behind the loop, too."""
        loop = self.structure.holder[self.region]
        if loop.opcode not in ("for", "while") or self.region is not body_of(loop):
            return False
        if orelse_of(loop) is not None or list(region_leaves(self.region)) != [self.region.terminator]:
            return False
        if not all(is_const(index) or self._is_outside(index) for index in part.operands[1:]):
            return False
        if any(readers_of(self.uses, carried_args(region, loop)[slot]) for region in loop.regions[:-1]):
            return False
        ahead = readers_of(self.uses, carried_args(body_of(loop), loop)[slot])
        behind = readers_of(self.uses, loop.results[slot])
        if len(ahead) != 1 or ahead[0][0] not in self.region.ops or len(behind) > 1:
            return False
        return all(position == 0 and self._sets(op, part) for op, position in (*ahead, *behind))

    def _is_outside(self, value: Value) -> bool:
        return not self.structure.encloses(self.region, self.structure.region_of_value[value])
