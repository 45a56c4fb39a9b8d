"""Two names for one thing, iterators that run dry, things changed while they are walked over: where numbers go wrong quietly."""

import copy
from collections import namedtuple
from dataclasses import dataclass, field, replace

import numpy as np

from tests.language.registry import program


@program(([[0.7, 1.5], [2.0, -1.0]],))
def rows_changed_in_a_for(matrix):
    for row in matrix:
        row[0] = row[0] * row[1]
        row.append(row[0] + 1.0)
    return matrix[0][2] * matrix[1][0] + len(matrix[1])


@program(([[0.7, 1.5], [2.0, -1.0]],))
def slice_of_rows_is_shallow(matrix):
    top = matrix[:1]
    top[0][0] = 5.0 * top[0][1]
    top.append([9.0])
    return matrix[0][0] ** 2 + len(matrix) * top[0][0]


@program((0.7,))
def concatenation_shares_items(x):
    a, b = [[x]], [[2.0]]
    both = a + b
    both[0][0] = x * x * 3.0
    b[0].append(x)
    return a[0][0] * both[1][1]


@program((0.7,))
def plus_equals_keeps_the_alias(x):
    a = [x]
    b = a
    b += [x * x]
    c = a
    c = c + [3.0]
    return sum(a) * len(b) + sum(c)


def extended(values, more):
    values += more
    return len(values)


def rebound(values, more):
    values = values + more
    return len(values)


@program((0.7,))
def plus_equals_in_a_callee(x):
    a = [x, 1.0]
    n = extended(a, [x * 2.0]) + rebound(a, [100.0])
    return a[-1] * n + sum(a)


@program((0.7,), more=[(1.4,)])
def alias_by_or(x):
    empty, given = [], [x, 2.0]
    chosen = empty or given
    chosen[0] = chosen[0] * 4.0
    other = (given if x > 1.0 else empty) or chosen
    other.append(x)
    return given[0] * given[2] + len(empty)


@program((0.7,), more=[(1.4,)])
def alias_by_if_statement(x):
    a, b = {"v": x}, {"v": 2.0}
    target = a
    if x > 1.0:
        target = b
    target["v"] += x * x
    return a["v"] + 10.0 * b["v"]


@program((np.array([0.3, 0.9, 0.5]),))
def alias_chosen_in_a_loop(v):
    low, high = [0.0], [0.0]
    for t in v:
        side = high if t > 0.6 else low
        side[0] += t * t
        side.append(t)
    return low[0] * high[0] + low[-1] * len(low)


@program((0.7,))
def popped_list_is_the_same_list(x):
    inner = [x]
    outer = [inner, [1.0]]
    taken = outer.pop(0)
    taken[0] = x * 6.0
    outer[0] = taken
    inner.append(x)
    return outer[0][0] * taken[1] + inner[0]


@program((0.7,))
def dict_copy_is_shallow(x):
    table = {"a": [x], "b": x}
    other = table.copy()
    other["a"].append(x * x)
    other["b"] = 100.0
    third = {**table}
    third["a"][0] = 2.0 * x
    return table["a"][1] * table["b"] + table["a"][0]


@dataclass
class Basket:
    items: list = field(default_factory=list)
    factor: float = 1.0


@program((0.7,))
def replace_shares_the_list(x):
    one = Basket([x], x)
    two = replace(one, factor=3.0)
    two.items.append(x * x)
    return one.items[1] * two.factor + one.factor


@program((0.7,))
def object_stored_twice(x):
    basket = Basket(factor=x)
    shelf = {"left": basket, "right": basket}
    shelf["left"].factor *= 2.0
    shelf["right"].items.append(shelf["left"].factor)
    return basket.items[0] * shelf["right"].factor


@program((0.7,))
def swapped_lists_then_changed(x):
    a, b = [x], [2.0 * x]
    keep = a
    a, b = b, a
    a[0] += 1.0
    b.append(a[0])
    return keep[1] * a[0] + len(b) * keep[0]


