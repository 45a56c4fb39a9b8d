"""Lists of dicts and objects whose order depends on the path, and arrays without dimensions in containers."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np


class Holder:
    def __init__(self, a):
        self.a = a

    def scale(self, s):
        self.a = self.a * s


def exchanged_on_a_path(x, m):
    p, q = {"a": x[0]}, {"a": x[1]}
    pair = [p, q]
    if x[0] > 0.1:
        pair = [q, p]
    pair[0]["a"] = pair[0]["a"] * x[2]
    return p["a"] + 3.0 * q["a"]


def not_exchanged(x, m):
    p, q = Holder(x * 1.0), Holder(x * 2.0)
    pair = [p, q]
    if x[0] > 5.0:
        pair[0], pair[1] = pair[1], pair[0]
    pair[0].a = pair[0].a * x[1]
    return np.sum(p.a) + 3.0 * np.sum(q.a)


def turned_or_reversed(x, m):
    p, q = Holder(x * 1.0), Holder(x * 2.0)
    pair = [p, q]
    if x[0] > 0.1:
        pair = pair[::-1]
    else:
        pair.reverse()
    for each in pair:
        each.a = each.a * x[0]
    return np.sum(p.a) + 3.0 * np.sum(q.a)


def put_in_a_loop(x, m):
    p, q = Holder(x[0]), Holder(x[1])
    pair = [p, q]
    for _ in range(m + 1):
        pair[0] = q
    pair[0].a = pair[0].a * x[2]
    return pair[0].a + 2.0 * pair[1].a


def turned_in_a_loop(x, m):
    p, q = Holder(x[0]), Holder(x[1])
    pair = [p, q]
    for i in range(m + 1):
        pair.append(pair.pop(0))
        pair[0].scale(x[i])
    return p.a + 2.0 * q.a


def ordered_by_size(x, m):
    p, q = Holder(x[1]), Holder(x[0])
    one, other = p, q
    if p.a > q.a:
        one, other = q, p
    one.scale(x[2])
    other.a = other.a + one.a**2
    return p.a + 2.0 * q.a


def under_keys(x, m):
    p, q = {"a": x[0]}, {"a": x[1]}
    table = {0: p, 1: q}
    if x[0] > 0.1:
        table = {0: q, 1: p}
    table[0]["a"] = table[0]["a"] * x[2]
    return p["a"] + 3.0 * q["a"]


def unpacked_behind_a_path(x, m):
    p, q = [x[0]], [x[1]]
    pair = [p, q]
    if x[0] > 0.1:
        pair = pair[1:] + pair[:1]
    b, c = pair
    b[0] = b[0] * x[2]
    return p[0] + 3.0 * q[0] + c[0]


def number_of_a_dict(x, m):
    held = {"a": np.array(x[0])}
    v = held["a"]
    v *= x[1]
    return held["a"] * 1.0


def number_of_an_object(x, m):
    held = SimpleNamespace(a=np.array(x[0]))
    v = held.a
    v += x[1]
    return held.a * 1.0


def numbers_walked(x, m):
    held = {"a": np.array(x[0]), "b": np.array(x[1])}
    for v in held.values():
        v *= x[2]
    return held["a"] * held["b"]


def numbers_of_a_tuple(x, m):
    u, v = pair = (np.array(x[0]), np.array(x[1]))
    u *= v
    return pair[0] * pair[1]


def chosen_number(x, m):
    a = np.where(x[0] > 0.2, x[1], x[2])
    v = a
    v *= x[1]
    return a * 1.0


def greater_number(x, m):
    a, b = np.array(x[0]), np.array(x[1])
    v = max(a, b)
    v *= x[1]
    return a * b


def plain_number_of_a_dict(x, m):
    held = {"a": x[0]}
    v = held["a"]
    v *= x[1]
    return held["a"] * v


class Pair:
    def __init__(self, p, v):
        self.p = p
        self.v = v

    def both(self, a):
        self.v = self.v * 1.1
        self.p[0] += a * self.v[1]


def object_with_an_array_that_others_have(x, m):
    z = x[:2] * 1.5
    held = [Pair(np.array([x[i], 1.0 * i]), z) for i in range(len(x))]
    return np.sum(z) + sum(np.sum(each.v * each.p) for each in held)


def written_beside_a_new_attribute(x, m):
    pairs = [Pair(np.array([x[i], 1.0 * i]), np.ones(2) * x[i]) for i in range(len(x))]
    pairs[1].p = pairs[0].p
    for each in pairs:
        each.both(2.0)
    return sum(np.sum(each.v**2 * each.p) for each in pairs) * m
