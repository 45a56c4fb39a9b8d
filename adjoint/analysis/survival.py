"""Elements of an array that a loop fills and never writes again: they can be read when the loop is over.

    for i in range(1, n):
        y[i] = sin(y[i - 1])        y[i - 1] was written for good when it is read, and stands in y to the end

What an index is worth is known relative to the indices of the loops around it: `i - 1`, an inner `j` that starts at
`i + 1`, the slice `x[i + 1:]`. Where that, or the sign of an index, is not known nothing is said to survive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, final

from adjoint.analysis.activity import body_of, orelse_of
from adjoint.analysis.structure import Structure
from adjoint.ir.core import Op, Region, Value, carried_args, const_of, inits_of, is_const, region_leaves, walk
from adjoint.ir.extents import affine, is_integer
from adjoint.ir.ops.indexing import THEN, entries
from adjoint.ir.opset import lookup
from adjoint.ir.types import Array, Dim, Sym, shape_of

_STORES = ("index_set", "index_add")
Extent = tuple[Value | None, Value | None, int]
"""The first index of an axis that is read or written, and the last one but for a number to be added."""


@final
class Survival:
    """Answers for the loops that stand in one region."""

    def __init__(self, region: Region, structure: Structure) -> None:
        self.structure = structure
        self.order = {op: number for number, op in enumerate(walk(region))}
        self.around = [op for op in structure.loops_around(region) if op.opcode == "for"]
        inside = [op for op in walk(region) if op.opcode == "for"]
        self.loop_of_index = {body_of(op).args[0]: op for op in (*inside, *self.around)}
        self.loop_of: dict[Value, tuple[Op, int]] = {}
        """The versions of an array that a loop carries."""
        self.stores: dict[tuple[Op, int], list[Op]] = {}
        self.stores_of: dict[Value, list[Op]] = {}
        """Where a value is stored as it is, not spread over a larger part or converted."""
        for op in region.ops:
            if op.opcode == "for" and orelse_of(op) is None:
                for index, arg in enumerate(carried_args(body_of(op), op)):
                    if isinstance(arg.type, Array) and arg.type.rank and arg.type == op.results[index].type:
                        self._enter(op, index, arg)

    def _enter(self, loop: Op, index: int, arg: Value) -> None:
        """Find the versions of a carry, if nothing but stores makes new ones."""
        ops = list(walk(body_of(loop)))
        versions = _versions(ops, arg)
        closed = all(ends <= versions for op in ops for result, ends in _ends(op) if result in versions)
        if not closed or not {leaf.operands[index] for leaf in _leaves(body_of(loop))} <= versions:
            return
        if not self._is_chain(ops, versions):
            return
        stores = [op for op in ops if op.opcode in _STORES and op.operands[0] in versions]
        self.stores[loop, index] = stores
        self.loop_of.update(dict.fromkeys(versions, (loop, index)))
        for op in stores:
            if op.opcode == "index_set" and _type_there(op) == op.operands[1].type:
                self.stores_of.setdefault(op.operands[1], []).append(op)

    def _is_chain(self, ops: Sequence[Op], versions: set[Value]) -> bool:
        """Whether on each path only the newest version is read, stored into and handed on."""
        users: dict[Value, list[Op]] = {}
        for op in ops:
            for operand in {each: None for each in op.operands if each in versions}:
                users.setdefault(operand, []).append(op)
        for readers in users.values():
            takers = [op for op in readers if op.opcode in (*_STORES, "for", "while", "continue", "break", "yield")]
            for taker in takers:
                others = [op for op in readers if op in takers or self.order[op] > self.order[taker]]
                if not all(op is taker or self.structure.are_exclusive(taker, op) for op in others):
                    return False
        return True

    def kept_in(self, access: Op) -> Value | None:
        """The result of the loop in which what it reads or stores still stands; None where it may be overwritten."""
        known = self.loop_of.get(access.operands[0])
        return known[0].results[known[1]] if known is not None and self.is_last(access, self.stores[known]) else None

    def first_in(self, read: Op) -> int | None:
        """The carry of the loop which still holds, where the loop starts, what is read; None where it may be new."""
        known = self.loop_of.get(read.operands[0])
        if known is None or not self.is_first(read, self.stores[known]):
            return None
        return known[1]

    def is_last(self, access: Op, others: Iterable[Op]) -> bool:
        """Whether none of the others meets the place of an access from then on, in the loop that carries its array."""
        return self._meets_none(access, others, later=True)

    def is_first(self, access: Op, others: Iterable[Op]) -> bool:
        """Whether none of the others has met the place of an access before."""
        return self._meets_none(access, others, later=False)

    def _meets_none(self, access: Op, others: Iterable[Op], *, later: bool) -> bool:
        known = self.loop_of.get(access.operands[0])
        if known is None:
            return False
        places = _extents(access.attrs["spec"], index_of(access))
        return all(self._stays(access, places, other, known[0], later=later) for other in others)

    def is_apart(self, access: Op, others: Iterable[Op]) -> bool:
        """Whether the others, in whatever loop, are at greater indices than an access at an index that is a number."""
        places = _extents(access.attrs["spec"], index_of(access))
        return all(
            any(
                place is not None and other is not None and self._is_below(place, other)
                for place, other in zip(places, _extents(op.attrs["spec"], index_of(op)))
            )
            for op in others
        )

    def is_elsewhere(self, store: Op, access: Op) -> bool:
        """Whether an access never meets the place of a store whose indices are numbers."""
        extents = shape_of(store.operands[0].type)
        pairs = zip(entries(store.attrs["spec"], index_of(store)), entries(access.attrs["spec"], index_of(access)))
        if any(entry != "int" for entry in (*store.attrs["spec"], *access.attrs["spec"])):
            return False
        return any(self._differs(place, value, dim) for ((_, (place,)), (_, (value,))), dim in zip(pairs, extents))

    def _differs(self, place: Value, value: Value, extent: Dim) -> bool:
        """Whether an index in a loop is always above a number, or below one that counts from the end."""
        if not is_const(place) or not isinstance(const_of(place), int):
            return False
        number, least = int(const_of(place)), self._relative(value, None, 0, least=True)
        if least is None or least < 0 or number >= 0:
            return least is not None and 0 <= number < least
        stop, more = self._origin(value)
        known = affine(stop) if stop is not None and is_integer(stop) else None
        if isinstance(known, int) and isinstance(extent, int):
            return known + more < extent + number
        if not isinstance(known, Sym) or not isinstance(extent, Sym) or known.offset < 0:
            return False  # of an extent that was cut off to 0 nothing can be said
        return known.name == extent.name and known.offset + more < extent.offset + number

    def _origin(self, value: Value) -> tuple[Value | None, int]:
        """The bound that an index stays below or at, and a number to be added to it."""
        more = 0
        while True:
            number = _added(value)
            inner = self.loop_of_index.get(value)
            if number is not None and value.op is not None:
                value, more = value.op.operands[0], more + number
            elif inner is not None and is_const(inner.operands[2]) and const_of(inner.operands[2]) > 0:
                value, more = inner.operands[1], more - 1
            else:
                return value, more

    def _is_below(self, place: Extent, other: Extent) -> bool:
        first, last, more = place
        if first is None or last is None or not is_const(first) or not is_const(last):
            return False
        if const_of(first) < 0 or const_of(last) < 0:  # counted from the end
            return False
        least = self._relative(other[0], None, 0, least=True)
        return least is not None and const_of(last) + more < least

    def _stays(
        self, access: Op, places: list[Extent | None], store: Op, loop: Op, *, later: bool = True
    ) -> bool:
        """Whether a store does not write into the place from this pass of the loop on (or did not up to it)."""
        others = _extents(store.attrs["spec"], index_of(store))
        if self._never_meet(places, others):
            return True
        forwards = _runs_forwards(loop)
        if forwards is None:
            return False
        forwards = forwards == later
        for place, other in zip(places, others):
            if place is None or other is None or not self._counts_from_start(*place, *other):
                continue
            near = self._greatest(place[1], loop, place[2]) if forwards else self._least(place[0], loop)
            written = self._least(other[0], loop) if forwards else self._greatest(other[1], loop, other[2])
            if near is None or written is None:
                continue
            if near != written and (written > near) == forwards:
                return True
            if near == written and self._is_done(access, places, store, loop, later):  # met in the same pass only
                return True
        return False

    def _never_meet(self, places: list[Extent | None], others: list[Extent | None]) -> bool:
        """Whether one is always above the other, as a number or relative to the index of a loop around the region."""
        for place, other in zip(places, others):
            if place is None or other is None or not self._counts_from_start(*place, *other):
                continue
            pairs = ((place, other), (other, place))
            if any(self._is_before(*pair, loop) for loop in (None, *self.around) for pair in pairs):
                return True
        return False

    def _is_before(self, one: Extent, other: Extent, loop: Op | None) -> bool:
        greatest = self._relative(one[1], loop, one[2], least=False)
        least = self._relative(other[0], loop, 0, least=True)
        return greatest is not None and least is not None and greatest < least

    def _is_done(self, access: Op, places: list[Extent | None], store: Op, loop: Op, later: bool) -> bool:
        """Whether a store that meets the place in the same pass is done (or is to come) when it comes to the access."""
        region_of = self.structure.region_of_op
        common = self.structure.common(region_of[store], region_of[access])
        inner: Op | None = None
        while common is not body_of(loop):
            holder = self.structure.holder[common]
            inner = holder if holder.opcode in ("for", "while") else inner
            common = region_of[holder]
        if inner is not None:
            return inner.opcode == "for" and self._stays(access, places, store, inner, later=later)
        if store not in self.order or access not in self.order:
            return False
        return (self.order[store] <= self.order[access]) if later else (self.order[store] >= self.order[access])

    # what an index is worth

    def _least(self, value: Value | None, loop: Op, more: int = 0) -> int | None:
        """A number that, added to the index of the loop, is not more than the value."""
        return self._relative(value, loop, more, least=True)

    def _greatest(self, value: Value | None, loop: Op, more: int = 0) -> int | None:
        """A number that, added to the index of the loop, is not less than the value."""
        return self._relative(value, loop, more, least=False)

    def _relative(self, value: Value | None, loop: Op | None, more: int, *, least: bool) -> int | None:
        """A bound of `value + more`, relative to the loop's index, or as it is without a loop."""
        while value is not None:
            if loop is not None and value is body_of(loop).args[0]:
                return more
            if is_const(value):
                return more + int(const_of(value)) if loop is None else None
            number = _added(value)
            if number is not None:
                value, more = value.op.operands[0] if value.op is not None else None, more + number
                continue
            inner = self.loop_of_index.get(value)
            if inner is None or not is_const(inner.operands[2]):
                return None
            start, stop, step = inner.operands[:3]
            first = (const_of(step) > 0) == least
            value, more = (start, more) if first else (stop, more + (1 if least else -1))
        return None

    def _counts_from_start(self, *bounds: Value | int | None) -> bool:
        """Whether no index is below zero, where it would count from the end."""
        lowest = [self._relative(bound, None, 0, least=True) for bound in bounds if isinstance(bound, Value)]
        return all(number is not None and number >= 0 for number in lowest)


