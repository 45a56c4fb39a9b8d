"""Loops over iterators of what their bodies change: some read it when it is their turn, some when they are made."""

from __future__ import annotations

import itertools

import numpy as np


def flat(x, m):
    s = 0.0
    for v in x.flat:
        s += v
        x *= 1.1
    return s


def flat_part(x, m):
    s = 0.0
    for v in x[1:].flat:
        s += v
        x *= 1.1
    return s


def flat_and_counted(x, m):
    s = 0.0
    for i, v in enumerate(x.flat):
        s += v * i
        x *= 1.1
    return s


def elements_of_a_matrix(x, m):
    a = np.outer(x, x)
    s = 0.0
    for (i, j), v in np.ndenumerate(a):
        if i < 3:
            a[i + 1, j] += 0.5 * v
        a *= 1.01
        s += v * v
    return s


def first_items(x, m):
    s = 0.0
    for v in itertools.islice(x, 3):
        s += v
        x *= 1.1
    return s


def items_rebound(x, m):
    s = 0.0
    it = itertools.islice(x, 1, 3)
    x[2] *= 2
    x = x * 2
    for v in it:
        s += v
        x[1] *= s
    return s


def filled_up(x, m):
    s = 0.0
    for a, b in itertools.zip_longest(x, x[:2], fillvalue=1.0):
        s += a * b
        x[0] *= 1.1
        x *= 1.5
    return s


def pairs(x, m):
    s = 0.0
    for a, b in itertools.combinations(x, 2):
        s += a * b
        x[-1] += 0.1
    return s


def pairs_made_before(x, m):
    every = itertools.combinations(x, 2)
    x[1] *= 3.0
    s = 0.0
    for a, b in every:
        s += a * b
    return s


def orders(x, m):
    s = 0.0
    for a, b in itertools.permutations(x, 2):
        s += a * b
        x[0] += 0.1
    return s


def products(x, m):
    s = 0.0
    for a, b in itertools.product(x, x[:2]):
        s += a * b
        x[:] = x * 1.1
    return s


def pairs_of_rows(x, m):
    a = np.outer(x, x)
    s = 0.0
    for p, q in itertools.combinations(a, 2):
        s += p @ q
        p *= 1.1
        q -= p
    return s + np.sum(a)


def chained_parts(x, m):
    s = 0.0
    for v in itertools.chain(x[:2], x[2:]):
        s += v
        x[3] += v
    return s


def chained_list_of_parts(x, m):
    s = 0.0
    for v in itertools.chain.from_iterable([x[:3], x[3:]]):
        s += v
        x[3] += v
    return s


def chained_part_and_counted(x, m):
    s = 0.0
    for i, v in zip(itertools.count(1), itertools.chain(x[:2], [1.0])):
        x[i] += v
        s += v
    return s


def twins(x, m):
    s = 0.0
    for v in itertools.tee(x)[0]:
        s += v
        x *= 1.1
    return s


def twins_of_a_list(x, m):
    xs = [x[0], x[1], x[2]]
    s = 0.0
    for v in itertools.tee(xs)[0]:
        s += v
        xs[2] += v
    return s
