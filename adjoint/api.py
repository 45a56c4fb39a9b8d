"""The functions a user calls. Each takes a plain Python function or a `Derivative`, and they nest to any order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar, overload

import numpy as np

from adjoint import store as _store  # noqa: F401  (so that the first call finds it loaded)
from adjoint.callables import open_callable, open_descriptor
from adjoint.checking import check_grads, holds
from adjoint.derivative import Derivative, differentiable
from adjoint.errors import NotDifferentiable
from adjoint.jacobians import Jacobian, complete, tangent_in, zero_tangent
from adjoint.options import PYTHON, Jit, Mode, bytes_of
from adjoint.runtime.containers import is_number, items_of
from adjoint.signatures import place_of
from adjoint.slots import Slot, Slots, Wrt

__all__ = [
    "Derivative",
    "check_grads",
    "differentiate",
    "elementwise_grad",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "value_and_grad",
    "vjp",
]

P = ParamSpec("P")
R = TypeVar("R")


@overload
def differentiate(function: Callable[P, R], /) -> Derivative[P, R]: ...
@overload
def differentiate(
    *,
    wrt: Wrt = 0,
    mode: Mode = "reverse",
    source: str | None = None,
    inplace_primal: bool = False,
    jit: str | None = None,
    fallback: str | None = None,
) -> Callable[[Callable[P, R]], Derivative[P, R]]: ...
def differentiate(
    function: Callable[..., Any] | None = None,
    /,
    *,
    wrt: Wrt = 0,
    mode: Mode = "reverse",
    source: str | None = None,
    inplace_primal: bool = False,
    jit: str | None = None,
    fallback: str | None = None,
) -> Any:
    """Decorator: the function as it was, with `.grad`, `.value_and_grad`, `.jvp`, `.vjp` and `.source`.

    `wrt` names the parameters to differentiate in: a position, a name, or a tuple of them (then gradients are tuples).
    `mode` is that of `.grad`, `inplace_primal` that of `grad`. `source` is the function's text where Python cannot
    find it. In a class body it makes a method: positions then count the parameters after `self`. It may stand above
    `@staticmethod` and `@classmethod`.
    """
    _check_mode(mode)
    chosen = Jit.of(jit, fallback) or PYTHON

    def decorate(f: Callable[..., Any]) -> Derivative[..., Any]:
        function, binds = open_descriptor(f)
        opened, bound = open_callable(function)
        inner: Any = opened
        if isinstance(opened, Derivative):
            inner, bound = opened.__wrapped__, opened.bound.then(bound)
        made: Derivative[..., Any] = Derivative(
            inner, wrt=wrt, mode=mode, source=source, binds=binds, inplace_primal=inplace_primal, jit=chosen
        )
        made = made.bound_to(bound) if bound else made
        if binds == "method":
            made.slots(wrt)  # refused here if it is wrong
        return made

    return decorate if function is None else decorate(function)


def grad(
    function: Callable[P, Any],
    wrt: Wrt | None = None,
    *,
    mode: Mode | None = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    inplace_primal: bool | None = None,
    memory: str | int | None = None,
    jit: str | None = None,
    fallback: str | None = None,
    source: str | None = None,
) -> Derivative[P, Any]:
    """The gradient of a function that returns one real number: called like it, returns the gradient in `wrt`.

    A gradient has the shape, dtype and container of its argument, with None for what is no real number; a tuple `wrt`
    gives a tuple. Integers count as real numbers. With `has_aux` the function returns (value, aux), and what is made
    returns (gradient, aux). Raises NotDifferentiable at the call when the result is not one number.

    In a complex argument a + ib the gradient is dL/da - i dL/db; the steepest descent is along minus its conjugate.
    With `holomorphic` the arguments and the result are complex, and the gradient is the complex derivative.
    With `inplace_primal` the arrays that the function writes into are the caller's own, which afterwards hold what the
    plain call leaves in them; without it they stay as they were.

    With `memory="200MB"` loops keep about so much for the reverse sweep, and run steps again for the rest.

    With `jit="numba"` the gradient is written for Numba and compiled; what Numba does not compile is refused with the
    line, or with `fallback="python"` runs as Python.
    """
    base = _opened(function, source, jit, fallback)
    chosen = ("reverse" if has_aux else base.mode) if mode is None else mode
    _check_mode(chosen)
    if has_aux and chosen == "forward":
        raise ValueError("has_aux=True takes mode='reverse'")
    if holomorphic and (chosen == "forward" or has_aux):
        raise ValueError("holomorphic=True takes mode='reverse' and no has_aux")
    if memory is not None and chosen == "forward":
        raise ValueError("memory= takes mode='reverse': forward mode keeps nothing")
    free = mode is None and chosen == "reverse" and not has_aux and not holomorphic
    where = base.wrt if wrt is None else wrt
    in_place = base.inplace_primal if inplace_primal is None else inplace_primal
    return base.derive(
        "grad",
        where,
        chosen,
        free=free,
        has_aux=has_aux,
        holomorphic=holomorphic,
        inplace_primal=in_place,
        memory=bytes_of(memory),
    )


def value_and_grad(
    function: Callable[P, Any],
    wrt: Wrt | None = None,
    *,
    has_aux: bool = False,
    inplace_primal: bool | None = None,
    memory: str | int | None = None,
    jit: str | None = None,
    fallback: str | None = None,
    source: str | None = None,
) -> Derivative[P, Any]:
    """As `grad`, but returns (value, gradient): fits `scipy.optimize.minimize(..., jac=True)`.

    With `has_aux` it returns ((value, aux), gradient).
    """
    base = _opened(function, source, jit, fallback)
    in_place = base.inplace_primal if inplace_primal is None else inplace_primal
    where = base.wrt if wrt is None else wrt
    budget = bytes_of(memory)
    return base.derive("value_and_grad", where, has_aux=has_aux, inplace_primal=in_place, memory=budget)


def elementwise_grad(
    function: Callable[P, Any],
    wrt: int | str = 0,
    *,
    jit: str | None = None,
    fallback: str | None = None,
    source: str | None = None,
) -> Derivative[P, Any]:
    """The derivative of a function that acts on each number by itself, such as `lambda x: np.sin(x)**2`.

    The result has the shape of the argument. (For other functions it is the sum over the argument's numbers.)
    """
    return _opened(function, source, jit, fallback).derive("elementwise", wrt)


def jvp(
    function: Callable[..., Any],
    primals: Any,
    tangents: Any,
    *,
    wrt: Wrt | None = None,
    jit: str | None = None,
    fallback: str | None = None,
    source: str | None = None,
) -> tuple[Any, Any]:
    """The value and its directional derivative: `(f(*primals), J @ tangents)`.

    One tangent for each primal, of its shape and in its container; None for an argument, or an item of one, that stays
    as it is (or is not a number). With `wrt`, one tangent for each of the parameters it names.
    """
    base = _opened(function, source, jit, fallback)
    values = base.bind(_as_tuple(primals, "primals"), {})
    moving = _tangents(base, primals, tangents, wrt)
    pushforward = base.derived("jvp", Slots(tuple(moving), False)).prepare(values)
    result, result_dot = pushforward(*values, *_tangents_of_parameters(moving, values))
    return result, result_dot


def _tangents(base: Derivative[..., Any], primals: Any, tangents: Any, wrt: Wrt | None) -> dict[Slot, Any]:
    """What moves, and its tangent. Raises ValueError when the numbers do not match."""
    given = _as_tuple(tangents, "tangents")
    count = len(_as_tuple(primals, "primals"))
    slots = base.slots(tuple(range(count)) if wrt is None else wrt).items
    if len(slots) != len(given):
        kind = "primals" if wrt is None else "parameters in wrt"
        raise ValueError(f"{len(slots)} {kind} but {len(given)} tangents")
    moving = {slot: tangent for slot, tangent in zip(slots, given) if tangent is not None}
    if not moving:
        raise ValueError("all tangents are None")
    return moving


def _tangents_of_parameters(moving: Mapping[Slot, Any], values: Sequence[Any]) -> list[Any]:
    """A tangent for each parameter in which something moves, in their order."""
    made: dict[int, Any] = {}
    for slot, tangent in moving.items():
        value = values[slot.position]
        if slot.part is None:
            made[slot.position] = complete(tangent, value) if items_of(value) is not None else tangent
            continue
        known = made.get(slot.position, zero_tangent(value))
        made[slot.position] = tangent_in(slot, values, complete(tangent, slot.of(values)), known)
    return [made[position] for position in sorted(made)]


def vjp(
    function: Callable[..., Any],
    *primals: Any,
    wrt: Wrt | None = None,
    jit: str | None = None,
    fallback: str | None = None,
    source: str | None = None,
) -> tuple[Any, Callable[[Any], Any]]:
    """The value and its pullback: `pullback(y_bar)` returns the cotangents of the arguments.

    By default one for each primal, None for those that are not floating point (when all are integers, they count as
    real). With `wrt`, as in `grad`. The function runs once; the pullback may be called often and answers for the
    arguments as they were.
    """
    base = _opened(function, source, jit, fallback)
    slots = Slots(_floating(base, primals), False) if wrt is None else base.slots(wrt)
    result, pull = base.pulled(slots, base.bind(primals, {}))

    def pullback(cotangent: Any) -> Any:
        _check_cotangent(cotangent, result)
        if items_of(result) is not None:
            cotangent = complete(cotangent, result)
        parts = pull(cotangent)
        if wrt is not None:
            return parts[0] if slots.single else parts
        by_slot = dict(zip(slots.items, parts))
        return tuple(by_slot.get(slot) for slot in base.slots(tuple(range(len(primals)))).items)

    return result, pullback


def jacobian(
    function: Callable[P, Any],
    wrt: Wrt = 0,
    *,
    mode: Mode | None = None,
    jit: str | None = None,
    fallback: str | None = None,
    source: str | None = None,
) -> Jacobian[P]:
    """All partial derivatives: called like the function, returns an array of shape `result.shape + argument.shape`.

    `mode=None` chooses forward or reverse by the number of runs they take.
    """
    if mode is not None:
        _check_mode(mode)
    base = _opened(function, source, jit, fallback)
    if base.writes_back:
        raise ValueError("a Jacobian runs the function many times: take it of a gradient without inplace_primal=True")
    return Jacobian(base, wrt, mode)


def jacfwd(
    function: Callable[P, Any],
    wrt: Wrt = 0,
    *,
    jit: str | None = None,
    fallback: str | None = None,
    source: str | None = None,
) -> Jacobian[P]:
    """The Jacobian by forward mode: one run for each number of the argument."""
    return jacobian(function, wrt, mode="forward", jit=jit, fallback=fallback, source=source)


def jacrev(
    function: Callable[P, Any],
    wrt: Wrt = 0,
    *,
    jit: str | None = None,
    fallback: str | None = None,
    source: str | None = None,
) -> Jacobian[P]:
    """The Jacobian by reverse mode: one run for each number of the result."""
    return jacobian(function, wrt, mode="reverse", jit=jit, fallback=fallback, source=source)


def hessian(
    function: Callable[P, Any],
    wrt: Wrt = 0,
    *,
    jit: str | None = None,
    fallback: str | None = None,
    source: str | None = None,
) -> Jacobian[P]:
    """The second derivatives of a function that returns one number, forward over reverse.

    The shape is `argument.shape + argument.shape`; a tuple `wrt` gives a tuple of tuples.
    """
    first = grad(function, wrt, mode="reverse", inplace_primal=False, jit=jit, fallback=fallback, source=source)
    return jacfwd(first, wrt)


def hvp(
    function: Callable[..., Any],
    primals: Any,
    tangents: Any,
    *,
    wrt: Wrt | None = None,
    jit: str | None = None,
    fallback: str | None = None,
    source: str | None = None,
) -> Any:
    """The Hessian times a vector, forward over reverse, without the Hessian.

    `primals`, `tangents` and `wrt` as in `jvp`; the result has the form of `tangents`, with None for None.
    """
    base = _opened(function, source, jit, fallback)
    values = base.bind(_as_tuple(primals, "primals"), {})
    moving = _tangents(base, primals, tangents, wrt)
    slots = Slots(tuple(moving), False)
    pushforward = base.derived("grad", slots).derived("jvp", slots).prepare(values)
    _, products = pushforward(*values, *_tangents_of_parameters(moving, values))
    if not isinstance(tangents, tuple | list):
        return products[0]
    by_slot = dict(zip(moving, products))
    return tuple(by_slot.get(slot) for slot in base.slots(tuple(range(len(tangents))) if wrt is None else wrt).items)


# The front end evaluates these while it lowers a function that calls them: `grad(g)(x)` inside another function.
for _transform in (grad, value_and_grad, elementwise_grad):
    _transform.__adjoint_transform__ = True  # type: ignore[attr-defined]  # a mark on a function


def _opened(function: Callable[P, R], source: str | None, jit: str | None, fallback: str | None) -> Derivative[P, R]:
    """What a transform starts from: the function as a `Derivative` that runs as the options say."""
    return differentiable(function, source).compiled(Jit.of(jit, fallback))


def _as_tuple(values: Any, what: str) -> tuple[Any, ...]:
    """Several arguments, or one that need not be in a tuple."""
    if isinstance(values, tuple | list):
        return tuple(values)
    if is_number(values):
        return (values,)
    raise TypeError(f"{what} must be a tuple, one item for each argument")


def _floating(base: Derivative[..., Any], primals: Sequence[Any]) -> tuple[Slot, ...]:
    """The arguments with floating-point numbers in them, or if there are none, those with integers."""
    for kinds in ("fc", "iu"):
        found = tuple(position for position, value in enumerate(primals) if holds(value, kinds))
        if found:
            return base.slots(found).items
    raise NotDifferentiable(
        f"{base.__name__!r} has no argument to differentiate in",
        place=place_of(base.__wrapped__),
        why="none of the values given is a real number or an array of them",
        fix="pass floats",
    )


def _check_cotangent(cotangent: Any, result: Any) -> None:
    if is_number(result) and is_number(cotangent) and np.shape(cotangent) != np.shape(result):
        from adjoint.errors import ShapeAssumption

        raise ShapeAssumption(
            f"the cotangent has shape {np.shape(cotangent)}, the result has shape {np.shape(result)}",
            why="a cotangent pairs with the result number by number",
            fix="give it the shape of the result",
        )


def _check_mode(mode: str) -> None:
    if mode not in ("reverse", "forward"):
        raise ValueError(f"mode={mode!r} is neither 'reverse' nor 'forward'")
