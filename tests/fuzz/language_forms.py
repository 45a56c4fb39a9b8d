"""Random expressions over numbers, lists, dicts, objects and functions."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

FLOAT, INT, LIST, ROWS, DICT, MIXED, OBJECT, FUNCTION, FUNCTIONS, PAIR = "fiLRDHOCKP"
"""Kinds of variables: a number, a count, a list of numbers, a list of lists, a dict of numbers (keys a and b), a dict
of a number and a list (keys s and v), an object, a function of a number, a list of such functions, a tuple of two
numbers."""
PROPERTY = "."


@dataclass
class Names:
    """What is bound at this point of a program: names by kind, and those that may be bound again here."""

    known: dict[str, list[str]] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)

    def copy(self) -> Names:
        return Names({kind: list(names) for kind, names in self.known.items()}, set(self.own))

    def inner(self) -> Names:
        """What a function written here sees: it may bind none of these names."""
        return Names(self.copy().known, set())

    def of(self, kind: str) -> list[str]:
        return self.known.get(kind, [])

    def add(self, kind: str, name: str) -> str:
        names = self.known.setdefault(kind, [])
        if name not in names:
            names.append(name)
        self.own.add(name)
        return name

    def hide(self, names: Iterable[str]) -> None:
        for kind in self.known:
            self.known[kind] = [name for name in self.known[kind] if name not in names]

    def owned(self, kind: str) -> list[str]:
        return [name for name in self.of(kind) if name in self.own]


@dataclass(frozen=True)
class Helper:
    """A function of the module: the kinds of its parameters, and of its result (`-` for none)."""

    name: str
    takes: str
    gives: str


class Forms:
    """Writes random expressions; none is checked here, the program is run before it is used."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.helpers: list[Helper] = []
        self.methods: list[Helper] = []
        self.fresh = 0
        self.level = 0

    @contextmanager
    def deeper(self) -> Iterator[bool]:
        """Write a part of an expression. Gives whether it is so deep that only something small will do."""
        self.level += 1
        yield self.level > 4
        self.level -= 1

    def new(self, stem: str) -> str:
        self.fresh += 1
        return f"{stem}{self.fresh}"

    def constant(self) -> str:
        return str(round(self.rng.uniform(0.2, 2.0), 2))

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def pick(self, options: list[Callable[[], str]]) -> str:
        return self.rng.choice(options)()

    def name(self, names: Names, kind: str) -> str:
        """A name of the kind, rather one of the last."""
        found = names.of(kind)
        return self.rng.choice(found[-3:] if self.chance(0.6) else found)

    # -- numbers

    def real(self, names: Names, depth: int = 2) -> str:
        with self.deeper() as is_deep:
            return self.atom(names) if is_deep or depth <= 0 or self.chance(0.2) else self._real(names, depth)

    def _real(self, names: Names, depth: int) -> str:
        a = self.real(names, depth - 1)
        options: list[Callable[[], str]] = [
            lambda: f"({a} {self.rng.choice('+-*')} {self.real(names, depth - 1)})",
            lambda: f"{a} * {self.atom(names)}" if not a.startswith("-") else f"({a})",
            lambda: f"math.{self.rng.choice(['sin', 'tanh', 'cos'])}({a})",
            lambda: f"({a} + {self.constant()})",
            lambda: f"({a}) ** 2",
            lambda: f"({a} / ({self.constant()} + ({self.atom(names)}) ** 2))",
        ]
        if self.chance(0.35):
            options.append(lambda: f"({a} if {self.condition(names)} else {self.real(names, depth - 1)})")
            options.append(lambda: f"{self.rng.choice(['max', 'min'])}({a}, {self.atom(names)})")
            options.append(lambda: f"math.exp(-abs({a}))")
        if self.chance(0.6) and (names.of(LIST) or names.of(ROWS) or names.of(DICT)):
            options += [lambda: self.reduction(names, depth)] * 3
        if self.chance(0.5) and (names.of(FUNCTION) or names.of(FUNCTIONS)):
            options += [lambda: f"{self.function(names)}({a})"] * 3
        calls = [helper for helper in (*self.helpers, *self.methods) if helper.gives == FLOAT]
        if self.chance(0.4) and calls:
            options += [lambda: self.call(names, self.rng.choice(calls))] * 3
        return self.pick(options)

    def atom(self, names: Names) -> str:
        options: list[Callable[[], str]] = [self.constant]
        if names.of(FLOAT):
            options += [lambda: self.name(names, FLOAT)] * 4
        if names.of(LIST):
            options += [lambda: f"{self.list_at_hand(names)}[{self.index(names)}]"] * 2
        if names.of(ROWS):
            options.append(lambda: f"{self.name(names, ROWS)}[{self.index(names)}][{self.rng.choice(['0', '-1'])}]")
        if names.of(DICT):
            options += [lambda: f'{self.name(names, DICT)}["{self.rng.choice("ab")}"]'] * 2
        if names.of(MIXED):
            options.append(lambda: f'{self.name(names, MIXED)}["s"]')
        if names.of(OBJECT):
            options += [lambda: f"{self.name(names, OBJECT)}.{self.rng.choice('wb')}"] * 2
        if names.of(PAIR):
            options.append(lambda: f"{self.name(names, PAIR)}[{self.rng.choice('01')}]")
        if names.of(INT) and self.chance(0.3):
            options.append(lambda: self.count(names))
        return self.pick(options)

    def count(self, names: Names) -> str:
        if names.of(LIST) and (self.chance(0.3) or not names.of(INT)):
            return f"len({self.list_at_hand(names)})"
        return self.name(names, INT) if names.of(INT) else str(self.rng.randint(0, 3))

    def index(self, names: Names) -> str:
        if names.of(INT) and self.chance(0.4):
            return f"{self.name(names, INT)} % 2"
        return self.rng.choice(["0", "1", "-1", "-1", "0"])

    def reduction(self, names: Names, depth: int) -> str:
        rng = self.rng
        v = self.new("v")
        inner = names.inner()
        if names.of(DICT) and self.chance(0.25):
            d = self.name(names, DICT)
            inner.add(FLOAT, v)
            return rng.choice(
                [
                    f"sum({d}.values())",
                    f"sum({self.real(inner, 1)} for k, {v} in {d}.items())",
                    f"sum({d}[k] * {self.atom(names)} for k in {d})",
                    f'{d}.get("{rng.choice("abz")}", {self.atom(names)})',
                    f"max({d}.values())",
                ]
            )
        if names.of(ROWS) and self.chance(0.3):
            rows = self.name(names, ROWS)
            inner.add(LIST, v)
            return rng.choice(
                [
                    f"sum({self.real(inner, 1)} for {v} in {rows})",
                    f"sum(sum({v}) for {v} in {rows})",
                    f"sum(e * {self.atom(names)} for {v} in {rows} for e in {v})",
                    f"sum(a * b for a, b in zip({rows}[0], {rows}[-1]))",
                ]
            )
        if not names.of(LIST):
            return self.atom(names)
        xs = self.list_at_hand(names)
        inner.add(FLOAT, v)
        body = self.real(inner, max(depth - 1, 1))
        return rng.choice(
            [
                f"sum({xs})",
                f"sum({body} for {v} in {xs})",
                f"sum({body} for {v} in {xs} if {v} > {self.constant()})",
                f"sum({v} * e for {v}, e in zip({xs}, {self.list_at_hand(names)}))",
                f"sum(k * {v} for k, {v} in enumerate({xs}))",
                f"{rng.choice(['max', 'min'])}({xs})",
                f"max(({body} for {v} in {xs}), default=0.5)",
                f"sorted({xs})[{rng.choice(['0', '-1'])}]",
                f"sum([{body} for {v} in {xs}], {self.atom(names)})",
                f"sum(map(lambda {v}: {body}, {xs}))",
                f"max({xs}, key=lambda {v}: {body})",
                f"sum({xs}[1:])",
            ]
        )

    # -- conditions

    def condition(self, names: Names, depth: int = 1) -> str:
        rng = self.rng
        if depth and self.chance(0.2):
            return f"({self.condition(names, 0)} {rng.choice(['and', 'or'])} {self.condition(names, 0)})"
        if self.chance(0.15):
            return f"not {self.condition(names, 0)}"
        if names.of(INT) and self.chance(0.35):
            return f"{self.count(names)} {rng.choice(['% 2 == 0', '> 1', '< 2', '== 1'])}"
        if names.of(LIST) and self.chance(0.25):
            xs, v = self.list_at_hand(names), self.new("v")
            return rng.choice(
                [
                    f"len({xs}) > {rng.randint(1, 3)}",
                    f"any({v} > {self.constant()} for {v} in {xs})",
                    f"all({v} < {self.constant()} for {v} in {xs})",
                    f"{xs}",
                    f"{xs} is {self.list_at_hand(names)}",
                ]
            )
        if names.own and self.chance(0.08):
            name = self.new("t")
            text = f"({name} := {self.real(names, 1)}) > {self.constant()}"
            return f"({text})"
        return f"{self.real(names, 1)} {rng.choice(['<', '>', '<=', '>='])} {self.constant()}"

    # -- containers

    def list_at_hand(self, names: Names) -> str:
        """A list that exists, under whatever name."""
        options: list[Callable[[], str]] = []
        if names.of(LIST):
            options += [lambda: self.name(names, LIST)] * 5
        if names.of(ROWS):
            options.append(lambda: f"{self.name(names, ROWS)}[{self.index(names)}]")
        if names.of(MIXED):
            options.append(lambda: f'{self.name(names, MIXED)}["v"]')
        if names.of(OBJECT):
            options.append(lambda: f"{self.name(names, OBJECT)}.log")
        return self.pick(options) if options else f"[{self.atom(names)}, {self.atom(names)}]"

    def items(self, names: Names) -> str:
        return ", ".join(self.real(names, 1) for _ in range(self.rng.randint(2, 3)))

    def new_list(self, names: Names) -> str:
        with self.deeper() as is_deep:
            return f"[{self.atom(names)}, {self.atom(names)}]" if is_deep else self._new_list(names)

    def _new_list(self, names: Names) -> str:
        rng, xs, v = self.rng, self.list_at_hand(names), self.new("v")
        inner = names.inner()
        inner.add(FLOAT, v)
        body = self.real(inner, 1)
        options = [
            f"[{self.items(names)}]",
            f"[{self.items(names)}]",
            f"[{body} for {v} in {xs}]",
            f"[{body} for {v} in {xs}]",
            f"[{body} for {v} in {xs} if {v} > -{self.constant()}]",
            f"[{v} * e for {v} in {xs} for e in [{self.items(names)}]]",
            f"list({xs})",
            f"{xs}[:]",
            f"{xs}[::-1]",
            f"{xs} + [{self.items(names)}]",
            f"{xs} + {self.list_at_hand(names)}",
            f"[{self.atom(names)}] * {rng.randint(2, 3)}",
            f"sorted({xs})",
            f"{xs}.copy()",
            f"list(map(lambda {v}: {body}, {xs}))",
            f"list(reversed({xs}))",
            f"[*{xs}, {self.atom(names)}]",
            f"[{v} + e for {v}, e in zip({xs}, {self.list_at_hand(names)})]",
            f"[k * {v} for k, {v} in enumerate({xs})]",
        ]
        if names.of(DICT):
            options.append(f"list({self.name(names, DICT)}.values())")
        return rng.choice(options)

    def rows(self, names: Names) -> str:
        with self.deeper() as is_deep:
            return f"[{self.list_at_hand(names)}, [{self.atom(names)}]]" if is_deep else self._rows(names)

    def _rows(self, names: Names) -> str:
        rng, v = self.rng, self.new("v")
        xs, ys = self.list_at_hand(names), self.list_at_hand(names)
        inner = names.inner()
        inner.add(FLOAT, v)
        options = [
            f"[{xs}, {ys}]",
            f"[{xs}, [{self.items(names)}]]",
            f"[[{self.items(names)}], [{self.items(names)}]]",
            f"[[{self.real(inner, 1)} for {v} in {xs}] for _ in range({rng.randint(2, 3)})]",
            f"[{self.new_list(names)} for _ in range(2)]",
        ]
        if names.of(ROWS):
            old = self.name(names, ROWS)
            options += [f"[list(r) for r in {old}]", f"list(zip(*{old}))", f"{old}[::-1]", f"{old} + [{xs}]"]
            options += [f"[r for r in {old} if len(r) > 1]", f"{old}[:]"]
        return rng.choice(options)

    def dict(self, names: Names) -> str:
        a, b = self.real(names, 1), self.real(names, 1)
        options = [f'{{"a": {a}, "b": {b}}}'] * 2 + [f"dict(a={a}, b={b})", f'dict(zip("ab", ({a}, {b})))']
        options.append(f'{{k: {a} for k in "ab"}}')
        if names.of(DICT):
            d = self.name(names, DICT)
            options += [f"dict({d})", f'{{**{d}, "b": {b}}}', f"{{k: v * {a} for k, v in {d}.items()}}", f"{d}.copy()"]
            options.append(f'{d} | {{"a": {a}}}')
        return self.rng.choice(options)

    def of_kind(self, names: Names, kind: str) -> str:
        """An argument of the kind: something at hand, or something new."""
        if kind == FLOAT:
            return self.real(names, 1)
        if kind == INT:
            return self.count(names)
        if kind == LIST:
            return self.list_at_hand(names) if self.chance(0.7) else self.new_list(names)
        if names.of(kind) and self.chance(0.8):
            return self.name(names, kind)
        return self.make(names, kind)

    def make(self, names: Names, kind: str) -> str:
        if kind == ROWS:
            return self.rows(names)
        if kind == DICT:
            return self.dict(names)
        if kind == MIXED:
            return f'{{"s": {self.real(names, 1)}, "v": {self.of_kind(names, LIST)}}}'
        if kind == OBJECT:
            return f"Box({self.real(names, 1)}, {self.atom(names)}, {self.of_kind(names, LIST)})"
        if kind == FUNCTION:
            return self.lambda_(names)
        if kind == FUNCTIONS:
            return self.functions(names)
        if kind == PAIR:
            return f"({self.real(names, 1)}, {self.real(names, 1)})"
        return self.new_list(names) if kind == LIST else self.real(names, 1)

    # -- functions

    def lambda_(self, names: Names) -> str:
        a = self.new("a")
        inner = names.inner()
        inner.add(FLOAT, a)
        if self.chance(0.3):
            k = self.new("k")
            default = self.atom(names)
            inner.add(FLOAT, k)
            return f"lambda {a}, {k}={default}: {self.real(inner, 2)}"
        return f"lambda {a}: {self.real(inner, 2)}"

    def functions(self, names: Names) -> str:
        a, k = self.new("a"), self.new("k")
        inner = names.inner()
        inner.add(FLOAT, a)
        inner.add(INT, k)
        body = self.real(inner, 2)
        count = self.rng.randint(2, 3)
        return self.rng.choice(
            [
                f"[lambda {a}, {k}={k}: {body} for {k} in range({count})]",
                f"[lambda {a}: {body} for {k} in range({count})]",
                f"[{self.lambda_(names)}, {self.lambda_(names)}]",
                f"[{self.of_kind(names, FUNCTION)}, math.sin]",
            ]
        )

    def function(self, names: Names) -> str:
        """Something to call with one number."""
        if names.of(FUNCTIONS) and (not names.of(FUNCTION) or self.chance(0.4)):
            return f"{self.name(names, FUNCTIONS)}[{self.rng.choice(['0', '1', '-1'])}]"
        return self.name(names, FUNCTION)

    def call(self, names: Names, helper: Helper) -> str:
        if helper.takes == PROPERTY:
            return f"{self.of_kind(names, OBJECT)}.{helper.name}"
        args = ", ".join(self.of_kind(names, kind) for kind in helper.takes)
        if helper not in self.methods:
            return f"{helper.name}({args})"
        if helper.name == "__call__":
            return f"{self.of_kind(names, OBJECT)}({args})"
        return f"{self.of_kind(names, OBJECT)}.{helper.name}({args})"
