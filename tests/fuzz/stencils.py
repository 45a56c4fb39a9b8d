"""Writes a function that adds shifted parts of arrays to each other, again and again."""

from __future__ import annotations

import random
from typing import final

_NAMES = "uvw"
_FACTORS = ("c", "0.25", "2", "-0.5", "c * c", "(1.0 - c)")

Pairs = list[tuple[int, int]]


def program(seed: int, rank: int = 2) -> str:
    """The text of `f(u, v, c, steps)`, of two arrays of one shape, a float and a count."""
    return _Writer(random.Random(seed), rank).text()


def _part(margins: Pairs, shifts: list[int]) -> str:
    """The subscript of a part between margins, shifted along each axis."""
    axes = []
    for (before, behind), by in zip(margins, shifts):
        start, stop = before + by, behind - by
        axes.append(f"{start or ''}:{-stop if stop else ''}")
    return f"[{', '.join(axes)}]"


@final
class _Writer:
    def __init__(self, rng: random.Random, rank: int) -> None:
        self.rng = rng
        self.rank = rank
        self.width = rng.choice([1, 1, 1, 2])

    def text(self) -> str:
        body = [line for _ in range(self.rng.randint(1, 4)) for line in self._statement()]
        if self.rng.random() < 0.25:
            body.append("u, v = v, u" if self.rng.random() < 0.6 else "u, v, w = w, u, v")
        lines = ["w = u * v", "for k in range(steps):", *("    " + line for line in body)]
        if self.rng.random() < 0.15:
            lines = ["w = u * v", "k = steps", *body]
        total = self.rng.choice(["np.sum(u * w) + np.sum(v**2)", "np.sum(u**2 + w)", "np.sum(u) * c + np.sum(v * w)"])
        head = ["import numpy as np", "", "", "def f(u, v, c, steps):"]
        return "\n".join([*head, *("    " + line for line in lines), f"    return {total}", ""])

    def _statement(self) -> list[str]:
        rng = self.rng
        if rng.random() < 0.25:
            return self._flux()
        target, margins = rng.choice(_NAMES), [self._margins() for _ in range(self.rank)]
        place = _part(margins, [0] * self.rank)
        value = self._value(target, margins)
        kind = rng.random()
        if kind < 0.4:
            return [f"{target}{place} {rng.choice(['+=', '-='])} {self._factor()} * ({value})"]
        if kind < 0.7:
            return [f"{target}{place} = {self._factor()} * ({value})"]
        if kind < 0.8:
            return [f"d = {self._factor()} * ({value})", f"{target}{place} += d"]
        if kind < 0.9:
            return [f"{target}{place} += ({value}) / {rng.choice(['4.0', '(1.0 + c**2)', '3'])}"]
        if rng.random() < 0.5:
            return [f"if k % 2 == {rng.randint(0, 1)}:", f"    {target}{place} += {value}"]
        return [f"{target}{place} *= {self._factor()}"]

    def _flux(self) -> list[str]:
        """What flows between neighbours along an axis, and what remains."""
        rng, nowhere = self.rng, [0] * self.rank
        axis, aside = rng.randrange(self.rank), rng.choice([(0, 0), (1, 1)])
        ahead = [int(each == axis) for each in range(self.rank)]
        between, middle, whole = [aside] * self.rank, [aside] * self.rank, [(0, 0)] * self.rank
        between[axis], middle[axis], whole[axis] = (0, 1), (1, 1), (0, 1)
        source, target, weight = (rng.choice(_NAMES) for _ in range(3))
        flux = f"{source}{_part(between, ahead)} - {source}{_part(between, nowhere)}"
        weighted = rng.choice([f"{weight}{_part(between, ahead)} * ({flux})", f"{self._factor()} * ({flux})", flux])
        forth, back = f"q{_part(whole, ahead)}", f"q{_part(whole, nowhere)}"
        total = rng.choice([f"{forth} - {back}", f"{back} - {forth}", f"{forth} + {back}"])
        scaled = f"{self._factor()} * ({total})" if rng.random() < 0.8 else total
        return [f"q = {weighted}", f"{target}{_part(middle, nowhere)} {rng.choice(['+=', '-=', '='])} {scaled}"]

    def _factor(self) -> str:
        return self.rng.choice(_FACTORS)

    def _margins(self) -> tuple[int, int]:
        """What is left out in front and behind, along one axis."""
        if self.rng.random() < 0.7:
            return self.width, self.width
        return self.rng.randint(0, self.width), self.rng.randint(0, self.width)

    def _value(self, target: str, margins: Pairs) -> str:
        """A sum of shifted parts, of the array itself or of others."""
        rng = self.rng
        names = [name for name in _NAMES if name != target] if rng.random() < 0.6 else list(_NAMES)
        name = rng.choice(names)
        terms = []
        for _ in range(rng.randint(2, 6)):
            name = rng.choice(names) if rng.random() < 0.15 else name
            shifts = [rng.randint(-before, behind) if rng.random() < 0.6 else 0 for before, behind in margins]
            term = name + _part(margins, shifts)
            kind = rng.random()
            if kind < 0.15:
                term = f"{self._factor()} * {term}"
            elif kind < 0.25:
                term = f"{term} * {rng.choice(names)}{_part(margins, [0] * self.rank)}"
            terms += [rng.choice(["+", "-"]), term]
        return " ".join(terms[1:])
