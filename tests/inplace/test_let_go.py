"""Arrays with two names in a loop may change behind it when one of the names is read no more; else that is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad
from adjoint.errors import AliasNotProvable
from tests.inplace.judge import judge


def best_of_all(x, n):
    best = x.copy()
    for _ in range(n):
        x = x - 0.3 * x**3
        if np.sum(x * x) < np.sum(best * best):
            best = x
    best[0] = 0.5 * best[1]
    return np.sum(best**2)


def last_of_all(x, n):
    best = x.copy()
    while n > 0:
        n -= 1
        x = x - 0.1 * x**3
        best = x
    best[1:] *= best[0]
    return np.sum(best**2)


def point_and_slope(x, n):
    best, slope = x * 1.5, x * 0.1
    for k in range(n):
        g = 2.0 * x - 0.3 * k
        x = x - 0.3 * g
        if np.sum(g * g) < 1.0:
            best, slope = x, g
    best -= slope * 0.5
    slope[0] = 0.0
    return np.sum(best**2 * slope)


def left_early(x, n):
    best = x * 1.0
    for k in range(n):
        x = x * 0.7
        if np.sum(x) < 0.3:
            best = x
            break
        if k == 1:
            best = x
    best[:2] = best[1:]
    return np.sum(best**3)


def started_often(x, n):
    total = 0.0
    for start in range(2):
        y = x * (start + 1.0)
        best = y + 1.0
        for _ in range(n):
            y = np.sin(y)
            if y[0] < best[0]:
                best = y
        best[0] = 0.1
        total += np.sum(best**2)
    return total


def _smallest(y, n):
    best = y * 1.0
    for _ in range(n):
        y = np.tanh(y)
        if y[1] < best[1]:
            best = y
    best += 0.3
    return best


def in_a_callee(x, n):
    return np.sum(_smallest(x, n) ** 2) + np.sum(x)


RIGHT = [best_of_all, last_of_all, point_and_slope, left_early, started_often, in_a_callee]


@pytest.mark.parametrize("function", RIGHT)
@pytest.mark.parametrize("count", [0, 1, 3])
def test_against_differences(function: Callable[..., Any], count: int) -> None:
    judge(function, (np.array([0.4, 0.7, -0.3]), count))


def both_are_read(x, n):
    best = x.copy()
    for k in range(n):
        x = x * 0.5
        if k == 1:
            best = x
    best[0] = 0.7
    return np.sum(best * x)


def known_in_front(x, n):
    best = x.copy()
    first = best
    for k in range(n):
        x = x * 0.5
        if k == 1:
            best = x
    best[0] = 0.7
    return np.sum(best) + np.sum(first)


def a_part_is_read(x, n):
    best = x.copy()
    tail = best[1:]
    for k in range(n):
        x = x * 0.5
        if k == 1:
            best = x
    best[1] = 0.7
    return np.sum(best) + np.sum(tail)


def of_the_caller(x, n):
    best = x
    for k in range(n):
        x = x * 0.5
        if k == 1:
            best = x
    best[0] = 0.7
    return np.sum(best**2)


def from_a_closure(x, n):
    best = x.copy()

    def total():
        return np.sum(x)

    for k in range(n):
        x = x * 0.5
        if k == 1:
            best = x
    best[0] = 0.7
    return np.sum(best) + total()


def kept_in_a_list(x, n):
    best, kept = x.copy(), []
    for k in range(n):
        x = x * 0.5
        kept.append(x)
        if k == 1:
            best = x
    best[0] = 0.7
    return np.sum(best) + sum(np.sum(each) for each in kept)


def two_of_several(x, w, n):
    best = np.zeros_like(x)
    y = best
    for k in range(n):
        for _ in range(k):
            x = x - 0.1 * x**2
            y = best - 0.1 * x**2
        if w > 0:
            x = y
    y[1] = 0.7
    return np.sum(x**2) + np.sum(y**2)


SHARED = [both_are_read, known_in_front, a_part_is_read, from_a_closure, kept_in_a_list]


@pytest.mark.parametrize("function", SHARED)
def test_what_others_read_is_right_or_refused(function: Callable[..., Any]) -> None:
    """Where a number tells the arrays apart the result is right."""
    try:
        grad(function)(np.array([0.4, 0.7, -0.3]), 3)
    except AliasNotProvable:
        return
    for count in (0, 1, 2, 3):
        judge(function, (np.array([0.4, 0.7, -0.3]), count))


def test_the_array_of_the_caller_keeps_its_contents() -> None:
    for count in (0, 1, 3):
        judge(of_the_caller, (np.array([0.4, 0.7, -0.3]), count))


def test_arrays_that_are_two_of_several_are_not_taken_apart() -> None:
    """Each is one of several arrays, and one of them is the same: their numbers do not say so."""
    with pytest.raises(AliasNotProvable):
        grad(two_of_several)(np.array([0.3, 0.4]), 1.0, 3)
