"""Gradients by hand as one writes them for Numba: arrays in the place of stacks, loops for what Numba lacks.

What stands in the collection serves for the other problems.
"""

from __future__ import annotations

import math

import numpy as np


def logistic(x, n):
    v_stack = np.empty(n)
    v = x
    for i in range(n):
        v_stack[i] = v
        v = 4.0 * v * (1.0 - v)
    v_bar = 1.0
    for i in range(n - 1, -1, -1):
        v_bar *= 4.0 - 8.0 * v_stack[i]
    return v_bar


def horner(x, coefficients):
    n = len(coefficients)
    p_stack = np.empty(n)
    p = 0.0
    for i in range(n):
        p_stack[i] = p
        p = p * x + coefficients[i]
    p_bar, x_bar = 1.0, 0.0
    for i in range(n - 1, -1, -1):
        x_bar += p_bar * p_stack[i]
        p_bar *= x
    return x_bar


def energy(resistance, capacity, gain, outside, target, dt):
    n = len(outside)
    room_stack = np.empty(n)
    room = target
    for i in range(n):
        room_stack[i] = room
        heat = gain * (target - room) if room < target else 0.0
        room += dt * ((outside[i] - room) / resistance + heat) / capacity
    room_bar = resistance_bar = capacity_bar = gain_bar = 0.0
    for i in range(n - 1, -1, -1):
        room = room_stack[i]
        heat = gain * (target - room) if room < target else 0.0
        rate = (outside[i] - room) / resistance
        g = room_bar * dt / capacity
        capacity_bar -= g * (rate + heat) / capacity
        resistance_bar -= g * rate / resistance
        room_bar -= g / resistance
        if room < target:
            heat_bar = g + dt
            gain_bar += heat_bar * (target - room)
            room_bar -= heat_bar * gain
    return resistance_bar, capacity_bar, gain_bar


def sir(beta, gamma, susceptible, infected, dt, steps):
    s_stack, i_stack = np.empty(steps), np.empty(steps)
    s, i = susceptible, infected
    for n in range(steps):
        s_stack[n] = s
        i_stack[n] = i
        new = beta * s * i
        s = s - dt * new
        i = i + dt * (new - gamma * i)
    s_bar, i_bar, beta_bar, gamma_bar = -1.0, 0.0, 0.0, 0.0
    for n in range(steps - 1, -1, -1):
        i_bar += 2.0 * dt * i
        s, i = s_stack[n], i_stack[n]
        new_bar = dt * (i_bar - s_bar)
        gone_bar = -dt * i_bar
        gamma_bar += gone_bar * i
        beta_bar += new_bar * s * i
        s_bar += new_bar * beta * i
        i_bar += gone_bar * gamma + new_bar * beta * s
    return beta_bar, gamma_bar


def _slope(x, y, z, sigma, rho, beta):
    return sigma * (y - x), x * (rho - z) - y, x * y - beta * z


def _slope_back(x, y, z, gx, gy, gz, sigma, rho, beta):
    return gy * (rho - z) - gx * sigma + gz * y, gx * sigma - gy + gz * x, -gy * x - gz * beta


