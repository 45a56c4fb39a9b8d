"""Containers as arguments: their types, their keys, and derivatives in their form."""

from __future__ import annotations

import dataclasses
import logging
import math
import random
import types
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import AdjointError, check_grads, grad, hvp, jacobian, jvp, value_and_grad, vjp
from adjoint.errors import ShapeAssumption, UnsupportedConstruct
from adjoint.fitting import fit
from adjoint.ir import types as ir_types
from adjoint.ir.types import BOOL, FLOAT, INT, NONE, Array, Layout, List, Object, Static, Sym, Tuple
from adjoint.jacobians import complete, copy_arrays, zero_tangent
from adjoint.runtime.containers import items_of, leaves_of, rebuild
from adjoint.runtime.dispatch import Dispatcher, as_real, key_of, parts_as_real
from adjoint.signatures import extents, real_parts, real_type, type_of_value
from tests.api.containers import (
    Cached,
    Color,
    Empty,
    Frozen,
    Linear,
    Numbers,
    Odd,
    Params,
    Point,
    Private,
    Slotted,
    Typed,
    Wider,
)

DICT = Layout("dict", ("w", "b"))


def test_types() -> None:
    x = np.ones((3, 1))
    array = Array("float64", (Sym("p.0_0", 0, False), 1))
    assert type_of_value({"w": x, "b": 1}, "p") == Tuple((array, INT), DICT)
    assert type_of_value(OrderedDict(w=x, b=1), "p") == Tuple((array, INT), Layout("dict", ("w", "b"), OrderedDict))
    assert type_of_value(Point(1.0, True), "p") == Tuple((FLOAT, BOOL), Layout("named", ("x", "y"), Point))
    assert type_of_value(Params(1.0, 2.0), "p") == Tuple((FLOAT, FLOAT), Layout("record", ("w", "b"), Params))
    assert type_of_value(Slotted(1.0, 2), "p") == Tuple((FLOAT, INT), Layout("record", ("x", "y"), Slotted))
    assert type_of_value(types.SimpleNamespace(a=1.0), "p") == Tuple((FLOAT,), Layout("namespace", ("a",)))
    assert type_of_value(Typed(1.0), "p").items == (FLOAT, Static("n"))
    hidden = Layout("record", ("_Private__hidden", "seen"), Private)
    assert type_of_value(Private(1.0), "p") == Tuple((FLOAT, FLOAT), hidden)
    assert type_of_value(Wider(), "p").layout == Layout("record", (*hidden.keys, "more"), Wider)
    assert type_of_value(Frozen(1.0), "p").layout == Layout("record", ("w", "label", "made"), Frozen)
    assert type_of_value(Empty(), "p") == Tuple((), Layout("record", (), Empty))
    assert type_of_value({}, "p") == Tuple((), Layout("dict"))


def test_computed_attributes_are_not_data() -> None:
    circle = Cached(2.0)
    assert circle.area == 12.0
    assert type_of_value(circle, "c").layout == Layout("record", ("r",), Cached)
    assert "area" not in vars(rebuild(circle, [3.0]))


@pytest.mark.parametrize("kind", [Color.RED, Color, np, math.sin, len])
def test_objects_that_are_not_data_stand_for_themselves(kind: Any) -> None:
    assert type_of_value(kind, "p") == Static(kind)
    assert type_of_value({"w": kind, "b": None}, "p") == Tuple((Static(kind), NONE), DICT)
    assert key_of({"a": kind}) == key_of({"a": kind})


@pytest.mark.parametrize("generator", [random.Random(0), np.random.default_rng(0), np.random.RandomState(0)])
def test_generators_are_taken_as_they_come(generator: Any) -> None:
    assert type_of_value(generator, "p") == Object(type(generator))
    assert key_of(generator) is type(generator)


