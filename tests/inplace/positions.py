"""Stores at positions: `ufunc.at`, `put`, `place`, `.flat`, slices as values, parts of arrays, walks, lists as values."""

from __future__ import annotations

import numpy as np

from tests.inplace.registry import kernel, matrix, vector, vectors


@kernel(vectors(2), wrt=(0, 1))
def multiplied_at_repeats(x, w):
    y = x.copy()
    np.multiply.at(y, [0, 1, 1, 2, 0], w[:5])
    np.divide.at(y, np.array([3, 3]), w[:2])
    np.power.at(y, [1, 1], 2.0)
    return np.sum(y**2)


@kernel(vectors(2), wrt=(0, 1))
def extremes_at_repeats(x, w):
    y, z = x.copy(), np.full(3, 5.0)
    np.maximum.at(y, [0, 1, 1, 2, 0], w[:5])
    np.minimum.at(z, [0, 1, 1, 2, 0], w[:5])
    np.negative.at(y, [0, 3, 3])
    return np.sum(y**3) + np.sum(z**2)


@kernel(matrix)
def rows_and_pairs_at_repeats(a):
    b = a.copy()
    np.multiply.at(b, [0, 1, 1], a[:3])
    np.multiply.at(b, [0, 0], a[1])
    np.multiply.at(b, ([0, 0], [1, 1]), a[2, :2])
    np.multiply.at(b, a > 1.2, 2.0)
    np.multiply.at(b, slice(1, 3), 0.5)
    return np.sum(b**2)


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, n), rng.integers(0, 3, n), rng.uniform(0.5, 1.5, 1)), wrt=(0, 2))
def segment_products(x, segments, scale):
    out = np.ones(3)
    np.multiply.at(out, segments, x)
    np.multiply.at(out, segments, scale)
    return np.sum(out**2)


@kernel(matrix)
def put_in_order(a):
    y = a.copy()
    np.put(y, [1, 3, 7], [a[0, 0], 2.0, a[1, 1]])
    np.put(y, [2, 4, 6], a[0, :2])
    np.put(y, [[0, 5]], a[1, :3] ** 2)
    return np.sum(y**2)


@kernel(vector)
def placed(x):
    y, z = x.copy(), x * 2.0
    np.place(y, x > 1.0, [x[0], x[1] ** 2])
    np.putmask(y, x < 0.8, [x[0], x[1]])
    np.putmask(z, x > 1.0, x * x)
    np.place(z, x > 1.3, 4.0)
    return np.sum(y**2) + np.sum(z**3)


@kernel(matrix)
def copied_under_masks(a):
    y = a.copy()
    np.copyto(y, a * a, where=a > 1)
    np.copyto(y, 0.5, where=a[0] > 1.2)
    np.copyto(y[0], [v * 2 for v in a[1]], where=a[0] > 0.9)
    return np.sum(y**2)


@kernel(matrix)
def through_flat(a):
    y = a.copy()
    y.flat[3] = a[0, 0] ** 2
    y.flat[::2] *= 2.0
    y.flat[[0, 1]] = a[1, :2]
    total = 0.0
    for v in y.flat:
        total += v * v
    return total + a.flat[2] + np.sum(y.flat[1:4])


@kernel(vector)
def flat_of_a_vector(x):
    y = x[::2]
    y.flat[1] = x[0] ** 2
    old = y.flat[:2]
    y.flat[0] = 3.0
    return np.sum(x**2) * old[0]


@kernel(vector)
def slices_as_values(x):
    inner, y = slice(1, -1), x.copy()
    y[inner] *= 2
    for i in range(2):
        two = slice(i, i + 2)
        y[two] += x[two] ** 2
    return np.sum(y[slice(None, 3)] ** 2) + np.sum(y[np.s_[::2]])


@kernel(matrix)
def indices_as_values(a):
    y = a.copy()
    rows = (slice(1, 3), slice(None))
    y[rows] *= 3.0
    y[np.s_[1:, ::2]] += a[np.s_[1:, ::2]] ** 2
    np.add.at(y, rows, a[0])
    place = (0, 1)
    y[place] = a[1, 1] ** 2
    return np.sum(y**2)


