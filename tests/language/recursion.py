"""Functions that call themselves and each other, over numbers, arrays, trees and dicts."""

import math

import numpy as np

from tests.language.registry import program


@program((0.9, 6), more=[(0.9, 0)])
def power(x, n):
    if n == 0:
        return 1.0
    half = power(x, n // 2)
    return half * half * x if n % 2 else half * half


def hermite(x, n):
    if n < 2:
        return [1.0, 2.0 * x][n]
    return 2.0 * x * hermite(x, n - 1) - 2.0 * (n - 1) * hermite(x, n - 2)


@program((0.4,))
def hermite_sum(x):
    return hermite(x, 4) * math.exp(-x * x)


def is_even_step(x, n):
    return x if n == 0 else is_odd_step(x * x + 0.1, n - 1)


def is_odd_step(x, n):
    return -x if n == 0 else is_even_step(math.sin(x), n - 1)


@program((0.8,))
def mutual(x):
    return is_even_step(x, 4) * is_odd_step(x, 3)


@program((np.array([0.5, 2.0, 1.5, -1.0, 0.2]),))
def slices(v):
    if v.size == 0:
        return 0.0
    if v.size == 1:
        return v[0] ** 2
    return v[0] * v[-1] + slices(v[1:-1])


@program((np.array([0.5, 2.0, 1.5, 3.0]),), out="vector")
def haar(v):
    if len(v) == 1:
        return v
    mean = 0.5 * (v[::2] + v[1::2])
    detail = 0.5 * (v[::2] - v[1::2])
    return np.concatenate([haar(mean), detail])


@program((((0.5, 2.0), (1.5, (0.3, -1.0))),))
def tuple_tree(tree):
    if isinstance(tree, tuple):
        left, right = tree
        return tuple_tree(left) * 0.5 + tuple_tree(right)
    return math.sin(tree)


@program(({"value": 0.5, "left": {"value": 1.5, "left": None, "right": None}, "right": None},))
def dict_tree(node):
    if node is None:
        return 1.0
    return node["value"] * dict_tree(node["left"]) + node["value"] ** 2 * dict_tree(node["right"])


@program(([0.5, [2.0, [1.5]], 3.0],))
def nested_lists(item):
    if isinstance(item, list):
        total = 0.0
        for part in item:
            total = total * 0.5 + nested_lists(part)
        return total
    return item * item


def simpson(f, a, b):
    return (b - a) / 6.0 * (f(a) + 4.0 * f(0.5 * (a + b)) + f(b))


def adaptive(f, a, b, depth):
    whole = simpson(f, a, b)
    if depth == 0:
        return whole
    middle = 0.5 * (a + b)
    parts = simpson(f, a, middle) + simpson(f, middle, b)
    if abs(parts - whole) < 1e-3:
        return parts
    return adaptive(f, a, middle, depth - 1) + adaptive(f, middle, b, depth - 1)


@program((3.0,))
def adaptive_quadrature(w):
    return adaptive(lambda t: math.exp(math.sin(w * t)), 0.0, 2.0, 5)


def ackermann_like(x, m, n):
    if m == 0:
        return n + x
    if n == 0:
        return ackermann_like(x, m - 1, 1)
    return ackermann_like(x, m - 1, 1) * x + ackermann_like(x, m, n - 1)


@program((0.3,))
def doubly_recursive(x):
    return ackermann_like(x, 2, 2)


def continued_fraction(x, depth, limit=6):
    if depth == limit:
        return x + depth
    return x + depth / continued_fraction(x, depth + 1)


@program((1.2,))
def fraction(x):
    return continued_fraction(x, 1) ** 2


def descend(x, trail):
    if abs(x) < 0.05:
        return trail
    return descend(0.5 * x, trail + [x])


@program((1.0,))
def grows_a_list(x):
    trail = descend(x * 0.9, [])
    return sum(t * t for t in trail) + trail[-1] * len(trail)


def until(x, limit):
    if x > limit:
        return x
    return until(x * x + 0.3, limit)


@program((0.6,), more=[(2.5,)])
def depth_depends_on_value(x):
    return until(x, 1.7) * x


def collatz_like(x, n, path=()):
    if n == 1:
        return x * len(path)
    if n % 2:
        return collatz_like(x + 0.1 * x, 3 * n + 1, (*path, n))
    return collatz_like(math.sin(x), n // 2, (*path, n))


@program((0.6,))
def with_static_path(x):
    return collatz_like(x, 6)


def flatten(tree):
    if isinstance(tree, (list, tuple)):
        return [leaf for part in tree for leaf in flatten(part)]
    return [tree]


@program(([0.5, (2.0, [1.5, 3.0])],))
def flattened_tree(tree):
    leaves = flatten(tree)
    return sum(leaf * (i + 1) for i, leaf in enumerate(leaves)) * leaves[0]


def ways(values, target):
    if target == 0:
        return 1.0
    if target < 0 or not values:
        return 0.0
    first, *rest = values
    weight, size = first
    return weight * ways(values, target - size) + ways(rest, target)


@program(([(0.5, 1), (0.3, 2), (0.9, 3)],))
def partition_function(species):
    return ways(species, 4)


def lu_determinant(a):
    if a.shape[0] == 1:
        return a[0, 0]
    schur = a[1:, 1:] - np.outer(a[1:, 0], a[0, 1:]) / a[0, 0]
    return a[0, 0] * lu_determinant(schur)


@program((np.array([[2.0, 0.3, 0.1], [0.4, 1.5, 0.2], [0.1, 0.6, 3.0]]),))
def recursive_determinant(a):
    return math.log(lu_determinant(a))
