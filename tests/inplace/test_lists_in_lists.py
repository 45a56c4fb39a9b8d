"""Lists in items of lists that hold items of other lists, changed by functions: right under each name, or refused."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from tests.inplace.judge import right_or_refused
from tests.support import import_text

X = np.array([0.7, 1.3, 0.4, 0.9])

HEAD = """
import numpy as np

class P:
    def __init__(self, v):
        self.m = v
        self.h = [v]

def copied(ps): return ps[:]
def first(ps): return ps[0]
def change(ps, s):
    for p in ps:
        p.m *= s
def put(a, b): a.h = b.h

def f(x):
    ps = [P(v) for v in x]
    h = [[P(v), P(2.0 * v)] for v in x]
    u = P(x[1])
    """

PUT = {
    "h[1] = ps[:]": "h[1][0]",
    "h.append(ps[:])": "h[-1][0]",
    "h.insert(0, sorted(ps, key=lambda p: p.m))": "h[0][0]",
    "h = [ps[:] for v in x]": "h[0][0]",
    "h = [[p for p in ps if p.m < v + 1.0] for v in x]": "h[2][0]",
    "t = ps[:]; h[1] = t": "h[1][-1]",
    "h[1], h[2] = ps[:], ps[1:]": "h[2][0]",
    "h[1].append(u)": "h[1][-1]",
    "h[1][0] = u": "h[1][0]",
    "h[1].append(ps[0])": "h[1][-1]",
    "h[1].extend(ps)": "h[1][-1]",
    "h[1] += ps[1:]": "h[1][-1]",
    "h[0][0] = h[1][0]": "h[0][0]",
    "h[0] = h[1]": "h[0][0]",
    "h[0] = h[1][:]": "h[0][1]",
}
CHANGES = [
    "ps[0].m *= x[2]",
    "ps[-1].m *= x[2]",
    "u.m *= x[2]",
    "{}.m *= x[2]",
    "change(h[1], x[2])",
    "change(ps, x[2])",
    "for r in h: change(r, x[2])",
    "qs = ps[:]; change(qs, x[2])",
    "q = ps.pop(); q.m *= x[2]",
]
READS = ["{}.m", "ps[0].m + ps[-1].m", "u.m", "h[1][0].m * h[1][-1].m", "sum(p.m for r in h for p in r)"]


def _judge(directory: Path, *lines: str) -> None:
    text = HEAD + "\n    ".join("; ".join(lines).split("; ")) + "\n"
    right_or_refused(import_text(text, directory).f, (X,), order=1, directions=1)


@pytest.mark.parametrize(("put", "change"), [*itertools.product(PUT, CHANGES)])
def test_right_or_refused(put: str, change: str, tmp_path: Path) -> None:
    for read in READS:
        _judge(tmp_path, put, change.format(PUT[put]), f"return {read.format(PUT[put])}")


OTHERS = [
    ("i, j, k = 0, 1, 0; ps[i], ps[j], ps[k] = ps[j], ps[k], ps[i]", "ps[0].m *= x[2]", "ps[1].m"),
    ("ps[0], ps[1], ps[0] = ps[1], ps[0], ps[0]", "ps[0].m *= x[2]", "ps[1].m"),
    ("q = max(ps, key=lambda p: p.m); qs = ps[:]", "change(qs, x[2])", "q.m"),
    ("q = first(copied(ps)); qs = ps[:]", "change(qs, x[2])", "q.m"),
    ("h = [ps for v in x]; qs = ps[:]; q = qs.pop(0)", "q.m *= x[2]", "h[1][0].m"),
    ("t = [[x[0]], [x[1]]]", "for i in range(2): ps[i].h = t[i]", "ps[0].h[0]"),
    ("t = [[x[0]], [x[1]]]; for i in range(2): ps[i].h = t[i]", "t[0][0] = x[1] * 3.0", "ps[0].h[0]"),
    ("put(u, ps[0])", "ps[0].h[0] = x[1]", "u.h[0]"),
    ("put(h[0][0], ps[0])", "ps[0].h[0] = x[1]", "h[0][0].h[0]"),
    ("put(ps[1], ps[0])", "ps[0].h[0] = x[1]", "ps[1].h[0]"),
    ("t = [x[0], x[1], x[2]]; q = reversed(t)", "t.append(x[3])", "sum(q) * t[3]"),
    ("t = [x[0], x[1], x[2]]; q = reversed(t)", "t.pop(0)", "sum(q) * t[1]"),
]


@pytest.mark.parametrize(("put", "change", "read"), OTHERS)
def test_others(put: str, change: str, read: str, tmp_path: Path) -> None:
    _judge(tmp_path, put, change, f"return {read}")


def test_objects_in_a_ring(tmp_path: Path) -> None:
    made = "ps = [P(x[0]), P(x[1]), P(x[2])]; for i in range(3): ps[i].next = ps[i - 1]"
    moved = "for j in range(2): ps[j], ps[j + 1] = ps[j + 1], ps[j]"
    _judge(tmp_path, made, moved, "q = ps.pop()", "q.m *= x[1]", "return ps[0].m * q.next.m")
