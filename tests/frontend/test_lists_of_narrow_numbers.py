"""A gradient has the dtype of its argument, in whatever way the array has become a list."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint

X = np.array([1.5, 0.5, 2.0])


def listed(x):
    v = list(x)
    return v[0] * v[2]


def spread(x):
    v = [*x, *x[1:]]
    return v[0] * v[4]


def by_tolist(x):
    v = x.tolist()
    return v[0] * v[2]


def comprehended(x):
    v = [+t for t in x]
    return v[0] * v[2] + [2 * t for t in x][1]


def sorted_list(x):
    v = sorted(x)
    return v[0] * v[2] ** 2


def reversed_list(x):
    v = list(reversed(x))
    return v[0] * v[1]


def sliced(x):
    v = list(2 * x)[1:]
    return v[0] * v[1]


def pairs(x):
    v = list(zip(x, x[::-1]))
    return v[0][0] * v[1][1]


def extended(x):
    v = [1.0]
    v += list(x)
    v.extend(x)
    return v[1] * v[3] * v[4]


def grown(x):
    v = list(x)
    v.append(v[0] * 2)
    return v[3] * v[1] * v.pop()


def stored(x):
    v = list(x)
    v[1] = 3.0
    return v[0] * v[1] * v[2]


def read_beside(x):
    v = list(x)
    return v[0] * x[1] + v[2]


def walked(x):
    total = 0.0
    for t in list(x):
        total += t * t
    return total * sum(list(x))


def _square(v):
    for i in range(len(v)):
        v[i] = v[i] ** 2


def _product(v):
    return v[0] * v[1]


def changed_by_a_callee(x):
    v = list(x)
    _square(v)
    return _product(v) + _product([*x[1:]])


def on_one_path(x):
    v = list(x)
    if x[0] > 5.0:
        return v[0] * v[2]
    return v[1]


def matrix_rows(x):
    m = [list(row) for row in np.outer(x, x)]
    return m[0][1] * m[2][0] + list(np.outer(x, x))[1][1]


PROGRAMS = [
    listed, spread, by_tolist, comprehended, sorted_list, reversed_list, sliced, pairs, extended, grown, stored,
    read_beside, walked, changed_by_a_callee, on_one_path, matrix_rows,
]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("function", PROGRAMS, ids=lambda each: each.__name__)
def test_the_dtype_of_the_argument(function, dtype) -> None:
    x = X.astype(dtype)
    expected = adjoint.grad(function)(X)
    assert expected.dtype == np.float64
    pullback = adjoint.vjp(function, x)[1]
    for found in (adjoint.grad(function)(x), np.asarray(pullback(dtype(1.0))[0]), pullback(1.0)[0]):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, expected, rtol=2e-2 if dtype == np.float16 else 1e-5)


def of_a_dict(p):
    v = list(p["w"])
    return v[0] * v[2]


def test_an_array_in_a_container() -> None:
    assert adjoint.grad(of_a_dict)({"w": X.astype(np.float32)})["w"].dtype == np.float32


def test_complex_numbers() -> None:
    def f(z):
        v = list(z)
        return abs(v[0] * v[2]) ** 2 if abs(v[0]) > 1 else 0.0

    for z in (X + 1j, X * 0.1j):
        expected = adjoint.grad(f)(z)
        found = adjoint.grad(f)(z.astype(np.complex64))
        assert (expected.dtype, found.dtype) == (np.complex128, np.complex64)
        np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_under_numba(dtype) -> None:
    pytest.importorskip("numba")
    found = adjoint.grad(listed, jit="numba")(X.astype(dtype))
    assert isinstance(found, np.ndarray) and found.dtype == dtype
    np.testing.assert_allclose(found, adjoint.grad(listed)(X))
