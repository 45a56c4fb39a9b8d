"""The stages in their order: the table of contents of the compiler.

lower          user's function -> IR        capture, fence, lowering with types
differentiate  IR -> IR                     simplify, derivative, simplify
emit           IR -> Python source          ownership, names, printing
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from adjoint.derive.calls import Tidy
from adjoint.derive.checkpoint import take_loops_apart
from adjoint.derive.refusals import place_of
from adjoint.derive.transform import forward_and_backward, forward_derivative, reverse_derivative
from adjoint.emit.python import Emitted, emit_module
from adjoint.errors import NotDifferentiable, UnsupportedConstruct
from adjoint.frontend.lower import lower as lower_function
from adjoint.ir import ops as _ops  # noqa: F401  (fills the table of operations)
from adjoint.ir.core import Function, clone_function, walk
from adjoint.ir.types import Array, Scalar, Tuple, Type, is_complex, is_differentiable, rank_of
from adjoint.ir.verify import verify
from adjoint.options import Transform
from adjoint.passes.algebra import simplify_algebra
from adjoint.passes.cancelled import hold_cancelled
from adjoint.passes.cleared_places import set_cleared
from adjoint.passes.common_factors import share_factors
from adjoint.passes.constants import fold_known, take_known_branches
from adjoint.passes.cse import merge_common
from adjoint.passes.dce import eliminate_dead
from adjoint.passes.dots import sum_by_dots
from adjoint.passes.fresh_buffers import copy_kept_buffers
from adjoint.passes.gathered_sums import gather_sums
from adjoint.passes.hoisted import hoist
from adjoint.passes.inline import inline_rules, inline_tiny_calls
from adjoint.passes.inverses import solve_by_inverses
from adjoint.passes.item_loops import loop_over_items
from adjoint.passes.items import forward_items
from adjoint.passes.joined_branches import join_branches
from adjoint.passes.joined_sums import join_sums
from adjoint.passes.kept import drop_unread_kept, unwrap_kept
from adjoint.passes.kept_shapes import keep_shapes
from adjoint.passes.lending import lend_arrays
from adjoint.passes.list_places import forward_places
from adjoint.passes.matrices import simplify_matrices
from adjoint.passes.missing_arguments import find_missing, mark_missing
from adjoint.passes.narrow_numbers import narrow_numbers
from adjoint.passes.nesting import nest_stores
from adjoint.passes.overwritten import scale_overwritten
from adjoint.passes.ownership import elide_copies, own_buffers
from adjoint.passes.padded_sums import pad_sums
from adjoint.passes.placed_products import place_products
from adjoint.passes.plain_containers import make_plain
from adjoint.passes.reads_first import read_first
from adjoint.passes.rearrange import rearrange
from adjoint.passes.refill import refill
from adjoint.passes.returned_dtypes import cast_returned
from adjoint.passes.running_totals import total_lists
from adjoint.passes.scaled_places import scale_places
from adjoint.passes.schedule import schedule_carries
from adjoint.passes.shared_choices import share_choices
from adjoint.passes.shared_quotients import share_quotients
from adjoint.passes.shifted_places import border_places
from adjoint.passes.signatures import trim_signatures
from adjoint.passes.spread import spread_multiples
from adjoint.passes.stopped import unwrap_stopped
from adjoint.passes.stored_views import read_stored, unname_stored
from adjoint.passes.stores import drop_overwritten
from adjoint.passes.sure_dtypes import drop_questions, name_dtypes, rounding_store, unsure_dtype
from adjoint.passes.turned_reads import read_untransposed
from adjoint.passes.uniform import spread_numbers
from adjoint.passes.unread import drop_unread
from adjoint.passes.untouched import settle_zeros
from adjoint.passes.write_back import write_where_it_is
from adjoint.passes.zero_carries import drop_zero_carries

Pass = Callable[[Function], None]

CALLED = ("callee", "_in_parts")
"""The attrs that hold functions."""

VERIFY = bool(os.environ.get("ADJOINT_VERIFY"))
"""Check the IR after every pass (the tests do)."""


def lower(
    function: Any, arg_types: Sequence[Type], source: str | None = None, *, returns_left: bool = False
) -> Function:
    """The function specialised to argument types, simplified. Also takes a `Derivative`.

    With `returns_left` it returns a pair: its result, and what it leaves in the arrays that it writes into.
    """
    nested = getattr(function, "__adjoint_lower__", None)
    if nested is not None:
        lowered: Function = nested(arg_types, None)
        _refuse_unsure(program_functions(lowered))
        return lowered
    ir = lower_function(function, arg_types, source=source, returns_left=returns_left)
    parts = program_functions(ir)
    _refuse_unsure(parts)
    _refuse_rounding(parts)
    for part in parts:
        drop_questions(part)
    _run(ir, [nest_stores, read_stored, read_untransposed, eliminate_dead, drop_overwritten, eliminate_dead])
    return ir


def _refuse_unsure(functions: Sequence[Function]) -> None:
    found = unsure_dtype(functions)
    if found is not None:
        function, asked = found
        raise UnsupportedConstruct(
            "the dtype of an array is asked for that has another dtype on another path, or in another pass of a loop",
            place=place_of(asked.line, function.filename),
            why="what it decides is decided before the run",
            fix="give the array one dtype on all paths, or name the dtype: `np.float64`",
        )


def _refuse_rounding(functions: Sequence[Function]) -> None:
    found = rounding_store(functions)
    if found is not None:
        function, store = found
        refusal = UnsupportedConstruct(
            "a real number is stored into an array that is of integers on a path, or in a pass of a loop",
            place=place_of(store.line, function.filename),
            why="it is rounded there, and its derivative is lost",
            fix="make the array of floats from the start: `np.zeros(n)`, `.astype(float)`",
        )
        refusal.rounds = True
        raise refusal


def _run(function: Function, passes: Sequence[Pass]) -> None:
    for step in passes:
        step(function)
    if VERIFY:
        verify(function)


def _then(function: Function, step: Pass, follow: Pass) -> None:
    """A pass, and where it changed something the one that tidies up behind it."""
    before = [operand for op in walk(function.body) for operand in op.operands]
    step(function)
    if before != [operand for op in walk(function.body) for operand in op.operands]:
        follow(function)


def _before_residuals(function: Function) -> None:
    """Simplify forward and reverse sweep together; the reverse sweep may still read values out of loops."""
    inline_rules(function)
    first = (forward_items, forward_places, drop_zero_carries, spread_numbers, merge_common)
    for step in (*first, refill, join_sums, rearrange, simplify_algebra, merge_common):
        step(function)
    _then(function, take_known_branches, simplify_algebra)
    _then(function, simplify_matrices, merge_common)
    share_choices(function)
    eliminate_dead(function)


def _after(function: Function) -> None:
    inline_rules(function)
    _run(function, [forward_items, forward_places, merge_common, rearrange, simplify_algebra, merge_common])
    _then(function, take_known_branches, simplify_algebra)
    _then(function, simplify_matrices, merge_common)
    _run(function, [solve_by_inverses, eliminate_dead, elide_copies, name_dtypes])


def simplify(function: Function) -> Function:
    """The same function, simplified in place."""
    _after(function)
    return function


TIDY = Tidy(_before_residuals, _after)


def differentiate(primal: Function, transform: Transform) -> Function:
    """The derivative of a simplified function, simplified. Raises AdjointError."""
    _check_arguments(primal, transform)
    try:
        return _derivative(primal, transform)
    except NotImplementedError as missing:
        what, line = (*missing.args, None)[:2]
        raise UnsupportedConstruct(
            f"{what} has no derivative yet",
            place=place_of(line, primal.filename),
            why="the cotangents of such a value cannot be added up",
            fix="use an array, or read its items into variables first",
        ) from None


def _derivative(primal: Function, transform: Transform) -> Function:
    primal = _inlined(primal)
    if transform.kind == "jvp":
        return forward_derivative(primal, transform.wrt, TIDY)
    if transform.memory is not None:
        for function in program_functions(primal):
            _run(function, [total_lists])
    take_loops_apart(program_functions(primal), transform.memory, _split)
    if transform.kind != "pullback" and transform.kind != "vjp":
        _check_scalar(primal, transform)
    with_value = transform.has_aux or transform.kind in ("value_and_grad", "vjp")
    suffix = {"grad": "grad", "value_and_grad": "value_and_grad", "vjp": "vjp", "pullback": "pullback"}[transform.kind]
    made = reverse_derivative(
        primal,
        transform.wrt,
        TIDY,
        name=f"{primal.name}_{suffix}",
        single=transform.single,
        with_value=with_value,
        with_seed=transform.kind in ("vjp", "pullback"),
        has_aux=transform.has_aux,
        holomorphic=transform.holomorphic,
    )
    cast_returned(program_functions(made), made, with_value)
    return made


def _inlined(primal: Function) -> Function:
    """A copy of the program in which tiny functions stand where they were called."""
    made = clone_program(primal)
    for function in program_functions(made):
        drop_questions(function)  # of a function that is differentiated inside of another one
    inline_tiny_calls(made)
    trim_signatures(program_functions(made))
    inline_tiny_calls(made)
    for function in program_functions(made):
        _run(function, [fold_known, eliminate_dead, nest_stores, read_stored, read_untransposed, eliminate_dead])
        _run(function, [drop_overwritten, eliminate_dead, hold_cancelled])
    return made


def _split(function: Function, wrt: Sequence[int]) -> tuple[Function, Function]:
    return forward_and_backward(function, wrt, TIDY)


def split(primal: Function, wrt: Sequence[int]) -> tuple[Function, Function]:
    """A forward function (result, residuals) and a backward function (residuals, cotangent). Raises AdjointError."""
    _check_arguments(primal, Transform("vjp", tuple(wrt), False))
    primal = _inlined(primal)
    take_loops_apart(program_functions(primal), None, _split)
    forward, backward = forward_and_backward(primal, wrt, TIDY)
    functions = [*program_functions(forward), *program_functions(backward)]
    for function in functions:  # which are printed apart: what is kept stays as it is
        for op in walk(function.body):
            op.attrs.pop("_pair", None)
    name_dtypes(*functions)
    cast_returned(functions, backward, False)
    return forward, backward


def _check_arguments(primal: Function, transform: Transform) -> None:
    for index in transform.wrt:
        argument = primal.args[index]
        if not is_differentiable(argument.type):
            raise NotDifferentiable(
                f"{primal.name} cannot be differentiated with respect to {argument.name!r}",
                why=f"it is {argument.type}, not a floating-point number or array",
                fix="name another argument in `wrt`",
            )


def _check_scalar(primal: Function, transform: Transform) -> None:
    result = primal.result_type
    if transform.has_aux and isinstance(result, Tuple):
        result = result.items[0]
    if isinstance(result, Scalar | Array) and not rank_of(result) and is_complex(result) == transform.holomorphic:
        return
    what = f"an array of shape {_shape_text(result)}" if isinstance(result, Array) else f"{result}"
    raise NotDifferentiable(
        f"{transform.kind} needs a function with one real result; {primal.name} returns {what}",
        why="a gradient is the derivative of a single number",
        fix=f"use jacobian({primal.name}), vjp({primal.name}, ...) or elementwise_grad({primal.name}), or return a sum",
    )


def _shape_text(result: Array) -> str:
    dims = ", ".join("?" if dim is None else str(dim).rstrip("?") for dim in result.shape)
    return f"({dims}{',' if result.rank == 1 else ''})"


def emit(function: Function, *, target: str = "python", is_cached: bool = False) -> Emitted:
    """Readable source for the function and the functions it calls."""
    made = clone_program(function, keeps_parts=False)
    parts = program_functions(made)
    for part in parts:
        unname_stored(part)
        _then(part, join_branches, join_sums)
        _run(part, [schedule_carries, spread_multiples, simplify_algebra])
        _then(part, spread_multiples, simplify_algebra)
        _then(part, copy_kept_buffers, eliminate_dead)
        _run(part, [share_quotients, share_factors, scale_places, settle_zeros, set_cleared, eliminate_dead])
        _run(part, [gather_sums, hoist])
    for part in parts if drop_unread_kept(parts) else ():
        eliminate_dead(part)
    unwrap_kept(parts)
    drop_unread(parts)
    missing = find_missing(parts)
    for part in parts:
        unwrap_stopped(part)
        if target != "numba":
            keep_shapes(part, missing[id(part)])
        elide_copies(part)
        native = (read_first, loop_over_items, eliminate_dead, narrow_numbers)
        for step in native if target == "numba" else (sum_by_dots, scale_overwritten):
            step(part)  # what is kept has no one type any more
        own_buffers(part)
    mark_missing(parts, missing)
    name_dtypes(*parts)  # of the array whose shape is read in the end
    lend_arrays(parts)
    write_where_it_is(made)
    for part in parts:
        for step in (make_plain,) if target == "numba" else (pad_sums, border_places, place_products):
            step(part)
    return emit_module(made, target=target, is_cached=is_cached)


def program_functions(entry: Function) -> list[Function]:
    """The function and everything it calls, callers first, with what is reversed instead of it."""
    found: list[Function] = [entry]
    for function in found:
        for op in walk(function.body):
            for name in CALLED:
                if name in op.attrs and not any(op.attrs[name] is known for known in found):
                    found.append(op.attrs[name])
    return found


def clone_program(entry: Function, keeps_parts: bool = True) -> Function:
    """A deep copy of the function and everything it calls; without what would be reversed, if no derivative follows."""
    copies = {id(function): clone_function(function) for function in program_functions(entry)}
    for copy in copies.values():
        for op in walk(copy.body):
            if not keeps_parts:
                op.attrs.pop("_in_parts", None)
            for name in CALLED:
                if name in op.attrs:
                    op.attrs[name] = copies[id(op.attrs[name])]
    return copies[id(entry)]
