"""Second derivatives through calls whose residuals do not all depend on what is moved."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from adjoint import check_grads, grad, hessian, hvp, jvp, vjp


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


def scaled(a, s):
    if s > 0.4:
        a *= s


def in_a_branch(v, x, p):
    if p > 0.3:
        scaled(v, p)
    return v @ x


def of_a_branch(x, p):
    return in_a_branch(np.full(2, p), x, p)


def test_a_call_in_a_branch_that_is_not_moved() -> None:
    """What it keeps has tangents, zeros, where what goes back through it has some."""
    x, p = np.array([1.0, 2.0]), 0.6
    (xx, xp), (px, pp) = hessian(of_a_branch, (0, 1))(x, p)
    np.testing.assert_allclose(xx, np.zeros((2, 2)))
    np.testing.assert_allclose(xp, [1.2, 1.2])
    np.testing.assert_allclose(px, [1.2, 1.2])
    assert pp == pytest.approx(6.0)


def of_two_parts(u, v, a, k):
    if k == 0:
        return np.sum(v * v) + np.sum(a * a)
    for _ in range(2):
        a -= v
        a *= a[0]
    return np.sum(a) * v[0]


def parts_of_one(x, w):
    z = np.concatenate([x, w])
    return of_two_parts(z[: len(x)], z[len(x) :], w.copy(), 1)


def slope(x, w):
    _, w_slope = grad(parts_of_one, (0, 1))(x, w)
    return np.sum(w_slope**2)


def test_what_is_kept_on_one_path_gives_no_shape_on_the_other() -> None:
    """Reverse over reverse, where a callee keeps an array on one path only."""
    x, w = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])
    tangents = (np.array([0.3, -0.2, 0.1]), np.array([0.5, 0.6, -0.7]))
    twice = vjp(grad(parts_of_one, (0, 1), mode="reverse"), x, w)[1](tangents)
    np.testing.assert_allclose(twice[1], hvp(parts_of_one, (x, w), tangents)[1], rtol=1e-12)
    found = grad(slope, 1)(x, w)
    slopes = [(slope(x, w + h) - slope(x, w - h)) / 2e-6 for h in 1e-6 * np.eye(3)]
    np.testing.assert_allclose(found, slopes, rtol=1e-6)


def in_branches(v, x, p):
    if p > 0.3:
        if p > 0.5:
            if x[0] > 0.0:
                scaled(v, p)
    return v @ x


def of_branches(x, p):
    return in_branches(np.full(2, p), x, p)


def test_a_call_in_branches_of_branches_that_is_not_moved() -> None:
    x, p = np.array([1.0, 2.0]), 0.6
    (xx, xp), (px, pp) = hessian(of_branches, (0, 1))(x, p)
    np.testing.assert_allclose(xx, np.zeros((2, 2)))
    np.testing.assert_allclose(xp, [1.2, 1.2])
    np.testing.assert_allclose(px, [1.2, 1.2])
    assert pp == pytest.approx(6.0)
