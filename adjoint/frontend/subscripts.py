"""Subscripts: reads of arrays, lists, tuples and dicts, and stores into them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from adjoint.errors import AdjointError
from adjoint.frontend.attributes import attribute, method_of
from adjoint.frontend.calls.calls import call_value
from adjoint.frontend.containers import containers
from adjoint.frontend.context import Context, expression, spoken
from adjoint.frontend.expressions import binary, tuple_items
from adjoint.frontend.storage import fitting, memory
from adjoint.frontend.storage.sharing import check_overlap
from adjoint.frontend.values.objects import Cell, Iterator, Slice, handle, object_of
from adjoint.frontend.values.optionals import present
from adjoint.frontend.values.sequence_kinds import Range
from adjoint.ir.core import Value, const_of, is_const
from adjoint.ir.types import Array, List, Scalar, Static, Tuple, Undef, dtype_of, is_list, rank_of

Spec = list[Any]


@expression(gast.Subscript)
def lower_subscript(ctx: Context, node: Any) -> Value:
    base, is_flat = base_of(ctx, node)
    if is_flat:
        spec, operands = index_spec(ctx, node.slice, base)
        return ctx.emit(node, "index", flattened(ctx, node, base), *operands, spec=tuple(spec))
    if isinstance(base.type, Array) and base.type.rank:
        spec, operands = index_spec(ctx, node.slice, base)
        return ctx.emit(node, "index", base, *operands, spec=tuple(spec))
    if isinstance(base.type, Tuple) or isinstance(object_of(base), Cell):
        method = method_of(ctx, node, base, "__getitem__")
        if method is not None:
            return call_value(ctx, node, method, [index_value(ctx, node.slice)], {}, "__getitem__")
        return containers.read_item(ctx, node, base, node.slice)
    if isinstance(base.type, Undef):
        return ctx.blocked(base)
    if isinstance(base.type, Static):
        return _of_constant(ctx, node, base.type.value)
    walked = object_of(base)
    if isinstance(walked, Iterator) and walked.name == "range":
        return _of_range(ctx, node, walked)
    raise _refuse_base(ctx, node, base)


def _of_range(ctx: Context, node: Any, walked: Iterator) -> Value:
    """`range(n)[::-1]` is walked backwards; any other part of a range, or number in it, is that of a list of it."""
    from adjoint.frontend.containers.builtin_functions import list_from_sequence
    from adjoint.frontend.control.sequences import make_reversed

    is_turned = isinstance(node.slice, gast.Slice) and gast.unparse(node.slice) == "::-1"
    if is_turned and not walked.sequence.backwards:
        return handle(replace(walked, sequence=make_reversed(ctx, node, walked.sequence)))
    return containers.read_item(ctx, node, list_from_sequence(ctx, node, walked.sequence), node.slice)


def _refuse_base(ctx: Context, node: Any, base: Value) -> AdjointError:
    is_walked = isinstance(object_of(base), Iterator)
    return ctx.refuse(
        node,
        f"a subscript of {spoken(base.type)} is not supported",
        why="arrays, lists, tuples and dicts have items",
        fix="loop over it, or over `reversed(...)` of it, or make a list of it" if is_walked else "use an array",
    )


def base_of(ctx: Context, node: Any) -> tuple[Value, bool]:
    """What a subscript is of, and whether it is the `.flat` of that array."""
    target = node.value
    if isinstance(target, gast.Attribute) and target.attr == "flat":
        owner = present(ctx, ctx.expression(target.value))
        if memory.is_array(owner):
            return owner, True
        return present(ctx, attribute(ctx, target, owner, "flat")), False
    return present(ctx, ctx.expression(target)), False


def flattened(ctx: Context, node: Any, base: Value) -> Value:
    """The elements of an array, row by row, as it is now: for reading at once."""
    base = memory.current(ctx, base)
    if rank_of(base.type) == 1:
        return ctx.builder.emit("index", base, spec=("...",))
    return ctx.builder.emit("reshape", base, ctx.const((-1,)))


def store_flat(ctx: Context, node: Any, base: Value, value: Value, spec: Spec, index: Sequence[Value]) -> None:
    """`base.flat[index] = value`."""
    held = memory.keep(ctx, base)
    base = memory.load(ctx, node, held)
    check_overlap(ctx, node, base, value)
    value = fitting.as_stored(ctx, node, base, value)
    if rank_of(value.type):
        places = ctx.emit(node, "index", flattened(ctx, node, base), *index, spec=tuple(spec))
        value = fitting.as_many_or_known(ctx, node, value, places)
    if rank_of(base.type) == 1:
        memory.store_item(ctx, node, base, value, spec, index)
        return
    new = ctx.emit(node, "index_set", flattened(ctx, node, base), value, *index, spec=tuple(spec))
    memory.update(ctx, node, base, ctx.emit(node, "reshape", new, ctx.emit(node, "shape", base)))


def augment_flat(ctx: Context, node: Any, base: Value, opcode: str) -> None:
    """`base.flat[index] += amount`."""
    spec, index = index_spec(ctx, node.target.slice, base)
    old = ctx.emit(node, "index", flattened(ctx, node, base), *index, spec=tuple(spec))
    amount = ctx.data(node.value, ctx.expression(node.value))
    store_flat(ctx, node, base, binary(ctx, node, opcode, old, amount), spec, index)


def index_value(ctx: Context, node: Any) -> Value:
    """An index as a value: what `__getitem__` of an object is given."""
    if isinstance(node, gast.Tuple) and any(isinstance(part, gast.Slice) for part in node.elts):
        return ctx.pack([index_value(ctx, part) for part in node.elts])
    if isinstance(node, gast.Slice):
        bounds = [None if bound is None else ctx.expression(bound) for bound in _bounds(node)]
        return handle(slice_of(ctx, node, bounds))
    return ctx.expression(node)


def _of_constant(ctx: Context, node: Any, held: Any) -> Value:
    """An item of a string, of an enumeration, of a generic class."""
    from adjoint.frontend.library import grids

    if held is None:
        raise ctx.refuse(
            node,
            "an item of None is read or stored",
            why="on this path nothing else has been bound before",
            fix="test it: `if x is not None:`",
            raises=TypeError,
        )
    if grids.is_grid(held):
        return grids.read(ctx, node, held)
    if held is np.s_ or held is np.index_exp:
        return _written_index(ctx, node, held)
    if isinstance(node.slice, gast.Slice):
        bounds = [None if b is None else ctx.static(ctx.expression(b)) for b in _bounds(node.slice)]
        return ctx.const(held[slice(*bounds)])
    index = ctx.expression(node.slice)
    if not ctx.is_static(index):
        raise ctx.refuse(
            node, f"an item of {held!r} at an index of the run", why="it is known now only", fix="use a list"
        )
    return ctx.const(held[ctx.static(index)])


def _written_index(ctx: Context, node: Any, held: Any) -> Value:
    """`np.s_[1:, 0]`: the index as a value."""
    is_tuple = isinstance(node.slice, gast.Tuple)
    parts = [index_value(ctx, part) for part in (node.slice.elts if is_tuple else [node.slice])]
    return ctx.pack(parts) if is_tuple or held is np.index_exp else parts[0]


def slice_of(ctx: Context, node: Any, bounds: Sequence[Value | None]) -> Slice:
    """A slice with these bounds, each an int or None."""
    given = [None if bound is None or _is_none(bound) else _integer(ctx, node, bound) for bound in bounds]
    start, stop, step = given
    return Slice((start, stop, step))


def _bounds(part: Any) -> tuple[Any, Any, Any]:
    return part.lower, part.upper, part.step


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
            _add_item(ctx, part, ctx.expression(part), spec, operands, inside=isinstance(node, gast.Tuple))
    return spec, operands


def spec_of(ctx: Context, node: Any, index: Value) -> tuple[Spec, list[Value]]:
    """The same of an index that has been computed."""
    spec: Spec = []
    operands: list[Value] = []
    _add_item(ctx, node, index, spec, operands)
    return spec, operands


def _add_item(
    ctx: Context, node: Any, value: Value, spec: Spec, operands: list[Value], *, inside: bool = False
) -> None:
    """One part of an index, or all of it; `inside` a tuple, another tuple is an array."""
    found = object_of(value)
    if isinstance(found, Slice):
        spec.append(("slice", *(bound is not None for bound in found.bounds)))
        operands += [_integer(ctx, node, bound) for bound in found.bounds if bound is not None]
        return
    if isinstance(value.type, Tuple) and any(isinstance(object_of(part), Slice) for part in ctx.parts(value)):
        for part in ctx.parts(value):
            _add_item(ctx, node, part, spec, operands, inside=True)
        return
    value = ctx.data(node, as_indices(ctx, node, value))
    if isinstance(value.type, Static):
        held = ctx.static(value)
        if held is None or held is Ellipsis:
            spec.append("new" if held is None else "...")
            return
        raise _refuse_index(ctx, node, value)
    if isinstance(value.type, Tuple) and (inside or is_list(value.type)):
        value = fitting.as_numbers(ctx, node, value)
    if isinstance(value.type, Tuple):
        for item in tuple_items(ctx, node, value):
            _add_item(ctx, node, item, spec, operands, inside=True)
        return
    if isinstance(value.type, List) and (isinstance(value.type.item, List) or dtype_of(value.type.item) == "bool"):
        value = fitting.as_numbers(ctx, node, value)
    if fitting.is_empty_list(value):
        value = ctx.emit(node, "array", shape=(0,), dtype=np.int64, _text="np.array", _via="np")  # `x[[]]`
    spec.append(_kind_of_index(ctx, node, value))
    operands.append(value)


def as_indices(ctx: Context, node: Any, value: Value) -> Value:
    """A `range` among indices is the array of its integers; other values as they are."""
    walked = object_of(value)
    source = walked.sequence.source if isinstance(walked, Iterator) else None
    if not isinstance(walked, Iterator) or walked.name != "range" or not isinstance(source, Range):
        return value
    bounds = [source.start, source.stop, source.step]
    if is_const(source.step) and const_of(source.step) == 1:
        del bounds[2]
        if is_const(source.start) and const_of(source.start) == 0:
            del bounds[0]
    made = ctx.emit(node, "arange", *bounds)
    return ctx.emit(node, "flip", made) if walked.sequence.backwards else made


def _kind_of_index(ctx: Context, node: Any, value: Value) -> str:
    if isinstance(value.type, Undef):
        return "int"
    if isinstance(value.type, List):
        item = value.type.item
        if (dtype_of(item) or "").lstrip("u").startswith("int") and not rank_of(item):
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


def store(ctx: Context, node: Any, value: Value) -> None:
    """`base[index] = value`."""
    base, is_flat = base_of(ctx, node)
    if is_flat:
        spec, operands = index_spec(ctx, node.slice, base)
        store_flat(ctx, node, base, ctx.data(node, value), spec, operands)
        return
    method = method_of(ctx, node, base, "__setitem__")
    if method is not None:
        call_value(ctx, node, method, [index_value(ctx, node.slice), value], {}, "__setitem__")
        return
    containers.store_item(ctx, node, base, node.slice, value)


def item_of(ctx: Context, node: Any, base: Value, index: Value) -> Value:
    """The item at an index that has been computed."""
    method = method_of(ctx, node, base, "__getitem__")
    if method is not None:
        return call_value(ctx, node, method, [index], {}, "__getitem__")
    if isinstance(base.type, Scalar) or (isinstance(base.type, Array) and not base.type.rank):
        raise _refuse_base(ctx, node, base)
    return containers.item_at(ctx, node, base, index)


def store_at(ctx: Context, node: Any, base: Value, index: Value, value: Value) -> None:
    """Store at an index that has been computed."""
    method = method_of(ctx, node, base, "__setitem__")
    if method is not None:
        call_value(ctx, node, method, [index, value], {}, "__setitem__")
        return
    containers.store_at(ctx, node, base, index, value)
