"""Factorisations, solvers and products, by element and by slice."""

from __future__ import annotations

import numpy as np

from tests.inplace.registry import dominant, kernel, matrix, positive, vectors, with_last, with_vector


@kernel(dominant, sizes=(3, 5))
def lu(a):
    a = a.copy()
    n = len(a)
    for k in range(n):
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            for j in range(k + 1, n):
                a[i, j] -= a[i, k] * a[k, j]
    return np.sum(a * a)


@kernel(dominant, sizes=(3, 5))
def lu_by_slices(a):
    n = a.shape[0]
    for i in range(n):
        for j in range(i):
            a[i, j] -= a[i, :j] @ a[:j, j]
            a[i, j] /= a[j, j]
        for j in range(i, n):
            a[i, j] -= a[i, :i] @ a[:i, j]
    return np.sum(np.sin(a))


@kernel(dominant, sizes=(3, 5))
def lu_by_outer_products(a):
    lower, upper = np.eye(len(a)), a.copy()
    for k in range(len(a) - 1):
        lower[k + 1 :, k] = upper[k + 1 :, k] / upper[k, k]
        upper[k + 1 :, k:] -= np.outer(lower[k + 1 :, k], upper[k, k:])
    return np.sum(lower**2) + np.sum(np.log(np.abs(np.diag(upper))))


@kernel(with_vector(dominant), wrt=(0, 1), sizes=(3, 5))
def pivoted_elimination(a, b):
    a, b = a[::-1].copy(), b.copy()
    n = len(b)
    for k in range(n - 1):
        p = k + np.argmax(np.abs(a[k:, k]))
        if p != k:
            a[[k, p]] = a[[p, k]]
            b[k], b[p] = b[p], b[k]
        for i in range(k + 1, n):
            m = a[i, k] / a[k, k]
            a[i, k:] -= m * a[k, k:]
            b[i] -= m * b[k]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
    return np.sum(x**2)


@kernel(positive, sizes=(3, 5))
def cholesky(a):
    n = len(a)
    low = np.zeros((n, n))
    for j in range(n):
        for i in range(j, n):
            s = a[i, j] - low[i, :j] @ low[j, :j]
            if i == j:
                low[i, j] = np.sqrt(s)
            else:
                low[i, j] = s / low[j, j]
    return np.sum(np.sin(low))


@kernel(positive, sizes=(3, 5))
def cholesky_in_place(a):
    for j in range(len(a)):
        a[j, j] = np.sqrt(a[j, j])
        a[j + 1 :, j] /= a[j, j]
        for k in range(j + 1, len(a)):
            a[k:, k] -= a[k:, j] * a[k, j]
    return 2.0 * np.sum(np.log(np.diag(a))) + np.sum(np.tril(a))


@kernel(positive, sizes=(3, 5))
def ldl(a):
    n = len(a)
    low, d = np.eye(n), np.zeros(n)
    for j in range(n):
        d[j] = a[j, j]
        for k in range(j):
            d[j] -= low[j, k] ** 2 * d[k]
        for i in range(j + 1, n):
            low[i, j] = a[i, j]
            for k in range(j):
                low[i, j] -= low[i, k] * low[j, k] * d[k]
            low[i, j] /= d[j]
    return np.sum(np.log(d)) + np.sum(low)


@kernel(with_vector(dominant), wrt=(0, 1), sizes=(3, 5))
def forward_substitution(a, b):
    x = b.copy()
    for i in range(len(x)):
        for j in range(i):
            x[i] -= a[i, j] * x[j]
        x[i] /= a[i, i]
    return np.sum(x**2)


