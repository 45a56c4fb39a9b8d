"""Cotangents while a reverse sweep is being written: accumulation, zeros, ownership.

The table maps a primal value to the current total of its cotangent. A total may be *lazy*: smaller than the primal but
broadcasting to it. Accumulating is the driver's business alone; rules never see a total.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from typing import final

from adjoint.derive.containers import add_up, key_of, make, part
from adjoint.derive.lists import zero_list
from adjoint.ir.builder import Builder
from adjoint.ir.core import Value
from adjoint.ir.layouts import cotangent_layout
from adjoint.ir.types import (
    FLOAT,
    NONE,
    Array,
    JoinError,
    List,
    Residuals,
    Scalar,
    TapeType,
    Tuple,
    Type,
    Undef,
    is_complex,
    is_differentiable,
    is_empty_list,
    join,
    rank_of,
)
from adjoint.rules.apply import is_lazy
from adjoint.rules.complexes import as_complex_as, as_real_as, is_real_of_complex
from adjoint.rules.precision import as_float, as_precise_as, number_as


def cotangent_type(t: Type) -> Type:
    """The type a cotangent (or tangent) of a value of type `t` has; static None where there is none."""
    if isinstance(t, Scalar):
        return t if t.kind == "complex" else FLOAT if t.kind == "float" else NONE
    if isinstance(t, Array):
        return t if is_differentiable(t) else NONE
    if isinstance(t, Tuple):
        is_carried = is_differentiable(t) or is_empty_list(t)
        return Tuple(tuple(map(cotangent_type, t.items)), cotangent_layout(t.layout)) if is_carried else NONE
    if isinstance(t, List):
        return List(cotangent_type(t.item)) if is_differentiable(t) else NONE
    if isinstance(t, TapeType):
        return TapeType(cotangent_type(t.item)) if is_differentiable(t) else NONE
    return t if isinstance(t, Residuals) else NONE


def widest(declared: Type, *values: Value) -> Type:
    """The declared type, or for a number the NumPy scalar type if one of the values may be one.

    A list is one of lists of any length if one of the values is.
    """
    if isinstance(declared, Scalar) and any(isinstance(value.type, Array) for value in values):
        return Array("complex128" if declared.kind == "complex" else "float64", ())
    if isinstance(declared, List):
        for value in values:
            with contextlib.suppress(JoinError):
                declared = join(declared, value.type)
    return declared


def zero(builder: Builder, value: Value) -> Value:
    """A zero cotangent of the primal value, as new memory."""
    t = value.type
    if isinstance(t, Undef):
        bound = value.op is not None and value.op.opcode == "const"
        return builder.const(None, t) if bound else builder.emit("undef")
    if isinstance(t, Tuple) and is_empty_list(t):
        return builder.emit("tuple", layout=t.layout)
    if not is_differentiable(t):
        return builder.const(None)
    if isinstance(t, Scalar) or (isinstance(t, Array) and not t.shape):
        return number_as(builder, builder.const(0j if is_complex(t) else 0.0), t)
    if isinstance(t, Tuple):
        items = [zero(builder, builder.emit("getitem", value, index=i)) for i in range(len(t.items))]
        return make(builder, t, items)
    if isinstance(t, TapeType):
        return builder.emit("tape", item=cotangent_type(t.item))
    if isinstance(t, Residuals):  # of a path on which the call did not happen: nobody takes it apart
        return builder.const(None, t)
    if isinstance(t, List):
        return zero_list(builder, value, List(cotangent_type(t.item)))
    return builder.emit("zeros_like", value)


def zero_for(builder: Builder, value: Value, place: Type) -> Value:
    """A zero derivative of an inactive value (an int, say) that stands where `place` is declared."""
    if isinstance(value.type, Undef):
        return zero(builder, value)
    if not is_differentiable(place):
        return builder.const(None)
    if isinstance(place, Tuple):
        items = (builder.emit("getitem", value, index=index) for index in range(len(place.items)))
        return make(builder, place, (zero_for(builder, *pair) for pair in zip(items, place.items)))
    if isinstance(place, List):
        return zero_list(builder, value, List(cotangent_type(place.item)))
    if isinstance(place, Scalar) or (isinstance(place, Array) and not place.shape):
        return builder.const(0j if is_complex(place) else 0.0)
    return builder.emit("mul", value, builder.const(0j if is_complex(place) else 0.0))


def bar_name(value: Value) -> str | None:
    """The name of the cotangent of a value: after its own name, or after the key under which a container holds it."""
    name = value.name or key_of(value)
    return f"{name}_bar" if name else None


def fit_place(builder: Builder, tangent: Value, value: Value, place: Type) -> Value:
    """The tangent of a container, with numbers also for items that are ints here and floats in `place`."""
    if isinstance(place, List) and isinstance(value.type, Tuple) and _lacks(value.type, place):
        return builder.emit("list", *_fitting_items(builder, tangent, value, [place.item] * len(value.type.items)))
    if not isinstance(place, Tuple) or not isinstance(value.type, Tuple) or _real(value.type) == _real(place):
        return tangent
    if not is_differentiable(value.type):
        return zero_for(builder, value, place)
    return make(builder, place, _fitting_items(builder, tangent, value, place.items))


def _fitting_items(builder: Builder, tangent: Value, value: Value, places: Sequence[Type]) -> list[Value]:
    items = []
    for index, item in enumerate(places):
        inner, dot = part(builder, value, index), part(builder, tangent, index)
        bare = is_differentiable(item) and not is_differentiable(inner.type)
        items.append(zero_for(builder, inner, item) if bare else fit_place(builder, dot, inner, item))
    return items


def _lacks(t: Type, place: Type) -> bool:
    """Whether there is a number without derivative in a container of known length where the place has one with it."""
    if isinstance(t, Tuple) and isinstance(place, List):
        return any(_lacks(item, place.item) for item in t.items)
    return is_differentiable(place) and not is_differentiable(t)


def _real(t: Type) -> object:
    """Which items carry derivatives."""
    return tuple(map(_real, t.items)) if isinstance(t, Tuple) else is_differentiable(t)


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
        """Add a contribution to the total of `value`: its real part, where the value is real."""
        if contribution is None or not is_differentiable(value.type):
            return
        contribution = as_float(self.builder, as_real_as(self.builder, contribution, value.type), value.type)
        total = self.totals.get(value)
        self.totals[value] = contribution if total is None else self._sum(value, total, contribution)
        self._name(value)

    def hand(self, value: Value, contribution: Value | None) -> None:
        """Add the total of a variable to that of what it is at first, or becomes: an array may be less precise."""
        if contribution is not None and rank_of(value.type):
            contribution = as_real_as(self.builder, contribution, value.type)
            contribution = as_precise_as(self.builder, contribution, value.type)
        self.add(value, contribution)

    def _sum(self, value: Value, total: Value, contribution: Value) -> Value:
        builder = self.builder
        if isinstance(value.type, Tuple | List):
            return add_up(builder, value.type, total, contribution)
        if isinstance(value.type, TapeType | Residuals):
            raise NotImplementedError(f"a {value.type} read in two ways", builder.line)
        if is_real_of_complex(total.type, contribution.type) and rank_of(total.type):
            total, contribution = contribution, total  # a sum in place is made in complex memory
        return builder.emit("add", total, contribution)

    def set(self, value: Value, total: Value) -> None:
        """Replace the total of `value`."""
        self.totals[value] = total
        self._name(value)

    def _name(self, value: Value) -> None:
        total = self.totals[value]
        bare = ("const",) if value.name else ("const", "tuple", "getitem")
        if total.name is None and total.op is not None and total.op.opcode not in bare:
            total.name = bar_name(value)

    def full(self, value: Value) -> Value:
        """The total with the primal's full shape and its precision; zero where there is none."""
        total = self.totals.get(value)
        if total is None:
            return zero(self.builder, value)
        return as_precise_as(self.builder, expand(self.builder, total, value), value.type)

    def changed(self, before: dict[Value, Value], candidates: Iterable[Value]) -> list[Value]:
        """The candidates whose total is no longer what it was."""
        return [value for value in candidates if self.totals.get(value) is not before.get(value)]


def expand(builder: Builder, total: Value, value: Value) -> Value:
    """`total` with the shape of `value`: unchanged when it has it already, else broadcast into new memory.

    A real total of what is complex becomes complex.
    """
    if isinstance(value.type, Array) and is_lazy(total.type, value.type):
        return builder.emit("full_like", value, total)
    return as_complex_as(builder, total, value.type)
