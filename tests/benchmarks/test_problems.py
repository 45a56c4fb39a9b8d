"""Every problem of the collection: the emitted gradient is the one written by hand."""

from __future__ import annotations

import pytest

from adjoint import grad
from tests.benchmarks.__main__ import compare
from tests.benchmarks.problem import Problem
from tests.benchmarks.problems import PROBLEMS


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_emitted_equals_by_hand(problem: Problem) -> None:
    derivative = grad(problem.primal, wrt=problem.wrt)
    compare(derivative(*problem.arguments()), problem.hand(*problem.arguments()))
