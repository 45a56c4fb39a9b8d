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


def generated_and_scaled(x, m):
    u = x * 1.0
    s = 0.0
    for v in (t for t in u):
        s += v
        u *= 2.0
    return s


def chained_and_scaled(x, m):
    u = x * 1.0
    s = 0.0
    for v in itertools.chain(u, [1.0]):
        s += v
        u *= 2.0
    return s


def filtered_and_scaled(x, m):
    u = x * 1.0
    s = 0.0
    for v in filter(lambda t: t > 0.1, u):
        s += v
        u *= 2.0
    return s


def neighbours_and_scaled(x, m):
    u = x * 1.0
    s = 0.0
    for a, b in itertools.pairwise(u):
        s += a * b
        u *= 2.0
    return s


def repeated_and_scaled(x, m):
    u = x * 1.0
    s = 0.0
    for v in itertools.repeat(u, 2):
        s += np.sum(v)
        u *= 2.0
    return s


def stored_and_bound_anew(x, m):
    u = x * 1.0
    s = 0.0
    for v in (t for t in u):
        s += v
        u[2] += v
        u = u * 2.0
    return s


def stored_while_generated(x, m):
    u = x * 1.0
    s = 0.0
    for v in (t for t in u):
        s += v
        u[2] += v
    return s


def twins_of_flat(x, m):
    u = x * 1.0
    it = itertools.tee(u.flat)[0]
    u[2] = 5.0
    return sum(v * v for v in it)


def twins_of_flat_in_a_loop(x, m):
    u = x * 1.0
    s = 0.0
    for v in itertools.tee(u.flat)[0]:
        s += v
        u[2] += v
    return s


def chained_flat(x, m):
    u = x * 1.0
    s = 0.0
    for v in itertools.chain(u.flat, u.flat):
        s += v
        u[2] += v
    return s


def twins_of_first_items(x, m):
    u = x * 1.0
    it = itertools.tee(itertools.islice(u, 4))[0]
    u *= 2.0
    return sum(v * v for v in it)


def twins_of_first_items_in_a_loop(x, m):
    u = x * 1.0
    s = 0.0
    it = itertools.tee(itertools.islice(u, 4))[0]
    u *= 2.0
    for v in it:
        s += v
    return s


def counted_chain(x, m):
    u = x * 1.0
    s = 0.0
    it = enumerate(itertools.chain(itertools.islice(u, 4), u.flat))
    u *= 2.0
    for i, v in it:
        s += i * v
    return s


def filter_of_what_is_generated(x, m):
    u = x * 1.0
    s = 0.0
    it = filter(lambda t: t > 0.6, (t * 2.0 for t in u))
    u *= 1.3
    for v in it:
        s += v
    return s


def products_made_before(x, m):
    u = x * 1.0
    s = 0.0
    it = itertools.product(u.flat, repeat=2)
    u[0] = 5.0
    for a, b in it:
        s += a * b
    return s


def pairs_backwards(x, m):
    u = x * 1.0
    s = 0.0
    for a, b in itertools.combinations(reversed(u), 2):
        s += a * b
        u[0] *= 2.0
    return s


def orders_of_a_function(x, m):
    u = x * 1.0
    s = 0.0
    it = itertools.permutations(map(np.sin, u), 2)
    u *= 2.0
    for a, b in it:
        s += a * b
    return s


def pairs_of_a_list_backwards(x, m):
    xs = [v * 2.0 for v in x]
    s = 0.0
    it = itertools.combinations(reversed(xs), 2)
    xs[2] *= 2.0
    for a, b in it:
        s += a * b
    return s


def list_that_shrinks(x, m):
    xs = []
    s = 0.0
    for i in range(m + 1):
        xs.append(x[i])
    for v in itertools.islice(xs, 1, None):
        xs.pop()
        s += v
    return s


def counted_items_that_are_generated(x, m):
    s = 0.0
    for v in (t for i, t in enumerate(t * 2.0 for t in x) if i != 1):
        s += v**2
        x *= 1.1
    return s
