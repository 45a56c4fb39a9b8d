"""Products that have a scaled array in common compute it once.

    before:  %a = mul (mul %c %u) %g;  %b = mul (mul %c %d) %g
    after:   %s = mul %c %g;  %a = mul %s %u;  %b = mul %s %d

Only at emission, and only products that a derivative wrote.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, const_of, is_const, users, walk_regions
from adjoint.ir.types import Array, rank_of, wraps
from adjoint.passes.algebra import is_number

Uses = dict[Value, list[tuple[Op, int]]]
Key = tuple[tuple[Any, ...], Value]
"""The numbers and scalars of a product, and one of its arrays."""


def share_factors(function: Function) -> None:
    """Take scaled arrays out of the products of each region, in place."""
    uses = users(function.body)
    for region in walk_regions(function.body):
        while (found := _most_common(region, uses)) is not None:
            _share(*found, region, uses)
            uses = users(function.body)


def _most_common(region: Region, uses: Uses) -> tuple[Key, list[Op]] | None:
    """The scaled array that most products have in common, and these products."""
    having: dict[Key, list[Op]] = {}
    for op in region.ops:
        if _is_product(op) and not _is_inner(op, region, uses):
            for key in _keys(_factors(op, region, uses)):
                having.setdefault(key, []).append(op)
    shared = [item for item in having.items() if len(item[1]) > 1]
    return max(shared, key=lambda item: len(item[1]), default=None)


def _keys(factors: list[Value]) -> Iterator[Key]:
    if any(wraps(value.type) for value in factors):
        return  # what may overflow is multiplied last
    scalars = tuple(_identity(value) for value in factors if not rank_of(value.type))
    arrays = [value for value in factors if rank_of(value.type)]
    smallest = min((rank_of(value.type) for value in arrays), default=0)
    if scalars and len(arrays) > 1:
        yield from dict.fromkeys((scalars, value) for value in arrays if rank_of(value.type) == smallest)


def _identity(value: Value) -> Any:
    """What tells a factor from others: a number its value, everything else itself."""
    return (type(const_of(value)).__name__, repr(const_of(value))) if is_const(value) else value


def _is_product(op: Op) -> bool:
    return op.opcode == "mul" and op.derived and isinstance(op.result.type, Array)


def _is_inner(op: Op, region: Region, uses: Uses) -> bool:
    """Whether the product is only a factor of another one."""
    readers = uses.get(op.result, [])
    return len(readers) == 1 and _is_product(readers[0][0]) and readers[0][0] in region.ops and op.result.name is None


def _factors(op: Op, region: Region, uses: Uses) -> list[Value]:
    found: list[Value] = []
    for operand in op.operands:
        inner = operand.op
        if inner is not None and _is_product(inner) and inner in region.ops and _is_inner(inner, region, uses):
            found += _factors(inner, region, uses)
        else:
            found.append(operand)
    return found


def _share(key: Key, products: list[Op], region: Region, uses: Uses) -> None:
    """Make the scaled array in front of the first product; write the products with it."""
    lists = [_factors(op, region, uses) for op in products]
    scalars = [value for value in lists[0] if not rank_of(value.type)]
    builder = Builder(Region(), line=products[0].line, derived=True)
    shared = _scaled(scalars, key[1], _own_factors(key[1], len(products), region, uses), builder)
    _insert(builder, region, products[0])
    for op, factors in zip(products, lists):
        _drop_inner(op, region, uses)
        rest = [value for value in factors if rank_of(value.type)]
        rest.remove(key[1])
        inner = Builder(Region(), line=op.line, derived=True)
        op.operands = [_times([shared, *rest[:-1]], inner), rest[-1]]
        _insert(inner, region, op)


def _own_factors(array: Value, count: int, region: Region, uses: Uses) -> list[Value]:
    """The factors of an array that is read by so many products only; the array, where it is no product."""
    op = array.op
    if op is None or not _is_product(op) or op not in region.ops or len(uses[array]) != count or array.name is not None:
        return [array]
    return _factors(op, region, uses)


def _scaled(scalars: list[Value], array: Value, factors: list[Value], builder: Builder) -> Value:
    """The array times the scalars, two numbers as one; a sign goes to the number in front."""
    op, number, first = array.op, scalars[0], factors[0]
    if not is_const(number) or not is_number(const_of(number)):
        return _times([*scalars, array], builder)
    if len(factors) > 1 and is_const(first) and is_number(const_of(first)):
        product = const_of(number) * const_of(first)
        return _times([*([] if product == 1 else [builder.const(product)]), *scalars[1:], *factors[1:]], builder)
    if op is not None and op.opcode == "neg" and op.derived:
        return _times([builder.const(-const_of(number)), *scalars[1:], op.operands[0]], builder)
    return _times([*scalars, array], builder)


def _insert(builder: Builder, region: Region, before: Op) -> None:
    at = region.ops.index(before)
    region.ops[at:at] = builder.region.ops


def _drop_inner(op: Op, region: Region, uses: Uses) -> None:
    """Remove the products that were factors of this one only."""
    for operand in op.operands:
        inner = operand.op
        if inner is not None and _is_product(inner) and inner in region.ops and _is_inner(inner, region, uses):
            _drop_inner(inner, region, uses)
            region.ops.remove(inner)


def _times(factors: list[Value], builder: Builder) -> Value:
    total = factors[0]
    for factor in factors[1:]:
        total = builder.emit("mul", total, factor)
    return total
