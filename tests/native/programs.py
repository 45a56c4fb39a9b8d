"""Programs for Numba: loops, branches, arrays, stores, callees, reductions that Numba does not have."""

from __future__ import annotations

import math

import numpy as np

rng = np.random.default_rng(0)
PROGRAMS = {}


def program(*args, wrt=0):
    def register(function):
        PROGRAMS[function.__name__] = (function, args, wrt)
        return function

    return register


@program(0.3, 5)
def polynomial(x, n):
    t = x
    for i in range(1, n):
        t = t * x + i
    return t


@program(0.3, 7)
def exits(x, n):
    t = x
    for i in range(n):
        if t > 2.0:
            break
        if i % 2:
            continue
        t = t * t + 1.0
    else:
        t = t - x
    return t


@program(1.5)
def early(x):
    y = x
    while y < 50.0:
        if y > 20.0:
            return y * x
        y = y * y
    return y


@program(2.0, 4, wrt=0)
def stepped(x, n):
    t = 0.0
    for i in range(3, 20, n):
        t = t * x + i
    return t


@program(0.7, 3)
def int_powers(x, n):
    t = 0.0
    for i in range(n):
        t += 2**-i * x**i
    return t


def _inner(x, k):
    if k == 0:
        return x
    return math.sin(x) * _inner(x * 0.5, k - 1)


def recursive(x, k):
    return _inner(x, k)


RECURSIVE = recursive, (0.4, 3), 0


def _relax(v, rate):
    for i in range(1, len(v)):
        v[i] += rate * v[i - 1]


@program(rng.standard_normal(6), 0.3, wrt=(0, 1))
def callee_writes(v, rate):
    w = v * v
    _relax(w, rate)
    _relax(w, rate * rate)
    return np.sum(w * w)


@program(rng.standard_normal((3, 4)))
def reductions(x):
    m = x.mean(axis=1, keepdims=True)
    s = x.std(axis=1, keepdims=True)
    return np.sum(((x - m) / s) ** 3) + np.max(x, axis=0).sum() + np.prod(x, axis=1).sum()


@program(rng.standard_normal((2, 3, 4)))
def three_axes(x):
    return np.sum(np.mean(x, axis=(0, 2)) * np.sum(x, axis=(0, 2))) + np.sum(x.var(axis=1))


@program(rng.standard_normal((2, 3, 4)), rng.standard_normal((2, 4, 2)), wrt=(0, 1))
def batched(a, b):
    return np.sum(np.matmul(a, b) ** 2)


@program(rng.standard_normal((3, 4)))
def moved(x):
    y = np.roll(x, 1, axis=0) - np.roll(x, -2, axis=1)
    return np.sum(y * np.flip(x, axis=1) + np.swapaxes(x, 0, 1).sum())


@program(rng.standard_normal(5), np.array([0, 2, 2, 4]))
def gathered(x, index):
    return np.sum(x[index] ** 2)


@program(rng.standard_normal(4))
def joined(x):
    y = np.concatenate([x, x * x, np.stack([x, x + 1.0]).ravel()])
    return np.sum(y**2)


@program(rng.standard_normal((4, 4)) + 4.0 * np.eye(4), rng.standard_normal(4), wrt=(0, 1))
def solved(a, b):
    return np.sum(np.linalg.solve(a, b) ** 2) + np.linalg.det(a)


@program(rng.standard_normal(5))
def masked(x):
    return np.sum(np.where(x > 0, np.sqrt(np.abs(x)), 0.5 * x))


@program(rng.standard_normal(6))
def scaled_rows(x):
    y = x.reshape(2, 3).copy()
    for row in y:
        row *= row[0]
    return np.sum(y)


@program([0.3, 0.2, 0.5])
def list_argument(xs):
    t = 0.0
    for i, x in enumerate(xs):
        t = t * x + i
    return t + xs[0] * xs[-1]


@program(rng.standard_normal(6), 0.7, wrt=(0, 1))
def chosen(x, a):
    inside = (x > 0) & ~(x > a)
    return np.sum(np.where(inside, x**2, np.where(x <= 0, -x, a)))


@program([rng.standard_normal((2, 3)), rng.standard_normal((2, 2))], rng.standard_normal(3), wrt=(0, 1))
def layers(matrices, x):
    for matrix in matrices:
        x = np.tanh(matrix @ x)
    return np.sum(x)


@program(rng.standard_normal((2, 3)), np.eye(3) + 0.1)
def tiled(x, a):
    return np.sum(np.tile(x, (2, 1)) ** 2) * np.linalg.slogdet(a)[1]


@program(rng.standard_normal((4, 2)), np.array([[0, 1], [1, 2], [2, 3]]), 1.5, wrt=(0, 2))
def springs(places, ends, stiffness):
    apart = places[ends[:, 0]] - places[ends[:, 1]]
    length = np.sqrt(np.sum(apart**2, axis=1))
    return 0.5 * stiffness * np.sum((length - 1) ** 2)


def lower_triangle(n):
    """A function of the user that has the name of one of ours."""
    count = 0.0
    for i in range(n):
        for j in range(i):
            count += 1.0 / (i + j)
        if count > 100.0:
            return 100.0
    return count


@program(rng.standard_normal((3, 3)), 3)
def namesake(x, n):
    return lower_triangle(n) * np.sum(np.tril(x) ** 2)
