"""What shares memory through functions, copies and containers: found by families of small programs."""

from __future__ import annotations

import collections
import copy
import functools
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np


class Box:
    def __init__(self, u, w=1.0):
        self.u = u
        self.w = w


def total(u):
    return np.sum(u)


def ident(u):
    return u


@dataclass
class Data:
    u: np.ndarray
    w: float = 1.0


def partial_in_a_loop(x, m):
    a = x * 1.0
    h = partial(total, a)
    s = 0.0
    for i in range(2):
        s = s + h()
        a *= 2.0
    return s


def bound_method_in_a_function(x, m):
    a = x * 1.0
    h = a.sum
    def k():
        return h()
    a *= 2.0
    return k()


def partial_in_a_condition(x, m):
    a = x * 1.0
    h = partial(np.sum, a)
    while h() < 20.0:
        a *= 1.5
        if a[0] > 1e3:
            break
    return np.sum(a)


def run(h):
    s = 0.0
    for i in range(3):
        s = s + h(i)
    return s


def partial_that_writes(x, m):
    a = x * 1.0
    def k(u, i):
        u[i] *= 2.0
        return u[i]
    return run(partial(k, a)) + np.sum(a)


def bound_method_in_an_object(x, m):
    a = x * 1.0
    o = Box(a.sum)
    a *= 2.0
    return o.u()


def total2(u, w):
    return np.sum(u)*w


def partial_with_a_keyword(x, m):
    a = x * 1.0
    h = partial(total2, a, w=x[1])
    s = 0.0
    for i in range(2):
        s = s + h()
        a *= 2.0
    return s


def partial_of_a_row(x, m):
    M = np.outer(x, x)
    h = partial(total, M[0])
    s = 0.0
    for i in range(2):
        s = s + h()
        M *= 2.0
    return s


def it(a):
    return iter(a)


def iterator_of_an_array(x, m):
    a = x * 1.0
    s = 0.0
    for z in it(a):
        a[-1] += z
        s = s + z * z
    return s


def generator_handed_back(x, m):
    g = x[1]
    q = ident((z * g for z in x))
    g = x[2]
    return sum(q)


def vals(d):
    return d.items()


def view_of_a_dict(x, m):
    d = dict(u=x[0], v=x[1])
    q = vals(d)
    d['u'] = x[2] * 3.0
    return sum([z for _, z in q])


def iterator_of_a_list(x, m):
    l = [x[0], x[1]]
    q = ident(iter(l))
    l.append(x[2])
    return sum(q)


class It:
    def __init__(self, u):
        self.u = u
    def __iter__(self):
        return iter(self.u)


def iterator_of_an_object(x, m):
    o = It(x * 1.0)
    s = 0.0
    for z in o:
        o.u[-1] += z
        s = s + z * z
    return s


def pairs_handed_back(x, m):
    a = x * 1.0
    s = 0.0
    for z in ident(zip(a, x)):
        a[-1] += z[0]
        s = s + z[0] * z[1]
    return s


def rows(M):
    return list(M)


def rows_in_a_list(x, m):
    M = np.outer(x, x)
    q = rows(M)
    M *= 2.0
    return np.sum(q[0])


def rows2(M):
    return [*M]


def rows_spread(x, m):
    M = np.outer(x, x)
    q = rows2(M)
    M *= 2.0
    return np.sum(q[0])


def row_of_a_list(x, m):
    M = np.outer(x, x)
    q = rows(M)
    q[0][1] = 5.0
    return np.sum(M[0])


def part_in_an_object(x, m):
    a = x * 1.0
    w = Box(a[0, ...])
    a[0] = 3.0 * x[1]
    return w.u * 1.0


def part_handed_back(x, m):
    a = x * 1.0
    q = ident(a[0, ...])
    a[0] = 3.0 * x[1]
    return q * 1.0


def part_through_a_lambda(x, m):
    a = x * 1.0
    q = (lambda z: z)(a[0, ...])
    a[0] = 3.0 * x[1]
    return q * 1.0


def copy_of_a_list(x, m):
    q = [[x * i, x * 2.0] for i in range(m + 1)]
    p = list(q[-1])
    p[0][0] = 5.0 * x[1]
    return np.sum(q[-1][0])


def copy_of_an_object(x, m):
    q = [Data(x * (i + 1)) for i in range(m)]
    p = q[-1]
    r = copy.copy(p)
    r.u[0] *= 2.0
    return np.sum(p.u ** 2)


def copy_of_a_dict(x, m):
    q = [dict(u=x * (i + 1)) for i in range(m)]
    r = q[-1].copy()
    r['u'][0] *= 2.0
    return np.sum(q[-1]['u'] ** 2)


def spread_dict(x, m):
    q = [dict(u=x * (i + 1)) for i in range(m)]
    r = {**q[-1]}
    r['u'][0] *= 2.0
    return np.sum(q[-1]['u'] ** 2)


def copies_in_a_loop(x, m):
    q = [Data(x * (i + 1)) for i in range(m)]
    for z in q:
        w = copy.copy(z)
        w.u[0] = 7.0
    return np.sum(q[-1].u ** 2)


