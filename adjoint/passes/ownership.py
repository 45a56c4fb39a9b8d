"""Writes into arrays and lists go to memory the derivative owns.

`index_add(x, v, i)` is printed `x[i] += v`: right only when nobody reads the old version of `x` any more and its memory
is not shared with an argument, a seed or a view (`analysis/sharing`). Where that is not certain a `copy` is inserted:
of the part that somebody still reads where that is enough, else of the whole.

    before:  %b2 = index_add %seed %v %i
    after:   %b1 = copy %seed;  %b2 = index_add %b1 %v %i

    before:  %v = index %u 1:;   push %t %v;  %u2 = index_set %u ...
    after:   %v = index %u 1:;  %c = copy %v;  push %t %c;  %u2 = index_set %u ...

A list that grows (`list_append` and its like) is marked `_owned` where its memory is, else it is printed as an
expression. A write into an item of a list (`rows[i][j] += v`) needs items that nobody else holds, too (`_inplace`);
where that is not certain the item is replaced by a changed copy. Sums such as `x += y` are marked `_inplace` where the
user or the derivative adds to an array in memory of its own.
"""

from __future__ import annotations

from typing import final

from adjoint.analysis.sharing import SHAPE_ONLY, WRITES, Sharing, Use, stores_numbers
from adjoint.ir.core import Function, Op, Region, Value, inits_of, is_same, users, walk, walk_regions
from adjoint.ir.ops.indexing import is_whole
from adjoint.ir.ops.lists import STORES
from adjoint.ir.opset import TABLE, lookup
from adjoint.ir.types import Array, List, are_alike, same_dim, shape_of
from adjoint.ir.undefined import maybe_undefined
from adjoint.passes.reads_first import read_first
from adjoint.passes.sure_dtypes import unsure_values


def own_buffers(function: Function) -> None:
    """Insert the copies that writes need, in place."""
    read_first(function)
    read_newest_shapes(function)
    _Ownership(function).run()


def elide_copies(function: Function) -> None:
    """Drop the copies of returned cotangents that are new memory anyway, in place."""
    for region in walk_regions(function.body):
        for op in list(region.ops):
            if not op.attrs.get("_returned"):
                continue
            if Sharing(function).owned(op.operands[0], op, deep=True):
                region.ops.remove(op)
                _replace(function.body, op.result, op.operands[0])


def _replace(body: Region, old: Value, new: Value) -> None:
    for op in walk(body):
        op.operands = [new if operand is old else operand for operand in op.operands]


