"""Grids: relaxation, heat, waves, transport, flow; buffers that are exchanged."""

from __future__ import annotations

import numpy as np

from tests.inplace.registry import kernel, vector, vectors, with_last, with_vector


def grid(n, rng):
    return (rng.uniform(0.5, 1.5, (n, n)),)


def two_grids(n, rng):
    return rng.uniform(0.5, 1.5, (n, n)), rng.uniform(0.5, 1.5, (n, n))


@kernel(vectors(2), wrt=(0, 1))
def jacobi(u, f):
    u = u.copy()
    for _ in range(4):
        u[1:-1] = 0.5 * (u[:-2] + u[2:] - f[1:-1] * u[1:-1])
    return np.sum(u**2)


@kernel(two_grids, wrt=(0, 1))
def jacobi_2d(p, b):
    p = p.copy()
    for _ in range(3):
        pn = p.copy()
        p[1:-1, 1:-1] = 0.25 * (pn[1:-1, 2:] + pn[1:-1, :-2] + pn[2:, 1:-1] + pn[:-2, 1:-1] - b[1:-1, 1:-1])
        p[0, :] = p[1, :]
        p[-1, :] = p[-2, :] ** 2
        p[:, 0] = 0.0
        p[:, -1] = np.sin(p[:, -2])
    return np.sum(p * p)


@kernel(vectors(2), wrt=(0, 1))
def gauss_seidel(u, f):
    u = u.copy()
    for _ in range(3):
        for i in range(1, len(u) - 1):
            u[i] = 0.5 * (u[i - 1] + u[i + 1] - f[i] * u[i])
    return np.sum(u**2)


@kernel(with_last(vectors(2), 1.3), wrt=(0, 1, 2))
def over_relaxation(u, f, omega):
    """Red-black: every second point with a step."""
    x = u.copy()
    for _ in range(2):
        x[1:-1:2] = (1 - omega) * x[1:-1:2] + omega * 0.5 * (x[:-2:2] + x[2::2] - f[1:-1:2])
        for i in range(2, len(x) - 1, 2):
            x[i] += omega * (0.5 * (x[i - 1] + x[i + 1]) - x[i] * f[i])
    return x @ x


@kernel(vector)
def heat(u):
    for _ in range(3):
        u[1:-1] += 0.25 * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    return np.sum(u**2)


@kernel(vectors(2), wrt=(0, 1))
def heat_by_conductivity(u, k):
    u = u.copy()
    for _ in range(3):
        flux = k[1:] * (u[1:] - u[:-1])
        u[1:-1] += 0.1 * (flux[1:] - flux[:-1])
        u[0] = u[1]
        u[-1] -= 0.1 * u[-1] ** 4
    return np.sum(u * k)


@kernel(grid)
def heat_2d(u):
    out = u.copy()
    for _ in range(3):
        lap = np.zeros_like(out)
        lap[1:-1, 1:-1] = out[:-2, 1:-1] + out[2:, 1:-1] + out[1:-1, :-2] + out[1:-1, 2:] - 4 * out[1:-1, 1:-1]
        out += 0.1 * lap * out
    return np.sum(out**2)


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, (n, n - 1, n)),), sizes=(4, 5))
def heat_3d(u):
    u = u.copy()
    for _ in range(2):
        c = u[1:-1, 1:-1, 1:-1]
        d = u[2:, 1:-1, 1:-1] + u[:-2, 1:-1, 1:-1] + u[1:-1, 2:, 1:-1] + u[1:-1, :-2, 1:-1]
        d = d + u[1:-1, 1:-1, 2:] + u[1:-1, 1:-1, :-2] - 6 * c
        c += 0.05 * d * c
    return np.sum(u**3)


@kernel(vectors(2), wrt=(0, 1))
def fdtd_1d(ez, hy):
    ez, hy = ez.copy(), hy.copy()
    for t in range(4):
        hy[:-1] += 0.5 * (ez[1:] - ez[:-1])
        ez[1:] += 0.5 * (hy[1:] - hy[:-1]) / (1.0 + ez[1:] ** 2)
        ez[2] += np.exp(-((t - 2.0) ** 2))
    return np.sum(ez**2) + hy[1]


