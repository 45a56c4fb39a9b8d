"""Derivatives that take several runs: one for each number of an argument (forward) or of the result (reverse)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, ParamSpec, final

import numpy as np

from adjoint.derivative import Derivative
from adjoint.errors import NotDifferentiable
from adjoint.options import Kind, Mode, Transform
from adjoint.repeats import check_repeatable
from adjoint.runtime.containers import copy_leaves, is_number, items_of, rebuild
from adjoint.signatures import place_of
from adjoint.slots import Slot, Slots, Wrt

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
    """The tangent of something that stays as it is; None for what is no number."""
    return copy_leaves(_zero, value)


def _zero(leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray) and leaf.ndim:
        return np.zeros(leaf.shape, leaf.dtype)
    return 0.0 if is_number(leaf) else None


def copy_arrays(value: Any) -> Any:
    """The same value with arrays and containers of its own: what a callee writes into it stays unseen."""
    return copy_leaves(_copy, value)


def _copy(leaf: Any) -> Any:
    return leaf.copy(order="K") if isinstance(leaf, np.ndarray) else leaf


def complete(tangent: Any, value: Any) -> Any:
    """The tangent of a container with zeros where it has None. What does not fit is left to be refused."""
    if tangent is None:
        return zero_tangent(value)
    items, given = items_of(value), items_of(tangent)
    if items is None or given is None or len(items) != len(given):
        return tangent
    if isinstance(value, dict) and isinstance(tangent, dict) and set(value) == set(tangent):
        return {key: complete(tangent[key], item) for key, item in value.items()}
    return rebuild(tangent, [complete(part, item) for part, item in zip(given, items)])


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


def tangent_in(slot: Slot, values: Sequence[Any], tangent: Any, others: Any = None) -> Any:
    """The tangent of the whole parameter when one argument of it moves, and the rest like `others` or not at all."""
    if slot.part is None:
        return tangent
    given = values[slot.position]
    keys = list(given) if isinstance(given, dict) else list(range(len(given)))
    parts = items_of(zero_tangent(given) if others is None else others) or ()
    return rebuild(given, [tangent if key == slot.part else part for key, part in zip(keys, parts)])


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
        self._slots = function.slots(wrt)
        self._mode = mode

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        parts = [self._one(slot, args, kwargs) for slot in self._slots.items]
        if self._slots.single:
            return parts[0]
        if type(parts[0]) is tuple:  # a tuple of results: one tuple of partials for each
            return tuple(zip(*parts))
        return tuple(parts)

    @property
    def source(self) -> str:
        """The emitted function that runs for each column (forward) or row (reverse)."""
        kind: Kind = "vjp" if self._mode == "reverse" else "jvp"
        return self._derivative(kind, self._slots.items[0]).source

    def _derivative(self, kind: Kind, slot: Slot) -> Derivative[..., Any]:
        return self.__wrapped__.derived(kind, Slots((slot,), True))

    def _one(self, slot: Slot, args: Any, kwargs: Any) -> Any:
        if self._mode == "reverse":
            return self._rows(slot, args, kwargs)
        values = self.__wrapped__.bind(args, kwargs)
        made = self._derivative("jvp", slot).prepared(values)
        call, value = made.call, self._argument(slot, values)
        columns: list[Any] = []
        units = (tangent_in(slot, values, unit) for unit in unit_tangents(value))
        first = next(units, None)
        if first is not None:
            result, column = call(*values, first)
            fewer = is_number(result) and np.size(result) < np.size(value)
            if self._mode is None and fewer and np.asarray(result).dtype.kind != "c":
                return self._rows(slot, args, kwargs)
            if np.size(value) > 1:
                check_repeatable(made.is_repeatable, made.name, self.__wrapped__.__wrapped__)
            columns = [column, *(call(*values, unit)[1] for unit in units)]
        else:
            _, column = call(*values, zero_tangent(values[slot.position]))
            return _map(lambda part: np.zeros(np.shape(part) + np.shape(value)), column)
        return _stack(columns, np.shape(value))

    def _argument(self, slot: Slot, values: Sequence[Any]) -> Any:
        value = slot.of(values)
        if not is_number(value):
            self._refuse(f"its argument {self.__wrapped__.names[slot.position]!r} is a {type(value).__name__}")
        if np.asarray(value).dtype.kind == "c":
            self._refuse(
                f"its argument {self.__wrapped__.names[slot.position]!r} is complex",
                "take it in the real and imaginary parts, or use `jvp` or `vjp`",
            )
        return value

    def _rows(self, slot: Slot, args: Any, kwargs: Any) -> Any:
        """One reverse run for each number of the result."""
        values = self.__wrapped__.bind(args, kwargs)
        made = self._derivative("vjp", slot).prepared(values)
        check_repeatable(made.is_repeatable, made.name, self.__wrapped__.__wrapped__)
        call = made.call
        shape = np.shape(self._argument(slot, values))
        result = self.__wrapped__(*copy_arrays(args), **copy_arrays(kwargs))
        if not is_number(result):
            self._refuse(f"it returns a {type(result).__name__}", 'use `jacfwd`, or `mode="forward"`')
        if np.asarray(result).dtype.kind == "c":
            self._refuse("it returns complex numbers: a row is more than one run", 'use `jacfwd`, or `mode="forward"`')
        rows = [call(*values, unit)[1] for unit in unit_tangents(result)]
        if not np.shape(result):
            return rows[0]
        if not rows:
            return np.zeros(np.shape(result) + shape)
        return np.stack([np.asarray(row) for row in rows]).reshape(np.shape(result) + shape)

    def _refuse(self, why: str, fix: str = "use `jvp` or `vjp`, which take any arguments") -> None:
        function = self.__wrapped__.__wrapped__
        raise NotDifferentiable(
            f"{self.__wrapped__.__name__!r} has no Jacobian", place=place_of(function), why=why, fix=fix
        )


def _stack(columns: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """The columns, one for each number of an argument of that shape, along the last axes."""
    items = [items_of(column) for column in columns]
    if items[0] is not None:
        return _like_result(columns[0], [_stack(parts, shape) for parts in zip(*(each or () for each in items))])
    if not shape or columns[0] is None:
        return columns[0]
    return np.stack([np.asarray(column) for column in columns], axis=-1).reshape(np.shape(columns[0]) + shape)


def _like_result(result: Any, parts: list[Any]) -> Any:
    """Jacobians in the container of the result; in a tuple where that is a list."""
    return tuple(parts) if type(result) in (tuple, list) else rebuild(result, parts)


def _map(function: Callable[[Any], Any], value: Any) -> Any:
    items = items_of(value)
    if items is not None:
        return _like_result(value, [_map(function, item) for item in items])
    return None if value is None else function(value)
