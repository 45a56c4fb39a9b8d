"""The numbers to save are the cheapest choice: held against all choices, tried one by one."""

from __future__ import annotations

import itertools
import math
import random

import pytest

from adjoint.analysis.structure import Structure
from adjoint.derive.saved_costs import SAVING, Costs, cost_of
from adjoint.derive.saved_cut import choose_saved
from adjoint.ir import ops as _ops  # noqa: F401  (fills the table of operations)
from adjoint.ir.builder import Builder
from adjoint.ir.core import Region, Value
from adjoint.ir.types import FLOAT


def chain(seed: int) -> tuple[Region, list[Value], set[Value], list[Value]]:
    """Random arithmetic: what is at hand, all values, and those that are read."""
    draw = random.Random(seed)
    inputs = [Value(FLOAT) for _ in range(3)]
    builder, values = Builder(Region()), list(inputs)
    for _ in range(7):
        one, other = draw.choice(values), draw.choice(values)
        opcode = draw.choice(["add", "mul", "truediv", "sub", "sin"])
        values.append(builder.emit(opcode, one, ns="math") if opcode == "sin" else builder.emit(opcode, one, other))
    return builder.region, values, set(inputs[:1]), draw.sample(values[1:], 4)


def cost(again: set[Value], read: list[Value], at_hand: set[Value]) -> float:
    """What it costs to make some values again and to save the others that are needed then."""
    total, needed, waiting = 0.0, set(), list(read)
    while waiting:
        value = waiting.pop()
        if value in at_hand or value in needed:
            continue
        needed.add(value)
        if value not in again:
            total += SAVING
            continue
        price = cost_of(value.op)
        if price is None or value.op is None:
            return math.inf
        total += price
        waiting += value.op.operands
    return total


@pytest.mark.parametrize("seed", range(30))
def test_cheapest_choice(seed: int) -> None:
    body, values, at_hand, read = chain(seed)
    saved, again = choose_saved(read, lambda value: value in at_hand, Costs(Structure.of(body)))
    made = [value for value in values if value.op is not None]
    choices = (set(some) for count in range(len(made) + 1) for some in itertools.combinations(made, count))
    assert cost(again, read, at_hand) == min(cost(some, read, at_hand) for some in choices)
    assert not saved & again and not (saved | again) & at_hand
