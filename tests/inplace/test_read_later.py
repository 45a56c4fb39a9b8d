"""What iterators, copies made in functions, and lists of chosen things lead to: a change is seen, or refused."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.inplace.judge import right_or_refused

X = np.array([0.91, 0.47, 0.33, 0.43])
Y = np.array([0.37, 0.81, 0.63, 0.59])


class P:
    def __init__(self, q):
        self.q = q


def limited(u):
    if np.sum(u) > 100.0:
        return np.sin(u)
    return u


def copied(ys):
    return list(ys)


def copied_by_method(ys):
    return ys.copy()


def copied_by_copy(ys):
    return copy.copy(ys)


def in_a_deque(ys):
    return deque(ys)


def items_of_a_doubtful_array(x):
    u = 1.5 * x
    it = iter(limited(u))
    u[1:] = 2.0 * x[:-1]
    return next(it) + next(it) * next(it)


def counted_items(x):
    u = 1.5 * x
    w = limited(u)
    it = enumerate(w)
    u[1:] = w[:-1]
    return sum([i * v for i, v in it]) + 0.0


def mapped_items(x):
    u = 1.5 * x
    w = limited(u)
    it = map(np.square, w)
    u *= 2.0
    return next(it) + next(it) * next(it)


def generated_items(x):
    u = 1.5 * x
    w = limited(u)
    it = (a * a for a in w)
    u *= 2.0
    return next(it) + next(it) * next(it)


def read_in_a_generator(x):
    u = 1.5 * x
    w = limited(u)
    it = (w[k] for k in range(3))
    u *= 2.0
    return next(it) + next(it) * next(it)


def read_in_a_function(x):
    u = 1.5 * x
    w = limited(u)

    def item(k):
        return w[k]

    it = map(item, range(3))
    u *= 2.0
    return next(it) + next(it) * next(it)


def slot_bound_meanwhile(x):
    xs = [2.0 * x, 3.0 * x]
    it = (a for a in reversed(xs))
    s = 2.0 * np.sum(next(it))
    xs[0] = 7.0 * x
    return s + np.sum(next(it))


def chosen_and_appended(x):
    a, b = P(2.0 * x), P(1.0 * x)
    ps = []
    for i in range(2):
        ps.append(a if x[i] > 0.6 else b)
    a.q *= 3.0
    return np.sum(ps[0].q) + 2.0 * np.sum(ps[1].q)


def chosen_dicts(x):
    a, b = {"q": 2.0 * x}, {"q": 1.0 * x}
    ds = []
    for i in range(3):
        ds.append(a if i % 2 else b)
    b["q"][0] = 7.0
    return np.sum(ds[0]["q"])


def chosen_and_stored(x):
    a, b = P(2.0 * x), P(1.0 * x)
    ps = [P(4.0 * x), P(5.0 * x)]
    ps[int(x[3] > 0.5)] = a if x[1] > 0.6 else b
    b.q *= 3.0
    return np.sum(ps[0].q) + 2.0 * np.sum(ps[1].q)


def chosen_lists(x):
    a, b = P([x[0]]), P([x[1]])
    ps = []
    for i in range(2):
        ps.append(a if x[i] > 0.6 else b)
    a.q[0] = 3.0 * x[2]
    return ps[0].q[0] + 2.0 * ps[1].q[0]


def swapped_and_cut(x):
    a, b = P(1.0 * x), P(2.0 * x)
    ps = [a, b]
    if x[0] > 0.7:
        ps[0], ps[1] = ps[1], ps[0]
    qs = ps[: 1 if x[2] > 0.5 else 2]
    a.q *= 3.0
    return np.sum(qs[0].q)


def copied_in_a_function(x):
    xs = [[x * t] for t in x]
    ys = copied(xs[0])
    ys[0] *= 3.0
    return np.sum(xs[0][0])


def attribute_copied(x):
    ps = [P([[t]]) for t in x]
    ys = copied_by_method(ps[0].q)
    ys[0][0] = 3.0 * x[1]
    return ps[0].q[0][0] * x[2]


def copied_by_the_library(x):
    xs = [[x * t] for t in x]
    ys = copied_by_copy(xs[1])
    zs = in_a_deque(xs[2])
    ys[0] *= 3.0
    zs[0] *= 5.0
    return np.sum(xs[1][0]) + np.sum(xs[2][0])


def copied_in_a_loop(x):
    xs = [[x * t] for t in x]
    for each in xs:
        ys = copied(each)
        ys[0] *= 3.0
    return np.sum(xs[0][0]) + np.sum(xs[1][0])


def extended_by_one_of_two(x):
    a, b = 1.0 * x, 2.0 * x
    zs = [[a], [b, a]]
    ys = zs[1 if x[0] > 0.7 else 0]
    ws = [3.0 * x]
    ws.extend(ys)
    b *= 3.0
    return np.sum(ws[1])


def zipped_one_of_two(x):
    a, b = P(x[0]), P(x[3])
    zs = [[b], [b, a]]
    ys = zs[1 if x[0] > 0.7 else 0]
    ws = [z for z, _ in zip(ys, x)]
    b.q += 0.7
    return ws[0].q ** 2


def zipped_inner_list(x):
    zs = [[P([t])] for t in x]
    ys = zs[1]
    ws = [z for z, _ in zip(ys, x)]
    ys[0].q[0] = 3.0 * x[2]
    return ws[0].q[0]


def picked(ys, k):
    return ys[k]


def greatest(ys):
    return max(ys, key=np.sum)


def picked_in_a_function(x):
    xs = [[x * t] for t in x]
    v = picked(xs[0], -1)
    v *= 1.3
    return np.sum(xs[0][0])


def picked_by_data(x):
    xs = [[x * t, 2.0 * x] for t in x]
    v = picked(xs[0], int(x[0] > 0.7))
    xs[0][0] *= 2.0
    xs[0][1] *= 3.0
    return np.sum(v)


def picked_of_one_many_times(x):
    u = 1.0 * x
    xs = [[u[1:]]] * (2 if x[2] > 0.5 else 3)
    v = picked(xs[0], -1)
    v *= 1.3
    return np.sum(u)


def greatest_in_a_function(x):
    xs = [[x * t, 2.0 * x] for t in x]
    v = greatest(xs[0])
    v *= 2.0
    return np.sum(xs[0][0]) + np.sum(xs[0][1])


def greatest_tuple_of_one_of_two(x):
    M = np.outer(x, x)
    a, b, c = (M[1], x[2]), (2.0 * x, x[1]), (M[0], 2.0)
    lists = [[a], [b, c]]
    w = max(lists[int(x[0] > 0.7)], key=lambda pair: np.sum(pair[0] ** 2) * pair[1])
    q, s = a
    q *= s
    return np.sum(w[0] ** 2) * w[1]


def greatest_tuple(x):
    pairs = [(x * c, c) for c in x]
    w = max(pairs, key=lambda pair: pair[1])
    w[0][0] = 7.0
    return np.sum(pairs[0][0]) + np.sum(pairs[1][0])


def least_tuples_read(x):
    s = 0.0
    for _ in range(2):
        d, v = min([(c * c, c * x) for c in x], key=lambda pair: pair[0])
        s += d * np.sum(v)
    return s


PROGRAMS = [
    *(greatest_tuple_of_one_of_two, greatest_tuple, least_tuples_read),
    *(picked_in_a_function, picked_by_data, picked_of_one_many_times, greatest_in_a_function),
    *(items_of_a_doubtful_array, counted_items, mapped_items, generated_items, read_in_a_generator),
    *(read_in_a_function, slot_bound_meanwhile, chosen_and_appended, chosen_dicts, chosen_and_stored, chosen_lists),
    *(swapped_and_cut, copied_in_a_function, attribute_copied, copied_by_the_library, copied_in_a_loop),
    *(extended_by_one_of_two, zipped_one_of_two, zipped_inner_list),
]


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
@pytest.mark.parametrize("x", [X, Y], ids=["X", "Y"])
def test_right_or_refused(function: Callable[..., Any], x: np.ndarray) -> None:
    right_or_refused(function, (x,), wrt=(0,))
