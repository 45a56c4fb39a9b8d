"""Numbers beside arrays of less than double precision, in that precision: Numba would give arrays of float64.

    before:  %y: float32[n] = mul 0.1 %x
    after:   %y: float32[n] = mul np.float32(0.1) %x

NumPy goes by the array where a Python number meets one. What Numba makes of integers is the same already.
"""

from __future__ import annotations

import numpy as np

from adjoint.ir import opset
from adjoint.ir.builder import Builder, type_of_constant
from adjoint.ir.core import CONTROL, Function, Op, Region, Value, const_of, is_const
from adjoint.ir.types import FLOAT, Array, dtype_of, rank_of
from adjoint.passes.rewriting import rewrite

_NARROW = ("float32", "complex64")


def narrow_numbers(function: Function) -> None:
    """Make the numbers among the operands of such arrays float32, in place."""

    def rewritten(op: Op) -> list[Op]:
        if not _is_narrow(op):
            return [op]
        made = Region()
        builder = Builder(made, line=op.line, derived=True)
        op.operands = [
            _narrowed(operand, builder, op.opcode == "pow" and place == 1) if _is_wide(operand) else operand
            for place, operand in enumerate(op.operands)
        ]
        return [*made.ops, op]

    rewrite(function.body, {}, rewritten)


def _is_narrow(op: Op) -> bool:
    if op.opcode in CONTROL or op.opcode not in opset.TABLE or not opset.lookup(op.opcode).elementwise:
        return False
    return dtype_of(op.result.type) in _NARROW and rank_of(op.result.type) > 0


def _is_wide(operand: Value) -> bool:
    """Whether it may be a float64 in compiled code: a Python number, or computed with one."""
    if operand.type != FLOAT and not (isinstance(operand.type, Array) and not operand.type.rank):
        return False
    made = operand.op
    return dtype_of(operand.type) in ("float32", "float64") and (
        made is None or (made.opcode not in ("index", "float32") and not _is_narrow_constant(operand))
    )


def _is_narrow_constant(operand: Value) -> bool:
    return is_const(operand) and isinstance(const_of(operand), np.float32)


def _narrowed(operand: Value, builder: Builder, is_exponent: bool) -> Value:
    """As a float32; a whole exponent as an integer, which costs products alone."""
    if not is_const(operand):
        return builder.emit("float32", operand)
    given = const_of(operand)
    value = int(given) if is_exponent and float(given).is_integer() else np.float32(given)
    return builder.op("const", [], [type_of_constant(value)], {"value": value}).result
