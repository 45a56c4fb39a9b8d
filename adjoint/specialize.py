"""One specialisation of a derivative: lower, transform, emit, load. What the interface does on a dispatch miss."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from adjoint import pipeline
from adjoint.assumptions import Place, assumed_equalities, checked
from adjoint.dependencies import watches_of
from adjoint.errors import NotDifferentiable, ShapeAssumption
from adjoint.ir import core
from adjoint.ir.types import Array, Scalar, Tuple, Type, dtype_of, is_differentiable, rank_of
from adjoint.jacobians import copy_arrays, forward_gradient
from adjoint.options import SEEDED, Transform
from adjoint.runtime.dispatch import Specialization
from adjoint.runtime.load import load
from adjoint.seeding import seed_tangent
from adjoint.signatures import concrete_shape, extents, place_of


def lower(
    function: Callable[..., Any],
    types: Sequence[Type],
    transforms: Sequence[Transform],
    *,
    source: str | None = None,
    values: Sequence[Any] = (),
    note: str | None = None,
    equal: list[tuple[Place, Place]] | None = None,
) -> core.Function:
    """The IR of the derivative. `values` are the arguments of a call: error messages then name true shapes.

    `equal` is filled with extents the primal takes to be equal. Raises AdjointError where there is no derivative.
    """
    primal = pipeline.lower(function, list(types), source)
    if equal is not None:
        equal += assumed_equalities(primal)
    if note is not None:
        primal.notes.append(note)
    sizes = extents(list(types), list(values))
    for transform in transforms:
        primal = differentiate(primal, transform, function, sizes)
    return primal


def differentiate(
    primal: core.Function, transform: Transform, function: Callable[..., Any], sizes: Mapping[str, int]
) -> core.Function:
    """One derivative of IR, after a check that it makes sense for the result. Raises NotDifferentiable."""
    _check_result(primal, transform, function, sizes)
    types = [arg.type for arg in primal.args]
    forward = transform.free and _is_seedable(transform, types)
    if transform.kind not in SEEDED and not forward:
        return pipeline.differentiate(primal, transform)
    if transform.kind == "derivative" and not _is_seedable(transform, types):
        raise NotDifferentiable(
            f"a forward-mode gradient of {primal.name!r} in arrays cannot be differentiated again",
            place=place_of(function),
            why="it is one run for each number of the argument, not one function",
            fix='use `mode="reverse"`, or `jvp`',
        )
    (position,) = transform.wrt
    pushforward = pipeline.differentiate(primal, Transform("jvp", transform.wrt, True))
    return pipeline.simplify(seed_tangent(pushforward, position, f"{primal.name}_{transform.kind}"))


def _check_result(
    primal: core.Function, transform: Transform, function: Callable[..., Any], sizes: Mapping[str, int]
) -> None:
    """`grad` needs one real number; the others any numbers."""
    result = primal.result_type
    if transform.kind in ("grad", "value_and_grad", "derivative"):
        _check_scalar(primal, function, sizes)
    elif transform.kind == "elementwise" and (
        not is_differentiable(result) or rank_of(result) != rank_of(primal.args[transform.wrt[0]].type)
    ):
        raise NotDifferentiable(
            f"`elementwise_grad` needs a result of the shape of its argument, {primal.name!r} returns "
            f"{describe(result, sizes)}",
            place=place_of(function),
            why="an elementwise derivative has one number for each number of the argument",
            fix="use `jacobian`, or `grad` when the result is one number",
        )


def _check_scalar(primal: core.Function, function: Callable[..., Any], sizes: Mapping[str, int]) -> None:
    result = primal.result_type
    if rank_of(result) or dtype_of(result) is None or np.dtype(dtype_of(result)).kind not in "fiu":
        _refuse_result(result, primal.name, function, sizes)


def _refuse_result(result: Type, name: str, function: Callable[..., Any], sizes: Mapping[str, int]) -> NoReturn:
    what = describe(result, sizes)
    if isinstance(result, Array) and result.rank:
        fix = "sum it first (`return np.sum(...)`), or use `jacobian`, `vjp` or `elementwise_grad`"
    elif isinstance(result, Tuple):
        fix = "return one number, or use `jacobian`, `jvp` or `vjp`"
    elif dtype_of(result) is not None and np.dtype(dtype_of(result)).kind == "c":
        fix = "return a real number, such as `abs(z)**2` or `z.real`"
    else:
        fix = "return a real number"
    raise NotDifferentiable(
        f"`grad` needs a function that returns one real number, {name!r} returns {what}",
        place=place_of(function),
        why="a gradient belongs to one number",
        fix=fix,
    )


def describe(type: Type, sizes: Mapping[str, int]) -> str:
    """The type in words a caller knows: `an array of shape (3,)`."""
    if isinstance(type, Array) and type.rank:
        dims = [str(n) if n is not None else "?" for n in concrete_shape(type, sizes)]
        return f"an array of shape ({', '.join(dims)}{',' if len(dims) == 1 else ''})"
    if isinstance(type, Tuple):
        return f"a tuple of {len(type.items)}: {', '.join(describe(item, sizes) for item in type.items)}"
    if isinstance(type, Scalar | Array):
        return f"a {dtype_of(type)}"
    return str(type)


@contextlib.contextmanager
def _collection_paused() -> Iterator[None]:
    """No garbage collection while a program is built: what is made stays, and looking at it again is quadratic work."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def specialize(
    function: Callable[..., Any],
    types: Sequence[Type],
    transforms: Sequence[Transform],
    *,
    source: str | None = None,
    values: Sequence[Any] = (),
    note: str | None = None,
) -> Specialization:
    """Lower, emit and load. The parameters after those of `types` are tangents and cotangents."""
    looped = None
    if transforms and transforms[-1].kind == "derivative" and not _is_seedable(transforms[-1], types):
        looped = transforms[-1]
        transforms = (*transforms[:-1], Transform("jvp", tuple(sorted(looped.wrt)), False))
    equal: list[tuple[Place, Place]] = []
    with _collection_paused():
        program = lower(function, types, transforms, source=source, values=values, note=note, equal=equal)
        emitted = pipeline.emit(program)
    raw = load(emitted.source, emitted.entry_name, emitted.bindings, program.name)
    call = _caller(raw, program, len(types))
    if looped is not None:
        _check_looped(program, function, looped, types, values)
        call = forward_gradient(call, looped)
    call = checked(call, function, equal, len(types))
    return Specialization(raw, call, emitted.source, program, watches_of(function, raw.__globals__))


