"""Types of derived arithmetic whose operands have become Python floats: what was declared a NumPy scalar is one too."""

from __future__ import annotations

from adjoint.ir.core import Region, Value, walk
from adjoint.ir.opset import TABLE
from adjoint.ir.types import FLOAT, Array

_NUMPY = Array("float64", ())
_ARITHMETIC = frozenset({"add", "sub", "mul", "neg"})


def may_stand_for(number: Value, place: Value) -> bool:
    """Whether one value may be read in the place of another: a Python float may where a NumPy scalar is declared."""
    return number.type == place.type or (number.type == FLOAT and place.type == _NUMPY)


def retype_numbers(region: Region) -> None:
    """Infer the types of derived arithmetic once more, in place."""
    for op in walk(region):
        if op.derived and op.opcode in _ARITHMETIC and op.result.type == _NUMPY:
            t = TABLE[op.opcode].infer(op.operands, op.attrs)
            assert not isinstance(t, tuple)
            op.result.type = t
