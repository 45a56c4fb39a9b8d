"""Subscripts: reads of arrays, lists and tuples. Stores are refused, in one place."""

from __future__ import annotations

from typing import Any

import gast

from adjoint.errors import AdjointError
from adjoint.frontend.context import Context, expression, spoken
from adjoint.frontend.expressions import tuple_items
from adjoint.ir.core import Value
from adjoint.ir.types import INT, Array, List, Static, Tuple, Undef, dtype_of, rank_of

Spec = list[Any]


@expression(gast.Subscript)
def lower_subscript(ctx: Context, node: Any) -> Value:
    base = ctx.expression(node.value)
    if isinstance(base.type, Tuple):
        return _tuple_item(ctx, node, base)
    if isinstance(base.type, Array) and base.type.rank:
        spec, operands = index_spec(ctx, node.slice, base)
        return ctx.emit(node, "index", base, *operands, spec=tuple(spec))
    if isinstance(base.type, List) and not isinstance(node.slice, gast.Slice):
        index = ctx.expression(node.slice)
        return ctx.emit(node, "index", base, _integer(ctx, node.slice, index), spec=("int",))
    if isinstance(base.type, Undef):
        return ctx.blocked(base)
    what = "a slice of a list" if isinstance(base.type, List) else f"a subscript of {spoken(base.type)}"
    raise ctx.refuse(
        node, f"{what} is not supported", why="arrays and tuples are sliced, lists are indexed", fix="use an array"
    )


def _tuple_item(ctx: Context, node: Any, base: Value) -> Value:
    items = tuple_items(ctx, node, base) if isinstance(node.slice, gast.Slice) else []
    try:
        if isinstance(node.slice, gast.Slice):
            bounds = (node.slice.lower, node.slice.upper, node.slice.step)
            part = slice(*(None if bound is None else ctx.static(ctx.expression(bound)) for bound in bounds))
            return ctx.emit(node, "tuple", *items[part])
        position = ctx.static(ctx.expression(node.slice))
    except KeyError:
        raise ctx.refuse(
            node,
            "a tuple is indexed by a number that is not known before the run",
            why="the items of a tuple may have different types",
            fix="use an array: `np.array(...)`, or a list",
        ) from None
    if not isinstance(position, int):
        raise ctx.refuse(node, f"a tuple is indexed by {position!r}", why="it takes an int", fix="use an int")
    return ctx.emit(node, "getitem", base, index=position)


def index_spec(ctx: Context, node: Any, base: Value) -> tuple[Spec, list[Value]]:
    """The `spec` attribute and the operands of an index (see docs/ir.md)."""
    spec: Spec = []
    operands: list[Value] = []
    for part in node.elts if isinstance(node, gast.Tuple) else [node]:
        if isinstance(part, gast.Slice):
            bounds = [part.lower, part.upper, part.step]
            values = [None if bound is None else ctx.expression(bound) for bound in bounds]
            given = [value is not None and not _is_none(value) for value in values]
            spec.append(("slice", *given))
            operands += [_integer(ctx, part, value) for value, keep in zip(values, given) if keep and value is not None]
        else:
            _add_item(ctx, part, ctx.expression(part), spec, operands)
    return spec, operands


def _add_item(ctx: Context, node: Any, value: Value, spec: Spec, operands: list[Value]) -> None:
    if isinstance(value.type, Static):
        held = ctx.static(value)
        if held is None or held is Ellipsis:
            spec.append("new" if held is None else "...")
            return
        raise _refuse_index(ctx, node, value)
    if isinstance(value.type, Tuple):
        for item in tuple_items(ctx, node, value):
            _add_item(ctx, node, item, spec, operands)
        return
    spec.append(_kind_of_index(ctx, node, value))
    operands.append(value)


def _kind_of_index(ctx: Context, node: Any, value: Value) -> str:
    if isinstance(value.type, Undef):
        return "int"
    if isinstance(value.type, List):
        item = value.type.item
        if item == INT:
            return "array"
        raise _refuse_index(ctx, node, value)
    dtype = dtype_of(value.type)
    if dtype is not None and dtype.lstrip("u").startswith("int"):
        return "array" if rank_of(value.type) else "int"
    if dtype == "bool" and rank_of(value.type):
        return "mask"
    raise _refuse_index(ctx, node, value)


def _integer(ctx: Context, node: Any, value: Value) -> Value:
    dtype = dtype_of(value.type)
    if isinstance(value.type, Undef) or ((dtype or "").lstrip("u").startswith("int") and not rank_of(value.type)):
        return value
    raise _refuse_index(ctx, node, value)


def _is_none(value: Value) -> bool:
    return isinstance(value.type, Static) and value.type.value is None


def _refuse_index(ctx: Context, node: Any, value: Value) -> AdjointError:
    return ctx.refuse(
        node,
        f"{spoken(value.type)} is used as an index",
        why="indices are ints, slices, `None`, `...`, integer arrays and bool masks",
        fix="convert it with `int(...)` or `.astype(int)`",
    )


def refuse_store(ctx: Context, target: Any) -> AdjointError:
    """Assignment into an array, list or object: not lowered yet."""
    text = ctx.captured.source.segment(target)
    if isinstance(target, gast.Attribute):
        return ctx.refuse(
            target,
            f"`{text} = ...` changes an object",
            why="what happens to an object outside of the function cannot be undone",
            fix="return the new value",
        )
    return ctx.refuse(
        target,
        f"`{text} = ...` writes in place",
        why="in-place stores are not lowered yet",
        fix="build the array at once: `np.stack`, `np.array([...])`, `np.where`, `np.concatenate`",
    )
