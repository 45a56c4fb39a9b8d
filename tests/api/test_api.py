"""The functions a user calls, on small programs with known derivatives."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import (
    AdjointError,
    check_grads,
    differentiate,
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    value_and_grad,
    vjp,
)

SCALE = 2.0


def logistic(x, n=4):
    v = x
    for _ in range(n):
        v = 4 * v * (1 - v)
    return v


def poly(x, y):
    return x * x * y + y + 2


def norms(x):
    return np.sum(x * x)


def vector(x):
    return np.sin(x) * x


def scaled(x):
    return SCALE * x * x


@differentiate(wrt=("w", "b"))
def model(x, w, b=1.0):
    return x * w * w + b


def test_grad() -> None:
    assert grad(logistic)(0.25) == -16.0
    assert grad(logistic)(0.25, n=0) == 1.0
    assert grad(logistic)(x=0.25, n=4) == -16.0
    assert grad(poly)(3.0, 4.0) == 24.0
    assert grad(poly, wrt="y")(3.0, 4.0) == 10.0
    assert grad(poly, wrt=(0, "y"))(3, 4) == (24.0, 10.0)
    assert grad(poly, wrt=-1)(3, 4) == 10.0
    assert value_and_grad(poly, wrt=(0, 1))(3.0, 4.0) == (42.0, (24.0, 10.0))


def test_forward_mode_gradient() -> None:
    assert grad(logistic, mode="forward")(0.25) == -16.0
    assert grad(grad(poly, mode="forward"), mode="forward")(3.0, 4.0) == 8.0
    assert grad(poly, wrt=(0, 1), mode="forward")(3.0, 4.0) == (24.0, 10.0)
    x = np.arange(6.0).reshape(2, 3)
    assert np.array_equal(grad(norms, mode="forward")(x), 2 * x)
    with pytest.raises(AdjointError, match="returns an array"):
        grad(vector, mode="forward")(x)


def test_orders() -> None:
    third = grad(grad(grad(lambda x: x**5.0)))
    assert third(2.0) == pytest.approx(60 * 4.0)
    assert grad(grad(logistic))(0.25) == pytest.approx(_second_of_logistic(0.25), rel=1e-5)
    assert grad(grad(poly), wrt=1)(3.0, 4.0) == 6.0


def _second_of_logistic(x: float) -> float:
    h = 1e-4
    return (grad(logistic)(x + h) - grad(logistic)(x - h)) / (2 * h)


def test_arrays_keep_shape_and_dtype() -> None:
    x = np.arange(6.0).reshape(2, 3)
    assert np.array_equal(grad(norms)(x), 2 * x)
    assert grad(norms)(x.astype(np.float32)).dtype == np.float32
    ints = grad(norms)(np.arange(3))
    assert ints.dtype == np.float64 and ints.tolist() == [0.0, 2.0, 4.0]
    assert grad(norms)(np.float64(3.0)) == 6.0
    assert grad(norms)(np.zeros((0, 3))).shape == (0, 3)


def test_jvp_and_vjp() -> None:
    assert jvp(poly, (3.0, 4.0), (1.0, 0.0)) == (42.0, 24.0)
    assert jvp(poly, (3.0, 4.0), (None, 1.0)) == (42.0, 10.0)
    assert jvp(logistic, 0.25, 1.0) == (0.75, -16.0)
    value, pullback = vjp(poly, 3.0, 4.0)
    assert value == 42.0 and pullback(1.0) == (24.0, 10.0) and pullback(2.0) == (48.0, 20.0)
    assert vjp(logistic, 0.25, 4)[1](1.0) == (-16.0, None)
    assert vjp(poly, 3.0, 4.0, wrt="y")[1](1.0) == 10.0
    x = np.array([0.5, 1.5])
    value, pullback = vjp(vector, x)
    expected = np.sin(x) + x * np.cos(x)
    x[:] = 9.0
    (x_bar,) = pullback(np.ones(2))
    assert np.allclose(x_bar, expected)
    with pytest.raises(AdjointError, match="cotangent has shape"):
        pullback(1.0)
    with pytest.raises(AdjointError, match="x_dot"):
        jvp(vector, (np.ones(3),), (np.ones(4),))


def test_jacobians() -> None:
    x = np.array([0.5, 1.5, 2.5])
    expected = np.diag(np.sin(x) + x * np.cos(x))
    for made in (jacobian(vector), jacfwd(vector), jacrev(vector)):
        assert np.allclose(made(x), expected)
    assert np.allclose(jacobian(norms)(x), 2 * x) and np.allclose(jacfwd(norms)(x), 2 * x)
    assert jacobian(poly)(3.0, 4.0) == 24.0 and jacobian(poly, wrt=(0, 1))(3, 4) == (24.0, 10.0)
    y = np.ones((2, 3))
    assert jacobian(lambda a: np.sum(a * a, axis=0))(y).shape == (3, 2, 3)
    assert jacrev(lambda a: np.sum(a * a, axis=0))(y).shape == (3, 2, 3)


def test_hessians() -> None:
    assert hessian(poly, wrt=(0, 1))(3.0, 4.0) == ((8.0, 6.0), (6.0, 0.0))
    x = np.array([1.0, 2.0])
    assert np.allclose(hessian(norms)(x), 2 * np.eye(2))
    assert hvp(poly, (3.0, 4.0), (1.0, 1.0)) == (14.0, 6.0)
    assert np.allclose(hvp(norms, x, np.ones(2)), 2.0)


def test_elementwise() -> None:
    x = np.linspace(-1, 1, 5)
    tanh_like = lambda t: np.tanh(t)
    assert np.allclose(elementwise_grad(tanh_like)(x), 1 - np.tanh(x) ** 2)
    second = elementwise_grad(elementwise_grad(tanh_like))
    assert np.allclose(second(x), -2 * np.tanh(x) * (1 - np.tanh(x) ** 2))
    assert elementwise_grad(tanh_like)(0.0) == 1.0
    with pytest.raises(AdjointError, match="shape of its argument"):
        elementwise_grad(norms)(x)


def test_decorator() -> None:
    assert model(2.0, 3.0) == 19.0
    assert model.grad(2.0, 3.0) == (12.0, 1.0)
    assert model.value_and_grad(2.0, 3.0, b=0.0) == (18.0, (12.0, 1.0))
    assert model.jvp(2.0, 3.0, 1.0, 1.0, 0.0) == (19.0, 12.0)
    assert model.vjp(2.0, 3.0, y_bar=2.0) == (19.0, (24.0, 2.0))
    assert grad(model)(2.0, 3.0) == (12.0, 1.0)
    assert grad(model, wrt="x")(2.0, 3.0) == 9.0
    assert model.grad is model.grad
    assert model.__name__ == "model" and model.__wrapped__(2.0, 3.0) == 19.0
    assert list(model.grad.__signature__.parameters) == ["x", "w", "b"]


def test_source_runs_by_itself(tmp_path: Path) -> None:
    derivative = grad(logistic)
    derivative(0.25)
    path = derivative.save(tmp_path / "saved.py")
    namespace: dict[str, Any] = {}
    exec(compile(path.read_text(), str(path), "exec"), namespace)
    assert namespace["logistic_grad"](0.25) == -16.0
    assert "adjoint" not in derivative.source
    assert derivative.specialize(0.25)(0.25) == -16.0
    assert "func logistic_grad" in derivative.ir


def test_source_before_any_call_says_what_it_assumed() -> None:
    @differentiate
    def f(x, n: int = 3):
        return x * n

    assert "Assumed types: x: float." in f.grad.source
    assert f.grad(2.0, 3) == 3.0 and "Assumed" not in f.grad.source


def test_notebook_representation() -> None:
    bundle = grad(logistic)._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/markdown"}
    assert bundle["text/markdown"].startswith("```python\n")
    refused = grad(lambda x: [x for _ in x])._repr_mimebundle_()
    assert "error[" in refused["text/plain"]


def test_pickle() -> None:
    for derivative in (grad(logistic), model.grad, grad(grad(logistic))):
        again = pickle.loads(pickle.dumps(derivative))
        args = (2.0, 3.0) if derivative is model.grad else (0.25,)
        assert again(*args) == derivative(*args)
    assert pickle.loads(pickle.dumps(model)) is model


def test_globals_are_live(monkeypatch: pytest.MonkeyPatch) -> None:
    derivative = grad(scaled)
    assert derivative(3.0) == 12.0
    monkeypatch.setitem(globals(), "SCALE", 5.0)
    assert derivative(3.0) == 30.0
    monkeypatch.setitem(globals(), "SCALE", 7)
    assert derivative(3.0) == 42.0


def test_errors_say_place_reason_and_way_out() -> None:
    x = np.ones(3)
    with pytest.raises(AdjointError, match=r"shape \(3,\)") as caught:
        grad(vector)(x)
    assert "jacobian" in caught.value.fix and caught.value.filename == __file__
    with pytest.raises(AdjointError, match="no parameter 'z'"):
        grad(poly, wrt="z")
    with pytest.raises(AdjointError, match="'x'"):
        grad(poly)("text", 1.0)
    with pytest.raises(AdjointError, match="one real number, 'poly' returns a complex"):
        grad(poly)(1j, 1.0)
    with pytest.raises(AdjointError, match="is a set"):
        grad(poly)({1.0}, 1.0)
    with pytest.raises(TypeError, match="missing"):
        grad(poly)(1.0)
    with pytest.raises(TypeError, match="unexpected"):
        grad(poly)(1.0, 2.0, z=3.0)
    with pytest.raises(TypeError, match="positional"):
        grad(poly)(1.0, 2.0, 3.0)
    with pytest.raises(ValueError, match="mode"):
        grad(poly, mode="sideways")  # type: ignore[arg-type]


def test_nested_derivatives_inside_functions() -> None:
    def inner(y):
        return y * y * y

    def outer(x):
        return x * grad(inner)(x)

    assert grad(outer)(2.0) == pytest.approx(9 * 4.0)


def test_check_grads_passes_and_fails() -> None:
    check_grads(logistic, (0.3,), order=2)
    check_grads(vector, (np.array([0.5, 1.5]),), order=2)
    check_grads(norms, np.ones((2, 3)))
    check_grads(vector, np.linspace(0, 1, 4, dtype=np.float32))
    check_grads(poly, (3, 4), modes=("reverse",), wrt="y")

    def round_off(x):
        return math.floor(x * 1e9) * 1e-9 + x

    with pytest.raises(AssertionError, match="finite differences"):
        check_grads(round_off, (0.5,), rtol=1e-12, atol=0.0)


def test_import_is_light() -> None:
    code = "import sys, adjoint; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert set(adjoint.__all__) <= set(dir(adjoint))
    with pytest.raises(AttributeError):
        _ = adjoint.nothing


def cube(y):
    return y * y * y


def tangent_line(x, at):
    slope = grad(cube)(at)
    return cube(at) + slope * (x - at)


@differentiate
def decorated_power(x, n):
    if n == 0:
        return 1.0
    return x * decorated_power(x, n - 1)


def calls_own_derivative(x):
    return x * grad(calls_own_derivative)(x)


def test_perturbations_do_not_mix() -> None:
    """The derivative in `at` of 3*at**2*(x - at) + at**3 is 6*at*(x - at)."""
    assert grad(tangent_line, wrt="at")(2.0, 1.0) == pytest.approx(6.0)
    assert grad(tangent_line)(2.0, 1.0) == pytest.approx(3.0)
    assert grad(grad(tangent_line, wrt="at"), wrt="at")(2.0, 1.0) == pytest.approx(0.0)


def test_decorated_functions_may_recurse() -> None:
    assert decorated_power.grad(2.0, 5) == 80.0 and grad(decorated_power.grad)(2.0, 5) == 160.0
    with pytest.raises(AdjointError, match="its own derivative"):
        grad(calls_own_derivative)(1.0)


def weight(x):
    return 2.0 * x


def other_weight(x):
    return 7.0 * x


def weighted(x):
    return weight(x) * x


def test_a_redefined_helper_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    derivative = grad(weighted)
    assert derivative(3.0) == 12.0
    monkeypatch.setitem(globals(), "weight", other_weight)
    assert derivative(3.0) == 42.0
    monkeypatch.undo()
    assert derivative(3.0) == 12.0


def test_closures_are_live() -> None:
    factor = 2.0
    table = np.array([1.0, 2.0])

    def f(x):
        return x * factor * np.sum(table)

    derivative = grad(f)
    assert derivative(1.0) == 6.0
    factor = 3.0
    assert derivative(1.0) == 9.0
    table = np.array([1.0, 2.0, 3.0])
    assert derivative(1.0) == 18.0
    table[0] = 5.0
    assert derivative(1.0) == 30.0


def test_two_lambdas_and_two_closures_do_not_share() -> None:
    def make(k):
        return lambda x: k * x * x

    first, second = grad(make(1.0)), grad(make(10.0))
    assert (first(1.0), second(1.0), first(2.0)) == (2.0, 20.0, 4.0)
    squares, cubes = grad(lambda x: x * x), grad(lambda x: x * x * x)
    assert (squares(3.0), cubes(3.0)) == (6.0, 27.0)


def test_specialisations_by_shape_and_flag() -> None:
    def f(x, squared=True):
        y = x * np.ones((3, 1))
        return np.sum(y * y) if squared else np.sum(y)

    derivative = grad(f)
    assert derivative(np.ones((1, 4))).shape == (1, 4) and derivative(np.ones((3, 4))).shape == (3, 4)
    assert derivative(np.ones((3, 1))).tolist() == [[2.0]] * 3
    assert derivative(np.ones(4), squared=False).tolist() == [3.0] * 4
    assert derivative(2.0) == 12.0 and derivative(2.0, False) == 3.0


def test_arguments_are_left_alone() -> None:
    x, kept = np.arange(3.0), np.arange(3.0)
    for _ in range(2):
        grad(norms)(x)
        check_grads(norms, (x,))
        hessian(norms)(x)
    assert np.array_equal(x, kept)


def test_user_exceptions_surface() -> None:
    def f(x):
        if x < 0:
            raise ValueError("negative")
        return math.sqrt(x)

    with pytest.raises(ValueError, match="negative"):
        grad(f)(-1.0)
    assert grad(f)(4.0) == 0.25


def test_scipy_calling_convention() -> None:
    value, gradient = value_and_grad(norms)(np.array([1.0, 2.0]))
    assert value == 5.0 and gradient.tolist() == [2.0, 4.0]


def test_tuple_and_list_arguments() -> None:
    def f(pair):
        a, b = pair
        return a * a * b

    assert grad(f)((3.0, 4.0)) == (24.0, 9.0)
    assert grad(f)((3, 4)) == (24.0, 9.0)

    def g(items):
        total = 0.0
        for item in items:
            total += item * item
        return total

    assert grad(g)([1.0, 2.0, 3.0]) == [2.0, 4.0, 6.0] and grad(g)([1, 2]) == [2.0, 4.0]


def test_keyword_only_and_positional_only() -> None:
    def f(x, /, y, *, z=2.0):
        return x * y * z

    assert grad(f, wrt=("x", "y", "z"))(3.0, y=5.0) == (10.0, 6.0, 15.0)
    assert grad(f, wrt="z")(3.0, 5.0, z=1.0) == 15.0
    assert jvp(f, (3.0, 5.0), (1.0, 0.0)) == (30.0, 10.0)
    with pytest.raises(TypeError):
        grad(f)(x=3.0, y=5.0)


def test_the_function_runs_once_under_vjp(capsys: pytest.CaptureFixture[str]) -> None:
    def talkative(x, n):
        y = x
        for i in range(n):
            print("step", i)
            y = y * y
        return y * x

    value, pullback = vjp(talkative, 1.5, 2)
    printed = capsys.readouterr().out
    assert printed == "step 0\nstep 1\n" and value == 1.5**5
    assert [pullback(1.0)[0], pullback(2.0)[0], pullback(1.0)[0]] == pytest.approx(
        [5 * 1.5**4, 10 * 1.5**4, 5 * 1.5**4]
    )
    assert capsys.readouterr().out == ""


def test_wrt_of_jvp_and_hvp() -> None:
    assert jvp(poly, (3.0, 4.0), 1.0, wrt="y") == (42.0, 10.0)
    assert jvp(poly, (3.0, 4.0), (1.0, 2.0), wrt=("y", "x")) == (42.0, 58.0)
    assert hvp(poly, (3.0, 4.0), (1.0, 2.0), wrt=("y", "x")) == (12.0, 22.0)
    assert grad(poly, wrt=("y", "x"))(3.0, 4.0) == (10.0, 24.0)
    assert grad(poly, wrt=("y", "x"), mode="forward")(3.0, 4.0) == (10.0, 24.0)
    assert vjp(poly, 3.0, 4.0, wrt=("y", "x"))[1](1.0) == (10.0, 24.0)
    assert jacobian(poly, wrt=("y", "x"))(3.0, 4.0) == (10.0, 24.0)
    check_grads(poly, (3.0, 4.0), order=2, wrt=("y", "x"))
    assert hvp(poly, (3.0, 4.0), 1.0, wrt="x") == 8.0
    assert hvp(poly, (3.0, 4.0), (1.0, None)) == (8.0, None)
    with pytest.raises(ValueError, match="tangents"):
        jvp(poly, (3.0, 4.0), (1.0, 1.0), wrt="x")
