"""Arguments that may be None: what a loop carries is given to functions of the derivative, bound or not.

    before:  call f(%old: None in the first pass);      func f(%old) { %c = copy %old; for carries(%c) { ... } }
    after:   the copy is None where %old is

Only before printing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from adjoint.ir.core import Function, Op, Value, walk
from adjoint.ir.undefined import maybe_undefined, passed_on


def find_missing(functions: Sequence[Function]) -> dict[int, set[Value]]:
    """Arguments, results of functions and what stacks give back that may be None, by the `id` of the function."""
    given: dict[int, set[Value]] = {id(function): set() for function in functions}
    count = -1
    while count != (count := sum(map(len, given.values()))):
        for function in functions:
            _follow(function, given)
    return given


def mark_missing(functions: Sequence[Function], missing: Mapping[int, Collection[Value]]) -> None:
    """Note which copies are of such values. Behind the pass that makes copies of what is changed in place."""
    for function in functions:
        for op in walk(function.body) if missing[id(function)] else ():
            if op.opcode == "copy" and op.derived and op.operands[0] in missing[id(function)]:
                op.attrs["_unbound"] = True


def _follow(function: Function, given: dict[int, set[Value]]) -> None:
    """What may be None in a function, from its callers and its callees, and what may be in these then."""
    calls = [op for op in walk(function.body) if op.opcode == "call" and id(op.attrs["callee"]) in given]
    own = given[id(function)]
    for op in calls:
        own |= {result for result, returned in zip(op.results, _returned(op)) if returned in _missing(op, given)}
    passed_on(function.body, own)
    unbound = own | maybe_undefined(function.body) if calls else own
    own |= _given_back(function, unbound)
    for op in calls:
        _missing(op, given).update(arg for arg, value in zip(op.attrs["callee"].args, op.operands) if value in unbound)


def _given_back(function: Function, unbound: set[Value]) -> set[Value]:
    """What is taken from stacks on which something lies that may be None."""
    if not unbound:
        return set()
    kept = {op.operands[0] for op in walk(function.body) if op.opcode == "push" and op.operands[1] in unbound}
    return {op.result for op in walk(function.body) if op.opcode == "pop" and op.operands[0] in kept}


def _missing(call: Op, given: dict[int, set[Value]]) -> set[Value]:
    return given[id(call.attrs["callee"])]


def _returned(call: Op) -> Sequence[Value]:
    """What the callee returns, one value for each result of the call."""
    callee: Function = call.attrs["callee"]
    end = callee.body.terminator
    made = end.operands[0].op if end.opcode == "return" and end.operands else None
    if made is not None and made.opcode == "tuple" and len(made.operands) == len(call.results) > 1:
        return made.operands
    return end.operands if len(call.results) == 1 else []
