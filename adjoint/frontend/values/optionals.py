"""Values that may be None when the program runs: a flag beside the value, and what the tests on a path say about it.

    best = None                          %none = True; %best = undef
    for v in xs:                         for ... carrying %none, %best
        if best is None or v > best:         if %none or %v > %best
            best = v                             yield False, %v

`x is None` is the flag. Every other use reads the value: on paths where no test says that it is there, a check that
raises what Python would raise stands before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from adjoint.frontend.storage import memory
from adjoint.frontend.values.objects import NONE_SUFFIX, UNBOUND_SUFFIX, Optional, object_of
from adjoint.ir.core import Op, Region, Value, const_of, is_const
from adjoint.ir.types import BOOL, Static

if TYPE_CHECKING:
    from adjoint.frontend.storage.store import Store


_SUFFIXES = (NONE_SUFFIX, UNBOUND_SUFFIX)


def is_none(value: Any) -> bool:
    """Whether a value is None, known now."""
    return isinstance(value, Value) and isinstance(value.type, Static) and value.type.value is None


def known(flag: Value, facts: Mapping[Value, bool]) -> bool | None:
    """Whether a flag is set, where that is known."""
    if is_const(flag):
        return bool(const_of(flag))
    found = facts.get(flag)
    if found is None and flag.op is not None and flag.op.opcode == "not":
        opposite = known(flag.op.operands[0], facts)
        return None if opposite is None else not opposite
    return found


def resolved(ctx: Store, held: Any) -> Any:
    """A binding without its doubt, where the path at hand says which it is: None, or the value."""
    thing = object_of(held)
    while isinstance(thing, Optional):
        flag = known(thing.is_none, ctx.facts)
        if flag is None:
            return held
        if flag and thing.unbound:
            return None
        held = ctx.const(None) if flag else memory.load(ctx, None, thing.value)
        thing = object_of(held)
    return held


def present(ctx: Store, value: Value, kind: type[Exception] = TypeError, message: str | None = None) -> Value:
    """The value itself, for a use that None does not allow: Python raises `kind` there."""
    value = resolved(ctx, value)
    thing = object_of(value)
    if not isinstance(thing, Optional):
        return value
    if thing.unbound:
        kind = UnboundLocalError
        message = f"cannot access local variable {thing.unbound!r} where it is not associated with a value"
    regions = [Region(), Region()]
    with ctx.inside(regions[0]):
        write_raise(ctx, kind, message or f"{thing.name or 'a value'} is None")
    with ctx.inside(regions[1]):
        ctx.builder.terminate("yield")
    ctx.builder.op("if", [thing.is_none], (), {}, regions)
    ctx.facts[thing.is_none] = False
    inner = memory.load(ctx, None, thing.value)
    return inner if thing.unbound else present(ctx, inner, kind)


def write_raise(ctx: Store, kind: type[Exception], message: str) -> None:
    """End the region with an exception of Python's own."""
    attrs = {"exception": kind, "_text": f"{kind.__name__}({message!r})"}
    ctx.builder.op("raise", [ctx.const(message)], (), attrs)


def flag_of(value: Value) -> Value | None:
    """The flag of a value that may be None."""
    thing = object_of(value)
    return thing.is_none if isinstance(thing, Optional) else None


def simpler_flag(ctx: Store, value: Value) -> Value:
    """A flag that is set on one path and not on the other is the condition itself, or its opposite."""
    op = value.op
    if op is None or value.type != BOOL or not (value.name or "").endswith(_SUFFIXES) or op.operands[0].type != BOOL:
        return value
    ends = [region.terminator for region in op.regions]
    if any(end.opcode != "yield" for end in ends):
        return value
    given = [end.operands[op.results.index(value)] for end in ends]
    if not all(map(is_const, given)) or const_of(given[0]) == const_of(given[1]):
        return value
    return op.operands[0] if const_of(given[0]) else ctx.builder.emit("not", op.operands[0])


# -- what conditions say


def assume(ctx: Store, condition: Value, holds: bool) -> None:
    """From here on, in this region, the condition is known to hold, or not to."""
    ctx.facts.update(said_by(condition, holds))


def said_by(condition: Value, holds: bool) -> Iterator[tuple[Value, bool]]:
    """What a condition says about the values it is made of."""
    if condition.type == BOOL:
        yield condition, holds
    op = condition.op
    if op is not None and op.opcode == "not":
        yield from said_by(op.operands[0], not holds)
    elif op is not None and op.opcode == "if":
        yield from _said_by_choice(op, op.results.index(condition), holds)


def _said_by_choice(op: Op, index: int, holds: bool) -> Iterator[tuple[Value, bool]]:
    """`a and b` holds: both do. `a or b` does not: neither does."""
    test = op.operands[0]
    ends = [region.terminator for region in op.regions]
    if any(end.opcode != "yield" for end in ends):
        return
    side = ends[0 if holds else 1].operands[index]
    other = ends[1 if holds else 0].operands[index]
    if other is test or (is_const(other) and bool(const_of(other)) != holds):
        yield from said_by(test, holds)
        yield from said_by(side, holds)


__all__ = ["assume", "flag_of", "is_none", "known", "present", "resolved", "said_by"]
