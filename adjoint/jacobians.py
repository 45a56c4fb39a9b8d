"""Derivatives that take several runs: one for each number of an argument (forward) or of the result (reverse)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, ParamSpec, final

import numpy as np

from adjoint.derivative import Derivative, Wrt
from adjoint.errors import NotDifferentiable
from adjoint.options import Kind, Mode, Transform
from adjoint.signatures import is_number, place_of

P = ParamSpec("P")


def unit_tangents(value: Any) -> Iterator[Any]:
    """For each number of the value, from first to last: a tangent that is 1 there and 0 elsewhere."""
    if not isinstance(value, np.ndarray) or value.ndim == 0:
        yield 1.0
        return
    for index in np.ndindex(value.shape):
        tangent = np.zeros(value.shape, value.dtype)
        tangent[index] = 1.0
        yield tangent


def zero_tangent(value: Any) -> Any:
    """The tangent of something that stays as it is."""
    if isinstance(value, np.ndarray) and value.ndim:
        return np.zeros(value.shape, value.dtype)
    if isinstance(value, tuple | list):
        return type(value)(map(zero_tangent, value))
    return 0.0


def copy_arrays(value: Any) -> Any:
    """The same value with arrays of its own: what a callee writes into it stays unseen."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, tuple | list):
        return type(value)(map(copy_arrays, value))
    if isinstance(value, dict):
        return {key: copy_arrays(item) for key, item in value.items()}
    return value


def forward_gradient(pushforward: Callable[..., Any], transform: Transform) -> Callable[..., Any]:
    """A gradient by forward mode: one run of the `jvp` function for each number of the arguments `transform.wrt`."""

    def gradient(*values: Any) -> Any:
        moving = sorted(transform.wrt)
        zeros = [zero_tangent(values[position]) for position in moving]
        parts = {}
        for slot, position in enumerate(moving):
            value = values[position]
            tangents = ([*zeros[:slot], unit, *zeros[slot + 1 :]] for unit in unit_tangents(value))
            numbers = [pushforward(*values, *chosen)[1] for chosen in tangents]
            parts[position] = _like(numbers, value)
        return parts[transform.wrt[0]] if transform.single else tuple(parts[p] for p in transform.wrt)

    return gradient


def _like(numbers: list[Any], value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.ndim:
        return np.array(numbers, value.dtype).reshape(value.shape)
    return numbers[0]


@final
class Jacobian(Generic[P]):
    """All partial derivatives of a function: called like it, gives arrays of shape `result.shape + argument.shape`.

    `mode` is forward (a run for each number of the argument), reverse (for each number of the result), or None:
    whichever is less.
    A tuple result gives a tuple of them; a tuple `wrt` gives a tuple (inside it).
    """

    def __init__(self, function: Derivative[P, Any], wrt: Wrt, mode: Mode | None) -> None:
        functools.update_wrapper(self, function, updated=())
        self.__wrapped__ = function
        self.__name__ = f"{function.__name__}_jacobian"
        self._positions, self._single = function.positions(wrt)
        self._mode = mode

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        parts = [self._one(position, args, kwargs) for position in self._positions]
        if self._single:
            return parts[0]
        if isinstance(parts[0], tuple):  # a tuple of results: one tuple of partials for each
            return tuple(zip(*parts))
        return tuple(parts)

    @property
    def source(self) -> str:
        """The emitted function that runs for each column (forward) or row (reverse)."""
        kind: Kind = "vjp" if self._mode == "reverse" else "jvp"
        return self._derivative(kind, self._positions[0]).source

    def _derivative(self, kind: Kind, position: int) -> Derivative[..., Any]:
        return self.__wrapped__.derive(kind, position)

    def _one(self, position: int, args: Any, kwargs: Any) -> Any:
        if self._mode == "reverse":
            return self._rows(position, args, kwargs)
        values = self.__wrapped__.bind(args, kwargs)
        call = self._derivative("jvp", position).prepare(values)
        value = values[position]
        if not is_number(value):
            self._refuse(f"its argument {self.__wrapped__.parameter_names[position]!r} is a {type(value).__name__}")
        columns: list[Any] = []
        units = unit_tangents(value)
        first = next(units, None)
        if first is not None:
            result, column = call(*values, first)
            if self._mode is None and is_number(result) and np.size(result) < np.size(value):
                return self._rows(position, args, kwargs)
            columns = [column, *(call(*values, unit)[1] for unit in units)]
        else:
            _, column = call(*values, zero_tangent(value))
            return _map(lambda part: np.zeros(np.shape(part) + np.shape(value)), column)
        return _stack(columns, np.shape(value))

    def _rows(self, position: int, args: Any, kwargs: Any) -> Any:
        """One reverse run for each number of the result."""
        values = self.__wrapped__.bind(args, kwargs)
        call = self._derivative("vjp", position).prepare(values)
        result = self.__wrapped__(*copy_arrays(args), **copy_arrays(kwargs))
        if not is_number(result):
            self._refuse(f"it returns a {type(result).__name__}", 'use `jacfwd`, or `mode="forward"`')
        rows = [call(*values, unit)[1] for unit in unit_tangents(result)]
        if not np.shape(result):
            return rows[0]
        if not rows:
            return np.zeros(np.shape(result) + np.shape(values[position]))
        return np.stack([np.asarray(row) for row in rows]).reshape(np.shape(result) + np.shape(values[position]))

    def _refuse(self, why: str, fix: str = "use `jvp` or `vjp`, which take any arguments") -> None:
        function = self.__wrapped__.__wrapped__
        raise NotDifferentiable(
            f"{self.__wrapped__.__name__!r} has no Jacobian", place=place_of(function), why=why, fix=fix
        )


def _stack(columns: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """The columns, one for each number of an argument of that shape, along the last axes."""
    if isinstance(columns[0], tuple | list):
        return tuple(_stack([column[i] for column in columns], shape) for i in range(len(columns[0])))
    if not shape:
        return columns[0]
    return np.stack([np.asarray(column) for column in columns], axis=-1).reshape(np.shape(columns[0]) + shape)


def _map(function: Callable[[Any], Any], value: Any) -> Any:
    if isinstance(value, tuple | list):
        return tuple(_map(function, item) for item in value)
    return function(value)