def deep_copy(x, m):
    a = x * 1.0
    b = copy.deepcopy([a, a])
    b[0] *= 2.0
    return np.sum(b[1])


class Two:
    def __init__(self, a):
        self.u = a
        self.v = a


def deep_copy_of_an_object(x, m):
    o = copy.deepcopy(Two(x * 1.0))
    o.u *= 2.0
    return np.sum(o.v)


def deep_copy_of_a_dict(x, m):
    a = x * 1.0
    b = copy.deepcopy({'o': Box(a), 'a': a})
    b['o'].u *= 2.0
    return np.sum(b['a'])


def vars_written(x, m):
    o = Box(x * 1.0, x[2])
    vars(o)['w'] = x[1]
    return o.w


def vars_read_later(x, m):
    o = Box(x * 1.0, x[2])
    d = vars(o)
    o.w = x[0]
    return d['w']


def vars_copied(x, m):
    o = Box(x * 1.0, x[2])
    d = dict(vars(o))
    o.w = x[0]
    return d['w'] + sum(np.sum(v) for v in vars(o).values())


class Lazy:
    def __init__(self, u):
        self.u = u
    @cached_property
    def total(self):
        return np.sum(self.u)


def kept_property(x, m):
    o = Lazy(x * 1.0)
    s = o.total
    o.u[0] = 5.0 * x[1]
    return s * o.total


def kept_results(x, m):
    a = x * 1.0
    @functools.lru_cache
    def h(i):
        return a[i] * 2.0
    s = h(0)
    a[0] = x[1] * 3
    return s * h(0)


def kept_results_of_a_change(x, m):
    a = x * 1.0
    @functools.cache
    def h(i):
        a[0] += 1.0
        return a[i] * 2.0
    return h(0) * h(0) + a[0]


def cut(n):
    return slice(n, 4)


def numbers_of_copies(x, m):
    q = [Data(x * (i + 1), x[i]) for i in range(m)]
    s = 0.0
    for z in q:
        w = copy.copy(z)
        w.w = 3.0 * x[1]
        s += np.sum(w.u) * w.w
    return s + q[0].w


def new_array_in_a_copy(x, m):
    q = [dict(u=x * (i + 1)) for i in range(m)]
    r = dict(q[-1])
    r['u'] = r['u'] * 2.0
    return np.sum(q[-1]['u'] ** 2) + np.sum(r['u'])


def numbers_of_a_copied_list(x, m):
    q = [[x[0] * i, x[1]] for i in range(m)]
    r = q[-1].copy()
    r[0] = 3.0 * x[2]
    return q[-1][0] * r[0] + r[1]


def original_of_a_copy(x, m):
    q = [[x * i, x * 2.0] for i in range(m + 1)]
    p = list(q[-1])
    q[-1][0][0] = 5.0 * x[1]
    return np.sum(p[0])


def deep_copy_of_lists(x, m):
    a = x * 1.0
    b = copy.deepcopy([[a], [a], a[1:]])
    b[0][0] *= 2.0
    b[2][0] = 9.0
    return np.sum(b[1][0]) + np.sum(a)


def spread_rows(x, m):
    M = np.outer(x, x)
    q = [*M]
    M *= 2.0
    return np.sum(q[0])


def rows_of_a_comprehension(x, m):
    M = np.outer(x, x)
    def rows(A):
        return [r for r in A]
    q = rows(M)
    M *= 2.0
    return np.sum(q[0])


def rows_appended(x, m):
    M = np.outer(x, x)
    def rows(A):
        out = []
        for r in A:
            out.append(r)
        return out
    q = rows(M)
    M *= 2.0
    return np.sum(q[0])


def rows_sorted(x, m):
    M = np.outer(x, x)
    def rows(A):
        return sorted(A, key=lambda r: r[0])
    q = rows(M)
    M *= 2.0
    return np.sum(q[0])


def rows_in_a_dict(x, m):
    M = np.outer(x, x)
    def rows(A):
        return dict(r=list(A))
    q = rows(M)
    M *= 2.0
    return np.sum(q['r'][0])


def row_and_rows(x, m):
    M = np.outer(x, x)
    def rows(A):
        q = list(A)
        return q[0], q
    p, q = rows(M)
    M *= 2.0
    return np.sum(p)


def rows_put_into_a_list(x, m):
    M = np.outer(x, x)
    def rows(A, out):
        out.append(list(A))
    out = []
    rows(M, out)
    M *= 2.0
    return np.sum(out[0][0])


def paths_that_are_kept(x, m):
    c = [[x[i] * x[j] for j in range(3)] for i in range(3)]
    @functools.lru_cache(None)
    def best(i, j):
        if i == 0 and j == 0:
            return c[0][0]
        if i == 0:
            return best(0, j - 1) + c[0][j]
        if j == 0:
            return best(i - 1, 0) + c[i][0]
        return max(best(i - 1, j), best(i, j - 1)) + c[i][j] * x[3]
    return best(2, 2)


