"""Everything that can share memory, mixed at random and as it was once wrong: the plain call's value, or a refusal."""

from __future__ import annotations

import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.errors import AdjointError
from tests.inplace.judge import judge
from tests.inplace.mixed import program
from tests.support import import_text, time_limit

X = np.array([0.3, 0.5, 0.9, 0.4])
ALONG = np.array([0.3, -0.7, 0.2, 0.5])

HEAD = """from dataclasses import dataclass

import numpy as np


@dataclass
class Box:
    u: np.ndarray


def held(o):
    return o.u


def one(l, j):
    return l[j]


def of_lists(u, v, j):
    r = [[u], [v]][j]
    return r[0][::-1]


def write(u, v):
    v[0] = 0.7
    return u[0] * 2.0


def scaled(u, v):
    u *= 0.9
    return u @ v


def double(u):
    i = 0
    while True:
        i += 1
        u[i] *= 2.0
        if i > 2:
            return u[0] + u[2]


def f(x, m):
    a, b, c = x * 1.0, x * 2.0, np.cos(x)
    z = [[a, x * 0.3], [c, b]]
    s, k = 0.0, m - 1

    def pick(j):
        return [a, b][j]

"""
READ = "\n    return s + np.sum(a * 1.1) + np.sum(b * b) + np.sum(np.sin(c)) + sum(np.sum(r * 0.3) for row in z for r in row)\n"
ONCE_WRONG = {
    "item_of_a_list_of_lists": "q = z[k]\n    q[0][1] = 3.0",
    "read_before_it_changes": "w = z[k][0]\n    c[0] = 5.0\n    s += np.sum(w)",
    "read_on_one_path": "w = a\n    if x[0] > 0.2:\n        w = z[k][0]\n    c[0] = 5.0\n    s += np.sum(w)",
    "read_in_the_last_pass": "w = a\n    for i in range(3):\n        c[0] *= 2.0\n        s += np.sum(w)\n        w = z[k][0]",
    "read_and_changed_by_a_call": "s += write(z[k][0], c)",
    "list_that_loses_an_item": "r = z[k]\n    z[1].append(x)\n    s += len(r)",
    "item_of_a_new_list_given": "r = pick(k)\n    b[0] = 5.0\n    s += np.sum(r)",
    "item_of_a_new_list_changed": "r = pick(k)\n    r[0] = 5.0",
    "item_of_an_argument": "r = one([a, b], k)\n    b[0] = 5.0\n    s += np.sum(r)",
    "view_of_an_item": "r = of_lists(a, b, k)\n    b[0] = 5.0\n    s += np.sum(r)",
    "item_given_as_out": "np.add(a, x, out=pick(-1))[:] = b * 1.0",
    "item_of_another_path": "q = [a, b]\n    if x[0] > 0.2:\n        q = [a, x * 3.0]\n        r = q[k]\n    else:\n"
    "        r = a\n    s += np.sum(r)",
    "row_changed_by_the_amount": "m2 = np.outer(x, x)\n    m2[1] *= write(m2[2], m2[1])\n    s += np.sum(m2 * np.outer(x, a))",
    "sum_of_a_difference": "b = x\n    o = x * 1.2\n    np.negative(np.negative(b, b), o[::1])\n"
    "    return np.sum(b * b) + np.sum(o)",
    "returned_behind_a_store": "for i in range(len(a)):\n        a[i] *= a[i - 1]\n        if a[i] < 0.2:\n"
    "            return np.sum(a) * a[i]",
    "returned_behind_an_inner_loop": "for i in range(m):\n        for j in range(1, 4):\n            a[j] *= a[j - 1] + i\n"
    "        if a[2] > 0.2:\n            return np.sum(a) * a[2] + a[1] ** 2\n        a[0] *= 1.5",
    "returned_on_a_branch_with_a_store": "for i in range(4):\n        a[i] *= b[i - 1]\n        if a[i] < 0.15:\n"
    "            b[i] = a[i] ** 2\n            return np.sum(a * b)\n        b[i] += a[i]",
    "callee_that_only_a_return_leaves": "s += double(a) * a[2]",
    "one_of_a_list_given_beside_what_changes": "p = [b]\n    s += scaled(b, p[1 - k])",
    "item_given_beside_one_of_the_list": "p = [x * 2.5, x * 1.5]\n    s += scaled(p[0], p[1 - k]) + np.sum(p[0])",
    "put_into_an_object_of_a_list": "ps = [Box(x * i) for i in range(m)]\n    for p in ps:\n        p.u = a\n    a[0] = 3.0\n"
    "    s += sum(np.sum(p.u) for p in ps)",
    "given_by_an_object_of_a_list": "ps = [Box(x * i) for i in range(m)]\n    w = held(ps[k])\n    w[0] = 3.0\n"
    "    s += sum(np.sum(p.u) for p in ps)",
    "put_into_a_dict_of_a_list": "ds = [{'u': x * i} for i in range(m)]\n    w = ds[1]\n    w['u'] = a[::-1]\n    a[0] = 3.0\n"
    "    s += sum(np.sum(d['u']) for d in ds)",
    "stored_from_one_of_two": "c[::1][...] = a if m else x * 0.9",
}


