"""Programs that write into arrays, some with the gradient a person would write (`tests/benchmarks/inplace.py`)."""

from __future__ import annotations

import numpy as np


def heat(u, steps):
    for _ in range(steps):
        u[1:-1] += 0.25 * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    return np.sum(u**2)


def heat_hand(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1] += 0.25 * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    u_bar = 2.0 * u
    for _ in range(steps):
        d = 0.25 * u_bar[1:-1]
        u_bar[:-2] += d
        u_bar[1:-1] -= 2.0 * d
        u_bar[2:] += d
    return u_bar


def heat_plane(u, steps):
    for _ in range(steps):
        u[1:-1, 1:-1] += 0.1 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * u[1:-1, 1:-1])
    return np.sum(u**2)


def burgers(u, c, steps):
    for _ in range(steps):
        u[1:-1] -= c * u[1:-1] * (u[2:] - u[:-2])
    return np.sum(u**2)


def burgers_hand(u, c, steps):
    u = u.copy()
    u_stack = []
    for _ in range(steps):
        u_stack.append(u[1:-1].copy())
        u[1:-1] -= c * u[1:-1] * (u[2:] - u[:-2])
    u_bar = 2.0 * u
    while u_stack:
        u[1:-1] = u_stack.pop()
        d = c * u_bar[1:-1]
        d2 = d * u[1:-1]
        d *= u[2:] - u[:-2]
        u_bar[1:-1] -= d
        u_bar[2:] -= d2
        u_bar[:-2] += d2
    return u_bar


def burgers_viscous(u, c, nu, steps):
    for _ in range(steps):
        u[1:-1] = u[1:-1] - c * u[1:-1] * (u[1:-1] - u[:-2]) + nu * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u**2)


def reaction_diffusion(u, v, steps):
    for _ in range(steps):
        r = u[1:-1] * v[1:-1] ** 2
        lap_u = u[2:] - 2.0 * u[1:-1] + u[:-2]
        lap_v = v[2:] - 2.0 * v[1:-1] + v[:-2]
        u[1:-1] += 0.16 * lap_u - r + 0.035 * (1.0 - u[1:-1])
        v[1:-1] += 0.08 * lap_v + r - 0.095 * v[1:-1]
    return np.sum(u * v)


def fdtd(e, steps):
    h = np.zeros(len(e) - 1)
    for _ in range(steps):
        h += 0.5 * (e[1:] - e[:-1])
        e[1:-1] += 0.5 * (h[1:] - h[:-1])
    return np.sum(e**2)


def fdtd_hand(e, steps):
    e = e.copy()
    h = np.zeros(len(e) - 1)
    for _ in range(steps):
        h += 0.5 * (e[1:] - e[:-1])
        e[1:-1] += 0.5 * (h[1:] - h[:-1])
    e_bar = 2.0 * e
    h_bar = np.zeros_like(h)
    for _ in range(steps):
        d = 0.5 * e_bar[1:-1]
        h_bar[1:] += d
        h_bar[:-1] -= d
        d = 0.5 * h_bar
        e_bar[1:] += d
        e_bar[:-1] -= d
    return e_bar


def fdtd_plane(ez, steps):
    hx = np.zeros((ez.shape[0], ez.shape[1] - 1))
    hy = np.zeros((ez.shape[0] - 1, ez.shape[1]))
    for _ in range(steps):
        hx -= 0.5 * (ez[:, 1:] - ez[:, :-1])
        hy += 0.5 * (ez[1:, :] - ez[:-1, :])
        ez[1:-1, 1:-1] += 0.5 * (hy[1:, 1:-1] - hy[:-1, 1:-1] - hx[1:-1, 1:] + hx[1:-1, :-1])
    return np.sum(ez**2)


def jacobi(u, f, steps):
    for _ in range(steps):
        old = u.copy()
        u[1:-1, 1:-1] = 0.25 * (old[:-2, 1:-1] + old[2:, 1:-1] + old[1:-1, :-2] + old[1:-1, 2:] - f[1:-1, 1:-1])
    return np.sum(u**2)


def gauss_seidel(u, f, sweeps):
    n = len(u)
    for _ in range(sweeps):
        for i in range(1, n - 1):
            u[i] = 0.5 * (u[i - 1] + u[i + 1] - f[i])
    return np.sum(u**2)


def recurrence(x, a):
    y = np.zeros_like(x)
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = a * y[i - 1] + np.sin(x[i])
    return np.sum(y)


def prefix_product(x):
    y = np.zeros_like(x)
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = y[i - 1] * x[i]
    return y[-1]


def prefix_product_hand(x):
    y = np.zeros_like(x)
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = y[i - 1] * x[i]
    y_bar = np.zeros_like(y)
    y_bar[-1] = 1.0
    x_bar = np.zeros_like(x)
    for i in range(len(x) - 1, 0, -1):
        d = y_bar[i]
        x_bar[i] = y[i - 1] * d
        y_bar[i - 1] += x[i] * d
    x_bar[0] = y_bar[0]
    return x_bar


def advection(u, c, steps):
    for _ in range(steps):
        u = u - c * (u - np.roll(u, 1))
    return np.sum(u**2)


def advection_nonlinear(u, c, steps):
    for _ in range(steps):
        u = u - c * u * (u - np.roll(u, 1))
    return np.sum(u**2)


def recursive_filter(x, a, b):
    y = np.zeros_like(x)
    for i in range(2, len(x)):
        y[i] = x[i] - a * y[i - 1] - b * y[i - 2]
    return np.sum(y**2)


def _wave(n):
    return 1.0 + 0.1 * np.sin(np.linspace(0.0, 6.0, n))


def _plane(n):
    return np.outer(_wave(n), _wave(n))


PROBLEMS = {
    # name: (function, hand-written gradient or None, arguments of a size, sizes, most times the primal)
    "heat": (heat, heat_hand, lambda n: (_wave(n), 100), (1000, 100_000, 1_000_000), 2.0),
    "heat_plane": (heat_plane, None, lambda n: (_plane(n), 50), (32, 300, 1000), 2.0),
    "burgers": (burgers, burgers_hand, lambda n: (_wave(n), 0.01, 100), (1000, 100_000, 1_000_000), 3.0),
    "burgers_viscous": (burgers_viscous, None, lambda n: (_wave(n), 0.01, 0.1, 100), (1000, 100_000, 1_000_000), 3.0),
    "reaction_diffusion": (reaction_diffusion, None, lambda n: (_wave(n), _wave(n), 50), (1000, 100_000), 3.0),
    "fdtd": (fdtd, fdtd_hand, lambda n: (_wave(n), 100), (1000, 100_000), 2.0),
    "fdtd_plane": (fdtd_plane, None, lambda n: (_plane(n), 50), (32, 300), 2.0),
    "jacobi": (jacobi, None, lambda n: (_plane(n), _plane(n), 50), (32, 300), 2.0),
    "gauss_seidel": (gauss_seidel, None, lambda n: (_wave(n), _wave(n), 10), (1000,), 4.0),
    "recurrence": (recurrence, None, lambda n: (_wave(n), 0.9), (100_000,), 4.0),
    "prefix_product": (prefix_product, prefix_product_hand, lambda n: (_wave(n) ** 0.001,), (100_000,), 4.0),
    "advection": (advection, None, lambda n: (_wave(n), 0.1, 100), (1000, 100_000), 2.0),
    "advection_nonlinear": (advection_nonlinear, None, lambda n: (_wave(n), 0.1, 100), (1000, 100_000), 3.0),
    "recursive_filter": (recursive_filter, None, lambda n: (_wave(n), 0.3, 0.2), (100_000,), 4.0),
}
