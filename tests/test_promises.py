"""What the user is promised whatever the function: effects once, exceptions unchanged, any order, no helpers."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

import adjoint
from tests import pipes, support


def tanh_by_exp(x):
    y = math.exp(-2.0 * x)
    return (1.0 - y) / (1.0 + y)


def talkative(x, n):
    s = x
    for i in range(n):
        print("trip", i)
        s = s * math.sin(s)
    print("done")
    return s


def strict(x, n):
    if x < 0:
        raise ValueError("negative")
    assert n < 10, "too many"
    s = x
    for i in range(n):
        if s > 100.0:
            raise OverflowError("large")
        s = s * x + i
    return math.log(s)


def zigzag(x, n):
    s = x
    for i in range(n):
        if s > 0.5:
            s = math.cos(s) * x
        else:
            s = 2.0 * s + i
    return s


def climbing(x):
    y, k = x, 0
    while y < 3.0:
        y = y + math.sin(y) * x
        k += 1
        if k > 20:
            break
    return y * y


def long_loop(x, n):
    v = x
    for _ in range(n):
        v = v + 1e-6 * math.sin(v)
    return v


def _line_count(source: str) -> int:
    return sum(1 for line in source.splitlines() if line.strip() and not line.strip().startswith("#"))


def test_tanh_to_order_six() -> None:
    derivative: Callable[..., Any] = tanh_by_exp
    for order in range(1, 7):
        derivative = adjoint.grad(derivative)
        expected = float(mpmath.diff(mpmath.tanh, mpmath.mpf("0.4"), order))
        assert math.isclose(derivative(0.4), expected, rel_tol=1e-9), f"order {order}"


def test_lines_grow_slowly_with_order() -> None:
    derivative: Callable[..., Any] = tanh_by_exp
    counts = []
    for _ in range(5):
        derivative = adjoint.grad(derivative)
        derivative(0.4)
        counts.append(_line_count(derivative.source))
    growth = (counts[-1] / counts[0]) ** (1 / (len(counts) - 1))
    assert growth <= 2.2, counts


@pytest.mark.parametrize("f, args", [(zigzag, (0.7, 5)), (climbing, (0.6,)), (tanh_by_exp, (0.3,))])
def test_second_order_both_ways(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    gradient = adjoint.grad(f)
    expected = support.richardson(lambda h: np.array([gradient(args[0] + h, *args[1:])]), step=1e-3, levels=4)[0][0]
    assert math.isclose(adjoint.grad(gradient)(*args), expected, rel_tol=1e-6)
    forward = adjoint.jvp(gradient, args[:1], (1.0,)) if len(args) == 1 else support.forward(gradient, args, {0: 1.0})
    assert math.isclose(forward[1], expected, rel_tol=1e-6)


def test_prints_exactly_once(capsys: pytest.CaptureFixture[str]) -> None:
    talkative(0.7, 3)
    plain = capsys.readouterr().out
    adjoint.grad(talkative)(0.7, 3)
    assert capsys.readouterr().out == plain
    adjoint.value_and_grad(talkative)(0.7, 3)
    assert capsys.readouterr().out == plain
    support.forward(talkative, (0.7, 3), {0: 1.0})
    assert capsys.readouterr().out == plain


@pytest.mark.parametrize("args", [(-1.0, 2), (0.5, 20), (90.0, 5)])
def test_the_users_exceptions_surface(args: tuple[Any, ...]) -> None:
    with pytest.raises(Exception) as plain:
        strict(*args)
    with pytest.raises(plain.type) as derived:
        adjoint.grad(strict)(*args)
    assert str(derived.value) == str(plain.value).splitlines()[0]  # the test runner adds lines to an assertion


def test_a_domain_error_surfaces_with_the_value() -> None:
    with pytest.raises(ValueError):
        adjoint.value_and_grad(strict)(0.0, 0)


def test_the_gradient_needs_no_adjoint() -> None:
    for f, args in ((zigzag, (0.7, 5)), (climbing, (0.6,)), (tanh_by_exp, (0.3,))):
        derivative = adjoint.grad(f)
        derivative(*args)
        assert "adjoint" not in derivative.source


def test_a_second_call_is_identical() -> None:
    derivative = adjoint.grad(climbing)
    assert derivative(0.6) == derivative(0.6)
    other = adjoint.grad(climbing)
    other(0.6)
    assert other.source == derivative.source


def test_a_million_trips() -> None:
    given = adjoint.grad(long_loop)(0.5, 1_000_000)
    expected = math.sin(long_loop(0.5, 1_000_000)) / math.sin(0.5)  # of dv/dt = sin v, up to the step size
    assert math.isclose(given, expected, rel_tol=1e-5)


def _straight_line(count: int) -> str:
    lines = ["import math", "", "", "def f(x):", "    y0 = x"]
    for i in range(count):
        form = ["math.sin({p}) * 0.5", "{p} * x + 0.1", "{p} / (1.0 + {p} * {p})", "math.tanh({p}) - x"][i % 4]
        lines.append(f"    y{i + 1} = {form.format(p=f'y{i}')}")
    return "\n".join([*lines, f"    return y{count}", ""])


def _transform_seconds(count: int, directory: Path) -> float:
    f = support.import_text(_straight_line(count), directory).f
    start = time.process_time()
    derivative = adjoint.grad(f)(0.3)
    seconds = time.process_time() - start
    assert math.isclose(derivative, support.reference_derivative(f, (0.3,), {0: 1.0})[0], rel_tol=1e-5, abs_tol=1e-9)
    return seconds


def test_transform_time_grows_linearly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipes.pipeline, "VERIFY", False)
    _transform_seconds(20, tmp_path)
    short, long = _transform_seconds(150, tmp_path), _transform_seconds(600, tmp_path)
    assert long <= 4 * short * 2.0 + 0.1, f"150 lines {short:.2f} s, 600 lines {long:.2f} s"


@pytest.mark.long
def test_two_thousand_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipes.pipeline, "VERIFY", False)
    assert _transform_seconds(2000, tmp_path) < 10.0
