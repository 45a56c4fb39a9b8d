"""Residuals: make the reverse sweep's reads of forward values legal, at the least cost.

A reverse operation may read a value of the function's top level as it stands. One defined inside a branch becomes a
result of the `if`; one defined inside a loop is recomputed when one arithmetic operation on values at hand gives it
back, else pushed on a tape of its own, at the innermost place where all its readers are covered.

    before:  for { %v2 = mul %v %v }           ... for reversed { %d = mul %v ... }
    after:   for { push %t %v; %v2 = ... }     ... for reversed { %v' = pop %t; %d = mul %v' ... }
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from typing import Any, final

from adjoint.analysis.structure import Structure
from adjoint.analysis.survival import Survival
from adjoint.derive.array_reads import is_free_view, read_back, stored
from adjoint.derive.early_choices import choose_early
from adjoint.derive.exposed import expose
from adjoint.derive.lengths import take_lengths
from adjoint.derive.loop_reads import carries, carry_back, is_left_over, leave_over, read_made_calls
from adjoint.derive.mirror import Mirror
from adjoint.derive.saved_costs import Costs, cost_of
from adjoint.derive.saved_cut import choose_saved
from adjoint.derive.standing_parts import StandingParts
from adjoint.ir.core import Function, Op, Region, Value, const_of, is_const, walk
from adjoint.ir.cuts import Cut, find_cut, read_cut
from adjoint.ir.opset import CHEAP, FREE, TABLE
from adjoint.ir.types import Array, TapeType, are_alike, rank_of
from adjoint.ir.undefined import bind_undefined, kept_on_a_path, maybe_undefined

SHAPE_READERS = {"zeros_like": 0, "full_like": 0, "shape": 0, "size": 0, "len": 0, "list_of_zeros": 0, "unbroadcast": 1}
EXTENT_READERS = ("shape", "size", "len")
_EXTRA_WORK = 2
"""How many operations beyond what is at hand may be recomputed to avoid one push."""


def make_residuals(function: Function, split: int, mirror: Mirror) -> None:
    """Legalise every read that the operations from index `split` on make of forward values, in place."""
    take_lengths(function.body, split)
    choose_early(function, split, mirror)
    _Residuals(function, split, mirror).run()


@final
class _Residuals:
    def __init__(self, function: Function, split: int, mirror: Mirror) -> None:
        self.body = function.body
        self.mirror = mirror
        self.split_op = function.body.ops[split]
        self.structure = Structure.of(function.body)
        self.forward_of: dict[Region, Region] = {}
        for forward, reverse in mirror.regions.items():
            self.forward_of.setdefault(reverse, forward)
        self.reverse_region: dict[Op, Region] = {}
        self.uses: dict[Value, list[tuple[Op, int]]] = {}
        self.rebuilt: set[Value] = set()
        self.saved: set[Value] = set()
        self.again: set[Value] = set()
        """Values of loops that are saved and that are made again, as the cheapest cut has it."""
        self.twins: dict[tuple[Any, ...], Value] = {}
        """What is saved of reads of arrays: that gives another read of the same part, too."""
        self.prologues: dict[Region, list[Op]] = {}
        self.pending: list[tuple[int, int, Value]] = []
        self.numbers = itertools.count()
        self.unbound = maybe_undefined(function.body) | kept_on_a_path(function.body.ops[:split])
        self.parts = StandingParts(self.structure)
        self.survival = Survival(Region([], function.body.ops[:split]), self.structure)

    def run(self) -> None:
        readers = {**SHAPE_READERS, "getitem": 0}
        if any(op.opcode in readers and op.operands[readers[op.opcode]] in self.unbound for op in self._reverse_ops()):
            bind_undefined(self.body)  # the zero of a variable without a value is computed, but never used
        self._substitute_stand_ins()
        forward = Region([], self.body.ops[: self.body.ops.index(self.split_op)])
        read_made_calls(self._reverse_ops(), forward, self.structure, self.mirror)
        self._collect()
        self._share_shapes()
        self._repeat_conditions()
        self._read_once()
        self._cut()
        for value in sorted(self.uses, key=self.structure.order.__getitem__):
            if self._rebuildable(value, _EXTRA_WORK):
                self.rebuilt.add(value)
        self.pending = [self._turn_of(value) for value in self.uses]
        heapq.heapify(self.pending)  # last defined first: what recomputing asks for is defined earlier
        while self.pending:
            *_, value = heapq.heappop(self.pending)
            if self.uses.get(value):
                self._materialise(value, self.uses.pop(value))
        for region, ops in self.prologues.items():
            self._place(region, ops[::-1])

    def _turn_of(self, value: Value) -> tuple[int, int, Value]:
        """What a loop leaves comes behind what is read in it: that may be read out of what the loop leaves."""
        first = value
        if value.op is not None and value.op.opcode in ("for", "while"):
            first = next((arg for region in value.op.regions for arg in region.args), value)
        return -self.structure.order[first], next(self.numbers), value

    def _reverse_ops(self) -> list[Op]:
        start = self.body.ops.index(self.split_op)
        return list(walk(Region([], self.body.ops[start:])))

    def _substitute_stand_ins(self) -> None:
        for op in self._reverse_ops():
            op.operands = [self.mirror.stand_ins.get(operand, operand) for operand in op.operands]

    def _collect(self) -> None:
        for op in self._reverse_ops():
            region = self.structure.region_of_op[op]
            self.reverse_region[op] = region
            for index, operand in enumerate(op.operands):
                if not self._visible(operand, region):
                    op.operands[index] = operand = stored(operand)
                if not self._visible(operand, region):
                    self.uses.setdefault(operand, []).append((op, index))

    def _visible(self, value: Value, region: Region) -> bool:
        home = self.structure.region_of_value.get(value)
        return home is None or self.structure.encloses(home, region)

    def _share_shapes(self) -> None:
        """A value read for its shape only gives way to one of that shape: visible, saved anyway, or a part of such."""
        for value in [value for value in self.uses if self._gives_shape(value)]:
            saved = self._saved_beside(value)
            alike = [other for other in saved if are_alike(value.type, other.type)]
            named = next((other for other in alike if other.name is not None), None)
            twin = named or self._same_shape(value) or next(iter(alike), None)
            cut = find_cut(value, [*saved, *self._visible_arrays()]) if twin is None else (twin, [])
            if cut is not None:
                self._read_shape_of(cut, self.uses.pop(value))
        for op in self._reverse_ops():  # a temporary gives way to a variable
            position = SHAPE_READERS.get(op.opcode)
            if position is not None and op.derived and op.operands[position].name is None:
                op.operands[position] = self._same_shape(op.operands[position]) or op.operands[position]

    def _read_shape_of(self, cut: Cut, readers: list[tuple[Op, int]]) -> None:
        """Let operations read the shape of another array, or of a part of it."""
        array, less = cut
        for op, index in readers:
            reader, place = op, index
            if any(less):
                part = read_cut(cut, self.reverse_region[op], op)
                op.operands[index], reader, place = part.result, part, 0
                self.reverse_region[part] = self.structure.region_of_op[part] = self.reverse_region[op]
            reader.operands[place] = array
            if array in self.uses:
                self.uses[array].append((reader, place))

    def _read_once(self) -> None:
        """What an inner loop reads in each of its passes gives way to a read in the loop around it."""
        for value in [value for value in self.uses if self._is_choice(value)]:
            same = self.parts.same_as(value)
            if same is not None:
                self.uses.setdefault(same, []).extend(self.uses.pop(value))

    def _cut(self) -> None:
        """Decide which values of loops are saved, and which are carried back through the reverse loops."""
        carried = {
            left: carry
            for left, carry in carries(self.structure, self.mirror, self._places()).items()
            if carry.is_seen or not self._rebuildable(left, _EXTRA_WORK)
        }

        def is_at_hand(value: Value) -> bool:
            return value not in carried and not self._is_choice(value)

        read = [value for value in self.uses if not is_at_hand(value)]
        heads = {left: carry.head for left, carry in carried.items()}
        costs = Costs(self.structure, heads, self.parts.made_by)
        self.saved, self.again = choose_saved(read, is_at_hand, costs)
        for left in [left for left in carried if left in self.again]:
            self.again.remove(left)
            carry_back(carried[left], self.uses, self.mirror)

    def _places(self) -> dict[Value, set[Region]]:
        """Where the reverse sweep reads values, or what may be made of them again."""
        places = {value: {self.reverse_region[op] for op, _ in used} for value, used in self.uses.items()}
        waiting = list(places)
        while waiting:
            value = waiting.pop()
            made = self.parts.made_by(value)
            for operand in made.operands if made is not None and cost_of(made) is not None else ():
                if not places[value] <= places.setdefault(operand, set()):
                    places[operand] |= places[value]
                    waiting.append(operand)
        return places

    def _is_choice(self, value: Value) -> bool:
        """Whether a value is a number or an array of a loop, to be saved or made again."""
        if is_const(value) or value in self.mirror.stand_ins:
            return False
        home = self.structure.region_of_value.get(value)
        if home is None or not self._in_loop(value) or is_left_over(value, self.structure):
            return False
        if any(self._is_at_hand(read) and self._stays(read.operands[0]) for read in self._reads_left(value)):
            return False
        return cost_of(value.op) is not None or not self._rebuildable(value, _EXTRA_WORK)

    def _stays(self, array: Value) -> bool:
        """Whether nothing behind the loop that left an array changes it."""
        if not rank_of(array.type):
            return True
        start = self.body.ops.index(self.split_op)
        users = (op for op in self.body.ops[:start] if array in op.operands)
        return not any(op.opcode in ("index_set", "index_add", "for", "while") for op in users)

    def _gives_shape(self, value: Value) -> bool:
        """Whether the reverse sweep reads nothing but the shape of a value."""
        return all(SHAPE_READERS.get(op.opcode) == index for op, index in self.uses[value])

    def _saved_beside(self, value: Value) -> list[Value]:
        """Arrays of the same pass that are read themselves, so that they will be at hand; those with a name first."""
        home = self.structure.region_of_value[value]
        found = [other for other in self.uses if self.structure.region_of_value[other] is home]
        found = [other for other in found if not self._gives_shape(other) and other not in self.unbound]
        return sorted(found, key=lambda other: other.name is None)

    def _visible_arrays(self) -> list[Value]:
        """The named arrays of the top level, the newest first."""
        return [value for value in self._top_values()[::-1] if value.name is not None and value not in self.unbound]

    def _same_shape(self, value: Value) -> Value | None:
        if not isinstance(value.type, Array):
            return None
        for other in self._top_values():
            is_better = other.name is not None or not self._visible(value, self.body)
            if is_better and other not in self.unbound and are_alike(value.type, other.type):
                return other
        return None

    def _top_values(self) -> list[Value]:
        start = self.body.ops.index(self.split_op)
        return [*self.body.args, *[result for op in self.body.ops[:start] for result in op.results]]

    def _repeat_conditions(self) -> None:
        """Write a cheap condition of the top level again rather than keep it, when its variables still hold."""
        names: dict[str | None, int] = {}
        start = self.body.ops.index(self.split_op)
        for op in walk(Region([], self.body.ops[:start])):
            for result in op.results:
                names[result.name] = names.get(result.name, 0) + 1
        for arg in self.body.args:
            names[arg.name] = names.get(arg.name, 0) + 1
        for op in self.body.ops[start:]:
            if op.opcode != "if" or op.operands[0].op is None or op.operands[0].name is not None:
                continue
            condition = op.operands[0].op
            definition = TABLE.get(condition.opcode)
            if definition is None or definition.cost > CHEAP or not definition.elementwise:
                continue
            if all(is_const(v) or (v.name and names.get(v.name) == 1) for v in condition.operands):
                again = _again(condition)
                self.body.ops.insert(self.body.ops.index(op), again)
                op.operands[0] = again.result
                if self.split_op is op:
                    self.split_op = again

    def _rebuildable(self, value: Value, budget: int) -> bool:
        """Whether one cheap operation on what is at hand gives the value back."""
        return self._way_back(value, budget) is not None

    def _way_back(self, value: Value, budget: int) -> Op | None:
        """A cheap operation on what is at hand that gives the value back."""
        if value in self.saved:
            return None
        made = self.parts.made_by(value) if value in self.again else None
        if made is not None:
            return _again(made)
        if (value.name is not None and not self._in_loop(value)) or is_left_over(value, self.structure):
            return None
        ways = self._ways_back(value)
        return next((op for op in ways if self._is_at_hand(op, budget)), None)

    def _is_at_hand(self, op: Op, budget: int = 0) -> bool:
        return all(self._at_hand(operand, budget) for operand in op.operands)

    def _ways_back(self, value: Value) -> Iterator[Op]:
        """Its own operation; a read of an array, as it stands behind a loop, in which it was stored."""
        op = value.op
        if op is None or op.opcode not in TABLE or len(op.results) != 1:
            return
        definition = TABLE[op.opcode]
        limit = CHEAP if not rank_of(value.type) or is_free_view(op) else FREE
        if definition.cost <= limit and not definition.effects and op.opcode not in ("pop", "undef"):
            again = self._read_left(op) or _again(op)
            if op.opcode in EXTENT_READERS and not self._visible(op.operands[0], self.body):
                shape = op.operands[0].type
                alike = next((other for other in self._visible_arrays() if are_alike(shape, other.type)), None)
                again.operands[:1] = again.operands[:1] if alike is None else [alike]
            yield again
        yield from self._reads_back(value)

    def _reads_left(self, value: Value) -> Iterator[Op]:
        """The same, and a read of the array that a value is a part of."""
        read = self._read_left(value.op) if value.op is not None else None
        if read is not None:
            yield read
        yield from self._reads_back(value)

    def _read_left(self, op: Op) -> Op | None:
        """A read of a part of an array, out of what the loop leaves of the array."""
        kept = self.survival.kept_in(op) if op.opcode == "index" else None
        if kept is None:
            return None
        again = _again(op)
        again.operands[0] = kept
        return again

    def _reads_back(self, value: Value) -> Iterator[Op]:
        """Reads of an array, as it stands behind a loop, in which a value was stored."""
        home = self.structure.region_of_value.get(value)
        for store in self.survival.stores_of.get(value, ()):
            kept = self.survival.kept_in(store)
            if kept is not None and self.structure.region_of_op[store] is home:  # not on some paths only
                yield read_back(store, kept)

    def _at_hand(self, value: Value, budget: int) -> bool:
        if is_const(value) or value in self.mirror.stand_ins:
            return True
        if any(value in known for known in (self.uses, self.rebuilt, self.saved, self.again)):
            return True
        if self.structure.region_of_value.get(value) in (self.body, None) or is_left_over(value, self.structure):
            return True
        return self._is_read_again(value) or (budget > 0 and self._rebuildable(value, budget - 1))

    def _is_read_again(self, value: Value) -> bool:
        """Whether another read of the same part of an array, in the same pass, is at hand."""
        read, home = _read_of(value), self.structure.region_of_value.get(value)
        if read is None:
            return False
        return any(self.structure.region_of_value[other] is home and _read_of(other) == read for other in self.uses)

    def _in_loop(self, value: Value) -> bool:
        return self.structure.loops_between(self.structure.region_of_value[value], self.body)

    def _materialise(self, value: Value, readers: list[tuple[Op, int]]) -> None:
        home = self.structure.region_of_value[value]
        reverse_home = self.mirror.regions[home]
        place = self._common_place([self.reverse_region[op] for op, _ in readers], reverse_home)
        if is_const(value) or self._rebuildable(value, _EXTRA_WORK):
            new = self._recompute(value, place)
        elif is_left_over(value, self.structure):
            self._read_last(value, readers)
            return
        elif self._in_loop(value):
            place = next(region for region in self.structure.chain(place) if region in self.forward_of)
            inner = self.forward_of[place]  # a branch that only a rule makes has none: all is read in front of it
            is_left = inner in self.structure.holder  # else there is nothing else in that branch
            if place is reverse_home or not is_left or not self._is_known_in(inner, value, home):
                inner, place = home, reverse_home
            new = self._saved(value, inner, place)
        else:
            new = expose(value, self.body, self.structure, self.unbound)
        for op, index in readers:
            op.operands[index] = new

    def _is_known_in(self, inner: Region, value: Value, home: Region) -> bool:
        """Whether the branch that holds a region comes after the value in the value's own region."""
        while (above := self.structure.parent(inner)) is not home:
            if above is None:
                return True
            inner = above
        before = home.ops.index(self.structure.holder[inner])
        return value.op is None or value.op not in home.ops[before:]

    def _read_last(self, value: Value, readers: list[tuple[Op, int]]) -> None:
        """Let operations read what the last pass of the loop around a value left of it."""
        result = leave_over(value, self.structure)
        self.unbound.add(result)
        for op, index in readers:
            op.operands[index] = result
        hidden = [(op, index) for op, index in readers if not self._visible(result, self.reverse_region[op])]
        if hidden:
            self._materialise(result, hidden)

    def _common_place(self, regions: list[Region], home: Region) -> Region:
        """The innermost region that covers all readers, but not inside a loop that `home` is outside of."""
        place = regions[0]
        for region in regions[1:]:
            place = self.structure.common(place, region)
        best = place
        for region in self.structure.chain(place):
            if region is home:
                return best
            if self.structure.holder[region].opcode in ("for", "while"):
                above = self.structure.parent(region)
                assert above is not None
                best = above
        return home

    def _recompute(self, value: Value, place: Region) -> Value:
        assert value.op is not None
        again = self._way_back(value, _EXTRA_WORK) or _again(value.op)
        again.result.name = value.name
        self.prologues.setdefault(place, []).append(again)
        self.reverse_region[again] = place
        for index, operand in enumerate(again.operands):
            stand_in = self.mirror.stand_ins.get(operand)
            if stand_in is not None:
                again.operands[index] = stand_in
            elif not self._visible(operand, place):
                if operand not in self.uses:
                    heapq.heappush(self.pending, self._turn_of(operand))
                self.uses.setdefault(operand, []).append((again, index))
        return again.result

    def _saved(self, value: Value, home: Region, place: Region) -> Value:
        """What is popped for a value: the same for two reads of one part of an array."""
        read = _read_of(value)
        if read is None:
            return self._save(value, home, place)
        key = (*read, home, place)
        if key not in self.twins:
            self.twins[key] = self._save(value, home, place)
        popped = self.twins[key]
        assert popped.op is not None
        self.prologues[place].remove(popped.op)  # what is made again of an earlier read stands behind it
        self.prologues[place].append(popped.op)
        return popped

    def _save(self, value: Value, home: Region, place: Region) -> Value:
        """Push in the forward region, pop in its mirror."""
        if value in self.unbound:
            bind_undefined(self.body)
        tape = Op("tape", [], {"item": value.type}, derived=True)
        tape.results = [Value(TapeType(value.type), None, tape)]
        self.body.ops.insert(self._top_index(home), tape)
        push = Op("push", [tape.result, value], derived=True)
        own = self.structure.region_of_value[value]
        home = self.mirror.living(home)
        index = own.ops.index(value.op) + 1 if home is own and value.op is not None else 0
        home.ops.insert(index, push)
        pop = Op("pop", [tape.result], derived=True)
        pop.results = [Value(value.type, value.name, pop)]
        self.prologues.setdefault(place, []).append(pop)
        return pop.results[0]

    def _top_index(self, region: Region) -> int:
        """Where, at the top level, the operation that holds the region stands."""
        inside = region
        while (above := self.structure.parent(inside)) is not self.body:
            assert above is not None
            inside = above
        return self.body.ops.index(self.structure.holder[inside])

    def _place(self, region: Region, ops: list[Op]) -> None:
        """Put restored values in front of the first operation that reads one of them."""
        wanted = {result for op in ops for result in op.results}
        if region is not self.body:
            region.ops[:0] = ops
            return
        start = region.ops.index(self.split_op)
        for index in range(start, len(region.ops)):
            inside = walk(Region([], [region.ops[index]]))
            if any(operand in wanted for op in inside for operand in op.operands):
                region.ops[index:index] = ops
                return
        region.ops[start:start] = ops


def _again(op: Op) -> Op:
    """The operation once more, for the reverse sweep."""
    again = Op(op.opcode, list(op.operands), dict(op.attrs), [], [], None, True)
    again.results = [Value(result.type, None, again) for result in op.results]
    return again


def _read_of(value: Value) -> tuple[Any, ...] | None:
    """What reads of one part of an array at integers and slices have in common; None for anything else."""
    op = value.op
    if op is None or op.opcode != "index":
        return None
    places = (const_of(each) if is_const(each) else each for each in op.operands[1:])
    return op.operands[0], op.attrs["spec"], *places
