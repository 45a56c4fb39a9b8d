"""Stacks of numbers that loops fill become arrays with a place for each pass: for Numba, whose lists are slow.

    before:  %xs = tape;     for 0 %n 1 (%i) { push %xs %x }     ...  while nonempty %xs { %x = pop %xs }
    after:   %xs = tape %n;  for 0 %n 1 (%i) { push %xs %x %i }  ...  for 0 %n 1 reversed (%i) { %x = pop %xs %i }

Only at emission. The array has an axis for each loop around the place where it is filled, as long as the loop's bound:
each must be known before the outermost one starts, and no loop may end early.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import final

from adjoint.ir.core import Function, Op, Region, Value, const_of, is_const, region_leaves, users, walk_regions
from adjoint.ir.counts import is_count
from adjoint.ir.types import INT, Array, Scalar, TapeType, Type

Step = tuple[Op, int]
"""An operation and the index of the region of it that is entered."""
_NOT_NEGATIVE = ("len", "size")
_OF_COUNTS = ("add", "mul", "floordiv", "mod")
"""What they make of integers that are not negative is not negative."""


def use_arrays(function: Function) -> None:
    """Give stacks of numbers their extents, and what fills and empties them its indices, in place."""
    paths = Paths(function)
    for loop in function.body.ops:
        forward = filled_by(loop, paths)
        if forward is not None:
            count(loop, forward)
    paths = Paths(function)
    for tape in [op for op in function.body.ops if op.opcode == "tape"]:
        by_kind: dict[str, list[Op]] = {}
        for user, _ in paths.used.get(tape.result, ()):
            by_kind.setdefault(user.opcode, []).append(user)
        if by_kind.keys() == {"push", "pop"} and _is_number(tape.attrs["item"]):
            _change(tape, by_kind["push"], by_kind["pop"], paths)


def _is_number(t: Type) -> bool:
    return isinstance(t, Scalar) or (isinstance(t, Array) and not t.rank)


@final
@dataclass(slots=True)
class Paths:
    """How to get to each operation from the function's body, and what uses each value."""

    function: Function
    region_of: dict[Op, Region] = field(default_factory=dict)
    owner_of: dict[Region, Step] = field(default_factory=dict)
    used: dict[Value, list[tuple[Op, int]]] = field(init=False)

    def __post_init__(self) -> None:
        self.used = users(self.function.body)
        for region in walk_regions(self.function.body):
            for op in region.ops:
                self.region_of[op] = region
                for index, inner in enumerate(op.regions):
                    self.owner_of[inner] = op, index

    def to(self, op: Op) -> list[Step]:
        steps: list[Step] = []
        region = self.region_of[op]
        while region in self.owner_of:
            steps.append(self.owner_of[region])
            region = self.region_of[steps[-1][0]]
        return steps[::-1]

    def outermost(self, op: Op) -> Op:
        """The operation of the function's body that it is, or is inside of."""
        return next((outer for outer, _ in self.to(op)), op)

    def is_before(self, value: Value, op: Op) -> bool:
        """Whether the value is there where what `op` is in starts."""
        op = self.outermost(op)
        body = self.function.body
        if value.op is None:
            return value in self.function.args
        return self.region_of.get(value.op) is body and body.ops.index(value.op) < body.ops.index(op)


def filled_by(loop: Op, paths: Paths) -> Op | None:
    """The loop, counted and of the function's body, each of whose passes fills a stack that `while stack:` empties."""
    if loop.opcode != "while" or len(loop.regions) != 2:
        return None
    condition, reverse = loop.regions
    if [op.opcode for op in condition.ops] != ["nonempty", "yield"]:
        return None
    tape = condition.ops[0].operands[0]
    pushes = [op for op, path in _pushes(tape, paths) if len(path) == 1]
    if len(pushes) != 1 or not all(op.opcode == "continue" for op in region_leaves(reverse)):
        return None
    ((forward, _),) = paths.to(pushes[0])
    return forward if forward in paths.function.body.ops and is_counted(forward) else None


def count(loop: Op, forward: Op) -> None:
    """`while stack:` becomes a loop backwards over the range of the one that fills the stack."""
    reverse = loop.regions[1]
    loop.opcode, loop.attrs = "for", {**loop.attrs, "reversed": True}
    loop.operands = [*forward.operands[:3], *loop.operands]
    index = forward.regions[0].args[0]
    if index.name is not None and not index.name.strip("_"):
        index.name = None  # it was not read until now
    reverse.args = [Value(INT, index.name), *reverse.args]
    loop.regions = [reverse]


def _pushes(tape: Value, paths: Paths) -> Iterator[tuple[Op, list[Step]]]:
    for user, _ in paths.used.get(tape, ()):
        if user.opcode == "push":
            yield user, paths.to(user)


