"""Write a number's multiple or negative again where it is read, rather than name it.

    before:  %d = mul 2 %y;  %a = mul %d %p;  %b = sub %q %d
    after:   %d = mul 2 %y;  %a = mul %d %p;  %d' = mul 2 %y;  %b = sub %q %d'

One multiplication costs about as much as a variable; the printed program loses a line. The negative of an array is
written again only where that costs nothing, because all that read it are terms: `x -= d` for `x += -d`.
Only at emission.
"""

from __future__ import annotations

from adjoint.ir.core import Function, Op, Region, Value, is_const, users, walk_regions
from adjoint.ir.types import Array, Scalar

_MOST_USES = 4
_DEEPEST = 6
Readers = dict[Value, list[tuple[Op, int]]]


def spread_multiples(function: Function) -> None:
    """Give every reader of a cheap scalar multiple its own copy, in place."""
    readers = users(function.body)
    for region in walk_regions(function.body):
        for op in list(region.ops):
            uses = readers.get(op.result, []) if len(op.results) == 1 else []
            if len(uses) < 2:
                continue
            if (_is_multiple(op) and len(uses) <= _MOST_USES) or _is_free_negative(op, region, readers):
                _spread(op, region, uses)


def _is_multiple(op: Op) -> bool:
    if not op.derived or len(op.results) != 1 or op.result.name is not None or not isinstance(op.result.type, Scalar):
        return False
    return op.opcode == "neg" or (op.opcode == "mul" and any(map(is_const, op.operands)))


def _is_free_negative(op: Op, region: Region, readers: Readers) -> bool:
    """Whether the negative of an array is read as a term or factor of terms only."""
    if op.opcode != "neg" or not op.derived or not isinstance(op.result.type, Array):
        return False
    return _is_nameless(op.result, readers) and _takes_signs(op.result, region, readers, 0)


def _is_nameless(value: Value, readers: Readers) -> bool:
    """Whether a value has no name, or only that of the sum which it is a term of."""
    sums = (user for user, _ in readers.get(value, ()) if user.opcode in ("add", "sub"))
    return value.name is None or any(user.result.name == value.name for user in sums)


def _takes_signs(value: Value, region: Region, readers: Readers, depth: int) -> bool:
    """Whether all that read the value do as well with its negative: a sum becomes a difference."""
    return depth < _DEEPEST and all(_takes_sign(*use, region, readers, depth) for use in readers.get(value, ()))


def _takes_sign(op: Op, position: int, region: Region, readers: Readers, depth: int) -> bool:
    if not op.derived or op not in region.ops:
        return False
    if op.opcode in ("index_add", "neg"):
        return op.opcode == "neg" or position == 1
    if op.opcode == "add" or (op.opcode == "sub" and position == 1):
        other = op.operands[1 - position].op
        return other is None or other.opcode != "neg"
    is_factor = op.opcode == "mul" or (op.opcode == "truediv" and position == 0)
    return is_factor and op.operands[0] is not op.operands[1] and _takes_signs(op.result, region, readers, depth + 1)


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
