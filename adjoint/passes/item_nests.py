"""The loops of a group of operations over items: one nest, written as a person would.

    before:  %a = mul %x %y;  %b = tanh %a;  %s = sum %b        where %b is read later
    after:   %b, %s = for 0 n 1 (empty n) 0.0 (%i, %b1, %s1) {
                 %t = tanh (mul %x[i] %y[i]);  continue (index_set %b1 %t %i) (add %s1 %t)
             }
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from adjoint.ir.builder import Builder
from adjoint.ir.core import Op, Region, Value, const_of, is_const
from adjoint.ir.opset import TABLE
from adjoint.ir.shapes import normalize_axes
from adjoint.ir.types import INT, Array, Sym, dtype_of, rank_of, shape_of
from adjoint.passes.equal_extents import Extents
from adjoint.passes.item_groups import Group, Member, root_of
from adjoint.passes.item_places import At, Place, fitted, operand_places, view_place

_PRESENTATION = ("_inplace", "_augmented", "_via", "_text", "_owned")


@final
@dataclass(slots=True)
class _Carry:
    """What the loops change: where it starts, and the last value of it, whose name and type it has."""

    start: Value
    last: Value
    inner: int = 0
    """For a sum over the last axes: how many loops are around the place where it starts from 0.0."""


@final
class Nest:
    """Writes the loops of one group. `needed` are the items that something else reads."""

    def __init__(self, group: Group, needed: set[Value], extents: Extents, builder: Builder) -> None:
        self.group = group
        self.needed = needed
        self.extents = extents
        self.builder = builder
        changed = self._changed()
        read = [each for each, _ in group.reads if self._is_there(each) and each not in changed]
        self.arrays = list(dict.fromkeys(read))
        self.changed = list(filter(self._is_there, changed))
        self.carries: list[_Carry] = []
        self.of_member: dict[Op, int] = {}
        self.roots: dict[Value, int] = {}
        self.items: dict[tuple[Value, Place], Value] = {}

    def _is_there(self, value: Value) -> bool:
        return rank_of(value.type) > 0 and value not in self.group.made

    def _changed(self) -> list[Value]:
        return [member.changed for member in self.group.members if member.changed is not None]

    def extent(self, dim: Any, builder: Builder) -> Value:
        found = self.extents.value(dim, self.arrays, self.changed, builder)
        assert found is not None, dim
        return found

    def is_possible(self) -> bool:
        """Whether all extents that are asked for can be read of something."""
        places = [*self.group.reads, *((member.op.result, member.place) for member in self.group.members)]
        dims = {*self.group.space, *(at.wraps for _, place in places for at in place)}
        dims |= {dim for member in self.group.members if not member.changed for dim in shape_of(member.op.result.type)}
        scratch = Builder(Region())
        return all(self.extents.value(dim, self.arrays, self.changed, scratch) is not None for dim in dims)

    def write(self) -> None:
        """Append the loops; the results of the members become theirs."""
        for member in self.group.members:
            self._start(member)
        results = self._loops(0, [], [carry.start for carry in self.carries], self.builder)
        for carry, result in zip(self.carries, results):
            made = result.op
            assert made is not None
            made.results[made.results.index(result)] = carry.last
            carry.last.op = made

    def _start(self, member: Member) -> None:
        result = member.op.result
        self.builder.line, self.builder.derived = member.op.line, True
        if member.changed is not None:
            root = root_of(member.changed)
            if root in self.roots:
                self.carries[self.roots[root]].last = result
            else:
                self.roots[root] = len(self.carries)
                self.carries.append(_Carry(member.changed, result))
            self.of_member[member.op] = self.roots[root]
            return
        if member.kind == "items" and result not in self.needed:
            return
        self.of_member[member.op] = len(self.carries)
        if not rank_of(result.type):
            self.carries.append(_Carry(self.builder.const(0.0), result))
            return
        inner = _loops_around(member)
        kind = "empty" if member.kind == "items" or inner else "zeros"
        self.carries.append(_Carry(self._allocate(kind, result), result, inner))

    def _allocate(self, kind: str, value: Value) -> Value:
        extents: list[Value] = []
        self.builder.derived = False
        for dim in shape_of(value.type):
            extent = self.extent(dim, self.builder)
            known = self.extents.known(dim)
            if isinstance(dim, Sym) and extent.op is not None and extent.op.opcode == "sub" and known is not None:
                extent = self.builder.emit("max_of", extent, self.builder.const(0))
            extents.append(extent)
        shape = extents[0] if len(extents) == 1 else self.builder.emit("tuple", *extents)
        dtype: Any = float if dtype_of(value.type) == "float64" else bool
        made = Op(kind, [shape], {"dtype": dtype}, [], [], self.builder.line, True)
        made.results = [Value(value.type, value.name, made)]
        self.builder.region.ops.append(made)
        return made.result

    # loops

    def _loops(self, depth: int, indices: list[Value], current: list[Value], builder: Builder) -> list[Value]:
        if depth == len(self.group.space):
            return self._body(indices, current, builder)
        outer = list(current)
        totals = [number for number, carry in enumerate(self.carries) if carry.inner and carry.inner == depth]
        for number in totals:
            current[number] = builder.const(0.0)
        builder.derived = False  # nothing of this is too long for a line
        bounds = [builder.const(0), self.extent(self.group.space[depth], builder), builder.const(1)]
        region = Region([Value(INT)])
        for number, carry in enumerate(self.carries):
            region.args.append(Value(_kind(carry, current[number]), carry.last.name if number not in totals else None))
        inside = Builder(region, line=builder.line, derived=True)
        ends = self._loops(depth + 1, [*indices, region.args[0]], region.args[1:], inside)
        inside.terminate("continue", *ends)
        types = [value.type for value in region.args[1:]]
        builder.derived = True
        loop = builder.op("for", [*bounds, *current], types, {}, [region])
        results = list(loop.results)
        for value, carry in zip(results, self.carries):
            value.name = carry.last.name
        for number in totals:
            results[number].name = None
            results[number] = self._put_total(number, outer[number], results[number], indices, builder)
        return results

    def _put_total(self, number: int, array: Value, total: Value, indices: list[Value], builder: Builder) -> Value:
        member = next(member for member in self.group.members if self.of_member.get(member.op) == number)
        place = self._kept_place(member)
        return self._put("index_set", array, total, place, indices, builder)

    def _kept_place(self, member: Member) -> Place:
        axes = normalize_axes(member.op.attrs.get("axis"), len(member.shape))
        if member.op.attrs.get("keepdims"):
            return tuple(At() if axis in axes else at for axis, at in enumerate(member.place))
        return tuple(at for axis, at in enumerate(member.place) if axis not in axes)

    # what is done for each item

    def _body(self, indices: list[Value], current: list[Value], builder: Builder) -> list[Value]:
        self.items = {}
        for member in self.group.members:
            builder.line = member.op.line
            number = self.of_member.get(member.op)
            if member.kind == "items":
                item = self._operation(member.op, member.place, indices, current, builder)
                if number is None:
                    item.name = member.op.result.name
                else:
                    current[number] = self._put("index_set", current[number], item, member.place, indices, builder)
                self.items[member.op.result, member.place] = item
            elif member.kind == "sum":
                assert number is not None
                item = self._item(member.op.operands[0], member.place, indices, current, builder)
                if not rank_of(current[number].type):
                    current[number] = builder.emit("add", current[number], item)
                    current[number].name = None
                else:
                    place = self._kept_place(member)
                    current[number] = self._put("index_add", current[number], item, place, indices, builder)
            else:
                assert number is not None
                current[number] = self._change(member, current, number, indices, builder)
        return current

    def _change(
        self, member: Member, current: list[Value], number: int, indices: list[Value], builder: Builder
    ) -> Value:
        op, old = member.op, current[number]
        own = tuple(_loop_places(member.shape))
        value = op.operands[1]
        item = self._item(value, fitted(shape_of(value.type), own), indices, current, builder)
        if member.kind == "store":
            return self._put(op.opcode, old, item, member.place, indices, builder)
        if op.opcode in ("add", "sub"):
            added = item if op.opcode == "add" else builder.emit("neg", item)
            return self._put("index_add", old, added, member.place, indices, builder)
        before = self._get(old, member.place, indices, builder)
        new = self._apply(op, [before, item], builder)
        return self._put("index_set", old, new, member.place, indices, builder)

    def _item(self, value: Value, place: Place, indices: list[Value], current: list[Value], builder: Builder) -> Value:
        """The item of a value at a place."""
        if not rank_of(value.type):
            return value
        if (value, place) in self.items:
            return self.items[value, place]
        op = value.op
        if op is not None and op in self.group.absorbed and op.opcode != "index":
            return self._operation(op, place, indices, current, builder)
        behind = view_place(op, place) if op is not None else None
        if op is not None and behind is not None:
            return self._item(op.operands[0], behind, indices, current, builder)
        root = root_of(value)
        array = current[self.roots[root]] if root in self.roots and not self._is_view(value) else value
        return self._get(array, place, indices, builder)

    def _is_view(self, value: Value) -> bool:
        return value.op is not None and value.op.opcode == "index"

    def _operation(self, op: Op, place: Place, indices: list[Value], current: list[Value], builder: Builder) -> Value:
        places = operand_places(op, place)
        items = [self._item(each, at, indices, current, builder) for each, at in zip(op.operands, places)]
        return self._apply(op, items, builder)

    def _apply(self, op: Op, items: Sequence[Value], builder: Builder) -> Value:
        """The operation on numbers; NumPy's division does not raise, nor does its power."""
        opcode, items = "mul" if op.opcode == "outer" else op.opcode, list(items)
        if opcode == "truediv" and not (is_const(items[1]) and const_of(items[1]) != 0):
            opcode = "quotient"
        if opcode == "pow" and is_const(items[1]) and const_of(items[1]) < 0:
            items[1] = builder.const(float(const_of(items[1])))
        known = TABLE[opcode].attrs
        attrs = {name: value for name, value in op.attrs.items() if name in known or name.startswith("_")}
        attrs = {name: value for name, value in attrs.items() if name not in _PRESENTATION}
        made = Op(opcode, items, {**known, **attrs}, [], [], op.line, op.derived)
        made.results = [Value(_one(TABLE[opcode].infer(items, made.attrs)), None, made)]
        builder.region.ops.append(made)
        return made.result

    def _get(self, array: Value, place: Place, indices: list[Value], builder: Builder) -> Value:
        given = [self._index(at, indices, builder) for at in place]
        return builder.emit("index", array, *given, spec=("int",) * len(place))

    def _put(
        self, opcode: str, array: Value, item: Value, place: Place, indices: list[Value], builder: Builder
    ) -> Value:
        given = [self._index(at, indices, builder) for at in place]
        put = builder.emit(opcode, array, item, *given, spec=("int",) * len(place))
        put.name = array.name
        return put

    def _index(self, at: At, indices: list[Value], builder: Builder) -> Value:
        if at.fixed is not None:
            return at.fixed
        if at.loop is None:
            return builder.const(at.more)
        index = indices[at.loop]
        if at.more:
            index = builder.emit("add" if at.more > 0 else "sub", index, builder.const(abs(at.more)))
        if at.wraps != 0:
            index = builder.emit("sub", index, self.extent(at.wraps, builder))
        return index


def _one(t: Any) -> Any:
    return t[0] if isinstance(t, tuple) else t


def _kind(carry: _Carry, start: Value) -> Any:
    """The type of what a loop carries."""
    return carry.last.type if rank_of(start.type) else Array("float64", ())


def _loop_places(shape: Sequence[Any]) -> list[At]:
    loops = iter(range(len(shape)))
    return [At() if dim == 1 else At(next(loops)) for dim in shape]


def _loops_around(member: Member) -> int:
    """How many loops are around a sum over the last axes; 0 where it is over others."""
    if member.kind != "sum":
        return 0
    axes = normalize_axes(member.op.attrs.get("axis"), len(member.shape))
    summed = [at.loop for axis, at in enumerate(member.place) if axis in axes and at.loop is not None]
    kept = [at.loop for axis, at in enumerate(member.place) if axis not in axes and at.loop is not None]
    return len(kept) if summed and kept and max(kept) < min(summed) else 0
