"""One specialisation of a derivative: lower, transform, emit, load. What the interface does on a dispatch miss."""

from __future__ import annotations

import contextlib
import functools
import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

import numpy as np

from adjoint import pipeline
from adjoint.analysis.read_lists import only_read
from adjoint.assembly import Made, assemble, caller, classes_in, is_seedable, looped_of, without_loop
from adjoint.call_checks import Assumptions, all_of, checked, either, evaluated
from adjoint.dependencies import watches_of
from adjoint.errors import NotCompilable, NotDifferentiable
from adjoint.fitting import describe, fit
from adjoint.ir import core
from adjoint.ir.counts import Counts, counting
from adjoint.ir.relations import Relations, using
from adjoint.ir.types import Array, Scalar, Tuple, Type, dtype_of, is_complex, is_differentiable, rank_of
from adjoint.jacobians import copy_arrays
from adjoint.options import PYTHON, SEEDED, Jit, Transform
from adjoint.parameters import name_of
from adjoint.picking import index_of, pick
from adjoint.relating import lower_primal, relations_in
from adjoint.repeats import check_repeatable, is_repeatable
from adjoint.runtime import native
from adjoint.runtime.cache import configured_directory
from adjoint.runtime.containers import copy_leaves, items_of
from adjoint.runtime.dispatch import Specialization, frozen_among
from adjoint.runtime.looks import looks_of
from adjoint.seeding import seed_tangent
from adjoint.signatures import extents, place_of
from adjoint.slots import Slot
from adjoint.variants import Variants
from adjoint.writing_back import as_pair, beside, write_back


def lower(
    function: Callable[..., Any],
    types: Sequence[Type],
    transforms: Sequence[Transform],
    *,
    source: str | None = None,
    values: Sequence[Any] = (),
    note: str | None = None,
    assumed: Assumptions | None = None,
    likely: bool = True,
    relations: Relations | None = None,
) -> core.Function:
    """The IR of the derivative. `values` are the arguments of a call: error messages then name true shapes.

    `assumed` is filled with what the primal assumes of its arguments; with `likely`, what holds of the extents in
    `values` is taken for granted. Raises AdjointError where there is no derivative.
    """
    if relations is None and likely and values:
        relations = relations_in(values)
    with using(relations):
        in_place = any(transform.inplace_primal for transform in transforms)
        assumed = assumed if assumed is not None else Assumptions()
        primal = lower_primal(function, list(types), values, source, in_place, assumed, likely)
        if primal.name == "__call__":
            primal.name = name_of(function)
        primal.notes += [*([note] if note is not None else []), *assumed.notes]
        sizes = extents([arg.type for arg in primal.args], list(values))
        for transform in transforms:
            if in_place:
                primal = beside(differentiate(primal, as_pair(transform), function, sizes), transform, primal.left)
            else:
                primal = differentiate(primal, transform, function, sizes)
        return write_back(primal) if in_place else primal


def differentiate(
    primal: core.Function, transform: Transform, function: Callable[..., Any], sizes: Mapping[str, int]
) -> core.Function:
    """One derivative of IR, after a check that it makes sense for the result. Raises NotDifferentiable."""
    _check_result(primal, transform, function, sizes)
    _check_complex(primal, transform, function)
    types = [arg.type for arg in primal.args]
    forward = transform.free and is_seedable(transform, types)
    if transform.kind not in SEEDED and not forward:
        return _differentiate_and_pick(primal, transform)
    if transform.kind == "derivative" and not is_seedable(transform, types):
        raise NotDifferentiable(
            f"a forward-mode gradient of {primal.name!r} in arrays cannot be differentiated again",
            place=place_of(function),
            why="it is one run for each number of the argument, not one function",
            fix='use `mode="reverse"`, or `jvp`',
        )
    (position,) = transform.wrt
    pushforward = pipeline.differentiate(primal, Transform("jvp", transform.wrt, True))
    return pipeline.simplify(seed_tangent(pushforward, position, f"{primal.name}_{transform.kind}"))


