"""Stores into arrays that are one of several, each of which has a name: by position, by path, from pass to pass."""

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


def one_of(u, v):
    return u if u[0] > v[1] else v


class Both:
    def __init__(self, x):
        self.u = x * 1.0
        self.v = x * 2.0

    def larger(self):
        return self.u if self.u[0] > self.v[1] else self.v


@kernel(vector)
def writes_after_one_of_two_was_returned(x):
    y = x * 2.0
    v = one_of(y, x)
    y[1] = 3.0
    return np.sum(v**2)


@kernel(vector)
def names_both_of_two(x):
    y = x * 2.0
    v = x if x[0] > 0.9 else y
    v[0] = 1.0
    return np.sum(x * y)


@kernel(vector)
def stores_into_another_one_in_each_pass(x):
    v, y = x, x * 2.0
    for _ in range(4):
        v[0] += 1.0
        v = y
    return np.sum(v)


@kernel(vector)
def exchanges_with_a_view_left(x):
    a, b = x * 1.0, x * 2.0
    h = a[1:]
    if x[0] > 0.6:
        a, b = b, a
    a[0] += 1.0
    return np.sum(h) + np.sum(a * b)


@kernel(vector)
def exchanges_arrays_with_a_third_name(x):
    def march(u, v):
        first = u
        for _ in range(len(u)):
            v[0] += u[1]
            u, v = v, u
        return np.sum(first)

    return march(x * 1.0, x * 2.0)


@kernel(vector)
def exchanges_in_a_loop_with_another_name(x):
    a, b = x * 1.0, x * 2.0
    h = a
    while a[0] < 10.0:
        a[0] += b[0]
        a, b = b, a
    return np.sum(h) + np.sum(a)


@kernel(vector)
def exchanges_rows_of_a_table(x):
    table = np.outer(x, x)
    old, new = table[:2]
    for _ in range(len(x)):
        new[0] = old[1]
        old, new = new, old
    return np.sum(table)


@kernel(vector)
def stores_into_one_of_two_attributes(x):
    both = Both(x)
    larger = both.larger()
    larger[0] = 1.0
    return np.sum(both.u * both.v)


@kernel(vector)
def three_names_in_a_ring(x):
    t, u, v = x * 1.0, x * 2.0, x * 3.0
    levels = (t, u, v)
    for _ in range(len(x)):
        v[1:] = 0.1 * u[:-1] * t[1:] + u[1:]
        t, u, v = u, v, t
    return np.sum(levels[0] * levels[1] ** 2 * levels[2])


@kernel(matrix)
def best_row(a):
    best = a[0]
    for i in range(1, len(a)):
        if a[i, 0] > best[0]:
            best = a[i]
    best[1:] *= best[:-1]
    return np.sum(a**2) + np.sum(best)


@kernel(matrix)
def row_before(a):
    before = a[0]
    for i in range(1, len(a)):
        row = a[i]
        row[1:] += 0.5 * before[:-1] * row[1:]
        before = row
    before[0] = a[0, 0] ** 2
    return np.sum(a**2)


@kernel(vector)
def in_order_then_written(x):
    a, b = x * 1.0, x * 2.0
    small, large = (a, b) if a[0] * 2.1 < b[1] else (b, a)
    for k in range(len(x)):
        large[k] -= 0.5 * small[k - 1]
        if large[k] < small[k]:
            small, large = large, small
    return np.sum(a * b) + np.sum(small)


def marches(now, then, steps):
    for _ in range(steps):
        then[1:-1] = now[1:-1] + 0.1 * now[2:] * now[:-2]
        now, then = then, now
    return now


@kernel(vector)
def exchanged_by_a_function_and_written(x):
    u, v = x * 1.0, x * 2.0
    last = marches(u, v, len(x))
    last[0] = 2.0 * x[1]
    return np.sum(u * v) + np.sum(last)


class Fields:
    def __init__(self, x):
        self.now, self.then = x * 1.0, x * 2.0
        self.both = [self.now, self.then]

    def step(self):
        self.then[1:] = self.now[:-1] * self.then[1:]
        self.now, self.then = self.then, self.now


