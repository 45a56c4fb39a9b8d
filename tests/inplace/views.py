"""Names that share memory: views, views of views, swaps, rows of a loop, arrays in containers, in attributes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.inplace.registry import kernel, matrix, vector, vectors


@kernel(vector)
def alias(x):
    y = x
    y[0] = x[1] * x[2]
    return np.sum(x**2)


@kernel(vectors(2), wrt=(0, 1))
def alias_augmented(u, v):
    ref = v
    ref += u
    ref *= v
    return np.sum(u * v)


@kernel(vector)
def view_written(x):
    v = x[1:]
    v[0] = x[0] * x[1]
    v *= 2.0
    return np.sum(x**2)


@kernel(vector)
def base_written_after_view(x):
    v = x[1:-1]
    x[1] = np.sin(x[0])
    x *= x
    return np.sum(v**2)


@kernel(matrix)
def view_of_view(x):
    v = x[1:]
    w = v[:, 1:]
    r = w[0]
    r *= 3.0
    w[1, 0] += r[0] * x[0, 0]
    return np.sum(x**2)


@kernel(vector)
def strided_views(x):
    even, odd = x[::2], x[1::2]
    even *= 2.0
    odd += even[: len(odd)] ** 2
    backwards = x[::-1]
    backwards[0] = x[0] * x[1]
    return np.sum(x**2)


@kernel(matrix)
def transposed_view(a):
    t = a.T
    t[0] *= a[:, 1]
    t[1, 0] = 5.0 * a[1, 1]
    return np.sum(a**2)


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, 2 * n),))
def reshaped_view(x):
    y = x * 2.0
    m = y.reshape(-1, 2)
    m[:, 0] *= m[:, 1]
    m[0] = 1.0
    flat = m.ravel()
    flat[3] += flat[2] ** 2
    return np.sum(y**2)


@kernel(vector)
def new_axis_view(x):
    y = x + 0.0
    column = y[:, None]
    column[1:, 0] *= 2.0
    row = y[np.newaxis]
    row[0, 0] = row[0, 1] ** 2
    return np.sum(y**3)


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, (1, n)),))
def squeezed_view(x):
    y = x.copy()
    s = y.squeeze()
    s[0] *= s[1]
    e = np.expand_dims(s, 0)
    e[0, 2] = y[0, 0] ** 2
    return np.sum(y**2)


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, (n, 2, 3)),), sizes=(2, 3))
def moved_axes(x):
    y = x.copy()
    s = np.swapaxes(y, 0, 2)
    s[0] += 1.0
    t = np.transpose(y, (1, 2, 0))
    t[1, 2] *= t[0, 1]
    m = np.moveaxis(y, 0, -1)
    m[0, 0] = m[1, 1] ** 2
    return np.sum(y**2)


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, (n, 3)),))
def flipped_view(x):
    y = x * 1.0
    f = y[::-1, 1:]
    f[0] = f[1] * 2.0
    g = np.flip(y, 0)
    g[0, 0] *= y[0, 0]
    return np.sum(y**2)


@kernel(vector)
def swapped_elements(y):
    i, j = 0, len(y) - 1
    while i < j:
        y[i], y[j] = y[j], y[i] * 0.5
        i += 1
        j -= 1
    return np.sum(y * np.arange(len(y)))


@kernel(matrix)
def swapped_rows(a):
    a[[0, 1]] = a[[1, 0]]
    a[1], a[2] = a[2].copy(), a[1] * 2.0
    tmp = a[0].copy()
    a[0] = a[-1]
    a[-1] = tmp * a[0]
    return np.sum(a * np.arange(a.shape[1]))


@kernel(matrix)
def rows_of_a_loop(a):
    a = a.copy()
    for row in a:
        row *= row[0]
        row[1:] += 1.0
    return np.sum(a**2)


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, (n, 3)), rng.uniform(0.5, 1.5, (n, 3))), wrt=(0, 1))
def zipped_rows(a, b):
    for i, (p, q) in enumerate(zip(a, b)):
        p *= q
        q[i % 3] = p[0] ** 2
    return np.sum(a * b)


@kernel(matrix)
def columns_of_a_loop(a):
    for j, column in enumerate(a.T):
        column /= np.sum(column) + j
    return np.sum(np.sin(a))


@kernel(matrix)
def nested_rows(a):
    total = 0.0
    for i in range(len(a)):
        row = a[i]
        for k in range(1, len(row)):
            row[k] = row[k - 1] * row[k]
            total += row[k]
    return total + a[1, 1]


@kernel(vector)
def in_a_list(x):
    layers = [x.copy(), 2.0 * x, np.zeros_like(x)]
    for k in range(2):
        layers[k][1:] *= layers[k][:-1]
        layers[k + 1][0] += layers[k][-1]
    layers[2][:] = layers[0] * layers[1]
    return np.sum(layers[2]) + np.sum(layers[1] ** 2)


@kernel(lambda n, rng: ({"w": rng.uniform(0.5, 1.5, (n, 2)), "b": rng.uniform(0.5, 1.5, 2)},))
def in_a_dict(p):
    p["b"] += 1.0
    p["w"][0] = p["b"] ** 2
    h = p["w"]
    h *= 0.5
    return np.sum(p["w"] * p["b"])


@kernel(lambda n, rng: ([rng.uniform(0.5, 1.5, n), rng.uniform(0.5, 1.5, n)],))
def list_of_arrays_updated(state):
    x, v = state
    for _ in range(3):
        v -= 0.1 * np.sin(x)
        x += 0.1 * v
    return np.sum(state[0] ** 2) + np.sum(state[1])


@dataclass
class Grid:
    u: np.ndarray
    time: float = 0.0

    def step(self, dt):
        self.u[1:-1] += dt * (self.u[2:] - 2 * self.u[1:-1] + self.u[:-2])
        self.u[0] *= 1.0 - dt
        self.time += dt


@kernel(vector)
def in_an_attribute(x):
    g = Grid(x.copy())
    for _ in range(3):
        g.step(0.1)
    return np.sum(g.u**2) + g.time


@kernel(vector)
def tuple_of_arrays(x):
    pair = (x.copy(), x * 2.0)
    pair[0][:] = pair[1] ** 2
    a, b = pair
    b[0] = a[1]
    return np.sum(pair[0]) + np.sum(pair[1] ** 2)


@kernel(vector)
def view_in_a_branch(x):
    y = x * 1.0
    v = y[:2]
    if x[0] > 0.9:
        v *= x[0]
    else:
        y[0] = x[1]
    return np.sum(y**2)


@kernel(vector)
def branches_of_stores(x):
    y = np.zeros_like(x)
    for i in range(len(x)):
        if x[i] > 1.0:
            y[i] = x[i] ** 2
        elif i % 2 == 0:
            y[i] = np.sin(x[i])
            if y[i] > 0.7:
                continue
            y[i] += 1.0
    return np.sum(y**2)


@kernel(vector)
def early_exit(x):
    y = x.copy()
    for i in range(len(y)):
        y[i] *= x[0]
        if y[i] < 0.7:
            y[-1] = 3.0 * x[1]
            break
    else:
        y[0] = x[2] ** 2
    return np.sum(y**2)


@kernel(vector)
def overwritten_before_use(x):
    y = np.sqrt(x)
    y[:] = x * x
    y[1:] = y[:-1]
    return np.sum(y)


@kernel(vector)
def overlapping_copy(x):
    y = x.copy()
    y[1:] = y[:-1] * 1.0
    y[:-1] = y[1:]
    y[2:] += y[:-2]
    return np.sum(y**2)


@kernel(vector)
def read_then_overwritten(x):
    t = x[0]
    x[0] = t * x[1]
    s = x[1:]
    p = np.sum(s * s)
    x[1:] = 2.0
    return t * x[0] + p * np.sum(s)


@kernel(vector)
def old_value_kept(x):
    old = x
    x = x + 1.0
    x[0] = 0.0
    return np.sum(old * x)


@kernel(vector)
def copy_is_no_alias(x):
    a = x
    b = x.copy()
    a[0] = 2.0 * b[1]
    b[1] = a[0] ** 2
    return np.sum(a * b)


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, n), rng.integers(0, n, 2 * n)))
def gathered_is_no_alias(x, index):
    g = x[index]
    g *= 2.0
    x[0] = g[1]
    m = x[x > 1.0]
    m += 1.0
    return np.sum(g) + np.sum(x**2) + np.sum(m)


@kernel(matrix)
def ellipsis_and_whole(a):
    b = np.empty_like(a)
    b[...] = a
    b[:] *= 2.0
    b[..., 0] = a[..., 1] ** 2
    c = np.zeros_like(a)
    c += b
    c[:, :] = c * a
    return np.sum(c)


@kernel(matrix)
def broadcast_stores(a):
    b = np.zeros_like(a)
    b[:] = a[0]
    b[:, 1] = a[0, 0]
    b[1:, :] += a[:1] ** 2
    b[[0, 2]] *= a[1]
    return np.sum(b**2)


@kernel(matrix)
def fancy_stores(a):
    n = len(a)
    i = np.arange(n)
    a[i, i] *= 2.0
    a[i, (i + 1) % n] = np.sin(a[i, i])
    a[np.ix_([0, 1], [0, 2])] = 1.0
    a[a > 1.2] **= 2
    return np.sum(a**2)


@kernel(vector)
def masked_stores(x):
    y = x.copy()
    y[y > 1.0] = 1.0
    m = x < 0.8
    y[m] = x[m] ** 2
    y[~m] -= 0.5
    return np.sum(y**3)


@kernel(vector)
def deleted_and_renamed(x):
    a = x * 2.0
    b = a
    del a
    b[0] = x[1]
    a = b[1:]
    a[0] = 7.0 * b[0]
    return np.sum(b**2)


@kernel(vector)
def walrus_and_chain(x):
    a = b = x.copy()
    a[0] = 3.0 * x[1]
    b[1] = (t := a[0] * a[2])
    a[-1] = b[-2] = t
    return np.sum(a * b)


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, n).astype(np.float32),), tolerance=3e-4, order=1)
def single_precision(x):
    y = np.zeros_like(x)
    y[0] = 2.0 * x[0]
    for i in range(1, len(x)):
        y[i] = y[i - 1] * x[i]
    y *= 0.5
    return np.sum(y * y)


@kernel(vector)
def counts_in_integers(x):
    n = len(x)
    order = np.arange(n)
    for i in range(n - 1):
        if x[i] > 1.0:
            order[i], order[i + 1] = order[i + 1], order[i]
    weights = np.zeros(n, dtype=np.int64)
    weights[order] += np.arange(n)
    flags = np.zeros(n, dtype=bool)
    flags[::2] = True
    return np.sum(x**2 * weights) + np.sum(x[flags])


@kernel(
    lambda n, rng: (rng.uniform(0.5, 1.5, (n, 2, 3)), rng.uniform(0.5, 1.5, (3, n)), rng.uniform(0.5, 1.5, n)),
    wrt=(0, 1, 2),
)
def turned_stores(x, m, v):
    y = x.copy()
    t = np.transpose(y, (1, 2, 0))
    t[0] = m
    t[1] *= v
    t[:, 1] += v
    t[1, 2] -= t[0, 1]
    s = np.swapaxes(y, 1, 2)
    s[:, 0] = 2.0 * y[0, :, 1]
    s[0, :, 0] = m[:, 0]
    w = np.moveaxis(y, 1, 0)
    w[1, 1:, :2] *= 0.5
    w[0, ::2] = y[0, 1]
    w[...] += 0.1
    y.T[1][0] = v**2
    y.T[[0, 2]] *= 1.5
    return np.sum(np.sin(y))


@kernel(vector)
def same_under_another_name(x):
    y = x * x
    z = y.view()
    z[0] = 2.0 * y[1]
    y *= z[0]
    return np.sum(y * z)


@kernel(vector)
def flat_kernel_matrix(x):
    """The differences of a column and a row are laid out row by row, so `ravel` gives a view."""
    differences = x[:, None] - x[None, :]
    covariance = np.exp(-(differences**2))
    covariance.ravel()[:: len(x) + 1] += x**2
    return np.linalg.slogdet(covariance)[1]


@kernel(vector)
def flat_part_of_a_matrix(x):
    y = np.outer(x, x)
    inside = 2.0 * y[1:-1, ::2]
    flat = inside.reshape(-1)
    flat[::2] *= x[0]
    pairs = x[:4].reshape(2, 2) * 1.5
    pairs.ravel()[1:] += x[:3] ** 2
    return np.sum(inside**2) + np.sum(pairs**3) + np.sum(y[0])
