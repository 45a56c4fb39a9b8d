"""Arrays in objects of a list of run-time length that change in place: rightly, or the program is refused."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import adjoint
from adjoint.errors import AliasNotProvable
from tests.inplace.bodies import HEAD, programs
from tests.inplace.judge import judge
from tests.inplace.test_listed import verdict
from tests.support import import_text

PROGRAMS = programs()
BLOCK = 20
X = np.array([0.3, 0.5, 0.9, 0.4])


def check(texts: list[str], tmp_path: Path) -> None:
    right = sum(verdict(text, tmp_path) for text in texts)
    assert right


@pytest.mark.parametrize("block", range(12))
def test_random(block: int, tmp_path: Path) -> None:
    check(PROGRAMS[block * BLOCK : (block + 1) * BLOCK], tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("block", range(12, 200))
def test_many(block: int, tmp_path: Path) -> None:
    check(PROGRAMS[block * BLOCK : (block + 1) * BLOCK], tmp_path)


MADE = "bs = [Body(np.array([x[i], 1.0 * i]), np.ones(2) * x[i]) for i in range(n)]"
RIGHT = {
    "by position": "for i in range(n):\n        bs[i].v += bs[i].p * x[i]",
    "elements": "for i in range(n):\n        bs[i].v[0] += bs[i].p[1] * x[i]\n        bs[i].p[1] = bs[i].v[0] ** 2",
    "pairs": "for i in range(n):\n        for j in range(i + 1, n):\n            d = bs[j].p - bs[i].p\n"
    "            f = d / (1 + d @ d)\n            bs[i].v += f\n            bs[j].v -= f",
    "named pairs": "for a in bs:\n        for b in bs:\n            if a is not b:\n                a.v += (b.p - a.p) * x[0]",
    "methods": "for b in bs:\n        b.kick(b.p * x[0])\n    for b in bs:\n        b.drift(0.1)",
    "method with another": "for a in bs:\n        for b in bs:\n            if a is not b:\n                a.pulled(b, 0.1)",
    "given to functions": "for i in range(n):\n        pushed(bs[i].v, bs[i].p)\n        bounced(bs[i], x[i])",
    "velocity Verlet": "for b in bs:\n        o = b.v\n        b.v = o * x[0]\n        b.p += 0.5 * (o + b.v)",
    "named array": "for b in bs:\n        v = b.v\n        v *= 1.5\n        v[0] = b.p[1] * x[2]",
    "view": "for b in bs:\n        w = b.v[1:]\n        w *= x[0]",
    "one object as two arguments": "for a in bs:\n        for b in bs:\n            squared(a, b.v)",
    "rebound": "for b in bs:\n        b.v = b.p * 2\n        b.v += x[0]",
}


@pytest.mark.parametrize("name", RIGHT)
def test_right(name: str, tmp_path: Path) -> None:
    text = f"{HEAD}    {MADE}\n    {RIGHT[name]}\n    return sum(np.sum(b.v ** 2) + b.p @ x[:2] for b in bs) * m\n"
    judge(import_text(text, tmp_path).f, (X, 2))


REFUSED = {
    "an array twice": "bs[1].p = bs[0].p\n    for b in bs:\n        b.p += x[0]",
    "an array twice, in a method": "bs[1].p = bs[0].p\n    for b in bs:\n        b.both(x[0])",
    "an array with a name": "z = x[:2] * 2\n    bs[0].v = z\n    z += 1.0",
    "one object twice": "bs.append(bs[0])\n    bs[0].v += 1.0",
    "two lists": "cs = list(bs)\n    bs[0].v += 1.0\n    m = m + cs[0].v[0]",
    "an array that was replaced": "v = bs[0].v\n    bs[0].v = v * 2\n    v += 1.0\n    m = m + v[0]",
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path) -> None:
    text = f"{HEAD}    {MADE}\n    {REFUSED[name]}\n    return sum(np.sum(b.v ** 2) + b.p @ x[:2] for b in bs) * m\n"
    with pytest.raises(AliasNotProvable):
        adjoint.grad(import_text(text, tmp_path).f)(X, 2)


@dataclass
class Planet:
    r: np.ndarray
    v: np.ndarray
    mass: float = 1.0


def simulate(planets, dt):
    for _ in range(3):
        for i in range(len(planets)):
            for j in range(len(planets)):
                if i != j:
                    d = planets[j].r - planets[i].r
                    planets[i].v += dt * planets[j].mass * d / (1.0 + d @ d) ** 1.5
        for p in planets:
            p.r += dt * p.v
    return sum(p.r @ p.r for p in planets)


def _planets() -> list[Planet]:
    rng = np.random.default_rng(0)
    return [Planet(rng.random(2), rng.random(2), 1.0 + i) for i in range(3)]


def test_given() -> None:
    """A list of dataclasses as the argument: a gradient of the same form, the caller's arrays as they were."""
    given = _planets()
    before = copy.deepcopy(given)
    value, gradient = adjoint.value_and_grad(simulate)(given, 0.1)
    assert value == pytest.approx(simulate(_planets(), 0.1), rel=1e-14)
    for number, (one, other) in enumerate(zip(given, before)):
        np.testing.assert_array_equal((one.r, one.v), (other.r, other.v))
        for key in ("r", "v"):
            for element in range(2):
                ends = []
                for step in (1e-6, -1e-6):
                    moved = _planets()
                    getattr(moved[number], key)[element] += step
                    ends.append(simulate(moved, 0.1))
                slope = (ends[0] - ends[1]) / 2e-6
                assert getattr(gradient[number], key)[element] == pytest.approx(slope, rel=1e-6)


