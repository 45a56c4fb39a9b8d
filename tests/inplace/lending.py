"""Functions that write into arrays their callers give away, or still read: none is seen to change that should not."""

from __future__ import annotations

import numpy as np

from tests.inplace.registry import kernel, vector, with_last


def diffuse(u, r):
    for i in range(1, len(u) - 1):
        u[i] += r * (u[i - 1] + u[i + 1] - 2 * u[i])


def exchange(a, b):
    for i in range(len(a)):
        a[i] += b[i] * b[i]
        b[i] *= a[i]


def add_squares(a, b):
    for i in range(len(b)):
        a[i] += b[i] * b[i]


def totals(a):
    s = 0.0
    for i in range(len(a)):
        s += a[i]
        a[i] = s
    return a


def halve(u, k):
    if k == 0:
        return
    for i in range(1, len(u)):
        u[i] *= u[i - 1]
    halve(u[1:], k - 1)
    u[0] += u[-1]


@kernel(with_last(vector, 0.4), wrt=(0, 1))
def given_away_again_and_again(x, r):
    v = x.copy()
    for _ in range(3):
        diffuse(v, r)
    return np.sum(v**2)


@kernel(with_last(vector, 0.4), wrt=(0, 1))
def read_before_and_after(x, r):
    v = x * 2.0
    w, first = v.copy(), v[0]
    diffuse(v, r)
    t = v[0] * w[1]
    diffuse(w, r)
    diffuse(x, r)
    diffuse(v[1:], r)
    return np.sum(v * w) * first + t + np.sum(x**3)


@kernel(with_last(vector, 0.4), wrt=(0, 1))
def two_at_a_time(x, r):
    a, b = x * r, x + 1.0
    exchange(a, b)
    exchange(b, a)
    exchange(a, x)
    return np.sum(a * b) + np.sum(x)


@kernel(with_last(vector, 0.4), wrt=(0, 1))
def overlapping_parts(x, r):
    v = x * r
    add_squares(v, v[1:])
    add_squares(v[1:], v[:-1])
    return np.sum(v)


@kernel(with_last(vector, 0.4), wrt=(0, 1))
def given_back(x, r):
    v = x * r
    w = totals(v)
    w[0] = 3.0 * v[1]
    z = totals(totals(w))
    return np.sum(z * v)


@kernel(with_last(vector, 0.4), wrt=(0, 1))
def by_recursion(x, r):
    v = x * r
    halve(v, 3)
    return np.sum(v)


@kernel(with_last(vector, 0.4), wrt=(0, 1))
def returned_beside_what_it_works_in(x, r):
    y = x * r
    diffuse(x[1:], r)
    x += 0.5 * y * np.tanh(y)
    y -= np.tanh(y[3])
    return np.sum(np.sin(x)) + np.sum(np.cos(y)) + np.sum(np.sin(y[1:]) * 3)
