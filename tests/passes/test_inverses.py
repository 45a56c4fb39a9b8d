"""A matrix that is inverted anyway is not factored again; sums of products of matrices are one product."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import check_grads, grad, value_and_grad

RNG = np.random.default_rng(4)
A = RNG.standard_normal((4, 4)) + 4.0 * np.eye(4)
B, VECTOR = RNG.standard_normal((4, 4)), RNG.standard_normal(4)


def density(a, b):
    x = np.linalg.solve(a, b)
    return 0.5 * (b @ x) + 0.5 * np.linalg.slogdet(a)[1]


def density_of_the_transpose(a, b):
    x = np.linalg.solve(a.T, b)
    return 0.5 * (x @ x) + 0.5 * np.linalg.slogdet(a)[1]


def many_right_sides(a, b):
    x = np.linalg.solve(a, b)
    return np.sum(x**3) + np.log(np.linalg.det(a) ** 2)


def in_one_branch(a, b):
    x = np.linalg.solve(a, b)
    total = np.sum(x**3)
    if total > -1e9:
        total += np.linalg.slogdet(a)[1]
    return total


def in_a_loop(a, b):
    total = 0.0
    for k in range(3):
        x = np.linalg.solve(a, b)
        total += np.sum(x**3) + np.linalg.slogdet(a)[1]
        a = a + 0.1 * k * np.outer(x, x)
    return total


def solution_that_is_read(a, b):
    x = np.linalg.solve(a, b)
    y = x * x * x
    return np.sum(y * y) + np.linalg.slogdet(a)[1]


def noise(a, scale, level):
    return np.linalg.slogdet(scale * a + level * np.eye(4))[1] + np.sum((scale * a) ** 2 * a)


def shifted_unit(a, level):
    return np.sum((a + level * np.eye(4, k=1)) ** 3)


def unit_of_one_row(a, level):
    return np.sum((a + level * np.eye(1)) ** 3)


def wide_unit(a, level):
    return np.sum((a[:, :3] + level * np.eye(4, 3)) ** 3)


PROGRAMS: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (density, (A, VECTOR)),
    (density_of_the_transpose, (A, VECTOR)),
    (many_right_sides, (A, B)),
    (in_one_branch, (A, VECTOR)),
    (in_a_loop, (A, VECTOR)),
    (solution_that_is_read, (A, VECTOR)),
    (noise, (A, 1.3, 0.4)),
    (shifted_unit, (A, 0.4)),
    (unit_of_one_row, (A, 0.4)),
    (wide_unit, (A, 0.4)),
]


@pytest.mark.parametrize(("f", "args"), PROGRAMS, ids=lambda f: getattr(f, "__name__", ""))
def test_derivatives(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    check_grads(f, args)


@pytest.mark.parametrize(("f", "args"), PROGRAMS[:4], ids=lambda f: getattr(f, "__name__", ""))
def test_second_order(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    check_grads(f, args, order=2)


@pytest.mark.parametrize("f", [density, density_of_the_transpose])
def test_one_factorisation(f: Callable[..., Any]) -> None:
    gradient = grad(f)
    gradient(A, VECTOR)
    code = "\n".join(line.partition("#")[0] for line in gradient.source.splitlines())
    assert "np.linalg.solve" not in code
    assert code.count("np.linalg.inv(") == 1


def test_values_stay() -> None:
    """The value is that of the function, to the last bit."""
    derivative = value_and_grad(density)
    assert derivative(A, VECTOR)[0] == density(A, VECTOR)
    assert "np.linalg.solve(a, b)" in derivative.source


def test_unit_matrix() -> None:
    gradient = grad(noise, wrt=2)
    gradient(A, 1.3, 0.4)
    assert "np.trace(" in gradient.source
    assert gradient.source.count("np.eye(") == 1


def test_infinite_places() -> None:
    """What is not on the diagonal does not count, even where it is infinite."""
    wild = A.copy()
    wild[0, 1] = 1e200
    gradient = grad(lambda a, level: np.sum((a * level * np.eye(4)) ** 2), wrt=1)
    assert gradient(wild, 0.5) == pytest.approx(np.sum(np.diag(wild) ** 2))
