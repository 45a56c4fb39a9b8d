"""When an array is read: before or after a store that a later part of the same statement makes; lists that grow."""

from __future__ import annotations

import copy

import numpy as np

from tests.inplace.registry import kernel, matrix, vector


def bump(a):
    a[0] += a[1]
    return a[1]


def bump_all(a):
    a *= 2.0
    return a


def doubled(a):
    a[:] = 2.0 * a
    return np.sum(a)


@kernel(vector)
def operand_written_by_the_other(x):
    y = x * 1.0
    z = y * bump(y)
    return np.sum(z**2)


@kernel(vector)
def view_written_by_the_other(x):
    y = x * 1.0
    z = y[:3] + doubled(y)
    return np.sum(z**2)


@kernel(vector)
def element_read_before(x):
    y = x * 1.0
    z = y[0] * bump(y) + y[0]
    return z**2


@kernel(vector)
def arguments_written_by_later_ones(x):
    y = x * 1.0
    return np.dot(y, bump_all(y)) + np.sum(np.stack([y, y * bump(y)]))


@kernel(vector)
def tuple_written_while_made(x):
    y = x * 1.0
    a, b, c = y, doubled(y), np.sum(y)
    return np.sum(a) * b + c


@kernel(vector)
def augmented_by_a_writer(x):
    y = x * 1.0
    y += bump_all(y)
    y[1:] *= bump(y)
    y[doubled_position(y)] += bump(y)
    return np.sum(y**2)


def doubled_position(a):
    a *= 2.0
    return 2


@kernel(vector)
def store_of_a_writer(x):
    y = x * 1.0
    y[0] = doubled(y)
    y[1:3] = bump_all(y)[:2]
    return np.sum(y**2)


@kernel(vector)
def comparison_and_condition(x):
    y = x * 1.0
    s = y[0] if bump(y) > 0.0 else y[1]
    return s * np.sum(y * (y > 0.9))


@kernel(vector)
def condition_that_writes(x):
    y = x * 1.0
    n = 0
    while np.sum(bump_all(y)) < 60.0 and n < 5:
        n += 1
        y[0] += 1.0
    return np.sum(y**2) + n


@kernel(matrix)
def parallel_rows(a):
    """Rows are views: the second store reads what the first has written."""
    b = a.copy()
    b[0], b[1] = b[1], b[0]
    c = a.copy()
    c[0], c[1] = c[1].copy(), c[0].copy()
    return np.sum(b**2) + np.sum(c * np.arange(c.shape[1]))


@kernel(vector)
def parallel_slices(x):
    y = x * 1.0
    y[:2], y[1:3] = y[1:3], y[:2]
    return np.sum(y * np.arange(len(y)))


@kernel(vector)
def parallel_elements(x):
    y = x * 1.0
    y[0], y[1], y[2] = y[1], y[2] * 2.0, y[0]
    i = 0
    i, y[i] = 2, 5.0 * x[0]
    return np.sum(y * np.arange(len(y)))


@kernel(vector)
def loop_over_what_it_writes(x):
    y = x * 1.0
    total = 0.0
    for i, v in enumerate(y):
        y[-1] += v
        y[i] *= 2.0
        total += v * v
    return total + np.sum(y)


@kernel(vector)
def comprehension_over_what_it_writes(x):
    y = x * 1.0
    return sum([v * bump(y) for v in y]) + sum(v * v for v in y)


@kernel(matrix)
def rows_read_after_a_write(a):
    b = a * 1.0
    total = 0.0
    for row in b:
        b[-1] *= 0.5
        total += np.sum(row**2)
    return total


@kernel(vector)
def history_of_copies(u):
    u = u * 1.0
    history = []
    for _ in range(3):
        u[1:] += u[:-1] ** 2 * 0.1
        history.append(u.copy())
    return np.sum(history[0] * history[2]) + np.sum(history[-1])


@kernel(vector)
def history_of_copies_at_run_time(u):
    u = u * 1.0
    history = [u.copy()]
    k = 0
    while k < len(u):
        u[k] *= u[0]
        history.append(u.copy())
        k += 1
    return np.sum(history[1] * history[-1]) + len(history)


@kernel(vector, refused=True)
def history_of_one_array(u):
    """All items are the same array."""
    u = u * 1.0
    history = []
    for k in range(len(u)):
        u[k] *= 2.0
        history.append(u)
    return np.sum(history[0] ** 2)


