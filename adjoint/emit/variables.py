"""Values become variables: versions of one name, and what meets at a branch or loop, share a variable when their live
ranges do not overlap.
"""

from __future__ import annotations

import builtins
import keyword
from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import final

from adjoint.emit.folding import Folding, phi_target
from adjoint.emit.intervals import HEADER, Intervals, Range
from adjoint.emit.memory import is_write
from adjoint.emit.structure import carried_args, first_carry, is_loop
from adjoint.emit.tape_blocks import saved_from
from adjoint.ir.core import CONTROL, Op, Region, Value, region_leaves
from adjoint.ir.types import BOOL, INT, Array, Scalar, TapeType, Tuple, Type, Undef, is_differentiable, rank_of

GENERATED = ("_bar", "_dot", "_stack")
RECENT = 8
MANY = 64


@final
@dataclass(eq=False, slots=True)
class Variable:
    """One variable of the emitted function. `wanted` is the name it should have, None when any will do."""

    wanted: str | None
    type: Type
    ranges: list[Range]
    is_parameter: bool = False
    derived: bool = False
    is_index: bool = False
    hint: str | None = None
    """What to call it if nothing has a name for it."""
    merged_into: Variable | None = None
    name: str = ""

    def root(self) -> Variable:
        """The variable this one has been merged into, or itself."""
        node = self
        while node.merged_into is not None:
            if node.merged_into.merged_into is not None:
                node.merged_into = node.merged_into.merged_into
            node = node.merged_into
        return node

    def overlaps(self, other: Variable) -> bool:
        """Whether both hold a value that is still needed at some position."""
        few, many = sorted((self.ranges, other.ranges), key=len)
        for start, end in few:
            index = bisect_left(many, (start,))
            if index < len(many) and many[index][0] < end:
                return True
            if index and many[index - 1][1] > start:
                return True
        return False


@final
@dataclass(slots=True)
class Variables:
    """The variable of every value that has one."""

    of_value: dict[Value, Variable] = field(default_factory=dict)

    def of(self, value: Value) -> Variable:
        return self.of_value[value].root()

    def same(self, a: Value, b: Value) -> bool:
        """Whether two values live in one variable."""
        return a in self.of_value and b in self.of_value and self.of(a) is self.of(b)

    def all(self) -> list[Variable]:
        """Every variable, in order of first appearance."""
        roots = dict.fromkeys(variable.root() for variable in self.of_value.values())
        return sorted(roots, key=lambda v: v.ranges[0])


def assign_variables(folding: Folding, intervals: Intervals) -> Variables:
    """Decide which values share a variable."""
    variables = Variables()
    parameters = dict(zip(folding.function.args, folding.function.params))
    users = _user_names(folding)
    for value, ranges in intervals.ranges.items():
        wanted = parameters[value].name if value in parameters else _wanted(value, folding, users)
        derived = value.op is not None and value.op.derived
        index = value.op is None and value not in parameters and value.type == INT and wanted is None
        made = Variable(wanted, value.type, list(ranges), value in parameters, derived, index)
        made.hint = _hint_of(value)
        variables.of_value[value] = made
    statements = list(intervals.at)
    for op in statements:
        if is_loop(op):
            _bind_carries(op, variables)
    for op in statements:
        _merge_at(op, folding, intervals, variables)
    _merge_names(variables)
    return variables


def _bind_carries(op: Op, variables: Variables) -> None:
    for slot, result in enumerate(op.results):
        if result in variables.of_value:
            variable = variables.of_value[result]
            args = [carried_args(op, region)[slot] for region in op.regions]
            if variable.wanted is None:
                variable.wanted = next((arg.name for arg in args if arg.name), None)
            for arg in args:
                variables.of_value[arg] = variable


def _merge_at(op: Op, folding: Folding, intervals: Intervals, variables: Variables) -> None:
    """Try to keep what an operation passes on in one variable."""
    if is_loop(op):
        for result, init in zip(op.results, op.operands[first_carry(op) :]):
            _merge_init(result, init, intervals.at[op], variables)
    elif op.opcode in ("yield", "continue", "break"):
        target = folding.structure.target_of[op]
        for result, operand in zip(target.results if target is not None else (), op.operands):
            _try_merge(result, operand, variables)
    elif is_write(op) or op.attrs.get("_inplace"):
        _try_merge(op.result, op.operands[0], variables)


