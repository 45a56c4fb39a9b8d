"""Parts of an array read in front of a loop, in it and behind it: which of them meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint

SPANS = ("1:-1", "1:", "2:-1", ":-1", "1:4", "-3:-1", "0:-1", "::2", ":3", "2", "-2")

BODIES = {
    "sums": "    a = np.sum(v[{a}])\n    for t in range(n):\n        a = a + 0.1 * np.sum(v[{b}])\n    return a\n",
    "squares": "    q = v[{a}] ** 2\n    s = 0.0\n    for t in range(n):\n        s += np.sum(v[{b}])\n    return s + np.sum(q)\n",
    "stores": "    s = np.sin(v[{a}])\n    for t in range(n):\n        v[{b}] *= 0.5\n    return np.sum(v**2) + np.sum(s)\n",
    "behind": "    s = 0.0\n    for t in range(n):\n        s += t * np.sum(v[{b}])\n    return s + np.sum(v[{a}])\n",
    "rows": "    w = np.outer(v, v[:4])\n    p = w[1:, {a}] * 1.0\n    s = 0.0\n    for t in range(n):\n"
    "        s += np.sum(w[{b}, 1:-1])\n    return s + np.sum(p) + np.sum(w[{a}])\n",
}


def made(body: str, a: str, b: str) -> tuple[Callable[..., Any], str]:
    text = "def f(v, n):\n" + BODIES[body].format(a=a, b=b)
    names: dict[str, Any] = {"np": np}
    exec(text, names)
    return names["f"], text


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("a", SPANS)
def test_parts_of_one_array(body: str, a: str) -> None:
    x = np.array([0.3, -0.8, 0.5, 1.1, -0.4, 0.7])
    for b in SPANS:
        function, text = made(body, a, b)
        gradient = adjoint.grad(function, source=text)(x, 2)
        steps = 1e-6 * np.eye(x.size)
        slopes = [(function(x + h, 2) - function(x - h, 2)) / 2e-6 for h in steps]
        assert np.allclose(gradient, slopes, atol=1e-7), (a, b)


def test_a_copy_of_the_middle_and_the_middle_in_a_loop() -> None:
    gradient = adjoint.grad(middle)(np.ones(5), 2)
    assert np.allclose(gradient, [0.0, 1.2, 1.2, 1.2, 0.0])


def middle(v, steps):
    a = v[1:-1].copy()
    for _ in range(steps):
        a += 0.1 * v[1:-1]
    return np.sum(a)


