"""NumPy functions that are short for other operations: turned, joined and repeated arrays, grids, blocks.

    np.fliplr(x)    np.flip(x, axis=1)            np.block([[a, b]])     np.concatenate([a, b], axis=1)
    np.rot90(x)     np.flip(x, axis=1).T          np.meshgrid(x, y)      np.broadcast_to(x, ...), ...

What NumPy gives as a view is written with operations that are views, so that a store is seen where NumPy shows it.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from adjoint.errors import NoRule
from adjoint.frontend.calls.intrinsics import intrinsic, misused
from adjoint.frontend.containers import containers
from adjoint.frontend.containers.builtin_functions import Arguments, Keywords
from adjoint.frontend.context import Context
from adjoint.frontend.storage import memory
from adjoint.frontend.values.optionals import is_none
from adjoint.ir.core import Value
from adjoint.ir.ops.indexing import WHOLE_AXIS
from adjoint.ir.types import List, Tuple, rank_of, shape_of

# -- arguments


def given(ctx: Context, node: Any, target: Any, args: Arguments, keywords: Keywords, *known: str) -> dict[str, Any]:
    """The arguments of a call by NumPy's names. Refused when one is given that is not among the known."""
    name = f"np.{target.__name__}"
    try:
        found = inspect.signature(target).bind(*args, **keywords).arguments
    except TypeError as error:
        raise ctx.refuse(
            node, f"this call of `{name}` does not fit: {error}", why="NumPy would raise", fix="see its signature"
        ) from None
    for each, value in found.items():
        if each not in known and not (isinstance(value, Value) and is_none(value)):
            raise ctx.refuse(
                node,
                f"the argument {each!r} of `{name}` is not supported",
                why="the function is known, but not with this argument",
                fix="leave it out, or write with other functions what it does",
                kind=NoRule,
            )
    return dict(found)


def fixed(ctx: Context, node: Any, held: dict[str, Any], name: str, default: Any) -> Any:
    """An argument that is known before the run, as a Python object."""
    if name not in held:
        return default
    value = ctx.data(node, held[name]) if isinstance(held[name], Value) else held[name]
    try:
        found = ctx.static(value)
    except KeyError:
        raise ctx.refuse(
            node,
            f"the argument {name!r} is not known before the run",
            why="it decides shapes or types, so it must be written as a constant",
            fix=f"write {name} as a literal, or branch on it with `if`",
            asks=(value,),
        ) from None
    return tuple(found) if isinstance(found, list) else found


def array(ctx: Context, node: Any, value: Value) -> Value:
    """An argument as an array (or number), as NumPy takes it."""
    value = ctx.data(node, value)
    return ctx.emit(node, "asarray", value) if isinstance(value.type, List | Tuple) else value


def axis_of(ctx: Context, node: Any, axis: Any, rank: int) -> int:
    """An axis counted from the front. Refused out of range."""
    if not isinstance(axis, int) or not -rank <= axis < rank:
        raise ctx.refuse(
            node, f"axis {axis} of an array with {rank} dimensions", why="NumPy would raise", fix="give another axis"
        )
    return axis % rank


# -- order of axes


