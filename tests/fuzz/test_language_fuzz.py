"""Random programs of the language through the public functions, against dual numbers through the plain program."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.fuzz.found_language import ALIASED, FOUND
from tests.fuzz.judge import CRASH, INVALID, KINK, REFUSED, RIGHT, WRONG, Verdict, shrink
from tests.fuzz.language import PROFILES, write_program
from tests.fuzz.language_judge import judge, judge_text

SECOND_ORDER_EVERY = 5
COUNTS: Counter[str] = Counter()


def _judge_seed(seed: int, profile: str | None = None) -> Verdict:
    second_order = seed % SECOND_ORDER_EVERY == 0
    program = write_program(seed, profile)
    verdict = judge(program, second_order)
    if verdict.kind in (WRONG, CRASH):
        small = shrink(program, verdict, second_order, judge=judge)
        detail = judge(small, second_order).detail
        pytest.fail(f"seed {seed}: {verdict.kind}: {detail}\n\n{small.text}\nargs = {small.args}")
    return verdict


@pytest.mark.parametrize("name", FOUND)
def test_once_wrong(name: str) -> None:
    verdict = judge_text(*FOUND[name], second_order=True)
    assert verdict.kind == RIGHT, verdict.detail


@pytest.mark.parametrize("name", ALIASED)
def test_once_wrong_with_two_names(name: str) -> None:
    verdict = judge_text(*ALIASED[name], second_order=True)
    assert verdict.kind in (RIGHT, REFUSED), verdict.detail


@pytest.mark.parametrize("seed", range(70))
def test_random_program(seed: int) -> None:
    COUNTS[_judge_seed(seed).kind] += 1


def test_few_are_passed_over() -> None:
    """Refusing, kinks and programs that raise are not a way to pass."""
    total = sum(COUNTS.values())
    if total < 60:
        pytest.skip("needs the counts of test_random_program, which did not run here")
    assert COUNTS[INVALID] + COUNTS[KINK] <= 0.25 * total, COUNTS
    assert COUNTS[REFUSED] <= 0.35 * (total - COUNTS[INVALID]), COUNTS


@pytest.mark.long
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("block", range(10))
def test_many_random_programs(profile: str, block: int) -> None:
    counts: Counter[str] = Counter()
    for seed in range(block * 100, block * 100 + 100):
        counts[_judge_seed(seed + 1_000_000, profile).kind] += 1
    assert counts[RIGHT] >= 50, counts
