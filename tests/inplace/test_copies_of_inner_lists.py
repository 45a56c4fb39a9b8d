"""Copies of lists that stand in lists and are of run-time length: their items are those of the originals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.inplace.judge import right_or_refused

X = np.array([0.9, 1.3, 0.4, 0.8])


def list_of_it(x):
    u = x * 1.0
    L = [[]]
    if x[0] > 0.5:
        L[0] = [u]
    for y in list(L[0]):
        y *= 2
    return u.sum()


def one_of_two_copied(x):
    u = x * 1.0
    v = x * 2.0
    L = [[u], [u, v]]
    k = 1 if x[0] > 0.5 else 0
    W = list(L[k])
    u *= 2
    return sum((w * w).sum() for w in W)


class P:
    def __init__(self, q):
        self.q = q


def sorted_objects(x):
    ps = [P(x[i]) for i in range(4)]
    cells = [[], []]
    for p in ps:
        if p.q > 0.75:
            cells[0] = cells[0] + [p]
    for p in sorted(cells[0], key=lambda p: p.q):
        p.q = p.q * 2
    return sum(p.q**2 for p in ps)


def lists_of_numbers(x):
    a = [x[0], x[1]]
    b = [x[2], x[3]]
    L = [[a], [a, b]]
    k = 1 if x[0] > 0.5 else 0
    for y in L[k][:]:
        y[0] = y[1] * 3
    return a[0] * b[0]


def read_in_place(x):
    u = x * 1.0
    v = x * 2.0
    L = [[u], [u, v]]
    k = 1 if x[0] > 0.5 else 0
    for y in L[k]:
        y *= 2
    return u.sum()


def twice_in_a_sum(x):
    u = x * 1.0
    L = [[]]
    if x[0] > 0.5:
        L[0] = [u]
    W = L[0] + L[0]
    u *= 2
    return sum([w.sum() for w in W]) + 0.0


def slice_of_it(x):
    u = x * 1.0
    L = [[]]
    if x[0] > 0.5:
        L[0] = [u]
    for y in L[0][:]:
        y *= 2
    return u.sum()


def rows_in_groups(x):
    M = np.outer(x, x)
    groups = [[], []]
    for i in range(3):
        if x[i] > 0.5:
            groups[0] = groups[0] + [M[i]]
    for g in list(groups[0]):
        g *= 2
    return M.sum()


def comprehension(x):
    u = x * 1.0
    L = [[]]
    if x[0] > 0.5:
        L[0] = [u]
    W = [y for y in L[0]]
    W[0][0] = x[1] * 4
    return u.sum()


def unpacked(x):
    u = x * 1.0
    L = [[]]
    if x[0] > 0.5:
        L[0] = [u]
    a, = L
    W = list(a)
    u[0] = x[1] * 4
    return sum([w.sum() for w in W]) + 0.0


def copied(ys):
    return [y for y in ys]


def in_a_function(x):
    u = x * 1.0
    L = [[]]
    if x[0] > 0.5:
        L[0] = [u]
    W = copied(L[0])
    W[0][0] = x[1] * 4
    return u.sum()


def in_a_dict(x):
    u = x * 1.0
    L = [[]]
    if x[0] > 0.5:
        L[0] = [u]
    D = {"q": list(L[0])}
    D["q"][0][0] = x[1] * 4
    return u.sum()


def added_to_itself(x):
    u = x * 1.0
    v = x * 2.0
    L = [[u], [u, v]]
    k = 1 if x[0] > 0.5 else 0
    W = L[k] + L[k]
    u *= 2
    return sum((w * w).sum() for w in W)


def added(x):
    u = x * 1.0
    v = x * 2.0
    L = [[u], [u, v]]
    k = 1 if x[0] > 0.5 else 0
    W = L[k] + [v]
    u *= 2
    return sum((w * w).sum() for w in W)


def spread(x):
    u = x * 1.0
    v = x * 2.0
    L = [[u], [u, v]]
    k = 1 if x[0] > 0.5 else 0
    W = [*L[k], v]
    W[0] *= 2
    return u.sum()


def appended(x):
    u = x * 1.0
    v = x * 2.0
    L = [[u], [u, v]]
    k = 1 if x[0] > 0.5 else 0
    W = []
    for y in L[k]:
        W.append(y)
    W[0] *= 2
    return u.sum()


def extended(x):
    u = x * 1.0
    v = x * 2.0
    L = [[u], [u, v]]
    k = 1 if x[0] > 0.5 else 0
    W = []
    W.extend(L[k])
    W[0] *= 2
    return u.sum()


def slice_stored(x):
    u = x * 1.0
    v = x * 2.0
    L = [[u], [u, v]]
    k = 1 if x[0] > 0.5 else 0
    W = [v]
    W[0:1] = L[k]
    W[0] *= 2
    return u.sum()


def starred(x):
    u = x * 1.0
    v = x * 2.0
    L = [[u], [u, v]]
    k = 1 if x[0] > 0.5 else 0
    W, *R = L[k]
    W *= 2
    return u.sum()


def reversed_copy(x):
    u = x * 1.0
    v = x * 2.0
    L = [[u], [u, v]]
    k = 1 if x[0] > 0.5 else 0
    W = list(reversed(L[k]))
    W[0] *= 2
    return u.sum() + v.sum()


def zipped(x):
    u = x * 1.0
    v = x * 2.0
    L = [[u], [u, v]]
    k = 1 if x[0] > 0.5 else 0
    W = [a for a, b in zip(L[k], L[k])]
    W[0] *= 2
    return u.sum() + v.sum()


def in_tuples(x):
    u = x * 1.0
    v = x * 2.0
    L = [[u], [u, v]]
    k = 1 if x[0] > 0.5 else 0
    W = [(a, 1.0) for a in L[k]]
    W[0][0][0] *= 2
    return u.sum() + v.sum()


def greatest(x):
    u = x * 1.0
    v = x * 2.0
    L = [[u], [u, v]]
    k = 1 if x[0] > 0.5 else 0
    W = max(L[k], key=lambda a: a[0])
    W *= 2
    return u.sum() + v.sum()


def copied_and_popped(x):
    u = x * 1.0
    v = x * 2.0
    L = [[u], [u, v]]
    k = 1 if x[0] > 0.5 else 0
    W = list(L[k])
    Z = W[:]
    y = Z.pop()
    y *= 2
    return u.sum() + v.sum()


def popped(x):
    u = x * 1.0
    v = x * 2.0
    L = [[u], [u, v]]
    k = 1 if x[0] > 0.5 else 0
    y = L[k].pop()
    y *= 2
    return u.sum() + v.sum()


def copies_in_a_list(x):
    u = x * 1.0
    v = x * 2.0
    L = [[u], [u, v]]
    k = 1 if x[0] > 0.5 else 0
    W = list(L[k])
    K = []
    for i in range(3):
        K.append(W)
    for k in K:
        k[0] *= 2
    return u.sum() + v.sum()


def read_in_a_loop(x):
    u = x * 1.0
    v = x * 2.0
    L = [[u], [u, v]]
    k = 1 if x[0] > 0.5 else 0
    W = list(L[k])
    s = 0.0
    for i in range(2):
        u[0] += 1.0
        for w in W:
            s += w[0]
    return s


def shortened_on_a_path(x):
    u = x * 1.0
    v = x * 2.0
    L = [[u], [u, v]]
    k = 1 if x[0] > 0.5 else 0
    W = list(L[k])
    if x[1] > 0:
        W = W[:1]
    u[0] += 1.0
    return sum([w[0] for w in W]) + 0.0


def read_in_a_dict(x):
    u = x * 1.0
    v = x * 2.0
    L = [[u], [u, v]]
    k = 1 if x[0] > 0.5 else 0
    held = {"w": list(L[k])}
    u[0] += 1.0
    return sum([w[0] for w in held["w"]]) + 0.0


def read_in_a_closure(x):
    u = x * 1.0
    v = x * 2.0
    L = [[u], [u, v]]
    k = 1 if x[0] > 0.5 else 0
    W = list(L[k])
    def g():
        return W[0][0]
    u[0] += 1.0
    return g()


def sorted_copy(x):
    u = x * 1.0
    v = x * 2.0
    L = [[u], [u, v]]
    k = 1 if x[0] > 0.5 else 0
    W = sorted(L[k], key=lambda a: -a[0])
    v[0] += 1.0
    return W[0][0]


def filled_cells(x):
    ps = [P(x[i]) for i in range(4)]
    cells = [[], []]
    for p in ps:
        k = 0 if p.q > 0.75 else 1
        cells[k].append(p)
    for p in sorted(cells[0], key=lambda p: p.q):
        p.q = p.q * 2
    for p in cells[1][:]:
        p.q = p.q * 3
    return sum(p.q**2 for p in ps)


PROGRAMS = [
    *(list_of_it, one_of_two_copied, sorted_objects, lists_of_numbers, read_in_place, twice_in_a_sum, slice_of_it),
    *(rows_in_groups, comprehension, unpacked, in_a_function, in_a_dict, added_to_itself, added, spread, appended),
    *(extended, slice_stored, starred, reversed_copy, zipped, in_tuples, greatest, copied_and_popped, popped),
    *(copies_in_a_list, read_in_a_loop, shortened_on_a_path, read_in_a_dict, read_in_a_closure, sorted_copy),
    filled_cells,
]


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
def test_right_or_refused(function: Callable[..., Any]) -> None:
    right_or_refused(function, (X,), wrt=(0,))
