"""Objects and arrays of one list that are changed together, lists that functions make or change."""

from __future__ import annotations

import itertools

import numpy as np


class Body:
    def __init__(self, x, v, m):
        self.x = x
        self.v = v
        self.m = m


def kick(a, b, dt):
    d = b.x - a.x
    f = d / (np.sum(d * d) + 0.1) ** 1.5
    a.v += dt * b.m * f
    b.v -= dt * a.m * f


def drift(bodies, dt):
    for b in bodies:
        b.x += dt * b.v
        b.v *= 0.9


def made(x, n):
    return [Body(x[i : i + 2].copy(), x[:2] * i, 1.0 + i) for i in range(n)]


def energy(bodies):
    return sum(np.sum(b.x**2 + b.m * b.v**3) for b in bodies)


def push(a, b):
    d = a * b
    a += 0.3 * d
    b -= 0.2 * a


def give(a, b):
    b.v = a.v * 2
    a.x = a.x + b.x
    a.m += b.m


def steal(a, b):
    b.v = a.v
    a.x[0] = b.x[1]


def swap(a, b):
    a.x, b.x = b.x, a.x


def kicked_by_a_function(x, m):
    bodies = [Body(x[i : i + 2].copy(), np.zeros(2), 1.0 + i) for i in range(m + 1)]
    for _ in range(2):
        for i in range(m + 1):
            for j in range(i + 1, m + 1):
                kick(bodies[i], bodies[j], 0.1)
        drift(bodies, 0.1)
    return energy(bodies)


def kicked_with_itself(x, m):
    bodies = [Body(x[i : i + 2].copy(), x[:2] * i, 1.0 + i) for i in range(m + 1)]
    for i in range(m + 1):
        for j in range(m + 1):
            kick(bodies[i], bodies[j], 0.2)
    return energy(bodies)


def kicked_from_the_end(x, m):
    bodies = [Body(x[i : i + 2].copy(), x[:2] * i, 1.0 + i) for i in range(m + 1)]
    for i in range(-1, m):
        kick(bodies[i], bodies[i - 1], 0.2)
        kick(bodies[0], bodies[-1], 0.2)
    return energy(bodies)


def changed_after_the_call(x, m):
    bodies = [Body(x[i : i + 2].copy(), x[:2] * i, 1.0 + i) for i in range(m + 1)]
    for i in range(m):
        a = bodies[i]
        b = bodies[i + 1]
        kick(a, b, 0.2)
        a.x *= 1.1
        b.v += a.x
    return energy(bodies)


def read_before_the_call(x, m):
    bodies = [Body(x[i : i + 2].copy(), x[:2] * i, 1.0 + i) for i in range(m + 1)]
    last = bodies[-1]
    drift(bodies, 0.1)
    return energy(bodies) * last.x[0]


def attributes_exchanged_anew(x, m):
    bodies = [Body(x[i : i + 2].copy(), x[:2] * i, 1.0 + i) for i in range(m + 1)]
    for i in range(m + 1):
        give(bodies[i], bodies[m - i])
    return energy(bodies) * bodies[1].m


def arrays_of_a_list(x, m):
    rows = [x * (i + 1) for i in range(m + 1)]
    for i in range(m + 1):
        for j in range(i):
            push(rows[i], rows[j])
    push(rows[0], rows[-1])
    return sum(np.sum(r**2) for r in rows)


def arrays_of_attributes(x, m):
    bodies = [Body(x[i : i + 2].copy(), x[:2] * i, 1.0 + i) for i in range(m + 1)]
    for i in range(m):
        push(bodies[i].v, bodies[i + 1].v)
        push(bodies[i].x, bodies[i].v)
        push(bodies[i].x, bodies[m - i].x)
    return energy(bodies)


def dicts_of_a_list(x, m):
    bodies = [{"x": x[i : i + 2].copy(), "v": x[:2] * i} for i in range(m + 1)]

    def pushed(a, b):
        a["x"] += b["v"]
        b["v"] *= a["x"]

    for i in range(m + 1):
        pushed(bodies[i], bodies[m - i])
    return sum(np.sum(b["x"] ** 2 + b["v"] ** 3) for b in bodies)


def lists_of_a_list(x, m):
    rows = [[x[i], x[i + 1]] for i in range(m + 1)]

    def pushed(a, b):
        a[0] += b[1]
        b[1] *= a[0]

    for i in range(m + 1):
        pushed(rows[i], rows[m - i])
    return sum(r[0] ** 2 + r[1] ** 3 for r in rows)


