"""How much of a loop fits into a budget: what a state of it and what a step of its reverse sweep take, in bytes.

The sizes of arrays are read where the program runs, so the derivative keeps within the budget at every call:

    %slots = max_of 2 (floordiv budget/2 (8 * size %x + 128))
    %steps = max_of 1 (floordiv budget/2 (16 * size %x + 256))

What a step keeps is found by trying: the loop by itself is reversed, and the tapes are looked at.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import final

import numpy as np

from adjoint.derive.checkpoint_loops import outlined
from adjoint.errors import AdjointError
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, const_of, inits_of, is_const, walk
from adjoint.ir.types import Array, Dim, Residuals, Sym, Tuple, Type, is_differentiable
from adjoint.ir.undefined import maybe_none

NUMBER, HEADER = 32, 128
"""What a Python number and the head of an array take beside the elements, with their places in a list."""

Split = Callable[[Function, Sequence[int]], tuple[Function, Function]]
"""Gives the forward and backward function of a function."""


@final
@dataclass(slots=True)
class Size:
    """A number of bytes: `fixed`, and so many times the number of elements of each of these arrays."""

    fixed: int = 0
    elements: Counter[Value] = field(default_factory=Counter)

    def add(self, other: Size, times: int = 1) -> None:
        self.fixed += other.fixed * times
        for value, count in other.elements.items():
            self.elements[value] += count * times

    def emit(self, builder: Builder) -> Value:
        """The number, computed."""
        total = builder.const(self.fixed)
        for value, count in self.elements.items():
            share = builder.emit("mul", builder.const(count), builder.emit("size", value))
            total = builder.emit("add", share, total)
        return total


def settings(builder: Builder, budget: int, state: Size, step: Size) -> tuple[Value, Value]:
    """How many states to keep at once, and how many steps to reverse in one go: half of the budget for each."""
    half = builder.const(budget // 2)
    slots = builder.emit("max_of", builder.emit("floordiv", half, state.emit(builder)), builder.const(2))
    steps = builder.emit("max_of", builder.emit("floordiv", half, step.emit(builder)), builder.const(1))
    slots.name, steps.name = "slots", "steps"
    return slots, steps


def sizes_of(op: Op, function: Function, split: Split) -> tuple[Size, Size] | None:
    """What a state of the loop and what one step of it takes; None where its reverse sweep keeps nothing."""
    trial, given = outlined(op, function)
    wrt = [number for number, arg in enumerate(trial.args) if is_differentiable(arg.type)]
    if not wrt:
        return None
    try:
        forward, _ = split(trial, wrt)
    except (AdjointError, NotImplementedError):  # what is refused here may not be differentiated at all
        return None
    missing = maybe_none(function.body)
    arrays = {arg: value for arg, value in zip(forward.args, given) if value not in missing}
    step = _Sizes(arrays).of_step(forward.body)
    if step is None:
        return None
    state = Size()
    for init, result in zip(inits_of(op), op.results):
        state.add(_Sizes(arrays if init in missing else {init: init}).of(result.type))
    return state, step


@final
class _Sizes:
    """Sizes of values of a function, in elements of its arguments."""

    def __init__(self, arrays: dict[Value, Value]) -> None:
        self.arrays = {arg: given for arg, given in arrays.items() if isinstance(arg.type, Array) and arg.type.rank}

    def of_step(self, body: Region) -> Size | None:
        """What one pass of the outermost loops pushes; None for nothing."""
        loops = [op for op in body.ops if op.opcode in ("for", "while")]
        pushed = [op for loop in loops for op in walk(Region([], [loop])) if op.opcode == "push"]
        if not pushed:
            return None
        total = Size()
        for loop in loops:
            for region in loop.regions:
                self._add(region, 1, total)
        return total

    def _add(self, region: Region, times: int, total: Size) -> None:
        for op in region.ops:
            if op.opcode == "push":
                total.add(self.of(op.operands[1].type, op.operands[1]), times)
            for inner in op.regions:
                self._add(inner, times * (_passes(op) if op.opcode in ("for", "while") else 1), total)

    def of(self, t: Type, value: Value | None = None) -> Size:
        """The bytes that a value of the type takes."""
        total = Size(fixed=NUMBER)
        if isinstance(t, Array) and t.rank:
            total.fixed = HEADER
            total.add(self._of_array(t))
        elif isinstance(t, Tuple):
            for item in t.items:
                total.add(self.of(item))
        elif isinstance(t, Residuals) and value is not None and value.op is not None:
            kept = _kept_by(value.op)
            for each in kept:
                total.add(self.of(each.type))
        return total

    def _of_array(self, t: Array) -> Size:
        width = np.dtype(t.dtype).itemsize
        known = [dim for dim in t.shape if isinstance(dim, int)]
        if len(known) == t.rank:
            return Size(fixed=width * math.prod(known))
        alike = [given for arg, given in self.arrays.items() if _names(arg.type) == _names(t)]
        if alike:
            return Size(0, Counter({alike[0]: width}))
        return Size(0, Counter(dict.fromkeys(self.arrays.values(), width)))


def _names(t: Type) -> list[object]:
    """The extents of an array, a few more or less."""
    assert isinstance(t, Array)
    return [_name(dim) for dim in t.shape]


def _name(dim: Dim) -> object:
    return dim.name if isinstance(dim, Sym) else dim


_UNKNOWN_PASSES = 10


def _passes(loop: Op) -> int:
    """How often an inner loop runs, if that is known; else a guess."""
    bounds = [const_of(value) for value in loop.operands[:3] if is_const(value)]
    return len(range(*bounds)) if loop.opcode == "for" and len(bounds) == 3 else _UNKNOWN_PASSES


def _kept_by(call: Op) -> list[Value]:
    """What the forward function of a call packs up."""
    callee = call.attrs.get("callee")
    packs = [op for op in walk(callee.body) if op.opcode == "pack"] if isinstance(callee, Function) else []
    return [value for op in packs for value in op.operands]
