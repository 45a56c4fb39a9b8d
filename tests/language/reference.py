"""Derivatives by numerics alone: extrapolated central differences, sharpened by a complex step where it agrees."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tests.language.numbers import vector, with_numbers
from tests.support import richardson

_AGREEMENT = 1e-5


def plain_call(function: Callable[..., Any], args: Sequence[Any], kwargs: Any) -> tuple[Any, str]:
    """Result and printed text."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        result = function(*args, **kwargs)
    return result, printed.getvalue()


def gradient(along: Callable[[np.ndarray], float | complex], at: np.ndarray) -> tuple[np.ndarray, float]:
    """The gradient at a point of a function of a vector, and how far it may be off (relative to its largest part)."""
    found, doubt = np.zeros(at.size), 0.0
    for index in range(at.size):
        found[index], error = _partial(along, at, index)
        doubt = max(doubt, error)
    return found, doubt


def _partial(along: Callable[[np.ndarray], float | complex], at: np.ndarray, index: int) -> tuple[float, float]:
    unit = np.zeros(at.size)
    unit[index] = 1.0
    difference, error = richardson(lambda h: np.array([along(at + h * unit)]), step=1e-2)
    value = float(difference[0])
    try:
        step = complex(along(at + 1e-30j * unit)).imag / 1e-30
    except Exception:  # the program does not take complex numbers
        return value, error
    if np.isfinite(step) and abs(step - value) <= _AGREEMENT * max(1.0, abs(value)):
        return step, 0.0
    return value, error


def directional(along: Callable[[np.ndarray], np.ndarray], at: np.ndarray, tangent: np.ndarray) -> np.ndarray:
    """The directional derivative of a vector function by extrapolated central differences."""
    return richardson(lambda h: along(at + h * tangent), step=1e-2)[0]


def program_gradient(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Any, moving: Sequence[int], weights: np.ndarray
) -> tuple[np.ndarray, float]:
    """The gradient of `<weights, function(*args)>` in all real leaves of the arguments that move."""

    def along(numbers: np.ndarray) -> float | complex:
        result, _ = plain_call(function, replaced(args, moving, numbers), kwargs)
        weighted: complex = np.dot(weights, vector(result))
        return weighted if np.iscomplexobj(weighted) else float(weighted.real)

    return gradient(along, numbers_of(args, moving))


def numbers_of(args: Sequence[Any], moving: Sequence[int]) -> np.ndarray:
    return vector(tuple(args[position] for position in moving))


def replaced(args: Sequence[Any], moving: Sequence[int], numbers: np.ndarray) -> list[Any]:
    """Fresh copies of all arguments, with these numbers in those that move."""
    fixed = dict(zip(moving, with_numbers(tuple(args[position] for position in moving), numbers)))
    return [fixed[i] if i in fixed else with_numbers(arg, vector(arg)) for i, arg in enumerate(args)]
