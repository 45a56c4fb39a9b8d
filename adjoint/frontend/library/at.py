"""Functions of NumPy that store at positions: `np.multiply.at`, `np.copyto`, `np.put`, `np.place`, `np.putmask`.

`ufunc.at` goes through its positions one after the other, so that repeated ones count as often as they are there: it is
written out as that loop. The others become one store, with values that are repeated where there are too few of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.errors import AdjointError, NoRule
from adjoint.frontend import subscripts
from adjoint.frontend.calls.intrinsics import intrinsic, misused
from adjoint.frontend.containers.builtin_functions import Arguments, Keywords, for_each
from adjoint.frontend.context import Context
from adjoint.frontend.control.sequences import make_zip, sequence_of
from adjoint.frontend.expressions import binary
from adjoint.frontend.library.arrays import METHODS, same_shape, store
from adjoint.frontend.storage import fitting, memory, sharing
from adjoint.ir.core import Value
from adjoint.ir.types import Array, List, dtype_of, may_be_one, rank_of, same_dim, shape_of

Index = tuple[list[Any], list[Value]]

# -- ufunc.at


def _added(ctx: Context, node: Any, ufunc: np.ufunc, base: Value, index: Index, value: Value) -> None:
    """`np.add.at` and `np.subtract.at` are a store of their own."""
    if ufunc is np.subtract:
        value = ctx.emit(node, "neg", fitting.as_numbers(ctx, node, value))
    memory.add_item(ctx, node, base, value, *index)


def _at(ctx: Context, node: Any, ufunc: np.ufunc, args: Arguments, keywords: Keywords) -> Value:
    name = f"np.{ufunc.__name__}.at"
    if len(args) != ufunc.nin + 1 or keywords or not memory.is_array(args[0]):
        raise misused(ctx, node, name)
    base = args[0]
    cell = memory.keep(ctx, base)
    spec, operands = subscripts.spec_of(ctx, node, args[1])
    value = ctx.data(node, args[2]) if ufunc.nin == 2 else None
    if ufunc in (np.add, np.subtract) and value is not None:
        _added(ctx, node, ufunc, base, (spec, operands), value)
    elif "array" not in spec:  # no position twice
        old = ctx.emit(node, "index", base, *operands, spec=tuple(spec))
        memory.store_item(ctx, node, base, _applied(ctx, node, ufunc, old, value), spec, operands)
    else:
        _one_by_one(ctx, node, ufunc, cell, (spec, operands), value)
    return ctx.const(None)


def _applied(ctx: Context, node: Any, ufunc: np.ufunc, old: Value, value: Value | None) -> Value:
    from adjoint.frontend.calls.calls import call_value

    given = [old] if value is None else [old, fitting.as_numbers(ctx, node, value)]
    return call_value(ctx, node, ctx.const(ufunc), given, {}, f"np.{ufunc.__name__}")


def _one_by_one(ctx: Context, node: Any, ufunc: np.ufunc, cell: Value, index: Index, value: Value | None) -> None:
    """`for i, v in zip(index, values): base[i] = ufunc(base[i], v)`."""
    spec, operands = index
    base = memory.load(ctx, node, cell)
    arrays = [operand for operand, entry in zip(operands, spec) if entry == "array"]
    if set(spec) - {"array", "int"} or not all(_is_vector(each) for each in arrays) or not _alike(arrays):
        raise _refuse_index(ctx, node, ufunc)
    parts = list(arrays)
    if value is not None:
        value = fitting.as_numbers(ctx, node, value)
        value = _spread(ctx, node, base, value, index, arrays[0]) if rank_of(value.type) else value
        parts += [value] if _has_row_each(base, value, spec) else []
    parts = [ctx.emit(node, "copy", part) if sharing.overlap(ctx, base, part) else part for part in parts]  # as NumPy

    def step(inner: Context, item: Value) -> None:
        found = inner.parts(item) if len(parts) > 1 else [item]
        rest = iter(found)
        at = [next(rest) if entry == "array" else operand for entry, operand in zip(spec, operands)]
        amount = next(rest, value)
        now = memory.load(inner, node, cell)
        ints = ("int",) * len(at)
        old = inner.emit(node, "index", now, *at, spec=ints)
        memory.store_item(inner, node, now, _applied(inner, node, ufunc, old, amount), ints, at)

    sequences = [sequence_of(ctx, node, ctx.adopt(part) if isinstance(part.type, List) else part) for part in parts]
    for_each(ctx, node, sequences[0] if len(parts) == 1 else make_zip(ctx, node, sequences), step)


def _is_vector(index: Value) -> bool:
    return isinstance(index.type, List) or rank_of(index.type) == 1


def _alike(arrays: list[Value]) -> bool:
    """Whether index arrays have surely as many items as each other."""
    extents = [shape_of(each.type)[0] if isinstance(each.type, Array) else None for each in arrays]
    lists = [len(each.op.operands) if each.op is not None and each.op.opcode == "list" else None for each in arrays]
    known = [extent if extent is not None else count for extent, count in zip(extents, lists)]
    return len(arrays) == 1 or all(each is not None and same_dim(each, known[0]) for each in known)


def _part_rank(base: Value, spec: list[Any]) -> int:
    return rank_of(base.type) - len(spec)


def _has_row_each(base: Value, value: Value, spec: list[Any]) -> bool:
    """Whether there is a value for each position, and not one for all."""
    return rank_of(value.type) > _part_rank(base, spec)


def _spread(ctx: Context, node: Any, base: Value, value: Value, index: Index, array: Value) -> Value:
    """The values with an item for each position, where it may be that one stands for all."""
    spec, operands = index
    if not _has_row_each(base, value, spec):
        return value
    count = shape_of(array.type)[0] if isinstance(array.type, Array) else None
    first = shape_of(value.type)[0]
    if same_dim(first, count) or not may_be_one(first):
        return value
    from adjoint.frontend.calls.calls import call_value

    shape = ctx.emit(node, "shape", ctx.emit(node, "index", base, *operands, spec=tuple(spec)))
    return call_value(ctx, node, ctx.const(np.broadcast_to), [value, shape], {}, "np.broadcast_to")


def _refuse_index(ctx: Context, node: Any, ufunc: np.ufunc) -> AdjointError:
    return ctx.refuse(
        node,
        f"this index of `np.{ufunc.__name__}.at` is not supported",
        why="the positions are gone through one after the other, so they are vectors of ints of one length",
        fix="write the loop: `for i, v in zip(index, values): a[i] = ...`",
        kind=NoRule,
    )


def _every_ufunc() -> list[np.ufunc]:
    """The ufuncs of one result, of which `at` gives an array its own dtype again."""
    found = [held for held in vars(np).values() if isinstance(held, np.ufunc)]
    return [each for each in dict.fromkeys(found) if each.nout == 1 and each.nin <= 2 and each.signature is None]


def _register(ufunc: np.ufunc) -> None:
    @intrinsic(ufunc.at)
    def run(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        return _at(ctx, node, ufunc, args, keywords)


for _ufunc in _every_ufunc():
    _register(_ufunc)


# -- under a mask


@intrinsic(np.copyto)
def _copyto(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) != 2 or not memory.is_array(args[0]) or keywords.keys() - {"where"}:
        raise misused(ctx, node, "np.copyto")
    base, value = args
    mask = keywords.get("where")
    if mask is None:
        store(ctx, node, base, value)
    else:
        _where(ctx, node, base, ctx.data(node, mask), value)
    return ctx.const(None)


def _where(ctx: Context, node: Any, base: Value, mask: Value, value: Value) -> None:
    """`base[mask] = value` with a value of the shape of the array, or of one that broadcasts to it."""
    mask, value = fitting.as_numbers(ctx, node, mask), fitting.as_numbers(ctx, node, ctx.data(node, value))
    if not rank_of(value.type) and same_shape(base, mask):
        store(ctx, node, base, value, ("mask",), mask)
    elif same_shape(base, mask) and same_shape(base, value):
        store(ctx, node, base, ctx.emit(node, "index", value, mask, spec=("mask",)), ("mask",), mask)
    else:
        store(ctx, node, base, ctx.emit(node, "where", mask, fitting.as_stored(ctx, node, base, value), base))


@intrinsic(np.putmask)
def _putmask(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """`np.putmask(a, mask, values)`: the value at the same place, of values that are repeated."""
    if len(args) != 3 or keywords or not memory.is_array(args[0]):
        raise misused(ctx, node, "np.putmask")
    base, mask, value = args[0], _mask(ctx, node, args[1]), fitting.as_numbers(ctx, node, ctx.data(node, args[2]))
    if not same_shape(base, mask):
        raise _refuse_mask(ctx, node, "np.putmask")
    if 0 in shape_of(value.type):
        return ctx.const(None)
    if rank_of(value.type) and not same_shape(base, value):
        places = ctx.emit(node, "arange", ctx.emit(node, "size", base))
        value = _shaped(ctx, node, fitting.repeated(ctx, node, value, places), base)
    _where(ctx, node, base, mask, value)
    return ctx.const(None)


@intrinsic(np.place)
def _place(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """`np.place(a, mask, values)`: the values one after the other, and again from the first."""
    if len(args) != 3 or keywords or not memory.is_array(args[0]):
        raise misused(ctx, node, "np.place")
    base, mask, value = args[0], _mask(ctx, node, args[1]), fitting.as_numbers(ctx, node, ctx.data(node, args[2]))
    if not same_shape(base, mask):
        raise _refuse_mask(ctx, node, "np.place")
    sharing.check_overlap(ctx, node, base, value, exact=False)
    if rank_of(value.type):
        count = binary(ctx, node, "sub", ctx.emit(node, "cumsum", mask, axis=None), ctx.const(1))
        value = _shaped(ctx, node, fitting.repeated(ctx, node, value, count), base)
    _where(ctx, node, base, mask, value)
    return ctx.const(None)


def _mask(ctx: Context, node: Any, value: Value) -> Value:
    mask = fitting.as_numbers(ctx, node, ctx.data(node, value))
    return mask if dtype_of(mask.type) == "bool" else ctx.emit(node, "ne", mask, ctx.const(0))


def _shaped(ctx: Context, node: Any, value: Value, base: Value) -> Value:
    return value if rank_of(base.type) == 1 else ctx.emit(node, "reshape", value, ctx.emit(node, "shape", base))


def _refuse_mask(ctx: Context, node: Any, name: str) -> AdjointError:
    return ctx.refuse(
        node,
        f"the mask of `{name}` may have another shape than the array",
        why="NumPy takes the two as if they had one dimension",
        fix="make a mask of the shape of the array, such as `x > 0`",
        kind=NoRule,
    )


# -- put


@intrinsic(np.put)
def _put(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """`np.put(a, index, values)`: into the array as if it had one dimension."""
    if len(args) != 3 or keywords or not memory.is_array(args[0]):
        raise misused(ctx, node, "np.put")
    base, index, value = args
    spec, operands = subscripts.spec_of(ctx, node, fitting.as_numbers(ctx, node, ctx.data(node, index)))
    if len(spec) != 1 or spec[0] not in ("int", "array"):
        raise misused(ctx, node, "np.put")
    value = fitting.as_numbers(ctx, node, ctx.data(node, value))
    if 0 in shape_of(value.type):
        return ctx.const(None)
    if spec == ["array"]:
        operands = [fitting.flat(ctx, node, operands[0])]
        value = fitting.as_many(ctx, node, value, operands[0])
    elif rank_of(value.type):
        value = ctx.emit(node, "index", fitting.flat(ctx, node, value), ctx.const(0), spec=("int",))
    subscripts.store_flat(ctx, node, base, value, spec, operands)
    return ctx.const(None)


def _put_method(ctx: Context, node: Any, base: Value, args: Arguments, keywords: Keywords) -> Value:
    """`a.put(index, values)`."""
    result = _put(ctx, node, [base, *args], keywords)
    assert result is not None
    return result


METHODS["put"] = _put_method
