"""Linear algebra written out, and probability models."""

from __future__ import annotations

import numpy as np

from tests.benchmarks.problem import Problem


def log_determinant(a):
    """LU decomposition in place, then the sum of the logarithms of the pivots."""
    a = a.copy()
    n = a.shape[0]
    for k in range(n - 1):
        a[k + 1 :, k] /= a[k, k]
        a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
    return np.sum(np.log(np.abs(np.diag(a))))


def log_determinant_hand(a):
    a = a.copy()
    n = a.shape[0]
    for k in range(n - 1):
        a[k + 1 :, k] /= a[k, k]
        a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
    a_bar = np.diag(1.0 / np.diag(a))
    for k in range(n - 2, -1, -1):
        column, row, rest = a[k + 1 :, k], a[k, k + 1 :], a_bar[k + 1 :, k + 1 :]
        a_bar[k + 1 :, k] -= rest @ row
        a_bar[k, k + 1 :] -= column @ rest
        a_bar[k + 1 :, k] /= a[k, k]
        a_bar[k, k] -= a_bar[k + 1 :, k] @ column
    return a_bar


def orthogonal(a):
    """Modified Gram-Schmidt; a weighted sum of the orthonormal columns."""
    q = a.copy()
    n = q.shape[1]
    for j in range(n):
        q[:, j] /= np.sqrt(q[:, j] @ q[:, j])
        for k in range(j + 1, n):
            q[:, k] -= (q[:, j] @ q[:, k]) * q[:, j]
    return np.sum(q**3)


def orthogonal_hand(a):
    q = a.copy()
    n = q.shape[1]
    norms, olds, dots = [], [], []
    for j in range(n):
        norm = np.sqrt(q[:, j] @ q[:, j])
        norms.append(norm)
        q[:, j] /= norm
        for k in range(j + 1, n):
            dot = q[:, j] @ q[:, k]
            olds.append(q[:, k].copy())
            dots.append(dot)
            q[:, k] -= dot * q[:, j]
    q_bar = 3.0 * q * q
    for j in range(n - 1, -1, -1):
        for k in range(n - 1, j, -1):
            dot = dots.pop()
            q[:, k] = olds.pop()
            dot_bar = -(q_bar[:, k] @ q[:, j])
            q_bar[:, j] += dot_bar * q[:, k] - dot * q_bar[:, k]
            q_bar[:, k] += dot_bar * q[:, j]
        q_bar[:, j] = (q_bar[:, j] - (q_bar[:, j] @ q[:, j]) * q[:, j]) / norms.pop()
        # the column itself is needed no more: its unit vector was what every later step read
    return q_bar


def kalman(F, H, Q, R, x, P, observations):
    """The negative log-likelihood of observations in a linear Gaussian model with a scalar measurement."""
    total = 0.0
    for z in observations:
        x = F @ x
        P = F @ P @ F.T + Q
        innovation = z - H @ x
        gain_numerator = P @ H
        S = H @ gain_numerator + R
        K = gain_numerator / S
        x = x + K * innovation
        P = P - np.outer(K, gain_numerator)
        total = total + 0.5 * (innovation * innovation / S + np.log(S))
    return total


def kalman_hand(F, H, Q, R, x, P, observations):
    states = []
    for z in observations:
        P_old, x_old = P, x
        x = F @ x
        P = F @ P @ F.T + Q
        innovation = z - H @ x
        PH = P @ H
        S = H @ PH + R
        K = PH / S
        states.append((x_old, P_old, P, innovation, PH, S, K))
        x = x + K * innovation
        P = P - np.outer(K, PH)
    F_bar, Q_bar, R_bar = np.zeros_like(F), np.zeros_like(Q), 0.0
    x_bar, P_bar = np.zeros_like(x), np.zeros_like(P)
    while states:
        x_old, P_old, P, innovation, PH, S, K = states.pop()
        PH_bar = -(K @ P_bar)
        K_bar = x_bar * innovation - P_bar @ PH
        innovation_bar = x_bar @ K + innovation / S
        S_bar = 0.5 * (1.0 / S - innovation * innovation / (S * S)) - (K_bar @ K) / S
        PH_bar += K_bar / S + S_bar * H
        R_bar += S_bar
        P_bar = P_bar + np.outer(PH_bar, H)
        x_bar = x_bar - innovation_bar * H
        Q_bar += P_bar
        F_bar += P_bar @ F @ P_old.T + P_bar.T @ F @ P_old + np.outer(x_bar, x_old)
        P_bar = F.T @ P_bar @ F
        x_bar = F.T @ x_bar
    return F_bar, Q_bar, R_bar


def kalman_arguments():
    rng = np.random.default_rng(6)
    F = 0.8 * np.eye(4) + 0.1 * rng.standard_normal((4, 4))
    H = rng.standard_normal(4)
    return F, H, 0.1 * np.eye(4), 0.5, rng.standard_normal(4), np.eye(4), rng.standard_normal(50)


