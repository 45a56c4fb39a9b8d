"""Arrays without dimensions: `np.array(0.5)` changes in place, though its value here is a number, which does not.

So whatever would change one under another name is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from adjoint.frontend.values.objects import Items, Optional, object_of
from adjoint.frontend.writer import OF_NUMBERS, is_kept_number, is_zero_dimensional, may_be_0d
from adjoint.ir import opset
from adjoint.ir.core import Function, Op, Value, region_leaves
from adjoint.ir.types import Array, rank_of

if TYPE_CHECKING:
    from adjoint.frontend.context import Context
    from adjoint.frontend.storage.store import Store


@final
@dataclass(frozen=True, slots=True)
class Change:
    """`s += v`: the statement, the number before and behind it, and whether a name is bound to what is new."""

    node: Any
    old: Value
    new: Value
    binds: bool


_NUMBERS = frozenset({"index", "getitem", "const"})
_MADE = OF_NUMBERS | {"array"}
_ONE_OF = {"max_of": 0, "min_of": 0, "sum_of": 1}
"""What may give one of its operands, from this one on, and not a new number: `sum([], s)` is `s`."""


def given_back(op: Op) -> list[Value]:
    """The operands one of which the operation may give."""
    return op.operands[_ONE_OF[op.opcode] :] if op.opcode in _ONE_OF else []


def note_part(opcode: str, base: Value, value: Value) -> None:
    """Mark what is a part without dimensions of an array that has some: `a[0, ...]`, `a[:1].reshape(())`."""
    is_part = bool(rank_of(base.type)) or (base.op is not None and bool(base.op.attrs.get("_part")))
    if value.op and value.op.opcode == opcode and is_part and may_be_0d(opcode, value):
        value.op.attrs["_part"] = not opset.lookup(opcode).fresh


def note_view(ctx: Store, base: Value) -> bool:
    """Note a view of the value, `g.reshape(1)`, that may be one of an array without dimensions; whether it is one."""
    is_one = is_zero_dimensional(base.type) and (
        base.op is None or _may_have_come(base, set()) or _is_made(base) or bool(base.op.regions)
    )
    ctx.specializations.viewed_0d |= is_one
    return is_one


def note_augmented(ctx: Store, node: Any, old: Value) -> None:
    """Remember an augmented assignment that changes an array without dimensions, if the program makes one."""
    if not is_zero_dimensional(old.type):
        return
    is_outermost = len(ctx.specializations.stack) == 1
    is_given = old.op is None and old in ctx.builder.region.args and not is_outermost
    if is_given or (old.op is not None and _may_have_come(old, set())):
        ctx.specializations.augmented_0d.append((ctx, node))
    else:
        ctx.specializations.scaled_0d.append((ctx, node))


def comes_in(value: Value) -> bool:
    """Whether it may be an argument: itself, or on one of several paths."""
    if value.op is None:
        return True
    return value.op.opcode == "if" and any(map(comes_in, _ends(value)))


def note_heads(ctx: Context, inits: Sequence[Value], heads: Sequence[Value]) -> None:
    """Note what numbers at the head of a loop are in the first pass, and which of these have another name."""
    for init, head in zip(inits, heads):
        if is_zero_dimensional(head.type):
            ctx.specializations.ways_0d.setdefault(head, []).append(init)
            if _places(ctx, init) > 1 or init in ctx.specializations.shared_0d:
                ctx.specializations.shared_0d.add(head)


def note_ends(ctx: Context, heads: Sequence[Value], ends: Sequence[Value]) -> None:
    """Note what numbers at the head of a loop are in other passes, and which of these are one."""
    for place, (head, end) in enumerate(zip(heads, ends)):
        if is_zero_dimensional(head.type):
            ctx.specializations.ways_0d.setdefault(head, []).append(end)
            if any(end is other for other in (*ends[:place], *ends[place + 1 :])):
                ctx.specializations.shared_0d.add(head)


def note_changed(ctx: Context, node: Any, old: Value, new: Value, *, binds: bool = True) -> None:
    """Note what `x += ...` does with a number, which may be an array without dimensions in the end."""
    ctx.changed_0d.append(Change(node, old, new, binds))
    if is_zero_dimensional(old.type):
        ctx.specializations.ways_0d.setdefault(new, []).append(old)
        ctx.specializations.changed_0d.append((ctx, node, old))
        paths = _ways({}, old)
        held = [_within(each) for each in (*ctx.env.values(), *_in_containers(ctx))]
        if sum(isinstance(each, Value) and not paths.isdisjoint(_ways({}, each)) for each in held) > 1:
            ctx.specializations.shared_0d.add(old)


def _within(held: Any) -> Any:
    """What is held, if that may be None or not be there."""
    while isinstance(thing := object_of(held), Optional):
        held = thing.value
    return held


def is_shared(ctx: Context, value: Value) -> bool:
    """Whether it may be an array without dimensions that has another name."""
    if not is_zero_dimensional(value.type):
        return False
    known = ctx.specializations
    seen = _ways(known.ways_0d, value)
    return not seen.isdisjoint(known.shared_0d) and any(_may_have_come(each, set()) or _is_made(each) for each in seen)


def _ways(known: Mapping[Value, Sequence[Value]], value: Value) -> set[Value]:
    """All that a number may be, through loops and paths that meet."""
    seen, pending = {value}, [value]
    while pending:
        each = pending.pop()
        more = [*known.get(each, ()), *(_ends(each) if each.op is not None and each.op.opcode == "if" else ())]
        new = [one for one in more if one not in seen]
        seen.update(new)
        pending += new
    return seen


def _ends(value: Value) -> list[Value]:
    """What the paths give that meet in a value."""
    assert value.op is not None
    place = value.op.results.index(value)
    leaves = [leaf for region in value.op.regions for leaf in region_leaves(region)]
    return [leaf.operands[place] for leaf in leaves if len(leaf.operands) > place]


def has_two_places(ctx: Context, value: Value) -> bool:
    """Whether what might be an array without dimensions has two names, or a name and a place in a container."""
    if not is_zero_dimensional(value.type):
        return False
    names = [held for held in ctx.env.values() if isinstance(held, Value)]
    if sum(held is value for held in names) > 1:
        return True
    if value.op is not None and not (_may_have_come(value, set()) or _is_made(value)):
        return False
    return any(held is value for held in _in_containers(ctx))


def _places(ctx: Context, value: Value) -> int:
    """How many names and places in containers hold a value."""
    return sum(held is value for held in (*ctx.env.values(), *_in_containers(ctx)))


def _in_containers(ctx: Context) -> Iterator[Any]:
    names = (held.op for held in ctx.env.values() if isinstance(held, Value))
    for op in names:
        yield from op.operands if op is not None and op.opcode == "tuple" else ()
    for items in ctx.heap.values():
        yield from items.slots if isinstance(items, Items) else ()


def augmented(ctx: Context) -> tuple[Context, Any, Sequence[str]] | None:
    """Where the program changes an array without dimensions that may have another name, and which, if it does."""
    known = ctx.specializations
    if len(known.stack) > 1:
        return None
    if known.may_hold_0d and known.shared_numbers:
        where, node, others = known.shared_numbers[0]
        return where, node, others
    for where, node, old in known.changed_0d:
        if is_shared(where, old):
            return where, node, []
    found = known.augmented_0d if known.made_0d or known.viewed_0d else []
    found = found or (known.scaled_0d if known.viewed_0d else [])
    return (*found[0], []) if found else None


def may_be_one(ctx: Context, value: Value) -> bool:
    """Whether a value may be an array without dimensions."""
    return is_zero_dimensional(value.type) and any(map(_may_be_result, _ways(ctx.specializations.ways_0d, value)))


def is_real(value: Value) -> bool:
    """Whether a value of one operation may be an array without dimensions, not only a number.

    What is read from a dict or an object is one only where the operation that made it is known as well.
    """
    op = value.op
    if op is None or not is_zero_dimensional(value.type) or is_kept_number(value):
        return False
    return _may_be_given(op, [], ()) if _is_known_call(op) else _may_be_result(value)


def _may_be_result(value: Value, calls: tuple[Op, ...] = ()) -> bool:
    """Whether a result may be one: of a call, what the callee returns."""
    op = value.op
    if op is None or not may_be_0d(op.opcode, value):
        return False
    call, way = _read_from(op)
    return call is None or not _is_known_call(call) or _may_be_given(call, way, calls)


def _is_known_call(op: Op) -> bool:
    return op.opcode == "call" and isinstance(op.attrs.get("callee"), Function)


def _may_be_given(call: Op, way: Sequence[int], calls: tuple[Op, ...]) -> bool:
    """Whether what a call gives, or an item of it, may be one."""
    ends = [leaf.operands[0] for leaf in region_leaves(call.attrs["callee"].body) if leaf.opcode == "return"]
    for number in way:
        if not all(end.op is not None and end.op.opcode == "tuple" for end in ends):
            return True
        ends = [end.op.operands[number] for end in ends if end.op is not None]
    return not ends or any(_may_return(each, (*calls, call)) for each in ends)


def _read_from(op: Op) -> tuple[Op | None, list[int]]:
    """What an item of a tuple, or an item of an item, was read from, and its numbers from there on."""
    way: list[int] = []
    found: Op | None = op
    while found is not None and found.opcode == "getitem":
        way.insert(0, found.attrs["index"])
        found = found.operands[0].op
    return found, way


def _may_return(end: Value, calls: tuple[Op, ...]) -> bool:
    """Whether what a function returns may be one, that is called like this: of an argument, what it is given."""
    while end.op is None:
        args = calls[-1].attrs["callee"].args if calls else []
        if end not in args:
            return True
        end, calls = calls[-1].operands[args.index(end)], calls[:-1]
    return bool(end.op.regions) or len(calls) > _DEEPEST or _may_be_result(end, calls)


_DEEPEST = 4


def may_hold_one(opcode: str, value: Value) -> bool:
    """Whether the program may have an array without dimensions because of this value."""
    may_be = may_be_0d(opcode, value) and not is_kept_number(value)
    return may_be and (opcode != "getitem" or _may_be_result(value))


def _may_have_come(value: Value, seen: set[Value]) -> bool:
    """Whether it may be an array that is somewhere else as well: from a call, a list or one of several paths."""
    op = value.op
    if op is None or value in seen:
        return False
    seen.add(value)
    if op.regions:
        return any(_may_have_come(end, seen) or _is_made(end) for end in _ends(value))
    if op.opcode == "call":
        return True
    source = _read_from(op)[0]
    if op.opcode == "getitem" and source is not None and source.opcode == "call":
        return _may_be_result(value)
    if op.opcode in _NUMBERS:
        return bool(op.operands) and not isinstance(op.operands[0].type, Array)
    is_one = any(_may_have_come(each, seen) or _is_made(each) for each in given_back(op))
    if is_one or op.opcode in ("max_of", "min_of"):
        return is_one
    return may_be_0d(op.opcode, value) and op.opcode != "array"


def _is_made(value: Value) -> bool:
    return value.op is not None and value.op.opcode in _MADE
