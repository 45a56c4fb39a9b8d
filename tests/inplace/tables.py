"""Tables and statistics filled in place: dynamic programming, sorting, bins, sparse products, layers."""

from __future__ import annotations

import numpy as np

from tests.inplace.registry import kernel, matrix, positive, vector, vectors, with_last


def markov(n, rng):
    return rng.normal(size=3), rng.normal(size=(3, 3)), rng.normal(size=(n, 3))


@kernel(markov, wrt=(0, 1, 2))
def viterbi(start, move, seen):
    n, k = seen.shape
    best = np.empty((n, k))
    back = np.zeros((n, k), dtype=int)
    best[0] = start + seen[0]
    for t in range(1, n):
        for j in range(k):
            scores = best[t - 1] + move[:, j]
            back[t, j] = np.argmax(scores)
            best[t, j] = scores[back[t, j]] + seen[t, j]
    path = np.zeros(n, dtype=int)
    path[-1] = np.argmax(best[-1])
    for t in range(n - 1, 0, -1):
        path[t - 1] = back[t, path[t]]
    total = 0.0
    for t in range(n):
        total += seen[t, path[t]] ** 2
    return best[-1, path[-1]] + total


@kernel(markov, wrt=(0, 1, 2))
def forward_backward(start, move, seen):
    n, k = seen.shape
    alpha, beta = np.zeros((n, k)), np.ones((n, k))
    p, e = np.exp(move), np.exp(seen)
    alpha[0] = np.exp(start) * e[0]
    for t in range(1, n):
        alpha[t] = (alpha[t - 1] @ p) * e[t]
        alpha[t] /= alpha[t].sum()
    for t in reversed(range(n - 1)):
        beta[t] = p @ (e[t + 1] * beta[t + 1])
        beta[t] /= np.max(beta[t])
    gamma = alpha * beta
    gamma /= gamma.sum(axis=1, keepdims=True)
    return np.sum(gamma[:, 0] ** 2) + np.log(alpha[-1]).sum()


@kernel(vectors(2), wrt=(0, 1))
def knapsack(values, bonus):
    capacity = 6
    best = np.zeros(capacity + 1)
    for i in range(len(values)):
        weight = 1 + i % 3
        for c in range(capacity, weight - 1, -1):
            best[c] = max(best[c], best[c - weight] + values[i] * bonus[i])
    return best[capacity] ** 2


@kernel(vectors(2), wrt=(0, 1), sizes=(4, 5))
def edit_distance(x, y):
    n, m = len(x), len(y)
    d = np.zeros((n + 1, m + 1))
    d[:, 0] = np.arange(n + 1)
    d[0] = np.arange(m + 1)
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            d[i, j] = min(d[i - 1, j] + 1.0, d[i, j - 1] + 1.0, d[i - 1, j - 1] + (x[i - 1] - y[j - 1]) ** 2)
    return d[-1, -1]


@kernel(lambda n, rng: (rng.uniform(1, 5, (n, n)),), sizes=(4, 5))
def floyd_warshall(w):
    d = w.copy()
    np.fill_diagonal(d, 0.0)
    for k in range(len(d)):
        np.minimum(d, d[:, k, None] + d[k], out=d)
    return np.sum(d**2)


@kernel(vector)
def bubble_sort(x):
    n = len(x)
    for i in range(n):
        for j in range(n - 1 - i):
            if x[j] > x[j + 1]:
                x[j], x[j + 1] = x[j + 1], x[j]
    return np.sum(x * np.arange(n) ** 2)


@kernel(vectors(2), wrt=(0, 1))
def insertion_sort_of_pairs(keys, values):
    for i in range(1, len(keys)):
        key, value, j = keys[i], values[i], i - 1
        while j >= 0 and keys[j] > key:
            keys[j + 1] = keys[j]
            values[j + 1] = values[j]
            j -= 1
        keys[j + 1], values[j + 1] = key, value
    return np.sum(values * np.arange(len(values))) * keys[0]


@kernel(vectors(2), wrt=(0, 1))
def weighted_bins(x, w):
    counts, sums = np.zeros(4), np.zeros(4)
    for xi, wi in zip(x, w):
        k = min(int(4 * (xi - 0.5)), 3)
        counts[k] += 1
        sums[k] += wi * xi
    sums[counts > 0] /= counts[counts > 0]
    return np.sum(sums**2)


@kernel(
    lambda n, rng: (rng.normal(size=2 * n), rng.integers(0, n, 2 * n), np.arange(0, 2 * n + 1, 2), rng.normal(size=n)),
    wrt=(0, 3),
)
def sparse_products(data, indices, indptr, x):
    y, z = np.zeros(len(x)), np.zeros_like(x)
    for i in range(len(indptr) - 1):
        for k in range(indptr[i], indptr[i + 1]):
            y[i] += data[k] * x[indices[k]]
            z[indices[k]] += data[k] * y[i]
    return np.sum(y**2) + np.sum(z**2)


