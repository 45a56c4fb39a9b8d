"""Sums of one array into shifted places of a cotangent read a copy of it with a border of zeros.

    before:  for ... { %v1 = index_add %v %d 1:-1 2:;  %v2 = index_add %v1 %d 2: 1:-1 }
    after:   %z = zeros_like %v;  for ... carries(%z) { %w = index_set %z %d 1:-1 1:-1;
             %v1 = index_add %v (index %w : :-1) : 1:;  %v2 = index_add %v1 (index %w :-1) 1: }

NumPy copies a part of a matrix row by row before it does arithmetic with it. Whole rows lie in one piece, and so does
what is shifted by columns, row after row: what goes over the end of a row is zero there. That is printed
`v.ravel()[1:] += w.ravel()[:-1]` (`_in_a_row`), so it is done only with arrays that are known to lie row by row.

Only before printing, behind the pass that decides what is done in place.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from math import isfinite
from operator import add
from typing import Any, NamedTuple, final

import numpy as np

from adjoint.analysis.activity import body_of, orelse_of
from adjoint.analysis.margins import Offsets, margins, slices
from adjoint.analysis.row_by_row import FILLED, RowByRow
from adjoint.analysis.sharing import SHAPE_ONLY
from adjoint.analysis.structure import Structure
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, const_of, inits_of, is_const, users, walk_regions
from adjoint.ir.types import Array, are_alike, rank_of
from adjoint.passes.whole_products import Product, make_whole, product_of_part, read_part, reads_at_once

_WHOLE, _PART, _TWO_PARTS = 1, 3, 4
"""What it costs to add to whole rows; an array to a part of another one; parts of both. To copy a part costs one."""
_NEW = 2
"""What must be saved for zeros that are made anew each time."""
_ARITHMETIC = ("add", "sub", "mul", "truediv")
_REMARK = "its border stays zero"

Place = tuple[Any, ...]
"""A region, and what memory is for."""

Uses = dict[Value, list[tuple[Op, int]]]


class _Sum(NamedTuple):
    """What an update adds to a place, with its sign."""

    op: Op
    sign: Op | None
    """The negation, if it is subtracted."""
    row: list[Value]
    """The indices in front of the place: it may be in an item of a longer array."""
    before: Offsets
    """How many elements lie in front of the place, in each dimension."""
    behind: Offsets

    @property
    def type(self) -> Array:
        """The type of what the place is a part of."""
        t = self.op.operands[0].type
        assert isinstance(t, Array)
        return Array(t.dtype, t.shape[len(self.row) :])


def border_places(function: Function) -> None:
    """Let sums into shifted places read a copy with a border, in place."""
    found = [region for region in walk_regions(function.body) if any(op.opcode == "index_add" for op in region.ops)]
    if found:
        bordering = _Bordering(function)
        for region in found:
            bordering.region(region)


@final
class _Bordering:
    def __init__(self, function: Function) -> None:
        self.body = function.body
        self.uses = users(function.body)
        self.structure = Structure.of(function.body)
        self.lies = RowByRow(function.body)
        self.filled: dict[Place, tuple[int, Op]] = {}
        """Which operand at the end of a region is an array with a border, and the last operation that reads it."""

    def region(self, region: Region) -> None:
        results = [value for op in region.ops if op.opcode not in ("for", "while") for value in op.results]
        for value in [*region.args, *results]:
            if rank_of(value.type) > 1:
                self._border(value, region)

    def _border(self, value: Value, region: Region) -> None:
        """Let the sums of an array read copies of it, one for each shape of what they are added to."""
        left = [each for each in self._candidates(value) if self.structure.region_of_op[each.op] is region]
        is_alone = True
        while left:
            sums = [each for each in left if each is left[0] or _is_like(each, left[0])]
            is_alone = is_alone and len(sums) == len(left)
            self._share(sums, value, region, is_alone)
            left = [each for each in left if each not in sums]

    def _share(self, sums: list[_Sum], value: Value, region: Region, is_alone: bool) -> None:
        """Let sums read one copy, where that is worth while. `is_alone`: there are no sums of other shapes."""
        if len({each.before for each in sums}) < 2:
            return
        own_uses = {each.sign or each.op for each in sums}
        others = [use for use in self.uses[value] if use[0] not in own_uses]
        is_product = is_alone and all(reads_at_once(*use, region) for use in others)
        product = product_of_part(value, region, self.uses) if is_product else None
        corner = _best_corner(sums, product)
        saved = sum(map(_cost_as_it_is, sums)) - _cost(sums, corner) - 1
        if saved <= 0:
            return
        filled: Value | None
        own = self._set_in_zeros(value, sums, corner, region)
        if own is not None:
            filled = self._scale(value, *own, region)
        elif product is not None and _fits(product, sums[0], corner):
            filled = self._multiply(product, sums, others, region, saved)
        else:
            filled = self._copy(value, sums, corner, region, saved)
        if filled is not None:
            for each, shift in zip(sums, _shifts(sums, corner)):
                self._lay_out(each.op.operands[0])
                _shift(each, filled, shift, region)

    def _copy(self, value: Value, sums: list[_Sum], corner: Offsets, region: Region, saved: int) -> Value | None:
        """A copy of the array in a border of zeros; None where it is not worth while."""
        place = (region, sums[0].type, corner, *_sizes(sums[0]))
        slot, zeros = self._memory(place, value.op, sums[0], "zeros_like")
        if zeros is None and saved <= _NEW:
            return None
        filled = self._fill(zeros, value, sums, corner, region)
        if zeros is not None:
            self._keep(place, slot, filled, sums)
        return filled

    def _multiply(
        self, product: Product, sums: list[_Sum], others: list[tuple[Op, int]], region: Region, saved: int
    ) -> Value | None:
        """The product of the whole array, with zeros for a border; None where it is not worth while."""
        place = (region, sums[0].type)
        slot, scratch = self._memory(place, product.made, sums[0], "empty_like")
        if scratch is None and saved <= _NEW:
            return None
        multiplied, filled = make_whole(product, scratch, region)
        self.uses.setdefault(product.whole, []).append((multiplied, product.factors[0][1]))
        read_part(product, filled, others, region)
        if scratch is not None:
            self._keep(place, slot, filled, sums, others)
        return filled

    def _memory(self, place: Place, made: Op | None, each: _Sum, opcode: str) -> tuple[int, Value | None]:
        """Memory for what is made at the end of each pass: which operand of the end of the region it is, and what."""
        region = place[0]
        end = region.terminator.operands
        slot, last = self.filled.get(place, (0, None))
        if last is not None and made in region.ops and _comes_first(last, made, region):
            return slot, end[slot]
        memory = self._in_front(each, region, opcode)
        return len(end), memory

    def _keep(
        self, place: Place, slot: int, filled: Value, sums: list[_Sum], others: Sequence[tuple[Op, int]] = ()
    ) -> None:
        """Let the memory go on to the next pass."""
        region = place[0]
        region.terminator.operands[slot : slot + 1] = [filled]
        readers = [*(each.op for each in sums), *(op for op, _ in others)]
        self.filled[place] = slot, max(readers, key=region.ops.index)

    def _set_in_zeros(self, value: Value, sums: list[_Sum], corner: Offsets, region: Region) -> tuple[Op, Op] | None:
        """A product of the array and a number, and what sets it into new zeros, where the copy would be."""
        first = min((each.op for each in sums), key=region.ops.index)
        for made, _ in self.uses[value]:
            uses = self.uses.get(made.result, []) if made.opcode in ("mul", "neg") else []
            if len(uses) != 1 or uses[0][1] != 1 or not self._sets_zeros(uses[0][0]) or not _is_by_number(made):
                continue
            store = uses[0][0]
            place = margins(store, store.operands[2:])
            if place is None or place[:2] != ([], corner) or store not in region.ops or made not in region.ops:
                continue
            whole = _Sum(store, None, *place)
            if _is_like(whole, sums[0]) and _comes_first(store, first, region) and self._is_laid(store.operands[0]):
                return made, store
        return None

    def _scale(self, value: Value, made: Op, store: Op, region: Region) -> Value:
        """Set the array into the zeros, and make the product of all that."""
        self._lay_out(store.operands[0])
        zeros, filled = store.operands[0], store.result
        operands = [filled if operand is value else operand for operand in made.operands]
        whole = Op(made.opcode, operands, dict(made.attrs), line=made.line, derived=True)
        whole.results = [Value(filled.type, filled.name, whole)]
        for user, position in self.uses.pop(filled, []):
            user.operands[position] = whole.result
            self.uses.setdefault(whole.result, []).append((user, position))
        store.operands[1], zeros.name, filled.name = value, None, None
        assert zeros.op is not None
        zeros.op.attrs["_remark"] = _REMARK
        self.structure.region_of_op[whole] = region
        region.ops.insert(region.ops.index(store) + 1, whole)
        region.ops.remove(made)
        return filled

    def _candidates(self, value: Value) -> Iterator[_Sum]:
        """The sums of an array, or of its negative, into places of arrays that lie row by row."""
        for user, position in self.uses.get(value, ()):
            sign = None
            if user.opcode == "neg" and len(self.uses.get(user.result, ())) == 1:
                sign, (user, position) = user, self.uses[user.result][0]
            if position != 1 or not (user.opcode == "index_add" or self._sets_zeros(user)):
                continue
            if not user.derived or not user.attrs.get("_owned"):
                continue
            target, place = user.operands[0], margins(user, user.operands[2:])
            if place is not None and _dtype(target) == _dtype(value) and self._is_laid(target):
                yield _Sum(user, sign, *place)

    def _sets_zeros(self, op: Op) -> bool:
        """Whether the operation sets a place of new zeros: as well it may add to it."""
        made = op.operands[0].op if op.opcode == "index_set" else None
        if made is None or made.opcode != "zeros_like" or not made.derived:
            return False
        return all(user is op or SHAPE_ONLY.get(user.opcode) == at for user, at in self.uses[made.result])

    def _in_front(self, each: _Sum, region: Region, opcode: str) -> Value | None:
        """An array that is made in front of the loops, as it comes into the region; None if it cannot be."""
        loops, around = list[Op](), region
        while (outer := self.structure.holder.get(around)) is not None and _ends_once(around, outer):
            loops.append(outer)
            around = self.structure.region_of_op[outer]
        full = each.op.operands[0].type
        while loops:
            for t in (each.type, full):
                found = [init for init in inits_of(loops[-1]) if are_alike(init.type, t) and self._is_laid(init)]
                if found:
                    return _carry(self._lay_out(found[0]), each.type, opcode, loops[::-1], self.structure)
            loops.pop()
        return None

    def _is_laid(self, value: Value) -> bool:
        """Whether an array lies row by row, or can be made to."""
        return self.lies.lacking(value) is not None

    def _fill(self, zeros: Value | None, value: Value, sums: list[_Sum], corner: Offsets, region: Region) -> Value:
        """Put the array into the middle of zeros."""
        first, row = min(((each.op, each.row) for each in sums), key=lambda found: region.ops.index(found[0]))
        is_here = zeros is not None and value.op in region.ops
        builder = Builder(Region(), line=value.op.line if is_here and value.op else first.line, derived=True)
        if zeros is None:
            like = first.operands[0]
            item = builder.emit("index", like, *row, spec=("int",) * len(row)) if row else like
            zeros = builder.emit("zeros_like", item, _remark=_REMARK)
        behind = [a + b - before for a, b, before in zip(sums[0].before, sums[0].behind, corner)]
        spec, bounds = slices(list(corner), behind, builder)
        into = {"_out": True} if value.op is not None and value.op.opcode in _ARITHMETIC else {}
        filled = builder.emit("index_set", zeros, value, *bounds, spec=spec, _owned=True, **into)
        at = region.ops.index(value.op) + 1 if is_here and value.op else region.ops.index(first)
        region.ops[at:at] = builder.region.ops
        return filled

    def _lay_out(self, value: Value) -> Value:
        """See to it that an array lies row by row. It may be another value then."""
        laid = value
        for made in self.lies.lacking(value) or ():
            assert made.op is not None
            if made.op.opcode in FILLED:
                made.op.attrs["_order"] = "C"
                continue
            op = Op("ascontiguousarray", [made], {"dtype": None}, line=made.op.line, derived=True)
            op.results = [Value(made.type, made.name, op)]
            made.name, laid = None, op.result if made is value else laid
            for user, position in self.uses.pop(made, []):
                user.operands[position] = op.result
                self.uses.setdefault(op.result, []).append((user, position))
            self.uses[made] = [(op, 0)]
            around = self.structure.region_of_op[made.op]
            self.structure.region_of_op[op] = around
            around.ops.insert(around.ops.index(made.op) + 1, op)
        self.lies.forget()
        return laid


def _ends_once(region: Region, loop: Op) -> bool:
    """Whether the region is the body of a loop that goes on from its end only."""
    if loop.opcode not in ("for", "while") or orelse_of(loop) is not None:
        return False
    return region is body_of(loop) and region.terminator.opcode == "continue"


def _dtype(value: Value) -> str | None:
    return value.type.dtype if isinstance(value.type, Array) else None


def _is_like(one: _Sum, other: _Sum) -> bool:
    """Whether two places are equally large parts of arrays of one shape."""
    return _sizes(one) == _sizes(other) and are_alike(one.type, other.type)


def _sizes(each: _Sum) -> Offsets:
    """By how much a place is smaller than the array, in each dimension."""
    return tuple(before + behind for before, behind in zip(each.before, each.behind))


def _comes_first(one: Op, other: Op | None, region: Region) -> bool:
    return other is not None and region.ops.index(one) < region.ops.index(other)


def _best_corner(sums: list[_Sum], product: Product | None) -> Offsets:
    """Where the copy is put so that as little as possible is shifted otherwise than by rows or columns.

    Then where the part of a product is anyway.
    """
    there = product.before if product is not None else ()
    corners = itertools.product(*(sorted({each.before[axis] for each in sums}) for axis in range(len(sums[0].before))))

    def rank(corner: Offsets) -> tuple[int, bool, int]:
        return _cost(sums, corner), corner != there, sum(sum(map(abs, shift)) for shift in _shifts(sums, corner))

    return min(corners, key=rank)


def _fits(product: Product, each: _Sum, corner: Offsets) -> bool:
    """Whether the part of a product is where the copy is put."""
    sizes = tuple(map(add, product.before, product.behind))
    return product.before == corner and sizes == _sizes(each) and are_alike(product.whole.type, each.type)


def _cost_as_it_is(each: _Sum) -> int:
    return _PART if each.op.opcode == "index_add" and any(each.before[1:] + each.behind[1:]) else _WHOLE


def _cost(sums: list[_Sum], corner: Offsets) -> int:
    """What the sums cost if the copy begins there."""
    return sum(_TWO_PARTS if any(shift[1:-1]) else _WHOLE for shift in _shifts(sums, corner))


def _shifts(sums: list[_Sum], corner: Offsets) -> list[Offsets]:
    return [tuple(at - first for at, first in zip(each.before, corner)) for each in sums]


def _is_by_number(op: Op) -> bool:
    """Whether the operation is a product with a number, or a negation: what is zero stays zero."""
    others = [operand for operand in op.operands if not rank_of(operand.type)]
    if not op.derived or len(others) != len(op.operands) - 1:
        return False
    return all(is_const(each) and type(const_of(each)) in (int, float) and isfinite(const_of(each)) for each in others)


def _carry(like: Value, type: Array, opcode: str, loops: list[Op], structure: Structure) -> Value:
    """Zeros, or an empty array, of that type in front of loops, the outermost first, as it comes into the innermost.

    It has the shape of an array, or of its items.
    """
    builder = Builder(Region(), derived=True)
    remark = {"_remark": _REMARK} if opcode == "zeros_like" else {}
    if rank_of(like.type) == type.rank:
        value = builder.emit(opcode, like, **remark)
    else:
        axes = range(rank_of(like.type) - type.rank, rank_of(like.type))
        extents = [builder.emit("getitem", builder.emit("shape", like), index=axis) for axis in axes]
        dtype = float if type.dtype == "float64" else np.dtype(type.dtype)
        value = builder.emit(opcode.removesuffix("_like"), builder.emit("tuple", *extents), dtype=dtype, **remark)
        value.type = type
    around = structure.region_of_op[loops[0]].ops
    around[around.index(loops[0]) : around.index(loops[0])] = builder.region.ops
    for loop in loops:
        loop.operands.append(value)
        for region in loop.regions:
            region.args.append(Value(value.type))
        value = body_of(loop).args[-1]
        loop.results.append(Value(value.type, None, loop))
        if loop is not loops[0]:
            structure.region_of_op[loop].terminator.operands.append(loop.results[-1])
    return value


def _shift(each: _Sum, filled: Value, shift: Offsets, region: Region) -> None:
    """Let a sum read the copy with its border: the whole of it, or all but what is shifted over an end."""
    op, row = each.op, each.row
    if each.sign is not None:
        region.ops.remove(each.sign)
    if not any(shift) and not row:
        op.opcode, op.operands, op.attrs = "sub" if each.sign else "add", [op.operands[0], filled], {"_inplace": True}
        return
    builder = Builder(Region(), line=op.line, derived=True)
    forth, back = [max(at, 0) for at in shift], [max(-at, 0) for at in shift]
    in_a_row = {"_in_a_row": True} if shift[-1] and not any(shift[1:-1]) else {}
    spec, bounds = slices(back, forth, builder)
    value = builder.emit("index", filled, *bounds, spec=spec, **in_a_row) if any(shift) else filled
    if each.sign is not None:
        value = builder.emit("neg", value)
    spec, bounds = slices(forth, back, builder) if any(shift) else ((), [])
    op.opcode, op.operands = "index_add", [op.operands[0], value, *row, *bounds]
    op.attrs = {"spec": ("int",) * len(row) + spec, "_owned": True, **in_a_row}
    at = region.ops.index(op)
    region.ops[at:at] = builder.region.ops
