"""Functions of `scipy.linalg` that give or take a pair of an array and a flag."""

from __future__ import annotations

from typing import Any

from scipy import linalg

from adjoint.frontend.calls.intrinsics import intrinsic, misused
from adjoint.frontend.calls.operations import call_operation
from adjoint.frontend.context import Context
from adjoint.frontend.names import dotted
from adjoint.ir import binding
from adjoint.ir.core import Value
from adjoint.ir.types import Tuple


def _call(ctx: Context, node: Any, target: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
    found = binding.definition_of(target)
    assert found is not None
    return call_operation(ctx, node, target, found, args, keywords, dotted(node.func) or target.__name__)


@intrinsic(linalg.cho_factor)
def _cho_factor(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
    """A pair of which the second item is known now."""
    factor = _call(ctx, node, linalg.cho_factor, args, keywords)
    assert factor.op is not None
    return ctx.pack([factor, ctx.const(bool(factor.op.attrs.get("lower", False)))])


@intrinsic(linalg.cho_solve)
def _cho_solve(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
    pair, *rest = args
    if not isinstance(pair.type, Tuple) or len(pair.type.items) != 2:
        raise misused(ctx, node, "cho_solve")
    return _call(ctx, node, linalg.cho_solve, [*ctx.parts(pair), *rest], keywords)


@intrinsic(linalg.lu_solve)
def _lu_solve(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
    pair, *rest = args
    if not isinstance(pair.type, Tuple) or len(pair.type.items) != 2:
        raise misused(ctx, node, "lu_solve")
    return _call(ctx, node, linalg.lu_solve, [*ctx.parts(pair), *rest], keywords)