def test_lists() -> None:
    x = np.ones((3, 2))
    assert type_of_value([1, 2.0], "x") == List(FLOAT) and type_of_value([], "x") == type_of_value([], "y")
    assert type_of_value([x, np.ones((5, 6))], "x") == List(
        Array("float64", (ir_types.MANY, ir_types.MANY))
    )
    assert type_of_value([(1.0, 2), (1, 2.0)], "x") == List(Tuple((FLOAT, FLOAT)))
    assert type_of_value([[1.0], [2, 3.0]], "x") == List(List(FLOAT))
    for mixed in ([1.0, x], [x, x[0]], [x, np.ones((1, 2))], [x, x.astype("f4")], ["a", "b"], [1.0, (1.0, 2.0)]):
        found = type_of_value(mixed, "x")
        assert isinstance(found, Tuple) and found.layout == Layout("list") and len(found.items) == len(mixed)
    layers = type_of_value([(x, 1.0), (x, 1.0)], "x")
    assert isinstance(layers, Tuple) and layers.items[1] == Tuple(
        (Array("float64", (Sym("x.1.0_0", 0, False), Sym("x.1.0_1", 0, False))), FLOAT)
    )
    records = type_of_value([Point(1.0, 2.0)], "x")
    assert isinstance(records, Tuple) and records.layout == Layout("list")


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": {1.0}}, "p['a']"),
        ([1.0, object()], "p[1]"),
        (Params({"k": iter(())}, 1.0), "p.w['k']"),
        (Point(np.array(["a"]), 1.0), "p.x"),
        ({"a": Odd()}, "p['a']"),
        (defaultdict(float, a=1.0), "'p' is a defaultdict"),
        (Numbers([1.0]), "'p' is a Numbers, which is not a plain list"),
        ({Color.RED: 1.0}, "the key"),
    ],
)
def test_refusals_say_where(value: Any, place: str) -> None:
    with pytest.raises(UnsupportedConstruct) as caught:
        type_of_value(value, "p")
    assert place in caught.value.message and caught.value.why and caught.value.fix


def test_a_container_that_contains_itself_is_refused() -> None:
    ring: dict[str, Any] = {"a": 1.0}
    ring["self"] = ring
    with pytest.raises(UnsupportedConstruct, match="contains itself"):
        type_of_value(ring, "p")
    with pytest.raises(UnsupportedConstruct, match="contains itself"):
        Dispatcher(lambda args: pytest.fail("not reached"), 1, ())([ring])


ONE, MANY = np.ones((1, 3)), np.ones((2, 3))


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ({"a": 1.0}, {"a": 2.0}, True),
        ({"a": 1.0}, {"a": 2}, False),
        ({"a": 1.0}, {"b": 2.0}, False),
        ({"a": 1.0, "b": 1.0}, {"b": 1.0, "a": 1.0}, False),
        ({"a": MANY}, {"a": np.ones((5, 5))}, True),
        ({"a": MANY}, {"a": ONE}, False),
        ({"a": "s"}, {"a": "t"}, False),
        ({"a": True}, {"a": False}, True),
        (Point(1.0, 2.0), Point(3.0, 4.0), True),
        (Point(1.0, 2.0), (1.0, 2.0), False),
        (Params(1.0, 2.0), Params(3.0, 2.0), True),
        (Params(1.0, 2.0), Params(1, 2.0), False),
        (Params(1.0, 2.0), {"w": 1.0, "b": 2.0}, False),
        (Slotted(1.0, 2.0), Slotted(2.0, 1.0), True),
        ([1.0, 2.0], [3.0], True),
        ([(1.0, 2.0)], [(1.0, 2.0), (3.0, 4.0)], True),
        ([(1.0, 2.0)], [(1.0, 2)], False),
        ([MANY], [MANY, MANY], True),
        ([MANY, ONE], [MANY, ONE, ONE], False),
        ([MANY, ONE], [ONE, MANY], False),
        ([{"a": 1.0}], [{"a": 1.0}, {"a": 2.0}], False),
        (["a", 1.0], ["a", 2.0], True),
        ([[1.0]], [[1.0], [2.0, 3.0]], True),
        ([[1.0]], [[1.0], [[2.0]]], False),
    ],
)
def test_keys(a: Any, b: Any, same: bool) -> None:
    """The same key exactly where the types are the same."""
    assert (key_of(a) == key_of(b)) is same and hash(key_of(a)) is not None
    assert (type_of_value(a, "x") == type_of_value(b, "x")) or not same


def test_as_real() -> None:
    params = Params(3, 2.0)
    made = as_real(params)
    assert type(made) is Params and made == Params(3.0, 2.0) and type(made.w) is float and params.w == 3
    assert as_real({"a": [1, (2,)], "b": "s"}) == {"a": [1.0, (2.0,)], "b": "s"}
    assert type(as_real(Point(1, 2)).x) is float
    frozen = as_real(Frozen(np.arange(2)))
    assert frozen.w.dtype == np.float64 and frozen.label == "a"
    assert type(as_real(Slotted(1, 2)).y) is float
    settled = {"a": 1.0, "b": Params(np.ones(2), 1.0), "c": True, "d": Empty}
    assert as_real(settled) is settled and as_real(Empty) is Empty
    assert parts_as_real((1, 2), {1}) == (1, 2.0) and type(parts_as_real((1, 2), {1})[0]) is int
    assert parts_as_real({"a": 1, "b": 2}, {"a"}) == {"a": 1.0, "b": 2}
    ints = type_of_value({"w": 1, "b": "s"}, "p")
    assert real_type(ints) == Tuple((FLOAT, Static("s")), DICT)
    assert real_parts(type_of_value((1, 2), "p"), {1}) == Tuple((INT, FLOAT))


