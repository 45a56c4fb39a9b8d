"""Small numerical programs as people write them: each a loss of arrays, with its arguments."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.callables.table import numbers, regular

LOSSES: list[tuple[Any, tuple[Any, ...]]] = []


def given(*args: Any) -> Any:
    def enter(function: Any) -> Any:
        LOSSES.append((function, args))
        return function

    return enter


X, Y, W = numbers(6, 3), numbers(6, seed=1), numbers(3, seed=2)
IMAGE = numbers(6, 7)
SIGNAL = numbers(16)
LABELS = np.array([0, 2, 1, 2, 0, 1])


@given(W, 0.3, X, Y)
def ridge(w, b, x, y):
    residual = x @ w + b - y
    return np.mean(residual**2) + 0.1 * np.sum(w**2)


@given(W, X, Y)
def huber(w, x, y):
    r = np.abs(x @ w - y)
    return np.where(r < 0.5, 0.5 * r**2, 0.5 * (r - 0.25)).mean()


@given(W, X, (Y > 0).astype(float))
def logistic(w, x, y):
    z = x.dot(w)
    return np.sum(np.logaddexp(0.0, z) - y * z)


@given(numbers(3, 3), X, LABELS)
def cross_entropy(w, x, labels):
    scores = x @ w
    scores = scores - scores.max(axis=1, keepdims=True)
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(labels)), labels].mean()


@given(W, X, np.array([3, 1, 0, 2, 1, 4]))
def poisson(w, x, counts):
    rate = np.exp(x @ w)
    return np.sum(rate - counts * np.log(rate))


@given(X, 1.3, W)
def layer_norm(x, gain, shift):
    mu, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return np.sum(np.tanh(gain * (x - mu) / np.sqrt(var + 1e-5) + shift) ** 3)


@given(X, W)
def batch_norm(x, gain):
    z = (x - np.mean(x, axis=0)) / np.std(x, axis=0, ddof=1)
    return np.sum(np.sin(gain * z))


@given(X, numbers(3, 4), numbers(3, 4, seed=1), numbers(3, 4, seed=2))
def attention(x, wq, wk, wv):
    q, k, v = x @ wq, x @ wk, x @ wv
    s = q @ k.T / math.sqrt(k.shape[-1])
    p = np.exp(s - np.amax(s, axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    return np.sum((p @ v) ** 2)


@given(IMAGE, numbers(3, 3))
def convolution(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3))
    return np.sum(np.tanh(np.einsum("ijkl,kl->ij", windows, kernel)) ** 2)


@given(IMAGE)
def total_variation(image):
    dy, dx = np.gradient(image)
    return np.sum(np.sqrt(dx**2 + dy**2 + 1e-3))


@given(IMAGE)
def smoothness(image):
    return np.sum(np.diff(image, axis=0) ** 2) + np.abs(np.diff(image, 2, axis=1)).sum()


@given(IMAGE)
def blurred(image):
    p = np.pad(image, 1, mode="edge")
    return np.sum((p[:-2, 1:-1] + p[2:, 1:-1] + p[1:-1, :-2] + p[1:-1, 2:] - 4 * image) ** 3)


@given(SIGNAL)
def spectrum(x):
    power = np.abs(np.fft.rfft(x * np.hanning(len(x)))) ** 2
    p = power / power.sum()
    return -np.sum(p * np.log(p + 1e-12))


@given(SIGNAL, np.array([0.2, 0.5, 0.3]))
def filtered(x, taps):
    y = np.convolve(x, taps, mode="same")
    return np.dot(y, np.roll(y, 1))


@given(SIGNAL)
def autocorrelation(x):
    x = x - x.mean()
    full = np.correlate(x, x, "full")
    return full[len(x) :].max() / full[len(x) - 1]


@given(SIGNAL, 0.4)
def exponential_average(x, alpha):
    y = np.empty_like(x)
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = alpha * x[i] + (1 - alpha) * y[i - 1]
    return np.sum((y - x) ** 2)


@given(SIGNAL)
def peak_to_rms(x):
    return np.ptp(x) / np.sqrt(np.mean(np.square(x)))


@given(X)
def mahalanobis(x):
    d = x - x.mean(axis=0)
    return np.sum(d @ np.linalg.inv(np.cov(x, rowvar=False)) * d[::-1])


@given(X)
def correlations(x):
    c = np.corrcoef(x.T)
    return np.sum(np.triu(c, 1) ** 2)


@given(Y)
def moments(x):
    z = (x - np.average(x)) / x.std()
    return np.mean(z**3) + np.mean(z**4)


@given(Y, numbers(6, low=0.1, high=0.9))
def weighted(x, w):
    w = w / np.sum(w)
    mean = np.average(x, weights=w)
    return mean + np.sqrt(np.average((x - mean) ** 2, weights=w))


@given(Y)
def robust(x):
    middle = np.median(x)
    mad = np.median(np.abs(x - middle))
    return np.sum(np.tanh((x - middle) / mad)) + np.percentile(x, 75) - np.quantile(x, 0.25)


@given(regular(3) @ regular(3).T, W)
def gaussian_density(cov, x):
    _, logdet = np.linalg.slogdet(2 * np.pi * cov)
    return -0.5 * (x @ np.linalg.solve(cov, x) + logdet)


@given(X, Y, 0.7)
def kernel_evidence(x, y, scale):
    d2 = np.sum((x[:, None, :] - x[None, :, :]) ** 2, axis=-1)
    k = np.exp(-0.5 * d2 / scale**2) + 0.1 * np.eye(len(x))
    factor = np.linalg.cholesky(k)
    z = np.linalg.solve(factor, y)
    return 0.5 * z @ z + np.log(np.diag(factor)).sum()


@given(regular(4))
def spectral(a):
    s = (a + a.T) / 2
    w, v = np.linalg.eigh(s)
    return np.sum(v[:, -1] ** 4) + np.prod(w[:2]) + np.trace(np.linalg.matrix_power(a, 3))


@given(numbers(5, 3))
def nuclear(a):
    s = np.linalg.svd(a, compute_uv=False)
    return s.sum() + np.linalg.cond(a) + np.linalg.norm(a, "fro") + np.linalg.norm(a, axis=1).max()


@given(100.0, 0.2, 0.03, 1.5)
def black_scholes(spot, sigma, rate, years):
    d1 = (np.log(spot / 95.0) + (rate + sigma**2 / 2) * years) / (sigma * np.sqrt(years))
    d2 = d1 - sigma * math.sqrt(years)
    cdf = lambda z: 0.5 * (1 + math.erf(z / math.sqrt(2)))
    return spot * cdf(d1) - 95.0 * np.exp(-rate * years) * cdf(d2)


@given(np.array([0.01, 0.02, 0.03, 0.035]), np.array([5.0, 5.0, 5.0, 105.0]))
def bond(rates, flows):
    times = np.arange(1, len(rates) + 1)
    return np.sum(flows / (1 + rates) ** times) + np.cumprod(1 / (1 + rates))[-1]


@given(numbers(8, low=-0.2, high=0.3))
def drawdown(returns):
    wealth = np.cumprod(1 + returns)
    return np.max(1 - wealth / np.maximum.accumulate(wealth)) + np.log1p(returns).sum()


@given(numbers(3, low=0.1, high=0.9), regular(3) @ regular(3).T)
def sharpe(w, cov):
    w = w / w.sum()
    return np.inner(w, [0.1, 0.2, 0.15]) / np.sqrt(np.einsum("i,ij,j", w, cov, w))


@given(numbers(5, 2))
def distances(points):
    i, j = np.triu_indices(len(points), k=1)
    r = np.linalg.norm(points[i] - points[j], axis=1)
    return np.sum(1 / r**12 - 2 / r**6) * 1e-9


@given(np.array([1.0, 0.0, 0.0, 1.0]), 0.01)
def orbit(state, dt):
    q, v = state[:2], state[2:]
    for _ in range(5):
        v = v - dt * q / np.hypot(q[0], q[1]) ** 3
        q = q + dt * v
    return 0.5 * np.vdot(v, v) - 1 / np.hypot(*q)


@given(numbers(3))
def rotated(angles):
    c, s = np.cos(angles), np.sin(angles)
    rx = np.array([[1, 0, 0], [0, c[0], -s[0]], [0, s[0], c[0]]])
    rz = np.block([[c[2], -s[2], 0.0], [s[2], c[2], 0.0], [0.0, 0.0, 1.0]])
    return np.cross(rx @ rz @ np.array([1.0, 2.0, 3.0]), [0.0, 0.0, 1.0]).prod()


@given(numbers(5), np.linspace(-1, 1, 9))
def polynomial_fit(c, x):
    return np.trapezoid((np.polyval(c, x) - np.sin(x)) ** 2, x) + np.polyder(c)[0] + np.sum(np.polymul(c, c))


@given(numbers(4, low=0.1, high=0.9))
def entropy(p):
    p = p / p.sum()
    q = np.full_like(p, 1 / p.size)
    return np.sum(p * np.log(p / q)) + np.sum(np.where(p > 0, -p * np.log2(p), 0))


@given(numbers(6, 3), numbers(6, 3, seed=4))
def cosine(a, b):
    sim = np.sum(a * b, axis=1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))
    return np.clip(1 - sim + 0.2, 0, None).mean()


@given(numbers(5, low=0.1, high=0.9), np.array([1, 0, 1, 1, 0]))
def focal(p, t):
    pt = np.where(t == 1, p, 1 - p)
    return -np.mean((1 - pt) ** 2 * np.log(np.clip(pt, 1e-7, 1 - 1e-7)))


@given(numbers(4, 4), numbers(4, 4, seed=3))
def complex_field(a, b):
    z = a + 1j * b
    return np.sum(np.abs(np.fft.fft2(z)) ** 2 * np.arange(4)) + np.angle(z).sum() + (z * z.conj()).real.std()


@given(numbers(7), numbers(4, low=0.1, high=0.9))
def table_lookup(values, at):
    grid = np.linspace(0, 1, 7)
    return np.sum(np.interp(at, grid, values) ** 2) + values[np.searchsorted(grid, at)].sum()


@given(numbers(6, 3), LABELS)
def group_means(x, labels):
    sums = np.zeros((3, x.shape[1]))
    np.add.at(sums, labels, x)
    means = sums / np.bincount(labels)[:, None]
    return np.sum((x - means[labels]) ** 2)


@given(numbers(8))
def top_three(x):
    order = np.argsort(x)[::-1]
    return np.sum(x[order[:3]] * np.array([3.0, 2.0, 1.0])) + np.sort(x)[:2].prod() + np.partition(x, 3)[3]


@given(numbers(2, 3), numbers(3, 2))
def products(a, b):
    return (
        np.kron(a, b).sum() ** 2 + np.tensordot(a, b, axes=([0, 1], [1, 0])) + np.linalg.multi_dot([a, b, a, b]).trace()
    )


@given(numbers(9))
def shuffled(x):
    a, b, c = np.split(x, 3)
    m = np.stack([a, b, c], axis=-1)
    m = np.concatenate([m, m[::-1]], axis=0)
    return np.sum(np.rot90(m) * np.arange(18).reshape(3, 6)) * np.swapaxes(m, 0, 1).max() + np.tile(a, 2) @ np.repeat(
        b, 2
    )


@given(1.3, 0.4)
def scalars(a, b):
    c, s = divmod(a * 7, 2.0)
    return np.sinc(a) + np.i0(b) + np.arctan2(a, b) * s + np.copysign(a, -b) + np.cbrt(a) + np.expm1(b) + c


@given(numbers(3), 4)
def newton(x, steps):
    y = np.ones_like(x)
    for _ in range(steps):
        y -= (y**3 - np.exp(x)) / (3 * y**2)
    return np.sum(y)


@given(numbers(5, 5))
def game(grid):
    new = grid.copy()
    new[1:-1, 1:-1] = 0.25 * (grid[:-2, 1:-1] + grid[2:, 1:-1] + grid[1:-1, :-2] + grid[1:-1, 2:])
    new[grid > 0.5] *= 2
    return (new**2).sum() - np.nanmean(new)


@given(numbers(4), numbers(5))
def grid_sum(u, v):
    a, b = np.meshgrid(u, v, indexing="ij")
    return np.sum(np.exp(-(a**2) - b**2)) + np.sum(np.outer(u, v)[np.ix_([0, 2], [1, 3])])


@given({"w": numbers(3, 4), "b": numbers(4)}, X)
def network(params, x):
    h = np.maximum(x @ params["w"] + params["b"], 0.01 * x @ params["w"])
    return np.mean(np.log(1 + np.exp(-np.abs(h))) + np.maximum(h, 0))


@given(numbers(12))
def windows(x):
    frames = x.reshape(4, 3)
    energy = np.linalg.norm(frames, ord=1, axis=1)
    return (
        np.log(np.sum(np.exp(energy)))
        + np.squeeze(frames[None, 0]).dot(np.flip(frames[1]))
        + np.cumsum(frames, 0)[-1].min()
    )


@given(numbers(6))
def periodic(theta):
    wrapped = (theta + np.pi) % (2 * np.pi) - np.pi
    return np.sum(1 - np.cos(wrapped - np.unwrap(2 * theta))) + np.degrees(theta).mean() * np.deg2rad(3.0)


@given(numbers(3, 3, 3))
def blocks(t):
    total = 0.0
    for i, page in enumerate(t):
        total += np.linalg.det(page + (i + 2) * np.identity(3)) * np.mean(page.T[0])
    return total + np.einsum("iij->j", t).prod()


@given(numbers(5), numbers(5, high=0.9, seed=9))
def compared(a, b):
    best = np.where(a > b, a, b) - np.fmin(a, b)
    return np.select([best > 1, best > 0.2], [best**2, best**3], default=0.1 * best).sum() + max(a[0], b[0]) * min(a)


@given(0.7)
def tuples_of_both_kinds(x):
    away = math.dist((x, 1), (0, x**2))
    return away * np.dot((x, 2), [3, x]) + np.sum([x, 1]) * np.mean((1, x))
