"""Functions with a meaning of their own: decided now, written out, or run by the front end.

An intrinsic returns None when the arguments are data and the operation of the table should take over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adjoint.errors import AdjointError
from adjoint.frontend.context import Context
from adjoint.ir import extras
from adjoint.ir.core import Value

Intrinsic = Callable[[Context, Any, list[Value], dict[str, Value]], Value | None]

INTRINSICS: dict[Any, Intrinsic] = {}


def intrinsic(*targets: Any) -> Callable[[Intrinsic], Intrinsic]:
    """Register the meaning of functions."""

    def register(meaning: Intrinsic) -> Intrinsic:
        INTRINSICS.update(dict.fromkeys(targets, meaning))
        return meaning

    return register


def intrinsic_of(target: Any) -> Intrinsic | None:
    """The meaning of a function, if it has one of its own."""
    extras.meet(target)
    try:
        return INTRINSICS.get(target)
    except TypeError:  # not hashable
        return None


def misused(ctx: Context, node: Any, name: str) -> AdjointError:
    """The refusal of a call that has no meaning here."""
    return ctx.refuse(
        node,
        f"this call of `{name}` is not supported",
        why="it makes an object whose length or type is not known now",
        fix="use an array: `np.array(...)`, or write the loop out",
    )
