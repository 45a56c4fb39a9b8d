"""Neural networks: dense, recurrent, attention."""

from __future__ import annotations

import numpy as np

from tests.benchmarks.problem import Problem


def loss(W1, b1, W2, b2, x, y):
    h = np.tanh(x @ W1 + b1)
    p = h @ W2 + b2
    return np.mean((p - y) ** 2)


def loss_hand(W1, b1, W2, b2, x, y):
    h = np.tanh(x @ W1 + b1)
    p = h @ W2 + b2
    p_bar = 2.0 / p.size * (p - y)
    W2_bar = h.T @ p_bar
    b2_bar = p_bar.sum(0)
    a_bar = (p_bar @ W2.T) * (1.0 - h * h)
    return x.T @ a_bar, a_bar.sum(0), W2_bar, b2_bar


def network_arguments(batch=32, inputs=8, hidden=16, outputs=3, seed=0):
    """W1, b1, W2, b2, x, y."""
    rng = np.random.default_rng(seed)
    shapes = [(inputs, hidden), (hidden,), (hidden, outputs), (outputs,), (batch, inputs), (batch, outputs)]
    return tuple(0.5 * rng.standard_normal(shape) for shape in shapes)


def rnn(Wx, Wh, b, Wo, xs, y):
    h = np.zeros(Wh.shape[0])
    for x in xs:
        h = np.tanh(x @ Wx + h @ Wh + b)
    return np.sum((h @ Wo - y) ** 2)


def rnn_hand(Wx, Wh, b, Wo, xs, y):
    h = np.zeros(Wh.shape[0])
    h_stack = []
    for x in xs:
        h_stack.append(h)
        h = np.tanh(x @ Wx + h @ Wh + b)
    p_bar = 2.0 * (h @ Wo - y)
    Wo_bar = np.outer(h, p_bar)
    h_bar = Wo @ p_bar
    Wx_bar, Wh_bar, b_bar = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
    for x in xs[::-1]:
        a_bar = h_bar * (1.0 - h * h)
        h = h_stack.pop()
        Wx_bar += np.outer(x, a_bar)
        Wh_bar += np.outer(h, a_bar)
        b_bar += a_bar
        h_bar = Wh @ a_bar
    return Wx_bar, Wh_bar, b_bar, Wo_bar


def rnn_arguments():
    rng = np.random.default_rng(1)
    shapes = [(8, 32), (32, 32), (32,), (32, 4), (50, 8), (4,)]
    return tuple(0.3 * rng.standard_normal(shape) for shape in shapes)


def sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


def lstm(W, U, b, xs, target):
    size = U.shape[0]
    h, c = np.zeros(size), np.zeros(size)
    cost = 0.0
    for t in range(len(xs)):
        a = xs[t] @ W + h @ U + b
        i = sigmoid(a[:size])
        f = sigmoid(a[size : 2 * size])
        o = sigmoid(a[2 * size : 3 * size])
        g = np.tanh(a[3 * size :])
        c = f * c + i * g
        h = o * np.tanh(c)
        cost += np.sum((h - target[t]) ** 2)
    return cost


def lstm_hand(W, U, b, xs, target):
    size = U.shape[0]
    h, c = np.zeros(size), np.zeros(size)
    states = []
    for t in range(len(xs)):
        a = xs[t] @ W + h @ U + b
        i = 1.0 / (1.0 + np.exp(-a[:size]))
        f = 1.0 / (1.0 + np.exp(-a[size : 2 * size]))
        o = 1.0 / (1.0 + np.exp(-a[2 * size : 3 * size]))
        g = np.tanh(a[3 * size :])
        old_h, old_c = h, c
        c = f * c + i * g
        tanh_c = np.tanh(c)
        h = o * tanh_c
        states.append((old_h, old_c, i, f, o, g, tanh_c, h))
    W_bar, U_bar, b_bar = np.zeros_like(W), np.zeros_like(U), np.zeros_like(b)
    h_bar, c_bar = np.zeros(size), np.zeros(size)
    a_bar = np.empty(4 * size)
    for t in range(len(xs) - 1, -1, -1):
        old_h, old_c, i, f, o, g, tanh_c, h = states.pop()
        h_bar += 2.0 * (h - target[t])
        c_bar += h_bar * o * (1.0 - tanh_c * tanh_c)
        a_bar[:size] = c_bar * g * i * (1.0 - i)
        a_bar[size : 2 * size] = c_bar * old_c * f * (1.0 - f)
        a_bar[2 * size : 3 * size] = h_bar * tanh_c * o * (1.0 - o)
        a_bar[3 * size :] = c_bar * i * (1.0 - g * g)
        W_bar += np.outer(xs[t], a_bar)
        U_bar += np.outer(old_h, a_bar)
        b_bar += a_bar
        h_bar = U @ a_bar
        c_bar *= f
    return W_bar, U_bar, b_bar


def lstm_arguments():
    rng = np.random.default_rng(2)
    shapes = [(10, 80), (20, 80), (80,), (40, 10), (40, 20)]
    return tuple(0.3 * rng.standard_normal(shape) for shape in shapes)


def attention(Q, K, V, target):
    scores = Q @ K.T / np.sqrt(Q.shape[1])
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights = weights / weights.sum(axis=1, keepdims=True)
    return np.sum((weights @ V - target) ** 2)


def attention_hand(Q, K, V, target):
    scale = np.sqrt(Q.shape[1])
    scores = Q @ K.T / scale
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    out_bar = 2.0 * (weights @ V - target)
    V_bar = weights.T @ out_bar
    scores_bar = weights * (out_bar @ V.T)
    scores_bar -= weights * scores_bar.sum(axis=1, keepdims=True)
    scores_bar /= scale
    return scores_bar @ K, scores_bar.T @ Q, V_bar


def attention_arguments():
    rng = np.random.default_rng(3)
    return tuple(rng.standard_normal(shape) for shape in [(64, 32), (96, 32), (96, 16), (64, 16)])


PROBLEMS = [
    Problem("two-layer network", loss, loss_hand, lambda: network_arguments(128), (0, 1, 2, 3)),
    Problem("two-layer network, batch 1", loss, loss_hand, lambda: network_arguments(1), (0, 1, 2, 3)),
    Problem("RNN", rnn, rnn_hand, rnn_arguments, (0, 1, 2, 3)),
    Problem("LSTM", lstm, lstm_hand, lstm_arguments, (0, 1, 2)),
    Problem("attention", attention, attention_hand, attention_arguments, (0, 1, 2)),
]
