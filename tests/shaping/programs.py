"""Functions that move, join, repeat, pick or order elements, each as a user would call it."""

import numpy as np

from tests.shaping.registry import Registry, numbers

case = Registry()

# -- axes


@case((2, 3))
def fliplr(x):
    return np.fliplr(x) * np.arange(6.0).reshape(2, 3)


@case((3, 2))
def flipud(x):
    return np.flipud(x) * np.arange(6.0).reshape(3, 2)


@case((2, 3, 2))
def flip_axes(x):
    return np.flip(x, (0, 2)) * x


@case((2, 3))
def rot90(x):
    return np.rot90(x) * np.arange(6.0).reshape(3, 2)


@case((2, 3))
def rot90_twice(x):
    return np.rot90(x, 2) * x


@case((2, 3, 2))
def rot90_axes(x):
    return np.rot90(x, k=-1, axes=(1, 2)) * np.arange(12.0).reshape(2, 2, 3)


@case((2, 3, 4))
def rollaxis(x):
    return np.rollaxis(x, 2) * np.arange(24.0).reshape(4, 2, 3)


@case((2, 3, 4))
def rollaxis_start(x):
    return np.rollaxis(x, 0, 2) * np.arange(24.0).reshape(3, 2, 4)


@case((2, 3, 4))
def moveaxis_several(x):
    return np.moveaxis(x, (0, 1), (-1, 0)) * np.arange(24.0).reshape(3, 4, 2)


@case((2, 3, 4))
def moveaxis_list(x):
    return np.moveaxis(x, [0, 1], [1, 0]) * np.arange(24.0).reshape(3, 2, 4)


@case((2, 3, 4))
def transpose_axes(x):
    return np.transpose(x, (1, 2, 0)) * np.arange(24.0).reshape(3, 4, 2)


@case((2, 3, 4))
def transpose_negative(x):
    return x.transpose(-1, 0, 1) * np.arange(24.0).reshape(4, 2, 3)


@case((2, 3, 4))
def permute_dims(x):
    return np.permute_dims(x, axes=(2, 0, 1)) * np.arange(24.0).reshape(4, 2, 3)


@case((2, 3, 2))
def matrix_transpose(x):
    return np.matrix_transpose(x) * np.arange(12.0).reshape(2, 2, 3)


@case((2, 3, 2))
def mT(x):
    return x.mT * np.arange(12.0).reshape(2, 2, 3)


@case((2, 3))
def expand_several(x):
    return np.expand_dims(x, (0, -1)) * np.ones((2, 2, 3, 2))


@case((1, 3, 1))
def squeeze_method(x):
    return x.squeeze(axis=(0, 2)) * np.arange(3.0)


@case((3,), (2, 3))
def atleast(x, y):
    a, b = np.atleast_2d(x, y)
    return a * b


@case((2, 3))
def atleast_three(x):
    return np.atleast_3d(x) * np.arange(6.0).reshape(2, 3, 1)


@case((3,))
def atleast_three_vector(x):
    return np.atleast_3d(x) * np.arange(3.0).reshape(1, 3, 1)


@case(0.7)
def atleast_number(x):
    return np.atleast_1d(x) * np.arange(3.0)


# -- shape and order


@case((2, 3))
def reshape_fortran(x):
    return np.reshape(x, (3, 2), order="F") * np.arange(6.0).reshape(3, 2)


@case((2, 3))
def reshape_method_fortran(x):
    return x.reshape(3, 2, order="F") * np.arange(6.0).reshape(3, 2)


@case((2, 3))
def reshape_keyword(x):
    return np.reshape(x, shape=(3, 2)) * np.arange(6.0).reshape(3, 2)


@case((2, 3))
def ravel_fortran(x):
    return np.ravel(x, order="F") * np.arange(6.0)


@case((2, 3))
def flatten_fortran(x):
    return x.flatten("F") * np.arange(6.0)


@case((2, 3))
def copies(x):
    return np.ascontiguousarray(x.T) * np.asfortranarray(x).T * np.copy(x, order="K").T * x.copy(order="C").T


@case((3,))
def array_ndmin(x):
    return np.array(x, ndmin=2) * np.arange(6.0).reshape(2, 3)


@case((3,))
def array_keywords(x):
    return np.array(x, dtype=float, copy=True) * np.asarray(x, dtype=np.float64, order="C")


@case(0.7, 0.4)
def array_nested(x, y):
    return np.array([[x, y], [y, 1.0]], dtype=float) @ np.asarray([x, 2.0])