def _added(value: Value) -> int | None:
    """The number that an operation adds to its first operand."""
    op = value.op
    if op is None or op.opcode not in ("add", "sub") or not is_const(op.operands[1]):
        return None
    number = const_of(op.operands[1])
    return (number if op.opcode == "add" else -number) if isinstance(number, int) else None


def _runs_forwards(loop: Op) -> bool | None:
    step = loop.operands[2]
    return (const_of(step) > 0) != bool(loop.attrs.get("reversed")) if is_const(step) else None


def _extents(spec: Any, operands: Sequence[Value]) -> list[Extent | None]:
    """For each axis, as far as the index says: what is read or written of it; None for what is not understood."""
    if any(entry in (THEN, "...", "new", "array", "mask") for entry in spec):
        return []
    found: list[Extent | None] = []
    for entry, given in entries(spec, operands):
        if entry == "int":
            found.append((given[0], given[0], 0))
        else:
            start, stop, step = given
            found.append((start, stop, -1) if step is None else None)
    return found


def index_of(access: Op) -> Sequence[Value]:
    """The operands that say where an array is read or written."""
    return access.operands[1 if access.opcode == "index" else 2 :]


def _type_there(store: Op) -> Any:
    """The type of what is read where something was stored."""
    array, _, *index = store.operands
    return lookup("index").infer([array, *index], {"spec": store.attrs["spec"]})


