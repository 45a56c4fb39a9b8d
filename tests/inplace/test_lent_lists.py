"""Lists that are written where a call takes them: what was in them may change afterwards, where nothing has kept it."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from adjoint.errors import AliasNotProvable, NoRule
from tests.inplace.judge import judge

X = np.array([0.31, 0.52, 0.93, 0.44])


class P:
    def __init__(self, r, m=1.0):
        self.r = r
        self.m = m
        self.h = []

    def step(self):
        self.r += 0.1 * self.r**2
        self.h.append(self.r.copy())


def rows(x):
    return [row.copy() for row in x.reshape(-1, 2)]


def particles(x):
    return [P(row.copy(), row[0]) for row in x.reshape(-1, 2)]


def parts_of_an_array(x):
    y = x.copy()
    w = np.stack([y[i : i + 2] for i in range(len(y) - 1)])
    y[0] *= 3
    y[1:] += w[0, 0]
    return np.sum(w**2) + np.sum(y**3)


def centre_of_mass(x):
    ps = particles(x)
    for _ in range(3):
        c = sum(p.m * p.r for p in ps) / sum(p.m for p in ps)
        for p in ps:
            p.r -= 0.1 * c * p.r
    return sum(np.sum(p.r**2) for p in ps)


def means(x):
    ps = particles(x)
    for _ in range(3):
        c = np.mean([p.r for p in ps], axis=0)
        s = np.sum([p.r**2 for p in ps])
        for p in ps:
            p.r *= c
            p.r += s
    return sum(np.sum(p.r**2) for p in ps)


def gathered(x):
    ps = rows(x)
    a = np.array([p for p in ps])
    for p in ps:
        p *= a[0]
    b = np.concatenate([p[:1] for p in ps])
    ps[0] += b
    return np.sum(np.stack([p for p in ps]) ** 2) + np.sum(a * 2) + np.sum(b)


def of_rows(x):
    g = x.reshape(-1, 2).copy()
    s = sum(row for row in g)
    g[0] *= s
    g += np.array([row * 2 for row in g])
    t = np.array([row for row in g])
    g[1] = t[0] * s
    return np.sum(g**2) + np.sum(t)


def same(p):
    return p


def given_back(x):
    ps = rows(x)
    s = sum(same(p) for p in ps)
    ps[0] *= s
    return np.sum(ps[0] ** 2)


def histories(x):
    ps = particles(x)
    for _ in range(3):
        for p in ps:
            p.step()
    return sum(np.sum(p.h[0] * p.h[-1]) for p in ps)


def of_no_items(x):
    y, o = x.copy(), np.outer(x, x)
    t = sum([row for row in o if row[0] > 100], y)
    y *= 2
    return np.sum(t) + np.sum(y * t)


def of_a_list_without_items(x):
    y, found = x.copy(), []
    for v in x:
        if v > 100:
            found.append(x * v)
    t = sum(found, y)
    t *= 2
    return np.sum(t) + np.sum(y * t)


@pytest.mark.parametrize(
    "function",
    [
        parts_of_an_array,
        centre_of_mass,
        means,
        gathered,
        of_rows,
        given_back,
        histories,
        of_no_items,
        of_a_list_without_items,
    ],
    ids=lambda each: each.__name__,
)
def test_changes_afterwards(function) -> None:
    judge(function, (X,), tolerance=1e-5)


def put(keep, p):
    keep.append(p)
    return p[0]


def kept_by_a_call(x):
    ps, keep = rows(x), []
    s = sum([put(keep, p) for p in ps])
    for p in ps:
        p *= s
    return np.sum(keep[0]) + np.sum(ps[1])


def kept_by_a_name(x):
    ps = rows(x)
    qs = [p for p in ps]
    s = sum(q for q in qs)
    for p in ps:
        p *= s
    return np.sum(qs[0]) + np.sum(ps[1])


def kept_by_a_walrus(x):
    ps = rows(x)
    s = sum([(last := p) for p in ps])
    for p in ps:
        p *= s
    return np.sum(last) + np.sum(ps[1])


def start_of_no_items(x):
    ps = rows(x)
    t = sum([p for p in ps if p[0] > 100], ps[0])
    ps[0] *= 2
    return np.sum(t) + np.sum(ps[0] * t)


def start_without_dimensions(x):
    s, found = np.array(x[0] * 2), []
    for v in x:
        if v > 100:
            found.append(v)
    t = sum(found, s)
    s *= 2
    return t + s * t


@pytest.mark.parametrize(
    "function",
    [kept_by_a_call, kept_by_a_name, kept_by_a_walrus, start_of_no_items, start_without_dimensions],
    ids=lambda each: each.__name__,
)
def test_what_is_kept_is_refused(function) -> None:
    with pytest.raises(AliasNotProvable):
        adjoint.grad(function)(X)


class Node:
    def __init__(self, v):
        self.v = v
        self.kids = []


def trees(x):
    root = Node(x[0])
    for v in x:
        root.kids.append(Node(v))
    for k in root.kids:
        k.kids.append(k.v**2)
    return sum(sum(k.kids) for k in root.kids) * root.v


def one_of_them(x):
    ps = [Node(v) for v in x]
    ps[0].kids.append(ps[0].v ** 2)
    ps[0].kids.append(ps[1].v ** 3)
    return sum(p.v for p in ps) * ps[0].kids[1] + ps[0].kids[0]


def on_a_path(x):
    ps = [Node(v) for v in x]
    for p in ps:
        if p.v > 0.5:
            p.kids.append(p.v**2)
    return sum(sum(p.kids) for p in ps)


def in_dicts(x):
    ps = [{"r": v, "h": [], "e": {}, "t": ()} for v in x]
    for p in ps:
        p["h"].append(p["r"] ** 2)
    return sum(p["h"][0] for p in ps)


@pytest.mark.parametrize("function", [trees, one_of_them, on_a_path, in_dicts], ids=lambda each: each.__name__)
def test_empty_lists_in_items(function) -> None:
    judge(function, (X,), tolerance=1e-5)


def extremes_of_rows(x):
    found = []
    for i in range(3):
        found.append(x * np.cos(i + x))
    return np.sum(np.max(found, axis=0) ** 2) + np.sum(np.min(found, axis=1) ** 2) + np.max([r for r in found])


def stacked_lists(x):
    found = [[v * w for w in x] for v in x]
    return np.sum(np.stack(found) ** 2 * np.arange(4.0))


@pytest.mark.parametrize("function", [extremes_of_rows, stacked_lists], ids=lambda each: each.__name__)
def test_reductions_of_lists(function) -> None:
    judge(function, (X,), tolerance=1e-5)


def joined_lists(x):
    return np.sum(np.concatenate([[v * w for w in x] for v in x]))


def test_lists_of_lists_are_not_joined() -> None:
    with pytest.raises(NoRule, match="np.concatenate of a list of lists: make arrays of them"):
        adjoint.grad(joined_lists)(X)