def is_counted(loop: Op) -> bool:
    """Whether a loop forwards runs through all of its range, which starts at 0 or above and takes steps of 1."""
    step = loop.operands[2] if loop.opcode == "for" else None
    if step is None or len(loop.regions) != 1 or not is_const(step) or const_of(step) != 1:
        return False
    return all(leaf.opcode in ("continue", "raise") for leaf in region_leaves(loop.regions[0]))


def _change(tape: Op, pushes: Sequence[Op], pops: Sequence[Op], paths: Paths) -> None:
    forward, reverse = _loops(pushes, paths), _loops(pops, paths)
    if not forward or not reverse or len(forward) != len(reverse):
        return
    if not all(is_undone(one, other, forward, reverse) for one, other in zip(forward, reverse)):
        return
    extents = [_bound(loop.operands[1], forward, paths) for loop in forward]
    if None in extents:
        return
    body = paths.function.body
    body.ops.remove(tape)
    body.ops.insert(body.ops.index(paths.outermost(forward[0])), tape)
    tape.operands = [extent for extent in extents if extent is not None]
    for ops, loops in ((pushes, forward), (pops, reverse)):
        for op in ops:
            op.operands += [loop.regions[0].args[0] for loop in loops]


def is_undone(one: Op, other: Op, forward: Sequence[Op], reverse: Sequence[Op]) -> bool:
    """Whether a loop runs backwards over the indices of another, each of which is a place."""
    if one.attrs.get("reversed") or not other.attrs.get("reversed") or not is_counted(one) or not is_counted(other):
        return False
    indices = {a.regions[0].args[0]: b.regions[0].args[0] for a, b in zip(forward, reverse)}
    same = all(_are_same(a, b, indices) for a, b in zip(one.operands[:3], other.operands[:3]))
    return same and _is_not_negative(one.operands[0], forward)


def _loops(ops: Sequence[Op], paths: Paths) -> list[Op] | None:
    """The loops around operations of which each pass reaches one at most; None where it may reach several."""
    ways = [paths.to(op) for op in ops]
    for index, one in enumerate(ways):
        if any(not _are_exclusive(one, other) for other in ways[:index]):
            return None
    loops = [[op for op, _ in way if op.opcode != "if"] for way in ways]
    is_same = all(each == loops[0] for each in loops)
    return loops[0] if is_same and all(op.opcode == "for" for op in loops[0]) else None


def _are_exclusive(one: Sequence[Step], other: Sequence[Step]) -> bool:
    return any(a[0] is b[0] and a[0].opcode == "if" and a[1] != b[1] for a, b in zip(one, other))


def _are_same(one: Value, other: Value, indices: dict[Value, Value]) -> bool:
    """Whether two values are one number where the indices of the loops are those of `indices`."""
    if one is other or indices.get(one) is other:
        return True
    a, b = one.op, other.op
    if a is None or b is None or a.opcode != b.opcode or a.opcode not in ("add", "sub", "const"):
        return False
    if a.opcode == "const":
        return type(const_of(one)) is int and const_of(one) == const_of(other)
    return all(_are_same(x, y, indices) for x, y in zip(a.operands, b.operands))


def _is_not_negative(value: Value, loops: Sequence[Op]) -> bool:
    """Whether a start is surely 0 or above."""
    if is_const(value):
        return type(const_of(value)) is int and bool(const_of(value) >= 0)
    if any(value is loop.regions[0].args[0] for loop in loops):
        return all(_is_not_negative(loop.operands[0], loops) for loop in loops if loop.regions[0].args[0] is value)
    return value.op is not None and (
        value.op.opcode in _NOT_NEGATIVE
        or (value.op.opcode in _OF_COUNTS and all(_is_not_negative(operand, loops) for operand in value.op.operands))
    )


def _bound(value: Value, loops: Sequence[Op], paths: Paths) -> Value | None:
    """A value that is there before the loops and at least as large: the bound of an outer loop for its index."""
    if paths.is_before(value, loops[0]):
        return value
    for loop in loops:
        if value is loop.regions[0].args[0]:
            return _bound(loop.operands[1], loops, paths)
    op = value.op
    if op is not None and op.opcode == "sub" and _is_not_negative(op.operands[1], loops):
        return _bound(op.operands[0], loops, paths)
    return None


def is_surely_a_count(extent: Value) -> bool:
    """Whether an extent needs no look at its sign."""
    return _is_not_negative(extent, ()) or (extent.op is not None and extent.op.opcode == "shape") or is_count(extent)


def dtype_of_tape(tape: Op) -> str | None:
    """The dtype of the array; None for that of floats."""
    assert isinstance(tape.result.type, TapeType)
    item = tape.result.type.item
    name = (
        item.dtype
        if isinstance(item, Array)
        else {"int": "int64", "bool": "bool", "complex": "complex128"}.get(
            item.kind if isinstance(item, Scalar) else "float"
        )
    )
    return None if name in (None, "float64") else {"bool": "bool_"}.get(str(name), str(name))
