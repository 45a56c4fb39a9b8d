"""A product of the middle of an array and numbers, set into zeros, is made of the whole array in one piece.

    before:  %p = index %u 1:-1 1:-1;  %d = mul %c %p;  %w = index_set %zeros %d 1:-1 1:-1
    after:   %m = mul %c %u;  %w1 = index_set %scratch %m :;  %w = the sides of %w1 set to zero, one after the other

It is printed `np.multiply(c, u, out=d)` and `d[:1] = d[-1:] = d[:, :1] = d[:, -1:] = 0.0`. As nothing is kept in the
border from one time to the next, one array serves all that is made in this way. (`passes/shifted_places` says when.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from adjoint.analysis.margins import Offsets, margins, slices
from adjoint.ir.builder import Builder
from adjoint.ir.core import Op, Region, Value
from adjoint.ir.ops.lists import STORES
from adjoint.ir.opset import TABLE
from adjoint.ir.types import Array, rank_of

_PRODUCTS = {"mul": (0, 1), "truediv": (0,), "neg": (0,)}
"""Where the part may stand, and not a sign in the end. What is divided by a number may be infinite beyond the part, and
is set to zero there."""

Uses = dict[Value, list[tuple[Op, int]]]

_ALL = ("slice", False, False, False)


class Product(NamedTuple):
    """A part of a whole array, times numbers."""

    factors: list[tuple[Op, int]]
    """What makes it, step by step, and which operand is what the step before made, or the part."""
    whole: Value
    before: Offsets
    behind: Offsets

    @property
    def made(self) -> Op:
        """What makes the product in the end."""
        return self.factors[-1][0]


def product_of_part(value: Value, region: Region, uses: Uses, least: int = 2) -> Product | None:
    """The product that the value is, if all of it is made in the region, of so many dimensions at least."""
    factors = list[tuple[Op, int]]()
    part = value
    while (place := _factor(part, region)) is not None and (not factors or len(uses[part]) == 1):
        assert part.op is not None
        factors.insert(0, (part.op, place))
        part = part.op.operands[place]
    read = part.op
    if not factors or factors[-1][0].opcode == "neg":
        return None
    if read is None or read.opcode != "index" or read not in region.ops:
        return None
    found = margins(read, read.operands[1:], least)
    if found is None or found[0] or _is_written_between(read, factors[-1][0], region):
        return None
    whole = read.operands[0]
    if not isinstance(whole.type, Array) or not isinstance(value.type, Array) or whole.type.dtype != value.type.dtype:
        return None
    return Product(factors, whole, *found[1:])


def _factor(value: Value, region: Region) -> int | None:
    """Which operand a value is a multiple of, if a derivative made it in the region."""
    made = value.op
    if made is None or made.opcode not in _PRODUCTS or not made.derived or made not in region.ops:
        return None
    if made.attrs.get("_inplace"):
        return None
    places = [place for place, each in enumerate(made.operands) if rank_of(each.type)]
    return places[0] if len(places) == 1 and places[0] in _PRODUCTS[made.opcode] else None


def _is_written_between(part: Op, made: Op, region: Region) -> bool:
    """Whether the memory of the part may be changed before the product is made."""
    between = region.ops[region.ops.index(part) + 1 : region.ops.index(made)]
    whole = _made_first(part.operands[0])
    return any(
        op.regions
        or op.opcode == "call"
        or "_inplace" in op.attrs
        or (op.opcode in STORES and not _is_apart(op, whole))
        for op in between
    )


def _is_apart(store: Op, whole: Value) -> bool:
    """Whether a store is into an array that arithmetic has made, another one than the whole."""
    target = _made_first(store.operands[0])
    made = target.op
    if made is None or not made.derived or "_inplace" in made.attrs or target is whole:
        return False
    return made.opcode == "zeros_like" or (made.opcode in TABLE and TABLE[made.opcode].elementwise)


def _made_first(value: Value) -> Value:
    """An array before all that was stored into it."""
    while value.op is not None and value.op.opcode in ("index_set", "index_add"):
        value = value.op.operands[0]
    return value


def make_whole(product: Product, scratch: Value | None, region: Region) -> tuple[Op, Value]:
    """Let the product be one of the whole array, in memory that is there or in new memory, with zeros around the part.

    Gives the operation that reads the whole array, too.
    """
    made = product.made
    builder = Builder(Region(), line=made.line, derived=True)
    filled = product.whole
    for op, place in product.factors:
        operands = [filled if position == place else operand for position, operand in enumerate(op.operands)]
        filled = builder.emit(op.opcode, *operands, **op.attrs)
    multiplied = builder.region.ops[0]
    if scratch is not None:
        filled = builder.emit("index_set", scratch, filled, spec=(_ALL,), _owned=True, _out=True)
    zero = builder.const(0.0)
    is_chained = False
    for axis, widths in enumerate(zip(product.before, product.behind)):
        for is_behind, width in enumerate(widths):
            if width:
                spec, bounds = _side(axis, width, bool(is_behind), builder)
                filled = builder.emit("index_set", filled, zero, *bounds, spec=spec, _owned=True, _chained=is_chained)
                is_chained = True
    at = region.ops.index(made)
    region.ops[at : at + 1] = builder.region.ops
    for op, _ in product.factors[:-1]:
        region.ops.remove(op)
    return multiplied, filled


def reads_at_once(op: Op, position: int, region: Region) -> bool:
    """Whether an operation of the region reads an array where it stands, and nothing of it is kept."""
    if op not in region.ops or op.regions or (op.attrs.get("_inplace") and position == 0):
        return False
    if op.opcode in ("index_set", "index_add"):
        return position == 1 and isinstance(op.operands[0].type, Array)
    return op.opcode in TABLE and TABLE[op.opcode].elementwise


def read_part(product: Product, filled: Value, others: Sequence[tuple[Op, int]], region: Region) -> None:
    """Let others that read the product read it as a part of what is filled."""
    if others:
        builder = Builder(Region(), line=product.made.line, derived=True)
        spec, bounds = slices(list(product.before), list(product.behind), builder)
        part = builder.emit("index", filled, *bounds, spec=spec)
        for op, position in others:
            op.operands[position] = part
        assert filled.op is not None
        at = region.ops.index(filled.op) + 1
        region.ops[at:at] = builder.region.ops


def _side(axis: int, width: int, is_behind: bool, builder: Builder) -> tuple[tuple[Any, ...], list[Value]]:
    """The spec and the bound of the outermost elements along an axis."""
    return (*[_ALL] * axis, ("slice", is_behind, not is_behind, False)), [builder.const(-width if is_behind else width)]
