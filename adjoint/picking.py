"""Picks what was asked for from what a derivative returns: single arguments out of `*args`, and the auxiliary result.

func f_grad(%x, *%rest) -> (float, (float, float))      func f_grad(%x, *%rest) -> float
  ...                                               =>    ...
  return %bars                                            %rest_bar = getitem %bars {index=1}
                                                          return getitem %rest_bar {index=0}
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Value, walk_regions
from adjoint.ir.types import Tuple, Type, join
from adjoint.options import Transform

Build = Callable[[Builder, Value], Value]


def rewrite_result(function: Function, build: Build) -> Function:
    """Every `return` of the function returns what `build` makes of the value."""
    types: list[Type] = []
    for region in list(walk_regions(function.body)):
        last = region.ops[-1] if region.ops else None
        if last is None or last.opcode != "return":
            continue
        region.ops.pop()
        builder = Builder(region, line=last.line, derived=True)
        last.operands = [build(builder, last.operands[0])]
        region.ops.append(last)
        types.append(last.operands[0].type)
    function.result_type = reduce(join, types)
    return function


def pick(derivative: Function, transform: Transform, positions: Sequence[int]) -> Function:
    """The derivative that `transform` asks for, from one in whole parameters, `positions`, that gives a tuple."""
    arguments = [arg.type for arg in derivative.args]

    def gradients(builder: Builder, bars: Value) -> Value:
        made = []
        for position, part in zip(transform.wrt, transform.parts):
            bar = item(builder, bars, positions.index(position))
            made.append(bar if part is None else item(builder, bar, index_of(arguments[position], part)))
        return made[0] if transform.single else builder.emit("tuple", *made)

    def build(builder: Builder, result: Value) -> Value:
        if not (transform.has_aux or transform.kind in ("value_and_grad", "vjp")):
            return gradients(builder, result)
        value, bars = item(builder, result, 0), item(builder, result, 1)
        chosen = gradients(builder, bars) if transform.parts else bars
        if transform.kind == "grad":
            return builder.emit("tuple", chosen, item(builder, value, 1))
        return builder.emit("tuple", value, chosen)

    return rewrite_result(derivative, build)


def item(builder: Builder, value: Value, index: int) -> Value:
    """One item of a tuple."""
    if value.op is not None and value.op.opcode == "tuple":
        return value.op.operands[index]
    return builder.emit("getitem", value, index=index)


def index_of(arguments: object, part: int | str) -> int:
    """The place of an item in the type of a `*args` or `**kwargs` parameter. Raises KeyError where it is not."""
    assert isinstance(arguments, Tuple)
    keys = arguments.layout.keys if arguments.layout is not None else tuple(range(len(arguments.items)))
    if part not in keys:
        raise KeyError(part)
    return keys.index(part)
