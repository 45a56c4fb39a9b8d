"""Operations that join arrays: each part gets its slice of the cotangent."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.ir.types import Scalar
from adjoint.rules.expr import Expr, extent
from adjoint.rules.registry import composite, linear


@composite("concatenate")
def concatenate_flat(*arrays: Expr, axis: Any) -> Any:
    """Without an axis, arrays are joined as vectors."""
    if axis is not None:
        return None
    return arrays[0].emit("concatenate", *map(flat, arrays), axis=0)


def flat(x: Expr) -> Expr:
    """The elements as a vector."""
    if x.ndim == 1:
        return x
    return x.emit("ravel", x) if x.ndim else as_vector(x)


def as_vector(x: Expr) -> Expr:
    """A number as a vector of one element."""
    return x.emit("array", x, shape=(1,)) if isinstance(x.type, Scalar) else x.emit("reshape", x, 1)


@linear("concatenate", lazy="moves")
def concatenate(y_bar: Expr, *arrays: Expr, axis: Any) -> Any:
    """Each array gets its slice."""
    before = [slice(None)] * (axis % y_bar.ndim)
    shares, start = [], Offset()
    for number, x in enumerate(arrays):
        stop = start.after(extent(x, axis))
        last = number == len(arrays) - 1
        shares.append(_slice(y_bar, before, start, None if last else stop))
        start = stop
    return tuple(shares)


class Offset:
    """Where a slice starts: a number plus extents known at run time."""

    def __init__(self, known: int = 0, rest: Expr | None = None) -> None:
        self.known = known
        self.rest = rest

    def after(self, size: int | Expr) -> Offset:
        if isinstance(size, int):
            return Offset(self.known + size, self.rest)
        return Offset(self.known, size if self.rest is None else self.rest + size)

    def bound(self) -> Any:
        """The bound of a slice; None for 0."""
        if self.rest is None:
            return self.known or None
        return self.rest + self.known if self.known else self.rest


def _slice(y_bar: Expr, before: list[Any], start: Offset, stop: Offset | None) -> Any:
    def share() -> Expr:
        end = None if stop is None else 0 if stop.bound() is None else stop.bound()
        return y_bar[(*before, slice(start.bound(), end))]

    return share


@linear("stack", lazy="moves")
def stack(y_bar: Expr, *arrays: Expr, axis: Any) -> Any:
    before = [slice(None)] * (axis % y_bar.ndim)
    return tuple(lambda i=i: y_bar[(*before, i)] for i in range(len(arrays)))


@linear("array", lazy="moves")
def array(y_bar: Expr, *items: Expr, shape: Any) -> Any:
    """A literal: each item gets its element; a copy: the array gets all."""
    if shape is None:
        return y_bar
    indices = [tuple(int(i) for i in np.unravel_index(number, shape)) for number in range(len(items))]
    return tuple(lambda index=index: y_bar[index] for index in indices)


@composite("hstack")
def hstack(*arrays: Expr) -> Any:
    whole = [x if x.ndim else as_vector(x) for x in arrays]
    return whole[0].emit("concatenate", *whole, axis=0 if whole[0].ndim == 1 else 1)


@composite("vstack")
def vstack(*arrays: Expr) -> Any:
    rows = [x.emit("atleast_2d", x) if x.ndim < 2 else x for x in arrays]
    return rows[0].emit("concatenate", *rows, axis=0)


@composite("column_stack")
def column_stack(*arrays: Expr) -> Any:
    """Vectors are columns."""
    columns = [x if x.ndim > 1 else (x if x.ndim else as_vector(x))[:, None] for x in arrays]
    return columns[0].emit("concatenate", *columns, axis=1)


@composite("dstack")
def dstack(*arrays: Expr) -> Any:
    """Along the third axis, which vectors and matrices get."""
    deep = [x if x.ndim > 2 else x[:, :, None] if x.ndim == 2 else flat(x)[None, :, None] for x in arrays]
    return deep[0].emit("concatenate", *deep, axis=2)


@composite("append")
def append(x: Expr, values: Expr, *, axis: Any) -> Any:
    return x.emit("concatenate", x, values, axis=axis) if axis is not None else concatenate_flat(x, values, axis=None)
