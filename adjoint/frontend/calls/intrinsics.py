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


REFUSING: set[Any] = set()
"""Functions that are known, and always refused with a reason of their own."""


def refusing(*targets: Any) -> Callable[[Intrinsic], Intrinsic]:
    """Register the refusal of functions."""
    REFUSING.update(targets)
    return intrinsic(*targets)


OF_CLASSES: dict[type, Callable[..., Value]] = {}
"""The meaning of calls of objects of a class; the object comes behind the node."""
FOREIGN: dict[type, Callable[..., Value]] = {}
"""What attributes of run-time objects of a class mean, and operators on them (as `__matmul__`): given the object and
the name."""


def meaning_of_foreign(cls: type) -> Callable[..., Value] | None:
    """What attributes and operators mean for objects of a class of another library."""
    extras.meet(cls)
    return next((FOREIGN[base] for base in cls.__mro__ if base in FOREIGN), None)


def intrinsic_of(target: Any) -> Intrinsic | None:
    """The meaning of a function, if it has one of its own."""
    extras.meet(target)
    try:
        found = INTRINSICS.get(target)
    except TypeError:  # not hashable
        return None
    meaning = next((OF_CLASSES[cls] for cls in type(target).__mro__ if cls in OF_CLASSES), None)
    if found is not None or meaning is None:
        return found
    return lambda ctx, node, args, keywords: meaning(ctx, node, target, args, keywords)


def misused(ctx: Context, node: Any, name: str) -> AdjointError:
    """The refusal of a call that has no meaning here."""
    return ctx.refuse(
        node,
        f"this call of `{name}` is not supported",
        why="it makes an object whose length or type is not known now",
        fix="use an array: `np.array(...)`, or write the loop out",
    )