@program(([0.7, 1.5, 2.0],))
def zip_runs_dry(values):
    pairs = zip(values, values[1:])
    first = sum(a * b for a, b in pairs)
    second = sum(a + b for a, b in pairs)
    return first + 100.0 * second


@program(([0.7, 1.5, 2.0],))
def map_and_filter_run_dry(values):
    squares = map(lambda v: v * v, values)
    large = filter(lambda v: v > 1.0, squares)
    total = max(large)
    return total + 10.0 * sum(large) + 100.0 * sum(squares)


@program(([0.7, 1.5, 2.0],))
def enumerate_continued(values):
    numbered = enumerate(values)
    for i, v in numbered:
        if i == 1:
            break
    rest = [w * j for j, w in numbered]
    return v * sum(rest)


@program(([0.7, 1.5, 2.0],))
def generator_partly_used(values):
    doubled = (2.0 * v for v in values)
    found = any(d > 2.5 for d in doubled)
    return sum(doubled) + (values[0] if found else 0.0)


@program((0.7,))
def generator_runs_its_effects_late(x):
    log = [x]

    def noted(v):
        log.append(v)
        return v * x

    lazy = (noted(k) for k in range(3))
    before = len(log)
    total = sum(lazy)
    return total * before + len(log) * x + log[-1]


@program((0.7,))
def list_grows_under_the_loop(x):
    values = [x]
    for v in values:
        if len(values) < 5:
            values.append(v * x + 1.0)
    return sum(values)


@program(([0.7, 1.5, 2.0, 0.3],))
def list_shrinks_under_the_loop(values):
    total = 0.0
    for v in values:
        total += v * v
        values.pop()
    return total * len(values)


@program(([0.7, 1.5, 2.0],))
def items_changed_under_the_loop(values):
    total = 0.0
    for i, v in enumerate(values):
        total = total * 2.0 + v
        if i + 1 < len(values):
            values[i + 1] *= v
    return total


@program((0.7,))
def walrus_carried_by_a_while(x):
    n = 0
    while (y := x * (n + 1)) < 2.5 and (n := n + 1) < 10:
        x = x + 0.1 * y
    return x * y + n


@program((0.7,))
def bound_name_used_after_rebinding(x):
    values = [x, 2.0]
    push = values.append
    values = [100.0]
    push(x * x)
    other = push.__self__
    return other[2] * x + values[0]


Pair = namedtuple("Pair", "left right")


@program((0.7,))
def list_inside_a_namedtuple(x):
    p = Pair([x], 1.0)
    q = p._replace(right=x)
    q.left.append(x * 3.0)
    return p.left[1] * q.right


@program((0.7,))
def identity_tests(x):
    a = [x]
    b, c = a, [x]
    score = 0.0
    if a is b:
        score += 2.0 * x
    if a is not c and a == c:
        score += x * x
    b.append(1.0)
    if a == b and a != c:
        score *= 3.0
    return score


@program((0.7,))
def deep_copy_keeps_inner_sharing(x):
    row = [x]
    grid = [row, row]
    other = copy.deepcopy(grid)
    other[0].append(x * x)
    row[0] = 100.0
    return other[1][1] * other[1][0] + x


@program((0.7,))
def order_of_keys_after_pop(x):
    table = {"a": x, "b": x * x, "c": 2.0}
    table["a"] = table.pop("a") * 3.0
    table.update(b=5.0 * x)
    total = 0.0
    for weight, value in enumerate(table.values()):
        total += weight * value
    return total


@program((np.array([0.7, 1.5]),))
def array_alias_in_a_list_rebound(v):
    parts = [v, v]
    parts[0] = parts[0] * parts[1]
    u = parts[1]
    parts[1] = parts[0] + 1.0
    return np.sum(u * parts[1])


@program(({"w": [0.7, 1.5], "n": 2},))
def counts_stay_integers(p):
    total = 0.0
    for i in range(p["n"]):
        total += p["w"][i] ** p["n"]
    return total * [1.0, 2.0, 3.0][p["n"]]


@program(({"a": [0.7], "n": 1},), out="vector")
def counts_come_out_as_integers(p):
    return {"a": [p["a"][0] ** 2], "n": p["n"] + 1}