@kernel(with_vector(dominant), wrt=(0, 1), sizes=(3, 5))
def back_substitution(a, b):
    n = len(b)
    x = np.zeros_like(b)
    for i in reversed(range(n)):
        x[i] = (b[i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
    return np.sum(np.exp(x))


@kernel(vectors(4), wrt=(0, 1, 2, 3))
def thomas(lower, diagonal, upper, right):
    """The tridiagonal solver, overwriting its own arguments."""
    n = len(diagonal)
    diagonal += 3.0
    for i in range(1, n):
        m = lower[i] / diagonal[i - 1]
        diagonal[i] -= m * upper[i - 1]
        right[i] -= m * right[i - 1]
    right[-1] /= diagonal[-1]
    for i in range(n - 2, -1, -1):
        right[i] = (right[i] - upper[i] * right[i + 1]) / diagonal[i]
    return np.sum(right**2)


@kernel(dominant, sizes=(3, 4))
def gram_schmidt(a):
    q = a.copy()
    n = q.shape[1]
    r = np.zeros((n, n))
    for k in range(n):
        r[k, k] = np.sqrt(np.sum(q[:, k] ** 2))
        q[:, k] /= r[k, k]
        for j in range(k + 1, n):
            r[k, j] = q[:, k] @ q[:, j]
            q[:, j] -= q[:, k] * r[k, j]
    return np.sum(r**2) + np.sum(q)


@kernel(dominant, sizes=(3, 4))
def householder(a):
    a = a.copy()
    n = a.shape[1]
    for k in range(n - 1):
        v = a[k:, k].copy()
        v[0] += np.sqrt(v @ v)
        v /= np.sqrt(v @ v)
        a[k:, k:] -= 2.0 * np.outer(v, v @ a[k:, k:])
    return np.sum(np.triu(a) ** 3)


@kernel(dominant, sizes=(3, 4))
def givens(a):
    n = len(a)
    r = a.copy()
    for j in range(n - 1):
        for i in range(n - 1, j, -1):
            h = np.sqrt(r[i - 1, j] ** 2 + r[i, j] ** 2)
            c, s = r[i - 1, j] / h, r[i, j] / h
            upper, lower = r[i - 1].copy(), r[i].copy()
            r[i - 1] = c * upper + s * lower
            r[i] = -s * upper + c * lower
    return np.sum(np.abs(np.diag(r))) + r[0, -1]


@kernel(vectors(1), sizes=(4, 6))
def durbin(r):
    n = len(r)
    r = 0.3 * r
    y = np.zeros(n)
    z = np.empty(n)
    alpha, beta = -r[0], 1.0
    y[0] = -r[0]
    for k in range(1, n):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(r[:k][::-1], y[:k])) / beta
        z[:k] = y[:k] + alpha * y[:k][::-1]
        y[:k] = z[:k]
        y[k] = alpha
    return np.sum(y**2)


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, (n, n)), rng.uniform(0.5, 1.5, (n, 3))), wrt=(0, 1), sizes=(3, 5))
def syrk(c, a):
    for i in range(len(c)):
        c[i, : i + 1] *= 0.7
        for k in range(a.shape[1]):
            c[i, : i + 1] += 1.5 * a[i, k] * a[: i + 1, k]
    return np.sum(c**2)


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, (n, n)), rng.uniform(0.5, 1.5, (n, 3))), wrt=(0, 1), sizes=(3, 5))
def trmm(a, b):
    for i in range(len(b)):
        for j in range(b.shape[1]):
            b[i, j] += np.dot(a[i + 1 :, i], b[i + 1 :, j])
            b[i, j] = 1.5 * b[i, j]
    return np.sum(b**2)


@kernel(
    lambda n, rng: tuple(rng.uniform(0.5, 1.5, shape) for shape in ((n, n + 1), (n + 1, 3), (n, 3))),
    wrt=(0, 1, 2),
    sizes=(3, 4),
)
def gemm(a, b, c):
    c *= 0.5
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            for k in range(a.shape[1]):
                c[i, j] += a[i, k] * b[k, j]
    return np.sum(c * c)


@kernel(with_vector(dominant), wrt=(0, 1), sizes=(3, 5))
def gemver(a, u):
    a += np.outer(u, u)
    x = np.zeros(len(u))
    x += 0.5 * a.T @ u
    x += u
    w = np.zeros_like(x)
    w[:] = a @ x
    return w @ w


@kernel(with_vector(positive), wrt=(0, 1), sizes=(3, 5))
def conjugate_gradient(a, b):
    x = np.zeros_like(b)
    r = b - a @ x
    p = r.copy()
    rs = r @ r
    for _ in range(2):
        ap = a @ p
        alpha = rs / (p @ ap)
        x += alpha * p
        r -= alpha * ap
        new = r @ r
        p *= new / rs
        p += r
        rs = new
    return x @ x


@kernel(with_last(with_vector(dominant), 3), wrt=(0, 1), sizes=(3, 5))
def power_iteration(a, v, steps):
    v = v.copy()
    for _ in range(steps):
        v[:] = a @ v
        v /= np.linalg.norm(v)
    return v @ a @ v


@kernel(matrix, sizes=(4, 5))
def covariance(data):
    n, m = data.shape
    mean = np.zeros(m)
    for j in range(m):
        for i in range(n):
            mean[j] += data[i, j]
        mean[j] /= n
    data -= mean
    cov = np.zeros((m, m))
    for i in range(m):
        for j in range(i, m):
            cov[i, j] = data[:, i] @ data[:, j] / (n - 1.0)
            cov[j, i] = cov[i, j]
    return np.sum(cov**2)


@kernel(matrix, sizes=(4, 5))
def correlation(data):
    m = data.shape[1]
    data = data - np.mean(data, axis=0)
    deviation = np.sqrt(np.mean(data**2, axis=0))
    data /= deviation
    corr = np.eye(m)
    for i in range(m - 1):
        corr[i + 1 :, i] = corr[i, i + 1 :] = data[:, i] @ data[:, i + 1 :] / len(data)
    return np.sum(corr**3)


@kernel(matrix, sizes=(3, 4))
def matrix_power(a):
    n = a.shape[0]
    result, base, exponent = np.eye(n), a[:, :n] * 0.3, 5
    while exponent:
        if exponent & 1:
            result = result @ base
        base = base @ base
        exponent >>= 1
    result[np.arange(n), np.arange(n)] += 1.0
    return np.sum(result)


@kernel(dominant, sizes=(3, 4))
def inverse_by_gauss_jordan(a):
    n = len(a)
    work = np.zeros((n, 2 * n))
    work[:, :n] = a
    work[:, n:] = np.eye(n)
    for k in range(n):
        work[k] /= work[k, k]
        for i in range(n):
            if i != k:
                work[i] -= work[i, k] * work[k]
    return np.sum(work[:, n:] ** 2)
