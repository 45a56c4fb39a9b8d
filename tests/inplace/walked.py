"""Loops over arrays in containers and over what is made item by item, whose bodies change what is walked."""

from __future__ import annotations

import random

SEQUENCES = {
    "list": ("[c, a, b, a, c]", "e"),
    "tuple": ("(c, a, b, a, c)", "e"),
    "enumerated": ("enumerate([c, a, b, a, c])", "e[1]"),
    "zipped": ("zip([c, a, b, a, c], [1.0, 2.0, 3.0, 4.0, 5.0])", "e[0] * e[1]"),
    "zipped with itself": ("zip(q, q[::-1])", "e[0] * e[1]"),
    "reversed": ("reversed([c, a, b, a, c])", "e"),
    "values": ("D.values()", "e"),
    "tuples": ("[(c, 1.0), (a, 2.0), (b, 3.0), (a, 1.0), (c, 2.0)]", "e[0] * e[1]"),
    "lists": ("[[c, c], [a, b], [b, a], [a, a], [c, a]]", "e[0] * e[1]"),
    "views": ("[c[1:], a[1:], b[:-1], a[::-1], c[:3]]", "e"),
    "objects": ("[Box(c), Box(a), Box(b), Box(a), Box(c)]", "e.u"),
    "dicts": ("[dict(u=c), dict(u=a), dict(u=b), dict(u=a), dict(u=c)]", "e['u']"),
    "slice": ("q[:4]", "e"),
    "run-time list": ("r", "e"),
    "two lists": ("zip(r, q)", "e[0] * e[1]"),
    "rows": ("M", "e"),
    "map": ("map(lambda z: z * a[0], q)", "e"),
    "generator": ("(z * 1.5 for z in q)", "e"),
    "generator with a test": ("(z for z in q if z[1] > 0.2)", "e"),
    "generator with a variable": ("(z * g for z in q)", "e"),
    "generator of places": ("(z for z in q)", "e"),
    "generator of elements": ("(a[i] for i in range(4))", "e"),
    "generator of rows": ("(M[i] for i in range(4))", "e"),
    "generator over rows": ("(z * 2.0 for z in M)", "e"),
    "generator of indices": ("(i for i in range(4) if i != k)", "a[e]"),
    "generator of chosen indices": ("(i for i in range(4) if a[i] > 0.31)", "a[e]"),
    "nested generators": ("(z * 2.0 for z in (y * 3.0 for y in q))", "e"),
    "generator of two loops": ("(z * y for z in q for y in (1.0, 2.0))", "e"),
    "zipped generator": ("zip((z * 1.5 for z in q), q)", "e[0] * e[1]"),
    "returned generator": ("scaled(q)", "e"),
    "filter": ("filter(lambda z: z[1] > a[0], q)", "e"),
    "accumulate": ("itertools.accumulate(q)", "e"),
    "takewhile": ("itertools.takewhile(lambda z: z[1] < 2.0, q)", "e"),
    "dropwhile": ("itertools.dropwhile(lambda z: z[1] < 0.1, q)", "e"),
    "compress": ("itertools.compress(q, [1, 0, 1, 1, 0])", "e"),
    "pairwise": ("itertools.pairwise(q)", "e[0] * e[1]"),
    "product": ("itertools.product(q, [1.0, 2.0])", "e[0] * e[1]"),
    "combinations": ("itertools.combinations(q, 2)", "e[0] * e[1]"),
    "chain": ("itertools.chain([c, a], [b, a, c])", "e"),
    "starmap": ("itertools.starmap(lambda u, v: u * v, zip(q, r))", "e"),
}
"""What is walked, and what is read of an item."""
CHANGES = (
    "a *= 1.3",
    "b[1] = 0.3 * x[2]",
    "a[1:] += b[:-1]",
    "doubled(c)",
    "q[1] *= 1.2",
    "q[1 - k] *= 1.2",
    "r[k][1] = x[0]",
    "M[2] *= 1.1",
    "M[:, 1] += a",
    "D['d'] *= 1.2",
    "a = a * 1.1",
    "g = g * 1.1",
    "q = q[::-1]",
    "q[3] = q[3] * 2.0",
    "r.append(a)",
    "pass",
    "e *= 1.05",
)
ENDS = (
    "",
    "        if s > 80:\n            break\n",
    "        if s > 80:\n            return s\n",
    "        if s > 90:\n            continue\n        s = s + 0.1\n",
)
HEAD = """import itertools
from dataclasses import dataclass

import numpy as np


@dataclass
class Box:
    u: np.ndarray


def doubled(u):
    u *= 2.0


def scaled(q):
    return (z * 1.5 for z in q)


def f(x, m):
    a = x * 1.0
    b = x * 2.0
    c = np.cos(x)
    q = [c, a, b, a, c]
    r = [x * (i + 1) for i in range(m + 3)]
    M = np.outer(x, x) + 0.5
    D = dict(u=c, d=a, v=b)
    k = m - 2
    g = x[1]
    s = 0.0
"""


def programs() -> list[str]:
    """All of them, in an order that has nothing to do with what they are made of."""
    texts = []
    for sequence, item in SEQUENCES.values():
        read = f"        s = s * 1.1 + np.sum({item})\n"
        for change in CHANGES if item == "e" else CHANGES[:-1]:
            for body in (f"{read}        {change}\n", f"        {change}\n{read}"):
                for end in ENDS if sequence != "r" or "append" not in change else ():  # it would not end
                    loop = f"    for e in {sequence}:\n{body}{end}"
                    texts.append(f"{HEAD}{loop}    return s + np.sum(a * b) + np.sum(c) + np.sum(M)\n")
    random.Random(0).shuffle(texts)
    return texts
