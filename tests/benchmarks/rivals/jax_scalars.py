"""The programs on numbers as one writes them for jax: loops as scans, conditions as choices, loops of no known length
differentiated forwards, as jax has no reverse mode for them."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax


def tiny(x):
    return x * x + jnp.sin(x)


def logistic(x, n):
    return lax.scan(lambda v, _: (4.0 * v * (1.0 - v), None), x, None, length=n, unroll=2)[0]


def step(x):
    return lax.while_loop(lambda y: y < 100.0, lambda y: jnp.where(y > 2.0, y * y, y + x), x)


def cube_root(a):
    def residual(x):
        return x * x * x - a

    return lax.while_loop(lambda x: jnp.abs(residual(x)) > 1e-12, lambda x: x - residual(x) / (3.0 * x * x), a)


def horner(x, coefficients):
    return lax.scan(lambda p, c: (p * x + c, None), 0.0, coefficients, unroll=4)[0]


def energy(resistance, capacity, gain, outside, target, dt):
    def hour(room, temperature):
        heat = jnp.where(room < target, gain * (target - room), 0.0)
        return room + dt * ((temperature - room) / resistance + heat) / capacity, heat

    return dt * jnp.sum(lax.scan(hour, target, outside, unroll=2)[1])


def sir(beta, gamma, susceptible, infected, dt, steps):
    def day(carry, _):
        s, i, load = carry
        new = beta * s * i
        i_next = i + dt * (new - gamma * i)
        return (s - dt * new, i_next, load + dt * i_next * i_next), None

    (s, _, load), _ = lax.scan(day, (susceptible, infected, 0.0), None, length=steps, unroll=2)
    return load + susceptible - s


def lorenz(x, y, z, sigma, rho, beta, dt, steps):
    def slope(x, y, z):
        return sigma * (y - x), x * (rho - z) - y, x * y - beta * z

    def moved(state, by, slopes):
        return [each + by * rate for each, rate in zip(state, slopes, strict=True)]

    def advance(state, _):
        a = slope(*state)
        b = slope(*moved(state, 0.5 * dt, a))
        c = slope(*moved(state, 0.5 * dt, b))
        d = slope(*moved(state, dt, c))
        rates = [p + 2.0 * q + 2.0 * r + s for p, q, r, s in zip(a, b, c, d, strict=True)]
        return tuple(moved(state, dt / 6.0, rates)), None

    (x, y, z), _ = lax.scan(advance, (x, y, z), None, length=steps)
    return x * x + y * y + z * z


def project(rx, ry, rz, cx, cy, cz, focal, u0, v0, k1, k2, px, py, pz, u, v):
    rotation, offset = jnp.stack([rx, ry, rz]), jnp.stack([px - cx, py - cy, pz - cz])
    angle = jnp.sqrt(rotation @ rotation)
    axis = rotation / angle
    c, s = jnp.cos(angle), jnp.sin(angle)
    q = offset * c + jnp.cross(axis, offset) * s + axis * ((axis @ offset) * (1.0 - c))
    p = q[:2] / q[2]
    r2 = p @ p
    error = jnp.stack([u0 - u, v0 - v]) + focal * (1.0 + k1 * r2 + k2 * r2 * r2) * p
    return error @ error


def libor(rates, volatility, normals, delta):
    """All rates at once: a drift is a running sum over the rates that are not fixed yet."""
    count, steps = rates.shape[0], normals.shape[0]
    ahead = jnp.arange(count)[None] - jnp.arange(steps)[:, None] - 1
    is_open = ahead >= 0
    vols = jnp.where(is_open, volatility[jnp.maximum(ahead, 0)], 0.0)

    def advance(rates, given):
        vol, is_open, normal = given
        scaled = delta * vol
        drift = jnp.cumsum(scaled * rates / (1.0 + delta * rates))
        grown = rates * jnp.exp(scaled * drift / delta * vol + vol * (jnp.sqrt(delta) * normal - 0.5 * scaled))
        return jnp.where(is_open, grown, rates), None

    rates, _ = lax.scan(advance, rates, (vols, is_open, normals))
    return jnp.maximum(rates[-1] - 0.05, 0.0) / jnp.prod(1.0 + delta * rates)


FORMS = {
    "tiny function": tiny,
    "logistic map": logistic,
    "while with a branch": step,
    "Newton": cube_root,
    "Horner": horner,
    "building energy": energy,
    "SIR": sir,
    "RK4 Lorenz": lorenz,
    "bundle adjustment": project,
    "Monte-Carlo LIBOR": libor,
}
FORWARDS = {"while with a branch": jax.jacfwd, "Newton": jax.jacfwd}
"""What has loops that only a tangent passes."""
