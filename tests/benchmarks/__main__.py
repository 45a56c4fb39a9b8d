"""`python -m tests.benchmarks [--numba] [--autograd] [NAME ...]`: emitted gradients against hand-written ones.

One process, one thread, interleaved rounds, the minimum of each; gradients are compared first. `--numba` adds
`grad(..., jit="numba")` and the hand-written gradient under Numba (some minutes of compiling), `--autograd` the
library of that name.
"""

from __future__ import annotations

import math
import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded: threads make small products noisy

import numpy as np

from adjoint import grad
from tests.benchmarks.problems import PROBLEMS
from tests.benchmarks.rivals import RIVALS, contender
from tests.benchmarks.statements import count_statements, statements_of


def best_times(functions, args, rounds=15, target=0.02):
    """Seconds a call, the minimum over interleaved rounds; None for None."""
    best = [None if function is None else float("inf") for function in functions]
    repeats = {}
    for index, function in enumerate(functions):
        if function is not None:
            start = time.perf_counter()
            function(*args)
            repeats[index] = max(1, int(target / max(time.perf_counter() - start, 1e-7)))
    for _ in range(rounds):
        for index, repeat in repeats.items():
            function, start = functions[index], time.perf_counter()
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
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else float("nan")


def measure(problem, makers):
    """Primal, hand, emitted and other seconds, transform seconds, statements of both."""
    args = problem.arguments()
    start = time.perf_counter()
    derivative = grad(problem.primal, wrt=problem.wrt)
    emitted = derivative.specialize(*args)
    transform = time.perf_counter() - start
    compare(emitted(*args), problem.hand(*args))
    others = []
    for make in makers:
        function, reason = contender(make, problem, compare)
        others.append(function)
        if reason:
            print(f"{problem.name}: {make.__name__}: {reason}", file=sys.stderr)
    times = best_times([emitted, problem.primal, problem.hand, *others], args)
    return times, transform, count_statements(derivative.source), statements_of(problem.hand)


def warm_up():
    """Load the compiler: the first transform of a process is not the problem's."""
    grad(lambda x: x * x).specialize(1.0)


def main(arguments):
    names = [argument for argument in arguments if not argument.startswith("--")]
    makers = [make for option in RIVALS if f"--{option}" in arguments for make in RIVALS[option]]
    wanted = [p for p in PROBLEMS if not names or any(name.lower() in p.name.lower() for name in names)]
    titles = ["primal us", "grad/primal", "grad/hand", "transform ms", "statements", "by hand"]
    titles += [f"{make.__name__}/hand".replace("_", " ") for make in makers]
    print(f"{'problem':28}" + "".join(f"{title:>{13 if index < 6 else 20}}" for index, title in enumerate(titles)))
    warm_up()
    speed, length = [], []
    others = [[] for _ in makers]
    for problem in wanted:
        (made, base, hand, *rest), transform, statements, written = measure(problem, makers)
        speed.append(made / hand)
        length.append(statements / written)
        cells = base * 1e6, made / base, made / hand, transform * 1e3
        line = f"{problem.name:28}" + "".join(f"{cell:13.2f}" for cell in cells) + f"{statements:13}{written:13}"
        for column, seconds in zip(others, rest, strict=True):
            line += f"{'-':>20}" if seconds is None else f"{seconds / hand:20.3f}"
            column += [] if seconds is None else [seconds / hand]
        print(line, flush=True)
    print(f"geometric means: time {geometric_mean(speed):.2f}, statements {geometric_mean(length):.2f}")
    for make, column in zip(makers, others, strict=True):
        name = make.__name__.replace("_", " ")
        print(f"{name}: {geometric_mean(column):.3f} of the hand-written, {len(column)} problems")


if __name__ == "__main__":
    main(sys.argv[1:])
