"""Functions that are left from inside of a branch, a `with` or a `try`: what they return is still their argument."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.inplace.judge import judge, right_or_refused

X = np.array([0.7, 1.3, -0.4, 0.9, 0.35, 1.1])
Y = np.array([0.3, 1.1, 0.8, 0.9, 0.35, 1.1])


class Field:
    def __init__(self, u):
        self.u = u


def nested(u):
    s = 0.0
    if u[0] > 0.5:
        if u[1] > 0.1:
            return u
        s = 1.0
    else:
        s = 2.0
    for i in range(3):
        s += u[i]
    s = s * s
    s = s + 1
    s = s * 2
    s = s - 3
    return s * u


def tried(u):
    try:
        if u[0] > 0.5:
            return u
        return 2 * u
    except ValueError:
        return 3 * u


def inside_with(u):
    with np.errstate(all="ignore"):
        if u[0] > 0.5:
            return u
        return 2 * u


def raising(u, limit):
    if limit > 100:
        raise ValueError("too large")
    if u[0] > 0.5:
        return u
    return 0.9 * u


def attribute(o, limit):
    if limit > 100:
        raise ValueError("too large")
    if o.u[0] > 0.5:
        return o.u
    return 0.9 * o.u


def part(u, limit):
    if limit > 100:
        raise ValueError("too large")
    if u[0] > 0.5:
        return u[1:]
    return 0.9 * u[:-1]


def out_of_a_loop(u):
    with np.errstate(all="ignore"):
        for i in range(3):
            if u[i] > 1.0:
                return u
    return 2 * u


def scaled_under_another_name(x):
    u = x.copy()
    old = u
    u = nested(u)
    u *= 0.9
    return np.sum(u * old)


def element_of_the_result(x):
    u = x.copy()
    v = nested(u)
    v[1] = 0.9
    return np.sum(u * v)


def element_out_of_try(x):
    u = x.copy()
    v = tried(u)
    v[1] = 0.9
    return np.sum(u * v)


def element_out_of_with(x):
    u = x.copy()
    v = inside_with(u)
    v[1] = 0.9
    return np.sum(u * v)


def element_out_of_a_loop(x):
    u = x.copy()
    v = out_of_a_loop(u)
    v[1] = 0.9
    return np.sum(u * v)


def called_in_try(x):
    u = x.copy()
    old = u
    try:
        u = raising(u, len(x))
    except ValueError:
        u = 2 * u
    u *= 0.9
    return np.sum(u * old)


def attribute_in_try(x):
    o = Field(x.copy())
    try:
        v = attribute(o, len(x))
    except ValueError:
        v = o.u
    v *= 0.9
    return np.sum(o.u**2)


def part_in_try(x):
    u = x.copy()
    try:
        v = part(u, len(x))
    except ValueError:
        v = u[1:]
    v *= 0.9
    return np.sum(u**2)


def in_the_caller(x):
    u = x.copy()
    v = 0.5 * x
    w = u
    if x[0] > 0.5:
        if x[1] > 1.2:
            w[1] = 2.0
            return np.sum(u * w)
        w = v
    for i in range(3):
        v[i] += w[i] ** 2
    w *= 0.5
    w = w + u
    w[0] = 3.0
    v *= w
    return np.sum(u * v * w)


RIGHT = (
    scaled_under_another_name,
    element_of_the_result,
    called_in_try,
    attribute_in_try,
    part_in_try,
)
FIRST = (element_out_of_try, element_out_of_with, element_out_of_a_loop, in_the_caller)


@pytest.mark.parametrize("function", RIGHT, ids=lambda f: f.__name__)
@pytest.mark.parametrize("x", [X, Y], ids=["one path", "another"])
def test_right(function: Callable[..., Any], x: np.ndarray) -> None:
    judge(function, (x,))


@pytest.mark.parametrize("function", FIRST, ids=lambda f: f.__name__)
@pytest.mark.parametrize("x", [X, Y], ids=["one path", "another"])
def test_right_or_refused(function: Callable[..., Any], x: np.ndarray) -> None:
    right_or_refused(function, (x,))