@kernel(vector)
def history_of_one_array_known(u):
    u = u * 1.0
    history = []
    for k in range(3):
        u[k] *= 2.0
        history.append(u)
    history[0][0] = 1.0
    return np.sum(history[2] ** 2)


@kernel(vector, refused=True)
def history_of_one_swapped_array(u):
    u, v = u * 1.0, u * 2.0
    history = []
    for k in range(len(u)):
        u[k] *= 2.0
        history.append(u)
        u, v = v, u
    return np.sum(history[0] ** 2) + np.sum(history[1])


@kernel(vector, refused=True)
def history_of_one_rebound_array(u):
    u = u * 1.0
    history = []
    for k in range(len(u)):
        u[k] *= 2.0
        history.append(u)
        if k % 2:
            u = u * 1.1
    return np.sum(history[0] ** 2) + np.sum(history[-1])


@kernel(vector, refused=True)
def history_of_views(u):
    u = u * 1.0
    history = []
    for k in range(len(u)):
        u[k] *= 2.0
        history.append(u[:2])
    return np.sum(history[0] ** 2)


@kernel(vector, refused=True)
def appended_then_written(x):
    rows = []
    for k in range(len(x)):
        row = x * (k + 1.0)
        rows.append(row)
        row[0] = 3.0 * x[1]
    return np.sum(rows[0] ** 2) + np.sum(rows[-1])


@kernel(vector, refused=True)
def appended_in_a_branch(x):
    rows = [x * 1.0]
    for k in range(len(x)):
        if x[k] > 0.9:
            a = x * 2.0
            rows.append(a)
        else:
            a = x * 3.0
        a[0] = 5.0 * x[1]
    return np.sum(rows[-1] ** 2) + rows[0][0]


@kernel(vector, refused=True)
def item_kept_then_replaced(x):
    rows = [x * (k + 1.0) for k in range(len(x))]
    first = rows[0]
    rows[0] = x * 7.0
    first[0] = x[1] ** 2
    return np.sum(rows[0]) + np.sum(first**2)


@kernel(vector)
def item_kept_then_item_written(x):
    rows = [x * (k + 1.0) for k in range(len(x))]
    first = rows[0]
    rows[0][0] = x[1] ** 2
    first *= 2.0
    return np.sum(rows[0] ** 2) + np.sum(first)


@kernel(vector, refused=True)
def sliced_list_shares(x):
    rows = [x * (k + 1.0) for k in range(len(x))]
    some = rows[1:]
    rows[1][0] = x[1] ** 2
    return np.sum(some[0] ** 2)


@kernel(vector, refused=True)
def copied_list_shares(x):
    rows = [x * (k + 1.0) for k in range(len(x))]
    other = rows.copy()
    other[0][0] = x[1] ** 2
    return np.sum(rows[0] ** 2)


@kernel(vector, refused=True)
def concatenated_lists_share(x):
    rows = [x * (k + 1.0) for k in range(len(x))]
    more = rows + [x * 9.0]
    rows[-1][0] = x[1] ** 2
    return np.sum(more[len(x) - 1] ** 2)


@kernel(vector)
def known_lists_share(x):
    rows = [x * 1.0, x * 2.0]
    more = rows + [x * 9.0]
    rows[-1][0] = x[1] ** 2
    more[0] *= rows[1]
    third = list(rows)
    third[0][1] = 2.0
    both = {"rows": rows, "more": more}
    both["rows"][0][2] *= 3.0
    return np.sum(more[1] ** 2) + np.sum(rows[0])


@kernel(vector, refused=True)
def popped_array(x):
    rows = [x * (k + 1.0) for k in range(len(x))]
    last = rows.pop()
    last[0] = x[1] ** 2
    rows.append(last)
    last[1] = 7.0 * x[0]
    return np.sum(rows[-1] ** 2)


@kernel(vector, refused=True)
def reversed_list_of_arrays(x):
    rows = [x * (k + 1.0) for k in range(len(x))]
    for row in reversed(rows):
        row[0] *= x[1]
    first = rows[0]
    rows.reverse()
    first[0] += 1.0
    return np.sum(rows[-1] ** 2) + np.sum(rows[0])


@kernel(vector)
def list_of_lists_of_arrays(x):
    net = [[x * 1.0, x * 2.0], [x * 3.0, x * 4.0]]
    for layer in net:
        w, b = layer
        w += b
        layer[1][0] = w[1] ** 2
    return np.sum(net[0][0] * net[1][1]) + np.sum(net[0][1])


