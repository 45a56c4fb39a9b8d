"""Functions that Numba has compiled: what they mean is the Python function they were made from."""

from __future__ import annotations

from types import FunctionType
from typing import Any


def python_function(value: Any) -> FunctionType | None:
    """The function that `@njit` was put on; None for anything else."""
    if not type(value).__module__.startswith("numba."):
        return None
    inner = getattr(value, "py_func", None)
    return inner if isinstance(inner, FunctionType) else None


def is_parallel_range(value: Any) -> bool:
    """Whether the value is `numba.prange`, which counts as `range` does."""
    return getattr(value, "__name__", None) == "prange" and str(getattr(value, "__module__", "")).startswith("numba.")
