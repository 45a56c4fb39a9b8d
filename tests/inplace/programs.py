"""Random programs that write into arrays: stores, views of views, aliases, swaps, loops, branches, callees that write.

A program is text; its lengths are numbers, so that it runs. What shares memory with what is not tracked here: the plain
call of the program is the judge.
"""

from __future__ import annotations

import numpy as np

HELPERS = """import numpy as np


def scale(a, s):
    a *= s


def shift(a, b):
    for i in range(1, len(a)):
        a[i] += 0.3 * b[i - 1]


def first(a):
    a[0] = np.sin(a[0] + a[-1])
    return a[0]


def head(a):
    return a[:-1]


def same(a):
    a[1] *= 0.5
    return a


def both(a, b):
    a[0] += b[1]
    b[0] = 0.5 * a[1]
    return a, b


def twice(a):
    scale(a[1:], 0.7)
    scale(a[:-1], 1.1)


"""


class Writer:
    """Writes one program. `lengths` are the names that can be used here, with the lengths of their arrays."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.lines: list[str] = []
        self.lengths: dict[str, int] = {"x": 6, "y": 6}
        self.indices: list[tuple[str, int]] = []
        self.depth = 1
        self.count = 0

    def pick(self, options: list[str]) -> str:
        return options[int(self.rng.integers(len(options)))]

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def new_name(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def array(self, length: int | None = None) -> str:
        """A name, of an array of this length if one is asked for."""
        fitting = [name for name, size in self.lengths.items() if length in (None, size)]
        return self.pick(fitting or ["x"])

    def element(self, name: str) -> str:
        """An index that is in range."""
        size = self.lengths[name]
        loops = [index for index, end in self.indices if end <= size]
        if loops and self.chance(0.6):
            return self.pick(loops)
        return str(int(self.rng.integers(-size, size)))

    def number(self, depth: int = 0) -> str:
        """An expression for one number."""
        name = self.array()
        read = f"{name}[{self.element(name)}]"
        forms = [read, read, f"{self.rng.uniform(0.2, 1.2):.2f}", f"np.sum({name}) * 0.2", f"np.sin({read})"]
        if depth < 2:
            forms += [
                f"({self.number(depth + 1)} + {self.number(depth + 1)})",
                f"0.6 * {read} * {self.number(depth + 1)}",
            ]
        if depth == 0 and self.chance(0.1):
            forms += [f"first({name})"]
        return self.pick(forms)

    def part(self, length: int) -> str:
        """A name or slice of exactly this length."""
        options = [name for name, size in self.lengths.items() if size == length]
        for name, size in self.lengths.items():
            for start in range(size - length + 1):
                options.append(f"{name}[{start}:{start + length}]")
            if size == 2 * length:
                options += [f"{name}[::2]", f"{name}[1::2]"]
            if size == length:
                options.append(f"{name}[::-1]")
        return self.pick(options or [f"np.full({length}, 0.5)"])

    def vector(self, length: int, depth: int = 0) -> str:
        """An expression for an array of this length."""
        part = self.part(length)
        forms = [part, f"np.sin({part})", f"0.5 * {part} + {self.number(1)}", f"{part} * np.tanh({self.part(length)})"]
        if depth < 1:
            forms += [f"np.tanh({self.vector(length, 1)}) - {part}", f"{part} + {self.vector(length, 1)} * 0.5"]
        return self.pick(forms)

    def tame(self, amount: str) -> str:
        """An augmented assignment that does not let numbers grow without bound."""
        return self.pick([f"+= 0.5 * {amount}", f"-= np.tanh({amount})", f"*= np.cos({amount})"])

    # -- statements

    def statement(self) -> None:
        kinds = [
            self.fresh,
            self.alias,
            self.view,
            self.view,
            self.store_element,
            self.store_element,
            self.augment_element,
            self.store_slice,
            self.store_slice,
            self.augment,
            self.augment,
            self.swap,
            self.exchange,
            self.call,
            self.call,
            self.gather,
            self.in_list,
            self.rows,
        ]
        if self.depth < 3:
            kinds += [self.loop, self.loop, self.branch]
        kinds[int(self.rng.integers(len(kinds)))]()

    def fresh(self) -> None:
        length = self.lengths[self.array()]
        text = self.vector(length)
        name = self.target(length)
        self.line(f"{name} = {text} * 1.0" if self.chance(0.7) else f"{name} = np.zeros({length})")
        self.lengths[name] = length

    def target(self, length: int) -> str:
        """A new name, or one that is there and keeps its length (in a loop or branch types must stay)."""
        known = [name for name, size in self.lengths.items() if size == length and name not in "xy"]
        return self.pick(known) if known and self.chance(0.4) else self.new_name()

    def alias(self) -> None:
        source = self.array()
        name = self.target(self.lengths[source])
        self.line(f"{name} = {source}")
        self.lengths[name] = self.lengths[source]

    def view(self) -> None:
        source = self.array()
        size = self.lengths[source]
        if size < 3:
            return
        options = [(f"{source}[1:]", size - 1), (f"{source}[:-1]", size - 1), (f"{source}[::-1]", size)]
        options += [(f"{source}[::2]", (size + 1) // 2), (f"{source}[1:3]", 2), (f"{source}[:]", size)]
        text, length = options[int(self.rng.integers(len(options)))]
        name = self.target(length)
        self.line(f"{name} = {text}")
        self.lengths[name] = length

    def store_element(self) -> None:
        name = self.array()
        self.line(f"{name}[{self.element(name)}] = {self.number()}")

    def augment_element(self) -> None:
        name = self.array()
        self.line(f"{name}[{self.element(name)}] {self.tame(self.number())}")

    def store_slice(self) -> None:
        name = self.array()
        size = self.lengths[name]
        start = int(self.rng.integers(0, size - 1))
        stop = int(self.rng.integers(start + 1, size + 1))
        value = self.vector(stop - start) if self.chance(0.7) else self.number()
        change = f"= {value}" if self.chance(0.4) else self.tame(value)
        self.line(f"{name}[{start}:{stop}] {change}")

    def augment(self) -> None:
        name = self.array()
        value = self.vector(self.lengths[name]) if self.chance(0.6) else self.number()
        self.line(f"{name} {self.tame(value)}")

    def swap(self) -> None:
        a, b = self.array(), self.array()
        i, j = f"{a}[{self.element(a)}]", f"{b}[{self.element(b)}]"
        self.line(f"{i}, {j} = {j}, {i} * 0.9")

    def exchange(self) -> None:
        a = self.array()
        b = self.array(self.lengths[a])
        if a != b:
            self.line(f"{a}, {b} = {b}, {a}")

    def call(self) -> None:
        a = self.array()
        b = self.part(self.lengths[a])
        options = [
            f"scale({a}, np.tanh({self.number()}))",
            f"shift({a}, {b})",
            f"twice({a})",
            f"shift({a}[1:], {a}[:-1])",
        ]
        if self.lengths[a] > 2:
            options += [f"scale({a}[1:], 0.8)", f"both({a}, {b})"]
            name = self.new_name()
            options += [f"{name} = same({a})", f"{name} = head({a})", f"{name}, {name}_ = both({a}, {b})"]
        text = self.pick(options)
        self.line(text)
        if text.startswith("v") and " = " in text:
            name = text.split(",")[0].split(" = ")[0]
            self.lengths[name] = self.lengths[a] - ("head(" in text)

    def gather(self) -> None:
        a = self.array()
        size = self.lengths[a]
        index = [int(k) for k in self.rng.integers(0, size, 2)]
        options = [
            f"{a}[{index}] = {self.number()}",
            f"{a}[{index}] += {self.number()}",
            f"{a}[{a} > 0.8] *= 0.5",
            f"np.add.at({a}, {index}, {self.number()})",
            f"{a}[:] = np.where({a} > 0.5, {a}, {self.number()})",
            f"np.multiply({a}, 0.9, out={a})",
        ]
        self.line(self.pick(options))

    def in_list(self) -> None:
        a = self.array()
        b = self.array(self.lengths[a])
        name = f"l{self.new_name()}"
        self.line(f"{name} = [{a}, {b}]" if self.chance(0.6) else f"{name} = {{0: {a}, 1: {b}}}")
        self.line(f"{name}[{self.pick(['0', '1'])}][{self.element(a)}] = {self.number()}")
        if self.chance(0.5):
            self.line(f"{name}[0] *= 0.9")

    def rows(self) -> None:
        a = self.array()
        size = self.lengths[a]
        if size % 2:
            return
        name = f"m{self.new_name()}"
        self.line(f"{name} = {a}.reshape(2, {size // 2})")
        options = [f"{name}[0] *= 0.8", f"{name}[:, 0] = {self.number()}", f"{name}.T[0] += {name}[0, 0]"]
        self.line(self.pick(options))
        if self.chance(0.4):
            self.line(f"for row in {name}:")
            self.line(f"    row *= {self.pick(['0.9', 'row[0]'])}")

    def loop(self) -> None:
        size = int(self.rng.integers(2, 4))
        index = f"i{self.new_name()}"
        self.line(f"for {index} in range({size}):")
        self.inside((index, size))

    def branch(self) -> None:
        self.line(f"if {self.number(1)} > {self.rng.uniform(0.2, 1.0):.2f}:")
        self.inside(None)
        if self.chance(0.5):
            self.line("else:")
            self.inside(None)

    def inside(self, index: tuple[str, int] | None) -> None:
        """A block: names that it makes are forgotten after it."""
        outer, indices = dict(self.lengths), list(self.indices)
        self.indices += [index] if index is not None else []
        self.depth += 1
        for _ in range(int(self.rng.integers(1, 4))):
            self.statement()
        self.line("pass")
        self.depth -= 1
        self.lengths, self.indices = outer, indices

    def program(self, statements: int) -> str:
        """The text of a module with a function `f(x, y)` of two vectors of length 6."""
        if self.chance(0.7):
            self.line("x = x * 1.0")
        for _ in range(statements):
            self.statement()
        parts = [f"np.sum(np.sin({name}) * {k + 1})" for k, name in enumerate(self.lengths)]
        self.line(f"return {' + '.join(parts)}")
        return HELPERS + "def f(x, y):\n" + "\n".join(self.lines) + "\n"


def program(seed: int) -> str:
    """The program of a seed."""
    writer = Writer(seed)
    return writer.program(int(writer.rng.integers(3, 9)))
