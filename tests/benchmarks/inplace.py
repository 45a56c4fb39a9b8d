"""`python -m tests.benchmarks.inplace [NAME ...]`: gradients of programs that write into arrays, against the primal.

The arguments of a primal are copied before each call, as the gradient copies them. Interleaved rounds, minimum of each.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from adjoint import grad
from tests.benchmarks.stencils import PROBLEMS


def fresh(args):
    """The arguments, arrays copied."""
    return [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]


def best_times(functions, args, rounds=5, target=0.02):
    """Seconds a call, the minimum over interleaved rounds."""
    best = [float("inf")] * len(functions)
    start = time.perf_counter()
    functions[0](*fresh(args))
    repeat = max(1, int(target / max(time.perf_counter() - start, 1e-7)))
    for _ in range(rounds):
        for index, function in enumerate(functions):
            for _ in range(repeat):
                given = fresh(args)
                start = time.perf_counter()
                function(*given)
                best[index] = min(best[index], time.perf_counter() - start)
    return best


def main(names):
    print(f"{'problem':22}{'size':>9}{'primal ms':>11}{'grad/primal':>13}{'target':>8}{'grad/hand':>11}")
    for name in names or PROBLEMS:
        primal, hand, arguments, sizes, target = PROBLEMS[name]
        for size in sizes:
            args = arguments(size)
            emitted = grad(primal).specialize(*args)
            functions = [primal, emitted] if hand is None else [primal, emitted, hand]
            if hand is not None:
                np.testing.assert_allclose(emitted(*fresh(args)), hand(*fresh(args)), rtol=1e-9)
            times = best_times(functions, args)
            ratio = f"{times[1] / times[2]:.2f}" if hand is not None else ""
            row = f"{name:22}{size:9}{times[0] * 1e3:11.3f}{times[1] / times[0]:13.2f}{target:8.1f}{ratio:>11}"
            print(row, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
