"""Extents that follow from the arguments of a call: no helper asks for them, and other arguments get other code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import differentiate, grad, hessian, jvp
from adjoint.ir.integers import coefficients, constant, made_of, named, plus, python_of, text_of, times, variable
from adjoint.variants import MOST
from tests.benchmarks.problems import PROBLEMS


def normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal(shape)


def parts(p, x, n):
    a, b = p[:n], p[n : 2 * n]
    return np.sum((np.tanh(a) * b + p[2 * n : 3 * n] * x) * p[3 * n : 4 * n])


def two_halves(x):
    n = len(x) // 2
    u, v = x[:n], x[n : 2 * n]
    return np.sum(np.exp(u) * v) + np.sum((u - v) ** 2)


def head_and_tail(theta, z):
    d = z.shape[0]
    scale = np.exp(theta[d:])
    return np.sum((theta[:d] + scale * z) ** 2) - np.sum(np.log(scale))


def lag(x, k):
    return np.sum(x[k:] * x[:-k])


def from_the_end(x, k):
    return np.sum(np.exp(x[-k:]) * x[:k] ** 2)


def stored(x, n):
    z = np.zeros((4, 3))
    z[:, :n] = x[:n]
    z[:2] += x[n : 2 * n]
    return np.sum(z**3)


def chunks(x, y, k):
    total = 0.0
    for i in range(0, len(x), k):
        total += np.sum(np.sin(x[i : i + k]) * y[i : i + k]) ** 2
    return total


def convolution(x, w):
    n = len(x) - len(w) + 1
    y = np.zeros(n)
    for k in range(len(w)):
        y += w[k] * x[k : k + n]
    return np.sum(y**3)


def windows(x, w, k):
    total = 0.0
    for i in range(len(x) - k + 1):
        total += np.sum(x[i : i + k] * w) ** 2
    return total


def network(p, x, h):
    d = x.shape[1]
    W = p[: d * h].reshape(d, h)
    return np.sum(np.tanh(x @ W + p[d * h : d * h + h]) @ p[d * h + h :])


def heads(x, h):
    k = x.shape[1] // h
    total = 0.0
    for i in range(h):
        q = x[:, i * k : (i + 1) * k]
        total += np.sum(np.tanh(q) * q[:, ::-1])
    return total


def triangle(p, v):
    start, total = 0, 0.0
    for j in range(len(v)):
        stop = start + len(v) - j
        total += np.sum(p[start:stop] * v[j:]) ** 2
        start = stop
    return total


def steps_of_a_counter(p, sizes, x):
    at, total = 0, 0.0
    for _ in range(len(sizes)):
        total += np.sum(np.tanh(p[at : at + 3]) * x) ** 2
        at += 3
    return total


def in_a_dict(p, settings):
    n = settings["n"]
    return np.sum(p[:n] * p[n:] ** 2)


X35, X31, X34 = normal(3, 5), normal(3, 1), normal(3, 4)
P12 = normal(12)
CASES: list[tuple[Callable[..., Any], int, list[tuple[Any, ...]]]] = [
    (parts, 2, [(normal(20), X35, 5), (normal(16), X35, 5), (normal(4), X35, 1), (normal(20), X31, 5)]),
    (two_halves, 1, [(normal(10),), (normal(2),), (normal(3),)]),
    (head_and_tail, 2, [(normal(8), normal(4)), (normal(5), normal(4)), (normal(5), normal(1))]),
    (lag, 1, [(normal(8), 2), (normal(8), 7), (normal(8), 4), (normal(2), 1)]),
    (from_the_end, 1, [(normal(8), 2), (normal(8), 1), (normal(5), 7), (normal(8), -3)]),
    (stored, 1, [(normal(6), 3), (normal(6), 1), (normal(2), 1), (normal(9), 3)]),
    (chunks, 2, [(normal(9), normal(9), 4), (normal(9), normal(10), 4), (normal(8), normal(7), 6)]),
    (convolution, 2, [(normal(9), normal(3)), (normal(9), normal(9)), (normal(9), normal(1))]),
    (windows, 2, [(normal(9), normal(4), 4), (normal(9), normal(1), 4), (normal(9), normal(4), 1)]),
    (network, 2, [(normal(12), normal(6, 2), 3), (normal(4), normal(5, 2), 1), (normal(8), normal(6, 2), 2)]),
    (heads, 1, [(normal(3, 8), 2), (normal(3, 8), 8), (normal(3, 9), 4)]),
    (triangle, 2, [(normal(10), normal(4)), (normal(9), normal(4)), (normal(8), normal(4)), (normal(1), normal(1))]),
    (steps_of_a_counter, 1, [(P12, [1, 1, 1], normal(3)), (P12[:7], [1, 1, 1], normal(3)), (P12, [1], X34[:, :3])]),
    (in_a_dict, 1, [(normal(8), {"n": 4}), (normal(8), {"n": 1}), (normal(8), {"n": 7})]),
]
NAMES = [case[0].__name__ for case in CASES]


def again(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function as one that nothing was compiled for."""
    return type(f)(f.__code__, f.__globals__, f.__name__)


def differences(f: Callable[[np.ndarray], Any], x: np.ndarray) -> np.ndarray:
    """Derivatives along each number of an array, by Richardson extrapolation."""
    found = []
    for unit in np.eye(x.size).reshape(x.size, *x.shape):
        by = [(f(x + h * unit) - f(x - h * unit)) / (2 * h) for h in (2e-4, 1e-4)]
        found.append((4 * by[1] - by[0]) / 3)
    return np.array(found)


