"""Under a budget of memory, lists that are made for a sum do not grow with the number of steps."""

from __future__ import annotations

import math

import numpy as np
import pytest

import adjoint


def of_generator(x, n):
    return sum(math.exp(-x * k) * x for k in range(n))


def of_some(x, n):
    return math.log(sum(math.exp(-x * k) * x for k in range(n) if k % 3) + 1.0)


def of_nested(x, n):
    return sum([math.exp(-x * k) * x * j for k in range(n) for j in range(3)])


def with_start(x, n):
    return sum((math.exp(-x * k) for k in range(n)), x * x)


def of_a_list_with_a_later_start(x, n):
    terms = [math.exp(-x * k) * x for k in range(n)]
    return sum(terms, x * x)


def of_a_list_that_is_read(x, n):
    terms = [math.exp(-x * k) * x for k in range(n)]
    return sum(terms) * terms[1]


@pytest.mark.parametrize("function", [of_generator, of_some, of_nested, with_start])
def test_the_loop_is_taken_apart(function) -> None:
    derivative = adjoint.value_and_grad(function, memory="10KB")
    found = derivative(0.1, 3000)
    np.testing.assert_allclose(found, adjoint.value_and_grad(function)(0.1, 3000), rtol=1e-12)
    assert "first_part" in derivative.source and "append(math" not in derivative.source.split("_pullback")[0]


@pytest.mark.parametrize("function", [of_a_list_with_a_later_start, of_a_list_that_is_read])
def test_another_list_stays(function) -> None:
    found = adjoint.value_and_grad(function, memory="10KB")(0.1, 300)
    np.testing.assert_allclose(found, adjoint.value_and_grad(function)(0.1, 300), rtol=1e-12)
