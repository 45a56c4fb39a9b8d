"""Reverse mode through calls: a callee becomes a forward and a backward function.

    y = g(x)      ->   y, kept = g_forward(x)      ...      x_bar = g_backward(kept, y_bar)

`g_forward` returns the result and its residuals, `g_backward` takes them back with the result's cotangent. One pair a
callee, set of differentiated arguments and set of results whose cotangent is not zero; recursion finds its own pair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

from adjoint.derive.cotangents import Cotangents, bar_name, cotangent_type
from adjoint.ir.core import Function, Op, Value
from adjoint.ir.types import Residuals, Tuple, Type

Known = tuple[bool, ...]
Key = tuple[int, Known, Known]


@final
@dataclass(slots=True)
class Pair:
    """The two functions of one callee; their bodies are filled in once the callee has been transformed."""

    forward: Function
    backward: Function


@final
@dataclass(frozen=True, slots=True)
class Tidy:
    """Simplifications lent by the pipeline: derivative transforms ask for them but know no pass."""

    before_residuals: Callable[[Function], None]
    after: Callable[[Function], None]


@final
@dataclass(slots=True)
class CallContext:
    """The pairs made so far, and how to make another."""

    blank: Callable[[Function, Known, Known], Pair]
    fill: Callable[[Pair, Function, Known, Known, CallContext], None]
    tidy: Tidy
    filename: str = "<adjoint>"
    holomorphic: bool = False
    """Whether the derivative is a complex one: what has none is refused."""
    pairs: dict[Key, Pair] = field(default_factory=dict)
    tangents: dict[tuple[int, tuple[bool, ...]], Function] = field(default_factory=dict)
    kept: list[Function] = field(default_factory=list)
    """Callees whose identity is a key: kept alive so that no other object takes their id."""


def pull_call(op: Op, cotangents: Cotangents, active: set[Value], context: CallContext) -> None:
    """Replace a forward call by the callee's forward function and append the call of its backward function."""
    totals = [cotangents.pop(result) for result in op.results]
    wanted = tuple(operand in active for operand in op.operands)
    if not any(wanted) or all(total is None for total in totals):
        return
    callee: Function = op.attrs["callee"]
    known = tuple(total is not None for total in totals)
    key = (id(callee), wanted, known)
    pair = context.pairs.get(key)
    if pair is None:
        context.kept.append(callee)
        pair = context.pairs[key] = context.blank(callee, wanted, known)
        context.fill(pair, callee, wanted, known, context)
    kept = Value(Residuals(), f"{callee.name}_kept", op)
    op.results.append(kept)
    op.attrs = {**op.attrs, "callee": pair.forward}
    builder = cotangents.builder
    known_bars = [(result, total) for result, total in zip(op.results, totals) if total is not None]
    bars = [cotangents_full(cotangents, result, total) for result, total in known_bars]
    types = [cotangent_type(operand.type) for operand, want in zip(op.operands, wanted) if want]
    backward = builder.op("call", [kept, *bars], types, {"callee": pair.backward})
    chosen = [operand for operand, want in zip(op.operands, wanted) if want]
    for operand, share in zip(chosen, backward.results):
        if cotangents.get(operand) is None:
            share.name = bar_name(operand)
        cotangents.add(operand, share)


def cotangents_full(cotangents: Cotangents, result: Value, total: Value) -> Value:
    """The total with the result's full shape."""
    cotangents.set(result, total)
    full = cotangents.full(result)
    cotangents.pop(result)
    return full


def result_types(function: Function, count: int) -> list[Type]:
    """The types of the values a call of the function with `count` results gives."""
    if count == 1:
        return [function.result_type]
    assert isinstance(function.result_type, Tuple)
    return list(function.result_type.items)
