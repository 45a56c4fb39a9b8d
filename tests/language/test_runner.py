"""The runner itself: it must notice a wrong number, a changed argument, a lost value, a missing way out."""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from tests.language import numbers, reference, runner
from tests.language.registry import Program

Pair = namedtuple("Pair", "a b")


class Box:
    def __init__(self, v: Any, name: str) -> None:
        self.v, self.name = v, name


def cube(x: float) -> float:
    return x**3


def a_program(function: Callable[..., Any] = cube, args: tuple[Any, ...] = (0.7,)) -> Program:
    return Program(function.__name__, "here", function, args, {}, 0, ())


def fake(monkeypatch: pytest.MonkeyPatch, answer: Callable[..., Any]) -> runner.Outcome:
    """The outcome when `value_and_grad` gives this answer."""
    monkeypatch.setattr(adjoint, "value_and_grad", lambda function, wrt: answer)
    return runner.run(a_program())


def test_right() -> None:
    assert runner.run(a_program()).verdict == "right"


def test_wrong_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fake(monkeypatch, lambda x: (x**3, 3.0001 * x * x)).verdict == "wrong"


def test_wrong_value(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fake(monkeypatch, lambda x: (math.nextafter(x**3, 2.0), 3.0 * x * x)).verdict == "wrong"


def test_wrong_structure(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fake(monkeypatch, lambda x: (x**3, np.array([3.0 * x * x]))).verdict == "wrong"


def test_any_other_exception_is_obscure(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(x: float) -> None:
        raise KeyError("inner")

    assert fake(monkeypatch, fails).verdict == "obscure"


def test_refusal_needs_a_place_and_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(x: float) -> None:
        raise adjoint.AdjointError("no", fix="write it otherwise")

    assert fake(monkeypatch, refuses).verdict == "obscure"


def test_changed_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    def changes(p: list[float]) -> tuple[float, list[float]]:
        value = p[0] ** 2
        gradient = [2.0 * p[0]]
        p.append(1.0)
        return value, gradient

    def first_squared(p: list[float]) -> float:
        return p[0] ** 2

    monkeypatch.setattr(adjoint, "value_and_grad", lambda function, wrt: changes)
    outcome = runner.run(a_program(first_squared, ([0.7],)))
    assert (outcome.verdict, outcome.reason) == ("wrong", "an argument was changed")


def test_numbers_of_containers() -> None:
    value = {"p": Pair(1.0, [2.0, 7]), "v": np.array([[3.0]]), "box": Box(4.0, "n"), "none": None}
    assert numbers.vector(value).tolist() == [1.0, 2.0, 3.0, 4.0]
    other = numbers.with_numbers(value, 10.0 * numbers.vector(value))
    assert numbers.vector(other).tolist() == [10.0, 20.0, 30.0, 40.0]
    assert other["box"].name == "n" and other["p"].b[1] == 7 and isinstance(other["p"], Pair)
    tangent = numbers.cotangent(value, np.arange(4.0))
    assert tangent["p"].b == [1.0, None] and tangent["box"].name is None
    assert numbers.read_like(tangent, value).tolist() == [0.0, 1.0, 2.0, 3.0]
    assert numbers.same(value, numbers.with_numbers(value, numbers.vector(value)))
    assert not numbers.same(value, other)


def test_none_for_a_number_is_a_wrong_structure() -> None:
    with pytest.raises(numbers.WrongStructure):
        numbers.read_like((None, 1.0), (0.5, 0.5))
    with pytest.raises(numbers.WrongStructure):
        numbers.read_like([1.0], (0.5,))


def test_reference() -> None:
    found, doubt = reference.gradient(lambda v: float(np.abs(v[0].real)) * v[1].real, np.array([-0.5, 2.0]))
    assert doubt < 1e-9
    np.testing.assert_allclose(found, [-2.0, 0.5], rtol=1e-10)