def forward_algorithm(A, B, pi, observed):
    """The log-likelihood of a hidden Markov model, scaled at each step."""
    alpha = pi * B[:, observed[0]]
    total = np.log(np.sum(alpha))
    alpha = alpha / np.sum(alpha)
    for t in range(1, len(observed)):
        alpha = (alpha @ A) * B[:, observed[t]]
        scale = np.sum(alpha)
        total += np.log(scale)
        alpha = alpha / scale
    return total


def forward_algorithm_hand(A, B, pi, observed):
    alpha = pi * B[:, observed[0]]
    first = np.sum(alpha)
    alpha = alpha / first
    states = []
    for t in range(1, len(observed)):
        predicted = alpha @ A
        weighted = predicted * B[:, observed[t]]
        scale = np.sum(weighted)
        states.append((alpha, predicted, scale))
        alpha = weighted / scale
    A_bar, B_bar = np.zeros_like(A), np.zeros_like(B)
    alpha_bar = np.zeros_like(alpha)
    for t in range(len(observed) - 1, 0, -1):
        old, predicted, scale = states.pop()
        weighted_bar = (alpha_bar - alpha_bar @ alpha + 1.0) / scale
        predicted_bar = weighted_bar * B[:, observed[t]]
        B_bar[:, observed[t]] += weighted_bar * predicted
        A_bar += np.outer(old, predicted_bar)
        alpha_bar = A @ predicted_bar
        alpha = old
    weighted_bar = (alpha_bar - alpha_bar @ alpha + 1.0) / first
    B_bar[:, observed[0]] += weighted_bar * pi
    return A_bar, B_bar, weighted_bar * B[:, observed[0]]


def forward_algorithm_arguments():
    rng = np.random.default_rng(7)
    A = rng.uniform(0.1, 1.0, (8, 8))
    B = rng.uniform(0.1, 1.0, (8, 12))
    pi = rng.uniform(0.1, 1.0, 8)
    return A / A.sum(1, keepdims=True), B / B.sum(1, keepdims=True), pi / pi.sum(), rng.integers(0, 12, 100)


def marginal(length, scale, noise, squared, y):
    """The negative log marginal likelihood of a Gaussian process."""
    K = scale * np.exp(-0.5 * squared / length) + noise * np.eye(len(y))
    L = np.linalg.cholesky(K)
    z = np.linalg.solve(L, y)
    return 0.5 * (z @ z) + np.sum(np.log(np.diag(L)))


def marginal_hand(length, scale, noise, squared, y):
    n = len(y)
    E = np.exp(-0.5 * squared / length)
    K = scale * E
    K.flat[:: n + 1] += noise
    inverse = np.linalg.inv(K)
    weights = inverse @ y
    K_bar = 0.5 * (inverse - np.outer(weights, weights))
    scale_bar = np.sum(K_bar * E)
    length_bar = 0.5 * scale / (length * length) * np.sum(K_bar * E * squared)
    return length_bar, scale_bar, np.trace(K_bar)


def marginal_arguments():
    rng = np.random.default_rng(8)
    x = rng.uniform(0.0, 5.0, (60, 2))
    squared = ((x[:, None] - x[None]) ** 2).sum(2)
    return 1.3, 0.8, 0.1, squared, rng.standard_normal(60)


def mixture(alphas, means, icf, x):
    """The log-likelihood of a Gaussian mixture without its constant, with the logarithms of the diagonals of the
    inverse covariance factors first in `icf`, then their lower triangles column by column."""
    n, d = x.shape
    k = alphas.shape[0]
    q_sums = np.sum(icf[:, :d], axis=1)
    terms = np.zeros((n, k))
    prior = 0.0
    for c in range(k):
        centered = x - means[c]
        diagonal = np.exp(icf[c, :d])
        scaled = centered * diagonal
        start = d
        for j in range(d - 1):
            stop = start + d - 1 - j
            scaled[:, j + 1 :] += np.outer(centered[:, j], icf[c, start:stop])
            start = stop
        terms[:, c] = alphas[c] + q_sums[c] - 0.5 * np.sum(scaled * scaled, axis=1)
        prior += 0.5 * (np.sum(diagonal * diagonal) + np.sum(icf[c, d:] ** 2)) - q_sums[c]
    top = np.max(terms, axis=1)
    likelihood = np.sum(top + np.log(np.sum(np.exp(terms - top[:, None]), axis=1)))
    a = np.max(alphas)
    return likelihood - n * (a + np.log(np.sum(np.exp(alphas - a)))) + prior


