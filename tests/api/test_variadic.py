"""`*args` and `**kwargs`: binding, what `wrt` means, emitted signatures."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import numpy as np
import pytest

from adjoint import AdjointError, check_grads, differentiate, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from adjoint.derivative import differentiable
from adjoint.ir.types import FLOAT, Layout, Tuple
from adjoint.parameters import Binder, parameters_of
from adjoint.signatures import assumed_types
from adjoint.slots import Slot


def polynomial(x, *rest):
    return x * x * rest[0] + rest[1] * x


def everything(*args):
    return args[0] * args[0] * args[1]


def options(x, *, power=2, **scales):
    return x**power * scales["a"] + scales["b"]


def mixed(x, y=2.0, /, *rest, k, **others):
    return x * y * rest[0] * k * others["z"]


def spy(x, y=2.0, /, *rest, k, **others):
    return [x, y, rest, k, others]


def test_binding_follows_python() -> None:
    for args, kwargs in [
        ((1.0,), {"k": 2}),
        ((1.0, 3.0, 4.0, 5.0), {"k": 2, "z": 6}),
        ((1.0,), {"k": 2, "x": 3, "y": 4}),
        ((), {"k": 1}),
        ((1.0,), {}),
    ]:
        try:
            expected = spy(*args, **kwargs)  # type: ignore[arg-type]
        except TypeError:
            with pytest.raises(TypeError):
                Binder("spy", parameters_of(spy))(args, kwargs)
            continue
        assert Binder("spy", parameters_of(spy))(args, kwargs) == expected


def test_signatures_are_shown() -> None:
    assert str(grad(mixed).__signature__) == "(x, y=2.0, /, *rest, k, **others)"
    assert str(inspect.signature(differentiable(polynomial).jvp)) == "(x, *rest, x_dot)"
    assert str(inspect.signature(differentiable(options).vjp)) == "(x, y_bar, *, power=2, **scales)"


def test_what_wrt_names() -> None:
    found = differentiable(polynomial).slots
    assert found(0).items == (Slot(0),) and found(2).items == (Slot(1, 1),)
    assert found("rest").items == (Slot(1),) and found(("x", 1)).items == (Slot(0), Slot(1, 0))
    assert differentiable(everything).slots(0).items == (Slot(0, 0),)
    assert differentiable(options).slots(("a", "power")).items == (Slot(2, "a"), Slot(1))
    for wrong in (-1, "other"):
        with pytest.raises(AdjointError, match="no parameter"):
            found(wrong)
    with pytest.raises(ValueError, match="each once"):
        found(("rest", 1))
    with pytest.raises(AdjointError, match="no parameter 2"):
        differentiable(options).slots(2)


def test_assumed_types() -> None:
    types, _ = assumed_types(polynomial, parameters_of(polynomial), {}, [Slot(1, 1)])
    assert types == [FLOAT, Tuple((FLOAT, FLOAT))]
    types, _ = assumed_types(options, parameters_of(options), {}, [Slot(2, "a")])
    assert types[2] == Tuple((FLOAT,), Layout("dict", ("a",)))


def test_gradients_in_single_arguments() -> None:
    assert grad(polynomial)(3.0, 2.0, 5.0) == 17.0
    assert grad(polynomial, wrt=1)(3.0, 2.0, 5.0) == 9.0 and grad(polynomial, wrt=2)(3, 2, 5) == 3.0
    assert grad(polynomial, wrt="rest")(3.0, 2.0, 5.0) == (9.0, 3.0)
    assert grad(polynomial, wrt=(2, 0))(3.0, 2.0, 5.0) == (3.0, 17.0)
    assert value_and_grad(polynomial, wrt=(1, 2))(3.0, 2.0, 5.0) == (33.0, (9.0, 3.0))
    assert grad(everything)(3.0, 2.0) == 12.0 and grad(everything, wrt="args")(3.0, 2.0) == (12.0, 9.0)
    assert grad(grad(polynomial, wrt=0), wrt=1)(3.0, 2.0, 5.0) == 6.0
    assert grad(grad(everything))(3.0, 2.0) == 4.0
    assert jacobian(everything, wrt=(0, 1))(3.0, 2.0) == (12.0, 9.0)
    assert hessian(everything, wrt=(0, 1))(3.0, 2.0) == ((4.0, 6.0), (6.0, 0.0))


def test_an_argument_that_is_not_given() -> None:
    with pytest.raises(AdjointError, match=r"number 1 of `\*rest`"):
        grad(polynomial, wrt=2)(3.0, 2.0)
    with pytest.raises(AdjointError, match="`c=`"):
        grad(options, wrt="c")(3.0, a=1.0, b=2.0)


def test_integers_beside_a_differentiated_argument_stay_integers() -> None:
    def power(*args):
        result = 1.0
        for _ in range(args[1]):
            result = result * args[0]
        return result

    derivative = grad(power)
    assert derivative(2, 3) == 12.0 and derivative(2.0, 2) == 4.0


def test_products_with_vectors() -> None:
    value, pullback = vjp(polynomial, 3.0, 2.0, 5.0)
    assert value == 33.0 and pullback(1.0) == (17.0, 9.0, 3.0)
    assert vjp(polynomial, 3.0, 2.0, 5.0, wrt=2)[1](2.0) == 6.0
    assert vjp(polynomial, 3.0, 2.0, 5.0, wrt="rest")[1](1.0) == (9.0, 3.0)
    assert jvp(polynomial, (3.0, 2.0, 5.0), (1.0, None, 1.0)) == (33.0, 20.0)
    assert jvp(polynomial, (3.0, 2, 5), (None, 1.0, None)) == (33.0, 9.0)
    assert hvp(polynomial, (3.0, 2.0, 5.0), (1.0, None, 2.0)) == (6.0, None, 1.0)
    assert hvp(polynomial, (3.0, 2.0, 5.0), (1.0, 1.0, 2.0)) == (12.0, 6.0, 1.0)
    assert differentiable(polynomial).jvp(3.0, 2.0, 5.0, x_dot=1.0) == (33.0, 17.0)
    assert differentiable(polynomial).vjp(3.0, 2.0, 5.0, y_bar=2.0) == (33.0, 34.0)
    check_grads(polynomial, (3.0, 2.0, 5.0), order=2)


def test_emitted_functions_keep_the_stars() -> None:
    derivative = grad(polynomial)
    derivative(3.0, 2.0, 5.0)
    assert "def polynomial_grad(x, *rest):" in derivative.source
    assert derivative.specialize(3.0, 2.0, 5.0)(3.0, 2.0, 5.0) == 17.0
    assert "def polynomial_jvp(x, *rest, x_dot):" in differentiable(polynomial).jvp.source


def test_keywords() -> None:
    assert grad(options)(3.0, a=2.0, b=1.0) == 12.0
    assert grad(options, wrt="a")(3.0, a=2, b=1.0) == 9.0
    assert grad(options, wrt="scales")(3.0, a=2.0, b=1.0) == {"a": 9.0, "b": 1.0}
    assert grad(options, wrt=("x", "b"))(3.0, power=3, a=2.0, b=1.0) == (54.0, 1.0)
    assert grad(mixed, wrt=("k", "z", 2))(1.0, 2.0, 3.0, k=4.0, z=5.0) == (30.0, 24.0, 40.0)
    derivative = grad(options)
    derivative(3.0, a=2.0, b=1.0)
    assert "def options_grad(x, *, power=2, **scales):" in derivative.source


def doubled(f: Any) -> Any:
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return 2.0 * f(*args, **kwargs)

    return wrapper


@doubled
def decorated(x, w, *, shift=0.0):
    return x * w * w + shift


@differentiate
@doubled
def twice_decorated(x, w):
    return x * w * w


def test_a_decorated_function_is_differentiated_as_decorated() -> None:
    assert grad(decorated)(3.0, 2.0) == 8.0
    assert grad(decorated, wrt="w")(3.0, 2.0) == 24.0
    assert grad(decorated, wrt="shift")(3.0, 2.0, shift=1.0) == 2.0
    assert grad(decorated, wrt=("w", "x"))(3.0, 2.0) == (24.0, 8.0)
    assert twice_decorated(3.0, 2.0) == 24.0 and twice_decorated.grad(3.0, 2.0) == 8.0
    with pytest.raises(AdjointError, match="by position"):
        grad(decorated, wrt="w")(3.0, w=2.0)


def test_names_of_a_decorated_function() -> None:
    assert differentiable(decorated).slots(("w", "shift")).items == (Slot(0, 1), Slot(1, "shift"))
    assert [p.name for p in parameters_of(decorated)] == ["args", "kwargs"]
    with pytest.raises(AdjointError, match="no parameter 'z'"):
        grad(decorated, wrt="z")


def total(*terms):
    return np.sum(terms[0] * terms[1])


def test_arrays() -> None:
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    assert np.allclose(grad(total)(x, y), y) and np.allclose(jacobian(total, wrt=1)(x, y), x)
    first, second = grad(total, wrt="terms")(x, y)
    assert np.allclose(first, y) and np.allclose(second, x)


def slope(x):
    return grad(polynomial)(x, 2.0, x) + grad(options, wrt="a")(x, a=x, b=1.0)


def test_derivatives_called_inside_functions() -> None:
    assert slope(3.0) == 24.0
    check_grads(slope, (3.0,), order=2)
