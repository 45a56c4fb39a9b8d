"""Python's `sum`: the value is the one that it gives, which from Python 3.12 on is not that of additions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint

TENTHS = [0.1, 0.2, 0.3, 1e16, 0.7, -1e16, 0.1]


def of_list(xs):
    return sum(xs) * xs[0]


def of_generator(xs):
    return sum(x * x for x in xs) + 0.1


def of_some(xs):
    return sum(3.0 * x for x in xs if x > 0.15)


def of_pairs(xs):
    return sum(x * y for x in xs for y in xs if x < 1.0)


def of_map(xs):
    return sum(map(abs, xs), 0.3)


def of_tuple(xs):
    a, b, *_ = xs
    return sum((a, 0.1, b, 0.3, 0.7, a * b, a))


def of_floats_and_ints(xs):
    return sum([xs[0], 1, xs[1], 2, xs[2]])


def of_dict(xs):
    parts = {"a": xs[0], "b": 0.2, "c": xs[1] ** 2, "d": 0.7}
    return sum(parts.values())


def of_a_known_loop(xs):
    return sum(xs[0] * 0.1 * k for k in range(10))


def in_a_loop(xs):
    total = 0.0
    for n in range(len(xs)):
        total = total + sum(x**n for x in xs[:3])
    return total


def of_numbers_before_an_array(xs):
    return np.max(sum([xs[0], 0.1, xs[1], 0.7, np.array([1.0, 2.0]) * xs[0], 0.1, xs[2], 0.1]))


FUNCTIONS = [
    of_numbers_before_an_array,
    of_list,
    of_generator,
    of_some,
    of_pairs,
    of_map,
    of_tuple,
    of_floats_and_ints,
    of_dict,
    of_a_known_loop,
    in_a_loop,
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_value_is_that_of_sum(function: Callable[..., Any]) -> None:
    derivative = adjoint.value_and_grad(function)
    value, slope = derivative(TENTHS)
    assert value == function(TENTHS)
    assert adjoint.jvp(function, (TENTHS,), ([1.0] * 7,))[0] == value
    assert "sum(" in re.sub("#.*", "", derivative.source)
    small = [0.1, 0.2, 0.3, 0.5, 0.7]
    adjoint.check_grads(function, (small,), order=2)
    assert len(slope) == 7


def of_arrays(xs):
    return np.max(sum((x * xs for x in xs), np.zeros(3)))


def from_an_array(xs):
    return np.max(sum((0.1 * k * xs[0] for k in range(5)), 0.1 * xs))


def of_counts(xs):
    return sum(1 for x in xs if x > 0.15) * xs[0]


@pytest.mark.parametrize("function", [of_arrays, from_an_array, of_counts])
def test_what_is_no_float_is_added_up(function: Callable[..., Any]) -> None:
    """Arrays are not kept for it in a list."""
    xs = np.array([0.1, 0.2, 0.3])
    derivative = adjoint.value_and_grad(function)
    assert derivative(xs)[0] == function(xs)
    assert "append" not in derivative.source and " = sum(" not in derivative.source
    adjoint.check_grads(function, (xs,))
