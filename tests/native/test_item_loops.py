"""Array statements as loops over items: texts in whole, and the texts run as Python, which needs no compiling."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest

from adjoint import grad

pytest.importorskip("numba", reason="the extra `jit` is not installed")


def heat(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1] += 0.25 * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    return np.sum(u**2)


HEAT = """
    u2 = u.copy()
    for _ in range(steps):
        d = np.empty(max(u2.shape[0] - 2, 0))  # u[1:-1] += 0.25 * (u[:-2] - 2.0 * u[1:-1] + u[2:])
        for i in range(u2.shape[0] - 2):
            d[i] = 0.25 * (u2[i] - 2.0 * u2[i + 1] + u2[i + 2])
        for i in range(d.shape[0]):
            u2[i + 1] += d[i]
    u_bar = 2 * u2  # return np.sum(u**2)
    for _ in range(steps):
        d = np.empty(max(u.shape[0] - 2, 0))  # u[1:-1] += 0.25 * (u[:-2] - 2.0 * u[1:-1] + u[2:])
        for i in range(u.shape[0] - 2):
            d[i] = 0.25 * u_bar[i + 1]
            u_bar[i + 1] = 0.5 * u_bar[i + 1]
        for i in range(d.shape[0]):
            u_bar[i + 2] += d[i]
        for i in range(d.shape[0]):
            u_bar[i] += d[i]
    return u_bar
