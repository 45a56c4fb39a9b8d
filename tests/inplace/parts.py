"""Parts of arrays that a condition chooses: read while their array changes, written through, returned, carried."""

from __future__ import annotations

import numpy as np

from tests.inplace.registry import kernel, matrix, vector, vectors, with_last


@kernel(with_last(vector, 0.7))
def upwind(u, c):
    for _ in range(3):
        src = u[:-1] if c > 0 else u[1:]
        flux = c * src * src
        u[1:-1] -= 0.1 * (flux[1:] - flux[:-1])
    return np.sum(u**2)


@kernel(with_last(vector, -0.7))
def upwind_by_statements(u, c):
    for _ in range(3):
        if c > 0:
            src = u[:-1]
        else:
            src = u[1:]
        flux = c * np.sin(src) * src
        u -= 0.1 * np.concatenate([flux[:1], flux])
    return np.sum(u**2)


@kernel(vector)
def upwind_by_the_sign_of_a_value(u):
    for k in range(3):
        left, right = (u[:-2], u[1:-1]) if u[k] > 1.0 else (u[1:-1], u[2:])
        u[1:-1] -= 0.1 * (right - left) * left
    return np.sum(u**2)


def flux_of(src, c):
    return c * src * np.sin(src)


@kernel(with_last(vector, 0.7))
def read_by_a_function(u, c):
    for _ in range(3):
        flux = flux_of(u[:-1] if c > 0 else u[1:], c)
        u[1:-1] -= 0.1 * (flux[1:] - flux[:-1])
    return np.sum(u**2)


def step(dst, src, c):
    flux = src * src
    dst[1:-1] = dst[1:-1] - 0.1 * c * (flux[1:] - flux[:-1])
    return flux


@kernel(with_last(vector, -1.0))
def read_by_a_function_that_writes_the_array(u, c):
    s = 0.0
    for _ in range(3):
        s += step(u, u[:-1] if c > 0 else u[1:], c)[1]
    return s * np.sum(u)


@kernel(matrix)
def edge_is_set(u):
    edge = u[0] if u[0, 0] > 1.0 else u[-1]
    edge[:] = 0.5 * edge * edge
    edge += u[1]
    return np.sum(u**2)


@kernel(matrix)
def ghost_cells(u):
    u = u[:, :-1] * 1.0
    for i in range(2):
        ghost = u[:, 0] if u[i, 1] > 1.0 else u[-1]
        inner = u[:, 1] if u[i, 1] > 1.0 else u[-2]
        ghost[:] = inner * u[i]
    return np.sum(u**2)


@kernel(vectors(2))
def parts_of_two_arrays(a, b):
    for i in range(4):
        v = a[1:] if a[i] > b[i] else b[:-1]
        v[0] = v[1] * a[0]
        w = v[1:]
        w *= b[2]
    return np.sum(a * b)


@kernel(vectors(2))
def part_or_new(a, b):
    v = a[1:] if a[0] > b[0] else a[1:] * b[:-1]
    v[0] = 3.0 * v[1]
    a[1] *= 2.0
    return np.sum(a * b) + np.sum(v**2)


@kernel(vector)
def whole_or_part(x):
    v = x
    if x[0] > 1.0:
        v = x[1:]
    v[0] = x[1] ** 2
    return np.sum(x**3)


@kernel(vectors(2))
def carried_from_pass_to_pass(u, w):
    part = u[:2]
    for i in range(3):
        part[0] += u[3] * part[1]
        part = u[i : i + 2] if u[i] > w[i] else w[:2]
    part[1] = 2.0 * part[0]
    return np.sum(u**2 * w)


@kernel(vector)
def views_of_one_of_several(u):
    y = u * 1.0
    inner = y[1:-1]
    s = inner[1:] if u[0] > 1.0 else inner[:-1]
    s *= y[0]
    r = s[::-1] if y[1] > 0.7 else (s if y[2] > 0.7 else y[3:])
    r[0] = s[1] ** 2
    return np.sum(y * u)


@kernel(vector)
def from_a_number_that_is_found(u):
    k = np.argmax(u)
    v = u[k:] if u[0] > 1.0 else u[: k + 1]
    v[0] = u[1] ** 2
    return np.sum(u**2)


def half_of(u, c):
    if c > 1.0:
        return u[:-1]
    return u[1:]


@kernel(vector)
def returned_by_a_function(u):
    for i in range(3):
        part = half_of(u, u[i])
        u[i] *= 1.1
        part[i] *= u[0]
    return np.sum(u**2)


class Grid:
    def __init__(self, u):
        self.u = u
        self.edge = u[0]


@kernel(matrix)
def attribute_of_an_object(u):
    grid = Grid(u * 1.0)
    if u[0, 0] > 1.0:
        grid.edge = grid.u[1]
    else:
        grid.edge = grid.u[:, 0]
    grid.edge[0] = grid.u[2, 2] ** 2
    return np.sum(grid.u**2) * grid.edge[1]


@kernel(vector)
def item_of_a_list_or_a_part(u):
    y = u * 1.0
    parts = [y[:2], y[2:4]]
    for k in range(4):
        part = parts[k % 2] if u[k] > 1.0 else y[1:3]
        part[0] = part[1] * u[k]
    return np.sum(y**2)


@kernel(vector)
def leaves_the_loop_early(u):
    i, src = 0, u[1:]
    while True:
        src[0] += 0.1 * u[-1] * src[1]
        src = u[:-1] if u[i] > 1.0 else u[1:]
        i += 1
        if i > 3:
            break
        if u[i] > 1.3:
            continue
        src *= 1.01
    return np.sum(u**2) * src[0]
