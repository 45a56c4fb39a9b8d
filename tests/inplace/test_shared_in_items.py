"""Arrays, lists and dicts in items of a list of run-time length: what has two names is seen under both, or refused."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

import adjoint
from adjoint.errors import AdjointError
from tests.inplace.judge import judge
from tests.support import import_text

X = np.array([0.5, 1.5, 1.0, 2.0])

PUT = {
    "p.h.append(q)": False,
    "p.h.append(p.r)": True,
    "p.h.append(p.r * 1.5)": True,
    "p.keep(q)": False,
    "p.keep(p.r)": True,
    "p.keep(p.r * 1.5)": True,
    "p.record()": True,
    "p.twice()": True,
    "keep(p, q)": False,
    "p.h = [q]": False,
    "p.h += [q]": False,
    "p.h.insert(1, q)": False,
    "p.h.extend([q, q])": False,
    "p.h = ps[0].h": False,
    "p.sub['v'] = q": False,
    "p.sub['v'] = p.r": False,
    "p.sub = ps[0].sub": False,
    "p.sub = {'v': q}": False,
}
"""Ways for something to get into an item, and whether what is put there may be read after the changes of numbers."""

CHANGE = [
    "p.h[-1] *= 2.0",
    "p.h[-1][0] = 7.0",
    "p.scale()",
    "p.r *= 2.0",
    "p.sub['v'] *= 2.0",
    "p.sub['v'] = p.r * 3.0",
    "p.h.append(x[:2] * 3.0)",
    "p.h[0] = p.r * 2.0",
    "p.n += 1.0",
]

TEXT = """
import numpy as np

class P:
    def __init__(self, r):
        self.r = r
        self.h = [r * 0.5]
        self.sub = {{"v": r * 0.25}}
        self.n = 1.0
    def keep(self, q):
        self.h.append(q)
    def record(self):
        self.r = self.r * 1.1
        self.h.append(self.r)
    def twice(self):
        c = self.r * 2.0
        self.h.append(c)
        self.h.append(c)
    def scale(self):
        self.h[-1] *= 2.0

def keep(p, q):
    p.h.append(q)

def program(x):
    q = x[:2] * 2.0
    ps = [P(row.copy()) for row in x.reshape(-1, 2)]
    for p in ps:
        {put}
    for p in ps:
        {change}
    total = np.sum(q**2)
    for p in ps:
        total += np.sum(p.r**2) * p.n + np.sum(p.sub["v"] ** 3)
        for h in p.h:
            total += np.sum(h**2)
    return total
"""


def _made(tmp_path: Path, put: str, change: str):
    return import_text(TEXT.format(put=put, change=change), tmp_path).program


@pytest.mark.parametrize(("put", "change"), list(itertools.product(PUT, CHANGE)))
def test_right_or_refused(tmp_path: Path, put: str, change: str) -> None:
    program = _made(tmp_path, put, change)
    try:
        adjoint.grad(program)(X)
    except AdjointError:
        return
    judge(program, (X,), tolerance=1e-5)


@pytest.mark.parametrize("put", PUT)
def test_numbers_beside_change(tmp_path: Path, put: str) -> None:
    """A number in an item changes, whatever else stands in it, and a list that nobody else knows gets longer."""
    judge(_made(tmp_path, put, "p.n += p.r[0]"), (X,), tolerance=1e-5)
    if PUT[put]:
        judge(_made(tmp_path, put, "p.h.append(x[:2] * 3.0)"), (X,), tolerance=1e-5)


def test_shared_things_are_refused(tmp_path: Path) -> None:
    for put, change in [("p.h.append(q)", "p.h[-1] *= 2.0"), ("p.twice()", "p.scale()"), ("p.sub['v'] = q", "q *= 2.0")]:
        with pytest.raises(AdjointError, match="another name|changes here"):
            adjoint.grad(_made(tmp_path, put, change))(X)
