"""NumPy functions and methods that write into an array they are given.

    np.sin(x, out=y)    np.fill_diagonal(a, x)    operator.iadd(y, x)    y.fill(0.0)    y.sort()

Each is written as a store, `y[...] = np.sin(x)`, so that every name of `y` sees it.
"""

from __future__ import annotations

import inspect
import operator
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.errors import AdjointError, NoRule
from adjoint.frontend.calls.intrinsics import intrinsic, misused
from adjoint.frontend.containers.builtin_functions import Arguments, Keywords
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.expressions import binary
from adjoint.frontend.library.operator import BINARY
from adjoint.frontend.storage import fitting, memory, overlaps, sharing, zero_dimensional
from adjoint.frontend.subscripts import as_indices
from adjoint.frontend.values.objects import object_of
from adjoint.frontend.values.optionals import is_none
from adjoint.ir.core import Value
from adjoint.ir.types import dtype_of, rank_of, same_dim, shape_of

WHOLE = ("...",)
"""The index of all of an array."""


# -- out=


def with_out(
    ctx: Context, node: Any, target: Any, args: Arguments, keywords: Keywords, call: Callable[..., Value]
) -> Value | None:
    """A call whose result goes into an array that is given; None for any other call.

    `call(args, keywords)` makes the same call without it.
    """
    args, keywords = list(args), dict(keywords)
    out = keywords.pop("out", None)
    if isinstance(target, np.ufunc) and len(args) > target.nin:
        out, args = args[target.nin], args[: target.nin]
    elif out is None and len(args) > _LEAST_BEFORE_OUT:
        place, names = _place_of_out(target)
        if len(args) > place:
            out, keywords = args[place], {**dict(zip(names, args[place + 1 :])), **keywords}
            args = args[:place]
    if out is None or is_none(out):
        return None
    mask = keywords.pop("where", None) if isinstance(target, np.ufunc) else None
    out = _only(ctx, node, out)
    if mask is not None:
        mask, *args = (fitting.as_numbers(ctx, node, ctx.data(node, each)) for each in (mask, *args))
    arrays = [part for arg in args for part in _arrays_of(ctx, node, arg)]
    for each in [] if _copies(target) else arrays:
        sharing.check_overlap(ctx, node, out, each, exact=False)
    if mask is not None:
        mask = _as_large(ctx, node, mask, out)
        result = call([_under(ctx, node, each, mask, out) for each in args], keywords)
        is_cast = dtype_of(result.type) != dtype_of(out.type)  # then NumPy writes what it has not computed, too
        for each in arrays if is_cast else []:
            if ctx.places.get(each) is not ctx.places.get(out):
                sharing.check_overlap(ctx, node, out, each, exact=False)
    else:
        result = call(args, keywords)
    if target in (np.cumsum, np.cumprod) and rank_of(result.type) < rank_of(out.type):
        result = ctx.emit(node, "reshape", result, ctx.emit(node, "shape", out))
    return _written(ctx, node, out, result, mask)


_LEAST_BEFORE_OUT = 2
"""How many parameters stand before `out` in each function, counting the array of a method."""


def _place_of_out(target: Any) -> tuple[int, list[str]]:
    """Where a function takes `out` by position, and which parameters come behind it."""
    if not callable(target) or isinstance(target, np.ufunc):
        return sys.maxsize, []
    try:
        parameters = inspect.signature(target).parameters.values()
        names = [each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]
    except ValueError:  # some that are written in C
        names = []
    return (names.index("out"), names[names.index("out") + 1 :]) if "out" in names else (sys.maxsize, [])


_COPYING: tuple[Any, ...] = (np.matmul, np.dot, np.cumsum, np.cumprod, np.clip, np.round, np.around, np.take, np.choose)
_COPYING += (np.sum, np.prod, np.mean, np.max, np.min, np.amax, np.amin, np.compress)
"""Functions that make a copy of an operand that lies in the memory of `out`."""


def _copies(target: Any) -> bool:
    """Whether a function is one of those, an elementwise ufunc or a method of one."""
    ufunc = target if isinstance(target, np.ufunc) else getattr(target, "__self__", None)
    return target in _COPYING or (isinstance(ufunc, np.ufunc) and ufunc.signature is None)


def _arrays_of(ctx: Context, node: Any, value: Value) -> list[Value]:
    from adjoint.frontend.containers.containers import items

    parts = None if memory.is_array(value) else items(ctx, node, value)
    found = [value] if parts is None else [each for part in parts for each in _arrays_of(ctx, node, part)]
    return [memory.load(ctx, node, each) for each in found]


