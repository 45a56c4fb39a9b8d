"""Which numbers are surely floats: the type float says only that an int is not meant, and one may stand there.

A parameter of the function that the user calls is exactly what its type says, since the call decided on it. What is
computed from a float is a float. What comes from several paths, out of a list or from a call may be an int.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from adjoint.frontend.values.objects import object_of
from adjoint.ir.core import Value
from adjoint.ir.opset import TABLE
from adjoint.ir.types import FLOAT, Array, Tuple, Type, rank_of

if TYPE_CHECKING:
    from adjoint.frontend.context import Context
    from adjoint.frontend.syntax.capture import Captured

_ARITHMETIC = frozenset({"add", "sub", "mul", "floordiv", "mod", "neg", "pos", "abs"})
_MAX_DEPTH = 40


def asks(captured: Captured) -> bool:
    """Whether a function asks for the classes of numbers by name."""
    nodes = (each for statement in captured.statements for each in gast.walk(statement))
    return any(isinstance(each, gast.Name) and each.id in ("isinstance", "type") for each in nodes)


def is_float(ctx: Context, value: Value, depth: int = 0) -> bool:
    """Whether a value of type float is surely no int."""
    op = value.op
    if value.type != FLOAT or value in ctx.exact:
        return value in ctx.exact and value.type == FLOAT
    if op is None or depth > _MAX_DEPTH:
        return False
    if op.opcode == "const":
        return type(op.attrs["value"]) is float
    if op.opcode in ("truediv", "float") or op.attrs.get("ns") == "math":
        return True
    if op.opcode in _ARITHMETIC:
        return any(is_float(ctx, operand, depth + 1) for operand in op.operands)
    if op.opcode == "if":
        number = op.results.index(value)
        ends = [region.terminator for region in op.regions]
        return all(end.opcode == "raise" or is_float(ctx, end.operands[number], depth + 1) for end in ends)
    return _is_given(ctx, value)


def _is_given(ctx: Context, value: Value) -> bool:
    """Whether a value is an argument that is exactly of its type, or part of one."""
    if value in ctx.exact:
        return True
    return value.op is not None and value.op.opcode == "getitem" and _is_given(ctx, value.op.operands[0])


def is_numpy_scalar(ctx: Context, value: Value, depth: int = 0) -> bool:
    """Whether a value is surely a NumPy scalar: no 0-d array, no Python number."""
    op = value.op
    if op is None or depth > _MAX_DEPTH or not isinstance(value.type, Array) or rank_of(value.type):
        return False
    if op.opcode == "index":
        return all(entry == "int" for entry in op.attrs["spec"]) and rank_of(op.operands[0].type) > 0
    elementwise = op.opcode in TABLE and TABLE[op.opcode].elementwise
    if elementwise and op.attrs.get("_via") == "np":
        return True
    return elementwise and any(is_numpy_scalar(ctx, operand, depth + 1) for operand in op.operands)


def note_parameter(ctx: Context, value: Any) -> None:
    """An argument is exactly what its type says."""
    thing = object_of(value)
    if thing is None:
        ctx.exact.add(value)
    elif isinstance(value.type, Tuple):
        for part in ctx.parts(value):
            note_parameter(ctx, part)


def floats_of(t: Type) -> bool:
    """Whether the type is float, or that of a tuple with a float in it."""
    return t == FLOAT or (isinstance(t, Tuple) and any(map(floats_of, t.items)))


def is_exact(ctx: Context, value: Value) -> bool:
    """Whether every float in a value that is passed on is surely one."""
    if not floats_of(value.type):
        return True
    if value.type == FLOAT:
        return is_float(ctx, value)
    if value.op is not None and value.op.opcode == "tuple":
        return all(is_exact(ctx, part) for part in value.op.operands)
    return _is_given(ctx, value)


__all__ = ["asks", "is_exact", "is_float", "is_numpy_scalar", "note_parameter"]
