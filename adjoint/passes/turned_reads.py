"""Rows of a transposed array that a loop reads anew in each pass are columns of the array itself.

    before:  for ... { %t = transpose %u;  %v = index %t %j }
    after:   for ... { %v = index %u : %j }

The reverse sweep then adds to the column, not to a whole array.
"""

from __future__ import annotations

from adjoint.ir.core import Function, Op, walk
from adjoint.ir.ops.indexing import entries
from adjoint.ir.turned import EXCHANGES, WHOLE, axes_of, spec_of
from adjoint.ir.types import Array, rank_of


def read_untransposed(function: Function) -> None:
    """Read them so, in place. What exchanged the axes stays behind."""
    for loop in walk(function.body):
        for region in loop.regions if loop.opcode in ("for", "while") else ():
            exchanges = [op for op in region.ops if op.opcode in EXCHANGES]
            for op in walk(region) if exchanges else ():
                if op.opcode == "index" and op.operands[0].op in exchanges:
                    _read_of_base(op, op.operands[0].op)


def _read_of_base(op: Op, exchange: Op) -> None:
    """Let an index read the array whose axes were exchanged, if those that are left keep their order."""
    rank = rank_of(op.operands[0].type)
    base = exchange.operands[0] if exchange.operands else None
    if base is None or not isinstance(base.type, Array) or base.type.rank != rank:
        return
    order = axes_of(exchange.opcode, exchange.attrs, rank)
    given = list(entries(op.attrs["spec"], op.operands[1:]))
    if order is None or not all(entry in ("int", "slice") for entry, _ in given):
        return
    given += [WHOLE] * (rank - len(given))
    left = [order[axis] for axis, (entry, _) in enumerate(given) if entry == "slice"]
    if left != sorted(left) or len(left) == rank:
        return
    by_base = dict(zip(order, given))
    spec, index = spec_of([by_base[axis] for axis in range(rank)])
    op.operands = [base, *index]
    op.attrs = {name: held for name, held in op.attrs.items() if name != "_iter"} | {"spec": spec}
