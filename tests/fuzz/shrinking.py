"""Writes a function of an array whose extent changes in each pass of a loop: parts of it are as long as others."""

from __future__ import annotations

import random
from typing import final


def program(seed: int) -> str:
    """The text of `f(u, c, n)`, of a vector, a number and a count."""
    return _Writer(random.Random(seed)).text()


@final
class _Writer:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def text(self) -> str:
        rng = self.rng
        lines = []
        if rng.random() < 0.3:
            lines.append(rng.choice(["v = u[1:-1]", "v = u[::-1]", "v = np.zeros_like(u)", "v = u.copy()"]))
            if rng.random() < 0.7:
                lines.append(f"{rng.choice(['v[1:-1] = ', 'v[1:-1] += '])}{self.part('v', 2)} * u[:1]")
        less = rng.choice((1, 1, 2, 2, 3))
        base = rng.choice(("u", "u", "v" if lines else "u"))
        step = rng.choice(("", "", "", ":2"))
        terms = [self.term(base, less, step) for _ in range(rng.choice((2, 2, 3)))]
        lines.append(f"u = {' + '.join(terms)}")
        if rng.random() < 0.3:
            lines.append(rng.choice(["w = u * 0.5", "w = u[:-1] * u[1:]"]))
            lines.append(rng.choice(["u = w", "u = w + u[:1]"]))
        body = "\n        ".join(lines)
        end = rng.choice(["np.sum(u * u)", "np.sum(u) * c", "np.sum(u ** 3)"])
        return f"import numpy as np\n\n\ndef f(u, c, n):\n    for k in range(n):\n        {body}\n    return {end}\n"

    def term(self, base: str, less: int, step: str) -> str:
        """Something as long as the others, or of one element."""
        rng = self.rng
        part = self.part(base, less, step)
        kind = rng.random()
        if kind < 0.5:
            return f"{rng.choice(('2 * ', 'c * ', '-', ''))}{part}"
        if kind < 0.7:
            return f"{part} * {self.part(base, less, step)}"
        if kind < 0.85:
            return f"np.sin({part})"
        return f"{rng.choice((f'{base}[:1]', f'{base}[-1:]', f'{base}[1:2]'))} * {part}"

    def part(self, base: str, less: int, step: str = "") -> str:
        """A part that leaves out so many elements, in one slice or two."""
        rng = self.rng
        if less > 1 and not step and rng.random() < 0.25:
            first = rng.randint(1, less - 1)
            return f"{self.part(base, first)}{self.part('', less - first)}"
        front = rng.randint(0, less)
        back = less - front
        return f"{base}[{front or ''}:{-back if back else ''}{step}]"
