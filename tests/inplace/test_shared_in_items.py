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
    "p.pair = ps[0].pair": True,
    "ps[0].record()": True,
    "p.sub = shared": False,
    "p.pair = pair; pair.append(p.r[0])": None,
}
"""Ways for something to get into an item; whether its lists may get longer then; None for what is refused itself."""

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
    "p.bump()",
    "bump(p)",
    "bump_all(ps)",
    "scale_all(ps)",
    "p.pair.append(p.n)",
]

TEXT = """
import numpy as np

class P:
    def __init__(self, r):
        self.r = r
        self.h = [r * 0.5]
        self.sub = {{"v": r * 0.25}}
        self.pair = [r[0], r[1]]
        self.n = 1.0
    def bump(self):
        self.pair[0] *= 2.0
        self.sub["v"] = self.r * 7.0
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

def bump(p):
    p.pair[1] += p.r[0]

def bump_all(ps):
    ps[0].pair[0] *= 3.0
    ps[1].sub["v"] = ps[0].r * 2.0

def scale_all(ps):
    ps[0].h[-1] *= 2.0

def program(x):
    q = x[:2] * 2.0
    shared, pair = {{"v": x[2:] * 0.5}}, [x[0]]
    ps = [P(row.copy()) for row in x.reshape(-1, 2)]
    for p in ps:
        {put}
    for p in ps:
        {change}
    total = np.sum(q**2) + np.sum(shared["v"] ** 3) + sum(pair)
    for p in ps:
        total += np.sum(p.r**2) * p.n + np.sum(p.sub["v"] ** 3)
        for k in range(len(p.pair)):
            total += p.pair[k] ** (k + 2)
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


@pytest.mark.parametrize("put", [put for put, known in PUT.items() if known is not None])
def test_numbers_beside_change(tmp_path: Path, put: str) -> None:
    """A number in an item changes, whatever else stands in it, and a list that nobody else knows gets longer."""
    judge(_made(tmp_path, put, "p.n += p.r[0]"), (X,), tolerance=1e-5)
    if PUT[put]:
        judge(_made(tmp_path, put, "p.h.append(x[:2] * 3.0)"), (X,), tolerance=1e-5)


EXCHANGES = [
    "p.h[0], p.h[1] = p.h[1], p.h[0]",
    "a = p.h[0]; p.h[0] = p.h[1]; p.h[1] = a",
    "a = p.h[0]; p.h[0] = p.r * 3.0; total += np.sum(a**2)",
    "a = p.h[-1]; p.h.append(p.r * 3.0); total += np.sum(a**2)",
    "p.h[-1], p.r = p.r, p.h[-1]",
    "h = p.h; h[0] = p.r * 5.0; h[1] = p.r * 7.0; h.append(p.r)",
    "ps[0].h[0], ps[1].h[0] = ps[1].h[0], ps[0].h[0]",
    "p.h.append(p.h.pop(0))",
    "p.h.reverse()",
    "p.h.insert(0, p.h.pop())",
    "a = p.h[1]; del p.h[0]; total += np.sum(a**3)",
]

EXCHANGED = """
import numpy as np
from types import SimpleNamespace

def program(x):
    total = 0.0
    ps = [SimpleNamespace(r=row.copy(), h=[row * 0.5]) for row in x.reshape(-1, 2)]
    for p in ps:
        p.h.append(p.r * 2.0)
    for p in ps:
        {exchange}
    for p in ps:
        total += np.sum(p.r**2)
        for k in range(len(p.h)):
            total += np.sum(p.h[k] ** (k + 2))
    return total
"""


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_exchanges_in_lists_in_items(tmp_path: Path, exchange: str) -> None:
    """What was read before another array took its place is the one that stood there."""
    program = import_text(EXCHANGED.format(exchange=exchange), tmp_path).program
    try:
        adjoint.grad(program)(X)
    except AdjointError:
        return
    judge(program, (X,), tolerance=1e-5)


def test_shared_things_are_refused(tmp_path: Path) -> None:
    for put, change in [("p.h.append(q)", "p.h[-1] *= 2.0"), ("p.twice()", "p.scale()"), ("p.sub['v'] = q", "q *= 2.0")]:
        with pytest.raises(AdjointError, match="another name|changes here"):
            adjoint.grad(_made(tmp_path, put, change))(X)


PICKS = [
    ("[p for p in ps][0]", "p.n = x[1] ** 2"),
    ("ps[::-1][0]", "p.n = x[1] ** 2"),
    ("sorted(ps, key=lambda p: p.r[0])[0]", "p.n *= x[1]"),
    ("ps[0]", "p.n = x[1] ** 2"),
    ("[q.h for q in ps][1]", "p.append(x[:2] * 2.0)"),
    ("ps[0].sub", "p['v'] = x[0] ** 2"),
]

PICKED = """
import numpy as np
from types import SimpleNamespace

def pick(ps):
    return {pick}

def deeper(ps):
    return pick(ps)

def program(x):
    ps = [SimpleNamespace(r=row.copy(), n=row[0], h=[row * 0.5], sub=dict(v=row[1])) for row in x.reshape(-1, 2)]
    p = {call}(ps)
    {change}
    return sum(np.sum(p.r**2) * p.n + np.sum(p.h[-1] ** 3) * p.sub["v"] for p in ps)
"""


@pytest.mark.parametrize(("pick", "change"), PICKS)
@pytest.mark.parametrize("call", ["pick", "deeper"])
def test_what_a_function_gives_of_a_list_is_in_it(tmp_path: Path, pick: str, change: str, call: str) -> None:
    """A change of what came out of a copy of the list, or of a slot of an item, is one of the list's own."""
    program = import_text(PICKED.format(pick=pick, call=call, change=change), tmp_path).program
    try:
        adjoint.grad(program)(X)
    except AdjointError:
        return
    judge(program, (X,), tolerance=1e-5)
