"""What a loop walks changes in its body: an item is what it is when its turn comes, or the loop is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.inplace.judge import judge
from tests.inplace.test_listed import verdict
from tests.inplace.walked import HEAD, programs
from tests.support import import_text

PROGRAMS = programs()
BLOCK = 20
X = np.array([0.3, 0.5, 0.9, 0.4])


def check(texts: list[str], tmp_path: Path) -> None:
    right = sum(verdict(text, tmp_path) for text in texts)
    assert right >= 0.4 * len(texts)


@pytest.mark.parametrize("block", range(24))
def test_random(block: int, tmp_path: Path) -> None:
    check(PROGRAMS[block * BLOCK : (block + 1) * BLOCK], tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("block", range(24, len(PROGRAMS) // BLOCK + 1))
def test_many(block: int, tmp_path: Path) -> None:
    check(PROGRAMS[block * BLOCK : (block + 1) * BLOCK], tmp_path)


RIGHT = {
    "array of the list": "for e in [c, a, b]:\n        s = s + np.sum(e)\n        a *= 1.3",
    "many": "for e in [c, a, b, a, c, b, a]:\n        s = s * 1.1 + np.sum(e)\n        a *= 1.3\n"
    "        if s > 50:\n            break",
    "array of a tuple": "for e in (c, a):\n        s = s + np.sum(e)\n        a *= 1.3",
    "of tuples": "for e, w in [(c, 1.0), (a, 2.0), (b, 3.0), (a, 1.0), (c, 2.0)]:\n        s = s * 1.1 + np.sum(e * w)\n"
    "        a *= 1.3\n        if s > 50:\n            break",
    "only the extents are read": "for i, j in ((i, j) for i in range(1, M.shape[0] - 1) for j in range(1, len(M) - 1)):\n"
    "        M[i, j] = 0.25 * (M[i + 1, j] + M[i - 1, j] + M[i, j - 1] + M[i, j + 1])",
    "indices": "for i in (i for i in range(4) if i != k):\n        M[i] -= M[i, k] / M[k, k] * M[k]",
    "lists of two lengths": "p = [a, b]\n    z = [c, x * 0.5]\n    if x[0] > 0.2:\n        p = z\n    s = np.sum(p[-1])",
}


@pytest.mark.parametrize("name", RIGHT)
def test_right(name: str, tmp_path: Path) -> None:
    text = f"{HEAD}    {RIGHT[name]}\n    return s + np.sum(a * b) + np.sum(c) + np.sum(M)\n"
    judge(import_text(text, tmp_path).f, (X, 2))


REFUSED = {
    "generator": "for e in (z * a[0] for z in q):\n        a[0] = s\n        s = s + np.sum(e)",
    "its variable": "for e in (z * g for z in x):\n        s = s + e\n        g = g * 1.1",
    "taken by hand": "h = (z * a[1] for z in x)\n    s = next(h)\n    a[1] = 5.0 * x[2]\n    s += next(h)",
    "passed on": "for i, z in enumerate(scaled(q)):\n        a[i % 4] = np.sum(z)",
    "in a function": "def fill(out, items):\n        for i, z in enumerate(items):\n            out[i] = z\n"
    "    fill(a, (v * v + a[0] for v in x))",
    "filter": "for e in filter(lambda z: z > a[0], x):\n        a[0] += e",
    "longer on one path": "p = [a, b]\n    z = [c, x * 0.5]\n    if x[0] > 0.2:\n        p = z\n    z.append(c * 2)\n"
    "    s = np.sum(p[-1])",
}
"""Python makes the items one by one, and the body changes what they are made of."""


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path) -> None:
    text = f"{HEAD}    {REFUSED[name]}\n    return s + np.sum(a * b) + np.sum(c) + np.sum(M)\n"
    assert not verdict(text, tmp_path)
