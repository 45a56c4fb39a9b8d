"""Programs the compiler makes: they print, parse back, verify, and evaluate to what the emitted code returns."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint.derivative import Derivative, differentiable
from adjoint.ir.evaluate import evaluate
from adjoint.ir.parser import parse_function
from adjoint.ir.printer import print_function, print_with_statics
from adjoint.ir.verify import verify

GAIN = 1.5


def loops(x, n=3):
    total = 0.0
    for i in range(n):
        for j in range(i, 2 * n, 2):
            if total > 40.0:
                break
            if j == 1:
                continue
            total += x * j + GAIN
        else:
            total = total * x
        if total < -10.0:
            return total
    return total


def early(x):
    y = x
    while True:
        y = y * x
        if y > 50.0:
            return math.sin(y)
        if y < 1e-3:
            break
    return y


def network(w, b, x):
    h = np.tanh(x @ w + b)
    return np.sum(h[1:, :2] ** 2) / h.size


def power(x, n):
    return x if n <= 1 else x * power(x, n - 1)


def checked(x):
    assert x > 0.0, "positive"
    if x > 100.0:
        raise ValueError("too large", 100)
    return np.log(x)


W = np.linspace(-1.0, 1.0, 6).reshape(2, 3)
CASES: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "loops": (loops, (1.25, 4)),
    "loops at zero": (loops, (1.25, 0)),
    "early": (early, (1.7,)),
    "early small": (early, (0.2,)),
    "network": (network, (W, np.ones(3), np.ones((4, 2)))),
    "power": (power, (1.5, 4)),
    "checked": (checked, (2.5,)),
}
ORDERS = {"primal": (), "grad": ("grad",), "jvp": ("jvp",), "vjp": ("vjp",), "jvp of grad": ("grad", "jvp")}


def program_of(
    function: Callable[..., Any], kinds: tuple[Any, ...], args: tuple[Any, ...]
) -> tuple[Any, Any, list[Any]]:
    made: Derivative[..., Any] = differentiable(function)
    values = list(args)
    for kind in kinds:
        made = made.derive(kind)
        values += [np.ones_like(args[0]) if isinstance(args[0], np.ndarray) else 1.0] * (kind == "jvp")
        values += [1.0] * (kind == "vjp")
    entry = made._dispatcher.entry(list(args))
    return entry.program, entry.call, values


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", CASES)
def test_round_trip_and_evaluation(name: str, order: str) -> None:
    function, args = CASES[name]
    program, call, values = program_of(function, ORDERS[order], args)
    verify(program)
    text, statics = print_with_statics(program)
    parsed = parse_function(text, {"GAIN": GAIN, **statics})
    verify(parsed)
    assert print_function(parsed) == print_function(program)
    expected = call(*values)
    np.testing.assert_equal(evaluate(program, values), expected)
    np.testing.assert_equal(evaluate(parsed, values), expected)


def test_exceptions_are_the_same() -> None:
    program, _, _ = program_of(checked, (), (2.5,))
    for value in (-1.0, 200.0):
        with pytest.raises((AssertionError, ValueError)) as expected:
            checked(value)
        with pytest.raises(expected.type) as found:
            evaluate(program, [value])
        assert found.value.args[0] in str(expected.value.args[0])  # pytest itself adds to the message of an assert
