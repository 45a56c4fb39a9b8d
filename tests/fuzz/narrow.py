"""Writes a function of floats, narrow integers and truth values."""

from __future__ import annotations

import random
from typing import final


def program(seed: int) -> str:
    """The text of `f(x, y, k, j, m, n)`: two vectors of floats, integers and truths each, of three elements."""
    return _Writer(random.Random(seed)).text()


@final
class _Writer:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def text(self) -> str:
        statements = ("s += np.sum({})", "u = {} + 0 * x", "u[1:] = ({} + 0 * x)[:-1]", "s = s + np.sum(({})**2)")
        body = [self.rng.choice(statements).format(self._value(0)) for _ in range(self.rng.randint(1, 3))]
        if self.rng.random() < 0.6:
            body = ["for i in range(3):", *("    " + line for line in body)]
        lines = ["s, i = 0.0, 1", "u = x * 1.0", *body, "return s + np.sum(u * y)"]
        head = ["import numpy as np", "", "", "def f(x, y, k, j, m, n):"]
        return "\n".join([*head, *("    " + line for line in lines), ""])

    def _exact(self) -> str:
        """An integer or a truth value, or an array of them."""
        return self.rng.choice(["k", "k", "j", "k[i]", "j[i]", "m", "n", "(x > 0.5)", "(y > 0.6)", "k[0]"])

    def _value(self, depth: int) -> str:
        rng, kind = self.rng, self.rng.random()
        if depth > 2 or kind < 0.3:
            return rng.choice(["x", "y", "1.5 * x", "x[i]"])
        one, other = self._value(depth + 1), self._exact()
        if kind < 0.5:
            return f"({one} {rng.choice('+-*')} {self._value(depth + 1)})"
        if kind < 0.8:
            return rng.choice([f"({other} * {one})", f"({one} {rng.choice('*+-')} {other})"])
        if kind < 0.9:
            return f"({rng.choice([one, other])} / (2.5 + {self._value(depth + 1)} ** 2))"
        forms = (f"np.sin({one})", f"-{one}", f"np.where(m, {one}, y)", f"{one} ** 2", f"np.hypot({one}, {other})")
        return rng.choice(forms)
