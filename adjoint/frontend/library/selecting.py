"""NumPy functions that choose between arrays or count in bins, as the `where`, stores and sums that they stand for.

np.select([a, b], [x, y])         np.where(a, x, np.where(b, y, 0))
np.piecewise(x, [a], [f, g])      y = np.zeros_like(x);  y[a] = f(x[a]);  ...
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from adjoint.errors import NoRule
from adjoint.frontend.calls.intrinsics import intrinsic, misused
from adjoint.frontend.containers import containers
from adjoint.frontend.containers.builtin_functions import Arguments, Keywords
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.library.shaping import array, fixed, given, in_a_row, reshaped
from adjoint.frontend.storage import fitting, memory
from adjoint.frontend.values.objects import Slice, object_of
from adjoint.frontend.values.optionals import is_none
from adjoint.ir.core import Value
from adjoint.ir.ops.indexing import WHOLE_AXIS
from adjoint.ir.types import Array, Scalar, Static, dtype_of, is_differentiable, rank_of, shape_of


def _listed(ctx: Context, node: Any, value: Value, name: str) -> list[Value]:
    parts = containers.items(ctx, node, value)
    if parts is None:
        raise ctx.refuse(
            node,
            f"the lists of `{name}` are not written out",
            why="how many there are is not known now",
            fix="write the list where it is used, or take `np.where`",
        )
    return parts


@intrinsic(np.select)
def _select(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    held = given(ctx, node, np.select, args, keywords, "condlist", "choicelist", "default")
    conditions = [array(ctx, node, each) for each in _listed(ctx, node, held["condlist"], "np.select")]
    choices = [array(ctx, node, each) for each in _listed(ctx, node, held["choicelist"], "np.select")]
    if len(conditions) != len(choices) or not choices:
        raise misused(ctx, node, "np.select")
    result = array(ctx, node, held["default"]) if "default" in held else ctx.const(0)
    for condition, choice in reversed(list(zip(conditions, choices))):
        result = ctx.emit(node, "where", condition, choice, result)
    return result


@intrinsic(np.where)
def _where(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """With one argument, where that is not zero."""
    if len(args) != 1 or keywords:
        return None
    return ctx.emit(node, "nonzero", array(ctx, node, args[0]))


@intrinsic(np.piecewise)
def _piecewise(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """Each function sees the elements of its condition alone; a last one those of none."""
    from adjoint.frontend.calls.calls import call_value

    if len(args) < 3:
        raise misused(ctx, node, "np.piecewise")
    x = array(ctx, node, args[0])
    conditions = [array(ctx, node, each) for each in _listed(ctx, node, args[1], "np.piecewise")]
    functions = _listed(ctx, node, args[2], "np.piecewise")
    same = all(rank_of(each.type) == rank_of(x.type) > 0 for each in conditions)
    if not same or len(functions) - len(conditions) not in (0, 1) or not is_differentiable(x.type):
        raise ctx.refuse(
            node,
            "this call of `np.piecewise` is not supported",
            why="it is known for an array of floats, with conditions of its shape and a function for each",
            fix="use `np.where`",
            kind=NoRule,
        )
    result = ctx.emit(node, "zeros_like", x)
    if len(functions) > len(conditions):
        first, *rest = conditions
        joined = reduce(lambda a, b: ctx.emit(node, "logical_or", a, b), rest, first)
        conditions = [*conditions, ctx.emit(node, "logical_not", joined)]
    for condition, function in zip(conditions, functions):
        value = function
        if not isinstance(function.type, Array) and not _is_number(function):
            chosen = ctx.emit(node, "index", x, condition, spec=("mask",))
            value = call_value(ctx, node, function, [chosen, *args[3:]], keywords, "np.piecewise")
        value = fitting.as_stored(ctx, node, x, ctx.data(node, value))
        result = ctx.emit(node, "index_set", result, value, condition, spec=("mask",))
    return result


def _is_number(value: Value) -> bool:
    return not isinstance(value.type, Static) and object_of(value) is None


@intrinsic(np.delete)
def _delete(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """A slice stands for the positions in it."""
    held = given(ctx, node, np.delete, args, keywords, "arr", "obj", "axis")
    found = object_of(held["obj"])
    if not isinstance(found, Slice):
        return None
    x, axis = array(ctx, node, held["arr"]), fixed(ctx, node, held, "axis", None)
    if axis is None:
        count = ctx.emit(node, "size", x)
    else:
        count = ctx.emit(node, "getitem", ctx.emit(node, "shape", x), index=axis % rank_of(x.type))
    spec = ("slice", *(each is not None for each in found.bounds))
    bounds = [each for each in found.bounds if each is not None]
    places = ctx.emit(node, "index", ctx.emit(node, "arange", count), *bounds, spec=(spec,))
    return ctx.emit(node, "delete", x, places, axis=axis)


@intrinsic(np.put_along_axis)
def _put_along_axis(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """A store at an index for each axis: its positions, and the given ones along `axis`."""
    held = given(ctx, node, np.put_along_axis, args, keywords, "arr", "indices", "values", "axis")
    axis = fixed(ctx, node, held, "axis", None)
    base, rank = held["arr"], rank_of(held["arr"].type)
    if axis is None or not memory.is_array(base):
        raise misused(ctx, node, "np.put_along_axis")
    memory.keep(ctx, base)
    places = []
    for each in range(rank):
        size = ctx.emit(node, "getitem", ctx.emit(node, "shape", base), index=each)
        place = ctx.emit(node, "arange", size)
        spec = (WHOLE_AXIS, *("new",) * (rank - 1 - each))
        places.append(ctx.emit(node, "index", place, spec=spec) if len(spec) > 1 else place)
    places[axis % rank] = array(ctx, node, held["indices"])
    memory.store_item(ctx, node, base, array(ctx, node, held["values"]), ("array",) * rank, places)
    return ctx.const(None)


# -- bins


@intrinsic(np.histogram)
def _histogram(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """The counts, or sums of weights, and the edges of the bins."""
    held = given(ctx, node, np.histogram, args, keywords, "a", "bins", "range", "density", "weights")
    x = array(ctx, node, held["a"])
    edges, *spaced = _edges(ctx, node, held, x)
    weights = [array(ctx, node, held[name]) for name in ("weights",) if name in held and not is_none(held[name])]
    if spaced:  # NumPy sums in another order than with edges
        counts = ctx.emit(node, "histogram", x, spaced[0], *(weights or [ctx.const(None)]), *spaced[1:])
    else:
        counts = ctx.emit(node, "histogram", x, edges, *weights)
    if fixed(ctx, node, held, "density", False):
        total = ctx.emit(node, "sum", counts)
        widths = ctx.emit(node, "diff", edges)
        widths = widths if dtype_of(widths.type) == "float64" else ctx.emit(node, "astype", widths, dtype=np.float64)
        counts = ctx.emit(node, "truediv", ctx.emit(node, "truediv", counts, widths), total)
    return ctx.pack([counts, edges])


def _edges(ctx: Context, node: Any, held: dict[str, Any], x: Value) -> list[Value]:
    """The edges; and where they are evenly spaced, how many bins there are and the two ends."""
    bins = array(ctx, node, held["bins"]) if "bins" in held else ctx.const(10)
    if rank_of(bins.type) == 1:
        return [bins]
    limits = containers.items(ctx, node, held["range"]) if "range" in held else None
    if limits is None or isinstance(bins.type, Static):
        raise ctx.refuse(
            node,
            "`np.histogram` finds its bins by itself",
            why="the edges would depend on the numbers that are counted",
            fix="give the edges, `bins=[0.0, 0.5, 1.0]`, or `range=(low, high)`",
            kind=NoRule,
        )
    edges = ctx.emit(node, "linspace", *limits, ctx.emit(node, "add", bins, ctx.const(1)))
    kind = dtype_of(x.type) or ""
    if kind.startswith("float") and kind != "float64" and all(isinstance(limit.type, Scalar) for limit in limits):
        edges = ctx.emit(node, "astype", edges, dtype=kind)  # as NumPy makes them
    return [edges, bins, *limits]


@intrinsic(np.unique)
def _unique(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """With `return_index` and its like, a tuple."""
    held = given(ctx, node, np.unique, args, keywords, "ar", "return_index", "return_inverse", "return_counts")
    x = array(ctx, node, held["ar"])
    wanted = [part for part in ("index", "inverse", "counts") if fixed(ctx, node, held, f"return_{part}", False)]
    values = ctx.emit(node, "unique", x)
    return ctx.pack([values, *(ctx.emit(node, "unique_part", x, part=part) for part in wanted)]) if wanted else values


# -- methods


def method(ctx: Context, node: Any, base: Value, name: str, args: Arguments, keywords: Keywords) -> Value | None:
    """A method of an array that is short for something else; None for any other."""
    if name in _UNREAD:
        raise ctx.refuse(
            node,
            f"`.{name}()` of {spoken(base.type)}",
            why="it reads the bytes of the array",
            fix=_UNREAD[name],
            kind=NoRule,
        )
    run = _METHODS.get(name)
    return run(ctx, node, base, args, keywords) if run is not None else None


def _order(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Any:
    if len(args) > 1 or keywords.keys() - {"order"}:
        raise misused(ctx, node, ".ravel")
    return fixed(ctx, node, {"order": args[0]} if args else keywords, "order", "C")


def _in_a_row(opcode: str) -> Callable[..., Value | None]:
    def run(ctx: Context, node: Any, base: Value, args: Arguments, keywords: Keywords) -> Value | None:
        order = _order(ctx, node, args, keywords)
        return None if order == "C" else in_a_row(ctx, node, base, order, opcode)

    return run


def _reshape(ctx: Context, node: Any, base: Value, args: Arguments, keywords: Keywords) -> Value | None:
    if not keywords:
        return None
    if not args or keywords.keys() - {"order"}:
        raise misused(ctx, node, ".reshape")
    return reshaped(ctx, node, base, args, fixed(ctx, node, keywords, "order", "C"))


def _item(ctx: Context, node: Any, base: Value, args: Arguments, keywords: Keywords) -> Value | None:
    """`x.item(i, j)`; one index counts the elements row by row."""
    if keywords:
        return None
    if not args:
        if rank_of(base.type) and all(dim == 1 for dim in shape_of(base.type)):
            first = (ctx.const(0) for _ in shape_of(base.type))
            return _number(ctx, node, ctx.emit(node, "index", base, *first, spec=("int",) * rank_of(base.type)))
        return _number(ctx, node, base) if not is_differentiable(base.type) else None
    index = list(args) if len(args) > 1 else containers.items(ctx, node, args[0])
    if index is None:
        base = ctx.emit(node, "ravel", base, _via="method") if rank_of(base.type) != 1 else base
        index = [args[0]]
    if len(index) != rank_of(base.type):
        raise misused(ctx, node, ".item")
    return _number(ctx, node, ctx.emit(node, "index", base, *index, spec=("int",) * len(index)))


def _number(ctx: Context, node: Any, x: Value) -> Value:
    """The element as a Python number."""
    kind = np.dtype(dtype_of(x.type)).kind
    opcode = {"f": "float", "i": "int", "u": "int", "b": "bool"}.get(kind)
    if opcode is None:
        raise misused(ctx, node, ".item")
    return ctx.emit(node, opcode, x)


def _copy(ctx: Context, node: Any, base: Value, args: Arguments, keywords: Keywords) -> Value | None:
    if not args and not keywords:
        return None
    if _order(ctx, node, args, keywords) != "C":
        raise ctx.refuse(
            node,
            "a copy in another order than row by row",
            why="derivatives are computed with arrays that lie row by row",
            fix="leave the order out: no number depends on it",
            kind=NoRule,
        )
    return ctx.emit(node, "copy", base, _via="method")


@intrinsic(np.copy)
def _np_copy(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    held = given(ctx, node, np.copy, args, keywords, "a", "order")
    if fixed(ctx, node, held, "order", "K") == "K":
        return None if len(held) == 1 else ctx.emit(node, "copy", array(ctx, node, held["a"]))
    return _copy(ctx, node, array(ctx, node, held["a"]), [], {"order": held["order"]})


def _astype(ctx: Context, node: Any, base: Value, args: Arguments, keywords: Keywords) -> Value | None:
    """`x.astype(float, copy=False)` is `np.asarray(x, dtype=float)`."""
    given = dict(keywords)
    copies = given.pop("copy", None)
    if copies is None or not ctx.is_static(copies) or len(args) + len(given) != 1 or set(given) - {"dtype"}:
        return None
    dtype = args[0] if args else given["dtype"]
    if not ctx.is_static(dtype):
        return None
    opcode = "astype" if ctx.static(copies) else "asarray"
    return ctx.emit(node, opcode, base, dtype=np.dtype(ctx.static(dtype)).type)


_METHODS: dict[str, Callable[..., Value | None]] = {
    "copy": _copy,
    "ravel": _in_a_row("ravel"),
    "flatten": _in_a_row("flatten"),
    "reshape": _reshape,
    "item": _item,
    "astype": _astype,
}
_UNREAD = {
    "view": "use `.astype(...)`, or an index such as `x[:]` for another name of the same array",
    "byteswap": "leave the bytes as they are",
    "getfield": "use an index",
    "tobytes": "compute it outside of the function",
    "dump": "save the result outside of the function",
    "dumps": "save the result outside of the function",
    "tofile": "save the result outside of the function",
}
