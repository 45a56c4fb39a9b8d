"""How the call of a solver on a function of the program is written."""

from __future__ import annotations

import ast
import sys

from adjoint.emit.constants import literal
from adjoint.emit.imports import Namespace
from adjoint.ir.core import Op
from adjoint.ir.types import Array, Tuple


def solver_call(op: Op, function: ast.expr, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    """The solver's call with the starts, then what else the function takes, then options."""
    if op.opcode == "solve_ivp":
        return _solve_ivp(op, function, operands, namespace)
    if op.opcode == "odeint":
        return _odeint(op, function, operands, namespace)
    if op.opcode == "quad":
        return _quad(op, function, operands, namespace)
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
    check = op.attrs["check"]
    if op.attrs["solver"].__name__ == "fsolve":
        keywords.append(ast.keyword("full_output", ast.Constant(True)))
    call = ast.Call(namespace.object(op.attrs["solver"], op.attrs.get("_text")), args, keywords)
    call = call if check is None else ast.Call(namespace.name(check), [call], [])
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
    call = ast.Call(solver, [function, ast.Tuple([t0, t1], ast.Load()), y0], keywords)
    return ast.Call(namespace.name("solved"), [call], [])


def _odeint(op: Op, function: ast.expr, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    y0, times, *rest = operands
    keywords = [ast.keyword("args", ast.Tuple(rest, ast.Load()))] if rest else []
    if op.attrs["tfirst"]:
        keywords.append(ast.keyword("tfirst", ast.Constant(True)))
    keywords += [ast.keyword(name, literal(value, namespace)) for name, value in op.attrs["options"]]
    keywords.append(ast.keyword("full_output", ast.Constant(True)))
    solver = namespace.object(sys.modules["scipy.integrate"].odeint, op.attrs.get("_text"))
    return ast.Call(namespace.name("integrated"), [ast.Call(solver, [function, y0, times], keywords)], [])


def _quad(op: Op, function: ast.expr, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    """`quad` of a function that gives numbers, `quad_vec` of one that gives arrays."""
    a, b, *rest = operands
    module = sys.modules["scipy.integrate"]
    t = op.results[0].type
    is_vector = isinstance(t, Tuple) and isinstance(t.items[0], Array) and t.items[0].rank > 0
    solver = namespace.object(module.quad_vec) if is_vector else namespace.object(module.quad, op.attrs.get("_text"))
    keywords = [ast.keyword("args", ast.Tuple(rest, ast.Load()))] if rest else []
    keywords += [ast.keyword(name, literal(value, namespace)) for name, value in op.attrs["options"]]
    return ast.Call(solver, [function, a, b], keywords)