@kernel(lambda n, rng: tuple(rng.uniform(0.5, 1.5, (n, n)) for _ in range(3)), wrt=(0, 1, 2))
def fdtd_2d(ex, ey, hz):
    for t in range(2):
        ey[0, :] = 0.1 * t
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1]) * hz[:-1, :-1]
    return np.sum(ex) + np.sum(ey * hz)


@kernel(grid, sizes=(4, 6))
def adi(u):
    """Alternating directions with a tridiagonal sweep, as in PolyBench."""
    n = u.shape[0]
    u = u.copy()
    v = np.zeros((n, n))
    p = np.zeros((n, n))
    q = np.zeros((n, n))
    a, b, c = -0.3, 1.7, -0.2
    for _ in range(2):
        v[0, 1 : n - 1] = 1.0
        p[1 : n - 1, 0] = 0.0
        q[1 : n - 1, 0] = v[0, 1 : n - 1]
        for j in range(1, n - 1):
            p[1 : n - 1, j] = -c / (a * p[1 : n - 1, j - 1] + b)
            q[1 : n - 1, j] = (u[j, : n - 2] - u[j, 1 : n - 1] * a * q[1 : n - 1, j - 1]) / (
                a * p[1 : n - 1, j - 1] + b + u[j, 1 : n - 1] ** 2
            )
        v[n - 1, 1 : n - 1] = 1.0
        for j in range(n - 2, -1, -1):
            v[j, 1 : n - 1] = p[1 : n - 1, j] * v[j + 1, 1 : n - 1] + q[1 : n - 1, j]
        u[1 : n - 1, 0] = 1.0
        for j in range(1, n - 1):
            u[1 : n - 1, j] = 0.5 * u[1 : n - 1, j - 1] + v[j, 1 : n - 1] * u[1 : n - 1, j]
    return np.sum(u * v)


@kernel(with_last(vectors(2), 0.1), wrt=(0, 1, 2))
def advection_diffusion(u, c, dt):
    u = u.copy()
    for _ in range(3):
        gradient = 0.5 * (np.roll(u, -1) - np.roll(u, 1))
        laplacian = np.roll(u, -1) - 2 * u + np.roll(u, 1)
        u += dt * (0.3 * laplacian - c * u * gradient)
    return np.sum(u**2)


@kernel(vector)
def upwind(u):
    new = np.empty_like(u)
    for _ in range(3):
        for i in range(len(u)):
            new[i] = u[i] - 0.3 * u[i] * (u[i] - u[i - 1])
        u[:] = new
    return np.sum(u * u)


@kernel(lambda n, rng: tuple(rng.uniform(0.5, 1.5, (n, n)) for _ in range(3)), wrt=(0, 1, 2), sizes=(4, 5))
def cavity_flow(u, v, p):
    """One step of the driven cavity: source term, pressure sweeps, momentum, walls."""
    dt, dx, rho, nu = 0.01, 0.5, 1.0, 0.1
    u, v, p = u.copy(), v.copy(), p.copy()
    b = np.zeros_like(p)
    un = np.empty_like(u)
    vn = np.empty_like(v)
    for _ in range(2):
        un[:] = u
        vn[...] = v
        b[1:-1, 1:-1] = rho * (
            1 / dt * ((u[1:-1, 2:] - u[1:-1, 0:-2]) / (2 * dx) + (v[2:, 1:-1] - v[0:-2, 1:-1]) / (2 * dx))
            - ((u[1:-1, 2:] - u[1:-1, 0:-2]) / (2 * dx)) ** 2
        )
        for _ in range(2):
            pn = p.copy()
            p[1:-1, 1:-1] = (pn[1:-1, 2:] + pn[1:-1, 0:-2] + pn[2:, 1:-1] + pn[0:-2, 1:-1]) / 4 - 0.01 * b[1:-1, 1:-1]
            p[:, -1] = p[:, -2]
            p[0, :] = p[1, :]
            p[-1, :] = 0
        u[1:-1, 1:-1] = (
            un[1:-1, 1:-1]
            - un[1:-1, 1:-1] * dt / dx * (un[1:-1, 1:-1] - un[1:-1, 0:-2])
            - vn[1:-1, 1:-1] * dt / dx * (un[1:-1, 1:-1] - un[0:-2, 1:-1])
            - dt / (2 * rho * dx) * (p[1:-1, 2:] - p[1:-1, 0:-2])
            + nu * dt * (un[1:-1, 2:] - 2 * un[1:-1, 1:-1] + un[1:-1, 0:-2])
        )
        v[1:-1, 1:-1] -= dt * vn[1:-1, 1:-1] * (p[2:, 1:-1] - p[0:-2, 1:-1])
        u[0, :] = 0
        u[-1, :] = 1
        v[:, 0] = v[:, -1] = 0
    return np.sum(u**2) + np.sum(v * v) + p[1, 1]


