"""`np.einsum` as users call it: also with lists of axes instead of letters, and of one array, where it may be a view.

np.einsum(a, [0, 1], b, [1, 2], [0, 2])         is read as      np.einsum("ab,bc->ac", a, b)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.errors import NoRule
from adjoint.frontend.calls.intrinsics import intrinsic
from adjoint.frontend.containers.builtin_functions import Arguments, Keywords
from adjoint.frontend.context import Context
from adjoint.ir.core import Value
from adjoint.ir.ops.einsum import LETTERS, spelled
from adjoint.ir.types import rank_of


@intrinsic(np.einsum)
def _einsum(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """None for what the operation of the table does."""
    subscripts, operands = _split(ctx, node, args)
    if subscripts is None or keywords.keys() - {"optimize"}:
        return None
    known = all(map(ctx.is_static, keywords.values()))
    if not known or (len(operands) > 1 and ctx.is_static(args[0])):
        return None
    values = [ctx.data(node, each) for each in operands]
    attrs = {name: ctx.static(value) for name, value in keywords.items()}
    opcode = spelled(subscripts, [rank_of(value.type) for value in values])
    return ctx.emit(node, opcode, *values, subscripts=subscripts, _text="np.einsum", _via="np", **attrs)


def _split(ctx: Context, node: Any, args: Arguments) -> tuple[str | None, list[Value]]:
    """The specification and the operands; None for a specification that is no text and no list of axes."""
    if not args:
        return None, []
    if ctx.is_static(args[0]):
        text = ctx.static(args[0])
        return (text, list(args[1:])) if isinstance(text, str) else (None, [])
    terms = [_term(ctx, node, each) for each in args[1::2]]
    if not terms or any(term is None for term in terms[: len(args) // 2]):
        raise ctx.refuse(
            node,
            "`np.einsum` with axes that are not known before the run",
            why="they decide the shape of the result",
            fix='write the specification as text: `np.einsum("ij,jk->ik", a, b)`',
            kind=NoRule,
        )
    output = "" if len(args) % 2 == 0 else f"->{_term(ctx, node, args[-1])}"
    return ",".join(str(term) for term in terms) + output, list(args[: len(args) - len(args) % 2 : 2])


def _term(ctx: Context, node: Any, value: Value) -> str | None:
    """The letters of a list of axes; None where it is not known."""
    try:
        given = ctx.static(ctx.data(node, value))
    except KeyError:
        return None
    if not isinstance(given, list | tuple):
        return None
    return "".join("..." if axis is Ellipsis else LETTERS[axis] for axis in given)

