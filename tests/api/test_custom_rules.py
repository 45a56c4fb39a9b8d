"""Rules that users give, their test, and `stop_gradient`."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import (
    AdjointError,
    check_grads,
    check_rule,
    custom_rule,
    elementwise_grad,
    grad,
    hessian,
    jvp,
    stop_gradient,
    value_and_grad,
    vjp,
)
from adjoint.ir.custom import CUSTOM, key_of

X = np.array([0.3, -1.2, 2.0])
RATE = 3.0


def unreadable(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as one in C would be: nothing can be read of it."""
    made: Callable[..., Any] = eval("lambda *args: function(*args)", {"function": function})
    made.__name__ = function.__name__
    return made


c_cube = unreadable(lambda x: x * x * x)
c_cube.__name__ = "c_cube"
custom_rule(c_cube, partials=lambda x: 3 * x**2)

c_product = unreadable(lambda a, b: a * b)
c_product.__name__ = "c_product"
custom_rule(
    c_product,
    partials=(
        lambda a, b: b,
        lambda a, b: a,
    ),
)

c_tanh = unreadable(np.tanh)
c_tanh.__name__ = "c_tanh"
custom_rule(c_tanh, partials=lambda x, *, y: 1 - y * y)


@custom_rule(partials={"x": lambda x, n: n * x ** (n - 1)})
def power_of(x, n=2):
    total = x
    for _ in range(n - 1):
        total = total * x
    return total


@custom_rule(partials=lambda a, b, scale=1.0: (scale * np.cos(a) * b, scale * np.sin(a)))
def mixed(a, b, scale=1.0):
    return scale * np.sin(a) * b


@custom_rule(partials=lambda x: 1.0 if x > 0 else 0.1)
def leaky(x):
    return x if x > 0 else 0.1 * x


def solve_pullback(y_bar, a, b, *, y):
    b_bar = np.linalg.solve(a.T, y_bar)
    return -np.outer(b_bar, y), b_bar


def solve_pushforward(tangents, a, b, *, y):
    a_dot, b_dot = tangents
    return np.linalg.solve(a, b_dot - a_dot @ y)


c_solve = unreadable(np.linalg.solve)
c_solve.__name__ = "c_solve"
custom_rule(c_solve, pullback=solve_pullback, pushforward=solve_pushforward, result=lambda a, b: b)

c_energy = unreadable(lambda x: float((x**3).sum()))
c_energy.__name__ = "c_energy"
custom_rule(c_energy, pullback=lambda e_bar, x: e_bar * 3 * x**2, result=float)

c_sums = unreadable(lambda x, w: (x * w).sum(axis=1))
c_sums.__name__ = "c_sums"
custom_rule(
    c_sums,
    pullback=lambda y_bar, x, w: (y_bar[:, None] * w, (y_bar[:, None] * x).sum(axis=0)),
    result=lambda x, w: x.sum(axis=1),
)

MATRIX = np.array([[3.0, 0.5, 0.1], [0.2, 2.0, 0.3], [-0.1, 0.4, 4.0]])


def of_cube(x):
    return (c_cube(x) * np.sin(x)).sum()


def of_product(x):
    return (c_product(x, c_product(2.0, x)) * x[0]).sum()


def of_tanh(x):
    return c_tanh(x).sum() * x[0]


def of_mixed(x):
    return mixed(x, x[0], scale=RATE).sum() + mixed(2.0, x[1])


def of_solve(x):
    return (c_solve(MATRIX * x[0], x) * x).sum()


def of_loop(x):
    total = 0.0
    for i in range(len(x)):
        total = total + c_cube(x[i]) * total + c_cube(x[i])
    return total


SMOOTH = [of_cube, of_product, of_tanh, of_mixed, of_solve, of_loop]


@pytest.mark.parametrize("function", SMOOTH, ids=lambda f: f.__name__)
def test_both_modes_and_second_order(function: Any) -> None:
    check_grads(function, (X,), 2)
    reverse = grad(function)(X)
    np.testing.assert_allclose(jvp(function, X, X)[1], reverse @ X, rtol=1e-12)


def test_rules_are_written_into_the_derivative() -> None:
    derivative = grad(of_tanh)
    derivative(X)
    assert "c_tanh(x)" in derivative.source and "lambda" not in derivative.source
    assert derivative.source.count("c_tanh(") == 1  # the result is kept, not computed twice
    assert "adjoint" not in derivative.source
    cube = grad(c_cube)
    assert cube(2.0) == 12.0
    assert cube.source == "def c_cube_grad(x, /):\n    return 3 * x**2\n"


def test_the_function_itself_can_be_differentiated() -> None:
    np.testing.assert_allclose(elementwise_grad(c_cube)(X), 3 * X**2)
    assert grad(power_of)(2.0, 3) == 12.0 and grad(power_of)(2.0) == 4.0
    assert grad(mixed, wrt="b")(0.5, 2.0, scale=2.0) == pytest.approx(2 * math.sin(0.5))
    assert grad(leaky)(-1.0) == 0.1 and grad(leaky)(1.0) == 1.0
    np.testing.assert_allclose(grad(c_energy)(X), 3 * X**2)


