"""`next`, unpacking and spreading of iterators whose length the run knows: backwards, and over ranges."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import pytest

from tests.inplace.judge import judge

X = np.array([0.7, 1.3, -0.4, 0.9, 0.35, 1.1, -0.8, 0.55])


def array_backwards(x):
    it = reversed(x)
    return next(it) * 3 + next(it)


def list_of_arrays_backwards(x):
    xs = [c * x for c in x]
    it = reversed(xs)
    return np.sum(next(it)) * 3 + np.sum(next(it))


def list_backwards(x):
    xs = [c * c for c in x]
    it = iter(reversed(xs))
    return next(it) * 3 + next(it)


def turned_array(x):
    it = iter(x[::-1])
    return next(it) * 3 + next(it)


def last(x):
    return next(reversed(x))


def rest_of_it(x):
    it = reversed(x)
    a = next(it)
    s = 0.0
    for v in it:
        s = 0.5 * s + v
    return s * a


def counted(x):
    it = enumerate(reversed(x))
    i, a = next(it)
    s = 0.0
    for j, v in it:
        s = 0.5 * s + v * j
    return s * a * (i + 1)


def unpacked_with_star(x):
    a, b, *_ = reversed(x)
    return a - 2 * b


def rest_as_a_list(x):
    it = reversed([c * 2 for c in x])
    a = next(it)
    b = list(it)
    return a * b[0]


def run_time_range(x):
    n = int(10.0 * x[0] + 0.3)
    it = iter(range(3, n))
    return next(it) * x[1] + next(it) * x[2]


def run_time_range_backwards(x):
    n = int(10.0 * x[0] + 0.3)
    it = reversed(range(3, n, 2))
    return next(it) * x[1] + next(it) * x[2]


def rest_of_a_range(x):
    n = int(10.0 * x[0] + 0.3)
    it = iter(range(3, n))
    next(it)
    s = 0.0
    for i in it:
        s = 0.5 * s + x[i]
    return s


def rest_of_a_range_backwards(x):
    n = int(10.0 * x[0] + 0.3)
    it = reversed(range(1, n))
    next(it)
    s = 0.0
    for i in it:
        s = 0.5 * s + x[i]
    return s


def range_unpacked(x):
    n = int(10.0 * x[0] + 0.3)
    a, b, c, _ = range(3, n)
    return a * x[0] - b * x[1] + c * x[2]


def range_spread(x):
    n = int(10.0 * x[0] + 0.3)

    def h(a, b, c, d):
        return a * x[0] - b * x[1] + c * x[2]

    return h(*range(3, n))


def array_spread_backwards(x):

    def h(a, b, c, d, e, f, g, i):
        return a * x[0] - b * x[1] + c * x[2]

    return h(*reversed(x))


def range_counted(x):
    n = int(10.0 * x[0] + 0.3)
    it = enumerate(range(3, n), 2)
    i, j = next(it)
    return x[i] * j


def ranges_side_by_side(x):
    n = int(10.0 * x[0] + 0.3)
    it = zip(range(3, n), reversed(range(n)))
    i, j = next(it)
    k, m = next(it)
    return x[i] * j + x[k] * m


def iterator_unpacked(x):
    it = reversed(x)
    a, b, *c = it
    return a * b - c[0]


def list_unpacked_backwards(x):
    xs = [c * 2 for c in x]
    a, *b = reversed(xs)
    return a * b[0]


def range_unpacked_with_star(x):
    n = int(10.0 * x[0] + 0.3)
    a, *b = range(3, n)
    return a * x[b[0]]


def ends_of_ranges(x):
    n = int(10.0 * x[0] + 0.3)
    return x[max(range(3, n))] * x[min(reversed(range(2, n)))]


def squared(k):
    return 1.0 * k * k


def mapped_range(x):
    n = int(10.0 * x[0] + 0.3)
    it = map(squared, range(2, n))
    return next(it) * x[0] + next(it) * x[1]


def mapped_backwards(x):
    n = int(10.0 * x[0] + 0.3)
    it = map(squared, reversed(range(2, n)))
    return next(it) * x[0] + next(it) * x[1]


def filtered_backwards(x):
    it = filter(lambda c: c > 0.5, reversed(x))
    return next(it) * 2 + next(it)


def generator_backwards(x):
    it = (c * c for c in reversed(x))
    return next(it) * 2 + next(it)


def generator_of_a_range(x):
    n = int(10.0 * x[0] + 0.3)
    it = (x[c] for c in reversed(range(1, n)))
    return next(it) * 2 + next(it)


def first_that_fits(x):
    return next((c for c in reversed(x) if c > 0.6), 0.0) * 2


def first_of_counted(x):
    xs = [c * 2 for c in x]
    return next(i * c for i, c in enumerate(reversed(xs)) if c > 1.2)


def reduced_backwards(x):
    return reduce(lambda a, b: 0.5 * a + b, reversed(x))


def accumulated_backwards(x):
    it = itertools.accumulate(reversed(x))
    return next(it) * next(it)


def chained_and_cut(x):
    it = itertools.chain(reversed(x), x)
    return next(it) * next(it) - next(itertools.islice(reversed(x), 2, 5))


def of_itertools(x):
    s = 0.0
    for a, b in itertools.pairwise(reversed(x)):
        s = 0.5 * s + a * a * b
    for c in itertools.takewhile(lambda v: v > 0, reversed(x)):
        s = 0.5 * s + c
    for c in itertools.dropwhile(lambda v: v > 0, reversed(x)):
        s = 0.5 * s + c
    for c in itertools.islice(reversed(x), 1, 6, 2):
        s = 0.5 * s + c
    return s


def left_at_once(x):
    xs = [c * x for c in x]
    for v in reversed(xs):
        w = v
        break
    return np.sum(w)


def dict_backwards(x):
    d = {"a": x[0], "b": x[1]}
    it = reversed(d.values())
    return next(it) * 2 + next(it)


PROGRAMS = [
    *(array_backwards, list_of_arrays_backwards, list_backwards, turned_array, last, rest_of_it, counted),
    *(unpacked_with_star, rest_as_a_list, run_time_range, run_time_range_backwards, rest_of_a_range),
    *(rest_of_a_range_backwards, range_unpacked, range_spread, array_spread_backwards, range_counted),
    *(ranges_side_by_side, iterator_unpacked, list_unpacked_backwards, range_unpacked_with_star, ends_of_ranges),
    *(mapped_range, mapped_backwards, filtered_backwards, generator_backwards, generator_of_a_range),
    *(first_that_fits, first_of_counted, reduced_backwards, accumulated_backwards, chained_and_cut, of_itertools),
    *(left_at_once, dict_backwards),
]


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
def test_right(function: Callable[..., Any]) -> None:
    judge(function, (X,), (0,))
