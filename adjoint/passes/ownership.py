"""Writes into arrays and lists go to memory the derivative owns.

`index_add(x, v, i)` is printed `x[i] += v`: right only when nobody reads the old version of `x` any more and its memory
is not shared with an argument, a seed or a view. Where that is not certain a `copy` is inserted.

    before:  %b2 = index_add %seed %v %i
    after:   %b1 = copy %seed;  %b2 = index_add %b1 %v %i

A list that grows (`list_append` and its like) is marked `_owned` where its memory is, else it is printed as an
expression. A write into an item of a list (`rows[i][j] += v`) needs items that nobody else holds, too (`_inplace`);
where that is not certain the item is replaced by a changed copy.
"""

from __future__ import annotations

from typing import final

from adjoint.analysis.activity import body_of, carried_args, inits_of
from adjoint.analysis.structure import Structure
from adjoint.ir.core import (
    Function,
    Op,
    Region,
    Value,
    const_of,
    is_const,
    region_leaves,
    users,
    walk,
    walk_regions,
)
from adjoint.ir.ops.lists import GROWS, STORES
from adjoint.ir.opset import TABLE, lookup
from adjoint.ir.types import Array, List, Scalar, Type

WRITES = STORES | GROWS
_SHARED = ("const", "pop", "getitem", "unpack", "global", "undef")
_KEEPERS = ("push", "tuple", "list", "pack", "getitem", "pycall", "pymethod", "format", "percent", "enter", "leave")
_PLACES = {"list_append": (1,), "list_insert": (2,), "index_set": (1,)}
"""Operands that a list holds afterwards."""
_FRESH_ITEMS = ("list_of_zeros", "list_add", "list_copies", "tolist")
_VIEWS = ("list_of_rows", "list_split")
"""Lists of parts of one array that do not overlap."""


def own_buffers(function: Function) -> None:
    """Insert the copies that writes need, in place."""
    _Ownership(function).run()


def elide_copies(function: Function) -> None:
    """Drop the copies of returned cotangents that are new memory anyway, in place."""
    for region in walk_regions(function.body):
        for op in list(region.ops):
            if not op.attrs.get("_returned"):
                continue
            if _Ownership(function).owned(op.operands[0], op, deep=True):
                region.ops.remove(op)
                _replace(function.body, op.result, op.operands[0])


def _replace(body: Region, old: Value, new: Value) -> None:
    for op in walk(body):
        op.operands = [new if operand is old else operand for operand in op.operands]


def _is_number(t: Type) -> bool:
    return isinstance(t, Scalar) or (isinstance(t, Array) and not t.rank)


def _holds_memory(t: Type) -> bool:
    """Whether the values of the type are lists whose items can be changed in place."""
    return isinstance(t, List) and not _is_number(t.item)


