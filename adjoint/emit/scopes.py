"""Where the scopes of a function begin and end, as the printer needs it.

    enter %manager; a; b; leave; return c       with manager:
                                          ->        a; b
                                                    return c

Between `leave` and the `return` nothing else stands, so that the last expression may be written inside.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence

import numpy as np

from adjoint.ir.core import Function, Op, Region, walk_regions

SCOPES = frozenset({"enter", "leave"})
_QUIET = (np.errstate, warnings.catch_warnings)


def trailing_leaves(function: Function) -> set[Op]:
    """The ends of `with` blocks that nothing but the region's `return` follows."""
    return {op for region in walk_regions(function.body) for op in _trailing(region)}


def _trailing(region: Region) -> Iterator[Op]:
    if not region.ops or region.ops[-1].opcode != "return":
        return
    for op in reversed(region.ops[:-1]):
        if op.opcode == "leave" and kind_of(op) == "with":
            yield op
        elif op.opcode not in ("const", "tuple"):
            return


def kind_of(leave: Op) -> str:
    """`with` or `finally`: what the scope is that ends here."""
    enter = leave.operands[0].op
    assert enter is not None
    return str(enter.attrs["kind"])


def is_quiet(enter: Op) -> bool:
    """Whether entering and leaving the scope does nothing by itself, so that an empty one can go."""
    manager = enter.operands[0].op
    return manager is not None and manager.opcode == "pycall" and manager.attrs["func"] in _QUIET


def end_of(enter: Op, ops: Sequence[Op], start: int) -> int:
    """The position of the next end of a part of the scope; behind everything where the block never gets there."""
    token = enter.results[0]
    for index in range(start, len(ops)):
        if ops[index].opcode == "leave" and ops[index].operands[0] is token:
            return index
    return len(ops)