@kernel(vector)
def split_in_views(x):
    a, b = np.split(x, [3])
    a *= 2
    b[0] = a[1]
    for part in np.array_split(x, 3):
        part *= part[0]
    return np.sum(x**2)


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, (4, 2 * n)),))
def split_along_axes(a):
    left, right = np.hsplit(a, 2)
    left *= right
    top, bottom = np.vsplit(a, 2)
    bottom -= top
    middle = np.split(a, (1, 3), axis=1)[1]
    middle[0] = 2.0 * middle[1]
    return np.sum(a**2) + np.sum(np.array_split(a, 3, axis=-1)[2])


@kernel(matrix)
def walks(a):
    y, z = np.zeros_like(a), np.zeros_like(a)
    for i, j in np.ndindex(a.shape):
        y[i, j] = a[i, j] ** 2 * j
    for place in np.ndindex(*a.shape):
        y[place] += a[place]
    for (i, j), v in np.ndenumerate(a):
        z[i, j] = v * v * i
    return np.sum(y**2) + np.sum(z**2)


@kernel(vector)
def lists_into_arrays(x):
    y = x.copy()
    y[[1, 3]] = [x[0], x[2] ** 2]
    y[1:3] = (x[0], x[2] ** 3)
    y[2:4] += [x[0], x[2]]
    y[:] = [v * 2 for v in y]
    y[x > 0.1] = [v * 2 for v in x]
    return np.sum(y**2 * np.arange(len(x)))


@kernel(vector)
def lists_beside_arrays(x):
    y, v = x.copy(), [t * t for t in x[:2]]
    y[2:4] *= v
    np.add.at(y, [1, 1], v)
    np.copyto(y[:2], [x[0], x[1] ** 2])
    np.add(y[:2], [x[2], 1.0], out=y[1:3])
    y.put([0, 1], v)
    y -= [t * 2 for t in x]
    return np.sum(y**3)


@kernel(vector)
def part_copied_over_part(x):
    y = x * x
    half = len(x) // 2
    np.copyto(y[half:], x[: len(x) - half])
    y[:2] = y[half : half + 2] * y[0]
    return np.sum(y * np.arange(len(x)))


@kernel(vector)
def two_buffers_by_turns(x):
    buffers = [x.copy(), np.zeros_like(x)]
    for k in range(len(x)):
        old, new = buffers[k % 2], buffers[(k + 1) % 2]
        new[1:] = 0.7 * old[1:] + 0.1 * old[:-1] ** 2
        new[0] = 0.2 * old[0] * new[1]
    return np.sum(buffers[0] ** 2) + 3.0 * np.sum(buffers[1] ** 3)


@kernel(vector)
def positions_may_be_one(x):
    rows = [x * 1.0, x * 2.0, x * 3.0]
    for k in range(len(x)):
        a, b = rows[k % 3], rows[k * k % 3]
        a[1:] *= 0.5 * x[k]
        b[0] += a[1] ** 2
        a[2] = 0.3 * b[0] * rows[1][1]
    return np.sum(rows[0]) + np.sum(rows[1] ** 2) + np.sum(rows[2] ** 3)


@kernel(vector)
def pairs_of_arrays_by_position(x):
    pairs = [[x * k, x + k] for k in range(3)]
    total = 0.0
    for k in range(3):
        for j in range(2):
            total += np.sum(pairs[k][j] * pairs[k][1 - j]) * pairs[k][j][0]
    return total


@kernel(vector)
def pair_read_before_it_is_exchanged(x):
    pairs = [[x * k, x + k] for k in range(len(x))]
    m, j = len(x) - 3, len(x) % 2
    one = pairs[m][j]
    pairs[-1][0] = x * 5.0
    pairs.append([x, one])
    return np.sum(one * one) + np.sum(pairs[len(x) - 1][j]) + np.sum(pairs[len(x)][j] * x)
