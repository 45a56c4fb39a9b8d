"""Writes into arrays go to memory the derivative owns.

`index_add(x, v, i)` is printed `x[i] += v`: right only when nobody reads the old version of `x` any more and its memory
is not shared with an argument, a seed or a view. Where that is not certain a `copy` is inserted.

    before:  %b2 = index_add %seed %v %i
    after:   %b1 = copy %seed;  %b2 = index_add %b1 %v %i
"""

from __future__ import annotations

from typing import final

from adjoint.analysis.activity import body_of, carried_args, inits_of
from adjoint.analysis.structure import Structure
from adjoint.ir.core import Function, Op, Region, Value, region_leaves, users, walk, walk_regions
from adjoint.ir.opset import TABLE

WRITES = ("index_add", "index_set")
_SHARED = ("const", "pop", "getitem", "unpack", "global", "undef", "list")
_KEEPERS = ("push", "tuple", "list", "pack", "getitem", "pycall")


def own_buffers(function: Function) -> None:
    """Insert the copies that writes need, in place."""
    _Ownership(function).run()


def elide_copies(function: Function) -> None:
    """Drop the copies of returned cotangents that are new memory anyway, in place."""
    for region in walk_regions(function.body):
        for op in list(region.ops):
            if op.opcode == "copy" and op.attrs.get("_returned") and _Ownership(function).owned(op.operands[0], op):
                region.ops.remove(op)
                _replace(function.body, op.result, op.operands[0])


def _replace(body: Region, old: Value, new: Value) -> None:
    for op in walk(body):
        op.operands = [new if operand is old else operand for operand in op.operands]


@final
class _Ownership:
    def __init__(self, function: Function) -> None:
        self.body = function.body
        self.uses = users(function.body)
        self.structure = Structure.of(function.body)
        self.order = {op: number for number, op in enumerate(walk(function.body))}
        self.loop_of_arg: dict[Value, tuple[Op, int]] = {}
        for op in walk(function.body):
            if op.opcode in ("for", "while"):
                for region in op.regions:
                    for index, arg in enumerate(carried_args(region, op)):
                        self.loop_of_arg[arg] = (op, index)

    def run(self) -> None:
        self._region(self.body)

    def _region(self, region: Region) -> None:
        for op in list(region.ops):
            for inner in op.regions:
                self._region(inner)
            if op.opcode in WRITES and not self.owned(op.operands[0], op):
                self._copy(region, op, 0)
            elif op.opcode in ("for", "while"):
                self._carries(region, op)

    def _carries(self, region: Region, op: Op) -> None:
        """A carry that the body writes into starts from owned memory."""
        offset = 3 if op.opcode == "for" else 0
        for index, init in enumerate(inits_of(op)):
            if self._written(op, index) and not self.owned(init, op):
                self._copy(region, op, offset + index)

    def _written(self, op: Op, index: int) -> bool:
        pending = [carried_args(body_of(op), op)[index]]
        seen = set()
        while pending:
            value = pending.pop()
            if value in seen:
                continue
            seen.add(value)
            for user, position in self.uses.get(value, ()):
                if user.opcode in WRITES and position == 0:
                    return True
                pending += self._flows_to(user, position)
        return False

    def _flows_to(self, user: Op, position: int) -> list[Value]:
        if user.opcode == "for" and position >= 3:
            return [carried_args(body_of(user), user)[position - 3]]
        if user.opcode == "while":
            return [carried_args(body_of(user), user)[position]]
        return []

    def owned(self, value: Value, writer: Op) -> bool:
        """Whether nobody reads the value after the writer and its memory is new."""
        return self._dead_after(value, writer) and self._fresh(value, set())

    def _dead_after(self, value: Value, writer: Op) -> bool:
        readers = [user for user, _ in self.uses.get(value, ())]
        if sum(user is writer for user in readers) != 1:
            return False
        home, place = self.structure.region_of_value[value], self.structure.region_of_op[writer]
        if self.structure.loops_between(place, home):
            return False
        return all(user is writer or self._harmless(user, writer) for user in readers)

    def _harmless(self, user: Op, writer: Op) -> bool:
        """A reader on another path, or an earlier one that keeps nothing of the memory."""
        if self._exclusive(user, writer):
            return True
        definition = TABLE.get(user.opcode)
        if definition is None or not definition.fresh or definition.effects or user.opcode in _KEEPERS:
            return False
        return self.order[user] < self.order[writer]

    def _exclusive(self, one: Op, other: Op) -> bool:
        structure = self.structure
        left, right = (structure.chain(structure.region_of_op[op]) for op in (one, other))
        common = next(region for region in left if any(region is r for r in right))
        below = [chain[chain.index(common) - 1] for chain in (left, right) if chain[0] is not common]
        if len(below) != 2:
            return False
        first, second = (structure.holder[region] for region in below)
        return first is second and first.opcode == "if" and below[0] is not below[1]

    def _fresh(self, value: Value, seen: set[Value]) -> bool:
        if value in seen:
            return True
        seen.add(value)
        op = value.op
        if op is None:
            if value not in self.loop_of_arg:
                return False
            return self._carries_fresh(*self.loop_of_arg[value], seen)
        if op.opcode in ("for", "while"):
            return self._carries_fresh(op, op.results.index(value), seen)
        if op.opcode == "if":
            index = op.results.index(value)
            ends = [leaf for region in op.regions for leaf in region_leaves(region) if leaf.opcode == "yield"]
            return all(self._moved(leaf.operands[index], leaf, seen) for leaf in ends)
        if op.opcode in WRITES:
            return True
        definition = TABLE.get(op.opcode)
        return definition is not None and definition.fresh and op.opcode not in _SHARED

    def _moved(self, value: Value, leaf: Op, seen: set[Value]) -> bool:
        """Whether the value leaves through this terminator with its memory new and nobody else's."""
        return self._dead_after(value, leaf) and self._fresh(value, seen)

    def _carries_fresh(self, loop: Op, index: int, seen: set[Value]) -> bool:
        """Whether a carry is new memory, from its start (copied where the body writes) to the end of every pass."""
        if not self._written(loop, index) and not self._moved(inits_of(loop)[index], loop, seen):
            return False
        leaves = [leaf for leaf in region_leaves(body_of(loop)) if leaf.opcode in ("continue", "break")]
        return all(self._moved(leaf.operands[index], leaf, seen) for leaf in leaves)

    def _copy(self, region: Region, op: Op, position: int) -> None:
        old = op.operands[position]
        copy = Op("copy", [old], {}, [], [], op.line, True)
        copy.results = [Value(old.type, old.name, copy)]
        region.ops.insert(region.ops.index(op), copy)
        self.structure.region_of_op[copy] = self.structure.region_of_value[copy.results[0]] = region
        self.order[copy] = self.order[op]
        op.operands[position] = copy.results[0]
        self.uses[old] = [use for use in self.uses.get(old, []) if use != (op, position)] + [(copy, 0)]
        self.uses[copy.results[0]] = [(op, position)]