def _only(ctx: Context, node: Any, out: Value) -> Value:
    """The array given as `out`, which may stand in a tuple."""
    from adjoint.frontend.containers.containers import items

    parts = None if memory.is_array(out) else items(ctx, node, out)
    if parts is not None and len(parts) == 1:
        (out,) = parts
    if not memory.is_array(out):
        raise ctx.refuse(
            node, f"`out` is {spoken(out.type)}", why="results are written into arrays", fix="take the result instead"
        )
    return out


def _under(ctx: Context, node: Any, arg: Value, mask: Value, out: Value) -> Value:
    """The elements of an operand where the mask is set: of the elements there alone the result is computed."""
    if not memory.is_array(arg):
        return arg
    return ctx.emit(node, "index", _as_large(ctx, node, arg, out), mask, spec=("mask",))


def _as_large(ctx: Context, node: Any, value: Value, out: Value) -> Value:
    """An array with the shape of `out`."""
    if same_shape(value, out):
        return value
    return ctx.emit(node, "broadcast_to", value, ctx.emit(node, "shape", memory.load(ctx, node, memory.keep(ctx, out))))


def same_shape(a: Value, b: Value) -> bool:
    """Whether two arrays surely have one shape."""
    one, other = shape_of(a.type), shape_of(b.type)
    return len(one) == len(other) and all(map(same_dim, one, other))


def _written(ctx: Context, node: Any, out: Value, result: Value, mask: Value | None = None) -> Value:
    """`out[...] = result`, of `out[mask]` where a mask is given; the array itself."""
    held = memory.keep(ctx, out)
    result = ctx.data(node, result)
    if mask is not None:
        store(ctx, node, out, result, ("mask",), mask)
    else:
        store(ctx, node, out, result)
    return memory.load(ctx, node, held)


def store(ctx: Context, node: Any, base: Value, value: Value, spec: tuple[Any, ...] = WHOLE, *index: Value) -> None:
    """`base[index] = value`, by default of the whole array. Refused for a dtype that NumPy does not cast to."""
    memory.keep(ctx, base)
    value = fitting.as_numbers(ctx, node, ctx.data(node, value))
    given, wanted = dtype_of(value.type), dtype_of(base.type)
    if given is not None and wanted is not None and not np.can_cast(given, wanted, "same_kind"):
        raise ctx.refuse(
            node,
            f"{spoken(value.type)} does not fit into {spoken(base.type)}",
            why=f"NumPy does not cast {given} to {wanted} here",
            fix="make the array of floats: `np.zeros(n)`, `.astype(float)`",
        )
    overlaps.check_order(ctx, node, base, value, spec, index)
    if spec == WHOLE and value.type == base.type:
        is_new = value.op is not None and value.name is None
        memory.update(ctx, node, base, value if is_new else _copy(ctx, node, value))
        return
    memory.store_item(ctx, node, base, value, spec, index)


def _copy(ctx: Context, node: Any, value: Value) -> Value:
    return ctx.emit(node, "copy", value)


# -- functions


@intrinsic(np.fill_diagonal)
def _fill_diagonal(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) != 2 or keywords or rank_of(args[0].type) != 2:
        raise misused(ctx, node, "np.fill_diagonal")
    base = memory.load(ctx, node, memory.keep(ctx, args[0]))
    value = fitting.as_numbers(ctx, node, ctx.data(node, args[1]))
    sharing.check_overlap(ctx, node, base, value, exact=False)
    sizes = [ctx.emit(node, "getitem", ctx.emit(node, "shape", base), index=axis) for axis in (0, 1)]
    count = sizes[0] if same_dim(*shape_of(base.type)) else ctx.emit(node, "min_of", *sizes)
    index = ctx.emit(node, "arange", count)
    value = fitting.as_many_or_known(ctx, node, value, index)
    store(ctx, node, base, value, ("array", "array"), index, index)
    return ctx.const(None)


