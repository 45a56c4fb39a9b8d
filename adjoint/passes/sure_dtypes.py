"""Zeros beside arrays that are of integers in one pass of a loop and of real numbers in another: of the wider dtype.

    before:  %v1 = for ... %ints (%v) { ...  continue %reals }   %z = zeros_like %v1
    after:   %z = zeros_like %v1 {dtype=float}

The type of `v` is what holds both; `np.zeros_like(v)` would take the dtype that `v` has in that pass. Of a list, where
an array of integers may stand beside one of real numbers, all items are taken for such.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from adjoint.ir.core import Function, Op, Value, carried_args, inits_of, region_leaves, walk, walk_regions
from adjoint.ir.opset import TABLE
from adjoint.ir.types import Array, List, Tuple, Type, dtype_object, dtype_of, is_differentiable, is_numeric, rank_of

_LIKE = frozenset({"zeros_like", "full_like", "ones_like", "empty_like"})
_STORES = frozenset({"index_set", "index_add"})
"""What the first operand alone gives its dtype to; others take the widest of all."""


def name_dtypes(*functions: Function) -> None:
    """Write the dtype of such zeros out in the functions of a program, in place."""
    unsure, mixed = unsure_values(functions)
    for op in _ops(functions) if unsure or mixed else ():
        is_like = op.opcode in _LIKE and op.derived and op.operands[0] in unsure and bool(rank_of(op.operands[0].type))
        if is_like and op.attrs.get("dtype") is None:
            op.attrs["dtype"] = dtype_object(dtype_of(op.result.type) or "float64")
        elif op.opcode == "list_of_zeros" and mixed.intersection(_held(op.result.type)):
            op.attrs["named"] = True


def rounding_store(functions: Sequence[Function]) -> tuple[Function, Op] | None:
    """A store of a real number into an array that may be one of integers: it would be rounded there."""
    unsure, mixed = unsure_values(functions, _of_integers)
    for function, op in [(each, op) for each in functions for op in walk(each.body)] if unsure or mixed else ():
        if op.opcode == "index_set" and not op.derived and is_differentiable(op.operands[1].type):
            target = op.operands[0]
            is_inside = isinstance(target.type, List) and len(op.attrs["spec"]) > 1
            if target in unsure or (is_inside and mixed.intersection(_held(target.type))):
                return function, op
    return None


def unsure_dtype(functions: Sequence[Function]) -> tuple[Function, Op] | None:
    """A question for the dtype of an array that has another one on a path (`asked`, which the front end notes)."""
    asked = [(each, op) for each in functions for op in walk(each.body) if op.opcode == "asked"]
    unsure, _ = unsure_values(functions) if asked else (set(), set())
    return next(((function, op) for function, op in asked if op.operands[0] in unsure), None)


def drop_questions(function: Function) -> None:
    """Drop those that have been answered, in place."""
    for region in walk_regions(function.body):
        region.ops[:] = [op for op in region.ops if op.opcode != "asked"]


def _ops(functions: Sequence[Function]) -> Iterator[Op]:
    for function in functions:
        yield from walk(function.body)


Differs = Callable[[str, str], bool]
"""Whether an array of the first dtype is another thing where the second is declared."""


def _of_integers(given: str, declared: str) -> bool:
    return np.dtype(given).kind in "iub" and np.dtype(declared).kind in "fc"


def unsure_values(functions: Sequence[Function], differs: Differs = operator.ne) -> tuple[set[Value], set[str]]:
    """The arrays whose dtype may be another one in a pass, and the dtypes of items of lists of which that holds.

    Numbers and tuples that such arrays may be made of, or be in, are among them.
    """
    joins = [pair for function in functions for pair in _joins(function)]
    ops = list(_ops(functions))
    unsure = {target for given, target in joins if _differs(given, target, differs)}
    mixed = _mixed_in_lists(ops, joins, differs)
    unsure |= {result for op in ops for result in op.results if _is_item(op, result, mixed)}
    before = -1 if unsure else 0
    joins += [pair for op in ops if isinstance(op.attrs.get("callee"), Function) for pair in _handed_over(op)]
    while before != len(unsure):
        before = len(unsure)
        unsure |= {target for given, target in joins if given in unsure and _may_be(target.type)}
        saved = {_kind(op.operands[1]) for op in ops if op.opcode == "push" and op.operands[1] in unsure}
        kept = {_kind(v) for op in ops if op.opcode == "pack" for v in op.operands if v in unsure}
        for op in ops:
            if differs is not _of_integers or op.opcode in _KEEPS_INTEGERS or not _is_elementwise(op):
                unsure.update(r for r in op.results if _may_be(r.type) and _takes(op, r, unsure, saved, kept))
    return unsure, mixed


_KEEPS_INTEGERS = frozenset(
    """abs add bitand bitor bitxor clip conj copysign floordiv fmax fmin imag lshift maximum minimum mod mul neg pos pow
    real rshift sign square sub where""".split()
)
"""Elementwise operations that give integers for integers; others give real numbers."""


def _is_elementwise(op: Op) -> bool:
    return op.opcode in TABLE and TABLE[op.opcode].elementwise


def _kind(value: Value) -> tuple[str | None, bool]:
    """The dtype of what is kept, and whether it is an array."""
    return dtype_of(value.type), bool(rank_of(value.type))


def _handed_over(call: Op) -> Iterator[tuple[Value, Value]]:
    """The arguments of a call with the parameters, and what is returned with its results."""
    callee: Function = call.attrs["callee"]
    yield from zip(call.operands, callee.args)
    for leaf in walk(callee.body):
        if leaf.opcode == "return":
            made = leaf.operands[0].op
            is_taken_apart = len(call.results) > 1 and made is not None and made.opcode == "tuple"
            yield from zip(made.operands if is_taken_apart and made is not None else leaf.operands, call.results)


def _may_be(t: Type) -> bool:
    """Whether values of a type are numbers or arrays, or hold some."""
    return is_numeric(t) or (isinstance(t, Tuple) and any(map(_may_be, t.items)))


def _mixed_in_lists(ops: list[Op], joins: list[tuple[Value, Value]], differs: Differs) -> set[str]:
    """The dtypes of items of lists into which an array of another dtype comes."""
    mixed: set[str] = set()
    lists = [(op, result) for op in ops if not op.regions for result in op.results if isinstance(result.type, List)]
    given = [(operand, result) for op, result in lists for operand in op.operands]
    for one, other in (*given, *(pair for pair in joins if isinstance(pair[1].type, List))):
        held = set(_held(other.type))
        if any(differs(new, each) for new in set(_held(one.type)) - held for each in held):
            mixed |= held
    return mixed


def _held(t: Type) -> Iterator[str]:
    """The dtypes of the arrays that values of a type are or hold."""
    if isinstance(t, Array) and t.rank:
        yield t.dtype
    elif isinstance(t, List):
        yield from _held(t.item)
    elif isinstance(t, Tuple):
        for item in t.items:
            yield from _held(item)


def _is_item(op: Op, result: Value, mixed: set[str]) -> bool:
    """Whether an array comes out of a list of such items."""
    if not mixed or not rank_of(result.type) or op.regions:
        return False
    return dtype_of(result.type) in mixed and any(isinstance(operand.type, List) for operand in op.operands)


def _joins(function: Function) -> Iterator[tuple[Value, Value]]:
    """What is handed to variables where paths meet and loops begin."""
    for op in walk(function.body):
        is_loop = op.opcode in ("for", "while")
        carries = [carried_args(region, op) for region in op.regions] if is_loop else []
        for args in carries:
            yield from zip(inits_of(op), args)
        if is_loop:
            yield from zip(inits_of(op), op.results)
        for region in op.regions[op.opcode == "while" :]:  # the first region of `while` gives its condition
            for leaf in region_leaves(region):
                if leaf.opcode in ("continue", "break", "yield"):
                    given = leaf.operands[len(leaf.operands) - len(op.results) :]
                    for targets in (op.results, *carries):
                        yield from zip(given, targets)


def _differs(given: Value, target: Value, differs: Differs) -> bool:
    one, other = dtype_of(given.type), dtype_of(target.type)
    return one is not None and other is not None and differs(one, other)


def _takes(
    op: Op, result: Value, unsure: set[Value], saved: set[tuple[str | None, bool]], kept: set[tuple[str | None, bool]]
) -> bool:
    """Whether a result has the dtype that one of the operands has in this pass."""
    if op.opcode in ("pop", "unpack"):
        return _kind(result) in (saved if op.opcode == "pop" else kept)
    if op.opcode in ("tuple", "getitem"):
        return any(operand in unsure for operand in op.operands)
    definition = TABLE.get(op.opcode)
    if definition is None or op.regions or op.attrs.get("dtype") is not None:
        return False
    dtype = dtype_of(result.type)
    decisive = op.operands[:1] if op.opcode in _LIKE or op.opcode in _STORES else op.operands
    alike = [operand for operand in decisive if dtype_of(operand.type) == dtype]
    return bool(alike) and all(operand in unsure for operand in alike)
