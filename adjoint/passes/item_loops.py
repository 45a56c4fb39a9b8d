"""Array operations become loops over items: for Numba, which makes a temporary of each expression on slices.

    before:  %d = mul 0.25 %u[1:-1];  %v = index_add %u %d 1:-1
    after:   %v = for 0 n-2 1 %u (%i, %u1) { continue (index_add %u1 (mul 0.25 %u1[i+1]) %i+1) }

Only at emission, before it is decided what is written in place: what is written here is as functional as all else, so
that where an array is still read the copy is made that is needed. Operations over the same indices that follow each
other are one loop, if each item needs only items of the same index.
"""

from __future__ import annotations

from typing import final

from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, users, walk
from adjoint.ir.opset import effects_of
from adjoint.ir.types import Dim, rank_of, shape_of
from adjoint.passes.equal_extents import Extents
from adjoint.passes.item_groups import (
    Apart,
    Group,
    Member,
    Reading,
    earliest,
    kind_of,
    member_of,
    reads_root,
    root_of,
    shape_in,
)
from adjoint.passes.item_nests import Nest
from adjoint.passes.item_places import is_view

_WRITES = ("index_set", "index_add", "call", "write_back")
_PASSED_EFFECTS = frozenset({"tape"})
"""Effects on which no item depends."""


def loop_over_items(function: Function) -> None:
    """Write array operations as loops, in place."""
    for op in walk(function.body):
        if op.opcode in ("index_set", "index_add") and op.attrs["spec"] == ("...",) and rank_of(op.operands[0].type):
            op.attrs["spec"] = (("slice", False, False, False),)
    extents = Extents(function)
    uses = users(function.body)
    region_of: dict[Op, Region] = {}
    _enter(function.body, region_of, extents, always=True)
    _Region(function.body, extents, uses, region_of, in_loop=False, always=True).run()
    extents.check(function)


def _enter(region: Region, region_of: dict[Op, Region], extents: Extents, *, always: bool) -> None:
    """Note where operations stand, and which extents they need to be equal."""
    for op in region.ops:
        region_of[op] = region
        kind_of(op, extents, always)
        for inner in op.regions:
            _enter(inner, region_of, extents, always=always and op.opcode in ("for", "while"))


