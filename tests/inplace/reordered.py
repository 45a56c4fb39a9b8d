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


def reordered_numbers_walked(x, m):
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


def table_of_logarithms(x, m):
    t = np.full((4, 3), -np.inf)
    t[0, 0] = 0.0
    a = np.outer(x[:3], x[:3])
    for i in range(1, 4):
        for j in range(3):
            total = -np.inf
            for k in range(3):
                total = np.logaddexp(total, t[i - 1, k] + np.log(a[k, j]))
            t[i, j] = total
    return np.logaddexp.reduce(t[-1]) + x[3]


def rows_of_nothing(x, m):
    a = np.array([[-np.inf, -np.inf], [0.0, 1.0]]) + x[:2]
    return np.sum(np.exp(np.logaddexp.reduce(a, axis=1))) + np.sum(np.exp(np.logaddexp2(a[0], a[0])))


def arrays_summed(x, m):
    return np.sum(sum(x[i] * x for i in range(len(x))) ** 2)


def orthogonal(x, m):
    a = np.outer(x, x[::-1]) + np.eye(4)
    basis = []
    for i in range(4):
        w = a[i] - sum((a[i] @ b) * b for b in basis)
        basis.append(w / np.sqrt(w @ w))
    return np.sum(np.array(basis)[2] * x)


class Counted:
    """Every store goes through a method that counts."""

    def __init__(self, d, is_copied):
        self.d = d
        self.n = 0.0
        self.factor = 2.0 if is_copied else 1.0
        self.rows = [1.0]

    def __setitem__(self, i, v):
        self.d[i] = v
        self.n += np.sum(v)

    @property
    def listed(self):
        return self.rows

    @listed.setter
    def listed(self, rows):
        self.n += len(rows)


class Views(Counted):
    def __getitem__(self, i):
        return self.d[i]

    @property
    def p(self):
        return self.d

    @p.setter
    def p(self, v):
        self.d = v / 2.0
        self.n += 1.5 * np.sum(v)


class Copies(Counted):
    def __getitem__(self, i):
        return self.d[i] * 1.0

    @property
    def p(self):
        return self.d * 2.0

    @p.setter
    def p(self, v):
        self.d = v / 2.0
        self.n += 1.5 * np.sum(v)


def slices_of_views(x, m):
    f = Views(x.copy(), False)
    f[1:3] *= 0.9
    f[0] *= 2.0
    f[1:3] = f[1:3] * x[0]
    return np.sum(f.d**2) * f.n


def slices_of_copies(x, m):
    f = Copies(x.copy(), True)
    f[1:3] *= 0.9
    return np.sum(f.d**2) * f.n


def rows_of_views(x, m):
    f = Views(np.outer(x, x), False)
    f[1] *= x
    f[0, 1:] += x[1:]
    return np.sum(f.d**2) * f.n


def property_that_is_a_view(x, m):
    f = Views(x.copy(), False)
    f.p += x
    return np.sum(f.d**2) * f.n


def property_that_is_a_copy(x, m):
    f = Copies(x.copy(), True)
    f.p += x
    return np.sum(f.d**2) * f.n


def property_that_is_a_list(x, m):
    f = Copies(x.copy(), True)
    f.listed += [x[0], x[1]]
    return f.n * f.rows[1]


class Weighted:
    def __init__(self, data, weights):
        self.data = data
        self.weights = weights


WEIGHTS = np.array([0.5, 1.0, 2.0, 0.1])


def beside_a_global(x, m):
    a = Weighted(x.copy(), WEIGHTS)
    a.data[0] *= 2.0
    return np.sum(a.data**2 * a.weights)


def total_of_a_closure(x, m):
    total = 0.0
    d = x.copy()

    def add(into):
        nonlocal total
        into[0] = np.sin(into[0])
        total += into[0]

    add(d)
    add(d)
    return total + np.sum(d)


def places_in_rows(x, m):
    rows = [x * (i + 1) for i in range(len(x))]
    places = np.array([2, 0])
    for k in range(len(rows)):
        rows[k][places] = 1.0 / (1.5 + rows[k - 1][:2] ** 2)
        rows[k][rows[k] > 1.0] = x[0]
    return sum(np.sum(row * row) for row in rows)
