"""Stores into arrays that a name may share which nobody reads any more: it does not tie them."""

from __future__ import annotations

import numpy as np

from tests.inplace.registry import kernel, vector


def larger(v):
    return v if v[0] > 1.0 else v * 2.0


@kernel(vector)
def returned_and_read_before(u):
    w = larger(u)
    s = w @ w
    u[0] = 3.0 * s
    return np.sum(u**2)


@kernel(vector)
def returned_in_each_pass(u):
    w, s = larger(u), 0.0
    for k in range(3):
        s += w[0] * w[k]
        u[0] *= 1.1
        u[k] = 0.1 * s
        w = larger(u)
    return np.sum(u**2) + s


@kernel(vector)
def put_into_a_list_and_changed_there(u):
    rows = []
    for k in range(4):
        row = u * (k + 1.0)
        rows.append(row)
        rows[-1][0] = 0.5 * u[1]
    for k in range(1, 4):
        rows[k][1:] *= rows[k - 1][:-1]
    return sum(np.sum(r**2) for r in rows)


@kernel(vector)
def read_from_a_list_of_lists(u):
    a, b = u * 1.0, u * 2.0
    table = [[a, u * 0.3], [b, u * 0.2]]
    w = table[int(u[0] > 1.0)][0]
    s = np.sum(w * w)
    a[0] = 2.0 * s
    b[1] *= s
    return np.sum(a) + np.sum(b**2) + np.sum(table[1][1])


@kernel(vector)
def three_buffers_of_a_list(u):
    bufs = [u.copy(), u * 2.0, np.zeros(len(u))]
    for k in range(len(u)):
        a, b, c = bufs[k % 3], bufs[(k + 1) % 3], bufs[(k + 2) % 3]
        c[1:] = a[:-1] * b[1:]
        c[0] += np.sin(b[0])
    return np.sum(bufs[0] ** 2)


@kernel(vector)
def levels_of_a_list(u):
    levels = [u * (i + 1.0) for i in range(4)]
    for k in range(3):
        source, target = levels[k], levels[k + 1]
        target[1:] += 0.1 * source[:-1] ** 2
        levels[k][:] = levels[k + 1]
    return np.sum(levels[-1] ** 2) + np.sum(levels[1])


@kernel(vector)
def three_names_and_another(u):
    before, now, after = u.copy(), u * 2.0, np.zeros(len(u))
    first = before
    for _ in range(4):
        after[1:-1] = 2.0 * now[1:-1] - before[1:-1] + 0.1 * (now[2:] - now[:-2]) * now[1:-1]
        before, now, after = now, after, before
    return np.sum(now**2) + first[1]


def _moved(x, y):
    for _ in range(int(y[0] > 0.0)):
        x = x * 1.5
    return x


@kernel(vector)
def perhaps_returned_in_a_loop(x):
    total = 0.0
    y = x * 1.0
    for k in range(3):
        y = _moved(y, x)
        total += 0.1 * k * y[0]
    return np.sum(y * y) + total
