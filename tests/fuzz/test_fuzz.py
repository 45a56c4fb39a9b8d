"""Whole random programs: value, gradient, tangent, identity emission and IR evaluator against plain Python.

The oracle is dual numbers run through the plain program (`dual.py`), itself checked against differences below.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests import support
from tests.fuzz import dual
from tests.fuzz.found import FOUND
from tests.fuzz.judge import CRASH, INVALID, KINK, REFUSED, RIGHT, WRONG, Verdict, judge, judge_function, shrink
from tests.fuzz.writer import PROFILES, write_program

SECOND_ORDER_EVERY = 10
COUNTS: Counter[str] = Counter()


def _judge_seed(seed: int, profile: str | None = None) -> Verdict:
    second_order = seed % SECOND_ORDER_EVERY == 0
    program = write_program(seed, profile)
    verdict = judge(program, second_order)
    if verdict.kind in (WRONG, CRASH):
        small = shrink(program, verdict, second_order)
        detail = judge(small, second_order).detail
        pytest.fail(f"seed {seed}: {verdict.kind}: {detail}\n\n{small.text}\nargs = {small.args!r}")
    return verdict


@pytest.mark.parametrize("f, args", FOUND, ids=lambda item: getattr(item, "__name__", None))
def test_once_wrong(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    verdict = judge_function(f, args, second_order=True)
    assert verdict.kind == RIGHT, verdict.detail


@settings(
    max_examples=200,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(seed=st.integers(0, 2**32 - 1))
def test_random_program(seed: int) -> None:
    COUNTS[_judge_seed(seed).kind] += 1


def test_few_are_passed_over() -> None:
    """Refusing, kinks and programs that raise are not a way to pass."""
    total = sum(COUNTS.values())
    if total < 100:
        pytest.skip("needs the counts of test_random_program, which did not run here")
    assert COUNTS[REFUSED] <= 0.02 * total, COUNTS
    assert COUNTS[KINK] + COUNTS[INVALID] <= 0.05 * total, COUNTS


@pytest.mark.long
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("block", range(17))
def test_many_random_programs(profile: str, block: int) -> None:
    counts: Counter[str] = Counter()
    for seed in range(block * 100, block * 100 + 100):
        counts[_judge_seed(seed + 1_000_000, profile).kind] += 1
    assert counts[RIGHT] >= 90, counts


def test_the_oracle_agrees_with_differences() -> None:
    def run(x: float, y: float, m: object = math) -> float:
        s = x
        for i in range(3):
            s = m.sin(s) * y + i / (1.0 + x**2) + m.exp(-abs(y)) ** 1.5 - m.hypot(x, 2.0) % 0.7  # type: ignore[attr-defined]
        return s

    given_dot = dual.directional(lambda x, y: run(x, y, dual.dual_math), (0.7, -1.2), (0.3, 2.0))
    expected, _ = support.richardson(lambda h: np.array([run(0.7 + 0.3 * h, -1.2 + 2.0 * h)]))
    assert math.isclose(given_dot, expected[0], rel_tol=1e-8)


def test_the_shrinker_keeps_the_verdict() -> None:
    """A program cut down to what raises still raises."""
    program = write_program(4)
    verdict = judge(program)
    small = shrink(program, verdict, patience=40)
    assert judge(small).kind == verdict.kind
    assert len(small.text) < len(program.text)
