"""Functions of an array of any size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

ALL: list[Callable[..., Any]] = []


def of_rank(rank: int) -> Callable[[Any], Any]:
    """Enter a function of arrays with at least as many dimensions."""

    def enter(f: Any) -> Any:
        f.rank = rank
        ALL.append(f)
        return f

    return enter


@of_rank(0)
def flattened(x):
    return np.append(np.ravel(x), x) * 2.0


@of_rank(0)
def stacked(x):
    return np.stack([x, x * x]) * np.array(x, ndmin=1)


@of_rank(0)
def joined(x):
    return np.hstack([x, x * x]) * 2.0


@of_rank(0)
def in_columns(x):
    return np.column_stack((x, x * x)) * 2.0


@of_rank(0)
def in_depth(x):
    return np.dstack((x, x * x)) * 2.0


@of_rank(0)
def deep(x):
    return np.atleast_3d(x) ** 2


@of_rank(0)
def below(x):
    return np.vstack((x, x * x)) * 2.0


@of_rank(0)
def tiled(x):
    return np.tile(x, (2, 1, 3)) * 2.0


@of_rank(0)
def repeated(x):
    return np.repeat(x, 3) ** 2


@of_rank(0)
def resized(x):
    return np.resize(x, (2, 0)) * 2.0


@of_rank(0)
def broadcast(x):
    a, b = np.broadcast_arrays(x, 2.0)
    return a * b


@of_rank(1)
def padded(x):
    return np.pad(x, 1, constant_values=3.0) ** 2


@of_rank(1)
def padded_one_side(x):
    return np.pad(x, (0, 2)) ** 2


@of_rank(1)
def rolled(x):
    return np.roll(x, 1) * x + np.roll(x, -1, axis=0)


@of_rank(1)
def flipped(x):
    return np.flip(x) * x + np.flipud(x)


@of_rank(2)
def turned(x):
    return np.rot90(x) * np.fliplr(x).T


@of_rank(1)
def sorted_last(x):
    return np.sort(x) * x


@of_rank(1)
def sorted_flat(x):
    return np.sort(x, axis=None) ** 2


@of_rank(1)
def along(x):
    return np.take_along_axis(x, np.argsort(x, axis=0), axis=0) ** 2


@of_rank(1)
def positive(x):
    return x[x > 0] ** 2 * np.extract(x > 0, x)


@of_rank(1)
def where_positive(x):
    return x[np.nonzero(x > 0)] ** 2


@of_rank(1)
def nothing_taken(x):
    return np.delete(x, np.arange(0), axis=0) * x


@of_rank(1)
def chosen(x):
    return np.select([x > 0.5, x > 0], [x * x, 3.0 * x], x) + np.choose((x > 0).astype(int), [x, -x])


@of_rank(1)
def distinct(x):
    return np.unique(x) ** 2


@of_rank(1)
def piecewise(x):
    return np.piecewise(x, [x < 0], [lambda t: t * t, lambda t: t * 2.0])


@of_rank(1)
def fortran(x):
    return x.ravel(order="F") * np.reshape(x, (-1,), order="F") if x.size else x.ravel()


@of_rank(1)
def meshed(x):
    a, b = np.meshgrid(x, np.arange(2.0), indexing="ij")
    return a * b


OF_NUMBERS = [f for f in ALL if f.rank == 0]
