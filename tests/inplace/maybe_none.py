"""Items, values and attributes that are None on a path or before the first pass of a loop, then arrays that change."""

from __future__ import annotations

import numpy as np


class _Pair:
    def __init__(self, u, v):
        self.u = u
        self.v = v
        self.w = None

    def add(self, q):
        self.w += q


def _energy(a):
    return np.sum(a * a)


def _damp(a, q):
    a *= q


def item_scaled(x, m):
    rows = [x.copy(), None]
    if x[0] > 0.2:
        rows[1] = rows[0]
    if rows[1] is not None:
        rows[1] *= 0.5
    return np.sum(rows[0] ** 2)


def view_in_an_attribute(x, m):
    u, s = x.copy(), _Pair(None, None)
    if x[0] > 0.2:
        s.w = u[1:]
    if s.w is not None:
        s.w += 1.0
    return np.sum(u**2)


def changed_without_a_test(x, m):
    d, u = {"w": None}, x.copy()
    for _ in range(m):
        d["w"] = u
    d["w"] += 1.0
    return np.sum(u**2)


def changed_by_a_method(x, m):
    s = _Pair(x.copy(), x)
    if x[0] > 0.2:
        s.w = s.u
    s.add(2.0)
    return np.sum(s.u**2)


def asserted(x, m):
    s = _Pair(x.copy(), x)
    s.w = s.u if x[0] > 0.2 else None
    assert s.w is not None
    s.w -= 1.0
    s.w[1:] += s.w[:-1]
    return np.sum(s.u**2)


def bound_in_the_first_pass(x, m):
    s = _Pair(x.copy(), x)
    for _ in range(3):
        if s.w is None:
            s.w = s.u
        else:
            s.w *= 0.5
    return np.sum(s.u**2)


def value_given_to_a_function(x, m):
    c = {"a": None}
    if x[0] > 0.2:
        c["a"] = x * 0.5
    if c["a"] is None:
        return np.sum(x)
    return _energy(c["a"])


def attribute_given_to_a_function(x, m):
    s = _Pair(x, x)
    for _ in range(3):
        if s.w is not None:
            _damp(s.w, 0.5)
        s.w = x * s.u
    return np.sum(s.w)


def item_of_a_tuple_given_to_a_function(x, m):
    p = (x, None) if x[0] > 5 else (x, x * 2)
    return _energy(p[1]) if p[1] is not None else 0.0


def stored_from_the_second_pass(x, m):
    d = {"w": None}
    for k in range(3):
        if k == 0:
            d["w"] = x.copy()
        else:
            d["w"][0] = d["w"][1] * d["w"][0]
    return np.sum(d["w"] ** 2)


def part_then_the_whole(x, m):
    s = _Pair(x, x * 2.0)
    s.w = s.v[:-1]
    for k in range(m):
        if x[k] > 0.5:
            s.w = s.v
    return np.sum(s.w * s.w)


def item_that_is_a_part(x, m):
    rows = [x * 2.0, None]
    rows[1] = rows[0][:-1]
    for k in range(m):
        if x[k] > 0.5:
            rows[1] = rows[0]
    return np.sum(rows[1] * rows[1])


def number_named_on_a_path(x, m):
    y, z = np.array(x[0]), np.array(x[1])
    if x[0] > 0.2:
        y = z
    z += x[2]
    return z * y


def numbers_exchanged_on_a_path(x, m):
    y, z = np.array(x[0]), np.array(x[1])
    for k in range(3):
        if x[k] > 0.5:
            z = y
        z *= 0.9
        y, z = z, y
    return z * y * y
