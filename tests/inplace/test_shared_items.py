"""Arrays that stand in several lists, or twice in one: a store is seen in all of them, or it is refused, with the place."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

import adjoint
from adjoint.errors import AdjointError
from tests.support import import_text

X = np.array([0.5, 1.5, 1.0, 2.0])

PUT = [
    "b.append(row)",
    "b += [row]",
    "b.extend((row, row))",
    "b.insert(0, row)",
    "b[len(b):] = [row]",
    "b = b + [row]",
    "b = [*b, row]",
]
"""Ways for the array `row` to get into the list `b`."""

DERIVED = [
    "b = a.copy()",
    "b = a[:]",
    "b = a[1:]",
    "b = list(a)",
    "b = a * 2",
    "b = a + a",
    "b = [*a, x]",
    "b = [r for r in a]",
    "b = list(reversed(a))",
    "b = sorted(a, key=lambda r: r[0])",
    "b = [x * 1.0]; b.extend(a)",
    "b = [x * 1.0]; b += a",
    "b = [x * 1.0, x * 2.0]; b[1:] = a",
    "b = [a[0], a[1]]",
    "b = list(itertools.chain(a, a))",
    "b = list(itertools.islice(a, 2))",
    "b = list(filter(lambda r: r[0] >= 0, a))",
    "b = list(map(lambda r: r, a))",
    "b = [p for p, q in zip(a, a)]",
    "b = collections.deque(a)",
    "b = [a.pop(), a.pop()]; a = b[:]",
    "b = (lambda q: q[:])(a)",
    "b = [first(a), first(a)]",
    "b = [tail(a), tail(a)]",
]
"""Ways to make a list `b` from the list `a` of arrays."""

CHANGES = {
    "there": "b[0][0] = 7.0",
    "here": "a[0][0] = 7.0",
    "all": "for r in b:\n        r *= 2.0",
}

TEXT = """import collections
import itertools

import numpy as np


def first(rows):
    return rows[0]


def tail(rows):
    return rows[0][1:]


def f(x):
"""

READ = "    return sum(np.sum(r) * (k + 1) for k, r in enumerate(a)) + 10.0 * sum(np.sum(r) for r in b)\n"


def put_into_two(statement: str, change: str) -> str:
    lines = [
        "a, b = [], []",
        "for k in range(len(x)):",
        "    row = x * k",
        f"    {statement}",
        "    a.append(row)",
        change,
    ]
    return TEXT + "".join(f"    {line}\n" for line in lines) + READ


def derived(statement: str, change: str) -> str:
    lines = ["a = [x * k for k in range(len(x))]", *statement.split("; "), change]
    return TEXT + "".join(f"    {line}\n" for line in lines) + READ


PROGRAMS = [
    *(
        pytest.param(put_into_two(way, change), id=f"{way}, {name}")
        for way in PUT
        for name, change in list(CHANGES.items())[:2]
    ),
    *(pytest.param(derived(way, change), id=f"{way}, {name}") for way in DERIVED for name, change in CHANGES.items()),
]


@pytest.mark.parametrize("text", PROGRAMS)
def test_items_of_two_lists(text: str, tmp_path: Path) -> None:
    function = import_text(text, tmp_path).f
    expected = function(X.copy())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            value, gradient = adjoint.value_and_grad(function)(X.copy())
    except AdjointError as error:
        assert error.lineno is not None and error.fix
        return
    assert value == pytest.approx(expected, rel=1e-12)
    step = 1e-6
    for place in range(len(X)):
        moved = [function(X + sign * step * np.eye(len(X))[place]) for sign in (1, -1)]
        assert gradient[place] == pytest.approx((moved[0] - moved[1]) / (2 * step), rel=1e-6, abs=1e-6)


KNOWN = {
    "loop": "for row in rows:\n        out.append(row)",
    "enumerate": "for i, row in enumerate(rows):\n        out.append(row)",
    "zip": "for p, q in zip(rows, rows[::-1]):\n        out.extend((p, q))",
    "chain": "for row in itertools.chain([rows[0]], [rows[1]]):\n        out.append(row)",
    "index": "for i in range(2):\n        out.append(rows[i])",
    "view": "for row in rows:\n        out.append(row[1:])",
    "slot": "out = [x]\n    for row in rows:\n        out[0] = row",
    "attribute": "out = types.SimpleNamespace(row=x)\n    for row in rows:\n        out.row = row\n    out = [out.row]",
    "name": "row = x\n    for row in rows:\n        pass\n    out = [row]",
}
"""Ways for items of a list of two arrays to get another name, at a place that only the run knows."""


@pytest.mark.parametrize("change", ["rows[1] *= 3.0", "rows[1][1] = 9.0", "out[-1][0] = 9.0"])
@pytest.mark.parametrize("way", KNOWN)
def test_items_of_a_list_of_known_length(way: str, change: str, tmp_path: Path) -> None:
    """They are changed under both names, or refused: never under one of them."""
    body = f"    rows = [x * 1.0, x * 2.0]\n    out = []\n    {KNOWN[way]}\n    {change}\n"
    read = "    return sum(np.sum(r * x[: len(r)]) for r in out) + np.sum(rows[0] * rows[1])\n"
    module = import_text("import itertools\nimport types\n\nimport numpy as np\n\n\ndef f(x):\n" + body + read, tmp_path)
    try:
        value, gradient = adjoint.value_and_grad(module.f)(X)
    except AdjointError as error:
        assert error.lineno is not None
        return
    assert value == module.f(X)
    step = 1e-6 * np.eye(len(X))
    np.testing.assert_allclose(gradient, [(module.f(X + s) - module.f(X - s)) / 2e-6 for s in step], rtol=1e-7)