def test_given_twice() -> None:
    """One array in two of them is refused when the gradient is called."""
    shared = _planets()
    shared[1].r = shared[0].r
    with pytest.raises(AliasNotProvable):
        adjoint.grad(simulate)(shared, 0.1)
    tied = _planets()
    tied[2] = tied[0]
    with pytest.raises(AliasNotProvable):
        adjoint.grad(simulate)(tied, 0.1)


def energy(planets):
    e = 0.0
    for a in planets:
        for b in planets:
            if a is not b:
                d = a.r - b.r
                e -= 0.5 * a.mass * b.mass / np.sqrt(d @ d + 0.1)
    return e


def are_two(planets, i, j):
    return planets[i] is not planets[j]


def energy_of_pairs(planets):
    e = 0.0
    for i in range(len(planets)):
        for j in range(-len(planets), 0):
            if are_two(planets, i, j):
                d = planets[i].r - planets[j].r
                e -= 0.5 * planets[i].mass * planets[j].mass / np.sqrt(d @ d + 0.1)
    return e


@pytest.mark.parametrize("function", [energy, energy_of_pairs], ids=lambda f: f.__name__)
def test_which_object(function) -> None:
    """Two objects of a list are one if they stand at one position, which is asked of the arguments."""
    value, gradient = adjoint.value_and_grad(function)(_planets())
    assert value == pytest.approx(function(_planets()), rel=1e-14)
    moved = _planets()
    moved[1].r[0] += 1e-6
    above = function(moved)
    moved[1].r[0] -= 2e-6
    assert gradient[1].r[0] == pytest.approx((above - function(moved)) / 2e-6, rel=1e-6)
    one, other, _ = _planets()
    with pytest.raises(AliasNotProvable, match="two places"):
        adjoint.grad(function)([one, other, one])


ITEMS = """import numpy as np


class Rod:
    def __init__(self, v):
        self.v = v


class Body:
    def __init__(self, p, v):
        self.p = p
        self.v = v


def f(x, m):
    bs = [Rod(u * x) for u in x]
"""
SHARED = {
    "named": "z = x * 1.0\n    bs[0].v = z\n    bs[0].v *= 2.0\n    return np.sum(z)",
    "one for all": "z = np.zeros(4)\n    for b in bs:\n        b.v = z\n    for b in bs:\n        b.v += x\n"
    "    return np.sum(bs[0].v ** 2)",
    "rows": "M = np.outer(x, x)\n    for i in range(len(bs)):\n        bs[i].v = M[i]\n    for b in bs:\n        b.v *= 2.0\n"
    "    return np.sum(M)",
    "of another list": "cs = [Rod(x * 2) for u in x]\n    bs[0].v = cs[0].v\n    bs[0].v *= 2.0\n    return np.sum(cs[0].v)",
    "popped": "w = x * 1.0\n    cs = [Body(w, x * u) for u in x]\n    b = cs.pop()\n    b.p *= 2.0\n    return np.sum(w)",
    "popped from one of two": "cs = list(bs)\n    b = bs.pop()\n    b.v *= 2.0\n    return np.sum(cs[-1].v)",
    "popped with a name": "o = Rod(x * 1.0)\n    bs.append(o)\n    b = bs.pop()\n    b.v *= 2.0\n    return np.sum(o.v)",
    "popped with a named array": "z = bs[-1].v\n    b = bs.pop()\n    b.v *= 2.0\n    return np.sum(z)",
    "popped once of two": "bs.append(bs[0])\n    b = bs.pop()\n    b.v *= 2.0\n    return np.sum(bs[0].v)",
    "popped in a loop": "t = 0.0\n    while bs:\n        b = bs.pop()\n        b.v *= x[0]\n        t += np.sum(b.v ** 2)\n"
    "    return t",
    "attributes as a dict": "for b in bs:\n        vars(b)['v'] *= 2.0\n    return np.sum(bs[0].v)",
    "an attribute as a dict has it": "c = Rod(**vars(bs[0]))\n    c.v *= 2.0\n    return np.sum(bs[0].v)",
    "stored and popped": "cs = [[u, 1.0] for u in x]\n    cs[0][0] = x[1] * 5.0\n    cs.pop(0)\n    return cs[0][0]",
    "stored and deleted": "cs = [Body(x * u, x * 1.0) for u in x]\n    cs[0].v = x * 2.0\n    del cs[0]\n"
    "    return np.sum(cs[0].v * cs[0].p)",
    "stored and popped in a loop": "heap = [[u, 2.0] for u in x]\n    t = 0.0\n    while len(heap) > 1:\n"
    "        heap[0][0] = heap[0][0] * heap[1][0]\n        t += heap[0][0]\n        heap.pop(0)\n    return t + heap[0][0]",
    "changed and popped in a loop": "cs = [Body(x * u, x * 1.0) for u in x]\n    t = 0.0\n    while cs:\n"
    "        cs[0].v *= 2.0\n        cs.pop(0)\n        if cs:\n            t += np.sum(cs[0].v * cs[0].p)\n    return t",
}


