"""Builtins that ask what a value is: its class, its attributes."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from adjoint.frontend.calls.intrinsics import intrinsic, misused
from adjoint.frontend.containers.builtin_functions import Arguments, Keywords
from adjoint.frontend.containers.methods import HELD, OF_LIBRARY
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.expressions import conditional
from adjoint.frontend.values.exactness import is_float, is_numpy_scalar
from adjoint.frontend.values.objects import LIST, Bound, Cell, Choice, Closure, Run, Slice, Special, object_of
from adjoint.frontend.values.optionals import flag_of, present, resolved
from adjoint.ir.core import Value
from adjoint.ir.types import Array, List, Scalar, Static, Tuple, Undef


@intrinsic(builtins.isinstance)
def _isinstance(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) != 2 or keywords:
        raise misused(ctx, node, "isinstance")
    wanted = ctx.static(args[1]) if ctx.is_static(args[1]) else ()
    kinds: tuple[Any, ...] = wanted if isinstance(wanted, tuple) else (wanted,)
    if isinstance(args[0].type, Undef):
        return ctx.blocked(args[0])
    flag = flag_of(resolved(ctx, args[0]))
    if flag is not None:
        others = conditional(
            ctx,
            node,
            flag,
            lambda: ctx.const(any(issubclass(type(None), each) for each in kinds)),
            lambda: _isinstance(ctx, node, [present(ctx, args[0]), args[1]], {}) or ctx.undef(),
            "ternary",
        )
        return others
    answers = {any(issubclass(kind, each) for each in kinds) for kind in possible_kinds(ctx, node, args[0])}
    if len(answers) != 1:
        raise ctx.refuse(
            node,
            f"`isinstance` of {spoken(args[0].type)} is not known before the run",
            why="an int may stand where a float is declared, and a Python number where a NumPy scalar is",
            fix="test for the whole family: `isinstance(x, (int, float))`, `isinstance(x, np.ndarray)`",
        )
    return ctx.const(answers.pop())


def possible_kinds(ctx: Context, node: Any, value: Value) -> list[type]:
    """The classes that a value may have at run time."""
    value = resolved(ctx, value)
    t, thing = value.type, object_of(value)
    if is_float(ctx, value):
        return [float]
    if isinstance(t, Array) and is_numpy_scalar(ctx, value):
        return [np.dtype(t.dtype).type]
    if isinstance(t, Static):
        return [type(t.value)]
    if isinstance(thing, Cell):
        held = ctx.seen(node, thing)
        layout = LIST if isinstance(held, Run) else held.layout
        if HELD in layout.keys and layout.cls is not None:
            return [next(cls for cls in layout.cls.__mro__ if cls in OF_LIBRARY)]
        return [layout.cls if layout.cls is not None else {"list": list, "dict": dict}.get(layout.kind, object)]
    if isinstance(thing, Slice):
        return [slice]
    if thing is not None:
        return [type(possible_kinds) if isinstance(thing, Closure | Bound | Special | Choice) else object]
    if isinstance(t, Tuple):
        return [t.layout.cls if t.layout is not None and t.layout.cls is not None else tuple]
    if isinstance(t, List):
        return [list]
    if isinstance(t, Array) and t.rank:
        return [np.ndarray]
    if isinstance(t, Array):
        return [np.ndarray, np.dtype(t.dtype).type, float, int]
    if not isinstance(t, Scalar):
        return [object]
    order = [bool, int, float, complex]
    exact = {"bool": bool, "int": int, "float": float, "complex": complex}[t.kind]
    return [exact] if exact in (bool, int) else [np.float64, *order[1 : order.index(exact) + 1]]


@intrinsic(builtins.type)
def _type(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) != 1:
        raise misused(ctx, node, "type")
    kinds = possible_kinds(ctx, node, args[0])
    if len(kinds) != 1:
        raise ctx.refuse(
            node,
            f"`type` of {spoken(args[0].type)} is not known before the run",
            why="an int may stand where a float is declared, and a NumPy scalar where a Python number is",
            fix="use `isinstance` with the whole family: `isinstance(x, (int, float))`",
        )
    return ctx.const(kinds[0])


@intrinsic(builtins.issubclass, builtins.id)
def _static_only(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) == 2 and all(map(ctx.is_static, args)):
        return ctx.const(issubclass(ctx.static(args[0]), ctx.static(args[1])))
    raise misused(ctx, node, "this")


@intrinsic(builtins.callable)
def _callable(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    from adjoint.frontend.attributes import method_of

    (value,) = args
    thing = object_of(value)
    if isinstance(value.type, Static):
        return ctx.const(callable(value.type.value))
    if isinstance(thing, Closure | Bound | Special | Choice):
        return ctx.const(True)
    return ctx.const(method_of(ctx, node, value, "__call__") is not None)


@intrinsic(builtins.getattr)
def _getattr(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    from adjoint.frontend.attributes import attribute, find

    if len(args) < 2 or not ctx.is_static(args[1]):
        raise misused(ctx, node, "getattr")
    base, name = args[0], ctx.static(args[1])
    if len(args) == 3:
        if isinstance(base.type, Static):
            return attribute(ctx, None, base, name) if hasattr(base.type.value, name) else args[2]
        found = find(ctx, node, base, name)
        return args[2] if found is None else found
    return attribute(ctx, node, base, name)


@intrinsic(builtins.hasattr)
def _hasattr(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    from adjoint.frontend.attributes import find

    if len(args) != 2 or not ctx.is_static(args[1]):
        raise misused(ctx, node, "hasattr")
    base, name = args[0], ctx.static(args[1])
    if isinstance(base.type, Static):
        return ctx.const(hasattr(base.type.value, name))
    if isinstance(base.type, Array | Scalar):
        return ctx.const(hasattr(np.ndarray if isinstance(base.type, Array) else float, name))
    return ctx.const(find(ctx, node, base, name) is not None)


@intrinsic(builtins.setattr)
def _setattr(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    from adjoint.frontend.attributes import store

    if len(args) != 3 or not ctx.is_static(args[1]):
        raise misused(ctx, node, "setattr")
    store(ctx, node, args[0], ctx.static(args[1]), args[2])
    return ctx.const(None)


@intrinsic(builtins.vars)
def _vars(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    from adjoint.frontend.attributes import find

    return find(ctx, node, args[0], "__dict__") if args else None
