"""Integers in differentiated containers: real numbers where they can be, counts where they must be."""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import pytest

import adjoint
from adjoint.errors import AdjointError, UnsupportedConstruct
from adjoint.runtime.dispatch import as_real
from adjoint.runtime.integers import as_real_except, integer_paths


def steps(p):
    x = 1.0
    for _ in range(p["n"]):
        x = x - p["w"] * x
    return x


def squares(p):
    return p["w"] ** 2 * p["n"]


def picked(p):
    return p["values"][p["at"]] * p["scale"]


@dataclass
class Options:
    rate: float
    layers: int = 2


def repeated(options):
    h = options.rate
    for _ in range(options.layers):
        h = np.tanh(h) * options.rate
    return h


def test_a_count_stays_an_integer() -> None:
    assert adjoint.grad(steps)({"w": 0.5, "n": 3}) == {"w": pytest.approx(-0.75), "n": None}
    assert adjoint.grad(steps)({"w": 0.5, "n": 2}) == {"w": pytest.approx(-1.0), "n": None}
    assert adjoint.grad(repeated)(Options(0.5)).layers is None


def test_others_are_real() -> None:
    assert adjoint.grad(squares)({"w": 3, "n": 2}) == {"w": 12.0, "n": 9.0}
    assert adjoint.grad(steps)({"w": 1, "n": 2}) == {"w": 0.0, "n": None}
    p = {"values": [1, 2], "at": 1, "scale": 3}
    assert adjoint.grad(picked)(p) == {"values": [0.0, 3.0], "at": None, "scale": 2.0}


def test_one_function_for_both_kinds_of_calls() -> None:
    derivative = adjoint.grad(steps)
    for p in ({"w": 0.5, "n": 3}, {"w": 1, "n": 3}, {"w": 0.5, "n": 4}):
        assert derivative(p)["w"] == pytest.approx(-p["n"] * (1.0 - p["w"]) ** (p["n"] - 1))


def test_given_back_as_integers() -> None:
    value, pull = adjoint.vjp(lambda p: {"a": p["a"] ** 2, "n": p["n"] + 1}, {"a": 0.5, "n": 1})
    assert value == {"a": 0.25, "n": 2} and type(value["n"]) is int
    assert pull({"a": 1.0, "n": None}) == ({"a": 1.0, "n": None},)


def test_none_is_a_zero_cotangent() -> None:
    _, pull = adjoint.vjp(lambda x: (x * x, 3.0 * x), 0.5)
    assert pull((None, 1.0)) == (3.0,) and pull((1.0, None)) == (1.0,)


def test_the_first_refusal_is_told() -> None:
    with pytest.raises(AdjointError, match="range"):
        adjoint.grad(lambda p: sum(p["w"] for _ in range(p["x"])))({"w": 1.0, "x": 1.5})


def test_ordered_dict() -> None:
    gradient = adjoint.grad(lambda p: p["b"] * p["a"])(OrderedDict(b=2.0, a=3.0))
    assert type(gradient) is OrderedDict and list(gradient.items()) == [("b", 3.0), ("a", 2.0)]


def test_paths() -> None:
    value = {"a": 1, "b": [1, 2], "c": (0.5, {"d": np.arange(2)}), "e": True}
    assert list(integer_paths(value)) == [(0,), (1,), (2, 1, 0)] and not list(integer_paths(3))
    made = as_real_except(value, {(1,)}, as_real)
    assert type(made["a"]) is float and made["b"] is value["b"] and made["c"][1]["d"].dtype == np.float64


def _stored(x):
    x[0] = 2.7
    return x[0] * x[1]


def _stored_within(held):
    held["x"][0] = 2.7
    return held["x"][0] * held["x"][1]


def _stored_in_another(x):
    x = 1.0 * x
    x[0] = 2.7
    return x[0] * x[1]


def test_an_array_of_integers_is_not_written():
    x = np.array([1, 2])
    for function, given in ((_stored, x), (_stored_within, {"x": x})):
        for call in (adjoint.value_and_grad(function), lambda v, f=function: adjoint.vjp(f, v)):
            with pytest.raises(UnsupportedConstruct, match="array of int64"):
                call(given)
    assert adjoint.value_and_grad(_stored)(1.0 * x)[0] == 5.4
    assert adjoint.value_and_grad(_stored_in_another)(x)[0] == 5.4
    assert adjoint.value_and_grad(_stored)([1, 2])[0] == 5.4