def fibonacci_that_is_kept(x, m):
    @functools.cache
    def fib(n):
        return x[n] if n < 2 else fib(n - 1) + fib(n - 2) * x[2]
    return fib(5)


def maybe(u, v, c):
    if c:
        return u
    return v


def one_of_two_handed_back(x, m):
    a = x * 1.1
    c = maybe(a, x * 2.0, m > 1)
    y = 0.0
    for i in range(m):
        a *= 2.0
        y += c[0]
    return float(y)


def one_of_three_handed_back(x, m):
    a = x * 1.1
    b = np.cos(x)
    c = maybe(maybe(a, b, m > 1), b, m > 1)
    a *= 2.0
    return float(c[0])


def one_of_two_in_a_while(x, m):
    a = x * 1.1
    z = a
    c = maybe(a, x * 2.0, m > 1)
    n = 0
    while z[0] < 4 and n < 20:
        z = c
        a *= 2.0
        n += 1
    return float(z[0])


def flipif(u, c):
    if c:
        return u
    return u[::-1]


def turned_or_not(x, m):
    a = x * 1.1
    c = flipif(a, m > 1)
    y = 0.0
    for i in range(m):
        a *= 2.0
        y += c[0]
    return float(y)


def one_of_two_in_a_list(x, m):
    a = x * 1.1
    c = [maybe(a, x * 2.0, m > 1)]
    y = 0.0
    for i in range(m):
        a *= 2.0
        y += c[0][0]
    return float(y)


def part_of_one_of_two(x, m):
    a = x * 1.1
    c = maybe(a, x * 2.0, m > 1)[1:]
    y = 0.0
    for i in range(m):
        a *= 2.0
        y += c[0]
    return float(y)


def popped(x, m):
    a = x * 1.1
    L = [a if m > 1 else x * 2.0]
    z = L.pop()
    z *= 2.0
    return float(a[0])


def popped_after_a_branch(x, m):
    a = x * 1.1
    b = np.cos(x)
    L = [a, b]
    if x[0] < 0.4:
        L[0] = b
    z = L.pop(0)
    z *= 2.0
    return float(b[0])


def popped_from_a_deque(x, m):
    a = x * 1.1
    L = collections.deque([a if m > 1 else x * 2.0])
    z = L.popleft()
    a *= 2.0
    return float(z[0])


def popped_and_put_back(x, m):
    a = x * 1.1
    b = np.cos(x)
    L = [a if m > 1 else b, b]
    L.append(L.pop(0))
    L[1][0] = 4.0
    return float(a[0]*b[0])


def chg(u):
    u *= 2.0


def chg2(u):
    chg(u)


def number_changed_two_calls_deep(x, m):
    v = np.array(x[1])
    chg2(v)
    return float(v * x[0])


def number_handed_back(x, m):
    g = np.array(x[1])
    z = ident(g)
    z *= 2.0
    return float(g * g)


def one_of_two_numbers(x, m):
    g = np.array(x[1])
    h = np.array(x[2])
    z = g if x[0] < 0.4 else h
    z *= 2.0
    return float(g * g)


def numbers_walked(x, m):
    g = np.array(x[1])
    h = np.array(x[2])
    for q in [g, h]:
        q *= 2.0
    return float(g * g)


def number_as_an_array(x, m):
    g = np.array(x[1])
    z = np.asarray(g)
    z *= 2.0
    return float(g * g)


def number_of_a_list(x, m):
    g = np.array(x[1])
    h = np.array(x[2])
    L = [g, h]
    L[m - 2] *= 2.0
    return float(g * g)


def element_as_an_array(x, m):
    a = x * 1.0
    g = np.asarray(a[..., 1])
    g += 1
    return float(a[1])


def number_scaled(x, m):
    g = np.array(x[1])
    g *= 2.0
    return float(g * x[0])


def number_summed(x, m):
    g = np.array(0.0)
    for i in range(m):
        g += x[i]
    return float(g)


def numbers_of_a_list(x, m):
    C = [np.array(x[1]), np.array(x[2]), np.array(x[0])]
    s = C[0]
    for i in range(m + 1):
        C[i] *= 1.1
    return float(s * C[0])


def flat_of_itself(x, m):
    a = x * 1.0
    a.flat[1:4] = a[:3]
    return float(a[3])


def flat_turned(x, m):
    a = x * 1.0
    a.flat[:] = a[::-1]
    return float(a[3] * a[0])


def mask_turned(x, m):
    a = x * 1.0
    a[np.array([True, True, True, False])] = a[3:0:-1]
    return float(a[0] * a[2])


def mask_of_a_matrix(x, m):
    M = np.outer(x, x)
    M[M > 0.2] = M.ravel()[:np.sum(M > 0.2)]
    return float(np.sum(M * np.arange(16.).reshape(4, 4)))


def copies_through_flat_and_masks(x, m):
    a = x * 1.0
    a[a > 0.4] = 2.0 * a[a > 0.4]
    a.flat[1:3] = 2.0 * x[:2]
    a.flat[:2] = a[:2] * 2.0
    return np.sum(a * a)
