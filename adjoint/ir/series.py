"""Functions that neither NumPy nor `math` has, for derivatives that need them. Emitted code holds their text."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np


def polygamma(n, x):
    """The derivative of order n + 1 of math.lgamma: upwards to where the asymptotic series holds, then by that."""
    if n == 0 and x < 0:
        return polygamma(0, 1 - x) - math.pi / math.tan(math.pi * x)
    total = 0.0
    while x < 10 + 2 * n:
        total += 1 / x ** (n + 1)
        x += 1
    total = math.factorial(n) * (total + 0.5 / x ** (n + 1))
    total += math.factorial(n - 1) / x**n if n else -math.log(x)
    bernoulli = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)
    for k, b in zip(range(2, 16, 2), bernoulli):
        total += b * math.factorial(k + n - 1) / math.factorial(k) / x ** (k + n)
    return total if n % 2 else -total


def sinc_derivative(x, n):
    """The derivative of order n of np.sinc: its series near 0, sin(u) / u differentiated elsewhere."""
    u = np.pi * x
    near = np.abs(u) < n + 1
    far = np.where(near, n + 1.0, u)
    quotient = np.sin(far) / far
    for k in range(1, n + 1):
        quotient = (np.sin(far + k * np.pi / 2) - k * quotient) / far
    small, series = np.where(near, u, 0.0), 0.0
    term = (-1) ** ((n + 1) // 2) * small ** (n % 2)
    for m in range(n + n % 2, n + 40, 2):
        series = series + term / (m + 1)
        term = -term * small * small / ((m - n + 1) * (m - n + 2))
    return np.pi**n * np.where(near, series, quotient)


def i0_derivative(x, n):
    """The derivative of order n of np.i0: the mean of t**n * exp(t x) over t = cos(angle)."""
    total = 0.0
    for k in range(128):
        t = math.cos(math.pi * (k + 0.5) / 128)
        total = total + t**n * np.exp(t * x)
    return total / 128


def first_part(n, slots, steps=1):
    """How many of n steps to make before the next state is kept, for the fewest steps in all.

    Binomial schedule: with s states kept, C(s + r, s) steps can be reversed by making each one at most r times.
    """
    blocks, r, reach = -(-n // steps), 1, slots + 1
    while reach < blocks:
        r += 1
        reach = reach * (slots + r) // r
    most = reach * r // (slots + r)
    rest = most * slots // (slots + r - 1)
    return steps * max(1, min(most, blocks - rest))


_ALL = (polygamma, sinc_derivative, i0_derivative, first_part)
NUMERIC: dict[str, Any] = {function.__name__: function for function in _ALL}


def text_of(name: str) -> str:
    """The source of one of them."""
    return inspect.getsource(NUMERIC[name])
