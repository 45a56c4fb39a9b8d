"""Checks a kernel: value, both modes and the second derivative against differences; nothing of the caller's changes."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import adjoint
from adjoint.errors import AdjointError
from adjoint.runtime.containers import items_of, rebuild
from tests.support import richardson


def numbers(value: Any) -> np.ndarray:
    """All the numbers of a value in one vector."""
    items = items_of(value)
    if items is not None:
        return np.concatenate([np.zeros(0), *map(numbers, items)])
    return np.asarray(value, dtype=float).ravel()


def random_like(value: Any, rng: np.random.Generator) -> Any:
    """Random numbers in the container, shape and dtype of a value."""
    items = items_of(value)
    if items is not None:
        return rebuild(value, [random_like(item, rng) for item in items])
    if isinstance(value, np.ndarray):
        return rng.normal(size=value.shape).astype(value.dtype if value.dtype.kind == "f" else float)
    return float(rng.normal())


def moved(value: Any, h: float, tangent: Any) -> Any:
    """`value + h * tangent`."""
    items = items_of(value)
    if items is not None:
        return rebuild(value, [moved(item, h, part) for item, part in zip(items, items_of(tangent) or ())])
    if isinstance(value, np.ndarray):
        return value.astype(float) + h * np.asarray(tangent, dtype=float)
    return value + h * tangent


def along(function: Callable[..., Any], args: Sequence[Any], tangents: dict[int, Any]) -> Callable[[float], np.ndarray]:
    """The numbers of the result as a function of the step in the direction."""

    def at(h: float) -> np.ndarray:
        return numbers(function(*(moved(a, h, tangents[i]) if i in tangents else a for i, a in enumerate(fresh(args)))))

    return at


def fresh(args: Sequence[Any]) -> tuple[Any, ...]:
    """Copies of the arguments."""
    return copy.deepcopy(tuple(args))


def difference(at: Callable[[float], np.ndarray], step: float) -> np.ndarray:
    """The derivative at 0 by extrapolated differences, with steps so small that a kink is seldom in between."""
    return richardson(at, step=step, levels=5 if step > 1e-5 else 3)[0]


def require_close(found: Any, expected: Any, tolerance: float, what: str) -> None:
    """Raise AssertionError unless the numbers agree, relative to the largest."""
    a, b = numbers(found), numbers(expected)
    scale = max(1.0, float(np.max(np.abs(b), initial=0.0)))
    assert a.shape == b.shape and np.allclose(a, b, rtol=tolerance, atol=tolerance * scale), (
        f"{what}: {a}, the reference is {b}"
    )


def judge(
    function: Callable[..., Any],
    args: Sequence[Any],
    wrt: tuple[int, ...] = (0,),
    *,
    tolerance: float = 1e-6,
    order: int = 2,
    directions: int = 3,
    seed: int = 5,
    step: float = 1e-3,
    limit: float = np.inf,
) -> None:
    """Compare everything at these arguments. The function returns one number.

    A gradient with a number above the limit is compared between the modes only.
    """
    rng = np.random.default_rng(seed)
    given, plain = fresh(args), function(*fresh(args))
    value, pullback = adjoint.vjp(function, *given, wrt=wrt)
    cotangents = pullback(1.0)
    gradient = adjoint.grad(function, wrt)(*given)
    assert np.array_equal(numbers(given), numbers(args)), "the reverse sweep changed an argument"
    assert np.array_equal(numbers(value), numbers(plain)), f"the value is {value}, that of the plain call {plain}"
    require_close(gradient, cotangents, 1e-12, "grad differs from vjp")
    for position, part in zip(wrt, gradient):
        _same_form(part, args[position])
    precision = 1e-9 if tolerance < 1e-5 else tolerance
    for _ in range(directions):
        tangents = {i: random_like(args[i], rng) for i in wrt}
        value, value_dot = adjoint.jvp(function, given, tuple(tangents[i] for i in wrt), wrt=wrt)
        assert np.array_equal(numbers(given), numbers(args)), "the forward sweep changed an argument"
        assert np.array_equal(numbers(value), numbers(plain)), f"forward: the value is {value}, not {plain}"
        inner = np.dot(numbers(gradient), numbers([tangents[i] for i in wrt]))
        require_close(value_dot, inner, precision, "forward differs from reverse")
        if np.max(np.abs(numbers(gradient)), initial=0.0) > limit:
            return
        require_close(inner, difference(along(function, args, tangents), step), tolerance, "the derivative")
    if order > 1:
        _judge_second(function, args, wrt, tangents, tolerance, step)


def right_or_refused(function: Callable[..., Any], args: Sequence[Any], **how: Any) -> None:
    """`judge`, but a refusal that names a line is as good."""
    try:
        judge(function, args, **how)
    except AdjointError as refusal:
        assert refusal.lineno is not None


def _same_form(part: Any, argument: Any) -> None:
    if isinstance(argument, np.ndarray):
        dtype = argument.dtype if argument.dtype.kind == "f" else np.dtype(float)
        assert part.shape == argument.shape and part.dtype == dtype, (part.shape, part.dtype)


def _judge_second(
    function: Callable[..., Any],
    args: Sequence[Any],
    wrt: tuple[int, ...],
    tangents: dict[int, Any],
    tolerance: float,
    step: float,
) -> None:
    """The gradient's derivative in a direction, by forward over reverse, against differences of the gradient."""
    gradient = adjoint.grad(function, wrt)
    given = fresh(args)
    product = adjoint.hvp(function, given, tuple(tangents[i] for i in wrt), wrt=wrt)
    assert np.array_equal(numbers(given), numbers(args)), "the second derivative changed an argument"
    expected = difference(along(gradient, args, tangents), step)
    require_close(product, expected, 10 * tolerance, "the second derivative")
