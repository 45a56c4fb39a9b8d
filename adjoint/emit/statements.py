"""Simple statements: assignments, in-place updates, tapes, calls for effect, simultaneous copies."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from typing import final

import numpy as np

from adjoint.emit.constants import literal
from adjoint.emit.containers import nothing_of
from adjoint.emit.expressions import Expressions
from adjoint.emit.folding import Folding
from adjoint.emit.lists import changed, method, total
from adjoint.emit.memory import is_write, walks_alike
from adjoint.emit.native import empty_tape, scatter
from adjoint.emit.native_arrays import put_masked
from adjoint.emit.native_stores import rank_of_part, stored
from adjoint.emit.spelling import BINARY, one_or_tuple, parts, subscript
from adjoint.emit.structure import is_loop
from adjoint.emit.variables import Variable, Variables
from adjoint.ir import opset
from adjoint.ir.core import Op, Value
from adjoint.ir.distinct import names_each_once
from adjoint.ir.ops.indexing import same_place, shape_at
from adjoint.ir.ops.lists import STORES
from adjoint.ir.types import Array, List, Scalar, Tuple, Type, Undef, rank_of

SILENT = frozenset({"pop", "tape", "push", "unpack", "copy"})
"""Operations whose statements answer no primal line."""
PER_LINE = 4
_INTO = {ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide}
"""What writes the value of an operator into an array."""


@final
class Statements:
    """Writes simple statements. `origins` remembers the operation behind a statement, for comments."""

    def __init__(self, expressions: Expressions) -> None:
        self.expressions = expressions
        self.folding: Folding = expressions.folding
        self.variables: Variables = expressions.variables
        self.origins: dict[ast.stmt, Op] = {}
        self._immutable: dict[Value, bool] = {}

    def simple(self, op: Op) -> list[ast.stmt]:
        """The statements of an operation that is neither control flow nor a terminator."""
        written = self._write(op)
        if op.opcode not in SILENT:
            for statement in written[-1:]:
                self.origins[statement] = op
        return written

    def _write(self, op: Op) -> list[ast.stmt]:
        if op.opcode == "push":
            return [self._push(op)]
        if op.opcode == "write_back":
            target, value = self.expressions.reads(op)
            return [ast.Assign([ast.Subscript(target, ast.Constant(...), ast.Store())], value)]
        if op.opcode in ("index_set", "index_add"):
            return self._update(op)
        if is_write(op) and self._is_statement(op):
            return self._change(op)
        if op in self.folding.sugar.groups:
            return [self._destructure(op)]
        value = self._plain(op)
        variables, nested = self.variables.of_value, self.folding.sugar.nested
        if not any(result in variables or result in nested for result in op.results):
            return [ast.Expr(value)]
        if len(op.results) > 1:
            return [ast.Assign([ast.Tuple([self._target(result) for result in op.results], ast.Store())], value)]
        if len(op.results) == 1 and op.opcode == "unpack":
            return [ast.Assign([ast.Tuple([self.expressions.store(op.result)], ast.Store())], value)]
        if op.derived and op.opcode in ("add", "sub") and not rank_of(op.result.type):
            value = _in_a_row(value)
        return [self._augmented(op) or ast.Assign([self.expressions.store(op.result)], value)]

    def _push(self, op: Op) -> ast.stmt:
        """`tape.append(x)`, or `tape[i] = x` for an array with a place for each pass, whose items are copies anyway."""
        holder = op.operands[0].op
        if holder is None or not holder.operands:
            tape, *values = self.expressions.reads(op)
            saved = one_or_tuple(values)
            return ast.Expr(ast.Call(ast.Attribute(tape, "append", ast.Load()), [saved], []))
        tape, *places = (self.expressions.read(op, number) for number in range(len(op.operands)) if number != 1)
        saved = self.expressions.read(op, 1)
        copy = op.operands[1].op
        if copy is not None and copy.opcode == "copy" and copy in self.folding.inline:
            saved = self.expressions.read(copy, 0)
        return ast.Assign([ast.Subscript(tape, one_or_tuple([*places, *parts(op)]), ast.Store())], saved)

    def _plain(self, op: Op) -> ast.expr:
        if op.opcode == "tape":
            return ast.List([], ast.Load())
        if op.opcode == "unpack":
            return self.expressions.read(op, 0)
        if op.opcode == "const":
            return literal(op.attrs["value"], self.expressions.namespace, op.attrs.get("_text"))
        return self.expressions.operation(op)

    def _destructure(self, op: Op) -> ast.stmt:
        """`a, b = pair`."""
        return ast.Assign([self._targets(self.folding.sugar.groups[op])], self.expressions.read(op, 0))

    def _target(self, result: Value) -> ast.expr:
        nested = self.folding.sugar.nested.get(result)
        return self.expressions.store(result) if nested is None else self._targets(nested)

    def _targets(self, values: Sequence[Value | None]) -> ast.expr:
        names = [ast.Name("_", ast.Store()) if value is None else self.expressions.store(value) for value in values]
        return ast.Tuple(names, ast.Store())

    def tapes(self, ops: Sequence[Op]) -> list[ast.stmt]:
        """Empty stacks that start at one place: several on a line."""
        written: list[ast.stmt] = []
        arrays = [op for op in ops if op.operands]
        stacks = [op for op in ops if not op.operands]
        per_line = 1 if self.expressions.namespace.imports.is_native else PER_LINE
        for first in range(0, len(stacks), per_line):
            group = stacks[first : first + per_line]
            empties: list[ast.expr] = [ast.List([], ast.Load()) for _ in group]
            written.append(_assign_all([self.expressions.store(op.result) for op in group], empties))
        for op in arrays:
            if any(op.operands[-1] is other.result for other in arrays):
                continue
            piece = [op, *(other for other in arrays if other.operands[-1] is op.result)]
            targets = [self.expressions.store(each.result) for each in piece]
            made = empty_tape(op, self.expressions.reads(op), self.expressions.namespace, len(piece))
            written.append(ast.Assign([one_or_tuple(targets, ast.Store())], made))
        return written

    # updates

    def _augmented(self, op: Op) -> ast.stmt | None:
        """`x += e` where that is what the user wrote or what a person would write."""
        symbol = opset.TABLE[op.opcode].symbol if op.opcode in opset.TABLE else None
        if symbol not in BINARY:
            return None
        for place in (0, 1) if op.opcode == "add" and op.derived else (0,):
            old = op.operands[place]
            if self.folding.is_literal(old, op, place) or not self.variables.same(op.result, old):
                continue
            if not self._may_augment(op, old, symbol):
                return None
            value = self.expressions.read(op, 1 - place)
            target = self.expressions.store(op.result)
            if op.derived and op.opcode in ("add", "sub"):
                return _accumulate(target, value, op.opcode == "add")
            return ast.AugAssign(target, BINARY[symbol], value)  # type: ignore[arg-type]  # a name
        return None

    def _may_augment(self, op: Op, old: Value, symbol: str) -> bool:
        if op.attrs.get("_inplace") and old is op.operands[0]:
            return True
        if not self._is_immutable(old):
            return False
        if op.derived:
            return op.opcode in ("add", "sub")
        pattern = rf"\s*{re.escape(op.result.name or '?')}\s*{re.escape(symbol)}="
        return op.line is not None and re.match(pattern, op.line.text) is not None

    def _is_immutable(self, value: Value) -> bool:
        """Whether the value is a number, not a 0-d array that `+=` would change in place."""
        if value not in self._immutable:
            seen = {value}
            if self._holds_numbers(value, seen):
                self._immutable.update(dict.fromkeys(seen, True))  # of values that depend on each other, all
            else:
                self._immutable[value] = False
        return self._immutable[value]

    def _holds_numbers(self, value: Value, seen: set[Value]) -> bool:
        if isinstance(value.type, Scalar | Undef) or value in self._immutable:
            return self._immutable.get(value, True)
        if not isinstance(value.type, Array) or value.type.rank:
            return False
        op = value.op
        carry = self.folding.structure.carry_of.get(value)
        if carry is not None:
            return self._all_hold_numbers(self.folding.usage.carry_sources(*carry), seen)
        if op is None:
            return False
        if op.opcode in ("if", "for", "while"):
            return self._all_hold_numbers(self.folding.usage.sources(value), seen)
        return op.opcode in ("const", "sum", "mean") or (
            op.opcode in opset.TABLE and opset.lookup(op.opcode).elementwise
        )

    def _all_hold_numbers(self, values: Iterable[Value], seen: set[Value]) -> bool:
        new = [value for value in dict.fromkeys(values) if value not in seen]
        seen.update(new)
        return all(self._holds_numbers(value, seen) for value in new)

    def _update(self, op: Op) -> list[ast.stmt]:
        """`x[...] = v` and `x[...] += v`, on a copy when the old version is still wanted."""
        written: list[ast.stmt] = []
        operands = self.expressions.reads(op)
        if not self.variables.same(op.result, op.operands[0]):
            start = operands[0] if op.attrs.get("_owned") else method(operands[0], "copy")
            written.append(ast.Assign([self.expressions.store(op.result)], start))
        base = self.expressions.variable(op.result, ast.Load())
        value, index = operands[1], operands[2:]
        if op.attrs.get("_out") and op.operands[1].op in self.folding.inline:
            return [*written, ast.Expr(self._into(value, subscript(base, op, index, ast.Load()) if index else base))]
        if "array" in op.attrs["spec"] and self.expressions.namespace.imports.is_native:
            scattered = scatter(op, [base, self._apart(op, value), *index], self.expressions.namespace)
            if scattered is not None:
                return [*written, ast.Expr(scattered)]
        if "mask" in op.attrs["spec"] and self.expressions.namespace.imports.is_native:
            masked = put_masked(op, [base, self._apart(op, value), *index], self.expressions.namespace)
            if masked is not None:
                return [*written, ast.Expr(masked)]
        if op.opcode == "index_add" and _may_meet(op):
            function = ast.Attribute(self.expressions.namespace.object(np.add), "at", ast.Load())
            node = subscript(base, op, index, ast.Load())
            place = _index_object(node.slice, self.expressions)
            return [*written, ast.Expr(ast.Call(function, [node.value, place, _with_all_axes(op, value)], []))]
        target = subscript(base, op, index, ast.Store())
        if op.opcode == "index_add" and self._adds_in_place(op):
            return [*written, self._stored(op, _accumulate(target, value, True), op.operands[1])]
        amount = self._amount(op)
        if amount is not None:
            made, symbol, position = amount
            changed_by = ast.AugAssign(target, BINARY[symbol], self.expressions.read(made, position))
            return [*written, self._stored(op, changed_by, made.operands[position])]
        if op.opcode == "index_add":
            old = subscript(base, op, index, ast.Load())
            value = total(self._place_type(op), old, value, self.expressions.namespace)
        return [*written, self._stored(op, ast.Assign([target], value), op.operands[1])]

    def _into(self, value: ast.expr, target: ast.expr) -> ast.expr:
        """`np.multiply(a, b, out=x)` for `x[:] = a * b`: nothing is made that is thrown away."""
        assert isinstance(value, ast.BinOp)
        function = self.expressions.namespace.object(_INTO[type(value.op)])
        return ast.Call(function, [value.left, value.right], [ast.keyword("out", target)])

    def _stored(self, op: Op, statement: ast.stmt, value: Value) -> ast.stmt:
        """The statement that stores a value by `op`, as the target has it."""
        namespace = self.expressions.namespace
        if not namespace.imports.is_native:
            return self._read_first(op, statement, value)
        return stored(op, statement, value, may_share=self._may_share(value, op), namespace=namespace)

    def _read_first(self, op: Op, statement: ast.stmt, value: Value) -> ast.stmt:
        """A vector of its own for NumPy, which otherwise stores into `x[:, 0]` while it reads `x[0]`.

        What the user has written stays as it is.
        """
        is_view = isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Subscript | ast.Attribute)
        if not is_view or not op.derived or rank_of_part(op) != 1:
            return statement
        assert isinstance(statement, ast.Assign)
        if self._may_share(value, op) and not walks_alike(value, op):
            statement.value = method(statement.value, "copy")
        return statement

    def _apart(self, op: Op, value: ast.expr) -> ast.expr:
        """What a store puts, in memory of its own."""
        return method(value, "copy") if self._may_share(op.operands[1], op) else value

    def _may_share(self, value: Value, store: Op) -> bool:
        """Whether an array of which a store is made, or which it adds with a sign, may be a part of what it changes."""
        while value.op is not None and value.op.opcode == "neg":
            value = value.op.operands[0]
        memory = self.folding.memory
        return rank_of(value.type) > 0 and memory.may_read(value, memory.origin(store.operands[0]))

    def _amount(self, op: Op) -> tuple[Op, str, int] | None:
        """For a store as `x[i] *= v`: the operation that has `v` as an operand, its symbol, and which operand that is.

        So are written what the user wrote in this way, and places of cotangents that are scaled.
        """
        made = op.operands[1].op
        if op.opcode != "index_set" or made not in self.folding.inline or made is None or len(made.operands) != 2:
            return None
        symbol = opset.TABLE[made.opcode].symbol if made.opcode in opset.TABLE else None
        wrote = not op.derived and op.line is not None and f"{symbol}=" in op.line.text
        scales = op.derived and made.opcode in ("mul", "truediv") and isinstance(op.operands[0].type, Array)
        if symbol not in BINARY or not (wrote or scales):
            return None
        places = (0, 1) if scales and made.opcode == "mul" else (0,)
        return next(((made, symbol, 1 - place) for place in places if self._is_old(made.operands[place].op, op)), None)

    def _is_old(self, read: Op | None, store: Op) -> bool:
        """Whether the operation reads, in the statement of a store, the place that is written."""
        if read is None or read.opcode != "index" or read not in self.folding.inline:
            return False
        return read.operands[0] is store.operands[0] and same_place(read, store)

    def _is_statement(self, op: Op) -> bool:
        """Whether a list is changed where it is: outside of loops a new list under a new name reads better."""
        if op.opcode in STORES or self.variables.same(op.result, op.operands[0]):
            return True
        structure = self.folding.structure
        region = structure.region_of[op]
        while region in structure.owner_of:
            owner = structure.owner_of[region]
            if is_loop(owner):
                return True
            region = structure.region_of[owner]
        return False

    def _adds_in_place(self, op: Op) -> bool:
        """Whether `xs[i] += v` may be written: the item is a number, or an array that nobody else holds."""
        place = self._place_type(op)
        if isinstance(place, List):
            return False
        return not isinstance(op.operands[0].type, List) or isinstance(place, Scalar) or bool(op.attrs.get("_inplace"))

    def _place_type(self, op: Op) -> Type:
        """The type of what a list holds at an index."""
        t, spec = op.operands[0].type, op.attrs["spec"]
        while isinstance(t, List) and spec and spec[0] == "int":
            t, spec = t.item, spec[1:]
        return t

    def _change(self, op: Op) -> list[ast.stmt]:
        """`xs.append(v)`, `del xs[i]`, on a copy when the old version is still wanted."""
        written: list[ast.stmt] = []
        operands = self.expressions.reads(op)
        if not self.variables.same(op.result, op.operands[0]):
            start = operands[0] if op.attrs.get("_owned") else method(operands[0], "copy")
            written.append(ast.Assign([self.expressions.store(op.result)], start))
        context = ast.Store() if op.opcode == "list_concat" else ast.Load()
        return [*written, changed(op, self.expressions.variable(op.result, context), operands[1:])]

    # copies where control flow meets

    def copies(self, pairs: Sequence[tuple[Value, Value, Op, int]], derived: bool) -> list[ast.stmt]:
        """Simultaneous assignments of values to carries or branch results, in an order that loses nothing.

        Each pair gives the target, the value and the operand (operation and position) through which it is read.
        """
        moves = [_Move(self, *pair) for pair in pairs if pair[0] in self.variables.of_value]
        unbound = [move for move in moves if move.is_undefined and move.target in self.expressions.must_be_bound]
        pending = [move for move in moves if move.is_needed]
        ordered: list[_Move] = []
        while pending:
            ready = next((m for m in pending if not any(m.target in o.sources for o in pending if o is not m)), None)
            if ready is None:
                break
            pending.remove(ready)
            ordered.append(ready)
        if derived:
            ordered.sort(key=lambda move: move.is_constant)  # what is assigned later is never lost
        written = self._in_lines(ordered, derived)
        return written + self._together(pending) + self._unbind(unbound)

    def _unbind(self, moves: Sequence[_Move]) -> list[ast.stmt]:
        """`a = b = None` for variables without a value on this path that are saved or handed on all the same."""
        written: list[ast.stmt] = []
        tuples = [move for move in moves if isinstance(move.to.type, Tuple)]
        targets = [self.expressions.store(move.to) for move in moves if move not in tuples]
        if targets:
            written.append(ast.Assign(targets, ast.Constant(None)))
        for move in tuples:  # its items are read one by one
            nothing = nothing_of(move.to.type, self.expressions.namespace)
            written.append(ast.Assign([self.expressions.store(move.to)], nothing))
        return written

    def _in_lines(self, moves: Sequence[_Move], derived: bool) -> list[ast.stmt]:
        """One statement a move; constants that a derivative starts from share a line."""
        written: list[ast.stmt] = []
        group: list[_Move] = []
        for move in moves:
            if group and not (derived and move.is_constant and len(group) < PER_LINE):
                written += self._together(group)
                group = []
            group.append(move)
            if not (derived and move.is_constant):
                written += self._together(group)
                group = []
        return written + self._together(group)

    def _together(self, moves: Sequence[_Move]) -> list[ast.stmt]:
        if not moves:
            return []
        targets = [self.expressions.store(move.to) for move in moves]
        statement = _assign_all(targets, [self.expressions.value(m.value, m.user, m.index) for m in moves])
        source = moves[0].value.op
        if len(moves) == 1 and source is not None and source in self.folding.inline:
            self.origins[statement] = source
        return [statement]

    def leaf_copies(self, leaf: Op, target: Op) -> list[ast.stmt]:
        """What a `yield`, `continue` or `break` assigns."""
        pairs = [(target.results[i], operand, leaf, i) for i, operand in self.folding.usage.reads(leaf)]
        return self.copies(pairs, leaf.derived or target.derived)


@final
class _Move:
    """One of several simultaneous assignments."""

    def __init__(self, statements: Statements, to: Value, value: Value, user: Op, index: int) -> None:
        self.to, self.value, self.user, self.index = to, value, user, index
        folding, variables = statements.folding, statements.variables
        self.target: Variable = variables.of(to)
        self.sources: set[Variable] = set()
        for position, read in folding.reads_of(user):
            if position == index:
                self.sources.add(variables.of(read))
        literal = folding.is_literal(value, user, index)
        self.is_constant = literal
        self.is_undefined = isinstance(value.type, Undef) or (value.op is not None and value.op.opcode == "undef")
        inline = literal or (value.op is not None and value.op in folding.inline)
        self.is_needed = not self.is_undefined and (inline or variables.of(value) is not self.target)


def _assign_all(targets: Sequence[ast.expr], values: Sequence[ast.expr]) -> ast.stmt:
    if len(targets) == 1:
        return ast.Assign([targets[0]], values[0])
    return ast.Assign([ast.Tuple(list(targets), ast.Store())], ast.Tuple(list(values), ast.Load()))


def _accumulate(target: ast.expr, value: ast.expr, plus: bool) -> ast.stmt:
    """`+=` or `-=`, whichever leaves the value without a sign."""
    unsigned = without_sign(value)
    if unsigned is not None:
        plus, value = not plus, unsigned
    return ast.AugAssign(target, ast.Add() if plus else ast.Sub(), value)  # type: ignore[arg-type]  # name or subscript


def chain(before: ast.stmt, made: Sequence[ast.stmt]) -> bool:
    """Whether a statement became a part of the one before: `x[0] = x[-1] = 0.0`."""
    (one,) = made
    if not isinstance(one, ast.Assign) or not isinstance(before, ast.Assign):
        return False
    before.targets += one.targets
    return True


def _in_a_row(node: ast.expr) -> ast.expr:
    """`a + b - c` for `a + (b - c)`."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add | ast.Sub):
        return node
    inner = node.right
    if not isinstance(inner, ast.BinOp) or not isinstance(inner.op, ast.Add | ast.Sub):
        return node
    same = isinstance(node.op, ast.Add)
    plus = isinstance(inner.op, ast.Add) == same
    first = _in_a_row(ast.BinOp(node.left, node.op, inner.left))
    return ast.BinOp(first, ast.Add() if plus else ast.Sub(), inner.right)


