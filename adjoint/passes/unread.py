"""Parameters that a function does not read, and the arguments that its callers give for them, go.

    before:  func steps(%x, %n, %slots) { ... }      %y = call steps %x %n %slots
    after:   func steps(%x, %n) { ... }              %y = call steps %x %n

Only those that a transform has added: the steps of a loop and what is made of them take one list of parameters.
"""

from __future__ import annotations

from collections.abc import Sequence

from adjoint.ir.core import Function, Op, Value, walk


def drop_unread(functions: Sequence[Function]) -> None:
    """Shorten the parameters of all functions but the first, which calls the others, in place."""
    shorter = [True]
    while any(shorter):
        shorter = [_shorten(function, functions) for function in functions[1:]]


def _shorten(function: Function, functions: Sequence[Function]) -> bool:
    calls = [op for each in functions for op in walk(each.body) if op.attrs.get("callee") is function]
    read = _read(function)
    kept = [
        number
        for number, (arg, param) in enumerate(zip(function.args, function.params))
        if arg in read or not param.generated
    ]
    if len(kept) == len(function.args) or any(op.opcode != "call" for op in calls):
        return False
    function.body.args = [function.args[number] for number in kept]
    function.params = [function.params[number] for number in kept]
    function.in_place = tuple(kept.index(number) for number in function.in_place if number in kept)
    for call in calls:
        call.operands = [call.operands[number] for number in kept]
    return True


def _read(function: Function) -> set[Value]:
    """What the function reads, but to hand it to itself at its own place."""
    return {operand for op in walk(function.body) for operand in _used(op, function)}


def _used(op: Op, function: Function) -> list[Value]:
    if op.opcode != "call" or op.attrs["callee"] is not function:
        return op.operands
    return [operand for operand, arg in zip(op.operands, function.args) if operand is not arg]
