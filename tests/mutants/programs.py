"""The small named programs that are to notice every mutant."""

from __future__ import annotations

import math

import numpy as np


def logistic(x, n):
    v = x
    for _ in range(n):
        v = 4 * v * (1 - v)
    return v


def while_with_branch(x):
    y = x
    while y < 100.0:
        if y > 2.0:
            y = y * y
        else:
            y = y + x * y
    return y


def branch(x, y):
    if x > 0.5:
        r = x * x * y
    else:
        r = math.sin(y)
    return r * y


def fibonacci(x, y, n):
    for _ in range(n):
        x, y = y, x + math.sin(y)
    return x * y


def squash(x):
    return math.tanh(x * x)


def break_early(x, n):
    s = 1.0
    for i in range(n):
        s = s + i * math.sin(s * x)
        if s > 2.5:
            break
    return s * x


def varying(x, n):
    s = x
    for i in range(n):
        s = s * x + i * s * s
    return s


def used_twice(x):
    y = x * x
    return math.sin(y) * y + y


def bias(x, b):
    return np.sum(np.sin(x + b))


def nested(x, n):
    s = x
    for i in range(n):
        t = math.sin(s)
        for j in range(i + 1):
            s = s * math.cos(s) + t * j
    return s


def gather(x):
    s = 0.0
    for i in range(1, len(x)):
        s += x[i] * x[i - 1] * x[0]
    return s


def early_return(x, n):
    s = x
    for i in range(n):
        if s > 2.0:
            return s * s
        s = s + x * (i + 1)
    return s


def countdown(x, n):
    if n == 0:
        return x * x
    return math.sin(x) * countdown(x * 0.9, n - 1)


def flux(u, n):
    for _ in range(n):
        f = 0.5 * (u[1:] - 2 * u[:-1])
        u[1:-1] += 0.1 * (f[1:] - f[:-1])
    return np.sum(u * u)


def half_steps(u, n):
    v = u.copy()
    for _ in range(n):
        v[1:-1] = 0.3 * (u[:-2] + u[1:-1] + u[2:])
        u[1:-1] = 0.3 * (v[:-2] + v[1:-1] + v[2:])
    return np.sum(u * u)


def end_is_set(u, q, n):
    for _ in range(n):
        u[0] = 2.0
        u[1:-1] += 0.3 * q
    return np.sum(u * u)


def shorter(u, n):
    for _ in range(n):
        u = u[1:] * u[:1] + u[:-1]
    return np.sum(u * u)


ARGS = {
    "logistic": (0.3, 3),
    "while_with_branch": (0.7,),
    "branch": (0.2, 0.9),
    "branch_then": (0.7, 0.9),
    "fibonacci": (0.7, 0.3, 3),
    "squash": (0.7,),
    "break_early": (0.9, 9),
    "varying": (0.4, 3),
    "used_twice": (0.6,),
    "bias": (np.arange(6.0).reshape(2, 3), np.array([0.1, 0.2, 0.3])),
    "nested": (0.4, 3),
    "gather": (np.array([0.3, -1.2, 2.0, 0.7]),),
    "early_return": (0.7, 5),
    "countdown": (0.7, 3),
    "flux": (np.array([0.3, -1.2, 2.0, 0.7, 0.4]), 2),
    "half_steps": (np.array([0.3, -1.2, 2.0, 0.7]), 2),
    "shorter": (np.array([0.3, -1.2, 2.0, 0.7]), 2),
    "end_is_set": (np.array([0.3, -1.2, 2.0, 0.7]), np.array([0.5, 1.5]), 2),
}
FUNCTIONS = {**{name: globals()[name] for name in ARGS if name != "branch_then"}, "branch_then": branch}
