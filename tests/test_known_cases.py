"""The programs that gave wrong answers in other tools: each is right, or refused at a place in this file's cases.

`today` in the table is what is expected now. "right" must be right. "refused" may be refused (an `AdjointError` with
file, line and a way out) or already right; it may never be a wrong number or another exception.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.errors import AdjointError
from tests import support
from tests.cases import control_flow, edges, functions, in_place
from tests.cases.case import Case

CASES = [*control_flow.CASES, *in_place.CASES, *functions.CASES, *edges.CASES]


def _gradient(case: Case, args: tuple[Any, ...]) -> tuple[Any, ...]:
    if case.order == 1:
        return adjoint.grad(case.function, wrt=case.wrt)(*args)
    derivative: Callable[..., Any] = case.function
    for _ in range(case.order):
        derivative = adjoint.grad(derivative)
    return (derivative(*args),)


def _expected(case: Case) -> tuple[Any, ...]:
    if case.gradient:
        return case.gradient
    return tuple(support.reference_derivative(case.function, case.args, {position: 1.0})[0] for position in case.wrt)


def _assert_right(case: Case, given: tuple[Any, ...]) -> None:
    expected = _expected(case)
    assert len(given) == len(expected)
    for position, part, wanted in zip(case.wrt, given, expected):
        assert np.shape(part) == np.shape(wanted), f"argument {position}: shape {np.shape(part)}"
        np.testing.assert_allclose(part, wanted, rtol=1e-9, atol=1e-12, err_msg=f"argument {position}")
        assert np.asarray(part).dtype.kind == "f"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_known_case(case: Case, record_property: Callable[[str, object], None]) -> None:
    args = copy.deepcopy(case.args)
    try:
        given = _gradient(case, args)
        again = _gradient(case, args)
    except AdjointError as error:
        assert case.today == "refused", error.report()
        assert error.lineno is not None and error.filename == case.function.__code__.co_filename, error.report()
        assert error.why and error.fix, f"a refusal says why and one way out:\n{error.report()}"
        record_property("outcome", "refused")
        return
    except Exception as error:
        assert case.raises is not None and isinstance(error, case.raises), f"{type(error).__name__}: {error}"
        record_property("outcome", "raised as the program does")
        return
    assert case.raises is None, "the program raises, so must its derivative"
    _assert_right(case, given)
    _assert_right(case, again)
    assert support.unchanged(case.args, args), "the caller's arrays were changed"
    record_property("outcome", "right")


RIGHT_TODAY = [case for case in CASES if case.today == "right" and case.order == 1]


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")  # forward mode under a mask: right, but loud
@pytest.mark.parametrize("case", RIGHT_TODAY, ids=str)
def test_forward_agrees(case: Case) -> None:
    """The tangent along a random direction is the gradient times it."""
    args = copy.deepcopy(case.args)
    rng = np.random.default_rng(4)
    tangents = {i: support.random_like(support.as_real(args[i]), rng) for i in case.wrt}
    value, value_dot = support.forward(case.function, args, tangents)
    expected = support.inner(_expected(case), tuple(tangents.values()))
    np.testing.assert_allclose(value_dot, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(value, case.function(*copy.deepcopy(case.args)))


def test_pullback_answers_from_the_call() -> None:
    """Case 26: the caller changes the array between vjp() and pullback()."""
    x = np.array([1.5, -0.5, 2.0])
    _, pullback = adjoint.vjp(in_place.square_sum, x)
    x[:] = 0.0
    np.testing.assert_allclose(support.flatten(pullback(1.0)), [3.0, -1.0, 4.0])


def test_every_number_is_here() -> None:
    numbers = {case.number for case in CASES} | {26}
    assert numbers == set(range(1, 68))
