"""NumPy functions and methods that write into an array they are given.

    np.sin(x, out=y)    np.add.at(h, bins, w)    np.copyto(y, x)    np.put(y, i, x)    y.fill(0.0)    y.sort()

Each is written as a store, `y[...] = np.sin(x)`, so that every name of `y` sees it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.errors import AdjointError, NoRule
from adjoint.frontend import memory, subscripts
from adjoint.frontend.builtin_functions import Arguments, Keywords
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.expressions import binary
from adjoint.frontend.intrinsics import intrinsic, misused
from adjoint.frontend.library_operator import BINARY
from adjoint.frontend.objects import object_of
from adjoint.frontend.optionals import is_none
from adjoint.ir.core import Value
from adjoint.ir.types import Array, dtype_of, rank_of, same_dim, shape_of

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
    elif target in _THIRD and len(args) == 3:
        out = args.pop()
    if out is None or is_none(out):
        return None
    mask = keywords.pop("where", None) if isinstance(target, np.ufunc) else None
    out = _only(ctx, node, out)
    result = _under(ctx, node, call, args, keywords, mask) if mask is not None else call(args, keywords)
    return _written(ctx, node, out, result, mask)


_THIRD = (np.dot, np.outer)
"""Functions that take `out` as their third argument by position."""


def _only(ctx: Context, node: Any, out: Value) -> Value:
    """The array given as `out`, which may stand in a tuple."""
    from adjoint.frontend.containers import items

    parts = None if memory.is_array(out) else items(ctx, node, out)
    if parts is not None and len(parts) == 1:
        (out,) = parts
    if not memory.is_array(out):
        raise ctx.refuse(
            node, f"`out` is {spoken(out.type)}", why="results are written into arrays", fix="take the result instead"
        )
    return out


def _under(
    ctx: Context, node: Any, call: Callable[..., Value], args: Arguments, keywords: Keywords, mask: Value
) -> Value:
    """The result where a mask is set: of the elements there alone, if every array has the shape of the mask."""
    arrays = [arg for arg in args if memory.is_array(arg)]
    if not all(isinstance(arg.type, Array) and _same_shape(arg, mask) for arg in arrays):
        raise ctx.refuse(
            node,
            "`where` with arrays of other shapes",
            why="which elements are computed is known for arrays of the shape of the mask",
            fix="write `out[mask] = ...`",
            kind=NoRule,
        )
    chosen = [ctx.emit(node, "index", arg, mask, spec=("mask",)) if memory.is_array(arg) else arg for arg in args]
    return call(chosen, keywords)


def _same_shape(a: Value, b: Value) -> bool:
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
    value = ctx.data(node, value)
    given, wanted = dtype_of(value.type), dtype_of(base.type)
    if given is not None and wanted is not None and not np.can_cast(given, wanted, "same_kind"):
        raise ctx.refuse(
            node,
            f"{spoken(value.type)} does not fit into {spoken(base.type)}",
            why=f"NumPy does not cast {given} to {wanted} here",
            fix="make the array of floats: `np.zeros(n)`, `.astype(float)`",
        )
    if spec == WHOLE and value.type == base.type:
        is_new = value.op is not None and value.name is None
        memory.update(ctx, node, base, value if is_new else _copy(ctx, node, value))
        return
    memory.store_item(ctx, node, base, value, spec, index)


def _copy(ctx: Context, node: Any, value: Value) -> Value:
    return ctx.emit(node, "copy", value)


# -- functions


def _at(opcode: str) -> Callable[[Context, Any, Arguments, Keywords], Value | None]:
    def run(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        """`np.add.at(a, index, b)`: repeated indices count as often as they are there."""
        if len(args) != 3 or keywords or not memory.is_array(args[0]):
            raise misused(ctx, node, f"np.{opcode}.at")
        base, index, value = args
        memory.keep(ctx, base)
        spec, operands = subscripts.spec_of(ctx, node, index)
        value = ctx.data(node, value)
        if opcode == "subtract":
            value = ctx.emit(node, "neg", value)
        memory.add_item(ctx, node, base, value, spec, operands)
        return ctx.const(None)

    return run


for _ufunc, _name in ((np.add, "add"), (np.subtract, "subtract")):
    intrinsic(_ufunc.at)(_at(_name))


@intrinsic(np.copyto)
def _copyto(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) != 2 or not memory.is_array(args[0]) or keywords.keys() - {"where", "casting"}:
        raise misused(ctx, node, "np.copyto")
    base, value = args
    mask = keywords.get("where")
    if mask is None:
        store(ctx, node, base, value)
    else:
        _where(ctx, node, base, mask, value)
    return ctx.const(None)


@intrinsic(np.putmask)
def _putmask(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) != 3 or keywords or not memory.is_array(args[0]):
        raise misused(ctx, node, "np.putmask")
    base, mask, value = args
    if rank_of(ctx.data(node, value).type) and not _same_shape(base, ctx.data(node, value)):
        raise misused(ctx, node, "np.putmask")
    _where(ctx, node, base, mask, value)
    return ctx.const(None)


def _where(ctx: Context, node: Any, base: Value, mask: Value, value: Value) -> None:
    """`base[mask] = value` with a value of the shape of the array, or of one that broadcasts to it."""
    mask, value = ctx.data(node, mask), ctx.data(node, value)
    if not rank_of(value.type) and _same_shape(base, mask):
        store(ctx, node, base, value, ("mask",), mask)
    elif _same_shape(base, mask) and _same_shape(base, value):
        store(ctx, node, base, ctx.emit(node, "index", value, mask, spec=("mask",)), ("mask",), mask)
    else:
        store(ctx, node, base, ctx.emit(node, "where", mask, value, base))


@intrinsic(np.put)
def _put(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """`np.put(a, index, values)`: into the array as if it had one dimension."""
    if len(args) != 3 or keywords or not memory.is_array(args[0]):
        raise misused(ctx, node, "np.put")
    base, index, value = args
    memory.keep(ctx, base)
    flat = base if rank_of(base.type) == 1 else ctx.emit(node, "reshape", base, ctx.const((-1,)))
    spec, operands = subscripts.spec_of(ctx, node, index)
    value = ctx.data(node, value)
    if len(spec) != 1 or spec[0] not in ("int", "array") or rank_of(value.type) > (spec[0] == "array"):
        raise misused(ctx, node, "np.put")
    new = ctx.emit(node, "index_set", flat, memory.fitting(ctx, node, base, value), *operands, spec=tuple(spec))
    if flat is not base:
        new = ctx.emit(node, "reshape", new, ctx.emit(node, "shape", base))
    memory.update(ctx, node, base, new)
    return ctx.const(None)


@intrinsic(np.fill_diagonal)
def _fill_diagonal(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) != 2 or keywords or rank_of(args[0].type) != 2:
        raise misused(ctx, node, "np.fill_diagonal")
    base, value = args[0], ctx.data(node, args[1])
    if rank_of(value.type) > 1:
        raise misused(ctx, node, "np.fill_diagonal")
    sizes = [ctx.emit(node, "getitem", ctx.emit(node, "shape", base), index=axis) for axis in (0, 1)]
    count = sizes[0] if same_dim(*shape_of(base.type)) else ctx.emit(node, "min_of", *sizes)
    index = ctx.emit(node, "arange", count)
    store(ctx, node, base, value, ("array", "array"), index, index)
    return ctx.const(None)


@intrinsic(np.ix_)
def _ix(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """`np.ix_(rows, columns)`: each index along an axis of its own."""
    if keywords:
        raise misused(ctx, node, "np.ix_")
    parts = [ctx.emit(node, "asarray", ctx.data(node, arg)) for arg in args]
    whole = ("slice", False, False, False)
    specs = [tuple(whole if axis == n else "new" for axis in range(len(parts))) for n in range(len(parts))]
    return ctx.pack([ctx.emit(node, "index", part, spec=spec) for part, spec in zip(parts, specs)])


def _refused(name: str, why: str, fix: str) -> Callable[[Context, Any, Arguments, Keywords], Value | None]:
    def run(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        raise ctx.refuse(node, f"`{name}` changes an array in place", why=why, fix=fix, kind=NoRule)

    return run


for _target in (np.place, np.random.shuffle):
    intrinsic(_target)(
        _refused(
            f"np.{_target.__name__}",
            "which elements go where is known at run time only",
            "compute the positions first, and store at them: `a[index] = ...`",
        )
    )


def _in_place(opcode: str) -> Callable[[Context, Any, Arguments, Keywords], Value | None]:
    def run(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        """`operator.iadd(a, b)`: in place for arrays, a new number otherwise."""
        if len(args) != 2 or keywords or object_of(args[0]) is not None:
            raise misused(ctx, node, "operator")
        old, amount = args
        if not memory.is_array(old):
            return binary(ctx, node, opcode, old, amount)
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


def _put_method(ctx: Context, node: Any, base: Value, args: Arguments, keywords: Keywords) -> Value:
    result = _put(ctx, node, [base, *args], keywords)
    assert result is not None
    return result


def _sort(ctx: Context, node: Any, base: Value, args: Arguments, keywords: Keywords) -> Value:
    """`x.sort()` of a vector: its elements in the order of `np.argsort(x)`."""
    if args or keywords.keys() - {"axis", "kind"} or rank_of(base.type) != 1:
        raise ctx.refuse(
            node,
            f"this `.sort()` of {spoken(base.type)} is not supported",
            why="one vector is sorted at a time",
            fix="sort the rows in a loop: `for row in x: row.sort()`",
            kind=NoRule,
        )
    memory.keep(ctx, base)
    order = ctx.emit(node, "argsort", base)
    memory.update(ctx, node, base, ctx.emit(node, "index", base, order, spec=("array",)))
    return ctx.const(None)


_METHODS: dict[str, Callable[[Context, Any, Value, Arguments, Keywords], Value]] = {
    "fill": _fill,
    "put": _put_method,
    "sort": _sort,
}
_REFUSED = {
    "partition": "sort the array, or take the smallest of it with `np.min`",
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
    if name in _METHODS:
        return _METHODS[name](ctx, node, base, args, keywords)
    if name in _REFUSED:
        raise refuse_method(ctx, node, base, name)
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


__all__ = ["method", "store", "with_out"]
