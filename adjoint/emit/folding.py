"""Which operations become part of an expression and which a statement of their own.

An operation is folded into its only use when nothing the text would reorder stands between. Names the user gave stay
statements; named cotangents fold into the next statement while the expression stays short.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import final

from adjoint.emit.containers import own_width
from adjoint.emit.lists import READ_TWICE
from adjoint.emit.memory import Memory, Origin, is_write
from adjoint.emit.scopes import SCOPES, trailing_leaves
from adjoint.emit.structure import Structure, carried_args, first_carry, is_loop
from adjoint.emit.sugar import Sugar, find_sugar
from adjoint.emit.usage import PHI, Usage
from adjoint.ir import opset
from adjoint.ir.core import CONTROL, Function, Line, Op, Region, Value, is_const, walk
from adjoint.ir.opset import FREE
from adjoint.ir.types import INT, SCOPE, Array, List, Static, TapeType, Undef

NEVER = frozenset({"tape", "push", "write_back", "index_set", "index_add", "unpack", "enter", "leave"})
ATTRIBUTES = frozenset({"size", "shape", "len", "transpose", "getitem", "ndim"})
"""Reads that cost nothing and may be written at every use."""
SUBSCRIPTS = frozenset({"index", "index_set", "index_add"})
PLAIN = (0, 1, -1, 2)
"""Numbers that read better than a name for them in what a derivative writes."""
SHORT_WIDTH, NAMED_WIDTH, OWN_WIDTH, LINE_WIDTH, DEPTH = 20, 32, 72, 96, 40


@final
@dataclass(frozen=True, slots=True)
class _Later:
    """What stands after an operation in its region: where names are next bound, writes and statements from the end."""

    bound: dict[str, int]
    writes: list[tuple[int, Origin]]
    lines: list[tuple[int, Line | None]]
    nearest: Op | None
    scopes: list[int]
    """Where a `with` or `try` begins or ends: expressions stay on their side."""

    def has_only(self, line: Line | None, end: int) -> bool:
        """Whether the statements before position `end` all answer one line of the user's."""
        between = takewhile(lambda item: item[0] < end, reversed(self.lines))
        return line is not None and all(other == line for _, other in between)


