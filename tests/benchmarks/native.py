"""`python -m tests.benchmarks.native [NAME ...]`: compiled gradients against hand-written ones that Numba compiles.

A hand-written gradient is compiled as it stands, or in the variant of `VARIANTS`, where Numba lacks something it uses.
"""

from __future__ import annotations

import sys
import time
import warnings

import numpy as np

from adjoint import grad
from adjoint.errors import NotCompilable
from tests.benchmarks.__main__ import best_times, compare, geometric_mean
from tests.benchmarks.problems import PROBLEMS


def horner(x, coefficients):
    p_stack = np.empty(len(coefficients))
    p = 0.0
    for i in range(len(coefficients)):
        p_stack[i] = p
        p = p * x + coefficients[i]
    p_bar, x_bar = 1.0, 0.0
    for i in range(len(coefficients) - 1, -1, -1):
        x_bar += p_bar * p_stack[i]
        p_bar *= x
    return x_bar


def energy(resistance, capacity, gain, outside, target, dt):
    n = len(outside)
    room_stack = np.empty(n)
    room = target
    for i in range(n):
        room_stack[i] = room
        heat = gain * (target - room) if room < target else 0.0
        room += dt * ((outside[i] - room) / resistance + heat) / capacity
    room_bar = resistance_bar = capacity_bar = gain_bar = 0.0
    for i in range(n - 1, -1, -1):
        room = room_stack[i]
        heat = gain * (target - room) if room < target else 0.0
        rate = (outside[i] - room) / resistance
        g = room_bar * dt / capacity
        capacity_bar -= g * (rate + heat) / capacity
        resistance_bar -= g * rate / resistance
        room_bar -= g / resistance
        if room < target:
            heat_bar = g + dt
            gain_bar += heat_bar * (target - room)
            room_bar -= heat_bar * gain
    return resistance_bar, capacity_bar, gain_bar


TAKES_LISTS = {"Monte-Carlo LIBOR"}
VARIANTS = {"Horner": horner, "building energy": energy}


def compiled_by_hand(problem, args):
    """The compiled gradient written by hand, and the seconds it took; None where Numba refuses it."""
    import numba

    function = numba.njit(VARIANTS.get(problem.name, problem.hand))
    start = time.perf_counter()
    try:
        compare(function(*args), problem.hand(*args))
    except numba.core.errors.NumbaError:
        return None, 0.0
    return function, time.perf_counter() - start


def as_numba_takes_them(args):
    """Lists of numbers as arrays: what a user of Numba passes."""
    return tuple(np.array(arg) if isinstance(arg, list) else arg for arg in args)


def measure(problem):
    """Seconds a call: by hand in Python, by hand compiled, ours compiled; and the seconds both took to compile."""
    args = problem.arguments()
    if problem.name not in TAKES_LISTS:
        args = as_numba_takes_them(args)
    start = time.perf_counter()
    emitted = grad(problem.primal, wrt=problem.wrt, jit="numba").specialize(*args)
    seconds = time.perf_counter() - start
    compare(emitted(*args), problem.hand(*problem.arguments()))
    by_hand, others = compiled_by_hand(problem, args)
    if by_hand is None:
        python, ours = best_times([problem.hand, emitted], args, rounds=7)
        return python, None, ours, seconds, others
    return *best_times([problem.hand, by_hand, emitted], args, rounds=7), seconds, others


def main(names):
    wanted = [p for p in PROBLEMS if not names or any(name.lower() in p.name.lower() for name in names)]
    titles = "by hand us", "hand+Numba", "adjoint+Numba", "ratio", "compile s", "hand's s"
    print(f"{'problem':28}" + "".join(f"{title:>14}" for title in titles))
    ratios = []
    for problem in wanted:
        try:
            python, by_hand, ours, seconds, others = measure(problem)
        except NotCompilable as refused:
            print(f"{problem.name:28}  {refused}".splitlines()[0])
            continue
        if by_hand is None:
            cells = f"{'-':>14}{ours * 1e6:14.2f}{'-':>14}"
        else:
            ratios.append(ours / by_hand)
            cells = f"{by_hand * 1e6:14.2f}{ours * 1e6:14.2f}{ratios[-1]:14.2f}"
        print(f"{problem.name:28}{python * 1e6:14.2f}{cells}{seconds:14.1f}{others:14.1f}", flush=True)
    if ratios:
        print(f"geometric mean of {len(ratios)}: {geometric_mean(ratios):.2f}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(sys.argv[1:])
