"""How often steps are run again, and how much is kept at once."""

from __future__ import annotations

import functools
import math
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.ir.series import first_part
from tests.checkpoint.programs import load
from tests.support import import_text

SCALAR = "def f(x, n):\n    for i in MARK(range(n)):\n        x = x + 0.1 * math.sin(x)\n    return x\n"
STATE = "def f(u, n):\n    for i in MARK(range(n)):\n        u = u + 0.001 * np.sin(u)\n    return np.sum(u * u)\n"


@functools.cache
def _fewest(n: int, slots: int) -> int:
    """Steps to advance, beside those reversed, at best: every place for the next state is tried."""
    if n <= 1:
        return 0
    if slots == 1:
        return n * (n - 1) // 2
    return min(m + _fewest(n - m, slots - 1) + _fewest(m, slots) for m in range(1, n))


def _advanced(n: int, slots: int) -> int:
    """The same, by the schedule: forward through all parts, then each from its state."""
    parts, start, free = [], 0, slots
    while n - start > 1:
        parts.append((first_part(n - start, free), free))
        start, free = start + parts[-1][0], free - 1
    return sum(length + _advanced(length, free) for length, free in parts)


@pytest.mark.parametrize("slots", range(1, 7))
def test_schedule_is_optimal(slots: int) -> None:
    for n in range(1, 60):
        assert _advanced(n, slots) == _fewest(n, slots)


def test_binomial_formula() -> None:
    """t(n, s) = r n - C(s + r, s + 1), where r is the least with C(s + r, s) >= n."""
    for slots, n in ((3, 500), (10, 20_000), (40, 3_000)):
        r = next(r for r in range(1000) if math.comb(slots + r, slots) >= n)
        assert _advanced(n, slots) == r * n - math.comb(slots + r, slots + 1)


class _Counted:
    """`math`, with a count of the sines: one in each step."""

    def __init__(self) -> None:
        self.steps = 0
        self.cos = math.cos

    def sin(self, x: float) -> float:
        self.steps += 1
        return math.sin(x)


def _steps_of(source: str, *args: Any) -> int:
    counted = _Counted()
    names: dict[str, Any] = {"math": counted}
    exec(source.replace("import math\n", ""), names)
    names["f_grad"](*args)
    return counted.steps


@pytest.mark.parametrize(("n", "slots"), [(1, 3), (2, 1), (37, 1), (37, 2), (100, 4), (84, 6), (500, 5)])
def test_steps_are_as_many_as_the_schedule_says(n: int, slots: int, tmp_path: Path) -> None:
    derivative = adjoint.grad(load(SCALAR, f"slots={slots}", tmp_path).f)
    derivative(0.3, n)
    assert _steps_of(derivative.source, 0.3, n) == n + _fewest(n, slots)


def test_without_slots_each_step_is_made_twice(tmp_path: Path) -> None:
    for options in ("", "steps=7"):
        derivative = adjoint.grad(load(SCALAR, options, tmp_path).f)
        derivative(0.3, 100)
        assert _steps_of(derivative.source, 0.3, 100) == 200


def _peak(run: Any, *args: Any) -> int:
    run(*args)
    tracemalloc.start()
    run(*args)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_stays_within_bounds(tmp_path: Path) -> None:
    u, n = np.linspace(0.1, 1.0, 5000), 400
    state = u.nbytes
    plain = load(STATE, None, tmp_path).f
    assert _peak(adjoint.grad(plain), u, n) > n * state
    assert _peak(adjoint.grad(load(STATE, "", tmp_path).f), u, n) < 50 * state
    assert _peak(adjoint.grad(load(STATE, "slots=5", tmp_path).f), u, n) < 13 * state
    assert _peak(adjoint.grad(plain, memory="1.2MB"), u, n) < 1.2e6 + 6 * state


def test_memory_of_the_second_order(tmp_path: Path) -> None:
    """The reverse sweep of a reverse sweep runs parts again as well."""
    text = STATE + "def second(u, n):\n    return np.sum(np.sin(grad(f)(u, n)))\n"
    u, n = np.linspace(0.1, 1.0, 5000), 200
    peak = _peak(adjoint.grad(load(text, "slots=5", tmp_path).second), u, n)
    assert peak < 90 * u.nbytes
    assert _peak(adjoint.grad(load(text, None, tmp_path).second), u, n) > 2 * n * u.nbytes


def test_budget_follows_the_arrays(tmp_path: Path) -> None:
    """One derivative keeps within its budget at every size, and keeps all where that fits."""
    made = adjoint.grad(load(STATE, None, tmp_path).f, memory="400kB")
    for size in (100, 1000, 4000):
        u = np.linspace(0.1, 1.0, size)
        assert _peak(made, u, 200) < 400_000 + 8 * u.nbytes
    text = SCALAR.replace("MARK(range(n))", "range(n)")
    small = adjoint.grad(import_text("import math\n" + text, tmp_path).f, memory="1MB")
    small(0.3, 10)
    assert _steps_of(small.source, 0.3, 100) == 100
