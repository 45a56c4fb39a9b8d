"""Random programs that write into arrays, as IR: three arrays, a view of one of them, a number; loops and branches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Param, Region, Value, walk
from adjoint.ir.types import INT, Array
from adjoint.ir.verify import verify
from adjoint.passes.dce import eliminate_dead
from adjoint.passes.nesting import nest_stores

Step = tuple[str, int, int, int]
"""What a step does, and three small numbers that choose its operands."""

SIZE, PART = 5, 3
FULL, NONE = ("slice", True, True, False), ("slice", False, False, False)
PLACES: tuple[tuple[tuple[Any, ...], tuple[Any, ...], int], ...] = (
    (("int",), (0,), 0),
    (("int",), (-2,), 0),
    ((FULL,), (1, -1), PART),
    ((("slice", False, True, False),), (-2,), PART),
    ((("slice", True, False, False),), (2,), PART),
    ((("slice", False, False, True),), (2,), PART),
    ((("slice", False, True, True),), (1, -1), PART),
    (("...",), (), SIZE),
    ((FULL, "then", "int"), (1, -1, 1), 0),
    ((FULL, "then", ("slice", False, False, True)), (0, 4, -2), 2),
)
"""Specs, their constants, and how many elements they name (0: a number)."""

SIMPLE = ("set", "add", "update", "view", "read", "swap", "alias", "old", "copy", "mask", "gather", "nested", "shape")
KINDS = (*SIMPLE, "tuple", "branch", "loop", "deep", "scatter", "use")


class Writer:
    """Writes `def f(u, v, index, n)`. The state is three arrays, a view `h` and a number `s`."""

    def __init__(self) -> None:
        self.builder = Builder(Region())
        self.full = Array("float64", (SIZE,))
        self.part = Array("float64", (PART,))
        self.number = Array("float64", ())
        self.kept: list[Value] = []

    def emit(self, opcode: str, *operands: Any, **attrs: Any) -> Value:
        values = [v if isinstance(v, Value) else self.builder.const(v) for v in operands]
        return self.builder.emit(opcode, *values, **attrs)

    def at(self, x: Value, choice: int) -> Value:
        spec, constants, _ = PLACES[choice % len(PLACES)]
        return self.emit("index", x, *constants, spec=spec)

    def sized(self, x: Value, size: int, choice: int) -> Value:
        """A value that fits a place of that size, some of them views."""
        if size == 0:
            return self.emit("mul", self.at(x, choice % 2), 0.7)
        if size == SIZE:
            return x if choice % 2 else self.emit("sin", x, ns="np")
        if size == 2:
            return self.emit("index", x, 0, 2, spec=(FULL,))
        part = self.at(x, 2 + choice % 3)
        return part if choice % 3 else self.emit("cos", part, ns="np")

    def step(self, step: Step, state: list[Value]) -> list[Value]:
        kind, a, b, c = step
        if kind == "branch":
            return self.branch(a, b, c, state)
        if kind in ("loop", "deep"):
            inner = [(SIMPLE[(a + 3 * i + c) % len(SIMPLE)], a + i, b, c + i) for i in range(2)]
            return self.loop(inner + [("branch" if c % 2 else "loop", b, c, a)] * (kind == "deep"), state)
        if kind == "swap":
            u, v, w, *rest = state
            return [*([v, w, u] if c % 2 else [v, u, w]), *rest]
        *arrays, h, s = state
        x, y = arrays[a % 3], arrays[b % 3]
        if kind == "view":
            h = self.at(x, 2 + c % 5)
        elif kind in ("use", "read", "gather"):
            s = self.emit("add", s, self.read(kind, x, y, h, b, c))
        elif kind == "tuple":
            pair = self.emit("tuple", x, y)
            x = self.emit("index_set", x, self.at(y, 1), 0, spec=("int",))
            s = self.emit("add", s, self.emit("sum", self.emit("mul", self.emit("getitem", pair, index=0), x)))
        else:
            x = self.stored(kind, x, y, b, c)
        arrays[a % 3] = self.named("uvw"[a % 3], x)
        return [*arrays, self.named("h", h), self.named("s", s)]

    def read(self, kind: str, x: Value, y: Value, h: Value, b: int, c: int) -> Value:
        """A number out of the arrays."""
        if kind == "read":
            return self.emit("mul", self.at(x, b % 2), self.emit("sin", self.at(y, c % 2), ns="np"))
        part = h if kind == "use" else self.emit("index", x, self.index, spec=("array",))
        return self.emit("sum", self.emit("sin", part, ns="np"))

    def stored(self, kind: str, x: Value, y: Value, b: int, c: int) -> Value:
        """The next version of `x`."""
        spec, constants, size = PLACES[c % len(PLACES)]
        if kind in ("set", "add"):
            value = self.sized(y, size, b)
            if kind == "set" and any(isinstance(entry, tuple) and entry[3] for entry in spec):
                value = self.emit("mul", value, 0.9)  # NumPy stores overlapping views of other strides wrongly
            return self.emit(f"index_{kind}", x, value, *constants, spec=spec)
        if kind == "update":
            amount = self.emit("sin", y, ns="np") if c % 2 else y
            return self.emit("add" if c % 3 else "mul", x, amount, _augmented=True)
        if kind == "old":
            self.kept.append(x)
            return self.kept[b % len(self.kept)]
        if kind == "mask":
            return self.masked(x, y, b, c)
        if kind == "scatter":
            opcode = "index_set" if c % 2 else "index_add"
            return self.emit(opcode, x, self.sized(y, PART, b), self.index, spec=("array",))
        if kind == "nested":
            changed = self.emit("mul", self.at(y, 1), 0.6)
            changed = self.emit("index_set", self.at(x, 2 + b % 5), changed, c % 3, spec=("int",))
            spec, constants, _ = PLACES[2 + b % 5]
            return self.emit("index_set", x, changed, *constants, spec=spec)
        if kind == "shape":
            return self.reshaped(x, y, bool(c % 2))
        return y if kind == "alias" else self.emit("copy", y)

    def masked(self, x: Value, y: Value, b: int, c: int) -> Value:
        mask = self.emit("gt", x, 0.1)
        value = self.emit("index", y, mask, spec=("mask",)) if c % 2 else self.at(y, 0)
        value = self.emit("mul", value, 0.5)
        return self.emit("index_set" if b % 2 else "index_add", x, value, mask, spec=("mask",))

    def reshaped(self, x: Value, y: Value, flipped: bool) -> Value:
        """A store into another view of the array: from behind, or as a matrix."""
        if flipped:
            changed = self.emit("index_set", self.emit("flip", x, axis=None), self.at(y, 0), 1, spec=("int",))
            return self.emit("flip", changed, axis=None)
        changed = self.emit("reshape", x, SIZE, 1)
        changed = self.emit("index_set", changed, self.at(y, 0), 1, 0, spec=("int", "int"))
        return self.emit("reshape", changed, SIZE)

    def named(self, name: str, value: Value) -> Value:
        if value.op is not None and value.name is None and value.op.opcode != "const":
            value.name = name
        return value

    def branch(self, a: int, b: int, c: int, state: list[Value]) -> list[Value]:
        condition = self.emit("gt", self.at(state[a % 3], 0), 0.05)
        outer, regions, kept = self.builder.region, [], list(self.kept)
        for number in range(2):
            self.builder.region, self.kept = Region(), list(kept)
            kind = SIMPLE[(c + 5 * number) % len(SIMPLE)]
            ends = self.step((kind, a + number, b, c), state) if (b + number) % 4 else state
            self.builder.terminate("yield", *ends)
            regions.append(self.builder.region)
        self.builder.region, self.kept = outer, kept
        return self.results(self.builder.op("if", [condition], self.types(), {}, regions).results)

    def loop(self, steps: Sequence[Step], state: list[Value]) -> list[Value]:
        args = [Value(t, name) for t, name in zip(self.types(), "uvwhs")]
        outer, kept = self.builder.region, list(self.kept)
        inner = self.builder.region = Region([Value(INT, "i"), *args])
        now: list[Value] = list(args)
        for step in steps:
            now = self.step(step, now)
        self.builder.terminate("continue", *now)
        self.builder.region, self.kept = outer, kept
        bounds = [self.builder.const(0), self.n, self.builder.const(1)]
        return self.results(self.builder.op("for", [*bounds, *state], self.types(), {}, [inner]).results)

    def results(self, values: Sequence[Value]) -> list[Value]:
        for value, name in zip(values, "uvwhs"):
            value.name = name
        return list(values)

    def types(self) -> list[Array]:
        return [self.full, self.full, self.full, self.part, self.number]

    def program(self, steps: Sequence[Step], looped: bool) -> Function:
        u, v = Value(self.full, "u"), Value(self.full, "v")
        self.index, self.n = Value(Array("int64", (PART,)), "index"), Value(INT, "n")
        body = self.builder.region
        body.args = [u, v, self.index, self.n]
        self.kept.append(u)
        state = [u, v, self.named("w", self.emit("mul", u, 0.5)), self.named("h", self.at(v, 2)), self.at(u, 1)]
        if looped:
            state = self.loop(steps, state)
        else:
            for step in steps:
                state = self.step(step, state)
        total = state[4]
        weights = self.emit("array", *[0.3, -0.7, 0.9, 0.4, -0.2], shape=(SIZE,))
        for array in state[:3]:
            total = self.emit("add", total, self.emit("dot", weights, self.emit("sin", array, ns="np")))
        total = self.emit("add", total, self.emit("sum", self.emit("mul", state[3], state[3])))
        self.builder.terminate("return", total)
        params = [Param("u"), Param("v"), Param("index"), Param("n")]
        return Function("f", params, body, total.type, namespace={"np": np})


def program(steps: Sequence[Step], looped: bool) -> Function:
    """The function of the steps, verified, with nested stores joined."""
    function = Writer().program(steps, looped)
    for op in walk(function.body):
        op.derived = False
    verify(function)
    nest_stores(function)
    eliminate_dead(function)
    verify(function)
    return function