def _is_same(a: Value, b: Value) -> bool:
    return a is b or (is_const(a) and is_const(b) and bool(const_of(a) == const_of(b)))


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
            if op.opcode in WRITES:
                self._write(region, op)
            elif op.opcode in ("for", "while"):
                self._carries(region, op)

    def _write(self, region: Region, op: Op) -> None:
        target = op.operands[0]
        if isinstance(target.type, List) and op.opcode in ("index_set", "index_add"):
            if self.owned(target, op, deep=True):
                op.attrs["_owned"] = op.attrs["_inplace"] = True
                return
            while len(op.attrs["spec"]) > 1:
                op = self._write_item(region, op)
        owned = self.owned(op.operands[0], op) or self._is_borrowed(op)
        if not owned and op.opcode in STORES:
            self._copy(region, op, 0)
        if isinstance(target.type, List) and (owned or op.opcode in STORES):
            op.attrs["_owned"] = True

    def _is_borrowed(self, op: Op) -> bool:
        """Whether the list that is changed is an item of an owned list, read right here and put back right after."""
        row = op.operands[0]
        read, store, changed = row.op, op, op.result
        if read is None or read.opcode != "index" or not isinstance(read.operands[0].type, List):
            return False
        while store.opcode != "index_set" or store.operands[1] is not changed:
            if store.opcode not in WRITES or len(self.uses.get(store.result, ())) != 1:
                return False
            changed, store = store.result, self.uses[store.result][0][0]
        rows, _, *index = store.operands
        same_place = read.operands[0] is rows and tuple(read.attrs["spec"]) == tuple(store.attrs["spec"]) == ("int",)
        if not same_place or not _is_same(read.operands[1], index[0]):
            return False
        together = self.structure.region_of_op[read] is self.structure.region_of_op[store]
        return together and self._dead_after(row, op, False) and self.owned(rows, store, deep=True)

    def _write_item(self, region: Region, op: Op) -> Op:
        """`rows[i][j] = v` as `row = rows[i].copy(); row[j] = v; rows[i] = row`: the last of these."""
        rows, value, first, *rest = op.operands
        spec = op.attrs["spec"]
        read = self._insert(region, op, "index", [rows, first], spec=spec[:1])
        copy = self._insert(region, op, "copy", [read.result])
        changed = self._insert(region, op, op.opcode, [copy.result, value, *rest], spec=spec[1:])
        op.opcode, op.attrs = "index_set", {"spec": spec[:1]}
        op.operands = [rows, changed.result, first]
        self.uses = users(self.body)
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
        self.structure.region_of_op[op] = self.structure.region_of_value[op.result] = region
        self.order[op] = self.order[before]
        return op

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

    def owned(self, value: Value, writer: Op, *, deep: bool = False) -> bool:
        """Whether nobody reads the value after the writer and its memory is new (`deep`: that of its items, too)."""
        deep = deep and _holds_memory(value.type)
        return self._dead_after(value, writer, deep) and self._fresh(value, set(), deep)

    def _dead_after(self, value: Value, writer: Op, deep: bool) -> bool:
        readers = self.uses.get(value, ())
        if sum(user is writer for user, _ in readers) != 1:
            return False
        home, place = self.structure.region_of_value[value], self.structure.region_of_op[writer]
        if self.structure.loops_between(place, home):
            return False
        return all(user is writer or self._harmless(user, position, writer, deep) for user, position in readers)

    def _harmless(self, user: Op, position: int, writer: Op, deep: bool) -> bool:
        """A reader on another path, or an earlier one that keeps nothing of the memory."""
        if self._exclusive(user, writer):
            return True
        definition = TABLE.get(user.opcode)
        if definition is None or definition.effects or user.opcode in _KEEPERS:
            return False
        if self.order[user] >= self.order[writer] or position in self._holds(user):
            return False
        if self._reads_item(user):
            return self._item_is_done(user, writer, deep)
        shares = deep and user.opcode not in _FRESH_ITEMS and any(_holds_memory(r.type) for r in user.results)
        return definition.fresh and not shares

    def _holds(self, user: Op) -> tuple[int, ...]:
        return _PLACES.get(user.opcode, ()) if isinstance(user.operands[0].type, List) else ()

    def _reads_item(self, user: Op) -> bool:
        """Whether the reader takes a number, or anything out of a list."""
        if any(_is_number(result.type) for result in user.results):
            return user.opcode != "index" or "..." not in user.attrs["spec"]
        return user.opcode in ("index", "asarray") and isinstance(user.operands[0].type, List)

    def _item_is_done(self, user: Op, writer: Op, deep: bool) -> bool:
        """Whether an item that was read is not seen to change: the list alone is written, or it is not read later."""
        if not deep or _is_number(user.result.type) or user.opcode == "asarray":
            return True
        return all(self._harmless(*use, writer, deep) for use in self.uses.get(user.result, ()))

    def _exclusive(self, one: Op, other: Op) -> bool:
        structure = self.structure
        left, right = (structure.chain(structure.region_of_op[op]) for op in (one, other))
        common = next(region for region in left if any(region is r for r in right))
        below = [chain[chain.index(common) - 1] for chain in (left, right) if chain[0] is not common]
        if len(below) != 2:
            return False
        first, second = (structure.holder[region] for region in below)
        return first is second and first.opcode == "if" and below[0] is not below[1]

    def _fresh(self, value: Value, seen: set[Value], deep: bool) -> bool:
        if value in seen:
            return True
        seen.add(value)
        op = value.op
        if op is None:
            if value not in self.loop_of_arg:
                return False
            return self._carries_fresh(*self.loop_of_arg[value], seen, deep)
        if op.opcode in ("for", "while"):
            return self._carries_fresh(op, op.results.index(value), seen, deep)
        if op.opcode == "if":
            index = op.results.index(value)
            ends = [leaf for region in op.regions for leaf in region_leaves(region) if leaf.opcode == "yield"]
            return all(self._moved(leaf.operands[index], leaf, seen, deep) for leaf in ends)
        if deep and _holds_memory(value.type):
            return self._has_fresh_items(op, seen)
        if op.opcode in WRITES:
            return True
        if op.opcode == "index" and isinstance(op.operands[0].type, List):
            return isinstance(op.attrs["spec"][0], tuple)  # a slice of a list is a new list
        definition = TABLE.get(op.opcode)
        return definition is not None and definition.fresh and op.opcode not in _SHARED

    def _has_fresh_items(self, op: Op, seen: set[Value]) -> bool:
        """Whether a list was made of items that nobody else holds."""
        if op.opcode in _FRESH_ITEMS:
            return True
        if op.opcode in _VIEWS:
            return self._moved(op.operands[0], op, seen, False)
        if op.opcode not in WRITES and op.opcode != "list":
            return False
        return all(
            _is_number(operand.type) or self._moved(operand, op, seen, True)
            for position, operand in enumerate(op.operands)
            if not self._is_added(op, position)
        )

    def _is_added(self, op: Op, position: int) -> bool:
        """Whether the operand is only read: the amount of an `index_add`, what goes into a part of an array."""
        if op.opcode == "index_add":
            return position > 0
        return op.opcode == "index_set" and position > 1

    def _moved(self, value: Value, leaf: Op, seen: set[Value], deep: bool) -> bool:
        """Whether the value leaves through this terminator with its memory new and nobody else's."""
        deep = deep and _holds_memory(value.type)
        return self._dead_after(value, leaf, deep) and self._fresh(value, seen, deep)

    def _carries_fresh(self, loop: Op, index: int, seen: set[Value], deep: bool) -> bool:
        """Whether a carry is new memory, from its start (copied where the body writes) to the end of every pass."""
        copied = not deep and self._written(loop, index)
        if not copied and not self._moved(inits_of(loop)[index], loop, seen, deep):
            return False
        leaves = [leaf for leaf in region_leaves(body_of(loop)) if leaf.opcode in ("continue", "break")]
        return all(self._moved(leaf.operands[index], leaf, seen, deep) for leaf in leaves)

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
