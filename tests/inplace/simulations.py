"""Simulations that step arrays in place: splitting schemes, flows, particles, waves."""

from __future__ import annotations

import numpy as np

from tests.inplace.registry import kernel, vector, vectors, with_last, with_vector


def square(n, rng):
    return (rng.uniform(0.5, 1.5, (n, n)),)


def thomas(lower, diagonal, upper, right):
    """A tridiagonal system, solved in the memory of its right side."""
    n = len(right)
    c = np.empty(n)
    c[0] = upper / diagonal
    right[0] /= diagonal
    for i in range(1, n):
        m = diagonal - lower * c[i - 1]
        c[i] = upper / m
        right[i] = (right[i] - lower * right[i - 1]) / m
    for i in range(n - 2, -1, -1):
        right[i] -= c[i] * right[i + 1]


@kernel(with_last(square, 0.3), wrt=(0, 1), sizes=(4, 5))
def alternating_directions(u, r):
    for _ in range(2):
        half = u + r * (np.roll(u, 1, axis=1) - 2 * u + np.roll(u, -1, axis=1))
        for j in range(u.shape[1]):
            thomas(-r, 1 + 2 * r, -r, half[:, j])
        u[...] = half + r * (np.roll(half, 1, axis=0) - 2 * half + np.roll(half, -1, axis=0))
        for i in range(u.shape[0]):
            thomas(-r, 1 + 2 * r, -r, u[i])
    return np.sum(u**3)


@kernel(
    with_last(lambda n, rng: (rng.normal(size=(n, n)), rng.normal(size=(n, n)), rng.normal(size=(n, n))), 0.05),
    wrt=(0, 1, 2, 3),
    sizes=(5, 6),
)
def cavity_flow(u, v, p, dt):
    for _ in range(2):
        un, vn = u.copy(), v.copy()
        b = np.zeros_like(p)
        b[1:-1, 1:-1] = (u[1:-1, 2:] - u[1:-1, :-2]) + (v[2:, 1:-1] - v[:-2, 1:-1]) * u[1:-1, 1:-1]
        for _ in range(2):
            pn = p.copy()
            p[1:-1, 1:-1] = 0.25 * (pn[1:-1, 2:] + pn[1:-1, :-2] + pn[2:, 1:-1] + pn[:-2, 1:-1]) - 0.25 * b[1:-1, 1:-1]
            p[:, -1] = p[:, -2]
            p[0, :] = p[1, :]
            p[-1, :] = 0.0
        u[1:-1, 1:-1] = (
            un[1:-1, 1:-1]
            - un[1:-1, 1:-1] * dt * (un[1:-1, 1:-1] - un[1:-1, :-2])
            - vn[1:-1, 1:-1] * dt * (un[1:-1, 1:-1] - un[:-2, 1:-1])
            - dt * (p[1:-1, 2:] - p[1:-1, :-2])
        )
        v[1:-1, 1:-1] -= vn[1:-1, 1:-1] * dt * (vn[1:-1, 1:-1] - vn[:-2, 1:-1]) + dt * (p[2:, 1:-1] - p[:-2, 1:-1])
        u[0, :] = u[:, 0] = v[0, :] = 0.0
        u[-1, :] = 1.0
    return np.sum(u**2) + np.sum(v * p)


@kernel(
    lambda n, rng: (rng.normal(size=(n, 2)), rng.normal(size=(n, 2)), rng.uniform(1, 2, n), 0.01),
    wrt=(0, 1, 2, 3),
    sizes=(3, 4),
)
def velocity_verlet(x, v, m, dt):
    def forces():
        f = np.zeros_like(x)
        for i in range(len(x)):
            for j in range(i):
                d = x[j] - x[i]
                pull = m[i] * m[j] * d / (d @ d + 0.1) ** 1.5
                f[i] += pull
                f[j] -= pull
        return f

    a = forces() / m[:, None]
    for _ in range(3):
        v += 0.5 * dt * a
        x += dt * v
        a[:] = forces() / m[:, None]
        v += 0.5 * dt * a
    return 0.5 * np.sum(m * np.sum(v**2, axis=1)) + np.sum(x**2)


