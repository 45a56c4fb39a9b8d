"""`for i in checkpoint(range(n)):` and `while checkpoint(going):`: the mark that a loop of the IR then carries."""

from __future__ import annotations

from typing import Any

import gast

from adjoint.errors import AdjointError
from adjoint.frontend.calls.intrinsics import intrinsic
from adjoint.frontend.context import Context
from adjoint.frontend.names import dotted
from adjoint.ir.checkpoint import OPTIONS, Checkpoint, checkpoint
from adjoint.ir.core import Value


def mark_of(ctx: Context, header: Any) -> dict[str, Any]:
    """The attrs of a loop with this header: what `checkpoint` around it says."""
    if not isinstance(header, gast.Call) or not _is_checkpoint(ctx, header.func) or len(header.args) != 1:
        return {}
    if any(keyword.arg not in OPTIONS for keyword in header.keywords):
        return {}
    return {"checkpoint": Checkpoint(**{keyword.arg: _number(ctx, keyword) for keyword in header.keywords})}


def inside(header: Any) -> Any:
    """What stands in `checkpoint(...)`."""
    return header.args[0]


def _is_checkpoint(ctx: Context, func: Any) -> bool:
    root, *rest = (dotted(func) or "").split(".")
    if ctx.is_local(root):
        return False
    found: Any = ctx.captured.namespace.get(root, None)
    for name in rest:
        found = getattr(found, name, None)
    return found is checkpoint


def _number(ctx: Context, keyword: Any) -> int | None:
    value = ctx.expression(keyword.value)
    number: Any = ctx.static(value) if ctx.is_static(value) else value
    if number is not None and (type(number) is not int or number < 1):
        raise ctx.refuse(
            keyword.value,
            f"`{keyword.arg}` of `checkpoint` is no number that is known now, 1 or more",
            why="the derivative is written for it",
            fix=f"write the number: `{keyword.arg}=10`",
        )
    return number


@intrinsic(checkpoint)
def _checkpoint(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
    raise _misplaced(ctx, node)


def _misplaced(ctx: Context, node: Any) -> AdjointError:
    return ctx.refuse(
        node,
        "`checkpoint` stands by itself",
        why="it is a mark on a loop, whose derivative it changes",
        fix="write `for i in checkpoint(range(n), slots=10):` or `while checkpoint(going):`, by a name of the module",
    )
