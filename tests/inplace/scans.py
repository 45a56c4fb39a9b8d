"""Recurrences, filters, tables of dynamic programming, counting, sorting; layers of networks; particles."""

from __future__ import annotations

import numpy as np

from tests.inplace.registry import kernel, matrix, vector, vectors, with_last


@kernel(vector)
def prefix_sums(x):
    s = np.zeros(len(x) + 1)
    for i in range(len(x)):
        s[i + 1] = s[i] + x[i]
    return np.sum(s**2)


@kernel(vector)
def prefix_products_in_place(x):
    for i in range(1, len(x)):
        x[i] *= x[i - 1]
    return np.sum(x)


@kernel(vectors(1), sizes=(8, 16))
def work_efficient_scan(x):
    """Up-sweep and down-sweep with strides."""
    x = x.copy()
    n = 8
    d = 1
    while d < n:
        for i in range(2 * d - 1, n, 2 * d):
            x[i] += x[i - d] * 0.5
        d *= 2
    x[n - 1] = 0.0
    d = n // 2
    while d >= 1:
        for i in range(2 * d - 1, n, 2 * d):
            t = x[i - d]
            x[i - d] = x[i]
            x[i] += t * t
        d //= 2
    return np.sum(x**2)


@kernel(with_last(vector, 0.4, 0.3), wrt=(0, 1, 2))
def recursive_filter(x, a, b):
    y = np.zeros_like(x)
    y[0] = x[0]
    y[1] = a * y[0] + x[1]
    for i in range(2, len(x)):
        y[i] = x[i] + a * y[i - 1] - b * y[i - 2] ** 2
    return np.sum(y**2)


@kernel(vectors(2), wrt=(0, 1))
def filter_backwards(x, w):
    y = x.copy()
    for i in range(len(y) - 2, -1, -1):
        y[i] += 0.5 * w[i] * y[i + 1]
    y[::-1] *= w
    return np.sum(y * y)


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, n), rng.uniform(0.5, 1.5, 3)), wrt=(0, 1))
def convolution(x, k):
    y = np.zeros(len(x) + len(k) - 1)
    for i, xi in enumerate(x):
        for j, kj in enumerate(k):
            y[i + j] += xi * kj
    return np.sum(y**3)


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, (n, n)), rng.uniform(0.5, 1.5, (2, 3))), wrt=(0, 1), sizes=(4, 5))
def convolution_2d(image, k):
    rows, columns = image.shape[0] - k.shape[0] + 1, image.shape[1] - k.shape[1] + 1
    out = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            for p in range(k.shape[0]):
                for q in range(k.shape[1]):
                    out[i, j] += image[i + p, j + q] * k[p, q]
    return np.sum(np.tanh(out))


@kernel(lambda n, rng: (rng.normal(size=(n, n)),), sizes=(4, 6))
def max_pooling(x):
    h, w = x.shape[0] // 2, x.shape[1] // 2
    out = np.zeros((h, w))
    for i in range(h):
        for j in range(w):
            out[i, j] = np.max(x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2])
    return np.sum(out**2)


@kernel(matrix)
def softmax_in_place(x):
    x -= np.max(x, axis=1, keepdims=True)
    np.exp(x, out=x)
    x /= np.sum(x, axis=1, keepdims=True)
    return np.sum(x * np.arange(x.shape[1]))


@kernel(lambda n, rng: (rng.normal(size=(n, 4)), rng.normal(size=4), rng.normal(size=4)), wrt=(0, 1, 2))
def layer_norm(x, g, b):
    out = x - np.mean(x, axis=-1, keepdims=True)
    out /= np.sqrt(np.mean(out**2, axis=-1, keepdims=True) + 1e-3)
    out *= g
    out += b
    return np.sum(out**2)


@kernel(lambda n, rng: (rng.normal(size=(n, 3)), rng.normal(size=(3, 4)), rng.normal(size=4)), wrt=(0, 1, 2))
def relu_layer(x, w, b):
    h = x @ w
    h += b
    h[h < 0] = 0.0
    h[h > 1.5] *= 0.5
    return np.sum(h**2)


