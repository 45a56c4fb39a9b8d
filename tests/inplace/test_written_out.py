"""Functions that return or bind an array, on some paths only, which is changed in place behind the call.

They are written out where they are called if nothing else tells what they give.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.inplace.judge import judge, right_or_refused

X = np.array([0.7, 1.3, 0.4, 0.9, 0.35, 1.1])


class Grid:
    def __init__(self, u):
        self.u = u


class Flow:
    def __init__(self, u):
        self.u = u
        self.grid = Grid(0.5 * u)

    def limit(self, t):
        if t % 2:
            self.u = np.minimum(self.u, 0.8)

    def limited(self, t):
        if t % 2:
            return np.minimum(self.u, 0.8)
        return self.u

    def run(self, steps):
        for t in range(steps):
            self.limit(t)
            self.u *= 0.9
            self.u[1:] -= 0.1 * self.u[:-1] ** 2

    def run_by_value(self, steps):
        for t in range(steps):
            self.u = self.limited(t)
            self.u *= 0.9


def limited(u, t):
    if t % 2 == 0:
        return u
    return np.minimum(u, 0.8)


def early(u):
    if u[0] > 0.5:
        return u
    return 0.9 * u


def two_limited(u, v):
    if u[0] > 0.5:
        return u, v
    return 0.9 * u, v + u


def stepped(u, t):
    u = limited(u, t)
    u[1:] += 0.1 * u[:-1] ** 2
    return u


def searched(u, t):
    for i in range(2):
        if u[i] > 1.0:
            return u
    return 0.9 * u + 0.01 * t


def at_an_attribute(x, n):
    o = Grid(x.copy())
    for t in range(n):
        o.u = limited(o.u, t)
        o.u *= 0.9
    return np.sum(o.u**2)


def at_an_attribute_of_an_attribute(x, n):
    o = Flow(x.copy())
    for t in range(n):
        o.grid.u = limited(o.grid.u, t)
        o.grid.u[1:] -= 0.1 * o.u[:-1] * o.grid.u[1:]
        o.u[0] = o.grid.u[1]
    return np.sum(o.u * o.grid.u)


def at_a_key(x, n):
    o = {"u": x.copy()}
    for t in range(n):
        o["u"] = limited(o["u"], t)
        o["u"] *= 0.9
    return np.sum(o["u"] ** 2)


def at_an_item(x, n):
    us = [x.copy(), 0.5 * x]
    for t in range(n):
        us[0] = limited(us[0], t)
        us[0] *= 0.9
        us[1] += us[0] ** 2
    return np.sum(us[1])


def two_deep(x, n):
    u = x.copy()
    for t in range(n):
        u = stepped(u, t)
        u *= 0.9
    return np.sum(u**2)


def of_another(x, n):
    u = x.copy()
    for t in range(n):
        u = limited(early(u), t)
        u *= 0.9
    return np.sum(u**2)


def two_at_once(x, n):
    u = x.copy()
    v = 0.5 * x
    for _ in range(n):
        u, v = two_limited(u, v)
        u *= 0.9
        v[1:] += u[:-1] ** 2
    return np.sum(u**2 + v)


def in_a_sum(x, n):
    u = x.copy()
    for t in range(n):
        u = limited(u, t) + 0.1 * searched(u, t)
        u[0] *= 0.9
    return np.sum(u**2)


def out_of_a_loop(x, n):
    u = x.copy()
    for t in range(n):
        u = searched(u, t)
        u *= 0.7
    return np.sum(u**2)


def by_a_method(x, n):
    flow = Flow(x.copy())
    flow.run(n)
    return np.sum(flow.u**2)


def by_the_value_of_a_method(x, n):
    flow = Flow(x.copy())
    flow.run_by_value(n)
    return np.sum(flow.u**2)


def of_a_row(x, n):
    a = np.stack([x, 0.5 * x, 0.7 * x])
    for i in range(min(n, 3)):
        a[i] = limited(a[i], i)
        a[i] *= 0.9
    return np.sum(a**2)


def by_a_function_inside(x, n):
    cap = 0.8

    def capped(u, t):
        if t % 2:
            return np.minimum(u, cap)
        return u

    o = Grid(x.copy())
    for t in range(n):
        o.u = capped(o.u, t)
        o.u *= 0.9
    return np.sum(o.u**2)


def with_keywords(x, n):
    o = Grid(x.copy())
    for t in range(n):
        o.u = limited(t=t, u=o.u)
        o.u *= 0.9
    return np.sum(o.u**2)


class Steps:
    def __init__(self, u):
        self.u = u
        self.before = None

    def step(self, t):
        self.u = self.u * 1.1
        if t % 2:
            return self.u
        return np.minimum(self.u, 0.72)


def left_in_two_states(x, n):
    o = Steps(x * 1.1)
    s = 0.0
    for t in range(n):
        s += np.sum(o.step(t) ** 2)
    return np.sum(o.u**2) + s


def beside_others(x, n):
    o = Grid(x * 1.1)
    u = x * x
    v = 0.5 * u
    for t in range(n):
        o.u = limited(o.u, t)
        o.u *= 0.9
        v += limited(v, t)
        v *= 0.4
        limited(u, t)
        u[1:] -= 0.1 * limited(u, t)[:-1]
        u[:] = limited(u, t)
        u[0] *= 0.9
    return np.sum(o.u**2) + np.sum(u**2) + np.sum(v)


def none_beside_it(x, n):
    o = Steps(x * 1.1)

    def made(t):
        for _ in range(2):
            o.u = o.u * 0.9
        if t % 2:
            return o.u
        return np.sin(o.u)

    for t in range(n):
        o.u = made(t)
        o.u[1:] -= 0.1 * o.u[:-1] ** 2
    return np.sum(o.u**2)


def first_of(rows):
    return rows[0]


def an_item_that_is_given(x, n):
    rows = [x * k for k in range(n + 1)]
    f = first_of(rows)
    f[0] = 3.0
    return np.sum(rows[0] * x)


def an_item_and_its_list(x, n):
    def made():
        rows = [x * (k + 1) for k in range(n + 1)]
        return rows, rows[-1]

    rows, last = made()
    last[0] = 3.0 * x[1]
    return np.sum(rows[n] ** 2) + np.sum(rows[0])


def what_may_be_a_copy(x, n):
    def g(a, b):
        a[0] = b[0] * 2.0

    y = np.outer(x, x).T * (1.0 + n)
    t = y.ravel()
    g(y, t)
    return np.sum(y)


RIGHT = (
    left_in_two_states,
    beside_others,
    none_beside_it,
    an_item_that_is_given,
    an_item_and_its_list,
    what_may_be_a_copy,
    at_an_attribute,
    at_an_attribute_of_an_attribute,
    at_a_key,
    at_an_item,
    two_deep,
    of_another,
    two_at_once,
    in_a_sum,
    out_of_a_loop,
    by_a_method,
    by_the_value_of_a_method,
    by_a_function_inside,
    with_keywords,
)


@pytest.mark.parametrize("function", RIGHT, ids=lambda f: f.__name__)
@pytest.mark.parametrize("n", [0, 1, 3])
def test_right(function: Callable[..., Any], n: int) -> None:
    judge(function, (X, n), (0,))


def known_before(x, n):
    u = x.copy()
    s = 0.0
    for t in range(n):
        old = u
        u = limited(u, t)
        u *= 0.9
        s += np.sum(u * old)
    return s


def known_in_the_object(x, n):
    o = Flow(x.copy())
    o.grid.u = o.u
    for t in range(n):
        o.u = limited(o.u, t)
        o.u *= 0.9
    return np.sum(o.u * o.grid.u)


def read_meanwhile(x, n):
    o = Grid(x.copy())

    def both(u, t):
        if t % 2:
            return u
        return u + 0.1 * o.u

    for t in range(n):
        o.u = both(o.u, t)
        o.u *= 0.9
    return np.sum(o.u**2)


def changed_meanwhile(x, n):
    o = Flow(x.copy())

    def both(u, t):
        o.grid.u[1:] += u[:-1]
        if t % 2:
            return u
        return u + 0.1 * o.grid.u

    for t in range(n):
        o.u = both(o.u, t) + both(o.grid.u, t + 1)
        o.u *= 0.9
    return np.sum(o.u**2 + o.grid.u)


def recursive(u, t):
    if t == 0:
        return u
    if u[0] > 0.5:
        return recursive(0.9 * u, t - 1)
    return recursive(u, t - 1)


def by_recursion(x, n):
    o = Grid(x.copy())
    for t in range(n):
        o.u = recursive(o.u, t)
        o.u *= 0.9
    return np.sum(o.u**2)


DOUBTFUL = (of_a_row, known_before, known_in_the_object, read_meanwhile, changed_meanwhile, by_recursion)


@pytest.mark.parametrize("function", DOUBTFUL, ids=lambda f: f.__name__)
def test_right_or_refused(function: Callable[..., Any]) -> None:
    right_or_refused(function, (X, 3), wrt=(0,))
