"""Sharing: may a write change what somebody else still reads?

A write `%x2 = index_set %x ...` may happen in the memory of `%x` when that memory is new (no argument's, no tape's) and
nobody reads it, under this name or through a view, once the write has happened:

    %v = index %x 1:;  %s = sum %v;  %x2 = index_set %x ...            in place: the view was read before
    %v = index %x 1:;  %x2 = index_set %x ...;  %s = sum %v            not: unless %v is copied first
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from adjoint.analysis.activity import body_of, orelse_of
from adjoint.analysis.structure import Structure
from adjoint.ir.core import Function, Op, Region, Value, carried_args, inits_of, region_leaves, users, walk
from adjoint.ir.ops.lists import GROWS, STORES
from adjoint.ir.opset import TABLE, shares_memory
from adjoint.ir.types import Array, List, Scalar, Static, Type

WRITES = STORES | GROWS
SHAPE_ONLY = {"zeros_like": 0, "ones_like": 0, "empty_like": 0, "full_like": 0, "shape": 0, "size": 0, "ndim": 0}
SHAPE_ONLY |= {"len": 0, "unbroadcast": 1}
"""Readers of a shape, and the operand whose shape it is: no write changes that."""
_READ_ONLY = ("broadcast_to", "diagonal", "diag", "imag")
_SHARED = ("const", "pop", "getitem", "unpack", "global", "undef")
KEEPERS = ("push", "tuple", "list", "pack", "getitem", "pycall", "pymethod", "format", "percent", "enter", "leave")
_PLACES = {"list_append": (1,), "list_insert": (2,), "index_set": (1,)}
"""Operands that a list holds afterwards."""
_FRESH_ITEMS = ("list_of_zeros", "list_add", "list_copies", "tolist")
_PARTS = ("list_of_rows", "list_split")
"""Lists of parts of one array that do not overlap."""

_MOST_BRANCHES = 200
"""How many results of branches are followed to their readers, to see who reads an array."""
Use = tuple[Op, int]


def readers_of(uses: Mapping[Value, list[Use]], value: Value) -> list[Use]:
    """What reads the value, and not only its shape."""
    return [use for use in uses.get(value, ()) if SHAPE_ONLY.get(use[0].opcode) != use[1]]


def is_number(t: Type) -> bool:
    """Whether the type is that of a number: nothing in it can be changed in place."""
    return isinstance(t, Scalar) or (isinstance(t, Array) and not t.rank)


def _holds_lists(t: Type) -> bool:
    """Whether the values of the type are lists whose items can be changed in place."""
    return isinstance(t, List) and not is_number(t.item)


def stores_numbers(op: Op) -> bool:
    """Whether a store goes into an array, maybe one in a list: that takes the numbers and does not hold the value."""
    t = op.operands[0].type
    for entry in op.attrs.get("spec", ()):
        if not isinstance(t, List) or entry != "int":
            return isinstance(t, Array)
        t = t.item
    return False


def _reads_before_it_writes(store: Op) -> bool:
    """Whether NumPy stores a view of an array into the array as if it had copied it first.

    It does not through a mask, nor in vectors with different strides: those the user has asked for, we do not.
    """
    if store.opcode not in ("index_set", "index_add") or "mask" in store.attrs["spec"]:
        return False
    spec, read = store.attrs["spec"], store.operands[1].op
    if store.opcode == "index_add" or not store.derived:
        return True
    entries = [*spec, *(read.attrs.get("spec", ("unknown",)) if read is not None else ())]
    return not any(entry == "unknown" or (isinstance(entry, tuple) and entry[3]) for entry in entries)


@final
class Sharing:
    """Answers for one function. It must be told of every copy that is put into the function (`enter_copy`).

    With a list of `repairs` a question may be answered yes on condition that what the list then holds is copied: the
    results of views that are read later, and operands that are kept on a tape or in a container.
    """

    def __init__(self, function: Function, known: dict[int, Sharing] | None = None) -> None:
        self.function = function
        self.body = function.body
        self.uses = users(function.body)
        self.structure = Structure.of(function.body)
        self.order: dict[Op, float] = {op: number for number, op in enumerate(walk(function.body))}
        self.loop_of_arg: dict[Value, tuple[Op, int]] = {}
        self.target_of: dict[Op, Op] = {}
        """Where a `yield`, `continue` or `break` hands its operands to."""
        self.repairs: list[Use | Value] | None = None
        self._branches = 0
        """How many results of branches have been followed to their readers."""
        self._written: dict[tuple[Op, int], bool] = {}
        self.known = {} if known is None else known
        """What is known of callees."""
        self.known[id(function)] = self
        self._returns_fresh: bool | None = None
        self._gives_fresh: dict[int, bool] = {}
        for op in walk(function.body):
            self._enter(op)

    def _enter(self, op: Op) -> None:
        if op.opcode in ("for", "while"):
            for region in op.regions:
                for index, arg in enumerate(carried_args(region, op)):
                    self.loop_of_arg[arg] = (op, index)
            for end in (body_of(op), orelse_of(op)):
                self._enter_leaves(op, end)
        elif op.opcode == "if" and op.results:
            for region in op.regions:
                self._enter_leaves(op, region)

    def _enter_leaves(self, op: Op, region: Region | None) -> None:
        for leaf in region_leaves(region) if region is not None else ():
            if leaf.opcode in ("yield", "continue", "break"):
                self.target_of[leaf] = op

    def enter_copy(self, copy: Op, region: Region, order: float) -> None:
        """Take note of an operation that was put into a region; the uses of its operands have changed."""
        self.structure.region_of_op[copy] = region
        for result in copy.results:
            self.structure.region_of_value[result] = region
        self.order[copy] = order
        for operand in copy.operands:
            self.uses[operand] = [use for use in self.uses.get(operand, ()) if operand in use[0].operands]

    # who owns what

    def owned(
        self, value: Value, writer: Op, *, deep: bool = False, repairs: list[Use | Value] | None = None
    ) -> bool:
        """Whether nobody reads the value after the writer and its memory is new (`deep`: that of its items, too)."""
        deep = deep and _holds_lists(value.type)
        self.repairs, outer = repairs, self.repairs
        try:
            return self.dead_after(value, writer, deep) and self._fresh(value, set(), deep)
        finally:
            self.repairs = outer

    def written(self, loop: Op, index: int) -> bool:
        """Whether the body of a loop writes into the memory of a carry: it then starts from owned memory."""
        key = (loop, index)
        if key not in self._written:
            self._written[key] = self._find_write(loop, index)
        return self._written[key]

    def forget_writes(self) -> None:
        """Look again for what is written: some operations are no longer done in place."""
        self._written.clear()

    def _find_write(self, loop: Op, index: int) -> bool:
        pending = [carried_args(body_of(loop), loop)[index]]
        seen = set()
        while pending:
            value = pending.pop()
            if value in seen or value in loop.results:
                continue
            seen.add(value)
            for user, position in self.uses.get(value, ()):
                if position == 0 and (user.opcode in WRITES or user.attrs.get("_inplace")):
                    return True
                pending += self._flows_to(user, position)
        return False

    def _flows_to(self, user: Op, position: int) -> list[Value]:
        """The values whose memory an operand may become."""
        if user.opcode in ("for", "while") and position >= (first := 3 if user.opcode == "for" else 0):
            ends = [each for each in (body_of(user), orelse_of(user)) if each is not None]
            carried = [carried_args(region, user)[position - first] for region in ends]
            return carried if orelse_of(user) is not None else [*carried, user.results[position - first]]  # of no pass
        if user in self.target_of:
            target = self.target_of[user]
            carried = [carried_args(region, target)[position] for region in target.regions if user.opcode == "continue"]
            return [*carried, target.results[position]]
        is_view = position == 0 and shares_memory(user) and isinstance(user.operands[0].type, Array)
        return user.results if is_view else []

    # nobody reads it later

    def dead_after(self, value: Value, writer: Op, deep: bool) -> bool:
        """Whether nobody sees the value, or a part of it, after the writer."""
        readers, self._branches = self.uses.get(value, ()), 0
        if sum(user is writer for user, _ in readers) != 1:
            return False
        home, place = self.structure.region_of_value[value], self.structure.region_of_op[writer]
        if self.structure.loops_between(place, home):
            return False
        return all(user is writer or self._harmless(user, position, writer, deep) for user, position in readers)

    def _harmless(self, user: Op, position: int, writer: Op, deep: bool) -> bool:
        """A reader on another path, or an earlier one that keeps nothing of the memory."""
        if SHAPE_ONLY.get(user.opcode) == position and isinstance(user.operands[position].type, Array):
            return True
        if self.structure.are_exclusive(user, writer):
            return True
        if user.opcode == "call":
            return self.order[user] < self.order[writer] and not self._keeps(user, position)
        if user.opcode == "yield" and user in self.target_of and self.target_of[user].opcode == "if":
            self._branches += 1
            result = self.target_of[user].results[position]  # of several it may be this one
            return self._branches <= _MOST_BRANCHES and self._is_read(result, writer)
        definition = TABLE.get(user.opcode)
        if definition is None or self.order[user] >= self.order[writer]:
            return False
        if definition.effects or user.opcode in KEEPERS:
            return self._mend(user, position, writer)
        if position in self._holds(user):
            return False
        if self._reads_item(user):
            return self._item_is_done(user, writer, deep)
        if isinstance(user.operands[position].type, Array) and (user.opcode in _PARTS or position == 0):
            if user.opcode in _PARTS or shares_memory(user):
                return self._view_is_done(user, writer)
        shares = deep and user.opcode not in _FRESH_ITEMS and any(_holds_lists(r.type) for r in user.results)
        return (definition.fresh or not shares_memory(user)) and not shares

    def _view_is_done(self, view: Op, writer: Op) -> bool:
        """Whether nobody sees a view after the writer; else its copy would do."""
        if view.opcode in _PARTS:
            return False
        return self._is_read_or_copied(view.result, writer, False)

    def _is_read_or_copied(self, view: Value, writer: Op, deep: bool) -> bool:
        known = None if self.repairs is None else len(self.repairs)
        if self._is_read(view, writer, deep):
            return True
        if self.repairs is None or known is None or not isinstance(view.type, Array):
            return False
        del self.repairs[known:]
        self.repairs.append(view)
        return True

    def _is_read(self, view: Value, writer: Op, deep: bool = False) -> bool:
        """Whether all readers of a view, or of an item, are done."""
        return all(self._view_is_read(*use, writer, deep) for use in self.uses.get(view, ()))

    def _view_is_read(self, user: Op, position: int, writer: Op, deep: bool) -> bool:
        """Whether a reader of a view is done."""
        if user is writer:
            return position == 1 and stores_numbers(user) and _reads_before_it_writes(user)
        return self._harmless(user, position, writer, deep)

    def _mend(self, keeper: Op, position: int, writer: Op) -> bool:
        """Whether keeping a copy is as good as writing into one: the keeper runs no more often than the writer."""
        value = keeper.operands[position]
        if self.repairs is None or keeper.opcode not in ("push", "tuple", "pack") or not isinstance(value.type, Array):
            return False
        is_part = value.op is not None and value.op.opcode == "index" and isinstance(value.op.operands[0].type, Array)
        if not is_part and self._depth(keeper) > self._depth(writer):
            return False
        self.repairs.append((keeper, position))
        return True

    def _depth(self, op: Op) -> int:
        """How many loops stand around an operation."""
        return len(self.structure.loops_around(self.structure.region_of_op[op]))

    def _holds(self, user: Op) -> tuple[int, ...]:
        if not isinstance(user.operands[0].type, List) or (user.opcode == "index_set" and stores_numbers(user)):
            return ()
        return _PLACES.get(user.opcode, ())

    def _reads_item(self, user: Op) -> bool:
        """Whether the reader takes a number, or anything out of a list."""
        if any(is_number(result.type) for result in user.results):
            return user.opcode != "index" or "..." not in user.attrs["spec"]
        return user.opcode in ("index", "asarray") and isinstance(user.operands[0].type, List)

    def _item_is_done(self, user: Op, writer: Op, deep: bool) -> bool:
        """Whether an item that was read is not seen to change: the list alone is written, or it is not read later."""
        if not deep or is_number(user.result.type) or user.opcode == "asarray":
            return True
        return self._is_read_or_copied(user.result, writer, deep)

    # calls

    def _keeps(self, call: Op, position: int) -> bool:
        """Whether what a callee returns may hold memory of an argument."""
        if all(is_number(result.type) or isinstance(result.type, Static) for result in call.results):
            return False
        callee = self.of(call.attrs["callee"])
        return callee is None or callee.leaks(position)

    def of(self, function: Function) -> Sharing | None:
        """What is known of a callee; None for one that is just being looked at."""
        if id(function) not in self.known:
            Sharing(function, self.known)
        other = self.known[id(function)]
        return None if other is self else other

    def leaks(self, position: int) -> bool:
        """Whether the memory of an argument may outlive the call."""
        pending, seen = [self.function.args[position]], set()
        if not isinstance(pending[0].type, Array):
            return not is_number(pending[0].type)
        while pending:
            value = pending.pop()
            if value in seen:
                continue
            seen.add(value)
            for user, place in self.uses.get(value, ()):
                shape = SHAPE_ONLY.get(user.opcode) == place
                if not shape and (user.opcode in (*KEEPERS, *_PARTS, "call", "return", "raise") or self._holds(user)):
                    return True
                pending += self._flows_to(user, place)
        return False

    def returns_fresh(self) -> bool:
        """Whether the array a callee returns is always new memory."""
        if self._returns_fresh is None:
            self._returns_fresh = False  # while it is looked at: it may call itself
            ends = [op for op in walk(self.body) if op.opcode == "return"]
            arrays = all(isinstance(end.operands[0].type, Array) for end in ends)
            self._returns_fresh = arrays and all(self.owned(end.operands[0], end) for end in ends)
        return self._returns_fresh

    def gives_fresh(self, index: int) -> bool:
        """Whether one of several results is always new memory, which is in no other of them."""
        if index not in self._gives_fresh:
            self._gives_fresh[index] = False  # while it is looked at: it may call itself
            made = [op.operands[0].op for op in walk(self.body) if op.opcode == "return"]
            self._gives_fresh[index] = all(
                op is not None and op.opcode == "tuple" and self.owned(op.operands[index], op) for op in made
            )
        return self._gives_fresh[index]

    # its memory is new

    def _fresh(self, value: Value, seen: set[Value], deep: bool) -> bool:
        if value in seen:
            return True
        seen.add(value)
        op = value.op
        if op is None:
            if value not in self.loop_of_arg:
                return False
            return self._carries_fresh(*self.loop_of_arg[value], seen, deep)
        if op.opcode in ("const", "undef") and op.attrs.get("value") is None:
            return True  # nothing there yet
        if op.opcode in ("for", "while"):
            return self._carries_fresh(op, op.results.index(value), seen, deep)
        if op.opcode == "if":
            return self._all_moved(op, op.regions, op.results.index(value), seen, deep)
        if deep and _holds_lists(value.type):
            return self._has_fresh_items(op, seen)
        if op.opcode in WRITES:
            return True
        if op.opcode == "index" and isinstance(op.operands[0].type, List):
            return isinstance(op.attrs["spec"][0], tuple)  # a slice of a list is a new list
        if isinstance(value.type, Array) and shares_memory(op) and isinstance(op.operands[0].type, Array):
            return op.opcode not in _READ_ONLY and self.moved(op.operands[0], op, seen, deep)
        if op.opcode == "call":
            callee = self.of(op.attrs["callee"])
            if callee is None:
                return False
            return callee.returns_fresh() if len(op.results) == 1 else callee.gives_fresh(op.results.index(value))
        definition = TABLE.get(op.opcode)
        return definition is not None and definition.fresh and op.opcode not in _SHARED

    def _has_fresh_items(self, op: Op, seen: set[Value]) -> bool:
        """Whether a list was made of items that nobody else holds."""
        if op.opcode in _FRESH_ITEMS:
            return True
        if op.opcode in _PARTS:
            return self.moved(op.operands[0], op, seen, False)
        if op.opcode not in WRITES and op.opcode != "list":
            return False
        return all(
            is_number(operand.type) or self.moved(operand, op, seen, True)
            for position, operand in enumerate(op.operands)
            if not self._is_added(op, position)
        )

    def _is_added(self, op: Op, position: int) -> bool:
        """Whether the operand is only read: the amount of an `index_add`, what goes into a part of an array."""
        if op.opcode == "index_add":
            return position > 0
        return op.opcode == "index_set" and position > (0 if stores_numbers(op) else 1)

    def moved(self, value: Value, leaf: Op, seen: set[Value], deep: bool) -> bool:
        """Whether the value leaves through this operation with its memory new and nobody else's."""
        deep = deep and _holds_lists(value.type)
        return self.dead_after(value, leaf, deep) and self._fresh(value, seen, deep)

    def _carries_fresh(self, loop: Op, index: int, seen: set[Value], deep: bool) -> bool:
        """Whether a carry is new memory, from its start (copied where the body writes) to the end of every pass."""
        copied = not deep and self.written(loop, index)
        if not copied and not self.moved(inits_of(loop)[index], loop, seen, deep):
            return False
        orelse = orelse_of(loop)
        ends = [body_of(loop)] if orelse is None else [body_of(loop), orelse]
        return self._all_moved(loop, ends, index, seen, deep)

    def _all_moved(self, op: Op, regions: list[Region], index: int, seen: set[Value], deep: bool) -> bool:
        """Whether the value with that index is new memory at every end of the regions."""
        ends = [leaf for region in regions for leaf in region_leaves(region) if self.target_of.get(leaf) is op]
        return all(self.moved(leaf.operands[index], leaf, seen, deep) for leaf in ends)
