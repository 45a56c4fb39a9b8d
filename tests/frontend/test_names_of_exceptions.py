"""The name of `except ... as e` that the body of the `try` binds as well: it is gone behind the handler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad
from adjoint.errors import AdjointError
from tests.inplace.judge import judge

X = np.array([0.2, 0.7, 1.3])


class Failed(Exception):
    pass


def loop_variable(x, limit):
    u = 1.5 * x
    try:
        if x[0] > limit:
            raise Failed("x")
        for e in (1.1, 1.2):
            u *= e
    except Failed as e:
        pass
    return np.sum(u * x)


def changed_in_a_while(x, limit):
    u = 1.5 * x
    try:
        if x[0] > limit:
            raise Failed("x")
        e = 2.0
        while e > 1.0:
            e *= 0.7
            u *= e
    except Failed as e:
        u *= 2.0
    return np.sum(u * x)


def bound_before(x, limit):
    u = 1.5 * x
    e = 2.0
    try:
        if x[0] > limit:
            raise Failed("x")
        u *= e
    except Failed as e:
        pass
    e = 3.0
    return np.sum(u * x) * e


def bound_in_the_handler(x, limit):
    u = 1.5 * x
    try:
        if x[0] > limit:
            raise Failed("x")
        for e in (1.1, 1.2):
            u *= e
    except Failed as e:
        e = 3.0
        u *= e
    return np.sum(u * x)


def two_handlers(x, limit):
    u = 1.5 * x
    for k in range(3):
        try:
            if x[k] > limit:
                raise Failed("x")
            for e in (1.1, 1.2):
                u *= e
        except Failed as e:
            u *= 2.0
        except ValueError:
            u *= 4.0
    return np.sum(u * x)


PROGRAMS = [loop_variable, changed_in_a_while, bound_before, bound_in_the_handler, two_handlers]


@pytest.mark.parametrize("limit", [0.1, 1.0])
@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
def test_right(function: Callable[..., Any], limit: float) -> None:
    judge(function, (X, limit), (0,))


def read_behind(x):
    e = 2.0
    try:
        if x[0] > 0.1:
            raise Failed("x")
    except Failed as e:  # noqa: F841
        pass
    return np.sum(x) * e


def test_gone_behind_the_handler() -> None:
    with pytest.raises(UnboundLocalError):
        read_behind(X)
    with pytest.raises((AdjointError, UnboundLocalError)):
        grad(read_behind)(X)