@kernel(lambda n, rng: ([rng.normal(size=(n, n)) for _ in range(2)], rng.normal(size=(n, n)), 0.1), wrt=(0, 1, 2))
def velocity_fields(fields, rho, dt):
    for _ in range(2):
        for w in fields:
            flux = w * rho
            rho -= dt * (np.roll(flux, -1, axis=0) - np.roll(flux, 1, axis=0))
        for w in fields:
            w[1:-1] *= 1.0 - dt * rho[1:-1]
        fields[0][0] += fields[1][-1]
    return np.sum(rho**2) + sum(np.sum(w**2) for w in fields)


@kernel(lambda n, rng: (rng.normal(size=n + 1), rng.normal(size=n), 0.4), wrt=(0, 1, 2))
def yee(e, h, c):
    for t in range(4):
        h += c * (e[1:] - e[:-1])
        e[1:-1] += c * (h[1:] - h[:-1])
        e[0] = np.sin(0.3 * t)
        e[-1] = e[-2]
    return np.sum(e**2) + np.sum(h**4)


@kernel(with_last(vectors(2), 0.1), wrt=(0, 1, 2))
def leapfrog_swap(u, before, c):
    new = np.empty_like(u)
    for _ in range(3):
        new[1:-1] = 2 * u[1:-1] - before[1:-1] + c * (u[2:] - 2 * u[1:-1] + u[:-2]) * u[1:-1]
        new[0] = new[-1] = 0.0
        before, u, new = u, new, before
    return np.sum(u**2) + np.sum(before)


@kernel(with_last(square, 3), sizes=(4, 6))
def red_black(a, sweeps):
    u = np.zeros_like(a)
    for _ in range(sweeps):
        for start in (0, 1):
            for i in range(1, len(a) - 1):
                first = 1 + (i + start) % 2
                row = u[i, first:-1:2]
                row[:] = 0.25 * (u[i - 1, first:-1:2] + u[i + 1, first:-1:2] + a[i, first:-1:2] ** 2)
    return np.sum(u**2)


@kernel(with_last(vector, 0.2), wrt=(0, 1))
def burgers_limited(u, c):
    flux = np.zeros(len(u) + 1)
    for _ in range(3):
        slope = np.zeros_like(u)
        slope[1:-1] = np.minimum(np.abs(u[2:] - u[1:-1]), np.abs(u[1:-1] - u[:-2])) * np.sign(u[2:] - u[:-2])
        flux[1:-1] = 0.5 * (u[:-1] + 0.5 * slope[:-1]) ** 2
        flux[0], flux[-1] = flux[1], flux[-2]
        u -= c * (flux[1:] - flux[:-1])
    return np.sum(u**2)


@kernel(lambda n, rng: (rng.uniform(0.5, 1, n), rng.uniform(0.1, 0.3, (n, n)), 0.05), wrt=(0, 1, 2), sizes=(3, 5))
def runge_kutta_stages(y, a, dt):
    k = np.zeros((4, len(y)))
    stage = np.empty_like(y)
    for _ in range(2):
        for s, w in enumerate((0.0, 0.5, 0.5, 1.0)):
            stage[:] = y
            if s > 0:
                stage += w * dt * k[s - 1]
            k[s] = stage * (1 - a @ stage)
        y += dt / 6 * (k[0] + 2 * k[1] + 2 * k[2] + k[3])
    return np.sum(y**2)


def relaxed(u, rate):
    for i in range(1, len(u) - 1):
        u[i] += rate * (u[i - 1] * u[i + 1] - u[i])


@kernel(with_last(with_vector(vector), 0.3), wrt=(0, 1, 2), sizes=(8, 9))
def multigrid_like(u, f, rate):
    fine = u.copy()
    for _ in range(2):
        relaxed(fine, rate)
        coarse = fine[::2]
        relaxed(coarse, rate)
        relaxed(fine[1:], rate)
        fine += 0.1 * f
    return np.sum(fine**2)