@case((3,))
def resize(x):
    return np.resize(x, (2, 4)) * np.arange(8.0).reshape(2, 4)


# -- joining


@case((2, 3), (2,))
def concatenate_flat(x, y):
    return np.concatenate([x, y], axis=None) * np.arange(8.0)


@case((2, 3), (1, 3))
def concatenate_tuple(x, y):
    return np.concatenate((x, y, x)) * np.arange(15.0).reshape(5, 3)


@case((3,), (3,))
def column_stack(x, y):
    return np.column_stack([x, y]) * np.arange(6.0).reshape(3, 2)


@case((3,))
def column_stack_of_a_list(x):
    columns = [v * x for v in x]
    return np.column_stack(columns) * np.arange(9.0).reshape(3, 3)


@case((3, 2), (3,))
def column_stack_mixed(x, y):
    return np.column_stack((x, y)) * np.arange(9.0).reshape(3, 3)


@case((3,), (3,))
def dstack(x, y):
    return np.dstack([x, y]) * np.arange(6.0).reshape(1, 3, 2)


@case((2, 3), (2, 3))
def dstack_matrices(x, y):
    return np.dstack((x, y, x)) * np.arange(18.0).reshape(2, 3, 3)


@case((2,), (3,))
def hstack(x, y):
    return np.hstack((x, 1.0, y)) * np.arange(6.0)


@case((3,), (2, 3))
def vstack(x, y):
    return np.vstack((x, y)) * np.arange(9.0).reshape(3, 3)


@case((2, 2), (2, 1))
def block(x, y):
    return np.block([[x, y], [y.T, np.ones((1, 1))]]) @ np.arange(3.0)


@case((2,), (3,))
def block_flat(x, y):
    return np.block([x, y, 2.0]) * np.arange(6.0)


@case((2,), (3,))
def append(x, y):
    return np.append(x, y) * np.arange(5.0)


@case((2, 3), (1, 3))
def append_axis(x, y):
    return np.append(x, y, axis=0) * np.arange(9.0).reshape(3, 3)


@case((3,), 0.4)
def append_number(x, y):
    return np.append(x, y) * np.arange(4.0)


@case((4,), 0.4)
def insert(x, y):
    return np.insert(x, 1, y) * np.arange(5.0)


@case((4,), (2,))
def insert_several(x, y):
    return np.insert(x, [3, 1], y) * np.arange(6.0)


@case((4,), (2,))
def insert_run(x, y):
    return np.insert(x, 2, y) * np.arange(6.0)


@case((2, 3), (3,))
def insert_row(x, y):
    return np.insert(x, 1, y, axis=0) * np.arange(9.0).reshape(3, 3)


@case((2, 3), 0.7)
def insert_column(x, y):
    return np.insert(x, -1, y, axis=1) * np.arange(8.0).reshape(2, 4)


@case((5,))
def delete(x):
    return np.delete(x, 1) * np.arange(4.0)


@case((5,))
def delete_several(x):
    return np.delete(x, [0, -1]) * np.arange(3.0)


@case((3, 4))
def delete_columns(x):
    return np.delete(x, [1, 2], axis=1) * np.arange(6.0).reshape(3, 2)


@case((5,))
def delete_slice(x):
    return np.delete(x, slice(1, 4, 2)) * np.arange(3.0)


@case((2, 3))
def unstack(x):
    a, b = np.unstack(x)
    return a * b


@case((2, 3))
def unstack_axis(x):
    a, b, c = np.unstack(x, axis=1)
    return a * b - c


# -- repeating


@case((3,))
def tile_vector(x):
    return np.tile(x, 2) * np.arange(6.0)


@case((3,))
def tile_rows(x):
    return np.tile(x, (2, 2)) * np.arange(12.0).reshape(2, 6)


@case((2, 2))
def tile_matrix(x):
    return np.tile(x, (1, 3)) * np.arange(12.0).reshape(2, 6)


@case((2, 2))
def tile_matrix_once(x):
    return np.tile(x, 2) * np.arange(8.0).reshape(2, 4)


@case((2, 2), 2)
def tile_run_time(x, n):
    return np.tile(x, (n, 1)) * 2.0 + np.tile(x, (n, 1)) ** 2


@case((3,))
def repeat_array(x):
    return np.repeat(x, [2, 0, 3]) * np.arange(5.0)


@case((2, 3), np.array([1, 3]))
def repeat_rows(x, counts):
    return np.repeat(x, counts, axis=0) * np.arange(12.0).reshape(4, 3)


@case((2, 3))
def repeat_method(x):
    return x.repeat(2, axis=1) * np.arange(12.0).reshape(2, 6)


