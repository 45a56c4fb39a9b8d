"""Calls whose results are stored where what the function was given stands: `a[i] = f(a[i])`."""

from __future__ import annotations

from typing import Any

import gast

from adjoint.frontend.context import Context
from adjoint.frontend.storage.sharing import is_array_in
from adjoint.frontend.values.objects import Cell, object_of


def is_replaced(ctx: Context, target: Any, call: Any) -> bool:
    """Whether a call is given the part of an array that its result is stored in, and nothing else of that array."""
    if not isinstance(target, gast.Subscript) or not isinstance(target.value, gast.Name):
        return False
    cell = object_of(ctx.held(target.value.id))
    if not isinstance(cell, Cell) or not is_array_in(ctx.heap, cell):
        return False  # a list holds what is put into it
    if not all(isinstance(part, _SIMPLE) for part in gast.walk(target.slice)):
        return False
    given = [*call.args, *(each.value for each in call.keywords)]
    texts = [gast.unparse(target), *([target.value.id] if gast.unparse(target.slice) in (":", "...") else [])]
    same = [each for each in given if gast.unparse(each) in texts]
    parts = (part for each in (call.func, *given) if each not in same for part in gast.walk(each))
    return len(same) == 1 and not any(isinstance(part, gast.Name) and part.id == target.value.id for part in parts)


_PARTS_OF_INDEX = (gast.operator, gast.unaryop, gast.expr_context)
_SIMPLE = (gast.Name, gast.Constant, gast.BinOp, gast.UnaryOp, gast.Slice, gast.Tuple, *_PARTS_OF_INDEX)
"""What an index consists of that is the same when it is computed again."""
