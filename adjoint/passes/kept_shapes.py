"""Arrays that are kept for their shapes: the shapes are kept, and the arrays' memory is free.

    before:  push %t %u              ...  %v = pop %t;  %z = zeros_like %v
    after:   %s = shape %u;  push %t %s   ...  %v = pop %t;  %z = zeros %v
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import cast

import numpy as np

from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, users, walk, walk_regions
from adjoint.ir.types import INT, Array, TapeType, Tuple, Type
from adjoint.ir.undefined import maybe_none

Uses = Sequence[tuple[Op, int]]


def keep_shapes(function: Function, missing: Collection[Value] = ()) -> None:
    """Push shapes where nothing but zeros is made of what is popped, and not of what may be `missing`, in place."""
    tapes = [op for op in walk(function.body) if op.opcode == "tape"]
    if not tapes:
        return
    uses, unsure = users(function.body), maybe_none(function.body).union(missing)
    regions = {op: region for region in walk_regions(function.body) for op in region.ops}
    for tape in tapes:
        pushes = [op for op, _ in uses.get(tape.result, ()) if op.opcode == "push"]
        pops = [op for op, _ in uses.get(tape.result, ()) if op.opcode == "pop"]
        known = all(op.opcode in ("push", "pop", "nonempty") for op, _ in uses.get(tape.result, ()))
        known = known and not any(push.operands[1] in unsure for push in pushes)
        if known and pushes and pops and _is_kept_for_shape(pushes, [uses.get(pop.result, ()) for pop in pops]):
            _keep_shape(tape, pushes, pops, regions)
            for pop in pops:
                _make_zeros(pop, uses[pop.result])


def _is_kept_for_shape(pushes: Sequence[Op], readers: Sequence[Uses]) -> bool:
    """Whether arrays of one kind are pushed, and zeros of theirs made of what is popped."""
    types = [push.operands[1].type for push in pushes]
    kinds = {(t.dtype, t.rank) if isinstance(t, Array) and t.rank else None for t in types}
    if len(kinds) > 1 or None in kinds:
        return False
    return all(uses and all(op.opcode == "zeros_like" and op.derived for op, _ in uses) for uses in readers)


def _keep_shape(tape: Op, pushes: Sequence[Op], pops: Sequence[Op], regions: dict[Op, Region]) -> None:
    rank = cast(Array, pushes[0].operands[1].type).rank
    name = "size" if rank == 1 else "shape"
    t: Type = INT if rank == 1 else Tuple((INT,) * rank)
    for push in pushes:
        builder = Builder(Region(), line=push.line, derived=True)
        push.operands[1] = builder.emit("len" if rank == 1 else "shape", push.operands[1])
        ops = regions[push].ops
        at = ops.index(push)
        ops[at:at] = builder.region.ops
    tape.attrs["item"] = t
    tape.result.type, tape.result.name = TapeType(t), f"{name}_stack"
    for pop in pops:
        pop.result.type, pop.result.name = t, name


def _make_zeros(pop: Op, readers: Uses) -> None:
    for op, _ in readers:
        dtype = cast(Array, op.result.type).dtype
        op.opcode = "zeros"
        op.attrs = {key: attr for key, attr in op.attrs.items() if key != "dtype"}
        if dtype != "float64":
            op.attrs["dtype"] = np.dtype(dtype).type
