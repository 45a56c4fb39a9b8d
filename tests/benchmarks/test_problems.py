"""Every problem of the collection: the emitted gradient is the one written by hand."""

from __future__ import annotations

import pytest

from adjoint import grad
from tests.benchmarks.problem import Problem
from tests.benchmarks.problems import PROBLEMS
from tests.benchmarks.rivals import compare
from tests.benchmarks.rivals.compiled import as_numba_takes_them
from tests.benchmarks.rivals.native_hands import HANDS


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_emitted_equals_by_hand(problem: Problem) -> None:
    derivative = grad(problem.primal, wrt=problem.wrt)
    compare(derivative(*problem.arguments()), problem.hand(*problem.arguments()))


@pytest.mark.parametrize("problem", [p for p in PROBLEMS if p.name in HANDS], ids=lambda problem: problem.name)
def test_by_hand_for_numba_equals_by_hand(problem: Problem) -> None:
    ours = HANDS[problem.name](*as_numba_takes_them(problem.arguments()))
    compare(ours, problem.hand(*problem.arguments()))
