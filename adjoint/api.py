"""The functions a user calls. Each takes a plain Python function or a `Derivative`, and they nest to any order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar, overload

import numpy as np

from adjoint.checking import check_grads
from adjoint.derivative import Derivative, Wrt, differentiable
from adjoint.errors import NotDifferentiable
from adjoint.jacobians import Jacobian, copy_arrays
from adjoint.options import Mode
from adjoint.signatures import is_number, leaves_of, place_of

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
    *, wrt: Wrt = 0, mode: Mode = "reverse", source: str | None = None
) -> Callable[[Callable[P, R]], Derivative[P, R]]: ...
def differentiate(
    function: Callable[..., Any] | None = None,
    /,
    *,
    wrt: Wrt = 0,
    mode: Mode = "reverse",
    source: str | None = None,
) -> Any:
    """Decorator: the function as it was, with `.grad`, `.value_and_grad`, `.jvp`, `.vjp` and `.source`.

    `wrt` names the parameters to differentiate in: a position, a name, or a tuple of them (then gradients are tuples).
    `mode` is that of `.grad`. `source` is the function's text where Python cannot find it.
    """
    _check_mode(mode)

    def decorate(f: Callable[..., Any]) -> Derivative[..., Any]:
        made: Derivative[..., Any] = Derivative(
            getattr(f, "__wrapped__", f) if isinstance(f, Derivative) else f, wrt=wrt, mode=mode, source=source
        )
        made.positions(wrt)
        return made

    return decorate if function is None else decorate(function)


def grad(
    function: Callable[P, Any], wrt: Wrt | None = None, *, mode: Mode | None = None, source: str | None = None
) -> Derivative[P, Any]:
    """The gradient of a function that returns one real number: called like it, returns the gradient in `wrt`.

    A gradient has the shape and dtype of its argument; a tuple `wrt` gives a tuple. Integers count as real numbers.
    Raises NotDifferentiable at the call when the result is not one number.
    """
    base = differentiable(function, source)
    chosen = base.mode if mode is None else mode
    _check_mode(chosen)
    return base.derive("grad", base.wrt if wrt is None else wrt, chosen, free=mode is None and chosen == "reverse")


def value_and_grad(
    function: Callable[P, Any], wrt: Wrt | None = None, *, source: str | None = None
) -> Derivative[P, Any]:
    """As `grad`, but returns (value, gradient): fits `scipy.optimize.minimize(..., jac=True)`."""
    base = differentiable(function, source)
    return base.derive("value_and_grad", base.wrt if wrt is None else wrt)


def elementwise_grad(
    function: Callable[P, Any], wrt: int | str = 0, *, source: str | None = None
) -> Derivative[P, Any]:
    """The derivative of a function that acts on each number by itself, such as `lambda x: np.sin(x)**2`.

    The result has the shape of the argument. (For other functions it is the sum over the argument's numbers.)
    """
    return differentiable(function, source).derive("elementwise", wrt)


def jvp(
    function: Callable[..., Any],
    primals: Any,
    tangents: Any,
    *,
    wrt: Wrt | None = None,
    source: str | None = None,
) -> tuple[Any, Any]:
    """The value and its directional derivative: `(f(*primals), J @ tangents)`.

    One tangent for each primal, of its shape; None for an argument that stays as it is (or is not a number). With
    `wrt`, one tangent for each of the parameters it names.
    """
    base = differentiable(function, source)
    moving, chosen = _tangents(base, primals, tangents, wrt)
    values = base.bind(_as_tuple(primals, "primals"), {})
    result, result_dot = base.derive("jvp", moving).prepare(values)(*values, *chosen)
    return result, result_dot


def _tangents(
    base: Derivative[..., Any], primals: Any, tangents: Any, wrt: Wrt | None
) -> tuple[tuple[int, ...], list[Any]]:
    """The positions that move and their tangents. Raises ValueError when the numbers do not match."""
    given = _as_tuple(tangents, "tangents")
    if wrt is None:
        positions: Sequence[int] = range(len(_as_tuple(primals, "primals")))
        kind = "primals"
    else:
        positions, kind = base.positions(wrt)[0], "parameters in wrt"
    if len(positions) != len(given):
        raise ValueError(f"{len(positions)} {kind} but {len(given)} tangents")
    moving = {position: tangent for position, tangent in zip(positions, given) if tangent is not None}
    if not moving:
        raise ValueError("all tangents are None")
    return tuple(sorted(moving)), [moving[position] for position in sorted(moving)]


def vjp(
    function: Callable[..., Any], *primals: Any, wrt: Wrt | None = None, source: str | None = None
) -> tuple[Any, Callable[[Any], Any]]:
    """The value and its pullback: `pullback(y_bar)` returns the cotangents of the arguments.

    By default one for each primal, None for those that are not floating point (when all are integers, they count as
    real). With `wrt`, as in `grad`. The function runs once; the pullback may be called often and answers for the
    arguments as they were.
    """
    base = differentiable(function, source)
    positions, single = (_floating(base, primals), False) if wrt is None else base.positions(wrt)
    result, pull = base.pulled(positions, base.bind(copy_arrays(primals), {}))

    def pullback(cotangent: Any) -> Any:
        _check_cotangent(cotangent, result)
        parts = pull(cotangent)
        if wrt is not None:
            return parts[0] if single else parts
        by_position = dict(zip(positions, parts))
        return tuple(by_position.get(position) for position in range(len(primals)))

    return result, pullback


def jacobian(
    function: Callable[P, Any], wrt: Wrt = 0, *, mode: Mode | None = None, source: str | None = None
) -> Jacobian[P]:
    """All partial derivatives: called like the function, returns an array of shape `result.shape + argument.shape`.

    `mode=None` chooses forward or reverse by the number of runs they take.
    """
    if mode is not None:
        _check_mode(mode)
    return Jacobian(differentiable(function, source), wrt, mode)


def jacfwd(function: Callable[P, Any], wrt: Wrt = 0, *, source: str | None = None) -> Jacobian[P]:
    """The Jacobian by forward mode: one run for each number of the argument."""
    return jacobian(function, wrt, mode="forward", source=source)


def jacrev(function: Callable[P, Any], wrt: Wrt = 0, *, source: str | None = None) -> Jacobian[P]:
    """The Jacobian by reverse mode: one run for each number of the result."""
    return jacobian(function, wrt, mode="reverse", source=source)


def hessian(function: Callable[P, Any], wrt: Wrt = 0, *, source: str | None = None) -> Jacobian[P]:
    """The second derivatives of a function that returns one number, forward over reverse.

    The shape is `argument.shape + argument.shape`; a tuple `wrt` gives a tuple of tuples.
    """
    return jacfwd(grad(function, wrt, mode="reverse", source=source), wrt)


def hvp(
    function: Callable[..., Any],
    primals: Any,
    tangents: Any,
    *,
    wrt: Wrt | None = None,
    source: str | None = None,
) -> Any:
    """The Hessian times a vector, forward over reverse, without the Hessian.

    `primals`, `tangents` and `wrt` as in `jvp`; the result has the form of `tangents`, with None for None.
    """
    base = differentiable(function, source)
    moving, chosen = _tangents(base, primals, tangents, wrt)
    _, products = jvp(base.derive("grad", moving), primals, tuple(chosen), wrt=moving)
    if not isinstance(tangents, tuple | list):
        return products[0]
    by_position = dict(zip(moving, products))
    positions = range(len(tangents)) if wrt is None else base.positions(wrt)[0]
    return tuple(by_position.get(position) for position in positions)


# The front end evaluates these while it lowers a function that calls them: `grad(g)(x)` inside another function.
for _transform in (grad, value_and_grad, elementwise_grad):
    _transform.__adjoint_transform__ = True  # type: ignore[attr-defined]  # a mark on a function


def _as_tuple(values: Any, what: str) -> tuple[Any, ...]:
    """Several arguments, or one that need not be in a tuple."""
    if isinstance(values, tuple | list):
        return tuple(values)
    if is_number(values):
        return (values,)
    raise TypeError(f"{what} must be a tuple, one item for each argument")


def _floating(base: Derivative[..., Any], primals: Sequence[Any]) -> tuple[int, ...]:
    """The positions of arguments made of floating-point numbers, or if there are none, of all numbers."""
    for kinds in ("f", "iu"):
        found = tuple(position for position, value in enumerate(primals) if _is_made_of(value, kinds))
        if found:
            return found
    raise NotDifferentiable(
        f"{base.__name__!r} has no argument to differentiate in",
        place=place_of(base.__wrapped__),
        why="none of the values given is a real number or an array of them",
        fix="pass floats",
    )


def _is_made_of(value: Any, kinds: str) -> bool:
    found = leaves_of(value)
    return bool(found) and all(is_number(leaf) and np.asarray(leaf).dtype.kind in kinds for leaf in found)


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
