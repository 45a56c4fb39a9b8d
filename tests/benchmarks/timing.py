"""Times of several functions in one process: in turns, so that other work on the machine meets all of them."""

from __future__ import annotations

import math
import time


def best_times(contenders, rounds=15, target=0.02):
    """Seconds a call of functions with arguments, or None: the minimum of interleaved rounds, three of what is slow."""
    best = [None if function is None else float("inf") for function, _ in contenders]
    repeats, slow = {}, set()
    for index, (function, args) in enumerate(contenders):
        if function is not None:
            function(*args)
            start = time.perf_counter()
            function(*args)
            seconds = time.perf_counter() - start
            repeats[index] = max(1, int(target / max(seconds, 1e-7)))
            slow |= {index} if seconds > 10 * target else set()
    for number in range(rounds):
        for index, repeat in repeats.items():
            if index in slow and number >= 3:
                continue
            function, args = contenders[index]
            start = time.perf_counter()
            for _ in range(repeat):
                function(*args)
            best[index] = min(best[index], (time.perf_counter() - start) / repeat)
    return best


def geometric_mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else float("nan")
