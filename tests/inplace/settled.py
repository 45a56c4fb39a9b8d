"""Places of a buffer that are met once or twice, in one pass or in several; slices of several arguments."""

from __future__ import annotations

import numpy as np

from tests.inplace.registry import kernel, vector, vectors


@kernel(vector)
def read_twice_in_a_pass(x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] ** 2
        s += np.sin(x[i])
    return s


@kernel(vector)
def read_again_in_a_later_pass(x):
    s = 0.0
    for i in range(1, len(x)):
        s += x[i] * x[i - 1] + x[i // 2] ** 3
    return s


@kernel(vector)
def met_at_both_ends(x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] ** 2 * x[-1 - i]
    return s


@kernel(vector)
def read_in_one_pass_of_many(x):
    s = x[0]
    for _ in range(3):
        for i in range(1, len(x)):
            s += s * x[i] * x[i - 1]
    return s


@kernel(vector)
def counted_down(x):
    y = np.zeros_like(x)
    y[-1] = x[-1] ** 2
    for i in range(len(x) - 2, -1, -1):
        y[i] = y[i + 1] * x[i]
    return y[0]


@kernel(vector)
def with_a_step(x):
    y = np.zeros_like(x)
    y[0] = x[0]
    for i in range(2, len(x), 2):
        y[i] = y[i - 2] * x[i] + y[i - 1]
    return np.sum(y * x)


@kernel(vector)
def result_read_inside(x):
    y = np.zeros_like(x)
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = y[i - 1] * x[i]
    return y[2] * y[-1] + y[0]


@kernel(vector)
def stored_under_a_condition(x):
    y = x.copy()
    for i in range(1, len(x)):
        if x[i] > 1.0:
            y[i] = y[i - 1] * x[i]
    return np.sum(y)


@kernel(vector)
def blocks(x):
    y = np.zeros_like(x)
    for i in range(len(x) - 1):
        y[i : i + 2] = np.sin(x[i : i + 2]) * (1.0 + y[i])
    return np.sum(y**2)


@kernel(vectors(2), wrt=(0, 1))
def inner_slices(u, v):
    r = u[1:-1] * v[1:-1] ** 2
    u[1:-1] += 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2]) - r
    v[1:-1] += 0.2 * (v[2:] - 2.0 * v[1:-1] + v[:-2]) + r
    return np.sum(u[:-1] * v[1:])


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, n), rng.uniform(0.5, 1.5, 3)), wrt=(0, 1))
def inner_slices_of_which_one_is_a_number(u, v):
    r = u[1:-1] * v[1:-1] ** 2
    return np.sum(np.sin(r) * u[:-2])


@kernel(vectors(1), sizes=(6, 9))
def copied_then_overwritten(u):
    for _ in range(4):
        old = u.copy()
        u[1:-1] = 0.5 * old[:-2] * old[2:]
        u[0] = old[1]
    return np.sum(u**2)


@kernel(vectors(2), wrt=(0, 1))
def one_number_with_many_signs(u, c):
    k = c[0]
    for _ in range(3):
        u[1:-1] -= k * u[1:-1] * (u[2:] - u[:-2]) - k * u[2:] * u[:-2]
    return np.sum(u**2)
