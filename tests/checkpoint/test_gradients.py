"""Derivatives of marked loops are those of the loops without a mark, of first and second order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adjoint
from tests.checkpoint.programs import PROGRAMS, load
from tests.support import import_text

OPTIONS = ("", "slots=2")
ALL_OPTIONS = (*OPTIONS, "slots=3, steps=2", "steps=4")
SECOND = """
def second(*args):
    return np.sum(np.sin(grad(f)(*args)))
"""


def _arguments(text: str) -> tuple[Any, ...]:
    values: tuple[Any, ...] = eval(text, {"np": np, "x": np.linspace(0.2, 1.1, 5)})
    return values


@pytest.mark.parametrize("name", PROGRAMS)
def test_first_order(name: str, tmp_path: Path) -> None:
    text, program = PROGRAMS[name]
    args = _arguments(text)
    expected = adjoint.grad(load(program, None, tmp_path).f)(*args)
    for options in ALL_OPTIONS if name in ("captured", "for, left by break") else OPTIONS:
        f = load(program, options, tmp_path).f
        plain = f(*(np.array(a) if isinstance(a, np.ndarray) else a for a in args))
        value, gradient = adjoint.value_and_grad(f)(*args)
        assert value == pytest.approx(plain, rel=1e-14)
        np.testing.assert_allclose(gradient, expected, rtol=1e-12, atol=1e-15, err_msg=options)


@pytest.mark.parametrize("name", PROGRAMS)
def test_second_order(name: str, tmp_path: Path) -> None:
    """Forward over reverse, and reverse over reverse."""
    text, program = PROGRAMS[name]
    args = _arguments(text)
    plain = load(program + SECOND, None, tmp_path)
    curvature, expected = adjoint.hessian(plain.f)(*args), adjoint.grad(plain.second)(*args)
    for options in ("", "slots=2") if name in ("captured", "nested") else ("slots=2",):
        marked = load(program + SECOND, options, tmp_path)
        scale = np.abs(expected).max()
        np.testing.assert_allclose(adjoint.hessian(marked.f)(*args), curvature, rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(adjoint.grad(marked.second)(*args), expected, rtol=1e-9, atol=1e-11 * scale)


@pytest.mark.parametrize("name", ["captured", "while", "callee in the loop, a step of 3", "containers", "nested"])
def test_budget(name: str, tmp_path: Path) -> None:
    text, program = PROGRAMS[name]
    args = _arguments(text)
    f = load(program, None, tmp_path).f
    expected = adjoint.grad(f)(*args)
    for memory in ("1kB", "3kB", 10**9):
        made = adjoint.grad(f, memory=memory)
        np.testing.assert_allclose(made(*args), expected, rtol=1e-12, atol=1e-15)
        assert "first_part" in made.source


def test_complex_step(tmp_path: Path) -> None:
    """Against the function itself, not another derivative."""
    module = load(PROGRAMS["captured"][1], "slots=3", tmp_path)
    x = np.linspace(0.2, 1.1, 5)
    steps = [module.f(x + 1e-30j * unit, 1.3, 14).imag / 1e-30 for unit in np.eye(5)]
    np.testing.assert_allclose(adjoint.grad(module.f)(x, 1.3, 14), steps, rtol=1e-13)


def test_other_transforms(tmp_path: Path) -> None:
    """A mark changes nothing in forward mode, and holds under a derivative taken forward."""
    text = "def f(x, n):\n    for i in MARK(range(n)):\n        x = x * math.cos(x) + 0.1\n    return x\n"
    plain, marked = (load(text, options, tmp_path).f for options in (None, "slots=2"))
    assert adjoint.jvp(marked, (0.7, 20), (1.0, None)) == adjoint.jvp(plain, (0.7, 20), (1.0, None))
    first = adjoint.grad(plain)(0.7, 20)
    second, third = adjoint.grad(adjoint.grad(plain)), adjoint.grad(adjoint.grad(adjoint.grad(plain)))
    assert adjoint.vjp(marked, 0.7, 20)[1](2.0)[0] == pytest.approx(2 * first, rel=1e-12)
    forward = adjoint.grad(marked, mode="forward")
    assert adjoint.grad(forward)(0.7, 20) == pytest.approx(second(0.7, 20), rel=1e-12)
    assert adjoint.grad(adjoint.grad(adjoint.grad(marked)))(0.7, 20) == pytest.approx(third(0.7, 20), rel=1e-10)


def test_linear_loops_are_left_alone(tmp_path: Path) -> None:
    """Within a budget, a loop whose reverse sweep keeps nothing stays as it is."""
    f = import_text("def f(x, n=5):\n    for i in range(n):\n        x = 0.5 * x\n    return x\n", tmp_path).f
    assert adjoint.grad(f, memory="1kB").source == adjoint.grad(f).source
    assert adjoint.grad(f, memory="1kB")(1.0) == 0.5**5
