"""Containers as arguments and results: nested, mixed, with things in them that are not numbers."""

import math
from collections import OrderedDict, namedtuple
from dataclasses import dataclass

import numpy as np

from tests.language.registry import program


@program(((0.7, (1.5, 2.0)),))
def nested_tuple(p):
    a, (b, c) = p
    return a * b + c**2 * a


@program(([0.7, [1.5, 2.0], []],))
def nested_list(p):
    return p[0] * p[1][0] + sum(p[1]) + len(p[2])


@program(({"w": np.array([[0.2, 0.5], [1.0, -1.0]]), "b": np.array([0.1, 0.3])},))
def dict_of_arrays(p):
    return np.sum(np.tanh(p["w"] @ p["b"] + p["b"]))


@program(([(np.array([[0.2, 0.5], [1.0, -1.0]]), np.array([0.1, 0.3])), (np.array([[0.4, 0.6]]), np.array([0.2]))],))
def list_of_tuples_of_arrays(layers):
    h = np.array([1.0, 2.0])
    for w, b in layers:
        h = np.tanh(w @ h + b)
    return h[0]


@program(({"layers": [{"w": 0.7, "b": 0.1}, {"w": 1.5, "b": 0.2}], "scale": 2.0},))
def dicts_in_a_list_in_a_dict(p):
    v = 1.0
    for layer in p["layers"]:
        v = math.tanh(layer["w"] * v + layer["b"])
    return p["scale"] * v


@program(({"rate": 0.7, "name": "adam", "steps": 3, "on": True, "note": None},))
def not_only_numbers(p):
    x = 1.0
    for _ in range(p["steps"]):
        x = x - p["rate"] * x * (0.5 if p["name"] == "adam" else 1.0)
    return x if p["on"] and p["note"] is None else 0.0


@program(({"unused": 0.3, "used": 0.7},))
def unused_leaf(p):
    return p["used"] ** 2


@program(((0.7, np.array([1.0, 2.0])), 3.0), wrt=(1, 0))
def two_arguments_out_of_order(p, y):
    a, v = p
    return a * np.sum(v) * y + y * y


@program((0.7,), out="vector")
def nested_result(x):
    return {"a": (x, x * x), "b": [x**3, {"c": math.sin(x)}]}


@program((np.array([0.7, 1.5]),), out="vector")
def mixed_result(v):
    return np.sum(v), v * 2.0, [v[0], "label", 3]


@program(({"a": 0.7, "b": (1.5, [2.0])},), out="vector")
def same_structure_out(p):
    return {"a": p["a"] * 2.0, "b": (p["a"] * p["b"][0], [p["b"][1][0] ** 2])}


@program(((0.7, 1.5),), out="vector")
def returned_as_given(p):
    return p


@program(((0.7, 1.5),), out="vector")
def same_leaf_twice(p):
    return p[0], p[0], p


@program((OrderedDict(b=0.7, a=1.5),))
def ordered_dict_argument(p):
    first, second = p.values()
    return first**2 * second + p["a"]


@dataclass
class Params:
    w: np.ndarray
    b: float
    layers: int = 2


Batch = namedtuple("Batch", "inputs targets")


@program((Params(np.array([0.2, 0.5]), 0.1), Batch(np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([1.0, 0.0]))), wrt=(0, 1))
def record_and_namedtuple(p, batch):
    h = batch.inputs @ p.w + p.b
    for _ in range(p.layers):
        h = np.tanh(h)
    return np.mean((h - batch.targets) ** 2)


@program((Params(np.array([0.2, 0.5]), 0.1),), out="vector")
def record_result(p):
    return Params(w=p.w * p.b, b=p.b**2, layers=p.layers + 1)


def tree_map(f, tree):
    if isinstance(tree, dict):
        return {key: tree_map(f, value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return type(tree)([tree_map(f, value) for value in tree])
    return f(tree)


def tree_sum(tree):
    if isinstance(tree, dict):
        return sum(tree_sum(v) for v in tree.values())
    if isinstance(tree, (list, tuple)):
        return sum(map(tree_sum, tree))
    return tree


@program(({"a": 0.7, "b": [1.5, (2.0, 0.3)]},))
def own_tree_functions(p):
    return tree_sum(tree_map(lambda v: v * v, p)) * p["a"]


@program((((0.7, 1.5), (2.0, -1.0)),))
def tuple_as_matrix(m):
    (a, b), (c, d) = m
    return a * d - b * c


@program(([1.0, 2.0, 3.0], (0, 2)))
def static_index_tuple(values, picks):
    return sum(values[i] ** 2 for i in picks)


@program(([np.array([0.2, 0.5]), np.array([1.0, -1.0, 2.0])],))
def list_of_ragged_arrays(arrays):
    return sum(np.sum(a**2) * len(a) for a in arrays)


@program(([[0.2, 0.5], [1.0], []],))
def ragged_lists(rows):
    return sum(sum(row) * len(row) for row in rows) + rows[0][1] * rows[1][0]


@program((([0.7, 2.0], ()),))
def empty_parts(p):
    values, nothing = p
    return (values[0] if not nothing else 0.0) * 2.0


@program(({"p": {"q": {"r": 0.7}}},))
def deep_path(tree):
    tree["p"]["q"]["r"] *= 3.0
    return tree["p"]["q"]["r"] ** 2


@program(({"x": 0.7, "y": 2.0},))
def changed_argument(p):
    p["x"] = p["x"] * p["y"]
    p["z"] = p["x"] + 1.0
    del p["y"]
    return p["x"] * p["z"]


@program((0.7, {"a": 1.0, "b": [2.0]}))
def fixed_container(x, constants):
    return x * constants["a"] + x**2 * constants["b"][0]


@program(((np.float64(0.7), 2.0),))
def numpy_scalars(p):
    return p[0] * p[1] + np.exp(p[0])


@program(({"m": np.eye(2), "v": [0.5, 1.5]},))
def list_made_into_an_array(p):
    v = np.array(p["v"])
    return v @ p["m"] @ v


@program((({"w": 0.7}, {"w": 1.5}),))
def tuple_of_dicts(pair):
    left, right = pair
    merged = {k: left[k] * right[k] for k in left}
    return merged["w"] + right["w"] ** 2
