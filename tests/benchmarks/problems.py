"""Programs with the derivative a person would write, for counting and for timing."""

from __future__ import annotations

import numpy as np


def logistic(x, n=4):
    v = x
    for _ in range(n):
        v = 4 * v * (1 - v)
    return v


def logistic_hand(x, n=4):
    v_stack = []
    v = x
    for _ in range(n):
        v_stack.append(v)
        v = 4 * v * (1 - v)
    v_bar = 1.0
    while v_stack:
        v = v_stack.pop()
        v_bar = v_bar * (4 * (1 - v) - 4 * v)
    return v_bar


def step(x):
    y = x
    while y < 100.0:
        if y > 2.0:
            y = y * y
        else:
            y = y + x
    return y


def step_hand(x):
    branch_stack, y_stack = [], []
    y = x
    while y < 100.0:
        big = y > 2.0
        branch_stack.append(big)
        if big:
            y_stack.append(y)
            y = y * y
        else:
            y = y + x
    y_bar, x_bar = 1.0, 0.0
    while branch_stack:
        if branch_stack.pop():
            y = y_stack.pop()
            y_bar = 2.0 * y * y_bar
        else:
            x_bar += y_bar
    return x_bar + y_bar


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


PROBLEMS = {
    "logistic map, n = 1000": (logistic, logistic_hand, 0, lambda: (0.2345, 1000)),
    "while with a branch": (step, step_hand, 0, lambda: (1e-2,)),
    "two-layer network": (loss, loss_hand, (0, 1, 2, 3), network_arguments),
}
