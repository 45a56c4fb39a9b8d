"""Parts of arrays that an inner loop reads item by item, saved as a whole in each pass of the loop around it.

    for k in range(n):
        for i in range(k + 1, n):
            for j in range(k + 1, n):
                A[i, j] -= A[i, k] * A[k, j]        A[k] is saved once for each k: the loops over i and j leave it alone

    for t in range(steps):
        for i in range(1, n - 1):
            u[i] = f(u[i - 1], u[i + 1])            u[i + 1] is read out of u as it was in front of the sweep, u[i - 1]
                                                    as it is behind it
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, final

from adjoint.analysis.structure import Structure
from adjoint.analysis.survival import Survival, index_of
from adjoint.ir.builder import Builder
from adjoint.ir.core import Op, Region, Value, clone_op, const_of, inits_of, is_const
from adjoint.ir.extents import affine, is_integer
from adjoint.ir.ops.indexing import WHOLE_AXIS, entries, is_whole
from adjoint.ir.types import Array, Sym, rank_of, shape_of


@final
class StandingParts:
    """Ways to read what loops inside of other loops read and store out of parts that can be saved less often."""

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self._survivals: dict[Region, Survival] = {}
        self._found: dict[Value, Op | Value | None] = {}
        self._parts: dict[tuple[Any, ...], Value] = {}

    def made_by(self, value: Value) -> Op | None:
        """What makes a value again: its operation, or a read of a part that stands around an inner loop."""
        found = self._first(value)
        return found if isinstance(found, Op) else value.op

    def same_as(self, value: Value) -> Value | None:
        """What the inner loop reads in each of its passes, read once in the loop around it."""
        found = self._first(value)
        return found if isinstance(found, Value) and found.type == value.type else None

    def _first(self, value: Value) -> Op | Value | None:
        if value not in self._found:
            self._found[value] = next(self._find(value), None)
        return self._found[value]

    def _find(self, value: Value) -> Iterator[Op | Value]:
        home = self.structure.region_of_value.get(value)
        loops = self.structure.loops_around(home) if home is not None else []
        for number in range(len(loops) - 2, -1, -1):  # the outermost one stands in no other
            most = number + (not rank_of(value.type))  # slices are saved one by one unless that saves some of them
            for access, array in self._accesses(value, loops[number]):
                way = self._way(access, array, loops[number], most)
                if way is not None:
                    yield way

    def _accesses(self, value: Value, loop: Op) -> Iterator[tuple[Op, Value]]:
        """Where a value is read or stored, and the array in front of the loop or behind it that has it there."""
        region = self.structure.region_of_op[loop]
        if region not in self._survivals:
            self._survivals[region] = Survival(region, self.structure)
        survival, op = self._survivals[region], value.op
        if op is not None and op.opcode == "index" and isinstance(op.operands[0].type, Array):
            kept = survival.kept_in(op)
            if kept is not None:
                yield op, kept
            slot = survival.first_in(op)
            if kept is None and slot is not None:
                yield op, inits_of(loop)[slot]
        for store in survival.stores_of.get(value, ()):
            kept = survival.kept_in(store)
            if kept is not None and self.structure.region_of_op[store] is self.structure.region_of_value[value]:
                yield store, kept

    def _way(self, access: Op, array: Value, loop: Op, most: int) -> Op | Value | None:
        """The way through a part; None where more than `most` of its axes are those of loops."""
        spec, given = access.attrs["spec"], index_of(access)
        if not all(entry == "int" or isinstance(entry, tuple) for entry in spec):
            return None
        taken = (found for _, found in entries(spec, given))
        axes = [(entry, [each for each in found if each is not None]) for entry, found in zip(spec, taken)]
        varies = [any(self._is_inside(each, loop) for each in found) for _, found in axes]
        pairs = zip(shape_of(array.type), axes, varies)
        if sum(varies) > most or not all(self._is_covered(dim, found) for dim, (_, found), each in pairs if each):
            return None
        fixed = [(WHOLE_AXIS, []) if each else axis for axis, each in zip(axes, varies)]
        part = self._part(array, fixed, loop)
        if not any(varies):
            return part
        rest = [axis if each else (WHOLE_AXIS, []) for axis, each in zip(axes, varies) if each or axis[0] != "int"]
        return _read(part, rest)

    def _is_inside(self, value: Value, loop: Op) -> bool:
        home = self.structure.region_of_value.get(value)
        if is_const(value) or home is None:
            return False
        return not self.structure.encloses(home, self.structure.region_of_op[loop])

    def _is_covered(self, dim: Any, index: Sequence[Value]) -> bool:
        """Whether indices of the loop run through most of an axis, as far as that is known."""
        for value in index:
            while value.op is not None and value.op.opcode in ("add", "sub"):
                value = value.op.operands[0]
            home = self.structure.region_of_value.get(value)
            holder = self.structure.holder.get(home) if home is not None else None
            if holder is None or holder.opcode != "for" or value is not holder.regions[0].args[0]:
                continue
            start, stop, step = holder.operands[:3]
            stop = stop if not is_const(step) or const_of(step) > 0 else start
            if is_const(stop) and not (isinstance(dim, int) and 2 * const_of(stop) >= dim):
                return False
            known = affine(stop) if is_integer(stop) else None
            if isinstance(known, Sym) and isinstance(dim, int):
                return False
        return True

    def _part(self, array: Value, axes: Sequence[tuple[Any, list[Value]]], loop: Op) -> Value:
        spec = tuple(entry for entry, _ in axes)
        if is_whole(spec):
            return array
        operands = [each for _, found in axes for each in found]
        key = (array, spec, *(("const", const_of(each)) if is_const(each) else each for each in operands))
        if key not in self._parts:
            self._parts[key] = self._made(_read(array, axes), array in loop.results, loop)
        return self._parts[key]

    def _made(self, op: Op, is_behind: bool, loop: Op) -> Value:
        constants = [clone_op(each.op, {}) if each.op is not None and is_const(each) else None for each in op.operands]
        op.operands = [new.result if new is not None else old for new, old in zip(constants, op.operands)]
        region = self.structure.region_of_op[loop]
        at = region.ops.index(loop) + is_behind
        made = [*(each for each in constants if each is not None), op]
        region.ops[at:at] = made
        for each in made:
            self.structure.region_of_op[each] = self.structure.region_of_value[each.result] = region
            self.structure.order[each.result] = self.structure.order[loop.regions[-1].args[0]]
        return op.result


def _read(array: Value, axes: Sequence[tuple[Any, list[Value]]]) -> Op:
    spec = tuple(entry for entry, _ in axes)
    while spec and spec[-1] == WHOLE_AXIS and rank_of(array.type) >= len(spec) > 1:
        spec = spec[:-1]
    builder = Builder(Region(), derived=True)
    made = builder.emit("index", array, *(each for _, found in axes for each in found), spec=spec)
    assert made.op is not None
    return made.op
