"""Reverse mode through calls: a callee becomes a forward and a backward function.

    y = g(x)      ->   y, kept = g_forward(x)      ...      x_bar = g_backward(kept, y_bar)

A call that stands for a part of a loop (attr `_in_parts`) keeps its arguments only: `x_bar = g_pullback(x, y_bar)`.
`g_forward` returns the result and its residuals, `g_backward` takes them back with the result's cotangent. One pair a
callee, set of differentiated arguments and set of results whose cotangent is not zero; recursion finds its own pair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

from adjoint.derive.containers import is_zero
from adjoint.derive.cotangents import Cotangents, bar_name, cotangent_type
from adjoint.ir.core import Function, Op, Region, Value, walk
from adjoint.ir.types import Residuals, Tuple, Type

Known = tuple[bool, ...]
Key = tuple[int, Known, Known]


@final
@dataclass(slots=True)
class Pair:
    """The two functions of one callee; their bodies are filled in once the callee has been transformed."""

    forward: Function
    backward: Function
    is_bare: bool = False
    """Whether nothing is kept: the forward function gives its result alone, the backward one takes cotangents alone."""


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
    fill_pullback: Callable[[Function, Function, Known, Known, CallContext], None]
    tidy: Tidy
    filename: str = "<adjoint>"
    holomorphic: bool = False
    """Whether the derivative is a complex one: what has none is refused."""
    pairs: dict[Key, Pair] = field(default_factory=dict)
    needed: dict[Key, Known] = field(default_factory=dict)
    """The arguments of a pair whose cotangents are not zero always, where they are fewer than asked for."""
    pullbacks: dict[Key, Function] = field(default_factory=dict)
    """Callees that are run again where they are reversed: arguments and cotangents in, cotangents out."""
    tangents: dict[tuple[int, tuple[bool, ...]], Function] = field(default_factory=dict)
    kept: list[Function] = field(default_factory=list)
    """Callees whose identity is a key: kept alive so that no other object takes their id."""

    def made(self) -> list[Function]:
        """All functions of reverse mode made so far."""
        pairs = [function for pair in self.pairs.values() for function in (pair.forward, pair.backward)]
        return [*pairs, *self.pullbacks.values()]


def pull_call(op: Op, cotangents: Cotangents, active: set[Value], context: CallContext) -> None:
    """Replace a forward call by the callee's forward function and append the call of its backward function."""
    totals = [cotangents.pop(result) for result in op.results]
    wanted = tuple(operand in active for operand in op.operands)
    if not any(wanted) or all(total is None for total in totals):
        return
    known = tuple(total is not None for total in totals)
    known_bars = [(result, total) for result, total in zip(op.results, totals) if total is not None]
    bars = [cotangents_full(cotangents, result, total) for result, total in known_bars]
    if "_in_parts" in op.attrs:
        made = _pullback(op.attrs["_in_parts"], wanted, known, context)
        given, attrs = list(op.operands), {"callee": made, "_in_parts": made}
    else:
        pair, wanted = _needed(op.attrs["callee"], wanted, known, context)
        kept = Value(Residuals(), f"{op.attrs['callee'].name}_kept", op)
        given, attrs = [] if pair.is_bare else [kept], {"callee": pair.backward}
        op.results += given
        op.attrs = {**op.attrs, "callee": pair.forward}
    chosen = [operand for operand, want in zip(op.operands, wanted) if want]
    types = [cotangent_type(operand.type) for operand in chosen]
    backward = cotangents.builder.op("call", [*given, *bars], types, attrs)
    for operand, share in zip(chosen, backward.results):
        if cotangents.get(operand) is None:
            share.name = bar_name(operand)
        cotangents.add(operand, share)


def _needed(callee: Function, wanted: Known, known: Known, context: CallContext) -> tuple[Pair, Known]:
    """The pair, and the arguments whose cotangents it gives: of an array that the callee overwrites it is zero."""
    wanted = context.needed.get((id(callee), wanted, known), wanted)
    pair = _pair(callee, wanted, known, context)
    numbers = [number for number, want in enumerate(wanted) if want]
    end = pair.backward.body.ops[-1].operands[0].op if pair.backward.body.ops else None
    bars = end.operands if end is not None and end.opcode == "tuple" and len(numbers) > 1 else []
    rest = {number: bar for number, bar in zip(numbers, bars) if not is_zero(bar)}
    if end is None or not rest or len(rest) == len(numbers) or _is_called(pair.backward, context):
        return pair, wanted
    less = context.needed[id(callee), wanted, known] = tuple(number in rest for number in range(len(wanted)))
    if (id(callee), less, known) not in context.pairs:
        end.operands = list(rest.values())
        end.result.type = pair.backward.result_type = Tuple(tuple(bar.type for bar in end.operands))
        if len(rest) == 1:
            pair.backward.body.ops[-1].operands = end.operands
            pair.backward.body.ops.remove(end)
            pair.backward.result_type = end.operands[0].type
        context.pairs[id(callee), less, known] = pair
        del context.pairs[id(callee), wanted, known]
    return context.pairs[id(callee), less, known], less


def _is_called(function: Function, context: CallContext) -> bool:
    """Whether a function made so far calls it: one that is not the last to be made is part of a recursion."""
    return any(op.attrs.get("callee") is function for made in context.made() for op in walk(made.body))


def _pair(callee: Function, wanted: Known, known: Known, context: CallContext) -> Pair:
    """The callee's forward and backward functions."""
    key = (id(callee), wanted, known)
    pair = context.pairs.get(key)
    if pair is None:
        context.kept.append(callee)
        pair = context.pairs[key] = context.blank(callee, wanted, known)
        context.fill(pair, callee, wanted, known, context)
        _drop_residuals(pair, context)
    return pair


def _drop_residuals(pair: Pair, context: CallContext) -> None:
    """Where the forward function keeps nothing, nobody need carry that to the backward function."""
    returned = pair.forward.body.ops[-1].operands[0].op if pair.forward.body.ops else None
    packed = returned.operands[-1].op if returned is not None and returned.opcode == "tuple" else None
    if returned is None or packed is None or packed.opcode != "pack" or packed.operands:
        return
    if _is_called(pair.forward, context):
        return  # of a recursion
    *items, _ = returned.operands
    forward, backward, pair.is_bare = pair.forward, pair.backward, True
    forward.body.ops = [op for op in forward.body.ops if op not in (returned, packed)]
    end = forward.body.ops[-1]
    end.operands[0] = items[0]
    if len(items) > 1:
        returned.operands = items
        returned.result.type = Tuple(tuple(item.type for item in items))
        forward.body.ops[-1:] = [returned, end]
        end.operands[0] = returned.result
    forward.result_type = end.operands[0].type
    forward.name = forward.name.removesuffix("_forward")
    backward.body.args, backward.params = backward.args[1:], backward.params[1:]
    backward.body.ops = [op for op in backward.body.ops if op.opcode != "unpack" or op.results]


def _pullback(callee: Function, wanted: Known, known: Known, context: CallContext) -> Function:
    """The callee run again and reversed, in one function."""
    key = (id(callee), wanted, known)
    made = context.pullbacks.get(key)
    if made is None:
        context.kept.append(callee)
        bars = [cotangent_type(arg.type) for arg, want in zip(callee.args, wanted) if want]
        result = bars[0] if len(bars) == 1 else Tuple(tuple(bars))
        name = f"{callee.name}_pullback"
        made = Function(name, [], Region(), result, None, callee.filename, callee.namespace)
        context.pullbacks[key] = made
        context.fill_pullback(made, callee, wanted, known, context)
    return made


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
