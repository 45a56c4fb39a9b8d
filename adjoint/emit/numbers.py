"""How functions of numbers are written that are no plain call of what the table names."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable

from adjoint.emit.imports import Namespace
from adjoint.ir import series
from adjoint.ir.core import Op
from adjoint.ir.ops.numbers import PARTS


def _numeric(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    """A function of `ir/series.py`, whose text the module holds; polygamma takes its order first, as is usual."""
    order = ast.Constant(op.attrs["n"])
    args = [order, *operands] if op.opcode == "polygamma" else [*operands, order]
    return ast.Call(namespace.name(op.opcode), args, [])


def _part(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    """`np.modf(x)[0]`."""
    np_function, math_function, part = PARTS[op.opcode]
    function = math_function if op.attrs["ns"] == "math" else np_function
    call = ast.Call(namespace.object(function, op.attrs.get("_text")), operands, [])
    return ast.Subscript(call, ast.Constant(part), ast.Load())


def _hypot_of(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    return ast.Call(namespace.object(math.hypot), operands, [])


def _first_part(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    """The schedule of a loop with checkpoints, whose text the module holds."""
    return ast.Call(namespace.name(op.opcode), operands, [])


NUMBERS: dict[str, Callable[[Op, list[ast.expr], Namespace], ast.expr]] = {
    **dict.fromkeys(series.NUMERIC, _numeric),
    **dict.fromkeys(PARTS, _part),
    "hypot_of": _hypot_of,
    "first_part": _first_part,
}
