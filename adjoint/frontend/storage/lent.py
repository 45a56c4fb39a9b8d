"""Lists that are written where a call takes them, and that nobody knows once it is done.

    q = sum(p.r for p in ps)        what is in such a list is in no other list afterwards: `p.r -= q` changes one array
    rows = np.array([p.r for p in ps])
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from adjoint.frontend.context import Context
from adjoint.ir.core import Value
from adjoint.ir.types import Array, Scalar

_NEW = frozenset(
    (builtins.sum, builtins.len, np.array, np.stack, np.vstack, np.hstack, np.dstack, np.column_stack, np.concatenate)
) | frozenset((np.sum, np.mean, np.prod, np.std, np.var, np.max, np.min, np.median, np.any, np.all))
"""What gives a number or an array of its own, whatever is in the list."""


def lending(ctx: Context, node: Any, function: Any, call: Callable[[], Value]) -> Value:
    """What a call gives; what the lists written for it held is forgotten where it has kept nothing."""
    written = [*node.args, *(keyword.value for keyword in node.keywords)]
    is_new = any(function is each for each in _NEW)
    if not is_new or not any(isinstance(each, gast.ListComp | gast.GeneratorExp) for each in written):
        return call()
    forget, heap, env = ctx.ties_so_far(), dict(ctx.heap), dict(ctx.env)
    made = call()
    is_kept = any(ctx.env.get(name) is not held for name, held in env.items()) or len(ctx.env) != len(env)
    is_changed = any(ctx.heap.get(cell) is not held for cell, held in heap.items())
    if not is_kept and not is_changed and isinstance(made.type, Array | Scalar) and not ctx.places.get(made):
        forget()
    return made
