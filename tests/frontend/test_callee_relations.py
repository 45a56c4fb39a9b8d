"""A callee knows of extents what its caller knows: nothing is asked, nothing is saved for its shape, in any call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import check_grads, grad, jvp

RNG = np.random.default_rng(7)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def cell(x, h, c, W, U, b):
    z = W @ x + U @ h + b
    n = h.size
    i, f, o = sigmoid(z[:n]), sigmoid(z[n : 2 * n]), sigmoid(z[2 * n : 3 * n])
    c = f * c + i * np.tanh(z[3 * n :])
    return o * np.tanh(c), c


def lstm(W, U, b, xs):
    n = U.shape[1]
    h, c = np.zeros(n), np.zeros(n)
    total = 0.0
    for x in xs:
        h, c = cell(x, h, c, W, U, b)
        total += np.sum(h * h)
    return total


def lstm_arguments(n, m):
    shapes = (4 * n, m), (4 * n, n), (4 * n,), (3, m)
    return tuple(RNG.standard_normal(shape) for shape in shapes)


def convolve(x, w):
    h = x.shape[0] - w.shape[0] + 1
    k = x.shape[1] - w.shape[1] + 1
    out = 0.0 * x[:h, :k] * w[0, 0]
    for i in range(w.shape[0]):
        for j in range(w.shape[1]):
            out += w[i, j] * x[i : i + h, j : j + k]
    return out


def network(w1, w2, x):
    y = np.tanh(convolve(x, w1))
    return np.sum(convolve(y[::2, ::2], w2) ** 2)


def network_arguments(p, q, r):
    return tuple(RNG.standard_normal((n, n)) for n in (p, q, r))


def layer(theta, k, n, m):
    W = theta[k : k + n * m].reshape(m, n)
    return W, theta[k + n * m : k + n * m + m], k + n * m + m


def flat(theta, x, n, h):
    W, b, k = layer(theta, 0, n, h)
    y = np.tanh(W @ x + b)
    W, b, k = layer(theta, k, h, n)
    return np.sum((W @ y + b) ** 2)


def flat_arguments(n, h):
    return RNG.standard_normal(2 * n * h + n + h), RNG.standard_normal(n), n, h


def shifted(u, n, s):
    return u[s : s + n] * np.cos(u[:n])


def differences(u, n):
    return np.sum(shifted(u, n, 1) ** 2) + np.sum(shifted(u, n, 2) * shifted(u, n, 1))


def differences_arguments(size, n):
    return RNG.standard_normal(size), n


def scaled(u, v):
    return u * v + v


def blocks(a, n):
    """The second block may have one item, which is repeated."""
    total = 0.0
    for k in range(2):
        total += np.sum(scaled(a[k : k + n], a[n : 2 * n - k]) ** 2)
    return total


def blocks_arguments(size, n):
    return RNG.standard_normal(size), n


def inner(u, depth):
    if depth == 0:
        return np.sum(u[1:] * u[:-1])
    return inner(u[1:] * u[:-1], depth - 1) + np.sum(u[: len(u) // 2] ** 2)


def nested(u, depth):
    return inner(u, depth)


def nested_arguments(size, depth):
    return RNG.standard_normal(size), depth


def counted(u, sizes):
    total, start = 0.0, 0
    for size in sizes:
        total += np.sum(shifted(u[start:], size, 1) ** 2)
        start += size
    return total


def counted_arguments(*sizes):
    return RNG.standard_normal(sum(sizes) + 1), list(sizes)


CASES: list[tuple[Callable[..., Any], Callable[..., Any], list[tuple[int, ...]]]] = [
    (lstm, lstm_arguments, [(3, 2), (1, 1)]),
    (network, network_arguments, [(3, 2, 8), (1, 1, 4), (2, 3, 7), (3, 1, 3)]),
    (flat, flat_arguments, [(3, 4), (1, 2), (2, 1), (1, 1)]),
    (differences, differences_arguments, [(9, 6), (3, 1), (2, 1), (6, 4)]),
    (blocks, blocks_arguments, [(4, 2), (2, 1), (3, 1), (6, 2)]),
    (nested, nested_arguments, [(7, 2), (3, 1), (2, 0)]),
    (counted, counted_arguments, [(3, 2), (1, 1, 1), (2, 0, 3)]),
]


def _directional(f: Callable[..., Any], args: tuple[Any, ...], direction: Any) -> float:
    moved = args[0] + 1e-30j * direction
    return float(f(moved, *args[1:]).imag / 1e-30)


@pytest.mark.parametrize(("f", "make", "sizes"), CASES, ids=lambda f: getattr(f, "__name__", ""))
def test_every_shape(f: Callable[..., Any], make: Callable[..., Any], sizes: list[tuple[int, ...]]) -> None:
    """One derivative for calls of many shapes, in this order and in the other one."""
    for order in (sizes, sizes[::-1]):
        gradient = grad(f)
        for size in order:
            args = make(*size)
            direction = RNG.standard_normal(args[0].shape)
            expected = _directional(f, args, direction)
            assert np.sum(gradient(*args) * direction) == pytest.approx(expected, rel=1e-9, abs=1e-12)
            forward = jvp(lambda first, rest=args[1:]: f(first, *rest), (args[0],), (direction,))[1]
            assert forward == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("f", "make", "sizes"), CASES[:4], ids=lambda f: getattr(f, "__name__", ""))
def test_nothing_is_asked(f: Callable[..., Any], make: Callable[..., Any], sizes: list[tuple[int, ...]]) -> None:
    gradient = grad(f)
    gradient(*make(*sizes[0]))
    assert "unbroadcast" not in gradient.source


def test_nothing_is_saved_for_its_shape() -> None:
    gradient = grad(network)
    gradient(*network_arguments(3, 2, 8))
    assert "stack" not in gradient.source


def test_results_are_taken_apart_at_once() -> None:
    gradient = grad(lstm)
    gradient(*lstm_arguments(3, 2))
    assert "(h, c), cell_kept = cell_forward(x, h, c, W, U, b)" in gradient.source


def test_second_order() -> None:
    check_grads(flat, flat_arguments(2, 3), order=2)
