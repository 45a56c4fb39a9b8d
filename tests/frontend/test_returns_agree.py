"""What the returns of a function agree on: tuples of a recursion, parts of arguments on one path, containers."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from adjoint.errors import AdjointError, UnsupportedConstruct
from tests.support import check

X = np.array([0.3, 0.9, 0.5, 0.4])


def _scaled(a, b, n):
    if n == 0:
        return a, b
    c, d = _scaled(a * b, b, n - 1)
    return c + a, d


def of_arguments(x):
    c, d = _scaled(x, x**2, 2)
    return np.sum(c * d)


def _fft(re, im):
    n = len(re)
    if n == 1:
        return re, im
    even, even_i = _fft(re[::2], im[::2])
    odd, odd_i = _fft(re[1::2], im[1::2])
    w = 2 * np.pi * np.arange(n // 2) / n
    c, s = np.cos(w), -np.sin(w)
    t, t_i = c * odd - s * odd_i, c * odd_i + s * odd
    return np.concatenate([even + t, even - t]), np.concatenate([even_i + t_i, even_i - t_i])


def split_fft(x):
    re, im = _fft(x, np.zeros_like(x))
    return np.sum(re**3) + np.sum(im**2)


def _halves(a, n):
    if n == 0:
        return {"a": a, "b": 2 * a}
    r = _halves(np.sin(a), n - 1)
    return {"a": r["a"] * 2, "b": r["b"] + a}


def of_dicts(x):
    r = _halves(x, 2)
    return np.sum(r["a"] * r["b"])


def _turned(a, b, n):
    if n == 0:
        return a, b
    c, d = _turned(b, a, n - 1)
    return d, c


def changed_afterwards(x):
    y, z = x * 2, x**2
    c, d = _turned(y, z, 3)
    c *= 3
    return np.sum(y) + 2 * np.sum(z) + np.sum(d**2)


def _rest(a, b, n):
    if n > 3:
        return b
    return a[n:]


def a_part_on_one_path(x):
    y, z = x * 2, x**2
    r, s = _rest(y, z, 2), _rest(y, z, 5)
    return np.sum(r**2) + np.sum(s) * y[0]


def _either(a, b, n):
    if n > 3:
        return a[1:], b
    return b[:-1], a


def written_through_a_part(x):
    y, z = x * 2, x**2
    r, s = _either(y, z, 2)
    s += x
    v, w = _either(y, z, 5)
    w *= x[0]
    return np.sum(r**2) + np.sum(v * v) + np.sum(y**2) + np.sum(z)


def _backwards(x):
    return x if len(x) <= 1 else np.concatenate([_backwards(x[1:]), x[:1]])


def squares_backwards(x):
    s = 0.0
    for v in _backwards(x):
        s += v**3
    return s


FUNCTIONS = [
    of_arguments,
    split_fft,
    of_dicts,
    changed_afterwards,
    a_part_on_one_path,
    written_through_a_part,
    squares_backwards,
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.__name__)
def test_derivatives(function) -> None:
    check(function, X)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.__name__)
def test_reverse_over_reverse(function) -> None:
    """What a path of a recursion has not kept is not read for its shape."""
    gradient = adjoint.grad(function)
    along = np.array([1.0, -1.0, 0.5, 2.0])

    def product(x):
        return np.sum(gradient(x) * along)

    (expected,) = adjoint.hvp(function, (X,), (along,))
    np.testing.assert_allclose(adjoint.grad(product)(X), expected, rtol=1e-12)


def _pair_or_list(a, n):
    if n > 3:
        return a, 1
    return [a]


def pair_or_list(x):
    return np.sum(_pair_or_list(x, x[0])[0])


def _keys(a, n):
    if n > 3:
        return {"u": a}
    return {"v": a[1:]}


def keys(x):
    return np.sum(_keys(x, x[0])["v"])


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (pair_or_list, r"returns \(float64\[a_0\], int\) on one path and \[float64\[a_0\]\] on another"),
        (keys, r"returns {'u': float64\[a_0\]} on one path and {'v': float64\[.*\]} on another"),
    ],
)
def test_the_message_tells_what_is_returned(function, message: str) -> None:
    with pytest.raises(UnsupportedConstruct, match=r"_pair_or_list|_keys") as refusal:
        adjoint.grad(function)(X)
    refusal.match(message)


def twice(x):
    y = 2 * x
    return y, y


def test_one_array_twice() -> None:
    with pytest.raises(UnsupportedConstruct, match="returns one array or container twice"):
        adjoint.vjp(twice, X)


class Solver:
    def __init__(self, u):
        self.u = u.copy()
        self.w = np.zeros_like(u)

    def run(self, n):
        for _ in range(n):
            self.w[:] = self.u**2
            self.u = self.u + self.w
            self.last = np.sum(self.u)


def first_set_in_a_method(x):
    s = Solver(x)
    s.run(len(x))
    return s.last


def first_set_in_a_loop(x):
    s = Solver(x)
    for v in x:
        s.w[0] = v
        s.last = np.sum(s.u * s.w)
    return s.last


@pytest.mark.parametrize("function", [first_set_in_a_method, first_set_in_a_loop])
def test_an_attribute_that_a_loop_sets_first_is_named(function) -> None:
    with pytest.raises(AdjointError, match="its attribute 'last' is first set in a loop: set it before, too"):
        adjoint.grad(function)(X)
