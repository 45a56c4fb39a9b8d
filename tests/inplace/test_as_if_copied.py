"""What a function gives, and may be what it was given, is stored into another part of that array.

NumPy stores most parts as if they had been copied first: then it does not matter which array came back.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from adjoint import grad
from adjoint.errors import AliasNotProvable
from tests.inplace.judge import judge

X = np.array([0.35, 0.65, -0.2, 0.45, 0.175, 0.55, -0.4])


def limited(u):
    if np.sum(u) > 1.1:
        return 1.1 * np.sin(u)
    return u


def larger(u, v):
    if u[0] > v[0]:
        return u
    return v


def weighted(u):
    return np.sum(u * u * np.arange(1.0, 1.0 + len(u)))


def shifted(x):
    u = 1.5 * x
    u[1:] = limited(u)[:-1]
    u[:-1] = limited(u)[1:]
    return weighted(u)


def reversed_(x):
    u = 1.5 * x
    u[:] = limited(u)[::-1]
    return weighted(u)


def of_two_arrays(x):
    u, v = 1.5 * x, 0.5 * x[::-1]
    u[1:] = larger(u, v)[:-1]
    v[:-1] = larger(u, v)[1:]
    return weighted(u) * weighted(v)


def called_twice(x):
    u = 1.5 * x
    u[1:] = limited(0.5 * limited(u))[:-1]
    u[1:] = limited(limited(u))[:-1]
    return weighted(u)


def rows(x):
    A = np.zeros((4, len(x)))
    A[0] = x
    for i in range(1, 4):
        A[i] = limited(A[i - 1])
        A[i] *= 1.3
    return np.sum(A * A * A)


def columns(x):
    A = np.zeros((len(x), 4))
    A[:, 0] = x
    for i in range(1, 4):
        A[:, i] = limited(A[:, i - 1])
        A[1:, i] *= 1.3
    return np.sum(A * A * A)


def named_rows(x):
    A = np.zeros((4, len(x)))
    A[0] = x
    for i in range(1, 4):
        row = limited(A[i - 1])
        A[i] = row
        A[i] *= 1.3
    return np.sum(A * A * A)


def blocks(x):
    A = np.outer(x, x + 1.0)
    A[1:, :-1] = limited(A)[:-1, 1:]
    A[:] = limited(A.T)
    A[:] = limited(A[3])
    return np.sum(A * A) + np.sum(A[0])


def time_steps(x):
    u = 0.5 * x
    for _ in range(3):
        w = limited(u)
        u[1:-1] = w[1:-1] - 0.1 * (w[2:] - w[:-2])
    return weighted(u)


def factors(x):
    u = 1.5 * x
    for _ in range(3):
        w = limited(u)
        u *= w
        w = limited(u)
        u[1:] += w[:-1]
        w = limited(u)
        u[:-1] -= 0.1 * (w[1:] - w[:-1])
    return weighted(u)


def elements(x):
    u = 0.5 * x
    for i in range(1, len(u)):
        u[i] = limited(u)[i - 1]
    u[np.array([1, 2])] = 2.0 * limited(u)[np.array([3, 4])]
    return weighted(u)


def copied(x):
    u = 1.5 * x
    np.copyto(u, limited(u))
    w = limited(u)
    np.copyto(u[1:], w[:-1])
    return weighted(u)


def attribute(x):
    o = SimpleNamespace(u=1.5 * x)
    o.u[:] = limited(o.u)
    o.u[1:] = limited(o.u)[:-1]
    return weighted(o.u)


def items_of_lists(x):
    us = [0.5 * k * x for k in range(1, 4)]
    for k in range(2):
        us[k][1:] = limited(us[k + 1])[:-1]
        us[k + 1][1:] = limited(us[k + 1])[:-1]
    return weighted(us[0] * us[1]) + weighted(us[2])


def on_paths(x):
    u = 1.5 * x
    w = limited(u)
    if x[1] > 0:
        u[1:] = w[:-1]
    else:
        u[:] = w * 2
    return weighted(u)


def changed_in_the_statement(x):
    u = 1.5 * x
    w = limited(u)
    np.copyto(u, np.add(u, 1.0, out=u) * w)
    return weighted(u)


def given_on(u):
    return limited(u)


def given_on_twice(u):
    w = given_on(u)
    return limited(w)


def through_functions(x):
    A = np.outer(x, x)
    u = 1.5 * x
    u[1:] = given_on(u)[:-1]
    for i in range(1, 4):
        A[i] = given_on_twice(A[i - 1])
        A[i] *= 0.7
    return weighted(u) + np.sum(A * A)


def relaxed(u, n):
    for _ in range(n):
        u = 0.5 * (u + np.roll(u, 1))
    return u


def of_loops(x):
    A = np.outer(x, x)
    u = 1.5 * x
    u[:] = relaxed(u, 2)
    u[2:] = relaxed(u[2:], 0)
    np.copyto(u, relaxed(u, 1))
    for i in range(1, 4):
        A[i] = relaxed(A[i - 1], i % 2)
        A[i] *= 0.7
    return weighted(u) + np.sum(A * A)


def turned(u):
    if np.sum(u) > 1.1:
        return 1.1 * u
    return u[::-1]


def of_turned_parts(x):
    A = np.outer(x, x)
    u = 1.5 * x
    u[:] = turned(u)
    A[1] = turned(A[3])
    A[:, 2] = turned(A[:, 2])
    A[1:, 1:] = turned(A)[:-1, :-1]
    return weighted(u) + np.sum(A * A) + np.sum(A[1] * x)


RIGHT = [
    *(shifted, reversed_, of_two_arrays, called_twice, rows, columns, named_rows, blocks, time_steps, factors),
    *(elements, copied, attribute, items_of_lists, on_paths, changed_in_the_statement),
    *(through_functions, of_loops, of_turned_parts),
]


@pytest.mark.parametrize("factor", [1.0, 0.4], ids=["new", "given"])
@pytest.mark.parametrize("function", RIGHT, ids=lambda function: function.__name__)
def test_right(function: Callable[..., Any], factor: float) -> None:
    judge(function, (factor * X,), (0,))


def column(A):
    if np.sum(A) > 1.1:
        return 1.1 * A[0]
    return A[:, 2]


def one(u):
    u[0] = 4.0
    return 1


def with_another_step(x):
    u = 1.5 * x
    u[::2] = limited(u)[:4]
    return weighted(u)


def column_into_row(x):
    A = np.outer(x, x)
    A[1] = limited(A[:, 2])
    return np.sum(A * A * A)


def index_that_changes_it(x):
    u = 1.5 * x
    u[one(u) :] = limited(u)[:-1]
    return weighted(u)


def two_targets(x):
    u, v = 1.5 * x, 2.0 * x
    u[1:] = v[1:] = limited(u)[:-1]
    return weighted(u) * weighted(v)


def read_afterwards(x):
    u = 1.5 * x
    w = limited(u)
    u[1:] = w[:-1]
    return weighted(u) + w[2]


def read_in_the_next_pass(x):
    u = 1.5 * x
    w, s = limited(u), 0.0
    for i in range(3):
        s += w[i] * w[0]
        u[1:] = w[:-1]
    return s


def read_by_a_closure(x):
    u = 1.5 * x
    w = limited(u)

    def third():
        return w[2]

    u[1:] = w[:-1]
    return weighted(u) + third()


def bound_in_the_statement(x):
    u = 1.5 * x
    u[1:] = (w := limited(u))[:-1]
    return weighted(u) + w[2]


def part_of_what_was_given(x):
    u = 1.5 * x
    u[1:] = turned(u)[:-1]
    return weighted(u)


def moved_part(x):
    u = 1.5 * x
    u[1:] = turned(u[:-1])
    return weighted(u)


def row_of_what_was_given(x):
    A = np.outer(x, x)
    A[1] = column(A)
    return np.sum(A * A * A)


REFUSED = [
    *(with_another_step, column_into_row, index_that_changes_it, two_targets, read_afterwards, read_in_the_next_pass),
    *(read_by_a_closure, bound_in_the_statement, part_of_what_was_given, moved_part),
    row_of_what_was_given,
]


@pytest.mark.parametrize("function", REFUSED, ids=lambda function: function.__name__)
def test_refused(function: Callable[..., Any]) -> None:
    with pytest.raises(AliasNotProvable):
        grad(function)(X)


def test_way_out() -> None:
    with pytest.raises(AliasNotProvable, match="`limited` returned may share memory") as caught:
        grad(read_afterwards)(X)
    assert "fix: copy what it returns: `limited(...).copy()`" in caught.value.report()
