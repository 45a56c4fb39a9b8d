"""`python -m tests.benchmarks [--with numba,jax,torch,autograd,tangent] [NAME ...]`: gradients and those by hand.

One process, one thread, interleaved rounds, the minimum of each; gradients are compared first. `--with` adds other ways
to the gradient, where they are installed: `numba` is `grad(..., jit="numba")` and the hand-written gradient under Numba
(some minutes of compiling), `jax` is `jax.jit(jax.grad(...))` of a form written for it; `--with all` is all of them.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded: threads make small products noisy

from adjoint import grad
from tests.benchmarks.problems import PROBLEMS
from tests.benchmarks.rivals import RIVALS, Contender, compare, contender
from tests.benchmarks.statements import count_statements, statements_of
from tests.benchmarks.timing import best_times, geometric_mean

OWN = ["primal us", "grad/primal", "grad/hand", "transform ms", "statements", "by hand"]
AGAINST = ("hand_numba", "jax_jit")
"""What the compiled gradient is held against."""


def measure(problem, makers):
    """The microseconds of each way to the gradient, by name, and what there is to say of ours."""
    args = problem.arguments()
    start = time.perf_counter()
    derivative = grad(problem.primal, wrt=problem.wrt)
    emitted = derivative.specialize(*args)
    transform = time.perf_counter() - start
    compare(emitted(*args), problem.hand(*args))
    ways = {"emitted": emitted, "primal": problem.primal, "hand": problem.hand}
    contenders = {name: Contender(function, args) for name, function in ways.items()}
    for make in makers:
        found = contenders[make.__name__] = contender(make, problem)
        if found.reason:
            print(f"{problem.name}: {make.__name__}: {found.reason}", file=sys.stderr)
    times = best_times([(each.function, each.args) for each in contenders.values()])
    lengths = count_statements(derivative.source), statements_of(problem.hand)
    return dict(zip(contenders, times, strict=True)), contenders, (transform, *lengths)


def warm_up():
    """Load the compiler: the first transform of a process is not the problem's."""
    grad(lambda x: x * x).specialize(1.0)


def ratio(times, one, other):
    """How many times as long one takes as another; None where one of them is missing."""
    return times[one] / times[other] if times.get(one) and times.get(other) else None


def cells_of(times, contenders, facts, makers):
    """The cells of a problem's line: of ours, the times of the others, and ratios."""
    transform, statements, written = facts
    ours = [times["primal"] * 1e6, ratio(times, "emitted", "primal"), ratio(times, "emitted", "hand"), transform * 1e3]
    others = [None if times[make.__name__] is None else times[make.__name__] * 1e6 for make in makers]
    ratios = [ratio(times, "adjoint_numba", other) for other in AGAINST if other in times]
    compiled = contenders.get("adjoint_numba")
    seconds = [compiled.seconds] if compiled else []
    return [*ours, float(statements), float(written), *others, *ratios, *seconds]


def titles_of(makers):
    names = [make.__name__ for make in makers]
    ratios = [f"/{other}" for other in AGAINST if other in names and "adjoint_numba" in names]
    return [*OWN, *names, *ratios, *(["compile s"] if "adjoint_numba" in names else [])]


def summary(rows, makers):
    """Lines with the geometric means of the ratios to the hand-written gradient, and who is ahead of whom."""
    pairs = [("emitted", "hand"), *((make.__name__, "hand") for make in makers)]
    pairs += [("adjoint_numba", other) for other in AGAINST]
    for one, other in pairs:
        ratios = [found for times in rows if (found := ratio(times, one, other)) is not None]
        if ratios:
            least = sum(each < 1.0 for each in ratios)
            yield f"{one} / {other}: {geometric_mean(ratios):.3f} in the mean of {len(ratios)}, below 1 in {least}"


def read_arguments(arguments):
    """The problems that are named, and the makers of what is asked for and installed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only problems whose names contain one of these")
    parser.add_argument("--with", dest="rivals", default="", help=f"of {','.join(RIVALS)}, or all")
    given = parser.parse_args(arguments)
    chosen = list(RIVALS) if given.rivals == "all" else [name for name in given.rivals.split(",") if name]
    for name in chosen:
        if name not in RIVALS:
            parser.error(f"--with takes {', '.join(RIVALS)}, or all; not {name}")
    missing = [name for name in chosen if importlib.util.find_spec(name) is None]
    if missing:
        print(f"not installed: {', '.join(missing)}", file=sys.stderr)
    wanted = [p for p in PROBLEMS if not given.names or any(name.lower() in p.name.lower() for name in given.names)]
    if not wanted:
        parser.error(f"the problems are {', '.join(p.name for p in PROBLEMS)}")
    return wanted, [make for name in chosen if name not in missing for make in RIVALS[name]]


def main(arguments):
    wanted, makers = read_arguments(arguments)
    print(f"{'problem':28}" + "".join(f"{title:>14}" for title in titles_of(makers)))
    warm_up()
    rows, lengths = [], []
    for problem in wanted:
        times, contenders, facts = measure(problem, makers)
        rows.append(times)
        lengths.append(facts[1] / facts[2])
        cells = cells_of(times, contenders, facts, makers)
        print(f"{problem.name:28}" + "".join(f"{'-' if c is None else f'{c:.2f}':>14}" for c in cells), flush=True)
    print(*summary(rows, makers), sep="\n")
    print(f"statements / by hand: {geometric_mean(lengths):.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
