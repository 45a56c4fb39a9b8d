"""How operations of SciPy are written that are not plain calls."""

from __future__ import annotations

import ast
from typing import Any

from adjoint.emit.imports import Namespace
from adjoint.emit.spelling import SPECIAL, Spelling, _arguments, _function_of
from adjoint.ir import checks, opset
from adjoint.ir.core import Op


def _options(op: Op, namespace: Namespace, skip: tuple[str, ...] = ()) -> list[ast.keyword]:
    """The keywords of a call that differ from their defaults."""
    definition = opset.lookup(op.opcode)
    names = ", ".join(name for name in definition.attrs if name not in skip)
    return _arguments(op, definition, f"-, {names}", [], 0, namespace)[1]


def _cho_factor(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    call = ast.Call(_function_of(op, namespace), operands, _options(op, namespace))
    return ast.Subscript(call, ast.Constant(0), ast.Load())


def _cho_solve(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    pair: Any = ast.Tuple([operands[0], ast.Constant(bool(op.attrs["lower"]))], ast.Load())
    return ast.Call(_function_of(op, namespace), [pair, operands[1]], _options(op, namespace, ("lower",)))


def _real(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    """A function whose result may be complex, where it is known as a real matrix."""
    call = ast.Call(_function_of(op, namespace), operands, [])
    return ast.Call(namespace.name(checks.real_matrix.__name__), [call], [])


def _product(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    return ast.BinOp(operands[0], ast.MatMult(), operands[1])


def _attribute(name: str) -> Spelling:
    return lambda op, operands, namespace: ast.Attribute(operands[0], name, ast.Load())


def _toarray(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    return ast.Call(ast.Attribute(operands[0], "toarray", ast.Load()), [], [])


SPECIAL["sparse_matmul"] = SPECIAL["sparse_rmatmul"] = _product
SPECIAL["sparse_transpose"] = _attribute("T")
SPECIAL["sparse_shape"] = _attribute("shape")
SPECIAL["sparse_toarray"] = _toarray
SPECIAL["linalg_sqrtm"] = _real
SPECIAL["linalg_logm"] = _real
SPECIAL["linalg_cho_factor"] = _cho_factor
SPECIAL["linalg_cho_solve"] = _cho_solve


def _interpolated(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    order = [ast.Constant(op.attrs["nu"])] if op.attrs.get("nu", 0) else []
    return ast.Call(namespace.object(op.attrs["function"], op.attrs.get("_text")), [*operands, *order], [])


SPECIAL["interpolated"] = _interpolated


def _lu_solve(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    factors, pivots, b = operands
    trans = [ast.keyword("trans", ast.Constant(op.attrs["trans"]))] if op.attrs.get("trans", 0) else []
    pair = ast.Tuple([factors, pivots], ast.Load())
    return ast.Call(_function_of(op, namespace), [pair, b], trans)


SPECIAL["linalg_lu_solve"] = _lu_solve