"""


def shifted(u):
    for _ in range(3):
        u[1:] += u[:-1] * 0.5
        u[0] = u[-1] * u[1]
    return np.sum(u * u)


def rolled(u, w):
    for _ in range(3):
        t = np.roll(u * w, 1)
        u = u + 0.1 * t * np.roll(t, -1)
        w = w - 0.1 * np.roll(w, -1) * u
    return np.sum(u * w)


def summed(a, b, c):
    s = 0.0
    for _ in range(2):
        a = np.tanh(a + b) * c[:, None]
        b = b + np.sum(a * a, axis=0)
        c = c + np.sum(a, axis=1)
        p = np.sum(a, axis=1, keepdims=True)
        a = a / p
        s = s + np.sum(a * b)
    return s + np.sum(b) * np.sum(c)


def crossed(a):
    for i in range(3):
        a[i, 1:] *= a[i, :-1]
        a[:, i] = a[:, i] / (1.0 + a[:, i + 1])
    return np.sum(a)


def kept(x, y):
    h = []
    for _ in range(3):
        x = x * y
        h.append(x)
        y = y + 0.1 * x
    s = 0.0
    for k in range(3):
        s += np.sum(h[k] * y)
    return s


def outer_sums(x, a):
    for _ in range(3):
        x = np.tanh(x @ a + x)
        a = a + np.outer(x, x) * 0.1
    return np.sum(x)


def inner_part(u):
    for _ in range(2):
        t = u[1:-1] * 2.0
        u[1:-1] += t * t
        u = u * 1.1
    return np.sum(u)


def text_of(function, args, wrt=None):
    names = function.__code__.co_varnames[: len(args)]
    kinds = [f"f8[{','.join(':' * np.ndim(arg))}]" if np.ndim(arg) else "int" for arg in args]
    declared = ", ".join(f"{name}: {kind}" for name, kind in zip(names, kinds))
    return grad(function, wrt=wrt or 0, jit="numba").for_types(declared).source


def run(source, name, args, monkeypatch):
    """What the text gives as Python."""
    plain = types.ModuleType("numba")
    plain.njit = lambda function: function
    monkeypatch.setitem(sys.modules, "numba", plain)
    namespace = {}
    exec(source, namespace)
    monkeypatch.undo()
    return namespace[name](*[np.array(arg) if np.ndim(arg) else arg for arg in args])


def close(one, other):
    for a, b in zip(one, other) if isinstance(one, tuple) else [(one, other)]:
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)


def numbers(*shape):
    return np.random.default_rng(len(shape)).uniform(0.5, 1.5, shape)


def test_text():
    assert text_of(heat, (numbers(5), 3)).split("steps):", 1)[1] == HEAT


@pytest.mark.parametrize(
    ("function", "args", "wrt", "loops"),
    [
        (heat, (numbers(6), 3), None, 6),
        (heat, (numbers(1), 3), None, 6),
        (shifted, (numbers(7),), None, 3),
        (rolled, (numbers(7), numbers(7)), (0, 1), 4),
        (rolled, (numbers(1), numbers(1)), (0, 1), 2),
        (summed, (numbers(3, 4), numbers(4), numbers(3)), (0, 1, 2), 4),
        (crossed, (numbers(3, 4),), None, 4),
        (kept, (numbers(4), numbers(4)), (0, 1), 4),
        (outer_sums, (numbers(5), numbers(5, 5)), (0, 1), 4),
        (inner_part, (numbers(2),), None, 2),
        (inner_part, (numbers(6),), None, 2),
    ],
)
def test_numbers(function, args, wrt, loops, monkeypatch):
    source = text_of(function, args, wrt)
    assert source.count(" in range(") > loops
    given = [np.array(arg) if np.ndim(arg) else arg for arg in args]
    close(run(source, f"{function.__name__}_grad", args, monkeypatch), grad(function, wrt=wrt or 0)(*given))


def growth(u, w, steps):
    for _ in range(steps):
        u = u * w
        u = u + np.sin(u)
    return np.sum(u)


def test_extents_that_do_not_fit_raise(monkeypatch):
    source = text_of(growth, (numbers(5), numbers(5), 2))
    with pytest.raises(ValueError, match=r"w.shape\[0\] does not fit u.shape\[0\]"):
        run(source, "growth_grad", (numbers(5), numbers(4), 2), monkeypatch)


def either(u, w, steps):
    y = u
    for _ in range(steps):
        if steps > 5:
            y = y * w
        else:
            y = y * np.sum(w)
    return np.sum(y)


def test_extents_are_not_asked_for_where_they_may_never_meet(monkeypatch):
    args = numbers(5), numbers(4), 2
    source = text_of(either, args)
    assert "ValueError" not in source
    close(run(source, "either_grad", args, monkeypatch), np.full(5, np.sum(args[1]) ** 2))


def test_division_by_zero_is_infinite():
    def quotients(u, steps):
        y = u
        for _ in range(steps):
            y = y / u
            y = y + 1.0 / (u * u)
        return np.sum(y)

    source = text_of(quotients, (numbers(3), 2))
    assert "np.divide(1.0, u[i] * u[i])" in source
    assert " / u[" not in source


def test_compiled():
    u, w = numbers(7), numbers(7)
    close(grad(rolled, wrt=(0, 1), jit="numba")(u, w), grad(rolled, wrt=(0, 1))(u, w))


def overwritten(x):
    b = x * 2.0
    b[:] = 0.3
    return b[1] * x[0]


def overwritten_by_sines(x):
    b = x * 2.0
    b[...] = np.sin(x)
    return b[1] * x[0]


@pytest.mark.parametrize("function", [overwritten, overwritten_by_sines])
def test_an_array_that_is_overwritten_unread(function):
    x = np.array([0.3, 0.5, 0.9])
    np.testing.assert_allclose(grad(function, jit="numba")(x), grad(function)(x))


def view_with_a_new_axis(x):
    v = x * x
    c = v[:, None]
    c *= x[1]
    return x @ v


def row_of_a_product(x):
    v = np.outer(x, x)
    r = v[1]
    r += x
    r[1:] *= x[:-1]
    return np.sum(v * v)


def reversed_view(x):
    v = np.sin(x)
    r = v[::-1]
    r *= x
    return np.sum(v * x)


@pytest.mark.parametrize("function", [view_with_a_new_axis, row_of_a_product, reversed_view])
def test_a_view_is_changed(function):
    """What it is a view of is made first."""
    x = np.array([0.3, 0.5, 0.9])
    np.testing.assert_allclose(grad(function, jit="numba")(x), grad(function)(x))
    slopes = [(function(x + h) - function(x - h)) / 2e-6 for h in 1e-6 * np.eye(3)]
    np.testing.assert_allclose(grad(function)(x), slopes, rtol=1e-6)
