"""Operations that are one part of what a NumPy function returns: `np.unique(x, return_counts=True)[1]`."""

from __future__ import annotations

import ast

import numpy as np

from adjoint.emit.imports import Namespace
from adjoint.ir.core import Op


def _item(call: ast.expr, number: int) -> ast.expr:
    return ast.Subscript(call, ast.Constant(number), ast.Load())


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _unique_part(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    keyword = ast.keyword(f"return_{op.attrs['part']}", ast.Constant(True))
    return _item(ast.Call(namespace.object(np.unique), operands, [keyword]), 1)


def _histogram(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    keywords = [ast.keyword("range", ast.Tuple(operands[3:], ast.Load()))] if operands[3:] else []
    keywords += [ast.keyword("weights", node) for node in operands[2:3] if not _is_none(node)]
    return _item(ast.Call(namespace.object(np.histogram), operands[:2], keywords), 0)


RESULT_PARTS = {"unique_part": _unique_part, "histogram": _histogram}
