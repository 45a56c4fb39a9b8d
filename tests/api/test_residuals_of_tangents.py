"""Second derivatives through calls whose residuals do not all depend on what is moved."""

from __future__ import annotations

import math
from typing import Any

import pytest

from adjoint import check_grads, grad, jvp


def with_constants(x, n):
    return summed(x, n) * 2


def summed(x, n):
    t = 0.0
    for i in range(n):
        w = math.exp(-0.3 * math.sqrt(i + 1.0)) * math.cos(n)
        t = t + math.sin(x * w) * t + w
    return t


def of_two(x, y, n):
    return outer(x, y, n) * y


def outer(x, y, n):
    t = 0.0
    for i in range(n):
        t = t + inner(x, n, i) * t + math.sin(y * t) + 1.0
    return t


def inner(x, n, i):
    s = x
    for _ in range(n):
        w = math.exp(-0.3 * math.sqrt(i + 1.0))
        s = s * math.sin(s * w) + w
    return s


def test_a_tape_of_constants_has_tangents_too() -> None:
    check_grads(with_constants, (0.7, 3), 2)
    h = 1e-6
    expected = (grad(with_constants)(0.7 + h, 3) - grad(with_constants)(0.7 - h, 3)) / (2 * h)
    assert grad(grad(with_constants))(0.7, 3) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("wrt", [0, 1])
@pytest.mark.parametrize("moved", [0, 1])
def test_residuals_of_a_call_that_is_not_moved(wrt: int, moved: int) -> None:
    def at(h: float) -> Any:
        return grad(of_two, wrt)(0.7 + h * (moved == 0), 0.4 + h * (moved == 1), 3)

    tangents: list[Any] = [None, None, None]
    tangents[moved] = 1.0
    found = jvp(grad(of_two, wrt), (0.7, 0.4, 3), tuple(tangents))[1]
    assert found == pytest.approx((at(1e-6) - at(-1e-6)) / 2e-6, rel=1e-6)
