"""Results of a function of which one may be another, or an item of another: a store into one is refused, reading is not.

Which is which is known at run time only, inside the function; its caller must not take them for arrays of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.errors import AliasNotProvable
from tests.inplace.judge import judge, right_or_refused

X = np.array([0.9, 1.3, 0.7, 1.1, 0.8])


class Three:
    def __init__(self, x):
        self.u = x * 1.0
        self.v = x * 2.0


def one_of_two(x):
    u, v = x * 1.0, x * 2.0
    r = u if x[0] > 0.5 else v
    return r, u


def one_on_a_path(x):
    u, v = x * 1.0, x * 2.0
    if x[0] > 0.5:
        v = u
    return v, u


def one_in_a_pass(x):
    u = x * 1.0
    v = u
    for _ in range(len(x)):
        u = u * 0.9
        if u[0] > 0.7:
            v = u
    return v, u


def in_a_dict(x):
    d = {"a": x * 1.0, "b": x * 2.0}
    d["c"] = d["a"] if x[0] > 0.5 else d["b"]
    return d["c"], d["a"]


def item_and_list(x):
    rows = [x * k for k in range(len(x))]
    return rows, rows[1]


def best_and_list(x):
    rows = [x * k for k in range(len(x))]
    best = rows[0]
    for row in rows:
        if np.sum(row) > np.sum(best):
            best = row
    return rows, best


def list_and_inner_list(x):
    rows = [[x[0] * k, x[1]] for k in range(len(x))]
    return rows, rows[1]


def one_of_two_dicts(x):
    a, b = {0: x[0]}, {0: x[1]}
    d = a if x[0] > 0.5 else b
    return d, a


def one_of_two_objects(x):
    a, b = Three(x), Three(x)
    r = a if x[0] > 0.5 else b
    return r, a


def exchanged_and_chosen(x):
    def given(u, v):
        for _ in range(len(u)):
            v[1:] = 0.5 * u[:-1]
            u, v = v, u
        r = u if x[0] > 0.5 else v
        return r, u

    return given(x * 1.0, x * 2.0)


def exchanged_and_known_elsewhere(x):
    def given(u, v):
        for _ in range(len(u)):
            v[1:] = 0.5 * u[:-1]
            u, v = v, u
        return u

    a, b = x * 1.0, x * 2.0
    return given(a, b), a


def exchanged_and_listed(x):
    def given(u, v, rows):
        for _ in range(len(u)):
            v[1:] = 0.5 * u[:-1]
            u, v = v, u
        rows.append(u)

    rows = []
    a, b = x * 1.0, x * 2.0
    given(a, b, rows)
    return rows[0], a


ARRAYS = [one_of_two, one_on_a_path, one_in_a_pass, in_a_dict, exchanged_and_chosen, exchanged_and_known_elsewhere]
ARRAYS += [exchanged_and_listed]
LISTS = [item_and_list, best_and_list, list_and_inner_list]
OTHERS: list[Callable[..., Any]] = [one_of_two_dicts]


def numbers_of(thing):
    return np.sum(np.asarray(thing) ** 2)


@pytest.mark.parametrize("pair", ARRAYS)
def test_arrays(pair: Callable[..., Any]) -> None:
    def first(x):
        a, b = pair(x)
        a[0] = 3.0 * x[1]
        return numbers_of(a) + 2.0 * numbers_of(b)

    def second(x):
        a, b = pair(x)
        b[0] = 3.0 * x[1]
        return numbers_of(a) + 2.0 * numbers_of(b)

    def neither(x):
        a, b = pair(x)
        return numbers_of(a) + 2.0 * numbers_of(b)

    _refused(first, second)
    judge(neither, (X,), order=1)


@pytest.mark.parametrize("pair", [*LISTS, *OTHERS])
def test_containers(pair: Callable[..., Any]) -> None:
    def first(x):
        a, b = pair(x)
        if pair is one_of_two_dicts:
            a[0] = 3.0 * x[1]
        else:
            a[1][0] = 3.0 * x[1]
        return b[0] * x[2]

    def second(x):
        a, b = pair(x)
        b[0] = 3.0 * x[1]
        return x[2] * (a[0] if pair is one_of_two_dicts else a[1][0])

    def neither(x):
        a, b = pair(x)
        return b[0] * x[2] * (a[0] if pair is one_of_two_dicts else a[1][0])

    if pair in LISTS and pair is not best_and_list:
        right_or_refused(first, (X,), order=1)
        right_or_refused(second, (X,), order=1)
    else:
        _refused(first, second)
    judge(neither, (X,), order=1)


def test_objects() -> None:
    def stored(x):
        a, b = one_of_two_objects(x)
        b.u = x * 3.0
        return numbers_of(a.u) + 2.0 * numbers_of(b.v)

    _refused(stored)


def _refused(*functions: Callable[..., Any]) -> None:
    for function in functions:
        with pytest.raises(AliasNotProvable) as caught:
            adjoint.grad(function)(X)
        assert re.search("may (share memory|be|have another name)|on another path", caught.value.report())


def _moved(x):
    return x + 1.0


def _moved_twice(x):
    a = x + 1.0
    return a, a * 1.0


@pytest.mark.parametrize("function", [_moved, _moved_twice])
def test_tangents_have_memory_of_their_own(function: Callable[..., Any]) -> None:
    t = np.ones(X.shape)
    value, dot = adjoint.jvp(function, (X,), (t,))
    arrays = [X, t, *(value if isinstance(value, tuple) else [value]), *(dot if isinstance(dot, tuple) else [dot])]
    assert not any(np.shares_memory(a, b) for n, a in enumerate(arrays) for b in arrays[:n])
