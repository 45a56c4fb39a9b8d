"""The mark on a kernel that writes into arrays: how its arguments are made, and in which it is differentiated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, final

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])
Make = Callable[[int, np.random.Generator], tuple[Any, ...]]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """A function of arrays that returns one number. `make(n, rng)` makes arguments of size n."""

    function: Callable[..., Any]
    make: Make
    wrt: tuple[int, ...]
    sizes: tuple[int, int]
    tolerance: float
    order: int
    refused: bool

    def __str__(self) -> str:
        return f"{self.function.__module__.rpartition('.')[2]}-{self.function.__name__}"


KERNELS: list[Kernel] = []


def kernel(
    make: Make,
    *,
    wrt: int | tuple[int, ...] = 0,
    sizes: tuple[int, int] = (5, 8),
    tolerance: float = 1e-6,
    order: int = 2,
    refused: bool = False,
) -> Callable[[F], F]:
    """Decorator: check the function as it is. What is `refused` shares memory in a way that is not followed."""

    def register(function: F) -> F:
        positions = wrt if isinstance(wrt, tuple) else (wrt,)
        KERNELS.append(Kernel(function, make, positions, sizes, tolerance, order, refused))
        return function

    return register


def vector(n: int, rng: np.random.Generator) -> tuple[Any, ...]:
    """One vector, away from zero."""
    return (rng.uniform(0.5, 1.5, n),)


def vectors(count: int) -> Make:
    """Several vectors of one length."""
    return lambda n, rng: tuple(rng.uniform(0.5, 1.5, n) for _ in range(count))


def matrix(n: int, rng: np.random.Generator) -> tuple[Any, ...]:
    """One matrix with more columns than rows."""
    return (rng.uniform(0.5, 1.5, (n, n + 1)),)


def dominant(n: int, rng: np.random.Generator) -> tuple[Any, ...]:
    """A matrix that needs no pivoting."""
    return (rng.uniform(0.1, 1.0, (n, n)) + n * np.eye(n),)


def positive(n: int, rng: np.random.Generator) -> tuple[Any, ...]:
    """A symmetric positive definite matrix."""
    (a,) = dominant(n, rng)
    return (a @ a.T / n,)


def with_vector(make: Make) -> Make:
    """The same, and a vector after it."""
    return lambda n, rng: (*make(n, rng), *vector(n, rng))


def with_last(make: Make, *last: Any) -> Make:
    """The same, and constants after it."""
    return lambda n, rng: (*make(n, rng), *last)