@case((2, 3))
def repeat_flat(x):
    return x.repeat(2) * np.arange(12.0)


@case((2, 3))
def roll_axes(x):
    return np.roll(x, (1, -1), axis=(0, 1)) * np.arange(6.0).reshape(2, 3)


@case((2, 3))
def roll_flat(x):
    return np.roll(x, 2) * np.arange(6.0).reshape(2, 3)


@case((2, 3))
def roll_both(x):
    return np.roll(x, 1, axis=(0, 1)) * np.arange(6.0).reshape(2, 3)


@case((3,))
def pad_constant(x):
    return np.pad(x, 2) * np.arange(7.0)


@case((3,), 0.4)
def pad_value(x, c):
    return np.pad(x, (1, 2), constant_values=c) * np.arange(6.0)


@case((2, 3))
def pad_matrix(x):
    return np.pad(x, ((1, 0), (0, 2)), mode="constant", constant_values=3.0) * np.arange(15.0).reshape(3, 5)


@case((2, 3))
def pad_pair(x):
    return np.pad(x, (1, 2)) * np.arange(30.0).reshape(5, 6)


@case((3,), 1)
def pad_run_time(x, n):
    return np.pad(x, n) ** 2 * np.arange(5.0)


@case((4,))
def pad_edge(x):
    return np.pad(x, (2, 1), mode="edge") * np.arange(7.0)


@case((3, 4))
def pad_reflect(x):
    return np.pad(x, ((1, 2), (2, 0)), mode="reflect") * np.arange(36.0).reshape(6, 6)


@case((4,))
def pad_symmetric(x):
    return np.pad(x, 3, "symmetric") * np.arange(10.0)


@case((2, 4))
def pad_wrap(x):
    return np.pad(x, ((0, 0), (2, 3)), mode="wrap") * np.arange(18.0).reshape(2, 9)


@case((2, 3))
def broadcast_to(x):
    return np.broadcast_to(x, (4, 2, 3)) * np.arange(24.0).reshape(4, 2, 3)


@case((3,), (2, 1))
def broadcast_arrays(x, y):
    a, b = np.broadcast_arrays(x, y)
    return a * b + a


@case((3,), (2,))
def meshgrid(x, y):
    a, b = np.meshgrid(x, y)
    return a * b**2


@case((3,), (2,))
def meshgrid_ij(x, y):
    a, b = np.meshgrid(x, y, indexing="ij")
    return a * b**2 * np.arange(6.0).reshape(3, 2)


@case((3,), (2,))
def meshgrid_sparse(x, y):
    a, b = np.meshgrid(x, y, sparse=True)
    return a * b**2


@case((2,), (3,), (2,))
def meshgrid_three(x, y, z):
    a, b, c = np.meshgrid(x, y, z)
    return a * b + c


# -- matrices


@case((3,))
def diagflat(x):
    return np.diagflat(x, 1) @ np.arange(4.0)


@case((2, 2))
def diagflat_matrix(x):
    return np.diagflat(x) @ np.arange(4.0)


@case((2, 3, 4))
def diagonal_axes(x):
    return np.diagonal(x, offset=1, axis1=1, axis2=2) * np.arange(6.0).reshape(2, 3)


@case((3, 3, 2))
def diagonal_stack(x):
    return x.diagonal() * np.arange(6.0).reshape(2, 3)


@case((2, 3, 3))
def trace_axes(x):
    return np.trace(x, axis1=1, axis2=2) * np.arange(2.0)


@case((3, 3))
def diag_indices(x):
    i, j = np.diag_indices(3)
    return x[i, j] * np.arange(3.0)


@case((3, 3))
def diag_indices_from(x):
    return x[np.diag_indices_from(x)] ** 2


@case((3, 3))
def triangle_indices(x):
    return x[np.tril_indices(3, -1)] * x[np.triu_indices(3, 1)]


@case((3, 3))
def triangle_indices_from(x):
    return x[np.triu_indices_from(x, k=1)] ** 2


@case((3, 4))
def triangles(x):
    return np.tril(x, 1) + 2 * np.triu(x, k=-1) * np.tri(3, 4, 1)


@case((3,))
def fill_diagonal(x):
    a = np.zeros((3, 3))
    np.fill_diagonal(a, x)
    return a @ np.arange(3.0)


# -- picking


@case((5,))
def take_negative(x):
    return np.take(x, [0, -1, 2]) * np.arange(3.0)


@case((3, 4))
def take_flat(x):
    return np.take(x, [0, 5, 11]) * np.arange(3.0)


