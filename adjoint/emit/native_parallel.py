"""Loops over `numba.prange` that stay so: each pass has a place of its own in what the loop changes, or adds to a sum.

    for i in prange(n):  x_bar[i] += 2.0 * x[i] * s_bar;  w_bar += r        in threads
    for i in range(n):   x_bar[i - 1] += s_bar                             two passes meet at one place

Asked of every loop of a derivative once it has its last form; what is not seen to be independent runs in one thread.

- Of an array that a pass changes it reads and changes only what stands at the loop's own index, along one axis.
- A number that it carries is only added to: within the pass to a number of the pass's own, which is added to the sum at
  its end, the one form that Numba takes for all sums.
- Numba counts the passes without a sign: `-i` would be a large number. So the index stands in subscripts, and in
  arithmetic with numbers that have a sign.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import final

from adjoint.emit.array_tapes import is_surely_a_count
from adjoint.emit.structure import Structure, body_of, carried_args, first_carry, is_loop
from adjoint.ir import opset
from adjoint.ir.core import Function, Op, Region, Value, const_of, is_const, region_leaves, users, walk, walk_regions
from adjoint.ir.types import INT, Array, Scalar, Type, rank_of

_STORES = ("index_set", "index_add")
_SHAPES = ("shape", "size", "ndim", "len")
_SIGNED = frozenset("add sub mul truediv floordiv mod pow lt le gt ge eq ne".split())
_HARMLESS = frozenset({"raises", "tape", "local jump"})

Uses = dict[Value, list[tuple[Op, int]]]


def settle(function: Function) -> None:
    """Leave the attr `parallel` to the loops that run in threads, in place."""
    if any(op.opcode == "reshape" for op in walk(function.body)):
        _forget(function.body)  # in parallel functions Numba takes the -1 of `reshape(5, -1)` for an extent
    _settle(function.body, function)


def _settle(region: Region, function: Function) -> None:
    for op in region.ops:
        if op.opcode == "for" and op.attrs.get("parallel"):
            checked = _Loop(op, users(function.body), Structure.of(function))
            if checked.is_independent():
                checked.add_up()
                _forget(body_of(op))
                continue
            op.attrs = {name: value for name, value in op.attrs.items() if name != "parallel"}
        for inner in op.regions:
            _settle(inner, function)


def _forget(region: Region) -> None:
    """Loops within a pass run in its thread."""
    for op in walk(region):
        if "parallel" in op.attrs:
            op.attrs = {name: value for name, value in op.attrs.items() if name != "parallel"}


@final
@dataclass(slots=True)
class _Loop:
    """Whether the passes of one loop are independent."""

    loop: Op
    uses: Uses
    structure: Structure
    sums: list[int] = field(default_factory=list)
    """The carries that are sums of numbers."""

    @property
    def index(self) -> Value:
        return body_of(self.loop).args[0]

    def is_independent(self) -> bool:
        """Whether no pass sees what another one does."""
        step = self.loop.operands[2]
        if len(self.loop.regions) != 1 or not is_const(step) or const_of(step) != 1:
            return False
        if any(leaf.opcode != "continue" for leaf in region_leaves(body_of(self.loop))):
            return False
        return self._has_no_effects() and self._is_signed() and all(map(self._is_own, range(len(self.loop.results))))

    def _has_no_effects(self) -> bool:
        """Nothing is drawn, written out, raised or kept in an order; stacks are arrays with places."""
        for op in walk(body_of(self.loop)):
            if op.opcode in ("raise", "return") or (op.opcode == "for" and _starts_at(self.index, op)):
                return False
            if op.opcode in ("push", "pop") and self.index not in op.operands[1 if op.opcode == "pop" else 2 :]:
                return False
            if op.opcode in ("tape", "frames", "keep", "frame", "nonempty", "pack", "unpack"):
                return False
            if not opset.effects_of(op) <= _HARMLESS or (op.opcode == "call" and not _is_quiet(op.attrs["callee"])):
                return False
        return True

    def _is_signed(self) -> bool:
        """Whether the index is nowhere computed with as a number without a sign."""
        for user, place in self.uses.get(self.index, ()):
            if user.opcode in ("push", "pop"):
                continue
            if user.opcode in ("index", *_STORES):
                if place < (1 if user.opcode == "index" else 2):
                    return False
            elif user.opcode not in _SIGNED or not _has_sign(user.operands[1 - place], self.index):
                return False
        return True

    # what is carried

    def _is_own(self, number: int) -> bool:
        """Whether a carry is a sum, or an array in which each pass has its place."""
        versions = self._versions(number)
        if versions is None:
            return False
        head = carried_args(self.loop, body_of(self.loop))[number]
        if rank_of(head.type):
            return isinstance(head.type, Array) and (self._has_places(versions) or self._is_sum(versions))
        if not _is_real(head.type) or not all(self._only_adds(value, versions) for value in versions):
            return False
        self.sums.append(number)
        return True

    def _versions(self, number: int) -> set[Value] | None:
        """A carry and all that it becomes within a pass; None where something else becomes it."""
        body = body_of(self.loop)
        found: set[Value] = set()
        pending = [carried_args(self.loop, body)[number]]
        while pending:
            value = pending.pop()
            if value in found:
                continue
            found.add(value)
            for user, place in self.uses.get(value, ()):
                pending += self._becomes(value, user, place)
        for op in walk(body):
            if is_loop(op) and any(
                (init in found) != (result in found)
                for init, result in zip(op.operands[first_carry(op) :], op.results)
            ):
                return None
            target = self.structure.target_of.get(op)
            for place, operand in enumerate(op.operands):
                if target is not None and (operand in found) != (self._handed(target, place) in found):
                    if target is not self.loop or operand in found or place == number:
                        return None
        for leaf in region_leaves(body):
            if leaf.operands[number] not in found:
                return None
        return found

    def _handed(self, target: Op, place: int) -> Value | None:
        """What a leaf's operand becomes: the carry in the next pass, or the result of a branch or an inner loop."""
        if target is self.loop:
            return carried_args(self.loop, body_of(self.loop))[place]
        return target.results[place]

    def _becomes(self, value: Value, user: Op, place: int) -> list[Value]:
        if user.opcode in (*_STORES, "add", "sub"):
            return [user.result] if place == 0 or user.opcode == "add" else []
        if is_loop(user) and place >= first_carry(user):
            number = place - first_carry(user)
            return [user.results[number], *(carried_args(user, region)[number] for region in user.regions)]
        target = self.structure.target_of.get(user)
        return [target.results[place]] if target is not None and target is not self.loop else []

    def _has_places(self, versions: set[Value]) -> bool:
        """Whether the array is read and changed at the loop's index alone, which does not count from the end."""
        if not is_surely_a_count(self.loop.operands[0]):
            return False
        axes: set[int | None] = set()
        for user, place in self._readers(versions):
            if user.opcode in _SHAPES:
                continue
            if place != 0 or user.opcode not in ("index", *_STORES):
                return False
            axes.add(self._axis(user))
        return len(axes) < 2 and None not in axes

    def _axis(self, op: Op) -> int | None:
        """The axis along which the operation takes the loop's index; None where it takes none for sure."""
        operand = 1 if op.opcode == "index" else 2
        for axis, entry in enumerate(op.attrs["spec"]):
            if entry == "int":
                if op.operands[operand] is self.index:
                    return axis
                operand += 1
            elif isinstance(entry, tuple):
                operand += sum(entry[1:])
            else:
                return None
        return None

    def _readers(self, versions: set[Value]) -> Iterator[tuple[Op, int]]:
        """What looks at the versions, besides what hands them on."""
        for value in versions:
            for user, place in self.uses.get(value, ()):
                is_handed = is_loop(user) and place >= first_carry(user)
                if not is_handed and self.structure.target_of.get(user) is None:
                    yield user, place

    def _is_sum(self, versions: set[Value]) -> bool:
        """Whether an array is only added to, in place and by one operation, right before the pass ends."""
        body = body_of(self.loop)
        readers = [user for user, place in self._readers(versions) if place == 0 and user.attrs.get("_inplace")]
        if len(readers) != 1 or len(list(self._readers(versions))) != 1 or readers[0].opcode != "add":
            return False
        added = readers[0].operands[1]
        return readers[0] in body.ops and len(versions) == 2 and rank_of(added.type) == rank_of(readers[0].result.type)

    def _only_adds(self, value: Value, versions: set[Value]) -> bool:
        """Whether a version of a sum goes into nothing but the next one."""
        return all(
            (user.opcode == "add" or (user.opcode == "sub" and place == 0))
            and not rank_of(user.result.type)
            and user.operands[1 - place] not in versions
            for user, place in self._readers({value})
        )

    # sums

    def add_up(self) -> None:
        """Give each pass numbers of its own, which it adds to the sums at its end."""
        body = body_of(self.loop)
        for number in self.sums:
            head = body.args[1 + number]
            if self._is_added_to_once(head):
                continue
            self._begin(head)
            for region in walk_regions(body):
                for leaf in [op for op in region.ops if self.structure.target_of.get(op) is self.loop]:
                    self._add_at(leaf, region, head, number)

    def _begin(self, head: Value) -> None:
        """The number of the pass begins with nothing."""
        start = Op("const", attrs={"value": 0 if head.type == INT else 0.0}, derived=True)
        start.results = [Value(head.type, None, op=start)]
        for user, place in self.uses.get(head, ()):
            if self.structure.target_of.get(user) is self.loop:
                continue
            user.operands[place] = start.result
            if user.opcode == "add" and user.operands[1 - place].type == user.result.type:
                for reader, at in self.uses.get(user.result, ()):
                    reader.operands[at] = user.operands[1 - place]
                self.structure.region_of[user].ops.remove(user)
        body_of(self.loop).ops.insert(0, start)

    def _add_at(self, leaf: Op, region: Region, head: Value, number: int) -> None:
        own = leaf.operands[number]
        if own is head:
            return
        add = Op("add", [head, own], attrs={"_augmented": True}, line=self.loop.line, derived=True)
        add.results = [Value(head.type, head.name, add)]
        region.ops.insert(region.ops.index(leaf), add)
        leaf.operands[number] = add.result

    def _is_added_to_once(self, head: Value) -> bool:
        """Whether `s += number` is all that happens to a sum."""
        found = self.uses.get(head, ())
        if len(found) != 1 or found[0][1] != 0 or found[0][0] not in body_of(self.loop).ops:
            return False
        add = found[0][0]
        handed = self.uses.get(add.result, ()) if add.opcode in ("add", "sub") else ()
        return bool(handed) and all(self.structure.target_of.get(user) is self.loop for user, _ in handed)


def _starts_at(index: Value, loop: Op) -> bool:
    """Whether the bounds of a loop are the index itself, whose passes would then have no sign either."""
    return index in loop.operands[:3]


def _is_real(t: Type) -> bool:
    """Whether it is one real number."""
    if isinstance(t, Array):
        return not t.rank and t.dtype == "float64"
    return isinstance(t, Scalar) and t.kind in ("int", "float")


def _has_sign(other: Value, index: Value) -> bool:
    t = other.type
    if other is index:
        return False
    return (isinstance(t, Scalar) and t.kind in ("int", "float", "complex")) or (
        isinstance(t, Array) and not t.rank and t.dtype.startswith(("float", "complex", "int"))
    )


def _is_quiet(function: Function) -> bool:
    """Whether a function neither raises nor does anything else that others see."""
    for op in walk(function.body):
        if op.opcode == "raise" or op.opcode in ("frames", "keep", "frame", "write_back"):
            return False
        if op.opcode == "call" and (op.attrs["callee"] is function or not _is_quiet(op.attrs["callee"])):
            return False
        if not opset.effects_of(op) <= _HARMLESS:
            return False
    return True
