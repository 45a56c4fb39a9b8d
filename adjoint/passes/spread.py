"""Write a number's multiple or negative again where it is read, rather than name it.

    before:  %d = mul 2 %y;  %a = mul %d %p;  %b = sub %q %d
    after:   %d = mul 2 %y;  %a = mul %d %p;  %d' = mul 2 %y;  %b = sub %q %d'

One multiplication costs about as much as a variable; the printed program loses a line. Only at emission.
"""

from __future__ import annotations

from adjoint.ir.core import Function, Op, Region, Value, is_const, users, walk_regions
from adjoint.ir.types import Scalar

_MOST_USES = 4


def spread_multiples(function: Function) -> None:
    """Give every reader of a cheap scalar multiple its own copy, in place."""
    readers = users(function.body)
    for region in walk_regions(function.body):
        for op in list(region.ops):
            if _is_multiple(op) and 1 < len(readers.get(op.result, ())) <= _MOST_USES:
                _spread(op, region, readers[op.result])


def _is_multiple(op: Op) -> bool:
    if not op.derived or len(op.results) != 1 or op.result.name is not None or not isinstance(op.result.type, Scalar):
        return False
    return op.opcode == "neg" or (op.opcode == "mul" and any(map(is_const, op.operands)))


def _spread(op: Op, region: Region, readers: list[tuple[Op, int]]) -> None:
    """Copies for the readers in the same region; those inside other regions keep the original."""
    here = set(region.ops)
    for reader, position in readers[1:]:
        if reader not in here or reader.opcode in ("push", "yield", "continue", "break"):
            continue
        again = Op(op.opcode, list(op.operands), dict(op.attrs), [], [], op.line, True)
        again.results = [Value(op.result.type, None, again)]
        region.ops.insert(region.ops.index(reader), again)
        reader.operands[position] = again.result
