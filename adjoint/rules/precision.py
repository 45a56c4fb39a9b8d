"""Derivatives in the precision of what they belong to: float32 stays float32, a Python number is float64."""

from __future__ import annotations

import numpy as np

from adjoint.ir.builder import Builder
from adjoint.ir.core import Value
from adjoint.ir.types import FLOAT, Array, Scalar, Type, dtype_of, is_complex, is_differentiable, rank_of

_CASTS = ("float64", "float32", "float16", "longdouble")
CASTS = {str(np.dtype(name)): name for name in reversed(_CASTS)}
"""By dtype, the operation that makes a NumPy scalar of it."""


def as_precise_as(builder: Builder, value: Value, like: Type) -> Value:
    """A derivative in the precision of what it belongs to; a real one of usual complex numbers stays real."""
    t = value.type
    if not rank_of(t):
        return number_as(builder, value, like)
    if not isinstance(t, Array) or not isinstance(like, Array) or t.dtype == like.dtype:
        return value
    fits = like.dtype not in ("float64", "complex128") or np.dtype(t.dtype).kind == np.dtype(like.dtype).kind
    return builder.emit("astype", value, dtype=like.dtype) if fits and is_differentiable(like) else value


def as_float(builder: Builder, value: Value, like: Type) -> Value:
    """A derivative that is an array of integers or truth values, such as `m` of `m @ x`, as real numbers.

    Truth values would be added as such, and integers not hold what is added to them in place.
    """
    if not isinstance(value.type, Array) or np.dtype(value.type.dtype).kind not in "biu":
        return value
    if not value.type.rank:
        return builder.emit("mul", builder.const(1.0), value)
    wanted = np.zeros(0, dtype_of(like) or "float64").real.dtype
    name = str(wanted) if wanted.kind == "f" else "float64"
    return builder.emit("astype", value, dtype=float if name == "float64" else name)


def number_as(builder: Builder, value: Value, like: Type) -> Value:
    """A number as precise as the NumPy scalar it belongs to. A Python number has the precision of what it meets."""
    wanted, given = dtype_of(like), dtype_of(value.type)
    known = isinstance(value.type, Scalar | Array) and not rank_of(value.type)
    if not known or rank_of(like) or wanted == given or is_complex(value.type):
        return value
    if not isinstance(like, Array):
        return builder.emit("float", value) if like == FLOAT and np.dtype(given).itemsize > 8 else value
    return builder.emit(CASTS[wanted], value) if wanted in CASTS else value