def _merge_init(result: Value, init: Value, at: int, variables: Variables) -> None:
    """The same for a loop's carry, which still holds its first value where the header reads that."""
    if init in variables.of_value and result in variables.of_value:
        ranges = variables.of(init).ranges
        known = list(ranges)
        ranges[:] = [(start, at if end == at + HEADER else end) for start, end in known]
        _try_merge(result, init, variables)
        if not variables.same(result, init):
            ranges[:] = known


def _try_merge(a: Value, b: Value, variables: Variables) -> None:
    if a not in variables.of_value or b not in variables.of_value:
        return
    one, other = variables.of(a), variables.of(b)
    if one is other or (one.wanted is not None and other.wanted is not None and one.wanted != other.wanted):
        return
    if not one.overlaps(other):
        merge(one, other)


def merge(one: Variable, other: Variable) -> Variable:
    """Make two variables one. Their ranges must not overlap."""
    if len(one.ranges) < len(other.ranges):
        one, other = other, one
    for item in other.ranges:
        insort(one.ranges, item)
    one.wanted = one.wanted or other.wanted
    one.hint = one.hint or other.hint
    one.is_parameter |= other.is_parameter
    one.derived &= other.derived
    one.is_index &= other.is_index
    other.merged_into = one
    other.ranges = []
    return one


def _merge_names(variables: Variables) -> None:
    """Merge variables that want the same name where they can live with it."""
    groups: dict[object, list[Variable]] = {}
    for variable in sorted(variables.all(), key=lambda v: not v.is_parameter):
        key = variable.wanted if variable.wanted is not None else (hint(variable), _shape_class(variable.type))
        group = groups.setdefault(key, [])
        candidates = group if variable.wanted is not None else group[-RECENT:]
        if len(candidates) > MANY:  # versions of one name that are all needed: to look at each of them is quadratic
            candidates = [candidates[0], *candidates[-RECENT:]]
        fitting = next((other for other in candidates if not other.overlaps(variable)), None)
        if fitting is None:
            group.append(variable)
        else:
            group[group.index(fitting)] = merge(fitting, variable)


def _shape_class(t: Type) -> str:
    return f"array{t.rank}" if isinstance(t, Array) else str(t)


def hint(variable: Variable) -> str:
    """What to call a variable that nobody named."""
    t = variable.type
    if variable.is_index:
        return "i"
    if variable.hint is not None:
        return variable.hint
    if isinstance(t, Tuple):
        return _class_name(t) or "parts"
    if isinstance(t, TapeType):
        return "stack"
    if isinstance(t, Array) and t.dtype == "bool" and t.rank:
        return "mask"
    if t == BOOL:
        return "flag"
    if t == INT:
        return "n"
    return "d" if variable.derived and is_differentiable(t) else "t"


def _hint_of(value: Value) -> str | None:
    """What a loop that nobody has named the outcome of says it computes, and its tangent."""
    if value.op is None or "_hint" not in value.op.attrs or value.name is not None:
        return None
    nameless = [result for result in value.op.results if result.name is None]
    suffix = dict(enumerate(("", "_dot"))).get(nameless.index(value))
    return None if suffix is None else f"{value.op.attrs['_hint']}{suffix}"


def _class_name(t: Tuple) -> str | None:
    """`point` for an instance of `Point`."""
    cls = t.layout.cls if t.layout is not None else None
    name = cls.__name__.lower() if cls is not None else ""
    return name if name.isidentifier() and not keyword.iskeyword(name) and not hasattr(builtins, name) else None


# variables without a value


_READ_ANYWAY = frozenset({"tuple", "getitem", "zeros_like", "full_like", "list_of_zeros", "size", "shape", "len"})
"""What a derivative may do with a variable that has no value on this path: the outcome is not used there."""


_TAKE_ANY = frozenset({"pack", "push", "eq"})
"""What is done with a variable whether it has a value or not; `eq` asks which of several arrays it is.

So is a part of an array looked up at bounds that were not given: `x[None:]`.
"""