@kernel(vector)
def tuples_of_arrays_in_a_list(x):
    layers = [(x * (k + 1.0), x + k) for k in range(3)]
    for w, b in layers:
        w *= b
        b[0] = w[1]
    return np.sum(layers[0][0] * layers[2][1])


@kernel(vector, refused=True)
def tuples_of_arrays_in_a_run_time_list(x):
    layers = [(x * (k + 1.0), x + k) for k in range(len(x))]
    for w, b in layers:
        w *= b
    return np.sum(layers[0][0] * layers[2][1])


@kernel(vector)
def dict_of_lists_of_arrays(x):
    p = {"w": [x * 1.0, x * 2.0], "b": [x[:2] * 1.0, x[:2] * 3.0]}
    for w, b in zip(p["w"], p["b"]):
        w[:2] += b
        b *= w[0]
    return np.sum(p["w"][0]) + np.sum(p["b"][1] ** 2)


@kernel(vector)
def copies_of_containers(x):
    p = {"w": x * 1.0}
    shallow = dict(p)
    shallow["w"][0] = x[1] ** 2
    deep = copy.deepcopy(p)
    deep["w"][1] = 5.0 * x[0]
    near = copy.copy(deep["w"])
    near[2] = 4.0 * x[0]
    return np.sum(p["w"] ** 2) + np.sum(deep["w"]) + np.sum(near)


@kernel(matrix)
def dict_of_views(a):
    b = a * 1.0
    parts = {"top": b[0], "rest": b[1:]}
    parts["top"] *= 2.0
    b[0, 1] = 3.0 * a[0, 0]
    parts["rest"][:, 0] = parts["top"][0] ** 2
    return np.sum(b**2) + np.sum(parts["top"])


@kernel(vector)
def optional_array(x):
    best = None
    for k in range(3):
        y = x * (k + 1.0)
        if best is None or np.sum(y) > np.sum(best):
            best = y
        y[0] = x[1]
    return np.sum(best**2)


@kernel(vector)
def last_of_a_loop(x):
    y = x * 1.0
    for k in range(len(x)):
        y = x * (k + 1.0)
        y[0] = 2.0 * x[1]
    y[1] *= y[0]
    return np.sum(y**2)


@kernel(vector)
def best_of_a_loop(x):
    best, value = x * 1.0, 0.0
    trial = x * 1.0
    for k in range(len(x)):
        trial[k] *= 2.0
        if np.sum(trial) > value:
            best = trial.copy()
            value = np.sum(trial)
    best[0] += 1.0
    return np.sum(best * trial)


@kernel(vector)
def best_of_a_loop_not_copied(x):
    best = x * 1.0
    trial = x * 1.0
    for k in range(len(x)):
        trial[k] *= 2.0
        if np.sum(trial) > 4.0:
            best = trial
    return np.sum(best * trial)


@kernel(vector)
def condition_in_front_of_a_store(x):
    a, b = x * 1.0, np.cos(x)
    a[1], b[0] = 5.0, (a[1] if x[0] > 0.0 else b[1])
    return np.sum(a * 0.7) + np.sum(b * b)


@kernel(vector)
def condition_beside_a_factor(x):
    a, b = x * 1.0, np.cos(x)
    keeps = x[0] > 0.0
    a[1], b[0] = x[2] * 5.0, (a[1] if keeps else 2.0) * b[1]
    return np.sum(a * a) + np.sum(b * b)


@kernel(vector)
def one_of_two_in_front_of_a_store(x):
    a, b = x * 1.0, np.cos(x)
    v = a if x[0] > 0.0 else b
    a[1], b[0] = 5.0, v[1]
    v[0] = 2.0
    return np.sum(a * 0.7) + np.sum(b * b)


@kernel(vector)
def shortcut_in_front_of_a_store(x):
    a, b = x * 1.0, np.cos(x)
    a[1], b[0] = 5.0, float(a[1] > 0.5 and a[2] > -1.0) * b[2]
    return np.sum(a * 0.7) + np.sum(b * b)


@kernel(vector)
def one_array_under_both_names_in_a_list(x):
    """Whatever the position, it is the array that stands to the left of the call."""
    c = np.cos(x)
    b, total = c, 0.0

    def pick(j):
        return [b, c][j]

    for j in range(2):
        total += np.sum(c * bump(pick(j)))
        total += np.sum(c - bump(pick(len(x) % 2)))
    return total
