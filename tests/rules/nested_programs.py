"""Random programs on a list of lists that hold on to rows and to older versions, as IR: values must not leak."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Param, Region, Value
from adjoint.ir.types import FLOAT, INT, List
from adjoint.ir.verify import verify
from tests.rules.list_programs import Step

KINDS = ("hold", "path", "append", "pop", "read", "share", "fresh", "swap", "row", "old", "join", "branch")
ROW, ROWS = List(FLOAT), List(List(FLOAT))
ITEM = ("int",)


class Writer:
    """Writes `def f(rows, n)`, a loop with the carries rows, row (one held), old (a version) and s."""

    def __init__(self) -> None:
        self.builder = Builder(Region())

    def emit(self, opcode: str, *operands: Any, **attrs: Any) -> Value:
        values = [v if isinstance(v, Value) else self.builder.const(v) for v in operands]
        return self.builder.emit(opcode, *values, **attrs)

    def at(self, rows: Value, i: int, j: int | None = None) -> Value:
        found = self.emit("index", rows, i % 2, spec=ITEM)
        return found if j is None else self.emit("index", found, -(j % 2), spec=ITEM)

    def number(self, row: Value, j: int) -> Value:
        return self.emit("sin", self.emit("index", row, j % 2, spec=ITEM), ns="math")

    def step(self, step: Step, rows: Value, row: Value, old: Value, s: Value) -> tuple[Value, Value, Value, Value]:
        kind, a, b = step
        new = self.emit("add", self.emit("mul", self.at(rows, a, b), 0.5), self.number(row, b))
        if kind == "hold":
            row = self.at(rows, a)
        elif kind == "path":
            rows = self.emit("index_set", rows, new, a % 2, b % 2, spec=("int", "int"))
        elif kind == "append":
            rows = self.emit("index_set", rows, self.emit("list_append", self.at(rows, a), new), a % 2, spec=ITEM)
        elif kind == "pop":
            longer = self.emit("list_append", self.at(rows, a), new)
            last = self.emit("index", longer, -(b % 2) - 1, spec=ITEM)
            s = self.emit("add", s, self.emit("mul", last, 0.7))
            rows = self.emit("index_set", rows, self.emit("list_delete", longer, -1), a % 2, spec=ITEM)
        elif kind == "read":
            s = self.emit("add", s, self.emit("mul", self.number(self.at(rows, a), b), self.number(row, a)))
        elif kind == "share":
            rows = self.emit("list_insert", rows, b % 2, row)
        elif kind == "fresh":
            rows = self.emit("list_append", rows, self.emit("list", new, s))
        elif kind == "swap":
            first, second = self.at(rows, 0), self.at(rows, 1)
            rows = self.emit("index_set", self.emit("index_set", rows, second, 0, spec=ITEM), first, 1, spec=ITEM)
        elif kind == "row":
            row = self.emit("index_set", row, new, b % 2, spec=ITEM)
        elif kind == "old":
            s = self.emit("add", s, self.emit("mul", 0.3, self.number(self.at(old, a), b)))
            old = rows if b % 2 else old
        elif kind == "join":
            rows = self.emit("list_truncate", self.emit("list_concat", rows, old), 3)
        elif kind == "branch":
            rows = self.branch(rows, row, old, s, a, b)
        return rows, row, old, s

    def branch(self, rows: Value, row: Value, old: Value, s: Value, a: int, b: int) -> Value:
        condition = self.emit("gt", self.number(self.at(rows, a), b), 0.2)
        outer, regions = self.builder.region, []
        for kind in ("path", "append") if b % 2 else ("share", "swap"):
            self.builder.region = Region()
            self.builder.terminate("yield", self.step((kind, a, b), rows, row, old, s)[0])
            regions.append(self.builder.region)
        self.builder.region = outer
        return self.builder.op("if", [condition], [ROWS], {}, regions).result

    def program(self, steps: Sequence[Step]) -> Function:
        rows, n = Value(ROWS, "rows"), Value(INT, "n")
        body = self.builder.region
        body.args = [rows, n]
        types = {"rows": ROWS, "row": ROW, "old": ROWS, "s": FLOAT}
        inits = [rows, self.at(rows, 1), rows, self.builder.const(0.1)]
        args = [Value(t, name) for name, t in types.items()]
        self.builder.region = inner = Region([Value(INT, "i"), *args])
        now: tuple[Value, ...] = tuple(args)
        for step in steps:
            now = self.step(step, *now)
            for value, name in zip(now, types):
                if value.op is not None:
                    value.name = value.name or name
        self.builder.terminate("continue", *now)
        self.builder.region = body
        bounds = [self.builder.const(0), n, self.builder.const(1)]
        loop = self.builder.op("for", [*bounds, *inits], list(types.values()), {}, [inner])
        for result, name in zip(loop.results, types):
            result.name = name
        rows, row, old, s = loop.results
        end = self.emit("add", s, self.emit("mul", self.number(self.at(rows, 0), 0), self.number(row, 1)))
        end = self.emit("add", end, self.emit("mul", self.number(self.at(old, 1), 0), self.number(self.at(rows, 1), 1)))
        self.builder.terminate("return", end)
        return Function("f", [Param("rows"), Param("n")], body, end.type)


def nested_program(steps: Sequence[Step]) -> Function:
    """The function of the steps, verified."""
    function = Writer().program(steps)
    verify(function)
    return function
