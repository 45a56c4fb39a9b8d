"""A network of two layers learns a sine: the training loop is ordinary NumPy.

Run it: `python examples/network.py`.
"""

import numpy as np
from differences import compare

from adjoint import value_and_grad


def loss(W1, b1, W2, b2, x, y):
    h = np.tanh(x @ W1 + b1)
    p = h @ W2 + b2
    return np.mean((p - y) ** 2)


def start(seed: int = 0, hidden: int = 16) -> tuple[np.ndarray, ...]:
    """Random weights, zero biases."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(1, hidden)), np.zeros(hidden), rng.normal(size=(hidden, 1)) / hidden, np.zeros(1)


def main() -> None:
    x = np.linspace(-3.0, 3.0, 64)[:, None]
    y = np.sin(x)
    gradient = value_and_grad(loss, wrt=("W1", "b1", "W2", "b2"))
    weights = start()
    for step in range(2001):
        value, bars = gradient(*weights, x, y)
        if step % 500 == 0:
            print(f"step {step:4d}   loss {value:.6f}")
        weights = tuple(w - 0.1 * bar for w, bar in zip(weights, bars))
    print(gradient.source)
    W1, b1, W2, b2 = start()
    _, (W1_bar, *_) = gradient(W1, b1, W2, b2, x, y)
    direction = np.ones_like(W1)
    print("derivative of the first loss along W1")
    compare(lambda step: loss(W1 + step * direction, b1, W2, b2, x, y), float(np.sum(W1_bar * direction)))


if __name__ == "__main__":
    main()
