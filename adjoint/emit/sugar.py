"""Which operations print as one of Python's compound forms.

`a if c else b`, `a and b`, `a < b < c`, `for i, x in enumerate(xs)`, `a, b = pair`: each is several operations.
What is found here is taken out of the ordinary uses, so that folding sees what the printed text reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from adjoint.emit.lists import READ_TWICE
from adjoint.emit.memory import is_write
from adjoint.emit.structure import Structure, body_of
from adjoint.emit.usage import Usage
from adjoint.ir import opset
from adjoint.ir.core import CONTROL, Function, Op, Region, Value, const_of, is_const, walk
from adjoint.ir.types import BOOL, Array, List, Undef, is_sequence

COMPARISONS = frozenset({"lt", "le", "gt", "ge", "eq", "ne"})


@final
@dataclass(frozen=True, slots=True)
class Iteration:
    """A loop printed over sequences: the element of each (None: nobody reads it) and the index if it is read."""

    sequences: list[Value]
    elements: list[Value | None]
    counted: bool


@final
@dataclass(slots=True)
class Sugar:
    """`expressions` gives the form of an `if` that prints as an expression; `groups` the targets of a tuple assignment
    printed at its first `getitem`; `absorbed` holds operations that other forms print."""

    expressions: dict[Op, str] = field(default_factory=dict)
    chained: set[Op] = field(default_factory=set)
    iterations: dict[Op, Iteration] = field(default_factory=dict)
    groups: dict[Op, list[Value | None]] = field(default_factory=dict)
    nested: dict[Value, list[Value | None]] = field(default_factory=dict)
    """The targets of tuples that are results beside others, `(a, b), c = f(x)`."""
    absorbed: set[Op] = field(default_factory=set)


def find_sugar(function: Function, structure: Structure, usage: Usage, is_native: bool = False) -> Sugar:
    """The compound forms of a function. Updates `usage`. Numba does not know `reversed`."""
    sugar = Sugar()
    ops = [op for op in walk(function.body) if usage.is_printed(op)]
    for op in reversed(ops):
        if op.opcode == "if" and (op.attrs.get("_sugar") in ("ternary", "and", "or") or _is_choice(op, usage)):
            _find_expression(op, structure, usage, sugar)
        elif op.opcode == "for" and not (is_native and op.attrs.get("reversed")):
            _find_iteration(op, structure, usage, sugar)
    for op in ops:
        if op.opcode == "getitem" and op not in sugar.absorbed and usage.uses.get(op.result):
            _find_group(op, structure, usage, sugar)
    for op in list(sugar.groups):
        _nest(op, structure, usage, sugar)
    return sugar


# conditional expressions


def _find_expression(op: Op, structure: Structure, usage: Usage, sugar: Sugar) -> None:
    if len(op.results) != 1 or op.results[0] not in usage.needed:
        return
    if not all(_is_expression(region, structure, usage, sugar) for region in op.regions):
        return
    kind = _boolean_form(op)
    sugar.expressions[op] = kind
    if kind == "ternary":
        return
    shortcut = op.regions[1 if kind == "and" else 0].ops[-1]
    if shortcut.operands[0] is op.operands[0] and (shortcut, 0) in usage.uses.get(op.operands[0], ()):
        usage.drop(op.operands[0], shortcut, 0)
    if kind == "and":
        _find_chain(op, usage, sugar)


def _is_choice(op: Op, usage: Usage) -> bool:
    """A derivative's choice between two constants or variables, which reads best on one line."""
    if not op.derived or len(op.results) != 1 or len(op.regions) != 2:
        return False
    if any(child.opcode != "const" for region in op.regions for child in region.ops[:-1]):
        return False
    ends = [region.ops[-1] for region in op.regions]
    if any(end.opcode != "yield" or isinstance(end.operands[0].type, Undef) for end in ends):
        return False
    return all(is_const(end.operands[0]) or end.operands[0].name not in (None, op.result.name) for end in ends)


def _is_expression(region: Region, structure: Structure, usage: Usage, sugar: Sugar) -> bool:
    if not region.ops or region.ops[-1].opcode != "yield":
        return False
    return all(_is_inner(op, region, structure, usage, sugar) for op in region.ops[:-1])


