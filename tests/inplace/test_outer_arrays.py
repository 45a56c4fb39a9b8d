"""Arguments that are written and share memory with what the function reads from outside: refused at the call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.errors import AliasNotProvable

C = np.array([0.4, 0.1, 0.2, 0.3])
HELD = {"c": C}


class Table:
    c = C


def _weighed(x):
    return np.sum(x * C)


def of_a_global(x):
    x[1] *= 3.0
    return np.sum(x * C)


def of_a_dict(x):
    x[1] *= 3.0
    return np.sum(x * HELD["c"])


def of_a_class(x):
    x[1] *= 3.0
    return np.sum(x * Table.c)


def of_a_callee(x):
    x[1] *= 3.0
    return _weighed(x)


def _around(c):
    def of_a_closure(x):
        x[1] *= 3.0
        return np.sum(x * c)

    return of_a_closure


WRITING = (of_a_global, of_a_dict, of_a_class, of_a_callee, _around(C))
MODES: dict[str, Callable[[Any], Callable[[Any], Any]]] = {
    "value_and_grad": adjoint.value_and_grad,
    "in place": lambda f: adjoint.value_and_grad(f, inplace_primal=True),
    "jvp": lambda f: lambda x: adjoint.jvp(f, (x,), (np.ones(4),)),
    "vjp": lambda f: lambda x: adjoint.vjp(f, x),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("function", WRITING, ids=lambda f: f.__name__)
def test_the_same_memory(function: Callable[..., Any], mode: str) -> None:
    for x in (C, C[::-1]):
        with pytest.raises(AliasNotProvable, match="shares memory with"):
            MODES[mode](function)(x)
    np.testing.assert_array_equal(C, [0.4, 0.1, 0.2, 0.3])


@pytest.mark.parametrize("function", WRITING, ids=lambda f: f.__name__)
def test_other_memory(function: Callable[..., Any]) -> None:
    value, gradient = adjoint.value_and_grad(function)(C.copy())
    assert value == pytest.approx(function(C.copy()))
    np.testing.assert_allclose(gradient, C * [1.0, 3.0, 1.0, 1.0])


def only_reading(x):
    return np.sum(x * C)


def test_nothing_is_written() -> None:
    np.testing.assert_allclose(adjoint.grad(only_reading)(C), C)
