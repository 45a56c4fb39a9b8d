"""Methods of ufuncs, functions that give pairs, and functions whose meaning depends on how many arguments they get.

np.add.reduce(x)       np.sum(x, axis=0)            np.modf(x)           (np.modf(x)[0], np.modf(x)[1])
np.subtract.outer      a[:, None] - b               np.gradient(f)       one array for each axis
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.frontend.calls.intrinsics import intrinsic, misused
from adjoint.frontend.containers.builtin_functions import Arguments, Keywords
from adjoint.frontend.context import Context
from adjoint.frontend.expressions import binary
from adjoint.frontend.values.optionals import is_none
from adjoint.ir.core import Value
from adjoint.ir.shapes import normalize_axes
from adjoint.ir.types import Array, List, Scalar, Tuple, rank_of

_REDUCTIONS: dict[Any, Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.logical_and: np.all,
    np.logical_or: np.any,
}
_RUNNING: dict[Any, Callable[..., Any]] = {np.add: np.cumsum, np.multiply: np.cumprod}


def _call(ctx: Context, node: Any, function: Any, args: Arguments, keywords: Keywords) -> Value:
    from adjoint.frontend.calls.calls import call_value

    return call_value(ctx, node, ctx.const(function), args, keywords, f"np.{function.__name__}")


def _along_first(method: Any, function: Callable[..., Any], names: tuple[str, ...]) -> None:
    """A method of a ufunc is a function of its own, along the first axis if no other is named."""

    @intrinsic(method)
    def run(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        if not 1 <= len(args) <= 1 + len(names):
            raise misused(ctx, node, f"{method.__self__.__name__}.{method.__name__}")
        given = {"axis": ctx.const(0)} | dict(zip(names, args[1:])) | dict(keywords)
        return _call(ctx, node, function, args[:1], {k: v for k, v in given.items() if k != "dtype" or not is_none(v)})


for _ufunc, _function in _REDUCTIONS.items():
    _along_first(_ufunc.reduce, _function, ("axis", "dtype", "out", "keepdims", "initial", "where"))
for _ufunc, _function in _RUNNING.items():
    _along_first(_ufunc.accumulate, _function, ("axis", "dtype", "out"))


def _outer(ufunc: Any) -> None:
    @intrinsic(ufunc.outer)
    def run(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        """Every element of the one with every element of the other: broadcasting does it."""
        if len(args) != 2 or keywords:
            raise misused(ctx, node, f"{ufunc.__name__}.outer")
        a, b = (_as_array(ctx, node, arg) for arg in args)
        if rank_of(a.type) and rank_of(b.type):
            spec = (*[("slice", False, False, False)] * rank_of(a.type), *["new"] * rank_of(b.type))
            a = ctx.emit(node, "index", a, spec=spec)
        return _call(ctx, node, ufunc, [a, b], {})


for _ufunc in vars(np).copy().values():
    if isinstance(_ufunc, np.ufunc) and _ufunc.nin == 2 and _ufunc.nout == 1 and _ufunc.signature is None:
        _outer(_ufunc)


def _as_array(ctx: Context, node: Any, value: Value) -> Value:
    value = ctx.data(node, value)
    return ctx.emit(node, "asarray", value) if isinstance(value.type, List | Tuple) else value


# pairs


def _pair(function: Any, name: str, ns: str) -> None:
    @intrinsic(function)
    def run(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        if len(args) != 1 or keywords or not isinstance(args[0].type, Array | Scalar):
            raise misused(ctx, node, f"{ns}.{name}")
        return ctx.pack([ctx.emit(node, f"{name}_{part}", args[0], ns=ns) for part in (0, 1)])


for _name in ("modf", "frexp"):
    _pair(getattr(np, _name), _name, "np")
    _pair(getattr(math, _name), _name, "math")


@intrinsic(np.divmod)
def _divmod(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) != 2 or keywords:
        raise misused(ctx, node, "np.divmod")
    return ctx.pack([_call(ctx, node, function, list(args), {}) for function in (np.floor_divide, np.remainder)])


@intrinsic(np.average)
def _average(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """With `returned=True` the sum of the weights as well, in the shape of the average."""
    names = ("a", "axis", "weights", "returned")
    given = dict(zip(names, args)) | dict(keywords)
    wanted = given.pop("returned", None)
    if wanted is None:
        return None
    if not ctx.is_static(wanted) or len(args) > len(names) or "a" not in given:
        raise misused(ctx, node, "np.average")
    x = given.pop("a")
    mean = _call(ctx, node, np.average, [x], given)
    if not ctx.static(wanted):
        return mean
    weights = given.pop("weights", None)
    x, shape = _as_array(ctx, node, x), {name: value for name, value in given.items() if name in ("axis", "keepdims")}
    if weights is None or is_none(weights):
        total = binary(ctx, node, "truediv", ctx.emit(node, "size", x), ctx.emit(node, "size", mean))
    else:
        weights = _as_array(ctx, node, weights)
        total = _call(ctx, node, np.sum, [weights], shape if rank_of(weights.type) == rank_of(x.type) else {})
    return ctx.pack([mean, ctx.emit(node, "full_like", mean, total)])


# as many results as axes


@intrinsic(np.gradient)
def _gradient(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if not args or set(keywords) - {"axis", "edge_order"}:
        raise misused(ctx, node, "np.gradient")
    f, spacings = _as_array(ctx, node, args[0]), list(args[1:])
    rank = rank_of(f.type)
    axis = keywords.get("axis")
    if not rank or not (axis is None or ctx.is_static(axis)):
        raise misused(ctx, node, "np.gradient")
    wanted = None if axis is None else ctx.static(axis)
    axes = [each % rank for each in wanted] if isinstance(wanted, tuple) else list(normalize_axes(wanted, rank))
    if len(spacings) == 1 and (rank_of(spacings[0].type) == 0 and isinstance(spacings[0].type, Array | Scalar)):
        spacings *= len(axes)
    if len(spacings) not in (0, len(axes)):
        raise misused(ctx, node, "np.gradient")
    order = ctx.static(keywords["edge_order"]) if "edge_order" in keywords else 1
    slopes = []
    for number, at in enumerate(axes):
        spacing = [_as_array(ctx, node, each) for each in spacings[number : number + 1]]
        place = None if rank == 1 else at
        slopes.append(ctx.emit(node, "gradient", f, *spacing, axis=place, edge_order=order))
    if len(axes) == 1:
        return slopes[0]
    return ctx.pack(slopes) if np.lib.NumpyVersion(np.__version__) >= "2.0.0" else ctx.new_list(slopes)


# functions of math


@intrinsic(math.log)
def _log(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """With a base, the quotient of two logarithms, as Python computes it."""
    if len(args) != 2 or keywords:
        return None
    return binary(ctx, node, "truediv", *(ctx.emit(node, "log", arg, ns="math") for arg in args))


@intrinsic(math.hypot)
def _hypot(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) == 2 or keywords:
        return None
    return ctx.emit(node, "hypot_of", *args) if args else ctx.const(0.0)