def _versions(ops: Sequence[Op], first: Value) -> set[Value]:
    """What stores, branches and loops make of an array."""
    versions, before = {first}, 0
    while len(versions) > before:
        before = len(versions)
        for op in ops:
            if op.opcode in _STORES and op.operands[0] in versions:
                versions.add(op.result)
            versions.update(result for result, ends in _ends(op) if ends & versions)
            for slot, init in enumerate(inits_of(op) if op.opcode in ("for", "while") else ()):
                if init in versions:
                    versions.update(carried_args(region, op)[slot] for region in op.regions)
    return versions


def _ends(op: Op) -> list[tuple[Value, set[Value]]]:
    """For each result of an operation with regions: what may become it."""
    if not op.regions:
        return []
    if op.opcode == "if":
        leaves = [leaf for region in op.regions for leaf in region_leaves(region) if leaf.opcode == "yield"]
        return [(result, {leaf.operands[i] for leaf in leaves}) for i, result in enumerate(op.results)]
    orelse = orelse_of(op)
    leaves = [*_leaves(body_of(op)), *(_leaves(orelse) if orelse is not None else ())]
    inits = inits_of(op)
    return [(result, {inits[i], *(leaf.operands[i] for leaf in leaves)}) for i, result in enumerate(op.results)]


def _leaves(region: Region) -> Iterable[Op]:
    return [leaf for leaf in region_leaves(region) if leaf.opcode in ("continue", "break", "yield")]
