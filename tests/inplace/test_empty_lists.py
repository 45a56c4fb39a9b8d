"""Lists that are known to be empty, in code that never runs: refused, or right; and lists that grow through a helper."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.inplace.judge import right_or_refused
from tests.support import import_text

X = np.array([0.7, 1.1, 0.45, 0.9])
HEAD = """import numpy as np


def swap(l, i, j):
    l[i], l[j] = l[j], l[i]


def parts(p, q):
    return q[0], [p[0], q[-1]]


def f(x):
    ps = [[v, v * v] for v in x]
    e = []
    """
BODIES = [
    ["m = ps[1]", "while len(e) > 1:", "    ps[1] = e.pop()", "    m[0] = m[0] * x[0]", "return m[0]"],
    ["while e:", "    ps[0] = e.pop()", "return ps[0][0] * ps[1][0]"],
    ["if x[0] > 5.0:", "    swap(e, 0, 1)", "return x[0] ** 2 + ps[0][1]"],
    ["while len(e) > 1:", "    ps[0] = e.pop()", "    e = ps + ps", "return x[0] ** 2"],
    ["rs = [x * 1.0, x * x, x + 1.0]", "c = list(rs)", "for i in range(2):", "    m, c = parts(c, rs)", "return c[0][0]"],
]


@pytest.mark.parametrize("body", BODIES)
def test_right_or_refused(body: list[str], tmp_path: Path) -> None:
    right_or_refused(import_text(HEAD + "\n    ".join(body) + "\n", tmp_path).f, (X,), order=1)
