"""Grids and particles: stencils, in-place recurrences, time stepping."""

from __future__ import annotations

import numpy as np

from tests.benchmarks.problem import Problem


def heat(u, steps):
    u = u.copy()
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


def fluid(u, v, nu, steps):
    """Burgers' equations on a periodic square, central differences."""
    for _ in range(steps):
        ux = 0.5 * (np.roll(u, -1, 0) - np.roll(u, 1, 0))
        uy = 0.5 * (np.roll(u, -1, 1) - np.roll(u, 1, 1))
        vx = 0.5 * (np.roll(v, -1, 0) - np.roll(v, 1, 0))
        vy = 0.5 * (np.roll(v, -1, 1) - np.roll(v, 1, 1))
        lu = np.roll(u, 1, 0) + np.roll(u, -1, 0) + np.roll(u, 1, 1) + np.roll(u, -1, 1) - 4.0 * u
        lv = np.roll(v, 1, 0) + np.roll(v, -1, 0) + np.roll(v, 1, 1) + np.roll(v, -1, 1) - 4.0 * v
        u, v = u - 0.1 * (u * ux + v * uy) + nu * lu, v - 0.1 * (u * vx + v * vy) + nu * lv
    return np.sum(u * u + v * v)


def _difference(a, axis):
    return 0.5 * (np.roll(a, -1, axis) - np.roll(a, 1, axis))


def _laplacian(a):
    return np.roll(a, 1, 0) + np.roll(a, -1, 0) + np.roll(a, 1, 1) + np.roll(a, -1, 1) - 4.0 * a


def fluid_hand(u, v, nu, steps):
    states = []
    for _ in range(steps):
        ux, uy, vx, vy = _difference(u, 0), _difference(u, 1), _difference(v, 0), _difference(v, 1)
        states.append((u, v, ux, uy, vx, vy))
        u, v = (
            u - 0.1 * (u * ux + v * uy) + nu * _laplacian(u),
            v - 0.1 * (u * vx + v * vy) + nu * _laplacian(v),
        )
    u_bar, v_bar = 2.0 * u, 2.0 * v
    while states:
        u, v, ux, uy, vx, vy = states.pop()
        gu, gv = 0.1 * u_bar, 0.1 * v_bar
        u_bar, v_bar = (
            u_bar - gu * ux - gv * vx + _difference(gu * u, 0) + _difference(gu * v, 1) + nu * _laplacian(u_bar),
            v_bar - gu * uy - gv * vy + _difference(gv * u, 0) + _difference(gv * v, 1) + nu * _laplacian(v_bar),
        )
    return u_bar, v_bar


def fluid_arguments():
    rng = np.random.default_rng(4)
    return rng.standard_normal((32, 32)), rng.standard_normal((32, 32)), 0.05, 20


def nbody(position, velocity, mass, dt, steps):
    """Velocity Verlet for softened gravity; the squared distances from the origin at the end."""
    for _ in range(steps):
        separation = position[None, :, :] - position[:, None, :]
        inverse = (np.sum(separation * separation, axis=2) + 0.01) ** -1.5
        acceleration = np.sum(separation * (inverse * mass)[:, :, None], axis=1)
        velocity = velocity + dt * acceleration
        position = position + dt * velocity
    return np.sum(position * position)


def nbody_hand(position, velocity, mass, dt, steps):
    states = []
    for _ in range(steps):
        separation = position[None, :, :] - position[:, None, :]
        squared = np.sum(separation * separation, axis=2) + 0.01
        inverse = squared**-1.5
        weight = inverse * mass
        states.append((separation, squared, weight))
        velocity = velocity + dt * np.sum(separation * weight[:, :, None], axis=1)
        position = position + dt * velocity
    position_bar, velocity_bar = 2.0 * position, np.zeros_like(velocity)
    while states:
        separation, squared, weight = states.pop()
        velocity_bar += dt * position_bar
        g = dt * velocity_bar
        weight_bar = np.sum(separation * g[:, None, :], axis=2)
        squared_bar = -3.0 * weight_bar * weight / squared
        separation_bar = weight[:, :, None] * g[:, None, :] + separation * squared_bar[:, :, None]
        position_bar += separation_bar.sum(0)
        position_bar -= separation_bar.sum(1)
    return position_bar, velocity_bar


def nbody_arguments():
    rng = np.random.default_rng(5)
    return rng.standard_normal((20, 3)), rng.standard_normal((20, 3)), rng.uniform(0.5, 1.5, 20), 0.01, 20


def recurrence(a, x):
    y = np.zeros(len(x))
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = a * y[i - 1] + x[i] * x[i]
    return y[-1]


def recurrence_hand(a, x):
    y = np.zeros(len(x))
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = a * y[i - 1] + x[i] * x[i]
    x_bar = np.zeros(len(x))
    a_bar, g = 0.0, 1.0
    for i in range(len(x) - 1, 0, -1):
        a_bar += g * y[i - 1]
        x_bar[i] = 2.0 * x[i] * g
        g *= a
    x_bar[0] = g
    return a_bar, x_bar


def jacobi(b, steps):
    """Jacobi iterations for the five-point Poisson problem, in two buffers."""
    u = np.zeros(b.shape)
    w = np.zeros(b.shape)
    for _ in range(steps):
        w[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] + b[1:-1, 1:-1])
        u, w = w, u
    return np.sum(u * u)


def jacobi_hand(b, steps):
    u = np.zeros(b.shape)
    w = np.zeros(b.shape)
    for _ in range(steps):
        w[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] + b[1:-1, 1:-1])
        u, w = w, u
    u_bar, w_bar, b_bar = 2.0 * u, np.zeros(b.shape), np.zeros(b.shape)
    for _ in range(steps):
        u_bar, w_bar = w_bar, u_bar
        d = 0.25 * w_bar[1:-1, 1:-1]
        u_bar[:-2, 1:-1] += d
        u_bar[2:, 1:-1] += d
        u_bar[1:-1, :-2] += d
        u_bar[1:-1, 2:] += d
        b_bar[1:-1, 1:-1] += d
        w_bar[1:-1, 1:-1] = 0.0
    return b_bar


PROBLEMS = [
    Problem("heat stencil", heat, heat_hand, lambda: (np.sin(np.arange(1000.0)), 50)),
    Problem("fluid step", fluid, fluid_hand, fluid_arguments, (0, 1)),
    Problem("N-body", nbody, nbody_hand, nbody_arguments, (0, 1)),
    Problem("in-place recurrence", recurrence, recurrence_hand, lambda: (0.9, np.sin(np.arange(1000.0))), (0, 1)),
    Problem("Jacobi", jacobi, jacobi_hand, lambda: (np.sin(np.arange(2500.0)).reshape(50, 50), 50)),
]
