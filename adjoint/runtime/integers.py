"""Integers in differentiated containers: real numbers, or counts that stay as they are.

`{"w": 1, "n": 3}` may mean two real numbers. When the function uses `n` as a count (in `range`, as an index), it cannot
be real: it stays an integer then, and its gradient is None. Which ones stay is found out by trying.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from adjoint.errors import AdjointError, UnsupportedConstruct
from adjoint.ir.types import List, Tuple, Type, is_differentiable, is_numeric
from adjoint.runtime.containers import items_of, rebuild

T = TypeVar("T")
Path = tuple[int, ...]
"""The way to an item of a container: its position, then that in the item."""

_MAX_TRIED = 8
"""How many integers are tried one by one; of more, all stay integers or none."""


def is_integer(value: Any) -> bool:
    """Whether the value is an integer or an array of them, and no flag."""
    if type(value) is int or isinstance(value, np.integer):
        return True
    return is_integer_array(value)


def is_integer_array(value: Any) -> bool:
    """Whether the value is an array of integers."""
    return type(value) is np.ndarray and value.dtype.kind in "iu"


def integer_paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where integers are inside of containers. A list is one unit: its items are of one kind."""
    items = items_of(value)
    if items is None:
        if path and is_integer(value):
            yield path
    elif isinstance(value, list) and all(items_of(item) is None for item in items):
        if any(map(is_integer, items)):
            yield path
    else:
        for number, item in enumerate(items):
            yield from integer_paths(item, (*path, number))


def refuse_rounding(given: Any, real: Any, name: str) -> None:
    """Refuse an array of integers that was made real, of an argument that the function writes into."""
    if isinstance(given, np.ndarray):
        if given is not real:
            raise UnsupportedConstruct(
                f"the function writes into its argument {name!r}, which is or holds an array of {given.dtype}",
                why="what is stored there is rounded, while the derivative is of real numbers",
                fix=f"pass real numbers: `{name}.astype(float)`",
            )
        return
    for one, other in zip(items_of(given) or (), items_of(real) or ()):
        refuse_rounding(one, other, name)


def refuse_rounded_inside(lowered: Callable[[Sequence[Any]], object], args: Sequence[Any]) -> None:
    """Raise the refusal that integers lead to where a copy of them takes real numbers, which NumPy rounds."""
    try:
        lowered(args)
    except AdjointError as refusal:
        if refusal.rounds:
            refusal.add_note("An argument is an array of integers: pass real numbers, `.astype(float)`.")
            raise


def as_real_except(value: Any, kept: Collection[Path], real: Callable[[Any], Any], path: Path = ()) -> Any:
    """The value with its integers as real numbers, but those at the paths `kept`."""
    if path in kept:
        return value
    items = items_of(value)
    if items is None or not any(each[: len(path)] == path for each in kept):
        return real(value)
    made = [as_real_except(item, kept, real, (*path, number)) for number, item in enumerate(items)]
    return value if all(a is b for a, b in zip(made, items)) else rebuild(value, made)


def with_fewest(candidates: Collection[Path], attempt: Callable[[frozenset[Path]], T]) -> tuple[T, frozenset[Path]]:
    """What an attempt gives with as few integers kept as it takes, and which. Raises the refusal with none kept."""
    try:
        return attempt(frozenset()), frozenset()
    except AdjointError as error:
        refusal = error
    every = frozenset(candidates)
    is_few = 1 < len(every) <= _MAX_TRIED
    found, kept = None, every
    for kept in ([every] if every else []) + ([every - {each} for each in sorted(every)] if is_few else []):
        found = tried(attempt, kept)
        if found is not None:
            break
    if found is None:
        raise refusal
    for each in sorted(kept) if is_few else ():
        fewer = tried(attempt, kept - {each}) if len(kept) > 1 else None
        if fewer is not None:
            found, kept = fewer, kept - {each}
    return found, kept


def gives_integers(kept: Type, real: Type) -> bool:
    """Whether a result has integers where there are real numbers when the arguments are made real."""
    if isinstance(kept, Tuple) and isinstance(real, Tuple):
        return any(map(gives_integers, kept.items, real.items))
    if isinstance(kept, List) and isinstance(real, List):
        return gives_integers(kept.item, real.item)
    return is_numeric(kept) and not is_differentiable(kept) and is_differentiable(real)


def tried(attempt: Callable[[frozenset[Path]], T], kept: frozenset[Path]) -> T | None:
    """What the attempt gives; None where it is refused."""
    try:
        return attempt(kept)
    except AdjointError:
        return None


__all__ = ["Path", "as_real_except", "gives_integers", "integer_paths", "tried", "with_fewest"]