def lorenz(x, y, z, sigma, rho, beta, dt, steps):
    states = np.empty((steps, 3))
    half, sixth = 0.5 * dt, dt / 6.0
    for n in range(steps):
        states[n, 0], states[n, 1], states[n, 2] = x, y, z
        ax, ay, az = _slope(x, y, z, sigma, rho, beta)
        bx, by, bz = _slope(x + half * ax, y + half * ay, z + half * az, sigma, rho, beta)
        cx, cy, cz = _slope(x + half * bx, y + half * by, z + half * bz, sigma, rho, beta)
        dx, dy, dz = _slope(x + dt * cx, y + dt * cy, z + dt * cz, sigma, rho, beta)
        x += sixth * (ax + 2.0 * bx + 2.0 * cx + dx)
        y += sixth * (ay + 2.0 * by + 2.0 * cy + dy)
        z += sixth * (az + 2.0 * bz + 2.0 * cz + dz)
    x_bar, y_bar, z_bar = 2.0 * x, 2.0 * y, 2.0 * z
    sigma_bar = rho_bar = beta_bar = 0.0
    for n in range(steps - 1, -1, -1):
        x, y, z = states[n, 0], states[n, 1], states[n, 2]
        ax, ay, az = _slope(x, y, z, sigma, rho, beta)
        x1, y1, z1 = x + half * ax, y + half * ay, z + half * az
        bx, by, bz = _slope(x1, y1, z1, sigma, rho, beta)
        x2, y2, z2 = x + half * bx, y + half * by, z + half * bz
        cx, cy, cz = _slope(x2, y2, z2, sigma, rho, beta)
        x3, y3, z3 = x + dt * cx, y + dt * cy, z + dt * cz
        gx, gy, gz = sixth * x_bar, sixth * y_bar, sixth * z_bar
        x3_bar, y3_bar, z3_bar = _slope_back(x3, y3, z3, gx, gy, gz, sigma, rho, beta)
        sigma_bar += gx * (y3 - x3)
        rho_bar += gy * x3
        beta_bar -= gz * z3
        hx, hy, hz = 2.0 * gx + dt * x3_bar, 2.0 * gy + dt * y3_bar, 2.0 * gz + dt * z3_bar
        x2_bar, y2_bar, z2_bar = _slope_back(x2, y2, z2, hx, hy, hz, sigma, rho, beta)
        sigma_bar += hx * (y2 - x2)
        rho_bar += hy * x2
        beta_bar -= hz * z2
        hx, hy, hz = 2.0 * gx + half * x2_bar, 2.0 * gy + half * y2_bar, 2.0 * gz + half * z2_bar
        x1_bar, y1_bar, z1_bar = _slope_back(x1, y1, z1, hx, hy, hz, sigma, rho, beta)
        sigma_bar += hx * (y1 - x1)
        rho_bar += hy * x1
        beta_bar -= hz * z1
        hx, hy, hz = gx + half * x1_bar, gy + half * y1_bar, gz + half * z1_bar
        x0_bar, y0_bar, z0_bar = _slope_back(x, y, z, hx, hy, hz, sigma, rho, beta)
        sigma_bar += hx * (y - x)
        rho_bar += hy * x
        beta_bar -= hz * z
        x_bar += x0_bar + x1_bar + x2_bar + x3_bar
        y_bar += y0_bar + y1_bar + y2_bar + y3_bar
        z_bar += z0_bar + z1_bar + z2_bar + z3_bar
    return x_bar, y_bar, z_bar, sigma_bar, rho_bar, beta_bar


def libor(start, volatility, normals, delta):
    count, steps = len(start), len(normals)
    rates = start.copy()
    root = math.sqrt(delta)
    olds, drifts = np.empty((steps, count)), np.empty((steps, count))
    for n in range(steps):
        shock = root * normals[n]
        drift = 0.0
        for i in range(n + 1, count):
            vol = volatility[i - n - 1]
            scaled = delta * vol
            old = rates[i]
            drift += scaled * old / (1.0 + delta * old)
            olds[n, i] = old
            drifts[n, i] = drift
            rates[i] = old * math.exp(scaled * drift / delta * vol + vol * (shock - 0.5 * scaled))
    value = 1.0
    for rate in rates:
        value = value / (1.0 + delta * rate)
    excess = rates[-1] - 0.05
    payoff = excess if excess > 0.0 else 0.0
    rates_bar = -delta * value * payoff / (1.0 + delta * rates)
    if excess > 0.0:
        rates_bar[-1] += value
    for n in range(steps - 1, -1, -1):
        drift_bar = 0.0
        for i in range(count - 1, n, -1):
            vol = volatility[i - n - 1]
            scaled = delta * vol
            old = olds[n, i]
            g = rates_bar[i] * rates[i]
            drift_bar += g * scaled / delta * vol
            share = 1.0 + delta * old
            rates_bar[i] = g / old + drift_bar * scaled / (share * share)
            rates[i] = old
    return rates_bar


