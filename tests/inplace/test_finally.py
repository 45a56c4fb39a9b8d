"""`finally` that calls functions and methods which change arrays in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad
from adjoint.errors import AdjointError
from tests.inplace.judge import judge

X = np.array([0.7, 1.3, 0.4, 0.9])


def total(u):
    return np.sum(u)


def restore(u, kept):
    u[:] = kept


def scale(u, c):
    u *= c


class Held:
    def __init__(self, u):
        self.u = u
        self.kept = u.copy()
    def clean(self):
        self.u *= 0.5
    def scale(self, c):
        self.u *= c


def result_of_a_function(x):
    u = x * 1.5
    try:
        u[0] *= 1.2
    finally:
        t = total(x)
    return np.sum(u * u) * t


def restored(x):
    u = x * 1.5
    kept = u.copy()
    try:
        u[0] *= 1.2
        s = np.sum(u * u)
    finally:
        restore(u, kept)
    return s + np.sum(u ** 3)


def method(x):
    o = Held(x * 1.5)
    try:
        o.u[0] *= 1.2
        s = np.sum(o.u * o.u)
    finally:
        o.clean()
    return s + np.sum(o.u ** 3)


def method_in_a_loop(x):
    o = Held(x * 1.5)
    s = 0.0
    for k in range(3):
        try:
            o.u[0] *= 1.2
            if o.u[0] > 1.4:
                return np.sum(o.u * o.u)
            s += np.sum(o.u * o.u)
        finally:
            o.scale(1.1)
    return s + np.sum(o.u ** 3)


def left_by_break(x):
    u = x * 1.5
    for k in range(3):
        try:
            u[0] *= 1.2
            if u[0] > 1.4:
                break
        finally:
            scale(u, 0.9)
    return np.sum(u ** 3)


class Stepper:
    def __init__(self, u):
        self.u = u
        self.depth = 0.0
    def run(self, x):
        self.depth += 1.0
        try:
            self.u *= x[0]
            return np.sum(self.u)
        finally:
            self.leave()
    def leave(self):
        self.depth -= 0.5
        self.u /= 2


def methods_of_one_object(x):
    s = Stepper(x * 2)
    a = s.run(x) + s.run(x)
    return a * s.depth + np.sum(s.u)


def behind_a_handler(x):
    u = x * 1.5
    try:
        if x[0] > 0.3:
            raise ValueError("a")
        u[0] *= 1.2
    except ValueError:
        u *= 3
    finally:
        scale(u, 2.0)
    return np.sum(u ** 2)


def nested(x):
    u = x * 1.5
    for k in range(4):
        try:
            try:
                u[k] *= 1.2
                if u[k] > 1.0:
                    continue
                u[k] *= 0.7
            finally:
                scale(u, 1.1)
        finally:
            restore(u[1:], u[:-1].copy())
    return np.sum(u ** 2)


PROGRAMS = [
    *(result_of_a_function, restored, method, method_in_a_loop, left_by_break),
    *(methods_of_one_object, behind_a_handler, nested),
]


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
def test_right(function: Callable[..., Any]) -> None:
    judge(function, (X,), (0,))


def told(u):
    print(u[0])


def printed(x):
    u = 1.5 * x
    try:
        u[0] *= 1.2
    finally:
        told(u)
    return np.sum(u * u)


def test_effects_of_functions_count() -> None:
    with pytest.raises(AdjointError, match="`finally` reads 'u', which may change"):
        grad(printed)(X)
