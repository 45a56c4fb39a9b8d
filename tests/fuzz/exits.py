"""Writes a function whose blocks are left in every way: loops with `else`, jumps and returns, `try`s in between."""

from __future__ import annotations

import random
from typing import final

_NAMES = "pqw"
_DEPTH = 4


def program(seed: int) -> str:
    """The text of `f(x, m)`, of a float and a small integer."""
    body = _Writer(random.Random(seed)).block(1, 0, in_loop=False)
    head = ["import math", "", "", "def f(x, m):", "    p, q, w, n = x * 0.8, x + 0.3, 1.0 - x, 0"]
    return "\n".join([*head, *body, "    return p + 2.0 * q + w * x + n", ""])


@final
class _Writer:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.loops = 0
        self.counters: list[str] = []

    def block(self, indent: int, depth: int, *, in_loop: bool) -> list[str]:
        """One to three statements, or as many as come before a jump."""
        written: list[str] = []
        for _ in range(self.rng.randint(1, 3)):
            kind = self.rng.random()
            if kind > 0.86:
                jump = self._jump(in_loop)
                is_last = self.rng.random() < 0.25
                written += [jump] if is_last else [f"if {self._condition()}:", f"    {jump}"]
                if is_last:
                    break
            elif depth >= _DEPTH or kind < 0.4:
                written.append(self._assignment() if kind < 0.33 or kind > 0.4 else "n += 1")
            elif kind < 0.55:
                written += self._if(depth, in_loop)
            elif kind < 0.75:
                written += self._loop(depth, in_loop)
            else:
                written += self._try(depth, in_loop)
        return ["    " * (1 if indent else 0) + line for line in written]

    def _inner(self, depth: int, in_loop: bool) -> list[str]:
        return self.block(1, depth + 1, in_loop=in_loop)

    def _name(self) -> str:
        return self.rng.choice(_NAMES)

    def _assignment(self) -> str:
        return f"{self._name()} {self.rng.choice(['=', '=', '+='])} {self._expression()}"

    def _expression(self) -> str:
        one, other = self._name(), self._name()
        forms = (f"{one} * 0.7 + x", f"math.sin({one}) * {other}", f"{one} * x", "x * 0.9", f"{one} - 0.2 * {other}")
        return self.rng.choice(forms)

    def _condition(self) -> str:
        forms = [f"{self._name()} > {self.rng.choice((0.2, 0.5, 0.9, -0.3))}", f"{self._name()} < {self._name()}"]
        forms += [f"n > {self.rng.choice((1, 3, 6))}", "m > 2"]
        forms += [f"{each} == {self.rng.randint(0, 2)}" for each in self.counters[-1:]]
        return self.rng.choice(forms)

    def _jump(self, in_loop: bool) -> str:
        return self.rng.choice(["break", "continue"] * 2 * in_loop + [f"return {self._expression()}"])

    def _if(self, depth: int, in_loop: bool) -> list[str]:
        written = [f"if {self._condition()}:", *self._inner(depth, in_loop)]
        if self.rng.random() < 0.4:
            written += ["else:", *self._inner(depth, in_loop)]
        return written

    def _loop(self, depth: int, in_loop: bool) -> list[str]:
        self.loops += 1
        counter, form = f"i{self.loops}", self.rng.random()
        self.counters.append(counter)
        body = self._inner(depth, True)
        self.counters.pop()
        if form < 0.6:
            written = [f"for {counter} in range({self.rng.choice(('m', '3', 'm - 2', '4'))}):", *body]
        else:
            count = [f"    {counter} += 1"]
            is_endless = form > 0.8
            head = "while True:" if is_endless else f"while {counter} < {self.rng.choice(('m', '3'))}:"
            stop = [f"    if {counter} > 3:", "        break"] if is_endless else []
            written = [f"{counter} = 0", head, *count, *stop, *body]
        if form < 0.8 and self.rng.random() < 0.5:
            written += ["else:", *self._inner(depth, in_loop)]
        return written

    def _try(self, depth: int, in_loop: bool) -> list[str]:
        body = self._inner(depth, in_loop)
        if self.rng.random() < 0.5:
            return ["try:", *body, "finally:", f"    {self._assignment()}"]
        raises = [f"    if {self._condition()}:", "        raise RuntimeError"] if self.rng.random() < 0.5 else []
        written = ["try:", *raises, *body, "except RuntimeError:", *self._inner(depth, in_loop)]
        if self.rng.random() < 0.4:
            written += ["else:", *self._inner(depth, in_loop)]
        return written
