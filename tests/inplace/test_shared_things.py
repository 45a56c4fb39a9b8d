"""Programs that once gave wrong numbers: right now, or refused."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.errors import AdjointError
from tests.inplace import shared_things

X = np.array([0.31, 0.52, 0.93, 0.44])
PROGRAMS = {
    name: held
    for name, held in vars(shared_things).items()
    if isinstance(held, types.FunctionType) and held.__code__.co_varnames[:2] == ("x", "m")
}
RIGHT = (
    "partial_in_a_loop bound_method_in_a_function partial_in_a_condition partial_that_writes bound_method_in_an_object "
    "partial_with_a_keyword partial_of_a_row numbers_of_copies new_array_in_a_copy numbers_of_a_copied_list deep_copy "
    "deep_copy_of_an_object deep_copy_of_a_dict deep_copy_of_lists vars_copied paths_that_are_kept "
    "fibonacci_that_is_kept one_of_two_handed_back turned_or_not one_of_two_in_a_list part_of_one_of_two popped "
    "popped_after_a_branch popped_from_a_deque popped_and_put_back number_scaled number_summed "
    "copies_through_flat_and_masks"
).split()


def _is_right(function: Callable[..., Any]) -> bool:
    """Whether it is differentiated, rightly then; else refused, with a place."""
    expected = function(X.copy(), 2)
    try:
        value, gradient = adjoint.value_and_grad(function)(X.copy(), 2)
    except AdjointError as error:
        assert error.lineno is not None and error.fix
        return False
    assert value == pytest.approx(expected, rel=1e-12)
    slopes = [(function(X + h, 2) - function(X - h, 2)) / 2e-6 for h in 1e-6 * np.eye(4)]
    np.testing.assert_allclose(gradient, slopes, rtol=1e-6, atol=1e-7)
    return True


@pytest.mark.parametrize("name", PROGRAMS)
def test_right_or_refused(name: str) -> None:
    assert _is_right(PROGRAMS[name]) or name not in RIGHT