def _flip_along(target: Any, axis: int) -> None:
    @intrinsic(target)
    def run(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        held = given(ctx, node, target, args, keywords, "m")
        x = array(ctx, node, held["m"])
        axis_of(ctx, node, axis, rank_of(x.type))
        return ctx.emit(node, "flip", x, axis=axis)


_flip_along(np.flipud, 0)
_flip_along(np.fliplr, 1)


@intrinsic(np.rot90)
def _rot90(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    held = given(ctx, node, np.rot90, args, keywords, "m", "k", "axes")
    x = array(ctx, node, held["m"])
    turns = fixed(ctx, node, held, "k", 1) % 4
    first, second = (axis_of(ctx, node, a, rank_of(x.type)) for a in fixed(ctx, node, held, "axes", (0, 1)))
    if turns == 0:
        return ctx.emit(node, "index", x, spec=("...",))
    if turns == 2:
        return ctx.emit(node, "flip", x, axis=(first, second))
    if turns == 1:
        return _swapped(ctx, node, ctx.emit(node, "flip", x, axis=second), first, second)
    return ctx.emit(node, "flip", _swapped(ctx, node, x, first, second), axis=second)


def _swapped(ctx: Context, node: Any, x: Value, one: int, other: int) -> Value:
    if rank_of(x.type) == 2:
        return ctx.emit(node, "transpose", x)
    return ctx.emit(node, "swapaxes", x, axis1=one, axis2=other)


@intrinsic(np.matrix_transpose, np.linalg.matrix_transpose)
def matrix_transpose(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """The last two axes swapped."""
    held = given(ctx, node, np.matrix_transpose, args, keywords, "x")
    x = array(ctx, node, held["x"])
    if rank_of(x.type) < 2:
        raise misused(ctx, node, "np.matrix_transpose")
    return _swapped(ctx, node, x, -1, -2)


@intrinsic(np.rollaxis)
def _rollaxis(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    held = given(ctx, node, np.rollaxis, args, keywords, "a", "axis", "start")
    x = array(ctx, node, held["a"])
    rank = rank_of(x.type)
    axis, start = fixed(ctx, node, held, "axis", 0) % rank, fixed(ctx, node, held, "start", 0)
    start = start + rank if start < 0 else start
    order = [each for each in range(rank) if each != axis]
    order.insert(start - 1 if axis < start else start, axis)
    return ctx.emit(node, "transpose", x, axes=tuple(order))


@intrinsic(np.moveaxis)
def _moveaxis(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    held = given(ctx, node, np.moveaxis, args, keywords, "a", "source", "destination")
    source, target = (fixed(ctx, node, held, name, None) for name in ("source", "destination"))
    if isinstance(source, int) and isinstance(target, int):
        return None
    x = array(ctx, node, held["a"])
    rank = rank_of(x.type)
    pairs = sorted((axis_of(ctx, node, b, rank), axis_of(ctx, node, a, rank)) for a, b in zip(source, target))
    order = [axis for axis in range(rank) if axis not in [moved for _, moved in pairs]]
    for place, moved in pairs:
        order.insert(place, moved)
    return ctx.emit(node, "transpose", x, axes=tuple(order))


# -- shapes


def _atleast(target: Any, rank: int) -> None:
    @intrinsic(target)
    def run(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        if keywords or not args:
            raise misused(ctx, node, f"np.{target.__name__}")
        if len(args) == 1 and rank < 3:
            return None
        made = [_with_rank(ctx, node, array(ctx, node, arg), rank) for arg in args]
        return made[0] if len(made) == 1 else ctx.pack(made)


def _with_rank(ctx: Context, node: Any, x: Value, rank: int) -> Value:
    if rank < 3:
        return ctx.emit(node, f"atleast_{rank}d", x)
    if rank_of(x.type) == 0:
        return ctx.emit(node, "reshape", x, *map(ctx.const, (1, 1, 1)))
    specs: dict[int, tuple[Any, ...]] = {1: ("new", WHOLE_AXIS, "new"), 2: (WHOLE_AXIS, WHOLE_AXIS, "new")}
    return ctx.emit(node, "index", x, spec=specs.get(rank_of(x.type), ("...",)))


for _target, _rank in ((np.atleast_1d, 1), (np.atleast_2d, 2), (np.atleast_3d, 3)):
    _atleast(_target, _rank)


@intrinsic(np.reshape)
def _reshape(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    held = given(ctx, node, np.reshape, args, keywords, "a", "shape", "order")
    if len(args) == 2 and not keywords:
        return None
    return reshaped(ctx, node, array(ctx, node, held["a"]), [held["shape"]], fixed(ctx, node, held, "order", "C"))


def reshaped(ctx: Context, node: Any, x: Value, dims: Sequence[Value], order: str) -> Value:
    """`x.reshape(dims, order=...)`: in Fortran's order, the transpose of the transposed array."""
    dims = [ctx.data(node, dim) for dim in dims]
    if order == "C":
        return ctx.emit(node, "reshape", x, *dims, _via="method")
    _check_order(ctx, node, order)
    if len(dims) == 1 and isinstance(dims[0].type, Tuple):
        dims = ctx.parts(dims[0])
    elif len(dims) == 1 and isinstance(ctx.static(dims[0]), tuple | list):
        dims = [ctx.const(dim) for dim in ctx.static(dims[0])]
    turned = ctx.emit(node, "reshape", _transposed(ctx, node, x), *reversed(dims), _via="method")
    return _transposed(ctx, node, turned)


def _transposed(ctx: Context, node: Any, x: Value) -> Value:
    return ctx.emit(node, "transpose", x) if rank_of(x.type) > 1 else x


def _check_order(ctx: Context, node: Any, order: Any) -> None:
    if order != "F":
        raise ctx.refuse(
            node,
            f"order={order!r} is not supported",
            why="the order of the elements would depend on how the array lies in memory, which is not known",
            fix="use order='C' or order='F'",
            kind=NoRule,
        )


def in_a_row(ctx: Context, node: Any, x: Value, order: str, opcode: str) -> Value:
    """`x.ravel(order)` and `x.flatten(order)`."""
    _check_order(ctx, node, order)
    return ctx.emit(node, opcode, _transposed(ctx, node, x), _via="method")


@intrinsic(np.ravel)
def _ravel(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    held = given(ctx, node, np.ravel, args, keywords, "a", "order")
    order = fixed(ctx, node, held, "order", "C")
    return None if order == "C" else in_a_row(ctx, node, array(ctx, node, held["a"]), order, "ravel")


_UNSEEN = {"copy", "order", "subok", "ndmin"}


@intrinsic(np.array)
def _array(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """`order` says how the elements lie, which no derivative sees."""
    if not keywords.keys() & _UNSEEN or len(args) != 1 or keywords.keys() - _UNSEEN - {"dtype"}:
        return None
    from adjoint.frontend.calls.calls import call_value

    ndmin = fixed(ctx, node, keywords, "ndmin", 0)
    copy = fixed(ctx, node, keywords, "copy", True)
    rest = {"dtype": keywords["dtype"]} if "dtype" in keywords else {}
    target = np.array if copy is True else np.asarray
    x = call_value(ctx, node, ctx.const(target), args, rest, f"np.{target.__name__}")
    x = memory.load(ctx, node, x)
    missing = ndmin - rank_of(x.type)
    if missing > 0 and not rank_of(x.type):
        return ctx.emit(node, "reshape", x, *[ctx.const(1)] * missing)
    return ctx.emit(node, "index", x, spec=("new",) * missing + ("...",)) if missing > 0 else x


@intrinsic(np.asarray, np.asanyarray)
def _asarray(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if not keywords.keys() & {"copy", "order"} or len(args) != 1:
        return None
    from adjoint.frontend.calls.calls import call_value

    target = np.array if "copy" in keywords and fixed(ctx, node, keywords, "copy", None) is True else np.asarray
    rest = {name: value for name, value in keywords.items() if name not in ("copy", "order")}
    return call_value(ctx, node, ctx.const(target), args, rest, f"np.{target.__name__}")


def _in_c_order(target: Any) -> None:
    @intrinsic(target)
    def run(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        """`order="C"` is how these arrays lie."""
        if "order" not in keywords or fixed(ctx, node, keywords, "order", "C") != "C":
            return None
        from adjoint.frontend.calls.calls import call_value

        rest = {name: value for name, value in keywords.items() if name != "order"}
        return call_value(ctx, node, ctx.const(target), args, rest, f"np.{target.__name__}")


_MADE: tuple[Any, ...] = (np.zeros, np.ones, np.empty, np.full)
_MADE_LIKE: tuple[Any, ...] = (np.zeros_like, np.ones_like, np.empty_like, np.full_like)
for _function in (*_MADE, *_MADE_LIKE):
    _in_c_order(_function)


# -- joined and taken apart


@intrinsic(np.block)
def _block(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) != 1 or keywords:
        raise misused(ctx, node, "np.block")
    depth = _depth(ctx, node, args[0])
    rank = max(depth, *_ranks(ctx, node, args[0]))
    made = _joined(ctx, node, args[0], depth, rank)
    is_new = made.op is not None and made.op.opcode in ("concatenate", "array")
    return made if is_new else ctx.emit(node, "copy", made)


def _depth(ctx: Context, node: Any, value: Value) -> int:
    parts = containers.items(ctx, node, value)
    return 0 if parts is None or not parts else 1 + _depth(ctx, node, parts[0])


def _ranks(ctx: Context, node: Any, value: Value) -> list[int]:
    parts = containers.items(ctx, node, value)
    if parts is None:
        return [rank_of(ctx.data(node, value).type)]
    return [rank for part in parts for rank in _ranks(ctx, node, part)]


def _joined(ctx: Context, node: Any, value: Value, depth: int, rank: int) -> Value:
    """Blocks joined along the axis that their list stands for: the innermost along the last."""
    parts = containers.items(ctx, node, value)
    if (parts is None) != (depth == 0) or (parts is not None and not parts):
        raise misused(ctx, node, "np.block")
    if parts is None:
        x = ctx.data(node, value)
        if isinstance(x.type, List):
            raise misused(ctx, node, "np.block")
        missing = rank - rank_of(x.type)
        if missing and not rank_of(x.type):
            return ctx.emit(node, "array", x, shape=(1,) * rank)
        return ctx.emit(node, "index", x, spec=("new",) * missing + ("...",)) if missing else x
    every = [_joined(ctx, node, part, depth - 1, rank) for part in parts]
    return every[0] if len(every) == 1 else ctx.emit(node, "concatenate", *every, axis=rank - depth)


if hasattr(np, "unstack"):

    @intrinsic(np.unstack)
    def _unstack(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        held = given(ctx, node, np.unstack, args, keywords, "x", "axis")
        x = array(ctx, node, held["x"])
        axis = axis_of(ctx, node, fixed(ctx, node, held, "axis", 0), rank_of(x.type))
        count = shape_of(x.type)[axis]
        if not isinstance(count, int):
            rows = ctx.emit(node, "moveaxis", x, source=axis, destination=0) if axis else x
            return memory.rows_of(ctx, node, rows)
        spec = (WHOLE_AXIS,) * axis + ("int",)
        return ctx.pack([ctx.emit(node, "index", x, ctx.const(number), spec=spec) for number in range(count)])


# -- grids


@intrinsic(np.broadcast_arrays)
def _broadcast_arrays(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if keywords or not args:
        raise misused(ctx, node, "np.broadcast_arrays")
    arrays = [array(ctx, node, arg) for arg in args]
    shape = ctx.emit(node, "broadcast_shapes", *(ctx.emit(node, "shape", x) for x in arrays))
    return ctx.pack([ctx.emit(node, "broadcast_to", x, shape) for x in arrays])


@intrinsic(np.meshgrid)
def _meshgrid(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """Each vector along its axis; the full grid is a copy, unless a keyword says otherwise."""
    if keywords.keys() - {"indexing", "sparse", "copy"} or not args:
        raise misused(ctx, node, "np.meshgrid")
    vectors = [_vector(ctx, node, array(ctx, node, arg)) for arg in args]
    by_matrix = fixed(ctx, node, keywords, "indexing", "xy") == "ij" or len(vectors) < 2
    order = list(range(len(vectors)))
    if not by_matrix:
        order[:2] = 1, 0
    parts = [_upright(ctx, node, x, order[number], len(order)) for number, x in enumerate(vectors)]
    if not fixed(ctx, node, keywords, "sparse", False):
        sizes = [ctx.emit(node, "size", vectors[order.index(axis)]) for axis in range(len(order))]
        shape = ctx.pack_data(sizes)
        parts = [ctx.emit(node, "broadcast_to", part, shape) for part in parts]
    if fixed(ctx, node, keywords, "copy", True):
        parts = [ctx.emit(node, "copy", part, _via="method") for part in parts]
    return ctx.pack(parts)


def _vector(ctx: Context, node: Any, x: Value) -> Value:
    if rank_of(x.type) == 1:
        return x
    return ctx.emit(node, "ravel", x) if rank_of(x.type) else ctx.emit(node, "reshape", x, ctx.const(1))


def _upright(ctx: Context, node: Any, x: Value, axis: int, rank: int) -> Value:
    """A vector along one of several axes."""
    spec = tuple(WHOLE_AXIS if each == axis else "new" for each in range(rank))
    return ctx.emit(node, "index", x, spec=spec) if rank > 1 else x


@intrinsic(np.fromfunction)
def _fromfunction(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    from adjoint.frontend.calls.calls import call_value

    if len(args) != 2 or keywords.keys() - {"dtype"}:
        raise misused(ctx, node, "np.fromfunction")
    shape = ctx.data(node, args[1])
    grid = ctx.emit(node, "indices", shape, dtype=fixed(ctx, node, keywords, "dtype", float))
    count = shape_of(grid.type)[0]
    assert isinstance(count, int)
    places = [ctx.emit(node, "index", grid, ctx.const(number), spec=("int",)) for number in range(count)]
    return call_value(ctx, node, args[0], places, {}, "np.fromfunction")


@intrinsic(np.apply_over_axes)
def _apply_over_axes(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    from adjoint.frontend.calls.calls import call_value

    held = given(ctx, node, np.apply_over_axes, args, keywords, "func", "a", "axes")
    axes = fixed(ctx, node, held, "axes", ())
    x = array(ctx, node, held["a"])
    rank = rank_of(x.type)
    for axis in axes if isinstance(axes, tuple) else (axes,):
        place = axis_of(ctx, node, axis, rank)
        result = call_value(ctx, node, held["func"], [x, ctx.const(place)], {}, "np.apply_over_axes")
        x = ctx.data(node, result)
        if rank_of(x.type) == rank - 1:
            x = ctx.emit(node, "expand_dims", x, axis=place)
    return x


@intrinsic(np.linspace)
def _linspace(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """With `retstep`, the numbers and the distance between them."""
    if not fixed(ctx, node, keywords, "retstep", False):
        return None
    from adjoint.frontend.calls.calls import call_value

    rest = {name: value for name, value in keywords.items() if name != "retstep"}
    held = given(ctx, node, np.linspace, args, rest, "start", "stop", "num", "endpoint")
    x = call_value(ctx, node, ctx.const(np.linspace), args, rest, "np.linspace")
    count = held.get("num", ctx.const(50))
    if fixed(ctx, node, held, "endpoint", True):
        count = ctx.emit(node, "sub", count, ctx.const(1))
    width = ctx.emit(node, "sub", array(ctx, node, held["stop"]), array(ctx, node, held["start"]))
    return ctx.pack([x, ctx.emit(node, "truediv", width, count)])


__all__ = ["array", "fixed", "given", "in_a_row", "matrix_transpose", "reshaped"]
