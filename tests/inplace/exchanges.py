"""Random programs that exchange arrays: names, items of lists, attributes; on a path, in loops, while views live.

What is returned is of a few names only, so that others are dead where paths meet.
"""

from __future__ import annotations

from tests.inplace.programs import HELPERS, Writer

CLASSES = """class Pair:
    def __init__(self, u, v):
        self.u = u
        self.v = v

    def turn(self):
        self.u, self.v = self.v, self.u


def ordered(a, b):
    if np.sum(a) > np.sum(b):
        return b, a
    return a, b


def relaxed(a, b):
    for i in range(3):
        if a[0] > b[1]:
            a, b = b, a
        a[1] += 0.2 * b[0]
    return a


def marched(a, b):
    for _ in range(len(a)):
        b[1] = 0.4 * a[0] + 0.1 * b[1] ** 2
        a, b = b, a


def turned(a, b):
    for i in range(len(a)):
        b[0] *= 0.5 + 0.1 * a[1]
        if b[i] > 0.4:
            a, b = b, a
    return a, b


def one_of_new(a, b):
    u, v = a * 0.9, b * 1.1
    return (u if u[0] > v[1] else v), u


def one_of_listed(a, b):
    rows = [a * (0.5 + 0.1 * k) for k in range(len(b))]
    return rows[1], rows


"""


class Exchanges(Writer):
    """Writes one program whose names are exchanged more often than not."""

    def statement(self) -> None:
        kinds = [
            self.fresh,
            self.alias,
            self.view,
            self.store_element,
            self.store_slice,
            self.augment,
            self.exchange,
            self.exchange_if,
            self.exchange_if,
            self.choose,
            self.maybe_new,
            self.pair,
            self.listed,
            self.called,
            self.called,
            self.walk,
            self.taken_along,
        ]
        if self.depth < 3:
            kinds += [self.loop, self.loop, self.branch]
        kinds[int(self.rng.integers(len(kinds)))]()

    def condition(self) -> str:
        return f"{self.number(1)} > {self.rng.uniform(0.3, 0.9):.2f}"

    def two(self) -> tuple[str, str]:
        """Two names of arrays of one length."""
        a = self.array()
        b = self.array(self.lengths[a])
        if a == b:
            b = self.new_name()
            self.line(f"{b} = {self.vector(self.lengths[a])} * 1.0")
            self.lengths[b] = self.lengths[a]
        return a, b

    def change(self, name: str, size: int) -> None:
        index = int(self.rng.integers(size))
        self.line(self.pick([f"{name}[{index}] = {self.number()}", f"{name} {self.tame(self.number())}"]))

    def exchange_if(self) -> None:
        a, b = self.two()
        self.line(f"if {self.condition()}:")
        self.line(f"    {a}, {b} = {b}, {a}")
        if self.chance(0.3):
            self.line("else:")
            self.line(f"    {a}[0] *= 0.7")
        self.change(a, self.lengths[a])

    def choose(self) -> None:
        a, b = self.two()
        size = self.lengths[a]
        name = self.pick([a, self.new_name()])
        if self.chance(0.5):
            self.line(f"{name} = {a} if {self.condition()} else {b}")
        else:
            other = self.new_name()
            self.line(f"{name}, {other} = ({a}, {b}) if {self.condition()} else ({b}, {a})")
            self.lengths[other] = size
        self.lengths[name] = size
        if self.chance(0.6):
            for dead in (a, b):
                if dead not in ("x", "y", name):
                    self.lengths.pop(dead, None)
        self.change(name, size)

    def maybe_new(self) -> None:
        a = self.array()
        self.line(f"if {self.condition()}:")
        self.line(f"    {a} = {self.pick([f'{a}.copy()', f'{a} * 0.9', f'np.sin({a})'])}")
        self.change(a, self.lengths[a])

    def pair(self) -> None:
        a, b = self.two()
        name = f"p{self.new_name()}"
        self.line(f"{name} = Pair({a}, {b})")
        if self.chance(0.7):
            self.line(f"if {self.condition()}:")
            self.line(f"    {self.pick([f'{name}.turn()', f'{name}.u, {name}.v = {name}.v, {name}.u'])}")
        self.line(f"{name}.u[0] *= 0.8")
        if self.chance(0.5):
            self.line(f"{a} = {name}.v * 1.0")

    def listed(self) -> None:
        a, b = self.two()
        name = f"l{self.new_name()}"
        self.line(f"{name} = [{a}, {b}]")
        if self.chance(0.7):
            self.line(f"if {self.condition()}:")
            self.line(f"    {name}[0], {name}[1] = {name}[1], {name}[0]")
        self.line(f"{name}[0][1] = {self.number()}")
        if self.chance(0.5):
            self.line(f"{a}, {b} = {name}")

    def called(self) -> None:
        a, b = self.two()
        pairs = [f"{a}, {b} = {name}({a}, {b})" for name in ("ordered", "turned", "one_of_new")]
        alone = [f"{name}({a}, {b})" for name in ("relaxed", "marched", "turned")]
        self.line(self.pick([*pairs, *alone, f"{a} = relaxed({a}, {b})", f"{a}, rows = one_of_listed({a}, {b})"]))
        if self.chance(0.6):
            self.change(a, self.lengths[a])

    def walk(self) -> None:
        a = self.array()
        size = self.lengths[a]
        if size % 2:
            return
        name, row = f"m{self.new_name()}", f"r{self.new_name()}"
        self.line(f"{name} = {a}.reshape(2, {size // 2}) * 1.0")
        self.line(f"for {row} in {name}:")
        self.line(f"    {row}[0] += {self.number()}")
        if self.chance(0.5):
            self.line(f"    if {row}[0] > 1.0:")
            self.line(f"        {name} = {name} * 0.9")
        if self.chance(0.5):
            self.line(f"    {name}[1] *= 0.8")
        self.line(f"{a}[0] += np.sum({name})")

    def taken_along(self) -> None:
        a, b = self.two()
        name = f"g{self.new_name()}"
        self.line(f"def {name}(k):")
        self.line(f"    {a}[k] = 0.5 * {a}[k] + {b}[0] ** 2")
        self.line(f"if {self.condition()}:")
        self.line(f"    {a}, {b} = {b}, {a}")
        self.line(f"{name}(1)")

    def program(self, statements: int) -> str:
        if self.chance(0.6):
            self.line("x = x * 1.0")
            self.line("y = y * 1.0")
        for _ in range(statements):
            self.statement()
        names = [name for name in self.lengths if self.chance(0.6)] or ["x"]
        parts = [f"np.sum(np.sin({name}) * {k + 1})" for k, name in enumerate(names)]
        self.line(f"return {' + '.join(parts)}")
        return HELPERS + CLASSES + "def f(x, y):\n" + "\n".join(self.lines) + "\n"


def exchanges(seed: int) -> str:
    """The program of a seed."""
    writer = Exchanges(seed)
    return writer.program(int(writer.rng.integers(2, 6)))