@final
class Folding:
    """`inline` holds the operations printed inside expressions; everything else that is printed is a statement."""

    def __init__(self, function: Function, *, is_native: bool = False) -> None:
        self.function = function
        self.structure = Structure.of(function)
        self.usage = Usage(function, self.structure)
        self.sugar: Sugar = find_sugar(function, self.structure, self.usage, is_native)
        self.inline: set[Op] = set()
        self.counts = _count_names(function, self.usage)
        self._rigid: set[Region] = {region for op in self.sugar.expressions for region in op.regions}
        self._roots: dict[Op, tuple[Op, int]] = {}
        self._shared: set[Op] = set()
        self._swapped: set[Op] = set()
        self._far: set[Op] = set()
        """Named values that a later statement reads: they stay unless they are short."""
        self._effectful: set[Op] = set()
        self._indices = {op.regions[0].args[0] for op in walk(function.body) if self._keeps_index(op)}
        self._named: dict[Value, bool] = {}
        self.memory = Memory(function, self.usage)
        self.trailing = trailing_leaves(function)
        """The ends of scopes that nothing but `return` follows: what is returned may be written inside."""
        self._has_scopes = any(op.opcode == "enter" for op in walk(function.body))
        self._has_writes = any(True for op in function.body.ops for _ in self.memory.written(op))
        self._region(function.body)
        self._limit(function.body, {}, {})

    # what the other stages ask

    def is_statement(self, op: Op) -> bool:
        """Whether the operation prints a statement (control flow and terminators included)."""
        if op in self.inline or op in self.sugar.absorbed or op.opcode == "undef":
            return False
        return self.usage.is_printed(op) and (op.opcode != "const" or self.has_variable(op.result))

    def has_variable(self, value: Value) -> bool:
        """Whether the value lives in a variable of the emitted program."""
        op = value.op
        if value in self._indices:
            return True
        if isinstance(value.type, Undef) or (op is not None and op.opcode == "undef") or value not in self.usage.needed:
            return False
        if value.type == SCOPE:
            return False
        if op is not None and op.opcode == "const":
            return self._is_named_constant(value)
        return op is None or op not in self.inline

    def reads_of(self, op: Op) -> Iterator[tuple[int, Value]]:
        """The variables a statement reads, with the operand position through which it reads them."""
        roots = [(index, (operand, op, index)) for index, operand in self.usage.reads(op)]
        if op in self.sugar.expressions:  # a conditional expression on a line of its own reads in its branches too
            roots += [(0, read) for read in self._inner(op)[len(op.operands) :]]
        for index, root in roots:
            work = [root]
            while work:
                value, user, position = work.pop()
                if self.is_literal(value, user, position):
                    continue
                if value.op is not None and value.op in self.inline:
                    work += self._inner(value.op)
                elif self.has_variable(value):
                    yield index, value

    def is_plain(self, op: Op) -> bool:
        """Whether an inline operation only gathers variables and constants."""
        return op.opcode == "tuple" and all(v.op is None or v.op not in self.inline for v in op.operands)

    def is_literal(self, value: Value, user: Op, index: int) -> bool:
        """Whether this use of a value is written as a constant."""
        if not is_const(value):
            return value.op is not None and value.op.opcode == "undef"
        return not self._is_named_constant(value) or not self._by_name(value, user, index)

    def _inner(self, op: Op) -> list[tuple[Value, Op, int]]:
        """The operands an inline operation reads, and those of a conditional expression's branches."""
        found = [(operand, op, i) for i, operand in enumerate(op.operands)]
        for region in op.regions:
            end = region.ops[-1]
            found += [(operand, end, i) for i, operand in enumerate(end.operands)]
        return found

    def _keeps_index(self, op: Op) -> bool:
        """Whether a user's loop index is printed although nobody reads it."""
        if op.opcode != "for" or op.derived or op in self.sugar.iterations:
            return False
        return op.regions[0].args[0].name not in (None, "_")

    # constants with a name

    def _is_named_constant(self, value: Value) -> bool:
        if value not in self._named:
            op = value.op
            plain = op is not None and value.name is not None and not op.derived and not isinstance(value.type, Static)
            uses = self.usage.uses.get(value, ())
            self._named[value] = plain and any(self._by_name(value, user, index) for user, index in uses)
        return self._named[value]

    def _by_name(self, value: Value, user: Op, index: int) -> bool:
        target = phi_target(self.structure, user, index)
        if target is not None:
            return target.name == value.name
        if user.derived and value.op is not None and value.op.attrs.get("value") in PLAIN:
            return False
        return self.counts.get(value.name or "", 0) == 1

    # the decision, backwards through each region

    def _region(self, region: Region) -> None:
        later: dict[str, int] = {}
        writes: list[tuple[int, Origin]] = []
        lines: list[tuple[int, Line | None]] = []
        nearest: Op | None = None
        scopes: list[int] = []
        self._find_swaps(region)
        for index in range(len(region.ops) - 1, -1, -1):
            op = region.ops[index]
            if not self.usage.is_printed(op) or op in self.sugar.absorbed or op.opcode in ("const", "undef"):
                continue
            for inner in op.regions:
                self._region(inner)
            if self._try_fold(op, region, _Later(later, writes, lines, nearest, scopes)):
                self.inline.add(op)
                writes += [(index, origin) for origin in self.memory.written(op)]  # a call inside of an expression
                continue
            nearest = op
            self._roots[op] = (op, index)
            for name in _names_bound(op):
                later[name] = index
            writes += [(index, origin) for origin in self.memory.written(op)]
            lines.append((index, op.line))
            if op.opcode in SCOPES:
                scopes.append(index)

    def _try_fold(self, op: Op, region: Region, after: _Later) -> bool:
        if op.opcode in NEVER or is_write(op) or op in self.sugar.groups or len(op.results) != 1:
            return False
        if (op.opcode in CONTROL and op not in self.sugar.expressions) or isinstance(op.result.type, TapeType):
            return False
        uses = self.usage.uses.get(op.result, [])
        if (
            (op.opcode == "global" and not self._has_scopes)
            or self._may_repeat(op, region)
            or self._is_offset(op, region, after)
        ):
            self._shared.add(op)
            return True
        if len(uses) != 1:
            return False
        user, position = uses[0]
        if self.structure.region_of[user] is not region or user not in self._roots or user in self._shared:
            return False
        if position == 0 and (is_write(user) or user.opcode in READ_TWICE or _accumulates(op, user)):
            return False
        if user.opcode == "index_add" and position > 1 and not opset.is_pure(op):
            return False  # the index may be written twice
        root, end = self._roots[user]
        if region in self._rigid or op in self._swapped:
            self._roots[op] = (root, end)
            return True
        is_inside = root.opcode == "return" and after.nearest in self.trailing
        if not is_inside and any(place < end for place in after.scopes):
            return False
        if op.result.name is not None and not self._may_drop_name(op, user, position, after):
            return False
        if not self._may_cross(op, end, after):
            return False
        if not opset.is_pure(op) and not self._may_move_effect(op, root, root if is_inside else after.nearest):
            return False
        self._roots[op] = (root, end)
        return True

    def _may_repeat(self, op: Op, region: Region) -> bool:
        """A free read such as `x.size` of a variable that is never rebound."""
        if op.opcode not in ATTRIBUTES or op.result.name is not None or region in self._rigid:
            return False
        if op.attrs.get("axes") is not None or (op.opcode == "transpose" and not self._is_settled(op.operands[0])):
            return False
        if opset.lookup(op.opcode).cost != FREE:
            return False
        source = op.operands[0]
        if op.opcode == "len" and isinstance(source.type, List) and self._may_grow(source):
            return False
        if source.op is not None and source.op.opcode in ATTRIBUTES and source.name is None:
            return len(source.op.operands) == 1 and self._may_repeat(source.op, region)
        return source.name is not None and self.counts[source.name] == 1 and not (source.op and source.op.derived)

    def _may_grow(self, value: Value) -> bool:
        """Whether something is appended to the list in place, under this name or under one that it is handed on to."""
        uses = self.usage.uses.get(value, ())
        return any(user.opcode in CONTROL or (position == 0 and is_write(user)) for user, position in uses)

    def _is_offset(self, op: Op, region: Region, after: _Later) -> bool:
        """`i - 1` in several subscripts."""
        uses = self.usage.uses.get(op.result, [])
        if op.opcode not in ("add", "sub") or op.result.type != INT or op.result.name is not None or len(uses) < 2:
            return False
        if not is_const(op.operands[1]) or is_const(op.operands[0]) or region in self._rigid:
            return False
        users = [user for user, _ in uses]
        if any(user.opcode not in SUBSCRIPTS or user not in self._roots for user in users):
            return False
        if any(self.structure.region_of[user] is not region for user in users):
            return False
        return self._may_cross(op, max(self._roots[user][1] for user in users), after)

    def _is_settled(self, value: Value) -> bool:
        """Whether nothing writes into the value's memory."""
        return not self._has_writes or value in self.function.args

    def _may_move_effect(self, op: Op, root: Op, nearest: Op | None) -> bool:
        """An effect may stand in the next statement as its only effect."""
        if nearest is not root:
            return False
        if op.opcode == "nonempty" or (op.opcode == "pop" and op.result.name is not None):
            return root.opcode == "if" or (root.opcode == "yield" and self.structure.target_of[root] is None)
        if root in self._effectful or root.opcode in ("for", "while"):
            return False
        self._effectful.add(root)
        return True

    def _may_drop_name(self, op: Op, user: Op, position: int, after: _Later) -> bool:
        """Only a cotangent that would not be assigned to its own name: the next statement reads it, or it is short.

        Statements about the same line of the user's may stand between.
        """
        root, end = self._roots[user]
        if not op.derived or op.opcode == "pop" or (op.opcode == "copy" and root.opcode != "return"):
            return False
        if user is root and is_contribution(op, user):
            return True
        if after.nearest is not root and not after.has_only(op.line, end) and not _keeps_name(op, root):
            self._far.add(op)
        target = phi_target(self.structure, user, position)
        if target is not None:
            return target.name is not None and target.name != op.result.name
        return root.opcode not in ("for", "while", "push")

    def _may_cross(self, op: Op, end: int, after: _Later) -> bool:
        """Whether nothing between here and the use rebinds a name or writes the memory that the expression reads."""
        read = {operand for each in walk(Region([], [op])) for operand in each.operands}  # in its branches, too
        for operand in read:
            if operand.name is not None and after.bound.get(operand.name, end) < end:
                return False
        if _is_of_shape(op):
            return True
        for place, origin in reversed(after.writes):
            if place >= end:
                break
            if any(self.memory.may_read(operand, origin) for operand in read):
                return False
        return True

    # simultaneous assignments at the end of a branch or pass

    def _find_swaps(self, region: Region) -> None:
        """Named results that only a leaf reads, when assigning them one after the other would lose a value."""
        if not region.ops or region.ops[-1].opcode not in PHI:
            return
        leaf = region.ops[-1]
        run = self._leaf_run(region, leaf)
        moved = [op for op in run if self._is_moved(op, leaf)]
        read: dict[str, set[Value]] = {}
        for _, value in self.usage.reads(leaf):
            _note(read, value)
        conflicts: set[Op] = set()
        for op in reversed(run):
            if op in moved and read.get(op.result.name or "", set()) - {op.result}:
                conflicts.add(op)
            for operand in op.operands:
                _note(read, operand)
        lines = {op.line for op in conflicts}
        if all(op in moved or op.result.name is None for op in run):
            self._swapped.update(op for op in moved if op.line in lines)

    def _leaf_run(self, region: Region, leaf: Op) -> list[Op]:
        """The operations right before a leaf that only feed it, in order."""
        feeding = {leaf}
        run: list[Op] = []
        for op in reversed(region.ops[:-1]):
            if op.opcode in ("const", "undef") or not self.usage.is_printed(op):
                continue
            uses = self.usage.uses.get(op.result, []) if len(op.results) == 1 else []
            plain = op.opcode not in CONTROL and op.opcode not in NEVER and opset.is_pure(op) and not is_write(op)
            if not plain or len(uses) != 1 or uses[0][0] not in feeding:
                break
            if op.result.name is not None and not self._is_moved(op, leaf):
                break
            feeding.add(op)
            run.append(op)
        return run[::-1]

    def _is_moved(self, op: Op, leaf: Op) -> bool:
        if op.result.name is None:
            return False
        user, position = self.usage.uses[op.result][0]
        target = phi_target(self.structure, user, position)
        return user is leaf and target is not None and target.name == op.result.name

    # width

    def _limit(self, region: Region, width: dict[Op, int], depth: dict[Op, int]) -> None:
        """Take derived operations out of expressions that would become too long or too deep."""
        for op in region.ops:
            for inner in op.regions:
                self._limit(inner, width, depth)
            if not self.usage.is_printed(op):
                continue
            width[op], depth[op] = self._measure(op, width, depth)
            if self._is_returned(op) and self._has_lines(op):
                width[op] = min(width[op], NAMED_WIDTH)
                continue
            folded = [v.op for _, v in self.usage.reads(op) if v.op is not None and v.op in self.inline]
            loose = [f for f in folded if self._is_loose(f) and not self._is_returned(f)]
            loose.sort(key=lambda f: width.get(f, 0))
            while loose and op.derived and op.opcode != "for" and width[op] > LINE_WIDTH:
                widest = loose.pop()
                self.inline.discard(widest)
                width[op] -= width[widest] - 5
            loose_itself = op in self.inline and self._is_loose(op) and not self._is_returned(op)
            if loose_itself and self._is_too_wide(op, width[op], depth[op]):
                self.inline.discard(op)

    def _is_returned(self, op: Op) -> bool:
        """Whether the operation builds a container that a `return` writes out."""
        return op.opcode == "tuple" and op in self.inline and self._roots[op][0].opcode == "return"

    def _has_lines(self, op: Op) -> bool:
        """Whether the printer gives each item of a container a line."""
        return op.attrs["layout"] is not None or sum(len(v.name or "d2") + 2 for v in op.operands) > LINE_WIDTH

    def _is_loose(self, op: Op) -> bool:
        """Whether the operation may be a statement after all."""
        return self.structure.region_of[op] not in self._rigid and op not in self._shared and op not in self._swapped

    def _is_too_wide(self, op: Op, width: int, depth: int) -> bool:
        if depth > DEPTH:
            return True
        if not op.derived:
            return False
        root = self._roots[op][0]
        if op in self._far:
            return width > SHORT_WIDTH
        if root.opcode == "return" or self._is_amount(op, root):
            return width > LINE_WIDTH
        is_lost = op.result.name is not None and not _keeps_name(op, root)
        return width > (NAMED_WIDTH if is_lost else OWN_WIDTH)

    def _is_amount(self, op: Op, root: Op) -> bool:
        """Whether the operation is all that a statement adds to a variable."""
        sums = ("add", "sub")
        return op.opcode in sums and root.opcode in sums and op.result in root.operands and op.result.name is None

    def _measure(self, op: Op, width: dict[Op, int], depth: dict[Op, int]) -> tuple[int, int]:
        total, deepest = 0, 0
        for value, user, index in [(v, op, i) for i, v in self.usage.reads(op)] + self._inner(op) * bool(op.regions):
            if self.is_literal(value, user, index):
                total += len(repr(value.op.attrs.get("value"))) if value.op is not None else 0
            elif value.op is not None and value.op in self.inline:
                total += width.get(value.op, 5)
                deepest = max(deepest, depth.get(value.op, 0))
            else:
                total += len(value.name or "d2")
        symbol = op.opcode in opset.TABLE and opset.lookup(op.opcode).symbol is not None
        return total + (3 if symbol else own_width(op)), deepest + 1


