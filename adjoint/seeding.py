"""Fixes the tangent of a `jvp` function: what is left is an ordinary function of the primal's parameters.

func f_jvp(%x: float, %x_dot: float) -> (float, float)      func f_derivative(%x: float) -> float
  ...                                                  =>     %x_dot: float = const {value=1.0}
  return %pair                                                ...
                                                              return getitem %pair {index=1}
"""

from __future__ import annotations

import numpy as np

from adjoint.ir import binding
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, clone_region, walk_regions
from adjoint.ir.types import FLOAT, Array, Tuple, Type


def seed_tangent(pushforward: Function, wrt: int, name: str) -> Function:
    """The derivative of the function whose `jvp` this is, for a tangent of ones in the parameter at `wrt`.

    `pushforward` has one tangent, its last parameter, and returns (value, value_dot).
    """
    assert isinstance(pushforward.result_type, Tuple)
    result_type = pushforward.result_type.items[1]
    body = Region([], [])
    mapping: dict[Value, Value] = {}
    for arg in pushforward.args[:-1]:
        mapping[arg] = stand_in = Value(arg.type, arg.name)
        body.args.append(stand_in)
    tangent = pushforward.args[-1]
    mapping[tangent] = _ones(Builder(body, derived=True), body.args[wrt], tangent.type)
    mapping[tangent].name = tangent.name
    inner = Region([], pushforward.body.ops)
    body.ops += clone_region(inner, mapping).ops
    _return_second(body, result_type)
    return Function(
        name,
        pushforward.params[:-1],
        body,
        result_type,
        pushforward.doc,
        pushforward.filename,
        pushforward.namespace,
        list(pushforward.notes),
    )


def _ones(builder: Builder, primal: Value, type: Type) -> Value:
    if not isinstance(type, Array) or type.rank == 0:
        return builder.const(1.0, FLOAT)
    found = binding.definition_of(np.ones_like)
    assert found is not None, "the table of operations has np.ones_like"
    return builder.emit(found[0].name, primal)


def _return_second(body: Region, result_type: Type) -> None:
    """Every `return` of (value, value_dot) returns value_dot."""
    for region in walk_regions(body):
        last = region.ops[-1]
        if last.opcode != "return":
            continue
        (pair,) = last.operands
        if pair.op is not None and pair.op.opcode == "tuple":
            last.operands = [pair.op.operands[1]]
            continue
        item = Op("getitem", [pair], {"index": 1}, line=last.line, derived=True)
        item.results = [Value(result_type, None, item)]
        region.ops.insert(len(region.ops) - 1, item)
        last.operands = [item.result]
