"""Building IR: append typed operations to a region.

`Builder.emit` infers result types through the table and marks what it writes with the statement it answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adjoint.ir import opset
from adjoint.ir.core import Line, Op, Region, Value
from adjoint.ir.types import BOOL, COMPLEX, FLOAT, INT, Array, Static, Type


def type_of_constant(value: Any) -> Type:
    """The type of a Python object that stands in the program as a constant."""
    import numpy as np

    if isinstance(value, np.generic):
        return Array(str(value.dtype), ())
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, int):
        return INT
    if isinstance(value, float):
        return FLOAT
    if isinstance(value, complex):
        return COMPLEX
    return Static(value)


class Builder:
    """Appends operations to `region`. `line` and `derived` are stamped on each; `ns` is where functions come from."""

    def __init__(self, region: Region, *, line: Line | None = None, derived: bool = False) -> None:
        self.region = region
        self.line = line
        self.derived = derived
        self.ns: str | None = None

    def append(self, op: Op) -> Op:
        """Append a finished operation, stamped if it carries no line yet."""
        if op.line is None:
            op.line = self.line
            op.derived = op.derived or self.derived
        self.region.ops.append(op)
        return op

    def op(
        self,
        opcode: str,
        operands: Sequence[Value],
        types: Sequence[Type],
        attrs: dict[str, Any] | None = None,
        regions: Sequence[Region] = (),
    ) -> Op:
        """Append an operation whose result types are given."""
        op = Op(opcode, list(operands), attrs or {}, list(regions))
        op.results = [Value(t, None, op) for t in types]
        return self.append(op)

    def emit(self, opcode: str, *operands: Value, **attrs: Any) -> Value:
        """Append an operation of the table with one result and return it. Raises TypeInferenceError."""
        (value,) = self.emit_all(opcode, *operands, **attrs)
        return value

    def emit_all(self, opcode: str, *operands: Value, **attrs: Any) -> list[Value]:
        """Append an operation of the table and return all its results. Raises TypeInferenceError."""
        definition = opset.lookup(opcode)
        full = {**definition.attrs, **attrs}
        if "ns" in definition.attrs and "ns" not in attrs:
            full["ns"] = self._namespace(operands)
        types = definition.infer(operands, full)
        return self.op(opcode, operands, types if isinstance(types, tuple) else (types,), full).results

    def _namespace(self, operands: Sequence[Value]) -> str:
        if any(isinstance(operand.type, Array) for operand in operands):
            return "np"
        ns = self.ns or "math"
        return "cmath" if ns == "math" and any(operand.type == COMPLEX for operand in operands) else ns

    def const(self, value: Any, type: Type | None = None) -> Value:
        """A constant."""
        return self.op("const", (), (type or type_of_constant(value),), {"value": value}).result

    def terminate(self, opcode: str, *operands: Value) -> Op:
        """End the region."""
        return self.op(opcode, operands, ())
