"""A container that a loop, a branch or a function gives, and that has another name: seen under both, or refused."""

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
    def double(self):
        self.m *= 2.0

class Pair:
    def __init__(self, a, b):
        self.a, self.b = a, b
    def get(self, c):
        return self.a if c else self.b

def two(a, b, c): return a if c else b
def two_returns(a, b, c):
    if c:
        return a
    return b
def deep(a, b, c): return two(a, b, c)
def at(ps, i): return ps[i]
def at_deep(ps, i): return at(ps, i)
def search(ps, t):
    for p in ps:
        if value(p) > t:
            return p
    return ps[0]
def value(p): return p.m if isinstance(p, P) else p["m"] if isinstance(p, dict) else p[0]
def change(p, v):
    if isinstance(p, P):
        p.m = p.m * v
    elif isinstance(p, dict):
        p["m"] = p["m"] * v
    else:
        p[0] = p[0] * v
"""

KINDS = {"object": "P({})", "list": "[{}]", "dict": "{{'m': {}}}", "array": "np.array([{}, 1.0])"}

GIVEN = [
    "q = two(a, b, x[0] > 0.8)",
    "q = two_returns(a, b, x[1] > 0.8)",
    "q = deep(a, b, x[0] > 0.8)",
    "q = Pair(a, b).get(x[0] > 0.8)",
    "q = (lambda c: a if c else b)(x[0] > 0.8)",
    "q = at_deep([a, b], -1)",
    "q = search([a, b], 0.8)",
    "q = next(p for p in [a, b, c] if value(p) > 0.8)",
    "q = next((p for p in [a, b, c] if value(p) > 0.8), c)",
    "for v in x: q = a if v > 0.8 else b",
    "for v in x: q = two(a, b, v > 0.8)",
    "q = c\\n    for v in x:\\n        q = a if v > 0.8 else q",
    "for v in x:\\n        r = a if v > 0.8 else b\\n        q = r",
]
"""Ways for `q` to be one of `a` and `b`, which only the run knows, or one of three."""

PUT = {
    "for v in x:\\n        u = new(v)\\n        ps.append(u)": "u",
    "for k in range(3):\\n        u = new(x[k])\\n        ps.append(u)": "u",
    "k = 0\\n    while k < 3:\\n        u = new(x[k])\\n        ps.insert(0, u)\\n        k += 1": "u",
    "for v in x:\\n        if v > 0.5:\\n            u = new(v)\\n            ps += [u]": "u",
    "for v in x:\\n        ps.append(u := new(v))": "u",
    "for v in x:\\n        t = new(v)\\n        u = t\\n        ps.append(t)": "u",
    "for v in x:\\n        u = new(v)\\n        ps.append(u)\\n    ps.append(new(x[0]))": "u",
}
"""Ways for `u`, which a loop makes, to stand in a list as well."""


def _program(directory: Path, body: str, kind: str) -> None:
    text = KINDS[kind]
    new = f"def new(v): return {text.format('v')}"
    module = import_text(f"{HEAD}{new}\n\ndef f(x):\n    {body}\n".replace("\\n", "\n"), directory)
    right_or_refused(module.f, (X,), order=1)


@pytest.mark.parametrize(("kind", "given"), [*itertools.product(KINDS, range(len(GIVEN)))])
def test_given(kind: str, given: int, tmp_path: Path) -> None:
    made = "\n    ".join(f"{name} = new(x[{number}])" for number, name in enumerate("abc"))
    reads = "value(a) ** 2 + 10.0 * value(b) + 100.0 * value(c)"
    for changed, read in (("q", reads), ("a", "value(q)"), ("b", "value(q) * value(a)")):
        _program(tmp_path, f"{made}\n    {GIVEN[given]}\n    change({changed}, x[3])\n    return {read}", kind)


@pytest.mark.parametrize(("kind", "put"), [*itertools.product(KINDS, PUT)])
def test_put(kind: str, put: str, tmp_path: Path) -> None:
    for changed, read in (("u", "sum(value(p) for p in ps)"), ("ps[-1]", "value(u)"), ("ps[0]", "value(u)")):
        _program(tmp_path, f"ps = []\n    {put}\n    change({changed}, x[3])\n    return {read}", kind)


def test_a_list_is_repeated_in_place() -> None:
    def known(x):
        p = [x[0], x[1]]
        q = p
        q *= 2
        q[0] *= x[0]
        return sum(p) * p[3]

    def in_a_list(x):
        ps = [[v, 1.0] for v in x]
        q = ps[0]
        q *= 2
        return sum(ps[0]) * 3.0 * ps[0][2]

    def unknown(x):
        p = [x[0], x[1]]
        q = p
        q *= len(x)
        return sum(p) * q[5]

    for function in (known, in_a_list, unknown):
        check(function, X)


def test_objects_that_lead_to_each_other() -> None:
    class Node:
        def __init__(self, v):
            self.m = v

    def linked(x):
        a, b = Node(x[0]), Node(x[1])
        a.other, b.other = b, a
        ps = [a, b]
        s = 0.0
        for k in range(2):
            s += ps[k].m ** 2 * ps[k].other.m
        return s

    right_or_refused(linked, (X,))


class Bag:
    def __init__(self, v):
        self.v = v

    def rotate(self):
        for k in range(len(self.v) - 1):
            self.v[k], self.v[k + 1] = self.v[k + 1], self.v[k]

    def sort(self):
        for _ in range(len(self.v)):
            for k in range(len(self.v) - 1):
                if self.v[k] > self.v[k + 1]:
                    self.v[k], self.v[k + 1] = self.v[k + 1], self.v[k]


def _flip(bag):
    for k in range(2):
        kept = bag.v[k]
        bag.v[k] = bag.v[3 - k]
        bag.v[3 - k] = kept


def _squares(bag):
    for k in range(2):
        bag.v[k] = bag.v[k + 1] ** 2
        bag.v[k + 1] = bag.v[k] * 2.0


def rotated(x):
    bag = Bag(list(x))
    bag.rotate()
    return bag.v[0] * bag.v[2] ** 2


def sorted_by_swaps(x):
    bag = Bag([v * v for v in x])
    bag.sort()
    return bag.v[0] * bag.v[1] ** 2 * bag.v[3] ** 3


def flipped(x):
    bag = Bag(list(x))
    _flip(bag)
    return bag.v[0] * bag.v[2] ** 2


def squared(x):
    bag = Bag(list(x))
    _squares(bag)
    return bag.v[0] * bag.v[2] ** 2


def pivots(x):
    bag = Bag(list(range(len(x))))
    bag.rotate()
    return x[bag.v[0]] * x[bag.v[2]] ** 2


@pytest.mark.parametrize("function", [rotated, sorted_by_swaps, flipped, squared, pivots], ids=lambda f: f.__name__)
def test_a_list_in_an_object_that_a_function_works_in(function) -> None:
    judge(function, (X,))
