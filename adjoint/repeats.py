"""Derivatives that take several runs need each run to be the same: a draw from a generator outside would differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from adjoint.errors import NotDifferentiable
from adjoint.ir.core import Function, walk
from adjoint.signatures import place_of


def is_repeatable(program: Function) -> bool:
    """Whether no run of the program draws from a generator that it has not made itself."""
    return not _draws_outside(program, [True] * len(program.args), set())


def check_repeatable(is_repeatable: bool, name: str, function: Callable[..., Any]) -> None:
    """Raise NotDifferentiable for a program that is not the same in each run."""
    if not is_repeatable:
        raise NotDifferentiable(
            f"{name} draws random numbers, and this derivative takes several runs of it",
            place=place_of(function),
            why="every run would draw other numbers",
            fix="make the generator inside of the function from a seed, or use `vjp`, `jvp` or `hvp`, of one run",
        )


def _draws_outside(function: Function, outside: Sequence[bool], seen: set[tuple[Function, tuple[bool, ...]]]) -> bool:
    """Whether a draw is made from one of these arguments, or from a generator that outlives the call."""
    seen.add((function, tuple(outside)))
    args = dict(zip(function.args, outside))

    def is_outside(value: Any) -> bool:
        return args.get(value, value.op is None or value.op.opcode != "pycall")

    for op in walk(function.body):
        if op.opcode in ("draw", "draw_sized") and (op.attrs["func"] is not None or is_outside(op.operands[0])):
            return True
        if op.opcode == "call":
            given = tuple(map(is_outside, op.operands))
            callee = op.attrs["callee"]
            if (callee, given) not in seen and _draws_outside(callee, given, seen):
                return True
    return False
