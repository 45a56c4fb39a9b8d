"""Blocks, branches and loops as a person writes them: guards first, the rest at the left margin, no needless jumps."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import final

from adjoint.emit.expressions import Expressions
from adjoint.emit.native import backwards, parallel_range
from adjoint.emit.scopes import end_of, is_quiet
from adjoint.emit.spelling import negated
from adjoint.emit.statements import Statements, chain
from adjoint.emit.structure import body_of, condition_of, first_carry, orelse_of
from adjoint.errors import InternalError
from adjoint.ir import opset
from adjoint.ir.core import Op, Region, Value, const_of, is_const, region_leaves
from adjoint.ir.types import NONE

Block = list[ast.stmt]


@final
class ControlFlow:
    """Writes regions. `tail` says what happens after the block anyway: "continue", "return", or "" for neither."""

    def __init__(self, expressions: Expressions) -> None:
        self.expressions = expressions
        self.folding = expressions.folding
        self.variables = expressions.variables
        self.statements = Statements(expressions)
        self.moved: set[Op] = set()
        """Returns that stand inside a `with` they follow."""
        self.comprehensions: set[ast.For] = set()
        """Loops that the user wrote as comprehensions."""

    def block(self, region: Region, tail: str) -> Block:
        """The statements of a region."""
        return self._run(region.ops, region, tail)

    def _run(self, ops: Sequence[Op], region: Region, tail: str) -> Block:
        """The statements of some operations of a region, one after the other."""
        written: Block = []
        tapes: list[Op] = []
        following = 0
        for index, op in enumerate(ops):
            if index < following or not self.folding.is_statement(op) or op in self.moved:
                continue
            if op.opcode == "tape":
                tapes.append(op)
                continue
            written += self.statements.tapes(tapes)
            tapes = []
            if op.opcode == "enter":
                statements, following = self._scope(op, ops, index + 1, region)
                written += statements
            else:
                made = self.operation(op, tail if op is region.ops[-1] else "")
                written += [] if op.attrs.get("_chained") and chain(written[-1], made) else made
        return written + self.statements.tapes(tapes)

    def _scope(self, enter: Op, ops: Sequence[Op], start: int, region: Region) -> tuple[Block, int]:
        """A `with` or a `try` with `finally`, and the position behind it."""
        end = end_of(enter, ops, start)
        body = self._run(ops[start:end], region, "")
        if enter.attrs["kind"] == "finally":
            last = end_of(enter, ops, end + 1)
            final = self._run(ops[end + 1 : last], region, "")
            return ([ast.Try(body, [], [], final)] if body and final else body + final), last + 1
        returned = region.ops[-1]
        if end < len(ops) and ops[end] in self.folding.trailing and returned not in self.moved:
            if self._is_written_inside(returned):
                self.moved.add(returned)
                body += self._return(returned, "")
        name = self.expressions.store(enter.results[1]) if len(enter.results) > 1 else None
        is_named = len(enter.results) > 1 and enter.results[1] in self.variables.of_value
        if not body and is_quiet(enter):
            return [], end + 1
        item = ast.withitem(self.expressions.read(enter, 0), name if is_named else None)
        statement = ast.With([item], body or [ast.Pass()])
        self.statements.origins[statement] = enter
        return [statement], end + 1

    def _is_written_inside(self, returned: Op) -> bool:
        """Whether what is returned is an expression, and was computed before the scope was left."""
        made = returned.operands[0].op
        return made is not None and made in self.folding.inline and not self.folding.is_plain(made)

    def operation(self, op: Op, tail: str) -> Block:
        """The statements of one operation."""
        if op.opcode == "if" and op not in self.folding.sugar.expressions:
            return self._if(op, tail)
        if op.opcode == "for":
            return self._for(op)
        if op.opcode == "while":
            return self._while(op)
        if op.opcode in ("yield", "continue", "break", "return", "raise"):
            return self._terminator(op, tail)
        return self.statements.simple(op)

    # terminators

    def _terminator(self, op: Op, tail: str) -> Block:
        if op.opcode == "return":
            return self._return(op, tail)
        if op.opcode == "raise":
            return [self._raise(op)]
        target = self.folding.structure.target_of[op]
        written = self.statements.leaf_copies(op, target) if target is not None else []
        if op.opcode == "break":
            written.append(ast.Break())
        elif op.opcode == "continue" and tail != "continue":
            written.append(ast.Continue())
        return written

    def _return(self, op: Op, tail: str) -> Block:
        if op.operands[0].type == NONE and is_const(op.operands[0]):
            if tail == "return":
                return []
            bare = self.folding.function.result_type == NONE
            return [ast.Return(None if bare else ast.Constant(None))]
        statement = ast.Return(self.expressions.read(op, 0))
        self.statements.origins[statement] = op
        return [statement]

    def _raise(self, op: Op) -> ast.stmt:
        kind = op.attrs["exception"]
        operands = self.expressions.reads(op)
        cause = operands.pop() if op.attrs.get("cause") else None
        if op.attrs.get("made"):
            return ast.Raise(operands[0], cause)
        text = str(op.attrs.get("_text", ""))
        dotted = text.partition("(")[0].strip()
        name = self.expressions.namespace.object(kind, dotted or None)
        if not operands and "(" not in text:
            return ast.Raise(name, cause)
        return ast.Raise(ast.Call(name, operands, []), cause)

    # branches

    def _if(self, op: Op, tail: str) -> Block:
        check = self._assert(op)
        if check is not None:
            return [check]
        test = self.expressions.read(op, 0)
        then, orelse = op.regions
        if not tail or not self._may_fall(then, tail):
            return self._choose(op, test, self.block(then, "" if tail else tail), self.block(orelse, tail))
        if not self._may_fall(orelse, tail):
            return self._choose(op, negated(test), self.block(orelse, ""), self.block(then, tail))
        if self._is_guard(then, orelse):
            return self._choose(op, test, self.block(then, ""), self.block(orelse, tail))
        return self._choose(op, test, self.block(then, tail), self.block(orelse, tail))

    def _choose(self, op: Op, test: ast.expr, then: Block, orelse: Block) -> Block:
        if not then and not orelse:
            effect = op.operands[0].op
            is_effect = effect is not None and effect in self.folding.inline and not opset.is_pure(effect)
            return [ast.Expr(test)] if is_effect else []
        if not then:
            test, then, orelse = negated(test), orelse, then
            inner = then[0]
            if len(then) == 1 and isinstance(inner, ast.If) and not inner.orelse:
                test, then = _both(test, inner.test), inner.body
        if orelse and not falls_through(then):
            return [ast.If(test, then, []), *orelse]
        if op.derived and len(orelse) == 1 and isinstance(orelse[0], ast.Raise):
            return [ast.If(negated(test), orelse, []), *then]
        return [ast.If(test, then, orelse)]

    def _may_fall(self, region: Region, tail: str) -> bool:
        """Whether some path through the region reaches what comes next anyway, without a written jump."""
        return any(self._is_implicit(leaf, tail) for leaf in region_leaves(region))

    def _is_implicit(self, leaf: Op, tail: str) -> bool:
        if leaf.opcode == "return":
            return tail == "return" and leaf.operands[0].type == NONE and is_const(leaf.operands[0])
        return leaf.opcode == "yield" or leaf.opcode == tail

    def _is_guard(self, then: Region, orelse: Region) -> bool:
        """`if c: continue` at the left margin, followed by the rest."""
        last = then.ops[-1]
        if last.opcode == "if":
            return False
        if last.line is not None and last.line.text.strip() in ("continue", "return", "return None"):
            return True
        size = sum(map(self.folding.is_statement, then.ops))
        return size == 1 and sum(map(self.folding.is_statement, orelse.ops)) > 3 and not last.operands

    def _assert(self, op: Op) -> ast.stmt | None:
        """`assert c, message` from the check that it was lowered to."""
        then, orelse = op.regions
        if op.attrs.get("_sugar") != "assert" or op.results or then.ops[-1].opcode != "raise":
            return None
        inner = [child for child in then.ops[:-1] if self.folding.is_statement(child)]
        if inner or any(self.folding.is_statement(child) for child in orelse.ops[:-1]):
            return None
        failure = then.ops[-1]
        if orelse.ops[-1].opcode != "yield" or len(failure.operands) > 1:
            return None
        message = self.expressions.read(failure, 0) if failure.operands else None
        return ast.Assert(negated(self.expressions.read(op, 0)), message)

    # loops

    def _entry(self, op: Op) -> Block:
        """The first values of the carries."""
        first = first_carry(op)
        inits = op.operands[first:]
        pairs = [(result, init, op, first + i) for i, (result, init) in enumerate(zip(op.results, inits))]
        derived = op.derived or all(r.name is not None and r.name.endswith("_bar") for r in op.results)
        return self.statements.copies(pairs, derived)

    def _body(self, op: Op) -> Block:
        return self.block(body_of(op), "continue") or [ast.Pass()]

    def _orelse(self, op: Op) -> tuple[Block, Block]:
        """The `else` clause, and what comes after the loop instead because nothing breaks it."""
        region = orelse_of(op)
        if region is None:
            return [], []
        written = self.block(region, "")
        breaks = any(leaf.opcode == "break" for leaf in region_leaves(body_of(op)))
        return (written, []) if breaks else ([], written)

    def _for(self, op: Op) -> Block:
        orelse, after = self._orelse(op)
        body = self._body(op)
        needed = any(result in self.variables.of_value for result in op.results)
        if len(body) == 1 and isinstance(body[0], ast.Pass) and not needed and not orelse and opset.is_pure(op):
            return after
        target, iterable = self._iteration(op) if op in self.folding.sugar.iterations else self._range(op)
        statement = ast.For(target, iterable, body, orelse)
        if op.attrs.get("_comprehension") and not op.derived:
            self.comprehensions.add(statement)
        return [*self._entry(op), statement, *after]

    def _range(self, op: Op) -> tuple[ast.expr, ast.expr]:
        start, stop, step = (self.expressions.read(op, i) for i in range(3))
        if "parallel" in op.attrs and self.expressions.namespace.imports.is_native:
            walked = parallel_range(start, stop, self.expressions.namespace)
            return self.expressions.store(body_of(op).args[0]), walked
        is_reversed = op.attrs.get("reversed") and body_of(op).args[0] in self.variables.of_value
        if is_reversed and self.expressions.namespace.imports.is_native:
            bounds = backwards(start, stop, step)
            return self.expressions.store(body_of(op).args[0]), self._call_range(bounds)
        if not _is(op.operands[2], 1):
            bounds = [start, stop, step]
        else:
            bounds = [stop] if _is(op.operands[0], 0) else [start, stop]
        iterable: ast.expr = self._call_range(bounds)
        index = body_of(op).args[0]
        if is_reversed:
            iterable = ast.Call(self.expressions.namespace.builtin("reversed"), [iterable], [])
        return self.expressions.store(index), iterable

    def _call_range(self, bounds: list[ast.expr]) -> ast.expr:
        return ast.Call(self.expressions.namespace.builtin("range"), bounds, [])

    def _iteration(self, op: Op) -> tuple[ast.expr, ast.expr]:
        """`for i, (a, b) in enumerate(zip(xs, ys))` and its simpler forms."""
        form = self.folding.sugar.iterations[op]
        namespace = self.expressions.namespace
        sources = [self.expressions.value(s, op, -1 - i) for i, s in enumerate(form.sequences)]
        targets = [ast.Name("_", ast.Store()) if e is None else self.expressions.store(e) for e in form.elements]
        target, iterable = targets[0], sources[0]
        if len(sources) > 1:
            target = ast.Tuple(list(targets), ast.Store())
            iterable = ast.Call(namespace.builtin("zip"), list(sources), [])
        if op.attrs.get("reversed"):
            iterable = ast.Call(namespace.builtin("reversed"), [iterable], [])
        if form.counted:
            target = ast.Tuple([self.expressions.store(body_of(op).args[0]), target], ast.Store())
            iterable = ast.Call(namespace.builtin("enumerate"), [iterable], [])
        return target, iterable

    def _while(self, op: Op) -> Block:
        condition = condition_of(op)
        assert condition is not None
        flag = condition.ops[-1]
        before = [child for child in condition.ops[:-1] if self.folding.is_statement(child)]
        entry = self._entry(op)
        test = self.expressions.read(flag, 0)
        if not before:
            orelse, after = self._orelse(op)
            return [*entry, ast.While(test, self._body(op), orelse), *after]
        written = self.block(condition, "")
        orelse, after = self._orelse(op)
        region = orelse_of(op)
        if region is not None and any(leaf.opcode in ("continue", "break") for leaf in region_leaves(region)):
            raise InternalError("a jump in the `else` of a loop whose condition takes several statements")
        leave = ast.If(negated(test), [*orelse, ast.Break()], [])
        return [*entry, ast.While(ast.Constant(True), [*written, leave, *self._body(op)], []), *after]


def _both(first: ast.expr, second: ast.expr) -> ast.expr:
    rest = second.values if isinstance(second, ast.BoolOp) and isinstance(second.op, ast.And) else [second]
    return ast.BoolOp(ast.And(), [first, *rest])


def _is(value: Value, number: int) -> bool:
    return is_const(value) and type(const_of(value)) is int and const_of(value) == number


def falls_through(block: Block) -> bool:
    """Whether control can reach what comes after the block."""
    if not block:
        return True
    last = block[-1]
    if isinstance(last, ast.If):
        return falls_through(last.body) or falls_through(last.orelse)
    return not isinstance(last, ast.Return | ast.Raise | ast.Break | ast.Continue)
