"""Cotangents while a reverse sweep is being written: accumulation, zeros, ownership.

The table maps a primal value to the current total of its cotangent. A total may be *lazy*: smaller than the primal but
broadcasting to it. Accumulating is the driver's business alone; rules never see a total.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

from adjoint.ir.builder import Builder
from adjoint.ir.core import Value
from adjoint.ir.types import (
    COMPLEX,
    FLOAT,
    NONE,
    Array,
    List,
    Residuals,
    Scalar,
    TapeType,
    Tuple,
    Type,
    Undef,
    is_differentiable,
    is_numeric,
    rank_of,
)
from adjoint.rules.apply import is_lazy


def cotangent_type(t: Type) -> Type:
    """The type a cotangent (or tangent) of a value of type `t` has; static None where there is none."""
    if isinstance(t, Scalar):
        return t if t.kind == "complex" else FLOAT if t.kind == "float" else NONE
    if isinstance(t, Array):
        return t if is_differentiable(t) else NONE
    if isinstance(t, Tuple):
        return Tuple(tuple(cotangent_type(item) for item in t.items)) if is_differentiable(t) else NONE
    if isinstance(t, List):
        return List(cotangent_type(t.item)) if is_differentiable(t) else NONE
    if isinstance(t, TapeType):
        return TapeType(cotangent_type(t.item)) if is_differentiable(t) else NONE
    return t if isinstance(t, Residuals) else NONE


def widest(declared: Type, *values: Value) -> Type:
    """The declared type, or for a number the NumPy scalar type if one of the values may be one."""
    if isinstance(declared, Scalar) and any(isinstance(value.type, Array) for value in values):
        return Array("complex128" if declared.kind == "complex" else "float64", ())
    return declared


def zero(builder: Builder, value: Value) -> Value:
    """A zero cotangent of the primal value, as new memory."""
    t = value.type
    if isinstance(t, Undef):
        bound = value.op is not None and value.op.opcode == "const"
        return builder.const(None, t) if bound else builder.emit("undef")
    if not is_differentiable(t):
        return builder.const(None)
    if isinstance(t, Scalar) or (isinstance(t, Array) and not t.shape):
        return builder.const(0j if t == COMPLEX else 0.0)
    if isinstance(t, Tuple):
        items = [zero(builder, builder.emit("getitem", value, index=i)) for i in range(len(t.items))]
        return builder.emit("tuple", *items)
    if isinstance(t, TapeType):
        return builder.emit("tape", item=cotangent_type(t.item))
    if isinstance(t, Residuals):  # of a path on which the call did not happen: nobody takes it apart
        return builder.const(None, t)
    if isinstance(t, List):
        if rank_of(t.item) or not is_numeric(t.item):
            raise NotImplementedError(f"the cotangent of a {t}", builder.line)
        return builder.emit("list_of_zeros", value)
    return builder.emit("zeros_like", value)


def zero_for(builder: Builder, value: Value, place: Type) -> Value:
    """A zero derivative of an inactive value (an int, say) that stands where `place` is declared."""
    if isinstance(value.type, Undef):
        return zero(builder, value)
    if isinstance(place, Scalar) or (isinstance(place, Array) and not place.shape):
        return builder.const(0.0)
    return builder.emit("mul", value, builder.const(0.0))


def bar_name(value: Value) -> str | None:
    """The name of the cotangent of a named value."""
    return f"{value.name}_bar" if value.name else None


@final
class Cotangents:
    """The current totals in one region of the reverse sweep."""

    def __init__(self, builder: Builder, totals: dict[Value, Value] | None = None) -> None:
        self.builder = builder
        self.totals: dict[Value, Value] = dict(totals or {})

    def get(self, value: Value) -> Value | None:
        return self.totals.get(value)

    def pop(self, value: Value) -> Value | None:
        """Take the total away: the pullback of the value's own operation consumes it."""
        return self.totals.pop(value, None)

    def add(self, value: Value, contribution: Value | None) -> None:
        """Add a contribution to the total of `value`."""
        if contribution is None or not is_differentiable(value.type):
            return
        total = self.totals.get(value)
        self.totals[value] = contribution if total is None else self._sum(value, total, contribution)
        self._name(value)

    def _sum(self, value: Value, total: Value, contribution: Value) -> Value:
        builder = self.builder
        if isinstance(value.type, Tuple):
            items = []
            for index, item in enumerate(value.type.items):
                parts = [builder.emit("getitem", v, index=index) for v in (total, contribution)]
                items.append(builder.emit("add", *parts) if is_differentiable(item) else parts[0])
            return builder.emit("tuple", *items)
        if isinstance(value.type, TapeType | Residuals | List):
            raise NotImplementedError(f"a {value.type} read in two ways", builder.line)
        return builder.emit("add", total, contribution)

    def set(self, value: Value, total: Value) -> None:
        """Replace the total of `value`."""
        self.totals[value] = total
        self._name(value)

    def _name(self, value: Value) -> None:
        total = self.totals[value]
        if total.name is None and value.name and total.op is not None and total.op.opcode != "const":
            total.name = bar_name(value)

    def full(self, value: Value) -> Value:
        """The total with the primal's full shape; zero where there is none."""
        total = self.totals.get(value)
        return zero(self.builder, value) if total is None else expand(self.builder, total, value)

    def changed(self, before: dict[Value, Value], candidates: Iterable[Value]) -> list[Value]:
        """The candidates whose total is no longer what it was."""
        return [value for value in candidates if self.totals.get(value) is not before.get(value)]


def expand(builder: Builder, total: Value, value: Value) -> Value:
    """`total` with the shape of `value`: unchanged when it has it already, else broadcast into new memory."""
    if isinstance(value.type, Array) and is_lazy(total.type, value.type):
        return builder.emit("full_like", value, total)
    return total