def _is_inner(op: Op, region: Region, structure: Structure, usage: Usage, sugar: Sugar) -> bool:
    """Whether an operation inside a conditional expression can be written where its only use is."""
    if op.opcode in ("const", "undef") or not usage.is_printed(op) or op in sugar.absorbed:
        return True
    if op.opcode in CONTROL and op not in sugar.expressions:
        return False
    if len(op.results) != 1 or is_write(op) or op.opcode in ("pop", "nonempty", "tape", "index_set", "index_add"):
        return False
    if op.result.name is not None and not op.derived:
        return False
    uses = usage.uses.get(op.result, [])
    if len(uses) != 1 or structure.region_of[uses[0][0]] is not region:
        return False
    user, position = uses[0]
    return not (position == 0 and user.opcode in READ_TWICE)


def _boolean_form(op: Op) -> str:
    """`and`, `or` when the skipped side gives the condition itself, else `ternary`."""
    kind = op.attrs.get("_sugar", "ternary")
    if kind == "ternary":
        return "ternary"
    region = op.regions[1 if kind == "and" else 0]
    value, condition = region.ops[-1].operands[0], op.operands[0]
    if any(child.opcode != "const" for child in region.ops[:-1]):
        return "ternary"
    if value is condition or (condition.type == BOOL and is_const(value) and const_of(value) is (kind == "or")):
        return str(kind)
    return "ternary"


def _find_chain(op: Op, usage: Usage, sugar: Sugar) -> None:
    """`a < b and b < c` with one `b` that is computed once."""
    first, second = op.operands[0].op, op.regions[0].ops[-1].operands[0].op
    if second is not None and second in sugar.chained:
        second = second.operands[0].op
    if first is None or second is None or first.opcode not in COMPARISONS or second.opcode not in COMPARISONS:
        return
    middle = second.operands[0]
    if first.operands[1] is not middle or is_const(middle) or second not in op.regions[0].ops:
        return
    if len(usage.uses.get(first.result, ())) == 1 and first.result.name is None:
        sugar.chained.add(op)
        usage.drop(middle, second, 0)


# loops over sequences


def _find_iteration(loop: Op, structure: Structure, usage: Usage, sugar: Sugar) -> None:
    start, stop, step = loop.operands[:3]
    if not (_is_number(start, 0) and _is_number(step, 1)):
        return
    body = body_of(loop)
    index = body.args[0]
    reads: dict[Value, list[Op]] = {}
    others = 0
    for user, position in usage.uses.get(index, ()):
        if _is_element(user, position, body):
            reads.setdefault(user.operands[0], []).append(user)
        else:
            others += 1
    sequences = _sequences(stop, reads)
    if not sequences or any(len(reads.get(s, ())) > 1 for s in sequences) or set(reads) - set(sequences):
        return
    if loop.attrs.get("reversed") and (others or len(sequences) > 1):
        return
    unread = sum(not reads.get(s) for s in sequences)
    if unread and (loop.derived or (others and unread == len(sequences))):
        return
    if not _are_settled(sequences, loop, structure):
        return
    if any(not reads.get(s) and _may_grow(s, usage) for s in sequences):
        return
    elements = [reads[s][0].result if reads.get(s) else None for s in sequences]
    sugar.iterations[loop] = Iteration(sequences, elements, bool(others))
    _take_over(loop, stop, sequences, [op for found in reads.values() for op in found], usage, sugar)


def _may_grow(sequence: Value, usage: Usage) -> bool:
    """Whether a list that is only counted may have more items by the time the loop runs, or while it does."""
    uses = usage.uses.get(sequence, ())
    return any(user.opcode in CONTROL or (position == 0 and is_write(user)) for user, position in uses)


def _is_number(value: Value, number: int) -> bool:
    return is_const(value) and type(const_of(value)) is int and const_of(value) == number


def _is_element(op: Op, position: int, body: Region) -> bool:
    marked = op.opcode == "index" and bool(op.attrs.get("_iter"))
    return marked and position == 1 and op.attrs["spec"] == ("int",) and op in body.ops


