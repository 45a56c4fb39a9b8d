"""A place of a cotangent that gets a multiple of what it holds is scaled where it is (`passes/scaled_places`)."""

from __future__ import annotations

import numpy as np
import pytest

from adjoint import grad, jvp


def smooth(u, c):
    for _ in range(3):
        u[1:-1] += c * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    return np.sum(u**3)


def numbers(u, c):
    for _ in range(3):
        u[1:-1] += 0.1 * (u[:-2] - 4.0 * u[1:-1] + u[2:])
    return np.sum(u**3) + c


def divided(u, c):
    for _ in range(3):
        u[1:-1] = u[1:-1] - (u[1:-1] - u[:-2]) / c - 0.25 * u[1:-1] / c
    return np.sum(u**3)


def from_a_copy(u, c):
    for _ in range(3):
        old = u.copy()
        u[1:-1] = old[1:-1] - 0.5 * c * (old[2:] - old[:-2]) + 0.5 * c**2 * (old[2:] - 2.0 * old[1:-1] + old[:-2])
    return np.sum(u**3)


def with_a_product(u, c):
    for _ in range(3):
        u[1:-1] = u[1:-1] - c * u[1:-1] * (u[1:-1] - u[:-2]) + 0.2 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u**3)


def two_statements(u, c):
    v = u[::-1].copy()
    for _ in range(3):
        r = u[1:-1] * v[1:-1] ** 2
        near = u[2:] - 2.0 * u[1:-1] + u[:-2]
        u[1:-1] += 0.16 * near - r + c * (1.0 - u[1:-1])
        v[1:-1] += r - (c + 0.1) * v[1:-1]
    return np.sum(u * v)


def nothing_left(u, c):
    """The multiples add up to minus one: the place is set to zero."""
    for _ in range(2):
        u[1:-1] += 0.5 * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    return np.sum(u**3) * c


def behind_a_store(u, c):
    """What the place held before it was set is not what it holds."""
    for _ in range(3):
        u[1:-1] -= c * (u[1:-1] - u[:-2])
        u[2:] = u[1:-1] * 0.5 + c * u[2:]
    return np.sum(u**3)


def overlapping(u, c):
    """The multiples are of other places than those which they are added to."""
    for _ in range(3):
        u[1:-1] = c * u[2:] - 2.0 * u[:-2]
    return np.sum(u**3)


def numbered(u, c):
    """Single elements."""
    for i in range(1, len(u) - 1):
        u[i] += 0.25 * (u[i - 1] - 3.0 * u[i] + c * u[i + 1])
    return np.sum(u**3)


def step_known_late(u, c):
    """The scalar is computed in the pass, out of the cotangent itself."""
    for k in range(3):
        a = c * (k + 1)
        u[1:-1] += a * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    return np.sum(u**3)


def narrow(u, c):
    """The factor comes from an array."""
    w = np.array([c, 0.5])
    for k in range(2):
        u[1:-1] += w[k] * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    return np.sum(u**3)


PROGRAMS = [
    smooth, numbers, divided, from_a_copy, with_a_product, two_statements, nothing_left, behind_a_store, overlapping,
    numbered, step_known_late, narrow,
]  # fmt: skip
U = np.array([0.3, -0.7, 1.1, 0.9, -0.4, 0.6, 1.3])


def _complex_step(function, u, c):
    """The gradient, one complex step for each number."""
    found = np.empty(len(u) + 1)
    for place in range(len(u) + 1):
        steps = np.zeros(len(u) + 1, complex)
        steps[place] = 1e-30j
        found[place] = function(u + steps[:-1], c + steps[-1]).imag / 1e-30
    return found[:-1], found[-1]


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
def test_gradients(function):
    if function is narrow:
        u_bar, c_bar = _narrow_differences()
    else:
        u_bar, c_bar = _complex_step(function, U, 0.4)
    given = grad(function, wrt=("u", "c"))(U, 0.4)
    np.testing.assert_allclose(given[0], u_bar, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(given[1], c_bar, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(grad(function)(U, 0.4), u_bar, rtol=1e-11, atol=1e-12)


def _narrow_differences():
    def complex_narrow(u, c):
        for factor in (c, 0.5):
            u[1:-1] += factor * (u[:-2] - 2.0 * u[1:-1] + u[2:])
        return np.sum(u**3)

    return _complex_step(complex_narrow, U, 0.4)


@pytest.mark.parametrize("function", [smooth, from_a_copy, with_a_product, behind_a_store], ids=lambda f: f.__name__)
def test_second_order(function):
    """The gradient of a gradient against differences of the gradient, and forward over reverse."""
    first = grad(function)
    direction = np.cos(np.arange(len(U)))

    def along(u, c):
        return np.sum(grad(function)(u, c) * direction)

    step = 1e-5
    expected = (first(U + step * direction, 0.4) - first(U - step * direction, 0.4)) / (2 * step)
    np.testing.assert_allclose(grad(along)(U, 0.4), expected, rtol=1e-6, atol=1e-7)
    _, u_dot = jvp(first, (U, 0.4), (direction, 0.0))
    np.testing.assert_allclose(u_dot, expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("function", "line"),
    [
        (smooth, "u_bar[1:-1] *= d\n"),
        (numbers, "u_bar[1:-1] *= 0.6\n"),
        (from_a_copy, "u_bar[1:-1] *= 1 - t\n"),
        (nothing_left, "u_bar[1:-1] = 0.0\n"),
        (numbered, "u_bar[i] *= 0.25\n"),
        (narrow, "u_bar[1:-1] *= 1 - 2.0 * d\n"),
    ],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_text(function, line):
    gradient = grad(function)
    gradient(U, 0.4)
    assert line in gradient.source


def test_the_dtype_stays():
    gradient = grad(smooth)
    given = gradient(U.astype(np.float32), np.float64(0.4))
    assert given.dtype == np.float32
    np.testing.assert_allclose(given, grad(smooth)(U, 0.4), rtol=1e-4, atol=1e-4)


def test_what_is_infinite_stays_so():
    """Scaling by 0.6 does not make `nan` of an infinite cotangent, as a sum of it and its multiple would."""

    def steep(u, c):
        u[1:-1] += 0.1 * (u[:-2] - 4.0 * u[1:-1] + u[2:])
        return np.sum(u[1:-1] * c)

    assert grad(steep)(U, np.inf)[3] == np.inf
