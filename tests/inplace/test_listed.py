"""Arrays in lists, at random and as they were once wrong: a store is seen under every name, or refused."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

import adjoint
from adjoint.errors import AdjointError
from tests.inplace.listed import program
from tests.support import import_text

X = np.array([0.3, 0.5, 0.9, 0.4])
ALONG = np.array([0.3, -0.7, 0.2, 0.5])

ONCE_WRONG = {
    "changed_while_walked": "for r in [a, b]:\n        b *= 1.3\n        s += np.sum(r)",
    "walked_twice": "for r in p:\n        for e in p:\n            e *= 1.3\n        s += np.sum(r)",
    "view_walked": "v = b[::-1]\n    for r in [v, a]:\n        b *= 1.3\n        s += np.sum(r)",
    "second_name_of_an_item": "q = [c, b, b]\n    if x[0] > 5:\n        q[0], q[1] = q[1], c\n    s = np.sum(q[0] * q[2])",
    "count_of_one_path": "p = [a, b, b]\n    q = [x * i for i in range(m)]\n    c = a\n    if x[0] > 5:\n"
    "        c, c = b[::-1], c\n        p[0], p[1] = p[1], q[0]",
    "one_on_a_path": "if x[0] > 0.2:\n        for i in range(m):\n            b = a.copy()\n    else:\n"
    "        if x[1] > 1:\n            a = b + 3.0\n            p[0] = b\n    a += x[0]",
    "copied_list_of_run_time_length": "q = [x * i for i in range(m)]\n    if x[0] > 0.2:\n        q = p[:]\n"
    "    q[0][1:] = x[1] * 0.9",
    "new_array_in_such_a_list": "q = [x * i for i in range(m)]\n    if x[0] > 0.2:\n        r = x * 7.0\n"
    "        q = [r, a]\n    else:\n        r = x * 1.5\n    r *= 2.0\n    s = np.sum(r)",
    "put_at_once": "q = [x * i for i in range(m)]\n    p[0], q[1] = q[0], p[1 - k]\n    a += x",
    "put_before_a_branch": "if x[0] > 0.2:\n        p[0], p[1] = q[0], q[1]\n    for i in range(m):\n        c = c * 1.1\n"
    "    q[1 - k][1:] = x[1] * 0.9",
}
AT_BORDERS = {
    "item_beside_its_list": ("u[0][1] = 5.0\n    return v[1]", "s = g(p, p[k - 1])"),
    "item_beside_its_array": ("u[0] = 5.0\n    return v[0] * u[1]", "s = g(a, p[k]) + g(b, p[k])"),
    "item_in_a_dict": ("v[1] = 3.0\n    return u['v'] * u['a']", "s = np.sum(g({'v': p[k], 'a': a}, b))"),
    "two_items": ("u += v\n    return u[0] * v[0]", "s = g(p[k], p[1])"),
    "given_back_on_a_path": ("return u if v[0] > 0 else u * 2", "w = g(p[k], x)\n    a[0] = b[0] = 7.0\n    s = np.sum(w)"),
    "given_back": ("return [u, v][int(v[0] > 0)]", "w = g(a, b)\n    a[0] = b[1] = 7.0\n    s = np.sum(w)"),
    "view_given_back": ("return [u, v][int(v[0] > 0)][1:]", "w = g(a, b)\n    a[1] = b[2] = 7.0\n    s = np.sum(w)"),
    "beside_the_list": ("q = [u, v]\n    return q[int(v[0] > 0)][1:], q", "w, z = g(a, b)\n    w[0] = 5.0\n    s = np.sum(z[1])"),
    "beside_a_new_list": (
        "q = [u * 2, v * 3]\n    return q[int(v[0] > 0)][1:], q",
        "w, z = g(a, b)\n    w[0] = 5.0\n    s = np.sum(z[1])",
    ),
}
"""A body of `g(u, v)`, and a call of it: an item at a place that only the run knows goes in or comes out."""
PUT = {
    "rows_of_one_of_two": "w = a if x[0] > 0.2 else b\n    w[2] = 4.0\n    q = list(np.outer(w, w))\n    a[1] = 3.0",
    "views_of_one_of_two": "w = a if x[0] > 0.2 else b\n    w[2] = 4.0\n    q = []\n    for j in range(m):\n"
    "        q.append(w[j:])\n    a[1] = 3.0",
    "views_of_items": "q = []\n    for e in [a, b, c, p[0], p[1]]:\n        if e[0] > 9:\n            break\n"
    "        q.append(e[1:])\n    b[1] = 3.0\n    a *= 2.0",
    "one_of_two_in_a_dict": "w = a if x[0] > 0.2 else b\n    w[2] = 4.0\n    d = {'w': w, 'all': [w[1:], a[:-1]]}\n"
    "    d['w'][1] = 7.0\n    d['all'][1][0] = x[1]\n    s = np.sum(d['all'][0]) * d['w'][0]",
}
"""Arrays that are one of several, and views of them, are put into containers and change then."""
HEAD = "import numpy as np\n\n\ndef f(x, m):\n    a, b, c = x * 1.0, x * 2.0, np.cos(x)\n    p = [a, b]\n    q = [c, x * 0.5]\n"
READ = "\n    return s + np.sum(a) + np.sum(b * b) + sum(np.sum(e) * (i + 1) for i, e in enumerate(p + q))\n"


def verdict(text: str, tmp_path: Path) -> bool:
    """Whether it is differentiated, rightly then. AssertionError for a wrong number."""
    function = import_text(text, tmp_path).f
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = function(X.copy(), 2)
        try:
            value, gradient = adjoint.value_and_grad(function)(X.copy(), 2)
        except AdjointError as error:
            assert error.lineno is not None
            return False
        assert np.isclose(value, expected, rtol=1e-12, atol=1e-12), text
        slopes = [(function(X + h * ALONG, 2) - function(X - h * ALONG, 2)) / (2 * h) for h in (1e-6, 2e-6)]
    if abs(slopes[0] - slopes[1]) < 1e-5 * max(1.0, abs(expected)):  # else a jump is near
        assert np.isclose(gradient @ ALONG, slopes[0], rtol=1e-5, atol=1e-5 * max(1.0, abs(expected))), text
    return True


@pytest.mark.parametrize("name", ONCE_WRONG)
def test_once_wrong(name: str, tmp_path: Path) -> None:
    verdict(f"{HEAD}    s, k = 0.0, m - 1\n    {ONCE_WRONG[name]}{READ}", tmp_path)


@pytest.mark.parametrize("name", AT_BORDERS)
def test_at_borders(name: str, tmp_path: Path) -> None:
    callee, call = AT_BORDERS[name]
    text = f"{HEAD}    s, k = 0.0, m - 1\n    {call}{READ}"
    verdict(f"{text}\n\ndef g(u, v):\n    {callee}\n", tmp_path)


@pytest.mark.parametrize("name", PUT)
def test_put_into_containers(name: str, tmp_path: Path) -> None:
    verdict(f"{HEAD}    s, k = 0.0, m - 1\n    {PUT[name]}{READ}", tmp_path)


def test_lists_in_one_place(tmp_path: Path) -> None:
    """Two cotangents that are lists go to one place of a list of lists."""
    loops = "q = [x * 0.5 for _ in range(m)]\n    for e0 in p[:2]:\n        for e1 in q[:2]:\n            p[1] = e1[::-1]"
    assert verdict(f"{HEAD}    s = 0.0\n    {loops}{READ}", tmp_path)


def check(seeds: range, tmp_path: Path) -> None:
    right = sum(verdict(program(seed), tmp_path) for seed in seeds)
    assert right >= 0.3 * len(seeds)


@pytest.mark.parametrize("batch", range(4))
def test_random(batch: int, tmp_path: Path) -> None:
    check(range(batch * 30, batch * 30 + 30), tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("batch", range(60))
def test_many(batch: int, tmp_path: Path) -> None:
    check(range(1000 + batch * 50, 1050 + batch * 50), tmp_path)
