"""A place that is set to zero and then added to is set to what is added.

    before:  %b2 = index_set %b 0 %i;  %b3 = index_add %b2 %v %j;  %b4 = index_add %b3 %w %i
    after:   %b2 = index_set %b %w %i;  %b4 = index_add %b2 %v %j

Where `%w` is what was there before (`index %b %i`), nothing is set at all. The answer to `u[i] = u[i] / t` is then
`u_bar[i] = u_bar[i] / t`.
"""

from __future__ import annotations

from adjoint.ir.core import Function, Op, Region, Value, const_of, is_const, users, walk_regions
from adjoint.ir.ops.indexing import same_place
from adjoint.ir.types import Array

Uses = dict[Value, list[tuple[Op, int]]]
_FARTHEST = 8
"""How many sums are looked through."""


def refill(function: Function) -> None:
    """Join what a derivative sets to zero with what it adds there, in place."""
    uses = users(function.body)
    for region in walk_regions(function.body):
        for op in [op for op in region.ops if _empties(op)]:
            chain = _chain(op, region, uses)
            if chain:
                _join(chain, region, uses)


def _empties(op: Op) -> bool:
    """Whether the operation sets a place without repetitions to zero."""
    if op.opcode != "index_set" or not op.derived or "array" in op.attrs["spec"]:
        return False
    value = op.operands[1]
    return isinstance(op.operands[0].type, Array) and is_const(value) and bool(const_of(value) == 0)


def _chain(op: Op, region: Region, uses: Uses) -> list[Op]:
    """The operation, the sums that follow, and last one at the same place; empty where there is none.

    A sum that adds what was there before is chosen before others: nothing need be set then.
    """
    chain, found = [op], list[Op]()
    while len(chain) < _FARTHEST:
        readers = uses.get(chain[-1].result, [])
        if len(readers) != 1 or readers[0][1] != 0 or readers[0][0].opcode != "index_add":
            break
        chain.append(readers[0][0])
        if chain[-1] not in region.ops or not chain[-1].derived:
            break
        if same_place(op, chain[-1]):
            found = found or list(chain)
            if _is_old(chain[-1].operands[1].op, op.operands[0], chain[-1]):
                return chain
    return found


def _join(chain: list[Op], region: Region, uses: Uses) -> None:
    """Set the place to what the last sum adds; the sums in between follow."""
    store, *between, last = chain
    base, filling = store.operands[0], last.operands[1]
    at = region.ops.index(last)
    ops = [op for op in region.ops[:at] if op not in chain]
    region.ops[:] = [*ops, *between, *region.ops[at + 1 :]]
    value = base
    if _is_old(filling.op, base, last):
        uses[base] = [use for use in uses[base] if use[0] is not store]
    else:
        region.ops.insert(len(ops), store)
        store.operands[1], value = filling, store.result
        uses[filling].append((store, 1))
    for op in between:
        uses[value] = [*(use for use in uses.get(value, []) if use[0] is not op), (op, 0)]
        op.operands[0], value = value, op.result
    uses[value] = [use for use in uses.get(value, []) if use[0] is not last]
    for user, position in uses.pop(last.result, []):
        user.operands[position] = value
        uses[value].append((user, position))
    if value is not base:
        value.name = last.result.name


def _is_old(read: Op | None, base: Value, last: Op) -> bool:
    """Whether what is added is what was there before."""
    if read is None or read.opcode != "index" or read.operands[0] is not base:
        return False
    return same_place(last, read)
