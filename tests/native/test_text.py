"""The text that is written for Numba, in whole: read it as if a stranger had sent it."""

from __future__ import annotations

import numpy as np
import pytest

from adjoint import grad

pytest.importorskip("numba", reason="the extra `jit` is not installed")


def decay(x, rates):
    for rate in rates:
        if x > 1.0:
            x = x * rate
        x = x - rate * x * x
    return x


def spread(x):
    centred = x - x.mean(axis=0, keepdims=True)
    return np.sum(centred * centred * x)


def narrow(x, rate):
    return np.sum(np.exp(0.1 * x) ** 2.0 - rate * x)


DECAY = '''
import numpy as np
from numba import njit


@njit
def decay_grad(x, rates):
    """Assumed types: x: float."""
    x_stack = np.empty(len(rates))
    stack = np.empty(len(rates), np.bool_)
    for i, rate in enumerate(rates):
        t = x > 1.0
        stack[i] = t
        if t:
            x = x * rate
        x_stack[i] = x
        x = x - rate * x * x
    x_bar = 1.0
    for i in range(len(rates) - 1, -1, -1):
        rate = rates[i]
        t = stack[i]
        x = x_stack[i]
        x_bar = x_bar * (1 - 2 * rate * x)  # x = x - rate * x * x
        if t:
            x_bar = rate * x_bar  # x = x * rate
    return x_bar
'''
SPREAD = '''
import numpy as np
from numba import njit


@njit
def mean_of_2d_0_keep(x):
    """The mean along axis 0."""
    y = np.zeros((1, x.shape[1]))
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[0, j] += x[i, j]
    return y / x.shape[0]


@njit
def spread_grad(x):
    t = mean_of_2d_0_keep(x)
    centred = np.empty((x.shape[0], x.shape[1]))
    centred_bar = np.empty((x.shape[0], x.shape[1]))  # return np.sum(centred * centred * x)
    d = np.zeros((1, x.shape[1]))  # centred = x - x.mean(axis=0, keepdims=True)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            t2 = x[i, j] - t[0, j]
            centred[i, j] = t2
            d2 = 2 * x[i, j] * t2  # return np.sum(centred * centred * x)
            centred_bar[i, j] = d2
            d[0, j] += d2  # centred = x - x.mean(axis=0, keepdims=True)
    d = d / x.shape[0]
    x_bar = np.empty((centred.shape[0], centred.shape[1]))
    for i in range(centred.shape[0]):
        for j in range(centred.shape[1]):
            d2 = centred[i, j] * centred[i, j] + centred_bar[i, j] - d[0, j]
            x_bar[i, j] = d2
    return x_bar
'''
NARROW = '''
import numpy as np
from numba import njit


@njit
def narrow_grad(x, rate):
    t = np.exp(np.float32(0.1) * x)
    return np.float32(0.2) * t * t - np.float32(rate), -np.sum(x)
'''


def text_of(function, types, wrt=0):
    return grad(function, wrt, jit="numba").for_types(types).source


@pytest.mark.parametrize(
    ("function", "types", "expected"), [(decay, "rates: f8[:]", DECAY), (spread, "x: f8[:,:]", SPREAD)]
)
def test_text(function, types, expected):
    assert text_of(function, types) == expected.lstrip()


def test_numbers_beside_arrays_of_float32():
    assert text_of(narrow, "x: f4[:], rate: float", (0, 1)) == NARROW.lstrip()