def _differentiate_and_pick(primal: core.Function, transform: Transform) -> core.Function:
    """One derivative of IR in whole parameters, and of it what the transform names."""
    positions = tuple(dict.fromkeys(transform.wrt))
    if transform.kind == "jvp" or not (transform.parts or transform.has_aux):
        return pipeline.differentiate(primal, replace(transform, wrt=positions))
    for position, part in zip(transform.wrt, transform.parts):
        _check_part(primal, position, part)
    in_whole = replace(transform, wrt=positions, single=transform.single and not transform.parts, parts=())
    return pipeline.simplify(pick(pipeline.differentiate(primal, in_whole), transform, positions))


def _check_part(primal: core.Function, position: int, part: int | str | None) -> None:
    param = primal.params[position]
    try:
        if part is not None:
            index_of(primal.args[position].type, part)
    except KeyError:
        raise NotDifferentiable(
            f"{primal.name!r} is differentiated in {part!r} of `{param.name}`, which is not there",
            why=f"`{param.name}` holds {primal.args[position].type}",
            fix="pass that argument, or name another in `wrt`",
        ) from None


def _check_result(
    primal: core.Function, transform: Transform, function: Callable[..., Any], sizes: Mapping[str, int]
) -> None:
    """`grad` needs one real number; the others any numbers."""
    result = primal.result_type
    if transform.kind in ("grad", "value_and_grad", "derivative"):
        _check_scalar(primal, function, sizes, transform)
    elif transform.kind == "elementwise" and not _is_elementwise(result, primal.args[transform.wrt[0]].type):
        argument = primal.args[transform.wrt[0]].type
        what = "" if isinstance(argument, Scalar | Array) else f"takes {describe(argument, sizes)} and "
        raise NotDifferentiable(
            f"`elementwise_grad` needs a result of the shape of its argument, {primal.name!r} {what}returns "
            f"{describe(result, sizes)}",
            place=place_of(function),
            why="an elementwise derivative has one number for each number of the argument",
            fix="use `jacobian`, or `grad` when the result is one number",
        )


def _check_complex(primal: core.Function, transform: Transform, function: Callable[..., Any]) -> None:
    """A derivative of one run in a complex argument is holomorphic, or a gradient by reverse mode."""
    arguments = [primal.args[position].type for position in transform.wrt]
    if transform.holomorphic and not all(map(is_complex, arguments)):
        raise NotDifferentiable(
            f"`holomorphic=True` needs complex arguments, {primal.name!r} is differentiated in a real one",
            place=place_of(function),
            why="a complex derivative is one along all directions of the complex plane",
            fix="pass `complex(x)` or `x.astype(complex)`, or use `jvp`",
        )
    if transform.kind in SEEDED and any(map(is_complex, arguments)):
        raise NotDifferentiable(
            f"{primal.name!r} is differentiated in a complex argument by one run of forward mode",
            place=place_of(function),
            why="that gives the derivative along the real axis only",
            fix='use `grad` with `mode="reverse"`, or `jvp` with a tangent of ones',
        )


def _is_elementwise(result: Type, argument: Type) -> bool:
    """Whether the result may have a number for each number of the argument."""
    numbers = isinstance(argument, Scalar | Array) and isinstance(result, Scalar | Array)
    return numbers and is_differentiable(result) and rank_of(result) == rank_of(argument)


def _check_scalar(
    primal: core.Function, function: Callable[..., Any], sizes: Mapping[str, int], transform: Transform
) -> None:
    result = primal.result_type
    if transform.has_aux:
        if not isinstance(result, Tuple) or len(result.items) != 2 or (result.layout and result.layout.is_keyed):
            raise NotDifferentiable(
                f"`has_aux=True` needs a function that returns (value, aux), {primal.name!r} returns "
                f"{describe(result, sizes)}",
                place=place_of(function),
                why="the second of a pair is handed on without a derivative",
                fix="return a tuple of two, or leave `has_aux` out",
            )
        result = result.items[0]
    kinds = "c" if transform.holomorphic else "fiu"
    if rank_of(result) or dtype_of(result) is None or np.dtype(dtype_of(result)).kind not in kinds:
        _refuse_result(result, primal.name, function, sizes, transform.holomorphic)


