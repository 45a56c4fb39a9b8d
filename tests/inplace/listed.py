"""Random programs over arrays that stand in lists: under several names, twice in one list, in lists of run-time length.

Each is `f(x, m)`. What is right is what Python says: that the value is the same tells whether a store was seen under all
names.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

STARTS = (
    "q = [c, x * 0.5]",
    "q = [c, a]",
    "q = []\n    for _ in range(m):\n        q.append(x * 0.5)",
    "q = [x * (i + 1.0) for i in range(m)]",
)
GIVES = ("u", "v", "u * 1.0", "u[::-1]")
PICKS = ("[u, v][i]", "(u, v)[i][1:]", "u if u[0] > v[1] else v", "[u, v][i], u", "[u * 1.0, v][i], v")
DOES = ("l[0] = v", "l[0][1] = v[0] * 0.6", "l.append(v)", "l[-1] *= 1.1", "l[0], l[1] = l[1], l[0]")
READ = (
    "s + np.sum(a * 1.1) + np.sum(b * b) + np.sum(np.sin(c))"
    " + sum(np.sum(e * (i + 1)) for i, e in enumerate(p)) + sum(np.sum(e * e) * (i + 1) for i, e in enumerate(q))"
)


class _Writer:
    def __init__(self, chance: random.Random, arrays: Sequence[str]) -> None:
        self.chance = chance
        self.arrays = arrays

    def array(self) -> str:
        return self.chance.choice(self.arrays)

    def list(self) -> str:
        return self.chance.choice("pq")

    def item(self) -> str:
        name = self.list()
        return f"{name}[{self.chance.choice(('0', '1', '-1', 'k', '1 - k', f'len({name}) - 1'))}]"

    def source(self) -> str:
        a, item = self.array(), self.item()
        kinds = (a, a, item, f"{a}[::-1]", f"{a}[:]", f"{a} * 1.1", f"{a}.copy()", f"np.sin({a})", f"{item} + {a}")
        return self.chance.choice(kinds)

    def new_list(self) -> str:
        a, name = self.array(), self.list()
        kinds = (f"[{a}, {self.source()}]", f"{name}[:]", f"list({name})", f"{name} + [{a}]", f"{name}[::-1]", name)
        return self.chance.choice((*kinds, f"[{a}, *{name}]", f"[e for e in {name}]", f"[e * 1.0 for e in {name}]"))

    def statement(self) -> str:
        pick, a, b = self.chance.choice, self.array(), self.array()
        return pick(
            (
                f"{a} = {self.source()}",
                f"{a}[{pick(('0', '1', '-1', 'k', '1:', '::2', ':-1'))}] = {pick(('0.7', 'x[0] * 1.3', 's'))}",
                f"{a} {pick(('+=', '*='))} {pick(('0.5', 'x', '1.2', 'x[0]'))}",
                f"{self.item()} = {self.source()}",
                f"{self.item()}[{pick(('0', '1', '1:', 'k'))}] = {pick(('x[1] * 0.9', 's', '0.3'))}",
                f"{self.item()} *= {pick(('1.3', 'x'))}",
                f"{self.list()}.append({self.source()})",
                f"{self.list()} = {self.new_list()}",
                f"{a}, {b} = {self.source()}, {self.source()}",
                f"s = s + np.sum({pick((a, self.item()))})",
                f"{self.list()}[0], {self.list()}[1] = {self.item()}, {self.item()}",
                self.call(a, b),
                f"{a} = {self.source()} if {pick(('x[0] > 0.2', 'x[1] > 5', 's > 1.0'))} else {self.source()}",
            )
        )

    def call(self, a: str, b: str) -> str:
        given = self.chance.choice((a, b, self.item()))
        kinds = (f"{a} = g({b}, {a})", f"g({a}, {b})", f"h({self.list()}, {a})", f"{a} = g({given}, {b})")
        kinds += (f"h({self.list()}, {given})", f"{a}[0] = np.sum(w({b}, {given}, m - 1)[0])", f"{a} = g({b}, {given})")
        kinds += (f"{a}[1:] = np.sum(w({a}, {b}, k)[0])", f"y = w({given}, {b}, k)\n{a}[0] = 0.4\ns = s + np.sum(y[0])")
        return self.chance.choice(kinds)

    def block(self, depth: int, count: int) -> list[str]:
        lines: list[str] = []
        for _ in range(count):
            kind = self.chance.random() if depth < 2 else 1.0
            if kind < 0.22:
                lines += self.compound(kind, depth)
            else:
                lines += self.statement().splitlines()
        return lines

    def compound(self, kind: float, depth: int) -> list[str]:
        pick, few = self.chance.choice, self.chance.randrange(1, 4)
        if kind < 0.07:
            name, these = f"e{depth}", f"{self.list()}[:2]"
            kinds = (f"{name} in {these}", f"{name} in [{self.array()}, {self.array()}]", f"_, {name} in enumerate({these})")
            inner = _Writer(self.chance, [*self.arrays, name, name])
            return [f"for {pick(kinds)}:", *_indented(inner.block(depth + 1, few))]
        if kind < 0.12:
            return [f"for _j{depth} in range({pick(('2', 'm'))}):", *_indented(self.block(depth + 1, few))]
        lines = [f"if {pick(('x[0] > 0.2', 'x[0] > 5', 's > 1.0', 'm > 1'))}:", *_indented(self.block(depth + 1, few))]
        return [*lines, "else:", *_indented(self.block(depth + 1, 1))] if self.chance.random() < 0.4 else lines


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def program(seed: int) -> str:
    """The text of a module with `f(x, m)`."""
    chance = random.Random(seed)
    body = ["a = x * 1.0", "b = x * 2.0", "c = np.cos(x)", "p = [a, b]", chance.choice(STARTS)]
    body += [chance.choice(("k = m - 1", "k = 1")), "s = 0.0"]
    body += [*_Writer(chance, "abc").block(0, chance.randrange(4, 9)), f"return {READ}"]
    callees = f"def g(u, v):\n    u[0] = v[1] * 0.8\n    return {chance.choice(GIVES)}\n\n\n"
    callees += f"def h(l, v):\n    {chance.choice(DOES)}\n\n\n"
    callees += f"def w(u, v, i):\n    return {chance.choice(PICKS)}\n\n\n"
    return "import numpy as np\n\n\n" + callees + "def f(x, m):\n" + "\n".join(_indented(body)) + "\n"