@intrinsic(np.ix_)
def _ix(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """`np.ix_(rows, columns)`: each index along an axis of its own."""
    if keywords:
        raise misused(ctx, node, "np.ix_")
    parts = [ctx.emit(node, "asarray", ctx.data(node, as_indices(ctx, node, arg))) for arg in args]
    parts = [ctx.emit(node, "flatnonzero", part) if dtype_of(part.type) == "bool" else part for part in parts]
    whole = ("slice", False, False, False)
    specs = [tuple(whole if axis == n else "new" for axis in range(len(parts))) for n in range(len(parts))]
    return ctx.pack([ctx.emit(node, "index", part, spec=spec) for part, spec in zip(parts, specs)])


def _in_place(opcode: str) -> Callable[[Context, Any, Arguments, Keywords], Value | None]:
    def run(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        """`operator.iadd(a, b)`: in place for arrays, a new number otherwise."""
        if len(args) != 2 or keywords or object_of(args[0]) is not None:
            raise misused(ctx, node, "operator")
        old, amount = args
        if not memory.is_array(old):
            new = binary(ctx, node, opcode, old, amount)
            zero_dimensional.note_changed(ctx, node, old, new, binds=False)
            if zero_dimensional.comes_in(old):
                ctx.specializations.augmenting.add(ctx.specializations.stack[-1].target)
            return new
        held = memory.keep(ctx, old)
        memory.update(ctx, node, old, binary(ctx, node, opcode, old, amount))
        return memory.load(ctx, node, held)

    return run


for _function, _name in BINARY.items():
    _changing = getattr(operator, f"i{_function.__name__.strip('_')}", None)
    if _changing is not None:
        intrinsic(_changing)(_in_place(_name))


# -- methods


def _fill(ctx: Context, node: Any, base: Value, args: Arguments, keywords: Keywords) -> Value:
    if len(args) != 1 or keywords or rank_of(args[0].type):
        raise misused(ctx, node, ".fill")
    memory.keep(ctx, base)
    memory.store_item(ctx, node, base, ctx.data(node, args[0]), WHOLE, ())
    return ctx.const(None)


def _sort(ctx: Context, node: Any, base: Value, args: Arguments, keywords: Keywords) -> Value:
    """`x.sort()`: the elements of a vector in the order of `np.argsort(x)`, along an axis as `np.sort` gives them."""
    memory.keep(ctx, base)
    if rank_of(base.type) == 1 and not args and not keywords.keys() - {"axis", "kind"}:
        order = ctx.emit(node, "argsort", base)
        memory.update(ctx, node, base, ctx.emit(node, "index", base, order, spec=("array",)))
        return ctx.const(None)
    return _as_function(np.sort)(ctx, node, base, args, keywords)


def _view(ctx: Context, node: Any, base: Value, args: Arguments, keywords: Keywords) -> Value:
    """`x.view()`: the same elements under another name."""
    if args or keywords:
        raise ctx.refuse(
            node,
            "`.view()` with a type reads the bytes of an array as something else",
            why="that has no derivative",
            fix="convert the numbers: `.astype(...)`; without arguments it is the array under another name",
            kind=NoRule,
        )
    return base


def _as_function(function: Callable[..., Any]) -> Callable[[Context, Any, Value, Arguments, Keywords], Value]:
    """A method that leaves in the array what a function of NumPy makes of it."""

    def run(ctx: Context, node: Any, base: Value, args: Arguments, keywords: Keywords) -> Value:
        from adjoint.frontend.calls.calls import call_value

        memory.keep(ctx, base)
        made = call_value(ctx, node, ctx.const(function), [base, *args], keywords, f"np.{function.__name__}")
        memory.update(ctx, node, base, made)
        return ctx.const(None)

    return run


METHODS: dict[str, Callable[[Context, Any, Value, Arguments, Keywords], Value]] = {
    "fill": _fill,
    "sort": _sort,
    "partition": _as_function(np.partition),
    "view": _view,
}
"""The methods that write into their array or are a part of it; other modules add to them."""
_REFUSED = {
    "resize": "make a new array: `np.concatenate`, `np.zeros`",
    "setfield": "store with an index: `x[...] = ...`",
    "byteswap": "make a new array",
    "setflags": "leave the flags as they are",
    "itemset": "store with an index: `x[i] = ...`",
}


def method(
    ctx: Context, node: Any, base: Value, name: str, args: Arguments, keywords: Keywords, call: Callable[..., Value]
) -> Value | None:
    """A method of an array that writes into an array; None for one that does not. `call`: see `with_out`."""
    if name in METHODS:
        return METHODS[name](ctx, node, base, args, keywords)
    if name in _REFUSED:
        raise refuse_method(ctx, node, base, name)
    place, names = _place_of_out(getattr(np, name, None)) if len(args) >= _LEAST_BEFORE_OUT else (sys.maxsize, [])
    if len(args) >= place:  # of the function, which takes the array as well
        args, keywords = args[: place - 1], {"out": args[place - 1], **dict(zip(names, args[place:])), **keywords}
    return with_out(ctx, node, None, args, keywords, call)


def refuse_method(ctx: Context, node: Any, base: Value, name: str) -> AdjointError:
    """The refusal of a method that changes an array in a way that has no rule."""
    return ctx.refuse(
        node,
        f"`.{name}()` changes {spoken(base.type)} in place",
        why="what becomes of the elements has no rule",
        fix=_REFUSED[name],
        kind=NoRule,
    )


__all__ = ["METHODS", "method", "same_shape", "store", "with_out"]
