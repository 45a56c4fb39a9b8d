"""The programs on arrays as one writes them for torch, without compiling: whole arrays, nothing written in place."""

from __future__ import annotations

import torch
from torch.linalg import cholesky, solve_triangular


def lorenz(x, y, z, sigma, rho, beta, dt, steps):
    def slope(state):
        x, y, z = state.unbind()
        return torch.stack([sigma * (y - x), x * (rho - z) - y, x * y - beta * z])

    state = torch.stack([x, y, z])
    for _ in range(steps):
        a = slope(state)
        b = slope(state + 0.5 * dt * a)
        c = slope(state + 0.5 * dt * b)
        state = state + dt / 6.0 * (a + 2.0 * b + 2.0 * c + slope(state + dt * c))
    return state @ state


def libor(rates, volatility, normals, delta):
    steps, count = len(normals), rates.shape[0]
    fixed = []
    for n in range(steps):
        fixed.append(rates[0])
        rates, vol = rates[1:], volatility[: count - n - 1]
        scaled = delta * vol
        drift = torch.cumsum(scaled * rates / (1.0 + delta * rates), 0)
        rates = rates * torch.exp(vol * drift * vol + vol * (delta**0.5 * normals[n] - 0.5 * scaled))
    rates = torch.cat([torch.stack(fixed), rates])
    return torch.relu(rates[-1] - 0.05) / torch.prod(1.0 + delta * rates)


def loss(W1, b1, W2, b2, x, y):
    return torch.mean((torch.tanh(x @ W1 + b1) @ W2 + b2 - y) ** 2)


def rnn(Wx, Wh, b, Wo, xs, y):
    h = torch.zeros_like(b)
    for a in (xs @ Wx + b).unbind():
        h = torch.tanh(a + h @ Wh)
    return torch.sum((h @ Wo - y) ** 2)


def lstm(W, U, b, xs, target):
    h = c = torch.zeros_like(target[0])
    hidden = []
    for a in (xs @ W + b).unbind():
        i, f, o, g = (a + h @ U).chunk(4)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        hidden.append(h)
    return torch.sum((torch.stack(hidden) - target) ** 2)


def attention(Q, K, V, target):
    return torch.sum((torch.softmax(Q @ K.T / Q.shape[1] ** 0.5, 1) @ V - target) ** 2)


def heat(u, steps):
    for _ in range(steps):
        inner = u[1:-1] + 0.25 * (u[:-2] - 2.0 * u[1:-1] + u[2:])
        u = torch.cat([u[:1], inner, u[-1:]])
    return torch.sum(u**2)


def fluid(u, v, nu, steps):
    for _ in range(steps):
        u, v = _flow(u, u, v, nu), _flow(v, u, v, nu)
    return torch.sum(u * u + v * v)


def _flow(a, u, v, nu):
    down, up, right, left = a.roll(-1, 0), a.roll(1, 0), a.roll(-1, 1), a.roll(1, 1)
    carried = 0.5 * (u * (down - up) + v * (right - left))
    return a - 0.1 * carried + nu * (down + up + right + left - 4.0 * a)


def nbody(position, velocity, mass, dt, steps):
    for _ in range(steps):
        separation = position[None] - position[:, None]
        weight = (torch.sum(separation**2, 2) + 0.01) ** -1.5 * mass
        velocity = velocity + dt * torch.sum(separation * weight[:, :, None], 1)
        position = position + dt * velocity
    return torch.sum(position**2)


def recurrence(a, x):
    y = x[0]
    for square in (x * x)[1:].unbind():
        y = a * y + square
    return y


def jacobi(b, steps):
    u, source = torch.zeros_like(b), b[1:-1, 1:-1]
    for _ in range(steps):
        inner = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] + source)
        u = torch.nn.functional.pad(inner, (1, 1, 1, 1))
    return torch.sum(u * u)


def log_determinant(a):
    pivots = []
    while a.shape[0] > 1:
        pivots.append(a[0, 0])
        a = a[1:, 1:] - torch.outer(a[1:, 0] / a[0, 0], a[0, 1:])
    return torch.sum(torch.log(torch.abs(torch.stack([*pivots, a[0, 0]]))))


def orthogonal(a):
    done = []
    while a.shape[1]:
        unit = a[:, 0] / torch.sqrt(a[:, 0] @ a[:, 0])
        done.append(unit)
        a = a[:, 1:] - torch.outer(unit, unit @ a[:, 1:])
    return torch.sum(torch.stack(done) ** 3)


def kalman(F, H, Q, R, x, P, observations):
    total = 0.0
    for z in observations.unbind():
        x, P = F @ x, F @ P @ F.T + Q
        innovation, PH = z - H @ x, P @ H
        S = H @ PH + R
        K = PH / S
        x, P = x + K * innovation, P - torch.outer(K, PH)
        total = total + 0.5 * (innovation * innovation / S + torch.log(S))
    return total


def forward_algorithm(A, B, pi, observed):
    first, *likelihoods = B.T[observed].unbind()
    alpha = pi * first
    scales = [torch.sum(alpha)]
    alpha = alpha / scales[0]
    for likelihood in likelihoods:
        alpha = (alpha @ A) * likelihood
        scales.append(torch.sum(alpha))
        alpha = alpha / scales[-1]
    return torch.sum(torch.log(torch.stack(scales)))


def marginal(length, scale, noise, squared, y):
    K = scale * torch.exp(-0.5 * squared / length) + noise * torch.eye(len(y), dtype=y.dtype)
    L = cholesky(K)
    z = solve_triangular(L, y[:, None], upper=False)
    return 0.5 * torch.sum(z * z) + torch.sum(torch.log(torch.diag(L)))


def mixture(alphas, means, icf, x):
    n, d = x.shape
    rows, columns = zip(*[(i, j) for j in range(d) for i in range(j + 1, d)], strict=True)
    diagonals, sums = torch.exp(icf[:, :d]), torch.sum(icf[:, :d], 1)
    factors = torch.diag_embed(diagonals)
    factors[:, rows, columns] = icf[:, d:]
    squares = torch.sum(((x[None] - means[:, None]) @ factors.transpose(1, 2)) ** 2, 2)
    likelihood = torch.logsumexp((alphas + sums)[:, None] - 0.5 * squares, 0).sum() - n * torch.logsumexp(alphas, 0)
    return likelihood + 0.5 * (torch.sum(diagonals**2) + torch.sum(icf[:, d:] ** 2)) - torch.sum(sums)


def options(spot, volatility, strike, rate, maturity):
    def normal(d):
        return torch.sigmoid(1.5976 * d + 0.070566 * d**3)

    spread = volatility * torch.sqrt(maturity)
    d1 = (torch.log(spot / strike) + (rate + 0.5 * volatility**2) * maturity) / spread
    return torch.sum(spot * normal(d1) - strike * torch.exp(-rate * maturity) * normal(d1 - spread))


FORMS = {
    "RK4 Lorenz": lorenz,
    "Monte-Carlo LIBOR": libor,
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
