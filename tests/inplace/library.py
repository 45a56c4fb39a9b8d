"""NumPy functions and methods that write into an array."""

from __future__ import annotations

import numpy as np

from tests.inplace.registry import kernel, matrix, vector, vectors


@kernel(vectors(2), wrt=(0, 1))
def out_of_ufuncs(x, y):
    out = np.empty_like(x)
    np.multiply(x, y, out=out)
    np.add(out, x, out)
    np.sin(out, out=out)
    np.sqrt(x, out=x)
    np.maximum(out, 0.1, out=out)
    return np.sum(out * x)


@kernel(vector)
def out_is_returned(x):
    out = np.zeros_like(x)
    r = np.exp(x, out=out)
    r[0] = 2.0 * x[1]
    return np.sum(out**2)


@kernel(vector)
def out_by_position(x):
    y = 2 * x
    np.clip(y, 0.1, 1.5, y)
    np.cumsum(y, 0, None, y)
    y.clip(0.2, 9.0, y)
    a = np.outer(x, y)
    z = np.zeros_like(x)
    np.sum(a, 0, None, z)
    a.sum(1, None, y)
    np.dot(a, z.copy(), z)
    return np.sum(y * z)


@kernel(vector)
def out_is_a_view(x):
    out = np.zeros(2 * len(x))
    np.multiply(x, x, out=out[: len(x)])
    np.multiply(x, 3.0, out=out[len(x) :])
    np.add(out[1:], out[:-1], out=out[1:])
    return np.sum(out**2)


@kernel(matrix)
def out_of_reductions(a):
    total = np.empty(a.shape[1])
    np.sum(a, axis=0, out=total)
    rows = np.zeros(len(a))
    a.sum(axis=1, out=rows)
    np.mean(a**2, axis=1, out=rows[:])
    running = np.empty_like(a)
    np.cumsum(a, axis=1, out=running)
    return np.sum(total**2) + np.sum(rows**3) + np.sum(running * a)


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, (n, n)), rng.uniform(0.5, 1.5, (n, n))), wrt=(0, 1))
def out_of_products(a, b):
    c = np.empty_like(a)
    np.matmul(a, b, out=c)
    np.dot(c, b, out=c)
    d = np.zeros((len(a), len(a)))
    np.outer(a[0], b[:, 0], out=d)
    np.clip(d, 0.5, 1.2, out=d)
    return np.sum(c) + np.sum(d * d)


@kernel(vector)
def added_at_repeats(x):
    y = np.zeros(3)
    np.add.at(y, [0, 1, 0, 0], x[:4] ** 2)
    np.subtract.at(y, np.array([2, 2]), x[:2])
    np.add.at(y, 1, x[3])
    return np.sum(y**2)


@kernel(matrix)
def added_at_pairs(a):
    out = np.zeros_like(a)
    np.add.at(out, ([0, 0, 1], [1, 1, 2]), a[0, :3] * a[1, :3])
    np.add.at(out, (0, [0, 0]), a[0, :2])
    return np.sum(out**2)


@kernel(matrix)
def copied_to(a):
    b = np.zeros_like(a)
    np.copyto(b, a[0])
    np.copyto(b[1:], a[:-1] ** 2)
    np.copyto(b, 3.0, where=a > 1.2)
    return np.sum(b**2)


@kernel(vector)
def put_and_filled(x):
    y = x * 2.0
    y.fill(x[0])
    np.put(y, [0, 2], x[:2] ** 2)
    y.put([1], x[3])
    return np.sum(y**2)


@kernel(vector)
def put_with_repeats(x):
    y = x * 2.0
    y.put([1, 1], x[:2])
    np.put(y, 3, 4.0 * x[1])
    z = y[1:]
    z.fill(0.5)
    return np.sum(y**2)


@kernel(matrix)
def diagonal_filled(a):
    b = a[:, : len(a)] * a[:, : len(a)]
    np.fill_diagonal(b, 2.0)
    c = a.copy()
    np.fill_diagonal(c, a[0, 0] * np.arange(len(a)))
    return np.sum(b**2) + np.sum(c**2)


@kernel(lambda n, rng: (rng.normal(size=(n, 3)),))
def sorted_methods(x):
    y = x * 2.0
    for row in y:
        row.sort()
    y[:, 0].sort()
    z = x[:, 0].copy()
    z.sort()
    z[::-1].sort()
    return np.sum(y * np.arange(3)) + np.sum(z * np.arange(len(z)))


@kernel(vectors(2), wrt=(0, 1))
def full_overwrite(x, y):
    a = np.empty_like(x)
    a[:] = x
    b = np.empty(len(x))
    b[...] = y * a
    c = np.zeros_like(x)
    c[:] = a * b
    return np.sum(c**2)


@kernel(vector)
def where_masked(x):
    out = np.ones_like(x)
    np.multiply(x, x, out=out, where=x > 1.0)
    np.putmask(out, x < 0.7, 5.0 * x)
    return np.sum(out**2)


@kernel(vector)
def operators_in_place(x):
    import operator

    y = x.copy()
    operator.iadd(y, 1.0)
    y = operator.imul(y, x)
    operator.setitem(y, 0, x[1] ** 2)
    y **= 2
    y /= 3.0
    y @ y
    y -= y[0]
    return np.sum(y**2)
