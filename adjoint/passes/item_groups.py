"""Which array operations make up one loop over items: each item is needed where the others of its index are.

A group has members (operations that give an array, a sum, or a changed array), and operations that are read by one
member alone and disappear in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, final

from adjoint.ir.core import Op, Value, is_const
from adjoint.ir.opset import TABLE
from adjoint.ir.types import Array, Dim, Scalar, dtype_of, rank_of, shape_of
from adjoint.passes.equal_extents import Extents
from adjoint.passes.item_places import Place, fitted, operand_places, own_place, place_behind, view_place
from adjoint.passes.ownership import is_update

ITEMWISE = frozenset(
    "add sub mul truediv neg pos sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh exp exp2 expm1 log "
    "log2 log10 log1p sqrt square fabs sign hypot maximum minimum fmax fmin copysign lt le gt ge eq ne logical_and "
    "logical_or logical_not absolute where pow bitand bitor bitxor invert".split()
)
Uses = dict[Value, list[tuple[Op, int]]]


class Apart(Exception):
    """An operation reads an array as it was before a group."""


def kind_of(op: Op, extents: Extents, always: bool) -> str | None:
    """What an operation is in a group: `items`, `sum`, `store` or `update`; None for what is in none."""
    if len(op.results) != 1:
        return None
    if op.opcode in ("index_set", "index_add"):
        return "store" if _is_store(op, extents, always) else None
    if op.opcode == "sum":
        is_plain = len(op.operands) == 1 and op.attrs.get("dtype") is None and _is_real(op.operands[0])
        return "sum" if is_plain and _are_known(shape_of(op.operands[0].type), extents) else None
    if op.opcode not in (*ITEMWISE, "outer") or not _has_items(op.result):
        return None
    if not _are_known(shape_of(op.result.type), extents):
        return None
    if op.opcode == "outer":
        return "items" if all(_is_real(each) and rank_of(each.type) == 1 for each in op.operands) else None
    if (op.opcode == "pow" and not _is_power(op)) or not all(map(_is_operand, op.operands)):
        return None
    shape = shape_of(op.result.type)
    if not all(_fits(shape_of(operand.type), shape, extents, always) for operand in op.operands):
        return None
    return "update" if _is_in_place(op) and _is_real(op.result) else "items"


def _is_in_place(op: Op) -> bool:
    """Whether an operation adds to an array that was there before, not to what is made for it."""
    if not is_update(op):
        return False
    made = op.operands[0].op
    return made is None or made.opcode not in (*ITEMWISE, "outer", "sum") or _is_in_place(made)


def _are_known(shape: Sequence[Dim], extents: Extents) -> bool:
    return all(extents.known(dim) is not None for dim in shape)


def _has_items(value: Value) -> bool:
    t = value.type
    return isinstance(t, Array) and any(dim != 1 for dim in t.shape) and t.dtype in ("float64", "bool")


def _is_real(value: Value) -> bool:
    return _has_items(value) and dtype_of(value.type) == "float64"


def _is_operand(value: Value) -> bool:
    t = value.type
    if isinstance(t, Scalar):
        return t.kind != "complex"
    return isinstance(t, Array) and t.dtype in ("float64", "int64", "bool")


def _is_power(op: Op) -> bool:
    base, exponent = op.operands
    is_number = isinstance(exponent.type, Scalar) and exponent.type.kind in ("int", "float") and is_const(exponent)
    return _is_real(base) and (is_number or dtype_of(exponent.type) == "float64")


def _fits(own: Sequence[Dim], shape: Sequence[Dim], extents: Extents, always: bool) -> bool:
    behind = shape[len(shape) - len(own) :]
    pairs = [(one, other) for one, other in zip(own, behind) if one != 1]
    return all(extents.are_equal(other, one, always=always) for one, other in pairs)


def store_place(op: Op) -> tuple[Array, Place] | None:
    """The part of the array that is written, and where its item stands in it."""
    base = op.operands[0].type
    if not isinstance(base, Array) or base.dtype != "float64":
        return None
    attrs: dict[str, Any] = {"spec": op.attrs["spec"]}
    part = TABLE["index"].infer([op.operands[0], *op.operands[2:]], attrs)
    if not isinstance(part, Array) or not part.rank or all(dim == 1 for dim in part.shape):
        return None
    place = place_behind(base, op.attrs["spec"], op.operands[2:], part, own_place(part.shape))
    return None if place is None else (part, place)


def _is_store(op: Op, extents: Extents, always: bool) -> bool:
    found = store_place(op)
    value = op.operands[1]
    if found is None or not _is_operand(value) or rank_of(value.type) > found[0].rank:
        return False
    if not _are_known(found[0].shape, extents):
        return False
    return _fits(shape_of(value.type), found[0].shape, extents, always)


def shape_in(op: Op, kind: str) -> Sequence[Dim]:
    """The extents of the loops for a member, with those that are 1."""
    if kind == "sum":
        return shape_of(op.operands[0].type)
    if kind == "store":
        found = store_place(op)
        assert found is not None
        return found[0].shape
    return shape_of(op.result.type)


def root_of(value: Value) -> Value:
    """What the memory of an array was first, as far as the operations here show."""
    while (op := value.op) is not None:
        definition = TABLE.get(op.opcode)
        is_changed = op.opcode in ("index_set", "index_add") or _is_in_place(op)
        if definition is None or not op.operands or not (is_changed or not definition.fresh):
            return value
        value = op.operands[0]
    return value


@final
@dataclass(slots=True)
class Member:
    """An operation of a group. `place` is where it writes, `changed` what (for stores and updates)."""

    op: Op
    kind: str
    shape: Sequence[Dim]
    place: Place
    changed: Value | None = None


@final
@dataclass(slots=True)
class Reading:
    """What a member reads, and the operations that disappear in it."""

    reads: list[tuple[Value, Place]] = field(default_factory=list)
    absorbed: dict[Op, None] = field(default_factory=dict)

    def add(self, value: Value, place: Place, deferred: dict[Op, None]) -> None:
        """Note what an item is made of."""
        op = value.op
        if op is not None and op in deferred:
            self.absorbed[op] = None
            for operand, its in zip(op.operands, operand_places(op, place)):
                self.add(operand, its, deferred)
            return
        behind = view_place(op, place) if op is not None and rank_of(value.type) else None
        if op is not None and behind is not None:
            self.add(op.operands[0], behind, deferred)
        else:
            self.reads.append((value, place))


def member_of(op: Op, kind: str, deferred: dict[Op, None]) -> tuple[Member, Reading]:
    """An operation as a member of a group, and what it reads."""
    shape, reading = shape_in(op, kind), Reading()
    own = own_place(shape)
    if kind == "items":
        for operand, place in zip(op.operands, operand_places(op, own)):
            reading.add(operand, place, deferred)
        return Member(op, kind, shape, own), reading
    if kind == "sum":
        reading.add(op.operands[0], own, deferred)
        return Member(op, kind, shape, own), reading
    value, place = op.operands[1], own
    if kind == "store":
        found = store_place(op)
        assert found is not None
        place = found[1]
    reading.add(value, fitted(shape_of(value.type), own), deferred)
    return Member(op, kind, shape, place, op.operands[0]), reading


@final
class Group:
    """Operations over the same indices."""

    def __init__(self, shape: Sequence[Dim]) -> None:
        self.space = [dim for dim in shape if dim != 1]
        self.members: list[Member] = []
        self.made: dict[Value, Place | None] = {}
        """Where the item of the loops stands in what is made here; None for a sum, which is there at the end."""
        self.newest: dict[Value, Value] = {}
        """By root: the last version of an array that is changed here."""
        self.reads: list[tuple[Value, Place]] = []
        self.absorbed: dict[Op, None] = {}
        self.after: list[Op] = []

    def add(self, member: Member, reading: Reading) -> None:
        """Take an operation in."""
        self.members.append(member)
        self.reads += reading.reads
        self.absorbed.update(reading.absorbed)
        self.made[member.op.result] = None if member.kind == "sum" else member.place
        if member.changed is not None:
            self.newest[root_of(member.changed)] = member.op.result

    @property
    def gains(self) -> bool:
        """Whether loops that run once are better than array operations: several in one, or broadcast arrays."""
        first = self.members[0]
        spread = any(rank_of(value.type) and place != first.place for value, place in self.reads)
        return len(self.members) > 1 or (bool(self.absorbed) and spread and len(self.space) > 1)

    def holds(self, value: Value) -> bool:
        """Whether a value is made here."""
        return value in self.made or (value.op is not None and value.op in self.after)


def earliest(groups: Sequence[Group], member: Member, reading: Reading) -> int:
    """The first group that a member may join, by number; that of none where it needs what a group has finished.

    Raises Apart where it reads an array that a group changes, as it was before.
    """
    first = 0
    for number, group in enumerate(groups):
        reads = list(reading.reads)
        if member.changed is not None:
            reads.append((member.changed, member.place))
        for value, place in reads:
            if value in group.made:
                first = max(first, number if group.made[value] == place else number + 1)
            if root_of(value) in group.newest and group.newest[root_of(value)] is not value:
                raise Apart
        if member.changed is None:
            continue
        root = root_of(member.changed)
        for value, place in group.reads:
            if root_of(value) is root:
                is_same = value is member.changed and place == member.place
                first = max(first, number if is_same else number + 1)
    return first


def reads_root(op: Op, root: Value) -> bool:
    """Whether an operation that is put off reads an array, or a part of it."""
    return any(rank_of(operand.type) > 0 and root_of(operand) is root for operand in op.operands)
