"""Random programs that bind names of arrays anew: the value of the plain call and its derivative, or a refusal."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.fuzz.judge import CRASH, RIGHT, WRONG, judge_function
from tests.fuzz.names import program
from tests.support import import_text

X, W = np.array([0.4, -0.7, 0.9]), np.array([1.0, 0.3, -0.5])


def _kinds(seed: int, directory: Path) -> list[str]:
    function = import_text(program(seed), directory).f
    verdicts = [judge_function(function, (X, W, count)) for count in (0, 1, 3)]
    assert not {WRONG, CRASH} & {each.kind for each in verdicts}, (seed, verdicts)
    return [each.kind for each in verdicts]


@pytest.mark.parametrize("block", range(8))
def test_random_names(block: int, tmp_path: Path) -> None:
    counts = Counter(kind for seed in range(12 * block, 12 * block + 12) for kind in _kinds(seed, tmp_path))
    assert counts[RIGHT] >= 18, counts


@pytest.mark.long
@pytest.mark.parametrize("block", range(40))
def test_many_random_names(block: int, tmp_path: Path) -> None:
    counts = Counter(kind for seed in range(1000 + 50 * block, 1050 + 50 * block) for kind in _kinds(seed, tmp_path))
    assert counts[RIGHT] >= 75, counts