def _refuse_result(
    result: Type, name: str, function: Callable[..., Any], sizes: Mapping[str, int], holomorphic: bool = False
) -> NoReturn:
    what, kind = describe(result, sizes), "complex" if holomorphic else "real"
    if isinstance(result, Array) and result.rank:
        fix = "sum it first (`return np.sum(...)`), or use `jacobian`, `vjp` or `elementwise_grad`"
    elif isinstance(result, Tuple):
        fix = "return one number, or use `jacobian`, `jvp` or `vjp`"
    elif dtype_of(result) is not None and np.dtype(dtype_of(result)).kind == "c":
        fix = "return a real number, such as `abs(z)**2` or `z.real`, or use `grad(..., holomorphic=True)` or `jvp`"
    else:
        fix = "leave `holomorphic=True` out" if holomorphic else "return a real number"
    raise NotDifferentiable(
        f"`grad` needs a function that returns one {kind} number, {name!r} returns {what}",
        place=place_of(function),
        why="a gradient belongs to one number",
        fix=fix,
    )


@contextlib.contextmanager
def _collection_paused() -> Iterator[None]:
    """No garbage collection while a program is built: what is made stays, and looking at it again is quadratic work.

    The garbage is collected at the end: among what is new that is quick, and puts off a collection among everything.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.collect(0)
            gc.enable()


def specialize(
    function: Callable[..., Any],
    types: Sequence[Type],
    transforms: Sequence[Transform],
    *,
    source: str | None = None,
    values: Sequence[Any] = (),
    note: str | None = None,
    likely: bool = True,
    jit: Jit = PYTHON,
) -> Specialization:
    """Lower, emit and load. The parameters after those of `types` are tangents and cotangents."""
    made, raw, program = compiled(
        function, types, transforms, source=source, values=values, note=note, likely=likely, jit=jit
    )
    again = functools.partial(specialize, function, types, transforms, source=source, note=note, jit=jit)
    others = Variants(lambda args, likely: again(values=args[: len(types)], likely=likely))
    return assemble(made, raw, program, function, types, transforms, others)


def compiled(
    function: Callable[..., Any],
    types: Sequence[Type],
    transforms: Sequence[Transform],
    *,
    source: str | None = None,
    values: Sequence[Any] = (),
    note: str | None = None,
    likely: bool = True,
    jit: Jit = PYTHON,
) -> tuple[Made, Callable[..., Any], core.Function]:
    """What the compiler makes, the emitted function, and the program. Raises AdjointError."""
    assumed, inner = Assumptions(), without_loop(transforms, types)
    relations = relations_in(values) if likely and values else None
    counts = Counts(lambda text: not values or bool(evaluated(text, values))) if likely else None
    with _collection_paused(), using(relations), counting(counts):
        program = lower(
            function,
            types,
            inner,
            source=source,
            values=values,
            note=note,
            assumed=assumed,
            likely=likely,
            relations=relations,
        )
        made, raw = build(program, jit, values, assumed)
    if relations is not None:
        assumed.likely += relations.conditions()
    assumed.likely += counts.taken if counts is not None else ()
    looped = looped_of(transforms, types)
    if looped is not None:
        _check_looped(program, function, looped, types, values)
        if any(rank_of(types[position]) for position in looped.wrt) or len(looped.wrt) > 1:
            check_repeatable(made.is_repeatable, program.name, function)
    return made, raw, program


def specialize_pullback(
    function: Callable[..., Any],
    types: Sequence[Type],
    transforms: Sequence[Transform],
    slots: Sequence[Slot],
    *,
    source: str | None = None,
    values: Sequence[Any] = (),
    jit: Jit = PYTHON,
) -> Specialization:
    """A specialisation whose `call` returns the result and its pullback, which may be called often.

    The forward function runs once, the backward function at each call of the pullback, on a copy of the residuals.
    """
    assumed = Assumptions()
    wrt = sorted({slot.position for slot in slots})
    primal = lower(function, types, transforms, source=source, values=values, assumed=assumed, likely=False)
    forward, backward = pipeline.split(primal, wrt)
    built = [build(program, jit) for program in (forward, backward)]
    loaded = [made.guarded(raw) for made, raw in built]
    known, assumed.known = assumed.known, []
    run_checked = checked(_on_copies(caller(loaded[0], built[0][0], len(types))), function, assumed, len(types))
    again = functools.partial(specialize_pullback, function, types, transforms, slots, source=source, jit=jit)
    others = Variants(lambda args, likely: again(values=args))
    run_backward = loaded[1]
    argument_types = [arg.type for arg in forward.args]
    seed = backward.args[1]
    places = [_place_of_part(argument_types[slot.position], slot) for slot in slots]

    def call(*given: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
        sizes = extents(argument_types, list(given))
        result, kept = run_checked(*given)

        def pullback(cotangent: Any) -> tuple[Any, ...]:
            parts = run_backward(copy_leaves(_itself, kept), fit(cotangent, seed.type, "the cotangent", sizes))
            by_position = dict(zip(wrt, (parts,) if len(wrt) == 1 else parts))
            return tuple(_part(by_position[slot.position], place) for slot, place in zip(slots, places))

        return copy_arrays(result), pullback

    # Two modules: a changed global makes both anew.
    watches = watches_of(function, {}, classes_in(types))
    frozen = frozen_among(watches) if jit.target == "numba" else ()
    looks = looks_of(watch.value for watch in watches)
    source = built[1][0].source
    return Specialization(
        loaded[0],
        either(call, others, known) if known else call,
        source,
        forward,
        watches,
        fits=all_of(known),
        others=others,
        frozen=frozen,
        written=assumed.written,
        looks=looks,
        held=assumed.held,
    )


def build(
    program: core.Function, jit: Jit, values: Sequence[Any] = (), assumed: Assumptions | None = None
) -> tuple[Made, Callable[..., Any]]:
    """What is made of a program, and the function it defines. Raises NotCompilable where Numba cannot compile it."""
    is_native = jit.target == "numba"
    try:
        if is_native:
            native.require(program.name)
        emitted = pipeline.emit(program, target=jit.target, is_cached=configured_directory() is not None)
        made = Made(
            program.name,
            emitted.source,
            emitted.entry_name,
            emitted.bindings,
            tuple(param.name for param in program.params),
            tuple(param.kind for param in program.params),
            tuple(arg.type for arg in program.args),
            is_native,
            is_repeatable(program),
            assumed or Assumptions(),
            only_read(program) if is_native else (),
            program.result_type,
        )
        return made, made.load(values)
    except NotCompilable:
        if not jit.may_fall_back:
            raise
    return build(program, PYTHON, values, assumed)


def _on_copies(call: Callable[..., Any]) -> Callable[..., Any]:
    """The pullback answers for the arguments as they were, so that it keeps copies of them."""
    return lambda *values: call(*copy_arrays(values))


def _place_of_part(type: Type, slot: Slot) -> int | None:
    return None if slot.part is None else index_of(type, slot.part)


def _part(bar: Any, place: int | None) -> Any:
    """The cotangent of one item of `*args` or `**kwargs`, or that of a whole parameter."""
    return bar if place is None else (items_of(bar) or ())[place]


def _itself(value: Any) -> Any:
    return value


def _check_looped(
    program: core.Function,
    function: Callable[..., Any],
    looped: Transform,
    types: Sequence[Type],
    values: Sequence[Any],
) -> None:
    """A gradient by many forward runs is of one real number, in numbers and arrays. Raises NotDifferentiable."""
    sizes = extents(list(types), list(values))
    assert isinstance(program.result_type, Tuple)
    _check_complex(program, replace(looped, kind="derivative"), function)
    if rank_of(program.result_type.items[0]):
        _refuse_result(program.result_type.items[0], function.__name__, function, sizes)
    for position in looped.wrt:
        if not isinstance(program.args[position].type, Scalar | Array):
            raise NotDifferentiable(
                f"forward mode takes no gradient in {program.params[position].name!r}, which is {types[position]}",
                place=place_of(function),
                why="it runs once for each number of an argument, which must be a number or an array",
                fix='use `mode="reverse"`',
            )
