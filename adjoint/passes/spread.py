"""Write a number's multiple or negative again where it is read, rather than name it.

    before:  %d = mul 2 %y;  %a = mul %d %p;  %b = sub %q %d
    after:   %d = mul 2 %y;  %a = mul %d %p;  %d' = mul 2 %y;  %b = sub %q %d'

One multiplication costs about as much as a variable; the printed program loses a line. The negative of an array is
written again only where that costs nothing, because all that read it are terms: `x -= d` for `x += -d`.
Only at emission.
"""

from __future__ import annotations

from collections import Counter

from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, const_of, is_const, users, walk_regions
from adjoint.ir.types import Array, Scalar
from adjoint.passes.rearrange import MOVES

_MOST_USES = 4
_DEEPEST = 6
Readers = dict[Value, list[tuple[Op, int]]]


def spread_multiples(function: Function) -> None:
    """Give every reader of a cheap scalar multiple its own copy, in place."""
    readers = users(function.body)
    names = _count_names(function)
    for region in walk_regions(function.body):
        for op in list(region.ops):
            uses = readers.get(op.result, []) if len(op.results) == 1 else []
            if len(uses) < 2:
                continue
            if _is_repeatable(op, uses, names):
                uses = [use for use in uses if not use[0].derived] + [use for use in uses if use[0].derived]
                _spread(op, region, uses)
                continue
            if (_is_multiple(op) and len(uses) <= _MOST_USES) or _is_term(op, uses):
                _spread(op, region, uses)
                continue
            _take_sign_out(op, region, readers)
            if _is_free_negative(op, region, readers):
                _spread(op, region, _behind_readers(op, region, uses, readers))


def _is_multiple(op: Op) -> bool:
    if not op.derived or len(op.results) != 1 or op.result.name is not None or not isinstance(op.result.type, Scalar):
        return False
    return op.opcode == "neg" or (op.opcode == "mul" and any(map(is_const, op.operands)))


def _is_term(op: Op, uses: list[tuple[Op, int]]) -> bool:
    """Whether the operation is a product of two variables that two sums or products have as a part."""
    if op.opcode != "mul" or not op.derived or not isinstance(op.result.type, Scalar) or len(uses) != 2:
        return False
    return all(_is_variable(v) for v in op.operands) and all(user.opcode in ("add", "sub", "mul") for user, _ in uses)


def _is_repeatable(op: Op, uses: list[tuple[Op, int]], names: Counter[str]) -> bool:
    """Whether the operation is a product, sum or difference of the user's that stands in one expression of his.

    What a derivative reads of it is computed again, so that the user's statement stays whole.
    """
    if op.derived or op.opcode not in ("mul", "add", "sub") or op.result.name is not None or len(uses) > _MOST_USES:
        return False
    if not isinstance(op.result.type, Scalar) or sum(not user.derived for user, _ in uses) != 1:
        return False
    return all(is_const(v) or (v.name is not None and names[v.name] == 1) for v in op.operands)


def _count_names(function: Function) -> Counter[str]:
    """How many values bear each name."""
    values = list(function.args)
    for region in walk_regions(function.body):
        values += [*region.args, *(result for op in region.ops for result in op.results)]
    return Counter(value.name for value in dict.fromkeys(values) if value.name is not None)


def _is_variable(value: Value) -> bool:
    return value.op is None or value.name is not None


def _take_sign_out(op: Op, region: Region, readers: Readers) -> None:
    """Write an array's multiple by a negative number as a negative, where a reader takes the negative of it."""
    if op.opcode != "mul" or not op.derived or not isinstance(op.result.type, Array) or not is_const(op.operands[0]):
        return
    number = const_of(op.operands[0])
    if type(number) not in (int, float) or number >= 0 or op not in region.ops:
        return
    negated = any(user.opcode == "neg" for user, _ in readers[op.result])
    if not negated or not _is_nameless(op.result, readers) or not _takes_signs(op.result, region, readers, 0):
        return
    builder = Builder(Region(), line=op.line, derived=True)
    multiple = builder.emit("mul", builder.const(-number), op.operands[1])
    at = region.ops.index(op)
    region.ops[at:at] = builder.region.ops
    op.opcode, op.operands, op.attrs = "neg", [multiple], {}


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
    if op.opcode in MOVES:
        return position == 0 and _takes_signs(op.result, region, readers, depth + 1)
    if op.opcode == "add" or (op.opcode == "sub" and position == 1):
        other = op.operands[1 - position].op
        return other is None or other.opcode != "neg" or _takes_signs(op.result, region, readers, depth + 1)
    if not _is_factor(op, position):
        return False
    return _is_multiple_by_a_number(op.operands[1 - position], readers) or _takes_signs(
        op.result, region, readers, depth + 1
    )


def _is_factor(op: Op, position: int) -> bool:
    is_product = op.opcode == "mul" or (op.opcode == "truediv" and position == 0)
    return is_product and op.operands[0] is not op.operands[1]


def _is_multiple_by_a_number(value: Value, readers: Readers) -> bool:
    """Whether a factor is a number, or that of something for this product alone, so that it takes the sign."""
    if is_const(value):
        return True
    made = value.op
    if made is None or made.opcode != "mul" or not made.derived or len(readers.get(value, ())) > 1:
        return False
    return is_const(made.operands[0])


def _behind_readers(op: Op, region: Region, uses: list[tuple[Op, int]], readers: Readers) -> list[tuple[Op, int]]:
    """Take the negative of what only puts the items elsewhere, `-np.roll(x, 1)`, and of products that several read.

    Gives the other readers.
    """
    through = [use for use in uses if _is_negative_as_well(*use, readers)]
    for reader, position in through:
        reader.operands[position] = op.operands[0]
        negative = Op("neg", [reader.result], {}, [], [], reader.line, True)
        negative.results = [Value(reader.result.type, None, negative)]
        region.ops.insert(region.ops.index(reader) + 1, negative)
        others = readers.get(reader.result, [])
        readers[negative.result], readers[reader.result] = others, [(negative, 0)]
        for user, place in others:
            user.operands[place] = negative.result
        if len(others) > 1 and reader.opcode not in MOVES:
            _spread(negative, region, _behind_readers(negative, region, others, readers))
    return [use for use in uses if use not in through]


def _is_negative_as_well(op: Op, position: int, readers: Readers) -> bool:
    if op.opcode in MOVES:
        return True
    is_read_twice = len(readers.get(op.result, ())) > 1 and op.result.name is None
    return is_read_twice and _is_factor(op, position) and not is_const(op.operands[1 - position])


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