@kernel(vector)
def exchanged_attributes_that_are_listed(x):
    fields = Fields(x)
    for _ in range(len(x)):
        fields.step()
    return np.sum(fields.both[0] * fields.both[1]) + np.sum(fields.now)


@kernel(vector)
def stores_into_what_a_loop_runs_over(x):
    a, s = np.outer(x, x), 0.0
    for row in a:
        s += row[0]
        a[1] = s
        a = a * 1.0
    return s


@kernel(vector)
def stores_into_what_a_loop_may_run_over(x):
    a, s = np.outer(x, x), 0.0
    for _, row in enumerate(reversed(a)):
        s += row[0]
        if s > 2.0:
            a = a * 1.0
        a[1] = s
    return s


@kernel(vector)
def stores_into_a_copy_on_one_path(x):
    y = x * 1.0
    z = y
    if x[0] > 0.6:
        z = y.copy()
    z[0] = x[1]
    return np.sum(y * z)


@kernel(vector)
def is_new_on_a_path(x):
    v = x if x[0] > 0.9 else x * 2.0
    v[0] = 1.0
    return np.sum(x * v)


@kernel(vector)
def is_new_from_the_second_pass_on(x):
    v = x
    for _ in range(4):
        v[0] += 1.0
        v = v * 2.0
    return np.sum(v) + np.sum(x)


@kernel(vector)
def best_of_trials(x):
    best = x
    for k in range(1, 5):
        trial = x - 0.1 * k * np.cos(x)
        if np.sum(trial**2) < np.sum(best**2):
            best = trial
    best[0] = 2.0 * best[1]
    return np.sum(best * x)


@kernel(vector)
def starts_with_two_known_ones(x):
    a, b = x * 1.0, x * 2.0
    before, now = a, b
    for _ in range(4):
        following = 2.0 * now - before + 0.1 * now**2
        following[0] = x[1]
        before, now = now, following
    a[0] = 3.0
    now[1] *= before[2]
    return np.sum(now) + np.sum(a * b)


@kernel(vector)
def loop_over_named_arrays(x):
    a, b, c, d, e = (x * k for k in (1.0, 2.0, 3.0, 4.0, 5.0))
    for row in [a, b, c, d, e]:
        if row[0] > 4.0:
            break
        row[1:] *= row[:-1]
    return np.sum(a * b * c * d * e)


def _left_on_the_way(x, m):
    p, q, w = x * 0.8, x + 0.3, 1.0 - x
    if q[1] > 0.5:
        for _ in range(m):
            p = w
        try:
            if w[0] < q[1]:
                raise RuntimeError
            w[1:] = w[:-1] * 0.5
        except RuntimeError:
            if p[1] > -0.3:
                return q + w
            p[0] = 4.0
            if m > 2:
                w = w * x
        if w[2] > 0.2:
            return p
    p[1] = 2.0
    return p * x


@kernel(vector)
def chosen_and_left_on_the_way(x):
    parts = [_left_on_the_way(scale * x - shift, m) for scale in (0.3, 1.0, 1.5) for shift in (0.0, 1.0) for m in (0, 3)]
    return sum(np.sum(part**2) for part in parts)


def _part_left_on_the_way(x, m):
    p, w = x * 0.8, 1.0 - x
    q = w
    if q[0] < p[1]:
        if m > 2:
            return w[::-1]
        p = q[::-1]
    else:
        w[:] = w * 2.0
    return p + 2.0 * q


@kernel(vector)
def part_left_on_the_way(x):
    return sum(np.sum(_part_left_on_the_way(scale * x, m) ** 2) for scale in (0.2, 1.0) for m in (0, 3))


@kernel(vector)
def read_before_a_store_on_one_path(x):
    k = int(x[0] > 0.9)
    rows = [x * (i + 1.0) for i in range(3)]
    first, second = rows[k], rows[1 - k]
    if k:
        rows[k][0] = x[1] ** 2
    else:
        rows[1][1] *= x[2]
    for i in range(len(x)):
        rows[k][i] += 0.1 * second[0]
    return np.sum(first**2) + np.sum(second * x)
