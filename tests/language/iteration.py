"""What loops run over: zip, enumerate, reversed, itertools, iterators by hand."""

import itertools
import math
from itertools import (
    accumulate,
    chain,
    combinations,
    islice,
    pairwise,
    permutations,
    product,
    repeat,
    starmap,
    takewhile,
)

import numpy as np

from tests.language.registry import program


@program(([0.5, 1.5, 2.0],))
def accumulated(values):
    return sum(accumulate(values))


@program(([0.5, 1.5, 2.0],))
def accumulated_product(values):
    running = list(accumulate(values, lambda a, b: a * b))
    return running[-1] + running[1] * running[0]


@program((0.4,))
def accumulate_with_initial(x):
    path = list(accumulate([1.0, 2.0, 3.0], lambda v, k: v * x + k, initial=x))
    return path[0] * path[-1] + len(path)


@program(([0.5, 1.5], [2.0, -1.0, 0.3]), wrt=(0, 1))
def product_of_two(a, b):
    return sum(u * v**2 for u, v in product(a, b))


@program((0.6,))
def product_repeat(x):
    total = 0.0
    for bits in product((0, 1), repeat=3):
        total += x ** sum(bits) * (1.0 - x) ** (3 - sum(bits)) * bits[0]
    return total


@program(([0.5, 1.5], (2.0, -1.0)), wrt=(0, 1))
def chained(a, b):
    total = 0.0
    for weight, value in enumerate(chain(a, b, [3.0])):
        total += weight * value**2
    return total


@program(([[0.5, 1.5], [2.0]],))
def chained_from_iterable(groups):
    flat = list(chain.from_iterable(groups))
    return flat[0] * flat[1] * flat[2]


@program(([0.5, 1.5, 2.0, 4.0],))
def sliced(values):
    return sum(islice(values, 1, None, 2)) * sum(islice(values, 2))


@program((np.array([[0.0, 0.1], [1.0, 0.5], [0.3, -0.8]]),))
def combinations_of_points(points):
    energy = 0.0
    for p, q in combinations(points, 2):
        energy += 1.0 / np.sqrt(np.sum((p - q) ** 2))
    return energy


@program(([0.5, 1.5, 2.0],))
def permutation_sign(v):
    return sum(a * b - c for a, b, c in permutations(v))


@program(([0.5, 1.5, 2.0, 4.0],))
def pairwise_differences(values):
    return sum((b - a) ** 2 for a, b in pairwise(values))


@program((0.6,))
def repeated(x):
    total = 1.0
    for factor in repeat(x, 4):
        total = total * factor + 0.1
    return total


@program(([(0.5, 2), (1.5, 3)],))
def star_mapped(pairs):
    return sum(starmap(pow, pairs))


@program(([0.5, 1.0, 3.0, 0.2],))
def taken_while(values):
    return sum(takewhile(lambda v: v < 2.0, values)) * values[2]


@program((0.6,))
def counted(x):
    total = 0.0
    for k in itertools.count(1):
        term = x**k / k
        if k > 6:
            break
        total += term
    return total


@program(([0.5, 1.5, 2.0],))
def cycled(values):
    total = 0.0
    for step, v in zip(range(7), itertools.cycle(values)):
        total += v * step
    return total


@program((([1.0, 2.0], [3.0, 5.0], [0.5, -1.0]),))
def unzipped(rows):
    xs, ys, *_ = zip(*rows)
    return xs[0] * xs[1] + ys[0]


@program(([[1.0, 2.0], [3.0, 4.0]],))
def transposed_rows(matrix):
    columns = [list(column) for column in zip(*matrix)]
    return columns[0][1] * columns[1][0] + sum(columns[1])


@program(([0.5, 1.5, 2.0],))
def zip_of_three(values):
    total = 0.0
    for a, b, (i, c) in zip(values, values[1:], enumerate(values)):
        total += a * b * i + c
    return total


@program(([0.5, 1.5, 2.0], [1.0, 2.0]))
def longest_zip(a, b):
    return sum(u * v for u, v in itertools.zip_longest(a, b, fillvalue=0.25))


@program(([0.5, 1.5, 2.0],))
def enumerated_from_one(values):
    return sum(v / i for i, v in enumerate(values, 1))


@program(([0.5, 1.5, 2.0],))
def reversed_horner(coefficients):
    value = 0.0
    for c in reversed(coefficients):
        value = value * 0.5 + c * c
    return value


@program((np.array([0.5, 1.5, 2.0]),))
def reversed_range_over_array(v):
    total = 0.0
    for i in reversed(range(len(v))):
        total = total * v[i] + 1.0
    return total


@program(([0.5, 1.5, 2.0, 2.5],))
def iterator_by_hand(values):
    iterator = iter(values)
    first = next(iterator)
    second = next(iterator)
    rest = sum(iterator)
    return first * second + rest * first


@program(([0.5, 1.5],))
def next_with_default(values):
    found = next((v for v in values if v > 1.0), 0.0)
    missing = next((v for v in values if v > 9.0), -1.0)
    return found * found + missing


@program(([0.5, 1.5, 2.0, 4.0],))
def chunks(values):
    total = 0.0
    for start in range(0, len(values), 2):
        a, b = values[start : start + 2]
        total += a * b
    return total


@program((np.array([[1.0, 2.0], [3.0, 4.0]]),))
def rows_and_entries(a):
    total = 0.0
    for i, row in enumerate(a):
        for j, entry in enumerate(row):
            total += (i + 1) * entry ** (j + 1)
    return total


@program((np.array([0.5, 1.5, 2.0]), np.array([1.0, 0.2, 0.3])), wrt=(0, 1))
def sum_of_zip_over_arrays(a, b):
    return sum(math.sin(u) * v for u, v in zip(a, b))


@program((1.5, "abca"))
def over_characters(x, word):
    value = x
    for letter in word:
        if letter == "a":
            value = value * x
        elif letter in "bc":
            value += 1.0
    return value


@program(({"a": 1.0, "b": -2.0},))
def over_dict_in_order(weights):
    total = 0.0
    for position, name in enumerate(weights):
        total += position * weights[name] ** 2 + len(name) * weights[name]
    return total


@program((0.5,))
def batched_accumulation(x):
    totals = [0.0, 0.0, 0.0]
    for i, j in product(range(3), range(2)):
        totals[i] += x ** (i + j)
    return totals[0] * totals[1] * totals[2]


@program(([1.0, 3.0, 2.0],))
def max_of_generator(values):
    return max(v * v - v for v in values) + min(abs(v - 2.4) for v in values)


@program(([1.0, 3.0, 2.0],))
def zip_strict_and_unpack(values):
    ((a, b), (c, d), *rest) = zip(values, reversed(values), strict=True)
    return a * b + c * d + len(rest)


@program(([4.0, 1.0, 3.0],))
def index_of_minimum(values):
    where = min(range(len(values)), key=values.__getitem__)
    best = max(range(len(values)), key=lambda i: values[i])
    return values[where] * values[best] + where


@program(([1.0, 0.5, 2.0],))
def grouped(values):
    keyed = [("a", values[0]), ("a", values[1]), ("b", values[2])]
    totals = {key: sum(v for _, v in group) for key, group in itertools.groupby(keyed, key=lambda p: p[0])}
    return totals["a"] * totals["b"]