def mixture_hand(alphas, means, icf, x):
    n, d = x.shape
    k = alphas.shape[0]
    q_sums = np.sum(icf[:, :d], axis=1)
    terms = np.zeros((n, k))
    kept = []
    for c in range(k):
        centered = x - means[c]
        diagonal = np.exp(icf[c, :d])
        scaled = centered * diagonal
        start = d
        for j in range(d - 1):
            stop = start + d - 1 - j
            scaled[:, j + 1 :] += np.outer(centered[:, j], icf[c, start:stop])
            start = stop
        terms[:, c] = alphas[c] + q_sums[c] - 0.5 * np.sum(scaled * scaled, axis=1)
        kept.append((centered, diagonal, scaled))
    weights = np.exp(terms - np.max(terms, axis=1)[:, None])
    terms_bar = weights / np.sum(weights, axis=1)[:, None]
    shares = np.exp(alphas - np.max(alphas))
    per_cluster = np.sum(terms_bar, axis=0)
    alphas_bar = per_cluster - n * shares / np.sum(shares)
    means_bar, icf_bar = np.empty_like(means), np.empty_like(icf)
    for c in range(k):
        centered, diagonal, scaled = kept[c]
        scaled_bar = -scaled * terms_bar[:, c : c + 1]
        centered_bar = scaled_bar * diagonal
        icf_bar[c, :d] = np.sum(scaled_bar * centered, axis=0) * diagonal + diagonal * diagonal + per_cluster[c] - 1.0
        start = d
        for j in range(d - 1):
            stop = start + d - 1 - j
            icf_bar[c, start:stop] = centered[:, j] @ scaled_bar[:, j + 1 :]
            centered_bar[:, j] += scaled_bar[:, j + 1 :] @ icf[c, start:stop]
            start = stop
        icf_bar[c, d:] += icf[c, d:]
        means_bar[c] = -np.sum(centered_bar, axis=0)
    return alphas_bar, means_bar, icf_bar


def mixture_arguments(n=200, d=4, k=5):
    rng = np.random.default_rng(9)
    icf = 0.3 * rng.standard_normal((k, d * (d + 1) // 2))
    return rng.standard_normal(k), rng.standard_normal((k, d)), icf, rng.standard_normal((n, d))


def options(spot, volatility, strike, rate, maturity):
    """The value of calls by Black and Scholes, with a logistic approximation of the normal distribution."""
    spread = volatility * np.sqrt(maturity)
    d1 = (np.log(spot / strike) + (rate + 0.5 * volatility**2) * maturity) / spread
    d2 = d1 - spread
    n1 = 1.0 / (1.0 + np.exp(-1.5976 * d1 - 0.070566 * d1**3))
    n2 = 1.0 / (1.0 + np.exp(-1.5976 * d2 - 0.070566 * d2**3))
    return np.sum(spot * n1 - strike * np.exp(-rate * maturity) * n2)


def options_hand(spot, volatility, strike, rate, maturity):
    root = np.sqrt(maturity)
    spread = volatility * root
    d1 = (np.log(spot / strike) + (rate + 0.5 * volatility * volatility) * maturity) / spread
    d2 = d1 - spread
    n1 = 1.0 / (1.0 + np.exp(-1.5976 * d1 - 0.070566 * d1**3))
    n2 = 1.0 / (1.0 + np.exp(-1.5976 * d2 - 0.070566 * d2**3))
    discounted = strike * np.exp(-rate * maturity)
    d2_bar = -discounted * n2 * (1.0 - n2) * (1.5976 + 0.211698 * d2 * d2)
    d1_bar = spot * n1 * (1.0 - n1) * (1.5976 + 0.211698 * d1 * d1) + d2_bar
    spread_bar = -d2_bar - d1_bar * d1 / spread
    volatility_bar = spread_bar * root + d1_bar * volatility * maturity / spread
    return n1 + d1_bar / (spread * spot), volatility_bar


def options_arguments(n=1000):
    rng = np.random.default_rng(10)
    strike, maturity = rng.uniform(80.0, 120.0, n), rng.uniform(0.2, 2.0, n)
    return rng.uniform(80.0, 120.0, n), rng.uniform(0.1, 0.4, n), strike, 0.02, maturity


def lu_arguments(n=30):
    rng = np.random.default_rng(11)
    return (rng.standard_normal((n, n)) + n * np.eye(n),)


PROBLEMS = [
    Problem("LU", log_determinant, log_determinant_hand, lu_arguments),
    Problem(
        "Gram-Schmidt", orthogonal, orthogonal_hand, lambda: (np.random.default_rng(12).standard_normal((30, 10)),)
    ),
    Problem("Kalman filter", kalman, kalman_hand, kalman_arguments, (0, 2, 3)),
    Problem("HMM forward", forward_algorithm, forward_algorithm_hand, forward_algorithm_arguments, (0, 1, 2)),
    Problem("Gaussian process", marginal, marginal_hand, marginal_arguments, (0, 1, 2)),
    Problem("Gaussian mixture", mixture, mixture_hand, mixture_arguments, (0, 1, 2)),
    Problem("Black-Scholes", options, options_hand, options_arguments, (0, 1)),
]