def test_leaves_and_copies() -> None:
    value = {"w": Point(1.0, [np.ones(2)]), "b": Params("s", 2.0)}
    assert [type(leaf).__name__ for leaf in leaves_of(value)] == ["float", "ndarray", "str", "float"]
    copied = copy_arrays(value)
    copied["w"].y[0][0] = 9.0
    copied["b"].b = 9.0
    assert value["w"].y[0][0] == 1.0 and value["b"].b == 2.0
    zeros = zero_tangent(value)
    assert zeros["w"].x == 0.0 and zeros["b"].w is None
    filled = complete({"w": None, "b": Params(None, 3.0)}, value)
    assert filled["w"].x == 0.0 and filled["b"] == Params(None, 3.0)
    shape = extents([type_of_value({"w": np.ones((3, 4))}, "p")], [{"w": np.ones((3, 4))}])
    assert shape == {"p.0_0": 3, "p.0_1": 4}


def test_tangents_fit_their_container() -> None:
    record = Tuple((FLOAT, NONE), Layout("record", ("w", "b"), Params))
    assert fit(Params(1, "ignored"), record, "p_dot", {}) == Params(1.0, None)
    assert fit(types.SimpleNamespace(b=None, w=2), record, "p_dot", {}).w == 2.0
    given = {"b": 1, "w": 2.0}
    assert fit(given, Tuple((FLOAT, FLOAT), DICT), "p_dot", {}) == {"w": 2.0, "b": 1.0}
    assert fit((1, 2), Tuple((FLOAT, FLOAT), Layout("named", ("x", "y"), Point)), "p_dot", {}) == Point(1.0, 2.0)
    assert fit((1, 2), Tuple((FLOAT, FLOAT), Layout("list")), "p_dot", {}) == [1.0, 2.0]
    settled = {"w": 1.0, "b": 2.0}
    assert fit(settled, Tuple((FLOAT, FLOAT), DICT), "p_dot", {}) is settled
    for wrong in ({"w": 1.0}, {"w": 1.0, "c": 2.0}, (1.0, 2.0), 1.0):
        with pytest.raises(ShapeAssumption, match="a dict with the keys 'w', 'b'"):
            fit(wrong, Tuple((FLOAT, FLOAT), DICT), "p_dot", {})
    with pytest.raises(ShapeAssumption, match="'p_dot' must be a list"):
        fit(1.0, List(FLOAT), "p_dot", {})


# derivatives


def dict_loss(p, x):
    return np.sum((p["w"] * x + p["b"]) ** 2)


def point_loss(p, x):
    return p.x * p.x * x + p.y


def params_loss(p, x):
    return np.sum((p.w * x + p.b) ** 2)


def layers_loss(layers, x):
    for w, b in layers:
        x = np.tanh(w @ x + b)
    return np.sum(x)


def model_loss(model, x):
    return model.loss(x)


X = np.array([0.5, -1.0, 2.0])
W = np.array([1.0, 2.0, -0.5])


def test_gradients_come_back_in_the_container() -> None:
    found = grad(dict_loss)({"w": W, "b": 2}, X)
    assert list(found) == ["w", "b"] and np.allclose(found["w"], 2 * (W * X + 2) * X)
    assert found["b"] == pytest.approx(np.sum(2 * (W * X + 2)))
    assert grad(point_loss)(Point(3, 1), 2.0) == Point(12.0, 1.0)
    assert type(grad(point_loss)(Point(3, 1), 2.0)) is Point
    params = grad(params_loss)(Params(W, 0.0), X)
    assert type(params) is Params and np.allclose(params.w, 2 * W * X * X)
    layers = [(np.eye(3), 0.1), (np.ones((2, 3)), 0.2)]
    found = grad(layers_loss)(layers, X)
    assert isinstance(found, list) and found[1][0].shape == (2, 3) and isinstance(found[0], tuple)


def test_gradients_of_objects() -> None:
    found = grad(model_loss)(Linear(W), X)
    assert np.allclose(found.w, 2 * (np.sum(W * X) - 0.5) * X) and found.name is None


CONTAINERS: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (dict_loss, ({"w": W, "b": 0.3}, X)),
    (point_loss, (Point(3.0, 1.0), 2.0)),
    (params_loss, (Params(W, 0.3), X)),
    (layers_loss, ([(np.eye(3), 0.1), (np.ones((2, 3)), 0.2)], X)),
    (model_loss, (Linear(W), X)),
]