@final
class _Ownership:
    def __init__(self, function: Function) -> None:
        self.body = function.body
        updates = [op for op in walk(self.body) if is_update(op)]  # may exchange operands: before uses are noted
        unsure, _ = unsure_values([function]) if updates else (set(), set())
        self.updates = [op for op in updates if not op.derived or op.operands[0] not in unsure]
        self.sharing = Sharing(function)
        self.kept: list[Op] = []
        """Copies that are kept for the reverse sweep, on paths where there may be nothing to keep as well."""

    def run(self) -> None:
        self._choose_sums()
        self._region(self.body)
        if self.kept:
            unbound = maybe_undefined(self.body)
            for copy in self.kept:
                copy.attrs["_unbound"] = copy.operands[0] in unbound

    def _region(self, region: Region) -> None:
        for op in list(region.ops):
            for inner in op.regions:
                self._region(inner)
            if op.opcode in WRITES:
                self._write(region, op)
            elif op.opcode in ("for", "while"):
                self._carries(region, op)

    # sums in place

    def _choose_sums(self) -> None:
        """Mark the sums that are done in place.

        What is marked counts as a write, so marks are taken off until all of them hold.
        """
        marked = self.updates
        for op in marked:
            op.attrs["_inplace"] = True
        while marked:
            wrong = [op for op in marked if not self.sharing.owned(op.operands[0], op)]
            if not wrong:
                return
            for op in wrong:
                op.attrs["_inplace"] = False
            marked = [op for op in marked if op.attrs["_inplace"]]
            self.sharing.forget_writes()

    # writes

    def _write(self, region: Region, op: Op) -> None:
        target = op.operands[0]
        if isinstance(target.type, Array):
            if not self._own(target, op):
                if self._turn_into_copy(op):
                    return
                self._copy(region, op, 0)
            elif op.derived and target.name is not None and self.sharing.structure.loops_between(region, self.body):
                op.result.name = target.name  # the buffer keeps its name from pass to pass
            op.attrs["_owned"] = True
            return
        if isinstance(target.type, List) and op.opcode in ("index_set", "index_add"):
            if self._own_items(target, op):
                op.attrs["_owned"] = op.attrs["_inplace"] = True
                return
            while len(op.attrs["spec"]) > 1:
                op = self._write_item(region, op)
        owned = self.sharing.owned(op.operands[0], op) or self._is_borrowed(op)
        if not owned and op.opcode in STORES:
            self._copy(region, op, 0)
        if isinstance(target.type, List) and (owned or op.opcode in STORES):
            op.attrs["_owned"] = True

    def _turn_into_copy(self, op: Op) -> bool:
        """Where a whole array would be copied, and then filled with another one, copy that one; whether it was so."""
        target, value = op.operands[:2]
        if op.opcode != "index_set" or not is_whole(op.attrs["spec"]) or not are_alike(target.type, value.type):
            return False
        op.opcode, op.operands, op.attrs = "copy", [value], {}
        uses = self.sharing.uses
        uses[target] = [use for use in uses[target] if use != (op, 0)]
        uses[value] = [use for use in uses[value] if use != (op, 1)] + [(op, 0)]
        return True

    def _own_items(self, target: Value, op: Op) -> bool:
        """Whether a list is owned with its items; where an item is changed, after copying parts that are still read."""
        if stores_numbers(op) or op.opcode == "index_add":
            return self._own(target, op, deep=True)
        return self.sharing.owned(target, op, deep=True)

    def _own(self, value: Value, op: Op, *, deep: bool = False) -> bool:
        """Whether the memory is owned, as it is or after copying parts that are still read."""
        if self.sharing.owned(value, op, deep=deep):
            return True
        repairs: list[Use | Value] = []
        if not self.sharing.owned(value, op, deep=deep, repairs=repairs):
            return False
        for repair in dict.fromkeys(repairs):
            self._repair(repair)
        return True

    def _repair(self, repair: Use | Value) -> None:
        region_of = self.sharing.structure.region_of_op
        if isinstance(repair, tuple):
            self._copy(region_of[repair[0]], *repair)
            return
        assert repair.op is not None
        region = region_of[repair.op]
        copy = Op("copy", [repair], {}, [], [], repair.op.line, True)
        copy.results = [Value(repair.type, repair.name, copy)]
        for user, position in self.sharing.uses.pop(repair, []):
            user.operands[position] = copy.result
            self.sharing.uses.setdefault(copy.result, []).append((user, position))
        region.ops.insert(region.ops.index(repair.op) + 1, copy)
        self.sharing.uses[repair] = [(copy, 0)]
        repair.name = None
        self.sharing.enter_copy(copy, region, self.sharing.order[repair.op] + 0.5)

    def _is_borrowed(self, op: Op) -> bool:
        """Whether the list that is changed is an item of an owned list, read right here and put back right after."""
        row = op.operands[0]
        read, store, changed = row.op, op, op.result
        if read is None or read.opcode != "index" or not isinstance(read.operands[0].type, List):
            return False
        uses, structure = self.sharing.uses, self.sharing.structure
        while store.opcode != "index_set" or store.operands[1] is not changed:
            if store.opcode not in WRITES or len(uses.get(store.result, ())) != 1:
                return False
            changed, store = store.result, uses[store.result][0][0]
        rows, _, *index = store.operands
        same_place = read.operands[0] is rows and tuple(read.attrs["spec"]) == tuple(store.attrs["spec"]) == ("int",)
        if not same_place or not is_same(read.operands[1], index[0]):
            return False
        together = structure.region_of_op[read] is structure.region_of_op[store]
        return together and self.sharing.dead_after(row, op, False) and self.sharing.owned(rows, store, deep=True)

    def _write_item(self, region: Region, op: Op) -> Op:
        """`rows[i][j] = v` as `row = rows[i].copy(); row[j] = v; rows[i] = row`: the last of these."""
        rows, value, first, *rest = op.operands
        spec = op.attrs["spec"]
        read = self._insert(region, op, "index", [rows, first], spec=spec[:1])
        copy = self._insert(region, op, "copy", [read.result])
        changed = self._insert(region, op, op.opcode, [copy.result, value, *rest], spec=spec[1:])
        op.opcode, op.attrs = "index_set", {"spec": spec[:1]}
        op.operands = [rows, changed.result, first]
        self.sharing.uses = users(self.body)
        self._write(region, changed)
        return op

    def _insert(self, region: Region, before: Op, opcode: str, operands: list[Value], **attrs: object) -> Op:
        """Put an operation in front of another one."""
        definition = lookup(opcode)
        full = {**definition.attrs, **attrs}
        op = Op(opcode, operands, full, [], [], before.line, True)
        t = definition.infer(operands, full)
        op.results = [Value(t, None, op)] if not isinstance(t, tuple) else []
        region.ops.insert(region.ops.index(before), op)
        self.sharing.structure.region_of_op[op] = self.sharing.structure.region_of_value[op.result] = region
        self.sharing.order[op] = self.sharing.order[before]
        return op

    def _carries(self, region: Region, op: Op) -> None:
        """A carry that the body writes into starts from owned memory."""
        offset = 3 if op.opcode == "for" else 0
        for index, init in enumerate(inits_of(op)):
            if self.sharing.written(op, index) and not self._own(init, op):
                self._copy(region, op, offset + index)

    def _copy(self, region: Region, op: Op, position: int) -> None:
        """Let an operation read a copy."""
        old = op.operands[position]
        copy = Op("copy", [old], {}, [], [], op.line, True)
        copy.results = [Value(old.type, old.name if op.opcode != "push" else None, copy)]
        self.kept += [copy] if op.opcode in ("push", "pack") else []
        region.ops.insert(region.ops.index(op), copy)
        op.operands[position] = copy.result
        uses = self.sharing.uses
        uses[old] = [use for use in uses.get(old, []) if use != (op, position)] + [(copy, 0)]
        uses[copy.result] = [(op, position)]
        self.sharing.enter_copy(copy, region, self.sharing.order[op] - 0.5)


