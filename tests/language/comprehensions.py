"""Comprehensions and generator expressions: filters, nesting, walrus, scopes, and what consumes them."""

import math

import numpy as np

from tests.language.registry import program


@program((0.7,))
def powers(x):
    terms = [x**k for k in range(5)]
    return sum(terms) * terms[-1]


@program(([0.5, -1.5, 2.0],))
def filtered(values):
    return sum([v * v for v in values if v > 0.0])


@program((np.array([0.5, -1.5, 2.0, 0.1]),))
def over_an_array(v):
    return sum([math.sin(t) * t for t in v])


@program((np.array([0.5, -1.5, 2.0]),))
def array_from_comprehension(v):
    table = np.array([[a * b for b in v] for a in v])
    return np.sum(table @ v)


@program((0.7,))
def two_loops(x):
    pairs = [x**i * (j + 1) for i in range(3) for j in range(i)]
    return sum(pairs) + len(pairs) * x


@program((0.7,))
def filter_in_the_middle(x):
    terms = [i * x + j for i in range(4) if i % 2 == 0 for j in range(3) if i != j]
    return sum(t * t for t in terms)


@program(({"a": 0.5, "bb": 1.5},))
def dict_comprehension(weights):
    scaled = {name: w * len(name) for name, w in weights.items()}
    return scaled["a"] * scaled["bb"]


@program((0.7, ("mean", "spread")))
def keys_from_argument(x, names):
    table = {name: x * (i + 1) for i, name in enumerate(names)}
    return table["mean"] * table["spread"] + sum(table.values())


@program((0.7,))
def set_of_static(x):
    sizes = {n % 3 for n in range(7)}
    return sum(x**n for n in sorted(sizes)) * len({1, 2, 2})


@program(([0.5, 1.5, 2.0],))
def generator_into_max(values):
    return max(v * v - 1.0 for v in values) + min((3.0 - v for v in values), default=0.0)


@program(([0.5, 1.5, 2.0], 1.0))
def any_of_generator(values, limit):
    if any(v > limit for v in values):
        return sum(v for v in values if v > limit)
    return 0.0


@program(([0.5, 1.5, 2.0],))
def walrus_in_filter(values):
    kept = [y for v in values if (y := v * v) > 1.0]
    return sum(kept) * y


@program((0.7,))
def walrus_accumulates(x):
    total = 0.0
    running = [total := total * x + k for k in range(1, 4)]
    return running[0] * running[2] + total


@program((0.7,))
def own_scope(x):
    k = 10.0
    terms = [k * x for k in range(3)]
    return sum(terms) * k


@program(([[0.5, 1.0], [2.0, -1.0]], [0.3, 0.9]), wrt=(0, 1))
def matrix_vector(rows, v):
    product = [sum(a * b for a, b in zip(row, v)) for row in rows]
    return sum(p * p for p in product)


@program(([[0.5, 1.0], [2.0, -1.0]],))
def flattened(rows):
    flat = [entry for row in rows for entry in row]
    return flat[0] * flat[3] + flat[1] ** 2


@program(([[0.5, 1.0, 3.0], [2.0, -1.0, 0.2]],))
def transposed(rows):
    columns = [[row[j] for row in rows] for j in range(3)]
    return sum(c[0] * c[1] for c in columns)


@program((np.array([[0.5, 1.0], [2.0, -1.0]]),))
def over_rows(a):
    norms = np.array([np.linalg.norm(row) for row in a])
    return norms.max() + np.prod(norms)


@program((0.7,))
def conditional_in_element(x):
    return sum(x * k if k % 2 else x**k for k in range(5))


@program((0.7,))
def generator_kept_in_a_name(x):
    squares = (x * k * k for k in range(4))
    return sum(squares) + sum(squares)


@program((0.7,))
def generator_reads_late(x):
    scale = 2.0
    terms = (scale * x * k for k in range(3))
    scale = x
    return sum(terms)


@program((0.7,))
def nested_generators(x):
    return sum(sum(x**j for j in range(i)) for i in range(4))


@program((0.7,))
def tuple_and_list_of_generators(x):
    a = tuple(x + k for k in range(3))
    b = list(v * x for v in a)
    return a[0] * b[2] + sum(b)


@program(([0.5, 1.5, 2.0],))
def dict_from_pairs(values):
    table = dict((i, v * v) for i, v in enumerate(values))
    inverted = {f"item{i}": v for i, v in table.items() if i}
    return table[0] * inverted["item2"] + inverted["item1"]


@program((0.7,))
def comprehension_calls_functions(x):
    def smooth(t):
        return t / (1.0 + abs(t))

    return sum([smooth(x * k) for k in range(-2, 3)]) + sum([f(x) for f in (math.sin, math.exp, smooth)])


@program((np.array([0.2, 0.9, 1.7]), np.array([0.1, 1.0])), wrt=(0, 1))
def kernel_matrix(x, centres):
    gram = np.array([[math.exp(-((a - c) ** 2)) for c in centres] for a in x])
    return np.sum(gram.T @ x * centres)


@program(([(0.5, "a"), (1.5, "b"), (2.5, "a")],))
def grouped_by_name(items):
    groups = {name: [v for v, n in items if n == name] for name in ("a", "b")}
    return sum(groups["a"]) * groups["b"][0]


@program((0.7, 4), more=[(0.7, 0)])
def maybe_empty(x, n):
    parts = [x / (k + 1) for k in range(n)]
    return sum(parts) + x * len(parts) + (parts[0] if parts else 2.0 * x)


@program((np.linspace(0.1, 0.9, 5),))
def joined_arrays(v):
    blocks = [v[i : i + 2] * i for i in range(1, 4)]
    return np.sum(np.concatenate(blocks) ** 2) + np.sum(np.stack(blocks)[:, 0])


@program((0.7,))
def recursion_in_comprehension(x):
    def catalan(n):
        if n <= 1:
            return x
        return sum([catalan(i) * catalan(n - 1 - i) for i in range(n)])

    return catalan(3)


@program(([0.5, 1.5, 2.0],))
def unpacked_elements(values):
    pairs = [(v, v * v) for v in values]
    firsts = [a for a, _ in pairs]
    return sum(a * b for (a, b) in pairs) + max(firsts)


@program((0.4,))
def sorted_comprehension(x):
    ranked = sorted([math.sin(k * x + 1.0) for k in range(4)], reverse=True)
    return ranked[0] * 2.0 - ranked[3]


@program((0.4,), out="vector")
def comprehension_as_result(x):
    return [x**k for k in range(1, 4)], {"last": x * 5.0}
