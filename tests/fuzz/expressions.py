"""Random expressions of bounded size, guarded so that they stay finite: floats, ints, conditions, vectors."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Scope:
    """The names that are surely bound at this point of the program, by what they hold."""

    floats: list[str] = field(default_factory=list)
    ints: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    vectors: list[str] = field(default_factory=list)
    matrices: list[str] = field(default_factory=list)
    helpers: dict[str, str] = field(default_factory=dict)
    """Name of a helper function and the letters of its parameters: f float, i int, v vector."""

    def copy(self) -> Scope:
        return Scope(
            list(self.floats),
            list(self.ints),
            list(self.flags),
            list(self.vectors),
            list(self.matrices),
            dict(self.helpers),
        )


class Expressions:
    """Writes random expressions over a scope. Vectors all have the same length, at least 3; matrices are square."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def constant(self) -> str:
        return str(round(self.rng.uniform(0.2, 2.5), 3))

    def pick(self, *choices: Callable[[], str]) -> str:
        return self.rng.choice(choices)()

    def name(self, scope: Scope) -> str:
        recent = scope.floats[-4:] if self.rng.random() < 0.6 else scope.floats
        return self.rng.choice(recent)

    def real(self, scope: Scope, depth: int = 2) -> str:
        """A float expression, parenthesised where it needs to be."""
        rng = self.rng
        if depth <= 0 or rng.random() < 0.15:
            return self.name(scope) if rng.random() < 0.8 else self.constant()
        options: list[Callable[[], str]] = [
            lambda: self.arithmetic(scope, depth),
            lambda: self.arithmetic(scope, depth),
            lambda: self.elementary(scope, depth, "math"),
            lambda: self.guarded(scope, depth),
        ]
        if rng.random() < 0.4:
            options.append(lambda: self.selection(scope, depth))
        if scope.ints and rng.random() < 0.5:
            options.append(lambda: f"({rng.choice(scope.ints)} * {self.real(scope, depth - 1)})")
        if scope.vectors:
            options += [lambda: self.from_vector(scope, depth)] * 2
        if scope.helpers and rng.random() < 0.4:
            options.append(lambda: self.call(scope, depth))
        return self.pick(*options)

    def arithmetic(self, scope: Scope, depth: int) -> str:
        a, b = self.real(scope, depth - 1), self.real(scope, depth - 1)
        kind = self.rng.choice(["+", "-", "*", "*", "negate", "square", "scale", "cube"])
        if kind in "+-*":
            return f"({a} {kind} {b})"
        return {"negate": f"(-{a})", "square": f"{a}**2", "scale": f"({self.constant()} * {a})", "cube": f"{a}**3"}[
            kind
        ]

    def elementary(self, scope: Scope, depth: int, module: str) -> str:
        a = self.real(scope, depth - 1)
        name = self.rng.choice(["sin", "cos", "tanh", "atan", "sin", "tanh"])
        return f"{module}.{name}({a})"

    def guarded(self, scope: Scope, depth: int) -> str:
        a, b = self.real(scope, depth - 1), self.real(scope, depth - 1)
        c = self.constant()
        forms = [
            f"math.log({c} + {a} * {a})",
            f"math.sqrt({a}**2 + {c})",
            f"({a} / ({c} + {b} * {b}))",
            f"math.exp(math.sin({a}))",
            f"math.exp(-abs({a}))",
            f"(abs({a}) + {c})**1.5",
            f"({c} + {a}**2)**math.tanh({b})",
            f"math.atan2({a}, {c} + {b}**2)",
            f"math.hypot({a}, {c})",
            f"1.0 / (1.0 + math.exp(-math.tanh({a})))",
        ]
        return self.rng.choice(forms)

    def selection(self, scope: Scope, depth: int) -> str:
        a, b = self.real(scope, depth - 1), self.real(scope, depth - 1)
        forms = [
            f"({a} if {self.condition(scope)} else {b})",
            f"max({a}, {b})",
            f"min({a}, {b})",
            f"abs({a})",
            f"max({a}, {b}, {self.constant()})",
        ]
        return self.rng.choice(forms)

    def call(self, scope: Scope, depth: int) -> str:
        name = self.rng.choice(list(scope.helpers))
        args = []
        for letter in scope.helpers[name]:
            if letter == "f":
                args.append(self.real(scope, min(depth - 1, 1)))
            elif letter == "v":
                args.append(self.vector(scope, min(depth - 1, 1)))
            else:
                args.append(str(self.rng.randint(0, 3)))
        return f"{name}({', '.join(args)})"

    def condition(self, scope: Scope, depth: int = 1) -> str:
        rng = self.rng
        if scope.flags and rng.random() < 0.15:
            return rng.choice(scope.flags)
        if depth > 0 and rng.random() < 0.25:
            word = rng.choice(["and", "or"])
            return f"({self.condition(scope, 0)} {word} {self.condition(scope, 0)})"
        if rng.random() < 0.1:
            return f"not {self.name(scope)} > {self.constant()}"
        if rng.random() < 0.1:
            return f"-{self.constant()} < {self.name(scope)} < {self.constant()}"
        if scope.ints and rng.random() < 0.3:
            return f"{rng.choice(scope.ints)} % 2 == {rng.randint(0, 1)}"
        return f"{self.real(scope, 1)} {rng.choice(['<', '>', '<=', '>='])} {self.constant()}"

    def index(self, scope: Scope) -> str:
        if scope.ints and self.rng.random() < 0.5:
            return f"{self.rng.choice(scope.ints)} % 3"
        return self.rng.choice(["0", "1", "2", "-1", "-2"])

    def from_vector(self, scope: Scope, depth: int) -> str:
        v = self.rng.choice(scope.vectors)
        if self.rng.random() < 0.35:
            return f"{v}[{self.index(scope)}]"
        w = self.vector(scope, depth - 1)
        forms = [
            f"np.sum({w})",
            f"{v}.sum()",
            f"np.mean({w})",
            f"np.dot({v}, {w})",
            f"({v} @ {w})",
            f"np.max({v})",
            f"np.sum({v}[1:] * {v}[:-1])",
            f"np.sum(np.where({w} > {self.constant()}, {v}, {self.real(scope, 0)} * {w}))",
        ]
        if scope.matrices:
            m = self.rng.choice(scope.matrices)
            forms += [f"np.sum({m} @ {w})", f"{m}[{self.index(scope)}, {self.index(scope)}]", f"np.mean({m} * {v})"]
            forms += [f"np.sum(({m} + {v}).sum(axis=0) * {w})", f"({w} @ {m} @ {v})"]
        return self.rng.choice(forms)

    def vector(self, scope: Scope, depth: int) -> str:
        """A vector expression of the common length."""
        v = self.rng.choice(scope.vectors)
        if depth <= 0 or self.rng.random() < 0.3:
            return v
        w, s = self.vector(scope, depth - 1), self.real(scope, 0)
        forms = [
            f"({v} + {w})",
            f"({v} * {w})",
            f"({s} * {w})",
            f"({w} - {s})",
            f"np.sin({w})",
            f"np.tanh({w})",
            f"np.exp(-np.abs({w}))",
            f"np.sqrt({w}**2 + {self.constant()})",
            f"({v} / ({self.constant()} + {w}**2))",
            f"np.where({v} > {s}, {w}, {v})",
            f"np.maximum({v}, {w})",
            f"np.concatenate(({v}[1:], {w}[:1]))",
            f"{w}[::-1]",
            f"np.cumsum({v})",
        ]
        if scope.matrices:
            m = self.rng.choice(scope.matrices)
            forms += [f"({m} @ {w})", f"np.sum({m} * {w}, axis={self.rng.randint(0, 1)})", f"{m}[{self.index(scope)}]"]
            forms += [f"{m}[:, {self.index(scope)}]", f"({m}.T @ {w})", f"np.mean({m}, axis=0)"]
        return self.rng.choice(forms)
