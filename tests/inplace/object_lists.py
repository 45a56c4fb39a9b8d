"""Random programs on lists of objects, lists and arrays: sorted, filtered, copied, exchanged, kept under other names.

What changes through one name is read through another one.
"""

from __future__ import annotations

import random

HELPERS = """import numpy as np


class Body:
    def __init__(self, v):
        self.m = v
        self.r = np.array([v, 1.0])
        self.h = [v]


def value(p):
    return p[0] if isinstance(p, (list, np.ndarray)) else p.m + 0.5 * p.r[0] + 0.25 * p.h[0]


def low(ps):
    return [p for p in ps if value(p) < 50.0]


def first(ps):
    return ps[0]


def larger(a, b):
    return a if value(a) > value(b) else b


def swap(ps, i, j):
    ps[i], ps[j] = ps[j], ps[i]


def sort(ps):
    ps.sort(key=value)
"""
MOVES = [
    "ps[0], ps[1] = ps[1], ps[0]",
    "ps[k], ps[-1] = ps[-1], ps[k]",
    "ps[0], qs[0] = qs[0], ps[0]",
    "ps.sort(key=value)",
    "sort(ps)",
    "swap(ps, 0, 2)",
    "ps.reverse()",
    "ps = sorted(ps, key=value)",
    "qs = sorted(ps, key=value)",
    "ps = ps[::-1]",
    "ps = ps[:]",
    "ps = list(ps)",
    "ps = [p for p in ps if value(p) < 50.0]",
    "qs = [p for p in ps if value(p) < 50.0]",
    "ps = [p for p in qs]",
    "ps = low(ps)",
    "qs = low(ps)",
    "qs = ps[1:]",
    "qs = ps",
    "ps, qs = qs, ps",
    "ps = ps + [ps[0]]",
    "qs = ps + qs",
    "ps.append(ps[1])",
    "ps.append(u)",
    "ps.insert(0, ps.pop())",
    "ps *= 2",
    "qs = [ps[0], ps[1]]",
    "ps[1:3] = ps[1:3][::-1]",
    "one, *ps = ps",
    "d['a'] = ps",
    "qs = d['a']",
    "q = ps[0]",
    "q = qs[-1]",
    "q = first(ps)",
    "q = larger(ps[0], u)",
    "q = next(p for p in ps if value(p) < 50.0)",
    "q = ps.pop()",
    "q = max(ps, key=value)",
    "for p in ps[1:]:\n    q = p",
    "for p in ps:\n    q = larger(q, p)",
    "for j in range(2):\n    ps = [p for p in ps if value(p) < 50.0]",
    "for j in range(2):\n    ps[j], ps[j + 1] = ps[j + 1], ps[j]",
    "for j in range(2):\n    u = new(x[j])\n    ps.append(u)",
    "if x[0] > 0.8:\n    ps = ps[::-1]",
    "if x[0] > 0.8:\n    ps.sort(key=value)",
    "if x[1] > 0.8:\n    q = ps[1]",
]
CHANGES = {
    "Body({})": [
        "{p}.m *= x[1]",
        "{p}.r[0] = x[1] ** 2",
        "{p}.r *= x[2]",
        "{p}.h[0] = x[1] * x[2]",
        "{p}.h.append(x[0])",
        "{p}.r = {p}.r * x[1]",
    ],
    "[{}, 1.0]": ["{p}[0] *= x[1]", "{p}.append(x[0])", "{p}[0] = x[2] ** 2"],
    "np.array([{}, 1.0])": ["{p}[0] *= x[1]", "{p} *= x[2]"],
}
PLACES = ["ps[0]", "ps[-1]", "qs[0]", "q", "u", "ps[k]"]
READS = [
    "sum((i + 1) * value(p) for i, p in enumerate(ps))",
    "sum((i + 1) * value(p) for i, p in enumerate(qs))",
    "value(q)",
    "value(u)",
    "value(ps[0]) * value(ps[-1])",
    "sum(value(p) for p in d['a'])",
]


def program(seed: int) -> str:
    """The text of a module with a function `f(x, y)`."""
    rng = random.Random(seed)
    made = rng.choice(list(CHANGES))
    body = [
        "ps = [new(v) for v in x]",
        "qs = [new(v * 3.0) for v in y]",
        "q, u, k = new(x[2]), new(x[3] * 2.0), 1",
        f"d = {{'a': {rng.choice(['ps', 'qs'])}}}",
    ]
    body += rng.choices(MOVES, k=rng.randint(1, 3))
    for _ in range(rng.randint(1, 2)):
        change = rng.choice(CHANGES[made])
        if rng.random() < 0.3:
            walked = rng.choice(["ps", "qs", "ps[1:]", "d['a']"])
            body.append(f"for p in {walked}:\n    " + change.format(p="p"))
        else:
            body.append(change.format(p=rng.choice(PLACES)))
        body += rng.choices(MOVES, k=rng.random() < 0.3)
    body.append("return " + " + 0.7 * ".join(rng.sample(READS, rng.randint(1, 2))))
    lines = "\n    ".join("\n".join(body).split("\n"))
    return f"{HELPERS}\n\ndef new(v):\n    return {made.format('v')}\n\n\ndef f(x, y):\n    {lines}\n"
