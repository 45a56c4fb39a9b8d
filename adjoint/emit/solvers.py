"""How the call of a solver on a function of the program is written."""

from __future__ import annotations

import ast
import sys

from adjoint.emit.constants import literal
from adjoint.emit.imports import Namespace
from adjoint.ir.core import Op


def solver_call(op: Op, function: ast.expr, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    """The solver's call with the starts, then what else the function takes, then options."""
    if op.opcode == "solve_ivp":
        return _solve_ivp(op, function, operands, namespace)
    rest = list(operands)
    args, keywords = [function], []
    for name, count in op.attrs["starts"]:
        items = [rest.pop(0) for _ in range(count)]
        node = items[0] if count == 1 else ast.List(items, ast.Load())
        if name:
            keywords.append(ast.keyword(name, node))
        else:
            args.append(node)
    if rest:
        keywords.insert(0, ast.keyword("args", ast.Tuple(rest, ast.Load())))
    keywords += [ast.keyword(name, literal(value, namespace)) for name, value in op.attrs["options"]]
    call = ast.Call(namespace.object(op.attrs["solver"], op.attrs.get("_text")), args, keywords)
    return call if op.attrs["item"] is None else ast.Attribute(call, op.attrs["item"], ast.Load())


def _solve_ivp(op: Op, function: ast.expr, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    t0, t1, y0, times, *rest = operands
    keywords = []
    if not (isinstance(times, ast.Constant) and times.value is None):
        keywords.append(ast.keyword("t_eval", times))
    if rest:
        keywords.append(ast.keyword("args", ast.Tuple(rest, ast.Load())))
    keywords += [ast.keyword(name, literal(value, namespace)) for name, value in op.attrs["options"]]
    solver = namespace.object(sys.modules["scipy.integrate"].solve_ivp, op.attrs.get("_text"))
    return ast.Call(solver, [function, ast.Tuple([t0, t1], ast.Load()), y0], keywords)