def _sequences(stop: Value, reads: dict[Value, list[Op]]) -> list[Value]:
    """The sequences whose common length is the trip count, none when the loop is a plain range."""
    op = stop.op
    if op is None:
        return []
    if op.opcode == "const":
        return [s for s in reads if _length(s) == op.attrs["value"]] if len(reads) == 1 else []
    if op.opcode == "len" and op.attrs.get("_iter"):
        return [op.operands[0]]
    if op.opcode == "min_of" and op.attrs.get("_iter"):
        lengths = [v.op for v in op.operands]
        if all(length is not None and length.opcode == "len" for length in lengths):
            found = [length.operands[0] for length in lengths if length is not None]
            return found if len(set(found)) == len(found) else []
    return []


def _length(sequence: Value) -> object:
    if isinstance(sequence.type, Array) and sequence.type.rank:
        return sequence.type.shape[0]
    return None


def _are_settled(sequences: list[Value], loop: Op, structure: Structure) -> bool:
    """Whether the sequences are defined outside the loop."""
    inside = {structure.home_of[arg] for arg in body_of(loop).args}
    return not any(structure.home_of[s] in inside for s in sequences) and all(
        isinstance(s.type, Array | List) or is_sequence(s.type) for s in sequences
    )


def _take_over(loop: Op, stop: Value, sequences: list[Value], reads: list[Op], usage: Usage, sugar: Sugar) -> None:
    """Replace the loop's bounds and element reads by reads of the sequences themselves."""
    for position, bound in enumerate(loop.operands[:3]):
        usage.drop(bound, loop, position)
    for read in reads:
        usage.drop(read.operands[0], read, 0)
        usage.drop(read.operands[1], read, 1)
        sugar.absorbed.add(read)
    lengths = [v.op for v in stop.op.operands] if stop.op is not None and stop.op.opcode == "min_of" else []
    for op in (stop.op, *lengths):
        if op is not None and op.opcode != "const" and not usage.uses.get(op.result):
            sugar.absorbed.add(op)
            for position, operand in enumerate(op.operands):
                usage.drop(operand, op, position)
    usage.extra[loop] = sequences
    for position, sequence in enumerate(sequences):
        usage.uses.setdefault(sequence, []).append((loop, -1 - position))


# tuple assignment


def _find_group(first: Op, structure: Structure, usage: Usage, sugar: Sugar) -> None:
    """`a, b = pair`: named reads of every item of a tuple, one after the other, and no other use of the tuple."""
    source = first.operands[0]
    region = structure.region_of[first]
    if not is_sequence(source.type) or (source.name is not None and source.op is None):
        return
    users = usage.uses.get(source, [])
    ops = [user for user, _ in users]
    if len(ops) < 2 or any(op.opcode != "getitem" or structure.region_of[op] is not region for op in ops):
        return
    targets: list[Value | None] = [None] * len(source.type.items)
    for op in ops:
        index = op.attrs["index"]
        if targets[index] is not None or op.result.name is None:
            return
        targets[index] = op.result
    if len({op.result.name for op in ops}) < len(ops) or not _are_adjacent(ops, region):
        return
    sugar.groups[first] = targets
    for op in ops:
        if op is not first:
            sugar.absorbed.add(op)
            usage.drop(source, op, 0)


def _nest(first: Op, structure: Structure, usage: Usage, sugar: Sugar) -> None:
    """A tuple that a call gives beside other results, and that is taken apart next, needs no variable."""
    source = first.operands[0]
    call, region = source.op, structure.region_of[first]
    if call is None or call.opcode != "call" or len(call.results) == 1 or source.name is not None:
        return
    if structure.region_of[call] is region and _are_adjacent([call, first], region):
        sugar.nested[source] = sugar.groups.pop(first)
        sugar.absorbed.add(first)
        usage.drop(source, first, 0)


def _are_adjacent(ops: list[Op], region: Region) -> bool:
    start = next(i for i, op in enumerate(region.ops) if op in ops)
    members = set(ops)
    rest = iter(region.ops[start:])
    for op in rest:
        members.discard(op)
        if not members:
            return True
        if op not in ops and not (op.opcode == "const" or (opset.is_pure(op) and op.opcode == "getitem")):
            return False
    return False
