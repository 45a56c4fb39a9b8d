"""Random programs whose blocks are left in every way: jumps and returns out of loops, `else`, `try`, `finally`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.fuzz.exits import program
from tests.fuzz.judge import CRASH, RIGHT, WRONG, judge_function
from tests.support import import_text

ARGUMENTS = (0.4, 3)


def _kind(seed: int, directory: Path) -> str:
    verdict = judge_function(import_text(program(seed), directory).f, ARGUMENTS)
    assert verdict.kind not in (WRONG, CRASH), (seed, verdict)
    return verdict.kind


@pytest.mark.parametrize("block", range(8))
def test_random_exits(block: int, tmp_path: Path) -> None:
    counts = Counter(_kind(seed, tmp_path) for seed in range(16 * block, 16 * block + 16))
    assert counts[RIGHT] >= 14, counts


@pytest.mark.long
@pytest.mark.parametrize("block", range(40))
def test_many_random_exits(block: int, tmp_path: Path) -> None:
    counts = Counter(_kind(seed, tmp_path) for seed in range(1000 + 50 * block, 1050 + 50 * block))
    assert counts[RIGHT] >= 45, counts