def test_broadcast_operands_get_their_own_shape() -> None:
    def f(a, b):
        return (c_product(a, b) * a).sum()

    a, b = np.arange(6.0).reshape(2, 3), np.array([1.0, 2.0, 3.0])
    a_bar, b_bar = grad(f, wrt=(0, 1))(a, b)
    np.testing.assert_allclose(a_bar, 2 * a * b)
    np.testing.assert_allclose(b_bar, (a * a).sum(0))
    check_grads(f, (a, np.array([[1.0], [2.0]])))


def test_float32_stays() -> None:
    assert grad(lambda x: c_cube(x).sum())(X.astype(np.float32)).dtype == np.float32


def test_a_rule_reads_live_numbers() -> None:
    global RATE
    before = grad(of_mixed)(X)
    RATE = 6.0
    try:
        assert not np.allclose(before, grad(of_mixed)(X))
    finally:
        RATE = 3.0
    np.testing.assert_array_equal(before, grad(of_mixed)(X))


def test_a_rule_given_later_counts() -> None:
    function = unreadable(lambda x: x * x)

    def f(x):
        return function(x)

    with pytest.raises(AdjointError, match="source"):
        grad(f)(2.0)
    custom_rule(function, partials=lambda x: 2 * x)
    derivative = grad(f)
    assert derivative(2.0) == 4.0
    custom_rule(function, partials=lambda x: 7 * x)
    assert derivative(2.0) == 14.0


def test_pullback_alone_gives_reverse_mode_of_any_order() -> None:
    def f(x):
        return c_energy(x) * x[0]

    expected = 3 * X**2 * X[0]
    expected[0] += (X**3).sum()
    np.testing.assert_allclose(grad(f)(X), expected)
    _, pull = vjp(c_sums, np.arange(6.0).reshape(2, 3), X)
    np.testing.assert_allclose(pull(np.ones(2))[0], np.array([X, X]))
    with pytest.raises(AdjointError, match="forward mode needs a pushforward") as caught:
        jvp(f, X, X)
    assert "test_custom_rules.py" in str(caught.value.filename) and "pushforward=" in str(caught.value.__notes__)


@pytest.mark.parametrize(
    "wrong",
    [lambda y_bar, x: y_bar, lambda y_bar, x: (x, x), lambda y_bar, x: None, lambda y_bar, x: x[:, None]],
    ids=["scalar", "two", "none", "rank"],
)
def test_wrong_cotangents_are_refused(wrong: Any) -> None:
    function = unreadable(lambda x: float(x.sum()))
    custom_rule(function, pullback=wrong, result=float)
    with pytest.raises(AdjointError, match="no derivative rule"):
        grad(lambda x: function(x))(X)


def test_a_shape_known_only_in_the_run_is_checked_there() -> None:
    function = unreadable(lambda x, w: float(x.sum() * w.sum()))
    custom_rule(function, pullback=lambda y_bar, x, w: (y_bar * w, y_bar * w), result=float)

    def f(x, w):
        return function(x, w)

    assert grad(f)(X, X).shape == (3,)
    with pytest.raises(ValueError, match="shape"):
        grad(f)(X, np.ones(4))


def test_an_argument_without_a_partial_is_refused_not_zero() -> None:
    function = unreadable(lambda n, x: x**n)
    custom_rule(function, partials=(None, lambda n, x: n * x ** (n - 1)))
    assert grad(lambda x: function(3.0, x))(2.0) == 12.0
    with pytest.raises(AdjointError, match="no derivative rule"):
        grad(lambda x: function(x, 2.0))(3.0)


def test_a_rule_that_cannot_be_read_is_refused_with_its_reason() -> None:
    function = unreadable(lambda x: x)
    custom_rule(function, partials=lambda x: undefined_name(x))  # type: ignore[name-defined]  # noqa: F821
    with pytest.raises(AdjointError, match="no derivative rule") as caught:
        grad(lambda x: function(x))(2.0)
    assert "undefined_name" in str(caught.value.__notes__)


def test_wrong_registrations() -> None:
    with pytest.raises(TypeError, match="'z'"):
        custom_rule(partials={"z": lambda x: x})(lambda x: x)
    with pytest.raises(TypeError, match="partials"):
        custom_rule(math.sin, partials=math.cos, pullback=math.cos)
    with pytest.raises(TypeError, match="takes a function"):
        custom_rule(3.0, partials=math.cos)  # type: ignore[type-var]
    assert math.sin not in adjoint.ir.custom.CUSTOM


