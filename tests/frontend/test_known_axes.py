"""An integer that decides shapes or types may be a default, or passed, or stand in an object, or outside."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

import adjoint
from adjoint.errors import AdjointError
from tests.support import check

X = np.array([[0.31, 1.52, 0.93], [0.44, 0.25, 1.16]])


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def logsumexp(a, axis=None):
    m = np.max(a, axis=axis, keepdims=True)
    return np.squeeze(m, axis=axis) + np.log(np.sum(np.exp(a - m), axis=axis))


def standardised(x, axis=(0, 1), keepdims=True, ddof=0):
    return (x - x.mean(axis=axis, keepdims=keepdims)) / np.std(x, axis=axis, ddof=ddof, keepdims=keepdims)


def counted_from_the_front(x, axis):
    if axis < 0:
        axis = axis + x.ndim
    return np.cumsum(x, axis=axis) / x.shape[axis]


def _deep(z, axis):
    return softmax(z, axis) ** 2


def _deeper(z, axis, power=2):
    return np.sum(_deep(z, axis) * _deep(z, axis - 1) * power)


class Norm:
    def __init__(self, axis=-1):
        self.axis = axis

    def __call__(self, z):
        z -= z.mean(axis=self.axis, keepdims=True)
        return z


class Running:
    def __init__(self, axis):
        self.axis, self.calls, self.mean = axis, 0, np.zeros(3)

    def __call__(self, x):
        self.mean = 0.9 * self.mean + 0.1 * x.mean(axis=self.axis)
        self.calls += 1
        return x - self.mean


@dataclass
class Options:
    axis: int = 1
    keepdims: bool = True


def _in_place(x, axis=0):
    x[:] = x / x.sum(axis=axis, keepdims=True)


def _recursive(x, n):
    return x if n == 0 else np.diff(_recursive(x, n - 1), axis=n - 1)


def _higher(x, ndim):
    if ndim == 3:
        return x[None]
    return x


def default(x):
    return np.sum(softmax(x) ** 2) + np.sum(logsumexp(x) ** 2)


def literal(x):
    return np.sum(softmax(x, 0) ** 2) + np.sum(softmax(x, axis=1) ** 3) + np.sum(logsumexp(x, -1))


def tuples(x):
    return np.sum(standardised(x) ** 3) + abs(np.sum(standardised(x, (0, 1), ddof=1) ** 3 * x))


def flags(x):
    return abs(np.sum(standardised(x, 0, True, 1) ** 3)) + np.sum(standardised(x.T, 1, ddof=1)[0] ** 3)


def normalised(x):
    return np.sum(counted_from_the_front(x, -1) ** 2) + np.sum(counted_from_the_front(x, 0) ** 3)


def two_deep(x):
    return _deeper(x, 1) + _deeper(x, 0, 3)


def methods(x):
    return np.sum(Norm(0)(x.copy()) ** 3) + np.sum(Norm()(x * 2) ** 3)


def changed_objects(x):
    layer = Running(0)
    for _ in range(3):
        x = layer(x)
    return np.sum(layer(x) ** 2) * layer.calls


def long_loops(x, axis=0):
    layer, k = Running(axis), 0
    for _ in range(12):
        for _ in range(11):
            x = layer(x)
        x = np.tanh(x)
    while k < 15:
        x, k = layer(x), k + 1
    return np.sum(layer(x) ** 2)


def options(x):
    given = Options()
    return np.sum(x * x.sum(axis=given.axis, keepdims=given.keepdims))


def closures(x):
    axis = 1

    def running(z):
        return np.cumsum(z, axis=axis)

    twice = lambda z, axis=0: running(np.cumsum(z, axis=axis))
    return np.sum(running(x) ** 2) + np.sum(twice(x) ** 2)


def in_place(x):
    y = x.copy()
    _in_place(y)
    _in_place(y, 1)
    return np.sum(y**3)


def loops(x):
    total = 0.0
    for axis in range(2):
        total += np.sum(softmax(x, axis) ** (axis + 2))
    return total + sum(np.sum(softmax(x, axis) ** 2) for axis in (0, 1))


def handed_on(x):
    first = functools.partial(softmax, axis=0)
    both = functools.reduce(lambda z, axis: np.cumsum(z, axis=axis), (0, 1), x)
    return np.sum(first(x) ** 2) + np.sum(both**2) + np.sum(softmax(x, axis=0) ** 3)


def recursive(x):
    return np.sum(_recursive(x, 2) ** 2)


def other_rank(x):
    return np.sum(_higher(x, 3)[0] ** 2) + np.sum(_higher(x, 2)[0] ** 3)


def inner_derivative(x):
    def energy(z, axis):
        return np.sum(softmax(z, axis) ** 2)

    return abs(np.sum(adjoint.grad(energy)(x, 1) ** 2))


def others(x):
    def run(a, k, p, n, i, j, axes):
        parts = np.triu(a, k), np.linalg.norm(a[0], p), np.diff(a, n=n), np.swapaxes(a, i, j)
        more = np.transpose(a, axes), np.moveaxis(a, i, j), np.roll(a, k, axis=j), np.repeat(a, n, axis=j)
        return sum(np.sum(np.sin(each) * np.cos(each[..., :1])) for each in (parts[0], *parts[2:], *more)) + parts[1]

    return abs(run(x, 1, 3, 2, 0, 1, (1, 0))) + np.sum(np.tensordot(x, x.T, axes=1) ** 2)


PROGRAMS = [
    default, literal, tuples, flags, normalised, two_deep, methods, changed_objects, long_loops, options, closures,
    in_place, loops, handed_on, recursive, other_rank, inner_derivative, others,
]  # fmt: skip


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda each: each.__name__)
def test_derivatives(function) -> None:
    check(function, X)


# -- arguments of the call


def by_argument(x, axis=1, power=2):
    return np.sum(np.cumsum(x, axis=axis) ** power)


def by_axes(x, axes):
    return np.sum(np.transpose(x, axes)[0] ** 2)


def by_object(x, how):
    return np.sum(np.cumsum(x, axis=how.axis) ** 2)


def expected(axis: int) -> np.ndarray:
    return 2 * np.flip(np.cumsum(np.flip(np.cumsum(X, axis), axis), axis), axis)


def test_an_argument_of_the_function() -> None:
    gradient = adjoint.grad(by_argument)
    for axis in (1, 0, 1, -1, -2):
        np.testing.assert_allclose(gradient(X, axis), expected(axis))
    np.testing.assert_allclose(gradient(X), expected(1))
    np.testing.assert_allclose(gradient(X, axis=0, power=3), adjoint.grad(lambda x: by_argument(x, 0, 3))(X))


def test_many_values_of_an_argument() -> None:
    def f(x, n):
        return np.sum(np.diff(x, n=n) ** 2)

    x, gradient = np.arange(12.0) ** 1.5, adjoint.grad(f)
    for n in (*range(1, 9), 2, 7):
        np.testing.assert_allclose(gradient(x, n), adjoint.jacfwd(f)(x, n), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("axes", [(1, 0), [1, 0], (0, 1), [0, 1]])
def test_several_axes(axes) -> None:
    gradient = adjoint.grad(by_axes)
    for each in (axes, axes[::-1], axes):
        wanted = np.zeros_like(X)
        wanted.transpose(each)[0] = 2 * X.transpose(each)[0]
        np.testing.assert_allclose(gradient(X, each), wanted)


def test_an_object_that_is_an_argument() -> None:
    gradient, how = adjoint.grad(by_object), SimpleNamespace(axis=1)
    for how.axis in (1, 0, 1):
        np.testing.assert_allclose(gradient(X, how), expected(how.axis))


def test_pullbacks_and_tangents() -> None:
    for axis in (0, 1, 0):
        value, pullback = adjoint.vjp(by_argument, X, axis, wrt="x")
        np.testing.assert_allclose(pullback(1.0), expected(axis))
        np.testing.assert_allclose(value, by_argument(X, axis))
        _, tangent = adjoint.jvp(by_argument, (X, axis), (np.ones_like(X),), wrt=0)
        np.testing.assert_allclose(tangent, np.sum(expected(axis)))


# -- names outside


AXIS = 1
AXES = (1, 0)
SETTINGS = {"axis": 1, "deep": {"axis": 1}}
CONFIG = SimpleNamespace(axis=1)
LAYER = Running(1)
ORDER = [1, 0]


class Defaults:
    axis = 1

    def run(self, x):
        return np.cumsum(x, axis=self.axis)


def of_global(x):
    return np.sum(np.cumsum(x, axis=AXIS) ** 2) * (AXIS + 1)


def of_tuple(x):
    return np.sum(np.transpose(x, AXES)[0] ** 2) + np.sum(np.cumsum(x, axis=AXES[0]) ** 2)


def of_dict(x):
    return np.sum(np.cumsum(x, axis=SETTINGS["axis"]) ** 2) + np.sum(x.sum(SETTINGS["deep"]["axis"]) ** 2)


def of_object(x):
    return np.sum(np.cumsum(x, axis=CONFIG.axis) ** 2)


def of_class(x):
    return np.sum(np.cumsum(x, axis=Defaults.axis) ** 2) + np.sum(Defaults().run(x) ** 3)


def of_list(x):
    return np.sum(np.transpose(x, ORDER)[0] ** 2)


def _set(axis: int) -> None:
    global AXIS, AXES
    AXIS = axis
    AXES = (axis, 1 - axis)
    SETTINGS["axis"] = SETTINGS["deep"]["axis"] = axis
    CONFIG.axis = Defaults.axis = axis
    ORDER[:] = axis, 1 - axis


@pytest.mark.parametrize("function", [of_global, of_tuple, of_dict, of_object, of_class, of_list])
def test_what_stands_outside_and_changes(function) -> None:
    try:
        for axis in (1, 0, 1):
            _set(axis)
            check(function, X)
    finally:
        _set(1)


def test_a_variable_around_the_function() -> None:
    axis = 1

    def f(x):
        return np.sum(np.cumsum(x, axis=axis) ** 2)

    gradient = adjoint.grad(f)
    for axis in (1, 0, 1):  # the function reads it
        np.testing.assert_allclose(gradient(X), expected(axis))


def test_what_it_is_made_for_is_told() -> None:
    gradient = adjoint.grad(by_argument)
    assert "Made for axis = 1." in gradient.for_types("x: f8[:,:]").source
    gradient(X, 0)
    assert "Made for axis = 0." in gradient.source


def test_only_what_is_asked_for_is_known() -> None:
    gradient = adjoint.grad(by_argument)
    gradient(X, 0, 2)
    assert "power" in gradient.source and "axis=0" in gradient.source


# -- refused


def by_the_data(x):
    return np.sum(softmax(x, int(x[0, 0] > 0.5)) ** 2)


def by_the_data_below(x):
    return _deeper(x, np.argmax(x[0]))


def in_another_pass(x):
    axis = 0
    for i in range(20):
        x = np.cumsum(x, axis=axis) / 2
        axis = 1 if i > 3 else axis
    return np.sum(x**2)


def test_an_axis_that_changes_in_a_loop() -> None:
    with pytest.raises(AdjointError, match=r"the argument 'axis' of `np.cumsum` is not known before the run"):
        adjoint.grad(in_another_pass)(X)


@pytest.mark.parametrize(
    ("function", "passed"),
    [(by_the_data, r"`softmax\(x, int\(x\[0, 0\] > 0.5\)\)`"), (by_the_data_below, r"`_deeper\(x, np.argmax")],
)
def test_an_axis_that_only_the_run_knows(function, passed) -> None:
    with pytest.raises(AdjointError, match=r"the argument 'axis' of `\.max` is not known before the run") as refusal:
        adjoint.grad(function)(X)
    assert re.search(f"only the run knows what is passed in .*: {passed}", "\n".join(refusal.value.__notes__))
