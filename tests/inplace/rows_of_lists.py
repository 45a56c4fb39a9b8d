"""Lists of known length in lists of run-time length: their arrays are changed by loops, names, parts, functions."""

from __future__ import annotations

import numpy as np


class Part:
    def __init__(self, arrays):
        self.arrays = arrays


def made(x, m):
    return [[x * 1.0, x * 2.0] for j in range(m)]


def end(grid, x):
    return np.sum(grid[1][0] + 3 * grid[1][1] * x + grid[0][0] * x**2 + grid[0][1] * 7)


def doubled(row):
    for r in row:
        r *= 2
    row[0] += row[1]


def scaled_by(a, b):
    a *= b


def row_in_a_loop(x, m):
    grid = made(x, m)
    for b in grid[1]:
        b *= 3.0
    return end(grid, x)


def row_under_a_name(x, m):
    grid = made(x, m)
    row = grid[m - 1]
    for b in row:
        for c in row:
            b += c
    return end(grid, x)


def rows_of_rows(x, m):
    grid = made(x, m)
    for row in grid:
        for b in row:
            b *= 1.1
    for row in grid:
        a, b = row
        a += b
    return end(grid, x)


def row_counted_and_cut(x, m):
    grid = made(x, m)
    for k, b in enumerate(grid[1]):
        b *= k + 2
    for b in grid[0][1:]:
        b *= 1.3
    for k, b in zip(range(3), grid[-1]):
        b += k
    for b in reversed(grid[1]):
        b *= 1.1
    return end(grid, x)


def rows_side_by_side(x, m):
    grid = made(x, m)
    for a, b in zip(grid[0], grid[1]):
        a += b
        b *= 2
    for a, b in zip(grid[1], grid[1][1:]):
        a += b
        b *= 2
    return end(grid, x)


def rows_of_a_known_list(x, m):
    grid = [[x * 1.0], [x * 2.0]]
    for i in range(2):
        for b in grid[i]:
            b *= 3.0
    return np.sum(grid[0][0] * x + grid[1][0])


def rows_in_attributes(x, m):
    parts = [Part([x * 1.0, x * 2.0]) for j in range(m)]
    for p in parts:
        for v in p.arrays:
            v += x
            v[0] *= 2
    return sum(np.sum(v * v) for p in parts for v in p.arrays)


def rows_in_dicts(x, m):
    parts = [Part({"a": x * 1.0, "b": [x * 2.0]}) for j in range(m)]
    for p in parts:
        for k, v in p.arrays.items():
            if k == "a":
                v += x
            else:
                for w in v:
                    w *= x
    return sum(np.sum(p.arrays["a"] * p.arrays["b"][0]) for p in parts)


def blocks_of_rows(x, m):
    grid = [[[x * 1.0, x * 2.0], [x * 3.0]] for j in range(m)]
    for block in grid:
        for row in block:
            for r in row:
                r *= 2
                r[1] += r[0]
    return np.sum(grid[1][0][1] * grid[0][1][0])


def rows_given_to_functions(x, m):
    grid = made(x, m)
    for row in grid:
        doubled(row)
    doubled(grid[1])
    scaled_by(*grid[1])
    return end(grid, x)


def rows_unpacked(x, m):
    grid = made(x, m)
    a, *b = grid[1]
    b[0] *= 3
    a += b[0]
    return end(grid, x)


def rows_joined(x, m):
    grid = made(x, m)
    q = grid[1] + [x * 2]
    q[1] *= 3
    r = [*grid[1], *grid[0]]
    r[2] *= 2
    return end(grid, x)


def row_copied(x, m):
    grid = made(x, m)
    q = list(grid[1])
    q[0] *= 3
    return end(grid, x)


def row_by_sums(x, m):
    grid = made(x, m)
    q = sorted(grid[1], key=np.sum)
    q[1] *= 3
    return end(grid, x)


def largest_of_a_row(x, m):
    grid = made(x, m)
    b = max(grid[1], key=np.sum)
    b *= 3
    return end(grid, x)


def named_before_the_loop(x, m):
    grid = made(x, m)
    t = grid[1][0]
    for b in grid[1]:
        b *= 1.1
    t += 1
    return end(grid, x) * t[0]


def taken_out(x, m):
    grid = made(x, m)
    p = grid[1].pop()
    p *= 2
    return np.sum(grid[1][0]) + p[0]


def one_or_the_other(x, m):
    grid = made(x, m)
    k = 0
    for row in grid:
        row[k] *= 2
        best = row[0] if np.sum(row[0]) > np.sum(row[1]) else row[1]
        best += 1
        k = 1 - k
    return end(grid, x)
