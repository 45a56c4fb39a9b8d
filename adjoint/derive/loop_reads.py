"""What the reverse sweep can read of a loop without a tape.

    x = x + dt * v          what a pass left the next one met: the reverse loop has just read it there; what the last
                            pass left is the result of the loop
    c = math.cos(angle)     the same in every pass: what the last one left; of arrays also np.exp(f[1:-1]), 2 * f
    math.cos(angle)         in the reverse sweep: the forward sweep made this call in the same pass
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import final

from adjoint.analysis.activity import body_of
from adjoint.analysis.structure import Structure
from adjoint.derive.array_reads import is_free_view
from adjoint.derive.exits import add_carry
from adjoint.derive.mirror import Mirror
from adjoint.ir.core import Op, Region, Value, carried_args, const_of, is_const, region_leaves, walk
from adjoint.ir.opset import CHEAP, TABLE, evaluation_attrs, is_total
from adjoint.ir.types import UNDEF, rank_of

Uses = dict[Value, list[tuple[Op, int]]]


def read_made_calls(reverse: Iterable[Op], forward: Region, structure: Structure, mirror: Mirror) -> None:
    """Let the reverse sweep read the calls that the forward sweep made in the same pass, of the same operands.

    Of several values that are the same in every pass of a loop and equal, it reads the first.
    """
    made: dict[object, list[Value]] = {}
    equal = _equal_in_all(forward, structure)
    same = {value: first for value, first in equal.items() if is_left_over(value, structure)}
    for op in walk(forward):
        if _is_call(op):
            made.setdefault(_key(op, equal), []).append(op.result)
    for op in reverse:
        op.operands = [same.get(operand, operand) for operand in op.operands]
        if not op.derived or not _is_call(op):
            continue
        for value in made.get(_key(op, equal), ()):
            inside = mirror.regions.get(structure.region_of_value[value])
            if inside is not None and value.type == op.result.type:
                if structure.encloses(inside, structure.region_of_op[op]):
                    same[op.result] = value
                    structure.region_of_op[op].ops.remove(op)
                    break


def _equal_in_all(forward: Region, structure: Structure) -> dict[Value, Value]:
    """For what is the same in every pass of a loop: the first value of the body that is equal to it."""
    first: dict[object, Value] = {}
    equal: dict[Value, Value] = {}
    for op in walk(forward):
        home = structure.region_of_value.get(op.results[0]) if len(op.results) == 1 else None
        if home is not None and home in structure.holder and _is_same(op.result, home, structure):
            equal[op.result] = first.setdefault((home, _key(op, equal)), op.result)
    return equal


def _is_call(op: Op) -> bool:
    definition = TABLE.get(op.opcode)
    if definition is None or len(op.results) != 1 or definition.effects:
        return False
    return definition.cost > CHEAP and definition.elementwise


def _key(op: Op, same: dict[Value, Value]) -> object:
    operands = tuple(_identity(same.get(operand, operand)) for operand in op.operands)
    return op.opcode, operands, repr(sorted(evaluation_attrs(op).items()))


def _identity(value: Value) -> object:
    return (value.type, repr(const_of(value))) if is_const(value) else value


@final
@dataclass(frozen=True, slots=True)
class Carry:
    """What each pass of a loop leaves for the next one, which meets it as `head`; the last one leaves `result`."""

    reverse: Op
    head: Value
    left: Value
    result: Value
    is_seen: bool
    """Whether the reverse loop sees the result. Of an inner loop it must be saved in each pass of the outer one."""


def carries(structure: Structure, mirror: Mirror, places: Mapping[Value, Iterable[Region]]) -> dict[Value, Carry]:
    """The values that the reverse loop can carry back: it reads what the next pass met anyway, or might.

    `places` has where values are read, or what may be made of them.
    """
    found: dict[Value, Carry] = {}
    for reverse, loop in mirror.loops.items():
        for index, (head, result) in enumerate(zip(carried_args(body_of(loop), loop), loop.results)):
            left = _left_in(loop, index, mirror)
            if left is None or left not in places or not head.type == left.type == result.type:
                continue
            read_in = {place for value in (head, left) for place in places.get(value, ())}
            if any(_is_reached(place, reverse.regions[0], structure) for place in read_in):
                is_seen = _is_visible(result, structure.region_of_op[reverse], structure)
                if left is not head and not _leads_to(head, left, found):
                    found.setdefault(left, Carry(reverse, head, left, result, is_seen))
    return found


def _is_reached(place: Region, body: Region, structure: Structure) -> bool:
    """Whether every pass of a loop comes to a place: it stands in no branch."""
    chain = structure.chain(place)
    inside = chain[: chain.index(body)] if body in chain else None
    return inside is not None and all(structure.holder[each].opcode in ("for", "while") for each in inside)


def _leads_to(head: Value, left: Value, carried: Mapping[Value, Carry]) -> bool:
    """Whether a value would be made of itself: two that change places in each pass."""
    while head in carried:
        head = carried[head].head
        if head is left:
            return True
    return False


def carry_back(carry: Carry, uses: Uses, mirror: Mirror) -> None:
    """Carry what a pass left through the reverse loop, in place."""
    body = carry.reverse.regions[0]
    _, given = add_carry(carry.reverse, carry.result, carry.left.type, carry.left.name)
    given.name = None
    arg, ends = body.args[-1], body.ops[-1]
    for op, index in uses.pop(carry.left, ()):
        op.operands[index] = arg
    ends.operands.append(carry.head)
    uses.setdefault(carry.head, []).append((ends, len(ends.operands) - 1))
    mirror.stand_ins[carry.left] = arg
    if not carry.is_seen:
        uses.setdefault(carry.result, []).append((carry.reverse, len(carry.reverse.operands) - 1))


def _is_visible(value: Value, region: Region, structure: Structure) -> bool:
    home = structure.region_of_value.get(value)
    return home is None or structure.encloses(home, region)


def _left_in(loop: Op, index: int, mirror: Mirror) -> Value | None:
    """What every pass that is undone leaves in a carry."""
    head = carried_args(body_of(loop), loop)[index]
    found: set[Value] = set()
    for leaf in region_leaves(body_of(loop)):
        if leaf.opcode not in ("continue", "break"):
            continue
        if leaf in mirror.excluded:
            found |= {leaf.operands[index]} - {head}
        else:
            found.add(leaf.operands[index])
    return found.pop() if len(found) == 1 and head not in found else None


def is_left_over(value: Value, structure: Structure) -> bool:
    """Whether a value is the same in every pass of the loop around it, and costs more than to name it."""
    home = structure.region_of_value.get(value)
    loop = structure.holder.get(home) if home is not None else None
    if home is None or loop is None or loop.opcode not in ("for", "while") or home is not body_of(loop):
        return False
    return _is_same(value, home, structure) and _is_costly(value, home, structure)


def _is_same(value: Value, body: Region, structure: Structure) -> bool:
    """Whether a value is made by arithmetic of what is known in front of a loop."""
    place = structure.region_of_value.get(value)
    if is_const(value) or place is None or not structure.encloses(body, place):
        return True
    op = value.op
    definition = TABLE.get(op.opcode) if op is not None else None
    if op is None or definition is None or definition.effects:
        return False
    if not definition.elementwise and not is_free_view(op):
        return False
    return all(_is_same(operand, body, structure) for operand in op.operands)


def _is_costly(value: Value, body: Region, structure: Structure) -> bool:
    """Whether a call, a quotient or a new array is in it: what the reverse loop cannot just as well make before it."""
    op = value.op
    if op is None or is_const(value) or structure.region_of_value.get(value) is not body:
        return False
    if not is_free_view(op) and (rank_of(value.type) or TABLE[op.opcode].cost > CHEAP or not is_total(op)):
        return True
    return any(_is_costly(operand, body, structure) for operand in op.operands)


def leave_over(value: Value, structure: Structure) -> Value:
    """What the last pass left of a value, as a result of the outermost loop that does not change it."""
    loops = _loops_that_keep(value, structure)
    nothing = Op("undef", derived=True)
    nothing.results = [Value(UNDEF, None, nothing)]
    outside = structure.region_of_op[loops[-1]]
    outside.ops.insert(outside.ops.index(loops[-1]), nothing)
    given, results = nothing.result, []
    for loop in loops[::-1]:
        args, result = add_carry(loop, given, value.type, value.name)
        structure.region_of_value[result] = structure.region_of_op[loop]
        structure.order[result] = structure.order[value]
        given = args[-1]
        results.append(result)
    for loop, ends in zip(loops, [value, *results[:0:-1]]):
        for leaf in region_leaves(body_of(loop)):
            if leaf.opcode in ("continue", "break"):
                leaf.operands.append(ends)
    return results[0]


def _loops_that_keep(value: Value, structure: Structure) -> list[Op]:
    """The loop around a value, and those around it, each in the body of the next, that do not change it."""
    body = structure.region_of_value[value]
    loops = [structure.holder[body]]
    while (outer := structure.holder.get(structure.region_of_op[loops[-1]])) is not None:
        if outer.opcode not in ("for", "while") or structure.region_of_op[loops[-1]] is not body_of(outer):
            break
        if not _is_same(value, body_of(outer), structure):
            break
        loops.append(outer)
    return loops
