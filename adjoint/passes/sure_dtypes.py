"""Zeros beside arrays that are of integers in one pass of a loop and of real numbers in another: of the wider dtype.

    before:  %v1 = for ... %ints (%v) { ...  continue %reals }   %z = zeros_like %v1
    after:   %z = zeros_like %v1 {dtype=float}

The type of `v` is what holds both; `np.zeros_like(v)` would take the dtype that `v` has in that pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adjoint.ir.core import Function, Op, Value, carried_args, inits_of, region_leaves, walk
from adjoint.ir.opset import TABLE
from adjoint.ir.types import dtype_of, rank_of

_LIKE = frozenset({"zeros_like", "full_like", "ones_like", "empty_like"})
_CLASSES: dict[str, Any] = {"float64": float, "complex128": complex}


def name_dtypes(function: Function) -> None:
    """Write the dtype of such zeros out, in place."""
    joins = list(_joins(function))
    unsure = {target for given, target in joins if _differs(given, target)}
    if not unsure:
        return
    ops = list(walk(function.body))
    before = -1
    while before != len(unsure):
        before = len(unsure)
        unsure |= {target for given, target in joins if given in unsure and rank_of(target.type)}
        saved = {dtype_of(op.operands[1].type) for op in ops if op.opcode == "push" and op.operands[1] in unsure}
        for op in ops:
            unsure.update(result for result in op.results if rank_of(result.type) and _takes(op, result, unsure, saved))
    for op in ops:
        if op.opcode in _LIKE and op.derived and op.operands[0] in unsure and op.attrs.get("dtype") is None:
            dtype = dtype_of(op.result.type) or "float64"
            op.attrs["dtype"] = _CLASSES.get(dtype, dtype)


def _joins(function: Function) -> Iterator[tuple[Value, Value]]:
    """What is handed to variables where paths meet and loops begin."""
    for op in walk(function.body):
        is_loop = op.opcode in ("for", "while")
        carries = [carried_args(region, op) for region in op.regions] if is_loop else []
        for args in carries:
            yield from zip(inits_of(op), args)
        if is_loop:
            yield from zip(inits_of(op), op.results)
        for region in op.regions:
            for leaf in region_leaves(region):
                if leaf.opcode in ("continue", "break", "yield", "while"):
                    given = leaf.operands[len(leaf.operands) - len(op.results) :]
                    for targets in (op.results, *carries):
                        yield from zip(given, targets)


def _differs(given: Value, target: Value) -> bool:
    one, other = dtype_of(given.type), dtype_of(target.type)
    return bool(rank_of(target.type)) and one is not None and one != other


def _takes(op: Op, result: Value, unsure: set[Value], saved: set[str | None]) -> bool:
    """Whether a result has the dtype that one of the operands has in this pass."""
    if op.opcode == "pop":
        return dtype_of(result.type) in saved
    definition = TABLE.get(op.opcode)
    if definition is None or op.regions or op.attrs.get("dtype") is not None:
        return False
    dtype = dtype_of(result.type)
    alike = [operand for operand in op.operands if rank_of(operand.type) and dtype_of(operand.type) == dtype]
    return any(operand in unsure for operand in alike) and (
        not definition.elementwise or all(operand in unsure for operand in alike)
    )
