"""Parts of arrays that have no dimensions, `a[0, ...]`, are views in NumPy: written through, seen when they change."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad
from adjoint.errors import AliasNotProvable
from tests.inplace.judge import judge


def written_through(x):
    y = x.copy()
    z = y[0, ...]
    z += 1.5 * x[1]
    return np.sum(y**2)


def last_axis(x):
    a = x.copy()
    q = a[..., 0]
    q += 3 * x[-1]
    return np.sum(a**2)


def reshaped(x):
    a = x.copy()
    q = a[:1].reshape(())
    q *= x[-1]
    return np.sum(a**2)


def squeezed(x):
    a = x.copy()
    q = a[:1].squeeze(0)
    q *= x[-1]
    return np.sum(a**2)


def and_back(x):
    a = x.copy()
    r = a[:1].reshape(()).reshape(1)
    r[0] = x[-1] ** 2
    return np.sum(a**2)


def seen_when_it_changes(x):
    a = x.copy()
    s = a[0, ...]
    a[0] = x[-1] ** 2
    return s * 2.0


def in_a_dict(x):
    a = np.outer(x, x)
    parts = {"first": a[0, 0, ...]}
    parts["first"] += x[0]
    return np.sum(a)


def stored_and_read(x):
    y = x.copy()
    y[..., 0] *= 2.0
    y[0, ...] = y[0, ...] * x[1]
    return np.sum(y**2)


def of_any_rank(x):
    a, b, c = x[..., 0], x[..., 1], x[..., 2]
    if a < b:
        a, b = b, a
    return a * b + b * c**2


def greatest(x):
    best = x[..., 0]
    for i in range(3):
        if x[..., i] > best:
            best = x[..., i]
    best = best * 2
    best += x[1]
    return best**2


FUNCTIONS = [written_through, last_axis, reshaped, squeezed, and_back, seen_when_it_changes, in_a_dict, stored_and_read]


@pytest.mark.parametrize("function", [*FUNCTIONS, of_any_rank, greatest])
def test_against_differences(function: Callable[..., Any]) -> None:
    judge(function, (np.array([0.5, 0.7, 0.9]),))


def add_one(s):
    s += 1.0


def given_to_a_function(x):
    a = x.copy()
    add_one(a[0])
    add_one(a[0, ...])
    return np.sum(a**2)


def new_and_given(x):
    a = np.array(x[0] * 2)
    add_one(a)
    return a * x[1]


def in_a_list_twice(x):
    a = np.array(x[0] * 2)
    both = [a, a]
    both[0] *= x[-1]
    return a * both[1]


@pytest.mark.parametrize("function", [given_to_a_function, new_and_given, in_a_list_twice])
def test_refused(function: Callable[..., Any]) -> None:
    with pytest.raises(AliasNotProvable):
        grad(function)(np.array([0.5, 0.7, 0.9]))


def view_of_a_number(x):
    s = np.array(x[0])
    t = np.asarray(s)
    s += x[1]
    return t * x[0]


def squeezed_number(x):
    s = np.zeros(())
    t = s.squeeze()
    s += x[1]
    return t * x[2]


def not_copied(x):
    s = np.array(x[0])
    t = np.array(s, copy=False)
    s *= x[1]
    return t * x[2]


def broadcast(x):
    s = np.array(x[0])
    t = np.broadcast_to(s, ())
    s *= x[1]
    return t * x[2]


def appended_before_it_grows(x):
    s = np.array(x[0])
    old = []
    for i in range(3):
        old.append(s)
        s += x[i]
    return sum(old) * x[0]


def returned_twice(x):
    def pair(s):
        return s, s

    s = np.full((), x[0])
    t, _ = pair(s)
    s += 1.0
    return t * x[1]


def returned_by_a_lambda(x):
    s = np.squeeze(x[:1] * 1.0, axis=0)
    t = (lambda: s)()
    s *= x[1]
    return t * x[2]


def one_or_the_other(x):
    s = np.array(x[0])
    t = s or x[1]
    for i in range(2):
        s += x[i]
    return t * x[1]


def added_by_operator(x):
    s = np.array(x[0])
    operator.iadd(s, x[1])
    return s * x[0]


def added_by_operator_in_a_function(x):
    def add(s, c):
        operator.iadd(s, c)

    s = np.zeros(())
    add(s, x[1])
    return s * x[0]


def larger_of_two(x):
    s = np.array(x[0])
    t = max(s, 0.1 * x[1])
    s += x[1]
    return t * x[0]


def smaller_of_two_that_grows(x):
    s = np.array(x[0])
    t = min(s, 9.0 * x[1])
    t += x[1]
    return t * s


SHARED = [
    larger_of_two, smaller_of_two_that_grows,
    view_of_a_number, squeezed_number, not_copied, broadcast, appended_before_it_grows, returned_twice,
    returned_by_a_lambda, one_or_the_other, added_by_operator, added_by_operator_in_a_function,
]  # fmt: skip


@pytest.mark.parametrize("function", SHARED)
def test_a_second_name_is_refused(function: Callable[..., Any]) -> None:
    with pytest.raises(AliasNotProvable):
        grad(function)(np.array([0.5, 0.7, 0.9]))


def turned_part(x):
    a = x.copy()
    s = a[:1].reshape(())
    t = s.T
    s += a[1]
    return t * a[2]


def part_of_a_part(x):
    a = x.copy()
    t = np.asanyarray(a[0, ...])
    a += x[1]
    return t * a[2]


def summed(x):
    s = np.array(0.0)
    kept = []
    for i in range(3):
        s += x[i] ** 2
        kept.append(s * x[i])
    return s * sum(kept)


def on_a_path(x):
    s = np.where(x[0] > 0, x[1], x[2])
    if x[1] > 0.1:
        s *= x[2]
    else:
        s += 1.0
    s += np.sin(s)
    return np.array([s, x[0]]) @ x[:2]


def of_numbers(x):
    q = np.median(x)
    kept = [q]
    q += x[0]
    return q * kept[0]


@pytest.mark.parametrize("function", [turned_part, part_of_a_part, summed, on_a_path, of_numbers])
def test_one_name(function: Callable[..., Any]) -> None:
    judge(function, (np.array([0.5, 0.7, 0.9]),))


def lower_by_square(a, b):
    a -= b * b


def lower_twice(a, b):
    lower_by_square(a, b)
    lower_by_square(a, b)


def lowered(a, b):
    lower_by_square(a, b)
    return a * a + b


def lowered_two_calls_deep(a, b):
    lower_twice(a, b)
    return a * a + b


@pytest.mark.parametrize("function", [lowered, lowered_two_calls_deep])
def test_arguments(function: Callable[..., Any]) -> None:
    """A number does not change in the function that it is given to, an array without dimensions does."""
    gradient = grad(function, wrt=(0, 1))
    assert gradient(np.float64(0.5), np.float64(0.8)) == (1.0, 1.0)
    assert gradient(0.5, 0.8) == (1.0, 1.0)
    with pytest.raises(AliasNotProvable, match="given an array without dimensions as 'a'"):
        gradient(np.array(0.5), 0.8)


def new_and_given_two_calls_deep(x):
    a = np.zeros(())
    lower_twice(a, x[0])
    return a * x[1]


def test_new_arrays_two_calls_deep() -> None:
    with pytest.raises(AliasNotProvable, match="may change an array without dimensions"):
        grad(new_and_given_two_calls_deep)(np.array([0.5, 0.7, 0.9]))
