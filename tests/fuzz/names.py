"""Writes a function whose names of arrays are bound anew in loops and branches, and written into behind them."""

from __future__ import annotations

import random
from typing import final

_NAMES = ("x", "best", "y")


def program(seed: int) -> str:
    """The text of `f(x, w, n)`, of two vectors of three elements and a count."""
    return _Writer(random.Random(seed)).text()


@final
class _Writer:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.stores = rng.random() < 0.5
        """Whether the loops store into arrays, too."""
        self.extras: list[str] = []

    def text(self) -> str:
        rng = self.rng
        lines = [rng.choice(["best = x.copy()", "best = x", "best = x * 1.1", "best = np.zeros_like(x)"])]
        lines.append(rng.choice(["y = x * 0.5", "y = best", "y = x.copy()", "y = best[:]", "y = x"]))
        if rng.random() < 0.2:
            lines.append(rng.choice(["kept = [best]", "kept = []"]))
            self.extras.append("sum(np.sum(each) for each in kept)")
        if rng.random() < 0.15:
            lines += ["def total():", f"    return np.sum({self._name()} ** 2)"]
            self.extras.append("total()")
        if rng.random() < 0.6:
            loop = ["for k in range(n):", *self._block(0)]
        else:
            loop = ["k = 0", "while k < n:", "    k += 1", *self._block(0)]
        lines += [*loop, *(self._store() for _ in range(rng.randint(1, 3)))]
        read = [f"np.sum({name} ** 2 * w)" for name in rng.sample(_NAMES, rng.choice([1, 1, 2, 3]))]
        read += [each for each in self.extras if rng.random() < 0.7]
        body = [*lines, f"return {' + '.join(read)}"]
        return "\n".join(["import numpy as np", "", "", "def f(x, w, n):", *("    " + line for line in body), ""])

    def _name(self) -> str:
        return self.rng.choice(_NAMES)

    def _block(self, depth: int) -> list[str]:
        lines = [line for _ in range(self.rng.randint(2, 4)) for line in self._statement(depth)]
        return ["    " + line for line in lines]

    def _statement(self, depth: int) -> list[str]:
        rng, one, other = self.rng, self._name(), self._name()
        kind = rng.random()
        if kind < 0.35:
            return [f"{one} = {other} - 0.1 * {self._name()} ** 2"]
        if kind < 0.6:
            condition = f"np.sum({one} ** 2) {rng.choice('<>')} np.sum({other} ** 2) + 0.01 * k"
            return [f"if {condition}:", f"    {self._name()} = {self._name()}"]
        if kind < 0.7:
            return [f"{one} = {rng.choice([other, f'{other}.copy()'])}"]
        if kind < 0.74 and any("kept" in each for each in self.extras):
            return [f"kept.append({one})"]
        if kind < 0.79:
            return [f"if k == {rng.randint(0, 2)}:", f"    {rng.choice(['break', 'continue'])}"]
        if kind < 0.87 and self.stores:
            return [self._store()]
        if depth < 1:
            return [f"for _ in range({rng.choice(['2', 'k'])}):", *self._block(depth + 1)]
        return [f"{one} = {other} * 0.9"]

    def _store(self) -> str:
        one, other = self._name(), self._name()
        forms = (f"{one}[1] = 0.7", f"{one} *= 0.5", f"{one}[1:] += {other}[:-1]", f"{one}[:] = {other} * 1.5")
        return self.rng.choice(forms)