@kernel(
    lambda n, rng: (rng.normal(size=(n, 2)), rng.normal(size=(n, 2)), rng.uniform(1, 2, n)), wrt=(0, 1, 2), sizes=(3, 4)
)
def n_body(x, v, m):
    n = len(m)

    def accelerations(x):
        a = np.zeros_like(x)
        for i in range(n):
            for j in range(n):
                if i != j:
                    d = x[j] - x[i]
                    r2 = d @ d + 0.1
                    a[i] += m[j] * d / (r2 * np.sqrt(r2))
        return a

    x, v = x.copy(), v.copy()
    a = accelerations(x)
    for _ in range(2):
        v += 0.05 * a
        x += 0.1 * v
        a = accelerations(x)
        v += 0.05 * a
    return np.sum(x**2) + np.sum(v**2)


def pair_force(x, f, i, j):
    d = x[i] - x[j]
    s = 1.0 / (d @ d + 0.2)
    g = (12 * s**2 - 6 * s) * d
    f[i] += g
    f[j] -= g


@kernel(lambda n, rng: (rng.normal(size=(n, 3)),), sizes=(3, 4))
def molecular_forces(x):
    f = np.zeros_like(x)
    for i in range(len(x)):
        for j in range(i):
            pair_force(x, f, i, j)
    return np.sum(f**2)


def csr(n, rng):
    indptr = np.arange(0, 2 * n + 1, 2)
    indices = rng.integers(0, n, 2 * n)
    return rng.uniform(0.5, 1.5, 2 * n), indices, indptr, rng.uniform(0.5, 1.5, n)


@kernel(csr, wrt=(0, 3))
def sparse_product(data, indices, indptr, x):
    y = np.zeros(len(indptr) - 1)
    for row in range(len(y)):
        for k in range(indptr[row], indptr[row + 1]):
            y[row] += data[k] * x[indices[k]]
    return np.sum(y**2)


@kernel(csr, wrt=(0, 3))
def sparse_transposed_product(data, indices, indptr, x):
    y = np.zeros_like(x)
    for row in range(len(indptr) - 1):
        for k in range(indptr[row], indptr[row + 1]):
            y[indices[k]] += data[k] * x[row]
    return np.sum(y**2)


def binned(n, rng):
    return rng.uniform(0.5, 1.5, n), rng.integers(0, 3, n)


@kernel(binned)
def weighted_histogram(w, bins):
    h = np.zeros(4)
    for k, b in enumerate(bins):
        h[b] += w[k] ** 2
    return np.sum(h**2)


@kernel(binned)
def scattered_with_repeats(w, bins):
    h = np.zeros(4)
    np.add.at(h, bins, w * w)
    np.subtract.at(h, bins[1:], w[:-1])
    return np.sum(h**2)


@kernel(binned)
def last_of_repeats(w, bins):
    h = np.ones(4)
    h[bins] = w**2
    h[bins] += w
    return np.sum(h**3)


@kernel(binned)
def counted_into_bins(w, labels):
    counts = np.zeros(3, dtype=int)
    sums = np.zeros(3)
    for i in range(len(w)):
        counts[labels[i]] += 1
        sums[labels[i]] += w[i]
    means = np.zeros(3)
    for c in range(3):
        if counts[c] > 0:
            means[c] = sums[c] / counts[c]
    return np.sum(means**2)


