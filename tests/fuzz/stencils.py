"""Writes a function that adds shifted parts of two matrices to each other, again and again."""

from __future__ import annotations

import random
from typing import final

_NAMES = "uvw"
_FACTORS = ("c", "0.25", "2", "-0.5", "c * c", "(1.0 - c)")


def program(seed: int) -> str:
    """The text of `f(u, v, c, steps)`, of two matrices of one shape, a float and a count."""
    return _Writer(random.Random(seed)).text()


@final
class _Writer:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.width = rng.choice([1, 1, 1, 2])

    def text(self) -> str:
        body = [line for _ in range(self.rng.randint(1, 4)) for line in self._statement()]
        if self.rng.random() < 0.25:
            body.append("u, v = v, u" if self.rng.random() < 0.6 else "u, v, w = w, u, v")
        lines = ["w = u * v", "for k in range(steps):", *("    " + line for line in body)]
        if self.rng.random() < 0.15:
            lines = ["w = u * v", "k = steps", *body]
        total = self.rng.choice(["np.sum(u * w) + np.sum(v**2)", "np.sum(u**2 + w)", "np.sum(u) * c + np.sum(v * w)"])
        return "\n".join(["import numpy as np", "", "", "def f(u, v, c, steps):", *("    " + x for x in lines)]) + (
            f"\n    return {total}\n"
        )

    def _statement(self) -> list[str]:
        rng = self.rng
        target, (rows, columns) = rng.choice(_NAMES), (self._margins(), self._margins())
        place = self._part(rows, columns, (0, 0))
        value = self._value(target, rows, columns)
        kind = rng.random()
        if kind < 0.5:
            return [f"{target}{place} {rng.choice(['+=', '-='])} {self._factor()} * ({value})"]
        if kind < 0.7:
            return [f"{target}{place} = {self._factor()} * ({value})"]
        if kind < 0.8:
            return [f"d = {self._factor()} * ({value})", f"{target}{place} += d"]
        if kind < 0.9:
            return [f"{target}{place} += ({value}) / {rng.choice(['4.0', '(1.0 + c**2)', '3'])}"]
        return (
            [f"if k % 2 == {rng.randint(0, 1)}:", f"    {target}{place} += {value}"]
            if rng.random() < 0.5
            else [f"{target}{place} *= {self._factor()}"]
        )

    def _factor(self) -> str:
        return self.rng.choice(_FACTORS)

    def _margins(self) -> tuple[int, int]:
        """What is left out in front and behind, along one axis."""
        if self.rng.random() < 0.7:
            return self.width, self.width
        return self.rng.randint(0, self.width), self.rng.randint(0, self.width)

    def _part(self, rows: tuple[int, int], columns: tuple[int, int], shift: tuple[int, int]) -> str:
        axes = []
        for (before, behind), by in zip((rows, columns), shift):
            start, stop = before + by, behind - by
            axes.append(f"{start or ''}:{-stop if stop else ''}")
        return f"[{', '.join(axes)}]"

    def _value(self, target: str, rows: tuple[int, int], columns: tuple[int, int]) -> str:
        """A sum of shifted parts, of the array itself or of others."""
        rng = self.rng
        names = [name for name in _NAMES if name != target] if rng.random() < 0.6 else list(_NAMES)
        name = rng.choice(names)
        terms = []
        for _ in range(rng.randint(2, 6)):
            name = rng.choice(names) if rng.random() < 0.15 else name
            along = rng.choice(["rows", "columns", "both"])
            shift = (
                rng.randint(-rows[0], rows[1]) if along != "columns" else 0,
                rng.randint(-columns[0], columns[1]) if along != "rows" else 0,
            )
            term = name + self._part(rows, columns, shift)
            kind = rng.random()
            if kind < 0.15:
                term = f"{self._factor()} * {term}"
            elif kind < 0.25:
                term = f"{term} * {rng.choice(names)}{self._part(rows, columns, (0, 0))}"
            terms += [rng.choice(["+", "-"]), term]
        return " ".join(terms[1:])
