"""Programs by hand: value, gradient, tangent and second order against plain Python and differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adjoint import check_grads, value_and_grad
from tests import support
from tests.programs import arrays, indexing, mixed, scalars

CASES = [
    pytest.param(f, args, id=f"{module.__name__.split('.')[-1]}-{f.__name__}-{number}")
    for module in (scalars, arrays, mixed, indexing)
    for number, (f, args) in enumerate(module.ALL)
]


def _is_single(args: Any) -> bool:
    return any(isinstance(a, np.ndarray) and a.dtype == np.float32 for a in args)


SINGLE = [case for case in CASES if _is_single(case.values[1])]
DOUBLE = [case for case in CASES if not _is_single(case.values[1])]
FIRST_ORDER_ONLY = ("p5", "a19")  # a tolerance that decides the trips; a list argument, refused at order two
NOT_ANALYTIC = ("a10", "a18", "a19")  # math functions, moduli, lists: no complex step for the reference


@pytest.mark.parametrize(("f", "args"), DOUBLE)
def test_first_order(f: Any, args: tuple[Any, ...]) -> None:
    if f.__name__ in NOT_ANALYTIC:
        check_grads(f, args)
    else:
        support.check(f, *args)
    value, _ = value_and_grad(f)(*args)
    assert value == f(*args)


@pytest.mark.parametrize(("f", "args"), [c for c in DOUBLE if c.values[0].__name__ not in FIRST_ORDER_ONLY])
def test_second_order(f: Any, args: tuple[Any, ...]) -> None:
    check_grads(f, args, order=2)


@pytest.mark.parametrize(("f", "args"), SINGLE)
def test_single_precision(f: Any, args: tuple[Any, ...]) -> None:
    value, gradient = value_and_grad(f)(*args)
    assert gradient.dtype == np.float32
    wide = [a.astype(float) if isinstance(a, np.ndarray) else a for a in args]
    np.testing.assert_allclose(gradient, value_and_grad(f)(*wide)[1], rtol=1e-5)
    assert value == f(*args)