@case((3, 4))
def take_axis(x):
    return x.take([[0, 1], [2, 2]], axis=0) * np.arange(16.0).reshape(2, 2, 4)


@case((4,))
def take_clip(x):
    return np.take(x, [-3, 2, 9], mode="clip") * np.arange(3.0)


@case((4, 2))
def take_wrap(x):
    return np.take(x, [-3, 2, 9], axis=0, mode="wrap") * np.arange(6.0).reshape(3, 2)


@case((3, 4))
def take_along_axis(x):
    return np.take_along_axis(x, np.argsort(x, axis=1), axis=1) * np.arange(12.0).reshape(3, 4)


@case((3, 4))
def take_along_first(x):
    return np.take_along_axis(x, np.argmax(x, axis=0, keepdims=True), axis=0) * np.arange(4.0)


@case((3, 4))
def take_along_flat(x):
    return np.take_along_axis(x, np.array([3, 3, 0]), axis=None) * np.arange(3.0)


@case((3, 4), (3, 1))
def put_along_axis(x, y):
    z = x * 2.0
    np.put_along_axis(z, np.argmax(x, axis=1, keepdims=True), y, axis=1)
    return z * np.arange(12.0).reshape(3, 4)


@case((3,), (3,), np.array([0, 1, 1]))
def choose(x, y, which):
    return np.choose(which, [x, y]) * np.arange(3.0)


@case((3,), 0.5, np.array([0, 1, 1]))
def choose_method(x, y, which):
    return which.choose([x, y]) * np.arange(3.0)


@case((2, 4))
def compress(x):
    return np.compress([True, False, True], x, axis=1) * np.arange(4.0).reshape(2, 2)


@case((4,))
def compress_method(x):
    return x.compress(x > 0) ** 2


@case((2, 3))
def compress_flat(x):
    return np.compress([False, True, False, True], x) ** 2


@case((2, 3))
def extract(x):
    return np.extract(x > 0, x) ** 2


@case((5,))
def select(x):
    return np.select([x < -0.1, x < 0.4], [x**2, 3 * x], default=-1.0)


@case((5,))
def select_no_default(x):
    return np.select([x > 0.1], [x**2])


@case((5,))
def piecewise(x):
    return np.piecewise(x, [x < 0, x >= 0.5], [lambda t: -t, lambda t: t**3, 7.0]) * np.arange(5.0)


@case((5,))
def piecewise_two(x):
    return np.piecewise(x, [x < 0, x >= 0], [-1.0, np.sin])


@case((2, 3))
def where_one(x):
    return x[np.where(x > 0)] ** 2


@case((2, 3))
def where_unpacked(x):
    i, j = np.where(x > 0)
    return x[i, j] * x[i, 0]


@case((2, 3))
def nonzero(x):
    return x[np.nonzero(x > 0)] ** 2 + x[(x > 0).nonzero()]


@case((2, 3))
def flatnonzero(x):
    return x.ravel()[np.flatnonzero(x > 0)] ** 2


@case((2, 3))
def argwhere(x):
    places = np.argwhere(x > 0)
    return x[places[:, 0], places[:, 1]] ** 2


@case((2, 3))
def unravel_index(x):
    i, j = np.unravel_index(np.argmax(x), x.shape)
    return x[i, j] ** 2


@case((2, 3))
def ravel_multi_index(x):
    return x.ravel()[np.ravel_multi_index((np.array([0, 1]), np.array([2, 0])), (2, 3))] ** 2


@case((2, 3))
def item_of_array(x):
    return x.item(1, 2) * x.item(0) + x.item((1, 1))


# -- order


@case((5,))
def sort(x):
    return np.sort(x) * np.arange(5.0)


@case((3, 4))
def sort_last(x):
    return np.sort(x) * np.arange(12.0).reshape(3, 4)


@case((3, 4))
def sort_first(x):
    return np.sort(x, axis=0, kind="stable") * np.arange(12.0).reshape(3, 4)


@case((2, 3))
def sort_flat(x):
    return np.sort(x, axis=None) * np.arange(6.0)


@case((2, 2, 3))
def sort_middle(x):
    return np.sort(x, axis=1) * np.arange(12.0).reshape(2, 2, 3)


@case((5,))
def argsort_descending(x):
    return x[np.argsort(-x, kind="stable")] * np.arange(5.0)


@case((2, 3))
def argsort_flat(x):
    return x.ravel()[x.argsort(axis=None)] * np.arange(6.0)


