"""Stores into parts of arrays, for Numba: it writes `x[a:b] += v` back once more, and is slow to compile `x[a:b] = v`.

    before:  h[1:] += t            after:  add_to(h[1:], t)
    before:  h[1:] = 2 * t         after:  put(h[1:], 2 * t)

What may share memory with the array is copied first: unlike NumPy, Numba does not look.
"""

from __future__ import annotations

import ast

from adjoint.emit.imports import Namespace
from adjoint.emit.native_base import call_helper
from adjoint.ir.core import Op, Value
from adjoint.ir.ops.indexing import every_entry
from adjoint.ir.types import Array, rank_of

_FRESH = (ast.BinOp, ast.UnaryOp, ast.Constant, ast.Compare)
"""Expressions that are arrays of their own."""
_CHANGES: dict[type[ast.operator], tuple[str, str, str]] = {
    ast.Add: ("add_to", "Add `y` to `x`", "+="),
    ast.Sub: ("subtract_from", "Subtract `y` from `x`", "-="),
    ast.Mult: ("multiply", "Multiply `x` by `y`", "*="),
    ast.Div: ("divide", "Divide `x` by `y`", "/="),
}


def stored(op: Op, statement: ast.stmt, value: Value, *, may_share: bool, namespace: Namespace) -> ast.stmt:
    """The statement that stores `value` by `op`, as Numba should get it. `may_share`: its memory may be the array's."""
    assert isinstance(statement, ast.Assign | ast.AugAssign)
    rank = rank_of_part(op)
    if not rank:
        return statement
    if may_share and rank_of(value.type) and not isinstance(statement.value, _FRESH):
        statement.value = ast.Call(ast.Attribute(statement.value, "copy", ast.Load()), [], [])
    target = statement.target if isinstance(statement, ast.AugAssign) else statement.targets[0]
    if not isinstance(target, ast.Subscript) or rank_of(value.type) > rank:
        return statement
    part = ast.Subscript(target.value, target.slice, ast.Load())
    if isinstance(statement, ast.Assign):
        if not _has_dtype_of(value, op.operands[0]):
            return statement
        call = call_helper(namespace, _PUT, part, statement.value)
    elif type(statement.op) in _CHANGES:
        name, doc, symbol = _CHANGES[type(statement.op)]
        text = f'\ndef {name}(x, y):\n    """{doc}, where it is."""\n    x {symbol} y\n'
        call = call_helper(namespace, text, part, statement.value)
    else:
        return statement
    return ast.Expr(call)


_PUT = '\ndef put(x, y):\n    """Write `y` into `x`."""\n    np.positive(y, x)\n'


def rank_of_part(op: Op) -> int:
    """How many dimensions the place has, if that is seen without a look at arrays of indices; else 0."""
    array = op.operands[0].type
    if not isinstance(array, Array):
        return 0
    entries = [entry for entry, _ in every_entry(op.attrs["spec"], op.operands[2:])]
    if "array" in entries or "mask" in entries:
        return 0
    return array.rank - entries.count("int") + entries.count("new")


def _has_dtype_of(value: Value, array: Value) -> bool:
    one, other = value.type, array.type
    if not isinstance(one, Array) or not isinstance(other, Array) or not one.rank:
        return False
    return one.dtype == other.dtype and one.dtype.startswith(("float", "complex"))
