"""Signature keys, real integers, watched globals, loading: what stands between a call and the emitted function."""

from __future__ import annotations

import inspect
import linecache
import math
import traceback
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import call_checks
from adjoint.dependencies import watches_of
from adjoint.runtime.dispatch import Dispatcher, Specialization, Watch, as_real, key_of
from adjoint.runtime.load import load

ONE, MANY = np.ones((1, 3)), np.ones((2, 3))


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (1.0, 2.0, True),
        (1, True, False),
        (1, 1.0, False),
        (1.0, np.float64(1.0), False),
        (MANY, np.ones((5, 7)), True),
        (MANY, ONE, False),
        (MANY, MANY.astype(np.float32), False),
        (MANY, np.ones(3), False),
        (np.ones((1, 3)), np.ones((1, 4)), True),
        (np.ones((1, 3)), np.ones((3, 1)), False),
        ((1.0, 2), (3.0, 4), True),
        ((1.0, 2), (3.0, 4.0), False),
        ([1.0, 2.0], [3.0], True),
        ([1.0], [1], False),
        (math.sin, math.cos, False),
        (math.sin, math.sin, True),
        ("a", "".join(["a"]), True),
        ("a", "b", False),
        (True, True, True),
        (True, False, False),
        (None, None, True),
        (np.dtype("f8"), np.dtype("f4"), False),
    ],
)
def test_keys(a: Any, b: Any, same: bool) -> None:
    assert (key_of(a) == key_of(b)) is same
    assert hash(key_of(a)) is not None


def test_as_real() -> None:
    assert type(as_real(3)) is float and type(as_real(np.int32(3))) is np.float64
    assert as_real(np.arange(3)).dtype == np.float64 and as_real([1, (2, 3.0)]) == [1.0, (2.0, 3.0)]
    assert as_real(True) is True and as_real("n") == "n"
    floats = np.ones(3, np.float32)
    assert as_real(floats) is floats


def specialization(source: str, name: str, watches: list[Watch], **bindings: Any) -> Specialization:
    function = load(source, name, bindings, name)
    return Specialization(function, function, source, None, watches)


def test_dispatch_specialises_once_per_key() -> None:
    made = []

    def specialize(args: list[Any]) -> Specialization:
        made.append(list(args))
        return specialization("def f(x, n):\n    return x * n\n", "f", [])

    dispatcher = Dispatcher(specialize, 2, (0,))
    for args in ([2, 3], [2.0, 4], [np.arange(3), 2], [np.ones(5), 2]):
        dispatcher.entry(args).call(*args)
    assert len(made) == 2 and type(made[0][0]) is float


def test_a_changed_global_number_is_read_live_and_a_changed_kind_respecialises() -> None:
    user = {"scale": 2.0}
    count = 0

    def specialize(args: list[Any]) -> Specialization:
        nonlocal count
        count += 1
        source = "def f(x):\n    return x * scale\n"
        return specialization(source, "f", [Watch(user, "scale", user["scale"], live=True)], scale=user["scale"])

    dispatcher = Dispatcher(specialize, 1, (0,))

    def run(x: float) -> Any:
        return dispatcher.entry([x]).call(x)

    assert run(3.0) == 6.0
    user["scale"] = 5.0
    assert run(3.0) == 15.0 and count == 1
    user["scale"] = 5  # an int is not a float
    assert run(3.0) == 15 and count == 2
    del user["scale"]
    with pytest.raises(KeyError):
        run(3.0)


def test_load_shows_its_lines() -> None:
    function = load("def broken(x):\n    return x / zero\n", "broken", {"zero": 0}, "broken!")
    assert "return x / zero" in inspect.getsource(function)
    with pytest.raises(ZeroDivisionError) as caught:
        function(1)
    assert "return x / zero" in "".join(traceback.format_tb(caught.value.__traceback__))
    again = load("def broken(x):\n    return x / zero\n", "broken", {"zero": 1}, "broken!")
    assert again.__code__.co_filename == function.__code__.co_filename and again(2) == 2.0
    assert function.__code__.co_filename in linecache.cache


def test_load_writes_real_files_on_demand(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADJOINT_CACHE_DIR", str(tmp_path / "deep"))
    function = load("def g(x):\n    return x\n", "g", {}, "g")
    (file,) = (tmp_path / "deep").iterdir()
    assert function.__code__.co_filename == str(file) and file.read_text() == "def g(x):\n    return x\n"
    monkeypatch.setenv("ADJOINT_CACHE_DIR", str(file))  # not a directory: the pseudo-file serves
    assert load("def h(x):\n    return x\n", "h", {}, "h")(1) == 1


SCALE, SHIFT = 2.5, 1.5


def helper(x: float) -> float:
    return x * SCALE


def uses_helper(x: float) -> float:
    return helper(x) + SHIFT + np.sin(x)


def test_everything_a_function_mentions_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    watches = {watch.name: watch for watch in watches_of(uses_helper, {"SCALE": SCALE})}
    assert set(watches) == {"helper", "SCALE", "SHIFT"}
    assert watches["SCALE"].live and not watches["SHIFT"].live and not watches["helper"].live


def test_closure_variables_are_watched() -> None:
    factor = 3.25

    def f(x: float) -> float:
        return x * factor

    (watch,) = watches_of(f, {"factor": factor})
    assert watch.live and watch.namespace.get("factor") == 3.25
    factor = 4.25
    assert watch.namespace.get("factor") == 4.25


class Base:
    factor = 2.0

    def value(self) -> float:
        return SCALE * self.factor

    def unused(self) -> float:
        return SHIFT


class Model(Base):
    @property
    def twice(self) -> float:
        return 2.0 * self.value()

    def __add__(self, other: float) -> float:
        return other


def uses_model(model: Model) -> float:
    return model.twice


def test_members_of_classes_are_watched() -> None:
    watches = {watch.name: watch for watch in watches_of(uses_model, {}, [Model])}
    assert set(watches) == {"twice", "value", "factor", "SCALE", "__add__"}
    assert watches["factor"].namespace.get("factor") == 2.0 and not watches["factor"].live


def doubled(x: np.ndarray, y: np.ndarray) -> float:
    x *= 2.0
    return np.sum(x * y)


def test_a_signature_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes longer to read than many derivatives take to run."""
    gradient = adjoint.grad(doubled)
    first = gradient(np.ones(2), np.ones(2))
    monkeypatch.delattr(call_checks, "parameters_of")
    assert gradient(np.ones(2), np.ones(2)).tolist() == first.tolist() == [2.0, 2.0]
    shared = np.ones(2)
    with pytest.raises(adjoint.AdjointError, match="share memory"):
        gradient(shared, shared)
