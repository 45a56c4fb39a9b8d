"""Expressions: what a value reads as, with the operations folded into it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import final

from adjoint.emit.constants import literal
from adjoint.emit.containers import spread_items, spread_keywords
from adjoint.emit.folding import Folding
from adjoint.emit.imports import Namespace
from adjoint.emit.solvers import solver_call
from adjoint.emit.spelling import spell
from adjoint.emit.variables import Variable, Variables, find_must_be_bound
from adjoint.errors import InternalError
from adjoint.ir.core import Function, Op, Value


@final
class Expressions:
    """Builds syntax trees. Variables get their names last: `slots` remembers which node reads which variable."""

    def __init__(
        self, folding: Folding, variables: Variables, namespace: Namespace, functions: Mapping[Function, str]
    ) -> None:
        self.folding = folding
        self.variables = variables
        self.namespace = namespace
        self.functions = functions
        self.slots: list[tuple[ast.Name, Variable]] = []
        self.must_be_bound: set[Variable] = find_must_be_bound(folding, variables)

    def read(self, user: Op, index: int) -> ast.expr:
        """The expression of an operand."""
        return self.value(user.operands[index], user, index)

    def reads(self, user: Op) -> list[ast.expr]:
        """The expressions of all operands."""
        return [self.value(operand, user, i) for i, operand in enumerate(user.operands)]

    def value(self, value: Value, user: Op, index: int) -> ast.expr:
        """The expression of a value where `user` reads it."""
        op = value.op
        if op is not None and self.folding.is_literal(value, user, index):
            if op.opcode == "undef":
                return ast.Constant(None)
            return literal(op.attrs["value"], self.namespace, op.attrs.get("_text"))
        if op is not None and op in self.folding.inline:
            return self.operation(op)
        return self.variable(value, ast.Load())

    def variable(self, value: Value, context: ast.expr_context) -> ast.Name:
        """The variable a value lives in."""
        if value not in self.variables.of_value:
            what = value.op.opcode if value.op is not None else "a block argument"
            raise InternalError(f"%{value.name} of {what} in {self.folding.function.name} has no variable")
        node = ast.Name("", context)
        self.slots.append((node, self.variables.of(value)))
        return node

    def store(self, value: Value) -> ast.expr:
        """An assignment target; `_` for a result nobody reads."""
        if value in self.variables.of_value:
            return self.variable(value, ast.Store())
        return ast.Name("_", ast.Store())

    def operation(self, op: Op) -> ast.expr:
        """The expression of an operation."""
        if op in self.folding.sugar.expressions:
            return self._conditional(op)
        if op.opcode == "call":
            return self._call(op)
        if op.opcode in ("solver", "solve_ivp", "odeint", "quad"):
            return self._solver(op)
        return spell(op, self.reads(op), self.namespace)

    def _call(self, op: Op) -> ast.expr:
        callee: Function = op.attrs["callee"]
        args: list[ast.expr] = []
        keywords: list[ast.keyword] = []
        for param, node in zip(callee.params, self.reads(op)):
            if param.kind == "keyword only":
                keywords.append(ast.keyword(param.name, node))
            elif param.kind == "variadic keyword":
                keywords += spread_keywords(node)
            elif param.kind == "variadic positional":
                args += spread_items(node)
            else:
                args.append(node)
        return ast.Call(self.namespace.name(self.functions[callee]), args, keywords)

    def _solver(self, op: Op) -> ast.expr:
        """`fsolve(f, x0, args=(p,))`, or what is read of the result: `root(f, x0).x`."""
        name: ast.expr = self.namespace.name(self.functions[op.attrs["callee"]])
        return solver_call(op, name, self.reads(op), self.namespace)

    def _conditional(self, op: Op) -> ast.expr:
        kind = self.folding.sugar.expressions[op]
        test = self.read(op, 0)
        then, orelse = (region.ops[-1] for region in op.regions)
        if kind == "ternary":
            return ast.IfExp(test, self.read(then, 0), self.read(orelse, 0))
        second = self.read(then if kind == "and" else orelse, 0)
        if op in self.folding.sugar.chained and isinstance(test, ast.Compare) and isinstance(second, ast.Compare):
            return ast.Compare(test.left, [*test.ops, *second.ops], [*test.comparators, *second.comparators])
        joiner: ast.boolop = ast.And() if kind == "and" else ast.Or()
        rest = second.values if isinstance(second, ast.BoolOp) and type(second.op) is type(joiner) else [second]
        return ast.BoolOp(joiner, [test, *rest])