@pytest.mark.parametrize(("f", "args"), CONTAINERS)
def test_every_number_in_a_container_is_checked(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    check_grads(f, args, order=2)


def test_jvp_vjp_hvp_of_containers() -> None:
    p = {"w": W, "b": 0.3}
    value, pullback = vjp(dict_loss, p, X)
    p_bar, x_bar = pullback(1.0)
    assert value == pytest.approx(dict_loss(p, X)) and set(p_bar) == {"w", "b"} and x_bar.shape == (3,)
    tangent = {"w": np.ones(3), "b": None}
    _, moved = jvp(dict_loss, (p, X), (tangent, None))
    assert moved == pytest.approx(np.sum(p_bar["w"]))
    product, nothing = hvp(dict_loss, (p, X), (tangent, None))
    assert np.allclose(product["w"], 2 * X * X) and nothing is None
    value, gradient = value_and_grad(point_loss)(Point(3.0, 1.0), 2.0)
    assert value == 19.0 and gradient == Point(12.0, 1.0)
    with pytest.raises(AdjointError, match="p_dot"):
        jvp(dict_loss, (p, X), ({"w": np.ones(3)}, None))


def split(x):
    return {"square": x * x, "parts": (np.sum(x), 2 * x)}


def test_results_in_containers() -> None:
    value, pullback = vjp(split, X)
    assert list(value) == ["square", "parts"]
    (x_bar,) = pullback({"square": np.ones(3), "parts": (0.0, np.zeros(3))})
    assert np.allclose(x_bar, 2 * X)
    _, moved = jvp(split, (X,), (np.ones(3),))
    assert np.allclose(moved["square"], 2 * X) and moved["parts"][0] == 3.0
    found = jacobian(split)(X)
    assert np.allclose(found["square"], np.diag(2 * X)) and np.allclose(found["parts"][0], np.ones(3))
    check_grads(split, (X,))
    with pytest.raises(AdjointError, match="a dict with the keys"):
        pullback(1.0)
    with pytest.raises(AdjointError, match="no Jacobian"):
        jacobian(dict_loss)({"w": W, "b": 0.3}, X)


def with_aux(x, n):
    y = x * x
    return y * n, {"y": y, "n": n, "root": np.sqrt(x - 2.0)}


def pair(x):
    return x * x, np.sqrt(x - 2.0)


def test_auxiliary_results() -> None:
    assert grad(pair, has_aux=True)(2.0) == (4.0, 0.0)  # the root's infinite slope is not looked at
    assert value_and_grad(pair, has_aux=True)(2.0) == ((4.0, 0.0), 4.0)
    gradient, (first, second) = grad(lambda x: (x * x, (x, 3)), has_aux=True)(2)
    assert (gradient, first, second) == (4.0, 2.0, 3)
    second_order = grad(grad(pair, has_aux=True), has_aux=True)
    assert second_order(3.0) == (2.0, 1.0)
    with pytest.raises(AdjointError, match="has_aux"):
        grad(lambda x: x * x, has_aux=True)(2.0)
    with pytest.raises(ValueError, match="reverse"):
        grad(pair, mode="forward", has_aux=True)


def test_auxiliary_dict() -> None:
    (value, aux), gradient = value_and_grad(with_aux, has_aux=True)(3.0, 2)
    assert (value, gradient) == (18.0, 12.0) and aux == {"y": 9.0, "n": 2, "root": 1.0}


def test_shapes_in_containers_are_compared() -> None:
    def product(p):
        return np.sum(p[0] * p[1])

    derivative = grad(product)
    derivative((np.ones(3), np.ones(3)))
    with pytest.raises(ValueError, match="broadcast"):
        derivative((np.ones(3), np.ones(4)))


def test_records_are_rebuilt_without_running_their_code() -> None:
    @dataclasses.dataclass
    class Strict:
        w: float

        def __post_init__(self) -> None:
            raise RuntimeError

    value = object.__new__(Strict)
    value.w = 1
    assert as_real(value).w == 1.0 and items_of(value) == [1]
    logger = logging.getLogger("tests")
    assert type_of_value(Params(1.0, logger), "p").items == (FLOAT, Static(logger))  # type: ignore[arg-type]


def grows(a, b):
    a.append(2.0 * a[0])
    return a[1] * b[-1]


def test_one_container_in_two_places_of_a_function_that_changes_it() -> None:
    given = [3.0]
    assert value_and_grad(grows)(given, [1.0]) == (6.0, [2.0]) and given == [3.0]
    with pytest.raises(AdjointError, match="one list is in two places"):
        grad(grows)(given, given)

    def collects(x, found=[]):  # noqa: B006
        found.append(x)
        return found[0] * x

    with pytest.raises(AdjointError, match="the default of 'found'"):
        grad(collects)(2.0)
    assert grad(collects)(2.0, []) == 4.0

    def reads(p, q):
        return p["w"] * q["w"]

    shared = {"w": 3.0}
    assert grad(reads, wrt=(0, 1))(shared, shared) == ({"w": 3.0}, {"w": 3.0})