def without_sign(node: ast.expr) -> ast.expr | None:
    """`2 * x` for `-2 * x`, `x` for `-x`; None when there is no sign in front."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return node.operand
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        left = without_sign(node.left)
        return None if left is None else ast.BinOp(left, node.op, node.right)
    return None


def _with_all_axes(op: Op, value: ast.expr) -> ast.expr:
    """What `np.add.at` adds. At a table of indices into a vector, NumPy 2.4 reads behind the end of another vector."""
    x, spec = op.operands[0].type, op.attrs["spec"]
    is_table = isinstance(x, Array) and ((x.rank == 1 and spec == ("array",)) or spec[-2:] == ("then", "array"))
    rank = len(shape_at(x, spec, op.operands[2:])) if isinstance(x, Array) and is_table else 0
    if rank < 2 or rank_of(op.operands[1].type) != 1:
        return value
    axes: list[ast.expr] = [ast.Constant(None) for _ in range(rank - 1)]
    return ast.Subscript(value, axes[0] if len(axes) == 1 else ast.Tuple(axes, ast.Load()), ast.Load())


def _may_meet(op: Op) -> bool:
    """Whether an element may stand twice under the index, which `x[i] += v` would add to once."""
    spec = op.attrs["spec"]
    return "array" in spec and not names_each_once(spec, op.operands[2:])


def _index_object(node: ast.expr, expressions: Expressions) -> ast.expr:
    """The index as an argument: slices become `slice(...)` calls."""
    items = node.elts if isinstance(node, ast.Tuple) else [node]
    written = [_slice_call(item, expressions) if isinstance(item, ast.Slice) else item for item in items]
    return written[0] if len(written) == 1 else ast.Tuple(written, ast.Load())


def _slice_call(node: ast.Slice, expressions: Expressions) -> ast.expr:
    parts: list[ast.expr] = [part or ast.Constant(None) for part in (node.lower, node.upper, node.step)]
    if node.step is None:
        parts = parts[:2]
    return ast.Call(expressions.namespace.builtin("slice"), parts, [])
