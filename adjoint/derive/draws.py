"""Draws of integers and of choices: the number drawn steps with its parameters, and its mean does not.

A derivative of 0, which the draw has wherever it has one, says nothing about the mean. So such a draw is refused when
one of its parameters is differentiated.
"""

from __future__ import annotations

from collections.abc import Sequence

from adjoint.analysis.activity import varied
from adjoint.derive.refusals import refuse_rule
from adjoint.ir.core import Function, walk
from adjoint.ir.types import is_differentiable
from adjoint.rules.registry import passes

_DRAWS = ("draw", "draw_sized")


def refuse_draws(function: Function, known: Sequence[bool]) -> None:
    """Raise NoRule for a draw of integers that depends on one of these arguments, here or in what is called."""
    if _may_draw(function, set()):
        _refuse(function, tuple(known), set())


def _may_draw(function: Function, seen: set[Function]) -> bool:
    seen.add(function)
    for op in walk(function.body):
        if op.opcode in _DRAWS and not is_differentiable(op.result.type):
            return True
        if op.opcode == "call" and op.attrs["callee"] not in seen and _may_draw(op.attrs["callee"], seen):
            return True
    return False


def _refuse(function: Function, known: tuple[bool, ...], seen: set[tuple[Function, tuple[bool, ...]]]) -> None:
    seen.add((function, known))
    found = varied(function, [arg for arg, is_known in zip(function.args, known) if is_known], passes)
    for op in walk(function.body):
        given = tuple(operand in found for operand in op.operands)
        if op.opcode in _DRAWS and any(given) and not is_differentiable(op.result.type):
            refuse_rule(
                op,
                function.filename,
                "the number drawn is an integer, which steps: its mean follows the parameter, the number does not",
                "draw from a smooth family, use the mean, or apply `stop_gradient` to the parameter",
            )
        if op.opcode == "call" and any(given) and (op.attrs["callee"], given) not in seen:
            _refuse(op.attrs["callee"], given, seen)
