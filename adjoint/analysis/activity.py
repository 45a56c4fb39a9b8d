"""Activity: which values depend on the differentiated arguments and reach the differentiated result.

A value is *varied* when a differentiated argument reaches it along differentiable operations, *useful* when it reaches
the result that way, *active* when both. Loops iterate to a fixed point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from adjoint.ir.core import Function, Op, Region, Value, carried_args, inits_of, leaves, region_leaves
from adjoint.ir.types import is_differentiable

Carries = Callable[[str], bool]
"""Whether an operation passes derivatives on: False for floor, argmax, comparisons."""


def varied(function: Function, sources: Iterable[Value], passes: Carries) -> set[Value]:
    """Values a derivative of the sources reaches."""
    found = {value for value in sources if is_differentiable(value.type)}
    _spread(function.body, found, passes)
    return found


def _spread(region: Region, found: set[Value], passes: Carries) -> None:
    for op in region.ops:
        if op.opcode == "if":
            _spread_if(op, found, passes)
        elif op.opcode in ("for", "while"):
            _spread_loop(op, found, passes)
        elif op.opcode == "push":
            if op.operands[1] in found:
                found.add(op.operands[0])
        elif any(operand in found for operand in op.operands) and passes(op.opcode):
            found.update(result for result in op.results if is_differentiable(result.type))


def _spread_if(op: Op, found: set[Value], passes: Carries) -> None:
    for region in op.regions:
        _spread(region, found, passes)
    for leaf in leaves(op):
        if leaf.opcode == "yield":
            _join(leaf.operands, op.results, found)


def _join(sources: list[Value], targets: list[Value], found: set[Value]) -> None:
    for source, target in zip(sources, targets):
        if source in found and is_differentiable(target.type):
            found.add(target)


def body_of(op: Op) -> Region:
    """The body region of a loop."""
    return op.regions[0] if op.opcode == "for" else op.regions[1]


def orelse_of(op: Op) -> Region | None:
    """The else region of a loop, if it has one."""
    count = 1 if op.opcode == "for" else 2
    return op.regions[count] if len(op.regions) > count else None


def _spread_loop(op: Op, found: set[Value], passes: Carries) -> None:
    heads = [carried_args(region, op) for region in op.regions]
    for head in heads:
        _join(inits_of(op), head, found)
    while True:
        before = len(found)
        for region in op.regions:
            _spread(region, found, passes)
        for leaf in region_leaves(body_of(op)):
            if leaf.opcode in ("continue", "break"):
                for head in heads:
                    _join(leaf.operands, head, found)
        if len(found) == before:
            break
    orelse = orelse_of(op)
    for head in heads:
        _join(head, op.results, found)
    for leaf in [*region_leaves(body_of(op)), *(region_leaves(orelse) if orelse else ())]:
        if leaf.opcode in ("continue", "break", "yield"):
            _join(leaf.operands, op.results, found)


def useful(function: Function, passes: Carries) -> set[Value]:
    """Values the function's result depends on along differentiable operations."""
    found: set[Value] = set()
    for leaf in _returns(function.body):
        found.update(operand for operand in leaf.operands if is_differentiable(operand.type))
    _trace(function.body, found, passes)
    return found


def _returns(region: Region) -> Iterable[Op]:
    for op in region.ops:
        if op.opcode == "return":
            yield op
        for inner in op.regions:
            yield from _returns(inner)


def _trace(region: Region, found: set[Value], passes: Carries) -> None:
    for op in reversed(region.ops):
        if op.opcode == "if":
            for leaf in leaves(op):
                if leaf.opcode == "yield":
                    _join(op.results, leaf.operands, found)
            for inner in op.regions:
                _trace(inner, found, passes)
        elif op.opcode in ("for", "while"):
            _trace_loop(op, found, passes)
        elif op.opcode == "push":
            if op.operands[0] in found:
                found.add(op.operands[1])
        elif op.opcode == "pop":
            found.add(op.operands[0])  # tapes stay balanced: what is popped gets a cotangent pushed
        elif any(result in found for result in op.results) and passes(op.opcode):
            found.update(operand for operand in op.operands if is_differentiable(operand.type))


def _trace_loop(op: Op, found: set[Value], passes: Carries) -> None:
    orelse, body = orelse_of(op), body_of(op)
    heads = carried_args(body, op)
    if orelse is not None:
        for leaf in region_leaves(orelse):
            _join(op.results, leaf.operands, found)
        _trace(orelse, found, passes)
        _join(orelse.args, heads, found)
    _join(op.results, heads, found)
    while True:
        before = len(found)
        for leaf in region_leaves(body):
            if leaf.opcode in ("continue", "break"):
                _join(heads, leaf.operands, found)
                _join(op.results, leaf.operands, found)
        _trace(body, found, passes)
        if len(found) == before:
            break
    _join(heads, inits_of(op), found)


def active(function: Function, sources: Iterable[Value], passes: Carries) -> set[Value]:
    """Values that are varied and useful."""
    return varied(function, sources, passes) & useful(function, passes)
