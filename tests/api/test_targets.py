"""What can be differentiated: methods, partial functions, callable objects, descriptors, library functions."""

from __future__ import annotations

import functools
import inspect
import math
import pickle
from typing import Any

import numpy as np
import pytest

from adjoint import AdjointError, Derivative, check_grads, differentiate, grad, jvp, value_and_grad, vjp
from adjoint.callables import open_callable
from adjoint.derivative import differentiable
from adjoint.slots import Slot
from tests.api.containers import Linear, Point

X = np.array([0.5, -1.0, 2.0])
W = np.array([1.0, 2.0, -0.5])


def area(width, height, scale=1.0):
    return width * height * height * scale


def test_what_stands_behind_a_callable() -> None:
    model = Linear(W)
    function, bound = open_callable(model.loss)
    assert function is Linear.loss and bound.args == (model,)
    function, bound = open_callable(model)
    assert function is Linear.__call__ and bound.args == (model,)
    function, bound = open_callable(functools.partial(functools.partial(area, 2.0), scale=3.0))
    assert function is area and bound.args == (2.0,) and bound.keywords == {"scale": 3.0}
    assert open_callable(functools.lru_cache(area))[0] is area
    assert open_callable(Linear.square) == (Linear.square, open_callable(area)[1])
    assert open_callable(Linear.scaled)[1].args == (Linear,)


def test_partial_functions() -> None:
    assert grad(functools.partial(area, 2.0))(3.0) == 12.0
    assert grad(functools.partial(area, scale=2.0))(1.0, 3.0) == 18.0
    assert grad(functools.partial(area, 2.0), wrt="scale")(3.0) == 18.0
    assert grad(functools.partial(area, 2.0), wrt="width")(3.0) == 9.0
    changed = grad(functools.partial(area, scale=2.0))
    assert changed(1.0, 3.0, scale=3.0) == 27.0
    assert str(inspect.signature(changed)) == str(inspect.signature(functools.partial(area, scale=2.0)))
    middle = grad(functools.partial(area, height=2.0))
    assert str(inspect.signature(middle)) == "(width, *, height=2.0, scale=1.0)" and middle(1.0) == 4.0
    assert grad(grad(functools.partial(area, 2.0)))(3.0) == 4.0
    assert value_and_grad(functools.partial(area, 2.0), wrt=(0, 1))(3.0) == (18.0, (12.0, 18.0))
    assert jvp(functools.partial(area, 2.0), (3.0,), (1.0,)) == (18.0, 12.0)
    assert vjp(functools.partial(area, 2.0), 3.0, 1.0)[1](1.0) == (12.0, 18.0)
    with pytest.raises(TypeError, match="takes 2 positional arguments but 3"):
        grad(functools.partial(area, 2.0))(1.0, 2.0, 3.0)
    with pytest.raises(TypeError, match="multiple values"):
        grad(functools.partial(area, 2.0))(1.0, width=3.0)
    check_grads(functools.partial(area, 2.0), (3.0,), order=2)


def test_views_share_what_is_compiled() -> None:
    first, second = grad(functools.partial(area, 2.0)), grad(functools.partial(area, 3.0))
    assert (first(3.0), second(3.0)) == (12.0, 18.0)
    assert first._dispatcher is second._dispatcher and len(first._dispatcher.entries) == 1


def test_source_of_a_bound_function() -> None:
    assert "def area_grad(width, height, scale=1.0):" in grad(functools.partial(area, 2.0)).source


def test_partial_in_the_rest() -> None:
    def f(x, *rest):
        return x * rest[0] * rest[1]

    bound = functools.partial(f, 2.0, 3.0)
    assert differentiable(bound).slots(0).items == (Slot(1, 1),)
    assert grad(bound)(5.0) == 6.0


def test_pickle_of_views() -> None:
    again = pickle.loads(pickle.dumps(grad(functools.partial(area, 2.0))))
    assert again(3.0) == 12.0
    assert pickle.loads(pickle.dumps(grad(math.sin)))(0.0) == 1.0


