"""`python -m tests.benchmarks`: emitted gradients against hand-written ones and the primal, in one process.

Interleaved rounds, minimum of each; gradients are compared first.
"""

from __future__ import annotations

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
    pairs = zip(ours, theirs) if isinstance(theirs, tuple) else [(ours, theirs)]
    for one, other in pairs:
        np.testing.assert_allclose(one, other, rtol=1e-9)


def main():
    print(f"{'problem':28} {'primal us':>10} {'grad/primal':>12} {'grad/hand':>10} {'statements':>11} {'hand':>5}")
    for name, (primal, hand, wrt, arguments) in PROBLEMS.items():
        args = arguments()
        derivative = grad(primal, wrt=wrt)
        emitted = derivative.specialize(*args)
        compare(emitted(*args), hand(*args))
        base, written, made = best_times([primal, hand, emitted], args)
        counts = count_statements(derivative.source), statements_of(hand)
        print(f"{name:28} {base * 1e6:10.1f} {made / base:12.2f} {made / written:10.2f} {counts[0]:11} {counts[1]:5}")


if __name__ == "__main__":
    main()
