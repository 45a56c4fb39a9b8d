"""Objects at work: containers of one's own, trees, models, settings, objects changed in loops and branches."""

import math

import numpy as np

from tests.language.registry import program


class Grid:
    def __init__(self, values):
        self.values = np.asarray(values)

    def __len__(self):
        return len(self.values)

    def __getitem__(self, key):
        return self.values[key]

    def __iter__(self):
        for v in self.values:
            yield v

    def laplacian(self):
        return self[2:] - 2.0 * self[1:-1] + self[:-2]

    def __bool__(self):
        return len(self) > 0


@program((np.array([0.5, 1.5, 0.2, 2.0]),))
def array_wrapper(v):
    grid = Grid(v)
    if not grid:
        return 0.0
    return np.sum(grid.laplacian() ** 2) + grid[0] * len(grid)


class Tally:
    def __init__(self):
        self.total = 0.0
        self.counts = {}

    def add(self, name, value):
        self.total += value
        self.counts[name] = self.counts.get(name, 0.0) + value

    def __contains__(self, name):
        return name in self.counts


@program((0.7,))
def object_with_dict(x):
    tally = Tally()
    for name, value in (("a", x), ("b", x * x), ("a", 2.0)):
        tally.add(name, value)
    return tally.counts["a"] * tally.total if "b" in tally else x


class Node:
    def __init__(self, value, *children):
        self.value = value
        self.children = children

    def evaluate(self, x):
        return self.value * x + sum(child.evaluate(x * 0.5) for child in self.children)


@program((0.7, 2.0), wrt=(0, 1))
def tree_of_objects(x, w):
    tree = Node(w, Node(x), Node(1.0, Node(w * x), Node(2.0)))
    return tree.evaluate(x)


class LinkedList:
    def __init__(self):
        self.head = None

    def push(self, value):
        self.head = (value, self.head)

    def fold(self, f, start):
        node, total = self.head, start
        while node is not None:
            value, node = node
            total = f(total, value)
        return total


@program((0.7,))
def linked_list(x):
    items = LinkedList()
    for k in range(3):
        items.push(x + k)
    return items.fold(lambda a, b: a * b + 1.0, x)


class Layer:
    def __init__(self, w, b, activation=np.tanh):
        self.w, self.b, self.activation = w, b, activation

    def __call__(self, x):
        return self.activation(self.w @ x + self.b)


W0 = np.array([[0.2, -0.4], [0.7, 0.1]])


@program((W0, np.array([0.1, -0.2])), wrt=(0, 1))
def layers_as_objects(w, b):
    net = [Layer(w, b), Layer(w.T, 2.0 * b, activation=lambda z: z)]
    x = np.array([1.0, -0.5])
    for layer in net:
        x = layer(x)
    return np.sum(x * x)


class Config:
    steps = 4
    dt = 0.05


class FastConfig(Config):
    steps = 2


@program((0.7, FastConfig), more=[(0.7, Config)])
def class_as_settings(x, config):
    for _ in range(config.steps):
        x = x - config.dt * x * x
    return x


class Cell:
    __slots__ = ("v",)

    def __init__(self, v):
        self.v = v

    def swap(self, other):
        self.v, other.v = other.v, self.v


@program((0.7, 1.3), wrt=(0, 1))
def slots_and_swap(a, b):
    left, right = Cell(a), Cell(b)
    left.swap(right)
    left.v *= left.v
    return left.v * 2.0 + right.v


@program((0.7,))
def object_changed_in_a_loop(x):
    cell = Cell(x)
    for k in range(4):
        if k % 2:
            cell.v = cell.v * x
        else:
            cell.v += math.sin(cell.v)
    return cell.v


@program((0.7,), more=[(-0.7,)])
def object_changed_in_a_branch(x):
    cell = Cell(1.0)
    keep = cell
    if x > 0.0:
        cell.v = x * x
    else:
        cell = Cell(3.0 * x)
    return cell.v * x + keep.v


class Model:
    def __init__(self, weights, bias):
        self.weights = weights
        self.bias = bias

    def loss(self, x):
        return np.mean((x * self.weights + self.bias) ** 2)


MODEL = Model(np.array([0.5, -1.0]), 0.25)

program((np.array([0.5, 1.5]),), name="bound_method_as_target", category="objects")(MODEL.loss)
program((MODEL, np.array([0.5, 1.5])), name="method_in_self", category="objects")(Model.loss)