@kernel(vector)
def exchanged_buffers(u):
    v = np.zeros_like(u)
    for _ in range(3):
        v[1:-1] = u[1:-1] * (u[:-2] + u[2:])
        u, v = v, u
    return np.sum(u * u) + np.sum(v)


@kernel(with_vector(vector), wrt=(0, 1))
def exchanged_by_third_name(u, w):
    new = w.copy()
    for _ in range(4):
        new[0] = u[-1]
        new[1:] = 0.9 * u[:-1] * w[1:]
        old = u
        u = new
        new = old
    return np.sum(u) + u[0] * new[1]


@kernel(grid)
def wave(u):
    """Three time levels in one array, indexed by the step."""
    n = u.shape[0]
    levels = np.zeros((3, n, n))
    levels[0] = u
    levels[1] = 0.9 * u
    for t in range(2, 6):
        now, before = levels[(t - 1) % 3], levels[(t - 2) % 3]
        levels[t % 3, 1:-1, 1:-1] = (
            2 * now[1:-1, 1:-1]
            - before[1:-1, 1:-1]
            + 0.1 * now[1:-1, 1:-1] * (now[2:, 1:-1] + now[:-2, 1:-1] - 2 * now[1:-1, 1:-1])
        )
    return np.sum(levels[2] ** 2) + levels[0, 1, 1]


@kernel(vectors(2), wrt=(0, 1))
def trajectory(u0, k):
    """All times in the rows of one array."""
    steps = 4
    u = np.empty((steps + 1, len(u0)))
    u[0] = u0
    for t in range(steps):
        u[t + 1] = u[t]
        u[t + 1, 1:-1] += 0.2 * k[1:-1] * (u[t, 2:] - 2 * u[t, 1:-1] + u[t, :-2])
    return np.sum(u[-1] ** 2) + u[2, 1]


@kernel(grid)
def seidel_2d(a):
    n = len(a)
    for _ in range(2):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                a[i, j] = (a[i - 1, j] * a[i, j - 1] + a[i, j] + a[i, j + 1] + a[i + 1, j]) / 5.0
    return np.sum(a)


@kernel(vector, sizes=(7, 9))
def smoothing_until_flat(u):
    """The number of sweeps depends on the values; a branch inside writes one of two ways."""
    u = u.copy()
    sweeps = 0
    while np.sum((u[1:] - u[:-1]) ** 2) > 0.02 and sweeps < 6:
        if sweeps % 2 == 0:
            u[1:-1] = (u[:-2] + u[1:-1] + u[2:]) / 3.0
        else:
            u[::2] *= 0.99
        sweeps += 1
    return np.sum(u**3)


@kernel(two_grids, wrt=(0, 1))
def exchanged_with_an_argument(u, b):
    new = u.copy()
    for _ in range(len(b)):
        new[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - b[1:-1, 1:-1])
        u, new = new, u
    return np.sum(u * u)


@kernel(vectors(2), wrt=(0, 1))
def two_names_at_first(u, c):
    v = u
    for _ in range(3):
        u = u - c * v * (u - np.roll(v, 1))
        v = v + 0.5 * u * np.roll(u, -1)
    return np.sum(u * v)


@kernel(vectors(2), wrt=(0, 1))
def slices_grown_apart(x, w):
    z = x[: len(w) - 1] * 2.0
    v = w[1:] * 3.0
    for _ in range(2):
        z[1:] += 0.5 * z[:-1]
    for _ in range(2):
        v[1:] += 0.25 * v[:-1]
    y = z + v
    return np.sum(y**3)