def test_functions_without_a_rule_are_refused_with_the_lines_to_write() -> None:
    function = unreadable(lambda a, b: a)
    with pytest.raises(AdjointError) as caught:
        grad(lambda x: function(x, 1.0))(2.0)
    report = caught.value.report()
    assert "from adjoint import custom_rule" in report and "custom_rule(function, partials=" in report
    assert "test_custom_rules.py:" in report


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (c_cube, (X,)),
        (c_cube, (0.7,)),
        (c_product, (X, 2.0)),
        (c_tanh, (X,)),
        (power_of, (1.5, 3)),
        (c_solve, (MATRIX, X)),
        (c_energy, (X,)),
        (c_sums, (np.arange(6.0).reshape(2, 3), X)),
        (np.tanh, (X,)),
    ],
)
def test_check_rule_passes(function: Any, args: Any) -> None:
    check_rule(function, *args)


def test_check_rule_in_some_arguments() -> None:
    check_rule(mixed, X, 0.5, 2.0, wrt=(0, 1))
    with pytest.raises(AdjointError, match="mixed"):
        check_rule(mixed, X, 0.5, 2.0)  # the rule has nothing for `scale`


def wrong_rule(function: Any, **rule: Any) -> Any:
    made = unreadable(function)
    custom_rule(made, **rule)
    return made


def changes(x):
    x[0] = 1.0
    return x.sum()


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (wrong_rule(lambda x: x**3, partials=lambda x: 2 * x), "disagrees with finite differences"),
        (wrong_rule(lambda x: x.sum() ** 2, pullback=lambda g, x: g * x, result=float), "disagrees"),
        (
            wrong_rule(
                lambda x: x * x, pullback=lambda g, x: g * 2 * x, pushforward=lambda t, x: t[0] * x, result=lambda x: x
            ),
            "disagree",
        ),
        (wrong_rule(changes, pullback=lambda g, x: g * np.ones_like(x), result=float), "changes its argument 0"),
        (wrong_rule(lambda x: x[:], pullback=lambda g, x: g, result=lambda x: x), "memory of its argument 0"),
        (wrong_rule(lambda x: x.sum(), partials=lambda x: 1.0 + 0 * x), "its rule says"),
    ],
    ids=["partial", "pullback", "modes", "changes", "memory", "type"],
)
def test_check_rule_finds(function: Any, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        check_rule(function, X.copy())


# stop_gradient


def stopped(x):
    return (x * stop_gradient(x * x)).sum()


def test_stop_gradient() -> None:
    derivative = grad(stopped)
    np.testing.assert_array_equal(derivative(X), X * X)
    assert "stop_gradient" not in derivative.source
    assert stop_gradient(X) is X and stopped(X) == pytest.approx((X**3).sum())
    np.testing.assert_array_equal(hessian(stopped)(X), np.zeros((3, 3)))  # a constant stays one
    assert jvp(stopped, X, X)[1] == pytest.approx((X**3).sum())


def test_stop_gradient_in_control_flow_and_memory() -> None:
    def f(x):
        kept = stop_gradient(x)
        total = 0.0
        for i in range(len(x)):
            if kept[i] > 0:
                total = total + kept[i] * x[i]
        kept = kept * 2.0
        return total + kept[0]

    np.testing.assert_array_equal(grad(f)(X), np.where(X > 0, X, 0.0))

    def g(x, y):
        a, b = stop_gradient((x, y))
        return a * y + b * x

    assert grad(g, wrt=(0, 1))(2.0, 5.0) == (5.0, 2.0)


def straight_through(x):
    return x + stop_gradient(np.round(x) - x)


def test_straight_through_estimator() -> None:
    value, slope = value_and_grad(lambda x: straight_through(x) ** 2)(1.3)
    assert (value, slope) == (1.0, 2.0)


def test_stopped_arrays_in_memory() -> None:
    def written(x):
        kept = stop_gradient(x)
        kept[0] = 5.0
        return (x * kept).sum()

    def seen(x):
        x = x * 1.0
        kept = stop_gradient(x)
        x[0] = 5.0 * x[1]
        return (x * kept).sum()

    with pytest.raises(AdjointError, match="itself"):
        grad(written)(X)
    value, slope = value_and_grad(seen)(X)
    assert value == seen(X)
    np.testing.assert_allclose(slope, [0.0, 25.0 * X[1] + X[1], X[2]])
    with pytest.raises(AdjointError, match="each item"):
        grad(lambda p: stop_gradient(p)["w"] * p["w"])({"w": 2.0})


def test_a_function_of_a_c_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot be hashed. The rule is forgotten at the end."""
    cube_root = ctypes.CDLL(None).cbrt
    cube_root.restype, cube_root.argtypes = ctypes.c_double, [ctypes.c_double]
    monkeypatch.setitem(CUSTOM, key_of(cube_root), None)
    custom_rule(cube_root, partials=lambda x, *, y: 1.0 / (3.0 * y * y))

    def scaled(x: Any) -> Any:
        return cube_root(x) * x

    assert grad(scaled)(2.0) == pytest.approx(4.0 / 3.0 * 2.0 ** (1.0 / 3.0), rel=1e-14)
    check_rule(cube_root, 2.0)