def rnn(Wx, Wh, b, Wo, xs, y):
    steps, size = xs.shape[0], Wh.shape[0]
    hs = np.zeros((steps + 1, size))
    for t in range(steps):
        hs[t + 1] = np.tanh(xs[t] @ Wx + hs[t] @ Wh + b)
    p_bar = 2.0 * (hs[steps] @ Wo - y)
    h_bar = Wo @ p_bar
    Wx_bar, Wh_bar, b_bar = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
    for t in range(steps - 1, -1, -1):
        a_bar = h_bar * (1.0 - hs[t + 1] * hs[t + 1])
        Wx_bar += np.outer(xs[t], a_bar)
        Wh_bar += np.outer(hs[t], a_bar)
        b_bar += a_bar
        h_bar = Wh @ a_bar
    return Wx_bar, Wh_bar, b_bar, np.outer(hs[steps], p_bar)


def attention(Q, K, V, target):
    scale = np.sqrt(Q.shape[1])
    weights = Q @ K.T / scale
    for i in range(weights.shape[0]):
        weights[i] = np.exp(weights[i] - np.max(weights[i]))
        weights[i] /= np.sum(weights[i])
    out_bar = 2.0 * (weights @ V - target)
    V_bar = weights.T @ out_bar
    scores_bar = weights * (out_bar @ V.T)
    for i in range(weights.shape[0]):
        scores_bar[i] -= weights[i] * np.sum(scores_bar[i])
    scores_bar /= scale
    return scores_bar @ K, scores_bar.T @ Q, V_bar


def fluid(u, v, nu, steps):
    n, m = u.shape
    us, vs = np.empty((steps + 1, n, m)), np.empty((steps + 1, n, m))
    us[0], vs[0] = u, v
    for t in range(steps):
        u, v = us[t], vs[t]
        for i in range(n):
            up, down = (i - 1) % n, (i + 1) % n
            for j in range(m):
                left, right = (j - 1) % m, (j + 1) % m
                ux, uy = 0.5 * (u[down, j] - u[up, j]), 0.5 * (u[i, right] - u[i, left])
                vx, vy = 0.5 * (v[down, j] - v[up, j]), 0.5 * (v[i, right] - v[i, left])
                lu = u[up, j] + u[down, j] + u[i, left] + u[i, right] - 4.0 * u[i, j]
                lv = v[up, j] + v[down, j] + v[i, left] + v[i, right] - 4.0 * v[i, j]
                us[t + 1, i, j] = u[i, j] - 0.1 * (u[i, j] * ux + v[i, j] * uy) + nu * lu
                vs[t + 1, i, j] = v[i, j] - 0.1 * (u[i, j] * vx + v[i, j] * vy) + nu * lv
    u_bar, v_bar = 2.0 * us[steps], 2.0 * vs[steps]
    for t in range(steps - 1, -1, -1):
        u, v = us[t], vs[t]
        u_next, v_next = np.empty((n, m)), np.empty((n, m))
        for i in range(n):
            up, down = (i - 1) % n, (i + 1) % n
            for j in range(m):
                left, right = (j - 1) % m, (j + 1) % m
                ux, uy = 0.5 * (u[down, j] - u[up, j]), 0.5 * (u[i, right] - u[i, left])
                vx, vy = 0.5 * (v[down, j] - v[up, j]), 0.5 * (v[i, right] - v[i, left])
                gu, gv = 0.1 * u_bar[i, j], 0.1 * v_bar[i, j]
                lu = u_bar[up, j] + u_bar[down, j] + u_bar[i, left] + u_bar[i, right] - 4.0 * u_bar[i, j]
                lv = v_bar[up, j] + v_bar[down, j] + v_bar[i, left] + v_bar[i, right] - 4.0 * v_bar[i, j]
                across = u_bar[down, j] * u[down, j] - u_bar[up, j] * u[up, j]
                along = u_bar[i, right] * v[i, right] - u_bar[i, left] * v[i, left]
                u_next[i, j] = u_bar[i, j] - gu * ux - gv * vx + 0.05 * (across + along) + nu * lu
                across = v_bar[down, j] * u[down, j] - v_bar[up, j] * u[up, j]
                along = v_bar[i, right] * v[i, right] - v_bar[i, left] * v[i, left]
                v_next[i, j] = v_bar[i, j] - gu * uy - gv * vy + 0.05 * (across + along) + nu * lv
        u_bar, v_bar = u_next, v_next
    return u_bar, v_bar


