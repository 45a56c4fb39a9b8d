"""Parts of arrays whose bounds a `while` limits, or that are items of an argument."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from tests.inplace.judge import judge

X = np.array([0.7, 1.3, -0.4, 0.9, 0.35, 1.1, -0.8, 0.55, 0.65])


def doubling(x):
    x = x.copy()
    d = 1
    while d < len(x):
        x[d:] += 0.5 * x[:-d]
        d *= 2
    return np.sum(x**2)


def doubling_a_copy(x):
    x = x.copy()
    d = 1
    n = x.shape[0]
    while n > d:
        y = x.copy()
        y[d:] += x[:-d] ** 2
        x = y
        d = d + d
    return np.sum(x**2)


def halving(x):
    x = x.copy()
    h = len(x) // 2
    while h > 0:
        x[:h] += x[h : 2 * h] ** 2
        h //= 2
    return x[0] ** 2


def shrinking_gaps(x):
    gap = 5
    total = 0.0
    while gap >= 1:
        total += np.sum(x[gap:] * x[:-gap])
        gap >>= 1
    return total


def one_by_one(x):
    k = 1
    total = 0.0
    while k <= 4 and total < 100.0:
        total += np.sum(x[k:] * x[:-k] ** 2)
        k += 1
    return total


KNOWN = (doubling, doubling_a_copy, halving, shrinking_gaps, one_by_one)


@pytest.mark.parametrize("function", KNOWN, ids=lambda f: f.__name__)
@pytest.mark.parametrize("count", [9, 6])
def test_parts_between_limits_are_of_one_length(function, count):
    judge(function, (X[:count],))
    made = adjoint.grad(function)
    made(X[:count])
    assert "unbroadcast" not in made.source


def up_and_down(x):
    k = 2
    passes = 0
    total = 0.0
    while k < 6 and passes < 5:
        total += np.sum(x[k:] * x[:-k])
        k = k + 2 if passes % 2 else k - 1
        passes += 1
    return total


def below_zero(x):
    k = 2
    total = 0.0
    while k > -3:
        total += np.sum(x[k:]) * np.sum(x[:-k] ** 2)
        k -= 1
    return total


def from_any(x, k):
    total = 0.0
    while k < 6:
        total += np.sum(x[k:]) * np.sum(x[:-k] ** 2)
        k *= 2
    return total


def test_without_a_limit_nothing_is_taken_for_granted():
    judge(up_and_down, (X,))
    judge(below_zero, (X,))
    judge(from_any, (X, 1))
    judge(from_any, (X, 3))


def test_shorter_than_a_limit():
    """Where a part is cut off at the end of the array the derivative is made anew."""
    made = adjoint.grad(shrinking_gaps)
    for count in (9, 5, 6):
        x = X[:count]
        steps = 1e-6 * np.eye(count)
        slopes = [(shrinking_gaps(x + h) - shrinking_gaps(x - h)) / 2e-6 for h in steps]
        assert np.allclose(made(x), slopes, atol=1e-7)


def knapsack(x, w):
    best = np.zeros(12)
    for i in range(len(w)):
        best[w[i] :] = np.maximum(best[w[i] :], best[: -w[i]] + x[i])
    return best[-1] ** 2 + best[5]


def lags(x, lags):
    total = 0.0
    for k in lags:
        total += np.sum(x[k:] * x[:-k]) ** 2
    return total


W = np.array([3, 1, 4, 2, 5, 1, 2, 3, 4])


@pytest.mark.parametrize("function", [knapsack, lags], ids=lambda f: f.__name__)
def test_items_of_an_argument(function):
    judge(lambda x: function(x, W), (X,))
    made = adjoint.grad(function)
    made(X, W)
    assert "unbroadcast" not in made.source
    for other in (W[:5], 2 * W[:4], -W, np.array([5, 5]), np.array([2, -1, 3])):
        try:
            function(X, other)
        except ValueError:
            continue
        steps = 1e-6 * np.eye(X.size)
        slopes = [(function(X + h, other) - function(X - h, other)) / 2e-6 for h in steps]
        assert np.allclose(made(X, other), slopes, atol=1e-6), other


def changed_before(x, w):
    w[0] = 2
    total = 0.0
    for k in w:
        total += np.sum(x[k:] * x[:-k])
    return total


def test_items_that_are_changed_before():
    w = np.array([0, 1, 3])
    steps = 1e-6 * np.eye(X.size)
    slopes = [(changed_before(X + h, w.copy()) - changed_before(X - h, w.copy())) / 2e-6 for h in steps]
    assert np.allclose(adjoint.grad(changed_before)(X, w), slopes, atol=1e-6)
    assert w[0] == 0
