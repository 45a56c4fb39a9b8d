"""Cotangents and tangents of containers: built, read and added item by item.

    %p: dict{"w": float, "b": float}        its cotangent:  tuple %w_bar %b_bar {layout=dict{"w", "b"}}
"""

from __future__ import annotations

from collections.abc import Iterable

from adjoint.derive import lists
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, const_of, is_const, walk, walk_regions
from adjoint.ir.layouts import cotangent_layout
from adjoint.ir.types import List, Tuple, Type, is_differentiable


def make(builder: Builder, t: Type, items: Iterable[Value]) -> Value:
    """The cotangent (or tangent) of a container of type `t` from those of its items."""
    assert isinstance(t, Tuple)
    return builder.emit("tuple", *items, layout=cotangent_layout(t.layout))


def part(builder: Builder, container: Value, index: int) -> Value:
    """Item number `index`, without a read where the container has just been put together."""
    if container.op is not None and container.op.opcode in ("tuple", "list"):
        return container.op.operands[index]
    if isinstance(container.type, List):
        return builder.emit("index", container, builder.const(index), spec=("int",))
    return builder.emit("getitem", container, index=index)


def add_up(builder: Builder, t: Type, total: Value, contribution: Value) -> Value:
    """The sum of two full cotangents of a value of type `t`."""
    if not is_differentiable(t) or is_zero(contribution):
        return total
    if is_zero(total):
        return contribution
    if isinstance(t, Tuple):
        parts = [[part(builder, whole, index) for whole in (total, contribution)] for index in range(len(t.items))]
        return make(builder, t, (add_up(builder, item, *pair) for item, pair in zip(t.items, parts)))
    if isinstance(t, List):
        return lists.add_lists(builder, total, contribution)
    return builder.emit("add", total, contribution)


def is_zero(value: Value) -> bool:
    """Whether the value was made as the zero of a cotangent."""
    if is_const(value):
        return const_of(value) is None or (type(const_of(value)) in (float, complex) and const_of(value) == 0)
    op = value.op
    if op is None or op.opcode != "tuple":
        return op is not None and op.derived and op.opcode in ("zeros_like", "list_of_zeros")
    return all(map(is_zero, op.operands))


def key_of(value: Value) -> str | None:
    """The key or attribute under which a container holds the value, where it can serve as a name."""
    op = value.op
    source = op.operands[0].type if op is not None and op.opcode == "getitem" else None
    if op is None or not isinstance(source, Tuple) or source.layout is None or not source.layout.keys:
        return None
    key = source.layout.keys[op.attrs["index"]]
    return key if isinstance(key, str) and key.isidentifier() else None


def hoist_reads(function: Function) -> None:
    """Read items of containers in front of the loops and branches that read them, once, in place.

    What a loop reads of `params` is then a value of its own with a cotangent of its own, and no loop carries the
    cotangent of the whole container.
    """
    body = function.body
    found: dict[tuple[Value, int], Value] = {}
    replaced: dict[Value, Value] = {}
    sources = set(function.args)
    ops, body.ops = body.ops, []
    for top in ops:
        for region in (region for outer in top.regions for region in walk_regions(outer)):
            body.ops += _taken_out(region, sources, found, replaced)
        for op in (top, *(op for region in top.regions for op in walk(region))):
            op.operands = [replaced.get(operand, operand) for operand in op.operands]
        body.ops.append(top)
        if top.opcode == "getitem":
            found.setdefault((top.operands[0], top.attrs["index"]), top.result)
        if top.opcode in ("getitem", "call", "tuple", "unpack"):  # what a branch gives may be no value at all
            sources.update(top.results)


def _taken_out(
    region: Region, sources: set[Value], found: dict[tuple[Value, int], Value], replaced: dict[Value, Value]
) -> list[Op]:
    """Remove the reads of `sources` from a region; those that are not known yet. Fills in `replaced`."""
    taken: list[Op] = []
    kept: list[Op] = []
    for op in region.ops:
        op.operands = [replaced.get(operand, operand) for operand in op.operands]
        if op.opcode != "getitem" or op.operands[0] not in sources:
            kept.append(op)
            continue
        key = op.operands[0], op.attrs["index"]
        if key in found:
            replaced[op.result] = found[key]
        else:
            found[key] = op.result
            sources.add(op.result)
            taken.append(op)
    region.ops = kept
    return taken