def specialize_pullback(
    function: Callable[..., Any],
    types: Sequence[Type],
    transforms: Sequence[Transform],
    wrt: Sequence[int],
    *,
    source: str | None = None,
    values: Sequence[Any] = (),
) -> Specialization:
    """A specialisation whose `call` returns the result and its pullback, which may be called often.

    The forward function runs once, the backward function at each call of the pullback, on a copy of the residuals.
    """
    equal: list[tuple[Place, Place]] = []
    primal = lower(function, types, transforms, source=source, values=values, equal=equal)
    forward, backward = pipeline.split(primal, wrt)
    loaded = []
    for program in (forward, backward):
        emitted = pipeline.emit(program)
        loaded.append(load(emitted.source, emitted.entry_name, emitted.bindings, program.name))
    run_forward = checked(_caller(loaded[0], forward, len(types)), function, equal, len(types))
    run_backward = loaded[1]
    argument_types = [arg.type for arg in forward.args]
    seed = backward.args[1]

    def call(*given: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
        sizes = extents(argument_types, list(given))
        result, kept = run_forward(*given)

        def pullback(cotangent: Any) -> tuple[Any, ...]:
            parts = run_backward(_copy_lists(kept), fit(cotangent, seed.type, "the cotangent", sizes))
            by_position = dict(zip(sorted(wrt), (parts,) if len(wrt) == 1 else parts))
            return tuple(by_position[position] for position in wrt)

        return copy_arrays(result), pullback

    # Two modules: a changed global makes both anew.
    return Specialization(loaded[0], call, emitted.source, forward, watches_of(function, {}))


def _copy_lists(kept: Any) -> Any:
    """Residuals whose stacks may be emptied."""
    if isinstance(kept, tuple):
        return tuple(map(_copy_lists, kept))
    return list(map(_copy_lists, kept)) if isinstance(kept, list) else kept


def _is_seedable(transform: Transform, types: Sequence[Type]) -> bool:
    """Whether the forward-mode gradient is one run with the tangent 1: one parameter that is one number."""
    return transform.single and all(rank_of(types[i]) == 0 for i in transform.wrt if i < len(types))


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


def _caller(raw: Callable[..., Any], function: core.Function, base_count: int) -> Callable[..., Any]:
    """The emitted function for positional arguments; tangents and cotangents are made to fit their types."""
    params = function.params
    keywords = [index for index, param in enumerate(params) if param.kind == "keyword only"]
    if not keywords and len(params) == base_count:
        return raw
    types = [arg.type for arg in function.args]

    def call(*args: Any) -> Any:
        values = list(args)
        if len(values) > base_count:
            sizes = extents(types[:base_count], values[:base_count])
            for index in range(base_count, len(values)):
                values[index] = fit(values[index], types[index], params[index].name, sizes)
        if not keywords:
            return raw(*values)
        named = {params[index].name: values[index] for index in keywords}
        return raw(*[value for index, value in enumerate(values) if index not in keywords], **named)

    return call


def fit(value: Any, type: Type, name: str, sizes: Mapping[str, int]) -> Any:
    """A tangent or cotangent as the type it must have. Raises ShapeAssumption when its shape is another."""
    if isinstance(type, Tuple):
        if not isinstance(value, tuple | list) or len(value) != len(type.items):
            raise ShapeAssumption(f"{name!r} must be a tuple of {len(type.items)}", why=f"it pairs with {type}")
        return tuple(fit(item, item_type, name, sizes) for item, item_type in zip(value, type.items))
    if isinstance(type, Scalar | Array):
        return _fit_numbers(value, type, name, sizes)
    if isinstance(value, list):
        return [float(item) if isinstance(item, int) else item for item in value]
    return value


def _fit_numbers(value: Any, type: Scalar | Array, name: str, sizes: Mapping[str, int]) -> Any:
    wanted = concrete_shape(type, sizes)
    array = np.asarray(value)
    matches = len(wanted) == array.ndim and all(w in (None, n) for w, n in zip(wanted, array.shape))
    if array.dtype.kind not in "biuf" or not matches:
        raise ShapeAssumption(
            f"{name!r} must be {describe(type, sizes)}, not {'an array of shape ' + str(array.shape)}",
            why="a tangent has the shape of its argument, a cotangent that of the result",
            fix=f"give `{name}` that shape, for example with `np.broadcast_to(...).copy()`",
        )
    if isinstance(type, Scalar):
        return float(array[()])
    fitted = array.astype(type.dtype, copy=False)
    return fitted if type.rank else fitted[()]
