"""Lists of run-time length whose items are objects or dicts that hold arrays: what is in them changes in place."""

from __future__ import annotations

import itertools
import random

MADE = (
    "bs = [Body(np.array([x[i], 1.0 * i]), np.ones(2)) for i in range(n)]",
    "bs = []\n    for i in range(n):\n        bs.append(Body(x[:2] * (i + 1), np.full(2, x[i])))",
    "M = np.outer(x, x[:2])\n    bs = [Body(M[i].copy(), np.ones(2) * x[i]) for i in range(n)]",
    "M = np.outer(x, x[:2])\n    bs = [Body(M[i], np.ones(2) * x[i]) for i in range(n)]",
    "z = x[:2] * 1.5\n    bs = [Body(np.array([x[i], 1.0 * i]), z) for i in range(n)]",
    "bs = []\n    for i in range(n):\n        w = np.array([x[i], 2.0])\n        bs.append(Body(w, w.copy()))\n"
    "        w[0] += x[i]",
    "bs = []\n    for i in range(n):\n        w = np.array([x[i], 2.0])\n        bs.append(Body(w, w))",
    "bs = [Body(np.array([x[i], 1.0 * i]), np.ones(2) * x[i]) for i in range(n)]\n    bs[1].p = bs[0].p",
    "bs = [Body(np.array([x[i], 1.0 * i]), np.ones(2) * x[i]) for i in range(n)]\n    cs = list(bs)",
)
"""How the list is made; in the last ones an array stands in it twice, or has a name as well."""
CHANGES = (
    "{b}.v += {b}.p * x[i]",
    "{b}.v[0] += {b}.p[1] * x[i]",
    "{b}.p[1] = {b}.v[0] ** 2",
    "{b}.v[:] = np.sin({b}.p)",
    "np.add({b}.p, {b}.v, out={b}.p)",
    "{b}.v = {b}.v * x[i]",
    "{b}.p, {b}.v = {b}.v, {b}.p",
    "{b}.v = {c}.p",
    "v = {b}.v; v += {c}.p",
    "v = {b}.v; {b}.v = v * 2; v += 1.0; {b}.p = {b}.p * v",
    "o = {b}.v; {b}.v = o * x[i]; {b}.p += o * {b}.v",
    "o = {b}.v; {b}.v += x[i]; {b}.p += o * {b}.v",
    "o = {b}.v.copy(); {b}.v += x[i]; {b}.p += o * {b}.v",
    "{b}.kick({b}.p * x[i])",
    "{b}.drift(x[i])",
    "{b}.both(x[i])",
    "{b}.pulled({c}, x[i])",
    "pushed({b}.v, {b}.p)",
    "pushed({b}.p, {c}.v)",
    "bounced({b}, x[i])",
    "squared({b}, {b}.v)",
    "g = {b}.speed(); g[0] = x[i] * g[1]",
    "{b}.k += {b}.v[0]; {b}.v[1] *= {b}.k",
    "{b}.v += {c}.p if x[i] > 0.45 else {b}.p",
    "d = {c}.p - {b}.p; f = d / (1 + d @ d); {b}.v += f; {c}.v -= f",
    "w = {b}.v[1:]; w *= x[i]",
)
LOOPS = (
    ("for i in range(n):\n        {0}", "bs[i]", "bs[i - 1]"),
    ("for i, b in enumerate(bs):\n        {0}", "b", "bs[i - 1]"),
    ("for i in range(n):\n        b = bs[i]\n        {0}", "b", "bs[i - 1]"),
    ("for i in range(n):\n        for j in range(i + 1, n):\n            {0}", "bs[i]", "bs[j]"),
    ("for i, b in enumerate(bs):\n        for c in bs:\n            if b is not c:\n                {0}", "b", "c"),
    ("for i, (b, c) in enumerate(zip(bs, bs[1:])):\n        {0}", "b", "c"),
    ("i = 1\n    {0}", "bs[0]", "bs[1]"),
)
HEAD = """import numpy as np


class Body:
    def __init__(self, p, v):
        self.p = p
        self.v = v
        self.k = 1.0

    def kick(self, a):
        self.v += a

    def drift(self, h):
        self.p = self.p + h * self.v

    def both(self, a):
        self.v = self.v * 1.1
        self.p[0] += a * self.v[1]

    def pulled(self, other, a):
        d = other.p - self.p
        self.v += a * d / (1 + d @ d)

    def speed(self):
        return self.v


def pushed(u, a):
    u += a * 0.5


def bounced(b, a):
    b.v[1] = b.p[0] * a
    b.p *= 1.2


def squared(b, v):
    b.v += v * v


def f(x, m):
    n = len(x)
"""
END = "\n    return sum(np.sum(b.v ** 2) + b.p @ x[:2] + b.k for b in bs) * m"


def programs() -> list[str]:
    """All of them, in an order that has nothing to do with what they are made of."""
    texts = []
    for made, (loop, b, c), changes in itertools.product(MADE, LOOPS, itertools.product(CHANGES, (*CHANGES, "pass"))):
        body = "; ".join(changes).format(b=b, c=c)
        indent = loop[: loop.index("{0}")].rsplit("\n", 1)[1]
        ends = " + np.sum(z)" if "z =" in made else " + np.sum(M * M)" if "M =" in made else ""
        ends += " + sum(np.sum(c.v ** 2) for c in cs)" if "cs =" in made else ""
        texts.append(f"{HEAD}    {made}\n    {loop.format(body.replace('; ', chr(10) + indent))}{END}{ends}\n")
    random.Random(0).shuffle(texts)
    return texts
