"""`python -m tests.benchmarks.inplace [NAME ...]`: gradients of programs that write into arrays, against the primal.

The arguments of a primal are copied before each call, as the gradient copies them. Interleaved rounds, minimum of each;
the time is that of the processor: on a machine with other work long calls are interrupted, and short ones are not.

glibc hands freed memory at the end of the heap back to the system, and gets it again page by page, or does not, as the
arrays happen to lie: a program with a temporary of 800 kB in a loop takes 1 or 8 times as long for it. Here it keeps
what it has (`keep_heap`), so that a ratio is one of work. `--as-it-is` leaves the heap alone.
"""

from __future__ import annotations

import ctypes
import sys
import time

import numpy as np

from adjoint import grad
from tests.benchmarks.stencils import PROBLEMS

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, MOST = -1, -3, 2**30


def keep_heap():
    """Let glibc keep freed memory. Whether it does."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, MOST) and mallopt(M_TRIM_THRESHOLD, MOST))


def fresh(args):
    """The arguments, arrays copied."""
    return [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]


def best_times(functions, args, rounds=5, target=0.02):
    """Seconds of the processor a call, the minimum over interleaved rounds."""
    best = [float("inf")] * len(functions)
    start = time.thread_time()
    functions[0](*fresh(args))
    repeat = max(1, int(target / max(time.thread_time() - start, 1e-7)))
    for _ in range(rounds):
        for index, function in enumerate(functions):
            for _ in range(repeat):
                given = fresh(args)
                start = time.thread_time()
                function(*given)
                best[index] = min(best[index], time.thread_time() - start)
    return best


def main(names):
    if "--as-it-is" in names:
        names = [name for name in names if name != "--as-it-is"]
    elif not keep_heap():
        print("the heap is not glibc's: times of large arrays depend on where they lie")
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
