"""What containers and objects from outside hold is looked at in each call: nothing stale is used."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from adjoint import grad, jvp, vjp

X = np.array([0.5, 1.2])
TABLE: dict[str, Any] = {}
LAYERS: list[Any] = []
SETTINGS = SimpleNamespace(mode="a")


class Model:
    def __init__(self) -> None:
        self.mode = "a"
        self.limit: float | None = None
        self.act: Callable[[Any], Any] = np.sin

    def step(self, u):
        return u * (2.0 if self.mode == "a" else 7.0)


MODEL = Model()


@pytest.fixture(autouse=True)
def _as_before() -> None:
    TABLE.clear()
    TABLE.update(scheme="up", clip=None, function=np.sin)
    LAYERS[:] = [np.array([2.0, 3.0])]
    SETTINGS.mode = "a"
    vars(MODEL).update(vars(Model()))


def by_string(x):
    return np.sum(x * (2.0 if TABLE["scheme"] == "up" else 1.0))


def by_none(x):
    return np.sum(x if TABLE["clip"] is None else x * TABLE["clip"])


def by_function(x):
    return np.sum(TABLE["function"](x))


def by_key(x):
    return np.sum(x * (2.0 if "extra" in TABLE else 1.0))


def by_layers(x):
    for w in LAYERS:
        x = x * w
    return np.sum(x)


def by_method(x):
    return np.sum(MODEL.step(x))


def by_attribute(x):
    return np.sum(MODEL.act(x))


def by_namespace(x):
    return np.sum(x * (2.0 if SETTINGS.mode == "a" else 5.0))


CHANGES: dict[Callable[[Any], Any], Callable[[], Any]] = {
    by_string: lambda: TABLE.update(scheme="down"),
    by_none: lambda: TABLE.update(clip=3.0),
    by_function: lambda: TABLE.update(function=np.exp),
    by_key: lambda: TABLE.update(extra=1),
    by_layers: lambda: LAYERS.append(np.array([10.0, 10.0])),
    by_method: lambda: setattr(MODEL, "mode", "b"),
    by_attribute: lambda: setattr(MODEL, "act", np.exp),
    by_namespace: lambda: setattr(SETTINGS, "mode", "b"),
}


@pytest.mark.parametrize("function", CHANGES, ids=lambda f: f.__name__)
def test_changes_are_seen(function: Callable[[Any], Any]) -> None:
    gradient = grad(function)
    for change in (lambda: None, CHANGES[function]):
        change()
        slopes = [(function(X + h) - function(X - h)) / 2e-6 for h in 1e-6 * np.eye(2)]
        np.testing.assert_allclose(gradient(X), slopes, rtol=1e-6)
        value, slope = jvp(function, (X,), (X,))
        assert value == pytest.approx(function(X)) and slope == pytest.approx(np.dot(slopes, X), rel=1e-6)
        assert vjp(function, X)[0] == pytest.approx(function(X))


def test_closures() -> None:
    options = {"mode": "a"}

    def function(x):
        return np.sum(x * (2.0 if options["mode"] == "a" else 1.0))

    gradient = grad(function)
    np.testing.assert_allclose(gradient(X), [2.0, 2.0])
    options["mode"] = "b"
    np.testing.assert_allclose(gradient(X), [1.0, 1.0])


def test_other_methods_of_a_class(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = grad(by_method)
    np.testing.assert_allclose(gradient(X), [2.0, 2.0])
    monkeypatch.setattr(Model, "step", lambda self, u: u * 100.0)
    np.testing.assert_allclose(gradient(X), [100.0, 100.0])


NOTHING = None


def clipped(x):
    return np.sum(np.clip(x, NOTHING, 0.9))


def weighted(x, weights=None):
    return np.sum(np.average(x, weights=weights) * x)


@pytest.mark.parametrize("function", [clipped, weighted])
def test_none_under_a_name(function: Callable[..., Any]) -> None:
    x = np.array([0.4, 0.95, 0.7])
    slopes = [(function(x + h) - function(x - h)) / 2e-6 for h in 1e-6 * np.eye(3)]
    np.testing.assert_allclose(vjp(function, x)[1](1.0)[0], slopes, rtol=1e-6)