def marginal(length, scale, noise, squared, y):
    n = len(y)
    E = np.exp(-0.5 * squared / length)
    K = scale * E
    for i in range(n):
        K[i, i] += noise
    inverse = np.linalg.inv(K)
    weights = inverse @ y
    K_bar = 0.5 * (inverse - np.outer(weights, weights))
    scale_bar = np.sum(K_bar * E)
    length_bar = 0.5 * scale / (length * length) * np.sum(K_bar * E * squared)
    return length_bar, scale_bar, np.trace(K_bar)


def mixture(alphas, means, icf, x):
    n, d = x.shape
    k = alphas.shape[0]
    q_sums = np.sum(icf[:, :d], axis=1)
    weights = np.empty((n, k))
    centered, scaled, diagonals = np.empty((k, n, d)), np.empty((k, n, d)), np.exp(icf[:, :d])
    for c in range(k):
        for i in range(n):
            square = 0.0
            for j in range(d):
                centered[c, i, j] = x[i, j] - means[c, j]
                scaled[c, i, j] = centered[c, i, j] * diagonals[c, j]
            start = d
            for j in range(d - 1):
                for m in range(j + 1, d):
                    scaled[c, i, m] += centered[c, i, j] * icf[c, start]
                    start += 1
            for j in range(d):
                square += scaled[c, i, j] * scaled[c, i, j]
            weights[i, c] = alphas[c] + q_sums[c] - 0.5 * square
    for i in range(n):
        weights[i] = np.exp(weights[i] - np.max(weights[i]))
        weights[i] /= np.sum(weights[i])
    shares = np.exp(alphas - np.max(alphas))
    per_cluster = np.sum(weights, axis=0)
    alphas_bar = per_cluster - n * shares / np.sum(shares)
    means_bar, icf_bar = np.zeros_like(means), np.zeros_like(icf)
    for c in range(k):
        for i in range(n):
            scaled_bar = -scaled[c, i] * weights[i, c]
            start = d
            for j in range(d):
                icf_bar[c, j] += scaled_bar[j] * centered[c, i, j] * diagonals[c, j]
                centered_bar = scaled_bar[j] * diagonals[c, j]
                for m in range(j + 1, d):
                    icf_bar[c, start] += centered[c, i, j] * scaled_bar[m]
                    centered_bar += scaled_bar[m] * icf[c, start]
                    start += 1
                means_bar[c, j] -= centered_bar
        icf_bar[c, :d] += diagonals[c] * diagonals[c] + per_cluster[c] - 1.0
        icf_bar[c, d:] += icf[c, d:]
    return alphas_bar, means_bar, icf_bar


HANDS = {
    "logistic map": logistic,
    "Horner": horner,
    "building energy": energy,
    "SIR": sir,
    "RK4 Lorenz": lorenz,
    "Monte-Carlo LIBOR": libor,
    "RNN": rnn,
    "attention": attention,
    "fluid step": fluid,
    "Gaussian process": marginal,
    "Gaussian mixture": mixture,
}
