"""Copies of lists that stand in items of lists, and items that leave a copy for a third list: right or refused."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from tests.inplace.judge import right_or_refused
from tests.support import import_text

X = np.array([0.7, 1.1, 0.45, 0.9])
HEAD = """import numpy as np


class P:
    def __init__(self, m):
        self.m = m


def pick(ps, k):
    return ps[k]


def f(x):
    """
NESTED = [
    "gs = [[P(v * w) for w in x] for v in x]",
    "gs = [[], []]; [gs[i % 2].append(P(v)) for i, v in enumerate(x)]",
    "gs = [[P(v), P(0.5 * v)] for v in x]; q = pick(gs[1], 1)",
    "gs = [[P(v), P(0.5 * v)] for v in x]; gs[1].append(P(x[1]))",
    "gs = [[P(v) for v in x], [P(0.5 * v) for v in x]]; q = pick(gs, 1)",
]
COPIES = [
    "gs[1][:]",
    "gs[1][::-1]",
    "list(gs[1])",
    "gs[1].copy()",
    "sorted(gs[1], key=lambda p: p.m)",
    "[p for p in gs[1] if p.m < 50.0]",
    "gs[1] + gs[0]",
]
FLAT = ["a[:]", "a[::-1]", "sorted(a, key=lambda p: p.m)", "[p for p in a]"]
MOVES = [
    "for i in range(2): c.append(b.pop())",
    "for i in range(2): c.insert(0, b.pop(0))",
    "while b: c.append(b.pop())",
    "for i in range(2): c = c + [b.pop()]",
    "c = [P(1.0), P(2.0)]\n    for i in range(2): c[i] = b.pop()",
    "if x[0] > 0.5: c = [b.pop()]\n    else: c = [b.pop(0)]",
]


def _check(directory: Path, *lines: str) -> None:
    text = HEAD + "\n    ".join("; ".join(lines).replace("\n    ; ", "\n    ").split("; ")) + "\n"
    right_or_refused(import_text(text, directory).f, (X,), order=1, directions=1)


@pytest.mark.parametrize(("nested", "copy"), [*itertools.product(range(len(NESTED)), range(len(COPIES)))])
def test_copies(nested: int, copy: int, tmp_path: Path) -> None:
    changes = ("h[0].m *= x[2]", "gs[1][0].m *= x[2]", "for p in h: p.m *= x[2]")
    for change, read in itertools.product(changes, ("gs[1][0].m + gs[1][-1].m", "h[0].m * h[-1].m")):
        _check(tmp_path, NESTED[nested], f"h = {COPIES[copy]}", change, f"return {read}")


def test_parts_that_are_walked(tmp_path: Path) -> None:
    _check(tmp_path, NESTED[0], "for g in gs:\n        for p in g[1:]: p.m *= 2.0", "return gs[1][1].m * gs[2][0].m")


@pytest.mark.parametrize(("copy", "move"), [*itertools.product(FLAT, MOVES)])
def test_items_that_leave_a_copy(copy: str, move: str, tmp_path: Path) -> None:
    for change in ("a[3].m *= x[1]", "for p in a: p.m *= x[1]", "c[0].m *= x[1]"):
        for read in ("c[0].m", "sum(p.m * p.m for p in a)"):
            lines = ("a = [P(v) for v in x]", f"b = {copy}", "c = []", move, change, f"return {read}")
            _check(tmp_path, *lines)