def test_cached_functions() -> None:
    @functools.lru_cache
    def square(x):
        return x * x

    assert grad(square)(3.0) == 6.0


def test_static_methods() -> None:
    assert grad(Linear.square)(3.0) == 6.0 and grad(Linear(W).square)(3.0) == 6.0


def test_methods() -> None:
    model = Linear(W)
    expected = 2 * (np.sum(W * X) - 0.5)
    assert np.allclose(grad(model.loss)(X), expected * W)
    assert np.allclose(grad(model.loss, wrt="self")(X).w, expected * X)
    assert np.allclose(grad(Linear.loss, wrt="x")(model, X), expected * W)
    assert grad(model.loss, wrt="y")(X, 1.0) == pytest.approx(-expected)
    derivative = grad(model.loss)
    before = derivative(X)
    model.w = 2 * W  # read at every call
    assert not np.allclose(derivative(X), before)
    check_grads(model.loss, (X,), order=2)
    check_grads(Linear.loss, (model, X))


def test_class_methods() -> None:
    assert grad(Linear.scaled)(3.0) == 12.0
    assert grad(Linear(W).scaled)(3.0) == 12.0


def test_callable_objects() -> None:
    model = Linear(W)
    assert np.allclose(grad(model)(X), 2.0 * W)
    assert np.allclose(grad(model, wrt="self")(X).w, 2.0 * X)
    assert "def Linear_grad(self, x):" in grad(model).source


class Decorated:
    def __init__(self, w: float) -> None:
        self.w = w

    @differentiate
    def loss(self, x):
        return self.w * x * x

    @differentiate(wrt="self")
    def own(self, x):
        return self.w * self.w * x

    @property
    @differentiate
    def energy(self):
        return self.w * self.w

    @differentiate
    @staticmethod
    def square(x):
        return x * x

    @differentiate
    @classmethod
    def scaled(cls, x):
        return x * x * 2.0

    @staticmethod
    @differentiate
    def cube(x):
        return x * x * x

    @differentiate
    def __call__(self, x):
        return self.w * x


def test_the_decorator_in_a_class_body() -> None:
    model = Decorated(3.0)
    assert model.loss(2.0) == 12.0 and Decorated.loss(model, 2.0) == 12.0 and model.energy == 9.0
    assert isinstance(model.loss, Derivative) and model.loss.parameter_names == ["x"]
    assert Decorated.square(3.0) == 9.0 and model.square.grad(3.0) == 6.0
    assert Decorated.scaled(3.0) == 18.0 and Decorated.cube.grad(2.0) == 12.0
    assert model(2.0) == 6.0
    assert model.loss.slots(0).items == (Slot(1),) and Decorated.loss.slots(0).items == (Slot(0),)
    with pytest.raises(TypeError, match="below"):
        differentiate(property(area))  # type: ignore[call-overload]


def test_derivatives_of_decorated_methods() -> None:
    model = Decorated(3.0)
    assert model.loss.grad(2.0) == 12.0 and model.loss.value_and_grad(2.0) == (12.0, 12.0)
    assert model.own.grad(2.0).w == 12.0
    assert grad(model.loss, wrt="self")(2.0).w == 4.0
    assert Decorated.loss.grad(model, 2.0).w == 4.0
    assert grad(model)(2.0) == 3.0
    assert Decorated.scaled.grad(3.0) == 12.0
    model.w = 5.0
    assert model.loss.grad(2.0) == 20.0


def test_library_functions() -> None:
    assert grad(math.sin)(0.0) == 1.0 and grad(np.exp)(0.0) == 1.0
    assert np.allclose(grad(np.sum)(X), np.ones(3)) and np.allclose(grad(np.dot)(X, W), W)
    assert "math.sin" in str(grad(grad(math.sin)).source) or "sin(" in grad(grad(math.sin)).source


@pytest.mark.parametrize("target", [dict, Point, int, "text".join])
def test_refused_targets(target: Any) -> None:
    with pytest.raises((AdjointError, TypeError)):
        grad(target)(1.0)
    with pytest.raises(TypeError, match="expected a function"):
        grad(3.0)  # type: ignore[arg-type]