def wanted(f: Callable[..., Any], args: tuple[Any, ...], number: int) -> list[np.ndarray]:
    return [
        differences(lambda x, i=i: f(*args[:i], x, *args[i + 1 :]), args[i]).reshape(args[i].shape)
        for i in range(number)
    ]


@pytest.mark.parametrize("f, number, calls", CASES, ids=NAMES)
def test_one_gradient_for_shapes_that_broadcast_differently(f, number, calls) -> None:
    right = [wanted(f, args, number) for args in calls]
    for order in (range(len(calls)), reversed(range(len(calls)))):
        gradient = grad(again(f), wrt=tuple(range(number)))
        for index in [*order, 0, len(calls) - 1]:
            for run in (gradient, gradient.specialize(*calls[index])):
                for got, want in zip(run(*calls[index]), right[index], strict=True):
                    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-7)
                    assert got.shape == want.shape


@pytest.mark.parametrize("f, number, calls", CASES, ids=NAMES)
def test_nothing_is_asked_at_run_time(f, number, calls) -> None:
    gradient = grad(again(f), wrt=tuple(range(number)))
    gradient(*calls[0])
    if f is not steps_of_a_counter:  # how long a list is follows from no shape
        assert "unbroadcast" not in gradient.source


@pytest.mark.parametrize("f, number, calls", CASES[:4], ids=NAMES[:4])
def test_forward_mode_and_second_order(f, number, calls) -> None:
    forward, second, gradient = again(f), hessian(again(f)), grad(again(f))
    for args in [*calls, calls[0]]:
        direction = normal(args[0].size + 1)[1:].reshape(args[0].shape)
        _, along = jvp(forward, args, (direction,), wrt=0)
        np.testing.assert_allclose(along, np.sum(direction * wanted(f, args, 1)[0]), rtol=1e-6, atol=1e-7)
        want = differences(lambda x, rest=args[1:]: gradient(x, *rest), args[0])
        np.testing.assert_allclose(second(*args), want, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["LSTM", "Gaussian mixture"])
def test_problems_of_the_benchmark(name: str) -> None:
    (problem,) = [each for each in PROBLEMS if each.name == name]
    gradient = grad(problem.primal, wrt=problem.wrt)
    gradient(*problem.arguments())
    assert "unbroadcast" not in gradient.source


def test_code_for_other_relations_is_made_a_few_times_only() -> None:
    gradient = grad(again(parts))
    for n, extra in [(5, 0), (5, 1), (5, 2), (5, 3), (5, 4), (6, 5), (7, 6), (8, 7), (9, 3)]:
        p, x = normal(4 * n - extra), normal(3, n) if extra != 4 else normal(3, 1)
        if extra < n:
            try:
                parts(p, x, n)
            except ValueError:
                with pytest.raises(ValueError):
                    gradient(p, x, n)
                continue
            np.testing.assert_allclose(gradient(p, x, n), wanted(parts, (p, x, n), 1)[0], rtol=1e-6, atol=1e-7)
    made = [entry.others._made for entry in gradient._dispatcher.entries.values()]
    assert all(len(each) <= MOST + 1 for each in made)
    assert any(made)


def test_the_source_is_that_of_the_latest_call() -> None:
    gradient = grad(again(windows))
    sources = []
    for k in (4, 1, 4, 4):
        gradient(normal(9), normal(4), k)
        sources.append(gradient.source)
    assert sources[0] == sources[2] == sources[3] != sources[1]


rate = 2.0


def rated(u, v):
    return rate * np.sum(u[1:] * v[1:])


def test_a_global_that_changes_changes_all_code(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = grad(rated)
    u, v = normal(4), normal(2)
    gradient(u, u)
    before = gradient(u, v)
    monkeypatch.setitem(globals(), "rate", 3.0)
    np.testing.assert_allclose(gradient(u, v), 1.5 * before)


def test_a_function_that_raises_raises() -> None:
    gradient = grad(again(parts))
    gradient(normal(20), X35, 5)
    with pytest.raises(ValueError):
        parts(normal(18), X35, 5)
    with pytest.raises(ValueError):
        gradient(normal(18), X35, 5)


def test_inner_functions_have_extents_of_their_own() -> None:
    @differentiate
    def inner(x, n):
        return np.sum(x[:n] * x[n:])

    def outer(x, n):
        total = np.sum(x[:n] * x[n : 2 * n])
        for _ in range(3):
            total = total * 0.5 + inner(x[: n + 1], n) + inner(x, 2 * n)
        return total

    for args in [(normal(8), 2), (normal(5), 2), (normal(8), 4), (normal(3), 1)]:
        try:
            outer(*args)
        except ValueError:
            continue
        np.testing.assert_allclose(grad(outer)(*args), wanted(outer, args, 1)[0], rtol=1e-6, atol=1e-7)


def test_integers_as_polynomials() -> None:
    n, k = variable("n"), variable("k")
    assert plus(times(constant(2), n), n, -1) == n
    assert named(plus(times(n, k), constant(-3))) == ("k*n", -3)
    assert variable("k*n") == times(n, k)
    assert text_of(plus(plus({}, n, -1), constant(4))) == "4-n"
    half = made_of("(n)//(2)", "{}//{}", n, constant(2))
    assert python_of(plus(half, k), {"n": "args[0].shape[0]", "k": "args[1]"}) == "(args[0].shape[0])//(2)+args[1]"
    assert python_of(half, {}) is None
    assert coefficients(plus(times(n, k), n), k) == (n, n)
    assert coefficients(times(k, k), k) is None