def rows_that_a_function_changes(x, m):
    rows = [x * i for i in range(m + 1)]

    def squared(rows):
        for r in rows:
            r *= 1.5
            r[0] = r[1] ** 2

    squared(rows)
    squared(rows)
    return sum(np.sum(r**2) for r in rows)


def appended_one_by_one(x, m):
    bodies = []
    for i in range(m + 1):
        b = Body(x[i : i + 2].copy(), x[:2] * i, 1.0 + i)
        bodies.append(b)
    drift(bodies, 0.1)
    return energy(bodies)


def made_by_a_function(x, m):
    bodies = made(x, m + 1)
    for b in bodies:
        b.x += b.v
    for i, a in enumerate(bodies):
        for j in range(i + 1, len(bodies)):
            kick(a, bodies[j], 0.1)
    drift(bodies, 0.1)
    return energy(bodies)


def beside_the_rest(x, m):
    bodies = made(x, m + 1)
    for i, a in enumerate(bodies):
        for b in itertools.islice(bodies, i + 1, None):
            d = b.x - a.x
            a.v += 0.1 * d
            b.v -= 0.2 * d
    return energy(bodies)


# -- what has two names


def one_array_in_all(x, m):
    g = x[:2] * 3
    bodies = [Body(x[i : i + 2].copy(), g, 1.0 + i) for i in range(m + 1)]
    drift(bodies, 0.1)
    return energy(bodies)


def one_array_in_some(x, m):
    bodies = []
    v = x[:2] * 2
    for i in range(m + 1):
        bodies.append(Body(x[i : i + 2].copy(), v, 1.0))
        if i % 2:
            v = v * 2
    drift(bodies, 0.1)
    return energy(bodies)


def one_object_twice(x, m):
    bodies = []
    for i in range(m + 1):
        b = Body(x[i : i + 2].copy(), x[:2] * 2, 1.0)
        bodies.append(b)
        if i == 1:
            bodies.append(b)
    drift(bodies, 0.1)
    return energy(bodies)


def two_lists(x, m):
    bodies = made(x, m + 1)
    other = [b for b in bodies]
    drift(bodies, 0.1)
    drift(other, 0.1)
    return energy(other)


def the_last_has_a_name(x, m):
    bodies = []
    for i in range(m + 1):
        b = Body(x[i : i + 2].copy(), x[:2] * i, 1.0 + i)
        bodies.append(b)
    drift(bodies, 0.1)
    b.x *= 2
    return energy(bodies)


def views_of_an_array(x, m):
    bodies = [Body(x[i : i + 2], x[:2] * i, 1.0) for i in range(m + 1)]
    drift(bodies, 0.1)
    return energy(bodies)


def in_a_tuple_beside_its_list(x, m):
    bodies = made(x, m + 1)
    pair = (bodies[0], bodies)

    def go(p):
        drift(p[1], 0.1)
        return p[0].x[0]

    return go(pair) + energy(bodies)


def array_that_two_objects_have_then(x, m):
    bodies = made(x, m + 1)
    for i in range(m):
        steal(bodies[i], bodies[i + 1])
    bodies[0].v *= 3
    return energy(bodies)


def arrays_exchanged(x, m):
    bodies = made(x, m + 1)
    for i in range(m):
        swap(bodies[i], bodies[i + 1])
    bodies[0].x *= 3
    return energy(bodies) + bodies[0].x[0] * bodies[1].x[1] ** 2


def made_of_what_it_is_given(x, m):
    def build(v):
        return [Body(v, x[:2] * i, 1.0) for i in range(m + 1)]

    v = x[1:3].copy()
    bodies = build(v)
    drift(bodies, 0.1)
    return energy(bodies) + v[0]


def made_beside_one_of_them(x, m):
    def build():
        bodies = made(x, m + 1)
        return bodies, bodies[0]

    bodies, first = build()
    drift(bodies, 0.1)
    first.x *= 2
    return energy(bodies)


def made_of_another_list(x, m):
    old = made(x, m + 1)

    def chosen(bodies):
        return [b for b in bodies]

    new = chosen(old)
    drift(new, 0.1)
    return energy(old)


# -- parts of lists that loops run over


def parts_of_a_list(x, m):
    bodies = made(x, m + 1)
    for b in bodies[1:-1]:
        b.x *= 2
        b.v[0] = b.x[1]
    for b in bodies[::2]:
        b.x *= 3
    for b in bodies[::-1]:
        b.x *= b.v
    for b in bodies[-2:]:
        b.x *= 2
    for b in bodies[5:]:
        b.x *= 7
    for b in bodies[-9:2]:
        b.v = b.x * 3
    for b in bodies[2:1]:
        b.x *= 3
    return energy(bodies)


