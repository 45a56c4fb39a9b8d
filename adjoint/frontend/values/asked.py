"""Numbers that decide shapes or types, which have to be known before the run: what they are computed from.

    def total(x, axis): return np.sum(x.sum(axis=axis) ** 2)      `axis` is asked for
    def f(x): return total(x, 1)                                  known here: `total` is lowered again, for axis=1

A refusal says which values it asks for. Where it leaves a function they are traced to its parameters, and to names
outside. A caller that passes constants there lowers the function again, with these known (`calling.with_known`); any
other asks for what it has passed. Names outside are known when the whole program is lowered again (`lower`), arguments
of the user's call when it is specialised to them (`adjoint.relating`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

from adjoint.errors import AdjointError
from adjoint.ir.core import Op, Region, Value, region_leaves, walk
from adjoint.ir.types import Array, Static, Tuple, Type
from adjoint.runtime.known import NUMBERS, Held, Path

if TYPE_CHECKING:
    from adjoint.frontend.context import Context

Name = tuple[int, str]
"""A name outside of functions: which namespace, by identity, and the name there."""


@final
@dataclass(frozen=True, slots=True)
class Asked:
    """A value that has to be known, or an item of it, to which `path` leads.

    Of a function that has been left it is a parameter, by number, or a name outside.
    """

    value: Value | int | Name
    path: Path = ()


@final
@dataclass(slots=True)
class Outer:
    """What a program reads under names outside, and what has to be known of it."""

    known: dict[Name, set[Path]] = field(default_factory=dict)
    """Names whose numbers have to be known, and where in what they mean these are."""
    read: dict[Value, Name] = field(default_factory=dict)
    """The values that have been read."""
    held: list[Held] = field(default_factory=list)
    """The numbers in objects that are known."""


def traced(asks: Iterable[Asked], args: Sequence[Value], outside: Mapping[Value, Name]) -> tuple[Asked, ...]:
    """The parameters, and names outside, that values of a function with these `args` are computed from."""
    numbers = {arg: number for number, arg in enumerate(args)}
    found: dict[Asked, None] = {}
    seen: set[Asked] = set()
    pending = list(asks)
    while pending:
        each = pending.pop()
        if each in seen:
            continue
        seen.add(each)
        value = each.value
        if not isinstance(value, Value):
            found[each] = None
        elif value in numbers or value in outside:
            found[Asked(numbers[value] if value in numbers else outside[value], each.path)] = None
        elif value.op is not None:
            pending += _sources(value.op, value, each.path)
    return tuple(found)


def _sources(op: Op, value: Value, path: Path) -> Iterator[Asked]:
    """What a result of an operation is computed from, but for arrays: what stands in them is not known."""
    if op.opcode == "getitem":
        yield Asked(op.operands[0], (op.attrs["index"], *path))
        return
    if op.opcode in ("tuple", "list") and path:
        yield Asked(op.operands[path[0]], path[1:])
        return
    at = op.results.index(value)
    leaves = [leaf for region in op.regions for leaf in region_leaves(region) if op.opcode == "if"]
    yielded = [leaf.operands[at] for leaf in leaves if leaf.opcode == "yield"]
    yield from (Asked(each) for each in (*op.operands, *yielded) if not isinstance(each.type, Array))


@contextmanager
def asking(values: Iterable[Value]) -> Iterator[None]:
    """While a function of a library is called with these values: a refusal that does not say more asks for all."""
    try:
        yield
    except AdjointError as refusal:
        refusal.asks = refusal.asks or tuple(map(Asked, values))
        raise


@contextmanager
def leaving(body: Region, outer: Outer) -> Iterator[None]:
    """While the statements of a function are lowered: what they ask for is asked of its parameters."""
    try:
        yield
    except AdjointError as refusal:
        if refusal.parts_ways:
            refusal.asks = [Asked(op.operands[0]) for op in walk(body) if op.opcode == "if"]
            refusal.parts_ways = False
        asked = bool(refusal.asks)
        refusal.asks = traced(refusal.asks, body.args, outer.read)
        if asked and not refusal.asks and refusal.given:
            refusal.add_note(f"only the run knows what is passed in {refusal.given}")
        raise


def passed(asks: Iterable[Asked], operands: Sequence[Value]) -> tuple[Asked, ...]:
    """What a call with these operands has passed for the parameters that are asked for."""
    return tuple(_inside(operands[a.value], a.path) if isinstance(a.value, int) else a for a in asks)


def _inside(value: Value, path: Path) -> Asked:
    while path and value.op is not None and value.op.opcode in ("tuple", "list"):
        value, path = value.op.operands[path[0]], path[1:]
    return Asked(value, path)


def as_told(ctx: Context, value: Value, t: Type) -> Value:
    """A value that is to have the type: of a number that is told it is a constant."""
    if not isinstance(t, Static) or not ctx.is_static(value) or Static(ctx.static(value)) != t:
        return value
    return value if value.type == t else ctx.builder.const(t.value, t)


def is_number(ctx: Context, value: Value) -> bool:
    """Whether a value is a number that is known."""
    return ctx.is_static(value) and type(ctx.static(value)) in NUMBERS


def numbers_in(value: Value) -> Iterator[Value]:
    """A value, or those that it is put together from."""
    if isinstance(value.type, Tuple) and value.op is not None and value.op.opcode == "tuple":
        for part in value.op.operands:
            yield from numbers_in(part)
    else:
        yield value


__all__ = ["Asked", "Name", "Outer", "as_told", "asking", "is_number", "leaving", "numbers_in", "passed", "traced"]
