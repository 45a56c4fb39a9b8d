"""Random programs of list operations inside a loop, as IR: every list stays long enough for the indices used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adjoint import pipeline
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Param, Region, Value, walk
from adjoint.ir.types import FLOAT, INT, Array, List
from adjoint.ir.verify import verify
from adjoint.options import Transform
from tests.support import flatten

Step = tuple[str, int, int]
"""What a step does, and two small numbers that choose its operands."""

KINDS = (
    "append",
    "insert",
    "pop",
    "delete",
    "set",
    "read",
    "concat",
    "reverse",
    "sort",
    "slice",
    "old",
    "branch",
    "array",
    "repeat",
)
POSITIONS = (0, -1, 1, -2)
LENGTH = 4
"""How many items the argument has."""


class Writer:
    """Writes `def f(xs, n)`: a loop over `xs`, a number `s` and an older version of the list."""

    def __init__(self, vectors: bool) -> None:
        self.item = Array("float64", (2,)) if vectors else FLOAT
        self.vectors = vectors
        self.list = List(self.item)
        self.builder = Builder(Region())

    def const(self, value: Any) -> Value:
        return self.builder.const(value)

    def emit(self, opcode: str, *operands: Any, **attrs: Any) -> Value:
        return self.builder.emit(opcode, *(v if isinstance(v, Value) else self.const(v) for v in operands), **attrs)

    def named(self, name: str, value: Value) -> Value:
        if value.op is not None and value.op.opcode != "const":
            value.name = name
        return value

    def read(self, xs: Value, position: int) -> Value:
        return self.emit("index", xs, POSITIONS[position % 4], spec=("int",))

    def number(self, value: Value) -> Value:
        """One number out of an item."""
        return (
            self.emit("sum", self.emit("sin", value, ns="np")) if self.vectors else self.emit("sin", value, ns="math")
        )

    def fresh(self, xs: Value, s: Value, choice: int) -> Value:
        """A new item."""
        first, second = self.read(xs, choice), self.read(xs, choice + 1)
        if choice % 3 == 0:
            return self.emit("mul", first, self.emit("cos", s, ns="math" if s.type == FLOAT else "np"))
        return self.emit(
            "add", self.emit("mul", first, 0.5), self.emit("sin", second, ns="np" if self.vectors else "math")
        )

    def step(self, step: Step, xs: Value, s: Value, old: Value) -> tuple[Value, Value, Value]:
        kind, a, b = step
        if kind == "append":
            xs = self.emit("list_append", xs, self.fresh(xs, s, b))
        elif kind == "insert":
            xs = self.emit("list_insert", xs, (0, 1, -1, 99)[a % 4], self.fresh(xs, s, b))
        elif kind in ("pop", "delete"):
            grown = self.named("xs", self.emit("list_append", xs, self.fresh(xs, s, b)))
            at = -1 if kind == "pop" else POSITIONS[a % 4]
            taken = self.emit("index", grown, at, spec=("int",))
            xs = self.named("xs", self.emit("list_delete", grown, at))
            s = self.emit("add", s, self.emit("mul", self.number(taken), 0.7))
        elif kind == "set":
            xs = self.emit("index_set", xs, self.fresh(xs, s, b), POSITIONS[a % 4], spec=("int",))
        elif kind == "read":
            s = self.emit("add", s, self.emit("mul", self.number(self.read(xs, a)), self.number(self.read(xs, b))))
        elif kind == "concat":
            other = self.emit("list", self.fresh(xs, s, a), self.read(xs, b)) if b % 2 else old
            xs = self.named("xs", self.emit("list_concat", xs, other))
            xs = self.emit("list_truncate", xs, LENGTH + 1)
        elif kind == "reverse":
            xs = self.emit("list_reverse", xs)
        elif kind == "sort" and not self.vectors:
            xs = self.emit("list_sort", xs, reverse=bool(a % 2))
        elif kind == "slice":
            part = self.emit("index", xs, 1, spec=(("slice", True, False, False),))
            s = self.emit("add", s, self.emit("mul", 0.3, self.number(self.read(part, a % 2))))
        elif kind == "array":
            whole = self.emit("array", xs, shape=None)
            s = self.emit("add", s, self.emit("mul", 0.1, self.emit("sum", self.emit("cos", whole, ns="np"))))
        elif kind == "repeat":
            twice = self.emit("list_repeat", xs, 2)
            s = self.emit("add", s, self.number(self.read(twice, a)))
        elif kind == "old":
            s = self.emit("add", s, self.emit("mul", 0.2, self.number(self.read(old, a))))
            old = xs if b % 2 else old
        elif kind == "branch":
            xs = self.branch(xs, s, a, b)
        return self.named("xs", xs), self.named("s", s), old

    def branch(self, xs: Value, s: Value, a: int, b: int) -> Value:
        condition = self.emit("gt", self.number(self.read(xs, a)), 0.3)
        outer, regions = self.builder.region, []
        for kind in ("append", "set") if b % 2 else ("set", "insert"):
            self.builder.region = Region()
            changed, _, _ = self.step((kind, a, b), xs, s, xs)
            self.builder.terminate("yield", changed)
            regions.append(self.builder.region)
        self.builder.region = outer
        return self.builder.op("if", [condition], [self.list], {}, regions).result

    def program(self, steps: Sequence[Step]) -> Function:
        xs, n = Value(self.list, "xs"), Value(INT, "n")
        body = self.builder.region
        body.args = [xs, n]
        start = self.const(0.1)
        args = [Value(INT, "i"), Value(self.list, "xs"), Value(self.number_type(), "s"), Value(self.list, "old")]
        self.builder.region = inner = Region(args)
        now, s, old = args[1], args[2], args[3]
        for step in steps:
            now, s, old = self.step(step, now, s, old)
        self.builder.terminate("continue", now, s, old)
        self.builder.region = body
        bounds = [self.const(0), n, self.const(1), xs, start, xs]
        loop = self.builder.op("for", bounds, [self.list, self.number_type(), self.list], {}, [inner])
        for result, arg in zip(loop.results, args[1:]):
            result.name = arg.name
        xs, s, old = loop.results
        end = self.emit("add", s, self.emit("mul", self.number(self.read(xs, 0)), self.number(self.read(old, 1))))
        end = self.emit("add", end, self.number(self.emit("sum_of", xs)))
        self.builder.terminate("return", end)
        return Function("f", [Param("xs"), Param("n")], body, end.type)

    def number_type(self) -> Any:
        return Array("float64", ()) if self.vectors else FLOAT


def program(steps: Sequence[Step], vectors: bool) -> Function:
    """The function of the steps, verified."""
    made = Writer(vectors)
    function = made.program(steps)
    for op in walk(function.body):
        op.derived = False
    verify(function)
    return function


def derivative(function: Function, kind: str, wrt: tuple[int, ...] = (0,)) -> Function:
    """A derivative, simplified and verified."""
    made = pipeline.differentiate(function, Transform(kind, wrt, len(wrt) == 1))  # type: ignore[arg-type]
    verify(made)
    return made


def loaded(function: Function) -> Callable[..., Any]:
    """The emitted function."""
    made = pipeline.emit(function)
    namespace: dict[str, Any] = dict(made.bindings)
    exec(compile(made.source, "<emitted>", "exec"), namespace)
    result: Callable[..., Any] = namespace[made.entry_name]
    return result


def source(function: Function) -> str:
    """The text that is emitted."""
    return pipeline.emit(function).source


def argument(vectors: bool, seed: int = 0) -> list[Any]:
    random = np.random.default_rng(seed)
    return [random.uniform(-1, 1, 2) if vectors else float(random.uniform(-1, 1)) for _ in range(LENGTH)]


def moved(xs: list[Any], direction: list[Any], step: float) -> list[Any]:
    """The list a step along a direction."""
    return [moved(x, d, step) if isinstance(x, list) else x + step * d for x, d in zip(xs, direction)]


def inner(a: Any, b: Any) -> float:
    """The dot product of two values of one structure."""
    return float(np.dot(flatten(a), flatten(b)))
