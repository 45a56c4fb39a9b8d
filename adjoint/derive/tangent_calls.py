"""Forward mode through calls: `y = g(x)` becomes `y, y_dot = g_tangent(x, x_dot)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adjoint.analysis.activity import active
from adjoint.derive.cotangents import cotangent_type
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Param, Region, Value, clone_function
from adjoint.ir.types import NONE, Tuple, is_differentiable
from adjoint.rules.registry import passes

if TYPE_CHECKING:
    from adjoint.derive.forward import ForwardSweep, Tangents


def push_call(op: Op, builder: Builder, tangents: Tangents, sweep: ForwardSweep) -> None:
    """Call the callee's tangent function when a tangent goes in (or out, of packed residuals), else the callee."""
    known = tuple(operand in tangents for operand in op.operands)
    is_packed = any(result in sweep.packed for result in op.results)
    if not (any(known) or is_packed) or not any(is_differentiable(result.type) for result in op.results):
        builder.region.ops.append(op)
        return
    callee = tangent_function(op.attrs["callee"], known, sweep)
    op.attrs = {**op.attrs, "callee": callee}
    if "_in_parts" in op.attrs:
        op.attrs["_in_parts"] = tangent_function(op.attrs["_in_parts"], known, sweep)
    op.operands += [sweep.full(builder, operand, tangents) for operand, k in zip(op.operands, known) if k]
    builder.region.ops.append(op)
    single = len(op.results) == 1
    values = list(op.results)
    if single:
        dots = [Value(cotangent_type(values[0].type), None, op)]
        op.results += dots
    else:  # the callee returns ((a, b), (a_dot, b_dot)): two tuples to take apart
        types = tuple(value.type for value in values), tuple(cotangent_type(value.type) for value in values)
        pair = op.results = [Value(Tuple(items), None, op) for items in types]
        dots = [builder.emit("getitem", pair[1], index=i) for i in range(len(values))]
        for index, value in enumerate(values):
            getitem = builder.op("getitem", [pair[0]], [], {"index": index})
            getitem.results = [value]
            value.op = getitem
    for value, dot in zip(values, dots):
        if is_differentiable(value.type):
            dot.name = f"{value.name}_dot" if value.name else None
            tangents[value] = dot


def tangent_function(callee: Function, known: tuple[bool, ...], sweep: ForwardSweep) -> Function:
    """The callee's tangent function: its parameters, then a tangent for each differentiated one."""
    context = sweep.context
    key = (id(callee), known)
    made = context.tangents.get(key)
    if made is not None:
        return made
    context.kept.append(callee)
    pair = Tuple((callee.result_type, cotangent_type(callee.result_type)))
    made = Function(f"{callee.name}_tangent", [], Region(), pair, None, callee.filename, callee.namespace)
    context.tangents[key] = made
    fill_tangent(made, clone_function(callee), known, sweep)
    return made


def free_name(name: str, params: list[Param]) -> str:
    """The name, numbered when a parameter (the tangent of an earlier order) has it already."""
    taken = {param.name for param in params}
    number, free = 2, name
    while free in taken:
        free = f"{name}_{number}"
        number += 1
    return free


def fill_tangent(made: Function, clone: Function, known: tuple[bool, ...], sweep: ForwardSweep) -> None:
    """Write the tangent function's body from a private copy of the primal."""
    sources = [arg for arg, k in zip(clone.args, known) if k]
    inner = type(sweep)(active(clone, sources, passes), sweep.context)
    inner.returned = Value(clone.result_type)
    dots = [Value(cotangent_type(arg.type), f"{arg.name}_dot") for arg in sources]
    inner.body(clone.body, dict(zip(sources, dots)))
    clone.body.args += dots
    made.body = clone.body
    made.params = list(clone.params)
    for arg in sources:
        made.params.append(Param(free_name(f"{arg.name}_dot", made.params), generated=True))
    if cotangent_type(clone.result_type) == NONE:
        made.result_type = Tuple((clone.result_type, NONE))
