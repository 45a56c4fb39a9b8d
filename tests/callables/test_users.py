"""Small programs as people write them: both modes, the Hessian along a direction, and the value with the gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adjoint
from tests.callables import judge, users


@pytest.mark.parametrize("case", range(len(users.LOSSES)), ids=[f.__name__ for f, _ in users.LOSSES])
def test_program(case: int) -> None:
    f, args = users.LOSSES[case]
    if isinstance(args[0], dict):
        adjoint.check_grads(f, args, order=2)
        return
    judge.check(f, args)
    judge.check_second(f, args)
    value, gradient = adjoint.value_and_grad(f, wrt=judge.moved(args))(*args)
    assert value == f(*args) and type(value) is type(f(*args))
    assert [np.shape(part) for part in gradient] == [np.shape(args[i]) for i in judge.moved(args)]


def test_windows_along_several_axes_do_not_need_their_shape() -> None:
    source: Any = adjoint.grad(users.convolution)
    source(users.IMAGE, np.ones((3, 3)))
    assert "unbroadcast" not in source.source
