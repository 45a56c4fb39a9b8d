"""How programs of this package are listed: a function with the arguments it is tested on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])


def numbers(*shape: int, seed: int = 0) -> Any:
    """Distinct numbers in no order, none of them near another (so that sorting and choosing are smooth)."""
    count = int(np.prod(shape))
    order = np.random.default_rng(seed + count).permutation(count)
    return (0.3 + (order - 0.37 * count) / max(count, 1)).reshape(shape)


class Registry:
    """The programs of one module."""

    def __init__(self) -> None:
        self.cases: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []

    def __call__(self, *args: Any) -> Callable[[F], F]:
        """Enter a function with arguments; a tuple of ints stands for an array of that shape."""

        def enter(function: F) -> F:
            self.cases.append((function, tuple(numbers(*a) if isinstance(a, tuple) else a for a in args)))
            return function

        return enter