@kernel(lambda n, rng: (rng.normal(size=(n, 3)), rng.normal(size=(3, 3))), wrt=(0, 1))
def viterbi(emission, transition):
    n, k = emission.shape
    score = np.zeros((n, k))
    back = np.zeros((n, k), dtype=int)
    score[0] = emission[0]
    for t in range(1, n):
        for j in range(k):
            candidates = score[t - 1] + transition[:, j]
            back[t, j] = np.argmax(candidates)
            score[t, j] = candidates[back[t, j]] + emission[t, j]
    path = np.zeros(n, dtype=int)
    path[-1] = np.argmax(score[-1])
    for t in range(n - 1, 0, -1):
        path[t - 1] = back[t, path[t]]
    total = 0.0
    for t in range(n):
        total += emission[t, path[t]] ** 2
    return np.max(score[-1]) + total


@kernel(lambda n, rng: (rng.uniform(0.1, 1, (3, 3)), rng.uniform(0.1, 1, (3, 4)), rng.integers(0, 4, n)), wrt=(0, 1))
def hidden_markov_forward(a, b, observed):
    n, k = len(observed), len(a)
    alpha = np.zeros((n, k))
    scale = np.zeros(n)
    alpha[0] = b[:, observed[0]] / k
    scale[0] = alpha[0].sum()
    alpha[0] /= scale[0]
    for t in range(1, n):
        for j in range(k):
            for i in range(k):
                alpha[t, j] += alpha[t - 1, i] * a[i, j]
            alpha[t, j] *= b[j, observed[t]]
        scale[t] = alpha[t].sum()
        alpha[t] /= scale[t]
    return np.sum(np.log(scale))


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, n), rng.integers(1, 4, n), 6))
def knapsack(value, weight, capacity):
    best = np.zeros(capacity + 1)
    for i in range(len(value)):
        for c in range(capacity, weight[i] - 1, -1):
            best[c] = max(best[c], best[c - weight[i]] + value[i] ** 2)
    return best[capacity]


@kernel(lambda n, rng: (rng.normal(size=n), rng.normal(size=n + 1)), wrt=(0, 1))
def time_warping(x, y):
    n, m = len(x), len(y)
    cost = np.full((n + 1, m + 1), 1e3)
    cost[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            d = (x[i - 1] - y[j - 1]) ** 2
            cost[i, j] = d + min(cost[i - 1, j], cost[i, j - 1], cost[i - 1, j - 1])
    return cost[n, m]


@kernel(lambda n, rng: (rng.uniform(0.5, 3.0, (n, n)),), sizes=(4, 5))
def shortest_paths(w):
    d = w.copy()
    n = len(d)
    for k in range(n):
        for i in range(n):
            for j in range(n):
                if d[i, k] + d[k, j] < d[i, j]:
                    d[i, j] = d[i, k] + d[k, j]
    return np.sum(d**2)


@kernel(lambda n, rng: (rng.normal(size=n),))
def bubble_sort(x):
    x = x.copy()
    n = len(x)
    for i in range(n):
        for j in range(n - 1 - i):
            if x[j] > x[j + 1]:
                x[j], x[j + 1] = x[j + 1], x[j]
    return np.sum(x * np.arange(n))


@kernel(lambda n, rng: (rng.normal(size=n),))
def insertion_sort(a):
    for i in range(1, len(a)):
        key = a[i]
        j = i - 1
        while j >= 0 and a[j] > key:
            a[j + 1] = a[j]
            j -= 1
        a[j + 1] = key
    return np.sum(a * np.arange(len(a)) ** 2)


@kernel(lambda n, rng: (rng.normal(size=n),))
def sorted_in_place(x):
    y = x * x
    y.sort()
    return np.sum(y * np.arange(len(x)))


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, n), rng.uniform(0.5, 1.5, 3)), wrt=(0, 1))
def polynomial_product(x, c):
    p = np.zeros(1)
    p[0] = 1.0
    q = np.zeros(len(x) + 1)
    q[0] = 1.0
    for k in range(len(x)):
        for i in range(k + 1, 0, -1):
            q[i] = q[i - 1] - x[k] * q[i]
        q[0] = -x[k] * q[0]
    return np.sum(q**2) + p[0] * c[0]