@final
class _Region:
    """The operations of one region. `always`: every run of the function comes here, or through the loop around."""

    def __init__(
        self,
        region: Region,
        extents: Extents,
        uses: dict[Value, list[tuple[Op, int]]],
        region_of: dict[Op, Region],
        *,
        in_loop: bool,
        always: bool,
    ) -> None:
        self.region = region
        self.extents = extents
        self.uses = uses
        self.region_of = region_of
        self.in_loop = in_loop
        self.always = always
        self.out: list[Op] = []
        self.groups: list[Group] = []
        self.deferred: dict[Op, None] = {}
        self.views: dict[Op, None] = {}
        self.order = {op: number for number, op in enumerate(region.ops)}

    def run(self) -> None:
        for op in self.region.ops:
            is_loop = op.opcode in ("for", "while")
            parts = [] if op.attrs.get("parallel") else op.regions  # threads add up whole arrays
            for inner in parts:
                always = self.always and is_loop
                in_loop = self.in_loop or is_loop
                _Region(inner, self.extents, self.uses, self.region_of, in_loop=in_loop, always=always).run()
            self._visit(op)
        self.region.ops = self.out

    def _visit(self, op: Op) -> None:
        kind = self._kind(op)
        if kind is not None:
            if kind == "items" and self._is_deferred(op):
                self.deferred[op] = None
            else:
                self._take(op, kind)
            return
        if op.operands and (op.operands[0].op in self.deferred or op.operands[0].op in self.views):
            self.views[op] = None  # a view that is read as its array is
            return
        holder = self._holder(op)
        if holder is not None and (op.opcode == "push" or is_view(op)):
            holder.after.append(op)
            return
        if op.regions or op is self.region.ops[-1] or effects_of(op) - _PASSED_EFFECTS or op.opcode in _WRITES:
            self._flush()
        elif holder is not None:
            self._close()
        self.out.append(op)

    def _holder(self, op: Op) -> Group | None:
        """The last group that makes an operand."""
        return next((each for each in reversed(self.groups) if any(map(each.holds, op.operands))), None)

    def _kind(self, op: Op) -> str | None:
        return kind_of(op, self.extents, self.always)

    def _is_deferred(self, op: Op) -> bool:
        """Whether one operation alone reads the result, once for each item."""
        value = op.result
        while True:
            uses = self.uses.get(value, [])
            if len(uses) != 1:
                return False
            user, position = uses[0]
            if self.region_of.get(user) is not self.region_of[op]:
                return False
            kind = self._kind(user)
            if kind is None and user.opcode == "index" and is_view(user):
                value = user.result
                continue
            if kind is None or (kind in ("store", "update") and position != 1):
                return False
            return _loops(shape_in(user, kind)) == _loops(shape_of(op.result.type))

    # groups

    def _take(self, op: Op, kind: str) -> None:
        """Put an operation into a group, or into a new one."""
        if kind in ("store", "update") and not self._before_change(op, kind):
            self._flush()
            self.out.append(op)
            return
        if kind in ("store", "update"):
            self._settle(op.operands[0])
        member, reading = member_of(op, kind, self.deferred)
        try:
            first = earliest(self.groups, member, reading)
        except Apart:
            self._close()
            first = 0
        space = [dim for dim in member.shape if dim != 1]
        group = next((each for each in self.groups[first:] if self._is_over(each, space)), None)
        if group is None:
            group = Group(member.shape)
            self.groups.append(group)
        group.add(member, reading)
        for each in reading.absorbed:
            self.deferred.pop(each, None)

    def _settle(self, target: Value) -> None:
        """Make an array that is going to be changed, or what it is a view of, if that has been put off."""
        root = root_of(target)
        if root.op in self.deferred and root is not target:
            self._flush()
        elif any(each in group.made for each in (target, root) for group in self.groups):
            self._close()

    def _before_change(self, op: Op, kind: str) -> bool:
        """Do first what reads the array that is changed elsewhere than where it is changed; False where that stays."""
        member, reading = member_of(op, kind, self.deferred)
        assert member.changed is not None
        root = root_of(member.changed)
        for other in list(reversed(self.deferred)):
            if other in self.deferred and other not in reading.absorbed and reads_root(other, root):
                self._do(other)
        if self._is_apart(member, reading) and reading.absorbed:
            self._do(next(iter(reading.absorbed)))
            member, reading = member_of(op, kind, self.deferred)
        return not self._is_apart(member, reading)

    def _is_apart(self, member: Member, reading: Reading) -> bool:
        """Whether an item that is read of the array is not the one that is changed."""
        assert member.changed is not None
        root, changed = root_of(member.changed), (member.changed, member.place)
        return any(root_of(each[0]) is root and each != changed for each in reading.reads)

    def _is_over(self, group: Group, space: list[Dim]) -> bool:
        return len(space) == len(group.space) and all(
            self.extents.are_known_equal(one, other, always=self.always) for one, other in zip(group.space, space)
        )

    def _flush(self) -> None:
        """Do all that was put off, and write the loops."""
        while self.deferred:
            self._do(next(reversed(self.deferred)))
        self._close()

    def _do(self, op: Op) -> None:
        """Make the array of an operation that was put off."""
        del self.deferred[op]
        self._take(op, "items")
        holder = next(group for group in self.groups if op.result in group.made)
        view = self.uses[op.result][0][0]
        while self._kind(view) is None:
            holder.after.append(view)
            view = self.uses[view.result][0][0]

    def _close(self) -> None:
        """Write the loops of the groups, or their operations as they were."""
        groups, self.groups = self.groups, []
        for group in groups:
            inside = {*group.absorbed, *(member.op for member in group.members)}
            needed = {value for value in group.made if self._is_needed(value, inside)}
            builder = Builder(Region(), derived=True)
            nest = Nest(group, needed, self.extents, builder)
            if (self.in_loop or group.gains) and nest.is_possible():
                nest.write()
                self.out += builder.region.ops
            else:
                views = [op for op in self._views_behind(inside) if op not in group.after]
                self.out += sorted([*inside, *views], key=self.order.__getitem__)
            self.out += group.after

    def _views_behind(self, ops: set[Op]) -> list[Op]:
        """The views that stand between operations of a group."""
        found: dict[Op, None] = {}
        for op in self.views:
            if op.operands[0].op in ops or op.operands[0].op in found:
                found[op] = None
        return list(found)

    def _is_needed(self, value: Value, inside: set[Op]) -> bool:
        """Whether something else reads the array."""
        for user, _ in self.uses.get(value, ()):
            if user in inside:
                continue
            if user.opcode != "index" or not is_view(user) or self._is_needed(user.result, inside):
                return True
        return False


def _loops(shape: object) -> int:
    assert isinstance(shape, tuple)
    return sum(dim != 1 for dim in shape)
