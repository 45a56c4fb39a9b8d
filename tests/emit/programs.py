# ruff: noqa: B007, RUF021
"""Functions whose printed IR is compared with their own source and behaviour."""

from __future__ import annotations

from math import sin

import numpy as np

LIMIT = 3.0


def logistic(x, n=4):
    v = x
    for i in range(n):
        v = 4 * v * (1 - v)
    return v


def fibonacci(x, n=5):
    a, b = x, 1.0
    for i in range(n):
        a, b = b, a + b
    return a * b


def exchange(x, y, n=3):
    for i in range(n):
        x, y = y + 1, x + 1
    return x - y


def early(x):
    if x > 3:
        return sin(x)
    if x < -3.0:
        y = x * 2
        return y
    z = x + 1
    return z * z


def exits(x, n=10):
    s = 0.0
    for i in range(n):
        if s > 3.0:
            break
        if i % 2 == 0:
            continue
        s += x * i
    else:
        s = s * 2
    return s


def deep(x, n=3):
    s = 0.0
    for i in range(n):
        t = x
        for j in range(i, n):
            k = 0
            while k < j:
                t = t * x + k
                k += 1
                if t > LIMIT:
                    break
            s = s + t
        if s > 1e6:
            return s
    return s


def choices(x, y):
    z = x if x > y else y * 2
    w = x and y or 1.0
    return z + w if x < y < 3.0 and not y == 2.0 else z - w


def one_path(x):
    if x > 0:
        q = x * 2
    if x > 1:
        return q
    return x


def sequences(xs, ys):
    s = 0.0
    for x in xs:
        s += x
    for i, y in enumerate(ys):
        s += i * y
    for a, b in zip(xs, ys):
        s += a * b
    for x in reversed(xs):
        s = s * 0.5 + x
    return s


def pair(x, y):
    """Both."""
    return x * y, x + y


def calls(x):
    a, b = pair(x, 2.0)
    return a * b + pair(b, a)[0]


def documented(x, /, y=1.0, *, z=-2.0):
    """First line.

    Second "quoted" line.
    """
    assert x > -100, "too small"
    if y < 0:
        raise ValueError("negative")
    print(x)
    return x**2 - (-x) ** 3 + 2**-x - y / (x * z) / 3 - (y - (z - 1))


def augmented(x, n=3):
    s = 1.0
    for i in range(1, n + 1):
        s *= x
        s -= i
        s /= 2
    return s


def endless(x):
    k = 0
    while True:
        x = x * 0.5
        k += 1
        if x < 1.0:
            break
    while x < 10.0 and k < 50:
        x = x * 2 + 1
        k += 1
    return x + k


def chain(x):
    if x < 0:
        y = -x
    elif x < 1:
        y = x
    elif x < 2:
        y = x * x
    else:
        y = 4.0
    return y


def power(x, n):
    if n == 0:
        return x
    return x * power(x, n - 1)


def last_index(x, n=4):
    i = -1
    for i in range(n):
        x = x * 1.1
    return x * i


def helpers_shadowed(np_, sum, math):
    max = sum * np_
    range = max + math
    for i in [1.0, 2.0]:
        range = range * i
    return range


def arrays(x):
    y = x[1:-1] - 2 * x[:-2] + x[2:]
    z = np.where(y > 0, y, -y).sum()
    return z + x[0] * x[-1] + np.sum(x, axis=0) + x.mean() + np.linalg.norm(x) + x.shape[0] + len(x) + np.pi


def matrices(A, x):
    y = A.T @ (A @ x)
    B = np.stack([x, y])
    C = np.concatenate([x, y]).reshape(2, -1)
    return (B * C).sum(axis=1, keepdims=True).sum() + A[None, ..., 0].sum() + np.maximum(A, 0.0).max()


_V = np.array([1.0, 3.0, 2.0, 5.0, 4.0])
CALLS = [
    (logistic, (0.25,)),
    (logistic, (0.3, 0)),
    (fibonacci, (2.0,)),
    (fibonacci, (1.0, 0)),
    (exchange, (1.0, 5.0)),
    (exchange, (1.0, 2.0, 4)),
    (early, (4.0,)),
    (early, (-5.0,)),
    (early, (1.0,)),
    (exits, (1.0,)),
    (exits, (0.01,)),
    (exits, (1.0, 0)),
    (deep, (1.2,)),
    (deep, (5.0,)),
    (deep, (1e4, 5)),
    (choices, (1.0, 2.0)),
    (choices, (2.0, 1.0)),
    (choices, (0.0, 2.5)),
    (choices, (0.0, 0.0)),
    (one_path, (2.0,)),
    (one_path, (-1.0,)),
    (one_path, (0.5,)),
    (sequences, (np.arange(4.0), np.arange(4.0) + 1)),
    (sequences, ([1.0, 2.0], [3.0, 4.0, 5.0])),
    (calls, (3.0,)),
    (documented, (1.0,)),
    (documented, (2.0, 3.0)),
    (augmented, (2.0,)),
    (augmented, (1.0, 0)),
    (endless, (7.0,)),
    (endless, (0.2,)),
    (chain, (-1.0,)),
    (chain, (0.5,)),
    (chain, (1.5,)),
    (chain, (3.0,)),
    (power, (2.0, 3)),
    (power, (2.0, 0)),
    (last_index, (1.0,)),
    (last_index, (1.0, 0)),
    (helpers_shadowed, (1.5, 2.0, 0.5)),
    (arrays, (_V,)),
    (matrices, (np.arange(9.0).reshape(3, 3) - 4, _V[:3])),
]
SAME_TEXT = [
    logistic,
    early,
    exits,
    deep,
    choices,
    sequences,
    augmented,
    endless,
    chain,
    power,
    last_index,
    arrays,
]
