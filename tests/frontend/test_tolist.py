"""`.tolist()` gives lists as Python has them: of numbers, of rows, of what is deeper."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from tests.support import check

A = np.array([[0.31, 1.52, 0.93], [0.44, 0.25, 1.16]])


def items(a):
    m = a.tolist()
    return m[1][0] * m[0][2] + m[-1][-1] ** 2


def changed(a):
    m = a.tolist()
    for i in range(len(m)):
        for k in range(len(m[i])):
            m[i][k] = m[i][k] ** 2 + k
    return sum(sum(row) for row in m) * m[0][1]


def eliminated(a):
    m = (a.T @ a + np.eye(3)).tolist()
    n = len(m)
    for k in range(n):
        for i in range(k + 1, n):
            q = m[i][k] / m[k][k]
            for j in range(k, n):
                m[i][j] -= q * m[k][j]
    return m[0][0] * m[1][1] * m[2][2]


def longer(a):
    m = a.tolist()
    m.append([1.0, a[0, 0], 3.0])
    m[0], m[1] = m[1], m[0]
    return sum(m[i][0] * m[i][1] for i in range(3))


def rows(a):
    m = a.tolist()
    row = m[0]
    row[1] = 5.0 * a[0, 0]
    return m[0][1] * m[1][1] + sum(v * v for row in m for v in row)


def deeper(a):
    m = a.reshape(1, 2, 3).tolist()
    return m[0][1][2] * m[0][0][0]


def again_an_array(a):
    m = a.tolist()
    m[1][1] *= 2.0
    return np.sum(np.array(m) ** 2)


def numbers(a):
    return a[0, 0].tolist() * np.sum(a).tolist()


PROGRAMS = [items, changed, eliminated, longer, rows, deeper, again_an_array, numbers]


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda each: each.__name__)
def test_derivatives(function) -> None:
    check(function, A)


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda each: each.__name__)
def test_the_gradient_has_the_dtype_of_the_argument(function) -> None:
    gradient = adjoint.grad(function)(A.astype(np.float32))
    assert gradient.dtype == np.float32
    np.testing.assert_allclose(gradient, adjoint.grad(function)(A), rtol=1e-4)
