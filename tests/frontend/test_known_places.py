"""A function that must know at which place of a list or dict it works is told, where its caller knows it."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from adjoint.errors import AdjointError
from tests.support import check

X = np.array([0.31, 0.52, 0.93, 0.44])


class Optimiser:
    def __init__(self, params, rate):
        self.params = params
        self.rate = rate
        self.v = [np.zeros_like(p) for p in params]
        self.m = {i: np.zeros_like(p) for i, p in enumerate(params)}

    def step(self, grads):
        for i, (p, g) in enumerate(zip(self.params, grads)):
            self.update(i, p, g)

    def update(self, i, p, g):
        self.v[i] = 0.9 * self.v[i] + 0.1 * g
        self.m[i] = 0.99 * self.m[i] + 0.01 * g**2
        p -= self.rate * self.v[i] / (np.sqrt(self.m[i]) + 1e-3)


def trained(x):
    w, b = x.reshape(2, 2).copy(), x[2:].copy()
    optimiser = Optimiser([w, b], 0.1)
    for _ in range(2):
        optimiser.step([2 * w, np.cos(b)])
    return np.sum(w**2) + np.sum(b**2)


class Dense:
    def __init__(self, w):
        self.w = w

    def __call__(self, h):
        return np.tanh(self.w @ h)


class Scale:
    def __init__(self, k):
        self.k = k

    def __call__(self, h):
        return self.k * h


class Net:
    def __init__(self, *layers):
        self.layers = list(layers)

    def __getitem__(self, i):
        return self.layers[i]

    def at(self, i):
        return self.layers[i]


def layers(x):
    net = Net(Dense(x.reshape(2, 2)), Scale(x[0]))
    return np.sum(net[0](x[:2])) + np.sum(net[1](x)) + np.sum(net.at(1)(x)) + net[-1].k


def _item(items, i):
    return items[i]


def _twice(items, i):
    return _item(items, i) * 2


def two_deep(x):
    items = (x, np.outer(x, x), 3.0)
    return np.sum(_twice(items, 1)) + np.sum(_twice(items, 0)) * _twice(items, 2)


def _put(items, i, v):
    items[i] *= v
    items[i][0] = v


def changed(x):
    items = [x * 1.0, np.outer(x, x)]
    _put(items, 0, x[0])
    _put(items, 1, x[1])
    return np.sum(items[0] ** 2) + np.sum(items[1] ** 2)


def _power(x, n):
    return x if n == 0 else _power(x, n - 1) * np.cos(x) + [x, 1.0, x * n][0 if n > 1 else 1]


def recursive(x):
    return _power(x[0], 3) * x[1]


@pytest.mark.parametrize(
    "function", [trained, layers, two_deep, changed, recursive], ids=lambda each: each.__name__
)
def test_derivatives(function) -> None:
    check(function, X)


def at_a_place_of_the_run(x, n):
    return np.sum(_item((x, np.outer(x, x)), int(n * x[0] > 0)))


def test_a_place_that_only_the_run_knows() -> None:
    with pytest.raises(AdjointError, match="only the run decides which item is meant"):
        adjoint.grad(at_a_place_of_the_run)(X, 1)
