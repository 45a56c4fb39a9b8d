"""How operations of SciPy are written that are not plain calls."""

from __future__ import annotations

import ast
from typing import Any

from adjoint.emit.imports import Namespace
from adjoint.emit.spelling import SPECIAL, _arguments, _function_of
from adjoint.ir import opset
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


SPECIAL["linalg_cho_factor"] = _cho_factor
SPECIAL["linalg_cho_solve"] = _cho_solve
