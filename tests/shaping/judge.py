"""A program against itself: value, both modes against each other and against differences."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import adjoint
from tests import support

Program = Callable[..., Any]


def moving(args: Sequence[Any]) -> tuple[int, ...]:
    """The arguments that are differentiated."""
    return support.real_positions(args)


def directions(args: Sequence[Any], seed: int) -> dict[int, Any]:
    rng = np.random.default_rng(seed)
    made = {}
    for i in moving(args):
        kind = args[i].dtype if isinstance(args[i], np.ndarray) else float
        step = rng.uniform(-1, 1, np.shape(args[i]))
        made[i] = step.astype(kind) if isinstance(args[i], np.ndarray) else float(step)
    return made


def differences(f: Program, args: Sequence[Any], along: dict[int, Any]) -> Any:
    """The derivative along a direction, to fourth order."""
    h = 1e-3

    def at(step: float) -> Any:
        moved = [x + step * along[i] if i in along else copy.deepcopy(x) for i, x in enumerate(args)]
        return np.asarray(f(*moved), float)

    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)


def check(f: Program, args: Sequence[Any], *, exact: bool = True) -> None:
    """Value bit for bit, arguments untouched, forward against differences, reverse against forward."""
    wrt, along, before = moving(args), directions(args, 1), copy.deepcopy(args)
    plain = f(*copy.deepcopy(args))
    value, pull = adjoint.vjp(f, *args, wrt=wrt)
    np.testing.assert_array_equal(value, plain)
    seed = np.random.default_rng(2).uniform(-1, 1, np.shape(plain)).astype(np.asarray(plain).dtype)
    cotangents = pull(seed if np.ndim(plain) else float(seed))
    value, tangent = adjoint.jvp(f, tuple(args), tuple(along[i] for i in wrt), wrt=wrt)
    np.testing.assert_array_equal(value, plain)
    assert support.unchanged(before, args), "an argument was changed"
    assert np.shape(tangent) == np.shape(plain)
    tolerance = 1e-7 if exact else 3e-4
    if exact:
        np.testing.assert_allclose(tangent, differences(f, args, along), rtol=1e-7, atol=1e-8)
    left, right = np.vdot(seed, tangent), sum(np.vdot(c, along[i]) for i, c in zip(wrt, cotangents))
    np.testing.assert_allclose(left, right, rtol=tolerance * 1e-2 if exact else tolerance, atol=tolerance * 1e-3)
    for i, cotangent in zip(wrt, cotangents):
        assert np.shape(cotangent) == np.shape(args[i])
        assert not isinstance(args[i], np.ndarray) or cotangent.dtype == args[i].dtype


def check_second(loss: Program, args: Sequence[Any]) -> None:
    """Hessian times direction against the difference of gradients."""
    wrt, along, h = moving(args), directions(args, 3), 1e-4
    gradient = adjoint.grad(loss, wrt=wrt)

    def at(step: float) -> list[Any]:
        moved = [x + step * along[i] if i in along else x for i, x in enumerate(args)]
        return [np.asarray(g, float) for g in gradient(*moved)]

    got = adjoint.jvp(gradient, tuple(args), tuple(along[i] for i in wrt), wrt=wrt)[1]
    for part, low, high in zip(got, at(-h), at(h)):
        np.testing.assert_allclose(part, (high - low) / (2 * h), rtol=2e-5, atol=2e-6)
