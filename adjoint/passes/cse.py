"""Common subexpressions: a derived operation that repeats an earlier one in scope reads its result instead.

    before:  %a = cos %x; ... %b = cos %x
    after:   %a = cos %x; ... (uses of %b read %a)

Statements of the user stay as written, but for what stands twice inside of expressions and is read twice by the
derivative: it would need two names.

    before:  %a = sum %x; %y = log %a; %b = sum %x; %z = truediv %x %b; ... %d = truediv 1 %a; ... %e = neg %b
    after:   %a = sum %x; %y = log %a; %z = truediv %x %a; ...
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

from adjoint.ir.core import CONTROL, Function, Op, Region, Value, is_const, walk
from adjoint.ir.layouts import is_mutable
from adjoint.ir.opset import CHEAP, TABLE, evaluation_attrs
from adjoint.ir.types import INT, List, is_differentiable, rank_of

Key = tuple[Any, ...]


def merge_common(function: Function) -> None:
    """Merge repeated pure operations, in place."""
    _Merging(function).region(function.body, {})


@final
class _Merging:
    def __init__(self, function: Function) -> None:
        self.read = {operand for op in walk(function.body) if op.derived for operand in op.operands}
        """What derived operations read."""
        self.pairs = {frozenset(op.operands) for op in walk(function.body) if not op.derived and len(op.operands) == 2}
        self.is_top = True
        self.replaced: dict[Value, Value] = {}
        self.equal: dict[Value, Value] = {}
        """The first value that is the same, for those that stay."""

    def region(self, region: Region, outer: dict[Key, Op]) -> None:
        known = dict(outer) if outer else {}
        kept = []
        for op in region.ops:
            op.operands = [self.replaced.get(operand, operand) for operand in op.operands]
            if op.opcode in CONTROL:
                is_top, self.is_top = self.is_top, False
                for inner in op.regions:
                    self.region(inner, known)
                self.is_top = is_top
            key = key_of(op, self.equal)
            earlier = known.get(key) if key is not None else None
            if key is not None and earlier is None:
                known[key] = op
            elif earlier is not None and _mergeable(op, earlier):
                if op.derived or self._is_needed_twice(op, earlier):
                    self.replaced.update(zip(op.results, earlier.results))
                    continue
                self.equal[op.result] = earlier.result
            kept.append(op)
        region.ops[:] = kept

    def _is_needed_twice(self, op: Op, earlier: Op) -> bool:
        """Whether the derivative reads two parts of the user's expressions, and neither is easily had again."""
        results = op.result, earlier.result
        if earlier.derived or any(value.name is not None or value not in self.read for value in results):
            return False
        if not op.operands or not (is_differentiable(op.result.type) or _is_bound(op)):
            return False
        if rank_of(op.result.type) and not TABLE[op.opcode].fresh:  # views: those that meet
            return frozenset(results) in self.pairs
        return self.is_top or TABLE[op.opcode].cost > CHEAP or rank_of(op.result.type) > 0


def _is_bound(op: Op) -> bool:
    """Whether it is an integer that is not written again as easily, `2*n` is."""
    return op.result.type == INT and not any(map(is_const, op.operands))


def _mergeable(op: Op, earlier: Op) -> bool:
    """Arrays made to be written into (buffers of zeros, copies) stay separate, and containers that can be changed."""
    if op.opcode == "tuple" and is_mutable(op.attrs["layout"]):
        return False
    if op.opcode == "const":
        return earlier.result.name is None
    if isinstance(op.result.type, List):
        return False
    if op.opcode in ("zeros_like", "full_like", "copy", "index_add", "index_set", "zeros"):
        return False
    return [r.type for r in op.results] == [r.type for r in earlier.results]


def key_of(op: Op, equal: Mapping[Value, Value]) -> Key | None:
    """What an operation computes, of values that are the same as in `equal`; None where it cannot be told."""
    definition = TABLE.get(op.opcode)
    if definition is None or definition.effects or len(op.results) != 1 or op.opcode in ("undef", "global"):
        return None
    if op.opcode == "const":
        value = op.attrs["value"]
        return ("const", type(value).__name__, repr(value), op.result.type)
    try:
        operands = tuple([id(equal.get(operand, operand)) for operand in op.operands])
        if op.opcode in ("add", "mul"):
            operands = tuple(sorted(operands))
        attrs = tuple(sorted(evaluation_attrs(op).items())) if op.attrs else ()
        key = (op.opcode, operands, attrs)
        hash(key)
    except TypeError:
        return None
    return key
