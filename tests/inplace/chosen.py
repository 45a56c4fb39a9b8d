"""Stores into arrays of which the run knows which of several they are, while each has a name of its own."""

from __future__ import annotations

import numpy as np

from tests.inplace.registry import kernel, matrix, vector, vectors


@kernel(vectors(2))
def two_buffers_with_names(u, v):
    buffers = [u, v]
    for k in range(len(u)):
        old, new = buffers[k % 2], buffers[(k + 1) % 2]
        new[1:-1] = old[1:-1] + 0.1 * (old[2:] - 2.0 * old[1:-1] * old[:-2]) * new[1:-1]
    return np.sum(u * v)


@kernel(vector)
def three_levels(x):
    a, b, c = x * 1.0, x * 2.0, np.zeros(len(x))
    levels = [a, b, c]
    for k in range(2, 2 + len(x)):
        levels[k % 3][1:] = 0.5 * levels[(k - 1) % 3][:-1] * levels[(k - 2) % 3][1:]
    return np.sum(a + b * c)


@kernel(vector)
def rows_by_number(x):
    table = np.outer(x, x)
    rows = [table[0], table[1], table[1]]
    for k in range(3):
        rows[k][1] *= x[k]
    k = int(x[0] > 0.9)
    rows[k][0] = table[1, 1] ** 2
    rows[-k][1] += table[0, 1]
    return np.sum(table**2)


@kernel(vector)
def view_of_one_of_two(x):
    a, b = x * 1.0, x * 2.0
    k = int(x[1] > 0.9)
    part = (a, b)[k][1:]
    turned = part[::-1]
    turned *= a[:-1]
    part[0] = b[1] * x[2]
    return np.sum(a * b) + np.sum(part)


@kernel(vector)
def read_before_its_list_changes(x):
    a, b = x * 1.0, x * 2.0
    pair = [a, b]
    one = pair[int(x[0] > 0.9)]
    pair[0] = x * 3.0
    one[0] = np.sum(pair[0])
    pair[1][1] = one[0] ** 2
    return np.sum(one * b) + np.sum(a)


def halve(v):
    v[1:] *= 0.5 * v[0]
    return v[1]


@kernel(vector)
def one_of_two_is_written_by_a_function(x):
    a, b = x * 1.0, x * 2.0
    s = halve([a, b][int(x[0] > 0.9)])
    return s * np.sum(a * b)


class Field:
    def __init__(self, x):
        self.levels = [x * 1.0, x * 2.0]
        self.now, self.next = self.levels


@kernel(vector)
def buffers_of_an_object(x):
    field = Field(x)
    for k in range(len(x)):
        field.levels[k % 2][1:] += field.now[:-1] * field.next[1:]
    return np.sum(field.now * field.next)


@kernel(matrix)
def in_a_loop_with_a_branch(a):
    u, v = a[0] * 1.0, a[1] * 1.0
    rows = (u, v)
    for k in range(len(a)):
        if a[k, 0] > 1.0:
            rows[k % 2][0] += a[k, 1] * v[1]
        else:
            u[k] = rows[(k + 1) % 2][k] ** 2
    return np.sum(u * v)
