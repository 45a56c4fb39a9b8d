"""Gradients, inside of functions, of functions inside that write into their own arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import check_grads, grad, value_and_grad
from adjoint.errors import AdjointError

X = np.array([0.7, 1.3, 0.4])


def of_a_copy(x):
    u = x * 1.0

    def loss(w):
        w[0] += 1.0
        return np.sum(w**3)

    return np.sum(grad(loss)(u) * u)


def with_a_number_taken_along(x):
    c = x[0]

    def loss(w):
        w *= c
        return np.sum(w**3)

    value, slope = value_and_grad(loss)(x)
    return np.sum(slope * x) + value


def in_a_dict(x):
    u = x * 1.0

    def loss(w, d):
        d["a"] *= w
        w[0] += 1.0
        return np.sum(w**3 * d["a"])

    return np.sum(grad(loss)(x * 2, {"a": u.copy()}) * u)


@pytest.mark.parametrize("function", [of_a_copy, with_a_number_taken_along, in_a_dict], ids=lambda f: f.__name__)
def test_right(function: Callable[..., Any]) -> None:
    assert np.isclose(value_and_grad(function)(X)[0], function(X.copy()), rtol=1e-14)
    check_grads(function, (X,))


def test_what_is_around_it_is_not_changed() -> None:
    def changes(x):
        u = x * 1.0

        def loss(w):
            w[0] += 1.0
            u[1] = 3.0
            return np.sum(w**3)

        return np.sum(grad(loss)(x * 2) * u)

    with pytest.raises(AdjointError, match="changes what is around it"):
        grad(changes)(X)
