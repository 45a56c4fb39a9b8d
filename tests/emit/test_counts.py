"""Arrays that a loop saves into are as long as an argument says, which is taken not to be negative."""

from __future__ import annotations

import numpy as np
import pytest

from adjoint import check_grads, grad, hessian, value_and_grad, vjp

U = np.array([0.5, 0.7, 0.2, 0.9])


def cubic(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:] -= 0.1 * u[:-1] ** 3
    return np.sum(u**2)


def inside(u, steps):
    return cubic(u, steps) + cubic(2 * u, steps - 1)


def of_half(u):
    n = len(u) // 2
    for _ in range(n):
        u = u - 0.1 * np.roll(u, 1) ** 3
        u[0] = 0.5
    return np.sum(u**2)


def test_a_count_needs_no_look_in_the_text() -> None:
    gradient = grad(cubic)
    gradient(U, 3)
    assert "np.empty((steps, len(u[1:])))" in gradient.source
    assert "max(" not in gradient.source


@pytest.mark.parametrize("first", [3, -1, 0])
@pytest.mark.parametrize("second", [2, -2, 0, True])
def test_any_sign_after_any_other(first: int, second: int) -> None:
    for function in (cubic, inside):
        gradient = value_and_grad(function)
        for steps in (first, second, first):
            value, _ = gradient(U, steps)
            assert value == function(U, steps)
            check_grads(lambda u, f=function, n=steps: f(u, n), (U,))


def test_other_transforms_of_a_negative_count() -> None:
    assert np.array_equal(vjp(cubic, U, -3)[1](1.0)[0], 2 * U)
    assert np.array_equal(hessian(cubic)(U, -2), 2 * np.eye(4))
    assert np.array_equal(grad(cubic, jit="numba")(U, 2), grad(cubic)(U, 2))
    assert np.array_equal(grad(cubic, jit="numba")(U, -2), 2 * U)


def test_what_is_made_of_counts_is_one() -> None:
    gradient = grad(of_half)
    gradient(U)
    assert "max(" not in gradient.source
