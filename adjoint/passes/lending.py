"""A function works in an array that its caller gives away, and does not copy it first.

    before:  func f(%v) { %w = copy %v;  %x = index_set %w ...;  return %x }      %b = call f %a
    after:   func f(%v) { %x = index_set %v ...;  return %x }                     %b = call f %a

That is right where the caller owns the array and reads it no more. A caller that does not hands over a copy of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from adjoint.analysis.sharing import SHAPE_ONLY, Sharing
from adjoint.ir.core import Function, Op, Region, Value, users, walk, walk_regions
from adjoint.ir.types import rank_of

Site = tuple[Function, Region, Op]


def lend_arrays(functions: Sequence[Function]) -> None:
    """Drop the copies of parameters that a caller gives away, in place. The first function is the entry."""
    alike: dict[tuple[str | int, ...], list[Function]] = {}
    for function in functions[1:]:
        key: tuple[str | int, ...] = (function.name, len(function.args), *(op.opcode for op in walk(function.body)))
        alike.setdefault(key, []).append(function)
    for group in alike.values():  # those that read alike are printed once
        for number in range(len(group[0].args)):
            _lend(group, number, functions)


def _copy_of(function: Function, arg: Value) -> Op | None:
    """The copy of a parameter behind which nothing is read of it, if it is made always: before, elements and copies."""
    readers = [op for op, place in users(function.body).get(arg, ()) if SHAPE_ONLY.get(op.opcode) != place]
    copies = [op for op in readers if op.opcode == "copy"]
    if not copies or not all(op in function.body.ops for op in copies):
        return None
    last = max(copies, key=function.body.ops.index)
    before = function.body.ops[: function.body.ops.index(last)]
    others = [op for op in readers if op is not last]
    return last if all(op in before and (op in copies or _gives_number(op)) for op in others) else None


def _gives_number(op: Op) -> bool:
    """Whether an operation reads one element: a number that has no part in the array's memory."""
    return op.opcode == "index" and not rank_of(op.result.type) and all(entry == "int" for entry in op.attrs["spec"])


def _lend(group: Sequence[Function], number: int, functions: Sequence[Function]) -> None:
    copies = [_copy_of(function, function.args[number]) for function in group]
    sites = [site for function in group for site in _sites(function, functions)]
    is_given = [Sharing(caller).owned(call.operands[number], call) for caller, _, call in sites]
    if not all(copies) or not any(is_given):
        return
    for function, copy in zip(group, copies):
        assert copy is not None
        _work_in(function, number, copy)
    for site, given in zip(sites, is_given):
        if not given:
            _hand_over_copy(site, number)


def _work_in(function: Function, number: int, copy: Op) -> None:
    function.body.ops.remove(copy)
    for op in walk(function.body):
        op.operands = [function.args[number] if operand is copy.result else operand for operand in op.operands]
    function.in_place = (*function.in_place, number)


def _sites(function: Function, functions: Sequence[Function]) -> list[Site]:
    return [
        (caller, region, op)
        for caller in functions
        for region in walk_regions(caller.body)
        for op in region.ops
        if op.opcode == "call" and op.attrs["callee"] is function
    ]


def _hand_over_copy(site: Site, number: int) -> None:
    _, region, call = site
    copy = Op("copy", [call.operands[number]], {}, [], [], call.line, True)
    copy.results = [Value(call.operands[number].type, None, copy)]
    region.ops.insert(region.ops.index(call), copy)
    call.operands[number] = copy.result
