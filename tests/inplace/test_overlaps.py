"""Parts of an array that are stored into other parts of it: NumPy copies first, but not from vector to vector."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from adjoint.errors import AliasNotProvable
from tests.inplace.judge import judge

X = np.array([0.7, 1.3, -0.4, 0.9, 0.35, 1.1, -0.8, 0.55])
W = np.arange(8.0)


def every_other(x):
    u = np.array([x[0], x[1], x[2], x[3], 0.0, 0.0, 0.0, 0.0])
    u[::2] = u[:4]
    return (u * u).sum()


def from_every_other(x):
    u = x.copy()
    u[1:5] = u[0:8:2]
    return (u * u).sum()


def copied_to(x):
    u = x.copy()
    np.copyto(u[::2], u[:4])
    return (u * u).sum()


def column_into_row(x):
    a = np.outer(x, np.cos(x))
    a[1] = a[:, 2]
    return (a * a).sum()


def through_a_name(x):
    a = np.outer(x, np.cos(x))
    r = a[1]
    r[...] = a[:, 2]
    return (a * a).sum()


def row_and_column_exchanged(x):
    a = np.outer(x, np.cos(x))
    a[1], a[:, 2] = a[:, 2], a[1]
    return (a * a).sum()


def at_a_place_of_the_run(x):
    a = np.outer(x, np.cos(x))
    i = np.argmax(x)
    a[i] = a[:, 2]
    return (a * a).sum()


def through_another_shape(x):
    a = np.outer(x, np.cos(x))
    v = a.ravel()
    v[:8] = a[:, 0]
    return (a * a).sum()


READ_LATE = (
    every_other,
    from_every_other,
    copied_to,
    column_into_row,
    through_a_name,
    row_and_column_exchanged,
    at_a_place_of_the_run,
    through_another_shape,
)


@pytest.mark.parametrize("function", READ_LATE, ids=lambda f: f.__name__)
def test_what_numpy_may_read_late_is_refused(function):
    with pytest.raises(AliasNotProvable, match="into another part of it"):
        adjoint.grad(function)(X)


def shifted(x):
    u = x.copy()
    u[1:] = u[:-1]
    u[:-2] = u[2:]
    return (u * u * W).sum()


def turned(x):
    u = x.copy()
    u[:] = u[::-1]
    return (u * u * W).sum()


def read_ahead(x):
    u = x.copy()
    u[:4] = u[::2]
    u[:3] = u[2::2]
    return (u * u * W).sum()


def mirrored(x):
    a = np.outer(x, np.cos(x))
    for i in range(8):
        a[i, i + 1 :] = a[i + 1 :, i]
    for j in range(1, 8):
        a[j, :j] = 0.5 * a[:j, j]
        a[j, :j] = a[:j, j]
    return (a * a * W).sum()


def whole_matrices(x):
    a = np.outer(x, np.cos(x))
    a[:] = a.T
    a[3] = a.diagonal()
    a[0, 1:] = a[2:, 0][:1]
    return (a * a * W).sum()


def borders(x):
    a = np.outer(x, np.cos(x))
    a[:, 0] = a[:, 1]
    a[-1] = a[0]
    a[1:-1, 0] = a[1:-1, 2]
    a[0, 1:] = a[1:, 0]
    a[-1, :] = a[:, -1]
    return (a * a * W).sum()


def of_one_of_several(x):
    u = x.copy()
    v = u[2:] if x[0] > 0 else u[:-2]
    v[1:] = v[:-1]
    return (u * u * W).sum()


def of_items(x):
    known = [x.copy(), 2 * x]
    for i in range(2):
        known[i][1:] = known[1 - i][:-1]
    rows = [2 * v * x for v in x]
    for i in range(1, len(rows)):
        rows[i][1:] = rows[i - 1][:-1]
    return (known[0] * known[1] * W).sum() + sum(np.sum(r * W) for r in rows)


def of_another_shape(x):
    a = np.outer(x, np.cos(x))
    b = a.reshape(4, 16)
    b[1] = b[0]
    v = a.ravel()
    v[4:20] = v[:16]
    return (a * a * W).sum()


def of_a_copy(x):
    a = np.outer(x, np.cos(x))
    a[1] = a[:, 2].copy()
    return (a * a * W).sum()


IN_ORDER = (
    shifted,
    turned,
    read_ahead,
    mirrored,
    whole_matrices,
    borders,
    of_one_of_several,
    of_items,
    of_another_shape,
    of_a_copy,
)


@pytest.mark.parametrize("function", IN_ORDER, ids=lambda f: f.__name__)
def test_as_if_it_had_been_copied(function):
    judge(function, (X,))
