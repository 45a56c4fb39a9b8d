"""`python -m tests.benchmarks [NAME ...]`: emitted gradients against hand-written ones and the primal, in one process.

Interleaved rounds, minimum of each; gradients are compared first.
"""

from __future__ import annotations

import math
import sys
import time

import numpy as np

from adjoint import grad
from tests.benchmarks.problems import PROBLEMS
from tests.benchmarks.statements import count_statements, statements_of


def best_times(functions, args, rounds=15, target=0.02):
    """Seconds a call, the minimum over interleaved rounds."""
    start = time.perf_counter()
    functions[-1](*args)
    repeat = max(1, int(target / max(time.perf_counter() - start, 1e-7)))
    best = [float("inf")] * len(functions)
    for _ in range(rounds):
        for index, function in enumerate(functions):
            start = time.perf_counter()
            for _ in range(repeat):
                function(*args)
            best[index] = min(best[index], (time.perf_counter() - start) / repeat)
    return best


def compare(ours, theirs):
    """Raise AssertionError when two gradients differ."""
    pairs = zip(ours, theirs, strict=True) if isinstance(theirs, tuple) else [(ours, theirs)]
    for one, other in pairs:
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-11)


def geometric_mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def measure(problem):
    """Primal, hand and emitted seconds, transform seconds, statements of both."""
    args = problem.arguments()
    start = time.perf_counter()
    derivative = grad(problem.primal, wrt=problem.wrt)
    emitted = derivative.specialize(*args)
    transform = time.perf_counter() - start
    compare(emitted(*args), problem.hand(*args))
    times = best_times([problem.primal, problem.hand, emitted], args)
    return *times, transform, count_statements(derivative.source), statements_of(problem.hand)


def main(names):
    wanted = [p for p in PROBLEMS if not names or any(name.lower() in p.name.lower() for name in names)]
    titles = "primal us", "grad/primal", "grad/hand", "transform ms", "statements", "by hand"
    print(f"{'problem':28}" + "".join(f"{title:>13}" for title in titles))
    speed, length = [], []
    for problem in wanted:
        base, hand, made, transform, statements, written = measure(problem)
        speed.append(made / hand)
        length.append(statements / written)
        cells = base * 1e6, made / base, made / hand, transform * 1e3
        print(f"{problem.name:28}" + "".join(f"{cell:13.2f}" for cell in cells) + f"{statements:13}{written:13}")
    print(f"geometric means: time {geometric_mean(speed):.2f}, statements {geometric_mean(length):.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