@kernel(lambda n, rng: (rng.normal(size=(n, n)), rng.normal(size=(3, 3))), wrt=(0, 1), sizes=(4, 5))
def convolution(image, weights):
    h, w = image.shape
    out = np.zeros((h - 2, w - 2))
    for i in range(h - 2):
        for j in range(w - 2):
            out[i, j] = np.sum(image[i : i + 3, j : j + 3] * weights)
    out[out < 0] *= 0.1
    return np.sum(out**2)


@kernel(lambda n, rng: (rng.normal(size=(2 * n, 2 * n)),), sizes=(2, 3))
def pooling(image):
    n = image.shape[0] // 2
    out = np.full((n, n), -np.inf)
    mean = np.zeros((n, n))
    for di in range(2):
        for dj in range(2):
            part = image[di::2, dj::2]
            np.maximum(out, part, out=out)
            mean += part / 4
    return np.sum(out**2) + np.sum(mean**3)


@kernel(lambda n, rng: (rng.normal(size=(n, 4)), rng.normal(size=4), rng.normal(size=4)), wrt=(0, 1, 2))
def layer_norm(x, gain, bias):
    x -= x.mean(axis=-1, keepdims=True)
    x /= np.sqrt((x**2).mean(axis=-1, keepdims=True) + 1e-5)
    x *= gain
    x += bias
    e = x - np.max(x, axis=1, keepdims=True)
    np.exp(e, out=e)
    e /= e.sum(axis=1, keepdims=True)
    return np.sum(e[:, 0] ** 2) + np.sum(x[0])


@kernel(vectors(2), wrt=(0, 1))
def durbin(r, b):
    n = len(r)
    r = r / (2.0 * n)
    y = np.zeros(n)
    y[0] = -r[0]
    alpha, beta = -r[0], 1.0
    for k in range(1, n):
        beta *= 1 - alpha * alpha
        alpha = -(r[k] + np.dot(r[:k][::-1], y[:k])) / beta
        y[:k] += alpha * y[:k][::-1].copy()
        y[k] = alpha
    return np.sum(y * b)


@kernel(positive, sizes=(3, 4))
def ldl(a):
    n = len(a)
    d = np.zeros(n)
    for j in range(n):
        d[j] = a[j, j] - np.dot(a[j, :j] ** 2, d[:j])
        for i in range(j + 1, n):
            a[i, j] = (a[i, j] - np.sum(a[i, :j] * a[j, :j] * d[:j])) / d[j]
    return np.sum(np.log(d)) + np.sum(np.tril(a, -1) ** 2)


@kernel(lambda n, rng: (rng.normal(size=(n, 3)),))
def correlation(data):
    n, m = data.shape
    mean = np.zeros(m)
    for i in range(n):
        mean += data[i]
    mean /= n
    data -= mean
    data /= np.sqrt(np.sum(data**2, axis=0) / (n - 1))
    c = np.empty((m, m))
    for i in range(m):
        c[i, i] = 1.0
        for j in range(i + 1, m):
            c[i, j] = c[j, i] = data[:, i] @ data[:, j] / (n - 1)
    return np.sum(c**3)


@kernel(with_last(matrix, 2))
def exponential_smoothing(x, lag):
    level = x[0].copy()
    history = []
    for row in x[1:]:
        level *= 0.7
        level += 0.3 * row
        history.append(level.copy())
    total = 0.0
    for k in range(lag, len(history)):
        total += np.sum(history[k] * history[k - lag])
    return total


@kernel(vector)
def ring_buffer(x):
    ring = np.zeros(3)
    total = 0.0
    for t, value in enumerate(x):
        total += ring[t % 3] * value
        ring[t % 3] = value**2
    return total + ring.sum()


@kernel(matrix)
def blockwise(a):
    for j in range(0, a.shape[1], 2):
        block = a[:, j : j + 2]
        block -= block.mean()
        block[0] *= 2.0
        a[1:3, j] = block[0, 0]
    return np.sum(a**2)


@kernel(vectors(2), wrt=(0, 1))
def running_maximum(x, y):
    best = x.copy()
    for i in range(1, len(x)):
        best[i] = np.maximum(best[i], best[i - 1]) if i % 2 else best[i] + best[i - 1] * y[i]
    best[best > 1.0] -= y[0]
    return np.sum(best**2)


@kernel(vector)
def sieve_of_pairs(x):
    y = x.copy()
    for step in (1, 2):
        y[step::2], y[:-step:2] = y[step::2] + 1.0, y[:-step:2] * 2.0
    return np.sum(y**2)


@kernel(lambda n, rng: (rng.normal(size=(n, n)),), sizes=(3, 4))
def jacobi_rotations(a):
    a = a + a.T
    for p in range(len(a) - 1):
        q = p + 1
        t = 0.5 * np.arctan2(2 * a[p, q], a[q, q] - a[p, p])
        c, s = np.cos(t), np.sin(t)
        ap, aq = a[p].copy(), a[q].copy()
        a[p], a[q] = c * ap - s * aq, s * ap + c * aq
        ap, aq = a[:, p].copy(), a[:, q].copy()
        a[:, p], a[:, q] = c * ap - s * aq, s * ap + c * aq
    return np.sum(np.diag(a) ** 3)
