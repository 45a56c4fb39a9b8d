"""Ways in which two names come to share an array: through arguments, containers, calls, loops and branches."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass

import numpy as np

from tests.inplace.registry import kernel, matrix, vector, vectors

Pair = namedtuple("Pair", "first second")


@dataclass
class State:
    x: np.ndarray
    v: np.ndarray


def arrays(*shapes):
    return lambda n, rng: tuple(rng.uniform(0.5, 1.5, tuple(n if s == "n" else s for s in shape)) for shape in shapes)


def in_container(build):
    return lambda n, rng: (build(rng.uniform(0.5, 1.5, n), rng.uniform(0.5, 1.5, n)),)


@kernel(in_container(lambda a, b: (a, b)))
def tuple_argument_unpacked(pair):
    a, b = pair
    a[0] = b[1] ** 2
    b *= a
    return np.sum(pair[0]) + np.sum(pair[1] ** 2)


@kernel(in_container(lambda a, b: (a, b)))
def tuple_argument_by_item(pair):
    pair[0][1] = pair[1][0] ** 2
    first = pair[0]
    first *= 2.0
    return np.sum(pair[0] * pair[1])


@kernel(in_container(lambda a, b: ((a, b), b * 2.0)))
def nested_tuple_argument(nest):
    (a, b), c = nest
    nest[0][0][0] = c[1] ** 2
    b[:] = a * c
    return np.sum(nest[0][1]) + np.sum(a * a)


@kernel(in_container(lambda a, b: Pair(a, b)))
def namedtuple_argument(pair):
    pair.first[0] = pair.second[1] ** 2
    a = pair.first
    a += pair.second
    return np.sum(pair[0] ** 2)


@kernel(in_container(lambda a, b: [a, b]))
def list_argument_unpacked(state):
    x, v = state
    v -= 0.1 * np.sin(x)
    x += 0.1 * v
    return np.sum(state[0] ** 2) + np.sum(state[1])


@kernel(in_container(lambda a, b: [a, b]))
def list_argument_walked(layers):
    for k, layer in enumerate(layers):
        layer *= 2.0 + k
        layer[0] = layer[1] ** 2
    return np.sum(layers[0] * layers[1])


@kernel(in_container(lambda a, b: [a, b]))
def list_argument_by_item(layers):
    layers[0][1:] = layers[1][:-1]
    top = layers[-1]
    top *= layers[0]
    return np.sum(layers[1]) + np.sum(layers[0] ** 2)


@kernel(in_container(lambda a, b: [a, b]), refused=True)
def list_argument_sliced_and_starred(layers):
    first, *rest = layers
    rest[0][0] = first[1] ** 2
    for layer in layers[1:]:
        layer *= 2.0
    return np.sum(layers[1] ** 2) + np.sum(first)


@kernel(in_container(lambda a, b: [a, b]))
def list_argument_zipped(layers):
    for layer, factor in zip(layers, (2.0, 3.0)):
        layer *= factor
    for layer in reversed(layers):
        layer[0] = 1.0
    return np.sum(layers[1] * layers[0])


@kernel(in_container(lambda a, b: {"x": a, "v": b}))
def dict_argument_walked(p):
    for name, value in p.items():
        value *= 2.0 if name == "x" else p["x"][0]
    for value in p.values():
        value[0] = value[1] ** 2
    return np.sum(p["x"] * p["v"])


@kernel(in_container(lambda a, b: State(a, b)))
def record_argument(s):
    x = s.x
    x += 0.1 * s.v
    s.v[0] = s.x[1] ** 2
    s.v *= s.x
    return np.sum(x**2) + np.sum(s.v)


@kernel(in_container(lambda a, b: {"layers": [a, b]}))
def list_in_a_dict_argument(p):
    p["layers"][0] *= 2.0
    a, b = p["layers"]
    b[0] = a[0] * a[1]
    return np.sum(p["layers"][1] ** 2) + np.sum(p["layers"][0])


@kernel(vector)
def list_by_loop_index(x):
    layers = [x.copy(), 2.0 * x, np.zeros_like(x)]
    for k in range(2):
        layers[k][1:] *= layers[k][:-1]
        layers[k + 1][0] += layers[k][-1]
    layers[2][:] = layers[0] * layers[1]
    return np.sum(layers[2]) + np.sum(layers[1] ** 2)


@kernel(vector)
def list_of_rows_made_by_append(x):
    rows = []
    for k in range(3):
        rows.append(x * (k + 1))
    rows[1][0] = rows[2][1] ** 2
    rows[-1] *= rows[0]
    return np.sum(rows[1] ** 2) + np.sum(rows[2])


@kernel(vector)
def same_array_twice_in_a_list(x):
    y = x.copy()
    both = [y, y]
    both[0][0] = x[1] ** 2
    both[1] *= 2.0
    return np.sum(y**2) + np.sum(both[0])


@kernel(vector)
def same_array_repeated(x):
    rows = [x * 1.0] * 3
    rows[0][0] = x[1] ** 2
    rows[1] *= 2.0
    return np.sum(rows[2] ** 2)


@kernel(vector)
def list_of_views(x):
    y = x * 1.0
    halves = [y[:2], y[2:]]
    halves[0] *= 2.0
    halves[1][0] = halves[0][1] ** 2
    for half in halves:
        half += 1.0
    return np.sum(y**2)


@kernel(vector)
def list_of_views_by_index(x):
    y = x * 1.0
    halves = [y[:2], y[2:4]]
    for k in range(2):
        halves[k] *= 2.0
    return np.sum(y**2)


@kernel(matrix, refused=True)
def rows_listed(a):
    rows = list(a)
    rows[0][0] = rows[1][1] ** 2
    rows[-1] *= 2.0
    return np.sum(a**2)


@kernel(matrix, refused=True)
def rows_by_comprehension(a):
    rows = [row for row in a]  # noqa: C416
    for row in rows:
        row *= row[0]
    return np.sum(a**2)


@kernel(matrix)
def unpacked_rows(a):
    first, second = a[:2]
    first *= second
    second[0] = first[0] ** 2
    return np.sum(a**2)


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, (2, n)),))
def unpacked_argument(a):
    x, v = a
    x += 0.1 * v
    v[0] = x[1] ** 2
    return np.sum(a**2)


def both_of(x):
    a = x * 2.0
    return a, a[1:]


def pair_of(x):
    return x * 2.0, x + 1.0


def same_twice(x):
    a = x * 2.0
    return a, a


def itself_in_a_tuple(x):
    return x, np.sum(x)


def dict_of(x):
    return {"a": x * 2.0, "b": x}


def list_of(x):
    return [x * 2.0, x * 3.0]


@kernel(vector)
def tuple_from_a_call(x):
    pair = pair_of(x)
    a, b = pair
    a[0] = b[1] ** 2
    pair[1][0] = a[0] * a[1]
    return np.sum(pair[0]) + np.sum(b**2)


@kernel(vector)
def shared_results_of_a_call(x):
    a, tail = both_of(x)
    a[1] = x[0] ** 2
    return np.sum(tail**2)


@kernel(vector)
def shared_results_written_through(x):
    a, tail = both_of(x)
    tail[0] = x[0] ** 2
    return np.sum(a**2)


@kernel(vector)
def same_result_twice(x):
    a, b = same_twice(x)
    a[0] = x[1] ** 2
    return np.sum(b**2)


@kernel(vector)
def argument_in_a_result(x):
    y = x * 1.0
    z, s = itself_in_a_tuple(y)
    z[0] = s**2
    return np.sum(y**2)


@kernel(vector)
def dict_from_a_call(x):
    y = x * 1.0
    d = dict_of(y)
    d["b"][0] = d["a"][1] ** 2
    d["a"] *= 2.0
    return np.sum(y**2) + np.sum(d["a"])


@kernel(vector)
def list_from_a_call(x):
    items = list_of(x)
    a, b = items
    a *= b
    items[1][0] = a[0]
    return np.sum(items[0]) + np.sum(b**2)


@kernel(vectors(2), wrt=(0, 1))
def one_of_two_in_a_branch(x, y):
    a, b = x * 1.0, y * 1.0
    c = a if x[0] > y[0] else b
    return np.sum(c**2) + np.sum(a * b)


@kernel(vectors(2), wrt=(0, 1))
def rebound_in_a_branch(x, y):
    a = x * 1.0
    if x[0] > y[0]:
        a = y * 2.0
    a[0] = x[1] ** 2
    return np.sum(a**2)


@kernel(vector)
def rebound_in_a_loop(x):
    a = x * 1.0
    for _ in range(3):
        a[0] = a[1] ** 2
        a = a * 1.1
        a[-1] += 1.0
    return np.sum(a**2)


@kernel(vector)
def view_made_before_a_loop(x):
    y = x * 1.0
    inner = y[1:-1]
    for _ in range(3):
        inner *= 0.9
        y[0] += inner[0] ** 2
    return np.sum(y**2) + np.sum(inner)


@kernel(vector)
def view_made_in_a_loop(x):
    y = x * 1.0
    for i in range(len(y) - 1):
        pair = y[i : i + 2]
        pair[1] += pair[0] ** 2 * 0.1
        pair *= 0.95
    return np.sum(y**2)


@kernel(vector)
def view_read_after_loop_wrote(x):
    y = x * 1.0
    head = y[:2]
    for i in range(len(y)):
        y[i] *= x[i]
    return np.sum(head**2)


@kernel(vector)
def view_with_changed_bound(x):
    y = x * 1.0
    k = 1
    tail = y[k:]
    k = 2
    y[k:] = 3.0
    tail[0] = 4.0 * x[0]
    return np.sum(tail**2) + k


@kernel(vector)
def default_argument_closure(x):
    y = x * 1.0

    def bump(i, a=y):
        a[i] *= a[0]

    y[0] = 2.0 * x[1]
    for i in range(1, 3):
        bump(i)
    return np.sum(y**2)


@kernel(vector)
def closures_that_share(x):
    y = x * 1.0

    def reader():
        return np.sum(y**2)

    def writer(value):
        y[0] = value

    before = reader()
    writer(before)
    return reader() + before


@kernel(matrix)
def closure_over_a_row(a):
    row = a[1]

    def double():
        row[:] = 2.0 * row

    double()
    a[0] = row
    double()
    return np.sum(a**2)


@kernel(vector)
def lambda_over_a_view(x):
    y = x * 1.0
    v = y[1:]
    total = lambda: np.sum(v**2)
    before = total()
    y[1] = 5.0 * x[0]
    return before * total()


@kernel(vector)
def swapped_names_of_views(x):
    y = x * 1.0
    a, b = y[: len(y) // 2], y[len(y) // 2 :]
    a, b = b, a
    a[0] = 2.0 * x[0]
    b[0] = a[0] ** 2
    return np.sum(y**2)


@kernel(vector)
def augmented_slice_of_itself(x):
    x[1:] += x[:-1]
    x[:-1] *= x[1:]
    x += x[::-1]
    x -= x[0]
    return np.sum(x**2)


@kernel(vector)
def conditional_expression_view(x):
    y = x * 1.0
    v = y[1:] if len(y) > 3 else y[:1]
    v[0] = y[0] ** 2
    return np.sum(y**2)


@kernel(matrix)
def chained_subscripts(a):
    a[0][1] = a[1][0] ** 2
    a[1:][0][1:] *= 2.0
    a[:, 1][0] = a.T[2][1]
    a[0, :][::2] += 1.0
    return np.sum(a**2)


@kernel(vector)
def numpy_functions_that_view(x):
    y = x * 1.0
    v = np.asarray(y)
    v[0] = 2.0 * x[1]
    w = np.atleast_1d(y)
    w[1] = v[0] ** 2
    r = np.ravel(y)
    r[2] *= r[0]
    return np.sum(y**2)


@kernel(matrix)
def split_pieces(a):
    y = a * 1.0
    top, bottom = np.split(y, [1])
    return np.sum(top**2) + np.sum(bottom)


@kernel(vector)
def loop_variable_kept(x):
    y = x.reshape(-1, 1) * np.ones(2)
    last = y[0]
    for row in y:
        last = row
        row *= 2.0
    return np.sum(y**2) + last[0]


@kernel(matrix)
def previous_row(a):
    previous = a[0].copy()
    for row in a[1:]:
        row += previous**2 * 0.1
        previous = row.copy()
    return np.sum(a**2)


@kernel(vector)
def while_with_a_view(x):
    y = x * 1.0
    n = len(y)
    while n > 1:
        half = n // 2
        y[:half] += y[n - half : n] ** 2
        n -= half
    return y[0]


@kernel(vector)
def row_into_its_column(x):
    m = np.outer(x, x)
    m[0] = x
    m[2] = m.T[-1] - 0.0
    m[:, 1] = m[2] + 0.0
    m[1:3, 0] = m[2, 2:4] + 0.0
    m[0, :4:2] = m[0, 1:3] + 0.0
    m[0, ::-1] = m[0] + 0.0
    for k in range(2):
        m[3, :4:2] = m[3, k : k + 2] + 0.0
        m[3, k : k + 2] = m[3, k + 1 : k + 3] + 0.0
    return np.sum(m * np.arange(float(m.size)).reshape(m.shape) ** 2)
