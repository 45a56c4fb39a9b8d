"""Arrays without dimensions: `np.array(0.5)` changes in place, though its value here is a number, which does not.

So whatever would change one under another name is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from adjoint.frontend.values.objects import Items
from adjoint.frontend.writer import OF_NUMBERS, is_zero_dimensional, may_be_0d
from adjoint.ir import opset
from adjoint.ir.core import Function, Value, region_leaves
from adjoint.ir.types import Array, rank_of

if TYPE_CHECKING:
    from adjoint.frontend.context import Context
    from adjoint.frontend.storage.store import Store

_NUMBERS = frozenset({"index", "getitem", "const"})
_MADE = OF_NUMBERS | {"array"}
_ONE_OF = frozenset({"max_of", "min_of"})


def note_part(opcode: str, base: Value, value: Value) -> None:
    """Mark what is a part without dimensions of an array that has some: `a[0, ...]`, `a[:1].reshape(())`."""
    if value.op and value.op.opcode == opcode and rank_of(base.type) and may_be_0d(opcode, value):
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


def has_two_places(ctx: Context, value: Value) -> bool:
    """Whether what might be an array without dimensions has two names, or a name and a place in a container."""
    if not is_zero_dimensional(value.type):
        return False
    names = [held for held in ctx.env.values() if isinstance(held, Value)]
    if sum(held is value for held in names) > 1:
        return True
    if value.op is not None and not (_may_have_come(value, set()) or _is_made(value)):
        return False
    tuples = (held.op.operands for held in names if held.op is not None and held.op.opcode == "tuple")
    slots = (items.slots for items in ctx.heap.values() if isinstance(items, Items))
    return any(held is value for places in (*tuples, *slots) for held in places)


def augmented(ctx: Context) -> tuple[Context, Any, Sequence[str]] | None:
    """Where the program changes an array without dimensions that may have another name, and which, if it does."""
    known = ctx.specializations
    if len(known.stack) > 1:
        return None
    if known.may_hold_0d and known.shared_numbers:
        where, node, others = known.shared_numbers[0]
        return where, node, others
    found = known.augmented_0d if known.made_0d or known.viewed_0d else []
    found = found or (known.scaled_0d if known.viewed_0d else [])
    return (*found[0], []) if found else None


def may_be_one(value: Value) -> bool:
    """Whether a result may be an array without dimensions: of a call, what the callee returns."""
    op = value.op
    if op is None or not may_be_0d(op.opcode, value):
        return False
    call = op.operands[0].op if op.opcode == "getitem" else op
    if call is None or call.opcode != "call" or not isinstance(call.attrs.get("callee"), Function):
        return True
    ends = [leaf.operands[0] for leaf in region_leaves(call.attrs["callee"].body) if leaf.opcode == "return"]
    if op is not call:
        made = [end.op for end in ends]
        if not all(each is not None and each.opcode == "tuple" for each in made):
            return True
        ends = [each.operands[op.attrs["index"]] for each in made if each is not None]
    return not ends or any(end.op is None or bool(end.op.regions) or may_be_0d(end.op.opcode, end) for end in ends)


def _may_have_come(value: Value, seen: set[Value]) -> bool:
    """Whether it may be an array that is somewhere else as well: from a call, a list or one of several paths."""
    op = value.op
    if op is None or value in seen:
        return False
    seen.add(value)
    if op.regions:
        place = op.results.index(value)
        leaves = [leaf for region in op.regions for leaf in region_leaves(region)]
        ends = [leaf.operands[place] for leaf in leaves if len(leaf.operands) > place]
        return any(_may_have_come(end, seen) or _is_made(end) for end in ends)
    if op.opcode == "call":
        return True
    if op.opcode in _NUMBERS:
        return bool(op.operands) and not isinstance(op.operands[0].type, Array)
    if op.opcode in _ONE_OF:
        return any(_may_have_come(each, seen) or _is_made(each) for each in op.operands)
    return may_be_0d(op.opcode, value) and op.opcode != "array"


def _is_made(value: Value) -> bool:
    return value.op is not None and value.op.opcode in _MADE