def phi_target(structure: Structure, user: Op, index: int) -> Value | None:
    """The value that a use assigns to: a carry, or what a branch gives; None for any other use."""
    if user.opcode in PHI:
        target = structure.target_of[user]
        return None if target is None else target.results[index]
    if is_loop(user) and index >= first_carry(user):
        return carried_args(user, user.regions[-1 if user.opcode == "while" else 0])[index - first_carry(user)]
    return None


def is_contribution(op: Op, user: Op) -> bool:
    """Whether the operation only computes one term of the cotangent that its reader sums up."""
    if not user.derived or len(user.results) != 1 or user.result.name != op.result.name:
        return False
    return all(operand.name != op.result.name for operand in op.operands)


def _keeps_name(op: Op, root: Op) -> bool:
    """Whether the statement that an operation is a part of assigns to the same name."""
    return len(root.results) == 1 and root.result.name == op.result.name


def _accumulates(op: Op, user: Op) -> bool:
    """Whether two sums that follow each other are `x_bar += a; x_bar += b`, in the memory that a loop carries."""
    if not op.derived or not op.attrs.get("_inplace") or not user.attrs.get("_inplace"):
        return False
    first = op.operands[0]
    while first.op is not None and first.op.attrs.get("_inplace"):
        first = first.op.operands[0]
    return first.op is None


def _note(read: dict[str, set[Value]], value: Value) -> None:
    if value.name is not None:
        read.setdefault(value.name, set()).add(value)


def _names_bound(op: Op) -> Iterator[str]:
    for result in op.results:
        if result.name is not None:
            yield result.name
    for region in op.regions:
        for arg in region.args:
            if arg.name is not None:
                yield arg.name
        for child in region.ops:
            yield from _names_bound(child)


def _count_names(function: Function, usage: Usage) -> dict[str, int]:
    """How many values bear each name."""
    counts: dict[str, int] = {}
    values = list(function.args)
    for op in walk(function.body):
        values += op.results
        for region in op.regions:
            values += region.args
    for value in values:
        if value.name is not None and (value in usage.needed or value.op is None):
            counts[value.name] = counts.get(value.name, 0) + 1
    return counts


def _is_of_shape(op: Op) -> bool:
    """Whether only the shape of an array is read, which no write changes."""
    if op.opcode == "getitem":
        made = op.operands[0].op
        return made is not None and _is_of_shape(made)
    return op.opcode in ("shape", "size", "ndim", "len") and isinstance(op.operands[0].type, Array)
