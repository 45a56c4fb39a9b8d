"""`pytest tests/benchmarks/speed.py --benchmark-only`: the collection for pytest-benchmark, where it is installed.

Its rounds are not interleaved: ratios are measured better by `python -m tests.benchmarks`. Speed is never asserted.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded: threads make small products noisy

import pytest

from adjoint import grad
from tests.benchmarks.problems import PROBLEMS
from tests.benchmarks.rivals import RIVALS, compare, contender

pytest.importorskip("pytest_benchmark", reason="the extra `bench` has pytest-benchmark")

MAKERS = [make for makers in RIVALS.values() for make in makers]


@pytest.fixture(params=PROBLEMS, ids=lambda problem: problem.name)
def problem(request):
    request.node.add_marker(pytest.mark.benchmark(group=request.param.name))
    return request.param


def test_primal(problem, benchmark):
    benchmark(problem.primal, *problem.arguments())


def test_by_hand(problem, benchmark):
    benchmark(problem.hand, *problem.arguments())


def test_adjoint(problem, benchmark):
    args = problem.arguments()
    emitted = grad(problem.primal, wrt=problem.wrt).specialize(*args)
    compare(benchmark(emitted, *args), problem.hand(*args))


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_rival(problem, make, benchmark):
    found = contender(make, problem)
    if found.function is None:
        pytest.skip(found.reason)
    benchmark(found.function, *found.args)
