"""Lists that hold the items of another list: sorted, filtered, copied; items that change places in one list.

They may change when nobody leads to the other list any more, nor to what was taken out of it.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from tests.inplace.judge import judge, right_or_refused
from tests.support import check, import_text

X = np.array([0.7, 1.3, 0.4, 0.9])

HEAD = """
import numpy as np

class P:
    def __init__(self, v):
        self.m = v

class Box:
    def __init__(self, ps):
        self.ps = ps

def low(ps): return [p for p in ps if p.m < 50.0]
def copied(ps): return ps[:]
def first(ps): return ps[0]
def keep(ps, p): ps.append(p)

def f(x):
    ps = [P(v) for v in x]
    """

MOVES = [
    "ps[0], ps[1] = ps[1], ps[0]",
    "ps[k], ps[-1] = ps[-1], ps[k]",
    "ps.sort(key=lambda p: p.m)",
    "ps.reverse()",
    "ps = sorted(ps, key=lambda p: -p.m)",
    "ps = ps[::-1]",
    "ps = ps[1:]",
    "ps = list(ps)",
    "ps = ps.copy()",
    "ps = [p for p in ps]",
    "ps = [p for p in ps if p.m > 0.5]",
    "for j in range(2): ps[j], ps[j + 1] = ps[j + 1], ps[j]",
]
"""What leaves each item in `ps` once at most."""

KEPT = [
    "q = ps[0]",
    "q = first(ps)",
    "q = max(ps, key=lambda p: p.m)",
    "q = [*ps][0]",
    "q = {'p': ps[1]}['p']",
    "q = next(iter(ps))",
    "for q in ps: pass",
    "q = low(ps)[0]",
    "q = copied(ps)[-1]",
    "qs = ps; q = qs[0]",
    "qs = ps[:]; q = qs[1]",
    "qs = []; keep(qs, ps[0]); q = qs[0]",
    "d = Box(ps); q = d.ps[0]",
]
"""Ways for `q` to be an item of `ps` before."""


def _f(directory: Path, *lines: str):
    return import_text(HEAD + "\n    ".join("; ".join(lines).replace("; ", "\n").split("\n")) + "\n", directory).f


@pytest.mark.parametrize("move", MOVES)
def test_right(move: str, tmp_path: Path) -> None:
    function = _f(tmp_path, "k = 1", move, "ps[0].m *= x[1]", "return sum((i + 1) * p.m for i, p in enumerate(ps))")
    judge(function, (X,))
    function = _f(tmp_path, "k = 1", move, "for p in ps: p.m *= x[1]", "return ps[0].m + 10.0 * ps[-1].m")
    judge(function, (X,))


@pytest.mark.parametrize(("kept", "move"), [*itertools.product(KEPT, [*MOVES[:6], *MOVES[9:11]])])
def test_right_or_refused(kept: str, move: str, tmp_path: Path) -> None:
    for changed, read in (("ps[0]", "q.m"), ("ps[1]", "q.m"), ("q", "sum(p.m * p.m for p in ps)")):
        function = _f(tmp_path, "k = 1", kept, move, f"{changed}.m *= x[1]", f"return {read}")
        right_or_refused(function, (X,), order=1)


@pytest.mark.parametrize("kept", KEPT)
def test_of_a_copy(kept: str, tmp_path: Path) -> None:
    """The list is gone, its copy is not: what was taken out of the one stands in the other."""
    for forget in ("ps = None", "ps = [P(1.0)]"):
        function = _f(tmp_path, "rs = ps[:]", kept, forget, "rs[0].m *= x[1]", "rs[1].m *= x[2]", "return q.m")
        right_or_refused(function, (X,), order=1)


def gauss(x):
    M = [[v, 2.0 * v, v * v + 1.0] for v in x]
    for i in range(3):
        p = i
        for r in range(i, 4):
            if abs(M[r][i]) > abs(M[p][i]):
                p = r
        M[i], M[p] = M[p], M[i]
        for r in range(i + 1, 4):
            f = M[r][i] / (M[i][i] + 0.3)
            for c in range(3):
                M[r][c] -= f * M[i][c]
    return M[0][0] + 2 * M[1][1] + 3 * M[2][2] + M[3][0]


def leaving(x):
    ps = [P(v) for v in x]
    for _ in range(3):
        ps = [p for p in ps if p.m < 4.0]
        for p in ps:
            p.m += 0.4 * p.m**2
    return sum(p.m for p in ps)


class P:
    def __init__(self, v):
        self.m = v


def test_what_leaves_in_a_time_loop() -> None:
    check(leaving, X)


class Matrix:
    def __init__(self, rows):
        self.rows = rows

    def eliminate(self, k):
        for r in range(k + 1, len(self.rows)):
            f = self.rows[r][k] / (self.rows[k][k] + 0.3)
            for c in range(3):
                self.rows[r][c] -= f * self.rows[k][c]

    def swap(self, i, j):
        self.rows[i], self.rows[j] = self.rows[j], self.rows[i]


def gauss_in_an_object(x):
    m = Matrix([[v, 2.0 * v, v * v + 1.0] for v in x])
    for i in range(3):
        m.swap(i, i + 1)
        m.eliminate(i)
    return m.rows[0][0] + 2 * m.rows[1][1] + 3 * m.rows[2][2] + m.rows[3][0]


def test_pivots_in_lists_of_lists() -> None:
    check(gauss, X)
    check(gauss_in_an_object, X)
