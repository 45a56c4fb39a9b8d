"""The programs on arrays as one writes them for jax: scans, updates by `.at`, `vmap`, products over whole batches."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy.linalg import solve_triangular


def loss(W1, b1, W2, b2, x, y):
    return jnp.mean((jnp.tanh(x @ W1 + b1) @ W2 + b2 - y) ** 2)


def rnn(Wx, Wh, b, Wo, xs, y):
    h, _ = lax.scan(lambda h, a: (jnp.tanh(a + h @ Wh), None), jnp.zeros(Wh.shape[0]), xs @ Wx + b)
    return jnp.sum((h @ Wo - y) ** 2)


def lstm(W, U, b, xs, target):
    def cell(carry, a):
        h, c = carry
        i, f, o, g = jnp.split(a + h @ U, 4)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    zero = jnp.zeros(U.shape[0])
    return jnp.sum((lax.scan(cell, (zero, zero), xs @ W + b)[1] - target) ** 2)


def attention(Q, K, V, target):
    return jnp.sum((jax.nn.softmax(Q @ K.T / jnp.sqrt(Q.shape[1]), axis=1) @ V - target) ** 2)


def heat(u, steps):
    def advance(u, _):
        return u.at[1:-1].add(0.25 * (u[:-2] - 2.0 * u[1:-1] + u[2:])), None

    return jnp.sum(lax.scan(advance, u, None, length=steps)[0] ** 2)


def fluid(u, v, nu, steps):
    def around(a):
        return jnp.roll(a, -1, 0), jnp.roll(a, 1, 0), jnp.roll(a, -1, 1), jnp.roll(a, 1, 1)

    def rate(a, u, v):
        down, up, right, left = around(a)
        carried = 0.5 * (u * (down - up) + v * (right - left))
        return a - 0.1 * carried + nu * (down + up + right + left - 4.0 * a)

    def advance(carry, _):
        u, v = carry
        return (rate(u, u, v), rate(v, u, v)), None

    (u, v), _ = lax.scan(advance, (u, v), None, length=steps)
    return jnp.sum(u * u + v * v)


def nbody(position, velocity, mass, dt, steps):
    def advance(carry, _):
        position, velocity = carry
        separation = position[None] - position[:, None]
        weight = (jnp.sum(separation**2, axis=2) + 0.01) ** -1.5 * mass
        velocity = velocity + dt * jnp.einsum("ijk,ij->ik", separation, weight)
        return (position + dt * velocity, velocity), None

    (position, _), _ = lax.scan(advance, (position, velocity), None, length=steps)
    return jnp.sum(position**2)


def recurrence(a, x):
    return lax.scan(lambda y, each: (a * y + each * each, None), x[0], x[1:], unroll=8)[0]


def jacobi(b, steps):
    def advance(u, _):
        inner = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] + b[1:-1, 1:-1])
        return u.at[1:-1, 1:-1].set(inner), None

    return jnp.sum(lax.scan(advance, jnp.zeros_like(b), None, length=steps)[0] ** 2)


def log_determinant(a):
    """The elimination written out, with shapes that shrink: its loop is unrolled."""
    pivots = []
    while a.shape[0] > 1:
        pivots.append(a[0, 0])
        a = a[1:, 1:] - jnp.outer(a[1:, 0] / a[0, 0], a[0, 1:])
    return jnp.sum(jnp.log(jnp.abs(jnp.stack([*pivots, a[0, 0]]))))


def orthogonal(a):
    """What is left of all later columns at once; the loop over the columns is unrolled."""
    done = []
    while a.shape[1]:
        unit = a[:, 0] / jnp.sqrt(a[:, 0] @ a[:, 0])
        done.append(unit)
        a = a[:, 1:] - jnp.outer(unit, unit @ a[:, 1:])
    return jnp.sum(jnp.stack(done) ** 3)


def kalman(F, H, Q, R, x, P, observations):
    def advance(carry, z):
        x, P = carry
        x, P = F @ x, F @ P @ F.T + Q
        innovation, PH = z - H @ x, P @ H
        S = H @ PH + R
        K = PH / S
        return (x + K * innovation, P - jnp.outer(K, PH)), 0.5 * (innovation * innovation / S + jnp.log(S))

    return jnp.sum(lax.scan(advance, (x, P), observations)[1])


def forward_algorithm(A, B, pi, observed):
    likelihoods = B.T[observed]

    def advance(alpha, likelihood):
        alpha = (alpha @ A) * likelihood
        scale = jnp.sum(alpha)
        return alpha / scale, jnp.log(scale)

    first = pi * likelihoods[0]
    scale = jnp.sum(first)
    return jnp.log(scale) + jnp.sum(lax.scan(advance, first / scale, likelihoods[1:])[1])


def marginal(length, scale, noise, squared, y):
    K = scale * jnp.exp(-0.5 * squared / length) + noise * jnp.eye(len(y))
    L = jnp.linalg.cholesky(K)
    z = solve_triangular(L, y, lower=True)
    return 0.5 * (z @ z) + jnp.sum(jnp.log(jnp.diag(L)))


def mixture(alphas, means, icf, x):
    """All components at once: the factors as matrices, one product for all points."""
    n, d = x.shape
    rows, columns = zip(*[(i, j) for j in range(d) for i in range(j + 1, d)], strict=True)
    diagonals = jnp.exp(icf[:, :d])
    sums = jnp.sum(icf[:, :d], axis=1)

    def one(mean, diagonal, lower):
        factor = jnp.diag(diagonal).at[jnp.array(rows), jnp.array(columns)].set(lower)
        return jnp.sum(((x - mean) @ factor.T) ** 2, axis=1)

    squares = jax.vmap(one, out_axes=1)(means, diagonals, icf[:, d:])
    likelihood = jnp.sum(jax.nn.logsumexp(alphas + sums - 0.5 * squares, axis=1)) - n * jax.nn.logsumexp(alphas)
    return likelihood + 0.5 * (jnp.sum(diagonals**2) + jnp.sum(icf[:, d:] ** 2)) - jnp.sum(sums)


def options(spot, volatility, strike, rate, maturity):
    def normal(d):
        return jax.nn.sigmoid(1.5976 * d + 0.070566 * d**3)

    spread = volatility * jnp.sqrt(maturity)
    d1 = (jnp.log(spot / strike) + (rate + 0.5 * volatility**2) * maturity) / spread
    return jnp.sum(spot * normal(d1) - strike * jnp.exp(-rate * maturity) * normal(d1 - spread))


FORMS = {
    "two-layer network": loss,
    "two-layer network, batch 1": loss,
    "RNN": rnn,
    "LSTM": lstm,
    "attention": attention,
    "heat stencil": heat,
    "fluid step": fluid,
    "N-body": nbody,
    "in-place recurrence": recurrence,
    "Jacobi": jacobi,
    "LU": log_determinant,
    "Gram-Schmidt": orthogonal,
    "Kalman filter": kalman,
    "HMM forward": forward_algorithm,
    "Gaussian process": marginal,
    "Gaussian mixture": mixture,
    "Black-Scholes": options,
}