@case((6,))
def partition(x):
    return np.partition(x, 2)[:3].sum() ** 2 + np.partition(x, 2)[2]


@case((3, 4))
def partition_rows(x):
    return np.partition(x, (0, 3), axis=1)[:, [0, 3]] * np.arange(6.0).reshape(3, 2)


@case((6,))
def argpartition(x):
    return x[np.argpartition(x, 2)[:3]].sum() ** 2


@case((4,), (4,))
def lexsort(x, y):
    return x[np.lexsort((y, x))] * np.arange(4.0)


@case((4,))
def searchsorted(x):
    return x * np.searchsorted(np.array([-0.1, 0.2, 0.5]), x)


@case((4,))
def searchsorted_method(x):
    edges = np.array([-0.1, 0.2, 0.5])
    return x * edges.searchsorted(x, side="right")


@case((4,))
def digitize(x):
    return x * np.digitize(x, np.array([-0.1, 0.2, 0.5]), right=True)


@case((5,), np.array([0, 2, 2, 1, 0]))
def bincount(w, k):
    return np.bincount(k, weights=w) ** 2


@case((5,), np.array([0, 2, 2, 1, 0]))
def bincount_least(w, k):
    return np.bincount(k, w, minlength=5) * np.arange(5.0)


@case((5,))
def histogram_weights(w):
    counts, edges = np.histogram(np.array([0.1, 0.5, 0.5, 1.0, 7.0]), bins=[0.0, 0.5, 1.0], weights=w)
    return counts**2 * edges[1:]


@case((6,))
def histogram_counts(x):
    counts, _ = np.histogram(x, bins=3, range=(-1.0, 2.0))
    return counts.sum() * x


@case((6,))
def unique(x):
    return np.unique(x) * np.arange(6.0)


@case((4,), np.array([3, 1, 3, 1]))
def unique_integers(x, k):
    return x[np.unique(k)] ** 2


# -- making


@case(0.3, 1.7)
def linspace(a, b):
    return np.linspace(a, b, 4) ** 2


@case(0.3, 1.7)
def linspace_step(a, b):
    t, step = np.linspace(a, b, num=5, endpoint=False, retstep=True)
    return t**2 * step


@case((3,), (3,))
def linspace_arrays(a, b):
    return np.linspace(a, b, 4) ** 2


@case((3,), 1.2)
def linspace_axis(a, b):
    return np.linspace(a, b, 4, axis=-1) * np.arange(12.0).reshape(3, 4)


@case(0.3, 1.7)
def logspace(a, b):
    return np.logspace(a, b, 4)


@case(0.3, 1.7)
def logspace_base(a, b):
    return np.logspace(a, b, num=4, endpoint=False, base=2.0)


@case(0.3, 1.7)
def geomspace(a, b):
    return np.geomspace(a, b, 5) ** 2


@case((3,))
def full_arrays(x):
    filled = np.full((2, 3), x) * np.full_like(np.ones((2, 3)), x)
    return filled + np.ones_like(x) * np.zeros((2, 3), order="C", dtype=float)


@case((3,))
def identities(x):
    return np.eye(3, 3, 1, dtype=float) @ x + np.identity(3) @ x + np.eye(3, k=-1) @ x**2


@case((2, 3))
def indices(x):
    i, j = np.indices((2, 3))
    return x * i + x**2 * j


@case((2, 3))
def indices_of_shape(x):
    return x * np.indices(x.shape)[1]


@case((2, 3))
def fromfunction(x):
    return x * np.fromfunction(lambda i, j: i + 2 * j, (2, 3))


@case(0.3)
def arange_typed(a):
    return np.arange(4, dtype=float) * a + np.arange(1, 5, dtype=np.float64) ** a


@case((2, 3))
def apply_over_axes(x):
    return np.apply_over_axes(np.sum, x**2, [0, 1])


@case((2, 3), (3,))
def ix_reads(x, y):
    return x[np.ix_([0, 1], [2, 0])] * y[:2]


@case((6,))
def windows(x):
    return np.lib.stride_tricks.sliding_window_view(x, 3) * np.arange(12.0).reshape(4, 3)


@case((3,), (2,))
def r_joins(x, y):
    return np.r_[x, 1.0, y] * np.arange(6.0)


@case((3,), (3,))
def c_joins(x, y):
    return np.c_[x, y] * np.arange(6.0).reshape(3, 2)


@case(0.5)
def grids(a):
    i, j = np.mgrid[0:2, 0:3]
    return (i + a * j) ** 2 + np.ogrid[0:3] * a


__all__ = ["case", "numbers"]