@pytest.mark.parametrize("name", SHARED)
def test_right_or_refused(name: str, tmp_path: Path) -> None:
    """Arrays in items that have other names, and items that leave their list: in both modes."""
    text = f"{ITEMS}    {SHARED[name]}\n"
    is_right = verdict(text, tmp_path)
    assert is_right or "stored" not in name
    if is_right:
        function = import_text(text, tmp_path).f
        ends = [function(X + h, 2) for h in (1e-6, -1e-6)]
        assert adjoint.jvp(function, (X, 2), (np.ones(4), None))[1] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5)


NESTED_ITEMS = """import numpy as np


class State:
    def __init__(self, p, k):
        self.p = p
        self.k = k


class Shell:
    def __init__(self, s):
        self.s = s
        self.t = {"a": s.k, "l": [s.k, 2.0]}


def grow(s, a):
    s.p *= a
    s.k += 1.0


def f(x, m):
    bs = [Shell(State(u * x, 1.0)) for u in x]
"""
NESTED = {
    "right read": "return np.sum(bs[0].s.p ** 2) + bs[-1].t['a'] * x[0] + bs[1].t['l'][1]",
    "right in place": "for b in bs:\n        b.s.p += x\n        b.s.k = b.s.k * 2 + b.s.p[0]\n"
    "    return sum(np.sum(b.s.p ** 2) * b.s.k for b in bs)",
    "right by position": "for i in range(len(bs)):\n        bs[i].s.p = bs[i].s.p * x[i]\n        bs[i].t['a'] += bs[i].s.p[0]\n"
    "        bs[i].t['l'][0] = bs[i].t['a'] ** 2\n    return sum(b.s.p[1] * b.t['a'] * b.t['l'][0] for b in bs)",
    "right in a function": "for b in bs:\n        grow(b.s, x[0])\n    return sum(np.sum(b.s.p) * b.s.k for b in bs)",
    "right old and new": "for i in range(len(bs)):\n        o = bs[i].s.p\n        bs[i].s.p = o * x[i]\n"
    "        bs[i].s.k = np.sum(o * bs[i].s.p)\n    return sum(np.sum(b.s.p) * b.s.k for b in bs)",
    "replaced": "s = bs[0].s\n    bs[0].s = State(x * 2, 3.0)\n    s.p = x * 7.0\n    return np.sum(bs[0].s.p * s.p)",
    "put into another": "s = bs[0].s\n    bs[1].s = s\n    s.p = s.p * 2\n    return np.sum(bs[0].s.p * bs[1].s.p)",
    "replaced and changed": "v = bs[0].s.p\n    bs[0].s.p = v * 2\n    v += 1.0\n    return np.sum(bs[0].s.p * v)",
    "replaced under it": "v = bs[0].s.p\n    bs[0].s = State(v * 2, 1.0)\n    bs[0].s.p += 1.0\n    return np.sum(bs[0].s.p * v)",
    "popped": "b = bs.pop()\n    b.s.p *= 2.0\n    b.s.k = 5.0\n    return np.sum(b.s.p) * b.s.k + np.sum(bs[0].s.p)",
}


@pytest.mark.parametrize("name", NESTED)
def test_objects_in_items(name: str, tmp_path: Path) -> None:
    assert verdict(f"{NESTED_ITEMS}    {NESTED[name]}\n", tmp_path) or "right" not in name