@kernel(vectors(2), wrt=(0, 1))
def divided_differences(x, y):
    x = np.cumsum(x)
    c = y.copy()
    n = len(c)
    for j in range(1, n):
        c[j:] = (c[j:] - c[j - 1 : -1]) / (x[j:] - x[:-j])
    return np.sum(c**2)


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, 2), n))
def runge_kutta(y0, steps):
    ys = np.zeros((steps + 1, 2))
    ys[0] = y0
    h = 0.1
    k = np.zeros((4, 2))

    def f(y, out):
        out[0] = y[0] * (1.1 - 0.4 * y[1])
        out[1] = -y[1] * (0.4 - 0.1 * y[0])

    for i in range(steps):
        f(ys[i], k[0])
        f(ys[i] + 0.5 * h * k[0], k[1])
        f(ys[i] + 0.5 * h * k[1], k[2])
        f(ys[i] + h * k[2], k[3])
        ys[i + 1] = ys[i] + h / 6 * (k[0] + 2 * k[1] + 2 * k[2] + k[3])
    return np.sum(ys[-1] ** 2)


@kernel(lambda n, rng: (rng.normal(size=3), rng.normal(size=(n, 3)), rng.normal(size=n)), wrt=(0,))
def adam(w, x, y):
    w = w.copy()
    m, v = np.zeros_like(w), np.zeros_like(w)
    for t in range(1, 4):
        g = 2 * x.T @ (x @ w - y) / len(y)
        m *= 0.9
        m += 0.1 * g
        v *= 0.99
        v += 0.01 * g**2
        w -= 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-2)
    return np.sum((x @ w - y) ** 2)


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, (n, 3)), rng.uniform(0.5, 1.5, (3, 3))), wrt=(0, 1))
def recurrent_network(x, w):
    hidden = np.zeros((len(x) + 1, 3))
    for t, row in enumerate(x):
        hidden[t + 1] = np.tanh(w @ hidden[t] + row)
    return np.sum(hidden[1:] ** 2)


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, (n, 4)), rng.uniform(0.5, 1.5, (n, 4))), wrt=(0, 1), sizes=(3, 4))
def attention(q, k):
    n = len(q)
    s = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            s[i, j] = q[i] @ k[j]
    mask = np.arange(n)[:, None] < np.arange(n)[None, :]
    s[mask] = -30.0
    s -= s.max(axis=1, keepdims=True)
    p = np.exp(s)
    p /= p.sum(axis=1, keepdims=True)
    return np.sum((p @ k) ** 2)


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, n), 0.05), wrt=(0, 1))
def option_tree(s, r):
    """Backward induction, in place, over one row."""
    v = np.maximum(1.1 - s, 0.0)
    v = np.exp(-v) * s
    for step in range(len(s) - 1, 0, -1):
        for i in range(step):
            v[i] = (0.6 * v[i + 1] + 0.4 * v[i]) / (1 + r)
    return v[0] ** 2


@kernel(vectors(2), wrt=(0, 1), sizes=(4, 8))
def stockham_transform(re, im):
    """The Fourier transform with two pairs of buffers, real and imaginary parts apart."""
    n = len(re)
    yr, yi = re.copy(), im.copy()
    zr, zi = np.zeros(n), np.zeros(n)
    half, m = n // 2, 1
    while half >= 1:
        for j in range(half):
            c, s = np.cos(np.pi * j / half), -np.sin(np.pi * j / half)
            for k in range(m):
                p, q = k + j * m, k + j * m + half * m
                zr[k + 2 * j * m] = yr[p] + yr[q]
                zi[k + 2 * j * m] = yi[p] + yi[q]
                dr, di = yr[p] - yr[q], yi[p] - yi[q]
                zr[k + 2 * j * m + m] = c * dr - s * di
                zi[k + 2 * j * m + m] = c * di + s * dr
        yr, zr = zr, yr
        yi, zi = zi, yi
        half //= 2
        m *= 2
    return np.sum(yr[1:3] ** 2 + yi[1:3] ** 2) + yr[0] ** 3