def is_update(op: Op) -> bool:
    """Whether an operation gives an array a new value that fits into its memory: `x += y`."""
    definition = TABLE.get(op.opcode)
    if definition is None or definition.symbol is None or len(op.operands) != 2 or not definition.elementwise:
        return False
    if op.derived and op.opcode == "add" and _has_place(op, 1) and not _has_place(op, 0):
        op.operands.reverse()
    return _has_place(op, 0) and (bool(op.attrs.get("_augmented")) or (op.derived and op.opcode in ("add", "sub")))


def _has_place(op: Op, position: int) -> bool:
    """Whether the result has the name, dtype and extents of an operand."""
    old, new = op.operands[position], op.result
    if not isinstance(new.type, Array) or not isinstance(old.type, Array) or not new.type.rank:
        return False
    if op.attrs.get("_augmented") and new.name is None:
        new.name = old.name
    if old.name is None or old.name != new.name or old.type.dtype != new.type.dtype or old.type.rank != new.type.rank:
        return False
    return bool(op.attrs.get("_augmented")) or all(map(same_dim, shape_of(old.type), shape_of(new.type)))


# shapes


def read_newest_shapes(function: Function) -> None:
    """Let what reads only a shape read it of the newest version of an array, so that the old one need not be kept."""
    sharing = Sharing(function)
    for op in walk(function.body):
        position = SHAPE_ONLY.get(op.opcode)
        if position is None or not isinstance(op.operands[position].type, Array):
            continue
        value: Value | None = op.operands[position]
        while value is not None:
            op.operands[position] = value
            value = _newer(value, op, sharing)


def _newer(value: Value, reader: Op, sharing: Sharing) -> Value | None:
    """The next version of an array that is there where the reader stands."""
    structure = sharing.structure
    for user, position in sharing.uses.get(value, ()):
        offset = {"for": 3, "while": 0}.get(user.opcode, 0)
        if user is reader or position < offset or user.opcode not in WRITES | {"for", "while"}:
            continue
        if user.opcode in WRITES and position != 0:
            continue
        result = user.results[position - offset]
        done = sharing.order[user] < sharing.order[reader]
        if done and result.name == value.name and result.type == value.type:
            home, place = structure.region_of_value[result], structure.region_of_op[reader]
            if structure.encloses(home, place) and not _is_inside(reader, user, sharing):
                return result
    return None


def _is_inside(inner: Op, outer: Op, sharing: Sharing) -> bool:
    chain = sharing.structure.chain(sharing.structure.region_of_op[inner])
    return any(sharing.structure.holder.get(region) is outer for region in chain)
