"""Integers outside of the function that extents are made of: equal to those of arguments, read anew in each call."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import adjoint
from tests.inplace.judge import judge
from tests.support import import_text

WAVE = """import numpy as np

n = 6


def wave(u0, steps):
    um, u, up = u0.copy(), u0.copy(), np.zeros(n)
    for t in range(steps):
        up[1:-1] = 2 * u[1:-1] - um[1:-1] + 0.2 * (u[2:] - 2 * u[1:-1] + u[:-2])
        um, u, up = u, up, um
    return np.sum(u**2)


def told(u0, steps, n):
    um, u, up = u0.copy(), u0.copy(), np.zeros(n)
    for t in range(steps):
        up[1:-1] = 2 * u[1:-1] - um[1:-1] + 0.2 * (u[2:] - 2 * u[1:-1] + u[:-2])
        um, u, up = u, up, um
    return np.sum(u**2)


def scaled(u0):
    d = np.empty(n - 2)
    np.subtract(u0[2:], u0[:-2], out=d)
    d *= u0[1:-1]
    return np.sum(d**2)
"""
X = np.linspace(0.2, 1.1, 6)


def test_equal_extents_need_no_questions(tmp_path: Path) -> None:
    module = import_text(WAVE, tmp_path)
    for function, args in ((module.wave, (X, 3)), (module.told, (X, 3, 6)), (module.scaled, (X,))):
        gradient = adjoint.grad(function)
        gradient(*args)
        assert "unbroadcast" not in gradient.source and "append" not in gradient.source
        judge(function, args)


def test_another_integer_is_seen(tmp_path: Path) -> None:
    module = import_text(WAVE, tmp_path)
    gradient, other = adjoint.grad(module.wave), np.linspace(0.3, 0.9, 9)
    gradient(X, 3)
    with pytest.raises(ValueError, match="broadcast"):
        gradient(other, 3)
    module.n = 9
    np.testing.assert_allclose(gradient(other, 3), adjoint.grad(module.told)(other, 3, 9), rtol=1e-12)
    with pytest.raises(ValueError, match="broadcast"):
        gradient(X, 3)
    told = adjoint.grad(module.told)
    told(X, 3, 6)
    np.testing.assert_allclose(told(other, 3, 9), gradient(other, 3), rtol=1e-12)


def test_one_and_many(tmp_path: Path) -> None:
    """What is equal in the first call may be broadcast in another one."""
    text = "import numpy as np\n\nn = 4\n\n\ndef f(x, w):\n    y = np.zeros(n)\n"
    text += "    y[:] = x * w\n    return np.sum(y**2)\n"
    module = import_text(text, tmp_path)
    gradient, x, w = adjoint.grad(module.f, wrt=(0, 1)), np.array([0.3, 0.9, 1.2, 0.5]), np.array([2.0])
    gradient(x, x)
    for args in ((x, w), (w, x), (w, w), (x, x)):
        judge(module.f, args, (0, 1))
        for one, again in zip(gradient(*args), adjoint.vjp(module.f, *args, wrt=(0, 1))[1](1.0)):
            np.testing.assert_allclose(one, again, rtol=1e-12)


@pytest.mark.parametrize("name", ["wave", "statistics", "calendar"])
def test_a_module_named_like_one_of_the_library(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its numbers are read live, and its classes are containers."""
    text = "class Rate:\n    def __init__(self, r):\n        self.r = r\n\n\nc = 2.0\n\n\n"
    text += "def f(x):\n    return Rate(c * x).r * x\n"
    monkeypatch.setitem(sys.modules, name, sys.modules.get(name))
    module = import_text(text, tmp_path, name)
    gradient = adjoint.grad(module.f)
    assert gradient(3.0) == 12.0
    module.c = 5.0
    assert gradient(3.0) == 30.0