def verdict(text: str, tmp_path: Path, m: int = 2) -> str:
    """`right`, `refused`, or `no program` where Python raises. AssertionError for a wrong number."""
    function = import_text(text, tmp_path).f
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with time_limit(2):  # a list may grow for as long as a loop runs over it
                expected = function(X.copy(), m)
        except Exception:
            return "no program"
        if not np.isfinite(expected) or abs(expected) > 1e8:
            return "no program"
        try:
            _compare(function, m, expected, text)
        except AdjointError as error:
            assert error.lineno is not None and error.fix, text
            return "refused"
    return "right"


def _compare(function: Any, m: int, expected: float, text: str) -> None:
    """Value, reverse against forward, forward against differences (not in single precision)."""
    is_single = "float32" in text
    near, close = (1e-5, 1e-3) if is_single else (1e-11, 1e-8)
    value, gradient = adjoint.value_and_grad(function)(X.copy(), m)
    assert np.isclose(value, expected, rtol=near, atol=near), text
    value, slope = adjoint.jvp(function, (X.copy(), m), (ALONG,), wrt=(0,))
    assert np.isclose(value, expected, rtol=near, atol=near), text
    assert np.isclose(gradient @ ALONG, slope, rtol=close, atol=close * max(1.0, np.max(np.abs(gradient)))), text
    if not is_single:
        try:
            ahead, behind = ((function(X + h * ALONG, m) - expected) / h for h in (1e-6, -1e-6))
        except IndexError:  # where a test holds by a hair
            return
        scale = max(1.0, abs(expected), abs(slope))
        if abs(ahead - behind) < 1e-3 * scale < 1e3:  # else a jump or a kink is near
            assert np.isclose(slope, (ahead + behind) / 2, rtol=1e-4, atol=1e-5 * scale), text


@pytest.mark.parametrize("name", ONCE_WRONG)
def test_once_wrong(name: str, tmp_path: Path) -> None:
    assert verdict(f"{HEAD}    {ONCE_WRONG[name]}{READ}", tmp_path) != "no program"


def test_second_derivative_of_lists_of_two_lengths(tmp_path: Path) -> None:
    """A list of known length becomes one of run-time length where its neighbour has grown."""
    text = """import numpy as np


def f(x, m):
    rows = [[x * i, x + i] for i in range(m)]
    rows[0].append(x)
    return sum(np.sum(r * r * r) * (i + 1) for i, row in enumerate(rows) for r in row)
"""
    judge(import_text(text, tmp_path).f, (X, 3))


def check(seeds: range, tmp_path: Path) -> None:
    found = Counter(verdict(program(seed), tmp_path, 2 + seed % 2) for seed in seeds)
    assert found["right"] >= 0.15 * len(seeds), found


@pytest.mark.parametrize("batch", range(4))
def test_random(batch: int, tmp_path: Path) -> None:
    check(range(batch * 25, batch * 25 + 25), tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("batch", range(60))
def test_many(batch: int, tmp_path: Path) -> None:
    check(range(1000 + batch * 50, 1050 + batch * 50), tmp_path)