def all_pairs(x, m):
    bodies = made(x, m + 1)
    for i, a in enumerate(bodies):
        for b in bodies[i + 1 :]:
            kick(a, b, 0.1)
    return energy(bodies)


def neighbours(x, m):
    rows = [x * i for i in range(m + 1)]
    for a, b in zip(rows, rows[1:]):
        b += a
        a *= b[0]
    for i, a in enumerate(rows[::2]):
        a += i
    for a, b in zip(rows[:-1], rows[1:]):
        a[0] = b[1] * a[2]
    return sum(np.sum(r**2) for r in rows)


def parts_that_end_early(x, m):
    bodies = made(x, m + 1)
    for b in bodies[1:]:
        if b.x[0] > 0.6:
            continue
        b.x *= 2
        for c in bodies[1:]:
            c.v += b.x
            if c is b:
                break
    return energy(bodies)


def combined(x, m):
    bodies = made(x, m + 1)
    for a, b in itertools.combinations(bodies, 2):
        d = b.x - a.x
        a.v += 0.1 * d
        b.v -= 0.1 * d
    for a, b in itertools.product(bodies, bodies):
        if a is not b:
            a.x += 0.1 * b.v
    for a, b in itertools.permutations(bodies, 2):
        b.v *= a.x
    return energy(bodies)


def part_while_an_item_is_replaced(x, m):
    bodies = made(x, m + 1)
    for b in bodies[1:]:
        b.x *= 2
        bodies[2] = Body(x[:2] * 5, x[1:3].copy(), 1.0)
    return energy(bodies)


def part_while_the_list_is_turned(x, m):
    bodies = made(x, m + 1)
    for b in bodies[1:]:
        b.x *= 2
        bodies.reverse()
    return energy(bodies)


def part_while_a_function_exchanges(x, m):
    bodies = made(x, m + 1)

    def exchange():
        bodies[0], bodies[2] = bodies[2], bodies[0]

    for b in bodies[1:]:
        b.x *= 2
        exchange()
    return energy(bodies)


def combined_while_the_list_is_turned(x, m):
    bodies = made(x, m + 1)
    for a, _ in itertools.combinations(bodies, 2):
        a.x *= 2
        bodies.reverse()
    return energy(bodies)


def part_from_an_unknown_place(x, m):
    bodies = made(x, m + 1)
    for k in range(-1, m):
        for b in bodies[k:]:
            b.x *= 2
    return energy(bodies)


def part_while_its_name_changes(x, m):
    bodies = made(x, m + 1)
    for b in bodies[1:]:
        b.x *= 2
        bodies = made(x * 2, m + 1)
        bodies[0].x *= b.x
    return energy(bodies)


# -- calls with two items and other arrays


def moved_by(a, b, w):
    a.x += b.v
    w *= 2
    b.v *= w


def scaled_first(w, a, b):
    w *= 2
    a.x += b.v
    b.v *= w


def all_and_two(bodies, a, b):
    a.x += b.v
    for c in bodies:
        c.v *= 1.1
    b.v += a.x


def beside_rows(a, b, row, matrix):
    a.x += row[:2]
    b.v *= matrix[0, :2]
    row *= 2
    matrix[1] *= 3


def two_items_and_a_part_of_one(x, m):
    bodies = made(x, m + 1)
    for i in range(m):
        moved_by(bodies[i], bodies[i + 1], bodies[i].v[1:])
    return energy(bodies)


def two_items_and_an_array_of_one(x, m):
    bodies = made(x, m + 1)
    for i in range(m):
        moved_by(bodies[i], bodies[i + 1], bodies[m - i].v)
    return energy(bodies)


def two_items_behind_an_array(x, m):
    bodies = made(x, m + 1)
    w = x[:2].copy()
    for i in range(m):
        scaled_first(w, bodies[i], bodies[i + 1])
    return energy(bodies) * w[0]


def items_of_two_lists(x, m):
    bodies, others = made(x, m + 1), made(x * 2, m + 1)
    for i in range(m):
        scaled_first(others[i].v, bodies[i], bodies[i + 1])
        moved_by(bodies[i], bodies[i + 1], others[m - i].x)
        moved_by(bodies[i], others[i + 1], bodies[i + 1].x)
    return energy(bodies) + energy(others)


def two_items_and_their_list(x, m):
    bodies = made(x, m + 1)
    for i in range(m):
        all_and_two(bodies, bodies[i], bodies[i + 1])
    return energy(bodies)


def two_items_and_rows(x, m):
    bodies, a = made(x, m + 1), np.outer(x, x)
    for i in range(m):
        beside_rows(bodies[i], bodies[i + 1], a[i], a)
    return energy(bodies) + np.sum(a)