def find_must_be_bound(folding: Folding, variables: Variables) -> set[Variable]:
    """Variables that are saved, packed or copied although they may have no value: they hold None there."""
    unsure = _maybe_undefined(folding)
    found: set[Variable] = set()
    for value in unsure:
        if value not in variables.of_value:
            continue
        for user, index in folding.usage.uses.get(value, ()):
            target = phi_target(folding.structure, user, index)
            if _is_certain(value, user, folding):
                continue
            moved = target is not None and target in variables.of_value and not variables.same(target, value)
            moved = moved or (target is not None and target.op in folding.inline)
            kept = user.opcode in _TAKE_ANY or (user.derived and user.opcode in _READ_ANYWAY)
            kept = kept or (user.opcode == "index" and index > 0)
            if moved or kept:
                found.add(variables.of(value))
    return found


def _is_certain(value: Value, user: Op, folding: Folding) -> bool:
    """Whether the reader stands in a branch on the very condition under which the value was given."""
    made = value.op
    if made is None or made.opcode != "if":
        return False
    slot, structure = made.results.index(value), folding.structure
    given = [all(_is_given(leaf.operands[slot]) for leaf in leaves_of_branch(region)) for region in made.regions]
    region = structure.region_of[user]
    while region in structure.owner_of:
        owner = structure.owner_of[region]
        if owner.opcode == "if" and owner.operands[0] is made.operands[0] and given[owner.regions.index(region)]:
            return True
        region = structure.region_of[owner]
    return False


def leaves_of_branch(region: Region) -> list[Op]:
    """The `yield`s at the end of a branch."""
    return [leaf for leaf in region_leaves(region) if leaf.opcode == "yield"]


def _is_given(value: Value) -> bool:
    """Whether a yielded value is surely defined: not undefined itself, and not merged from something that may be."""
    if isinstance(value.type, Undef):
        return False
    return value.op is not None and value.op.opcode not in ("undef", "if", "for", "while")


def _maybe_undefined(folding: Folding) -> set[Value]:
    """Branch results and carries into which an undefined value may flow."""
    usage = folding.usage
    unsure: set[Value] = set()
    work = [v for v in usage.uses if isinstance(v.type, Undef) or (v.op is not None and v.op.opcode == "undef")]
    while work:
        value = work.pop()
        for user, index in usage.uses.get(value, ()):
            target = phi_target(folding.structure, user, index)
            if target is None:
                continue
            carry = folding.structure.carry_of.get(target)
            loop = carry[0] if carry is not None else target.op
            reached = {target}
            if loop is not None and is_loop(loop):
                slot = carry[1] if carry is not None else loop.results.index(target)
                reached = {loop.results[slot], *(carried_args(loop, region)[slot] for region in loop.regions)}
            work += reached - unsure
            unsure |= reached
    return unsure


# names


def _user_names(folding: Folding) -> set[str]:
    """The names the user's own function assigns. Branches and loops may carry a derivative's values as well."""
    names = {parameter.name for parameter in folding.function.params if not parameter.generated}
    for value in folding.usage.needed:
        op = value.op
        if value.name is not None and op is not None and not op.derived and op.opcode not in (*CONTROL, "tape"):
            names.add(value.name)
    return names


def _wanted(value: Value, folding: Folding, users: set[str]) -> str | None:
    op = value.op
    if op is not None and op.opcode == "tape":
        return _free(value.name or _tape_name(value, folding), users)
    if value.name is None or not value.name.isidentifier():
        return None
    if op is not None and op.derived and value.name.endswith(GENERATED):
        return _free(value.name, users)
    return value.name


def _free(name: str, users: set[str]) -> str:
    return name + "_" if name in users else name


def _tape_name(tape: Value, folding: Folding) -> str:
    """`v_stack` for a stack of versions of `v`, `v_tape` for an array of them, `branch_stack` for decisions."""
    assert isinstance(tape.type, TapeType)
    if tape.type.item == BOOL:
        return "branch_stack"
    uses = folding.usage.uses.get(tape, ())
    is_array = tape.op is not None and bool(tape.op.operands)  # one value at a place, then the indices
    pushed = [
        value
        for user, index in uses
        if user.opcode == "push" and index == 0
        for value in (user.operands[1:2] if is_array else user.operands[1:])
    ]
    if len(pushed) != 1:
        return "stack"
    value = pushed[0]
    if is_array and rank_of(value.type):
        name = saved_from(value)
        return "tape" if name is None else f"{name}_tape"
    if value.op is not None and value.op.opcode == "tape":
        return f"{_tape_name(value, folding)}s"
    if value.name is not None:
        return f"{value.name}_stack"
    return "count_stack" if isinstance(tape.type.item, Scalar) and tape.type.item == INT else "stack"
