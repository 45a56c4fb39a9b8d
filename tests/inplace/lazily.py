"""Items made when their turn comes, functions of `map` over several lists, derivatives taken along by other functions."""

from __future__ import annotations

import functools
import itertools

import numpy as np
from scipy.optimize import fsolve

from adjoint import grad


def sum_of_one_buffer(x, m):
    buf = np.zeros(4)

    def h(v):
        buf[:] = np.sin(v)
        return buf

    return sum(h(v) for v in [x, 2.0 * x]) @ x


def sum_of_what_changes(x, m):
    w = x.copy()

    def h(k):
        w[k] *= 2
        return w

    return sum(h(k) for k in range(3)) @ x


def numbers_that_count(x, m):
    n = 0

    def h(v):
        nonlocal n
        n += 1
        return v * n

    return sum(h(v) for v in x)


def list_of_what_changes(x, m):
    a = x.copy()

    def h(v):
        a[0] += v
        return v

    made = list(h(v) for v in x)
    return made[2] * a[0]


def read_between_items(x, m):
    n = 1.0

    def h(v):
        nonlocal n
        n = n * 1.5
        return v * n

    return sum(z * n for z in (h(v) for v in x))


def walked_buffer(x, m):
    buf, s = np.zeros(4), 0.0

    def h(v):
        buf[:] = np.sin(v)
        return buf

    for z in (h(v) for v in [x, 2.0 * x]):
        s = s + z
    return s @ x


def first_of_what_changes(x, m):
    a = x.copy()

    def h(v):
        a[0] += v
        return v

    it = (h(v) for v in x)
    return next(it) * a[0]


def first_that_is_large(x, m):
    a = x.copy()

    def h(v):
        a[0] += v
        return v * a[0]

    return next((z for z in map(h, x) if z > 1.0), 0.0) * a[0]


def mapped_over_two_lists(x, m):
    a, b = x.copy(), x * x

    def h(v, c):
        a[0] += 1.0
        return c * v[0]

    return sum(map(h, [a, b], x))


def mapped_in_a_loop(x, m):
    a, b, s = x.copy(), x * x, 0.0

    def h(v, c):
        a[0] += 1.0
        return c * v[0]

    for r in map(h, [a, b], x):
        s = s + r
    return s


# derivatives that other functions take along


def slope_in_a_function(x, m):
    a = x.copy()
    slope = grad(lambda u: np.sum(a * u**2))
    return np.sum((lambda u: slope(u))(x))


def _slope_of(a):
    return grad(lambda u: np.sum(a * u**2))


def slope_returned(x, m):
    return np.sum(_slope_of(x * x)(x))


def slope_of_a_number(x, m):
    c = x[0] * x[1]
    slope = grad(lambda u: np.sum(c * u**2))

    def g(u):
        return slope(u)

    return np.sum(g(x))


def slope_that_is_solved(x, m):
    a = x.copy()
    slope = grad(lambda u: np.sum(a * u**2 - u))
    return np.sum(fsolve(lambda u: slope(u), 0 * x + 0.3))


def slope_of_a_slope(x, m):
    a = x.copy()
    slope = grad(lambda u: np.sum(a * u**2))
    second = grad(lambda u: np.sum(slope(u) ** 2))
    return np.sum(second(x))


def slope_in_a_dict(x, m):
    a = x.copy()
    d = {"slope": grad(lambda u: np.sum(a * u**2))}

    def step(u, d):
        return u - 0.1 * d["slope"](u)

    u = x
    for _ in range(3):
        u = step(u, d)
    return np.sum(u)


# the items of `map`


def mapped_buffer(x, m):
    buf = np.zeros(4)

    def h(v):
        buf[:] = np.sin(v)
        return buf

    return sum(map(h, [x, 2.0 * x])) @ x


def reduced_as_they_come(x, m):
    a = np.cos(x)

    def h(v):
        a[1:] += 0.1 * v[:-1]
        return a

    r = functools.reduce(lambda c, z: c + z * a, map(h, [x, 2.0 * x, x * x]), x)
    return r @ x


def added_up_as_they_come(x, m):
    a = x.copy()

    def h(v):
        a[1:] += 0.1 * v[:-1]
        return a

    return list(itertools.accumulate(map(h, [x, 2.0 * x, x * x])))[-1] @ x


def _total(items):
    total = 0.0
    for each in items:
        total = total + each
    return total


def handed_to_a_function(x, m):
    buf = np.zeros((2, 4))

    def h(v):
        buf[0] = np.sin(v)
        return buf[0]

    return _total(h(v) for v in [x * x, 0.5 * x]) @ x


def part_of_what_is_mapped(x, m):
    a = x.copy()

    def h(v):
        nonlocal a
        a = 0.8 * a
        return a * v

    r = 0.0
    for i, z in enumerate(itertools.islice(map(h, [a, a]), 2)):
        a[i] *= 0.9
        r = r + z
    return r @ x


def one_more_than_is_met(x, m):
    tally = np.zeros(2)

    def h(v):
        tally[0] += v
        return v * v

    s = 0.0
    for p, q in zip(map(h, x), x[:2]):
        s += p * q
    return s * tally[0]


def one_more_than_is_listed(x, m):
    tally = np.zeros(2)

    def h(v):
        tally[0] += v
        return v * v

    pairs = list(zip(map(h, [x[0], x[1], x[2]]), [x[1], x[2]]))
    return pairs[0][0] * pairs[1][1] * tally[0]


def as_many_as_are_met(x, m):
    tally = np.zeros(2)

    def h(v):
        tally[0] += v
        return v * v

    s = 0.0
    for p, q in zip(map(h, x), x):
        s += p * q
    for q, p in zip(x[:2], map(h, x)):
        s += p * q
    return s * tally[0]
