"""Whether a value fits where it is stored: as NumPy casts it there, and with its derivative."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from adjoint.errors import AdjointError, ShapeAssumption
from adjoint.ir import binding, opset
from adjoint.ir.core import Value
from adjoint.ir.types import (
    Array,
    Layout,
    List,
    Tuple,
    Undef,
    dtype_of,
    is_differentiable,
    may_be_one,
    rank_of,
    same_dim,
    shape_of,
)

if TYPE_CHECKING:
    from adjoint.frontend.storage.store import Store


def as_stored(ctx: Store, node: Any, base: Value, value: Value) -> Value:
    """The value as an array takes it: of a list or tuple an array is made.

    Refuse to lose a derivative in an array of integers; NumPy refuses to lose the imaginary part.
    """
    value = as_numbers(ctx, node, value)
    into, kind = dtype_of(base.type), dtype_of(value.type)
    if into is None or isinstance(value.type, Undef):
        return value
    if not is_differentiable(base.type) and (kind is None or is_differentiable(value.type)):
        refusal = ctx.refuse(
            node,
            f"a real number is stored into an array of {into}",
            why="it is rounded there, and its derivative is lost",
            fix="make the array of floats: `np.zeros(n)`, `.astype(float)`",
        )
        refusal.rounds = True
        raise refusal
    return value


def empty_as_array(ctx: Store, node: Any, value: Value) -> Value:
    """A list without items as the array that NumPy makes of it; other values as they are."""
    return ctx.emit(node, "array", shape=(0,), _text="np.array", _via="np") if is_empty_list(value) else value


def is_empty_list(value: Value) -> bool:
    """Whether it is a list that is known to have no items."""
    is_unknown = isinstance(value.type, List) and isinstance(value.type.item, Undef)
    return is_unknown and value.op is not None and value.op.opcode == "list" and not value.op.operands


def as_numbers(ctx: Store, node: Any, value: Value) -> Value:
    """A list or tuple of numbers as the array that NumPy makes of it; other values as they are."""
    if not isinstance(value.type, List | Tuple):
        return value
    definition, parameters = opset.lookup("array"), opset.lookup("array").callables[np.array]
    try:
        operands, attrs = binding.bind(definition, parameters, [value], {}, "np.array")
    except binding.BindingError:
        operands, attrs = [value], {}
    return ctx.emit(node, "array", *operands, _text="np.array", _via="np", **attrs)


def refuse_object(ctx: Store, node: Any, layout: Layout) -> AdjointError:
    """The refusal of an object where NumPy takes numbers and arrays."""
    return ctx.refuse(
        node,
        f"an object of `{layout.cls.__name__ if layout.cls is not None else 'SimpleNamespace'}` is used as data",
        why="NumPy asks an object for its items, its length or methods of its own",
        fix="pass its arrays and numbers",
    )


def fitted(ctx: Store, node: Any, old: Value, new: Value) -> Value:
    """The result of an update in place, as NumPy casts it. Refused where NumPy raises."""
    a, b = old.type, new.type
    if isinstance(a, Undef) or isinstance(b, Undef) or a == b:
        return new
    assert isinstance(a, Array)
    if isinstance(b, Array) and np.can_cast(b.dtype, a.dtype, "same_kind"):
        if a.rank == b.rank and _fits(a, b):
            if a.dtype == b.dtype:
                new.type = a
                return new
            return ctx.emit(node, "astype", new, dtype=a.dtype)
        if b.rank <= a.rank and not _is_larger(a, b):  # NumPy raises where it does not fit
            return ctx.emit(node, "index_set", old, new, spec=("...",))
    raise ctx.refuse(
        node,
        f"the result {b} does not fit into {a} in place",
        why="`a += b` keeps the dtype and the shape of `a`",
        fix="write `a = a + b`, which makes a new array",
        kind=ShapeAssumption,
    )


def _fits(a: Array, b: Array) -> bool:
    return all(same_dim(x, y) or not may_be_one(x) or x == y for x, y in zip(shape_of(a), shape_of(b)))


def _is_larger(a: Array, b: Array) -> bool:
    """Whether the extents of `b` surely do not fit into those of `a`."""
    pairs = list(zip(shape_of(a)[::-1], shape_of(b)[::-1]))
    return any(isinstance(x, int) and isinstance(y, int) and x != y and y != 1 for x, y in pairs)


def repeated(ctx: Store, node: Any, values: Value, places: Value) -> Value:
    """The values at places counted on past their end."""
    turn = ctx.emit(node, "mod", places, ctx.emit(node, "size", values))
    return ctx.emit(node, "index", flat(ctx, node, values), turn, spec=("array",))


def flat(ctx: Store, node: Any, value: Value) -> Value:
    """The array as a vector."""
    return value if rank_of(value.type) == 1 else ctx.emit(node, "reshape", value, ctx.const((-1,)))


def as_many_or_known(ctx: Store, node: Any, value: Value, places: Value) -> Value:
    """As `as_many` where the number of values is known; else they are as many as the places, or NumPy raises."""
    extents = shape_of(value.type)
    is_known = len(extents) == 1 and isinstance(extents[0], int) and extents[0] != 1
    return as_many(ctx, node, value, places) if is_known or len(extents) > 1 else value


def as_many(ctx: Store, node: Any, value: Value, places: Value) -> Value:
    """A value for each place: NumPy repeats them where there are too few, and takes the first where too many."""
    if not rank_of(value.type):
        return value
    value = flat(ctx, node, value)
    if same_dim(shape_of(value.type)[0], shape_of(places.type)[0]):
        return value
    return repeated(ctx, node, value, ctx.emit(node, "arange", ctx.emit(node, "size", places)))
