"""Programs that once gave wrong numbers: right now, or refused."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.errors import AdjointError
from tests.inplace import (
    counted,
    edges,
    given_back,
    grown,
    late,
    lazily,
    maybe_none,
    overlaps,
    pairs,
    plain_objects,
    reordered,
    rows_of_lists,
    shared_things,
    walks,
)

X = np.array([0.31, 0.52, 0.93, 0.44])
MODULES = (
    shared_things, counted, edges, given_back, grown, late, lazily, maybe_none, overlaps, pairs, plain_objects,
    reordered, rows_of_lists, walks,
)  # fmt: skip
PROGRAMS = {
    name: held
    for module in MODULES
    for name, held in vars(module).items()
    if isinstance(held, types.FunctionType) and held.__code__.co_varnames[:2] == ("x", "m")
    if held.__module__ == module.__name__ and held.__code__.co_argcount >= 2
}
RIGHT = (
    "walked_by_two rows_walked_by_two item_written_in_a_loop pairs_of_particles columns "
    "steps_of_particles particles_in_order largest_particle objects_with_an_order copies_of_particles "
    "kinds_of_particles sums_of_attributes number_of_a_dict_added_to number_of_a_list_added_to "
    "zeros_of_its_dtype numbers_of_its_dtype sums_of_its_dtype list_and_array_added items_and_array_added "
    "partial_in_a_loop bound_method_in_a_function partial_in_a_condition partial_that_writes "
    "bound_method_in_an_object partial_with_a_keyword partial_of_a_row numbers_of_copies new_array_in_a_copy "
    "numbers_of_a_copied_list deep_copy deep_copy_of_an_object deep_copy_of_a_dict deep_copy_of_lists vars_copied "
    "paths_that_are_kept fibonacci_that_is_kept one_of_two_handed_back turned_or_not one_of_two_in_a_list "
    "part_of_one_of_two popped popped_after_a_branch popped_from_a_deque popped_and_put_back number_scaled "
    "number_summed copies_through_flat_and_masks nothing_taken shorter_through_flat shorter_diagonal nothing_put "
    "nothing_stored nothing_put_under_a_mask shorter_in_steps diagonal_through_flat diagonal_of_a_matrix "
    "list_through_flat bounds_exchanged bounds_exchanged_of_a_number bound_of_its_own one_bound "
    "known_bounds_exchanged bounds_of_its_own slice_given one_of_two_slices slice_carried slices_returned "
    "slice_in_an_object slice_in_a_returned_object slice_in_a_returned_dict slice_written slices_stored_at "
    "bounds_of_a_slice slice_of_a_lambda slice_and_number windows block_is_a_copy own_dtype "
    "saved_in_an_earlier_pass none_before_the_first_pass rolled_back exchanged_with_an_earlier_pass "
    "saved_in_a_while_loop in_a_dict_of_a_later_pass bound_in_inner_loops dtype_of_one_kind "
    "integers_that_become_real_in_a_helper complex_in_a_helper started_from_what_is_known system_of_what_is_known "
    "equation_of_its_own_start start_as_an_argument part_of_what_is_known initial_values_of_their_own "
    "total_of_an_object numbers_of_two_passes "
    "dtype_in_a_differentiated_function dtype_in_a_lambda dtype_in_a_try "
    "raised_beside_stores raised_by_a_function_that_stores stores_that_fit number_in_two_attributes "
    "sum_in_two_attributes_of_a_function number_given_back_twice "
    "item_scaled view_in_an_attribute changed_without_a_test changed_by_a_method asserted "
    "bound_in_the_first_pass value_given_to_a_function attribute_given_to_a_function "
    "item_of_a_tuple_given_to_a_function stored_from_the_second_pass part_then_the_whole item_that_is_a_part "
    "mapped_buffer reduced_as_they_come added_up_as_they_come "
    "sum_of_one_buffer sum_of_what_changes numbers_that_count list_of_what_changes mapped_over_two_lists "
    "mapped_in_a_loop slope_in_a_function slope_returned slope_of_a_number slope_that_is_solved slope_of_a_slope "
    "slope_in_a_dict "
    "popped_item_of_another_list popped_twice_there gradient_of_what_it_captures gradient_at_one_array_twice "
    "unpacked_items popped_from_a_dict row_returned_in_a_loop row_only_read gradient_at_a_view "
    "gradient_of_a_named_function descent_inside descent_from_itself sorted_part_in_a_loop least_at_in_a_loop "
    "summed_into_itself nothing_stored_in_a_slice nothing_indexed largest_of_two largest_in_a_function "
    "best_row_in_a_loop multiplied_at_itself power_at_positions product_into_itself dot_into_itself "
    "many_into_themselves taken_into_itself added_at_itself put_into_itself masked_into_itself chosen_into_itself "
    "compressed_into_itself summed_into_a_row reduced_into_a_row put_along_itself multiplied_at_a_number "
    "multiplied_twice_at power_of_an_item root_of_an_item sqrt_of_an_item square_at sqrt_at power_at_a_range "
    "power_at_alone roots_in_an_array roots_of_an_argument sum_of_roots root_of_a_root root_without_a_loop "
    "loop_over_nothing sum_of_maybe_nothing array_of_nothing_unread sum_after_an_empty_loop lists_of_nothing "
    "comprehension_of_nothing sums_of_nothing default_of_nothing first_of_maybe_nothing joined_with_nothing "
    "grown_from_nothing exchanged_on_a_path not_exchanged turned_or_reversed put_in_a_loop ordered_by_size under_keys "
    "unpacked_behind_a_path plain_number_of_a_dict object_with_an_array_that_others_have table_of_logarithms rows_of_nothing "
    "arrays_summed orthogonal slices_of_views slices_of_copies rows_of_views property_that_is_a_view "
    "property_that_is_a_copy property_that_is_a_list beside_a_global "
    "total_of_a_closure places_in_rows "
    "kicked_by_a_function kicked_with_itself kicked_from_the_end changed_after_the_call read_before_the_call "
    "attributes_exchanged_anew arrays_of_a_list arrays_of_attributes dicts_of_a_list lists_of_a_list "
    "rows_that_a_function_changes appended_one_by_one made_by_a_function beside_the_rest parts_of_a_list all_pairs "
    "neighbours parts_that_end_early combined two_items_and_an_array_of_one two_items_behind_an_array "
    "items_of_two_lists two_items_and_their_list two_items_and_rows "
    "flat flat_part flat_and_counted elements_of_a_matrix first_items items_rebound filled_up pairs pairs_made_before "
    "orders products pairs_of_rows repeated_and_scaled products_made_before pairs_backwards orders_of_a_function "
    "pairs_of_a_list_backwards row_in_a_loop row_under_a_name rows_of_rows row_counted_and_cut rows_side_by_side "
    "rows_of_a_known_list rows_in_attributes rows_in_dicts blocks_of_rows rows_given_to_functions rows_unpacked "
    "rows_joined named_before_the_loop activations_in_a_dict activations_of_an_object grown_until_it_is_long "
    "parameters_in_one_vector items_in_one_vector as_many_as_are_met "
    "pulled_by_all pulled_by_the_others pulled_but_by_itself sum_of_rows_added_to_each grown_by_a_function "
    "grown_in_a_comprehension state_that_is_kept state_beside_one_that_changes state_of_an_object "
    "length_of_what_a_path_changes copied_row_put_on_the_diagonal divided_where_it_can_be "
    "scaled_under_a_row_of_a_mask"
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


def test_objects_are_not_handed_out() -> None:
    """What stands for an object of a plain class in a list of run-time length stays inside."""
    with pytest.raises(AdjointError, match="returns a container"):
        adjoint.vjp(plain_objects.made, X, 2)


def test_every_name_is_that_of_a_program() -> None:
    assert set(RIGHT) <= set(PROGRAMS)
