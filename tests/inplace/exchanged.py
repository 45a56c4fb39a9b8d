"""Arrays that are exchanged, or made anew, on one path only: behind it they are written under their names."""

from __future__ import annotations

import numpy as np

from tests.inplace.registry import kernel, vector, vectors


class State:
    def __init__(self, u, v):
        self.u = u
        self.v = v


def add_squares(a, b):
    a += b * b


@kernel(vectors(2), wrt=(0, 1))
def exchange_if(x, y):
    u = x * 2.0
    v = y + 1.0
    if x[0] > 0.0:
        u, v = v, u
    u[0] = v[1] ** 2
    return np.sum(u * x) + np.sum(v**2)


@kernel(vectors(2), wrt=(0, 1))
def exchange_if_args(u, v):
    if u[0] > v[0]:
        u, v = v, u
    u[1:] *= v[:-1]
    v[0] = u[2]
    return np.sum(u**2) + 3 * np.sum(v**3)


@kernel(vectors(2), wrt=(0, 1))
def exchange_if_loop(u, v):
    u = u.copy()
    v = v.copy()
    for i in range(5):
        if u[0] > v[i]:
            u, v = v, u
        u[i] += 0.5 * v[0] ** 2
    return np.sum(u**2) + 3 * np.sum(v**3)


@kernel(vectors(2), wrt=(0, 1))
def one_of_new(x, y):
    if np.sum(x) > np.sum(y):
        v = x * 2.0
    else:
        v = y * y
    v[0] = x[1] * y[1]
    return np.sum(v**2)


@kernel(vectors(2), wrt=(0, 1))
def keep_best(x, y):
    best = x * 1.0
    for k in range(3):
        trial = best + 0.1 * k * y
        if np.sum(trial**2) > 2.0 + k:
            best = trial
        best[k] *= y[k]
    return np.sum(best**2)


@kernel(vectors(2), wrt=(0, 1))
def swap_in_while(a, b):
    a = a * 1.0
    b = b * 1.0
    n = 0
    while np.sum(a) > 0.01 and n < 4:
        if a[n] < b[n] + 0.05:
            a, b = b, a
        a *= 0.7
        b[n] += a[n] ** 2
        n += 1
    return np.sum(a * b) + a[0] ** 3


@kernel(vectors(2), wrt=(0, 1))
def three_cycle_if(x, y):
    a, b, c = x * 1.0, y * 1.0, x * y
    if x[0] < 5:
        a, b, c = b, c, a
    a[0] = 2 * b[1]
    c *= a
    b += c
    return np.sum(a) + np.sum(b**2) + np.sum(c**3)


@kernel(vectors(2), wrt=(0, 1))
def exchange_if_then_view(x, y):
    a, b = x * 1.0, y * 1.0
    if x[0] > y[0]:
        a, b = b, a
    h = a[1:4]
    h *= 2.0
    b[1:4] = h
    return np.sum(a**2 * b)


@kernel(vectors(2), wrt=(0, 1))
def exchange_if_with_callee(x, y):
    a, b = x * 1.0, y * 1.0
    if x[0] > y[0]:
        a, b = b, a
    add_squares(a, b)
    add_squares(b[1:], a[:-1])
    return np.sum(a**2 * b)


@kernel(vectors(2), wrt=(0, 1))
def exchange_if_attrs(x, y):
    s = State(x * 1.0, y * 1.0)
    if x[0] > y[0]:
        s.u, s.v = s.v, s.u
    s.u[0] = s.v[1] ** 2
    s.v *= 2
    return np.sum(s.u * s.v)


@kernel(vectors(2), wrt=(0, 1))
def exchange_if_list(x, y):
    s = [x * 1.0, y * 1.0]
    if x[0] > y[0]:
        s[0], s[1] = s[1], s[0]
    s[0][0] = s[1][1] ** 2
    s[1] *= 2
    return np.sum(s[0] * s[1])


@kernel(vectors(2), wrt=(0, 1))
def exchange_else(x, y):
    a, b = x * 1.0, y * 1.0
    if x[0] > y[0]:
        a += 1
    else:
        t = a
        a = b
        b = t
        a[0] = 3.0
    a[1] = b[1] * a[2]
    return np.sum(a * b)


@kernel(vectors(2), wrt=(0, 1))
def ternary_exchange(x, y):
    a, b = x * 1.0, y * 1.0
    lo, hi = (a, b) if a[0] < b[0] else (b, a)
    lo[0] = hi[1] ** 2
    return np.sum(lo**2 * hi)


@kernel(vector)
def maybe_copy_dead(x):
    if x[0] > 0.6:
        x = x.copy()
    x[0] = x[1] ** 2
    return np.sum(x * x)


@kernel(vectors(2), wrt=(0, 1))
def exchange_two_ifs(x, y):
    a, b = x * 1.0, y * 1.0
    c = a + b
    if x[0] > y[0]:
        a, b = b, a
    if x[1] > y[1]:
        b, c = c, b
    a[0] = b[1]
    b *= c
    c[2] = a[2] ** 2
    return np.sum(a) + np.sum(b**2) * np.sum(c)


@kernel(vectors(2), wrt=(0, 1))
def break_exchange(x, y):
    a, b = x * 1.0, y * 1.0
    for i in range(6):
        if a[i] > 1.2:
            a, b = b, a
            break
        a[i] *= b[i]
    b[0] = a[1] ** 2
    a += b
    return np.sum(a * b)
